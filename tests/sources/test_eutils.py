"""PubMed by query and by PMID, against a small PubMed that has the limits and the faults of the real one."""

import gzip
import logging
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from bioweft.errors import FetchError, InputError, SettingsError
from bioweft.records import Document
from bioweft.sources import entrez as entrez_module
from bioweft.sources import transport
from bioweft.sources.entrez import BadAnswerError, Entrez
from bioweft.sources.eutils import PubMedQuery
from bioweft.workflow.settings import parse
from tests.sources.fake_entrez import (
    Article,
    FakeEntrez,
    Fault,
    dropped,
    error_in_200,
    html,
    long,
    malformed_json,
    short,
    status,
    too_many,
    truncated,
)

KEY = "abcdef0123456789abcdef0123456789abcd"
TODAY = datetime.now(UTC).date()


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Wait little between attempts, keep rate limits to this test, and let Biopython ask no network."""
    from Bio.Entrez import Parser

    def refuse(*_: object) -> None:
        raise AssertionError("Biopython asks the network")

    monkeypatch.setattr(transport, "FIRST_WAIT", 0.001)
    monkeypatch.setattr(Parser, "urlopen", refuse)
    monkeypatch.setattr(transport.tempfile, "tempdir", str(tmp_path))
    monkeypatch.delenv("NCBI_API_KEY", raising=False)
    monkeypatch.delenv("NCBI_EMAIL", raising=False)


@pytest.fixture
def pubmed() -> Iterator[FakeEntrez]:
    with FakeEntrez() as server:
        yield server


def source(server: FakeEntrez, **settings: object) -> PubMedQuery:
    if "ids" not in settings and "ids_file" not in settings:
        settings = {"query": "everything", **settings}
    return PubMedQuery.model_validate({"base_url": server.url, "per_second": 100_000, "batch_size": 10, **settings})


def documents(source: PubMedQuery, folder: Path) -> list[Document]:
    records = [record for item in source.inputs(folder) for record in source.read(item)]
    assert all(isinstance(record, Document) for record in records), records
    return records  # type: ignore[return-value]


def pmids(source: PubMedQuery, folder: Path) -> list[int]:
    return [int(document.id.removeprefix("pmid:")) for document in documents(source, folder)]


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("fetch-*"))}


def test_a_query_of_many_records_is_split_and_each_comes_once(pubmed: FakeEntrez, tmp_path: Path) -> None:
    crowded = date(2021, 6, 1)
    pubmed.add(Article(1000 + n, date(2018, 1, 1) + timedelta(days=n % 2000)) for n in range(14_400))
    pubmed.add(Article(20_000_000 + n * 7, crowded) for n in range(10_600))
    query = source(pubmed, batch_size=1000)
    assert query.fetch(tmp_path / "f") == []
    assert sorted(pmids(query, tmp_path / "f")) == sorted(pubmed.articles)
    counts = pubmed.counts()
    assert counts["efetch"] == 25
    assert counts["esearch"] <= 2 * 40  # two for each time that a window or a range of PMIDs is halved


def test_records_without_a_date_are_found_by_pmid(pubmed: FakeEntrez, tmp_path: Path) -> None:
    pubmed.add(Article(n, date(1500, 1, 1) if n % 2 else date(2020, 1, 1)) for n in range(1, 12_001))
    with Entrez(pubmed.url, per_second=100_000) as entrez:
        assert entrez_module.search_all(entrez, "everything").pmids == set(pubmed.articles)


def test_a_server_that_heeds_no_dates_is_not_asked_for_ever(pubmed: FakeEntrez) -> None:
    pubmed.add(Article(n) for n in range(1, 10_001))
    with Entrez(pubmed.url, per_second=100_000) as entrez:
        pubmed.heeds = frozenset({"pmids"})
        assert entrez_module.search_all(entrez, "everything").pmids == set(pubmed.articles)
        pubmed.heeds = frozenset()
        with pytest.raises(FetchError, match="cannot be split"):
            entrez_module.search_all(entrez, "everything")
    assert len(pubmed.requests) < 60


@pytest.mark.parametrize("most", [9_999, 100])
def test_a_list_is_whole_however_it_is_paged(pubmed: FakeEntrez, tmp_path: Path, most: int) -> None:
    pubmed.most_listed = most
    pubmed.add(Article(n) for n in range(1, 651))
    pubmed.fail("esearch", short, long)
    with Entrez(pubmed.url, per_second=100_000) as entrez:
        assert entrez.search("everything").pmids == set(range(1, 651))


def test_dates_are_held_to_with_both_ends(pubmed: FakeEntrez, tmp_path: Path) -> None:
    pubmed.add(Article(n, date(2020, 1, 1) + timedelta(days=n)) for n in range(1, 31))
    query = source(pubmed, since=date(2020, 1, 6), until=date(2020, 1, 8))
    query.fetch(tmp_path)
    assert pmids(query, tmp_path) == [5, 6, 7]
    query = source(pubmed, since=date(2020, 1, 30))
    query.fetch(tmp_path)
    assert pmids(query, tmp_path) == [29, 30]


def test_it_says_who_asks_and_keeps_the_key_to_itself(
    pubmed: FakeEntrez, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    pubmed.key = KEY
    pubmed.add([Article(1)])
    monkeypatch.setenv("NCBI_API_KEY", KEY)
    query = source(pubmed, email="someone@example.org")
    query.fetch(tmp_path)
    for request in pubmed.requests:
        assert request.query == ""
        assert (request.form["tool"], request.form["email"]) == ("bioweft", "someone@example.org")
        assert (request.form["db"], request.form["api_key"]) == ("pubmed", KEY)
    wrong = source(pubmed, api_key=KEY[::-1])
    with pytest.raises(FetchError, match="API key <api_key> invalid") as caught:
        wrong.fetch(tmp_path)
    everything = "".join(
        [caplog.text, str(caught.value), repr(wrong), wrong.model_dump_json(), str(wrong.model_dump(mode="json"))]
        + [path.read_bytes().decode("latin-1") for path in tmp_path.rglob("*") if path.is_file()]
    )
    assert "HTTP Request: POST" in caplog.text
    for secret in (KEY, KEY[::-1], "someone@example.org"):
        assert secret not in everything


@pytest.mark.parametrize("tool", ["esearch", "efetch"])
@pytest.mark.parametrize(
    "fault", [too_many, *map(status, (400, 500, 502, 503)), dropped, truncated, error_in_200, malformed_json, html]
)
def test_faults_that_pass(pubmed: FakeEntrez, tmp_path: Path, tool: str, fault: Fault) -> None:
    pubmed.add(Article(n) for n in range(1, 21))
    pubmed.fail(tool, fault, fault)
    query = source(pubmed, batch_size=20)
    assert query.fetch(tmp_path) == []
    assert pmids(query, tmp_path) == list(range(1, 21))
    assert pubmed.counts() == {"esearch": 1, "efetch": 1} | {tool: 3}


def test_a_server_that_says_when_is_waited_for(pubmed: FakeEntrez, tmp_path: Path) -> None:
    pubmed.add([Article(1)])
    pubmed.fail("esearch", status(429, Retry_After="1"))
    began = datetime.now(UTC)
    source(pubmed).fetch(tmp_path)
    assert datetime.now(UTC) - began >= timedelta(seconds=1)


def test_faults_that_do_not_pass_are_said_and_what_was_fetched_is_kept(pubmed: FakeEntrez, tmp_path: Path) -> None:
    pubmed.add(Article(n) for n in range(1, 101))
    pubmed.on_request = lambda request: (
        pubmed.fail("efetch", *[status(500)] * 100) if pubmed.counts()["efetch"] == 4 else None
    )
    query = source(pubmed)
    with pytest.raises(FetchError, match=r"last error: status 500"):
        query.fetch(tmp_path)
    pubmed.faults.clear()
    pubmed.on_request = lambda request: None
    query.fetch(tmp_path)
    assert pmids(query, tmp_path) == list(range(1, 101))
    assert {pmid for pmid, times in pubmed.fetched().items() if times > 1} == set(range(31, 41))


@pytest.mark.parametrize(("term", "message"), [("((cancer", "unbalanced parentheses"), ("x", "status 503")])
def test_a_search_that_fails_is_said(pubmed: FakeEntrez, tmp_path: Path, term: str, message: str) -> None:
    if term == "x":
        pubmed.fail("esearch", *[status(503)] * 10)
    with pytest.raises(FetchError, match=message):
        source(pubmed, query=term).fetch(tmp_path)


def test_a_key_that_redirects_elsewhere_does_not_follow(pubmed: FakeEntrez, tmp_path: Path) -> None:
    pubmed.fail("esearch", status(302, Location="http://elsewhere.example/"))
    with pytest.raises(FetchError, match=r"302.*moved to http://elsewhere\.example/"):
        source(pubmed, api_key=KEY).fetch(tmp_path)


def test_every_pmid_of_a_list_comes_or_is_reported(pubmed: FakeEntrez, tmp_path: Path) -> None:
    pubmed.add(Article(n) for n in range(1, 101))
    pubmed.poison = {13}
    pubmed.fail("efetch", short)
    file = tmp_path / "ids.txt"
    asked = [*range(1, 60), 777]
    lines = [*map(str, asked), "# a comment", "", "PMID: 60", "pmid:00061 # another", "3", "banana", "1.5"]
    file.write_text("\n".join(lines), encoding="utf-8")
    query = source(pubmed, ids_file=str(file))
    rejects = query.fetch(tmp_path / "f")
    assert {(reject.position, reject.reason.partition(":")[0]) for reject in rejects} == {
        ("PMID 13", "efetch gave no record"),
        ("PMID 777", "not returned by efetch"),
        ("line 66", "no PMID"),
        ("line 67", "no PMID"),
    }
    assert pmids(query, tmp_path / "f") == [n for n in range(1, 62) if n != 13]
    assert pubmed.counts()["efetch"] < 80


def test_a_server_that_answers_only_nonsense_is_given_up(pubmed: FakeEntrez, tmp_path: Path) -> None:
    pubmed.fail("efetch", *[html] * 1000)
    with pytest.raises(FetchError, match="did not answer fully"):
        source(pubmed, ids=range(1, 500), batch_size=200).fetch(tmp_path)
    assert pubmed.counts()["efetch"] < 150


def test_a_later_fetch_brings_what_is_new_revised_or_gone(pubmed: FakeEntrez, tmp_path: Path) -> None:
    pubmed.add(Article(n) for n in range(1, 31))
    query = source(pubmed)
    query.fetch(tmp_path)
    before = contents(tmp_path)
    query.fetch(tmp_path)
    assert contents(tmp_path) == before
    assert pubmed.fetched().most_common(1)[0][1] == 1

    pubmed.add([Article(5, revised=TODAY, text="It says otherwise"), Article(6, revised=TODAY), Article(40)])
    del pubmed.articles[15]
    query.fetch(tmp_path)
    found = {document.id: document.passages[1].text for document in documents(query, tmp_path)}
    assert sorted(found) == sorted(f"pmid:{pmid}" for pmid in pubmed.articles)
    assert found["pmid:5"] == "It says otherwise in vitro."
    after = contents(tmp_path)
    changed = {name for name in before if before[name] != after.get(name)}
    assert {name.partition(".")[0].partition("-0")[2][:5] for name in changed} == {"00002"}
    assert pmids(query, tmp_path)[-2:] == [5, 40]  # not 6, which was fetched again and is the same byte for byte


def test_a_later_fetch_of_a_list_asks_what_was_revised(pubmed: FakeEntrez, tmp_path: Path) -> None:
    pubmed.add(Article(n) for n in range(1, 31))
    source(pubmed, ids=range(1, 21)).fetch(tmp_path)
    pubmed.articles[7] = Article(7, revised=TODAY, text="It says otherwise")
    pubmed.articles[25] = Article(25, revised=TODAY)
    query = source(pubmed, ids=range(2, 22))
    query.fetch(tmp_path)
    assert pmids(query, tmp_path) == [*range(2, 21), 7, 21]


def test_another_query_in_the_same_folder(pubmed: FakeEntrez, tmp_path: Path) -> None:
    pubmed.finds = lambda term, article: article.pmid % int(term) == 0
    pubmed.add(Article(n) for n in range(1, 61))
    source(pubmed, query="2").fetch(tmp_path)
    query = source(pubmed, query="3")
    query.fetch(tmp_path)
    assert sorted(pmids(query, tmp_path)) == list(range(3, 61, 3))
    assert max(pubmed.fetched().values()) == 1


def test_half_of_all_does_not_vanish_unasked(pubmed: FakeEntrez, tmp_path: Path) -> None:
    pubmed.add(Article(n) for n in range(1, 301))
    query = source(pubmed)
    query.fetch(tmp_path)
    before = contents(tmp_path)
    pubmed.articles = {1: pubmed.articles[1]}
    with pytest.raises(FetchError, match="299 of the 300 that it found before no more"):
        query.fetch(tmp_path)
    assert contents(tmp_path) == before


def test_what_pubmed_does_not_know_is_said(pubmed: FakeEntrez, tmp_path: Path) -> None:
    query = source(pubmed, query="unheard")
    reasons = [reject.reason for reject in query.fetch(tmp_path)]
    assert reasons == ["PubMed knows no 'unheard' and left it out of the search", "it finds nothing in PubMed"]
    assert query.inputs(tmp_path) == []
    with pytest.raises(InputError, match="nothing has been fetched"):
        query.inputs(tmp_path / "other")


def test_the_same_query_gives_the_same_bytes(pubmed: FakeEntrez, tmp_path: Path) -> None:
    pubmed.add(Article(n) for n in range(1, 31))
    for folder in ("a", "b"):
        source(pubmed).fetch(tmp_path / folder)
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    (file,) = (tmp_path / "a").glob("fetch-000001-*.xml.gz")
    xml = gzip.decompress(file.read_bytes())
    assert re.findall(rb"<PMID Version=\"1\">(\d+)", xml) == [b"%d" % n for n in range(1, 11)]


FETCH = """
import sys
from pathlib import Path
from bioweft.sources.eutils import PubMedQuery
PubMedQuery(query="everything", base_url=sys.argv[1], per_second=100_000, batch_size=10).fetch(Path(sys.argv[2]))
"""


def test_a_fetch_that_is_killed_goes_on_where_it_was(pubmed: FakeEntrez, tmp_path: Path) -> None:
    pubmed.add(Article(n) for n in range(1, 101))
    source(pubmed).fetch(tmp_path / "whole")
    pubmed.requests.clear()
    deadly = iter([1, 4, 7, 11])
    process: list[subprocess.Popen[bytes]] = []
    asked = next(deadly)

    def kill(request: object) -> None:
        nonlocal asked
        if process and pubmed.counts()["efetch"] == asked:
            asked = next(deadly, -1)
            os.kill(process[0].pid, signal.SIGKILL)

    pubmed.on_request = kill
    codes = []
    while not codes or codes[-1] != 0:
        process[:] = [subprocess.Popen([sys.executable, "-c", FETCH, pubmed.url, str(tmp_path / "killed")])]
        codes.append(process[0].wait(timeout=60))
    assert codes == [-signal.SIGKILL] * 4 + [0]
    assert contents(tmp_path / "killed") == contents(tmp_path / "whole")
    assert sum(times - 1 for times in pubmed.fetched().values()) == 4 * 10  # the part in flight, each time


def test_a_kill_between_any_two_renames_is_harmless(
    pubmed: FakeEntrez, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fetch, then fetch what changed, broken off before and after each file that is put in place."""

    class Killed(BaseException):
        pass

    def change() -> None:
        pubmed.articles = {n: Article(n) for n in range(1, 31)}
        pubmed.articles[3] = Article(3, revised=TODAY, text="It says otherwise")
        del pubmed.articles[5], pubmed.articles[25]

    def fetch(folder: Path) -> None:
        pubmed.articles = {n: Article(n) for n in range(1, 28)}
        query.fetch(folder)
        change()

    query = source(pubmed)
    fetch(tmp_path / "whole")
    query.fetch(tmp_path / "whole")
    replace, unlink = Path.replace, Path.unlink
    for number in range(20):
        folder = tmp_path / str(number)
        fetch(folder)
        steps = 0

        def step(real: Callable[..., object], *paths: Path, number: int = number) -> None:
            nonlocal steps
            steps += 1
            last = steps == number // 2 + 1
            if not last or number % 2:
                real(*paths)
            if last:
                raise Killed

        with monkeypatch.context() as patch:
            patch.setattr(Path, "replace", lambda path, target: step(replace, path, target))
            patch.setattr(Path, "unlink", lambda path, **_: step(unlink, path))
            try:
                query.fetch(folder)
            except Killed:
                patch.undo()
                query.fetch(folder)
            else:
                break
        assert contents(folder) == contents(tmp_path / "whole"), number
    assert number >= 10


