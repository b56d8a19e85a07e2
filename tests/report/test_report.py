"""The report: one page that needs nothing else, with what the tables of the run say, whatever its texts hold."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from lxml import etree

from bioweft.analyse import plots
from bioweft.analyse.reading import find, tables
from bioweft.cli.report import command
from bioweft.records import Passage
from bioweft.report import facts, report
from bioweft.report.methods import methods
from bioweft.report.pictures import layout
from tests import small_run
from tests.small_run import DOCUMENTS, STATEMENTS, write_run


@pytest.fixture(autouse=True, scope="module")
def no_plots() -> Iterator[None]:
    """Draw no plots of the results: they take most of the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plots, "save", lambda *_, **__: None)
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("outputs") / "now", statements=STATEMENTS)


@pytest.fixture(scope="module")
def page(folder: Path) -> str:
    return report(find(str(folder)), folder.parent / "page.html").read_text(encoding="utf-8")


def parsed(page: str) -> etree._Element:
    """Return the page read by the strict rules of XML, but for what HTML alone has."""
    return etree.fromstring(re.sub("<!doctype html>|<meta[^>]*>", "", page))


def test_the_page_needs_nothing_else(page: str) -> None:
    root = parsed(page)
    assert not root.xpath("//script | //link | //img | //iframe | //*[local-name() = 'image'] | //*[@src]")
    assert "@import" not in page
    assert not re.search(r"url\((?!#)", page)
    assert set(root.xpath("//*/@href[starts-with(., '#')]")) >= {"#read", "#methods"}


def test_identifiers_are_unlike_and_references_lead_somewhere(page: str) -> None:
    root = parsed(page)
    identifiers = root.xpath("//@id")
    assert len(identifiers) == len(set(identifiers))
    links = root.xpath("//@*[local-name() = 'href'][starts-with(., '#')]")
    assert {link[1:] for link in [*links, *re.findall(r"url\((#[^)]+)\)", page)]} <= set(identifiers)


def test_what_was_read(page: str) -> None:
    rows = {tuple("".join(cell.itertext()) for cell in row) for row in parsed(page).iter("tr")}
    assert ("Pain Notes", "2") in rows
    assert ("Documents with the flag retracted", "1") in rows
    assert "Every record could be read." in page


