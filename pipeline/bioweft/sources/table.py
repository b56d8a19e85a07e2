"""Tables: CSV, TSV and JSON lines, a document a row, with named columns.

A row that cannot be read costs only itself, even where an unclosed quotation mark swallows the rows behind it. In TSV a
quotation mark counts only where the row makes sense with it: PubMed's tools write none.
"""

import csv
import json
import math
import re
from array import array
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, ClassVar, Literal

from bioweft.errors import InputError, did_you_mean, nearest
from bioweft.records import Document, Passage, Record, Reject
from bioweft.sources import markup
from bioweft.sources.base import Input
from bioweft.sources.files import BREAKS, format_suffix, inputs_of, not_utf8, open_binary
from bioweft.sources.fitting import fitting
from bioweft.sources.stored import FileSource
from bioweft.sources.text import paragraphs

MOST_BYTES = 16 * 1024 * 1024
"""A line above this size is refused."""

csv.field_size_limit(MOST_BYTES)

_DELIMITERS = {".csv": ",", ".tsv": "\t", ".tab": "\t"}
_JSON = (".jsonl", ".ndjson")
_COLUMNS = (
    "id",
    "title",
    "abstract",
    "text",
    "year",
    "journal",
    "doi",
    "pmid",
    "pmcid",
    "authors",
    "language",
    "licence",
)
_CURIE = re.compile(r"[A-Za-z][\w.-]*:(?!//)\S")
_PREFIXES = ("pmid", "pmcid", "doi", "cord")
_PMID = re.compile(r"(?:pmid:?\s*)?0*([1-9]\d*)(?:\.0+)?", re.IGNORECASE)
_PMCID = re.compile(r"(?:pmcid:?\s*)?(?:PMC)?0*([1-9]\d*)(?:\.0+)?", re.IGNORECASE)
_YEAR = re.compile(r"(?<!\d)\d{4}(?=\D|$|\d{4}(?!\d))")
"""A year alone or at the beginning of a date, `2020-03-01` or `20200301`; not a part of another number."""

_MISSING = frozenset({"nan", "na", "n/a", "#n/a", "<na>", "null", "none", "nil", "nat"})
"""What programs write for a value that is missing, lower case; as a whole value, it is no text."""

_OTHER_DELIMITERS = (";", "\t", "|")
_QUOTED = re.compile(r'"((?:[^"]|"")*)"')

Row = tuple[str, dict[str, Any] | Reject]
"""Where a row begins (`line 3`), and its fields by column or why it has none."""


