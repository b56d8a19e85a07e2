"""The dictionaries as they are shipped."""

import os
from collections import Counter
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from bioweft import resources
from bioweft.lexicon import dictionary, reviewed
from bioweft.lexicon.build import GENES, SHIPPED, SOURCES, build
from bioweft.lexicon.concepts import prefix
from bioweft.lexicon.names import folded, is_code
from bioweft.records import Document, Passage
from bioweft.tag.dictionary import DictionaryTagger
from tests.tagging import linked_mentions_of, mentions_of

MOST_BYTES = 40 * 1000 * 1000


def test_all_are_there_within_the_size() -> None:
    shipped = resources.dictionaries()
    assert set(shipped) == set(SHIPPED)
    genes = resources.gene_dictionaries()
    assert {f"genes/{species}" for species in genes} == set(GENES)
    assert sum(path.stat().st_size for path in (*shipped.values(), *genes.values())) <= MOST_BYTES
    assert sum(dictionary.summary(path).terms for path in shipped.values()) > 500_000


@pytest.mark.parametrize(
    ("name", "term", "curie"),
    [
        ("disease", "breast cancer", "mesh:D001943"),
        ("disease", "lung cancer", "mesh:D008175"),
        ("disease", "Parkinson disease", "mesh:D010300"),
        ("disease", "Parkinson's disease", "mesh:D010300"),
        ("disease", "COVID-19", "mesh:D000086382"),
        ("disease", "hypertension", "mesh:D006973"),
        ("chemical", "olanzapine", "mesh:D000077152"),
        ("chemical", "aspirin", "mesh:D001241"),
        ("chemical", "gentamicin", "mesh:D005839"),
        ("chemical", "ATP", "mesh:D000255"),
        ("gene", "TNF", "ncbigene:7124"),
        ("gene", "tumor necrosis factor", "ncbigene:7124"),
        ("gene", "AKT", "fplx:AKT"),
        ("gene", "AKT1", "ncbigene:207"),
        ("gene", "p53", "ncbigene:7157"),
        ("gene", "BECN1", "ncbigene:8678"),
        ("species", "SARS-CoV-2", "ncbitaxon:2697049"),
        ("species", "E. coli", "ncbitaxon:562"),
        ("species", "C. elegans", "ncbitaxon:6239"),
        ("species", "mouse", "ncbitaxon:10090"),
        ("species", "mice", "ncbitaxon:10090"),
        ("species", "rats", "ncbitaxon:10116"),
        ("species", "human", "ncbitaxon:9606"),
        ("species", "S. aureus", "ncbitaxon:1280"),
        ("cell_line", "HeLa", "cellosaurus:CVCL_0030"),
        ("cell_line", "MCF-7", "cellosaurus:CVCL_0031"),
        ("cell_type", "macrophage", "cl:0000235"),
        ("covid19", "SARS-CoV-2", "ncbitaxon:2697049"),
        ("covid19", "COVID-19", "mesh:D000086382"),
        ("covid19", "omicron variant", "ncbitaxon:2697049"),
    ],
)
def test_the_best_claim_to_a_term(name: str, term: str, curie: str) -> None:
    claims = [
        (one.status == "weak", concept.id)
        for concept in dictionary.find(resources.dictionary(name), term)
        for one in concept.terms
        if one.text.casefold() == term.casefold()
    ]
    assert {id for weak, id in claims if not weak} == {curie}


HEADINGS = {"gene": "ncbigene:", "disease": "mesh:D", "chemical": "mesh:D", "cell_type": "cl:", "species": "ncbitaxon:"}
EXCEPTIONS = Path(__file__).with_name("not_their_own_names.tsv")


def own_names_of_others(type_: str) -> set[str]:
    """Return the concepts whose preferred name, tagged alone, is linked to another concept of their type.

    Concepts that are only looked up have no name in texts.
    """
    table = dictionary.read_table(resources.dictionary(type_)).select(["id", "name", "terms"]).to_pylist()
    in_text = [row for row in table if not all(term["lookup"] for term in row["terms"])]
    named = {row["id"]: row["name"] for row in in_text if row["id"].startswith(HEADINGS[type_])}
    documents = [Document(id, (Passage("title", name),)) for id, name in named.items()]
    dictionaries = tuple(resources.dictionaries())
    linked = linked_mentions_of(DictionaryTagger(dictionaries), documents, dictionaries)
    return {
        id
        for (id, name), mentions in zip(named.items(), linked, strict=True)
        for mention in mentions
        if mention.type == type_ and (mention.start, mention.end) == (0, len(name)) and mention.concept != id
    }


@pytest.mark.parametrize("type_", HEADINGS)
def test_a_preferred_name_is_linked_to_its_own_concept_but_for_reviewed_exceptions(type_: str) -> None:
    rows = (line.split("\t") for line in EXCEPTIONS.read_text(encoding="utf-8").splitlines() if line[0] != "#")
    assert own_names_of_others(type_) == {id for of, id, *_ in rows if of == type_}


