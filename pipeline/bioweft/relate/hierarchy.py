"""Which concepts are wider than others: the tree of MeSH's chemicals and diseases, kept beside the relation network."""

import csv
import gzip
import io
import zlib
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from bioweft.atomic import atomic
from bioweft.errors import InputError

HIERARCHY = "hierarchy.tsv.gz"
"""The file of a model folder: a concept and its parents, joined with `|`, on each line."""


class Hierarchy:
    """The concepts above each concept, from the parents of each."""

    def __init__(self, parents: Mapping[str, Collection[str]]) -> None:
        self.parents = parents
        self._wider: dict[str, frozenset[str]] = {}

    def wider(self, concept: str) -> frozenset[str]:
        """Return all concepts above a concept; of one that is not in the hierarchy, none."""
        if concept not in self._wider:
            above: set[str] = set()
            ahead = list(self.parents.get(concept, ()))
            while ahead:
                parent = ahead.pop()
                if parent not in above:
                    above.add(parent)
                    ahead += self.parents.get(parent, ())
            self._wider[concept] = frozenset(above)
        return self._wider[concept]


def read_hierarchy(folder: Path) -> Hierarchy:
    """Return the hierarchy of a model folder.

    Raises:
        InputError: it has none, or a damaged one.
    """
    path = folder / HIERARCHY
    try:
        lines = gzip.decompress(path.read_bytes()).decode().splitlines()
        rows = list(csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
        parents = {concept: tuple(above.split("|")) for concept, above in rows}
    except FileNotFoundError as error:
        raise InputError(f"the relation model in {folder} has no {HIERARCHY}; train it anew") from error
    except (OSError, EOFError, zlib.error, ValueError) as error:
        raise InputError(f"{path} is damaged ({error}); get it anew, or train the model anew") from error
    if not parents:
        raise InputError(f"{path} is empty; get it anew, or train the model anew")
    return Hierarchy(parents)


def write_hierarchy(folder: Path, hierarchy: Hierarchy) -> None:
    """Write the hierarchy into a model folder: the same bytes for the same hierarchy."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter="\t", quoting=csv.QUOTE_NONE, lineterminator="\n")
    writer.writerows((concept, "|".join(sorted(above))) for concept, above in _rows(hierarchy))
    with atomic(folder / HIERARCHY) as unfinished:
        unfinished.write_bytes(gzip.compress(text.getvalue().encode(), mtime=0))


def _rows(hierarchy: Hierarchy) -> Iterable[tuple[str, Collection[str]]]:
    return ((concept, parents) for concept, parents in sorted(hierarchy.parents.items()) if parents)
