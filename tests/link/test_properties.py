"""What holds of all links, on small dictionaries that are written here."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bioweft.lexicon import dictionary
from bioweft.link import linker as linkers
from bioweft.link.linker import DictionaryLinker
from bioweft.records import AnnotatedDocument, Concept, Document, Mention, Passage, Term
from tests.link.contract import annotated, check, concepts

HUMAN, MOUSE = "ncbitaxon:9606", "ncbitaxon:10090"


def concept(id: str, type_: str, *names: str, **more: object) -> Concept:
    terms = (Term(names[0], "name"), *(Term(name, "synonym") for name in names[1:]))
    return Concept(id, names[0], type_, terms, **more)  # type: ignore[arg-type]


CONCEPTS = {
    "disease": [
        concept("mesh:D001943", "disease", "Breast Neoplasms", "breast cancer"),
        concept("mesh:D010051", "disease", "Ovarian Neoplasms", "ovarian cancer"),
        concept("mesh:D000740", "disease", "Anemia"),
        concept("mesh:D005955", "disease", "Glucosephosphate Dehydrogenase Deficiency", "G6PD deficiency"),
        concept("mesh:D012891", "disease", "Sleep Apnea Syndromes", "sleep apnea", "SAS"),
    ],
    "chemical": [
        concept("mesh:D000666", "chemical", "Amphotericin B", "AMB"),
        concept("mesh:D002118", "chemical", "Calcium", "Ca2+"),
        concept("mesh:D000000", "chemical", "Ambroxol", "AMB"),
    ],
    "gene": [
        concept("ncbigene:672", "gene", "BRCA1", "breast cancer 1", taxon=HUMAN, publications=900),
        concept("ncbigene:675", "gene", "BRCA2", taxon=HUMAN, publications=700),
        concept("ncbigene:12189", "gene", "Brca1", taxon=MOUSE, publications=90),
        concept("ncbigene:7450", "gene", "VWF", "von Willebrand factor", taxon=HUMAN, publications=50),
    ],
    "plant": [concept("ncbitaxon:3702", "plant", "Arabidopsis thaliana", "thale cress")],
}
NAMES = {
    "disease": [
        "breast cancer",
        "anaemic",
        "Breast and ovarian cancer",
        "severe anemia",
        "G6PD-deficient",
        "SAS",
        "xq",
    ],
    "chemical": ["amphothericin B", "AMB", "Ca(2+)", "calcium", "CALCIUM salts", "-", "amphotericin C"],
    "gene": ["BRCA1/2", "Brca1", "hBRCA1", "von Wilebrand factor", "brca-1 protein", "BRCA1 and -2", "𝛼BRCA1"],
    "plant": ["thale cress", "Arabidopsis thalianna"],
    "cell_line": ["HeLa"],
}
FILLING = ["In mice,", "of patients (women)", "sleep apnea syndrome (SAS)", "amphotericin B (AMB)", "𝛼-ﬁrst", "\n", "."]

pieces = st.one_of(
    st.sampled_from(FILLING).map(lambda text: (text, None)),
    st.sampled_from([(name, type_) for type_, names in NAMES.items() for name in names]),
    st.text(max_size=5).map(lambda text: (text, "disease")),
)


@st.composite
def documents(draw: st.DrawFn) -> AnnotatedDocument:
    """Draw a document with mentions, whose names stand between words that tell of species and abbreviations."""
    text, mentions = "", []
    for name, type_ in draw(st.lists(pieces, max_size=8)):
        if type_ is not None and name.strip():
            mentions.append(Mention(len(text), len(text) + len(name), name, type_, "net", 0.9))
        text += f"{name} "
    document = Document(f"x:{draw(st.integers(0, 99))}", (Passage("title", text),))
    return AnnotatedDocument(document, ((0, len(text)),)).tagged(mentions)


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("dictionaries")
    for name, of_name in CONCEPTS.items():
        dictionary.write(folder / f"{name}.parquet", of_name)
    return [folder / f"{name}.parquet" for name in CONCEPTS]


@pytest.fixture(scope="module")
def linker(paths: list[Path]) -> DictionaryLinker:
    made = DictionaryLinker(paths, threshold=0.0)
    made.load()
    return made


@pytest.mark.parametrize(
    ("name", "type_", "expected", "reason"),
    [
        ("G6PD-deficient", "disease", ["mesh:D005955"], "written like G6PD deficiency"),
        ("amphothericin B", "chemical", ["mesh:D000666"], "written like Amphotericin B"),
        ("von Wilebrand factor", "gene", ["ncbigene:7450"], "written like von Willebrand factor"),
        ("Arabidopsis thalianna", "plant", [], ""),
        ("amphotericin C", "chemical", [], ""),
        ("Breast and ovarian cancer", "disease", ["mesh:D001943", "mesh:D010051"], "one of several"),
    ],
)
def test_slips_are_linked(linker: DictionaryLinker, name: str, type_: str, expected: list[str], reason: str) -> None:
    (linked,) = check(linker, [annotated(f"On {name}.", (name, type_))])
    assert concepts(linked) == [expected]
    assert all(reason in link.reason for links in linked.links for link in links)


@settings(max_examples=100, deadline=None)
@given(st.lists(documents(), max_size=5))
def test_links_keep_to_the_contract(linker: DictionaryLinker, drawn: list[AnnotatedDocument]) -> None:
    types = {concept.id: concept.type for of_type in CONCEPTS.values() for concept in of_type}
    for linked in check(linker, drawn):
        for mention, links in linked.linked():
            assert {types[curie] for link in links for curie in link.candidates} <= {mention.type}


@settings(max_examples=50, deadline=None)
@given(st.lists(documents(), min_size=2, max_size=6), st.integers(1, 6))
def test_links_do_not_depend_on_the_size_of_batches(
    linker: DictionaryLinker, drawn: list[AnnotatedDocument], size: int
) -> None:
    linked = list(linker.link(drawn))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(linkers, "_DOCUMENTS_AT_ONCE", size)
        assert list(linker.link(drawn)) == linked


@settings(max_examples=50, deadline=None)
@given(st.lists(documents(), max_size=3))
def test_a_linker_that_is_opened_again_gives_the_same_links(
    paths: list[Path], linker: DictionaryLinker, drawn: list[AnnotatedDocument]
) -> None:
    again = DictionaryLinker(paths, threshold=0.0)
    assert again.digest == linker.digest
    assert list(again.link(drawn)) == list(linker.link(drawn))


@settings(max_examples=50, deadline=None)
@given(documents(), st.floats(0, 1))
def test_a_threshold_only_leaves_links_out(
    paths: list[Path], linker: DictionaryLinker, drawn: AnnotatedDocument, threshold: float
) -> None:
    (all_links,) = linker.link([drawn])
    (sure_links,) = DictionaryLinker(paths, threshold=threshold).link([drawn])
    for links, kept in zip(all_links.links, sure_links.links, strict=True):
        assert set(kept) <= set(links)
        assert all(link in kept for link in links if link.score > threshold + 1e-4)
