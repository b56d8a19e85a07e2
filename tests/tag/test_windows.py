"""Windows of long sentences."""

import pytest

pytest.importorskip("tokenizers", reason="features need the tokenizers library")

from bioweft.tag.features import features
from bioweft.tag.windows import windows
from tests.train import tiny


@pytest.mark.parametrize("longest", [8, 11, 24])
def test_windows_speak_for_each_token_once(longest: int) -> None:
    (of,) = features(["the abc1 genes in " + "mice and genes of sanirin " * 9], tiny.words())
    found = list(windows(of, longest=longest, overlap=4))
    assert [token for window in found for token in range(window.low, window.high)] == list(range(len(of.starts)))
    for window in found:
        of_window = window.features
        assert len(of_window.pieces) <= longest
        assert window.spoken(of_window.starts).tolist() == of.starts[window.low : window.high].tolist()
        assert (
            of_window.pieces[of_window.first].tolist()
            == of.pieces[of.first[window.first :][: len(of_window.first)]].tolist()
        )


def test_a_short_sentence_is_one_window_and_an_empty_one_none() -> None:
    short, empty = features(["the gene", " "], tiny.words())
    (window,) = windows(short)
    assert (window.features, window.low, window.high) == (short, 0, 2)
    assert list(windows(empty)) == []
