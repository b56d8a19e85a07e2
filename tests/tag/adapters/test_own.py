"""A tagger of the user's own, found by an entry point of an installed package."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bioweft.errors import InputError, NotFoundError
from bioweft.tag.adapters import open_tagger
from tests.tag.adapters import contract
from tests.tag.adapters.contract import document, shown
from tests.tagging import mentions_of

MODULE = """
import re

class Plants:
    def __init__(self, name="Arabidopsis"):
        self.name = name

    def find(self, text):
        for match in re.finditer(self.name, text):
            yield match.start(), match.end(), "plant"

class Scored:
    def find(self, text):
        return [(4, 7, "gene", 0.5), (0, 7, "gene", 0.25), (0, 3, "disease", 1.0)]

class Wrong:
    def find(self, text):
        return [(5, 3, "gene")]

class Empty:
    pass
"""
ENTRIES = """[bioweft.taggers]
plants = my_plants:Plants
scored = my_plants:Scored
wrong = my_plants:Wrong
empty = my_plants:Empty
gone = my_plants:Gone
"""


def install(folder: Path, version: str) -> None:
    (folder / "my_plants.py").write_text(MODULE)
    info = folder / "my_plants.dist-info"
    info.mkdir(exist_ok=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: my-plants\nVersion: {version}\n")
    (info / "entry_points.txt").write_text(ENTRIES)


@pytest.fixture(autouse=True)
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    install(tmp_path, "1.0")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    sys.modules.pop("my_plants", None)


def test_one_class_with_one_method() -> None:
    tagger = open_tagger("plants")
    (found,) = mentions_of(tagger, [document("Genes", "of 𝛼 Arabidopsis and Zea")])
    assert (tagger.name, shown(found)) == ("plants", [("Arabidopsis", "plant")])
    contract.check(tagger, ["In Arabidopsis.", "Arabidopsis"])


def test_what_stands_after_the_colon_is_for_the_class() -> None:
    tagger = open_tagger("plants:Zea")
    (found,) = mentions_of(tagger, [document("Arabidopsis and Zea")])
    assert (tagger.name, shown(found)) == ("plants:Zea", [("Zea", "plant")])


def test_scores_and_of_two_of_a_type_that_overlap_the_longer() -> None:
    (found,) = mentions_of(open_tagger("scored"), [document("abc def")])
    assert [(m.text, m.type, m.score) for m in found] == [("abc", "disease", 1.0), ("abc def", "gene", 0.25)]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("wrong", "the tagger wrong gives 5-3 in a text of 3 characters"),
        ("empty", r"the tagger empty \(my_plants:Empty\) has no method `find`"),
        ("gone", "the tagger gone cannot be imported: .*Gone"),
    ],
)
def test_a_class_that_is_not_right(name: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        list(mentions_of(open_tagger(name), [document("abc")]))


def test_a_name_that_no_package_brings() -> None:
    with pytest.raises(
        NotFoundError, match=r"there are: flair:MODEL, .*, plants, scored.* \(did you mean 'plants'\?\)"
    ):
        open_tagger("plant")


def test_the_digest_changes_with_the_version_of_the_package(package: Path) -> None:
    digests = {open_tagger("plants").digest, open_tagger("plants:Zea").digest, open_tagger("scored").digest}
    install(package, "1.1")
    digests.add(open_tagger("plants").digest)
    assert len(digests) == 4
