"""Taggers whose models are those of other libraries, each behind an extra of its name, and the user's own."""

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import cast

from bioweft.errors import NotFoundError, SettingsError, nearest
from bioweft.tag.adapters import own
from bioweft.tag.base import Tagger

ADAPTERS: Mapping[str, str] = {"flair": "FlairTagger", "spacy": "SpacyTagger", "huggingface": "HuggingFaceTagger"}
"""The modules here, and what their taggers are called."""


def knows(name: str) -> bool:
    """Return whether a name is that of a library's model, or of a tagger of the user's own."""
    kind, _, model = name.partition(":")
    return (kind in ADAPTERS and bool(model)) or kind in own.installed()


def names() -> list[str]:
    """Return how taggers may be named."""
    return [*(f"{adapter}:MODEL" for adapter in ADAPTERS), *sorted(own.installed())]


def open_tagger(
    name: str, *, labels: Mapping[str, str] | None = None, device: str = "cpu", trust: bool = False
) -> Tagger:
    """Return the tagger of a name: `flair:hunflair2`, or `plants` where a package brings a tagger of that name.

    `labels`, `device` and `trust` are for those of other libraries.

    Raises:
        NotFoundError: there is no such tagger.
        SettingsError: a tagger of the user's own is told what its labels mean.
        InputError: its library is not installed, or it finds no such model.
    """
    kind, _, model = name.partition(":")
    if kind in ADAPTERS and model:
        module = import_module(f"{__name__}.{kind}")
        return cast(Tagger, getattr(module, ADAPTERS[kind])(model, labels=labels, device=device, trust=trust))
    brought = own.installed()
    if kind not in brought:
        raise _unknown(name, brought)
    if labels:
        raise SettingsError(
            f"{name} gives each mention its type itself; only labels of other libraries' models can be given types"
        )
    return own.OwnTagger(brought[kind], model)


def fetch(name: str) -> Path:
    """Download the model of a name by the means of its library; return where it is.

    Raises:
        NotFoundError: there is no such adapter.
        InputError: its library is not installed.
        FetchError: the download failed.
    """
    kind, _, model = name.partition(":")
    if kind not in ADAPTERS or not model:
        raise _unknown(name, {})
    download = cast(Callable[[str], Path], import_module(f"{__name__}.{kind}").fetch)
    return download(model)


def _unknown(name: str, brought: Mapping[str, object]) -> NotFoundError:
    kind, _, model = name.partition(":")
    near = [f"{adapter}:{model or 'MODEL'}" for adapter in nearest(kind, ADAPTERS)] or nearest(kind, brought)
    return NotFoundError(f"no tagger {name!r}; there are: {', '.join(names())}", suggestions=near)
