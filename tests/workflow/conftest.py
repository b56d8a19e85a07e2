"""A small workflow of our own: a table of made-up texts and a dictionary of a few names."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

DICTIONARY = """curie\tname\tsynonyms
mesh:D009369\ttumour\tcancer|neoplasm
mesh:D001943\tbreast cancer\tmammary carcinoma
mesh:D003920\tdiabetes mellitus\tdiabetes
mesh:D010300\tParkinson disease\t
"""

SENTENCES = [
    "Mammary carcinoma is the most frequent tumour of women.",
    "Patients with diabetes mellitus were left out of the series.",
    "Parkinson disease was seen in neither group.",
    "Breast cancer and diabetes were found together more often than expected.",
    "The remaining cases showed nothing of note.",
]


def text(number: int) -> dict[str, object]:
    """Return the made-up record of a number."""
    chosen = [SENTENCES[(number + k * (number % 3 + 1)) % len(SENTENCES)] for k in range(3)]
    return {
        "id": f"made:{number}",
        "title": f"Report {number}",
        "abstract": " ".join(chosen),
        "year": 2000 + number % 9,
    }


def write_table(path: Path, numbers: range) -> None:
    """Write the made-up records of some numbers as JSON lines."""
    path.write_text("".join(json.dumps(text(number)) + "\n" for number in numbers), encoding="utf-8")


@pytest.fixture
def make_workflow(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes a workflow over tables of so many records each and gives the file."""

    def make(*sizes: int, name: str = "small", extra: str = "") -> Path:
        (tmp_path / "illness.tsv").write_text(DICTIONARY, encoding="utf-8")
        lines = [f'name = "{name}"', f'output = "{tmp_path / name}"']
        first = 0
        for number, size in enumerate(sizes):
            write_table(tmp_path / f"part{number}.jsonl", range(first, first + size))
            first += size
            lines += ["[[sources]]", 'kind = "table"', f'path = "part{number}.jsonl"']
        lines += ["[tag]", 'model = "none"', 'dictionaries = ["illness.tsv"]', "[engine]", "workers = 1", extra]
        file = tmp_path / f"{name}.toml"
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return file

    return make
