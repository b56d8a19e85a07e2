"""A linker of the user's own, found by an entry point of an installed package."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bioweft.errors import InputError, NotFoundError
from bioweft.link.adapters import open_linker
from bioweft.link.registry import open_linker as open_by_settings
from bioweft.link.settings import LinkSettings
from bioweft.records import Link
from tests.link.contract import annotated, check, concepts

MODULE = """
class Plants:
    def __init__(self, genus="arabidopsis"):
        self.genus = genus

    def link(self, name, type, text):
        if type == "plant" and self.genus in text.lower():
            yield "ncbitaxon:3702", 0.75
            yield "ncbitaxon:3701", 0.5

class Sure:
    def link(self, name, type, text):
        return [("x:" + name,)]

class Wrong:
    def link(self, name, type, text):
        return [(name, 2)]

class Empty:
    pass
"""
ENTRIES = """[bioweft.linkers]
plants = my_linkers:Plants
sure = my_linkers:Sure
wrong = my_linkers:Wrong
empty = my_linkers:Empty
gone = my_linkers:Gone
"""
CRESS = annotated("Thale cress, Arabidopsis, and its gene.", ("Thale cress", "plant"), ("gene", "gene"))


def install(folder: Path, version: str) -> None:
    (folder / "my_linkers.py").write_text(MODULE)
    info = folder / "my_linkers.dist-info"
    info.mkdir(exist_ok=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: my-linkers\nVersion: {version}\n")
    (info / "entry_points.txt").write_text(ENTRIES)


@pytest.fixture(autouse=True)
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    install(tmp_path, "1.0")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    sys.modules.pop("my_linkers", None)


def test_one_class_with_one_method() -> None:
    linker = open_linker("plants")
    (linked,) = check(linker, [CRESS])
    link = Link("ncbitaxon:3702", 0.75, "plants", ("ncbitaxon:3702", "ncbitaxon:3701"))
    assert (linker.name, linked.links) == ("plants", ((link,), ()))


def test_what_stands_after_the_colon_is_for_the_class() -> None:
    linker = open_linker("plants:zea")
    (linked,) = check(linker, [CRESS])
    assert (linker.name, concepts(linked)) == ("plants:zea", [[], []])


def test_a_link_without_a_score_is_sure() -> None:
    (linked,) = check(open_linker("sure"), [CRESS])
    assert [link.score for links in linked.links for link in links] == [1.0, 1.0]


def test_the_settings_name_it_and_its_threshold() -> None:
    linker = open_by_settings(LinkSettings(linker="plants", threshold=0.8))
    assert linker is not None
    assert concepts(next(linker.link([CRESS]))) == [[], []]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("wrong", "the linker wrong should give CURIEs .* of 'Thale cress' it gives Thale cress with 2.0"),
        ("empty", r"the linker empty \(my_linkers:Empty\) has no method `link`"),
        ("gone", "the linker gone cannot be imported: .*Gone"),
    ],
)
def test_a_class_that_is_not_right(name: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        list(open_linker(name).link([CRESS]))


def test_a_name_that_no_package_brings() -> None:
    with pytest.raises(NotFoundError, match=r"there are: scispacy:NAME, .*plants.* \(did you mean 'plants'\?\)"):
        open_linker("plant")
    with pytest.raises(NotFoundError, match=r"there are: none, default, scispacy:NAME, .*did you mean 'default'"):
        open_by_settings(LinkSettings(linker="defalt"))


def test_the_digest_changes_with_the_version_of_the_package(package: Path) -> None:
    digests = {open_linker("plants").digest, open_linker("plants:zea").digest, open_linker("sure").digest}
    digests.add(open_linker("plants", threshold=0.5).digest)
    install(package, "1.1")
    digests.add(open_linker("plants").digest)
    assert len(digests) == 5
