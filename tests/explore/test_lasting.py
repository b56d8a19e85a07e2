"""The explorer while runs go on and after it was killed: answers are whole, old or new, and the run stays as it is."""

import hashlib
import json
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

pytest.importorskip("fastapi", reason="the extra `explore` is not installed")

from fastapi.testclient import TestClient

from bioweft.explore import document
from bioweft.explore.guard import LOOPBACK
from bioweft.explore.reader import Reader
from bioweft.explore.server import create_app
from bioweft.store.seals import write_sealed
from bioweft.workflow.engine import run
from bioweft.workflow.settings import load
from tests.explore.test_pages import ASPIRIN, PAGES
from tests.small_run import DOCUMENTS, STATEMENTS, write_run
from tests.workflow.conftest import DICTIONARY, write_table


def serve(folder: Path) -> TestClient:
    return TestClient(create_app(Reader(folder, seconds=300), hosts=LOOPBACK), base_url="http://localhost")


def rewrite(folder: Path) -> None:
    """Make the results of all documents, in a set of another name, the current ones of a run."""
    later = write_run(folder.with_name("later"), DOCUMENTS)
    name = "results-" + "1" * 16
    shutil.copytree(later / ("results-" + "0" * 16), folder / name)
    shutil.copytree(later / "shards", folder / "shards", dirs_exist_ok=True)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest.pop("sealed")
    write_sealed(folder / "manifest.json", manifest | {"results": name})


