"""A small PubMed behind the E-utilities on this machine: its limits, its answers' forms, and faults on demand."""

import gzip
import json
import re
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import parse_qs, urlsplit

CEILING = 9_999
ESEARCH = """<?xml version="1.0" encoding="UTF-8" ?>
<!DOCTYPE eSearchResult PUBLIC "-//NLM//DTD esearch 20060628//EN" \
"https://eutils.ncbi.nlm.nih.gov/eutils/dtd/20060628/esearch.dtd">
<eSearchResult>{}</eSearchResult>
"""
PAST_CEILING = (
    "Search Backend failed: Exception:\n'retstart' cannot be larger than 9998. For PubMed, ESearch can only retrieve "
    "the first 9,999 records matching the query."
)
EFETCH = """<?xml version="1.0" ?>
<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2025//EN" \
"https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd">
<PubmedArticleSet>
{}
</PubmedArticleSet>
"""
ARTICLE = """<PubmedArticle><MedlineCitation Status="MEDLINE" Owner="NLM"><PMID Version="1">{0}</PMID><Article>\
<Journal><JournalIssue><PubDate><Year>{1}</Year></PubDate></JournalIssue></Journal>\
<ArticleTitle>Title of {0}</ArticleTitle><Abstract><AbstractText>{2} <i>in vitro</i>.</AbstractText></Abstract>\
</Article></MedlineCitation></PubmedArticle>"""


@dataclass
class Article:
    pmid: int
    entered: date = date(2020, 1, 1)
    revised: date = date(2020, 1, 1)
    text: str = "It says"

    def xml(self) -> str:
        return ARTICLE.format(self.pmid, self.entered.year, self.text)


@dataclass(frozen=True)
class Request:
    tool: str
    query: str
    form: dict[str, str]

    @property
    def pmids(self) -> list[int]:
        return [int(pmid) for pmid in self.form.get("id", "").split(",") if pmid]


Fault = Callable[["FakeEntrez", Request, bytes], tuple[int, bytes, dict[str, str]] | None]
"""Makes of a good answer a bad one: status, body, headers; None breaks the connection in mid-body."""


@dataclass
class FakeEntrez:
    """The server, a context; what a test says about it, and what it saw."""

    articles: dict[int, Article] = field(default_factory=dict)
    finds: Callable[[str, Article], bool] = lambda term, article: term == "everything"
    per_second: int | None = None
    key: str | None = None
    most_listed: int = CEILING
    heeds: frozenset[str] = frozenset({"dates", "pmids"})
    """What searches are held to."""
    faults: dict[str, deque[Fault]] = field(default_factory=dict)
    poison: set[int] = field(default_factory=set)
    """Records that come as XML that ends early, and nothing else with them."""
    broken: set[int] = field(default_factory=set)
    """Records that are no XML, in an answer that is otherwise whole."""
    unlisted: set[int] = field(default_factory=set)
    """Records that searches count and do not list."""
    drip: str = ""
    """`head` or `body`: from there on an answer comes byte by byte, and never ends."""
    requests: list[Request] = field(default_factory=list)
    on_request: Callable[[Request], None] = lambda request: None

    def __post_init__(self) -> None:
        self._times: deque[float] = deque()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._http.server_port}/entrez/eutils/"

    def __enter__(self) -> "FakeEntrez":
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._http.server_close()

    def add(self, articles: Iterable[Article]) -> None:
        self.articles.update((article.pmid, article) for article in articles)

    def fail(self, tool: str, *faults: Fault) -> None:
        self.faults.setdefault(tool, deque()).extend(faults)

    def counts(self) -> Counter[str]:
        return Counter(request.tool for request in self.requests)

    def fetched(self) -> Counter[int]:
        return Counter(pmid for request in self.requests if request.tool == "efetch" for pmid in request.pmids)

    def answer(self, request: Request) -> tuple[int, bytes, dict[str, str]] | None:
        self.requests.append(request)
        self.on_request(request)
        if self.key is not None and request.form.get("api_key") != self.key:
            body = {"error": f"API key {request.form.get('api_key')} invalid"}
            return 400, json.dumps(body).encode(), {}
        now = time.monotonic()
        while self._times and self._times[0] <= now - 1:
            self._times.popleft()
        self._times.append(now)
        if self.per_second is not None and len(self._times) > self.per_second:
            return too_many(self, request, b"")
        body = (self._esearch if request.tool == "esearch" else self._efetch)(request.form).encode()
        waiting = self.faults.get(request.tool)
        return waiting.popleft()(self, request, body) if waiting else (200, body, {})

    def _matching(self, form: dict[str, str]) -> list[int]:
        term = form["term"]
        low, high = 0, 10**9
        if ranged := re.fullmatch(r"\((.*)\) AND (\d+):(\d+)\[uid\]", term):
            term = ranged[1]
            if "pmids" in self.heeds:
                low, high = int(ranged[2]), int(ranged[3])
        listed = {int(pmid) for pmid in re.findall(r"(\d+)\[uid\]", term)}
        dated = {"edat": "entered", "mdat": "revised"}.get(form.get("datetype", "") if "dates" in self.heeds else "")
        first, last = (form.get(name, "").replace("/", "-") for name in ("mindate", "maxdate"))
        return sorted(
            (
                article.pmid
                for article in self.articles.values()
                if low <= article.pmid <= high
                and (article.pmid in listed or self.finds(term, article))
                and (dated is None or date.fromisoformat(first) <= getattr(article, dated) <= date.fromisoformat(last))
            ),
            reverse=True,
        )

    def _esearch(self, form: dict[str, str]) -> str:
        start, most = int(form.get("retstart", 0)), int(form.get("retmax", 20))
        if start >= CEILING:
            return ESEARCH.format(f"<ERROR>{PAST_CEILING}</ERROR>")
        if form["term"].count("(") != form["term"].count(")"):
            return ESEARCH.format("<ERROR>Invalid query: unbalanced parentheses</ERROR>")
        found = self._matching(form)
        listed = [pmid for pmid in found if pmid not in self.unlisted]
        listed = listed[start : min(start + most, start + self.most_listed, CEILING)]
        ids = "".join(f"<Id>{pmid}</Id>\n" for pmid in listed)
        extra = ""
        if "unheard" in form["term"]:
            extra += "<ErrorList><PhraseNotFound>unheard</PhraseNotFound></ErrorList>"
        if start + most > CEILING:
            note = f"Restrictions achieved. start and count adjusted to {start}, {CEILING - start}"
            extra += f"<WarningList><OutputMessage>{note}</OutputMessage></WarningList>"
        elif not found:
            extra += "<WarningList><OutputMessage>No items found.</OutputMessage></WarningList>"
        return ESEARCH.format(
            f"<Count>{len(found)}</Count><RetMax>{len(listed)}</RetMax><RetStart>{start}</RetStart>"
            f"<IdList>\n{ids}</IdList><TranslationSet/><QueryTranslation>x[All Fields]</QueryTranslation>{extra}"
        )

    def _efetch(self, form: dict[str, str]) -> str:
        pmids = [int(pmid) for pmid in form["id"].split(",")]
        if self.poison & set(pmids):
            return "<PubmedArticleSet><PubmedArticle><MedlineCitation>"
        there = [self.articles[pmid] for pmid in pmids if pmid in self.articles]
        return EFETCH.format("\n".join(a.xml().replace("It", "\x01" if a.pmid in self.broken else "It") for a in there))


