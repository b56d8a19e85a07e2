"""Asking a run about a name."""

import pyarrow as pa
import pytest

from bioweft.analyse.evidence import Evidence, apart
from bioweft.analyse.query import ask
from bioweft.errors import NotFoundError, RunError, SettingsError
from bioweft.records import Document, Passage
from bioweft.store.run import RunFolder
from bioweft.store.schemas import write
from tests import small_run
from tests.small_run import DOCUMENTS, stage_tables, write_run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return RunFolder(write_run(tmp_path_factory.mktemp("run")))


@pytest.mark.parametrize(
    ("name", "concept"),
    [
        ("Aspirin", "mesh:D001241"),
        ("aspirin", "mesh:D001241"),
        ("acetylsalicylic acid", "mesh:D001241"),
        ("ACETYLSALICYLIC ACID", "mesh:D001241"),
        ("mesh:D001241", "mesh:D001241"),
        ("MESH:d001241", "mesh:D001241"),
        ("chebi:15365", "mesh:D001241"),
        ("CHEBI:15365", "mesh:D001241"),
        (" cox-2 ", "ncbigene:5743"),
    ],
)
def test_a_concept_is_found_by_name_synonym_and_curie_in_any_case(run, name, concept):
    assert ask(run, name).concept.id == concept


def test_an_answer_says_who_it_is_about_and_how_often(run):
    answer = ask(run, "aspirin")
    assert (answer.concept.name, answer.concept.type, answer.concept.xrefs) == ("Aspirin", "chemical", ["chebi:15365"])
    assert (answer.concept.documents, answer.concept.mentions) == (3, 5)
    assert answer.years == [(2018, 1), (2019, 1)]
    assert answer.same_name == []


def test_comentions_are_by_type_strongest_first(run):
    comentions = ask(run, "aspirin").comentions
    assert {type_: [c.name for c in found] for type_, found in comentions.items()} == {
        "disease": ["Myocardial Infarction", "Headache"],
        "gene": ["PTGS2"],
        "species": ["Homo sapiens"],
    }
    assert (comentions["gene"][0].documents, comentions["gene"][0].sentences) == (2, 1)


def test_comentions_are_found_from_either_side(run):
    assert ask(run, "COX-2").comentions["chemical"][0].id == "mesh:D001241"


def test_comentions_of_one_type_and_as_many_as_wanted(run):
    answer = ask(run, "aspirin", type="disease", limit=1)
    assert {type_: [c.name for c in found] for type_, found in answer.comentions.items()} == {
        "disease": ["Myocardial Infarction"]
    }
    assert len(answer.sentences) == 1


def test_sentences_are_one_a_document_newest_first_with_the_mentions_marked(run):
    sentences = ask(run, "aspirin").sentences
    assert [(s.document, s.year, s.journal) for s in sentences] == [
        ("pmid:2", 2019, "Heart Notes"),
        ("pmid:1", 2018, "Pain Notes"),
        ("pmid:5", None, None),
    ]
    assert sentences[2].highlighted() == "COX-2 β-sheets and **aspirin**, with **aspirin** again."
    assert sentences[2].flags == ["retracted"]


def test_sentences_with_both(run):
    answer = ask(run, "COX-2", other="human")
    assert [s.highlighted("<", ">") for s in answer.sentences] == ["It blocks <COX-2> in <patients>."]
    assert answer.other is not None
    assert answer.other.id == "ncbitaxon:9606"
    assert [c.id for found in answer.comentions.values() for c in found] == ["ncbitaxon:9606"]


def test_no_sentence_with_both(run):
    assert ask(run, "aspirin", other="human").sentences == []


def test_a_misspelt_name_gets_suggestions(run):
    with pytest.raises(NotFoundError, match=r"'asprin' was found in .*/run\d* \(did you mean 'Aspirin'") as caught:
        ask(run, "asprin")
    assert caught.value.suggestions == ["Aspirin"]


