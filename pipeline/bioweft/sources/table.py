"""Tables: CSV, TSV and JSON lines, a document a row, with named columns."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, ClassVar, Literal

from bioweft.errors import InputError, did_you_mean, nearest
from bioweft.records import Document, Passage, Record, Reject
from bioweft.sources.base import Input, Source
from bioweft.sources.files import bare_name, find, open_binary

csv.field_size_limit(64 * 1024 * 1024)

_DELIMITERS = {".csv": ",", ".tsv": "\t", ".tab": "\t"}


class TableSource(Source):
    """A CSV, TSV or JSON-lines file, a folder of them or a pattern.

    `id`, `title`, `abstract`, `year`, `journal` and `doi` name the columns; all but `abstract` may be missing in the
    table. An id that is no CURIE becomes `table:<id>`, a row without one `table:<file>#<row>`.
    """

    kind: Literal["table"] = "table"
    path: str
    id: str = "id"
    title: str = "title"
    abstract: str = "abstract"
    year: str = "year"
    journal: str = "journal"
    doi: str = "doi"

    reading: ClassVar[tuple[str, ...]] = ("id", "title", "abstract", "year", "journal", "doi")

    def inputs(self, folder: Path) -> list[Input]:
        """List the files by name."""
        del folder
        return [Input(bare_name(path), path) for path in find(self.path, suffixes=[".jsonl", ".csv", ".tsv", ".tab"])]

    def read(self, item: Input) -> Iterator[Record]:
        """Yield a document a row; a row that cannot be read is a reject.

        Raises:
            InputError: the table has no column for the text.
        """
        with open_binary(item.path) as stream:
            delimiter = _DELIMITERS.get(_format(item.path))
            checked = False
            for position, row in rows(stream, item.path, delimiter=delimiter):
                if isinstance(row, Reject):
                    yield row
                    continue
                if not checked and delimiter:
                    self._check(list(row), item.path)
                    checked = True
                yield self._record(row, position, item)

    def _check(self, columns: list[str], path: Path) -> None:
        if self.abstract not in columns and self.title not in columns:
            raise InputError(
                f"{path} has no column {self.abstract!r}{did_you_mean(nearest(self.abstract, columns))}; it has "
                f'{", ".join(columns)}: say which holds the text with `abstract = "…"`'
            )

    def _record(self, row: dict[str, Any], position: str, item: Input) -> Document | Reject:
        identifier = _string(row.get(self.id)) or f"{item.name}#{position.rpartition(' ')[2]}"
        title, abstract = _string(row.get(self.title)), _string(row.get(self.abstract))
        if not title and not abstract:
            return Reject(str(item.path), position, f"neither {self.title!r} nor {self.abstract!r} holds text")
        year = _string(row.get(self.year))[:4]
        passages = [Passage("title", title)] if title or self.title in row else []
        if abstract:
            passages.append(Passage("abstract", abstract))
        return Document(
            id=identifier if ":" in identifier else f"table:{identifier}",
            passages=tuple(passages),
            year=int(year) if year.isdecimal() else None,
            journal=_string(row.get(self.journal)) or None,
            doi=_string(row.get(self.doi)) or None,
        )


def _format(path: Path) -> str:
    """Return the ending that names the format: of `a.csv.gz` it is `.csv`."""
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() not in (".gz", ".xz")]
    return suffixes[-1] if suffixes else ""


def _string(value: Any) -> str:
    return "" if value is None else str(value).strip()


Row = tuple[str, dict[str, Any] | Reject]
"""Where a row is, and the row or why there is none."""


def rows(stream: IO[bytes], path: Path, *, delimiter: str | None) -> Iterator[Row]:
    """Yield the rows of a table: JSON lines where there is no delimiter. `path` says in rejects where they are from."""
    lines = _lines(stream, path)
    return _delimited(lines, delimiter, path) if delimiter else _json_lines(lines, path)


def _lines(stream: IO[bytes], path: Path) -> Iterator[tuple[int, str | Reject]]:
    """Yield numbered lines; one that is no UTF-8 is a reject, and so is the end of a file that breaks off."""
    number = 0
    try:
        for number, line in enumerate(stream, start=1):
            try:
                yield number, line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                yield number, Reject(str(path), f"line {number}", f"not UTF-8: {error.reason} at byte {error.start}")
    except (EOFError, OSError) as error:
        yield number + 1, Reject(str(path), f"after line {number}", f"the file breaks off: {error}")


def _json_lines(lines: Iterator[tuple[int, str | Reject]], path: Path) -> Iterator[Row]:
    for number, line in lines:
        position = f"line {number}"
        if isinstance(line, Reject):
            yield position, line
        elif line.strip():
            try:
                row = json.loads(line)
                if not isinstance(row, dict):
                    raise ValueError(f"a {type(row).__name__}, not an object")
                yield position, row
            except ValueError as error:
                yield position, Reject(str(path), position, f"not a JSON object: {error}")


def _delimited(lines: Iterator[tuple[int, str | Reject]], delimiter: str, path: Path) -> Iterator[Row]:
    bad: list[Reject] = []

    def good() -> Iterator[str]:
        for _, line in lines:
            if isinstance(line, Reject):
                bad.append(line)
            else:
                yield line

    reader = csv.DictReader(good(), delimiter=delimiter, strict=True)
    while True:
        position = f"line {reader.line_num + 1}"
        try:
            row = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            yield position, Reject(str(path), position, str(error))
            continue
        if None in row or None in row.values():
            yield (
                position,
                Reject(str(path), position, f"not as many fields as the header ({len(reader.fieldnames or [])})"),
            )
        else:
            yield position, row
    for reject in bad:
        yield reject.position, reject
