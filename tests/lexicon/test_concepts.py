from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bioweft.lexicon.concepts import Entry, Preference, gather, merge, prefix, settle, settle_lookups
from bioweft.records import Concept, Term

ORDER = ("a", "b", "c")


def entry(id: str, name: str, *synonyms: str, xrefs: tuple[str, ...] = (), parents: tuple[str, ...] = ()) -> Entry:
    terms = (Term(name, "name"), *(Term(text) for text in synonyms))
    return Entry(id=id, name=name, terms=terms, xrefs=xrefs, parents=parents)


def merged(*entries: Entry) -> dict[str, Concept]:
    return {concept.id: concept for concept in merge(entries, type="t", order=ORDER)}


def test_the_canonical_identifier_is_that_of_the_first_vocabulary() -> None:
    found = merged(entry("b:1", "odd fever", xrefs=("a:1",)), entry("a:1", "Odd Fever"))
    assert found["a:1"].xrefs == ("b:1",)
    assert found["a:1"].name == "Odd Fever"


def test_a_reciprocal_reference_wins_over_a_shared_name() -> None:
    found = merged(
        entry("a:1", "pox", xrefs=("b:1",)),
        entry("b:1", "other pox", xrefs=("a:1",)),
        entry("b:2", "spotted pox", "pox", xrefs=("a:1",)),
    )
    assert found["a:1"].xrefs == ("b:1",)
    assert "b:2" in found


def test_a_one_way_reference_with_a_shared_name_wins_over_one_without() -> None:
    found = merged(entry("a:1", "pox"), entry("b:1", "fever", xrefs=("a:1",)), entry("b:2", "x", "pox", xrefs=("a:1",)))
    assert found["a:1"].xrefs == ("b:2",)


def test_the_same_preferred_name_merges_where_nothing_else_does() -> None:
    assert merged(entry("a:1", "Antibiotics"), entry("b:1", "antibiotic"))["a:1"].xrefs == ("b:1",)


def test_what_two_references_chain_is_refused() -> None:
    found = merged(entry("a:1", "one", xrefs=("b:1",)), entry("a:2", "two", xrefs=("b:1",)), entry("b:1", "both"))
    assert set(found) == {"a:1", "a:2"}
    assert [concept.xrefs for concept in found.values()] == [("b:1",), ()]


def test_a_finer_cut_of_the_same_thing_gives_its_names_but_no_identifier() -> None:
    found = merged(
        entry("a:1", "Breast Neoplasms", xrefs=("b:1",)),
        entry("b:1", "breast cancer", xrefs=("a:1",)),
        entry("c:1", "breast neoplasm", xrefs=("a:1",)),
        entry("c:2", "breast cancer", "malignant breast tumor", xrefs=("b:1",)),
    )
    assert set(found) == {"a:1"}
    assert found["a:1"].xrefs == ("b:1", "c:1")
    assert Term("malignant breast tumor") in found["a:1"].terms


def test_parents_are_canonical() -> None:
    found = merged(entry("b:1", "pox", parents=("b:2",)), entry("b:2", "fever"), entry("a:2", "fever"))
    assert found["b:1"].parents == ("a:2",)


def test_a_reference_that_points_two_ways_points_nowhere() -> None:
    found = merged(entry("a:1", "pox", xrefs=("omim:1", "omim:2", "umls:1")))
    assert found["a:1"].xrefs == ("umls:1",)


IDS = st.sampled_from([f"{vocabulary}:{number}" for vocabulary in "abc" for number in range(6)])
ENTRIES = st.lists(
    st.builds(entry, IDS, st.sampled_from(["pox", "fever", "gout"]), xrefs=st.lists(IDS, max_size=3).map(tuple)),
    unique_by=lambda e: e.id,
)


@given(ENTRIES)
def test_no_concept_holds_two_identifiers_of_one_vocabulary(entries: list[Entry]) -> None:
    concepts = merge(entries, type="t", order=ORDER)
    for concept in concepts:
        assert max(Counter(map(prefix, (concept.id, *concept.xrefs))).values()) == 1
    used = [id for concept in concepts for id in (concept.id, *concept.xrefs)]
    assert len(used) == len(set(used))
    assert {entry.name for entry in entries} == {term.text for concept in concepts for term in concept.terms}


@given(ENTRIES, st.randoms())
def test_the_order_of_entries_does_not_matter(entries: list[Entry], random: st.DataObject) -> None:
    shuffled = list(entries)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert merge(entries, type="t", order=ORDER) == merge(shuffled, type="t", order=ORDER)


def settled(*entries: Entry, by: Preference) -> dict[str, tuple[Term, ...]]:
    concepts = settle(merge(entries, type="t", order=ORDER), order=ORDER, by=by)
    return {concept.id: concept.terms for concept in concepts}


