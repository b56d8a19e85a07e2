"""XML that declares another encoding than UTF-8, as a stream of UTF-8, for a reader that cuts bytes."""

import codecs
import re
from typing import IO, Protocol

_HEAD = 256
_DECLARED = re.compile(rb"""\A(?:\xef\xbb\xbf)?\s*<\?xml[^>]*\bencoding\s*=\s*["']([A-Za-z][\w.-]*)["']""")


class Readable(Protocol):
    """A stream of bytes."""

    def read(self, size: int, /) -> bytes:
        """Return the next bytes, none at the end."""


def recoded(stream: IO[bytes]) -> Readable:
    """Return a stream of UTF-8; one that declares nothing else, or what Python does not know, as it is.

    Bytes that the declared encoding does not have stay as they are, to be found out by who decodes them.
    """
    reader = _Reader(stream)
    declared = _DECLARED.match(reader.head)
    try:
        name = codecs.lookup(declared[1].decode("ascii")).name if declared else "utf-8"
    except LookupError:
        name = "utf-8"
    return reader if name in ("utf-8", "ascii") else _Recoded(reader, name)


class _Reader:
    """A stream that has been looked into; it gives what can be decompressed before a fault."""

    def __init__(self, stream: IO[bytes]) -> None:
        # read1 gives what could be decompressed before a fault; read would lose it.
        self._read = getattr(stream, "read1", stream.read)
        self._fault: Exception | None = None
        self.head = b""
        try:
            self.head = self._read(_HEAD)
        except Exception as error:  # it is raised again where the bytes are wanted
            self._fault = error

    def read(self, size: int, /) -> bytes:
        if self.head:
            head, self.head = self.head, b""
            return head
        if self._fault:
            raise self._fault
        block: bytes = self._read(size)
        return block


class _Recoded:
    """A stream in UTF-8 of the text that a reader has in another encoding."""

    def __init__(self, reader: _Reader, encoding: str) -> None:
        self._reader = reader
        self._decoder = codecs.getincrementaldecoder(encoding)("surrogateescape")

    def read(self, size: int, /) -> bytes:
        while block := self._reader.read(size):
            if text := self._decoder.decode(block):
                return text.encode("utf-8", "surrogateescape")
        return self._decoder.decode(b"", final=True).encode("utf-8", "surrogateescape")
