"""Token classifiers in the form of the Hugging Face hub, trained here on a few words."""

import json
import logging
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

transformers = pytest.importorskip("transformers", reason="needs the extra `huggingface`")
torch = pytest.importorskip("torch", reason="needs the extra `huggingface`")

from bioweft.errors import FetchError, InputError
from bioweft.tag.adapters import huggingface, open_tagger
from bioweft.tag.adapters.huggingface import HuggingFaceTagger, fetch
from tests.tag.adapters import contract, tiny
from tests.tag.adapters.contract import document, shown
from tests.tagging import mentions_of

TEXTS = [
    "Abc1 binds sanirin in the breast cancer.",
    "𝛼-Sanirin\tin\u200b the Fever; breast cancer-fever.",
    "The sanirin",
]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "tiny"
    tiny.classifier(folder)
    return folder


def with_tags(model: Path, folder: Path, tags: Sequence[str]) -> Path:
    """Copy a model; give its classes other names."""
    shutil.copytree(model, folder)
    config = json.loads((folder / "config.json").read_text())
    config |= {"id2label": dict(enumerate(tags)), "label2id": {tag: number for number, tag in enumerate(tags)}}
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def test_words_are_joined_to_mentions(model: Path) -> None:
    tagger = HuggingFaceTagger(model)
    assert tagger.name == "huggingface:tiny"
    (found,) = mentions_of(tagger, [document("Sanirin", "Abc1 binds sanirin in the breast cancer. Fever-fever")])
    assert shown(found) == [
        ("Sanirin", "chemical"), ("sanirin", "chemical"), ("breast cancer", "disease"), ("Fever", "disease"),
        ("fever", "disease"),
    ]  # fmt: skip
    assert all(mention.score > 0.5 for mention in found)


def test_it_keeps_to_the_contract(model: Path) -> None:
    contract.check(HuggingFaceTagger(model), TEXTS)


@pytest.mark.parametrize(("positions", "longest"), [(18, None), (64, 16)])
def test_a_long_sentence_is_read_in_windows_that_lose_nothing(
    positions: int, longest: int | None, tmp_path: Path
) -> None:
    tiny.classifier(tmp_path, positions=positions, longest=longest)
    text = " ".join(["abc1 binds sanirin in the breast cancer - fever"] * 9)
    (found,) = mentions_of(HuggingFaceTagger(tmp_path), [document(text)])
    assert shown(found) == [("sanirin", "chemical"), ("breast cancer", "disease"), ("fever", "disease")] * 9
    contract.check(HuggingFaceTagger(tmp_path), [text, *TEXTS])


def test_each_word_has_the_tag_of_the_window_that_shows_most_around_it() -> None:
    text = "a bcd ef"
    words: dict[int, Any] = {}
    here, there = (("B", "here"), 0.5), (("B", "there"), 0.5)
    huggingface._note(words, text, [(0, 0), (0, 1), (2, 4), (4, 5), (0, 0)], [here] * 5)
    huggingface._note(words, text, [(0, 0), (4, 5), (5, 8), (0, 0)], [there] * 4)
    assert [(word.start, word.end, word.tag[1]) for word in words.values()] == [
        (0, 1, "here"), (2, 5, "here"), (6, 8, "there")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("tags", "spans"),
    [
        ("B-Disease I-Disease O I-Disease I-Chemical", ["0-2 disease", "3-4 disease", "4-5 chemical"]),
        ("B-Disease B-Disease I-Disease", ["0-1 disease", "1-3 disease"]),
        ("B-Disease E-Disease S-Disease I-Disease", ["0-2 disease", "2-3 disease", "3-4 disease"]),
        ("B-Disease L-Disease U-Disease O", ["0-2 disease", "2-3 disease"]),
        ("Disease Disease O Chemical Disease", ["0-2 disease", "3-4 chemical", "4-5 disease"]),
        ("B-Protein I-GENE Gene", ["0-3 gene"]),
        ("B-Disease I-Place I-Disease", ["0-1 disease", "2-3 disease"]),
        ("B I O B", ["0-2 cell_line", "3-4 cell_line"]),
    ],
)
def test_schemes(tags: str, spans: list[str], model: Path) -> None:
    tagger = HuggingFaceTagger(model)
    words = [
        huggingface._Word(number, number + 1, huggingface.split_tag(tag, "cell_line"), number / 10)
        for number, tag in enumerate(tags.split())
    ]
    found = list(tagger._spans(words))
    assert [f"{start}-{end} {tagger._labels.type_of(label)}" for start, end, label, _ in found] == spans
    assert all(score == pytest.approx((start + end - 1) / 20) for start, end, _, score in found)


def test_the_name_tells_the_type_where_tags_do_not(model: Path, tmp_path: Path) -> None:
    folder = with_tags(model, tmp_path / "biobert_huner_cell_v1", ["O", "B", "I", "S"])
    one = document("sanirin in the breast cancer")
    (found,) = mentions_of(HuggingFaceTagger(folder), [one])
    assert shown(found) == [("sanirin", "cell_line"), ("breast cancer", "cell_line")]
    other = folder.rename(tmp_path / "checkpoint-500")
    with pytest.raises(InputError, match=r"its labels: B\n.*--label B=disease"):
        HuggingFaceTagger(other).load()
    (found,) = mentions_of(HuggingFaceTagger(other, labels={"B": "gene"}), [one])
    assert shown(found) == [("sanirin", "gene"), ("breast cancer", "gene")]