def test_rejects_are_listed_by_reason(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", DOCUMENTS[:2])
    line = '{"source": "a.xml", "position": "record 7", "reason": "no <title>"}\n'
    (folder / "rejects.jsonl").write_text(line * 3 + line.replace("<title>", "text"), encoding="utf-8")
    (first, second) = facts.rejects(find(str(folder)), examples=2)
    assert (first.reason, first.count, first.examples) == ("no <title>", 3, ["a.xml, record 7"] * 2)
    assert second.count == 1
    text = report(find(str(folder))).read_text(encoding="utf-8")
    assert "<td>no &lt;title&gt;</td>" in text


def test_relations_have_their_sentences_highlighted(page: str) -> None:
    assert "denied by 1</span>" not in page  # nothing says what is denied, so it is not among what the texts say
    aspirin, gene = '<mark class="chemical">Aspirin</mark>', '<mark class="gene">COX-2</mark>'
    assert f"{aspirin} after heart attack. … It blocks {gene}" in page
    assert '<span class="badge bad">1 retracted</span>' in page
    assert '<span class="badge">only a guess</span>' in page


def test_a_cue_is_marked(tmp_path: Path) -> None:
    said = replace(STATEMENTS[2], negated=False, cue="")
    folder = write_run(tmp_path / "run", statements=[*STATEMENTS, said])
    text = report(find(str(folder))).read_text(encoding="utf-8")
    assert '<mark class="chemical">Aspirin</mark> <span class="cue">after</span> <mark class="disease">heart' in text
    assert "denied by 1" in text


def test_least_probability(folder: Path, tmp_path: Path) -> None:
    text = report(find(str(folder)), tmp_path / "page.html", least_probability=0.7).read_text(encoding="utf-8")
    assert "COX-2</mark>" in text
    assert "only a guess" not in text


def test_types_together_are_counted_by_document(folder: Path) -> None:
    with tables(find(str(folder))) as connection:
        together = facts.types_together(connection, ["chemical", "disease", "gene"])
    # pmid:1 and pmid:2 have both a chemical and a disease; pmid:2 and pmid:5 a chemical and a gene.
    assert together.documents == [[3, 2, 2], [2, 3, 1], [2, 1, 2]]


def test_trends_are_shares_of_the_documents_of_a_year(folder: Path) -> None:
    with tables(find(str(folder))) as connection:
        read = facts.corpus(connection)
        rankings = {ranking.type: ranking for ranking in facts.type_rankings(connection, top=3)}
    trends = {trend.name: trend.shares for trend in facts.trends(read, rankings["disease"], most=2)}
    assert trends["Headache"] == {2018: 1.0, 2019: 0.0, 2020: 0.5}
    assert facts.trends(read, rankings["species"], most=2) == []  # people alone


def test_places_of_a_network_do_not_overlap() -> None:
    nodes = [facts.Node(f"x:{n}", f"Name {n}", "gene", n + 1) for n in range(30)]
    network = facts.Network(nodes, [(0, n, 1) for n in range(1, 30)])
    places = layout(network, [(60.0, 24.0)] * 30)
    assert places == layout(network, [(60.0, 24.0)] * 30)
    touching = [
        (a, b)
        for a in range(30)
        for b in range(a)
        if abs(places[a][0] - places[b][0]) < 59 and abs(places[a][1] - places[b][1]) < 23
    ]
    assert touching == []


def test_methods_cite_only_what_was_used(folder: Path) -> None:
    run = find(str(folder))
    with tables(run) as connection:
        read = facts.corpus(connection)
    manifest = {
        **run.manifest,
        "settings": {"sources": [{"kind": "pubmed-query", "query": "aspirin"}], "link": {"genes": ["human", "mouse"]}},
        "tools": {"tag": {"name": "huner6+dictionary", "digest": "abc"}},
        "versions": {"bioweft": "9.9", "duckdb": "2.0"},
    }
    text = methods(manifest, read, ["mesh", "ncbigene"])
    words = "\n".join(text.paragraphs)
    assert "Records of PubMed [1] (query “aspirin”) were read" in words
    assert "bioweft 9.9" in words
    assert "human and mouse" in words
    cited = {int(number) for group in re.findall(r"\[([\d, ]+)\]", words) for number in group.split(", ")}
    assert cited == set(range(1, len(text.references) + 1))
    assert not any("Mondo" in reference for reference in text.references)


def test_hostile_names_are_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "</svg><script>alert(1)</script>\x1b[31m &amp; $x_1$ {{ 7 * 7 }}"
    rows = [row | {"name": f"{name} {row['name']}"} for row in small_run.CONCEPTS.to_pylist()]
    monkeypatch.setattr(small_run, "CONCEPTS", small_run.CONCEPTS.from_pylist(rows, small_run.CONCEPTS.schema))
    odd = [
        replace(document, journal=f"{name} Notes", passages=(Passage("title", f"Aspirin {name} for headache."),))
        for document in (DOCUMENTS[0], replace(DOCUMENTS[0], id="pmid:9", year=2021))
    ]
    folder = write_run(tmp_path / "now", odd, statements=STATEMENTS[:1])
    text = report(find(str(folder))).read_text(encoding="utf-8")
    assert not parsed(text).xpath("//*[local-name() = 'script']")
    assert "{{ 7 * 7 }} Notes" in text
    assert "\x1b" not in text
    assert "{{ 7 * 7 }} Aspirin</a>" in text


def test_a_run_of_nothing_much(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", [DOCUMENTS[3]])
    text = report(find(str(folder))).read_text(encoding="utf-8")
    assert "No two concepts share" in text
    assert parsed(text) is not None


def test_the_command_writes_page_and_plots(folder: Path, tmp_path: Path) -> None:
    words = [str(folder), "--output", str(tmp_path / "page.html"), "--plots", str(tmp_path / "plots")]
    result = CliRunner().invoke(command, words, catch_exceptions=False)
    assert result.exit_code == 0
    assert result.output.startswith(str(tmp_path / "page.html"))
    names = {file.name for file in (tmp_path / "plots").iterdir()}
    assert {"types-together.svg", "types-together.png", "ranking-disease.svg", "trends-disease.png"} <= names


def test_the_same_run_gives_the_same_page(folder: Path, page: str, tmp_path: Path) -> None:
    assert report(find(str(folder)), tmp_path / "again.html").read_text(encoding="utf-8") == page
