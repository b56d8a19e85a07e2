"""Training: tags of tokens, batches, and above all that a run that was broken off ends with the same weights."""

from collections import Counter
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs the extra `train`")

from bioweft.errors import InputError
from bioweft.tag.decode import decode
from bioweft.tag.features import Listed, features
from bioweft.train import tagger
from bioweft.train.corpora import LABELS, Example, Span
from bioweft.train.loop import plan
from bioweft.train.network import Network, NetworkSettings, loss
from bioweft.train.tagger import UNKNOWN, TrainingSettings, collate, encode, forget, hide, train
from tests.train import tiny

GENE, CHEMICAL, DISEASE = (LABELS.index(label) for label in ("gene", "chemical", "disease"))


def example(
    text: str, *spans: tuple[str, str], labels: tuple[str, ...] = ("gene", "chemical"), unsure: str = ""
) -> Example:
    found = tuple(Span(text.index(name), text.index(name) + len(name), label) for name, label in spans)
    doubt = (Span(text.index(unsure), text.index(unsure) + len(unsure), "gene"),) if unsure else ()
    return Example("One", text, found, frozenset(labels), doubt)


EXAMPLES = [
    example("abc1 binds sanirin .", ("abc1", "gene"), ("sanirin", "chemical")),
    example("the gene in mice", labels=("gene",)),
    example("sanirin in fever", ("fever", "disease"), labels=("disease",)),
    example("the sanirin genes ( abc1 ) in the mice .", ("sanirin", "chemical"), ("abc1", "gene")),
]


def tags(one: Example) -> np.ndarray:
    return encode([one], tiny.tokenizer(), tiny.network().settings).tags[0]


def test_labels_that_are_not_annotated_are_unknown() -> None:
    found = tags(EXAMPLES[0])
    assert found[:, GENE].tolist() == [1, 0, 0, 0]
    assert found[:, CHEMICAL].tolist() == [0, 0, 1, 0]
    assert (found[:, DISEASE] == UNKNOWN).all()


def test_a_span_within_tokens_covers_them_whole() -> None:
    assert tags(example("the abc1-binds", ("bc1-b", "gene")))[:, GENE].tolist() == [0, 1, 2, 2]


def test_what_is_unsure_is_unknown() -> None:
    assert tags(example("the abc1 binds", unsure="abc1"))[:, GENE].tolist() == [0, UNKNOWN, 0]


def test_of_overlapping_spans_the_longer_counts() -> None:
    found = tags(example("the abc1 gene", ("abc1", "gene"), ("abc1 gene", "gene")))
    assert found[:, GENE].tolist() == [0, 1, 2]


def test_an_epoch_has_every_example_once_in_batches_that_fit() -> None:
    lengths = np.random.default_rng(0).integers(3, 60, 500)
    batches = plan(lengths, np.ones(len(lengths)), 128, np.random.default_rng(1))
    assert sorted(np.concatenate(batches).tolist()) == list(range(500))
    assert max(len(batch) * lengths[batch].max() for batch in batches) <= 128
    filled = sum(lengths) / sum(len(batch) * lengths[batch].max() for batch in batches)
    assert filled > 0.9


def test_an_epoch_has_an_example_as_often_as_asked() -> None:
    lengths, passes = np.full(300, 9), np.repeat([0.5, 1.0, 3.0], 100)
    times = np.bincount(np.concatenate(plan(lengths, passes, 128, np.random.default_rng(1))), minlength=300)
    assert 30 < times[:100].sum() < 70
    assert (times[100:200] == 1).all()
    assert (times[200:] == 3).all()


def test_nothing_to_learn_from_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nothing to learn from"):
        train(EXAMPLES, tiny.network(), tiny.tokenizer(), TrainingSettings(steps=2, passes={"One": 0.0}), tmp_path)
    assert plan(np.array([3, 4]), np.zeros(2), 128, np.random.default_rng(1)) == []


def test_unknown_tags_do_not_count() -> None:
    emissions = torch.randn(1, 2, 1, 3)
    known = torch.tensor([[[1], [UNKNOWN]]])
    other = emissions.clone()
    other[0, 1] += 100
    assert loss(emissions, known) == loss(other, known)


def test_padding_changes_nothing() -> None:
    network = tiny.network().eval()
    short, long = features(["abc1 binds", "the sanirin genes in the mice ."], tiny.words())
    with torch.no_grad():
        alone = network(*collate([short], [1]).inputs)
        among = network(*collate([short, long], [1, 2]).inputs)
    assert torch.allclose(alone[0], among[0, : len(short.starts)], atol=1e-5)


def test_what_is_listed_is_forgotten_term_by_term_or_at_once() -> None:
    text = "abc1 binds sanirin in the mice"
    terms = [(0, 4, "gene"), (11, 18, "chemical"), (22, 30, "species")]
    (of,) = features([text], tiny.words(), [terms])
    whole = [features([text], tiny.words(), [some])[0].listed.tolist() for some in powerset(terms)]
    seen = Counter(
        whole.index(forget(of, 0.3, np.random.default_rng(number)).listed.tolist()) for number in range(2000)
    )
    assert set(seen) == set(range(8))
    assert seen[0] / 2000 == pytest.approx(0.3 + 0.7 * 0.3**3, abs=0.04)
    assert seen[7] / 2000 == pytest.approx(0.7**4, abs=0.04)
    assert of.listed.tolist() == whole[7]


