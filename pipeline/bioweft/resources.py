"""Where the shipped dictionaries, models and workflows are, installed or in a checkout. No other module knows."""

from functools import cache
from pathlib import Path

from bioweft.errors import NotFoundError, nearest

DEFAULT_MODEL = "huner6"
"""The shipped model that tags where none is named."""

_PACKAGE = Path(__file__).resolve().parent


@cache
def _root() -> Path:
    shipped = _PACKAGE / "_shipped"
    return shipped if shipped.is_dir() else _PACKAGE.parents[1]


def dictionaries() -> dict[str, Path]:
    """Return the shipped dictionaries that texts are searched with, by name."""
    return {path.stem: path for path in sorted((_root() / "dictionaries").glob("*.parquet"))}


def gene_dictionaries() -> dict[str, Path]:
    """Return the shipped dictionaries of genes of other species than people's, by species: `mouse`, `rat`, `fly`."""
    return {path.stem: path for path in sorted((_root() / "dictionaries" / "genes").glob("*.parquet"))}


def models() -> dict[str, Path]:
    """Return the folders of the shipped models by name."""
    return {path.parent.name: path.parent for path in sorted((_root() / "models").glob("*/model.json"))}


def parser() -> Path:
    """Return the folder of the shipped dependency parser, a pipeline of spaCy."""
    return _root() / "models" / "parser"


def relation_model() -> Path:
    """Return the folder of the shipped relation model."""
    return _root() / "models" / "relations"


def workflows() -> dict[str, Path]:
    """Return the shipped workflow files by name."""
    return {path.stem: path for path in sorted((_root() / "workflows").glob("*.toml"))}


def dictionary(name: str) -> Path:
    """Return the file of the shipped dictionary `name`.

    Raises:
        NotFoundError: there is none of that name.
    """
    return _one(name, dictionaries(), "dictionary")


def workflow(name: str) -> Path:
    """Return the file of the shipped workflow `name`.

    Raises:
        NotFoundError: there is none of that name.
    """
    return _one(name, workflows(), "workflow")


def background() -> Path:
    """Return the shipped counts of concepts in real PubMed files, against which specificity is measured."""
    return _root() / "dictionaries" / "background" / "pubmed.parquet"


def _one(name: str, paths: dict[str, Path], what: str) -> Path:
    if name not in paths:
        raise NotFoundError(
            f"no shipped {what} {name!r}; there are: {', '.join(paths) or 'none'}", suggestions=nearest(name, paths)
        )
    return paths[name]
