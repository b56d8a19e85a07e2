import pytest
from hypothesis import given
from hypothesis import strategies as st

from bioweft.lexicon.names import coded, folded, is_code, parted, straighten, terms, tidy, usable
from bioweft.records import Term


@pytest.mark.parametrize(
    "text", ["AKT1", "HeLa", "MCF-7", "TNF-α", "COVID-19", "Ca2+", "U2OS", "HOE 140", "p53B", "IL6"]
)
def test_a_code_is_told_by_its_capitals_and_digits(text: str) -> None:
    assert is_code(text)


@pytest.mark.parametrize("text", ["Aspirin", "ASPIRIN", "breast cancer", "E. coli", "insulin", "Type 2", "Parkinson"])
def test_a_name_is_no_code(text: str) -> None:
    assert not is_code(text)


def test_only_names_and_synonyms_become_symbols() -> None:
    assert coded(Term("AKT1", "name")).status == "symbol"
    assert coded(Term("AKT1", "weak")).status == "weak"
    assert coded(Term("aspirin", "name")).status == "name"


@pytest.mark.parametrize(
    ("names", "straight"),
    [
        (["Breast Neoplasms", "Neoplasm, Breast", "Breast Neoplasm"], ["Breast Neoplasms", "Breast Neoplasm"]),
        (["Leukemia, Myeloid, Acute"], ["Acute Myeloid Leukemia"]),
        (["Anemia, Sickle Cell", "Sickle Cell Anemia"], ["Sickle Cell Anemia"]),
        (["Wounds, Cuts, and Scratches"], ["Wounds, Cuts, and Scratches"]),
        (["1,2-diol"], ["1,2-diol"]),
        (["fever, rash (adult)"], ["fever, rash (adult)"]),
        (["Diabetes Mellitus, Type 2"], ["Type 2 Diabetes Mellitus", "Diabetes Mellitus Type 2"]),
    ],
)
def test_inverted_names_are_put_straight_once(names: list[str], straight: list[str]) -> None:
    assert list(straighten(names)) == straight


@given(st.lists(st.from_regex(r"[ab]{1,2}((, | )[ab]{1,2}){0,3}", fullmatch=True)))
def test_straightening_twice_changes_nothing(names: list[str]) -> None:
    once = list(straighten(names))
    assert list(straighten(once)) == once


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("end stage renal disease (ESRD)", ("end stage renal disease", "ESRD")),
        ("ESRD (end stage renal disease)", ("end stage renal disease", "ESRD")),
        ("ESRD - end stage renal disease", ("end stage renal disease", "ESRD")),
        ("ESRD, end stage renal disease", ("end stage renal disease", "ESRD")),
        ("disease (ESRD), end stage renal", ("end stage renal disease", "ESRD")),
        ("N-methyl-D-aspartate (NMDA)", ("N-methyl-D-aspartate", "NMDA")),
        ("acute leukemia (AL) of childhood", ("acute leukemia of childhood",)),
        ("colitis (disease)", ("colitis",)),
        ("iron (III)", ("iron (III)",)),
        ("vitamin D (D2)", ("vitamin D (D2)",)),
        ("poly(ADP-ribose)", ("poly(ADP-ribose)",)),
        ("2-(methylthio)benzoic acid (E)", ("2-(methylthio)benzoic acid (E)",)),
        ("DDT, technical grade", ("DDT, technical grade",)),
    ],
)
def test_a_name_and_its_own_abbreviation_are_parted(text: str, names: tuple[str, ...]) -> None:
    assert parted(text) == names


def test_an_abbreviation_beside_a_preferred_name_is_a_synonym() -> None:
    assert terms([("venereal disease (VD)", "name")]) == (Term("venereal disease", "name"), Term("VD", "synonym"))


@given(st.text(st.sampled_from("ab AB()-,"), max_size=20))
def test_parting_loses_no_name(text: str) -> None:
    assert all(parted(text)) or not text


@given(st.text())
def test_tidying_twice_changes_nothing(text: str) -> None:
    assert tidy(tidy(text)) == tidy(text) or tidy(text).startswith('"')


def test_names_compare_without_case_hyphen_and_plural() -> None:
    assert folded("Beta-Blockers") == folded("beta blocker")
    assert folded("gas") == "gas"
    assert folded("Mucus") != folded("mucu")


@pytest.mark.parametrize("text", ["x", "12-3", "fever NOS", "obsolete pox", "a" * 81])
def test_what_names_nothing_is_not_usable(text: str) -> None:
    assert not usable(text)


def test_terms_keep_the_status_of_what_they_were_turned_from() -> None:
    assert terms([("Fever, Odd", "weak"), ("pox", "name"), ("1", "synonym")]) == (
        Term("Odd Fever", "weak"),
        Term("pox", "name"),
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("NF-κB", "nf kappa b"),
        ("IL-6", "IL6"),
        ("Crohn's disease", "crohn diseases"),
        ("Sézary syndrome", "Sezary Syndrome"),
        ("tumours of the oesophagus", "tumor of the esophagus"),
    ],
)
def test_names_that_texts_do_not_tell_apart_fold_to_the_same(one: str, other: str) -> None:
    assert folded(one) == folded(other)


def test_a_code_folds_with_its_last_letter() -> None:
    assert folded("HOPS") != folded("HOP")
