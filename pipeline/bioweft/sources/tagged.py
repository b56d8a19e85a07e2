"""Files of records whose lines begin with a tag each (`PMID- 123`, `TY  - JOUR`): cut where a record begins.

So a broken record costs only itself. Knows nothing of what the tags mean.
"""

import re
from collections.abc import Callable, Iterator
from typing import IO

from bioweft.records import Document, Record, Reject
from bioweft.sources.base import Input
from bioweft.sources.files import BREAKS, not_utf8, open_binary
from bioweft.sources.fitting import fitting

_BOM = b"\xef\xbb\xbf"


def documents(
    item: Input, *, beginning: re.Pattern[bytes], document: Callable[[list[str], str], Document]
) -> Iterator[Record]:
    """Yield the document of each record of a file; one that cannot be read is a reject.

    `beginning` matches the first line of a record. `document` makes a document of the lines of a record that are not
    blank and a name for it in the file (`refs#12`), or raises ValueError with what is wrong.
    """
    line = 0
    try:
        with open_binary(item.path) as stream:
            for line, lines in _records(stream, beginning):
                try:
                    yield fitting(document([content.decode("utf-8") for content in lines], f"{item.name}#{line}"))
                except UnicodeDecodeError as error:
                    yield Reject(str(item.path), f"line {line}", not_utf8(error))
                except ValueError as error:
                    yield Reject(str(item.path), f"line {line}", str(error))
    except BREAKS as error:
        yield Reject(str(item.path), f"after line {line}", f"not readable: {error}")


def _records(stream: IO[bytes], beginning: re.Pattern[bytes]) -> Iterator[tuple[int, list[bytes]]]:
    """Yield the lines of each record that are not blank, and the number of the first of them."""
    record: list[bytes] = []
    first = 1
    for number, line in enumerate(stream, start=1):
        content = line.removeprefix(_BOM) if number == 1 else line
        if record and beginning.match(content):
            yield first, record
            record = []
        if content.strip():
            first = first if record else number
            record.append(content.rstrip(b"\r\n"))
    if record:
        yield first, record
