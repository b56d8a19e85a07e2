"""What readers of annotated text share: how corpora name types and identifiers, and a check of offsets."""

import re
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import ClassVar, Literal

from bioweft.records import AnnotatedDocument, Document, Link, Mention, Record, Reject
from bioweft.sources.base import Input
from bioweft.sources.fitting import broken, fitting, printable, without_controls
from bioweft.sources.stored import FileSource

Annotation = tuple[Mention, tuple[Link, ...]]
"""A mention that came with a text, and the concepts that it is said to name."""

GOLD = "gold"
"""Value of `Mention.tagger` for an annotation that does not say how it was made."""

DROPPED = "annotation dropped"
"""How the reason of a reject begins that is about an annotation and not about a document."""

LABELS: Mapping[str, str] = {
    "disease": "disease", "diseaseorphenotypicfeature": "disease", "specificdisease": "disease",
    "diseaseclass": "disease", "compositemention": "disease",
    "chemical": "chemical", "chemicalentity": "chemical", "simple_chemical": "chemical", "drug": "chemical",
    "gene": "gene", "gene-y": "gene", "gene-n": "gene", "geneorgeneproduct": "gene", "protein": "gene", "prge": "gene",
    "gene_or_gene_product": "gene", "familyname": "gene",
    "species": "species", "organismtaxon": "species", "organism": "species",
    "cellline": "cell_line", "cell_line": "cell_line", "clln": "cell_line",
    "celltype": "cell_type", "cell_type": "cell_type", "cltp": "cell_type",
}  # fmt: skip
"""Names of types in corpora and in models trained on them, lower case, and ours."""

TYPES: Mapping[str, str] = {
    **LABELS, "modifier": "disease", "brand": "chemical", "group": "chemical", "drug_n": "chemical",
}  # fmt: skip
"""Names of types in corpora; a name that is not here stays as it is.

Those of NCBI Disease and DDI that are added may mean something else as the label of a model.
"""

_PREFIXES = {"mesh": "mesh", "omim": "omim", "taxonomy": "ncbitaxon", "tax": "ncbitaxon", "ncbi gene": "ncbigene",
             "ncbi species": "ncbitaxon", "cvcl": "cellosaurus", "chebi": "chebi", "ncbigene": "ncbigene"}  # fmt: skip
_BY_TYPE = {"gene": "ncbigene", "species": "ncbitaxon", "disease": "mesh", "chemical": "mesh"}
_SEPARATORS = re.compile(r"[|,;+]")
_MESH = re.compile(r"[CD]\d{6,9}")
_NO_CONCEPT = ("", "-1", "-", "None")
_VARIANT = re.compile(r"(?i)tmvar:|hgvs:|.*\bRS#:|rs\d+$|[cgmnpr]\|[a-z]+\|")
_RS = re.compile(r"(?i)(?:\bRS#:\s*(?:rs)?|^(?:dbsnp:)?rs)(\d+)")
_HGVS = re.compile(r"(?i)\bhgvs:([^;]+)")
_SPECIES_OF_GENE = re.compile(r"\(tax:\d+\)", re.IGNORECASE)


class AnnotatedSource(FileSource):
    """A source of texts that come with annotations.

    `mentions`: `tag` takes the texts alone, `keep` takes the annotations in the place of what a tagger would find.
    """

    mentions: Literal["tag", "keep"] = "tag"

    version: ClassVar[int] = 2
    reading: ClassVar[tuple[str, ...]] = ("mentions",)

    @abstractmethod
    def annotated(self, item: Input) -> Iterator[AnnotatedDocument | Reject]:
        """Stream the documents of one input with their annotations."""

    def read(self, item: Input) -> Iterator[Record]:
        """Yield the documents of a file, with their annotations only where these are kept."""
        records = self.annotated(item)
        yield from records if self.mentions == "keep" else texts(records)


def our_type(name: str, extra: Mapping[str, str] = {}) -> str:
    """Return our name of a corpus's type; `extra` goes before the table."""
    return extra.get(name) or TYPES.get(name.lower(), name)


