"""Names are seen wherever they stand, and what became of each place is counted."""

import pytest

from bioweft.evaluate.coverage import Coverage, Fate, Names
from bioweft.lexicon import dictionary
from bioweft.records import AnnotatedDocument, Concept, Document, Link, Mention, Passage, Term

CONCEPTS = [
    Concept("cl:1", "neuron", "cell_type", (Term("neuron", "name"), Term("nerve cell"), Term("NC", "weak"))),
    Concept("mesh:1", "Zinc", "chemical", (Term("Zinc", "name"), Term("Zn", lookup=True))),
    Concept("mesh:2", "tumor", "disease", (Term("tumor", "name"),)),
    Concept("ncbigene:1", "CAT", "gene", (Term("CAT", "symbol"), Term("CTA", "symbol"), Term("interleukin 6"))),
]


def annotated(text: str, *mentions: tuple[str, str, str]) -> AnnotatedDocument:
    """Return a document whose mentions are given as text, type and concept."""
    placed = [Mention(text.index(part), text.index(part) + len(part), part, type_) for part, type_, _ in mentions]
    links = tuple((Link(concept),) if concept else () for *_, concept in mentions)
    document = Document("x:1", tuple(Passage("paragraph", line) for line in text.split("\n")))
    return AnnotatedDocument(document, mentions=tuple(placed), links=links)


@pytest.fixture(scope="module")
def names() -> Names:
    return Names([dictionary.table(CONCEPTS)])


@pytest.mark.parametrize(
    ("text", "stretches"),
    [
        ("Two neurons fire.", ["neurons"]),  # in any number
        ("Nerve-cells, nerve cell", ["Nerve-cells", "nerve cell"]),  # in any case and hyphenation
        ("a tumour", ["tumour"]),
        ("Zn and ZINC", ["Zn", "ZINC"]),  # also a term that is only looked up
        ("a cat, the CAT gene", ["CAT"]),  # a code in its own case
        ("CTA and NC", []),  # neither a preferred name nor a plain synonym
        ("interneuron, neurone2", []),  # on word boundaries
        ("nerve\ncell", []),  # not over two passages
        ("Interleukin-6 (IL-6)", ["Interleukin-6"]),
    ],
)
def test_names_stand_where_a_reader_sees_them(names: Names, text: str, stretches: list[str]) -> None:
    (places,) = names.places([annotated(text)])
    assert [text[place.start : place.end] for place in places] == stretches


@pytest.mark.parametrize(
    ("mentions", "fate"),
    [
        ([], Fate(places=1)),
        ([("tumor", "disease", "mesh:2")], Fate(1, exact=1, overlap=1, linked=1)),
        ([("tumor", "disease", "mesh:9")], Fate(1, exact=1, overlap=1, lost=1)),
        ([("tumor", "disease", "")], Fate(1, exact=1, overlap=1, lost=1)),
        ([("brain tumor", "disease", "mesh:9")], Fate(1, overlap=1)),  # a narrower concept
        ([("brain tumor", "disease", "")], Fate(1, overlap=1, lost=1)),
        ([("tumor cell", "cell_type", "cl:2")], Fate(1, other_type=1)),
    ],
)
def test_what_became_of_a_name(names: Names, mentions: list[tuple[str, str, str]], fate: Fate) -> None:
    coverage = Coverage(names)
    coverage.add([annotated("A brain tumor cell.", *mentions)])
    assert [of for name, of in coverage.fates.items() if name.type == "disease"] == [fate]


def test_mentions_without_a_concept_are_counted(names: Names) -> None:
    coverage = Coverage(names)
    text = "Pox, POX, neuron"
    mentions = [("Pox", "disease", ""), ("POX", "disease", ""), ("neuron", "cell_type", "cl:1")]
    coverage.add([annotated(text, *mentions), annotated(text, *mentions[:1])])
    assert coverage.mentions == {"disease": 3, "cell_type": 1}
    assert coverage.unlinked == {("disease", "Pox"): 2, ("disease", "POX"): 1}
    assert coverage.unlinked_documents == {("disease", "Pox"): 2, ("disease", "POX"): 1}


def test_places_do_not_depend_on_the_documents_beside(names: Names) -> None:
    documents = [annotated("neurons and Zn"), annotated("no name"), annotated("tumors\nzinc")]
    together = list(names.places(documents))
    assert together == [next(names.places([document])) for document in documents]