def test_classes_without_names(model: Path, tmp_path: Path) -> None:
    folder = with_tags(model, tmp_path / "numbered", ["LABEL_0", "LABEL_1", "LABEL_2", "LABEL_3"])
    with pytest.raises(InputError, match="LABEL_0, LABEL_1, LABEL_2, LABEL_3"):
        HuggingFaceTagger(folder).load()
    labels = {"LABEL_1": "disease", "LABEL_2": "disease"}
    (found,) = mentions_of(HuggingFaceTagger(folder, labels=labels), [document("sanirin in the breast cancer")])
    assert shown(found) == [("breast cancer", "disease")]


def test_a_model_in_the_cache_of_the_hub(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    place = tmp_path / "models--lab--huner_disease"
    shutil.copytree(model, place / "snapshots" / "abc")
    (place / "refs").mkdir()
    (place / "refs" / "main").write_text("abc")
    monkeypatch.setattr("huggingface_hub.file_download.constants.HF_HUB_CACHE", str(tmp_path))
    tagger = open_tagger("huggingface:lab/huner_disease")
    assert tagger.name == "huggingface:lab/huner_disease"
    (found,) = mentions_of(tagger, [document("the sanirin")])
    assert shown(found) == [("sanirin", "chemical")]


@pytest.mark.parametrize("name", ["lab/nothing", "nothing", "a/b/c", "lab/nothing@v1"])
def test_no_such_model(name: str) -> None:
    with pytest.raises(
        InputError, match=rf"no huggingface model '{name}'.*cache, (.|\n)*model fetch huggingface:{name}"
    ):
        HuggingFaceTagger(name)


def test_a_folder_without_weights(model: Path, tmp_path: Path) -> None:
    shutil.copy(model / "config.json", tmp_path)
    with pytest.raises(InputError, match="holds none"):
        HuggingFaceTagger(tmp_path)


def test_weights_in_a_pickle_need_trust(model: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = tmp_path / "old"
    shutil.copytree(model, folder, ignore=shutil.ignore_patterns("*.safetensors"))
    loaded = transformers.BertForTokenClassification.from_pretrained(model)
    torch.save(loaded.state_dict(), folder / "pytorch_model.bin")
    with pytest.raises(InputError, match=r"^\S+ is a pickle, which can run any code: .* add --trust \(.*\)$"):
        HuggingFaceTagger(folder)
    tagger = HuggingFaceTagger(folder, trust=True)
    with caplog.at_level(logging.WARNING):
        (found,) = mentions_of(tagger, [document("the sanirin")])
    assert shown(found) == [("sanirin", "chemical")]
    assert f"{folder} is a pickle" in caplog.text


def test_the_digest(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = HuggingFaceTagger(model).digest
    (model / "notes.md").write_text("not of the model")
    assert HuggingFaceTagger(str(model)).digest == digest
    same = with_tags(model, tmp_path / "one" / "tiny", tiny.TAGS)
    other = with_tags(model, tmp_path / "two" / "tiny", ["O", "B-Gene", "I-Gene", "B-Chemical"])
    digests = {digest, HuggingFaceTagger(same).digest, HuggingFaceTagger(other).digest}
    digests.add(HuggingFaceTagger(model, labels={"Disease": ""}).digest)
    monkeypatch.setattr(HuggingFaceTagger, "version", 0)
    digests.add(HuggingFaceTagger(model).digest)
    assert len(digests) == 5


def test_a_damaged_model(model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "damaged"
    shutil.copytree(model, folder)
    (folder / "model.safetensors").write_bytes(b"x")
    with pytest.raises(InputError, match="cannot be opened as a huggingface model"):
        HuggingFaceTagger(folder).load()


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
@pytest.mark.parametrize(
    ("device", "message"), [("cuda", "torch finds no GPU; take --device cpu"), ("quick", "no device 'quick'")]
)
def test_no_such_device(model: Path, device: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        HuggingFaceTagger(model, device=device).load()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
def test_a_gpu_finds_the_same(model: Path) -> None:
    one = document(*TEXTS)
    (here,), (there,) = (
        mentions_of(HuggingFaceTagger(model), [one]),
        mentions_of(HuggingFaceTagger(model, device="cuda"), [one]),
    )
    assert shown(here) == shown(there)


def test_fetching_takes_a_pickle_only_where_there_is_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def snapshot(repository: str, *, revision: str | None, allow_patterns: list[str]) -> str:
        asked.append((repository, revision, "pytorch_model*.bin" in allow_patterns))
        if asked[-1][2]:
            (tmp_path / "pytorch_model.bin").touch()
        return str(tmp_path)

    monkeypatch.setattr("huggingface_hub.snapshot_download", snapshot)
    assert fetch("lab/old@v1") == tmp_path
    assert asked == [("lab/old", "v1", False), ("lab/old", "v1", True)]
    (tmp_path / "model.safetensors").touch()
    assert fetch("lab/new") == tmp_path
    assert asked[2:] == [("lab/new", None, False)]


def test_what_cannot_be_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    def snapshot(*_: Any, **__: Any) -> str:
        raise OSError("no network\nand much more")

    monkeypatch.setattr("huggingface_hub.snapshot_download", snapshot)
    with pytest.raises(
        FetchError, match=r"^huggingface:lab/x could not be fetched: no network\ncheck .* give its path$"
    ):
        fetch("lab/x")
