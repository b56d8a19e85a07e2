"""NCBI's E-utilities: listing what a PubMed search finds and fetching records by PMID.

Biopython reads what is listed; the asking is ours, since Bio.Entrez fixes its address and keeps its key in globals. An
answer counts only when it is whole: errors come with status 200, lists and files end early. Of one that is not, the
records before the fault count.
"""

import json
import os
import tempfile
from collections.abc import Collection, Container, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from typing import Any

import httpx
from lxml import etree
from pydantic import SecretStr

from bioweft.errors import FetchError
from bioweft.sources.transport import Client, LongAnswerError, PassingError, RateLimiter, again, again_but, check

NCBI = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils/"
MOST_LISTED = 9_999
"""PubMed lists no more of what a search finds, however it is asked."""

RATE, RATE_WITH_KEY = 3.0, 10.0
"""Requests a second that NCBI allows (support article KA-05510)."""

SECONDS, SECONDS_PER_RECORD = 120.0, 0.05
"""The longest time of an answer: NCBI sends 200 records in some seconds, 9,999 in some minutes."""

BYTES, BYTES_PER_RECORD = 16 * 1024 * 1024, 32 * 1024
"""The largest size of an answer: the longest real records are below 2 MiB, the mean is below 20 KiB."""

BAD_ATTEMPTS = 3
"""How often is asked for the same records that have no good answer."""

_HEADER = b"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE eSearchResult PUBLIC "-//NLM//DTD esearch 20060628//EN"
 "https://eutils.ncbi.nlm.nih.gov/eutils/dtd/20060628/esearch.dtd">
"""
"""Put before every answer in place of its own: Biopython has this document type at hand and never asks the network."""

_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
_PMID_PATHS = ("MedlineCitation/PMID", "BookDocument/PMID")


EARLIEST, LATEST = date(1780, 1, 1), date(3000, 12, 31)
"""The dates of an open window; PubMed's oldest records are of 1781, and by 3000 PubMed means "up to now"."""

_MOST_PMID = 99_999_999


class BadAnswerError(PassingError):
    """An answer came but is not whole, or is an error message; `records` are those that came before the fault."""

    def __init__(self, message: str, records: dict[int, bytes] | None = None) -> None:
        super().__init__(message)
        self.records = records or {}


