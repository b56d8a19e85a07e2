"""Answers of the E-utilities that are too short, too long, too slow or spoilt, and damage to what was fetched."""

import json
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bioweft import cli
from bioweft.errors import FetchError, InputError
from bioweft.sources import entrez as entrez_module
from bioweft.sources import eutils, transport
from bioweft.sources.ledger import Ledger
from tests.sources.fake_entrez import Article, FakeEntrez, bomb, bomb_bytes, packed, short
from tests.sources.test_eutils import TODAY, contents, pmids, source


@pytest.fixture(autouse=True)
def _rates_of_this_test(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(transport.tempfile, "tempdir", str(tmp_path))
    for name in ("NCBI_API_KEY", "NCBI_EMAIL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def pubmed() -> Iterator[FakeEntrez]:
    with FakeEntrez() as server:
        yield server


@pytest.fixture
def run(pubmed: FakeEntrez, tmp_path: Path) -> Callable[[], int]:
    """Return a function that runs a workflow over a search for everything and gives the exit code."""
    (tmp_path / "illness.tsv").write_text("curie\tname\tsynonyms\nx:1\tgout\t\n", encoding="utf-8")
    file = tmp_path / "w.toml"
    file.write_text(
        f'name = "w"\noutput = "{tmp_path / "run"}"\n[[sources]]\nkind = "pubmed-query"\nquery = "everything"\n'
        f'base_url = "{pubmed.url}"\nper_second = 100000\n[tag]\nmodel = "none"\ndictionaries = ["illness.tsv"]\n'
        '[link]\nlinker = "none"\n[engine]\nworkers = 1\n',
        encoding="utf-8",
    )

    def run() -> int:
        with pytest.raises(SystemExit) as ended:
            cli.main(["run", str(file), "--quiet"])
        return int(ended.value.code or 0)

    return run


def reasons(folder: Path) -> list[str]:
    return [json.loads(line)["reason"] for line in (folder / "rejects.jsonl").read_text().splitlines()]


def test_a_search_that_finds_nothing_ends_well(pubmed: FakeEntrez, run: Callable[[], int], tmp_path: Path) -> None:
    for _ in range(2):
        assert run() == 3
        assert reasons(tmp_path / "run") == ["it finds nothing in PubMed"]
    pubmed.add(Article(n) for n in range(1, 4))
    assert run() == 0
    pubmed.articles.clear()
    assert run() == 3
    assert reasons(tmp_path / "run") == ["it finds nothing in PubMed"]


def test_records_that_a_search_counts_and_lists_nowhere_are_reported(
    pubmed: FakeEntrez, run: Callable[[], int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entrez_module, "MOST_LISTED", 40)
    monkeypatch.setattr("tests.sources.fake_entrez.CEILING", 40)
    pubmed.add(Article(n) for n in range(1, 121))
    pubmed.unlisted = set(range(101, 121))
    for _ in range(2):
        assert run() == 3
        assert reasons(tmp_path / "run") == [
            "PubMed says that it finds 120 records and lists 100: 20 lack; what was fetched before is kept"
        ]
    pubmed.unlisted = set()
    assert run() == 0
    pubmed.unlisted = set(range(91, 101))  # they are there, so nothing is lacking in the run but what is new
    assert run() == 3
    assert len(Ledger(tmp_path / "run" / "fetched" / "0").held) == 120


def test_a_short_list_is_asked_for_again_then_reported(pubmed: FakeEntrez, tmp_path: Path) -> None:
    pubmed.add(Article(n) for n in range(1, 64))
    pubmed.unlisted = set(range(21, 64))
    (reject,) = source(pubmed).fetch(tmp_path)
    assert reject.reason.startswith("PubMed says that it finds 63 records and lists 20: 43 lack")
    assert pmids(source(pubmed), tmp_path) == list(range(1, 21))


def test_revised_records_that_a_search_does_not_list_are_asked_for_again(pubmed: FakeEntrez, tmp_path: Path) -> None:
    pubmed.add(Article(n) for n in range(1, 21))
    query = source(pubmed, ids=range(1, 21))
    query.fetch(tmp_path)
    state = Ledger(tmp_path).state()
    pubmed.add([Article(7, revised=TODAY, text="It says otherwise")])
    pubmed.unlisted = {7}
    (reject,) = query.fetch(tmp_path)
    assert "1 lack; they may be revised records" in reject.reason
    assert Ledger(tmp_path).state() == state
    pubmed.unlisted = set()
    assert query.fetch(tmp_path) == []
    assert pmids(query, tmp_path)[-1] == 7


def test_an_answer_that_lacks_records_is_asked_again_then_reported(pubmed: FakeEntrez, tmp_path: Path) -> None:
    pubmed.add(Article(n) for n in range(1, 81))
    pubmed.fail("efetch", *[short] * 2)
    query = source(pubmed, batch_size=80)
    assert query.fetch(tmp_path / "a") == []
    assert len(pmids(query, tmp_path / "a")) == 80
    kept = pubmed.articles
    pubmed.articles = {n: kept[n] for n in range(1, 31)}
    pubmed.requests.clear()
    query = source(pubmed, ids=range(1, 81), batch_size=80)
    rejects = query.fetch(tmp_path / "b")
    assert [reject.position for reject in rejects] == [f"PMID {n}" for n in range(31, 81)]
    assert [len(request.pmids) for request in pubmed.requests] == [80, 50, 50]


def test_one_unreadable_record_costs_few_requests(pubmed: FakeEntrez, tmp_path: Path) -> None:
    pubmed.add(Article(n) for n in range(1, 201))
    query = source(pubmed, batch_size=200)
    pubmed.broken = {137}
    (reject,) = query.fetch(tmp_path / "a")
    assert (reject.position, reject.reason[:35]) == ("PMID 137", "efetch gave no record: no whole XML")
    assert pmids(query, tmp_path / "a") == [n for n in range(1, 201) if n != 137]
    assert pubmed.counts()["efetch"] <= 7
    pubmed.requests.clear()
    pubmed.broken = {1, 50, 51, 200}
    assert len(query.fetch(tmp_path / "b")) == 4
    assert pubmed.counts()["efetch"] <= 40
    # Nothing of an answer is usable that has the record in it.
    pubmed.requests.clear()
    pubmed.broken, pubmed.poison = set(), {137}
    (reject,) = query.fetch(tmp_path / "c")
    assert reject.position == "PMID 137"
    assert pubmed.counts()["efetch"] <= 21


@pytest.mark.parametrize("place", ["head", "body"])
def test_an_answer_that_comes_byte_by_byte_is_cut(
    pubmed: FakeEntrez, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.setattr(entrez_module, "SECONDS", 1.0)
    pubmed.add([Article(1)])
    source(pubmed).fetch(tmp_path)  # so that a connection is open
    pubmed.drip = place
    began = time.monotonic()
    with pytest.raises(FetchError, match=r"last error: the answer was not whole after 1 seconds"):
        source(pubmed).fetch(tmp_path)
    assert time.monotonic() - began < 20


def test_a_packed_answer_is_unpacked_up_to_a_limit(pubmed: FakeEntrez, tmp_path: Path) -> None:
    pubmed.add(Article(n) for n in range(1, 11))
    pubmed.fail("esearch", packed)
    pubmed.fail("efetch", packed)
    assert source(pubmed).fetch(tmp_path / "a") == []
    pubmed.fail("efetch", *[bomb] * 3)
    assert len(bomb_bytes()) < 1024 * 1024
    tracemalloc.start()
    assert source(pubmed).fetch(tmp_path / "b") == []
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3 * entrez_module.BYTES
    pubmed.fail("esearch", *[bomb] * 5)
    with pytest.raises(FetchError, match="larger than 16,777,216 bytes"):
        source(pubmed).fetch(tmp_path / "c")


def damage(name: str) -> Callable[[Path], None]:
    """Return how a file of a folder is damaged whose name begins so."""

    def of(folder: Path) -> Path:
        (path,) = (path for path in folder.iterdir() if path.name.startswith(name) and path.suffix != ".part")
        return path

    return lambda folder: of(folder).write_bytes(of(folder).read_bytes()[:-9])


def removal(name: str) -> Callable[[Path], None]:
    return lambda folder: next(folder.glob(f"{name}*")).unlink()


DAMAGE = {
    "a file is cut": damage("fetch-000002-"),
    "a file is gone": removal("fetch-000002-"),
    "a part is cut": damage("fetch-000002.json"),
    "a part is empty": lambda folder: (folder / "fetch-000002.json").write_bytes(b""),
    "a part is of another form": lambda folder: (folder / "fetch-000002.json").write_text('{"records": []}'),
    "a part is gone": removal("fetch-000002.json"),
    "a part and its file are gone": lambda folder: [path.unlink() for path in list(folder.glob("fetch-000002*"))],
    "the state is cut": damage("state.json"),
    "the state is gone": removal("state.json"),
    "the plan is cut": lambda folder: (folder / "plan.json").write_text('{"digest": "x", "pmids"'),
}


@pytest.mark.parametrize("harm", DAMAGE.values(), ids=DAMAGE)
def test_damage_is_mended_by_the_next_fetch(pubmed: FakeEntrez, tmp_path: Path, harm: Callable[[Path], object]) -> None:
    """Part 1 and 2 are of the first fetch, part 3 has the newer form of 5, and 15 was dropped from part 2."""
    pubmed.add(Article(n) for n in range(1, 21))
    query = source(pubmed)
    query.fetch(tmp_path)
    pubmed.add([Article(5, revised=TODAY, text="It says otherwise")])
    del pubmed.articles[15]
    query.fetch(tmp_path)
    newest = Ledger(tmp_path).held
    harm(tmp_path)
    query.fetch(tmp_path)
    ledger = Ledger(tmp_path)
    assert ledger.held == newest
    assert not ledger.doubtful
    by_id = {document.id: document for item in query.inputs(tmp_path) for document in query.read(item)}
    assert by_id.keys() == {f"pmid:{n}" for n in pubmed.articles}
    assert by_id["pmid:5"].passages[1].text == "It says otherwise in vitro."


def test_a_newer_form_that_is_lost_is_fetched_again(pubmed: FakeEntrez, tmp_path: Path) -> None:
    pubmed.add(Article(n) for n in range(1, 21))
    query = source(pubmed)
    query.fetch(tmp_path)
    pubmed.add([Article(5, revised=TODAY, text="It says otherwise")])
    query.fetch(tmp_path)
    newest = Ledger(tmp_path).held
    # So old that no search for what was revised of late finds it.
    pubmed.articles[5].revised = Article(5).revised
    for harm in (damage("fetch-000003-"), removal("fetch-000004.json")):
        harm(tmp_path)
        with pytest.raises(InputError, match="damaged or missing"):
            query.inputs(tmp_path)
        query.fetch(tmp_path)
        assert Ledger(tmp_path).held == newest


def test_damage_to_an_unfinished_fetch_is_mended(pubmed: FakeEntrez, tmp_path: Path) -> None:
    pubmed.add(Article(n) for n in range(1, 41))
    query = source(pubmed)
    pubmed.on_request = lambda request: pubmed.__setattr__("drip", "body") if 31 in request.pmids else None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(entrez_module, "SECONDS", 1.0)
        with pytest.raises(FetchError):
            query.fetch(tmp_path)
    pubmed.on_request, pubmed.drip = (lambda request: None), ""
    damage("fetch-000002-")(tmp_path)
    assert query.fetch(tmp_path) == []
    assert sorted(pmids(query, tmp_path)) == list(range(1, 41))


def test_a_folder_of_an_older_version_is_read_on(pubmed: FakeEntrez, tmp_path: Path) -> None:
    pubmed.add(Article(n) for n in range(1, 21))
    query = source(pubmed)
    query.fetch(tmp_path)
    for part in sorted(tmp_path.glob("fetch-*.json")):
        entry = json.loads(part.read_text())
        (tmp_path / entry.pop("file")).rename(part.with_suffix(".xml.gz"))
        part.write_text(json.dumps(entry))
    state = json.loads((tmp_path / "state.json").read_text())
    del state["parts"]
    (tmp_path / "state.json").write_text(json.dumps(state))
    pubmed.requests.clear()
    before = contents(tmp_path)
    assert query.fetch(tmp_path) == []
    assert contents(tmp_path) == before
    assert pubmed.counts()["efetch"] == 0
    del pubmed.articles[3]
    query.fetch(tmp_path)
    assert sorted(pmids(query, tmp_path)) == [n for n in range(1, 21) if n != 3]
    assert not (tmp_path / "fetch-000001.xml.gz").exists()


def test_records_of_another_search_that_was_not_finished_are_still_checked_for_revisions(
    pubmed: FakeEntrez, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pubmed.finds = lambda term, article: article.pmid % int(term) == 0
    pubmed.add(Article(n) for n in range(1, 61))

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "finish", stop)
        with pytest.raises(KeyboardInterrupt):
            source(pubmed, query="2").fetch(tmp_path)
    pubmed.articles[6] = Article(6, revised=TODAY, text="It says otherwise")
    query = source(pubmed, query="3")
    query.fetch(tmp_path)
    assert pmids(query, tmp_path)[-1] == 57
    assert sorted(pmids(query, tmp_path)).count(6) == 2  # the old form, and after it the new one


def test_a_server_that_ends_every_record_early_is_given_up(pubmed: FakeEntrez, tmp_path: Path) -> None:
    pubmed.add(Article(n) for n in range(1, 201))
    pubmed.poison = set(pubmed.articles)
    with pytest.raises(FetchError, match="did not answer fully"):
        source(pubmed, batch_size=200).fetch(tmp_path)
    assert pubmed.counts()["efetch"] < 3 * eutils._MOST_BAD
