"""From settings to the linker: by dictionaries, other libraries', a user's own."""

from collections.abc import Sequence
from pathlib import Path

from bioweft import resources
from bioweft.errors import NotFoundError, nearest
from bioweft.link import adapters
from bioweft.link.base import Linker
from bioweft.link.linker import DictionaryLinker
from bioweft.link.settings import DEFAULT, NONE, LinkSettings


def open_linker(settings: LinkSettings, dictionaries: Sequence[str] | None = None) -> Linker | None:
    """Return the linker that the settings name, None for none; nothing is loaded yet.

    bioweft's own knows the concepts of `dictionaries`, all shipped ones where not given.

    Raises:
        NotFoundError: there is no such linker, or no genes of a species.
        InputError: the library of a linker is not installed, or has nothing of that name.
    """
    if settings.linker == NONE:
        return None
    if settings.linker != DEFAULT:
        if adapters.knows(settings.linker):
            return adapters.open_linker(settings.linker, threshold=settings.threshold, trust=settings.trust)
        names = [NONE, DEFAULT, *adapters.names()]
        raise NotFoundError(
            f"no linker {settings.linker!r}; there are: {', '.join(names)}", suggestions=nearest(settings.linker, names)
        )
    return DictionaryLinker(linking_dictionaries(settings, dictionaries), threshold=settings.threshold)


def linking_dictionaries(settings: LinkSettings, dictionaries: Sequence[str] | None = None) -> tuple[str | Path, ...]:
    """Return the dictionaries that mentions are linked with: all shipped ones where not given."""
    del settings
    return tuple(resources.dictionaries()) if dictionaries is None else tuple(dictionaries)