def test_requests_keep_to_the_rate(pubmed: FakeEntrez, tmp_path: Path) -> None:
    pubmed.add(Article(n) for n in range(1, 31))
    pubmed.per_second = 3
    source(pubmed, per_second=None).fetch(tmp_path)
    assert pubmed.counts() == {"esearch": 1, "efetch": 3}  # none was refused


@pytest.mark.parametrize(("key", "rate"), [(None, 3.0), (SecretStr(KEY), 10.0)])
def test_a_key_allows_more_requests(monkeypatch: pytest.MonkeyPatch, key: SecretStr | None, rate: float) -> None:
    rates: list[float] = []
    monkeypatch.setattr(entrez_module, "RateLimiter", lambda name, per_second: rates.append(per_second))
    Entrez(key=key)
    assert rates == [rate]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "give one of"),
        ({"query": "a", "ids": [1]}, "give one of"),
        ({"ids": [1], "since": date(2020, 1, 1)}, "go with `query`"),
        ({"query": "a", "since": date(2020, 1, 2), "until": date(2020, 1, 1)}, "later than"),
        ({"query": "a", "batch_size": 0}, "batch_size"),
    ],
)
def test_settings_that_make_no_sense(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        PubMedQuery.model_validate(settings)


def test_wrong_settings_are_said_without_secrets() -> None:
    settings = {"kind": "pubmed-query", "api_key": [KEY], "email": KEY}
    with pytest.raises(ValidationError) as fault:
        PubMedQuery.model_validate(settings)
    with pytest.raises(SettingsError, match=r"api_key: must be text between quotes") as wrong:
        parse({"name": "x", "sources": [settings]}, origin="w.toml")
    assert KEY not in f"{fault.value}{wrong.value}{wrong.value.__cause__}"


def test_a_list_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.txt cannot be read"):
        PubMedQuery(ids_file=str(tmp_path / "gone.txt")).fetch(tmp_path)


@pytest.mark.corpus
def test_recorded_answers(pubmed: FakeEntrez, corpus_data: Path, tmp_path: Path) -> None:
    recorded = corpus_data / "literature" / "eutils"

    def send(path: Path) -> Fault:
        return lambda server, request, body: (200, path.read_bytes(), {})

    with Entrez(pubmed.url, per_second=100_000) as entrez:
        pubmed.fail("esearch", send(recorded / "biopython" / "esearch8.xml"))
        found = entrez.search("x")
        assert (found.count, found.ignored) == (0, ("abcXYZ",))
        pubmed.fail("esearch", *[send(recorded / "biopython" / "esearch1.xml")] * 10)
        with pytest.raises(BadAnswerError, match="finds 63 records and lists 20"):
            entrez.search("x")
        files = sorted((recorded / "efetch_pubmed").glob("*.xml"))
        got = {}
        for file in files:
            pubmed.fail("efetch", send(file))
            got |= entrez.records([int(file.stem)])
    assert set(got) == {int(file.stem) for file in files} - {37909814}
    assert len(got) == 58
