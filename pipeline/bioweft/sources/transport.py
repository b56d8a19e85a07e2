"""Asking remote servers: what counts as a fault that may pass, how it is tried again, and how fast we may ask.

Every answer has a longest time and a largest size. Knows http(s) only as far as all remote sources share it; what is
asked is the business of `entrez` and `download`.
"""

import hashlib
import os
import socket
import tempfile
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakSet

import httpx
from filelock import FileLock
from tenacity import (
    RetryCallState,
    Retrying,
    retry,
    retry_if_exception_type,
    stop_after_attempt,
    wait_exponential,
    wait_random,
)

from bioweft.errors import FetchError
from bioweft.version import __version__

ATTEMPTS = 5
FIRST_WAIT = 0.5
LONGEST_WAIT = 120.0
"""Seconds before another attempt: doubled from the first to the longest, or what the server asks for up to that."""

SILENCE = 60.0
"""Seconds without a byte after which a connection is broken."""

_PASSING = (httpx.codes.REQUEST_TIMEOUT, httpx.codes.TOO_EARLY, httpx.codes.TOO_MANY_REQUESTS)


class PassingError(Exception):
    """A fault that may pass: worth another attempt, after `wait` seconds where the server said so."""

    def __init__(self, message: str, *, wait: float = 0.0) -> None:
        super().__init__(message)
        self.wait = wait


class LongAnswerError(PassingError):
    """An answer is larger than any answer to this request can be."""


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    requested = error.wait if isinstance(error, PassingError) else 0.0
    backoff = wait_exponential(multiplier=FIRST_WAIT, max=LONGEST_WAIT)(state) + wait_random(max=FIRST_WAIT)(state)
    return max(backoff, min(requested, LONGEST_WAIT))


again = retry(retry=retry_if_exception_type(PassingError), stop=stop_after_attempt(ATTEMPTS), wait=_wait, reraise=True)
"""Decorates what is tried `ATTEMPTS` times while it raises `PassingError`; the last one gets through."""


def again_but(kind: type[PassingError], attempts: int) -> Retrying:
    """Return what calls a function as `again` does, but gives up after `attempts` when the fault is of a kind."""

    def stop(state: RetryCallState) -> bool:
        error = state.outcome.exception() if state.outcome else None
        return state.attempt_number >= (attempts if isinstance(error, kind) else ATTEMPTS)

    return Retrying(retry=retry_if_exception_type(PassingError), stop=stop, wait=_wait, reraise=True)


class Client:
    """An http client that keeps connections open and limits every answer in time; a context.

    It follows no redirection unless told to, lest a secret go elsewhere.
    """

    def __init__(self, **headers: str) -> None:
        # Of the encodings only gzip, which `_body` unpacks up to a limit.
        headers = {"User-Agent": f"bioweft/{__version__}", "Accept-Encoding": "gzip", **headers}
        self._http = httpx.Client(timeout=SILENCE, headers=headers)
        self._sockets: WeakSet[socket.socket] = WeakSet()

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def ask(
        self, method: str, url: str, *, seconds: float, most_bytes: int, **options: Any
    ) -> tuple[httpx.Response, bytes]:
        """Return the whole answer to a request and its body, unpacked; `options` are those of httpx.

        Raises:
            PassingError: the connection broke, or the answer took longer than `seconds`.
            LongAnswerError: the body has more than `most_bytes`.
            FetchError: the address cannot be asked.
        """
        with self.stream(method, url, seconds=seconds, **options) as (answer, _):
            return answer, _body(answer, most_bytes)

    @contextmanager
    def stream(
        self, method: str, url: str, *, seconds: float, **options: Any
    ) -> Iterator[tuple[httpx.Response, Callable[[], None]]]:
        """Give an answer whose body is still to come, and a function that grants it `seconds` from now on.

        Raises:
            PassingError: the connection broke, or the block took longer than was granted.
            FetchError: the address cannot be asked.
        """
        extensions = {"trace": self._remember_socket}
        with (
            time_limit(seconds, self._cut) as grant,
            broken_connections(),
            self._http.stream(method, url, extensions=extensions, **options) as answer,
        ):
            yield answer, grant

    def _remember_socket(self, event: str, details: dict[str, Any]) -> None:
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            self._sockets.add(details["return_value"].get_extra_info("socket"))

    def _cut(self) -> None:
        for connection in list(self._sockets):
            cut(connection)


def cut(connection: socket.socket | None) -> None:
    """End a connection, so that whoever waits for it in another thread waits no more."""
    with suppress(OSError):  # it is closed already
        if connection is not None:
            # Not SSLSocket's own shutdown, which takes the encryption from under a thread that reads.
            socket.socket.shutdown(connection, socket.SHUT_RDWR)