def status(code: int, **headers: str) -> Fault:
    return lambda server, request, body: (code, b"<html>no</html>", headers)


def too_many(server: FakeEntrez, request: Request, body: bytes) -> tuple[int, bytes, dict[str, str]]:
    return 429, b'{"error":"API rate limit exceeded","count":"4","limit":"3"}', {}


def dropped(server: FakeEntrez, request: Request, body: bytes) -> None:
    return None


def truncated(server: FakeEntrez, request: Request, body: bytes) -> tuple[int, bytes, dict[str, str]]:
    return 200, body[: len(body) * 2 // 3], {}


def error_in_200(server: FakeEntrez, request: Request, body: bytes) -> tuple[int, bytes, dict[str, str]]:
    root = "eSearchResult" if request.tool == "esearch" else "eFetchResult"
    return 200, f"<?xml version='1.0'?>\n<{root}><ERROR>Unable to obtain query #1</ERROR></{root}>".encode(), {}


def malformed_json(server: FakeEntrez, request: Request, body: bytes) -> tuple[int, bytes, dict[str, str]]:
    """The JSON error as PubMed sends it: with a raw newline inside of a string."""
    return 200, f'{{"header":{{}},"esearchresult":{{"ERROR":"{PAST_CEILING}"}}}}'.encode(), {}


def html(server: FakeEntrez, request: Request, body: bytes) -> tuple[int, bytes, dict[str, str]]:
    return 200, b"<html><body><p>Under maintenance</body></html>", {}


def short(server: FakeEntrez, request: Request, body: bytes) -> tuple[int, bytes, dict[str, str]]:
    """Less than was asked for, in good form."""
    if request.tool == "esearch":
        return 200, re.sub(rb"<Id>\d+</Id>\n", b"", body, count=1), {}
    return 200, re.sub(rb"<PubmedArticle>.*?</PubmedArticle>", b"", body, count=1, flags=re.DOTALL), {}


def long(server: FakeEntrez, request: Request, body: bytes) -> tuple[int, bytes, dict[str, str]]:
    """A list of more than it says that there are."""
    return 200, body.replace(b"<IdList>", b"<IdList><Id>987654</Id>"), {}


def packed(server: FakeEntrez, request: Request, body: bytes) -> tuple[int, bytes, dict[str, str]]:
    return 200, gzip.compress(body), {"Content-Encoding": "gzip"}


@cache
def bomb_bytes() -> bytes:
    return gzip.compress(b"<PubmedArticleSet>" + b" " * 128 * 1024 * 1024, compresslevel=1)


def bomb(server: FakeEntrez, request: Request, body: bytes) -> tuple[int, bytes, dict[str, str]]:
    """An answer of which a little unpacks to much more than there can be."""
    return 200, bomb_bytes(), {"Content-Encoding": "gzip"}


def _handler(server: FakeEntrez) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # headers and body in one packet

        def do_GET(self) -> None:
            self._respond(b"")

        def do_POST(self) -> None:
            self._respond(self.rfile.read(int(self.headers["Content-Length"])))

        def _respond(self, sent: bytes) -> None:
            address = urlsplit(self.path)
            form = {name: values[0] for name, values in parse_qs(f"{address.query}&{sent.decode()}").items()}
            tool = address.path.rpartition("/")[2].removesuffix(".fcgi")
            answer = server.answer(Request(tool, address.query, form))
            if answer is None:
                self.send_response(200)
                self.send_header("Content-Length", "1000")
                self.end_headers()
                self.wfile.write(b"<?xml")
                self.close_connection = True
                return
            code, body, headers = answer
            if server.drip:
                head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n" + b"\r\n" * (server.drip == "body")
                self._write_slowly(head)
                return
            self.send_response(code)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(body)

        def _write_slowly(self, head: bytes) -> None:
            self.close_connection = True
            with suppress(OSError):
                self.wfile.write(head)
                while True:
                    self.wfile.write(b"X")
                    self.wfile.flush()
                    time.sleep(0.02)

        def log_message(self, *_: object) -> None:
            pass

    return Handler