class TableSource(FileSource):
    """A CSV, TSV or JSON-lines file, a folder of them or a pattern; plain, gzip or xz.

    The settings name the columns. One of `title`, `abstract` and `text` must be there, and every column that the
    settings name; `text` is for longer texts, of which each paragraph is a passage. HTML in them is undone: tags and
    entities go, a heading in an abstract becomes the label of its section. `NaN`, `NA`, `null` and their like are no
    value. Authors have a semicolon or bar between. A CSV file may have semicolons, tabs or bars in place of commas.

    An id that is no CURIE becomes `table:<id>`, or `pmid:<id>` where its column is called `pmid` (`pmcid`, `doi` and
    `cord` likewise); a row without an id has its PMID, and without that becomes `table:<file>#<line>`. A PMID is one
    however it is written: `12`, `012`, `PMID:12` and `12.0`, as programs write a column with gaps. A row with the id of
    an earlier one replaces it, and is reported.
    """

    kind: Literal["table"] = "table"
    id: str = "id"
    title: str = "title"
    abstract: str = "abstract"
    text: str = "text"
    year: str = "year"
    journal: str = "journal"
    doi: str = "doi"
    pmid: str = "pmid"
    pmcid: str = "pmcid"
    authors: str = "authors"
    language: str = "language"
    licence: str = "licence"

    version: ClassVar[int] = 4
    suffixes: ClassVar[tuple[str, ...]] = (*_JSON, *_DELIMITERS)
    reading: ClassVar[tuple[str, ...]] = _COLUMNS

    def inputs(self, folder: Path) -> list[Input]:
        """List the files by name."""
        return inputs_of(self.files(folder))

    def read(self, item: Input) -> Iterator[Record]:
        """Yield a document a row; a row that cannot be read is a reject.

        Raises:
            InputError: the table has no column for text, lacks one that the settings name, or has one of them twice.
        """
        try:
            with open_binary(item.path) as stream:
                lines = _Lines(stream)
                delimiter = _delimiter(item.path, lines)
                checked = delimiter is None
                ids = _Ids()
                for position, row in _rows(lines, item.path, delimiter):
                    if isinstance(row, Reject):
                        yield row
                        continue
                    if not checked:
                        self._check(list(row), item.path)
                        checked = True
                    try:
                        document = fitting(self._document(row, f"{item.name}#{position.removeprefix('line ')}"))
                        if not ids.add(document.id):
                            reason = f"{document.id} is also the id of an earlier row, which this one replaces"
                            yield Reject(str(item.path), position, reason)
                        yield document
                    except ValueError as error:
                        yield Reject(str(item.path), position, str(error))
        except OSError as error:
            yield Reject(str(item.path), "file", f"cannot be opened: {error}")

    def _check(self, columns: Sequence[str], path: Path) -> None:
        set_columns = {getattr(self, column) for column in self.model_fields_set & set(_COLUMNS)}
        texts = [self.title, self.abstract, self.text]
        missing = sorted(set_columns - set(columns)) or ([] if set(texts) & set(columns) else [self.abstract])
        if missing:
            raise InputError(
                f"{path} has no column {missing[0]!r}{did_you_mean(nearest(missing[0], columns))}; it has "
                f'{", ".join(columns)}: name the columns, such as `abstract = "…"` in a '
                "workflow or `--column abstract=…` of bioweft tag"
            )

        twice = sorted(name for name in {getattr(self, column) for column in _COLUMNS} if f"{name}.1" in columns)
        if twice and columns.count(twice[0]) == 1:
            raise InputError(f"{path} has two columns {twice[0]!r}; rename one of them")

    def _document(self, row: Mapping[str, Any], place: str) -> Document:
        if not {self.title, self.abstract, self.text} & set(row):
            wanted = f"no field {self.title!r}, {self.abstract!r} or {self.text!r}"
            raise ValueError(f"{wanted}; there are {', '.join(map(repr, row)) or 'none'}")
        values = {column: _string(row, getattr(self, column)) for column in _COLUMNS if column != "authors"}
        passages = [Passage("title", markup.plain(values["title"]))] if self.title in row else []
        if values["abstract"] or (self.abstract in row and not passages):
            parts = markup.sections(values["abstract"]) or [(None, "")]
            passages += [Passage("abstract", text, label) for label, text in parts]
        if values["text"] or not passages:
            text = markup.plain(values["text"], block="\n\n")
            passages += [Passage("paragraph", paragraph) for paragraph in paragraphs(text)]
        year = _YEAR.search(values["year"])
        return Document(
            id=self._id(values, place),
            passages=tuple(passages),
            year=int(year[0]) or None if year else None,
            journal=values["journal"] or None,
            doi=values["doi"] or None,
            pmid=pmid[1] if (pmid := _PMID.fullmatch(values["pmid"])) else None,
            pmcid=f"PMC{pmcid[1]}" if (pmcid := _PMCID.fullmatch(values["pmcid"])) else None,
            authors=_authors(row.get(self.authors)),
            language=values["language"] or None,
            licence=values["licence"] or None,
        )

    def _id(self, values: Mapping[str, str], place: str) -> str:
        """Return the id of a row: its own, else its PMID, else its place in the file."""
        if values["id"]:
            return self._curie(values["id"])
        pmid = _PMID.fullmatch(values["pmid"])
        return f"pmid:{pmid[1]}" if pmid else self._curie(place)

    def _curie(self, identifier: str) -> str:
        column = self.id.lower()
        for prefix, pattern, start in (("pmid", _PMID, ""), ("pmcid", _PMCID, "PMC")):
            is_of_column = column == prefix or identifier.lower().startswith(f"{prefix}:")
            if is_of_column and (match := pattern.fullmatch(identifier)):
                return f"{prefix}:{start}{match[1]}"
        if _CURIE.match(identifier):
            return identifier
        return f"{column if column in _PREFIXES else 'table'}:{identifier}"


