from pathlib import Path

from bioweft.evaluate.relations.examples import RelationExample, read_relations
from bioweft.evaluate.relations.pairs import by_hash

from .small import write


def every(corpus: str, data: Path) -> list[RelationExample]:
    return [example for part in ("train", "dev", "test") for example in read_relations(corpus, part, data)]  # type: ignore[arg-type]


def test_ade_has_a_document_for_each_sentence(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        {
            "ADE/sentences.tsv": (
                "ADE.p1 | positive | 51 | Rash and itch after zanubin.\nADE.n1 | negative | 51 | No drug is marked.\n"
            ),
            "ADE/entities.tsv": (
                "ADE.p1 | e0 | AdverseEffect | 0-4 | Rash | \nADE.p1 | e1 | AdverseEffect | 9-13 | itch | \n"
                "ADE.p1 | e2 | Drug | 20-27 | zanubin | \n"
            ),
            "ADE/relations.tsv": "ADE.p1 | e2 | e0 | drug-AE\n",
        },
    )
    (example,) = every("ADE", folder)
    assert [(pair.subject, pair.object, pair.labels) for pair in example.pairs] == [(2, 0, {"ADE"}), (2, 1, set())]
    assert [mention.type for mention in example.document.mentions] == ["disease", "disease", "chemical"]
    assert (example.document.document.id, example.group) == ("ade:ADE.p1", "51")


def test_sentences_of_an_abstract_are_its_passages(tmp_path: Path) -> None:
    content = {
        "CPI-DS/sentences.tsv": (
            "DS.d1.s0 | all | 52 | Zanubin opens ABC1.\nDS.d1.s3 | all | 52 | DEF2 ignores zanubin.\n"
        ),
        "CPI-DS/entities.tsv": (
            "DS.d1.s0 | e0 | compound | 0-7 | Zanubin | pubchem.compound:9\n"
            "DS.d1.s0 | e1 | protein | 14-18 | ABC1 | uniprot:P1|uniprot:P2\n"
            "DS.d1.s3 | e0 | protein | 0-4 | DEF2 | \nDS.d1.s3 | e1 | compound | 13-20 | zanubin | \n"
        ),
        "CPI-DS/relations.tsv": "DS.d1.s0 | e0 | e1 | interaction\nDS.d1.s3 | e0 | e1 | none\n",
    }
    (example,) = every("CPI-DS", write(tmp_path, content))
    assert len(example.document.document.passages) == len(example.document.sentences) == 2
    assert [(pair.subject, pair.object, set(pair.labels)) for pair in example.pairs] == [
        (0, 1, {"interaction"}),
        (3, 2, set()),
    ]
    assert [link.concept for link in example.document.links[1]] == ["uniprot:P1", "uniprot:P2"]
    assert example.entities[2].id == "DS.d1.s3.e0"


def test_comagc_key_words_are_not_mentions(tmp_path: Path) -> None:
    content = {
        "CoMAGC/sentences.tsv": "53.s1 | all | 53 | ABC1 is lost in glioma and in sarcoma.\n",
        "CoMAGC/entities.tsv": (
            "53.s1 | e0 | Gene | 0-4 | ABC1 | \n53.s1 | e1 | Negative_regulation | 8-12 | lost | \n"
            "53.s1 | e2 | Cancer | 16-22 | glioma | \n53.s1 | e3 | Cancer | 30-37 | sarcoma | \n"
        ),
        "CoMAGC/units.tsv": "au1 | 53.s1 | e0 | e2;e3 |  | e1 | decreased | normalTOcancer |  |  | other | pilot\n",
    }
    (example,) = every("CoMAGC", write(tmp_path, content))
    assert [mention.text for mention in example.document.mentions] == ["ABC1", "glioma", "sarcoma"]
    assert [pair.labels for pair in example.pairs] == [{"decreased_expression"}] * 2


def test_protein_interactions_have_no_order_and_keep_their_test_part(tmp_path: Path) -> None:
    content = {
        "BioInfer/sentences.tsv": (
            "B.d0.s0 | train | 54 | ABC1 and 2 bind DEF3.\nB.d1.s0 | test | 55 | ABC1 is alone with DEF3.\n"
        ),
        "BioInfer/entities.tsv": (
            "B.d0.s0 | e0 | Individual_protein | 0-4 | ABC1 | \n"
            "B.d0.s0 | e1 | Individual_protein | 0-3;9-10 | ABC 2 | \n"
            "B.d0.s0 | e2 | Gene | 16-20 | DEF3 | \n"
            "B.d1.s0 | e0 | Gene | 0-4 | ABC1 | \nB.d1.s0 | e1 | Gene | 19-23 | DEF3 | \n"
        ),
        "BioInfer/relations.tsv": "B.d0.s0 | e2 | e0 | interaction\nB.d0.s0 | e1 | e2 | interaction\n",
    }
    data = write(tmp_path, content)
    (tested,) = read_relations("BioInfer", "test", data)
    assert [pair.labels for pair in tested.pairs] == [frozenset()]
    part = "dev" if by_hash("54") == "dev" else "train"
    (example,) = read_relations("BioInfer", part, data)  # type: ignore[arg-type]
    assert [mention.text for mention in example.document.mentions] == ["ABC1", "ABC1 and 2", "DEF3"]
    assert {(pair.subject, pair.object): set(pair.labels) for pair in example.pairs} == {
        (0, 1): set(),
        (0, 2): {"ppi"},
        (1, 2): {"ppi"},
    }
