"""The explorer in a real browser: search, open, filter, download, graph, keyboard, two widths, without script."""

import os
import re
import shutil
from collections.abc import Iterator

import pytest

pytest.importorskip("playwright", reason="the group `core` is not installed")

from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from tests.explore.test_pages import ASPIRIN, HEADACHE, PAGES

_PATIENCE = 60_000
"""Milliseconds: a machine that does much else is slow."""
expect.set_options(timeout=_PATIENCE)

WIDTHS = {"desk": (1280, 900), "phone": (390, 844)}


def _chromium() -> str | None:
    names = ("chromium", "chromium-browser", "google-chrome")
    return os.environ.get("BIOWEFT_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = _chromium()
    if path is None:
        pytest.skip("there is no Chromium on this machine; BIOWEFT_CHROMIUM says where there is one")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, address: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page that fails the test where the browser complains, of script or of the security policy.

    That a page itself is an error, as some are meant to be, is no complaint.
    """
    complaints: list[tuple[str, str]] = []
    visited: set[str] = set()
    context = browser.new_context(base_url=address, viewport={"width": 1280, "height": 900}, accept_downloads=True)
    page = context.new_page()

    def note(message: ConsoleMessage) -> None:
        complaints.append((message.location["url"], message.text))

    page.on("console", lambda message: note(message) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(("", str(error))))
    page.on("framenavigated", lambda frame: visited.add(frame.url))
    page.set_default_timeout(_PATIENCE)
    yield page
    context.close()
    assert [complaint for complaint in complaints if complaint[0] not in visited] == []


def _until(page: Page, expression: str) -> None:
    """Wait until something holds; Playwright's own way evaluates text in the page, which the policy forbids."""
    for _ in range(_PATIENCE // 50):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(50)
    pytest.fail(f"never came true: {expression}")


def test_search_suggests_as_one_types_and_opens_by_keyboard(page: Page):
    page.goto("/search")
    expect(page.get_by_role("combobox")).to_be_focused()
    page.keyboard.type("acetyl")
    option = page.get_by_role("option")
    expect(option).to_have_count(1)
    expect(option).to_contain_text("Aspirin")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("combobox")).to_have_attribute("aria-activedescendant", "suggestion-0")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/entity\?id=mesh"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Aspirin")


def test_a_misspelt_name_is_suggested_as_one_types(page: Page):
    page.goto("/search")
    page.keyboard.type("asprin")
    expect(page.get_by_role("option")).to_have_text("Did you mean Aspirin?")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/search\?q=Aspirin"))
    expect(page.locator(".hits a").first).to_contain_text("Aspirin")


