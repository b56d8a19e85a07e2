"""The script of the cron example, with a sendmail that hands its message to a sink of SMTP."""

import os
import shutil
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from bioweft.analyse import plots
from tests.small_run import DOCUMENTS, STATEMENTS, write_run

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "workflows" / "mail_changes.sh"

pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, ("sh", "base64", "mktemp"))), reason="the script needs a shell and coreutils"
)


@pytest.fixture(autouse=True, scope="module")
def no_plots() -> Iterator[None]:
    """Draw no plots: they take most of the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plots, "save", lambda *_, **__: None)
        yield


class Sink(socketserver.StreamRequestHandler):
    """Takes what it is sent; messages are the server's."""

    def handle(self) -> None:
        self.wfile.write(b"220 sink\r\n")
        while command := self.rfile.readline():
            verb = command[:4].upper()
            if verb == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                self.server.messages.append(b"".join(iter(self.rfile.readline, b".\r\n")))  # type: ignore[attr-defined]
            self.wfile.write(b"221 bye\r\n" if verb == b"QUIT" else b"250 ok\r\n")
            if verb == b"QUIT":
                return


@pytest.fixture
def sink() -> Iterator[socketserver.TCPServer]:
    with socketserver.TCPServer(("127.0.0.1", 0), Sink) as server:
        server.messages = []  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def program(path: Path, code: str) -> str:
    path.write_text(f"#!{sys.executable}\n{code}")
    path.chmod(0o755)
    return str(path)


def test_what_is_new_is_mailed_and_nothing_else(sink: socketserver.TCPServer, tmp_path: Path) -> None:
    now = write_run(tmp_path / "now", statements=STATEMENTS)
    before = write_run(tmp_path / "before", [DOCUMENTS[3]])
    sendmail = program(
        tmp_path / "sendmail",
        "import email, smtplib, sys\n"
        "message = email.message_from_binary_file(sys.stdin.buffer)\n"
        f"with smtplib.SMTP('127.0.0.1', {sink.server_address[1]}) as server:\n"
        "    server.sendmail('me@example.org', [message['To']], message.as_bytes())\n",
    )
    bioweft = program(tmp_path / "bioweft", "from bioweft.cli import main\nmain()\n")
    environment = {**os.environ, "SENDMAIL": sendmail, "BIOWEFT": bioweft, "PYTHONPATH": str(ROOT / "pipeline")}

    def mail(*options: object) -> None:
        words = [str(word) for word in ("sh", SCRIPT, now, "you@example.org", *options)]
        subprocess.run(words, env=environment, check=True, timeout=120)

    mail("--against", now)
    assert sink.messages == []  # type: ignore[attr-defined]
    mail("--against", before)
    (message,) = (message_from_bytes(raw, policy=policy.default) for raw in sink.messages)  # type: ignore[attr-defined]
    assert (message["To"], message["Subject"]) == ("you@example.org", "What is new in now")
    assert message.get_content_type() == "text/html"
    assert ">Aspirin</mark>" in message.get_content()
