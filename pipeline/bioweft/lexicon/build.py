"""Builds dictionary files: the shipped ones from a folder of terminologies, or one from a user's own download.

The same input gives the same bytes.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from bioweft.errors import DictionaryError, NotFoundError, nearest
from bioweft.lexicon import dictionary, obo, user
from bioweft.lexicon.types import (
    cell_line,
    cell_type,
    chemical,
    covid19,
    disease,
    gene,
    gene_species,
    species,
)
from bioweft.records import Concept

_TYPES = (disease, chemical, gene, species, cell_line, cell_type, covid19)

SHIPPED = tuple(module.NAME for module in _TYPES)
"""The shipped dictionaries that texts are searched with."""

GENES = tuple(gene_species.BUILDERS)
"""The shipped dictionaries of genes of other species (`genes/mouse`), which only linking uses."""

BUILDERS: dict[str, Callable[[Path], list[Concept]]] = {
    **{module.NAME: module.build for module in _TYPES},
    **gene_species.BUILDERS,
}
"""The function that makes the concepts of each dictionary from a folder of terminologies."""

SOURCES: dict[str, tuple[str, ...]] = {**{module.NAME: module.SOURCES for module in _TYPES}, **gene_species.SOURCES}
"""The terminologies that each is made of."""


@dataclass(frozen=True, slots=True)
class Built:
    """A dictionary that was written; `size` in bytes. `problems` are lines of its source that were left out."""

    name: str
    path: Path
    concepts: int
    terms: int
    size: int
    problems: tuple[user.Problem, ...] = ()


def build(names: Sequence[str], *, terminologies: Path, output: Path) -> Iterator[Built]:
    """Build the named dictionaries (all where none is named) into the folder `output`, yielding each.

    Raises:
        DictionaryError: a terminology is missing or malformed.
        NotFoundError: there is no dictionary of that name to build.
    """
    for name in names:
        if name not in BUILDERS:
            raise NotFoundError(
                f"no dictionary {name!r} to build; there are: {', '.join(BUILDERS)}",
                suggestions=nearest(name, BUILDERS),
            )
    for name in names or BUILDERS:
        path = output / f"{name}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        yield replace(_write(path, BUILDERS[name](terminologies), sources=", ".join(SOURCES[name])), name=name)


def build_from_file(path: Path, *, type: str, output: Path) -> Built:
    """Build a dictionary of one type from an ontology (`obo.SUFFIXES`), a table (.tsv) or a list of terms (.txt).

    `output` is the file to write, or a folder in which it is called after the type.

    Raises:
        DictionaryError: the file cannot be read as what its suffix says.
    """
    problems: list[user.Problem] = []
    if path.name.endswith(obo.SUFFIXES):
        concepts = obo.read(path, type=type, problems=problems)
    elif path.suffix in (".tsv", ".txt"):
        concepts = user.read(path, type=type)
    else:
        raise DictionaryError(
            f"cannot tell what {path} is; its name should end in {', '.join((*obo.SUFFIXES, '.tsv', '.txt'))}"
        )
    file = output if output.suffix == ".parquet" else output / f"{type}.parquet"
    file.parent.mkdir(parents=True, exist_ok=True)
    return replace(_write(file, concepts, sources=path.name), problems=tuple(problems))


def _write(path: Path, concepts: Sequence[Concept], *, sources: str) -> Built:
    concepts = [concept for concept in concepts if concept.terms]
    digest = sha256()
    for concept in concepts:
        digest.update(repr(concept).encode())
    dictionary.write(path, concepts, metadata={"version": digest.hexdigest()[:8], "sources": sources})
    return Built(path.stem, path, len(concepts), sum(len(c.terms) for c in concepts), path.stat().st_size)
