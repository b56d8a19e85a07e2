"""The demo's texts are what its README says: enough, of the promised length, each unlike the others."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

DEMO = Path(__file__).resolve().parents[2] / "workflows" / "demo.jsonl"
TOPICS = {
    "autophagy and cancer",
    "COVID-19",
    "cardiovascular disease",
    "neurodegenerative disease",
    "metabolic disease",
}
FIELDS = {"id", "title", "abstract", "year", "journal", "topic"}

# A full stop that ends no sentence: "et al.", "Fig. 2", "i.v.", "e.g.", "vs.", and a shortened genus, "E. coli".
_NO_END = re.compile(r"\b(?:et al|Fig|vs|i\.v|i\.e|e\.g|[A-Z](?=\. [a-z]))\.")


def sentences(text: str) -> list[str]:
    """Split on sentence marks followed by a space, but for known abbreviations; simple on purpose, no bioweft code."""
    masked = _NO_END.sub(lambda match: match[0].replace(".", "·"), text)
    starts = [0, *(match.end() for match in re.finditer(r"[.!?] ", masked))]
    return [text[start:end].strip() for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]


@pytest.fixture(scope="module")
def texts() -> list[dict[str, Any]]:
    return [json.loads(line) for line in DEMO.read_text(encoding="utf-8").splitlines()]


def test_fields(texts: list[dict[str, Any]]) -> None:
    for text in texts:
        assert set(text) == FIELDS, text["id"]
        assert all(isinstance(text[field], str) and text[field].strip() for field in FIELDS - {"year"}), text["id"]
        assert text["journal"] == "Written for the bioweft demo"


def test_enough_texts_with_ids_of_their_own(texts: list[dict[str, Any]]) -> None:
    ids = [text["id"] for text in texts]
    assert len(ids) >= 120
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"demo:\d{3}", identifier) for identifier in ids)


def test_every_topic_is_covered(texts: list[dict[str, Any]]) -> None:
    counts = Counter(text["topic"] for text in texts)
    assert set(counts) == TOPICS
    assert min(counts.values()) >= 20, counts


def test_years_make_a_trend(texts: list[dict[str, Any]]) -> None:
    years = [text["year"] for text in texts]
    assert all(type(year) is int for year in years)
    assert set(years) == set(range(1998, 2026))
    assert min(text["year"] for text in texts if text["topic"] == "COVID-19") == 2020


def test_five_to_eight_sentences(texts: list[dict[str, Any]]) -> None:
    lengths = {text["id"]: len(sentences(text["abstract"])) for text in texts}
    assert {identifier: count for identifier, count in lengths.items() if not 5 <= count <= 8} == {}


def test_no_sentence_occurs_twice(texts: list[dict[str, Any]]) -> None:
    counts = Counter(sentence.casefold() for text in texts for sentence in sentences(text["abstract"]))
    assert [sentence for sentence, count in counts.items() if count > 1] == []
    titles = Counter(text["title"].casefold() for text in texts)
    assert [title for title, count in titles.items() if count > 1] == []


@pytest.mark.parametrize("trap", ["et al.", "Fig. 2", "i.v.", "e.g.", "E. coli", "TNF-α", "β-cell", "(ALS)", "S2'"])
def test_traps_for_the_reader_are_there(texts: list[dict[str, Any]], trap: str) -> None:
    assert any(trap in text["abstract"] for text in texts)
