"""Names of taggers, and what is said where a library is not there."""

from importlib.util import find_spec
from typing import Any

import pytest

from bioweft.errors import InputError, NotFoundError
from bioweft.tag import adapters
from bioweft.tag.adapters import ADAPTERS, base


@pytest.mark.parametrize("name", ["flare:hunflair2", "flair", "flair:", "hunflair2"])
def test_a_name_of_no_adapter(name: str) -> None:
    with pytest.raises(NotFoundError, match="there are: flair:MODEL, spacy:MODEL, huggingface:MODEL"):
        adapters.open_tagger(name)
    with pytest.raises(NotFoundError):
        adapters.fetch(name)


def test_a_near_name_is_suggested() -> None:
    with pytest.raises(NotFoundError, match="did you mean 'flair:hunflair2'"):
        adapters.open_tagger("flare:hunflair2")


@pytest.mark.parametrize("kind", ADAPTERS)
def test_a_library_that_is_missing(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def none_of(name: str, *rest: Any) -> Any:
        return None if name in ("flair", "spacy", "transformers") else find_spec(name, *rest)

    monkeypatch.setattr(base, "find_spec", none_of)
    for use in (adapters.open_tagger, adapters.fetch):
        with pytest.raises(InputError, match=rf"^\w+ is not installed: pip install '\.\[{kind}\]' in the folder"):
            use(f"{kind}:anything")
