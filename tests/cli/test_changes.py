"""`bioweft changes`: as text that can be mailed, and for a program."""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner
from lxml import etree

from bioweft.analyse import plots
from bioweft.cli.changes import command
from bioweft.errors import FetchError, SettingsError
from bioweft.records import Passage
from tests import small_run
from tests.small_run import DOCUMENTS, STATEMENTS, write_run


@pytest.fixture(autouse=True, scope="module")
def no_plots() -> Iterator[None]:
    """Draw no plots: they take most of the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plots, "save", lambda *_, **__: None)
        yield


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A run, and that of the texts before: one was not there, another not retracted."""
    root = tmp_path_factory.mktemp("outputs")
    earlier = [replace(d, flags=()) for d in DOCUMENTS if d.id != "pmid:2"]
    return write_run(root / "now", statements=STATEMENTS), write_run(root / "before", earlier, statements=STATEMENTS)


def invoke(*arguments: object) -> str:
    result = CliRunner().invoke(command, [*map(str, arguments)], catch_exceptions=False, standalone_mode=False)
    assert result.return_value in (None, 0)
    assert result.exception is None
    return result.stdout


def test_text(folders: tuple[Path, Path]) -> None:
    now, before = folders
    lines = invoke(now, "--against", before).splitlines()
    assert lines == [
        f"What is new in {now}, compared with {before}",
        "5 documents, before 4",
        "",
        "New concepts (1)",
        "  Myocardial Infarction (disease, mesh:D009203): 1 document",
        "",
        "Retracted papers behind relations (1)",
        "  pmid:5 [retracted]: COX-2 β-sheets and aspirin, with aspirin again.",
        lines[8],
    ]
    assert lines[8].startswith("  - Aspirin decreases the activity of PTGS2: 1 document left [")


def test_new_relations_have_their_sentences(folders: tuple[Path, Path], tmp_path: Path) -> None:
    other = write_run(tmp_path / "other", [DOCUMENTS[3]])
    text = invoke(folders[0], "--against", other, "--limit", 1)
    assert "\nNew relations (3)\n" in text
    assert "  … 2 more; --limit shows them" in text
    assert "\n  pmid:2: **Aspirin** after heart attack. … It blocks **COX-2** in patients." in text
    lost = invoke(other, "--against", folders[0])
    assert "Aspirin treats Headache: 0 documents, before 1 [" in lost


def test_nothing_new(folders: tuple[Path, Path]) -> None:
    now, _ = folders
    assert invoke(now, "--against", now) == f"nothing new in {now}, compared with {now}\n5 documents, before 5\n"
    assert json.loads(invoke(now, "--against", now, "--json"))["nothing_new"] is True
    first = f"nothing new: {now} has no earlier results to compare with\n"
    assert invoke(now) == invoke(now, "--since", "2020-01-01") == first


def test_json(folders: tuple[Path, Path]) -> None:
    now, before = folders
    answer = json.loads(invoke(now, "--against", before, "--json"))
    assert (answer["nothing_new"], answer["documents"], answer["documents_before"]) == (False, 5, 4)
    assert answer["new_concepts"] == {
        "count": 1,
        "first": [{"id": "mesh:D009203", "name": "Myocardial Infarction", "type": "disease", "documents": 1}],
    }
    assert answer["retracted"]["first"][0]["relations"][0]["documents"] == 1


def test_a_watch_list(folders: tuple[Path, Path], tmp_path: Path) -> None:
    now, before = folders
    file = tmp_path / "watch.txt"
    file.write_text("\ufeffheart attack\n\nunheard of\n", encoding="utf-8")
    text = invoke(now, "--against", before, "--watch-file", file)
    assert "not in this run: unheard of" in text
    assert "Myocardial Infarction" in text
    assert "Retracted" not in text
    assert "Retracted" in invoke(now, "--against", before, "--watch", "aspirin")
    file.write_text("\n")
    with pytest.raises(SettingsError, match="must have one name per line"):
        invoke(now, "--against", before, "--watch-file", file)


@pytest.mark.parametrize("arguments", [("--since", "yesterday"), ("--since", "2020-01-01", "--against", "x")])
def test_wrong_options(arguments: tuple[str, ...], folders: tuple[Path, Path]) -> None:
    result = CliRunner().invoke(command, [str(folders[0]), *arguments])
    assert result.exit_code == 2


