"""From settings to the linker: by dictionaries, other libraries', a user's own."""

from collections.abc import Sequence
from pathlib import Path

from bioweft import resources
from bioweft.errors import NotFoundError, nearest
from bioweft.link import adapters
from bioweft.link.base import Linker
from bioweft.link.by_text import ByTextLinker
from bioweft.link.linker import DictionaryLinker
from bioweft.link.prefer import PreferringLinker
from bioweft.link.settings import DEFAULT, HUMAN, NONE, LinkSettings


def open_linker(settings: LinkSettings, dictionaries: Sequence[str] | None = None) -> Linker | None:
    """Return the linker that the settings name, None for none; nothing is loaded yet.

    bioweft's own knows the concepts of `dictionaries`, all shipped ones where not given.

    Raises:
        NotFoundError: there is no such linker, no genes of a species, or no such vocabulary to prefer.
        InputError: the library of a linker is not installed, or has nothing of that name.
    """
    linker = _open(settings, dictionaries)
    return ByTextLinker(linker) if settings.by_text else linker


def _open(settings: LinkSettings, dictionaries: Sequence[str] | None) -> Linker | None:
    if settings.linker == NONE:
        return None
    if settings.linker != DEFAULT:
        if adapters.knows(settings.linker):
            return adapters.open_linker(settings.linker, threshold=settings.threshold, trust=settings.trust)
        choice = [NONE, DEFAULT, *adapters.names()]
        raise NotFoundError(
            f"no linker {settings.linker!r}; there are: {', '.join(choice)}",
            suggestions=nearest(settings.linker, choice),
        )
    names = linking_dictionaries(settings, dictionaries)
    if not names:
        return None
    linker = DictionaryLinker(names, threshold=settings.threshold)
    return PreferringLinker(linker, names, settings.prefer) if settings.prefer else linker


def linking_dictionaries(settings: LinkSettings, dictionaries: Sequence[str] | None = None) -> tuple[str | Path, ...]:
    """Return the dictionaries that mentions are linked with: all shipped ones where not given.

    Where genes are among them, the genes of the other species that the settings name are too.

    Raises:
        NotFoundError: there are no genes of a species.
    """
    names = list(resources.dictionaries() if dictionaries is None else dictionaries)
    if "gene" not in names:
        return tuple(names)
    species = resources.gene_dictionaries()
    wanted = list(species) if settings.genes == "all" else [name for name in settings.genes if name != HUMAN]
    for name in wanted:
        if name not in species:
            there = (HUMAN, *species)
            raise NotFoundError(
                f"no genes of {name!r}; there are those of {', '.join(there)}, or all", suggestions=nearest(name, there)
            )
    return (*names, *(species[name] for name in wanted))
