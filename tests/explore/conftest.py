"""A run made by hand with a document that is made of markup, served as `bioweft explore` serves it."""

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="the extra `explore` is not installed")

from fastapi.testclient import TestClient

from bioweft.explore.guard import LOOPBACK
from bioweft.explore.reader import Reader
from bioweft.explore.server import create_app
from bioweft.records import Document, Passage
from tests.small_run import DOCUMENTS, STATEMENTS, write_run

HOSTILE = Document(
    "file:a/../<b>.html",
    (
        Passage("title", "<script>alert('aspirin')</script> and headache."),
        Passage("abstract", '<img src=x onerror="alert(1)"> Aspirin.', "METHODS"),
    ),
    year=2021,
    journal='"><script>alert(2)</script>',
)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("explored"), [*DOCUMENTS, HOSTILE], statements=STATEMENTS)


@pytest.fixture(scope="session")
def client(folder: Path) -> Iterator[TestClient]:
    with TestClient(create_app(Reader(folder, seconds=300), hosts=LOOPBACK), base_url="http://localhost") as client:
        yield client


@pytest.fixture(scope="session")
def address(folder: Path) -> Iterator[str]:
    """The address of a server of the run."""
    import uvicorn

    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    reader = Reader(folder, seconds=300)  # a machine that does much else is slow
    config = uvicorn.Config(create_app(reader, hosts=LOOPBACK), log_level="error", access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)
