"""The common base of the adapters: a model's place, name, digest and labels. Each adapter opens and runs its own."""

import hashlib
import logging
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar

from bioweft.errors import FetchError, InputError, install
from bioweft.records import AnnotatedDocument, Mention
from bioweft.tag.adapters.labels import Labels
from bioweft.tag.apart import apart

_log = logging.getLogger(__name__)

LabelledSpan = tuple[int, int, str, float]
"""Start, end, the model's label, score."""


class Adapter(ABC):
    """A tagger whose model belongs to another library.

    `model` is a path, or a name that the library knows. Nothing is downloaded here: a name must be in the library's
    cache already. `labels` says what the model's labels are, where the table does not or otherwise. `trust` allows
    files that can run code when they are opened.
    """

    kind: ClassVar[str]
    """The prefix of a tagger's name, before the colon, and the name of the extra that installs the library."""
    library: ClassVar[str]
    version: ClassVar[int] = 1
    """Version of the code; counts up whenever the same model could give other mentions."""

    def __init__(
        self, model: str | Path, *, labels: Mapping[str, str] | None = None, device: str = "cpu", trust: bool = False
    ) -> None:
        require(self.kind, self.library)
        self._model_name = str(model)
        local = Path(model).expanduser()
        path = self._local(local) if local.exists() else self._cached(self._model_name)
        if path is None:
            raise InputError(
                f"no {self.kind} model {self._model_name!r}: "
                + (f"{local} holds none" if local.exists() else f"no such path, nor is it {self._cache()}")
                + f"\nfetch it with `bioweft model fetch {self.kind}:{self._model_name}`, or give the path of a copy"
            )
        self._path = path
        if self._is_pickle() and not trust:
            raise InputError(
                f"{path} is a pickle, which can run any code: if you trust its source, add --trust"
                " (in a workflow file trust = true below [tag])"
            )
        called = self._model_name
        if local.exists():
            called = local.resolve().stem if local.is_file() else local.resolve().name
        self.name: str = f"{self.kind}:{called}"
        self._labels = Labels(labels or {})
        self._device = device
        self.on_gpu = device != "cpu"
        self._model: Any = None

    @cached_property
    def digest(self) -> str:
        """Digest of the model's name and files, its labels' types, the library and the code here."""
        labels = [f"{label}={type_}" for label, type_ in sorted(self._labels.extra.items())]
        about = [self.name, str(self.version), self.library, metadata.version(self.library), *labels]
        digest = hashlib.sha256("\n".join(about).encode())
        for path in self._files():
            with path.open("rb") as file:
                digest.update(
                    f"\n{path.relative_to(self._path)}\n".encode() + hashlib.file_digest(file, "sha256").digest()
                )
        return digest.hexdigest()[:16]

    def load(self) -> None:
        """Open the model.

        Raises:
            InputError: it cannot be opened, no label of it has a type, or there is no such device.
        """
        if self._model is None:
            if self._is_pickle():
                _log.warning("%s is a pickle and runs what code it brings", self._path)
            try:
                model, known = self._open()
            except InputError:
                raise
            except ImportError as error:  # installed, but not with what else is: flair 0.15 needs transformers 4
                raise InputError(f"{self.library} cannot be imported: {error}") from error
            except Exception as error:  # a damaged or foreign file makes a library raise whatever it stumbles upon
                reason = str(error) or type(error).__name__
                raise InputError(f"{self._path} cannot be opened as a {self.kind} model: {reason}") from error
            self._labels.check(self.name, known)
            self._model = model

    def tag(self, documents: Iterable[AnnotatedDocument]) -> Iterator[AnnotatedDocument]:
        """Yield each document with its mentions, in order of start, none overlapping within a type."""
        self.load()
        # One document at a time: neither padding nor context can then come from another.
        for annotated in documents:
            yield annotated.tagged(apart(self._mentions(annotated)))

    def _mentions(self, annotated: AnnotatedDocument) -> Iterator[Mention]:
        for start, end, label, score in self._find(annotated):
            type_ = self._labels.type_of(label)
            surface = annotated.document.text[start:end]
            text = surface.strip()
            if type_ is not None and text:
                begin = start + surface.index(text)
                yield Mention(begin, begin + len(text), text, type_, self.name, score)

    def _files(self) -> list[Path]:
        if self._path.is_file():
            return [self._path]
        return [path for path in sorted(self._path.rglob("*")) if path.is_file()]

    @abstractmethod
    def _local(self, path: Path) -> Path | None:
        """Return the model that a file or folder is or holds."""

    @abstractmethod
    def _cached(self, name: str) -> Path | None:
        """Return where the library holds the model of a name."""

    @abstractmethod
    def _cache(self) -> str:
        """Say where `_cached` looks: `in …`."""

    @abstractmethod
    def _is_pickle(self) -> bool:
        """Return whether code can run when the model is opened."""

    @abstractmethod
    def _open(self) -> tuple[Any, Iterable[str]]:
        """Return the opened model and its labels."""

    @abstractmethod
    def _find(self, annotated: AnnotatedDocument) -> Iterable[LabelledSpan]:
        """Return what the model finds in a document."""


def sentence_texts(annotated: AnnotatedDocument) -> list[tuple[int, str]]:
    """Return the start and the text of each sentence."""
    text = annotated.document.text
    return [(start, text[start:end]) for start, end in annotated.sentences]


def require(extra: str, *libraries: str) -> None:
    """Raise an `InputError` where a library is not installed."""
    for library in libraries:
        if find_spec(library) is None:
            raise InputError(f"{library} is not installed: {install(extra)}")


def torch_device(device: str) -> Any:
    """Return torch's device of a name.

    Raises:
        InputError: there is none, or no such name.
    """
    import torch

    try:
        parsed = torch.device(device)
    except RuntimeError as error:
        raise InputError(f"no device {device!r}; there are: cpu, cuda") from error
    if parsed.type == "cuda" and not torch.cuda.is_available():
        raise InputError(f"no device {device!r}: torch finds no GPU; take --device cpu")
    return parsed


def hub_cached(repository: str, file: str, cache: Path | None = None) -> Path | None:
    """Return where the cache of the Hugging Face hub holds a file of `owner/name` or `owner/name@revision`."""
    from huggingface_hub import try_to_load_from_cache

    name, _, revision = repository.partition("@")
    try:
        cached = try_to_load_from_cache(name, file, cache_dir=cache, revision=revision or None)
    except ValueError:  # not the form of a repository's name
        return None
    return Path(cached) if isinstance(cached, str) else None


@contextmanager
def fetching(kind: str, name: str) -> Iterator[None]:
    """Turn what goes wrong in a download, whatever the library makes of it, into a `FetchError`."""
    try:
        yield
    except Exception as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise FetchError(
            f"{kind}:{name} could not be fetched: {reason}\n"
            f"check the name and the network, or copy the model from elsewhere and give its path"
        ) from error
