"""The notebooks run from end to end, on a run made here."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.small_run import STATEMENTS, Statement, write_run

BOOKS = sorted((Path(__file__).parents[1] / "docs" / "notebooks").glob("*.ipynb"))
SAID = [
    *STATEMENTS,
    Statement("pmid:2", "COX-2", "biolink:contributes_to", "heart attack", 0.75),
]


def test_there_are_notebooks() -> None:
    assert len(BOOKS) == 2


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("outputs") / "demo", statements=SAID)


def outputs(path: Path, run: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Run a notebook in a folder; return the plain text that each cell of code ends with."""
    monkeypatch.setenv("RUN", str(run))
    monkeypatch.setenv("DISEASE", "heart attack")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1] / "pipeline"))
    monkeypatch.setenv("IPYTHONDIR", str(folder / "ipython"))
    book = nbformat.read(path, as_version=4)
    NotebookClient(book, timeout=240, kernel_name="python3", resources={"metadata": {"path": str(folder)}}).execute()
    cells = [cell for cell in book.cells if cell.cell_type == "code"]
    return ["".join(output.get("data", {}).get("text/plain", "") for output in cell.outputs) for cell in cells]


def test_genes_and_diseases(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, *_ = outputs(BOOKS[0], run, tmp_path, monkeypatch)
    assert "PTGS2" in first
    assert (tmp_path / "genes_and_diseases.csv").read_text(encoding="utf-8").count("biolink:contributes_to") == 1


def test_repurposing(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, size, candidates, sentences = outputs(BOOKS[1], run, tmp_path, monkeypatch)
    assert size == "(4, 3)"
    assert "Aspirin" in candidates
    assert "heart attack. … It blocks" in sentences


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)
def test_notebooks_hold_no_outputs(path: Path) -> None:
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    assert not any(cell.outputs or cell.execution_count for cell in cells)
