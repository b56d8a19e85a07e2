"""Fetching files over http(s) and ftp: resumed where they broke off, tried again, checked by their digest.

What is fetched lies beside its place under the ending `.fetching` until it is whole and right.
"""

import ftplib
import hashlib
import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Literal
from urllib.parse import unquote, urlsplit

import httpx
from lxml import html

from bioweft.atomic import place
from bioweft.errors import FetchError
from bioweft.sources.transport import (
    ATTEMPTS,
    SILENCE,
    Client,
    LongAnswerError,
    PassingError,
    again,
    check,
    cut,
    shown,
    time_limit,
)

SCHEMES = ("http", "https", "ftp")

Digest = tuple[Literal["sha256", "md5"], str]

_BLOCK = 1024 * 1024

PATIENCE = 60.0
SLOWEST = 1024
"""A file must come at so many bytes a second over so many seconds."""

SMALL_SECONDS, SMALL_BYTES = 300.0, 16 * 1024 * 1024
"""The longest time and largest size of a list of files, or of a file that holds a digest."""

_TOTAL = re.compile(r"bytes (?:\*|(\d+)-\d+)/(\d+|\*)")


class Downloads:
    """A context within which files are fetched; connections over http(s) stay open in it."""

    def __init__(self) -> None:
        # Files as they are stored: digests are of those bytes.
        self._http = Client(**{"Accept-Encoding": "identity"})

    def __enter__(self) -> "Downloads":
        return self

    def __exit__(self, *_: object) -> None:
        self._http.__exit__()

    def fetch(self, url: str, target: Path, *, digest: Digest | None = None) -> None:
        """Bring the file at `url` to `target`, in place of what is there.

        Raises:
            FetchError: it could not be had in several attempts, or its digest is wrong twice.
        """
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f"{target.name}.fetching")
        for _ in range(2):
            with _giving_up(url):
                self._fill(url, partial)
            _origin(partial).unlink(missing_ok=True)
            if digest is None or digest_of(partial, digest[0]) == digest[1].lower():
                place(partial, target)
                return
            partial.unlink()
        raise FetchError(
            f"{shown(url)} was fetched twice and its {digest and digest[0]} is wrong both times: the remote file is "
            "damaged, or is being changed; try again later"
        )

    def text(self, url: str) -> str:
        """Return a small remote file, such as one that holds a digest.

        Raises:
            FetchError: it could not be had in several attempts.
        """
        with _giving_up(url):
            return self._small(url).decode("utf-8", "replace")

    def listing(self, url: str) -> dict[str, str]:
        """Return the names in a remote folder, each with what tells whether the file has changed, or nothing.

        That is what an http server prints behind the name (date and size), or time and size by ftp.

        Raises:
            FetchError: it could not be had in several attempts.
        """
        url = url.rstrip("/") + "/"
        with _giving_up(url):
            if urlsplit(url).scheme == "ftp":
                return _ftp_listing(url)
            page = html.fromstring(self._small(url) or b"<html/>")
            anchors = ((anchor.get("href"), anchor.tail) for anchor in page.iter("a"))
            return {_name(href): " ".join((tail or "").split()) for href, tail in anchors if href and _name(href)}

    def _fill(self, url: str, partial: Path) -> None:
        """Fetch what is missing of a file; as long as it grows, and not too slowly, no attempt is one too many."""
        once = _fill_by_ftp if urlsplit(url).scheme == "ftp" else self._fill_by_http
        longest, began = _size(partial), time.monotonic()
        while True:
            try:
                once(url, partial)
                return
            except PassingError:
                seconds = time.monotonic() - began
                if _size(partial) <= longest + min(seconds, PATIENCE) * SLOWEST:
                    raise
                longest, began = _size(partial), time.monotonic()

    @again
    def _fill_by_http(self, url: str, partial: Path) -> None:
        have, origin = _size(partial), _origin(partial)
        headers = {}
        if have:
            headers["Range"] = f"bytes={have}-"
            if origin.exists():
                headers["If-Range"] = origin.read_text()
        with self._http.stream("GET", url, seconds=PATIENCE, headers=headers, follow_redirects=True) as (answer, grant):
            span = _TOTAL.match(answer.headers.get("Content-Range", ""))
            if have and answer.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
                if span is None or span[2] in ("*", str(have)):
                    return  # nothing is missing
                partial.unlink()
                raise PassingError(f"{have:,} bytes were fetched of a file of {span[2]}")
            check(answer)
            going_on = answer.status_code == httpx.codes.PARTIAL_CONTENT
            if going_on and span is not None and span[1] != str(have):
                partial.unlink()
                raise PassingError("the server goes on at another byte than asked for")
            if not going_on:
                _remember_origin(origin, answer)
            with partial.open("ab" if going_on else "wb") as file:
                grow = _speed_check(grant, file.write)
                for block in answer.iter_raw():
                    grow(block)

    @again
    def _small(self, url: str) -> bytes:
        if urlsplit(url).scheme == "ftp":
            blocks = bytearray()
            with _ftp(url, seconds=SMALL_SECONDS) as (ftp, _):
                ftp.retrbinary(f"RETR {_path(url)}", lambda block: _append(blocks, block))
            return bytes(blocks)
        answer, body = self._http.ask("GET", url, seconds=SMALL_SECONDS, most_bytes=SMALL_BYTES, follow_redirects=True)
        check(answer)
        return body


