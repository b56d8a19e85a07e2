"""What the dictionary tagger makes of documents."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import platformdirs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bioweft.lexicon import dictionary
from bioweft.records import Concept, Document, Passage, Term, TermStatus
from bioweft.tag.dictionary import DictionaryTagger
from tests.tagging import LinkedMention, matched_mentions_of


def concept(id: str, type: str, name: str, *synonyms: str, **others: Sequence[str]) -> Concept:
    """Make a concept; `others` are terms by status."""
    terms = [Term(name, "name"), *(Term(text, "synonym") for text in synonyms)]
    statuses: dict[str, TermStatus] = {"symbol": "symbol", "previous": "previous", "weak": "weak"}
    terms += [Term(text, statuses[status]) for status, texts in others.items() for text in texts]
    return Concept(id, name, type, tuple(terms))


CONCEPTS = [
    concept("d:cancer", "disease", "cancer"),
    concept("d:breast", "disease", "breast cancer", "breast carcinoma"),
    concept("d:chf", "disease", "heart failure", symbol=["HF"]),
    concept("d:was", "disease", "Wiskott-Aldrich syndrome", symbol=["WAS"]),
    concept("d:copper", "disease", "copper poisoning"),
    concept("g:was", "gene", "WASP actin nucleation promoting factor", symbol=["WAS"]),
    concept("g:tnf", "gene", "tumor necrosis factor", symbol=["TNF", "TNF-alpha"]),
    concept("g:hela", "gene", "helicase alpha", symbol=["HELA", "HEL"]),
    concept("g:one", "gene", "twin one", symbol=["TWN5"]),
    concept("g:two", "gene", "twin two", symbol=["TWN5"]),
    concept("g:slc", "gene", "carrier family member eleven", symbol=["SLC7A11"]),
    concept("g:bsg", "gene", "basigin", "emmprin", "neurothelin", weak=["SLC7A11", "odd immunoglobulin"]),
    concept("g:egfr", "gene", "epidermal growth factor receptor", symbol=["EGFR"]),
    concept("g:prism", "gene", "zinc finger of smooth muscle", symbol=["PRISM"]),
    concept("g:ccl", "gene", "small chemokine four", symbol=["CCL4"]),
    concept("c:ccl", "chemical", "tetrachloromethane", symbol=["CCl4"]),
    concept("c:moth", "chemical", "Protect-It"),
    concept("d:hepatitis", "disease", "hepatitis"),
    concept("d:chronic", "disease", "chronic hepatitis", weak=["hepatitis"]),
    concept("g:il1b", "gene", "interleukin 1 beta", symbol=["IL-1β"]),
    concept("c:copper", "chemical", "copper"),
    concept("c:gold", "chemical", "gold"),
    concept("g:hg2", "gene", "helper gene two", symbol=["HG2"]),
    concept("c:insulin", "chemical", "insulin"),
    concept("g:ins", "gene", "insulin"),
    concept("g:insr", "gene", "insulin receptor"),
    concept("g:ctr", "gene", "copper transporter"),
    concept("s:coli", "species", "Escherichia coli", weak=["E. coli"]),
    concept("s:enta", "species", "Entamoeba coli", weak=["E. coli"]),
    concept("l:hel", "cell_line", "Human ErythroLeukemia", symbol=["HEL"]),
    concept("l:mcf", "cell_line", "Michigan Foundation 7", symbol=["MCF-7"]),
    concept("mesh:bitter", "chemical", "bitterine"),
    concept("s:bitter", "species", "Amara amara", "bitterine"),
    concept("u:cancer", "omen", "cancer"),
    concept("d:nose", "disease", "running nose"),
    concept("s:nose", "species", "Nasus currens", "running noses"),
]


@pytest.fixture(scope="module")
def tagger(tmp_path_factory: pytest.TempPathFactory) -> DictionaryTagger:
    folder = tmp_path_factory.mktemp("tagger")
    dictionary.write(folder / "all.parquet", CONCEPTS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(platformdirs, "user_cache_dir", lambda name: str(folder / name))
        tagger = DictionaryTagger([folder / "all.parquet"])
        tagger.load()
    return tagger


def document(*passages: str, id: str = "x:1") -> Document:
    return Document(id, tuple(Passage("abstract", text) for text in passages))


def mentions(tagger: DictionaryTagger, *passages: str) -> list[LinkedMention]:
    (found,) = matched_mentions_of(tagger, [document(*passages)])
    return [mention for mention in found if mention.type != "omen"]


def linked(tagger: DictionaryTagger, *passages: str) -> list[tuple[str, str | None]]:
    return [(mention.text, mention.concept) for mention in mentions(tagger, *passages)]


def test_a_mention_says_all_it_knows(tagger: DictionaryTagger) -> None:
    assert mentions(tagger, "In breast carcinomas.") == [
        LinkedMention(3, 20, "breast carcinomas", "disease", "dictionary", 1.0, "d:breast", None, "synonym")
    ]


def test_the_leftmost_longest_wins(tagger: DictionaryTagger) -> None:
    assert linked(tagger, "breast cancer, cancer") == [("breast cancer", "d:breast"), ("cancer", "d:cancer")]


def test_no_mention_spans_two_passages(tagger: DictionaryTagger) -> None:
    assert linked(tagger, "On the breast", "Cancer was seen") == [("Cancer", "d:cancer")]
    assert linked(tagger, "On breast\ncancer") == [("breast\ncancer", "d:breast")]


def test_offsets_count_the_passages_before(tagger: DictionaryTagger) -> None:
    passages = ("A ﬁrst straße α", "has copper")
    (mention,) = mentions(tagger, *passages)
    assert "\n".join(passages)[mention.start : mention.end] == "copper"


def test_a_sharp_s_may_stand_for_beta(tagger: DictionaryTagger) -> None:
    text = "Serum IL-1ß and interleukin-1ß; a Straße."
    assert linked(tagger, text) == [("IL-1ß", "g:il1b"), ("interleukin-1ß", "g:il1b")]


def test_an_abbreviation_is_carried_through_its_document(tagger: DictionaryTagger) -> None:
    found = mentions(tagger, "Heart failure (HF) is common.", "HF was worse; HFs too, HFX not.")
    assert [(m.text, m.concept, m.reason) for m in found] == [
        ("Heart failure", "d:chf", "name"),
        ("HF", "d:chf", "abbreviation"),
        ("HF", "d:chf", "abbreviation"),
        ("HFs", "d:chf", "abbreviation"),
    ]


def test_an_abbreviation_of_something_else_is_no_mention(tagger: DictionaryTagger) -> None:
    assert linked(tagger, "Weekly ambulatory scores (WAS) rose; WAS fell.") == []


def test_each_definition_of_a_short_form_holds_up_to_the_next(tagger: DictionaryTagger) -> None:
    text = "Hot flushes (HF) and heart failure (HF): HF is deadly."
    assert linked(tagger, text) == [("heart failure", "d:chf"), ("HF", "d:chf"), ("HF", "d:chf")]
    twice = "Breast cancer (BC) and bitter cancer (BC)"
    assert linked(tagger, twice) == [
        ("Breast cancer", "d:breast"),
        ("BC", "d:breast"),
        ("cancer", "d:cancer"),
        ("BC", None),
    ]


def test_what_non_denies_is_no_disease(tagger: DictionaryTagger) -> None:
    assert linked(tagger, "Non-cancer and non-copper cases, Canon cancer.") == [
        ("copper", "c:copper"),
        ("cancer", "d:cancer"),
    ]


def test_what_follows_may_give_a_name_another_meaning(tagger: DictionaryTagger) -> None:
    assert linked(tagger, "Biopsy is the gold standard, or gold-standard, of gold.") == [("gold", "c:gold")]
    assert linked(tagger, "Hg2+ ions; Hg2 mice") == [("Hg2", "g:hg2")]


def test_a_preferred_name_of_mesh_decides_the_type(tagger: DictionaryTagger) -> None:
    assert linked(tagger, "bitterine") == [("bitterine", "mesh:bitter")]


def test_the_code_of_a_gene_stands_where_its_long_form_shares_a_word_with_its_names(tagger: DictionaryTagger) -> None:
    assert ("EGFR", "g:egfr") in linked(tagger, "The receptor of epidermal growth in fruit (EGFR) rose.")
    assert ("EGFR", "g:egfr") in linked(tagger, "The Egfrp (EGFR) rose.")


def test_a_definition_that_fits_no_name_of_a_gene_takes_its_code_away(tagger: DictionaryTagger) -> None:
    assert linked(tagger, "The estimated glomerular filtration rate (EGFR) fell; EGFR of 60.") == []


def test_a_weak_code_does_not_vouch_for_itself(tagger: DictionaryTagger) -> None:
    assert linked(tagger, "SLC7A11, SLC7A11.") == [("SLC7A11", "g:slc")] * 2
    assert linked(tagger, "Basigin and SLC7A11")[-1] == ("SLC7A11", "g:bsg")
    assert linked(tagger, "Odd immunoglobulin and SLC7A11")[-1] == ("SLC7A11", "g:slc")


def test_a_name_goes_to_the_concept_it_names_best_whatever_else_is_named(tagger: DictionaryTagger) -> None:
    assert linked(tagger, "Chronic hepatitis, a hepatitis")[-1] == ("hepatitis", "d:hepatitis")


def test_a_code_that_is_a_word_is_found_as_written_alone(tagger: DictionaryTagger) -> None:
    assert linked(tagger, "Through a prism; Prism; PRISM") == [("PRISM", "g:prism")]


def test_words_around_a_function_word_are_a_name_in_its_own_form_alone(tagger: DictionaryTagger) -> None:
    assert linked(tagger, "Skin protects it; protect it") == [("protect it", "c:moth")]


def test_of_two_types_a_code_is_of_the_one_that_is_written_so(tagger: DictionaryTagger) -> None:
    assert linked(tagger, "CCl4 and CCL4") == [("CCl4", "c:ccl"), ("CCL4", "g:ccl")]


def test_a_stop_term_in_mixed_case_stops_that_writing(tagger: DictionaryTagger) -> None:
    assert linked(tagger, "An eGFR, the EGFR") == [("EGFR", "g:egfr")]


def test_a_long_form_that_only_ends_with_a_name_gives_the_type_alone(tagger: DictionaryTagger) -> None:
    found = mentions(tagger, "Spindle cell cancer (SCC) and SCC.")
    assert [(m.text, m.type, m.concept, m.reason) for m in found] == [
        ("cancer", "disease", "d:cancer", "name"),
        ("SCC", "disease", None, None),
        ("SCC", "disease", None, None),
    ]


def test_another_document_does_not_know_the_abbreviation(tagger: DictionaryTagger) -> None:
    first, second = matched_mentions_of(tagger, [document("Heart failure (HF)."), document("HF was worse.")])
    assert len(first) == 2
    assert second == []


def test_a_two_letter_code_needs_its_name_in_the_document(tagger: DictionaryTagger) -> None:
    assert linked(tagger, "HF rose.") == []
    assert ("HF", "d:chf") in linked(tagger, "HF rose in heart failure.")


def test_the_document_tells_what_an_ambiguous_code_is(tagger: DictionaryTagger) -> None:
    assert linked(tagger, "Mutated WAS.") == [("WAS", "g:was")]
    assert linked(tagger, "Wiskott-Aldrich syndrome and mutated WAS.")[-1] == ("WAS", "d:was")


def test_a_genus_letter_is_read_by_the_full_name(tagger: DictionaryTagger) -> None:
    assert linked(tagger, "Entamoeba coli differs; E. coli cysts")[-1] == ("E. coli", "s:enta")
    assert linked(tagger, "Escherichia coli differs; E. coli cells")[-1] == ("E. coli", "s:coli")


def test_of_concepts_with_one_name_the_one_that_is_named_otherwise_too_is_meant(tagger: DictionaryTagger) -> None:
    assert linked(tagger, "Twin two, or TWN5.")[-1] == ("TWN5", "g:two")


def test_a_cell_line_is_known_by_its_cells(tagger: DictionaryTagger) -> None:
    assert linked(tagger, "Of HEL in blood.") == [("HEL", "g:hela")]
    assert linked(tagger, "We grew HEL cells.") == [("HEL", "l:hel")]
    assert linked(tagger, "The cell lines HEL and MCF-7") == [("HEL", "l:hel"), ("MCF-7", "l:mcf")]


def test_a_longer_mention_of_another_type_wins(tagger: DictionaryTagger) -> None:
    assert linked(tagger, "An insulin receptor and insulin") == [
        ("insulin receptor", "g:insr"),
        ("insulin", "g:ins"),
    ]
    assert linked(tagger, "A copper transporter") == [("copper transporter", "g:ctr")]


def test_a_chemical_inside_a_disease_stands(tagger: DictionaryTagger) -> None:
    assert linked(tagger, "Copper poisoning") == [("Copper", "c:copper"), ("Copper poisoning", "d:copper")]


def test_equal_mentions_get_one_type(tagger: DictionaryTagger) -> None:
    assert linked(tagger, "More insulin") == [("insulin", "g:ins")]


def test_of_equal_names_the_one_that_is_written_so_gives_the_type(tagger: DictionaryTagger) -> None:
    assert linked(tagger, "A running nose and running noses") == [
        ("running nose", "d:nose"),
        ("running noses", "s:nose"),
    ]


def test_types_of_a_user_stand_beside_ours(tagger: DictionaryTagger) -> None:
    (found,) = matched_mentions_of(tagger, [document("breast cancer")])
    assert [(m.text, m.type) for m in found] == [("breast cancer", "disease"), ("cancer", "omen")]


def test_a_document_without_text_has_no_mentions(tagger: DictionaryTagger) -> None:
    assert list(matched_mentions_of(tagger, [document(), document(""), document("cancer")]))[:2] == [[], []]


def test_the_digest_changes_with_the_dictionary(tmp_path: Path) -> None:
    file = tmp_path / "mine.txt"
    file.write_text("red algae\n")
    before = DictionaryTagger([file]).digest
    assert DictionaryTagger([file]).digest == before
    file.write_text("green algae\n")
    assert DictionaryTagger([file]).digest != before


WORDS = ["breast", "cancer", "(HF)", "HF", "heart failure", "WAS", "insulin", "E. coli", "copper", "poisoning", "cells",
         "Escherichia coli", "ß", "α", "e\u0301", "\u00ad", "HEL", "TNF-α", "é", "\n"]  # fmt: skip
texts = st.lists(st.sampled_from(WORDS) | st.text(max_size=3), max_size=14).map(" ".join)


@given(st.lists(texts, min_size=1, max_size=4))
def test_mentions_are_exact_ordered_and_apart(tagger: DictionaryTagger, passages: list[str]) -> None:
    doc = document(*passages)
    (found,) = matched_mentions_of(tagger, [doc])
    assert all(doc.text[m.start : m.end] == m.text for m in found)
    assert [m.start for m in found] == sorted(m.start for m in found)
    for type_ in {m.type for m in found}:
        assert all(a.end <= b.start for a, b in pairwise(m for m in found if m.type == type_))


@given(st.lists(texts, min_size=1, max_size=5))
@example(["AN OLD", "(HF) WAS (HF) (HF)", "-HF", "7", "WAS", "TITLE IN CAPITALS"])
def test_mentions_do_not_depend_on_the_batch(tagger: DictionaryTagger, contents: list[str]) -> None:
    documents = [document(text) for text in contents]
    assert list(matched_mentions_of(tagger, documents)) == [
        next(matched_mentions_of(tagger, [doc])) for doc in documents
    ]
