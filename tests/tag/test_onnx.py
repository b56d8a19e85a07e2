"""The network at run time: what it finds, whatever the batch and however long the sentence.

The network is made by hand (`tiny_onnx`), so that nothing here needs torch but the comparison with training.
"""

import json
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

from bioweft.errors import InputError
from bioweft.inference import DEVICES, Calibration
from bioweft.records import AnnotatedDocument, DictionaryHit, Document, Mention, Passage
from bioweft.tag import onnx
from bioweft.tag.features import features
from bioweft.tag.model import read_about, write_about
from bioweft.tag.onnx import OnnxTagger
from bioweft.tag.windows import windows
from bioweft.text import sentences
from tests.tag import tiny_onnx
from tests.tag.tiny_onnx import LABELS, NAMED, TYPES
from tests.tagging import mentions_of
from tests.train import tiny

WORDS = "abc1 binds sanirin in the rx2 a fever of mice".split()


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small network that knows a few words by heart."""
    return tiny_onnx.write(tmp_path_factory.mktemp("model"))


def document(*passages: str, id: str = "x:1") -> Document:
    return Document(id, tuple(Passage("paragraph", text) for text in passages))


def tagged(model: Path, *documents: Document) -> list[list[Mention]]:
    return list(mentions_of(OnnxTagger(model), documents))


def shown(mentions: list[Mention]) -> list[tuple[str, str]]:
    return [(mention.text, mention.type) for mention in mentions]


def test_mentions_with_offsets_into_the_document(model: Path) -> None:
    one = document("Rx2 mice", "The sanirin. Abc1 binds sanirin.")
    (found,) = tagged(model, one)
    assert shown(found) == [
        ("Rx2", "cell_line"), ("mice", "species"), ("sanirin", "chemical"), ("Abc1", "gene"), ("sanirin", "chemical")
    ]  # fmt: skip
    assert all(one.text[m.start : m.end] == m.text for m in found)
    assert all(m.tagger == "tiny" and 0 < m.score <= 1 for m in found)


def test_no_text_no_mentions(model: Path) -> None:
    assert tagged(model, document(""), Document("x:2", ()), document("  \n ")) == [[], [], []]


def test_the_batch_does_not_matter(model: Path) -> None:
    texts = ["Abc1 binds sanirin.", "The rx2 in the fever of mice. A gene.", "", "fever " * 30, "Sanirin."] * 20
    documents = [document(text, id=f"x:{n}") for n, text in enumerate(texts)]
    together = tagged(model, *documents)
    for one, among in zip(documents[:5], together, strict=False):
        (alone,) = tagged(model, one)
        assert shown(alone) == shown(among)
        assert [m.score for m in alone] == pytest.approx([m.score for m in among], abs=1e-3)
    assert [shown(found) for found in together[5:]] == [shown(found) for found in together[:-5]]


def test_what_was_learnt_is_found(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="training needs the extra `train`")
    from bioweft.train.export import export
    from bioweft.train.tagger import TrainingSettings
    from tests.train.sentences import LEARNABLE

    settings = TrainingSettings(steps=300, encoder_rate=3e-3, rate=1e-2, average=0.9)
    network = tiny.trained(LEARNABLE, settings, tmp_path / "training")
    export(network, tiny.tokenizer(), tmp_path, name="tiny", types=TYPES)
    (found,) = tagged(tmp_path, document("Rx2 mice", "The sanirin. Abc1 binds sanirin."))
    assert shown(found) == [
        ("Rx2", "cell_line"), ("mice", "species"), ("sanirin", "chemical"), ("Abc1", "gene"), ("sanirin", "chemical")
    ]  # fmt: skip
    assert all(0 < mention.score < 1 for mention in found)


def test_it_gives_what_training_gave(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="training needs the extra `train`")
    from bioweft.train.export import export
    from bioweft.train.tagger import collate

    network = tiny.network().eval()
    export(network, tiny.tokenizer(), tmp_path, name="tiny", types=TYPES)
    tagger = OnnxTagger(tmp_path, guideline="Two")
    found = features(["abc1 binds the sanirin", "fever"], tiny.words())
    given = tagger.emissions(found)
    for of, emissions in zip(found, given, strict=True):
        expected = network(*collate([of], [2]))[0].detach().numpy()
        assert np.allclose(emissions, expected, atol=1e-4)


def test_a_long_sentence_is_read_in_windows_that_lose_nothing(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx, "windows", partial(windows, longest=24, overlap=8))
    text = " ".join(WORDS * 12)
    (found,) = tagged(model, document(text))
    assert [m.text for m in found] == [word for word in WORDS * 12 if word in NAMED.values()]
    assert all(text[m.start : m.end] == m.text for m in found)


def test_sentences_are_those_that_the_document_comes_with(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = AnnotatedDocument(document("Abc1. Fever", "Sanirin binds abc1"), ((0, 5), (12, 19)))
    monkeypatch.setattr(sentences, "split", lambda text: pytest.fail("split again"))
    (tagged,) = OnnxTagger(model).tag([one])
    assert shown(list(tagged.mentions)) == [("Abc1", "gene"), ("Sanirin", "chemical")]
    assert (tagged.document, tagged.sentences) == (one.document, one.sentences)


def test_documents_without_their_sentences_are_split_where_training_reads_them(model: Path) -> None:
    tagger = OnnxTagger(model)
    documents = [document("Abc1 binds. Fever"), document("Mice")]
    read = tagger.read(documents)
    assert [(sentence.document, sentence.start) for sentence in read] == [(0, 0), (0, 12), (1, 0)]
    mentions = tagger.mentions(documents, read, tagger.emissions([sentence.features for sentence in read]))
    assert list(mentions) == list(mentions_of(tagger, documents))


def test_what_dictionaries_find_is_shown_to_the_network(model: Path) -> None:
    one = AnnotatedDocument(document("In the gene. The gene"), ((0, 12), (13, 21)))
    hit, across = DictionaryHit(3, 11, "disease", None), DictionaryHit(7, 16, "gene", None)
    (tagged,) = OnnxTagger(model).find([one], [[hit, across]])
    assert [(m.start, m.end, m.type, m.tagger) for m in tagged.mentions] == [(3, 11, "disease", "tiny")]


def test_a_guideline_is_followed(model: Path) -> None:
    one = document("Abc1 binds sanirin.")
    assert len(next(mentions_of(OnnxTagger(model, guideline="One"), [one]))) == 2
    assert next(mentions_of(OnnxTagger(model, guideline="Two"), [one])) == []


def test_a_guideline_that_it_does_not_know(model: Path) -> None:
    with pytest.raises(InputError, match="knows no guideline 'Three'; it knows: One, Two"):
        OnnxTagger(model, guideline="Three")


def test_a_folder_without_a_model(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no model in"):
        OnnxTagger(tmp_path)


def test_a_model_with_a_file_missing_or_damaged(model: Path, tmp_path: Path) -> None:
    for name in ("model.onnx", "model.json"):
        (tmp_path / name).write_bytes((model / name).read_bytes())
    with pytest.raises(InputError, match=r"has no tokenizer\.json; fetch or train it anew"):
        OnnxTagger(tmp_path)
    (tmp_path / "tokenizer.json").write_bytes((model / "tokenizer.json").read_bytes())
    (tmp_path / "model.onnx").write_bytes((model / "model.onnx").read_bytes()[:1000])
    tagger = OnnxTagger(tmp_path)
    with pytest.raises(InputError, match=rf"the model in {tmp_path} cannot be opened; fetch or train it anew \(.+\)"):
        tagger.load()
    (tmp_path / "model.json").write_bytes(b'{"name": "\xe9"}')
    with pytest.raises(InputError, match="is not of the form that this bioweft reads"):
        OnnxTagger(tmp_path)


def test_onnxruntime_for_gpus_where_there_is_none(
    model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    open_session = onnxruntime.InferenceSession

    def without_driver(*arguments: Any, providers: list[str], **options: Any) -> Any:
        if DEVICES["cuda"] in providers:
            raise RuntimeError("CUDA failure 35")
        return open_session(*arguments, providers=providers, **options)

    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [DEVICES["cuda"], DEVICES["cpu"]])
    monkeypatch.setattr(onnxruntime, "InferenceSession", without_driver)
    tagger = OnnxTagger(model)
    tagger.load()
    assert not tagger.on_gpu
    with pytest.raises(InputError, match="CUDA failure 35"):
        OnnxTagger(model, device="cuda").load()
    assert capsys.readouterr() == ("", "")

    def passes_over_it(*arguments: Any, providers: list[str], **options: Any) -> Any:
        return open_session(*arguments, providers=[DEVICES["cpu"]], **options)

    monkeypatch.setattr(onnxruntime, "InferenceSession", passes_over_it)
    with pytest.raises(InputError, match="no GPU that it can use"):
        OnnxTagger(model, device="cuda").load()


def test_the_digest_changes_with_guideline_and_model(model: Path, tmp_path: Path) -> None:
    plain, other = OnnxTagger(model).digest, OnnxTagger(model, guideline="One").digest
    assert plain != other
    for name in ("model.onnx", "tokenizer.json", "model.json"):
        (tmp_path / name).write_bytes((model / name).read_bytes())
    assert OnnxTagger(tmp_path).digest == plain
    about = json.loads((tmp_path / "model.json").read_text())
    (tmp_path / "model.json").write_text(json.dumps(about | {"types": {"gene": "gene"}}))
    assert OnnxTagger(tmp_path).digest != plain


def test_labels_without_a_type_are_not_shown(model: Path, tmp_path: Path) -> None:
    for name in ("model.onnx", "tokenizer.json", "model.json"):
        (tmp_path / name).write_bytes((model / name).read_bytes())
    about = json.loads((tmp_path / "model.json").read_text())
    (tmp_path / "model.json").write_text(json.dumps(about | {"types": {"gene": "gene"}}))
    (found,) = tagged(tmp_path, document("Abc1 binds sanirin."))
    assert shown(found) == [("Abc1", "gene")]


def test_what_is_chosen_afterwards_counts(model: Path, tmp_path: Path) -> None:
    for name in ("model.onnx", "tokenizer.json"):
        (tmp_path / name).write_bytes((model / name).read_bytes())
    one = document("Abc1 binds sanirin.")
    about = read_about(model)

    def scores(**update: object) -> dict[str, float]:
        write_about(about.model_copy(update=update), tmp_path)
        return {m.text: m.score for m in tagged(tmp_path, one)[0]}

    plain = scores()
    assert set(plain) == {"Abc1", "sanirin"}
    assert set(scores(outside={"gene": 30.0})) == {"sanirin"}
    assert "Abc1 binds sanirin." in scores(inside={"gene": 30.0})
    lower = scores(calibration={"gene": Calibration(shift=-1.0)})
    assert lower["Abc1"] < plain["Abc1"]
    assert lower["sanirin"] == plain["sanirin"]


def test_outside_is_moved_where_a_term_is_listed(model: Path, tmp_path: Path) -> None:
    for name in ("model.onnx", "tokenizer.json"):
        (tmp_path / name).write_bytes((model / name).read_bytes())
    write_about(read_about(model).model_copy(update={"outside": {"gene": 1.0}, "listed": {"gene": -3.0}}), tmp_path)
    (of,) = features(["the abc1 gene"], tiny.words(), [[(4, 8, "gene")]])
    added = OnnxTagger(tmp_path)._outside(of.listed)
    assert added[:, LABELS.index("gene")].tolist() == [1.0, -2.0, 1.0]
    assert not added[:, LABELS.index("disease")].any()


def test_what_a_label_is_called_does_not_matter_for_what_is_listed(model: Path, tmp_path: Path) -> None:
    for name in ("model.onnx", "tokenizer.json"):
        (tmp_path / name).write_bytes((model / name).read_bytes())
    labels = tuple("protein" if label == "gene" else label for label in LABELS)
    named = {"labels": labels, "types": {"protein": "gene"}, "listed": {"protein": -3.0}}
    write_about(read_about(model).model_copy(update=named), tmp_path)
    (of,) = features(["the abc1 gene"], tiny.words(), [[(4, 8, "gene")]])
    assert OnnxTagger(tmp_path)._outside(of.listed)[:, labels.index("protein")].tolist() == [0.0, -3.0, 0.0]


def test_a_form_that_it_does_not_know(model: Path, tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text('{"format": 2, "name": "x"}')
    with pytest.raises(InputError, match="not of the form that this bioweft reads: format"):
        OnnxTagger(tmp_path)


def test_a_wrong_number_of_labels_is_an_error(tmp_path: Path) -> None:
    folder = tiny_onnx.write(tmp_path)
    about = read_about(folder)
    write_about(about.model_copy(update={"labels": (*about.labels, "surplus")}), folder)
    tagger = OnnxTagger(folder)
    with pytest.raises(InputError, match=rf"names {len(LABELS) + 1} labels and the network has {len(LABELS)}"):
        list(tagger.tag([AnnotatedDocument(document("abc1"), ((0, 4),))]))
