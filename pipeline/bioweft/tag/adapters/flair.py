"""Sequence taggers of flair: `flair:hunflair2`, `flair:hunflair`, or the file of any. Their files are pickles."""

import logging
import os
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from bioweft.errors import InputError
from bioweft.records import AnnotatedDocument
from bioweft.tag.adapters.base import Adapter, LabelledSpan, fetching, hub_cached, require, sentence_texts, torch_device
from bioweft.tag.adapters.labels import split_tag

_ON_HUB = {"hunflair2": "hunflair/hunflair2-ner", "bioner": "hunflair/hunflair2-ner"}
"""Short names for models of the Hugging Face hub; flair keeps all others as one file of the name."""

_IN_FOLDER = ("best-model.pt", "final-model.pt", "pytorch_model.bin")

_TOKEN = re.compile(
    r"""\w+(?:(?: (?<=[^\W\d_])-(?=\d) | (?<=\d)-(?=[^\W\d_])  # IL-2, 5-HT
               | (?<=\d)[.,](?=\d) )\w+)*                      # 2.5
    | [^\w\s]""",
    re.VERBOSE,
)
"""Tokens nearly as of the tokenizer with which HunFlair and HunFlair2 were trained, which needs a model of its own, and
nearer than flair's default, which keeps hyphens and strokes inside words and so cannot mark some mentions."""


class FlairTagger(Adapter):
    """Finds mentions with a sequence tagger of flair, or with a model of several such as HunFlair.

    Sentences are tagged with those of their document around them, where the model looks at context.
    """

    kind = "flair"
    library = "flair"

    def _local(self, path: Path) -> Path | None:
        return path if path.is_file() else next((path / n for n in _IN_FOLDER if (path / n).is_file()), None)

    def _cached(self, name: str) -> Path | None:
        file = _root() / f"{name}.pt"
        if file.is_file():
            return file
        repository = _ON_HUB.get(name, name)
        folder = repository.partition("@")[0].rpartition("/")[2]
        return hub_cached(repository, "pytorch_model.bin", _root() / folder) if folder != repository else None

    def _cache(self) -> str:
        return f"in flair's cache, {_root()}"

    def _is_pickle(self) -> bool:
        return True

    def _open(self) -> tuple[list[Any], Iterable[str]]:
        with redirect_stdout(sys.stderr):  # flair logs and prints to where the results go
            import flair
            from flair.models import MultitaskModel, SequenceTagger
            from flair.nn import Classifier

            flair.logger.setLevel(logging.WARNING)
            flair.device = torch_device(self._device)
            model = Classifier.load(str(self._path))
        taggers = list(model.tasks.values()) if isinstance(model, MultitaskModel) else [model]
        for tagger in taggers:
            if not isinstance(tagger, SequenceTagger):
                raise InputError(f"{self.name} has a {type(tagger).__name__}; only a SequenceTagger finds mentions")
        tags = {tag for tagger in taggers for tag in tagger.label_dictionary.get_items()}
        return taggers, {split_tag(tag)[1] for tag in tags if tag != "O" and not tag.startswith("<")}

    def _find(self, annotated: AnnotatedDocument) -> Iterator[LabelledSpan]:
        starts, flair_sentences = [], []
        for start, text in sentence_texts(annotated):
            flair_sentence = sentence(text)
            if len(flair_sentence):
                starts.append(start)
                flair_sentences.append(flair_sentence)
        for number, tagger in enumerate(self._model):
            layer = f"bioweft-{number}"
            tagger.predict(flair_sentences, label_name=layer)
            for start, flair_sentence in zip(starts, flair_sentences, strict=True):
                for label in flair_sentence.get_labels(layer):
                    first, last = label.data_point.tokens[0], label.data_point.tokens[-1]
                    yield start + first.start_position, start + last.end_position, label.value, label.score


def sentence(text: str) -> Any:
    """Return flair's sentence of a text; what is to be tagged here should be trained on such."""
    from flair.data import Sentence, Token

    # Not of the text itself: flair would take characters out of it and so move the offsets.
    return Sentence([Token(match.group(), start_position=match.start()) for match in _TOKEN.finditer(text)])


def fetch(name: str) -> Path:
    """Download a model into flair's cache without opening it; return its file.

    Raises:
        InputError: flair is not installed.
        FetchError: the download failed.
    """
    require("flair", "flair")
    with fetching("flair", name), redirect_stdout(sys.stderr):
        from flair.models import MultitaskModel, SequenceTagger
        from flair.models.prefixed_tagger import PrefixedSequenceTagger

        # Three classes of flair know names, each its own; the public `load` would run what it has fetched.
        for known in (MultitaskModel, PrefixedSequenceTagger if name in _ON_HUB else SequenceTagger):
            path = Path(known._fetch_model(name))
            if path.is_file():
                return path
        raise OSError("flair did not say where it is")


def _root() -> Path:
    return Path(os.environ.get("FLAIR_CACHE_ROOT") or Path.home() / ".flair") / "models"
