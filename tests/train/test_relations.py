"""The relation network: what it gives does not depend on company, and is the same with ONNX Runtime."""

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs the extra `train`")

from torch import Tensor
from transformers import BertConfig, BertModel

from bioweft.errors import InputError
from bioweft.evaluate.relations.pairs import Entity, Pair, RelationExample
from bioweft.inference import Calibration, open_model
from bioweft.records import AnnotatedDocument, Document, Mention, Passage
from bioweft.relate.features import INPUTS, Features, by_stretch, padded
from bioweft.relate.hierarchy import Hierarchy
from bioweft.relate.model import About, read_about, write_about
from bioweft.relate.network import probabilities
from bioweft.relate.parser import Parse
from bioweft.train import relation_export, relation_recipe, relation_weights, relations
from bioweft.train.export import export
from bioweft.train.network import Network, NetworkSettings, activate
from bioweft.train.relation_examples import RelationExamples, unpacked
from bioweft.train.relation_network import RelationNetwork, RelationNetworkSettings, loss
from bioweft.train.relation_recipe import _fitted_with_standing, _pair_standings, encode
from bioweft.train.relations import RelationTrainingSettings
from tests.conftest import CHECKOUT
from tests.relate.graphs import document, parses, stretches
from tests.train import bare, tiny

LABELS, CORPORA = ("binds", "treats"), ("One", "Two")
TEXTS = [
    ("Sanirin binds abc1 in mice.", "Fever in mice."),
    ("Sanirin in fever.", "The gene abc1 binds sanirin . Mice in fever."),
    ("Mice.", "Sanirin binds the gene abc1 ( sanirin )."),
]


class Chains:
    """A parser whose trees are chains."""

    def parse(self, documents):  # type: ignore[no-untyped-def]
        for annotated, places in documents:
            trees: dict[int, Parse] = parses(annotated)
            yield tuple(trees[place] for place in places)


def network(**settings: bool) -> RelationNetwork:
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(tiny.WORDS), hidden_size=16, num_hidden_layers=3, num_attention_heads=2, intermediate_size=32,
        hidden_act="relu", attn_implementation="eager",
    )  # fmt: skip
    sizes = RelationNetworkSettings(LABELS, CORPORA, hidden=16, heads=2, dropout=0.1, **settings)
    made = RelationNetwork(BertModel(config, add_pooling_layer=False), sizes).eval()
    for weights in made.parameters():  # so that all parts have something to say
        if weights.ndim > 1:
            torch.nn.init.normal_(weights, std=0.3)
    return made


def batch(*items: Features) -> tuple[Tensor, ...]:
    return tuple(map(torch.from_numpy, padded(items)))


def scores(made: RelationNetwork, *items: Features) -> list[np.ndarray]:
    with torch.inference_mode():
        return by_stretch(made(*batch(*items)).numpy(), items)


@pytest.fixture(scope="module")
def items() -> list[Features]:
    return [stretch for texts in TEXTS for stretch in stretches(document(*texts))]


@pytest.mark.parametrize("settings", [{}, {"graph": False}, {"attention": False}])
def test_scores_do_not_depend_on_the_batch(items: list[Features], settings: dict[str, bool]) -> None:
    made = network(**settings)
    alone = [scores(made, item)[0] for item in items]
    for together in (scores(made, *items), scores(made, *items[::-1])[::-1]):
        for one, other in zip(alone, together, strict=True):
            assert np.allclose(one, other, atol=1e-4)


def test_a_pair_that_two_corpora_are_asked_about_is_read_once(items: list[Features]) -> None:
    made, item = network(), items[1]
    other = replace(item, corpus=1 - item.corpus)
    both = replace(
        item, pairs=np.concatenate((item.pairs, item.pairs)), corpus=np.concatenate((item.corpus, other.corpus)),
        distances=np.concatenate((item.distances, item.distances)), nodes=item.nodes * 2, roles=item.roles * 2,
    )  # fmt: skip
    inputs = dict(zip(INPUTS, padded([both]), strict=True))
    assert len(inputs["pairs"]) == len(item.pairs) == len(inputs["asked"]) / 2
    expected = np.concatenate((*scores(made, item), *scores(made, other)))
    assert np.allclose(scores(made, both)[0], expected, atol=1e-4)
    assert not np.allclose(*scores(made, item, other), atol=1e-2)


def test_the_tree_counts(items: list[Features]) -> None:
    made = network()
    inputs = dict(zip(INPUTS, batch(items[1]), strict=True))
    with torch.inference_mode():
        before = made(**inputs)
        after = made(**{**inputs, "tree": torch.eye(inputs["tree"].shape[1]).unsqueeze(0)})
    assert not torch.allclose(before, after)


