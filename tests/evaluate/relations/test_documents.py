from pathlib import Path

import pytest

from bioweft.evaluate.relations.baseline import sharing_sentence
from bioweft.evaluate.relations.documents import bc5cdr_standard, mark_hypernyms
from bioweft.evaluate.relations.examples import RelationExample, read_relations
from bioweft.evaluate.relations.pairs import Entity, Pair, bucket

from .small import write

BC5CDR = {
    "CDR_TrainingSet.PubTator.txt": (
        "31|t|Arthritis and pain after zanubin.\n"
        "31|a|Quorine gave relief. Liver and kidney failure followed.\n"
        "31 | 0 | 9 | Arthritis | Disease | D001168\n"
        "31 | 14 | 18 | pain | Disease | -1\n"
        "31 | 25 | 32 | zanubin | Chemical | D900001\n"
        "31 | 34 | 41 | Quorine | Chemical | C900002\n"
        "31 | 55 | 79 | Liver and kidney failure | Disease | D017093|D051437 | Liver failure|kidney failure\n"
        "31 | CID | D900001 | D017093|D051437\n\n"
    ),
    "mesh_descriptor.tsv": (
        "mesh:D017093 | Liver Failure |  |  |  | mesh:D008107 | \nmesh:D008107 | Liver Diseases |  |  |  |  | \n"
    ),
}


def related(example: RelationExample) -> dict[tuple[str, str], frozenset[str]]:
    return {
        (example.entities[pair.subject].id, example.entities[pair.object].id): pair.labels for pair in example.pairs
    }


def test_every_chemical_with_every_disease(tmp_path: Path) -> None:
    data = write(tmp_path, BC5CDR)
    (example,) = read_relations("BC5CDR", "train", data)
    pairs = related(example)
    assert set(pairs) == {
        (chemical, disease)
        for chemical in ("mesh:D900001", "mesh:C900002")
        for disease in ("mesh:D001168", "mesh:D017093", "mesh:D051437")
    }
    positive = {pair for pair, labels in pairs.items() if labels == {"CID"}}
    assert positive == {("mesh:D900001", "mesh:D017093"), ("mesh:D900001", "mesh:D051437")}
    assert {(c, d) for _, c, d, _ in bc5cdr_standard("train", data)} == positive
    composite = [entity for entity in example.entities if entity.id in ("mesh:D017093", "mesh:D051437")]
    assert [entity.mentions for entity in composite] == [(4,), (4,)]


def test_pair_of_wider_terms_is_marked() -> None:
    entities = tuple(
        Entity(id, type_, (place,))
        for place, (id, type_) in enumerate(
            [("drug", "chemical"), ("narrow", "disease"), ("wide", "disease"), ("else", "disease"), ("b", "chemical")]
        )
    )
    pairs = [Pair(0, 1, frozenset({"CID"})), Pair(0, 2), Pair(0, 3), Pair(4, 2)]
    marked = mark_hypernyms(entities, pairs, {"narrow": frozenset({"wide", "widest"})})
    assert [pair.hypernym for pair in marked] == [False, True, False, False]


BIORED = (
    "{pmid}|t|ABC1 and DEF2 in gout.\n{pmid}|a|Zanubin and the variant R12C.\n"
    "{pmid} | 0 | 4 | ABC1 | GeneOrGeneProduct | 77,78\n"
    "{pmid} | 9 | 13 | DEF2 | GeneOrGeneProduct | 79\n"
    "{pmid} | 17 | 21 | gout | DiseaseOrPhenotypicFeature | D006073\n"
    "{pmid} | 23 | 30 | Zanubin | ChemicalEntity | D900001\n"
    "{pmid} | 47 | 51 | R12C | SequenceVariant | p|SUB|R|12|C\n"
    "{pmid} | Association | D006073 | 77 | No\n{pmid} | Bind | 79 | 78 | Novel\n"
    "{pmid} | Negative_Correlation | 79 | D900001 | No\n{pmid} | Association | D006073 | p|SUB|R|12|C | No\n\n"
)


def test_biored_pairs_have_no_order(tmp_path: Path) -> None:
    (example,) = read_relations("BioRED", "test", write(tmp_path, {"BioRED/Dev.PubTator": BIORED.format(pmid=41)}))
    pairs = related(example)
    assert {pair: set(labels) for pair, labels in pairs.items() if labels} == {
        ("ncbigene:77", "mesh:D006073"): {"Association"},
        ("ncbigene:78", "ncbigene:79"): {"Bind"},
        ("mesh:D900001", "ncbigene:79"): {"Negative_Correlation"},
    }
    assert len(pairs) == 3 + 3 + 3 + 1  # genes with each other, with the disease and with the chemical; both others
    assert not {("mesh:D006073", "mesh:D900001"), ("ncbigene:79", "ncbigene:78")} & set(pairs)


def test_biored_choices_are_allowed_documents(tmp_path: Path) -> None:
    pmids = range(100, 140)
    content = {
        "BioRED/Train.PubTator": "".join(BIORED.format(pmid=pmid) for pmid in pmids),
        "exclude_biored.txt": "".join(f"{pmid}\n" for pmid in range(100, 120)),
    }
    data = write(tmp_path, content)
    train, dev = ({example.group for example in read_relations("BioRED", part, data)} for part in ("train", "dev"))
    assert dev == {str(pmid) for pmid in range(120, 140) if bucket(str(pmid)) < 4}
    assert train == {str(pmid) for pmid in pmids} - dev


@pytest.mark.corpus
def test_counts(corpus_data: Path) -> None:
    gold = {part: sum(1 for _ in bc5cdr_standard(part, corpus_data)) for part in ("train", "dev")}
    assert gold == {"train": 1038, "dev": 1012}
    examples = read_relations("BC5CDR", "dev", corpus_data)
    positive = [(example, pair) for example in examples for pair in example.pairs if pair.labels]
    assert len(positive) == gold["dev"]  # each gold pair is a candidate
    apart = sum(not sharing_sentence(example, pair) for example, pair in positive)
    assert apart / len(positive) == pytest.approx(0.239, abs=0.005)


@pytest.mark.corpus
def test_biored_parts(corpus_data: Path) -> None:
    train, dev = ({e.group for e in read_relations("BioRED", part, corpus_data)} for part in ("train", "dev"))
    assert len(train | dev) == 400
    assert train.isdisjoint(dev)
    assert 50 <= len(dev) <= 70
    assert dev.isdisjoint((corpus_data / "ner/exclude_biored.txt").read_text().split())
