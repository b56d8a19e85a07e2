"""Plain text: each file is a document, whose text is the file's to the character."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, Literal

from bioweft.records import Document, Passage, Record, Reject
from bioweft.sources.base import Input
from bioweft.sources.files import BREAKS, not_utf8, open_binary, relative_inputs
from bioweft.sources.fitting import fitting
from bioweft.sources.stored import FileSource

MOST_BYTES = 256 * 1024 * 1024
"""A file above this size, unpacked, is refused."""

MOST_TITLE = 300
"""A first line above this length, in characters, is no title."""

_BREAK = re.compile(r"\S[^\S\n]*(\n)(?=[^\S\n]*\n)")
"""The end of a line that is not blank, before a blank one."""


class TextSource(FileSource):
    r"""A text file, a folder of them (`.txt`, walked whole) or a pattern; UTF-8; plain, gzip or xz.

    The id is `file:` and the path below the folder. `Document.text` is the text of the file, line ends and all (but a
    byte order mark; a control character, such as the form feed between pages, is a blank), so offsets are the file's.
    Passages are parted by blank lines, which begin the later passage; the
    first is the title where it is a single line that is not too long.
    """

    kind: Literal["text"] = "text"

    version: ClassVar[int] = 2
    is_deep: ClassVar[bool] = True
    suffixes: ClassVar[tuple[str, ...]] = (".txt",)
    many_inputs: ClassVar[bool] = True

    def inputs(self, folder: Path) -> list[Input]:
        """List the files by their path below the folder, or below the part of the pattern that is no pattern."""
        return relative_inputs(self.files(folder), self.place(folder))

    def read(self, item: Input) -> Iterator[Record]:
        """Yield the one document of the file."""
        try:
            with open_binary(item.path) as stream:
                content = stream.read(MOST_BYTES + 1)
            if len(content) > MOST_BYTES:
                raise ValueError(f"above {MOST_BYTES:,} bytes")
            yield fitting(Document(id=f"file:{item.name}", passages=passages(content.decode("utf-8-sig"))))
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            yield Reject(str(item.path), f"line {line}, byte {error.start}", not_utf8(error))
        except (*BREAKS, ValueError) as error:
            yield Reject(str(item.path), "file", f"not readable: {error}")


def passages(text: str) -> tuple[Passage, ...]:
    """Return the passages of a plain text; joined by one newline each they are the text again."""
    first, *rest = paragraphs(text)
    is_title = any(map(str.strip, rest)) and "\n" not in first and len(first) <= MOST_TITLE
    return (Passage("title" if is_title else "paragraph", first), *(Passage("paragraph", other) for other in rest))


def paragraphs(text: str) -> list[str]:
    """Part a text before its blank lines; the pieces joined by one newline each are the text again."""
    ends = [end.start(1) for end in _BREAK.finditer(text)]
    return [text[start:end] for start, end in zip([0, *(end + 1 for end in ends)], [*ends, None], strict=True)]
