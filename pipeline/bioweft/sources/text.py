"""Plain text: each file is a document, its first line the title where a blank line follows it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from bioweft.records import Document, Passage, Record, Reject
from bioweft.sources.base import Input, Source
from bioweft.sources.files import bare_name, find, open_binary


class TextSource(Source):
    """A text file, a folder of them (walked whole) or a pattern."""

    kind: Literal["text"] = "text"
    path: str

    def inputs(self, folder: Path) -> list[Input]:
        """List the files by their path below the folder."""
        del folder
        return [Input(bare_name(path), path) for path in find(self.path, suffixes=[".txt"], recursive=True)]

    def read(self, item: Input) -> Iterator[Record]:
        """Yield the one document of the file."""
        try:
            with open_binary(item.path) as stream:
                text = stream.read().decode("utf-8-sig")
        except (OSError, EOFError, UnicodeDecodeError) as error:
            yield Reject(str(item.path), "file", str(error))
            return
        yield Document(id=f"file:{item.path.name}", passages=(Passage("paragraph", text),))
