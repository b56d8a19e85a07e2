"""Asking remote servers: what counts as a fault that may pass, how it is tried again, and how fast we may ask.

Knows http(s) only as far as all remote sources share it; what is asked is the business of `entrez` and `download`.
"""

import hashlib
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from filelock import FileLock
from tenacity import RetryCallState, retry, retry_if_exception_type, stop_after_attempt, wait_exponential, wait_random

from bioweft.errors import FetchError
from bioweft.version import __version__

ATTEMPTS = 5
FIRST_WAIT = 0.5
LONGEST_WAIT = 120.0
"""Seconds before another attempt: doubled from the first to the longest, or what the server asks for up to that."""

_PASSING = (httpx.codes.REQUEST_TIMEOUT, httpx.codes.TOO_EARLY, httpx.codes.TOO_MANY_REQUESTS)


class PassingError(Exception):
    """A fault that may pass: worth another attempt, after `wait` seconds where the server said so."""

    def __init__(self, message: str, *, wait: float = 0.0) -> None:
        super().__init__(message)
        self.wait = wait


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    requested = error.wait if isinstance(error, PassingError) else 0.0
    backoff = wait_exponential(multiplier=FIRST_WAIT, max=LONGEST_WAIT)(state) + wait_random(max=FIRST_WAIT)(state)
    return max(backoff, min(requested, LONGEST_WAIT))


again = retry(retry=retry_if_exception_type(PassingError), stop=stop_after_attempt(ATTEMPTS), wait=_wait, reraise=True)
"""Decorates what is tried `ATTEMPTS` times while it raises `PassingError`; the last one gets through."""


def client(**headers: str) -> httpx.Client:
    """Return a client that keeps connections open and follows no redirection, lest a secret go elsewhere."""
    return httpx.Client(timeout=60, headers={"User-Agent": f"bioweft/{__version__}", **headers})


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