def _append(blocks: bytearray, block: bytes) -> None:
    """Add to a small file.

    Raises:
        LongAnswerError: it is none.
    """
    blocks += block
    if len(blocks) > SMALL_BYTES:
        raise LongAnswerError(f"the answer is larger than {SMALL_BYTES:,} bytes")


def _speed_check(grant: Callable[[], None], write: Callable[[bytes], object]) -> Callable[[bytes], None]:
    """Return a function that writes a block, and grants more time whenever enough bytes have come."""
    waiting = 0

    def grow(block: bytes) -> None:
        nonlocal waiting
        write(block)
        waiting += len(block)
        if waiting >= SLOWEST * PATIENCE:
            waiting = 0
            grant()

    return grow


def digest_of(path: Path, algorithm: str) -> str:
    """Return the digest of a file, in lower-case hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, algorithm).hexdigest()


@contextmanager
def _giving_up(url: str) -> Iterator[None]:
    try:
        yield
    except PassingError as error:
        raise FetchError(f"{shown(url)}: {ATTEMPTS} attempts failed (last error: {error})") from error


def _name(href: str) -> str:
    """Return the name of the file or folder that a link leads to."""
    return PurePosixPath(unquote(urlsplit(href).path)).name


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


def _origin(partial: Path) -> Path:
    """Return where it is kept which form of a file a part is of."""
    return partial.with_name(f"{partial.name}.origin")


def _remember_origin(origin: Path, answer: httpx.Response) -> None:
    """Keep what lets a server say later whether the file is still the same (RFC 9110, section 13.1.5)."""
    tag = answer.headers.get("ETag", "W/")
    validator = answer.headers.get("Last-Modified", "") if tag.startswith("W/") else tag
    if validator:
        origin.write_text(validator)
    else:
        origin.unlink(missing_ok=True)


class _Ftp(ftplib.FTP):
    """A connection by ftp that can be ended from another thread, and whose lists are limited in size."""

    data: socket.socket | None = None

    def ntransfercmd(self, cmd: str, rest: int | str | None = None) -> tuple[socket.socket, int | None]:
        self.data, size = super().ntransfercmd(cmd, rest)
        return self.data, size

    def retrlines(self, cmd: str, callback: Callable[[str], object] | None = None) -> str:
        lines = bytearray()

        def take(line: str) -> None:
            _append(lines, line.encode("utf-8", "replace"))
            if callback is not None:
                callback(line)

        return super().retrlines(cmd, take)

    def cut(self) -> None:
        cut(self.sock)
        cut(self.data)


@contextmanager
def _ftp(url: str, *, seconds: float) -> Iterator[tuple[_Ftp, Callable[[], None]]]:
    """Give a connection to the server of `url`, its faults told apart as those of http are.

    With it comes a function that grants `seconds` from now on.
    """
    address = urlsplit(url)
    try:
        with _Ftp(timeout=SILENCE) as ftp, time_limit(seconds, ftp.cut) as grant:
            ftp.connect(address.hostname or "", address.port or ftplib.FTP_PORT)
            ftp.login(unquote(address.username or "anonymous"), unquote(address.password or "bioweft@"))
            ftp.voidcmd("TYPE I")
            yield ftp, grant
    except ftplib.error_perm as error:
        raise FetchError(f"{shown(url)}: the server answers {error}; check the address") from error
    except (OSError, EOFError, ftplib.Error) as error:
        raise PassingError(f"the connection failed: {error or type(error).__name__}") from error


def _path(url: str) -> str:
    return unquote(urlsplit(url).path)


@again
def _fill_by_ftp(url: str, partial: Path) -> None:
    with _ftp(url, seconds=PATIENCE) as (ftp, grant):
        size = ftp.size(_path(url))
        have = _size(partial)
        if size is not None and have > size:
            partial.unlink()
            have = 0
        if have and have == size:
            return
        with partial.open("ab" if have else "wb") as file:
            ftp.retrbinary(f"RETR {_path(url)}", _speed_check(grant, file.write), _BLOCK, rest=have or None)
    if size is not None and _size(partial) != size:
        raise PassingError(f"{_size(partial):,} of {size:,} bytes came")


@again
def _ftp_listing(url: str) -> dict[str, str]:
    with _ftp(url, seconds=SMALL_SECONDS) as (ftp, _):
        ftp.cwd(_path(url))
        try:
            entries = list(ftp.mlsd(facts=["modify", "size"]))
        except ftplib.error_perm:  # an old server
            return {PurePosixPath(name).name: "" for name in ftp.nlst()}
    return {name: f"{facts.get('modify', '')} {facts.get('size', '')}".strip() for name, facts in entries}
