"""The samples of README and docs are run: every command as a shell would, every piece of Python page by page.

A line of a console sample that is no command is output: its words must be among what the command before it prints.
What needs the network, corpora or software that the tests do not have is in `NOT_RUN`, with the reason.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from bioweft import resources

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]

NOT_RUN = {
    r"bioweft explore|curl ": "serves pages until it is stopped; tests/explore asks for them",
    r".*--engine ray": "starts a Ray; tests/workflow/test_ray.py has one",
    r"make \w+": "sets up an environment of its own; its parts are run by `make test` and CI",
    r"python3 -m venv|\. \.venv|pip install": "sets up an environment of its own",
    r"bioweft train |models/\w+\.sh": "needs corpora, the extra `train` and hours",
    r"python benchmarks/": "needs corpora",
    r"bioweft evaluate --relations": "needs corpora",
    r".*(--tagger |tag\.model=|model fetch )(flair|spacy|huggingface):": "needs a model of another library",
    r".*--tagger models/mine": "needs a model that was trained",
    r".*(--tagger |tag\.model=)toxins": "needs a package with an entry point; tests/cli/test_own_tools.py has one",
    r"bioweft run (ferroptosis\.toml|pubmed )": "needs the network",
    r"bioweft .* s3://": "needs an object store; tests/workflow/test_kept.py has one",
    r".*--output /data/mine": "writes into a folder that is yours",
}
"""What is not run: a pattern of the command, and why."""

ARTICLES = {
    "one.txt": "Metformin lowers glucose in type 2 diabetes.\n",
    "two.txt": "Temozolomide is given in glioblastoma. Pten was deleted in the mouse prostate.\n",
}
PUBTATOR = (
    "12|t|Aspirin for headache\n12|a|It helps.\n12\t0\t7\tAspirin\tChemical\tMESH:D001241\n"
    "12\t12\t20\theadache\tDisease\tMESH:D006261\n"
)
BIOC = (
    '{"source": "", "date": "", "key": "", "documents": [{"id": "12", "passages": [{"offset": 0, "infons": {"type": '
    '"title"}, "text": "Aspirin for headache", "annotations": [{"id": "1", "text": "Aspirin", "infons": {"type": '
    '"Chemical", "identifier": "MESH:D001241"}, "locations": [{"offset": 0, "length": 7}]}]}]}]}\n'
)
FILES = {
    "note.txt": ARTICLES["one.txt"],
    **{f"articles/{name}": text for name, text in ARTICLES.items()},
    "plants.tsv": "curie\tname\tsynonyms\nplant:1\tfoxglove\tDigitalis purpurea\n",
    "my_terms.tsv": "curie\tname\tsynonyms\nmine:1\tgreen fever\tGF\n",
    "mine.tsv": "curie\tname\tsynonyms\nmine:1\tgreen fever\tGF\n",
    "toxin.tsv": "curie\tname\tsynonyms\ntoxin:1\ttetrodotoxin\tTTX|fugu poison\ntoxin:2\tsaxitoxin\tSTX\n",
    "trials.csv": "Number,Heading,Summary\n1,Aspirin for headache,It helps.\n",
    "abstracts.pubtator": PUBTATOR,
    "gold.PubTator": PUBTATOR,
    "corpus/dev.PubTator": PUBTATOR,
    "gold.bioc.json": BIOC,
    "predicted.bioc.json": BIOC,
    "watch.txt": "BECN1\n",
    "mondo.obo": "format-version: 1.2\n\n[Term]\nid: MONDO:0005148\nname: type 2 diabetes mellitus\n",
    "pubmed21n0001.xml.gz": "<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>12</PMID><Article><ArticleTitle>"
    "Aspirin for headache</ArticleTitle></Article></MedlineCitation></PubmedArticle></PubmedArticleSet>",
    "mine.toml": 'name = "mine"\n[[sources]]\nkind = "table"\npath = "texts.jsonl"\n[tag]\nmodel = "none"\n',
}
"""What the samples take for granted: files of a user."""


def samples(page: Path, language: str) -> list[str]:
    text = page.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder of a user with finished runs, for all processes of the tests: `mine` had fewer texts before."""
    shared = tmp_path_factory.getbasetemp()
    folder = (shared if worker_id == "master" else shared.parent) / "samples"
    with FileLock(f"{folder}.lock"):
        if (folder / "outputs" / "autophagy").exists():
            return folder
        for name, content in FILES.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(content, encoding="utf-8")
        (folder / "bin").mkdir()
        program = folder / "bin" / "bioweft"
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m bioweft "$@"\n')
        program.chmod(0o755)
        texts = (resources.workflow("demo").parent / "demo.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
        texts.append('{"id": "mine:1", "title": "Saxitoxin, as tetrodotoxin, blocks sodium channels.", "year": 2021}\n')
        for lines in (texts[:-8], texts):
            (folder / "texts.jsonl").write_text("".join(lines), encoding="utf-8")
            shell(folder, "bioweft run mine.toml --workers 1 --quiet --output outputs/mine")
        shell(folder, "bioweft run demo --set tag.model=none --workers 1 --quiet")
        for name in ("last-year", "ferroptosis"):
            (folder / "outputs" / name).symlink_to("mine")
        (folder / "outputs" / "autophagy").symlink_to("demo")
    return folder


@pytest.fixture
def user(finished: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy of the folder, in which the run of the demo is the newest."""
    folder = tmp_path / "user"
    shutil.copytree(finished, folder, symlinks=True)
    (folder / "outputs/demo/manifest.json").touch()
    yield folder
    shutil.rmtree(folder)


def shell(folder: Path, command: str) -> str:
    """Return what a command prints on both streams; it must succeed."""
    script = f'export PATH="{folder}/bin:$PATH"; cd "{folder}"; {command}'
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, f"{command}: exit {done.returncode}\n{done.stdout[-500:]}\n{done.stderr[-2000:]}"
    return done.stdout + done.stderr


def commands(block: str) -> list[tuple[str, list[str]]]:
    """Return the commands of a sample, each with the lines of output that are shown below it."""
    pairs: list[tuple[str, list[str]]] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            pairs.append((line[2:].partition("  #")[0].strip(), []))
        elif pairs and line.strip():
            pairs[-1][1].append(line)
    return pairs


def reason_not_to_run(command: str) -> str | None:
    return next((reason for pattern, reason in NOT_RUN.items() if re.match(pattern, command)), None)


def consoles() -> list[Path]:
    """Return the pages that have a command to run."""
    return [
        page
        for page in PAGES
        if any(not reason_not_to_run(c) for block in samples(page, "console") for c, _ in commands(block))
    ]


@pytest.mark.slow
@pytest.mark.parametrize("page", consoles(), ids=name_of)
def test_the_console_samples_run(page: Path, user: Path) -> None:
    for block in samples(page, "console"):
        for command, shown in commands(block):
            if reason_not_to_run(command):
                continue
            printed = set(shell(user, command).split())
            missing = [word for line in shown for word in line.split() if word not in printed and word != "…"]
            assert missing == [], command
        (user / "outputs/demo/manifest.json").touch()  # other samples ask the newest run


def test_each_reason_not_to_run_is_of_a_command() -> None:
    lines = [command for page in PAGES for block in samples(page, "console") for command, _ in commands(block)]
    assert [pattern for pattern in NOT_RUN if not any(re.match(pattern, line) for line in lines)] == []


@pytest.mark.slow
def test_the_python_samples_run_page_by_page(
    user: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(user)
    for page in PAGES:
        names: dict[str, object] = {}
        for code in samples(page, "python"):
            exec(compile(code, str(page), "exec"), names)
    printed = capsys.readouterr().out
    assert "Aspirin chemical mesh:D001241 Aspirin" in printed
    assert "demo:007" in printed
    assert "did you mean 'Chloroquine'" in printed
    assert "Metformin chemical mesh:D008687" in printed
