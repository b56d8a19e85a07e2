"""Builds the shipped dictionaries from a folder of terminologies; the same folder gives the same bytes."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bioweft.errors import NotFoundError, nearest
from bioweft.lexicon import dictionary
from bioweft.lexicon.types import cell_line, cell_type, chemical, covid19, disease, gene, species
from bioweft.records import Concept

BUILDERS: dict[str, Callable[[Path], list[Concept]]] = {
    module.NAME: module.build for module in (disease, chemical, gene, species, cell_line, cell_type, covid19)
}


@dataclass(frozen=True, slots=True)
class Built:
    """A dictionary that was written."""

    name: str
    path: Path
    concepts: int
    terms: int
    size: int


def build(names: Sequence[str], *, terminologies: Path, output: Path) -> Iterator[Built]:
    """Build the named dictionaries (all where none is named) into the folder `output`, yielding each."""
    for name in names:
        if name not in BUILDERS:
            raise NotFoundError(
                f"no dictionary {name!r} to build; there are: {', '.join(BUILDERS)}",
                suggestions=nearest(name, BUILDERS),
            )
    output.mkdir(parents=True, exist_ok=True)
    for name in names or BUILDERS:
        concepts = [concept for concept in BUILDERS[name](terminologies) if concept.terms]
        path = output / f"{name}.parquet"
        dictionary.write(path, concepts)
        yield Built(name, path, len(concepts), sum(len(concept.terms) for concept in concepts), path.stat().st_size)
