"""A local server of files that resumes, breaks off and remembers what it was asked."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

import pytest


@dataclass
class FileServer:
    """What a test sees of the server."""

    url: str
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    """Path and headers of every request."""


def _handler(
    folder: Path, server: FileServer, faults: list[int], break_after: int | None
) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.requests.append((self.path, dict(self.headers)))
            if faults:
                self.send_error(faults.pop(0))
                return
            path = folder / unquote(self.path.lstrip("/"))
            if path.is_dir():
                listing = "".join(f'<a href="{p.name}">{p.name}</a>\n' for p in sorted(path.iterdir()))
                self._answer(200, listing.encode(), len(listing.encode()))
                return
            if not path.is_file():
                self.send_error(404)
                return
            content = path.read_bytes()
            first = int((self.headers.get("Range") or "bytes=0-").removeprefix("bytes=").rstrip("-"))
            if first >= len(content) > 0:
                self.send_error(416)
                return
            rest = content[first:]
            broken = break_after is not None and first == 0 and len(rest) > break_after
            self._answer(206 if first else 200, rest[:break_after] if broken else rest, len(rest))

        def _answer(self, status: int, body: bytes, length: int) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(length))
            self.end_headers()
            self.wfile.write(body)
            self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@pytest.fixture
def serve() -> Iterator[Callable[..., FileServer]]:
    """Return a function that serves a folder: first the statuses `faults`, then files up to `break_after` bytes."""
    running: list[ThreadingHTTPServer] = []

    def serve(folder: Path, *, faults: list[int] | None = None, break_after: int | None = None) -> FileServer:
        seen = FileServer("")
        http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(folder, seen, faults or [], break_after))
        seen.url = f"http://127.0.0.1:{http.server_port}"
        threading.Thread(target=http.serve_forever, daemon=True).start()
        running.append(http)
        return seen

    yield serve
    for http in running:
        http.shutdown()
        http.server_close()