def _authors(value: object) -> tuple[str, ...]:
    """Return the authors of a cell, or of a list in JSON; what is neither text nor a list of texts names none."""
    names = re.split(r"[;|]", value) if isinstance(value, str) else value if isinstance(value, list) else []
    authors = (name.strip() for name in names if isinstance(name, str))
    return tuple(author for author in authors if author and author.lower() not in _MISSING)


class _Ids:
    """A set of ids that takes some 20 bytes each: a table may have millions. Linear probing in an array of hashes."""

    def __init__(self) -> None:
        self._slots = array("q", bytes(8 * 1024))
        self._count = 0

    def add(self, identifier: str) -> bool:
        """Take an id in; return whether it is new."""
        if self._count * 3 > len(self._slots) * 2:
            hashes, self._slots = self._slots, array("q", bytes(2 * self._slots.itemsize * len(self._slots)))
            for value in filter(None, hashes):
                self._slots[self._place(value)] = value
        value = hash(identifier) or 1
        place = self._place(value)
        if self._slots[place]:
            return False
        self._slots[place] = value
        self._count += 1
        return True

    def _place(self, value: int) -> int:
        """Return where a hash is, or the empty slot where it would be."""
        place = value % len(self._slots)
        while self._slots[place] not in (0, value):
            place = (place + 1) % len(self._slots)
        return place


def rows(stream: IO[bytes], path: Path, *, delimiter: str | None) -> Iterator[Row]:
    """Yield the rows of a table with a header, or of JSON lines where there is no delimiter; UTF-8 either way.

    What cannot be read is a reject: a line that is no UTF-8, is no JSON object or has another number of fields than the
    header, and the end of a stream that breaks off.
    """
    return _rows(_Lines(stream), path, delimiter)


def _rows(lines: "_Lines", path: Path, delimiter: str | None) -> Iterator[Row]:
    for number, row in _delimited(lines, delimiter) if delimiter else _json_lines(lines):
        position = f"line {number}"
        yield position, Reject(str(path), position, row) if isinstance(row, str) else row
    if lines.fault:
        position = f"after line {lines.number}"
        yield position, Reject(str(path), position, f"the file breaks off: {lines.fault}")


def _string(row: Mapping[str, Any], column: str) -> str:
    """Return a field as text, nothing where its value is missing.

    Raises:
        ValueError: it is no text and no number, or holds half of a character.
    """
    match row.get(column):
        case None:
            return ""
        case str(value):
            value.encode()  # JSON may escape half of a surrogate pair, which nothing can write
            value = value.strip()
            return "" if value.lower() in _MISSING else value
        case float(value) if not math.isfinite(value):  # NaN and Infinity, as Python writes what is no number
            return ""
        case bool():
            raise ValueError(f"{column!r} holds true or false, not text")
        case int() | float() as value:
            return str(value)
        case value:
            raise ValueError(f"{column!r} holds a {type(value).__name__}, not text")


def _delimiter(path: Path, lines: "_Lines") -> str | None:
    """Return what parts the fields, by the name of the file or else by its first line; None for JSON lines."""
    suffix = format_suffix(path)
    first = lines.peek()
    if suffix in _DELIMITERS:
        usual = _DELIMITERS[suffix]
        others = [other for other in _OTHER_DELIMITERS if other in first]
        return others[0] if others and usual not in first else usual
    if suffix in _JSON or first.lstrip().startswith("{"):
        return None
    return "\t" if "\t" in first else ","


