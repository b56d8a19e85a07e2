"""Fixtures that all tests share."""

import os
from pathlib import Path

import hypothesis
import pytest

# How long an example takes is the machine's affair, not the test's.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")

CHECKOUT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def corpus_data() -> Path:
    """The folder of real data, unpacked; a test that uses it carries the marker `corpus`."""
    folder = Path(os.environ.get("BIOWEFT_DATA") or CHECKOUT.parent / "data")
    if not (folder / ".unpacked.json").exists():
        pytest.skip(f"the real data are not in {folder}: unpack them with `python ../shared/data/unpack.py`")
    return folder
