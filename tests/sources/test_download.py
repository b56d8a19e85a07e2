"""Files over http and ftp: resumed, tried again, checked."""

import hashlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from bioweft.errors import FetchError
from bioweft.sources import download
from bioweft.sources.download import Downloads
from tests.sources.fake_files import FileServer

CONTENT = bytes(range(256)) * 40
MD5 = hashlib.md5(CONTENT).hexdigest()
Serve = Callable[..., FileServer]


@pytest.fixture
def served(tmp_path: Path) -> Path:
    folder = tmp_path / "served"
    folder.mkdir()
    (folder / "a file.bin").write_bytes(CONTENT)
    return folder


def fetch(url: str, target: Path, md5: str | None = MD5) -> None:
    with Downloads() as downloads:
        downloads.fetch(url, target, digest=("md5", md5) if md5 else None)


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("ranges", [True, False])
@pytest.mark.parametrize("validators", [True, False])
def test_a_file_comes_whole_through_faults(
    served: Path, tmp_path: Path, serve: Serve, ranges: bool, validators: bool
) -> None:
    server = serve(served, faults=[503, 429, 500], ranges=ranges, validators=validators)
    fetch(f"{server.url}/a%20file.bin", tmp_path / "got" / "a file.bin")
    assert (tmp_path / "got" / "a file.bin").read_bytes() == CONTENT
    assert left(tmp_path / "got") == ["a file.bin"]