def test_escape_closes_suggestions_and_a_slash_leads_to_the_search(page: Page):
    page.goto(f"/entity?id={ASPIRIN}")
    page.keyboard.press("/")
    expect(page.get_by_role("combobox")).to_be_focused()
    page.keyboard.type("head")
    expect(page.get_by_role("listbox")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()


def test_a_line_opens_its_sentences(page: Page):
    page.goto(f"/entity?id={ASPIRIN}")
    line = page.locator("details.relation").filter(has_text="Myocardial Infarction")
    expect(line.locator(".sentence")).to_be_hidden()
    line.locator("summary .phrase").click()
    expect(line.locator("mark.subject")).to_have_text("Aspirin")
    expect(line.locator("mark.object")).to_have_text("heart attack")
    expect(line.locator(".cue")).to_have_text("after")
    line.get_by_role("link", name="All sentences of this relation").click()
    expect(page.locator(".sentence")).to_have_count(1)


def test_filters_are_in_the_address(page: Page):
    page.goto(f"/entity?id={ASPIRIN}")
    page.get_by_text("Filter relations and documents").click()
    page.get_by_label("From year").fill("2019")
    page.get_by_role("button", name="Filter").click()
    expect(page).to_have_url(re.compile("since=2019"))
    expect(page.locator("details.relation")).to_have_count(1)
    expect(page.get_by_label("From year")).to_have_value("2019")
    page.get_by_role("link", name="Without filters").click()
    expect(page.locator("details.relation")).to_have_count(4)


def test_a_bar_of_the_plot_filters_by_its_year(page: Page):
    page.goto(f"/entity?id={ASPIRIN}")
    page.locator("figure.years a").filter(has_text="2018").click()
    expect(page).to_have_url(re.compile("since=2018&until=2018"))


def test_a_table_is_downloaded(page: Page):
    page.goto("/rankings?type=disease")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    assert download.value.suggested_filename == "bioweft-rankings.csv"
    with open(download.value.path(), encoding="utf-8") as file:  # noqa: PTH123 - the browser's own path
        assert file.readline().startswith("type,rank,concept,name")


def test_rankings_sort_by_their_heads(page: Page):
    page.goto("/rankings?type=disease")
    page.get_by_role("link", name="Mentions").click()
    expect(page.locator("th[aria-sort=descending]")).to_have_text("Mentions")


def test_a_graph_shows_and_expands_and_opens_evidence(page: Page):
    page.goto(f"/graph?id={ASPIRIN}&nodes=3")
    expect(page.locator(".canvas canvas").first).to_be_visible()
    _until(page, "window.bioweftGraph?.nodes().length === 3")
    place = page.evaluate(
        "() => { const g = window.bioweftGraph, n = g.nodes('.seed')[0].renderedPosition(), "
        "b = g.container().getBoundingClientRect(); return [b.left + n.x, b.top + n.y]; }"
    )
    page.mouse.click(*place)
    expect(page.locator(".panel h2")).to_have_text("Aspirin")
    page.get_by_role("button", name="Show its neighbours").click()
    _until(page, "window.bioweftGraph.nodes().length > 3")
    expect(page).to_have_url(re.compile("nodes=18"))
    page.evaluate("() => window.bioweftGraph.edges('.relation')[0].select()")
    expect(page.locator(".panel mark.subject").first).to_have_text("Aspirin")
    page.locator(".panel").get_by_role("link", name="All sentences").click()
    expect(page).to_have_url(re.compile("/evidence"))


def test_a_graph_is_saved_as_a_picture(page: Page):
    page.goto(f"/graph?id={ASPIRIN}")
    _until(page, "Boolean(window.bioweftGraph)")
    with page.expect_download() as download:
        page.get_by_role("button", name="Save picture").click()
    assert download.value.suggested_filename == "bioweft-graph.png"


def test_the_keyboard_reaches_everything(page: Page):
    page.goto(f"/entity?id={ASPIRIN}")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    names = []
    for _ in range(40):
        page.keyboard.press("Tab")
        names.append(page.evaluate("document.activeElement.tagName"))
        if names[-1] == "BODY":  # behind the last link the focus leaves the page
            break
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    assert "SUMMARY" in names
    assert "A" in names


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("path", PAGES)
def test_no_page_is_wider_than_the_window(page: Page, width: str, path: str):
    page.set_viewport_size(dict(zip(("width", "height"), WIDTHS[width], strict=True)))
    query = "&".join(f"{key}={value}" for key, value in PAGES[path].items())
    page.goto(f"{path}?{query}")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_everything_but_the_drawing_works_without_script(browser: Browser, address: str):
    context = browser.new_context(base_url=address, java_script_enabled=False)
    page = context.new_page()
    page.set_default_timeout(_PATIENCE)
    page.goto("/search")
    page.get_by_label("Search for a name").fill("aspirin")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="Aspirin").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Aspirin")
    page.locator("details.relation summary .phrase").first.click()
    expect(page.locator("details.relation .sentence").first).to_be_visible()
    page.get_by_role("link", name="Graph of its neighbours").click()
    expect(page.locator("#graph")).to_be_hidden()
    expect(page.get_by_role("row").filter(has_text="treats").first).to_be_visible()
    context.close()


def test_a_document_of_markup_runs_nothing(page: Page):
    page.on("dialog", lambda dialog: pytest.fail(f"the text of a document ran: {dialog.message}"))
    page.goto("/document?id=file%3Aa%2F..%2F%3Cb%3E.html")
    expect(page.locator(".paper")).to_contain_text("<script>alert('aspirin')</script>")
    page.goto(f"/documents?id={ASPIRIN}")
    expect(page.locator(".sentence").first).to_contain_text("<script>")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", [*PAGES, "/api", "/annotate", "/evidence", "/search?q=asprin", "/document?id=pmid:9"])
def test_axe_finds_no_fault(page: Page, scheme: str, path: str):
    sync_axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="the group `core` is not installed")
    page.emulate_media(color_scheme=scheme)
    query = "&".join(f"{key}={value}" for key, value in PAGES.get(path, {}).items())
    if path != "/evidence":
        page.goto(f"{path}?{query}" if query else path)
    else:
        page.goto(f"/pair?a={ASPIRIN}&b={HEADACHE}")
        page.get_by_role("link", name="All sentences of this relation").click()
    page.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = true; })")
    faults = sync_axe.Axe().run(page).response["violations"]
    assert [(fault["id"], fault["nodes"][0]["html"], fault["nodes"][0]["failureSummary"]) for fault in faults] == []


def test_a_page_prints(page: Page):
    page.emulate_media(media="print")
    page.goto(f"/entity?id={ASPIRIN}")
    expect(page.locator("header.bar")).to_be_hidden()
    expect(page.locator("figure.years rect.bar").first).to_be_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