@contextmanager
def time_limit(seconds: float, end: Callable[[], None]) -> Iterator[Callable[[], None]]:
    """Call `end` from another thread if the block takes longer than `seconds`; the function given grants as many anew.

    A timeout of a socket does not do: it begins anew with every byte that comes.

    Raises:
        PassingError: the block took longer.
    """
    finished, late = threading.Event(), threading.Event()
    until = time.monotonic() + seconds

    def grant() -> None:
        nonlocal until
        until = time.monotonic() + seconds

    def watch() -> None:
        while not finished.wait(max(until - time.monotonic(), 0.1 if late.is_set() else 0.0)):
            if time.monotonic() >= until:
                late.set()
                end()

    watcher = threading.Thread(target=watch, name="time limit", daemon=True)
    watcher.start()
    try:
        yield grant
    except Exception as error:
        if not late.is_set():
            raise
        raise PassingError(f"the answer was not whole after {seconds:,.0f} seconds") from error
    finally:
        finished.set()
        watcher.join()
    if late.is_set():  # a connection that was cut may look like one that ended
        raise PassingError(f"the answer was not whole after {seconds:,.0f} seconds")


def _body(answer: httpx.Response, most_bytes: int) -> bytes:
    """Return the body of an answer, unpacked."""
    encoding = answer.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip", "x-gzip"):
        raise PassingError(f"the answer is packed as {encoding[:40]!r}, for which it was not asked")
    unpacking = None if encoding == "identity" else zlib.decompressobj(wbits=31)
    body = bytearray()
    is_empty = True
    for block in answer.iter_raw():
        is_empty = is_empty and not block
        try:
            # Never more than one byte above the limit: a block of 64 KiB may unpack to 64 MiB.
            body += block if unpacking is None else unpacking.decompress(block, most_bytes + 1 - len(body))
        except zlib.error as error:
            raise PassingError(f"the packed answer is damaged: {error}") from error
        if len(body) > most_bytes:
            raise LongAnswerError(f"the answer is larger than {most_bytes:,} bytes")
    if unpacking is not None and not is_empty and (not unpacking.eof or unpacking.unused_data):
        raise PassingError("the packed answer is not whole")
    return bytes(body)


def shown(url: str) -> str:
    """Return an address without what may be secret in it: user, password and query."""
    address = urlsplit(url)
    return f"{address.scheme}://{address.netloc.rpartition('@')[2]}{address.path}"


@contextmanager
def broken_connections() -> Iterator[None]:
    """Turn what breaks on the way into a `PassingError`, and an address that cannot be asked into a `FetchError`."""
    try:
        yield
    except (httpx.UnsupportedProtocol, httpx.InvalidURL, httpx.TooManyRedirects) as error:
        raise FetchError(f"the address cannot be asked: {error}") from error
    except httpx.HTTPError as error:
        raise PassingError(f"the connection failed: {error or type(error).__name__}") from error


def check(answer: httpx.Response) -> None:
    """See that an answer is a good one.

    Raises:
        PassingError: the server is busy or ill.
        FetchError: it will never be.
    """
    status, reason = answer.status_code, answer.reason_phrase
    if status in _PASSING or status >= httpx.codes.INTERNAL_SERVER_ERROR:
        raise PassingError(f"status {status} {reason}", wait=_retry_after(answer))
    if not answer.is_success:
        address = shown(str(answer.request.url))
        moved = f" (moved to {shown(answer.headers['Location'])})" if "Location" in answer.headers else ""
        raise FetchError(f"{address} answers {status} {reason}{moved}; check the address and the settings")


def _retry_after(answer: httpx.Response) -> float:
    """Return the seconds that a `Retry-After` asks for, given as such or as a date."""
    value = answer.headers.get("Retry-After", "")
    if value.isdecimal():
        return float(value)
    try:
        return max((parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds(), 0.0)
    except (TypeError, ValueError):
        return 0.0


class RateLimiter:
    """Spaces requests evenly over all processes of a user on this machine, since a server counts by address.

    The time of the last slot given lies in a small file that `name` tells apart.
    """

    def __init__(self, name: str, per_second: float) -> None:
        self._interval = 1.05 / per_second  # a little less than is allowed: requests travel at unequal speed
        user = getattr(os, "getuid", int)()
        digest = hashlib.sha256(name.encode()).hexdigest()[:12]
        self._file = Path(tempfile.gettempdir()) / f"bioweft-{user}-{digest}.slot"
        self._lock = FileLock(f"{self._file}.lock")

    def wait(self) -> None:
        """Take the next slot and sleep until it begins."""
        with self._lock:
            now = time.time()
            try:
                slot = float(self._file.read_text()) + self._interval
            except (OSError, ValueError):
                slot = now
            if not now <= slot < now + LONGEST_WAIT:  # past, or the clock was set back
                slot = now
            self._file.write_text(repr(slot))
        time.sleep(slot - now)
