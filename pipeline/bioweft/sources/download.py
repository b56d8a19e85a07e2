"""Fetching files over http(s) and ftp: resumed where they broke off, tried again, checked by their digest.

What is fetched lies beside its place under the ending `.fetching` until it is whole and right.
"""

import ftplib
import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Literal
from urllib.parse import unquote, urlsplit

import httpx
from lxml import html

from bioweft.atomic import place
from bioweft.errors import FetchError
from bioweft.sources.transport import ATTEMPTS, PassingError, again, broken_connections, check, client, shown

SCHEMES = ("http", "https", "ftp")

Digest = tuple[Literal["sha256", "md5"], str]

_BLOCK = 1024 * 1024
_TOTAL = re.compile(r"bytes (?:\*|(\d+)-\d+)/(\d+|\*)")


class Downloads:
    """A context within which files are fetched; connections over http(s) stay open in it."""

    def __init__(self) -> None:
        self._http = client(**{"Accept-Encoding": "identity"})  # files as they are stored: digests are of those bytes

    def __enter__(self) -> "Downloads":
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

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
        """Fetch what is missing of a file; as long as it grows, no number of attempts is too many."""
        once = _fill_by_ftp if urlsplit(url).scheme == "ftp" else self._fill_by_http
        longest = _size(partial)
        while True:
            try:
                once(url, partial)
                return
            except PassingError:
                if _size(partial) <= longest:
                    raise
                longest = _size(partial)

    @again
    def _fill_by_http(self, url: str, partial: Path) -> None:
        have, origin = _size(partial), _origin(partial)
        headers = {}
        if have:
            headers["Range"] = f"bytes={have}-"
            if origin.exists():
                headers["If-Range"] = origin.read_text()
        with (
            broken_connections(),
            self._http.stream("GET", url, headers=headers, follow_redirects=True) as answer,
        ):
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
                for block in answer.iter_raw():
                    file.write(block)

    @again
    def _small(self, url: str) -> bytes:
        if urlsplit(url).scheme == "ftp":
            blocks: list[bytes] = []
            with _ftp(url) as ftp:
                ftp.retrbinary(f"RETR {_path(url)}", blocks.append)
            return b"".join(blocks)
        with broken_connections():
            answer = self._http.get(url, follow_redirects=True)
        check(answer)
        return answer.content


def digest_of(path: Path, algorithm: str) -> str:
    """Return the digest of a file, in lower-case hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, algorithm).hexdigest()


@contextmanager
def _giving_up(url: str) -> Iterator[None]:
    try:
        yield
    except PassingError as error:
        raise FetchError(
            f"{shown(url)}: {ATTEMPTS} attempts failed, the last: {error}; the same command goes on from there"
        ) from error


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


@contextmanager
def _ftp(url: str) -> Iterator[ftplib.FTP]:
    """Give a connection to the server of `url`, its faults told apart as those of http are."""
    address = urlsplit(url)
    try:
        with ftplib.FTP(timeout=60) as ftp:
            ftp.connect(address.hostname or "", address.port or ftplib.FTP_PORT)
            ftp.login(unquote(address.username or "anonymous"), unquote(address.password or "bioweft@"))
            ftp.voidcmd("TYPE I")
            yield ftp
    except ftplib.error_perm as error:
        raise FetchError(f"{shown(url)}: the server answers {error}; check the address") from error
    except (OSError, EOFError, ftplib.Error) as error:
        raise PassingError(f"the connection failed: {error or type(error).__name__}") from error


def _path(url: str) -> str:
    return unquote(urlsplit(url).path)


@again
def _fill_by_ftp(url: str, partial: Path) -> None:
    with _ftp(url) as ftp:
        size = ftp.size(_path(url))
        have = _size(partial)
        if size is not None and have > size:
            partial.unlink()
            have = 0
        if have and have == size:
            return
        with partial.open("ab" if have else "wb") as file:
            ftp.retrbinary(f"RETR {_path(url)}", file.write, _BLOCK, rest=have or None)
    if size is not None and _size(partial) != size:
        raise PassingError(f"{_size(partial):,} of {size:,} bytes came")


@again
def _ftp_listing(url: str) -> dict[str, str]:
    with _ftp(url) as ftp:
        ftp.cwd(_path(url))
        try:
            entries = list(ftp.mlsd(facts=["modify", "size"]))
        except ftplib.error_perm:  # an old server
            return {PurePosixPath(name).name: "" for name in ftp.nlst()}
    return {name: f"{facts.get('modify', '')} {facts.get('size', '')}".strip() for name, facts in entries}