def test_a_name_like_no_other_gets_advice(run):
    with pytest.raises(NotFoundError, match="bioweft rank") as caught:
        ask(run, "zzzzzzzzzz")
    assert caught.value.suggestions == []


def test_an_empty_name_is_no_question(run):
    with pytest.raises(SettingsError, match="the name is empty"):
        ask(run, " ")


def test_an_unknown_type_names_those_there_are(run):
    with pytest.raises(NotFoundError, match=r"it has: chemical, disease, gene, species \(did you mean 'gene'"):
        ask(run, "aspirin", type="geen")


WRITTEN = {
    "TNF-α": ("ncbigene:7124", "gene"),
    "IL-6": ("ncbigene:3569", "gene"),
    "beta-catenin": ("ncbigene:1499", "gene"),
    "Sjogren's syndrome": ("mesh:D012859", "disease"),
    "COVID-19": ("mesh:D000086382", "disease"),
    "breast tumors": ("mesh:D001943", "disease"),
}


@pytest.fixture(scope="module")
def run_of_spellings(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(small_run, "TERMS", {text.lower(): concept for text, concept in WRITTEN.items()})
        text = "; ".join(WRITTEN)
        return RunFolder(write_run(tmp_path_factory.mktemp("run"), [Document("x:1", (Passage("title", text),))]))


@pytest.mark.parametrize(
    ("name", "curie"),
    [
        ("TNF alpha", "ncbigene:7124"),
        ("IL 6", "ncbigene:3569"),
        ("β-catenin", "ncbigene:1499"),
        ("Sjögren's syndrome", "mesh:D012859"),
        ("COVID‐19", "mesh:D000086382"),
        ("breast tumour", "mesh:D001943"),
    ],
)
def test_a_name_is_found_however_it_is_written(run_of_spellings, name, curie):
    assert ask(run_of_spellings, name).concept.id == curie


def test_an_answer_says_how_the_texts_call_it(run):
    assert [(form.text, form.mentions) for form in ask(run, "headache").concept.forms] == [
        ("headache", 3),
        ("cephalalgia", 1),
    ]


def test_homologs_are_asked_for_together(tmp_path, monkeypatch):
    genes = [("g:1", "PTEN"), ("g:2", "Pten2"), ("g:3", "pten3")]
    rows = [
        {"id": id_, "name": name, "type": "gene", "terms": [name], "xrefs": [], "taxon": f"t:{id_}", "homologs": "h:1"}
        for id_, name in genes
    ]
    rows[2]["homologs"] = "h:2"
    rows.append({"id": "d:1", "name": "Headache", "type": "disease", "terms": ["headache"], "xrefs": []})
    monkeypatch.setattr(small_run, "CONCEPTS", pa.Table.from_pylist(rows, schema=small_run.CONCEPTS.schema))
    terms = {row["terms"][0].lower(): (row["id"], row["type"]) for row in rows}
    monkeypatch.setattr(small_run, "TERMS", terms)
    texts = ["PTEN and Pten2 in headache.", "Pten2 in headache.", "pten3 in headache.", "Nothing."]
    documents = [Document(f"pmid:{n}", (Passage("title", t),), year=2000 + n) for n, t in enumerate(texts)]
    run = RunFolder(write_run(tmp_path, documents))
    alone, together = ask(run, "PTEN"), ask(run, "PTEN", homologs=True)
    assert (alone.homologs, [concept.id for concept in together.homologs]) == ([], ["g:2"])
    assert (alone.years, together.years) == ([(2000, 1)], [(2000, 1), (2001, 1)])
    assert [c.documents for c in alone.comentions["disease"]] == [1]
    assert [(c.documents, c.sentences) for c in together.comentions["disease"]] == [(2, 2)]
    assert [s.highlighted() for s in together.sentences] == [
        "**Pten2** in headache.",
        "**PTEN** and **Pten2** in headache.",
    ]
    both = ask(run, "PTEN", other="headache", homologs=True)
    assert both.sentences[0].highlighted() == "**Pten2** in **headache**."
    assert ask(run, "headache", homologs=True).homologs == []


def test_others_of_the_same_name_are_named(tmp_path, monkeypatch):
    cat = [("ncbigene:847", "CAT", "gene"), ("ncbitaxon:9685", "Felis catus", "species")]
    concepts = pa.table(
        {
            "id": [c[0] for c in cat],
            "name": [c[1] for c in cat],
            "type": [c[2] for c in cat],
            "terms": [["CAT"], ["cat"]],
            "xrefs": pa.array([[], []], pa.list_(pa.string())),
            "taxon": pa.nulls(2, pa.string()),
            "homologs": pa.nulls(2, pa.string()),
        }
    )
    monkeypatch.setattr(small_run, "CONCEPTS", concepts)
    monkeypatch.setattr(
        small_run, "TERMS", {"catalase": ("ncbigene:847", "gene"), "cat": ("ncbitaxon:9685", "species")}
    )
    run = RunFolder(write_run(tmp_path, [Document("pmid:1", (Passage("title", "Catalase in the cat."),))]))
    for name, first, others in (
        ("CAT", "ncbigene:847", ["ncbitaxon:9685"]),
        ("cat", "ncbitaxon:9685", ["ncbigene:847"]),
    ):
        answer = ask(run, name)
        assert (answer.concept.id, [concept.id for concept in answer.same_name]) == (first, others)


def test_the_text_is_of_the_record_that_counts(tmp_path):
    """Two versions of a record in one shard: the later is live, and its text is shown."""
    folder = write_run(tmp_path, DOCUMENTS[:1])
    old = Document("pmid:1", (Passage("title", "Old text of no use at all, long and long."),), year=2000)
    run = RunFolder(folder)
    file = run.stage_file("read", "0-file-0")
    read, _, _ = stage_tables([old, DOCUMENTS[0]])
    write(read, file)
    assert ask(run, "headache").sentences[0].text == "Aspirin for headache."


def test_spans_that_overlap_are_marked_once():
    assert apart([(0, 5), (0, 9), (2, 4), (9, 12)]) == [(0, 9), (9, 12)]
    evidence = Evidence("pmid:1", None, None, [], "breast cancer cells", [(0, 13), (14, 19)])
    assert evidence.highlighted("[", "]") == "[breast cancer] [cells]"


def test_missing_unfinished_and_damaged_runs_say_how_to_mend_them(tmp_path):
    with pytest.raises(RunError, match="bioweft run"):
        ask(RunFolder(tmp_path / "none"), "aspirin")
    (tmp_path / "half").mkdir()
    with pytest.raises(RunError, match=r"half is not a run folder: it has no run\.json"):
        ask(RunFolder(tmp_path / "half"), "aspirin")
    (tmp_path / "half/run.json").touch()
    with pytest.raises(RunError, match="has not finished; start its workflow again"):
        ask(RunFolder(tmp_path / "half"), "aspirin")
    harms = {"gone": lambda file: file.unlink(), "spoilt": lambda file: file.write_bytes(b"no Parquet")}
    for name, harm in harms.items():
        folder = write_run(tmp_path / name)
        harm(folder / "results" / "concepts.parquet")
        with pytest.raises(RunError, match=r"concepts\.parquet is damaged: .*--mend` makes it again"):
            ask(RunFolder(folder), "aspirin")


@pytest.mark.parametrize("share", [0.1, 0.4, 0.8])
def test_a_turned_bit_in_a_table_is_noticed_before_it_is_read(tmp_path, share):
    folder = write_run(tmp_path / "run")
    file = folder / "results" / "concepts.parquet"
    content = bytearray(file.read_bytes())
    content[int(share * len(content))] ^= 1
    file.write_bytes(content)
    with pytest.raises(RunError, match="other bytes than were written"):
        ask(RunFolder(folder), "aspirin")
