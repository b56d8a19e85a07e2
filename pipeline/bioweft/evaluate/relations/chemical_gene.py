"""ChemProt and DrugProt: relations between a mention of a chemical and one of a gene, in abstracts."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from bioweft.errors import InputError
from bioweft.evaluate.relations.pairs import (
    Annotation,
    Pair,
    Part,
    RelationExample,
    mention_entities,
    rows,
    titled,
    together,
    with_mentions,
)
from bioweft.records import Document, Passage
from bioweft.sources.annotations import our_type

SCORED_GROUPS = ("CPR:3", "CPR:4", "CPR:5", "CPR:6", "CPR:9")
"""The groups of ChemProt that its task scores."""

GROUPS = ("CPR:1", "CPR:2", *SCORED_GROUPS[:4], "CPR:7", "CPR:8", "CPR:9", "CPR:10")
"""All groups of ChemProt but CPR:0 (undefined, three relations): part of, regulator, upregulator, downregulator,
agonist, antagonist, modulator, cofactor, substrate or product, and CPR:10: said to have no effect."""

GROUP_OF: Mapping[str, str] = {
    "PART-OF": "CPR:1",
    "DIRECT-REGULATOR": "CPR:2",
    "ACTIVATOR": "CPR:3", "INDIRECT-UPREGULATOR": "CPR:3",
    "INHIBITOR": "CPR:4", "INDIRECT-DOWNREGULATOR": "CPR:4",
    "AGONIST": "CPR:5", "AGONIST-ACTIVATOR": "CPR:5", "AGONIST-INHIBITOR": "CPR:5",
    "ANTAGONIST": "CPR:6",
    "SUBSTRATE": "CPR:9", "PRODUCT-OF": "CPR:9", "SUBSTRATE_PRODUCT-OF": "CPR:9",
}  # fmt: skip
"""The group of ChemProt of each of DrugProt's labels: ChemProt's own files give these labels with these groups."""

Arguments = tuple[str, str, str]
"""PMID, the chemical's number and the gene's."""

_CHEMPROT = "relations/ChemProt/ChemProt"
_CHEMPROT_FILES: Mapping[Part, tuple[str, str]] = {
    "train": ("training", ""), "dev": ("development", ""), "test": ("test", "_gs"),
}  # fmt: skip
_DRUGPROT = "relations/DrugProt/DrugProt"
_EXTRA = "relations/DrugProt-extra/DrugProt-extra"


def read_chemprot(part: Part, data: Path) -> Iterator[RelationExample]:
    """Yield the abstracts of a part of ChemProt; a pair is a chemical and a gene in one sentence of our splitter."""
    name, ending = _CHEMPROT_FILES[part]
    folder = data / _CHEMPROT
    marked = _entities(folder / f"chemprot_{name}_entities{ending}.tsv")
    labels: defaultdict[Arguments, set[str]] = defaultdict(set)
    for pmid, group, _, _, one, two in rows(folder / f"chemprot_{name}_relations{ending}.tsv", 6):
        if group in GROUPS:
            labels[_arguments(pmid, one, two)].add(group)
    for pmid, title, abstract in rows(folder / f"chemprot_{name}_abstracts{ending}.tsv", 3):
        yield _example("ChemProt", pmid, titled(f"pmid:{pmid}", title, abstract), marked[pmid], labels)


def chemprot_standard(part: Part, data: Path) -> Iterator[tuple[str, str, str, str]]:
    """Yield the gold standard of a part of ChemProt: PMID, chemical, gene, group; only the five scored groups."""
    name, _ = _CHEMPROT_FILES[part]
    for pmid, group, one, two in rows(data / _CHEMPROT / f"chemprot_{name}_gold_standard.tsv", 4):
        yield *_arguments(pmid, one, two), group


def read_drugprot(part: Part, data: Path) -> Iterator[RelationExample]:
    """Yield the abstracts of a part of DrugProt, its labels as ChemProt's groups; there is no public test part.

    Where only the abstract is known, mentions and relations of the title are left out.

    Raises:
        InputError: the part is `test`.
    """
    if part == "test":
        raise InputError("DrugProt has no public test part")
    name = {"train": "training", "dev": "development"}[part]
    marked = _entities(data / _DRUGPROT / f"drugprot_{name}_entities.tsv")
    labels = _drugprot_labels(data / _DRUGPROT / f"drugprot_{name}_relations.tsv")
    if part == "dev":
        for pmid, title, abstract in rows(data / _DRUGPROT / "drugprot_development_abstracts.tsv", 3):
            yield _example("DrugProt", pmid, titled(f"pmid:{pmid}", title, abstract), marked[pmid], labels)
        return
    texts = {row[0]: row[1:] for row in rows(data / _DRUGPROT / "training_text_partial.tsv", 6)}
    texts |= {row[0]: row[1:] for row in rows(data / _EXTRA / "training_text_extra.tsv", 6)}
    for pmid, (kind, _, length, title, abstract) in texts.items():
        if kind == "full":
            yield _example("DrugProt", pmid, titled(f"pmid:{pmid}", title, abstract), marked[pmid], labels)
        else:
            moved = int(length) + 1
            document = Document(f"pmid:{pmid}", (Passage("abstract", abstract),))
            kept = [
                Annotation(a.key, a.start - moved, a.end - moved, a.text, a.type)
                for a in marked[pmid]
                if a.start >= moved
            ]
            yield _example("DrugProt", pmid, document, kept, labels)


def _example(
    corpus: str, pmid: str, document: Document, marked: list[Annotation], labels: Mapping[Arguments, set[str]]
) -> RelationExample:
    annotated, places = with_mentions(document, marked)
    entities = mention_entities(annotated, places)
    pairs = []
    for a, b in together(annotated):
        if {entities[a].type, entities[b].type} == {"chemical", "gene"}:
            chemical, gene = (a, b) if entities[a].type == "chemical" else (b, a)
            gold = labels.get((pmid, entities[chemical].id, entities[gene].id), ())
            pairs.append(Pair(chemical, gene, frozenset(gold)))
    return RelationExample(corpus, annotated, entities, tuple(pairs), pmid)


def _entities(path: Path) -> defaultdict[str, list[Annotation]]:
    marked = defaultdict(list)
    for pmid, key, type_, start, end, text in rows(path, 6):
        marked[pmid].append(Annotation(key, int(start), int(end), text, our_type(type_)))
    return marked


def _drugprot_labels(path: Path) -> dict[Arguments, set[str]]:
    labels: defaultdict[Arguments, set[str]] = defaultdict(set)
    for pmid, label, one, two in rows(path, 4):
        labels[_arguments(pmid, one, two)].add(GROUP_OF[label])
    return labels


def _arguments(pmid: str, one: str, two: str) -> Arguments:
    return pmid, one.removeprefix("Arg1:"), two.removeprefix("Arg2:")
