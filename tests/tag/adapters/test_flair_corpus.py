"""The path of flair on a real corpus, whole but small; `benchmarks/flair_training.py` does it at length."""

from pathlib import Path

import pytest

pytest.importorskip("flair", reason="needs the extra `flair`", exc_type=ImportError)

from bioweft.tag.adapters.flair import FlairTagger
from bioweft.train.corpora import CORPORA, examples


@pytest.mark.corpus
@pytest.mark.slow
def test_train_tag_and_score(corpus_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).resolve().parents[3] / "benchmarks"))
    from flair_training import score, train

    # Sentences with names in it, so that so few are enough to learn from.
    learnt = [one for one in examples(CORPORA["SCAI:chemical"], "train", corpus_data) if one.spans][:100]
    train(learnt, tmp_path, epochs=6, hidden=64)
    scores = score(learnt[:60], FlairTagger(tmp_path / "final-model.pt", trust=True))
    exact, overlap = scores["chemical", "exact"], scores["chemical", "overlap"]
    assert exact.f1 > 0.3
    assert exact.f1 <= overlap.f1
    assert exact.right + exact.missed == sum(len(one.spans) for one in learnt[:60])