class ShortListError(BadAnswerError):
    """A search lists fewer records than it says that it finds; `answer` is what it lists."""

    def __init__(self, message: str, answer: "SearchResult") -> None:
        super().__init__(message)
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Window:
    """Dates that a search is held to, both included; `field` is the E-utilities' `datetype`."""

    field: str
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What a search found: `count` records, their PMIDs if there are at most `MOST_LISTED`; what it left out of it.

    Of a whole search, `lacking` is how many records it says that it finds and lists nowhere.
    """

    count: int
    pmids: frozenset[int]
    ignored: tuple[str, ...] = ()
    lacking: int = 0


class Entrez:
    """The E-utilities at an address; a context, within which its connections stay open.

    `key` and `email` travel in the body of the request, so that no address that is logged anywhere holds them.
    """

    def __init__(
        self,
        base_url: str = NCBI,
        *,
        email: SecretStr | None = None,
        key: SecretStr | None = None,
        per_second: float | None = None,
    ) -> None:
        self._base = base_url.rstrip("/") + "/"
        self._secrets = {"email": email or _from_environment("NCBI_EMAIL")}
        self._secrets["api_key"] = key or _from_environment("NCBI_API_KEY")
        rate = RATE_WITH_KEY if self._secrets["api_key"] else RATE
        self._limiter = RateLimiter(self._base, per_second or rate)
        self._client = Client()

    def __enter__(self) -> "Entrez":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.__exit__()

    @again
    def search(self, term: str, window: Window | None = None) -> SearchResult:
        """Return what a search finds, complete unless it is more than `MOST_LISTED`.

        Raises:
            PassingError: the server did not answer fully in several attempts.
            FetchError: it refuses.
        """
        first = self._list(term, window, start=0)
        pmids = set(map(int, first["IdList"]))
        count = int(first["Count"])
        ignored = _ignored(first)
        while len(pmids) < count <= MOST_LISTED:
            page = self._list(term, window, start=len(pmids))
            page_pmids = set(map(int, page["IdList"]))
            # An overlap: an earlier page was not whole.
            if int(page["Count"]) != count or not page_pmids or page_pmids & pmids:
                answer = SearchResult(count, frozenset(pmids | page_pmids), ignored)
                raise ShortListError(_mismatch(count, pmids), answer)
            pmids |= page_pmids
        if count <= MOST_LISTED and len(pmids) > count:
            raise BadAnswerError(_mismatch(count, pmids))
        return SearchResult(count, frozenset(pmids) if count <= MOST_LISTED else frozenset(), ignored)

    def records(self, pmids: Sequence[int], *, attempts: int = BAD_ATTEMPTS) -> dict[int, bytes]:
        """Return the XML element of each of the records that there are; the order is that of the answer.

        Raises:
            BadAnswerError: the answer was an error or no whole XML in so many attempts.
            PassingError: the server did not answer in several attempts.
            FetchError: it refuses.
        """
        answer: dict[int, bytes] = again_but(BadAnswerError, attempts)(self._records, pmids)
        return answer

    def _records(self, pmids: Sequence[int]) -> dict[int, bytes]:
        body = self._ask("efetch.fcgi", len(pmids), id=",".join(map(str, pmids)), retmax=str(len(pmids)))
        wanted = frozenset(pmids)
        try:
            root = etree.fromstring(body, _PARSER)
        except (etree.XMLSyntaxError, ValueError) as error:
            reason = self._clean(_message(body) or f"no whole XML: {error}")
            raise BadAnswerError(reason, _newest(_elements_before_fault(body), wanted)) from error
        if (message := root.findtext("ERROR")) is not None or root.tag != "PubmedArticleSet":
            raise BadAnswerError(self._clean(message or f"a {root.tag}, not a PubmedArticleSet"))
        return _newest(root.iterchildren(tag=etree.Element), wanted)

    def _list(self, term: str, window: Window | None, *, start: int) -> Any:
        dates = {}
        if window is not None:
            dates = {"datetype": window.field, "mindate": _slashed(window.first), "maxdate": _slashed(window.last)}
        body = self._ask("esearch.fcgi", term=term, retmax=str(MOST_LISTED), retstart=str(start), **dates)
        begin = body.find(b"<eSearchResult")
        if begin < 0:
            raise BadAnswerError(self._clean(_message(body) or "no answer to a search"))
        try:
            answer = _read(_HEADER + body[begin:])
            int(answer["Count"]), list(map(int, answer["IdList"]))
        except (RuntimeError, ValueError, KeyError) as error:  # RuntimeError: Biopython's for an <ERROR>
            raise BadAnswerError(self._clean(f"the search failed: {error}")) from error
        return answer

    def _ask(self, tool: str, records: int = 0, /, **parameters: str) -> bytes:
        """Ask once, for so many records; POST, as a long list of PMIDs fits into no address."""
        self._limiter.wait()
        secrets = {name: value.get_secret_value() for name, value in self._secrets.items() if value}
        form = {"db": "pubmed", "retmode": "xml", "tool": "bioweft", **parameters, **secrets}
        seconds, most_bytes = SECONDS + records * SECONDS_PER_RECORD, BYTES + records * BYTES_PER_RECORD
        try:
            answer, body = self._client.ask(
                "POST", self._base + tool, seconds=seconds, most_bytes=most_bytes, data=form
            )
        except LongAnswerError as error:
            raise BadAnswerError(str(error)) from error
        if answer.status_code == httpx.codes.BAD_REQUEST:
            message = self._clean(_message(body) or "a bad request")
            if "api key" in message.lower():
                raise FetchError(f"{self._base}{tool} refuses: {message}; check api_key, or NCBI_API_KEY")
            raise BadAnswerError(message)  # also what NCBI answers when the server behind is ill
        check(answer)
        return body

    def _clean(self, message: str) -> str:
        """Return what a server said without the secrets that it may repeat, on one line and not too long."""
        for name, value in self._secrets.items():
            if value:
                message = message.replace(value.get_secret_value(), f"<{name}>")
        return " ".join(message.split())[:300]


def search_all(entrez: Entrez, term: str, window: Window | None = None) -> SearchResult:
    """Return all that a search finds, however much: beyond `MOST_LISTED` it is split by date, then by PMID.

    Raises:
        PassingError: the server did not answer fully.
        FetchError: it refuses, or finds the same whatever the dates and PMIDs.
    """
    answer = _search(entrez, term, window)
    pmids, count = set(answer.pmids), answer.count
    if count > MOST_LISTED:
        pmids = _by_date(entrez, term, window or Window("edat", EARLIEST, LATEST), count)
        if len(pmids) < count:  # records without such a date
            pmids |= _by_pmid(entrez, term, window, 1, _MOST_PMID, count)
        if len(pmids) < count:  # PubMed may have let go of records meanwhile
            count = _search(entrez, term, window).count
    return SearchResult(len(pmids), frozenset(pmids), answer.ignored, lacking=max(count - len(pmids), 0))


def _search(entrez: Entrez, term: str, window: Window | None) -> SearchResult:
    """Return what a search finds; where it lists fewer records than it says, in every attempt, those that it lists."""
    try:
        return entrez.search(term, window)
    except ShortListError as error:
        return error.answer


def _by_date(entrez: Entrez, term: str, window: Window, count: int) -> set[int]:
    """Return what a search finds that finds `count`, too many, within `window`."""
    if window.first == window.last:
        return _by_pmid(entrez, term, window, 1, _MOST_PMID, count)
    middle = window.first + (window.last - window.first) // 2
    today = datetime.now(UTC).date()
    if window.first <= today < middle:  # nearly nothing is dated later
        middle = today
    halves = [
        Window(window.field, window.first, middle),
        Window(window.field, middle + timedelta(days=1), window.last),
    ]
    answers = [_search(entrez, term, half) for half in halves]
    if min(answer.count for answer in answers) >= count:  # dates are ignored
        return _by_pmid(entrez, term, window, 1, _MOST_PMID, count)
    pmids: set[int] = set()
    for half, answer in zip(halves, answers, strict=True):
        pmids |= answer.pmids if answer.count <= MOST_LISTED else _by_date(entrez, term, half, answer.count)
    return pmids


def _by_pmid(entrez: Entrez, term: str, window: Window | None, first: int, last: int, count: int) -> set[int]:
    """Return what a search finds that finds `count`, too many, among the PMIDs from `first` to `last`."""
    middle = (first + last) // 2
    ranges = [(first, middle), (middle + 1, last)]
    answers = [_search(entrez, f"({term}) AND {low}:{high}[uid]", window) for low, high in ranges]
    if min(answer.count for answer in answers) >= count:
        raise FetchError(
            f"a search for {count:,} records finds the same number in each half of the PMIDs, so it cannot be split"
        )
    pmids: set[int] = set()
    for (low, high), answer in zip(ranges, answers, strict=True):
        pmids |= (
            answer.pmids if answer.count <= MOST_LISTED else _by_pmid(entrez, term, window, low, high, answer.count)
        )
    return pmids


def _mismatch(count: int, pmids: Collection[int]) -> str:
    return f"the search says that it finds {count:,} records and lists {len(pmids):,}"


def _elements_before_fault(body: bytes) -> Iterator[etree._Element]:
    """Yield the records of an answer that end before the place at which it is no more XML."""
    parser = etree.XMLPullParser(("end",), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    with suppress(etree.XMLSyntaxError):
        parser.feed(body)
    for _, element in parser.read_events():
        if isinstance(element, etree._Element):
            parent = element.getparent()
            if parent is not None and parent.tag == "PubmedArticleSet":
                yield element


def _newest(elements: Iterable[etree._Element], wanted: Container[int]) -> dict[int, bytes]:
    """Return the bytes of those elements that are records that were asked for, of each the highest version."""
    newest: dict[int, tuple[int, bytes]] = {}
    for element in elements:
        pmid = next((child for path in _PMID_PATHS if (child := element.find(path)) is not None), None)
        if pmid is None or not (pmid.text or "").isdecimal() or (number := int(pmid.text or "")) not in wanted:
            continue
        version_text = pmid.get("Version", "")
        version = int(version_text) if version_text.isdecimal() else 1  # what is none is told when it is read
        if number not in newest or version > newest[number][0]:
            content = etree.tostring(element, encoding="utf-8", xml_declaration=False, with_tail=False)
            newest[number] = version, content
    return {number: content for number, (_, content) in newest.items()}


def _from_environment(name: str) -> SecretStr | None:
    value = os.environ.get(name)
    return SecretStr(value) if value else None


def _slashed(day: date) -> str:
    return day.strftime("%Y/%m/%d")


def _read(xml: bytes) -> Any:
    """Read an answer of esearch as Biopython gives it."""
    from Bio import Entrez as BioEntrez  # not at the top: nothing else of bioweft needs it

    if BioEntrez.local_cache is None:
        # Biopython's parser makes a folder for document types when it is loaded, by default in the user's home.
        BioEntrez.local_cache = tempfile.gettempdir()  # type: ignore[assignment]
    return BioEntrez.read(BytesIO(xml), validate=False)  # type: ignore[no-untyped-call]


def _ignored(answer: Any) -> tuple[str, ...]:
    """Return the phrases and fields that PubMed does not know: it leaves them out and searches for the rest."""
    kinds = (("ErrorList", "PhraseNotFound"), ("ErrorList", "FieldNotFound"), ("WarningList", "QuotedPhraseNotFound"))
    return tuple(str(phrase) for place, kind in kinds for phrase in answer.get(place, {}).get(kind, []))


def _message(body: bytes) -> str | None:
    """Return the error message of a body that is JSON although XML was asked for, raw newlines and all."""
    try:
        answer = json.loads(body, strict=False)
    except (ValueError, RecursionError):
        return None
    for section in (answer, answer.get("esearchresult") if isinstance(answer, dict) else None):
        if isinstance(section, dict):
            for key in ("error", "ERROR"):
                if key in section:
                    return str(section[key])
    return None
