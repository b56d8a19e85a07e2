"""`bioweft.load`: texts in, mentions with identifiers out."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import bioweft
from bioweft.annotator import Annotator
from bioweft.records import Relation
from tests.relate import made


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "disease.tsv"
    path.write_text("curie\tname\tsynonyms\nmesh:D006073\tgout\tpodagra\nmesh:D003085\tcolic\t\n")
    return path


@pytest.fixture
def annotate(file: Path) -> Annotator:
    return bioweft.load(dictionaries=[file], tagger="none")


def test_a_text_has_sentences_mentions_and_links(annotate: Annotator) -> None:
    annotated = annotate("A title\n\nHe had gout. Podagra it was.")
    assert annotated.document.title == "A title"
    assert len(annotated.sentences) == 3
    assert [(m.text, m.type, [link.concept for link in links]) for m, links in annotated.linked()] == [
        ("gout", "disease", ["mesh:D006073"]),
        ("Podagra", "disease", ["mesh:D006073"]),
    ]
    (link,) = annotated.links[1]
    assert "synonym" in link.reason
    assert (annotate.name(link.concept), annotate.name("mesh:0")) == ("gout", None)


def test_many_texts_and_documents_are_as_each_alone(annotate: Annotator) -> None:
    document = bioweft.Document("pmid:1", (bioweft.Passage("title", "Colic and gout"),))
    texts = ["gout", "", document, "colic"]
    together, alone = list(annotate.annotate(texts)), [annotate(text) for text in texts]
    assert [(a.document.text, a.mentions, a.links) for a in together] == [
        (a.document.text, a.mentions, a.links) for a in alone
    ]
    assert [a.document.id for a in together] == ["text-1", "text-2", "pmid:1", "text-4"]
    assert list(annotate.annotate(texts[0])) == [annotate(texts[0])]
    assert list(annotate.annotate(document)) == [annotate(document)]
    assert annotate(document).document is document


def test_settings_are_as_those_of_the_command(file: Path) -> None:
    assert bioweft.load(dictionaries=[file], tagger="none", linker="none")("gout").links == ()
    assert bioweft.load(dictionaries=[file], tagger="none", threshold=1.0)("gout").links == ((),)
    with pytest.raises(bioweft.NotFoundError, match="no type 'gene'"):
        bioweft.load(dictionaries=[file], tagger="none", prefer={"gene": "hgnc"})


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"threshold": "much"}, "^threshold: must be a number$"),
        ({"threshold": 2}, "^threshold: must be 1 or less$"),
        ({"tagger": 3}, "^tagger: must be text"),
        ({"genes": ["human", 3]}, r"^genes\.1: must be text"),
    ],
)
def test_a_wrong_value_is_told_in_plain_words(file: Path, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(bioweft.SettingsError, match=message):
        bioweft.load(dictionaries=[file], **{"tagger": "none", **settings})


def test_relations_are_those_of_the_model_that_is_named(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(made.install(tmp_path)))
    (relation,) = bioweft.load(dictionaries=[file], tagger="none", relation_model="sure")("Gout or colic.").relations[
        :1
    ]
    assert (relation.subject, relation.predicate, relation.object) == (
        "mesh:D006073", "biolink:related_to", "mesh:D003085",
    )  # fmt: skip
    for settings in ({"relation_model": "none"}, {"relation_model": "sure", "linker": "none"}):
        assert bioweft.load(dictionaries=[file], tagger="none", **settings)("Gout or colic.").relations == ()
    sys.modules.pop("my_relations", None)


def test_annotations_as_tables(annotate: Annotator) -> None:
    frame = annotate.annotate(["He had gout. Podagra it was.", "Nothing.", "colic"]).to_df()
    assert frame[["sentence", "start", "text", "type", "concept", "name"]].values.tolist() == [
        [0, 7, "gout", "disease", "mesh:D006073", "gout"],
        [1, 13, "Podagra", "disease", "mesh:D006073", "gout"],
        [0, 0, "colic", "disease", "mesh:D003085", "colic"],
    ]
    assert annotate("Nothing.").to_df().columns.tolist() == frame.columns.tolist()
    assert annotate("gout").to_df("relations").empty
    with pytest.raises(bioweft.SettingsError, match="mentions or relations"):
        annotate("gout").to_df("links")  # type: ignore[arg-type]


def test_relations_as_a_table(annotate: Annotator) -> None:
    annotated = annotate("gout without colic")
    said = Relation("mesh:D006073", "biolink:associated_with", "mesh:D003085", 0, 1, 0, 0.75, True, cue=(5, 12))
    (row,) = replace(annotated, relations=(said,)).to_df("relations").to_dict("records")
    assert (row["subject_name"], row["object_text"], row["negated"], row["cue"]) == ("gout", "colic", True, "without")
    assert row["sentence_text"] == "gout without colic"


def test_a_notebook_shows_mentions_highlighted(annotate: Annotator) -> None:
    annotated = annotate("<b>gout</b> without colic")
    said = Relation("mesh:D006073", "biolink:associated_with", "mesh:D003085", 0, 1, 0, 0.75, True)
    text = replace(annotated, relations=(said,))._repr_html_()
    assert "&lt;b&gt;<mark" in text
    assert ".bioweft mark.disease {" in text
    assert "gout <i>associated with</i> colic <small>0.75, denied</small>" in text
