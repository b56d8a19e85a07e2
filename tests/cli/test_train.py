"""`bioweft train`, on corpora of a few made-up sentences."""

from pathlib import Path

import pytest
from click.testing import CliRunner

pytest.importorskip("torch", reason="training needs the extra `train`")

from bioweft.cli import train as module
from bioweft.tag.onnx import OnnxTagger
from bioweft.train import corpora, tagger
from bioweft.train.corpora import Example, Span
from tests.train import tiny

EXAMPLES = [
    Example("One", "abc1 binds sanirin.", (Span(0, 4, "gene"), Span(11, 18, "chemical")), frozenset(corpora.LABELS)),
    Example("Two", "the fever in mice", (Span(4, 9, "disease"),), frozenset({"disease"})),
]


def test_tagger_trains_exports_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corpora, "training", lambda *_, **__: EXAMPLES)
    monkeypatch.setattr(tagger, "load_tokenizer", lambda _: tiny.tokenizer())
    monkeypatch.setattr(tagger, "new_network", lambda *_: tiny.network())
    output = tmp_path / "mine"
    arguments = ["tagger", "--data", str(tmp_path), "--output", str(output), "--steps", "3"]
    for _ in range(2):
        outcome = CliRunner().invoke(module.command, arguments, catch_exceptions=False)
        assert outcome.exit_code == 0
        about = OnnxTagger(output).about
        assert (about.name, about.guidelines) == ("mine", ("One", "Two"))
        assert "2 corpora in 3 steps" in about.about
        assert "family" not in about.types


def test_an_unknown_corpus(tmp_path: Path) -> None:
    arguments = ["tagger", "--data", str(tmp_path), "--output", str(tmp_path / "x"), "--without", "BC5"]
    outcome = CliRunner().invoke(module.command, arguments)
    assert outcome.exit_code == 2
    assert "no corpus 'BC5'" in outcome.output