def test_hostile_text_does_not_act_on_a_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [row | {"name": f"{row['name']}\x1b[31m\n<b>"} for row in small_run.CONCEPTS.to_pylist()]
    monkeypatch.setattr(small_run, "CONCEPTS", small_run.CONCEPTS.from_pylist(rows, small_run.CONCEPTS.schema))
    odd = [replace(DOCUMENTS[0], passages=(Passage("title", "Aspirin\x1b]0;x\x07 for headache. Patients."),))]
    now = write_run(tmp_path / "now", odd, statements=STATEMENTS)
    text = invoke(now, "--against", write_run(tmp_path / "before", [DOCUMENTS[3]]))
    assert "Aspirin\\x1b[31m <b> treats" in text
    assert not {"\x1b", "\x07"} & set(text)
    page = invoke(now, "--against", tmp_path / "before", "--html")
    assert '>Aspirin\ufffd[31m\n&lt;b&gt;</a> <span class="verb">treats</span>' in page
    assert '<blockquote><mark class="chemical">Aspirin</mark>' in page
    assert not {"\x1b", "\x07"} & set(page)


def test_html_is_well_formed_and_needs_nothing_else(folders: tuple[Path, Path], tmp_path: Path) -> None:
    now, before = folders
    other = write_run(tmp_path / "other", [DOCUMENTS[3]])
    for run, baseline in ((now, before), (now, other), (other, now), (now, now)):
        text = invoke(run, "--against", baseline, "--html")
        page = etree.fromstring(re.sub("<!doctype html>|<meta[^>]*>", "", text))
        assert not page.xpath("//script | //link | //img | //*[@src]")
        assert ("Nothing new" in text) == (run == baseline)
    page = etree.fromstring(re.sub("<!doctype html>|<meta[^>]*>", "", invoke(now, "--against", before, "--html")))
    assert [heading.text for heading in page.iter("h2")] == [
        "New concepts (1)",
        "Retracted papers behind relations (1)",
    ]
    assert next(link.get("href") for link in page.iter("a")).endswith("D009203")
    assert "no earlier results" in invoke(now, "--html")


class Hook(BaseHTTPRequestHandler):
    """Takes what it is sent; messages are the server's, and so is the status that it answers."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.messages.append(json.loads(body))  # type: ignore[attr-defined]
        self.send_response(self.server.status)  # type: ignore[attr-defined]
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def hook() -> Iterator[HTTPServer]:
    with HTTPServer(("127.0.0.1", 0), Hook) as server:
        server.messages, server.status = [], 200  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_webhook(folders: tuple[Path, Path], hook: HTTPServer) -> None:
    now, before = folders
    address = f"http://127.0.0.1:{hook.server_address[1]}/secret"
    invoke(now, "--against", now, "--webhook", address)
    assert hook.messages == []  # type: ignore[attr-defined]
    text = invoke(now, "--against", before, "--webhook", address)
    (message,) = hook.messages  # type: ignore[attr-defined]
    assert message["text"] == text.rstrip("\n")
    assert message["new_concepts"]["count"] == 1
    hook.status = 404  # type: ignore[attr-defined]
    with pytest.raises(FetchError, match="the webhook answered 404") as refused:
        invoke(now, "--against", before, "--webhook", address)
    assert "secret" not in str(refused.value)
    with pytest.raises(FetchError, match="cannot be reached"):
        invoke(now, "--against", before, "--webhook", "no address")


@pytest.mark.skipif(not shutil.which("date"), reason="the unit needs a shell and coreutils")
def test_the_unit_of_systemd_tells_what_is_new(folders: tuple[Path, Path], hook: HTTPServer, tmp_path: Path) -> None:
    unit = (Path(__file__).parents[2] / "workflows" / "bioweft-changes.service").read_text(encoding="utf-8")
    (line,) = re.findall("^ExecStart=/bin/sh -c '(.*)'$", unit, re.MULTILINE)
    program = tmp_path / "bioweft"
    code = f"import sys\nfrom bioweft.cli import main\nmain([*sys.argv[1:3], '--against', {str(folders[1])!r}])\n"
    program.write_text(f"#!{sys.executable}\n{code}", encoding="utf-8")
    program.chmod(0o755)
    command = line.replace("$$", "$").replace("%%", "%").replace("/opt/bioweft/bin/bioweft", str(program))
    place = {"BIOWEFT_WEBHOOK": f"http://127.0.0.1:{hook.server_address[1]}"}
    environment = {**os.environ, **place, "PYTHONPATH": str(Path(__file__).parents[2] / "pipeline")}
    (tmp_path / "outputs").mkdir()
    (tmp_path / "outputs" / "pubmed").symlink_to(folders[0])
    subprocess.run(["/bin/sh", "-c", command], env=environment, cwd=tmp_path, check=True, timeout=120)
    assert len(hook.messages) == 1  # type: ignore[attr-defined]
    words = re.search(r"--since (.*)$", command)
    assert words is not None
    day = subprocess.run(["/bin/sh", "-c", f"echo {words[1]}"], capture_output=True, text=True, check=True).stdout
    assert date.fromisoformat(day.strip()) < date.today()
