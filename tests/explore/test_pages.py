"""What the pages of the explorer say, in each of their three forms."""

import csv
import io

import pytest

from bioweft.explore import render
from bioweft.explore.graph import Edge, strongest

ASPIRIN, HEADACHE, COX, PEOPLE = "mesh:D001241", "mesh:D006261", "ncbigene:5743", "ncbitaxon:9606"
PAGES = {
    "/search": {"q": "aspirin"},
    "/entity": {"id": ASPIRIN},
    "/relations": {},
    "/partners": {"id": ASPIRIN},
    "/documents": {"id": ASPIRIN},
    "/pair": {"a": ASPIRIN, "b": HEADACHE},
    "/document": {"id": "pmid:1"},
    "/rankings": {"type": "disease"},
    "/graph": {"id": ASPIRIN},
    "/run": {},
    "/changes": {},
}


@pytest.fixture(scope="module")
def edges(client):
    """The edges of relations by predicate in words and object."""
    relations = client.get("/relations.json").json()["relations"]
    return {(line["phrase"], line["object_name"]): line["edge"] for line in relations}


@pytest.mark.parametrize(("path", "query"), PAGES.items())
def test_every_page_is_html_json_and_csv(client, path, query):
    page, as_json, table = (client.get(path + ending, params=query) for ending in ("", ".json", ".csv"))
    assert [answer.status_code for answer in (page, as_json, table)] == [200] * 3
    kinds = [answer.headers["content-type"].partition(";")[0] for answer in (page, as_json, table)]
    assert kinds == ["text/html", "application/json", "text/csv"]
    assert as_json.json()["title"]
    widths = {len(row) for row in csv.reader(io.StringIO(table.text))}
    assert len(widths) == 1


def test_the_first_page_says_what_the_run_is_about(client):
    page = client.get("/search").text
    assert "Myocardial Infarction" in page
    assert client.get("/", follow_redirects=False).headers["location"] == "/search"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("aspirin", "Aspirin"),
        ("ASPIR", "Aspirin"),
        ("acetylsalicylic", "Aspirin"),
        ("salicylic", "Aspirin"),
        ("mesh:d001241", "Aspirin"),
        ("chebi:15365", "Aspirin"),
        ("cox2", "PTGS2"),
        ("infarction", "Myocardial Infarction"),
    ],
)
def test_search_knows_names_beginnings_words_and_identifiers(client, text, name):
    hits = client.get("/search.json", params={"q": text}).json()["hits"]
    assert hits[0]["name"] == name


def test_search_says_by_which_term_it_was_hit(client):
    (hit,) = client.get("/search.json", params={"q": "heart at"}).json()["hits"]
    assert (hit["name"], hit["term"]) == ("Myocardial Infarction", "heart attack")


def test_search_helps_with_misspelt_names(client):
    answer = client.get("/search.json", params={"q": "asprin"}).json()
    assert (answer["hits"], answer["suggestions"]) == ([], ["Aspirin"])


def test_genes_of_one_name_are_told_apart_by_their_species(client):
    (hit,) = client.get("/search.json", params={"q": "PTGS2"}).json()["hits"]
    assert (hit["taxon"], hit["species"]) == (PEOPLE, "Homo sapiens")
    assert "Homo sapiens" in client.get("/search", params={"q": "PTGS2"}).text
    assert client.get("/entity.json", params={"id": COX}).json()["concept"]["species"] == "Homo sapiens"


def test_search_of_one_type(client):
    assert client.get("/search.json", params={"q": "a", "type": "disease"}).json()["hits"][0]["type"] == "disease"
    assert client.get("/search.json", params={"q": "aspirin", "type": "disease"}).json()["hits"] == []


def test_a_concept_has_counts_names_years_partners_and_relations(client):
    page = client.get("/entity.json", params={"id": ASPIRIN}).json()
    assert page["concept"]["documents"] == 4
    assert page["concept"]["identifiers"][0] == {"id": ASPIRIN, "link": "http://id.nlm.nih.gov/mesh/D001241"}
    assert page["years"] == [[2018, 1], [2019, 1], [2021, 1]]
    assert [partner["name"] for partner in page["partners"]["gene"]] == ["PTGS2"]
    assert {line["object_name"] for line in page["relations"]} == {
        "Headache", "Homo sapiens", "Myocardial Infarction", "PTGS2"}  # fmt: skip


def test_a_relation_has_its_sentences_with_the_ends_and_the_cue_marked(client, edges):
    page = client.get("/evidence.json", params={"edge": edges["treats", "Myocardial Infarction"]}).json()
    (sentence,) = page["sentences"]
    marks = {mark["role"]: sentence["text"][mark["start"] : mark["end"]] for mark in sentence["marks"]}
    assert marks == {"subject": "Aspirin", "object": "heart attack", "cue": "after"}
    assert sentence["negated"]
    assert sentence["link"] == "https://pubmed.ncbi.nlm.nih.gov/2"


