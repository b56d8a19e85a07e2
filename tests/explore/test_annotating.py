"""A pasted text, annotated by the models of a run in a process of their own."""

import pytest

from bioweft.explore.annotating import Annotating, AnnotatorError

SETTINGS = {
    "tag": {"model": "none", "dictionaries": ["covid19"]},
    "link": {"genes": ["human"]},
    "relate": {"model": "none"},
}


@pytest.mark.slow
def test_a_text_is_annotated_and_the_process_is_kept():
    annotating = Annotating(SETTINGS, None)
    annotated = annotating.annotate("COVID-19 is caused by SARS-CoV-2.")
    process = annotating._process
    (passage,) = annotated.passages
    assert "SARS-CoV-2" in {passage.text[mark.start : mark.end] for mark in passage.marks}
    assert all(concept.link for concept in annotated.concepts)
    annotating.annotate("<b>COVID-19</b>\nagain")
    assert annotating._process is process
    annotating.close()
    assert process.poll() is not None


@pytest.mark.slow
def test_models_that_are_missing_are_named():
    annotating = Annotating({"tag": {"model": "no such model"}}, None)
    with pytest.raises(AnnotatorError, match="no such model"):
        annotating.annotate("COVID-19")
    annotating.close()


def test_a_text_that_takes_too_long_ends_the_process():
    annotating = Annotating(SETTINGS, None, seconds=0.01)
    with pytest.raises(AnnotatorError, match=r"no answer within 0\.01 seconds"):
        annotating.annotate("COVID-19")
    assert annotating._process is None


def test_no_run_makes_it_open_pickles(monkeypatch):
    from bioweft import annotator
    from bioweft.explore import annotating

    settings = []
    monkeypatch.setattr(annotator, "Annotator", lambda *given: settings.extend(given) or (lambda text: text))
    annotating._load({"tag": {"trust": True}, "link": {"trust": True}}, None)
    assert [given.trust for given in settings[:2]] == [False, False]
