"""`nlp.add_pipe("bioweft")`: spans, identifiers and relations in documents of spaCy."""

import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc, DocBin

import bioweft
from bioweft.records import Relation
from bioweft.spacy_component import Component


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "disease.tsv"
    path.write_text("curie\tname\tsynonyms\nmesh:D006073\tgout\tpodagra\nmesh:D003085\tcolic\t\n")
    return path


@pytest.fixture
def nlp(file: Path) -> Language:
    language = spacy.blank("en")
    language.add_pipe("bioweft", config={"dictionaries": [str(file)], "tagger": "none", "set_ents": True})
    return language


def concepts(doc: Doc) -> list[tuple[str, str]]:
    return [(span.text, span.kb_id_) for span in doc.spans["bioweft"]]


def test_the_entry_point_leads_to_the_factory() -> None:
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    ((name, value),) = project["entry-points"]["spacy_factories"].items()
    EntryPoint(name, value, "spacy_factories").load()
    assert Language.has_factory(name)


def test_spans_have_identifiers(nlp: Language) -> None:
    doc = nlp("He had\n\n gout-like pain, Podagra it was.")
    spans = doc.spans["bioweft"]
    assert [(span.text, span.label_, span.kb_id_) for span in spans][-1] == ("Podagra", "disease", "mesh:D006073")
    assert [entity.text for entity in doc.ents][-1] == "Podagra"
    (link,) = spans[-1]._.bioweft_links
    assert (link.concept, "synonym" in link.reason) == ("mesh:D006073", True)
    assert spans[-1]._.bioweft_score == 1.0
    assert (doc[0:1]._.bioweft_links, doc[0:1]._.bioweft_score, doc._.bioweft_relations) == ([], None, [])


def test_many_documents_are_as_each_alone(nlp: Language) -> None:
    texts = ["gout", "", "colic and gout", "nothing"]
    piped = [concepts(doc) for doc in nlp.pipe(texts, batch_size=2)]
    assert piped == [concepts(nlp(text)) for text in texts]
    assert [len(spans) for spans in piped] == [1, 0, 2, 0]


def related(doc: Doc) -> Doc:
    """Return a document with a relation between its two mentions, which its first word denies."""

    class Related:
        def annotate(self, documents):  # type: ignore[no-untyped-def]
            for document in documents:
                text = document.text
                mentions = tuple(
                    bioweft.Mention(text.index(word), text.index(word) + len(word), word, "disease")
                    for word in ("gout", "colic")
                )
                links = tuple((bioweft.Link(f"x:{mention.text}"),) for mention in mentions)
                said = Relation(
                    "x:gout", "biolink:associated_with", "x:colic", 0, 1, 0, 0.75, True, False, (0, 2), "made",
                    (("subject_aspect_qualifier", "activity"),),
                )  # fmt: skip
                yield bioweft.AnnotatedDocument(document, ((0, len(text)),), mentions, links, (said,))

    return Component(Related())(doc)  # type: ignore[arg-type]


def test_relations_and_what_denies_them() -> None:
    nlp = spacy.blank("en")
    doc = related(nlp("No gout with colic."))
    # What is stored comes back whole: values in a document are plain.
    for copy in (
        doc,
        Doc(nlp.vocab).from_bytes(doc.to_bytes()),
        *DocBin(docs=[doc], store_user_data=True).get_docs(nlp.vocab),
    ):
        (relation,) = copy._.bioweft_relations
        assert (relation.subject.text, relation.predicate, relation.object.text) == (
            "gout",
            "biolink:associated_with",
            "colic",
        )
        assert (relation.negated, relation.speculative, relation.cue.text) == (True, False, "No")
        assert (relation.subject_id, relation.qualifiers) == ("x:gout", "subject_aspect_qualifier=activity")
        assert copy.spans["bioweft"][0]._.bioweft_relations == [relation]
        assert copy[0:1]._.bioweft_relations == []


def test_a_pipeline_is_stored_by_its_settings(nlp: Language, tmp_path: Path) -> None:
    nlp.to_disk(tmp_path / "pipeline")
    again = spacy.load(tmp_path / "pipeline")
    assert concepts(again("gout")) == [("gout", "mesh:D006073")]
