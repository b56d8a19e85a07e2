"""Pipelines of spaCy and scispaCy: `spacy:en_ner_bc5cdr_md`. What a pipeline sets as entities of a text are mentions.

The recognisers of scispaCy need spaCy only, not the package `scispacy`.
"""

import subprocess
import sys
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bioweft.errors import InputError
from bioweft.records import AnnotatedDocument
from bioweft.tag.adapters.base import Adapter, LabelledSpan, fetching, require

_SCISPACY = "https://s3-us-west-2.amazonaws.com/ai2-s2-scispacy/releases/v0.5.4/{name}-0.5.4.tar.gz"
"""Where scispaCy's pipelines lie; its later releases have none of their own."""

_SCISPACY_NAMES = ("en_core_sci_", "en_ner_")

_LONGEST = 100_000_000
"""Characters of a passage; spaCy's own limit guards the memory of a parser that few texts would reach."""


_PICKLES = (".pkl", ".pickle", ".joblib", ".pt")
_ZIP = b"PK\x03\x04"
"""The form in which torch writes its pickles."""
_PROTOCOL = 0x80
"""The first byte of a pickle, before the number of its protocol; in spaCy's own files it would be a map of nothing."""


class SpacyTagger(Adapter):
    """Finds mentions with a pipeline of spaCy: the folder of one, or the name of an installed package."""

    kind = "spacy"
    library = "spacy"

    def _local(self, path: Path) -> Path | None:
        return path if (path / "config.cfg").exists() else None

    def _cached(self, name: str) -> Path | None:
        return package_folder(name)

    def _cache(self) -> str:
        return "an installed package of a pipeline"

    def _is_pickle(self) -> bool:
        return any(_has_pickle(file) for file in self._files())

    def _open(self) -> tuple[Any, Iterable[str]]:
        import spacy

        name, _, number = self._device.partition(":")
        if name == "cuda":
            try:
                spacy.require_gpu(int(number or 0))
            except ValueError as error:
                raise InputError(f"no device {self._device!r}: spaCy finds no GPU; take --device cpu") from error
        elif name != "cpu":
            raise InputError(f"no device {self._device!r}; there are: cpu, cuda")
        # A package is opened by its name, so that the code that it brings is run.
        pipeline = spacy.load(self._path if Path(self._model_name).expanduser().exists() else self._model_name)
        pipeline.max_length = _LONGEST
        names = [n for n in pipeline.pipe_names if "doc.ents" in pipeline.get_pipe_meta(n).assigns]
        if not names:
            raise InputError(f"{self.name} recognises no entities; its parts: {', '.join(pipeline.pipe_names)}")
        return pipeline, {label for n in names for label in pipeline.pipe_labels.get(n, ())}

    def _find(self, annotated: AnnotatedDocument) -> Iterator[LabelledSpan]:
        document = annotated.document
        texts = [passage.text for passage in document.passages]
        with self._model.memory_zone():  # forgets the words of the document, which else would be kept for ever
            for begin, read in zip(document.starts, self._model.pipe(texts), strict=True):
                for entity in read.ents:
                    score = entity._.score if entity.has_extension("score") else None
                    yield begin + entity.start_char, begin + entity.end_char, entity.label_, _probability(score)


def _has_pickle(file: Path) -> bool:
    """Say whether a file of a pipeline is a pickle: spaCy itself writes none, but parts of pipelines do."""
    if file.suffix in _PICKLES:
        return True
    with file.open("rb") as stream:
        head = stream.read(4)
    return head.startswith(_ZIP) or (len(head) > 2 and head[0] == _PROTOCOL and head[1] in range(2, 6))


def _probability(score: float | None) -> float:
    """Return the score that a pipeline gives an entity, where it gives one."""
    return 1.0 if score is None else float(score)


def package_folder(name: str) -> Path | None:
    """Return the folder of the pipeline in an installed package, or None where there is no such package."""
    spec = find_spec(name) if name.isidentifier() else None
    places = spec.submodule_search_locations if spec is not None else None
    return next((file.parent for place in places or () for file in sorted(Path(place).glob("*/config.cfg"))), None)


def install_command(name: str) -> list[str]:
    """Return the command, after `python`'s name, that installs the package of a pipeline."""
    if name.startswith(_SCISPACY_NAMES):
        # Without what it depends on: it asks for a spaCy older than need be.
        return ["-m", "pip", "install", "--no-deps", _SCISPACY.format(name=name)]
    return ["-m", "spacy", "download", name]


def fetch(name: str) -> Path:
    """Install the package of a pipeline, scispaCy's or spaCy's own; return its folder.

    Raises:
        InputError: spaCy is not installed.
        FetchError: the package could not be had.
    """
    require("spacy", "spacy")
    with fetching("spacy", name):
        command = [sys.executable, *install_command(name)]
        done = subprocess.run(command, stdout=sys.stderr, check=False)
        if done.returncode:
            raise OSError(f"`{' '.join(command[1:])}` ended with {done.returncode}")
        spec = find_spec(name)
        if spec is None or spec.origin is None:
            raise OSError(f"no package {name} was installed")
        return Path(spec.origin).parent
