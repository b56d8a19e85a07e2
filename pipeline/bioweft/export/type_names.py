"""Names of entity types as other tools write them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from bioweft.records import AnnotatedDocument

PUBTATOR3: Mapping[str, str] = {
    "disease": "Disease",
    "chemical": "Chemical",
    "gene": "Gene",
    "species": "Species",
    "cell_line": "CellLine",
    "cell_type": "CellType",
    "variant": "Variant",
}
"""PubTator 3's names of our types; it has none for cell types, which are named in the same manner."""

CHOICES: Mapping[str, Mapping[str, str]] = {"bioweft": {}, "pubtator3": PUBTATOR3}
"""The names that an output may have, by whose they are; types that are not in the table keep their own."""


def renamed(documents: Iterable[AnnotatedDocument], names: Mapping[str, str]) -> Iterator[AnnotatedDocument]:
    """Yield each document with the types of its mentions under other names."""
    for annotated in documents:
        mentions = tuple(replace(mention, type=names.get(mention.type, mention.type)) for mention in annotated.mentions)
        yield replace(annotated, mentions=mentions)
