"""Taggers whose models are those of other libraries, each behind an extra of its name: `flair:hunflair2`."""

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import cast

from bioweft.errors import NotFoundError, nearest
from bioweft.tag.base import Tagger

ADAPTERS: Mapping[str, str] = {"flair": "FlairTagger", "spacy": "SpacyTagger", "huggingface": "HuggingFaceTagger"}
"""The modules here, and what their taggers are called."""


def open_tagger(
    name: str, *, labels: Mapping[str, str] | None = None, device: str = "cpu", trust: bool = False
) -> Tagger:
    """Return the tagger of a name, `adapter:model`.

    Raises:
        NotFoundError: there is no such adapter.
        InputError: its library is not installed, or it finds no such model.
    """
    kind, model = _parts(name)
    module = import_module(f"{__name__}.{kind}")
    return cast(Tagger, getattr(module, ADAPTERS[kind])(model, labels=labels, device=device, trust=trust))


def fetch(name: str) -> Path:
    """Download the model of a name, `adapter:model`, by the means of its library; return where it is.

    Raises:
        NotFoundError: there is no such adapter.
        InputError: its library is not installed.
        FetchError: the download failed.
    """
    kind, model = _parts(name)
    download = cast(Callable[[str], Path], import_module(f"{__name__}.{kind}").fetch)
    return download(model)


def _parts(name: str) -> tuple[str, str]:
    kind, _, model = name.partition(":")
    if kind not in ADAPTERS or not model:
        raise NotFoundError(
            f"no tagger {name!r}; those of other libraries are called {', '.join(f'{k}:MODEL' for k in ADAPTERS)}",
            suggestions=[f"{near}:{model or 'MODEL'}" for near in nearest(kind, ADAPTERS)],
        )
    return kind, model
