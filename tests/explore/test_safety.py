"""What the explorer lets in and out: hosts, tokens, markup in texts, large and endless questions."""

import html.parser
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from fastapi.testclient import TestClient

from bioweft.explore import pages
from bioweft.explore.annotating import AnnotatedText, Annotating
from bioweft.explore.guard import LOOPBACK, host_of, hosts_of, is_loopback
from bioweft.explore.reader import Reader, TooSlowError
from bioweft.explore.server import create_app
from tests.explore.test_pages import ASPIRIN, PAGES

HOSTILE_ID = "file:a/../<b>.html"


class _Tags(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.attributes = [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.attributes += [name for name, _ in attrs]


@pytest.mark.parametrize(
    ("path", "query"), [*PAGES.items(), ("/document", {"id": HOSTILE_ID}), ("/search", {"q": "<b>"})]
)
def test_markup_in_texts_is_text_and_no_page_has_script_or_style_of_its_own(client, path, query):
    page = _Tags()
    page.feed(client.get(path, params=query).text)
    assert all(attributes.get("src", "").startswith("/static/") for tag, attributes in page.tags if tag == "script")
    assert not [tag for tag, _ in page.tags if tag in ("style", "img", "iframe")]
    assert not [name for name in page.attributes if name == "style" or name.startswith("on")]


def test_a_document_of_markup_shows_as_text(client):
    page = client.get("/document", params={"id": HOSTILE_ID}).text
    assert "&lt;img src=x onerror=" in page
    assert "<img" not in page


def test_every_answer_has_the_headers_of_safety(client):
    for path in ("/search", "/search.json", "/static/style.css", "/nothing", "/entity?id=x"):
        headers = client.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("host", "status"),
    [("localhost", 200), ("127.0.0.1:8722", 200), ("[::1]:8722", 200), ("evil.example", 421), ("", 421)],
)
def test_the_host_must_be_this_one(client, host, status):
    assert client.get("/run.json", headers={"host": host}).status_code == status


@pytest.mark.parametrize(
    "path", ["/static/../server.py", "/static/..%2fserver.py", "/static/%2e%2e/server.py", "/static/x"]
)
def test_only_named_files_are_served(client, path):
    assert client.get(path).status_code == 404


def test_large_requests_are_refused(client):
    assert client.get("/search.json", params={"q": "a" * 9000}).status_code == 414
    assert client.get("/search.json", params={"q": "a" * 400}).status_code == 422
    assert client.post("/annotate.json", content=b"x" * 300_000).status_code == 413
    assert client.post("/annotate.json", json={"text": "x" * 20_001}).status_code == 422
    assert client.get("/relations.json", params={"limit": 5001}).status_code == 422


def test_a_page_of_html_has_fewer_rows_than_a_table(client, monkeypatch):
    monkeypatch.setattr(pages, "MOST_SHOWN", 2)
    page = client.get("/relations", params={"limit": 5000}).text
    assert page.count('<details class="relation"') == 2
    assert 'rel="next"' in page
    assert len(client.get("/relations.json", params={"limit": 5000}).json()["relations"]) > 2


def test_pages_are_asked_for_anew(client):
    assert client.get("/search").headers["cache-control"] == "no-cache"


def test_a_page_of_another_site_sends_nothing(client):
    answer = client.post("/annotate.json", json={"text": "a"}, headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403


@pytest.mark.parametrize("body", [b"\xff", b"[1]", b'{"text": 1}', b'{"texts": "a"}', b"{"])
def test_what_is_no_text_is_refused(client, body):
    answer = client.post("/annotate.json", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert client.post("/annotate.json", content=b"a", headers={"content-type": "text/plain"}).status_code == 415


@pytest.fixture(scope="module")
def guarded(folder):
    app = create_app(Reader(folder), hosts=LOOPBACK, token="secret")
    with TestClient(app, base_url="http://localhost", follow_redirects=False) as client:
        yield client


def test_without_the_token_nothing_is_shown(guarded):
    for path in ("/search", "/search.json?q=a", "/static/style.css", "/openapi.json", "/?token=wrong"):
        assert guarded.get(path).status_code == 401
    assert guarded.get("/run.json", headers={"authorization": "Bearer wrong"}).status_code == 401


def test_the_token_opens_by_header_and_by_address(guarded):
    assert guarded.get("/run.json", headers={"authorization": "Bearer secret"}).status_code == 200
    first = guarded.get("/search?q=aspirin&token=secret")
    assert (first.status_code, first.headers["location"]) == (303, "/search?q=aspirin")
    assert "HttpOnly" in first.headers["set-cookie"]
    assert "SameSite=Strict" in first.headers["set-cookie"]
    assert "secret" not in first.headers["set-cookie"]
    assert guarded.get("/run.json").status_code == 200  # by the cookie
    guarded.cookies.clear()


def test_the_token_leads_to_no_other_host(guarded):
    assert guarded.get("http://localhost//evil.example/?token=secret").headers["location"] == "/evil.example/"
    guarded.cookies.clear()


def test_hosts():
    assert hosts_of("127.0.0.1") == LOOPBACK
    assert hosts_of("0.0.0.0") is None
    assert hosts_of("192.168.1.5") == {"192.168.1.5"}
    assert [host_of(name) for name in ("a:1", "[::1]:2", "A.b")] == ["a", "::1", "a.b"]
    assert [is_loopback(host) for host in ("localhost", "127.0.0.5", "::1", "0.0.0.0", "x.org")] == [
        True, True, True, False, False]  # fmt: skip


def test_all_addresses_in_numbers_where_it_listens_at_all(folder):
    app = create_app(Reader(folder), hosts=None, token="secret")
    with TestClient(app, base_url="http://localhost") as client:
        bearer = {"authorization": "Bearer secret"}
        assert client.get("/run.json", headers={**bearer, "host": "192.168.1.5:8722"}).status_code == 200
        assert client.get("/run.json", headers={**bearer, "host": "evil.example"}).status_code == 421


def test_an_endless_question_ends(folder):
    reader = Reader(folder, seconds=0.3)
    endless = "SELECT count(*) FROM range(100000000) a, range(100000) b WHERE a.range % 7 = b.range % 5"
    with pytest.raises(TooSlowError, match="would have taken more than"), reader.view() as view:
        view.connection.execute(endless)
    with reader.view() as view:
        assert view.connection.execute("SELECT count(*) FROM documents").fetchone()
    reader.close()


def test_a_question_that_waits_for_a_busy_machine_has_more_time(folder):
    reader = Reader(folder, seconds=0.5)
    with reader.view() as view:
        time.sleep(1.2)  # without a processor
        assert view.connection.execute("SELECT count(*) FROM documents").fetchone()
    reader.close()


def test_texts_that_wait_for_the_models_leave_the_pages_alone(folder, monkeypatch):
    is_over = threading.Event()

    def annotate(*_):
        is_over.wait(60)
        return AnnotatedText(passages=[], concepts=[], relations=[])

    monkeypatch.setattr(Annotating, "annotate", annotate)
    app = create_app(Reader(folder, seconds=300), hosts=LOOPBACK)
    with TestClient(app, base_url="http://localhost") as client, ThreadPoolExecutor(9) as pool:
        texts = [pool.submit(client.post, "/annotate.json", json={"text": "a"}) for _ in range(8)]
        assert client.get("/search.json", params={"q": "asp"}).status_code == 200
        assert not any(text.done() for text in texts)
        is_over.set()
        assert {text.result().status_code for text in texts} == {200}


def test_too_slow_is_an_answer(folder, monkeypatch):
    from bioweft.explore import search

    def too_slow(*_, **__):
        raise TooSlowError("the answer would have taken more than 1 seconds")

    monkeypatch.setattr(search, "search", too_slow)
    with TestClient(create_app(Reader(folder), hosts=LOOPBACK), base_url="http://localhost") as client:
        answer = client.get("/search.json", params={"q": "a"})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


def test_a_hundred_requests_in_parallel(client):
    paths = ["/search.json?q=asp", f"/entity?id={ASPIRIN}", "/relations.csv", f"/graph.json?id={ASPIRIN}"] * 25
    with ThreadPoolExecutor(20) as pool:
        assert {answer.status_code for answer in pool.map(client.get, paths)} == {200}


def test_nothing_is_written_into_the_run(folder, client):
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    for path, query in PAGES.items():
        client.get(path, params=query)
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


def test_static_files_bear_their_version(client):
    (address,) = re.findall(r'href="(/static/style\.css\?v=[0-9a-f]+)"', client.get("/search").text)
    assert "immutable" in client.get(address).headers["cache-control"]
