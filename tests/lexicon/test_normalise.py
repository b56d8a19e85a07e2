"""What counts as the same token, and that offsets are those of the text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bioweft.lexicon.normalise import SEPARATOR, same_word, scan, word_forms


def folded(text: str) -> list[str]:
    tokens = scan(text)
    return [tokens.text(number) for number in range(len(tokens))]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Breast cancer", "breast cancer"),
        ("IL-6 IL6 IL 6", "il 6 il 6 il 6"),
        ("IL\u20116 IL\u20136 IL\u22126 IL\u00a06", "il 6 il 6 il 6 il 6"),
        ("TNF-α TNFα TNF-Alpha", "tnf alpha tnf alpha tnf alpha"),
        ("αβ", "alpha beta"),
        ("µ \u03bc \u2126 ς", "mu mu omega sigma"),
        ("Straße STRASSE", "strasse strasse"),
        ("İstanbul ISTANBUL", "istanbul istanbul"),
        ("ﬁbrosis", "fibrosis"),
        ("Sjögren Sjo\u0308gren Sjogren", "sjogren sjogren sjogren"),
        ("can\u00adcer can\u200bcer", "cancer cancer"),
        ("H₂O₂ Ca²⁺", "h 2 o 2 ca 2 +"),
        ("E. coli", "e . coli"),
        ("2,4-D", "2 , 4 d"),
        ("Parkinson's disease, Parkinson’s disease", "parkinson disease , parkinson disease"),
        ("Graves' disease; 3' end", "graves disease ; 3 ' end"),
        ("Avastin® therapy", "avastin therapy"),
        ("癌 𝛼 😀 \U00020000", "癌 alpha 😀 \ufffd"),
        ("", ""),
        ("- \u00ad -", ""),
    ],
)
def test_tokens(text: str, tokens: str) -> None:
    assert folded(text) == tokens.split()


def test_offsets_are_of_the_text() -> None:
    text = "e\u0301tude of Straße-β\u00a0and ﬁn"
    tokens = scan(text)
    assert [text[start:end] for start, end in zip(tokens.start, tokens.end, strict=True)] == [
        "e\u0301tude", "of", "Straße", "β", "and", "ﬁn",
    ]  # fmt: skip


def test_case_is_told_apart_from_form() -> None:
    tokens = scan("TNF tnf Tnf TNF")
    assert len(set(tokens.hash.tolist())) == 1
    assert len(set(tokens.case.tolist())) == 3
    assert tokens.case[0] == tokens.case[3]
    assert tokens.upper.tolist() == [3, 0, 1, 3]
    assert tokens.first_upper.tolist() == [True, False, True, True]


def test_what_stands_before_a_token() -> None:
    tokens = scan("p53-null x")
    assert tokens.glued.tolist() == [False, True, False, False]
    assert tokens.hyphened.tolist() == [False, False, True, False]
    assert tokens.spaced.tolist() == [False, False, False, True]


@given(st.text())
def test_any_text_can_be_scanned(text: str) -> None:
    tokens = scan(text)
    starts, ends = tokens.start.tolist(), tokens.end.tolist()
    assert all(0 <= start < end <= len(text) for start, end in zip(starts, ends, strict=True))
    assert starts == sorted(starts)
    assert not any(text[start].isspace() and text[start] != SEPARATOR for start in starts)


@given(st.lists(st.text(alphabet=st.characters(exclude_characters=SEPARATOR)), max_size=5))
def test_texts_that_are_scanned_together_do_not_touch(texts: list[str]) -> None:
    together = [token for token in folded(SEPARATOR.join(texts)) if token != SEPARATOR]
    assert together == [token for text in texts for token in folded(text)]


@pytest.mark.parametrize(
    "forms",
    [
        "tumor tumors tumour tumours",
        "leukemia leukaemia leukemias leukaemias",
        "metastasis metastases",
        "biopsy biopsies",
        "virus viruses",
        "carcinoma carcinomas carcinomata",
        "mouse",
        "rat rats",
        "oestrogen estrogen estrogens",
        "diarrhoea diarrhea",
        "kinase kinases",
        "disease diseases",
        "diabetes",
        "dose doses",
    ],
)
def test_forms_of_a_word(forms: str) -> None:
    for word in forms.split():
        assert set(forms.split()) <= word_forms(word)


@pytest.mark.parametrize(
    ("one", "other"), [("virus", "viru"), ("analysis", "analysi"), ("series", "sery"), ("il", "ils")]
)
def test_what_is_no_form(one: str, other: str) -> None:
    assert other not in word_forms(one)


@given(st.text(alphabet="abcdeimnorsuxy", min_size=1, max_size=12))
def test_forms_agree_with_each_other(word: str) -> None:
    assert word in word_forms(word)
    assert {same_word(form) for form in word_forms(word)} == {same_word(word)}
