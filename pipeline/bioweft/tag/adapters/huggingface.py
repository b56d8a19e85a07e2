"""Token classifiers of the Hugging Face hub: `huggingface:aitslab/biobert_huner_disease_v1`, or the folder of any."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bioweft.checksums import verify_sums
from bioweft.errors import InputError
from bioweft.records import AnnotatedDocument
from bioweft.tag.adapters.base import Adapter, LabelledSpan, fetching, hub_cached, require, sentence_texts, torch_device
from bioweft.tag.adapters.labels import label_in, split_tag

_LONGEST = 512
"""Word pieces that a model sees at a time, where it could see more."""

_WINDOWS_AT_ONCE = 32

_ENDINGS = (".json", ".txt", ".model", ".safetensors", ".bin")
"""The files of a folder that make up a model."""

_WEIGHTS = ("*.safetensors", "pytorch_model*.bin")

_FETCHED = ("*.json", "*.txt", "*.model", "*.safetensors")


@dataclass(slots=True)
class _Word:
    """A run of letters and digits, or the word piece of other characters; its tag is that of its first piece."""

    start: int
    end: int
    tag: tuple[str, str] = ("O", "")
    """Position and label."""
    score: float = 0.0
    margin: int = -1
    """Pieces to the nearer end of the window that gave the tag."""


class HuggingFaceTagger(Adapter):
    """Finds mentions with a token classifier: the folder of one, or the name of one in the hub's cache.

    Where tags have no label, as `B` and `I`, the model's name must tell it, or `labels` say what `B` is.
    """

    kind = "huggingface"
    library = "transformers"

    def _local(self, path: Path) -> Path | None:
        return (
            path if (path / "config.json").exists() and any(any(path.glob(weights)) for weights in _WEIGHTS) else None
        )

    def _cached(self, name: str) -> Path | None:
        file = hub_cached(name, "config.json")
        return self._local(file.parent) if file is not None else None

    def _cache(self) -> str:
        from huggingface_hub import constants

        return f"in the hub's cache, {constants.HF_HUB_CACHE}"

    def _files(self) -> list[Path]:
        return [path for path in sorted(self._path.iterdir()) if path.suffix in _ENDINGS]

    def _is_pickle(self) -> bool:
        return not any(self._path.glob("*.safetensors"))

    def _open(self) -> tuple[Any, Iterable[str]]:
        require(self.kind, "torch")
        verify_sums(self._path)
        from transformers import AutoModelForTokenClassification, AutoTokenizer

        device = torch_device(self._device)
        tokenizer = AutoTokenizer.from_pretrained(str(self._path), local_files_only=True)
        if not tokenizer.is_fast:
            raise InputError(f"{self.name} has no fast tokenizer, so that offsets cannot be told")
        tokenizer.padding_side = "right"
        model = AutoModelForTokenClassification.from_pretrained(
            str(self._path), local_files_only=True, use_safetensors=not self._is_pickle()
        )
        bare = label_in(self.name) or "B"
        tags = [split_tag(model.config.id2label[number], bare) for number in range(model.config.num_labels)]
        return (tokenizer, model.to(device).eval(), tags), {label for _, label in tags if label}

    def _find(self, annotated: AnnotatedDocument) -> Iterator[LabelledSpan]:
        texts = sentence_texts(annotated)
        for (begin, _), words in zip(texts, self._words([text for _, text in texts]), strict=True):
            for start, end, label, score in self._spans(words):
                yield begin + start, begin + end, label, score

    def _words(self, texts: Sequence[str]) -> list[list[_Word]]:
        """Return the words of each text with their tags.

        A text that is longer than the model takes is read in windows that overlap by a quarter; the tag of a word is
        from the window that shows most around it.
        """
        if not texts:
            return []
        import torch

        tokenizer, model, tags = self._model
        # Some models count the positions from 2.
        longest = min(_LONGEST, tokenizer.model_max_length, getattr(model.config, "max_position_embeddings", 514) - 2)
        windows = tokenizer(
            texts, truncation=True, max_length=longest, stride=longest // 4,
            return_overflowing_tokens=True, return_offsets_mapping=True,
        )  # fmt: skip
        inputs = [name for name in tokenizer.model_input_names if name in windows]
        words: list[dict[int, _Word]] = [{} for _ in texts]
        order = sorted(range(len(windows["input_ids"])), key=lambda number: len(windows["input_ids"][number]))
        for begin in range(0, len(order), _WINDOWS_AT_ONCE):
            numbers = order[begin : begin + _WINDOWS_AT_ONCE]
            batch = tokenizer.pad({n: [windows[n][i] for i in numbers] for n in inputs}, return_tensors="pt")
            with torch.inference_mode():
                scores = model(**batch.to(model.device)).logits.float().softmax(-1).max(-1)
            for number, best, classes in zip(numbers, scores.values.tolist(), scores.indices.tolist(), strict=True):
                text = windows["overflow_to_sample_mapping"][number]
                tagged_pieces = [(tags[class_], score) for class_, score in zip(classes, best, strict=True)]
                _note(words[text], texts[text], windows["offset_mapping"][number], tagged_pieces)
        return [[by_start[start] for start in sorted(by_start)] for by_start in words]

    def _spans(self, words: Iterable[_Word]) -> Iterator[LabelledSpan]:
        """Yield the stretches that the tags of words mark, with the mean of their scores."""
        marked: list[_Word] = []
        label, closed = "", True
        for word in words:
            position, name = word.tag
            type_ = self._labels.type_of(name) if position != "O" else None
            goes_on = not closed and position not in ("B", "S", "U") and type_ == self._labels.type_of(label)
            if marked and not goes_on:
                yield _span(marked, label)
                marked = []
            if type_ is not None:
                label = label if marked else name
                marked.append(word)
            closed = type_ is None or position in ("E", "S", "L", "U")
        if marked:
            yield _span(marked, label)


def _span(words: Sequence[_Word], label: str) -> LabelledSpan:
    return words[0].start, words[-1].end, label, sum(word.score for word in words) / len(words)


def _note(
    words: dict[int, _Word],
    text: str,
    offsets: Sequence[tuple[int, int]],
    tagged_pieces: Sequence[tuple[tuple[str, str], float]],
) -> None:
    """Take down what a window says of the words of a text; `words` are by start."""
    last = len(offsets) - 1
    started = set()
    for place, (begin, high) in enumerate(offsets):
        low = begin + len(text[begin:high]) - len(text[begin:high].lstrip())  # some count the space before
        if low >= high:  # the marks of begin and end
            continue
        start = _word_start(text, low)
        word = words.setdefault(start, _Word(start, high))
        word.end = max(word.end, high)
        margin = min(place, last - place)
        if low == start and start not in started and margin > word.margin:
            word.tag, word.score = tagged_pieces[place]
            word.margin = margin
        started.add(start)


def _word_start(text: str, place: int) -> int:
    while place and text[place].isalnum() and text[place - 1].isalnum():
        place -= 1
    return place


def fetch(name: str) -> Path:
    """Download a model into the hub's cache; return its folder.

    Weights in a pickle are fetched only where there are no others.

    Raises:
        InputError: transformers is not installed.
        FetchError: the download failed.
    """
    require("huggingface", "transformers")
    from huggingface_hub import snapshot_download

    repository, _, revision = name.partition("@")
    with fetching("huggingface", name):
        for patterns in (_FETCHED, _WEIGHTS[1:]):
            folder = Path(snapshot_download(repository, revision=revision or None, allow_patterns=list(patterns)))
            if any(any(folder.glob(weights)) for weights in _WEIGHTS):
                return folder
        raise OSError("it has no weights that transformers reads with torch")