@pytest.mark.parametrize(
    ("text", "curie"),
    [
        ("SLC7A11", "ncbigene:23657"),
        ("PIK3CD", "ncbigene:5293"),
        ("NF-κB", "ncbigene:4790"),
        ("GLP-1", "ncbigene:2641"),
        ("CD20", "ncbigene:931"),
        ("Smn", "ncbigene:6606"),
        ("follicle-stimulating hormone", "fplx:FSH"),
        ("coronary artery disease", "mesh:D003324"),
        ("hepatitis", "mesh:D006505"),
        ("gout", "mesh:D006073"),
        ("Sheehan syndrome", "mondo:0019618"),
        ("valproate", "mesh:D014635"),
        ("sulphonylurea", "mesh:D013453"),
        ("CCl4", "mesh:D002251"),
        ("α-cells", "cl:0000171"),
        ("pancreatic β-cells", "cl:0000169"),
    ],
)
def test_a_well_known_name_alone_is_linked_to_its_concept(text: str, curie: str) -> None:
    dictionaries = tuple(resources.dictionaries())
    (mentions,) = linked_mentions_of(
        DictionaryTagger(dictionaries), [Document("x:1", (Passage("title", text),))], dictionaries
    )
    assert [(mention.text, mention.concept) for mention in mentions] == [(text, curie)]


@pytest.mark.parametrize(
    "text",
    ["blame", "bears", "protects it", "rests on", "a peptide", "prism", "Mach", "Toll", "min-1", "nsp1", "heart muscle",
     "Beige", "eGFR", "BH3"],
)  # fmt: skip
def test_what_means_something_else_in_text_is_no_mention(text: str) -> None:
    tagger = DictionaryTagger(tuple(resources.dictionaries()))
    (mentions,) = mentions_of(tagger, [Document("x:1", (Passage("title", text),))])
    assert mentions == []


@pytest.mark.parametrize("text", ["HEK293 cells", "Vero cells", "3T3-L1 cells"])
def test_cultured_cells_are_a_cell_line_alone(text: str) -> None:
    tagger = DictionaryTagger(tuple(resources.dictionaries()))
    (mentions,) = mentions_of(tagger, [Document("x:1", (Passage("title", text),))])
    assert [mention.type for mention in mentions] == ["cell_line"]


@pytest.mark.parametrize("name", SHIPPED)
def test_no_concept_holds_two_identifiers_of_one_vocabulary(name: str) -> None:
    table = dictionary.read_table(resources.dictionary(name))
    assert pc.count_distinct(table["id"]).as_py() == table.num_rows
    for id, xrefs in zip(table["id"].to_pylist(), table["xrefs"].to_pylist(), strict=True):
        counted = Counter(map(prefix, (id, *xrefs)))
        assert max(counted.values()) == 1, (id, xrefs)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_cross_reference_leads_to_one_concept(name: str) -> None:
    table = dictionary.read_table(resources.dictionary(name))
    xrefs = Counter(x for some in table["xrefs"].to_pylist() for x in some)
    assert [x for x, count in xrefs.items() if count > 1] == []
    assert not xrefs.keys() & set(table["id"].to_pylist())


@pytest.mark.parametrize("type", ["disease", "chemical", "gene", "species", "cell_line", "cell_type"])
def test_what_was_taken_away_by_hand_stays_away_but_where_it_was_added(type: str) -> None:
    added = {(id, term.text) for id, terms in reviewed.added().items() for term in terms}
    gone = reviewed.dropped(type)
    assert gone
    left = [
        (row["id"], term["text"])
        for row in dictionary.read_table(resources.dictionary(type)).select(["id", "terms"]).to_pylist()
        for term in row["terms"]
        if not term["lookup"]
        if (term["text"] if is_code(term["text"]) else folded(term["text"])) in gone
    ]
    assert [pair for pair in left if pair not in added] == []


def test_what_was_added_by_hand_is_there() -> None:
    tables = [dictionary.read_table(path) for path in resources.dictionaries().values()]
    known = {id for table in tables for id in table["id"].to_pylist()}
    assert [id for id in reviewed.added() if id not in known] == []


def test_sources_names_every_dictionary_with_its_counts() -> None:
    text = (Path(resources.dictionary("disease")).parent / "SOURCES.md").read_text(encoding="utf-8")
    for name, path in resources.dictionaries().items():
        found = dictionary.summary(path)
        assert f"| `{name}` | {found.concepts:,} | {found.terms:,} |" in text
        assert found.sources == ", ".join(SOURCES[name])
    for species, path in resources.gene_dictionaries().items():
        found = dictionary.summary(path)
        assert f"| `genes/{species}` | {found.concepts:,} | {found.terms:,} |" in text
        assert found.sources == ", ".join(SOURCES[f"genes/{species}"])


@pytest.mark.corpus
def test_the_terminologies_give_the_shipped_dictionaries(corpus_data: Path, tmp_path: Path) -> None:
    names = SHIPPED if os.environ.get("BIOWEFT_SLOW") else ("cell_type", "covid19")
    for one in build(names, terminologies=corpus_data / "terminologies", output=tmp_path):
        shipped = resources.dictionary(one.name)
        assert pq.read_table(one.path).equals(pq.read_table(shipped), check_metadata=True)
        # Shipped files may be of a writer without checksums of pages: what they hold, written again, gives the bytes.
        metadata = {key.decode(): value.decode() for key, value in pq.read_schema(shipped).metadata.items()}
        dictionary.write(tmp_path / "again.parquet", dictionary.read(shipped), metadata=metadata)
        assert one.path.read_bytes() == (tmp_path / "again.parquet").read_bytes()
