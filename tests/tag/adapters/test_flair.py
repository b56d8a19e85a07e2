"""Sequence taggers of flair, trained here on a handful of sentences."""

import logging
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

# It is also skipped where flair cannot be imported: flair 0.15 needs transformers 4.
flair = pytest.importorskip("flair", reason="needs the extra `flair`", exc_type=ImportError)

import torch

from bioweft.errors import FetchError, InputError
from bioweft.tag.adapters import open_tagger
from bioweft.tag.adapters.flair import FlairTagger, fetch, sentence
from tests.tag.adapters import contract, tiny
from tests.tag.adapters.contract import document, shown
from tests.tagging import mentions_of

SENTENCES = ["IL-2 binds sanirin .", "the sanirin in breast cancer", "breast cancer or IL-2", "the mice in Lund ."]
NAMED = {"IL-2": "Gene", "sanirin": "Chemical", "breast cancer": "Disease", "Lund": "Place"}
TEXTS = [
    "IL-2 binds sanirin.",
    "𝛼-sanirin\tin\u200b the breast cancer-breast cancer.",
    "\ufeffThe\u2028sanirin (IL-2).",
]


def labelled(text: str, named: dict[str, str] = NAMED) -> Any:
    """Return flair's sentence with its labels."""
    made = sentence(text)
    for name, label in named.items():
        if name in text:
            start = text.index(name)
            inside = [n for n, token in enumerate(made) if start <= token.start_position < start + len(name)]
            made[inside[0] : inside[-1] + 1].add_label("ner", label)
    return made


def trained(embeddings: Any = None, kind: type | None = None, named: dict[str, str] = NAMED, **options: Any) -> Any:
    from flair.data import Corpus
    from flair.datasets import FlairDatapointDataset
    from flair.embeddings import OneHotEmbeddings
    from flair.models import SequenceTagger

    flair.device = torch.device("cpu")
    flair.set_seed(0)
    words = flair.data.Dictionary(add_unk=True)  # all others are one word to it, and no mention
    for word in " ".join(NAMED).split():
        words.add_item(word)
    sentences = [labelled(text, named) for text in SENTENCES]
    corpus = Corpus(FlairDatapointDataset(sentences), FlairDatapointDataset(sentences), sample_missing_splits=False)
    tagger = (kind or SequenceTagger)(
        embeddings=embeddings or OneHotEmbeddings(words, embedding_length=16),
        tag_dictionary=corpus.make_label_dictionary("ner", add_unk=False),
        tag_type="ner", use_rnn=False, hidden_size=16, dropout=0.0, word_dropout=0.0, locked_dropout=0.0, **options,
    )  # fmt: skip
    optimizer = torch.optim.Adam(tagger.parameters(), lr=2e-2)
    tagger.train()
    for _ in range(60):
        optimizer.zero_grad()
        loss, count = tagger.forward_loss(sentences)
        (loss / count).backward()
        optimizer.step()
        for one in sentences:
            one.clear_embeddings()
    return tagger.eval()


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "tiny.pt"
    trained().save(path)
    return path


def test_spans_are_mentions_and_labels_without_a_type_left_out(model: Path) -> None:
    tagger = FlairTagger(model, trust=True)
    assert tagger.name == "flair:tiny"
    (found,) = mentions_of(tagger, [document("The sanirin", "In breast cancer (IL-2). The mice in Lund.")])
    assert shown(found) == [("sanirin", "chemical"), ("breast cancer", "disease"), ("IL-2", "gene")]


def test_it_keeps_to_the_contract(model: Path) -> None:
    contract.check(FlairTagger(model, trust=True), TEXTS)


