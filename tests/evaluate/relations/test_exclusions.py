from pathlib import Path

import pytest

from bioweft.errors import InputError, SettingsError
from bioweft.evaluate.relations.examples import CORPORA, parts, read_relations
from bioweft.evaluate.relations.exclusions import SCORED, TESTS, excluded, keys, training_examples
from bioweft.text import sentences

from .small import write

LONG = "Zanubin blocked the activity of ABC1 in all of the cells that we had looked at"
OTHER = "Quorine had no influence on any of the cells that were looked at in this work"


def chemprot(part: str, **abstracts: str) -> dict[str, str]:
    ending = "_gs" if part == "test" else ""
    rows = "".join(f"{pmid[1:]} | Title. | {abstract}.\n" for pmid, abstract in abstracts.items())
    return {f"chemprot_{part}_abstracts{ending}.tsv": rows}


def learnt(data: Path, corpus: str, scored: tuple[str, ...] = SCORED) -> set[str]:
    return {example.group for example in training_examples(data, scored)[corpus]}


def test_same_text_under_another_id_is_left_out(tmp_path: Path) -> None:
    spelt_otherwise = LONG.upper().replace(" ", "  ")
    data = write(tmp_path, chemprot("training", p1=spelt_otherwise, p2=OTHER) | chemprot("test", p3=LONG))
    assert learnt(data, "ChemProt") == {"2"}


def test_same_pmid_is_left_out_whatever_the_text(tmp_path: Path) -> None:
    drugprot = {"drugprot_development_abstracts.tsv": f"4 | Title. | {OTHER}.\n5 | Title. | Short.\n"}
    data = write(tmp_path, chemprot("development", p4=LONG) | drugprot)
    assert learnt(data, "DrugProt") == {"5"}
    assert learnt(data, "DrugProt", ("ChemProt/test",)) == {"4", "5"}
    assert learnt(data, "ChemProt", ("ChemProt/test",)) == {"4"}  # what is not scored is trained on


def test_lists_name_documents(tmp_path: Path) -> None:
    lists = {
        "exclude_train.tsv": "ChemProt | train | 6 | held-out\nChemProt | train | 7 | JNLPBA/test\n",
        "exclude_additions.tsv": (
            "ADE | all | 8 | NCBI-disease/test,BC5CDR/dev | id\nPPI5 | LLL.train | 9 | held-out | id\n"
        ),
        "drugprot_in_chemprot_test.tsv": "11 | train\n",
        "biored_in_bc5cdr_devtest.tsv": "12 | train | dev\n",
        "exclude_biored.txt": "13\n",
    }
    data = write(tmp_path, lists)
    listed = excluded(data, frozenset(SCORED))
    assert {corpus: units - {"6", "9"} for corpus, units in listed.items() if units - {"6", "9"}} == {
        "ADE": {"8"}, "DrugProt": {"11"}, "BioRED": {"12", "13"},
    }  # fmt: skip
    assert all({"6", "9"} <= units for units in listed.values())  # what is held out is so for all
    assert "8" not in excluded(data, frozenset({"ChemProt/test"}))["ADE"]


def test_missing_list_and_unknown_part_are_errors(tmp_path: Path) -> None:
    data = write(tmp_path, {})
    with pytest.raises(SettingsError, match="ChemProt/devel"):
        training_examples(data, ("ChemProt/devel",))
    (data / "relations/exclude_additions.tsv").unlink()
    with pytest.raises(InputError, match="exclude_additions"):
        training_examples(data)


@pytest.mark.corpus
@pytest.mark.slow
@pytest.mark.parametrize("scored", [SCORED, ()], ids=["choosing", "with development parts"])
def test_nothing_of_a_scored_part_is_trained_on(corpus_data: Path, scored: tuple[str, ...]) -> None:
    measured = frozenset(scored) | TESTS
    training = training_examples(corpus_data, scored)
    groups = {example.group for examples in training.values() for example in examples}
    text = {key for examples in training.values() for example in examples for key in keys(example)}
    listed = excluded(corpus_data, measured)
    for corpus, examples in training.items():
        assert listed[corpus].isdisjoint(example.group for example in examples)
    for corpus in CORPORA:
        for part in parts(corpus):
            if f"{corpus}/{part}" in measured:
                for example in read_relations(corpus, part, corpus_data):
                    assert example.group not in groups
                    assert text.isdisjoint(keys(example))
    first_of_lists = {"10076535", "11009181", "11077455"} if scored else {"10076535"}  # two are of development parts
    assert not first_of_lists & groups
    for corpus, documents in {"ChemProt": 1000, "BC5CDR": 450, "BioRED": 100, "DrugProt": 2000}.items():
        assert len(training[corpus]) > documents


def test_key_has_letters_and_digits_alone() -> None:
    assert sentences.key("A 2-fold rise.") == "a2foldrise"
