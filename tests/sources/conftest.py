"""What the tests of remote sources share: a server of files, and little patience."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from bioweft.sources import transport
from tests.sources.fake_files import FileServer


@pytest.fixture
def serve() -> Iterator[Callable[..., FileServer]]:
    """Return a function that serves a folder, with the settings of `FileServer`."""
    with ExitStack() as stack:

        def serve(folder: Path, **settings: Any) -> FileServer:
            return stack.enter_context(FileServer(folder, **settings))

        yield serve


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "FIRST_WAIT", 0.001)
