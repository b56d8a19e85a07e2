"""NCBI's E-utilities: listing what a PubMed search finds and fetching records by PMID.

Biopython reads what is listed; the asking is ours, since Bio.Entrez fixes its address and keeps its key in globals. An
answer counts only when it is whole: errors come with status 200, lists and files end early.
"""

import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from typing import Any

import httpx
from lxml import etree
from pydantic import SecretStr

from bioweft.errors import FetchError
from bioweft.sources.transport import PassingError, RateLimiter, again, broken_connections, check, client

NCBI = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils/"
MOST_LISTED = 9_999
"""PubMed lists no more of what a search finds, however it is asked."""

RATE, RATE_WITH_KEY = 3.0, 10.0
"""Requests a second that NCBI allows (support article KA-05510)."""

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
    """An answer came but is not whole, or is an error message."""


@dataclass(frozen=True, slots=True)
class Window:
    """Dates that a search is held to, both included; `field` is the E-utilities' `datetype`."""

    field: str
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found: `count` records, their PMIDs if there are at most `MOST_LISTED`; what it left out of it."""

    count: int
    pmids: frozenset[int]
    ignored: tuple[str, ...] = ()


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
        self._client = client()

    def __enter__(self) -> "Entrez":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    @again
    def search(self, term: str, window: Window | None = None) -> Found:
        """Return what a search finds, complete unless it is more than `MOST_LISTED`.

        Raises:
            PassingError: the server did not answer fully in several attempts.
            FetchError: it refuses.
        """
        first = self._list(term, window, start=0)
        pmids = set(map(int, first["IdList"]))
        count = int(first["Count"])
        while len(pmids) < count <= MOST_LISTED:
            page = self._list(term, window, start=len(pmids))
            page_pmids = set(map(int, page["IdList"]))
            # An overlap: an earlier page was not whole.
            if int(page["Count"]) != count or not page_pmids or page_pmids & pmids:
                raise BadAnswerError(f"the search says that it finds {count:,} records and lists {len(pmids):,}")
            pmids |= page_pmids
        if count <= MOST_LISTED and len(pmids) > count:
            raise BadAnswerError(f"the search says that it finds {count:,} records and lists {len(pmids):,}")
        return Found(count, frozenset(pmids) if count <= MOST_LISTED else frozenset(), _ignored(first))

    @again
    def records(self, pmids: Sequence[int]) -> dict[int, bytes]:
        """Return the XML element of each of the records that there are; the order is that of the answer.

        Raises:
            BadAnswerError: the answer was an error or no whole XML in several attempts.
            PassingError: the server did not answer in several attempts.
            FetchError: it refuses.
        """
        body = self._ask("efetch.fcgi", id=",".join(map(str, pmids)), retmax=str(len(pmids)))
        try:
            root = etree.fromstring(body, _PARSER)
        except (etree.XMLSyntaxError, ValueError) as error:
            raise BadAnswerError(self._clean(_message(body) or f"no whole XML: {error}")) from error
        if (message := root.findtext("ERROR")) is not None or root.tag != "PubmedArticleSet":
            raise BadAnswerError(self._clean(message or f"a {root.tag}, not a PubmedArticleSet"))
        newest: dict[int, tuple[int, bytes]] = {}
        requested = set(pmids)
        for element in root.iterchildren(tag=etree.Element):
            pmid = next((child for path in _PMID_PATHS if (child := element.find(path)) is not None), None)
            if pmid is None or not (pmid.text or "").isdecimal() or (number := int(pmid.text or "")) not in requested:
                continue
            version_text = pmid.get("Version", "")
            version = int(version_text) if version_text.isdecimal() else 1  # what is none is told when it is read
            if number not in newest or version > newest[number][0]:
                content = etree.tostring(element, encoding="utf-8", xml_declaration=False, with_tail=False)
                newest[number] = version, content
        return {number: content for number, (_, content) in newest.items()}

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

    def _ask(self, tool: str, **parameters: str) -> bytes:
        """Ask once; POST, as a long list of PMIDs fits into no address."""
        self._limiter.wait()
        secrets = {name: value.get_secret_value() for name, value in self._secrets.items() if value}
        form = {"db": "pubmed", "retmode": "xml", "tool": "bioweft", **parameters, **secrets}
        with broken_connections():
            answer = self._client.post(self._base + tool, data=form)
        if answer.status_code == httpx.codes.BAD_REQUEST:
            message = self._clean(_message(answer.content) or "a bad request")
            if "api key" in message.lower():
                raise FetchError(f"{self._base}{tool} refuses: {message}; check api_key, or NCBI_API_KEY")
            raise BadAnswerError(message)  # also what NCBI answers when the server behind is ill
        check(answer)
        return answer.content

    def _clean(self, message: str) -> str:
        """Return what a server said without the secrets that it may repeat, on one line and not too long."""
        for name, value in self._secrets.items():
            if value:
                message = message.replace(value.get_secret_value(), f"<{name}>")
        return " ".join(message.split())[:300]


def search_all(entrez: Entrez, term: str, window: Window | None = None) -> Found:
    """Return all that a search finds, however much: beyond `MOST_LISTED` it is split by date, then by PMID.

    Raises:
        PassingError: the server did not answer fully.
        FetchError: it refuses, or finds the same whatever the dates and PMIDs.
    """
    answer = entrez.search(term, window)
    if answer.count <= MOST_LISTED:
        return answer
    pmids = _by_date(entrez, term, window or Window("edat", EARLIEST, LATEST), answer.count)
    if len(pmids) < answer.count:  # records without such a date
        pmids |= _by_pmid(entrez, term, window, 1, _MOST_PMID, answer.count)
    return Found(len(pmids), frozenset(pmids), answer.ignored)


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
    answers = [entrez.search(term, half) for half in halves]
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
    answers = [entrez.search(f"({term}) AND {low}:{high}[uid]", window) for low, high in ranges]
    if min(answer.count for answer in answers) >= count:
        raise FetchError(f"a search for {count:,} records finds as many in each half of the PMIDs: it cannot be split")
    pmids: set[int] = set()
    for (low, high), answer in zip(ranges, answers, strict=True):
        pmids |= (
            answer.pmids if answer.count <= MOST_LISTED else _by_pmid(entrez, term, window, low, high, answer.count)
        )
    return pmids


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