def test_a_contested_term_is_left_to_the_better_status() -> None:
    found = settled(entry("a:1", "rash", "pox"), entry("b:1", "Pox"), by="status")
    assert found == {"a:1": (Term("rash", "name"), Term("pox", "weak")), "b:1": (Term("Pox", "name"),)}


@pytest.mark.parametrize("by", ["vocabulary", "heading"])
def test_a_contested_term_is_left_to_the_better_vocabulary(by: Preference) -> None:
    found = settled(entry("a:1", "rash", "pox"), entry("b:1", "Pox"), by=by)
    assert found == {"a:1": (Term("rash", "name"), Term("pox")), "b:1": (Term("Pox", "weak"),)}


@pytest.mark.parametrize("by", ["vocabulary", "heading"])
def test_a_heading_is_not_taken_by_a_neighbour_that_took_in_an_entry_of_its_name(by: Preference) -> None:
    found = settled(entry("a:1", "gouty arthritis"), entry("a:2", "gout"), entry("b:1", "gout", xrefs=("a:1",)), by=by)
    assert found["a:2"] == (Term("gout", "name"),)
    assert Term("gout", "weak") in found["a:1"]


def test_by_heading_a_preferred_name_wins_over_a_synonym_that_a_better_concept_took_in() -> None:
    entries = (
        entry("a:1", "red skin"),
        entry("b:1", "redness", "grey skin", xrefs=("a:1",)),
        entry("b:2", "Grey skin"),
    )
    assert Term("grey skin", "weak") in settled(*entries, by="heading")["a:1"]
    assert Term("grey skin") in settled(*entries, by="vocabulary")["a:1"]


def test_of_synonyms_as_good_that_wins_which_more_vocabularies_have() -> None:
    one, other = entry("a:1", "one", "pox"), entry("a:2", "two", "pox", xrefs=("b:1",))
    found = settled(one, other, entry("b:1", "second", "pox"), by="status")
    assert Term("pox", "weak") in found["a:1"]
    assert Term("pox") in found["a:2"]


def test_claims_that_tie_stay() -> None:
    found = settled(entry("a:1", "one", "pox"), entry("a:2", "two", "pox"), by="status")
    assert Term("pox") in found["a:1"]
    assert Term("pox") in found["a:2"]


def test_spellings_of_one_concept_do_not_compete() -> None:
    one = Entry("a:1", "HeLa", (Term("HeLa", "name"), Term("HELA", "symbol")))
    assert [term.status for term in settled(one, by="status")["a:1"]] == ["symbol", "symbol"]


def test_terms_alike_but_for_case_are_gathered_codes_are_not() -> None:
    terms = [Term("pox"), Term("Pox", "name"), Term("HELA", "symbol"), Term("HeLa", "symbol"), Term("HeLa", "symbol")]
    assert gather(terms) == (Term("Pox", "name"), Term("HELA", "symbol"), Term("HeLa", "symbol"))


def test_a_preferred_name_is_not_its_plurals() -> None:
    found = settled(entry("a:1", "azures", "azure"), entry("a:2", "azure"), by="vocabulary")
    assert found["a:1"] == (Term("azures", "name"), Term("azure", "weak"))
    assert found["a:2"] == (Term("azure", "name"),)


def test_a_term_that_is_only_looked_up_is_weak_where_a_better_concept_has_it() -> None:
    heading = Concept("a:1", "ammonia", "t", (Term("NH3", "symbol", lookup=True), Term("MS", "symbol", lookup=True)))
    code = Concept("b:1", "madeup", "t", (Term("NH3", "symbol"), Term("MS", "symbol", lookup=True)))
    text = Concept("b:2", "fever", "t", (Term("hot", "synonym"),))
    sign = Concept("a:2", "heat", "t", (Term("hot", "synonym", lookup=True),))
    again = Concept("a:3", "mast", "t", (Term("MS", "symbol", lookup=True),))
    settled = settle_lookups([heading, code, text, sign, again], ranks=("a", "b"))
    assert {(c.id, t.text): t.status for c in settled for t in c.terms} == {
        ("a:1", "NH3"): "symbol",
        ("b:1", "NH3"): "symbol",
        ("a:1", "MS"): "symbol",
        ("b:1", "MS"): "weak",
        ("a:3", "MS"): "symbol",
        ("b:2", "hot"): "synonym",
        ("a:2", "hot"): "weak",
    }


def test_a_name_that_is_only_looked_up_takes_no_spelling_from_others() -> None:
    sign = Entry(id="b:1", name="Hot", terms=(Term("Hot", "name", lookup=True),))
    settled = settle(merge([entry("a:1", "fever", "hot"), sign], type="t", order=ORDER), order=ORDER, by="status")
    assert {(c.id, t.text, t.status) for c in settled for t in c.terms} >= {("a:1", "hot", "synonym")}