def test_new_results_are_shown_at_the_next_request(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", DOCUMENTS[:2])
    with serve(folder) as client:
        page = client.get("/documents.json", params={"id": ASPIRIN, "limit": 1}).json()
        before = client.get("/entity.json", params={"id": ASPIRIN}).json()["concept"]["documents"]
        rewrite(folder)
        after = client.get("/entity.json", params={"id": ASPIRIN}).json()["concept"]["documents"]
        assert (before, after) == (2, 3)
        old = client.get("/documents.json", params={"id": ASPIRIN, "limit": 1, "next": page["next"]})
        assert old.status_code == 409


def test_a_request_that_is_under_way_keeps_its_results(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", DOCUMENTS[:2])
    reader = Reader(folder)
    count = "SELECT count(*) FROM documents"
    with reader.view() as earlier:
        rewrite(folder)
        with reader.view() as later:
            assert later.connection.execute(count).fetchone() == (5,)
            assert earlier.connection.execute(count).fetchone() == (2,)
    reader.close()


def test_a_page_whose_results_are_removed_meanwhile_is_made_of_the_new_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_run(tmp_path / "run", DOCUMENTS[:2])
    earlier = folder / ("results-" + "0" * 16)
    text_of = document.text_of

    def slow(*given):
        """Let a run finish, and the next one remove the results that the page is of."""
        if earlier.exists():
            rewrite(folder)
            shutil.rmtree(earlier)
        return text_of(*given)

    monkeypatch.setattr(document, "text_of", slow)
    with serve(folder) as client:
        page = client.get("/document.json", params={"id": "pmid:1"})
        assert (page.status_code, page.json()["results"]) == (200, "results-" + "1" * 16)


def test_results_that_are_gone_are_an_error_that_says_so(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", DOCUMENTS[:2])
    with serve(folder) as client:
        shutil.rmtree(folder)
        answer = client.get("/entity.json", params={"id": ASPIRIN})
    assert answer.status_code == 503
    assert "cannot be read" in answer.json()["detail"]


def test_what_a_run_writes_before_its_manifest_is_not_shown(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", DOCUMENTS[:2])
    reject = json.dumps({"source": "a", "position": "1", "reason": "broken"}) + "\n"
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest.pop("sealed")
    seal = {"size": len(reject), "sha256": hashlib.sha256(reject.encode()).hexdigest()}
    write_sealed(folder / "manifest.json", manifest | {"files": {"rejects.jsonl": seal}})
    (folder / "rejects.jsonl").write_text(reject, encoding="utf-8")
    with serve(folder) as client:
        assert [line["reason"] for line in client.get("/run.json").json()["rejects"]] == ["broken"]
        (folder / "rejects.jsonl").write_text(reject * 2, encoding="utf-8")
        page = client.get("/run.json").json()
        assert (page["rejects"], page["are_rejects_whole"]) == ([], False)
        assert "A run is writing this anew" in client.get("/run").text


@contextmanager
def explorer(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Give a process of `bioweft explore` and its address."""
    command = [
        sys.executable,
        "-m",
        "bioweft",
        "explore",
        str(folder),
        "--no-browser",
        "--port",
        "0",
        "--seconds",
        "300",
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        (address,) = re.findall(r"http://\S+?/", process.stdout.readline())
        yield process, address
    finally:
        process.kill()
        process.communicate()


def digests(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def ask(address: str, path: str, parameters: dict[str, str]) -> str:
    try:
        return str(httpx.get(address + path.lstrip("/"), params=parameters, timeout=60).status_code)
    except httpx.TransportError:
        return "killed"


def test_an_explorer_that_is_ended_leaves_no_folder_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, temporary = write_run(tmp_path / "run", DOCUMENTS), tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    with explorer(folder) as (process, address):
        while ask(address, "/run", {}) == "killed":
            pass
        assert list(temporary.iterdir())
        process.terminate()
        process.wait(60)
    assert list(temporary.iterdir()) == []


def test_a_killed_explorer_leaves_the_run_as_it_was_and_starts_again(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", DOCUMENTS, statements=STATEMENTS)
    before = digests(folder)
    questions = [(path + ending, query) for path, query in PAGES.items() for ending in ("", ".json", ".csv")] * 3
    with explorer(folder) as (process, address), ThreadPoolExecutor(8) as pool:
        while ask(address, "/run", {}) == "killed":  # it does not listen yet
            pass
        answers = [pool.submit(ask, address, *question) for question in questions]
        answers[len(answers) // 4].result()
        process.kill()
        outcomes = {answer.result() for answer in answers}
    assert outcomes == {"200", "killed"}
    assert digests(folder) == before
    with explorer(folder) as (_, address):
        while ask(address, "/run", {}) == "killed":
            pass
        assert {ask(address, *question) for question in questions[:9]} == {"200"}


DIABETES, CANCER = "mesh:D003920", "mesh:D001943"
FACTS = {
    "/run.json": lambda page: page["counts"]["documents"],
    f"/entity.json?id={DIABETES}": lambda page: [page["concept"], page["years"], page["partners"], page["documents"]],
    f"/pair.json?a={CANCER}&b={DIABETES}": lambda page: [page["together"], page["sentences"]],
    f"/documents.json?id={DIABETES}&limit=500": lambda page: page["documents"],
    f"/graph.json?id={DIABETES}": lambda page: page["edges"],
    "/search.json?q=diab": lambda page: page["hits"],
    "/rankings.json?type=illness": lambda page: page["ranked"],
    "/document.json?id=made:1": lambda page: page["passages"],
}
"""Addresses, and what an answer says that another set of results says otherwise."""


def write_workflow(folder: Path) -> Path:
    (folder / "illness.tsv").write_text(DICTIONARY, encoding="utf-8")
    file = folder / "small.toml"
    lines = ['name = "small"', f'output = "{folder / "run"}"', "[[sources]]", 'kind = "table"', 'path = "part.jsonl"']
    lines += ["[tag]", 'model = "none"', 'dictionaries = ["illness.tsv"]', "[engine]", "workers = 1"]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def test_questions_during_runs_have_whole_answers_of_the_old_results_or_the_new(tmp_path: Path) -> None:
    """Every answer names its set of results; all answers to a question that name one set must be the same."""
    file = write_workflow(tmp_path)

    def finish(records: int) -> str:
        write_table(tmp_path / "part.jsonl", range(records))
        return run(load(file), quiet=True).folder.results.name

    sets = [finish(8)]
    said: dict[tuple[str, str], set[str]] = {}
    statuses: set[int] = set()
    is_over = threading.Event()
    with serve(tmp_path / "run") as client:

        def keep_asking() -> None:
            while not is_over.is_set():
                for path, fact in FACTS.items():
                    answer = client.get(path)
                    statuses.add(answer.status_code)
                    if answer.status_code == 200:
                        page = answer.json()
                        said.setdefault((path, page["results"]), set()).add(json.dumps(fact(page), sort_keys=True))

        with ThreadPoolExecutor(3) as pool:
            asking = [pool.submit(keep_asking) for _ in range(3)]
            for records in (16, 12, 24):
                sets.append(finish(records))
                page = client.get("/run.json").json()  # the next request has what the run has made
                assert (page["results"], page["counts"]["documents"]) == (sets[-1], records)
            is_over.set()
            for question in asking:
                question.result()
    assert statuses == {200}
    assert {name for _, name in said} >= {sets[0], sets[-2]}
    assert {name for _, name in said} <= set(sets)
    assert {question: len(answers) for question, answers in said.items() if len(answers) > 1} == {}
