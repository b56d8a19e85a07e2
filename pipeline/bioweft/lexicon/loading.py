"""One way to any dictionary: a shipped name, a built file, a user's table or list of terms."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from bioweft import resources
from bioweft.errors import DictionaryError
from bioweft.lexicon import dictionary, user

SUFFIXES = (".parquet", ".tsv", ".txt")


def path_of(name: str | Path) -> Path:
    """Return the file of a dictionary: `name` as a file where it looks like one, else the shipped one of that name.

    Raises:
        DictionaryError: there is no such file.
        NotFoundError: there is no shipped dictionary of that name.
    """
    path = Path(name)
    if path.suffix not in SUFFIXES:
        if path.exists():
            raise DictionaryError(f"{path} is not a dictionary file; its name should end in {', '.join(SUFFIXES)}")
        return resources.dictionary(str(name))
    if not path.is_file():
        raise DictionaryError(
            f"no dictionary file {path}; shipped ones go by name: {', '.join(resources.dictionaries())}"
        )
    return path


def load(name: str | Path, *, type: str | None = None) -> pa.Table:
    """Return a dictionary as a table of `bioweft.lexicon.dictionary.SCHEMA`.

    `name` is a shipped dictionary (`disease`) or a file: `.parquet` as built, `.tsv` (CURIE, name, synonyms) or `.txt`
    (a term a line). The concepts of a `.tsv` or `.txt` are of `type`, the file's name without suffix where not given.

    Raises:
        DictionaryError: the file is missing or malformed.
        NotFoundError: there is no shipped dictionary of that name.
    """
    path = path_of(name)
    if path.suffix == ".parquet":
        return dictionary.read_table(path)
    return dictionary.table(user.read(path, type=type))


def load_in_pieces(name: str | Path, columns: Sequence[str]) -> Iterator[pa.Table]:
    """Yield columns of a dictionary, a small part of its concepts at once; `name` and errors are as `load` has them."""
    path = path_of(name)
    if path.suffix == ".parquet":
        yield from dictionary.read_in_pieces(path, columns)
    else:
        yield load(name).select(columns)
