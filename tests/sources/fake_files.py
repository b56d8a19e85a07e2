"""A folder's files over http on this machine: the server resumes, breaks off, errs, and remembers what it was asked."""

import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from hashlib import md5
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from urllib.parse import unquote


@dataclass
class FileServer:
    """The server, a context; what a test says about it, and what it saw."""

    folder: Path
    faults: list[int] = field(default_factory=list)
    """Statuses that are answered first, one a request."""
    break_after: int | None = None
    """How many bytes of a file are sent before the connection breaks."""
    drip: bool = False
    """Whether files come byte by byte, and never end."""
    ranges: bool = True
    validators: bool = True
    stamps: bool = True
    """Whether lists of folders show date and size, as NLM's do."""
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    """Path and headers of every request."""

    def __post_init__(self) -> None:
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._http.server_port}"

    def __enter__(self) -> "FileServer":
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._http.server_close()

    def asked(self) -> list[str]:
        return [path for path, _ in self.requests]


def _handler(server: FileServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        wbufsize = -1

        def do_GET(self) -> None:
            with suppress(ConnectionError):
                self._get()

        def _get(self) -> None:
            server.requests.append((self.path, dict(self.headers)))
            path = server.folder / unquote(self.path.strip("/"))
            if server.faults:
                self._answer(server.faults.pop(0), b"no")
            elif path.is_dir():
                self._answer(200, self._listing(path))
            elif not path.is_file():
                self._answer(404, b"not here")
            else:
                self._file(path.read_bytes())

        def _listing(self, folder: Path) -> bytes:
            lines = ['<a href="../">Parent Directory</a>']
            for path in sorted(folder.iterdir()):
                status = path.stat()
                stamp = f"{datetime.fromtimestamp(status.st_mtime, UTC)}  {status.st_size}" if server.stamps else ""
                lines.append(f'<a href="{path.name}">{path.name}</a>   {stamp}')
            return ("<html><body><pre>" + "\n".join(lines) + "</pre></body></html>").encode()

        def _file(self, content: bytes) -> None:
            tag = f'"{md5(content).hexdigest()}"'
            headers = {"ETag": tag, "Last-Modified": format_datetime(datetime.now(UTC), usegmt=True)}
            headers = headers if server.validators else {}
            wanted = self.headers.get("Range") if server.ranges else None
            first = int((wanted or "bytes=0-").removeprefix("bytes=").rstrip("-"))
            if self.headers.get("If-Range", tag) != tag:
                first = 0
            if first >= len(content) > 0:
                self._answer(416, b"", {"Content-Range": f"bytes */{len(content)}"})
                return
            if first:
                headers["Content-Range"] = f"bytes {first}-{len(content) - 1}/{len(content)}"
            self._answer(206 if first else 200, content[first:], headers, most=server.break_after)

        def _answer(
            self, status: int, body: bytes, headers: dict[str, str] | None = None, *, most: int | None = None
        ) -> None:
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            while server.drip:
                self.wfile.write(b"x")
                self.wfile.flush()
                time.sleep(0.02)
            self.wfile.write(body[:most])
            self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    return Handler