def test_a_transformer_with_context_and_a_prompt_as_hunflair2_is(tmp_path: Path) -> None:
    from flair.embeddings import TransformerWordEmbeddings
    from flair.models.prefixed_tagger import EntityTypeTaskPromptAugmentationStrategy, PrefixedSequenceTagger

    tiny.bert(tmp_path / "bert")
    embeddings = TransformerWordEmbeddings(
        str(tmp_path / "bert"), layers="-1", use_context=True, fine_tune=True, subtoken_pooling="first"
    )
    prompt = EntityTypeTaskPromptAugmentationStrategy(["genes", "diseases"])
    tagger = trained(embeddings, PrefixedSequenceTagger, use_crf=False, reproject_embeddings=False,
                     augmentation_strategy=prompt)  # fmt: skip
    tagger.save(tmp_path / "prompted.pt")
    (tmp_path / "bert").rename(tmp_path / "gone")
    one = FlairTagger(tmp_path / "prompted.pt", trust=True)
    (found,) = mentions_of(one, [document("the sanirin in breast cancer")])
    assert shown(found) == [("sanirin", "chemical"), ("breast cancer", "disease")]
    contract.check(
        one,
        ["the sanirin in breast cancer", "\u200bthe\u200b sanirin \U0001f9ec", " ".join(["in the sanirin"] * 60)],
        context=True,
    )


def test_a_model_of_several_as_hunflair_is(tmp_path: Path) -> None:
    from flair.models import MultitaskModel

    genes, others = {"IL-2": "Gene"}, {"sanirin": "Chemical", "IL-2": "Protein"}
    several = MultitaskModel([trained(named=genes), trained(named=others)], ["genes", "others"])
    several.save(tmp_path / "several.pt")
    (found,) = mentions_of(FlairTagger(tmp_path / "several.pt", trust=True), [document("IL-2 binds sanirin .")])
    assert shown(found) == [("IL-2", "gene"), ("sanirin", "chemical")]


def test_tokens_are_runs_of_letters_and_digits_joined_as_in_training() -> None:
    text = "IL-2-induced 5-HT rose (2.5 mg/kg; CD4+/CD8+), p53-mediated."
    assert [token.text for token in sentence(text)] == (
        "IL-2-induced 5-HT rose ( 2.5 mg / kg ; CD4 + / CD8 + ) , p53-mediated .".split()
    )
    assert all(text[token.start_position : token.end_position] == token.text for token in sentence(text))


