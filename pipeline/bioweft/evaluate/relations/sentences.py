"""ADE, CPI-DS, CoMAGC and the five corpora of protein interactions: relations between mentions of one sentence."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import combinations, groupby
from pathlib import Path

from bioweft.evaluate.relations.pairs import (
    Annotation,
    Pair,
    Part,
    RelationExample,
    Sentence,
    by_hash,
    mention_entities,
    of_sentences,
    ordered,
    spanned,
    table,
)

PPI5 = ("AIMed", "BioInfer", "HPRD50", "IEPA", "LLL")

_ADE_TYPES = {"Drug": "chemical", "AdverseEffect": "disease"}
_CPI_TYPES = {"compound": "chemical", "protein": "gene"}
_COMAGC_TYPES = {"Gene": "gene", "Cancer": "disease"}
_PPI_TYPES = dict.fromkeys(
    ("protein", "Individual_protein", "Gene/protein/RNA", "Protein_family_or_group", "Gene", "Protein_complex",
     "DNA_family_or_group"),
    "gene",
)  # fmt: skip

Labels = Mapping[frozenset[str], set[str]]
"""Labels by the keys of both arguments, without order."""


def read_ade(part: Part, data: Path) -> Iterator[RelationExample]:
    """Yield the sentences of a part of ADE that have an adverse effect, a document each; parts are by PMID.

    A pair is any drug and effect of the sentence: that the pairs without a relation are negative is custom, not
    annotation. In the corpus's other sentences neither drugs nor diseases are marked, so they have no candidates.
    """
    folder = data / "relations/ADE/ADE"
    labels = _labels(folder, {"drug-AE": "ADE"})
    for pmid, group in _sentences(folder, _ADE_TYPES):
        if by_hash(pmid) == part:
            for sentence in group:
                if sentence.entities:
                    yield _example("ADE", sentence.id, pmid, [sentence], labels)


def read_cpi(part: Part, data: Path) -> Iterator[RelationExample]:
    """Yield the abstracts of a part of CPI-DS, with those of their sentences that it has; parts are by PMID.

    A pair is any compound and protein of a sentence; `interaction` is a functional relation of any kind. The mentions
    are those of dictionaries, with errors.
    """
    folder = data / "relations/CPI-DS/CPI-DS"
    labels = _labels(folder, {"interaction": "interaction"})
    for pmid, group in _sentences(folder, _CPI_TYPES):
        if by_hash(pmid) == part:
            yield _example("CPI-DS", pmid, pmid, group, labels)


def read_comagc(part: Part, data: Path) -> Iterator[RelationExample]:
    """Yield the abstracts of a part of CoMAGC, with those of their sentences that it has; parts are by PMID.

    A pair is any gene and cancer of a sentence; its labels are the changes of the gene's expression in the cancer. The
    corpus's key words are left out of the mentions, because they give the answer away.
    """
    folder = data / "relations/CoMAGC/CoMAGC"
    labels: defaultdict[frozenset[str], set[str]] = defaultdict(set)
    for row in table(folder / "units.tsv"):
        for cancer in row["cancers"].split(";"):
            arguments = frozenset(f"{row['sentence_id']}.{key}" for key in (row["gene"], cancer))
            labels[arguments].add(f"{row['CGE']}_expression")
    for pmid, group in _sentences(folder, _COMAGC_TYPES):
        if by_hash(pmid) == part:
            yield _example("CoMAGC", pmid, pmid, group, labels)


def read_ppi(corpus: str, part: Part, data: Path) -> Iterator[RelationExample]:
    """Yield the documents of a part of one of the five corpora of protein interactions, a passage each sentence.

    A pair is any two proteins of a sentence, without order. `test` is the corpus's own; `dev` is a tenth of the rest,
    by PMID.
    """
    folder = data / "relations/PPI5/PPI5" / corpus
    labels = _labels(folder, {"interaction": "ppi"})
    tested = {row["pmid"] for row in table(folder / "sentences.tsv") if row["split"] == "test"}
    for pmid, group in _sentences(folder, _PPI_TYPES):
        rest: Part = "dev" if by_hash(pmid) == "dev" else "train"
        if part == ("test" if pmid in tested else rest):
            yield _example(corpus, pmid, pmid, group, labels)


def _example(corpus: str, name: str, pmid: str, group: list[Sentence], labels: Labels) -> RelationExample:
    annotated, places = of_sentences(f"{corpus.lower()}:{name}", group)
    entities = mention_entities(annotated, places)
    pairs = []
    for sentence in group:
        own = sorted(places[annotation.key] for annotation in sentence.entities)
        for subject, object_ in (ordered(entities, a, b) for a, b in combinations(own, 2)):
            types = entities[subject].type, entities[object_].type
            if types in {("chemical", "gene"), ("chemical", "disease"), ("gene", "disease")} or corpus in PPI5:
                keys = frozenset({entities[subject].id, entities[object_].id})
                pairs.append(Pair(subject, object_, frozenset(labels.get(keys, ()))))
    return RelationExample(corpus, annotated, entities, tuple(pairs), pmid)


def _labels(folder: Path, names: Mapping[str, str]) -> Labels:
    labels: defaultdict[frozenset[str], set[str]] = defaultdict(set)
    for row in table(folder / "relations.tsv"):
        if row["label"] in names:
            sentence = row["sentence_id"]
            labels[frozenset({f"{sentence}.{row['e1']}", f"{sentence}.{row['e2']}"})].add(names[row["label"]])
    return labels


def _sentences(folder: Path, types: Mapping[str, str]) -> Iterator[tuple[str, list[Sentence]]]:
    """Yield the sentences of each PMID, in the order of the file, with their mentions of the given types."""
    marked: defaultdict[str, list[dict[str, str]]] = defaultdict(list)
    for row in table(folder / "entities.tsv"):
        if row["type"] in types:
            marked[row["sentence_id"]].append(row)

    def sentence(row: dict[str, str]) -> Sentence:
        key, text = row["sentence_id"], row["text"]
        annotations: tuple[Annotation, ...] = tuple(
            spanned(f"{key}.{e['entity_id']}", e["spans"], e["text"], e["type"], text, types, e["ids"])
            for e in marked[key]
        )
        return Sentence(key, text, annotations)

    by_pmid = sorted(table(folder / "sentences.tsv"), key=lambda row: row["pmid"])
    for pmid, group in groupby(by_pmid, key=lambda row: row["pmid"]):
        yield pmid, [sentence(row) for row in group]
