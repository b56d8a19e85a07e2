"""The wheel works from any folder: dictionaries found, demo runs."""

import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the `bin` of an environment that holds the wheel and sees this one's libraries."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--outdir", str(folder / "dist"), str(CHECKOUT)]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = (folder / "dist").glob("*.whl")
    venv.create(folder / "env", with_pip=True)
    binaries = folder / "env" / "bin"
    subprocess.run([binaries / "python", "-m", "pip", "install", "--quiet", "--no-deps", wheel], check=True)
    paths = {"base": str(folder / "env"), "platbase": str(folder / "env")}
    site = Path(sysconfig.get_path("purelib", "venv", vars=paths))
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return binaries


def test_the_demo_runs_from_any_folder(installed: Path, tmp_path: Path) -> None:
    where = [installed / "python", "-c", "import bioweft; print(bioweft.__file__)"]
    assert "/env/" in subprocess.run(where, cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    run = subprocess.run(
        [installed / "bioweft", "run", "demo"], cwd=tmp_path, check=False, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    assert (tmp_path / "outputs" / "demo" / "results" / "rankings.parquet").exists()
    query = subprocess.run(
        [installed / "bioweft", "query", "breast cancer"], cwd=tmp_path, check=False, capture_output=True, text=True
    )
    assert "mesh:D001943" in query.stdout, query.stderr


def test_genes_of_other_species_are_in_the_wheel(installed: Path, tmp_path: Path) -> None:
    script = "from bioweft import resources; print(*resources.gene_dictionaries())"
    run = subprocess.run([installed / "python", "-c", script], cwd=tmp_path, check=True, capture_output=True, text=True)
    assert {"mouse", "rat", "zebrafish"} <= set(run.stdout.split())
