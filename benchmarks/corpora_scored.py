"""The corpora that recognition and linking are measured on, and their documents as both read them."""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from itertools import accumulate, groupby
from pathlib import Path

from bioweft.records import AnnotatedDocument, Link
from bioweft.text import sentences
from bioweft.train import corpora
from bioweft.train.examples import FAMILY, as_genes

__all__ = ["LINKING", "RECOGNITION", "articles", "as_genes", "documents", "may_be_gold"]

RECOGNITION: Mapping[str, tuple[str, ...]] = {
    "BC5CDR": ("chemical", "disease"),
    "NCBI-disease": ("disease",),
    "NLM-Chem": ("chemical",),
    "Linnaeus": ("species",),
    "S1000": ("species",),
    "GNormPlus": ("gene",),
    "NLM-Gene": ("gene",),
    "BC2GM": ("gene",),
    "JNLPBA": ("gene", "cell_line", "cell_type"),
    "BioID": ("cell_line",),
}
"""The types of each corpus that a tagger is scored on."""

LINKING: Mapping[str, tuple[str, ...]] = {
    **{name: RECOGNITION[name] for name in ("BC5CDR", "NCBI-disease", "NLM-Chem")},
    "GNormPlus": ("gene", FAMILY),
    "NLM-Gene": ("gene", FAMILY),
    "Linnaeus": ("species",),
    "BioID": ("cell_line",),
    "S1000": ("species",),
    "BioRED": ("chemical", "disease", "gene", "species", "cell_line"),
}
"""The types of each corpus whose mentions have identifiers."""

VOCABULARIES: Mapping[str, tuple[str, ...]] = {
    "disease": ("mesh", "omim"),
    "chemical": ("mesh",),
    "gene": ("ncbigene",),
    "species": ("ncbitaxon",),
    "cell_line": ("cellosaurus",),
}
"""The vocabularies of the identifiers that these corpora have for each type."""

_SPECIES_ALONE = ("Linnaeus",)
"""Corpora that annotate species, and neither genera nor what is above them."""
_BELOW_GENUS = frozenset(
    [
        "species", "subspecies", "strain", "serotype", "serogroup", "biotype", "forma", "forma_specialis", "varietas",
        "isolate", "genotype", "no_rank",
    ]
)  # fmt: skip

_NLM_CHEM = corpora.Corpus(
    "NLM-Chem",
    ("chemical",),
    {"test": ("ner/NLM-Chem/NLM-Chem/NLMchem_Test.PubTator",)},
    corpora.CORPORA["BC5CDR"].read,
    scored=True,
)
"""Not one of those that training looks through: it has a test part alone."""

CORPORA: Mapping[str, corpora.Corpus] = {
    name: corpora.CORPORA.get(name, _NLM_CHEM) for name in dict.fromkeys((*RECOGNITION, *LINKING))
}


def may_be_gold(name: str, data: Path) -> Callable[[str, str], bool]:
    """Return a function that says whether a corpus could have a concept for a type.

    It could not where the concept is of a vocabulary that the corpus does not use (a family of FamPlex, where genes
    have identifiers of NCBI), nor where it is a genus or more and the corpus annotates species alone.
    """
    above = _above_species(data) if name in _SPECIES_ALONE else frozenset()

    def may_be(type_: str, concept: str) -> bool:
        vocabularies = VOCABULARIES.get(type_)
        return (vocabularies is None or concept.partition(":")[0] in vocabularies) and concept not in above

    return may_be


@cache
def _above_species(data: Path) -> frozenset[str]:
    """Return the CURIEs of genera and what is above them."""
    with (data / "terminologies" / "ncbitaxon.tsv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return frozenset(row["id"] for row in rows if row["rank"] not in _BELOW_GENUS)


def documents(name: str, part: corpora.Part, data: Path) -> Iterator[AnnotatedDocument]:
    """Yield the documents of a part with their sentences and links; misplaced annotations are left out.

    An article whose passages are records of their own (NLM-Chem) becomes one document again. Families of genes keep
    their type.
    """
    records = corpora.documents(CORPORA[name], part, data, all_of_them=True)
    joined: Iterable[AnnotatedDocument] = articles(records) if name == "NLM-Chem" else records
    for annotated in joined:
        yield replace(
            annotated,
            sentences=sentences.of_document(annotated.document),
            links=tuple(
                tuple(_of_gene(link) for link in links) if mention.type == FAMILY else links
                for mention, links in annotated.linked()
            ),
        )


def articles(records: Iterable[AnnotatedDocument]) -> Iterator[AnnotatedDocument]:
    """Yield one document for each stretch of records with the same id; each record is a passage, written as a title."""
    for _, group in groupby(records, key=lambda annotated: annotated.document.id):
        parts = list(group)
        passages = [part.document.passages[0] for part in parts]
        begins = accumulate((len(passage.text) + 1 for passage in passages), initial=0)
        mentions, links = [], []
        for begin, part in zip(begins, parts, strict=False):
            mentions += [replace(m, start=m.start + begin, end=m.end + begin) for m in part.mentions]
            links += [of_mention for _, of_mention in part.linked()]
        paragraphs = (replace(passage, kind="paragraph") for passage in passages[1:])
        document = replace(parts[0].document, passages=(passages[0], *paragraphs))
        yield AnnotatedDocument(document, mentions=tuple(mentions), links=tuple(links))


def _of_gene(link: Link) -> Link:
    """Return the link of a family with the vocabulary that readers give to genes alone."""
    return link if ":" in link.concept else replace(link, concept=f"ncbigene:{link.concept}")
