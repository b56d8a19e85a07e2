"""`bioweft query`: for a person, for a pipe, for a program."""

import io
import json
import os
import pty
import subprocess
import sys
from contextlib import suppress

import pytest
from click.testing import CliRunner
from rich.console import Console

from bioweft.analyse.query import ask
from bioweft.cli.query import command, show, sparkline
from bioweft.store.run import RunFolder
from tests.small_run import write_run


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_run(tmp_path_factory.mktemp("outputs") / "small")


def invoke(folder, *arguments):
    result = CliRunner().invoke(command, [*arguments, "--in", str(folder)], catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def test_in_a_pipe_every_line_says_what_it_is(folder):
    lines = [line.split("\t") for line in invoke(folder, "aspirin").splitlines()]
    assert [line[0] for line in lines] == ["concept", "form"] + ["year"] * 2 + ["comention"] * 4 + ["sentence"] * 3
    assert lines[0] == ["concept", "mesh:D001241", "Aspirin", "chemical", "3", "5", "2018", "2019"]
    assert lines[-1] == [
        "sentence",
        "pmid:5",
        "",
        "",
        "retracted",
        "COX-2 β-sheets and **aspirin**, with **aspirin** again.",
    ]


def test_json(folder):
    answer = json.loads(invoke(folder, "aspirin", "--json", "--limit", "1", "--type", "gene"))
    assert answer["concept"]["id"] == "mesh:D001241"
    assert [c["name"] for c in answer["comentions"]["gene"]] == ["PTGS2"]
    (sentence,) = answer["sentences"]
    (start, end) = sentence["spans"][0]
    assert sentence["text"][start:end] == "Aspirin"


def test_with_another_name(folder):
    output = invoke(folder, "COX-2", "--with", "human")
    assert [line for line in output.splitlines() if line.startswith("sentence")] == [
        "sentence\tpmid:2\t2019\tHeart Notes\t\tIt blocks **COX-2** in **patients**."
    ]


def shown(folder, name, **asked) -> str:
    stream = io.StringIO()
    console = Console(file=stream, width=90, force_terminal=True, color_system="standard", highlight=False)
    show(ask(RunFolder(folder), name, **asked), console)
    return stream.getvalue()


def test_on_a_terminal_mentions_are_highlighted(folder):
    output = shown(folder, "aspirin")
    assert "COX-2 β-sheets and \x1b[1;33maspirin\x1b[0m, with \x1b[1;33maspirin\x1b[0m again." in output
    assert "(chemical, mesh:D001241 = chebi:15365)" in output
    assert "[retracted]" in output


def test_on_a_terminal_two_names_without_a_sentence(folder):
    assert "No sentence holds both." in shown(folder, "aspirin", other="human")


@pytest.mark.parametrize(
    ("years", "line"),
    [
        ([(2020, 3)], "2020 █ 2020 (most: 3)"),
        ([(2018, 1), (2020, 8)], "2018 ▁ █ 2020 (most: 8)"),
        ([(1900, 1), (2019, 2)], f"1900 ▄{' ' * 58}█ 2019 (most: 2, 2 years a bar)"),
    ],
)
def test_sparkline(years, line):
    assert sparkline(years) == line


def test_a_misspelt_name_is_one_line_and_exit_one(folder):
    done = bioweft("query", "asprin", "--in", str(folder))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"error: nothing called 'asprin' was found in {folder} (did you mean 'Aspirin'?)\n"


def test_an_empty_name_is_a_mistake_of_the_command(folder):
    done = bioweft("query", "", "--in", str(folder))
    assert (done.returncode, done.stderr[:24]) == (2, "error: the name is empty")


def test_debug_shows_where_an_error_comes_from(folder):
    done = bioweft("--debug", "query", "asprin", "--in", str(folder))
    assert "Traceback" in done.stderr
    assert "NotFoundError: nothing called" in done.stderr


def test_the_newest_run_serves_where_none_is_named_and_a_run_goes_by_its_name(folder):
    runs = folder.parent.parent
    if folder.parent.name != "outputs":
        (runs / "outputs").symlink_to(folder.parent, target_is_directory=True)
    for arguments in (["query", "aspirin"], ["query", "aspirin", "--in", "small"]):
        done = bioweft(*arguments, cwd=runs)
        assert done.stdout.startswith("concept\tmesh:D001241"), done.stderr


@pytest.mark.parametrize("command", [["query", "aspirin"], ["rank", "disease"]])
def test_on_a_terminal_the_newest_run_is_named(command, folder, tmp_path):
    (tmp_path / "outputs").symlink_to(folder.parent, target_is_directory=True)
    ours, theirs = pty.openpty()
    call = [sys.executable, "-m", "bioweft", *command]
    with subprocess.Popen(call, stdin=theirs, stdout=theirs, stderr=theirs, cwd=tmp_path) as process:
        os.close(theirs)
        seen = b""
        with suppress(OSError):  # the terminal is gone when the command has ended
            while block := os.read(ours, 65536):
                seen += block
        assert process.wait(timeout=60) == 0
    os.close(ours)
    assert b"From outputs/small, the newest run" in seen


def test_nothing_slow_is_imported_for_a_question(folder):
    code = (
        "import sys; sys.argv = ['bioweft', 'query', 'aspirin', '--in', sys.argv[1]]\n"
        "from bioweft.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "slow = {'pandas', 'pyarrow', 'numpy', 'matplotlib', 'networkx', 'luigi', 'rich'} & set(sys.modules)\n"
        "sys.exit(f'imported: {slow}' if slow else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def bioweft(*arguments, cwd=None):
    command_line = [sys.executable, "-c", "from bioweft.cli import main; main()", *arguments]
    return subprocess.run(command_line, capture_output=True, text=True, check=False, cwd=cwd)
