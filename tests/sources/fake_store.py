"""An object store on this machine that speaks as S3 does: moto's server, with faults between it and who asks."""

import http.client
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

Fault = Callable[["Relay", bytes], bool]
"""Does what a bad answer does in place of the right one, and says whether it did anything."""

BUSY = b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"


class Relay(BaseHTTPRequestHandler):
    """Hands each request on to the store, and its answer back, unless a fault comes between."""

    protocol_version = "HTTP/1.1"
    store: "Store"

    def log_message(self, *_: Any) -> None: ...

    def _relay(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        behind = urlsplit(self.store.behind)
        connection = http.client.HTTPConnection(str(behind.hostname), behind.port)
        headers = {name: value for name, value in self.headers.items() if name != "Expect"}  # answered here
        connection.request(self.command, self.path, body, headers)
        answer = connection.getresponse()
        content = answer.read()
        self.store.asked.append(f"{self.command} {self.path}")
        if self.store.faults and self.command in ("GET", "PUT") and self.store.faults.pop(0)(self, content):
            return
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("transfer-encoding", "content-length", "connection"):
                self.send_header(name, value)
        length = answer.getheader("Content-Length") if self.command == "HEAD" else str(len(content))
        self.send_header("Content-Length", length or "0")
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_PUT = do_HEAD = do_POST = do_DELETE = _relay  # noqa: N815 - named after the methods of http


class Store:
    """The store: `address` is where to ask it, `faults` are those of the next answers, `asked` is what was asked."""

    def __init__(self, behind: str) -> None:
        self.behind = behind
        self.faults: list[Fault] = []
        self.asked: list[str] = []
        handler = type("Handler", (Relay,), {"store": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @cached_property
    def client(self) -> Any:
        """What a test puts files in with, past all faults."""
        import boto3

        return boto3.client(
            "s3",
            endpoint_url=self.behind,
            aws_access_key_id="made",
            aws_secret_access_key="made",
            region_name="us-east-1",
        )

    def empty(self, bucket: str) -> None:
        """Forget faults and what was asked, and make a bucket that has no files."""
        self.faults.clear()
        self.asked.clear()
        self._bucket = bucket
        if bucket in [there["Name"] for there in self.client.list_buckets()["Buckets"]]:
            for name in self.names():
                self.remove(name)
        else:
            self.client.create_bucket(Bucket=bucket)

    def put(self, name: str, content: bytes) -> None:
        """Put a file into the bucket."""
        self.client.put_object(Bucket=self._bucket, Key=name, Body=content)

    def get(self, name: str) -> bytes:
        """Return the bytes of a file in the bucket."""
        content: bytes = self.client.get_object(Bucket=self._bucket, Key=name)["Body"].read()
        return content

    def remove(self, name: str) -> None:
        """Remove a file from the bucket."""
        self.client.delete_object(Bucket=self._bucket, Key=name)

    def names(self) -> list[str]:
        """Return the names of the files in the bucket."""
        return [there["Key"] for there in self.client.list_objects_v2(Bucket=self._bucket).get("Contents", [])]

    def stop(self) -> None:
        """End it."""
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def object_store() -> Iterator[Store]:
    """Give a store without buckets."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    store = Store(f"http://{host}:{port}")
    try:
        yield store
    finally:
        store.stop()
        server.stop()


def busy(relay: Relay, content: bytes) -> bool:
    """Answer 503, as S3 does when it is asked too much."""
    relay.send_response(503)
    relay.send_header("Content-Length", str(len(BUSY)))
    relay.end_headers()
    relay.wfile.write(BUSY)
    return True


def cut(relay: Relay, content: bytes) -> bool:
    """Cut the connection in the middle of an answer."""
    relay.send_response(206)
    relay.send_header("Content-Length", str(len(content)))
    relay.end_headers()
    relay.wfile.write(content[: len(content) // 2])
    relay.wfile.flush()
    relay.close_connection = True
    return True


def slow(relay: Relay, content: bytes) -> bool:
    """Wait before the right answer comes."""
    time.sleep(0.5)
    return False
