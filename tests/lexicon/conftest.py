"""What the tests of dictionaries share."""

from pathlib import Path

import pytest

from bioweft.lexicon.build import build


@pytest.fixture(scope="session")
def terminologies() -> Path:
    return Path(__file__).parents[1] / "fixtures" / "terminologies"


@pytest.fixture(scope="session")
def built(terminologies: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of all dictionaries made from the small terminologies."""
    folder = tmp_path_factory.mktemp("dictionaries")
    list(build((), terminologies=terminologies, output=folder))
    return folder
