"""Linkers of other libraries, each behind an extra of its name, and the user's own."""

from collections.abc import Mapping
from importlib import import_module
from typing import cast

from bioweft.errors import NotFoundError, nearest
from bioweft.link.adapters import own
from bioweft.link.base import Linker

ADAPTERS: Mapping[str, str] = {"scispacy": "ScispacyLinker"}
"""The modules here, and what their linkers are called."""


def knows(name: str) -> bool:
    """Return whether a name is that of a library's linker, or of a linker of the user's own."""
    kind, _, model = name.partition(":")
    return (kind in ADAPTERS and bool(model)) or kind in own.installed()


def names() -> list[str]:
    """Return how linkers may be named."""
    return [*(f"{adapter}:NAME" for adapter in ADAPTERS), *sorted(own.installed())]


def open_linker(name: str, *, threshold: float | None = None, trust: bool = False) -> Linker:
    """Return the linker of a name: `scispacy:mesh`, or `plants` where a package brings a linker of that name.

    `trust` is for those of other libraries.

    Raises:
        NotFoundError: there is no such linker.
        InputError: its library is not installed, or it has nothing of that name.
    """
    kind, _, model = name.partition(":")
    if kind in ADAPTERS and model:
        module = import_module(f"{__name__}.{kind}")
        return cast(Linker, getattr(module, ADAPTERS[kind])(model, threshold=threshold, trust=trust))
    brought = own.installed()
    if kind not in brought:
        near = [f"{adapter}:{model or 'NAME'}" for adapter in nearest(kind, ADAPTERS)] or nearest(kind, brought)
        raise NotFoundError(f"no linker {name!r}; there are: {', '.join(names())}", suggestions=near)
    return own.OwnLinker(brought[kind], model, threshold=threshold)
