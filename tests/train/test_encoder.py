"""Masked-language training, on a tiny encoder."""

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs the extra `train`")

from bioweft.train import encoder
from bioweft.train.encoder import EncoderSettings, encode, hide, train
from tests.train import tiny

MARK = tiny.WORDS.index("[MASK]")
TEXTS = ["abc1 binds sanirin in the mice .", "the gene binds abc1", "fever in mice"] * 4


def test_long_texts_are_cut_and_nothing_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder, "LONGEST", 4)
    found = encode(["abc1 binds sanirin in the mice .", "fever"], tiny.tokenizer())
    rows = found.padded(np.arange(len(found.ends)))
    words = [[tiny.WORDS[piece] for piece in row[:length]] for row, length in zip(rows, found.lengths, strict=True)]
    assert words == [
        ["[CLS]", "abc1", "binds", "sanirin", "in", "[SEP]"],
        ["[CLS]", "the", "mice", ".", "[SEP]"],
        ["[CLS]", "fever", "[SEP]"],
    ]


def test_a_share_is_hidden_but_no_begin_end_or_padding() -> None:
    pieces = np.full((200, 60), 7)
    pieces[:, 0], pieces[:, 49], pieces[:, 50:] = 2, 3, 0
    shown, hidden = hide(pieces, 0.15, MARK, len(tiny.WORDS), np.random.default_rng(0))
    assert hidden[:, 1:49].mean() == pytest.approx(0.15, abs=0.02)
    assert not hidden[:, 0].any()
    assert not hidden[:, 49:].any()
    assert (shown == pieces)[~hidden].all()
    assert (shown == MARK)[hidden].mean() == pytest.approx(0.8, abs=0.05)


def test_something_is_hidden_even_in_a_short_text() -> None:
    _, hidden = hide(np.array([[2, 7, 3, 0]]), 0.0, MARK, 9, np.random.default_rng(0))
    assert hidden.tolist() == [[False, True, False, False]]


def run(folder: Path, steps: int) -> dict[str, list[float]]:
    settings = EncoderSettings(steps=steps, batch_pieces=32, save_every=3, encoder_rate=1e-3)
    trained = train(encode(TEXTS, tiny.tokenizer()), tiny.network().encoder, MARK, settings, folder)
    return {name: value.flatten().tolist() for name, value in trained.state_dict().items()}


def test_it_learns_and_resumes_to_the_same_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = run(tmp_path / "whole", 6)
    assert whole != {name: value.flatten().tolist() for name, value in tiny.network().encoder.state_dict().items()}
    save = encoder.loop._State.save

    def cut(state: object, path: Path) -> None:
        save(state, path)
        raise KeyboardInterrupt

    monkeypatch.setattr(encoder.loop._State, "save", cut)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "cut", 6)
    monkeypatch.undo()
    assert run(tmp_path / "cut", 6) == whole