def test_a_pickle_needs_trust(model: Path, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(InputError, match=r"^\S+ is a pickle, which can run any code: .* add --trust \(.*\)$"):
        FlairTagger(model)
    with caplog.at_level(logging.WARNING):
        FlairTagger(model, trust=True).load()
    assert f"{model} is a pickle" in caplog.text


def test_nothing_is_written_to_where_results_go(model: Path, capfd: pytest.CaptureFixture[str]) -> None:
    list(mentions_of(FlairTagger(model, trust=True), [document(TEXTS[0])]))
    assert capfd.readouterr().out == ""


def test_a_user_names_labels(model: Path) -> None:
    labels = {"place": "place", "disease": ""}
    (found,) = mentions_of(
        FlairTagger(model, labels=labels, trust=True), [document("breast cancer. The mice in Lund .")]
    )
    assert shown(found) == [("Lund", "place")]
    with pytest.raises(InputError, match="its labels: Chemical, Disease, Gene, Place"):
        FlairTagger(model, labels={"Species": "species"}, trust=True).load()


@pytest.mark.parametrize("name", ["best-model.pt", "final-model.pt", "pytorch_model.bin"])
def test_a_folder_of_a_model(name: str, model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / name).write_bytes(model.read_bytes())
    tagger = FlairTagger(folder, trust=True)
    (found,) = mentions_of(tagger, [document("the sanirin")])
    assert (tagger.name, shown(found)) == ("flair:mine", [("sanirin", "chemical")])


def at_hub(root: Path, model: Path) -> None:
    place = root / "hunflair2-ner" / "models--hunflair--hunflair2-ner"
    (place / "snapshots" / "abc").mkdir(parents=True)
    (place / "snapshots" / "abc" / "pytorch_model.bin").write_bytes(model.read_bytes())
    (place / "refs").mkdir()
    (place / "refs" / "main").write_text("abc")


def at_server(root: Path, model: Path) -> None:
    root.mkdir()
    (root / "hunflair-gene.pt").write_bytes(model.read_bytes())


@pytest.mark.parametrize(
    ("name", "put"), [("hunflair2", at_hub), ("hunflair/hunflair2-ner", at_hub), ("hunflair-gene", at_server)]
)
def test_a_model_in_the_cache_of_flair(
    name: str, put: Callable[[Path, Path], None], model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLAIR_CACHE_ROOT", str(tmp_path))
    put(tmp_path / "models", model)
    tagger = open_tagger(f"flair:{name}", trust=True)
    (found,) = mentions_of(tagger, [document("the sanirin")])
    assert (tagger.name, shown(found)) == (f"flair:{name}", [("sanirin", "chemical")])


@pytest.mark.parametrize("name", ["hunflair2", "lab/nothing", "a/b/c"])
def test_no_such_model(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLAIR_CACHE_ROOT", str(tmp_path))
    with pytest.raises(InputError, match=rf"no flair model '{name}'.*cache, {tmp_path}(.|\n)*model fetch flair:{name}"):
        FlairTagger(name, trust=True)


def test_the_digest(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = FlairTagger(model, trust=True).digest
    (tmp_path / "tiny.pt").write_bytes(model.read_bytes())
    assert FlairTagger(tmp_path / "tiny.pt", trust=True).digest == digest
    (tmp_path / "tiny.pt").write_bytes(b"other")
    others = [FlairTagger(tmp_path / "tiny.pt", trust=True), FlairTagger(model, labels={"Place": "x"}, trust=True)]
    monkeypatch.setattr(FlairTagger, "version", 0)
    others.append(FlairTagger(model, trust=True))
    assert len({digest, *(other.digest for other in others)}) == 4


def test_what_is_no_tagger(tmp_path: Path) -> None:
    from flair.embeddings import DocumentPoolEmbeddings, OneHotEmbeddings
    from flair.models import TextClassifier

    words = flair.data.Dictionary(add_unk=False)
    words.add_item("a")
    embeddings = DocumentPoolEmbeddings([OneHotEmbeddings(words)])
    TextClassifier(embeddings, "class", label_dictionary=words).save(tmp_path / "classifier.pt")
    with pytest.raises(InputError, match="has a TextClassifier; only a SequenceTagger finds mentions"):
        FlairTagger(tmp_path / "classifier.pt", trust=True).load()
    for number, content in enumerate((b"", b"no pickle", pickle.dumps({"state_dict": {}}))):
        (tmp_path / f"{number}.pt").write_bytes(content)
        with pytest.raises(InputError, match="cannot be opened as a flair model"):
            FlairTagger(tmp_path / f"{number}.pt", trust=True).load()


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_no_such_device(model: Path) -> None:
    with pytest.raises(InputError, match="torch finds no GPU; take --device cpu"):
        FlairTagger(model, device="cuda", trust=True).load()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
def test_a_gpu_finds_the_same(model: Path) -> None:
    one = document(*TEXTS)
    (there,) = mentions_of(FlairTagger(model, device="cuda", trust=True), [one])
    (here,) = mentions_of(FlairTagger(model, trust=True), [one])
    assert shown(here) == shown(there)


@pytest.mark.parametrize(
    ("name", "through"),
    [
        ("hunflair2", "flair.models.prefixed_tagger.hf_download"),
        ("lab/mine", "flair.models.sequence_tagger_model.hf_download"),
        ("hunflair-gene", "flair.models.sequence_tagger_model.cached_path"),
        ("hunflair", "flair.models.multitask_model.cached_path"),
    ],
)
def test_fetching(name: str, through: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "fetched.pt").write_bytes(b"not opened")
    monkeypatch.setattr(through, lambda *_, **__: str(tmp_path / "fetched.pt"))
    assert fetch(name) == tmp_path / "fetched.pt"

    def fail(*_: Any, **__: Any) -> str:
        raise OSError(os.strerror(101))

    monkeypatch.setattr(through, fail)
    with pytest.raises(FetchError, match=f"flair:{name} could not be fetched: Network is unreachable\n"):
        fetch(name)
