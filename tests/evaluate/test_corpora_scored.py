"""Articles that come as one record a passage become documents again."""

from pathlib import Path

from benchmarks import corpora_scored

from bioweft.records import AnnotatedDocument, Document, Link, Mention, Passage


def record(identifier: str, text: str, word: str, concept: str) -> AnnotatedDocument:
    start = text.index(word)
    return AnnotatedDocument(
        Document(identifier, (Passage("title", text), Passage("abstract", ""))),
        mentions=(Mention(start, start + len(word), word, "chemical"),),
        links=((Link(concept),),),
    )


def test_passages_of_one_article_are_joined() -> None:
    records = [
        record("pmid:1", "On zinc", "zinc", "mesh:1"),
        record("pmid:1", "Iron too", "Iron", "mesh:2"),
        record("pmid:2", "Gold", "Gold", "mesh:3"),
    ]
    first, second = corpora_scored.articles(records)
    assert [(p.kind, p.text) for p in first.document.passages] == [("title", "On zinc"), ("paragraph", "Iron too")]
    assert [first.document.text[m.start : m.end] for m in first.mentions] == ["zinc", "Iron"]
    assert [links[0].concept for _, links in first.linked()] == ["mesh:1", "mesh:2"]
    assert second.document.text == "Gold"


def test_what_a_corpus_could_have_is_of_its_vocabulary_and_scope(tmp_path: Path) -> None:
    table = tmp_path / "terminologies" / "ncbitaxon.tsv"
    table.parent.mkdir()
    table.write_text("id\trank\nncbitaxon:1\tgenus\nncbitaxon:2\tspecies\n", encoding="utf-8")
    in_linnaeus = corpora_scored.may_be_gold("Linnaeus", tmp_path)
    assert in_linnaeus("species", "ncbitaxon:2")
    assert not in_linnaeus("species", "ncbitaxon:1")
    in_genes = corpora_scored.may_be_gold("GNormPlus", tmp_path)
    assert in_genes("gene", "ncbigene:1")
    assert not in_genes("gene", "fplx:AKT")


def test_families_are_given_to_linkers_as_genes() -> None:
    family = AnnotatedDocument(Document("x:1", ()), mentions=(Mention(0, 3, "Wnt", "family"),))
    assert corpora_scored.as_genes(family).mentions[0].type == "gene"
