"""Windows of long sentences."""

import pytest

pytest.importorskip("tokenizers", reason="features need the tokenizers library")

from bioweft.tag.features import features
from bioweft.tag.windows import windows
from tests.train import tiny

_WITHOUT_PIECES = "\u00ad"
_OF_MANY_PIECES = "abcbcbcbc1"


@pytest.mark.parametrize("longest", [8, 11, 24])
@pytest.mark.parametrize(
    "text",
    [
        "the abc1 genes in " + "mice and genes of sanirin " * 9,
        f"mice {_WITHOUT_PIECES} in the {_WITHOUT_PIECES} {_WITHOUT_PIECES} " * 9,
        f"{_WITHOUT_PIECES} " * 9 + "mice in the gene " * 9 + f"{_WITHOUT_PIECES} " * 9,
        "mice in the gene " * 4 + f"{_OF_MANY_PIECES} " * 9,
        f"{'abc' * 20} in mice " * 3,
    ],
)
def test_windows_speak_for_each_token_once(text: str, longest: int) -> None:
    (of,) = features([text], tiny.words())
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
