from collections import Counter
from pathlib import Path

import pytest

from bioweft.errors import InputError
from bioweft.evaluate.relations.chemical_gene import GROUP_OF, GROUPS, rows
from bioweft.evaluate.relations.examples import read_relations
from bioweft.evaluate.relations.protocols import chemprot, of_examples, standard

from .small import write

#           0         1         2         3
#           0123456789012345678901234567890123456789
ABSTRACT = "Zanubin blocks ABC1. It spares DEF2."
CHEMPROT = {
    "chemprot_development_abstracts.tsv": f"11 | On zanubin. | {ABSTRACT}\n12 | No abstract. | \n",
    "chemprot_development_entities.tsv": (
        "11 | T1 | CHEMICAL | 3 | 10 | zanubin\n11 | T2 | CHEMICAL | 12 | 19 | Zanubin\n"
        "11 | T3 | GENE-Y | 27 | 31 | ABC1\n11 | T4 | GENE-N | 43 | 47 | DEF2\n"
    ),
    "chemprot_development_relations.tsv": (
        "11 | CPR:4 | Y  | INHIBITOR | Arg1:T2 | Arg2:T3\n11 | CPR:2 | N  | REGULATOR | Arg1:T2 | Arg2:T3\n"
        "11 | CPR:6 | Y  | ANTAGONIST | Arg1:T2 | Arg2:T4\n11 | CPR:0 | N  | UNDEFINED | Arg1:T2 | Arg2:T3\n"
    ),
    "chemprot_development_gold_standard.tsv": "11 | CPR:4 | Arg1:T2 | Arg2:T3\n11 | CPR:6 | Arg1:T2 | Arg2:T4\n",
}


def test_pairs_of_one_sentence(tmp_path: Path) -> None:
    first, second = read_relations("ChemProt", "dev", write(tmp_path, CHEMPROT))
    assert first.document.document.text == f"On zanubin.\n{ABSTRACT}"
    assert [entity.id for entity in first.entities] == ["T1", "T2", "T3", "T4"]
    assert [first.document.mentions[entity.mentions[0]].text for entity in first.entities][2:] == ["ABC1", "DEF2"]
    (pair,) = first.pairs
    assert (pair.subject, pair.object, pair.labels) == (1, 2, {"CPR:4", "CPR:2"})
    assert first.group == "11"
    assert (second.pairs, second.document.document.text) == ((), "No abstract.")


def test_relation_across_sentences_is_missed(tmp_path: Path) -> None:
    data = write(tmp_path, CHEMPROT)
    gold = standard("ChemProt", "dev", data)
    score = chemprot(gold, of_examples(read_relations("ChemProt", "dev", data)).facts)["all"]
    assert (score.right, score.surplus, score.missed) == (1, 0, 1)


def test_drugprot_has_chemprots_groups(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        {
            "training_text_partial.tsv": (
                f"21 | full | ChemProt-dev | 11 | On zanubin. | {ABSTRACT}\n"
                f"22 | abstract | elsewhere | 30 |  | {ABSTRACT}\n23 | abstract | elsewhere | 9 |  | Cut.\n"
            ),
            "training_text_extra.tsv": "23 | full | bioc | 9 | Whole. | Cut.\n",
            "drugprot_training_entities.tsv": (
                "21 | T1 | CHEMICAL | 12 | 19 | Zanubin\n21 | T2 | GENE-Y | 27 | 31 | ABC1\n"
                "22 | T1 | CHEMICAL | 31 | 38 | Zanubin\n22 | T2 | GENE | 46 | 50 | ABC1\n"
                "22 | T3 | GENE | 4 | 9 | title\n"
            ),
            "drugprot_training_relations.tsv": (
                "21 | INHIBITOR | Arg1:T1 | Arg2:T2\n22 | SUBSTRATE | Arg1:T1 | Arg2:T2\n"
                "22 | AGONIST-INHIBITOR | Arg1:T1 | Arg2:T2\n22 | INHIBITOR | Arg1:T1 | Arg2:T3\n"
            ),
        },
    )
    full, abstract, extra = read_relations("DrugProt", "train", folder)
    assert [pair.labels for pair in full.pairs] == [{"CPR:4"}]
    assert [pair.labels for pair in abstract.pairs] == [{"CPR:9", "CPR:5"}]
    assert abstract.document.document.text == ABSTRACT
    assert extra.document.document.title == "Whole."


def test_annotation_that_is_not_at_its_offsets_is_an_error(tmp_path: Path) -> None:
    moved = CHEMPROT | {"chemprot_development_entities.tsv": "11 | T1 | CHEMICAL | 4 | 11 | zanubin\n"}
    with pytest.raises(InputError, match="'zanubin', the text there is 'anubin"):
        read_relations("ChemProt", "dev", write(tmp_path, moved))


@pytest.mark.corpus
def test_groups_of_labels_are_those_of_chemprots_files(corpus_data: Path) -> None:
    folder = corpus_data / "relations/ChemProt/ChemProt"
    files = ("chemprot_training_relations.tsv", "chemprot_development_relations.tsv")
    given = {(row[3], row[1]) for name in files for row in rows(folder / name, 6)}
    assert set(GROUP_OF.items()) <= given


@pytest.mark.corpus
@pytest.mark.parametrize(("part", "documents", "gold"), [("train", 1020, 4157), ("dev", 612, 2416)])
def test_counts(corpus_data: Path, part: str, documents: int, gold: int) -> None:
    examples = read_relations("ChemProt", part, corpus_data)  # type: ignore[arg-type]
    assert len(examples) == documents
    facts = standard("ChemProt", part, corpus_data).facts  # type: ignore[arg-type]
    assert len(facts) == gold
    labels = Counter(label for example in examples for pair in example.pairs for label in pair.labels)
    assert set(labels) <= set(GROUPS)
    assert facts <= of_examples(examples).facts  # our splitter loses none
