"""PubMed's baseline and update files, from disk and over http."""

import gzip
import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError

from bioweft.errors import FetchError, InputError
from bioweft.records import Deletion, Document, Record
from bioweft.sources.mirror import PubMedMirror
from tests.sources.fake_entrez import ARTICLE
from tests.sources.fake_files import FileServer

Serve = Callable[..., FileServer]


def put(
    folder: Path, number: int, *pmids: int, year: int = 26, says: str = "It says", deleted: int | None = None
) -> Path:
    """Write a PubMed file and its md5, as NLM does."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"pubmed{year}n{number:04}.xml.gz"
    records = "".join(ARTICLE.format(pmid, 2020, says) for pmid in pmids)
    records += f"<DeleteCitation><PMID Version='1'>{deleted}</PMID></DeleteCitation>" if deleted else ""
    path.write_bytes(gzip.compress(f"<PubmedArticleSet>{records}</PubmedArticleSet>".encode(), mtime=0))
    digest = hashlib.md5(path.read_bytes()).hexdigest()
    form = f"MD5({path.name})= {digest}\n" if number % 2 else f"{digest}  {path.name}\n"
    path.with_name(f"{path.name}.md5").write_text(form)
    return path


@pytest.fixture
def nlm(tmp_path: Path) -> Path:
    """A baseline of two files and two updates."""
    root = tmp_path / "pubmed"
    put(root / "baseline", 1, 1, 2)
    put(root / "baseline", 2, 3)
    put(root / "updatefiles", 3, 2, says="It says otherwise")
    put(root / "updatefiles", 10, 4, deleted=1)
    (root / "baseline" / "README.txt").write_text("read me")
    return root


def mirror(root: object) -> PubMedMirror:
    return PubMedMirror(baseline=f"{root}/baseline/", updates=f"{root}/updatefiles/")


def records(source: PubMedMirror, folder: Path) -> list[Record]:
    return [record for item in source.inputs(folder) for record in source.read(item)]


def names(source: PubMedMirror, folder: Path) -> list[str]:
    return [item.name for item in source.inputs(folder)]


ALL = ["pubmed26n0001", "pubmed26n0002", "pubmed26n0003", "pubmed26n0010"]


@pytest.mark.parametrize("remote", [False, True])
def test_files_apply_in_the_order_of_their_numbers(nlm: Path, tmp_path: Path, serve: Serve, remote: bool) -> None:
    source = mirror(serve(nlm).url if remote else nlm)
    assert source.fetch(tmp_path / "f") == []
    assert names(source, tmp_path / "f") == ALL
    found = records(source, tmp_path / "f")
    assert [record.id for record in found if isinstance(record, Document | Deletion)] == [
        f"pmid:{pmid}" for pmid in (1, 2, 3, 2, 4, 1)
    ]
    assert isinstance(found[-1], Deletion)
    fetched = {path.name for path in (tmp_path / "f").glob("*.xml.gz")}
    assert fetched == ({f"{name}.xml.gz" for name in ALL} if remote else set())


@pytest.mark.parametrize("stamps", [True, False])
def test_only_what_is_new_is_fetched(nlm: Path, tmp_path: Path, serve: Serve, stamps: bool) -> None:
    server = serve(nlm, stamps=stamps)
    source = mirror(server.url)
    source.fetch(tmp_path)
    server.requests.clear()
    put(nlm / "updatefiles", 11, 5)
    source.fetch(tmp_path)
    assert names(source, tmp_path) == [*ALL, "pubmed26n0011"]
    assert [path for path in server.asked() if path.endswith(".gz")] == ["/updatefiles/pubmed26n0011.xml.gz"]
    if stamps:  # two folders, and the new file's digest
        assert len(server.requests) == 4


@pytest.mark.parametrize("stamps", [True, False])
def test_a_file_that_changed_is_fetched_again(nlm: Path, tmp_path: Path, serve: Serve, stamps: bool) -> None:
    server = serve(nlm, stamps=stamps)
    source = mirror(server.url)
    source.fetch(tmp_path)
    put(nlm / "updatefiles", 3, 2, says="It says something else again")
    server.requests.clear()
    source.fetch(tmp_path)
    assert [path for path in server.asked() if path.endswith(".gz")] == ["/updatefiles/pubmed26n0003.xml.gz"]
    texts = [record.text for record in records(source, tmp_path) if isinstance(record, Document)]
    assert any("something else again" in text for text in texts)


@pytest.mark.parametrize("stamps", [True, False])
def test_without_an_md5_the_date_tells_of_changes(nlm: Path, tmp_path: Path, serve: Serve, stamps: bool) -> None:
    for path in nlm.rglob("*.md5"):
        path.unlink()
    server = serve(nlm, stamps=stamps)
    source = mirror(server.url)
    source.fetch(tmp_path)
    put(nlm / "updatefiles", 3, 2, says="It says something else again").with_name("pubmed26n0003.xml.gz.md5").unlink()
    server.requests.clear()
    source.fetch(tmp_path)
    changed = ["/updatefiles/pubmed26n0003.xml.gz"] if stamps else []
    assert [path for path in server.asked() if path.endswith(".gz")] == changed


def test_what_breaks_off_goes_on(nlm: Path, tmp_path: Path, serve: Serve) -> None:
    server = serve(nlm, break_after=120, faults=[503, 500])
    source = mirror(server.url)
    source.fetch(tmp_path)
    for name in ALL:
        (served,) = nlm.rglob(f"{name}.xml.gz")
        assert (tmp_path / f"{name}.xml.gz").read_bytes() == served.read_bytes()
    assert any("Range" in headers for _, headers in server.requests)


def test_a_wrong_md5_is_said_and_the_others_are_there(nlm: Path, tmp_path: Path, serve: Serve) -> None:
    bad = nlm / "baseline" / "pubmed26n0001.xml.gz"
    good = bad.read_bytes()
    bad.write_bytes(good[:-5])
    server = serve(nlm)
    source = mirror(server.url)
    with pytest.raises(FetchError, match=r"1 of 4 PubMed files.*pubmed26n0001\.xml\.gz was fetched twice and its md5"):
        source.fetch(tmp_path)
    assert server.asked().count("/baseline/pubmed26n0001.xml.gz") == 2
    with pytest.raises(InputError, match="nothing has been fetched"):
        source.inputs(tmp_path)
    bad.write_bytes(good)
    server.requests.clear()
    source.fetch(tmp_path)
    assert [path for path in server.asked() if path.endswith(".gz")] == ["/baseline/pubmed26n0001.xml.gz"]


def test_a_file_on_disk_with_a_wrong_md5_is_said(nlm: Path, tmp_path: Path) -> None:
    source = mirror(nlm)
    source.fetch(tmp_path)
    path = nlm / "baseline" / "pubmed26n0002.xml.gz"
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(FetchError, match=r"pubmed26n0002\.xml\.gz is not what pubmed26n0002\.xml\.gz\.md5 says"):
        source.fetch(tmp_path)
    path.with_name(f"{path.name}.md5").write_text("soon")
    with pytest.raises(FetchError, match=r"holds no md5 but 'soon'"):
        source.fetch(tmp_path)
    path.with_name(f"{path.name}.md5").unlink()
    source.fetch(tmp_path)  # nothing to check it by: what can be read of it is read
    assert names(source, tmp_path) == ALL


@pytest.mark.parametrize("remote", [False, True])
def test_a_new_baseline_replaces_all(nlm: Path, tmp_path: Path, serve: Serve, remote: bool) -> None:
    source = mirror(serve(nlm).url if remote else nlm)
    source.fetch(tmp_path / "f")
    shutil.rmtree(nlm / "baseline")
    put(nlm / "baseline", 1, 1, 2, 3, year=27)
    put(nlm / "updatefiles", 2, 9, year=27)
    source.fetch(tmp_path / "f")  # the updates of the year before are still listed
    assert names(source, tmp_path / "f") == ["pubmed27n0001", "pubmed27n0002"]
    left = {path.name.partition(".")[0] for path in (tmp_path / "f").glob("pubmed*.xml.gz")}
    assert left == ({"pubmed27n0001", "pubmed27n0002"} if remote else set())


def test_a_place_without_files_is_said(nlm: Path, tmp_path: Path, serve: Serve) -> None:
    shutil.rmtree(nlm / "updatefiles")
    (nlm / "updatefiles").mkdir()
    mirror(nlm).fetch(tmp_path)  # as NLM's are, just after a new baseline
    with pytest.raises(FetchError, match="no PubMed file"):
        PubMedMirror(updates=str(nlm / "updatefiles")).fetch(tmp_path)
    with pytest.raises(FetchError, match=r"/gone/ answers 404"):
        PubMedMirror(baseline=f"{serve(nlm).url}/gone").fetch(tmp_path)
    with pytest.raises(InputError, match="no such folder"):
        PubMedMirror(baseline=str(nlm / "gone")).fetch(tmp_path)


@pytest.mark.parametrize("settings", [{}, {"baseline": "gopher://host/pubmed"}])
def test_settings_that_make_no_sense(settings: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match=r"give `baseline`|neither a folder nor an address"):
        PubMedMirror.model_validate(settings)


@pytest.mark.parametrize("number", range(9))
def test_a_kill_at_any_file_is_harmless(
    nlm: Path, tmp_path: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    class Killed(BaseException):
        pass

    server = serve(nlm)
    source = mirror(server.url)
    replace, steps = Path.replace, 0

    def step(path: Path, target: Path) -> Path:
        nonlocal steps
        steps += 1
        if steps > number:
            raise Killed
        return replace(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", step)
        with pytest.raises(Killed):
            source.fetch(tmp_path)
    source.fetch(tmp_path)
    assert names(source, tmp_path) == ALL
    fetched = [path for path in server.asked() if path.endswith(".gz")]
    assert len(fetched) - len(set(fetched)) <= 1
    assert not list(tmp_path.glob("*.fetching"))


@pytest.mark.corpus
def test_the_real_files_in_a_folder(corpus_data: Path, tmp_path: Path) -> None:
    source = PubMedMirror(updates=str(corpus_data / "literature" / "pubmed" / "small"))
    source.fetch(tmp_path)
    assert sum(isinstance(record, Document) for record in records(source, tmp_path)) == 49 + 29 + 45 + 51 + 88