def powerset(terms: list[Listed]) -> list[tuple[Listed, ...]]:
    return [some for size in range(len(terms) + 1) for some in combinations(terms, size)]


def test_a_new_network_has_the_packaged_encoder_with_relu() -> None:
    encoder = tagger.new_network(NetworkSettings(labels=("gene",), guidelines=())).encoder
    packaged = tagger.new_encoder(tagger.encoder_folder())
    assert torch.equal(encoder.embeddings.word_embeddings.weight, packaged.embeddings.word_embeddings.weight)
    states = torch.randn(1, 4, encoder.config.hidden_size)
    after, before = (one.encoder.layer[0].intermediate(states) for one in (encoder, packaged))
    assert before.min() < 0 <= after.min()


def test_it_learns(tmp_path: Path) -> None:
    settings = TrainingSettings(steps=150, encoder_rate=3e-3, rate=1e-2, average=0.9, forget_guideline=0.0)
    network = train(EXAMPLES, tiny.network(), tiny.tokenizer(), settings, tmp_path)
    text = "the sanirin binds abc1 ."
    (of,) = features([text], tiny.words())
    with torch.no_grad():
        emissions = network(*collate([of], [1]).inputs).numpy()
    (spans,) = decode(emissions, np.array([len(of.starts)]))
    found = {(text[of.starts[a] : of.ends[b - 1]], LABELS[label]) for a, b, label, _ in spans}
    assert {("sanirin", "chemical"), ("abc1", "gene")} <= found


class CutError(Exception):
    pass


def test_hidden_tokens_show_nothing() -> None:
    (of,) = encode([example("The genes (abc1), rx2")], tiny.tokenizer(), tiny.network().settings).features
    mask = tiny.WORDS.index("[MASK]")
    everything = hide(of, 1.0, mask, np.random.default_rng(1))
    assert everything.pieces.tolist() == [of.pieces[0], *[mask] * (len(of.pieces) - 2), of.pieces[-1]]
    assert not everything.characters.any()
    assert everything.shapes.sum(0).tolist() == [0] * 8 + [of.shapes[:, -1].sum()]  # where white space is, is seen
    some = hide(of, 0.3, mask, np.random.default_rng(3))
    for token in range(len(of.first)):
        end = of.first[token + 1] if token + 1 < len(of.first) else len(of.pieces) - 1
        gone = some.pieces[of.first[token] : end] == mask
        assert gone.all() == (not some.characters[token].any())
        assert gone.all() == gone.any()
    assert 0 < (some.pieces == mask).sum() < (everything.pieces == mask).sum()
    assert (of.pieces != mask).all()


def weights(network: Network) -> dict[str, list[float]]:
    return {name: value.flatten().tolist() for name, value in network.state_dict().items()}


@pytest.mark.parametrize("cut", [4, 10])
def test_a_run_that_is_cut_off_ends_with_the_same_weights(
    tmp_path: Path, cut: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = TrainingSettings(steps=12, batch_pieces=16, save_every=4)
    whole = train(EXAMPLES, tiny.network(), tiny.tokenizer(), settings, tmp_path / "whole")

    steps = iter(range(cut))

    def stopping(*arguments: torch.Tensor) -> torch.Tensor:
        if next(steps, None) is None:
            raise CutError
        return loss(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(tagger, "loss", stopping)
        with pytest.raises(CutError):
            train(EXAMPLES, tiny.network(), tiny.tokenizer(), settings, tmp_path / "cut")
    resumed = train(EXAMPLES, tiny.network(), tiny.tokenizer(), settings, tmp_path / "cut")
    assert weights(resumed) == weights(whole)


def test_a_checkpoint_of_other_settings_is_refused(tmp_path: Path) -> None:
    train(EXAMPLES, tiny.network(), tiny.tokenizer(), TrainingSettings(steps=2), tmp_path)
    with pytest.raises(InputError, match="other settings"):
        train(EXAMPLES, tiny.network(), tiny.tokenizer(), TrainingSettings(steps=3), tmp_path)


def test_a_checkpoint_of_other_examples_or_another_network_is_refused(tmp_path: Path) -> None:
    settings = TrainingSettings(steps=2)
    train(EXAMPLES, tiny.network(), tiny.tokenizer(), settings, tmp_path)
    other = tiny.network()
    with torch.no_grad():
        other.heads.bias += 1
    with pytest.raises(InputError, match="another network or other examples"):
        train(EXAMPLES, other, tiny.tokenizer(), settings, tmp_path)
    with pytest.raises(InputError, match="another network or other examples"):
        train(EXAMPLES[1:], tiny.network(), tiny.tokenizer(), settings, tmp_path)
    train(EXAMPLES, tiny.network(), tiny.tokenizer(), settings, tmp_path)


@pytest.mark.parametrize(("longest", "tokens"), [(6, 4), (7, 5), (8, 6)])
def test_an_example_that_is_too_long_is_cut(longest: int, tokens: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tagger, "LONGEST", longest)
    found = encode([example("abc1 binds sanirin in the mice")], tiny.tokenizer(), tiny.network().settings)
    of = found.features[0]
    assert (len(of.pieces), len(found.tags[0])) == (longest, tokens)
    end = of.pieces[-1]
    assert end == tiny.WORDS.index("[SEP]")
    mask = tiny.WORDS.index("[MASK]")
    hidden = hide(of, 1.0, mask, np.random.default_rng(0))
    assert hidden.pieces.tolist() == [of.pieces[0], *[mask] * (longest - 2), end]