def concepts(text: str, type_: str, *, vocabulary: str | None = None) -> list[str]:
    """Return the CURIEs that an annotation names; none where it says that there is none (`-1`, `-`)."""
    if _VARIANT.match(text):
        return [_variant(text)]
    identifiers = map(str.strip, _SEPARATORS.split(_SPECIES_OF_GENE.sub("", text)))
    return [_curie(identifier, type_, vocabulary) for identifier in identifiers if identifier not in _NO_CONCEPT]


def _variant(text: str) -> str:
    """Return the one CURIE of what tmVar says of a variant: `tmVar:p|SUB|V|600|E;HGVS:p.V600E;RS#:113488022`."""
    if number := _RS.search(text):
        return f"dbsnp:rs{number[1]}"
    if name := _HGVS.search(text):
        return f"hgvs:{name[1].strip()}"
    return f"tmvar:{re.sub('(?i)^tmvar:', '', text).partition(';')[0]}"


def _curie(text: str, type_: str, vocabulary: str | None) -> str:
    prefix, colon, local = text.partition(":")
    if colon and prefix.lower() in _PREFIXES:
        return f"{_PREFIXES[prefix.lower()]}:{local}"
    if text.startswith("CVCL_"):
        return f"cellosaurus:{text}"
    if vocabulary and vocabulary.lower() in _PREFIXES:
        return f"{_PREFIXES[vocabulary.lower()]}:{text}"
    if _MESH.fullmatch(text):
        return f"mesh:{text}"
    if not colon and type_ in _BY_TYPE:
        return f"{_BY_TYPE[type_]}:{text}"
    return f"{prefix.lower()}{colon}{local}"


def gold(start: int, end: int, text: str, type_: str, curies: Iterable[str] = ()) -> Annotation:
    """Return an annotation of the concepts `curies`."""
    return Mention(start, end, text, type_, GOLD), tuple(map(Link, curies))


def texts(records: Iterable[AnnotatedDocument | Reject]) -> Iterator[Record]:
    """Yield the documents alone, and the rejects but for those of annotations."""
    for item in records:
        if not isinstance(item, Reject):
            yield item.document
        elif not item.reason.startswith(DROPPED):
            yield item


def annotated(document: Document, annotations: Iterable[Annotation]) -> AnnotatedDocument:
    """Return the document with its annotations, by start."""
    in_order = sorted(annotations, key=lambda annotation: (annotation[0].start, annotation[0].end, annotation[0].type))
    return AnnotatedDocument(
        document, mentions=tuple(mention for mention, _ in in_order), links=tuple(links for _, links in in_order)
    )


def checked(
    document: Document, annotations: Iterable[Annotation], source: str, *, position: str | None = None
) -> Iterator[AnnotatedDocument | Reject]:
    """Yield the document with its sound annotations, and a reject for each that is not.

    An annotation is sound whose text is at its offsets and whose values can be stored. A document that cannot be is a
    reject at `position`, by default its id.
    """
    try:
        document = fitting(document)
    except ValueError as error:
        yield Reject(source, position or printable(document.id) or "a document without id", str(error))
        return
    kept = []
    for mention, links in annotations:
        if fault := _fault(document.text, mention, links):
            place = f"{document.id}, {mention.start}-{mention.end}"
            yield Reject(source, place, printable(f"{DROPPED}: {fault}"))
        else:
            kept.append((replace(mention, text=document.text[mention.start : mention.end]), links))
    yield annotated(document, kept)


def _fault(text: str, mention: Mention, links: Iterable[Link]) -> str:
    """Return what is wrong with an annotation; nothing where it is sound."""
    if mention.end <= mention.start:
        return "it has no length"
    there = text[max(mention.start, 0) : mention.end]
    if mention.start < 0 or there != without_controls(mention.text):
        return f"it says {mention.text!r}, the text there is {there!r}"
    if not all(0 <= score <= 1 for score in (mention.score, *(link.score for link in links))):
        return "a score is not between 0 and 1"
    words = (mention.type, mention.tagger, *(word for link in links for word in (link.concept, link.reason)))
    return next((f"a field holds {fault}" for word in words if (fault := broken(word))), "")
