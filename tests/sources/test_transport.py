"""Attempts, back-off and rates that all remote sources share."""

import gzip
import multiprocessing
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import httpx
import pytest

from bioweft.errors import FetchError
from bioweft.sources import transport
from bioweft.sources.transport import (
    LongAnswerError,
    PassingError,
    RateLimiter,
    again,
    broken_connections,
    check,
    shown,
    time_limit,
)

REQUEST = httpx.Request("GET", "http://someone:secret@host/a/b?key=secret")


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_a_server_that_is_busy_or_ill_is_worth_another_attempt(status: int) -> None:
    with pytest.raises(PassingError, match=f"status {status}"):
        check(httpx.Response(status, request=REQUEST))


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 410])
def test_a_refusal_is_said_without_secrets(status: int) -> None:
    with pytest.raises(FetchError, match=rf"http://host/a/b answers {status}") as caught:
        check(httpx.Response(status, request=REQUEST))
    assert "secret" not in str(caught.value)


def test_an_address_is_shown_without_secrets() -> None:
    assert shown("ftp://user:secret@host:21/a%20b?sig=secret#x") == "ftp://host:21/a%20b"


def asked_to_wait(retry_after: str) -> float:
    with pytest.raises(PassingError) as caught:
        check(httpx.Response(503, headers={"Retry-After": retry_after}, request=REQUEST))
    return caught.value.wait


@pytest.mark.parametrize(("value", "seconds"), [("7", 7), ("soon", 0), ("", 0), ("Mon, 01 Jan 2001 00:00:00 GMT", 0)])
def test_how_long_a_server_asks_to_wait(value: str, seconds: float) -> None:
    assert asked_to_wait(value) == seconds


def test_a_server_may_name_the_moment() -> None:
    in_a_minute = format_datetime(datetime.now(UTC) + timedelta(minutes=1), usegmt=True)
    assert asked_to_wait(in_a_minute) == pytest.approx(60, abs=5)


def test_attempts_come_later_and_later_and_end(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr(transport, "FIRST_WAIT", 1.0)
    monkeypatch.setattr(time, "sleep", waits.append)

    @again
    def fail() -> None:
        raise PassingError("no", wait=3.0 if len(waits) == 1 else 10_000.0 if len(waits) == 3 else 0.0)

    with pytest.raises(PassingError):
        fail()
    assert len(waits) == transport.ATTEMPTS - 1
    assert 1 <= waits[0] <= 2
    assert waits[1] == 3
    assert 4 <= waits[2] <= 5
    assert waits[3] == transport.LONGEST_WAIT


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (httpx.ReadTimeout("slow"), PassingError),
        (httpx.ConnectError("refused"), PassingError),
        (httpx.RemoteProtocolError("broke off"), PassingError),
        (httpx.UnsupportedProtocol("no http"), FetchError),
        (httpx.TooManyRedirects("round"), FetchError),
    ],
)
def test_what_breaks_on_the_way(error: Exception, expected: type[Exception]) -> None:
    with pytest.raises(expected), broken_connections():
        raise error


def _take(name: str, folder: str, times: int, slots: "multiprocessing.Queue[float]") -> None:
    transport.tempfile.tempdir = folder
    limiter = RateLimiter(name, 200)
    for _ in range(times):
        limiter.wait()
        slots.put(time.monotonic())


def test_processes_share_a_rate(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    slots = context.Queue()
    workers = [context.Process(target=_take, args=("a server", str(tmp_path), 10, slots)) for _ in range(6)]
    began = time.monotonic()
    for worker in workers:
        worker.start()
    times = sorted(slots.get(timeout=20) for _ in range(60))
    for worker in workers:
        worker.join()
    assert times[-1] - began >= 59 / 200


def test_a_clock_that_was_set_back_blocks_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport.tempfile, "tempdir", str(tmp_path))
    limiter = RateLimiter("a server", 1000)
    limiter.wait()
    (slot,) = tmp_path.glob("*.slot")
    for content in (str(time.time() + 86_400), "garbage"):
        slot.write_text(content)
        began = time.monotonic()
        limiter.wait()
        assert time.monotonic() - began < 5


def body(content: bytes, *, most_bytes: int = 1000, **headers: str) -> bytes:
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    stream = httpx.ByteStream(content)
    return transport._body(httpx.Response(200, headers=headers, stream=stream, request=REQUEST), most_bytes)


def test_an_answer_is_unpacked_whole_or_not_at_all() -> None:
    text = b"It says so. " * 80
    packed = gzip.compress(text)
    assert body(text) == body(packed, Content_Encoding="gzip") == text
    assert body(b"", Content_Encoding="gzip") == b""
    for wrong in (packed[:-1], packed[:-8] + bytes(8), b"plain", packed + packed, packed + b"x"):
        with pytest.raises(PassingError, match="packed answer is"):
            body(wrong, Content_Encoding="gzip")
    for encoding in ("br", "gzip, gzip", "zstd"):
        with pytest.raises(PassingError, match="is packed as"):
            body(packed, Content_Encoding=encoding)
    for content, headers in ((text, {}), (packed, {"Content_Encoding": "gzip"})):
        with pytest.raises(LongAnswerError, match="larger than 900 bytes"):
            body(content, most_bytes=900, **headers)


def test_a_block_has_as_much_time_as_it_is_granted() -> None:
    ends: list[str] = []
    with time_limit(0.3, lambda: ends.append("first")) as grant:
        for _ in range(5):
            time.sleep(0.1)
            grant()
    with pytest.raises(PassingError, match="not whole"), time_limit(0.05, lambda: ends.append("second")):
        time.sleep(0.3)
    with pytest.raises(FetchError), time_limit(5, lambda: ends.append("third")):
        raise FetchError("no")
    assert set(ends) == {"second"}
