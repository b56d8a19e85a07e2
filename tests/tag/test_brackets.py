"""Names that brackets break up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bioweft.lexicon.normalise import SEPARATOR
from bioweft.records import Document, Passage
from bioweft.tag.brackets import rewritten
from bioweft.tag.dictionary import DictionaryTagger
from tests.tagging import mentions_of

_TERMS = """curie\tname\tsynonyms
x:1\tH2O2\t
x:2\tinterleukin-6\tIL-6
x:3\tvitamin B12\t
x:4\ttumor necrosis factor\tTNF|tumor necrosis factor alpha
x:5\todd sickness\todd sickness (OS)
x:6\todd fever\t
"""


@pytest.fixture(scope="module")
def tagger(tmp_path_factory: pytest.TempPathFactory) -> DictionaryTagger:
    file = tmp_path_factory.mktemp("dictionaries") / "chemical.tsv"
    file.write_text(_TERMS, encoding="utf-8")
    return DictionaryTagger([file])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("with H(2)O(2) and H2O2, too", ["H(2)O(2)", "H2O2"]),
        ("interleukin (IL)-6 rose; IL-6 fell", ["interleukin (IL)-6", "IL-6"]),
        ("vitamin B(12).", ["vitamin B(12)"]),
        ("tumor necrosis factor (TNF)-α", ["tumor necrosis factor (TNF)-α"]),
        ("an odd sickness (OS) and OS", ["odd sickness", "OS", "OS"]),
        ("see table(2), H(2) and O(2)", []),
        (
            "an odd sick-\nness, odd fe\u00ad\r\n  ver and vit-\namin B(12)",
            ["odd sick-\nness", "odd fe\u00ad\r\n  ver", "vit-\namin B(12)"],
        ),
        ("odd-\nfever, odd fe-\n\nver, odd fe- ver", ["odd-\nfever"]),
    ],
)
def test_names_with_brackets(tagger: DictionaryTagger, text: str, expected: list[str]) -> None:
    documents = [Document(f"x:{n}", (Passage("title", "No H2O here"), Passage("abstract", text))) for n in range(2)]
    for mentions in mentions_of(tagger, documents):
        assert [mention.text for mention in mentions] == expected


@given(st.text(f"aB(2)+- {SEPARATOR}", max_size=40))
def test_each_character_has_its_place(passages: str) -> None:
    again = rewritten(passages)
    if again is not None:
        assert len(again.text) == len(again.offset) == len(again.after)
        for character, place, end in zip(again.text, again.offset.tolist(), again.after.tolist(), strict=True):
            if character != SEPARATOR:
                assert passages[place] == character
                assert place < end <= len(passages)