def test_onnx_gives_the_same(items: list[Features], tmp_path: Path) -> None:
    made = network()
    about = About(name="tiny", labels=LABELS, corpora=CORPORA)
    relation_export.export(made, tiny.tokenizer(), tmp_path, about, batch(*items))
    session, _ = open_model(tmp_path)
    assert read_about(tmp_path) == about
    for chosen in (items, items[:1], items[1:]):
        inputs = padded(chosen)
        (given,) = session.run(None, dict(zip(INPUTS, inputs, strict=True)))
        assert np.allclose(given, np.concatenate(scores(made, *chosen)), atol=1e-4)


def test_eight_bits_give_nearly_the_same(items: list[Features], tmp_path: Path) -> None:
    made = network()
    about = About(name="tiny", labels=LABELS, corpora=CORPORA)
    relation_export.export(made, tiny.tokenizer(), tmp_path, about, batch(*items), [batch(item) for item in items])
    session, _ = open_model(tmp_path)
    (given,) = session.run(None, dict(zip(INPUTS, padded(items), strict=True)))
    right = np.concatenate(scores(made, *items))
    assert np.abs(given - right).max() < 0.2 * max(np.abs(right).max(), 1.0)


def test_the_loss_puts_right_labels_above_the_threshold() -> None:
    labels, annotated = torch.tensor([[1.0, 0.0], [0.0, 0.0]]), torch.ones(2, 2)
    good, bad = torch.tensor([[5.0, -5.0], [-5.0, -5.0]]), torch.tensor([[-5.0, 5.0], [5.0, 5.0]])
    assert loss(good, labels, annotated) < 0.1 < loss(bad, labels, annotated)
    unknown = torch.tensor([[1.0, 0.0], [1.0, 0.0]])
    assert loss(torch.tensor([[5.0, 9.0], [-5.0, 9.0]]), labels, unknown) < 0.1


def examples() -> list[RelationExample]:
    """Return documents in which a chemical binds a gene if the word stands before it."""
    made = []
    for number in range(24):
        binds = number % 2 == 0
        annotated = document("Sanirin binds abc1." if binds else "Sanirin in the abc1.", "Mice in fever.")
        places = [place for place, m in enumerate(annotated.mentions) if m.type in ("chemical", "gene")]
        entities = tuple(Entity(f"T{place}", annotated.mentions[place].type, (place,)) for place in places)
        labels = frozenset({"binds"} if binds else ())
        made.append(RelationExample("One", annotated, entities, (Pair(0, 1, labels),)))
    return made


def test_it_learns(tmp_path: Path) -> None:
    encoded = encode(
        examples(),
        {"One": ("binds",), "Two": LABELS},
        LABELS,
        CORPORA,
        Chains(),
        tiny.tokenizer(),  # type: ignore[arg-type]
    )
    settings = RelationTrainingSettings(steps=60, encoder_rate=3e-3, rate=5e-3, average=0.8, batch_pieces=128)
    trained = relations.train(encoded, network(), settings, tmp_path)
    scored = relations.scores(trained, encoded, 24)
    assert [bool(by_pair[0][0] > 0) for by_pair in scored] == [number % 2 == 0 for number in range(24)]


def test_what_was_not_there_before_cannot_be_gone_on_with(tmp_path: Path) -> None:
    encoded = encode(examples(), {"One": LABELS, "Two": LABELS}, LABELS, CORPORA, Chains(), tiny.tokenizer())  # type: ignore[arg-type]
    relations.train(encoded, network(), RelationTrainingSettings(steps=1), tmp_path)
    with pytest.raises(InputError, match="remove it"):
        relations.train(encoded, network(), RelationTrainingSettings(steps=2), tmp_path)


def test_packed_examples_are_the_same() -> None:
    given = [replace(example, pairs=example.pairs * (1 + place % 2)) for place, example in enumerate(examples())]
    encoded = encode(given, {"One": LABELS, "Two": LABELS}, LABELS, CORPORA, Chains(), tiny.tokenizer())  # type: ignore[arg-type]
    again = unpacked(encoded.arrays(), LABELS, CORPORA)
    assert (encoded.corpus == again.corpus).all()
    assert (encoded.example == again.example).all()
    for number in range(len(encoded.stretches)):
        for one, other in zip(encoded.inputs([number]), again.inputs([number]), strict=True):
            assert torch.equal(one, other)
        assert (encoded.right[number] == again.right[number]).all()
        assert (encoded.learnt[number] == again.learnt[number]).all()