def test_what_breaks_off_goes_on_where_it_was_however_often(served: Path, tmp_path: Path, serve: Serve) -> None:
    server = serve(served, break_after=700)
    fetch(f"{server.url}/a%20file.bin", tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == CONTENT
    starts = [headers.get("Range") for _, headers in server.requests]
    assert starts[:3] == [None, "bytes=700-", "bytes=1400-"]
    assert len(starts) == 15  # no byte is fetched twice


def test_a_later_process_goes_on(served: Path, tmp_path: Path, serve: Serve) -> None:
    server = serve(served, break_after=0)
    (tmp_path / "file.fetching").write_bytes(CONTENT[:5000])
    with pytest.raises(FetchError, match="5 attempts failed"):
        fetch(f"{server.url}/a%20file.bin", tmp_path / "file")
    server.break_after = None
    fetch(f"{server.url}/a%20file.bin", tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == CONTENT
    assert server.requests[-1][1]["Range"] == "bytes=5000-"


def test_a_file_that_changed_meanwhile_is_not_mixed(served: Path, tmp_path: Path, serve: Serve) -> None:
    server = serve(served, break_after=5000)
    server.faults = []

    def broken() -> None:
        with pytest.raises(FetchError):
            fetch(f"{server.url}/a%20file.bin", tmp_path / "file", md5=None)

    server.ranges = False
    broken()
    server.ranges, server.break_after = True, None
    new = CONTENT[::-1]
    (served / "a file.bin").write_bytes(new)
    fetch(f"{server.url}/a%20file.bin", tmp_path / "file", md5=None)
    assert (tmp_path / "file").read_bytes() == new


@pytest.mark.parametrize("kept", [CONTENT, CONTENT + b"more", b"other" * 500])
def test_what_is_kept_of_an_earlier_attempt_may_be_whole_or_wrong(
    served: Path, tmp_path: Path, serve: Serve, kept: bytes
) -> None:
    (tmp_path / "file.fetching").write_bytes(kept)
    fetch(f"{serve(served).url}/a%20file.bin", tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == CONTENT


def test_a_wrong_digest_is_said_after_a_second_try(served: Path, tmp_path: Path, serve: Serve) -> None:
    server = serve(served)
    with pytest.raises(FetchError, match=r"a%20file\.bin was fetched twice and its md5 is wrong both times"):
        fetch(f"{server.url}/a%20file.bin", tmp_path / "got" / "file", md5="0" * 32)
    assert len(server.requests) == 2
    assert left(tmp_path / "got") == []


def test_a_file_that_is_not_there_is_asked_for_once(served: Path, tmp_path: Path, serve: Serve) -> None:
    server = serve(served)
    with pytest.raises(FetchError, match=r"/gone answers 404"):
        fetch(f"{server.url}/gone", tmp_path / "file")
    assert server.asked() == ["/gone"]


def test_what_comes_byte_by_byte_is_given_up(
    served: Path, tmp_path: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "PATIENCE", 0.3)
    monkeypatch.setattr(download, "SMALL_SECONDS", 0.3)
    server = serve(served, drip=True)
    began = time.monotonic()
    with pytest.raises(FetchError, match=r"5 attempts failed .last error: the answer was not whole"):
        fetch(f"{server.url}/a%20file.bin", tmp_path / "file")
    with Downloads() as downloads:
        for ask in (downloads.text, downloads.listing):
            with pytest.raises(FetchError, match=r"5 attempts failed .last error: the answer was not whole"):
                ask(f"{server.url}/a%20file.bin")
    assert time.monotonic() - began < 30


def test_a_large_file_has_as_much_time_as_it_needs(
    served: Path, tmp_path: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "SMALL_BYTES", len(CONTENT) - 1)
    server = serve(served)
    fetch(f"{server.url}/a%20file.bin", tmp_path / "file")
    with Downloads() as downloads, pytest.raises(FetchError, match="larger than 10,239 bytes"):
        downloads.text(f"{server.url}/a%20file.bin")
    grants: list[int] = []
    write = download._speed_check(lambda: grants.append(1), lambda block: None)
    for _ in range(10):
        write(bytes(int(download.SLOWEST * download.PATIENCE / 2)))
    assert len(grants) == 5


def test_a_folder_is_listed_with_what_tells_of_changes(served: Path, serve: Serve) -> None:
    with Downloads() as downloads:
        listing = downloads.listing(serve(served).url)
        assert listing["a file.bin"].endswith(f" {len(CONTENT)}")
        assert downloads.listing(serve(served, stamps=False).url)["a file.bin"] == ""


@pytest.fixture
def ftp(served: Path) -> Iterator[str]:
    """Serve the folder by ftp, to anyone."""
    pytest.importorskip("pyftpdlib")
    from pyftpdlib.authorizers import DummyAuthorizer
    from pyftpdlib.handlers import FTPHandler
    from pyftpdlib.servers import FTPServer

    class Handler(FTPHandler):  # type: ignore[misc]
        authorizer = DummyAuthorizer()

    Handler.authorizer.add_anonymous(str(served))
    server = FTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"timeout": 0.05, "handle_exit": False}, daemon=True)
    thread.start()
    yield f"ftp://127.0.0.1:{server.address[1]}"
    server.close_all()
    thread.join(timeout=5)


@pytest.mark.filterwarnings("ignore:The async:DeprecationWarning")
def test_ftp(served: Path, tmp_path: Path, ftp: str) -> None:
    fetch(f"{ftp}/a%20file.bin", tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == CONTENT
    (tmp_path / "again.fetching").write_bytes(CONTENT[:3000])
    fetch(f"{ftp}/a%20file.bin", tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == CONTENT
    with Downloads() as downloads:
        (served / "b.md5").write_text(MD5)
        assert downloads.text(f"{ftp}/b.md5") == MD5
        listing = downloads.listing(ftp)
        assert listing["a file.bin"].endswith(f" {len(CONTENT)}")
        with pytest.raises(FetchError, match=r"gone.*550"):
            downloads.text(f"{ftp}/gone")


def test_an_ftp_server_that_sends_byte_by_byte_is_given_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(download, "PATIENCE", 0.3)
    monkeypatch.setattr(download, "SMALL_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    with suppress(OSError), connection:
                        while True:
                            connection.sendall(b"2")
                            time.sleep(0.02)

        threading.Thread(target=drip, daemon=True).start()
        url = f"ftp://127.0.0.1:{server.getsockname()[1]}/file"
        with pytest.raises(FetchError, match=r"5 attempts failed .last error: the answer was not whole"):
            fetch(url, tmp_path / "file")
        with Downloads() as downloads, pytest.raises(FetchError, match=r"5 attempts failed .last error: the answer"):
            downloads.listing(url)
