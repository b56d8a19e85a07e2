import pytest

from bioweft.records import DictionaryHit, Mention
from bioweft.tag.whole_terms import in_whole_terms


def pieces_in(text: str, term: str, type_: str, *pieces: str, reason: str = "synonym") -> list[str]:
    """Return the mentions of a text of which a term is known and some pieces of it were found."""
    place = text.index(term)
    hits = [DictionaryHit(place, place + len(term), type_, "x:1", reason)]
    mentions = []
    for piece in pieces:
        start = text.index(piece, place)
        mentions.append(Mention(start, start + len(piece), piece, type_, "model", 0.5))
    return [mention.text for mention in in_whole_terms(text, mentions, hits)]


@pytest.mark.parametrize(
    ("term", "type_", "pieces"),
    [
        ("reactive oxygen species", "chemical", ["oxygen"]),
        ("carbon nanotubes", "chemical", ["carbon"]),
        ("indocyanine green", "chemical", ["indocyanine"]),
        ("SARS-CoV-2", "species", ["SARS-", "CoV-2"]),
        ("severe acute respiratory syndrome coronavirus 2", "species", ["acute respiratory syndrome coronavirus 2"]),
        ("induced pluripotent stem cells", "cell_type", ["pluripotent stem cells"]),
        ("tension type headache", "disease", ["tension type", "headache"]),
        ("silk fibroin", "gene", ["silk", "fibroin"]),
    ],
)
def test_pieces_become_the_term(term: str, type_: str, pieces: list[str]) -> None:
    assert pieces_in(f"We looked at {term} here.", term, type_, *pieces) == [term]


@pytest.mark.parametrize(
    ("term", "type_", "pieces"),
    [
        ("persistent hiccups", "disease", ["hiccups"]),
        ("insulin receptor", "gene", ["insulin"]),
        ("chemokine CCL4", "gene", ["chemokine", "CCL4"]),
        ("p62/SQSTM1", "gene", ["p62", "SQSTM1"]),
        ("hydrogen peroxide (H2O2)", "chemical", ["hydrogen peroxide", "H2O2"]),
        ("heparin-induced thrombocytopenia", "disease", ["heparin-", "thrombocytopenia"]),
        ("thallium-201", "chemical", ["thallium"]),
        ("calcium ions", "chemical", ["calcium"]),
        ("no aspirin", "chemical", ["aspirin"]),
    ],
)
def test_names_within_a_term_stay(term: str, type_: str, pieces: list[str]) -> None:
    assert pieces_in(f"We looked at {term} here.", term, type_, *pieces) == pieces


def test_what_reaches_beyond_the_term_or_is_it_stays() -> None:
    text = "Colloidal silver nanoparticles were given."
    assert pieces_in(text, "silver", "chemical", "silver nanoparticles") == ["silver nanoparticles"]
    assert pieces_in(text, "silver nanoparticles", "chemical", "silver nanoparticles") == ["silver nanoparticles"]


def test_a_term_that_is_no_plain_name_takes_nothing() -> None:
    assert pieces_in("Low K+ was seen.", "K+", "chemical", "K", reason="abbreviation") == ["K"]


def test_the_whole_has_the_score_of_its_surest_piece() -> None:
    text = "tension type headache"
    mentions = [Mention(0, 12, text[:12], "disease", "model", 0.4), Mention(13, 21, text[13:], "disease", "model", 0.9)]
    (whole,) = in_whole_terms(text, mentions, [DictionaryHit(0, 21, "disease", "x:1", "name")])
    assert (whole.start, whole.end, whole.score, whole.tagger) == (0, 21, 0.9, "model")
