"""Fetching files over http(s) and ftp: resumed where they broke off, tried again with back-off, checked, and unpacked.

What is fetched lies beside its place under the ending `.fetching` until it is whole and right.
"""

import ftplib
import hashlib
import shutil
import tarfile
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

import httpx
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

from bioweft.errors import FetchError

ATTEMPTS = 5
_BLOCK = 1024 * 1024
_PARTIAL, _RANGE_NOT_SATISFIABLE = 206, 416
MOST_UNPACKED = 400 * 1024**3
"""An archive that would unpack to more bytes is refused: the largest CORD-19 release is below 100 GB."""


class _PassingError(Exception):
    """A fault that may pass: worth another attempt."""


_again = retry(
    retry=retry_if_exception_type(_PassingError),
    stop=stop_after_attempt(ATTEMPTS),
    wait=wait_exponential_jitter(multiplier=0.5, max=60),
    reraise=True,
)


def download(url: str, folder: Path, *, sha256: str | None = None, md5: str | None = None) -> Path:
    """Bring the file at `url` into `folder` and return where it is; one that is there already is not fetched again.

    Raises:
        FetchError: it could not be had in several attempts, or its digest is wrong.
    """
    name = PurePosixPath(unquote(urlsplit(url).path)).name
    target = folder / name
    if target.exists() and _right(target, sha256=sha256, md5=md5):
        return target
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{name}.fetching"
    for last in (False, True):
        try:
            _fetch(url, part)
        except (_PassingError, httpx.HTTPError) as error:
            raise FetchError(
                f"{url}: {ATTEMPTS} attempts failed, the last: {error}; run again to resume"
            ) from error
        if _right(part, sha256=sha256, md5=md5):
            part.replace(target)
            return target
        part.unlink()
        if last:
            break
    raise FetchError(f"{url} was fetched twice and its digest is wrong both times: the remote file is damaged")


def _right(path: Path, *, sha256: str | None, md5: str | None) -> bool:
    for algorithm, expected in (("sha256", sha256), ("md5", md5)):
        if expected is not None:
            with path.open("rb") as stream:
                if hashlib.file_digest(stream, algorithm).hexdigest() != expected.lower():
                    return False
    return True


@_again
def _fetch(url: str, part: Path) -> None:
    """Fetch what is missing of a file."""
    offset = part.stat().st_size if part.exists() else 0
    if urlsplit(url).scheme == "ftp":
        _fetch_ftp(url, part, offset)
        return
    headers = {"Range": f"bytes={offset}-"} if offset else {}
    try:
        with httpx.stream("GET", url, headers=headers, follow_redirects=True, timeout=60) as answer:
            if answer.status_code == _RANGE_NOT_SATISFIABLE:
                return  # nothing is missing
            _check(answer)
            resumed = answer.status_code == _PARTIAL
            expected = int(answer.headers.get("Content-Length", -1))
            written = 0
            with part.open("ab" if resumed else "wb") as file:
                for block in answer.iter_raw():
                    file.write(block)
                    written += len(block)
            if expected >= 0 and written < expected:
                raise _PassingError(f"broke off after {written} of {expected} bytes")
    except httpx.TransportError as error:
        raise _PassingError(str(error) or type(error).__name__) from error


def _check(answer: httpx.Response) -> None:
    if answer.status_code == httpx.codes.TOO_MANY_REQUESTS or answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
        raise _PassingError(f"status {answer.status_code}")
    if answer.status_code >= httpx.codes.BAD_REQUEST:
        raise FetchError(f"{answer.url} answers {answer.status_code} {answer.reason_phrase}; check the address")


def _fetch_ftp(url: str, part: Path, offset: int) -> None:
    address = urlsplit(url)
    try:
        with _ftp(url) as ftp:
            path = unquote(address.path)
            ftp.voidcmd("TYPE I")
            size = ftp.size(path)
            if size is not None and offset >= size:
                return
            with part.open("ab" if offset else "wb") as file:
                ftp.retrbinary(f"RETR {path}", file.write, _BLOCK, rest=offset or None)
            if size is not None and part.stat().st_size < size:
                raise _PassingError(f"broke off after {part.stat().st_size} of {size} bytes")
    except ftplib.error_perm as error:
        raise FetchError(f"{url}: {error}; check the address") from error
    except (OSError, EOFError, ftplib.Error) as error:
        raise _PassingError(str(error)) from error


def _ftp(url: str) -> ftplib.FTP:
    address = urlsplit(url)
    ftp = ftplib.FTP(timeout=60)
    ftp.connect(address.hostname or "", address.port or ftplib.FTP_PORT)
    ftp.login(address.username or "anonymous", address.password or "bioweft@")
    return ftp


def read_text(url: str) -> str:
    """Return a small remote file, such as a list or a digest.

    Raises:
        FetchError: it could not be had in several attempts.
    """
    try:
        return _read_text(url)
    except _PassingError as error:
        raise FetchError(f"{url} could not be read in {ATTEMPTS} attempts: {error}") from error


@_again
def _read_text(url: str) -> str:
    try:
        if urlsplit(url).scheme == "ftp":
            blocks: list[bytes] = []
            with _ftp(url) as ftp:
                ftp.retrbinary(f"RETR {unquote(urlsplit(url).path)}", blocks.append)
            return b"".join(blocks).decode()
        answer = httpx.get(url, follow_redirects=True, timeout=60)
    except (httpx.TransportError, OSError, EOFError) as error:
        raise _PassingError(str(error) or type(error).__name__) from error
    except ftplib.error_perm as error:
        raise FetchError(f"{url}: {error}; check the address") from error
    _check(answer)
    return answer.text


def list_ftp(url: str) -> list[str]:
    """Return the names in an ftp folder.

    Raises:
        FetchError: it could not be listed.
    """
    try:
        with _ftp(url) as ftp:
            ftp.cwd(unquote(urlsplit(url).path))
            return ftp.nlst()
    except (OSError, EOFError, ftplib.Error) as error:
        raise FetchError(f"{url} could not be listed: {error}") from error


def unpack(archive: Path, target: Path) -> None:
    """Unpack a tar archive, and the archives of parses inside it, once; a plain file is put there as it is.

    Raises:
        FetchError: it is damaged, too large, or would write outside of `target`.
    """
    if target.exists():
        return
    part = target.with_name(f"{target.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    if not tarfile.is_tarfile(archive):
        shutil.copy(archive, part / archive.name)
    else:
        _extract(archive, part)
        for inner in sorted(part.rglob("document_parses.tar.gz")):
            _extract(inner, inner.parent)
            inner.unlink()
    part.replace(target)


def _extract(archive: Path, into: Path) -> None:
    total = 0
    try:
        with tarfile.open(archive) as members:
            for member in members:
                total += member.size
                if total > MOST_UNPACKED:
                    raise FetchError(f"{archive} would unpack to more than {MOST_UNPACKED:,} bytes: not a release")
                members.extract(member, into, filter="data")
    except (tarfile.TarError, EOFError, OSError) as error:
        raise FetchError(f"{archive} cannot be unpacked: {error}; remove it to fetch it again") from error