@pytest.mark.parametrize(
    ("filters", "objects"),
    [
        ({"predicate": "treats"}, {"Headache", "Homo sapiens", "Myocardial Infarction"}),
        ({"negated": "yes"}, {"Myocardial Infarction"}),
        ({"negated": "no", "predicate": "treats"}, {"Headache", "Homo sapiens"}),
        ({"least_probability": "0.5"}, {"Headache", "PTGS2"}),
        ({"since": "2019"}, {"PTGS2"}),
        ({"until": "2018"}, {"Headache", "Homo sapiens"}),
        ({"type": "gene"}, {"PTGS2"}),
    ],
)
def test_relations_are_filtered(client, filters, objects):
    lines = client.get("/relations.json", params={"id": ASPIRIN, **filters}).json()["relations"]
    assert {line["object_name"] for line in lines} == objects


def test_the_table_of_relations_has_the_rows_of_their_json(client):
    rows = list(csv.DictReader(io.StringIO(client.get("/relations.csv").text)))
    lines = client.get("/relations.json").json()["relations"]
    assert [row["edge"] for row in rows] == [line["edge"] for line in lines]
    assert all(line["evidence"] for line in lines)


def test_no_probability_is_called_certain():
    shown = [render._probability(value) for value in (0.997, 0.994, 0.5, 0.001, None)]
    assert shown == [">0.99", "0.99", "0.50", "<0.01", "–"]


def test_relations_of_a_concept_at_either_end(client):
    lines = client.get("/relations.json", params={"id": COX}).json()["relations"]
    assert [line["subject_name"] for line in lines] == ["Aspirin"]


@pytest.mark.parametrize(
    ("filters", "documents"),
    [
        ({}, ["file:a/../<b>.html", "pmid:2", "pmid:1", "pmid:5"]),
        ({"since": 2019}, ["file:a/../<b>.html", "pmid:2"]),
        ({"until": 2018}, ["pmid:1"]),
        ({"journal": "heart notes"}, ["pmid:2"]),
        ({"section": "methods"}, ["file:a/../<b>.html"]),
        ({"section": "title", "until": 2020}, ["pmid:2", "pmid:1"]),
        ({"with": HEADACHE}, ["file:a/../<b>.html", "pmid:1"]),
    ],
)
def test_documents_are_filtered(client, filters, documents):
    lines = client.get("/documents.json", params={"id": ASPIRIN, **filters}).json()["documents"]
    assert [line["document"] for line in lines] == documents


def test_a_section_filter_shows_the_sentence_of_that_section(client):
    (line,) = client.get("/documents.json", params={"id": ASPIRIN, "section": "Methods"}).json()["documents"]
    assert (line["section"], line["text"]) == ("METHODS", HOSTILE_METHODS)


HOSTILE_METHODS = '<img src=x onerror="alert(1)"> Aspirin.'


def test_a_pair_has_relations_first_then_sentences_with_both(client):
    page = client.get("/pair.json", params={"a": ASPIRIN, "b": HEADACHE}).json()
    assert [line["phrase"] for line in page["relations"]] == ["treats"]
    assert page["together"]["documents"] == 2
    text = client.get("/pair", params={"a": ASPIRIN, "b": HEADACHE}).text
    assert text.index("What the texts say of both") < text.index("Sentences with both")


def test_a_document_has_its_whole_text_annotated_with_relations_and_identifiers(client):
    page = client.get("/document.json", params={"id": "pmid:1"}).json()
    assert [passage["text"] for passage in page["passages"]] == [
        "Aspirin for headache.", "Aspirin helps. Patients had headache."]  # fmt: skip
    title = page["passages"][0]
    assert [title["text"][mark["start"] : mark["end"]] for mark in title["marks"]] == ["Aspirin", "headache"]
    assert [(r["phrase"], r["object_name"]) for r in page["relations"]] == [
        ("treats", "Headache"), ("treats", "Homo sapiens")]  # fmt: skip
    assert page["identifiers"] == [{"id": "pmid:1", "link": "https://pubmed.ncbi.nlm.nih.gov/1"}]


def test_the_table_of_a_document_has_offsets_into_its_text(client):
    text = "\n".join(p["text"] for p in client.get("/document.json", params={"id": "pmid:1"}).json()["passages"])
    rows = list(csv.DictReader(io.StringIO(client.get("/document.csv", params={"id": "pmid:1"}).text)))
    assert [text[int(row["start"]) : int(row["end"])] for row in rows] == [row["text"] for row in rows]


def test_rankings_are_ordered_and_filtered(client):
    by_name = client.get("/rankings.json", params={"type": "disease", "name": "INFARCT"}).json()["ranked"]
    assert [entry["name"] for entry in by_name] == ["Myocardial Infarction"]
    by_mentions = client.get("/rankings.json", params={"type": "disease", "by": "mentions"}).json()["ranked"]
    assert [entry["rank"] for entry in by_mentions] == [1, 2]
    assert by_mentions[0]["mentions"] >= by_mentions[1]["mentions"]