def test_a_calibration_learns_that_the_narrowest_disease_is_meant() -> None:
    mentions = [
        Mention(0, 5, "urate", "chemical"),
        Mention(9, 13, "gout", "disease"),
        Mention(18, 27, "arthritis", "disease"),
    ]
    text = Document("pmid:1", (Passage("title", "urate in gout and arthritis"),))
    entities = tuple(Entity(f"x:{m.text}", m.type, (place,)) for place, m in enumerate(mentions))
    pairs = (Pair(0, 1, frozenset({"CID"})), Pair(0, 2))
    given = [RelationExample("BC5CDR", AnnotatedDocument(text, mentions=tuple(mentions)), entities, pairs)] * 40
    standing = [_pair_standings(example, Hierarchy({"x:gout": ("x:arthritis",)})) for example in given]
    scores = [{place: np.zeros(1, np.float32) for place in range(2)}] * 40
    calibration, weights = _fitted_with_standing(given, scores, ("CID",), standing)
    about = About(
        name="x",
        labels=("CID",),
        corpora=("BC5CDR",),
        calibration={"BC5CDR": calibration},
        standing={"BC5CDR": weights},
    )
    gout, arthritis = (probabilities(about, "BC5CDR", ["CID"], scores[0][0], row)["CID"] for row in standing[0])
    assert gout > 0.8 > 0.2 > arthritis


def test_with_development_parts_learnt_from_what_was_chosen_on_them_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded = encode(examples(), {"One": LABELS, "Two": LABELS}, LABELS, CORPORA, Chains(), tiny.tokenizer())  # type: ignore[arg-type]
    with_dev: list[bool] = []

    def corpora(*_: object, **options: bool) -> RelationExamples:
        with_dev.append(options["with_dev"])
        return encoded

    monkeypatch.setattr(relation_recipe, "encoded_corpora", corpora)
    monkeypatch.setattr(relation_recipe, "hierarchy", lambda _: Hierarchy({}))
    monkeypatch.setattr(relation_recipe.tagger, "load_tokenizer", lambda _: tiny.tokenizer())
    monkeypatch.setattr(relation_recipe.tagger, "new_encoder", lambda _: None)
    monkeypatch.setattr(relation_weights, "begin", lambda *_: network())
    earlier = About(
        name="earlier", labels=LABELS, corpora=CORPORA, thresholds={"One": 0.42}, development={"One": 61.0},
        calibration={"One": {"binds": Calibration(slope=0.5)}}, standing={"One": (0.25,)},
    )  # fmt: skip
    (tmp_path / "earlier").mkdir()
    write_about(earlier, tmp_path / "earlier")
    sources = relation_recipe.Sources(tmp_path, Chains())  # type: ignore[arg-type]
    figures = relation_recipe.train_relations(
        tmp_path, RelationTrainingSettings(steps=1), sources, tmp_path / "later", chosen=tmp_path / "earlier"
    )
    later = read_about(tmp_path / "later")
    assert with_dev == [True]
    assert figures == earlier.development
    assert later.model_copy(update={"corpora": CORPORA, "tasks": ()}) == earlier.model_copy(update={"name": "later"})


@pytest.mark.slow
def test_from_pack_to_weights_with_nothing_but_pytorch(tmp_path: Path) -> None:
    encoded = encode(examples(), {"One": LABELS, "Two": LABELS}, LABELS, CORPORA, Chains(), tiny.tokenizer())  # type: ignore[arg-type]
    start = Network(tiny.network(layers=3).encoder, NetworkSettings(labels=("gene",), guidelines=("One",)))
    activate(start.encoder, "relu")
    with torch.no_grad():
        for value in start.parameters():  # weights that are equal would be written once
            value.add_(0.1 * torch.randn_like(value))
    export(start, tiny.tokenizer(), tmp_path / "start", name="start", types={"gene": "gene"})
    relation_weights.write_pack(encoded, start.encoder, tmp_path / "packed")
    programs = bare.environment(tmp_path / "bare")
    subprocess.run(
        [CHECKOUT / "models" / "on_gpu.sh", tmp_path / "packed", tmp_path / "out", "0.1", tmp_path / "start"],
        env={
            "PATH": f"{programs}{os.pathsep}/usr/bin{os.pathsep}/bin", "TMPDIR": str(tmp_path), "HOME": str(tmp_path),
            "OMP_NUM_THREADS": "1", "GATHER_SECONDS": "0", "RELATIONS_BATCH": "64",
        },
        check=True,
    )  # fmt: skip
    settings = RelationNetworkSettings(LABELS, CORPORA)
    made = relation_weights.begin(settings, tmp_path / "start", start.encoder, seed=7)
    before = made.heads.weight.clone()
    relation_weights.load(made, tmp_path / "out" / "relations", tmp_path / "out" / "relations")
    assert not torch.equal(made.heads.weight, before)
    weights = tmp_path / "out" / "relations"
    none_more = RelationTrainingSettings(steps=0)
    relation_weights.train_packed(
        tmp_path / "packed", tmp_path / "start", none_more, tmp_path / "again", starts=[weights]
    )
    again = relation_weights.begin(settings, tmp_path / "start", start.encoder, seed=8)
    relation_weights.load(again, tmp_path / "again")
    assert torch.equal(made.heads.weight, again.heads.weight)
    with pytest.raises(InputError, match="no weights"):
        relation_weights.load(made, tmp_path / "start")