class _Lines(Iterator[str]):
    """The lines of a stream, numbered, some of which may be given back to be read once more.

    Bytes that are no UTF-8 come as lone surrogates, to be found out by who takes the line. `fault` says why the stream
    broke off.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._back: deque[str] = deque()
        self._taken: list[str] = []
        self.number = 0
        self.fault = ""

    def __next__(self) -> str:
        line = self._back.popleft() if self._back else self._read()
        if not line:
            raise StopIteration
        self.number += 1
        self._taken.append(line)
        return line

    def _read(self) -> str:
        try:
            line = self._stream.readline(MOST_BYTES)
        except BREAKS as error:
            self.fault = str(error)
            return ""
        return line.decode("utf-8-sig" if not self.number else "utf-8", "surrogateescape")

    def peek(self) -> str:
        """Return the next line without taking it."""
        if not self._back:
            self._back.append(self._read())
        return self._back[0]

    @property
    def first(self) -> str:
        """The first line of the row."""
        return self._taken[0] if self._taken else ""

    def rows_of(self, width: int) -> bool:
        """Say whether the row spans several lines of which each alone has `width` fields parted by tabs."""
        return len(self._taken) > 1 and all(line.count("\t") == width - 1 for line in self._taken)

    def mark(self) -> None:
        """Say that a row begins with the next line."""
        self._taken.clear()

    def give_back(self) -> None:
        """Give back every line of the row but its first."""
        again = self._taken[1:]
        self._back.extendleft(reversed(again))
        self.number -= len(again)


_Numbered = tuple[int, dict[str, Any] | str]
"""The number of the line on which a row begins, and its fields or why it has none."""


def _json_lines(lines: _Lines) -> Iterator[_Numbered]:
    for line in lines:
        lines.mark()
        if line.strip():
            try:
                row = json.loads(line.encode("utf-8", "surrogateescape"))
            except UnicodeDecodeError as error:
                yield lines.number, not_utf8(error)
                continue
            except (ValueError, RecursionError) as error:
                yield lines.number, f"not JSON: {error}"
                continue
            yield lines.number, row if isinstance(row, dict) else f"a JSON {type(row).__name__}, not an object"


def _delimited(lines: _Lines, delimiter: str) -> Iterator[_Numbered]:
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    header: list[str] | None = None
    while True:
        lines.mark()
        number = lines.number + 1
        fault, fields = "", []
        try:
            fields = next(reader)
            "".join(fields).encode()
        except StopIteration:
            if header is None and not lines.fault:
                yield 1, "the file is empty"
            return
        except UnicodeEncodeError:
            fault = "not UTF-8"
        except csv.Error as error:
            fault = f"not readable: {error}"
        if header and fields and len(fields) != len(header):
            fault = fault or f"{len(fields)} fields where the header has {len(header)}"
        if delimiter == "\t" and header and (fault or lines.rows_of(len(header))):
            without_quoting = _unquoted(lines.first, len(header))
            fault, fields = ("", without_quoting) if without_quoting else (fault, fields)
            lines.give_back()
        elif fault:
            # An unclosed quotation mark may have swallowed the rows behind it: read those again.
            lines.give_back()
        if fault:
            yield number, fault
            if header is None:
                return
        elif fields and header is None:
            header = _told_apart([name.strip() for name in fields])
        elif fields and header:
            yield number, dict(zip(header, fields, strict=True))


def _unquoted(line: str, width: int) -> list[str]:
    """Return the fields of a line of TSV in which quotation marks part nothing; none where they are not `width`."""
    fields = line.rstrip("\r\n").split("\t")
    try:
        line.encode()
    except UnicodeEncodeError:
        return []
    if len(fields) != width:
        return []
    return [quoted[1].replace('""', '"') if (quoted := _QUOTED.fullmatch(field)) else field for field in fields]


def _told_apart(header: list[str]) -> list[str]:
    """Return the names of columns, those that are there again with a number: `abstract`, `abstract.1`."""
    seen: Counter[str] = Counter()
    names = []
    for name in header:
        names.append(f"{name}.{seen[name]}" if seen[name] else name)
        seen[name] += 1
    return names