def test_a_graph_has_the_neighbours_and_their_edges(client):
    page = client.get("/graph.json", params={"id": ASPIRIN}).json()
    assert page["nodes"][0] == {"id": ASPIRIN, "name": "Aspirin", "type": "chemical", "documents": 4, "is_seed": True}
    assert {node["name"] for node in page["nodes"]} >= {"PTGS2", "Headache"}
    ids = {node["id"] for node in page["nodes"]}
    assert all({edge["a"], edge["b"]} <= ids for edge in page["edges"])
    relations = [edge for edge in page["edges"] if edge["kind"] == "relation"]
    assert all(client.get("/evidence.json", params={"edge": edge["id"]}).status_code == 200 for edge in relations)


def test_a_graph_is_capped(client):
    page = client.get("/graph.json", params={"id": ASPIRIN, "nodes": 2}).json()
    assert len(page["nodes"]) == 2
    assert page["left_out"] > 0
    assert client.get("/graph.json", params={"id": ASPIRIN, "nodes": 151}).status_code == 422


def test_a_long_list_goes_on_where_it_ended(client):
    seen, query = [], {"id": ASPIRIN, "limit": 1}
    while True:
        page = client.get("/documents.json", params=query).json()
        seen += [line["document"] for line in page["documents"]]
        if page["next"] is None:
            break
        query["next"] = page["next"]
    assert seen == ["file:a/../<b>.html", "pmid:2", "pmid:1", "pmid:5"]


def test_next_is_of_one_question(client):
    following = client.get("/documents.json", params={"id": ASPIRIN, "limit": 1}).json()["next"]
    other = client.get("/documents.json", params={"id": HEADACHE, "limit": 1, "next": following})
    assert (other.status_code, other.json()["title"]) == (400, "Bad Request")
    assert client.get("/documents.json", params={"id": ASPIRIN, "next": "abc"}).status_code == 400


def test_a_table_leads_to_its_next_part(client):
    answer = client.get("/documents.csv", params={"id": ASPIRIN, "limit": 1})
    assert 'rel="next"' in answer.headers["link"]
    assert answer.links["next"]["url"].startswith("/documents.csv?")
    assert client.get(answer.links["next"]["url"]).status_code == 200


@pytest.mark.parametrize(
    ("path", "status", "part"),
    [
        ("/entity.json?id=mesh:X", 404, "no concept"),
        ("/evidence.json?edge=0", 404, "no edge"),
        ("/document.json?id=../../etc/passwd", 404, "no document"),
        ("/entity.json", 422, "id: Field required"),
        ("/entity.json?id=mesh:D001241&sort=up", 422, "sort"),
        ("/rankings.json?type=protein", 404, "no entity type"),
        ("/relations.json?predicate=tread", 404, "did you mean 'treats'"),
        ("/relations.json?least_probability=2", 422, "least_probability"),
        ("/nothing.json", 404, "Not Found"),
    ],
)
def test_errors_have_one_shape(client, path, status, part):
    answer = client.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert set(problem) == {"title", "status", "detail", "suggestions"}
    assert problem["status"] == status
    assert part in problem["detail"]


def test_an_error_of_a_page_is_a_page(client):
    answer = client.get("/entity", params={"id": "<b>x</b>"})
    assert answer.status_code == 404
    assert "&lt;b&gt;x&lt;/b&gt;" in answer.text


def test_blank_fields_of_a_form_are_not_given(client):
    assert client.get("/entity", params={"id": ASPIRIN, "since": "", "journal": "", "negated": ""}).status_code == 200


def test_the_description_for_programs_has_every_page(client):
    paths = client.get("/openapi.json").json()["paths"]
    assert set(paths) >= {path + ending for path in PAGES for ending in ("", ".json", ".csv")}
    assert "/search.json" in client.get("/api").text


def test_cells_are_no_formulas(client):
    table = client.get("/documents.csv", params={"id": ASPIRIN}).text
    assert not any(cell.startswith(("=", "+", "@")) for row in csv.reader(io.StringIO(table)) for cell in row)


def edge(a: str, b: str, kind: str = "cooccurrence") -> Edge:
    return Edge(id=f"{kind}-{a}-{b}", a=a, b=b, kind=kind, phrase="", is_directed=False, documents=1,
                probability=None, negated=0, weight=1)  # fmt: skip


def test_a_graph_has_all_edges_of_its_seeds_and_the_strongest_of_the_others():
    others = [edge(a, b) for a in "bcdefg" for b in "bcdefg" if a < b]
    shown = strongest([*others, *(edge("a", b) for b in "bcdefg")], {"a"})
    assert sum(e.a == "a" for e in shown) == 6
    assert 6 < len(shown) < 6 + len(others)
    assert {end for e in shown if e.a != "a" for end in (e.a, e.b)} == set("bcdefg")


def test_a_pair_of_which_something_is_said_is_drawn_once():
    assert strongest([edge("a", "b", "relation"), edge("b", "a")], {"a"}) == [edge("a", "b", "relation")]


def test_an_edge_has_a_direction_where_its_predicate_has_one(client):
    edges = client.get("/graph.json", params={"id": ASPIRIN}).json()["edges"]
    assert {e["is_directed"] for e in edges if e["phrase"] == "treats"} == {True}
    assert {e["is_directed"] for e in edges if e["kind"] == "cooccurrence"} <= {False}
