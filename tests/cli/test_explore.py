"""`bioweft explore`: where it listens, and what it refuses."""

import socket
import subprocess
import sys
import urllib.error
import urllib.request

import pytest

pytest.importorskip("uvicorn", reason="the extra `explore` is not installed")

from bioweft.cli import main
from tests.small_run import write_run


def _start(folder, *options):
    command = [sys.executable, "-m", "bioweft", "explore", str(folder), "--no-browser", "--port", "0", *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def _address(server):
    return server.stdout.readline().split()[-1]


def test_it_says_where_it_listens_and_answers_there(tmp_path):
    server = _start(write_run(tmp_path / "run"))
    address = _address(server)
    assert address.startswith("http://127.0.0.1:")
    with urllib.request.urlopen(address + "run.json", timeout=120) as answer:
        assert answer.status == 200
    server.terminate()
    assert server.wait(60) in (0, -15)


def test_elsewhere_it_makes_a_token(tmp_path):
    server = _start(write_run(tmp_path / "run"), "--host", "0.0.0.0")
    address = _address(server)
    assert "?token=" in address
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(address.partition("?")[0].replace("0.0.0.0", "127.0.0.1") + "run.json", timeout=120)
    server.terminate()
    server.wait(60)


def _code(arguments):
    with pytest.raises(SystemExit) as exit_:
        main(arguments)
    return exit_.value.code


def test_a_taken_port_is_named(tmp_path, capsys):
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    taken.listen()
    port = taken.getsockname()[1]
    assert _code(["explore", str(write_run(tmp_path / "run")), "--port", str(port), "--no-browser"]) == 2
    assert f"port {port}" in capsys.readouterr().err
    taken.close()


@pytest.mark.parametrize("arguments", [["--host", "no.such.host.invalid"], ["--token", " "]])
def test_wrong_options(tmp_path, capsys, arguments):
    assert _code(["explore", str(write_run(tmp_path / "run")), "--port", "0", "--no-browser", *arguments]) == 2
    assert "error:" in capsys.readouterr().err


def test_no_run(tmp_path, capsys):
    assert _code(["explore", str(tmp_path / "nothing"), "--port", "0", "--no-browser"]) == 1
    assert "no run folder" in capsys.readouterr().err


def test_without_the_extra_it_says_how_to_get_it(monkeypatch, capsys):
    from bioweft.cli import explore

    monkeypatch.setattr(explore, "find_spec", lambda _: None)
    assert _code(["explore", "--no-browser"]) == 1
    assert "pip install '.[explore]'" in capsys.readouterr().err
