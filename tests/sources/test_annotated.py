"""Annotated text in every form: the same mentions out of each, and annotations that cannot be trusted."""

import json
from pathlib import Path
from typing import Any

import pytest

from bioweft.evaluate import gold as golds
from bioweft.records import AnnotatedDocument, Document, Link, Mention, Reject
from bioweft.sources import BioCSource, BratSource, Input, PubTatorSource
from bioweft.sources.annotations import concepts, our_type

PUBTATOR = """12|t|Aspirin and asthma
12|a|Aspirin-induced asthma is known.
12\t0\t7\tAspirin\tChemical\tD001241
12\t12\t18\tasthma\tDisease\tMESH:D001249|OMIM:600807
12\t19\t26\tAspirin\tChemical\t-1
12\tCID\tD001241\tD001249

13|t|Empty abstract
13|a|
"""

BIOC_JSON = {
    "source": "s",
    "date": "d",
    "key": "k",
    "infons": {},
    "documents": [
        {
            "id": "12",
            "infons": {},
            "relations": [],
            "passages": [
                {
                    "offset": 0,
                    "infons": {"type": "title"},
                    "text": "Aspirin and asthma",
                    "sentences": [],
                    "relations": [],
                    "annotations": [
                        {
                            "id": "1",
                            "infons": {"type": "Chemical", "identifier": "MESH:D001241"},
                            "text": "Aspirin",
                            "locations": [{"offset": 0, "length": 7}],
                        }
                    ],
                },
                {
                    "offset": 40,
                    "infons": {"type": "abstract"},
                    "text": "Asthma is known.",
                    "sentences": [],
                    "relations": [],
                    "annotations": [
                        {
                            "id": "2",
                            "infons": {"type": "Disease", "MESH": "D001249"},
                            "text": "Asthma",
                            "locations": [{"offset": 40, "length": 6}],
                        }
                    ],
                },
            ],
        }
    ],
}


Linked = tuple[Mention, list[str]]


def read(path: Path) -> tuple[list[Document], list[list[Linked]], list[Reject]]:
    records = list(golds.read(path))
    good = [record for record in records if not isinstance(record, Reject)]
    rejects = [record for record in records if isinstance(record, Reject)]
    linked = [[(m, [link.concept for link in links]) for m, links in document.linked()] for document in good]
    return [document.document for document in good], linked, rejects


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_pubtator(tmp_path: Path, ending: str) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes(PUBTATOR.replace("\n", ending).encode())
    documents, mentions, rejects = read(file)
    assert [document.id for document in documents] == ["pmid:12", "pmid:13"]
    assert documents[0].text == "Aspirin and asthma\nAspirin-induced asthma is known."
    assert [(m.text, m.type, curies) for m, curies in mentions[0]] == [
        ("Aspirin", "chemical", ["mesh:D001241"]),
        ("asthma", "disease", ["mesh:D001249", "omim:600807"]),
        ("Aspirin", "chemical", []),
    ]
    assert mentions[1] == []
    assert rejects == []


def test_an_annotation_that_is_misplaced_is_dropped_and_said(tmp_path: Path) -> None:
    file = tmp_path / "a.pubtator"
    file.write_text(PUBTATOR.replace("12\t12\t18", "12\t11\t17"))
    _, mentions, rejects = read(file)
    assert [m.text for m, _ in mentions[0]] == ["Aspirin", "Aspirin"]
    assert [reject.position for reject in rejects] == ["pmid:12, 11-17"]


def test_bioc_json_with_its_own_offsets(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text(json.dumps(BIOC_JSON))
    (document,), (mentions,), rejects = read(file)
    assert document.text == "Aspirin and asthma" + " " * 21 + "\nAsthma is known."
    assert [(m.start, m.text, curies) for m, curies in mentions] == [
        (0, "Aspirin", ["mesh:D001241"]),
        (40, "Asthma", ["mesh:D001249"]),
    ]
    assert rejects == []


def passage(
    offset: int, text: str, *annotations: tuple[int, str], sentences: list[Any] | None = None
) -> dict[str, Any]:
    """Return a passage of BioC in JSON, as sparse as PubTator 3 has it."""
    named = [
        {"id": "1", "infons": {"type": "Disease"}, "text": words, "locations": [{"offset": at, "length": len(words)}]}
        for at, words in annotations
    ]
    return {"offset": offset, "infons": {}, "text": text, "annotations": named, "sentences": sentences or []}


@pytest.mark.parametrize(
    ("passages", "text"),
    [
        ([passage(0, "Gout", (0, "Gout")), passage(7, "Flu", (7, "Flu"))], "Gout  \nFlu"),
        ([passage(3, "Gout", (3, "Gout")), passage(8, "Flu", (8, "Flu"))], "   Gout\nFlu"),
        ([passage(0, ""), passage(9, ""), passage(12, "Flu", (12, "Flu")), passage(90, "")], f"\n\n{'':10}Flu\n"),
        ([passage(0, "Gout", (0, "Gout")), passage(4, "Flu", (4, "Flu"))], "Gout\nFlu"),
        ([passage(0, "", sentences=[passage(0, "Gout.", (0, "Gout")), passage(8, "Flu", (8, "Flu"))])], "Gout.   Flu"),
        ([passage(1, "", sentences=[passage(1, "Gout.", (1, "Gout")), passage(6, "Flu", (6, "Flu"))])], " Gout.Flu"),
        ([passage(3_000_000_000, "Gout", (3_000_000_000, "Gout"))], "Gout"),
    ],
)  # fmt: skip
def test_gaps_of_bioc_become_blanks(tmp_path: Path, passages: list[Any], text: str) -> None:
    file = tmp_path / "a.json"
    file.write_text(json.dumps({"documents": [{"id": "1", "passages": passages}]}))
    (document,), (mentions,), rejects = read(file)
    assert document.text == text
    assert rejects == []
    expected = [words for words in ("Gout", "Flu") if words in text]
    assert [document.text[m.start : m.end] for m, _ in mentions] == [m.text for m, _ in mentions] == expected


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("a.json", '{{"PubTator3": [{}, {}]}}'),
        ("a.json", "[{}, {}]"),
        ("a.json", "{}\n{}\n"),
        ("a.jsonl", "{}\n{}\n"),
        ("a.json", '{{"documents": [{}]}}\n{{"documents": [{}]}}\n'),
    ],
)
def test_forms_of_bioc_in_json(tmp_path: Path, name: str, form: str) -> None:
    file = tmp_path / name
    documents = [
        {"_id": f"{n}|None", "id": str(n), "pmid": n, "passages": [passage(0, "Gout", (0, "Gout"))], "relations": [{}]}
        for n in (1, 2)
    ]
    file.write_text(form.format(*map(json.dumps, documents)))
    found, mentions, rejects = read(file)
    assert [document.id for document in found] == ["pmid:1", "pmid:2"]
    assert [[m.text for m, _ in inside] for inside in mentions] == [["Gout"], ["Gout"]]
    assert rejects == []


@pytest.mark.parametrize(
    ("name", "content", "position"),
    [
        ("a.json", '{"documents": [{"id": "1"}, {"id": "2", "passages": []}]}', "document 1"),
        ("a.json", '{"id": "1", "passages": [], "x": }\n{"id": "2", "passages": []}\n', "line 1"),
        ("a.json", '{"id": "1", "passages": [{"offset": "x"}]}\n{"id": "2", "passages": []}\n', "document 1"),
        (
            "a.xml",
            "<collection><source/><date/><key/><document><id>1</id><passage><offset>x</offset></passage></document>"
            "<document><id>2</id></document></collection>",
            "document 1",
        ),
    ],
)  # fmt: skip
def test_one_wrong_document_of_bioc_costs_itself_alone(tmp_path: Path, name: str, content: str, position: str) -> None:
    file = tmp_path / name
    file.write_text(content)
    records = list(BioCSource(path=str(file)).read(Input("a", file)))
    assert [record.id for record in records if isinstance(record, Document)] == ["pmid:2"]
    assert [record.position for record in records if isinstance(record, Reject)] == [position]


def test_annotations_of_bioc_without_length_or_location(tmp_path: Path) -> None:
    whole = passage(0, "Gout", (0, "Gout"), (2, ""))
    whole["annotations"].append({"id": "n", "infons": {"type": "Disease"}, "text": "Flu", "locations": []})
    whole["annotations"].append({"id": "s", "text": "Gt", "locations": [{"offset": 0, "length": 1}] * 2})
    file = tmp_path / "a.json"
    file.write_text(json.dumps({"documents": [{"id": "1", "passages": [whole]}]}))
    _, (mentions,), rejects = read(file)
    assert [m.text for m, _ in mentions] == ["Gout"]
    assert [reject.reason for reject in rejects] == [
        "annotation dropped: it has no location",
        "annotation dropped: it is in several stretches",
        "annotation dropped: it has no length",
    ]


def test_brat(tmp_path: Path) -> None:
    (tmp_path / "7.txt").write_text("Yeast and wild garlic leaf.")
    (tmp_path / "7.ann").write_text(
        "T1\tSpecies 0 5\tYeast\nN1\tReference T1 Taxonomy:4932\nT2\tSpecies 10 14;22 26\twild leaf\n"
        "R1\tOf Arg1:T1 Arg2:T2\n"
    )
    (document,), (mentions,), _ = read(tmp_path)
    assert document.id == "pmid:7"
    assert [(m.text, curies) for m, curies in mentions] == [("Yeast", ["ncbitaxon:4932"]), ("wild garlic leaf", [])]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("Breast\tB-Disease\ncancer\tI-Disease\n.\tO\n\nFlu\tB-Disease\n", "Breast cancer ."),
        ("Breast B-Disease +\ncancer I-Disease -\n. O +\n\nFlu B-Disease +\n", "Breast cancer."),
    ],
)
def test_iob(tmp_path: Path, content: str, text: str) -> None:
    file = tmp_path / "a.iob"
    file.write_text(content)
    documents, mentions, _ = read(file)
    assert [document.text for document in documents] == [text, "Flu"]
    assert [[m.text for m, _ in found] for found in mentions] == [["Breast cancer"], ["Flu"]]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("IL\u00a06\tB-Gene\nrose\tO\n", [("IL\u00a06", "gene")]),
        ("IL 6\tB-Gene\nrose\tO\n", [("IL 6", "gene")]),
        ("a\tU-Gene\nof\tO\nb\tB-Gene\nc\tI-Gene\n.\tL-Gene\n", [("a", "gene"), ("b c .", "gene")]),
        ("a\tB-Gene\nb\tL-Gene\nc\tI-Gene\n", [("a b", "gene"), ("c", "gene")]),
        ("a\tS-Gene\nb\tB-Gene\nc\tM-Gene\nd\tE-Gene\n", [("a", "gene"), ("b c d", "gene")]),
        ("of\tO\nold\tB\nage\tI\ngout\tB\n", [("old age", "entity"), ("gout", "entity")]),
    ],
)  # fmt: skip
def test_iob_of_other_schemes(tmp_path: Path, content: str, expected: list[tuple[str, str]]) -> None:
    file = tmp_path / "a.iob"
    file.write_text(content)
    (document,) = golds.read(file, form="iob")
    assert isinstance(document, AnnotatedDocument)
    assert [(m.text, m.type) for m in document.mentions] == expected


def test_the_type_of_plain_tags_can_be_named(tmp_path: Path) -> None:
    file = tmp_path / "a.iob"
    file.write_text("old\tB\nage\tI\n")
    (document,) = golds.read(file, form="iob", types={"entity": "disease"})
    assert isinstance(document, AnnotatedDocument)
    assert [m.type for m in document.mentions] == ["disease"]


def test_brat_with_a_separator_of_lines_inside_a_name(tmp_path: Path) -> None:
    (tmp_path / "7.txt").write_text("Gout\u2028disease \x85 and yeast", encoding="utf-8")
    (tmp_path / "7.ann").write_bytes("T1\tDisease 0 12\tGout\u2028disease\r\nT2\tSpecies 19 24\tyeast\r\n".encode())
    _, (mentions,), rejects = read(tmp_path)
    assert [m.text for m, _ in mentions] == ["Gout\u2028disease", "yeast"]
    assert rejects == []


@pytest.mark.parametrize(
    ("name", "content", "position"),
    [
        ("a.pubtator", b"1|t|Sj\xf6gren\n1|a|A\n\n2|t|Gout\n2|a|A\n", "line 1"),
        ("a.iob", b"Sj\xf6gren\tB-Disease\nGout\tB-Disease\n", "line 1"),
        ("a.json", b'{"documents": [{"id": "Sj\xf6gren"}]}', "file"),
    ],
)
def test_what_is_not_utf8_is_refused_by_name(tmp_path: Path, name: str, content: bytes, position: str) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    documents, _, (reject,) = read(file)
    assert [document.text for document in documents] == {"a.pubtator": ["Gout\nA"], "a.iob": ["Gout"], "a.json": []}[
        name
    ]
    assert reject.position == position
    assert "not UTF-8" in reject.reason


def test_a_brat_pair_that_is_not_utf8_costs_itself_alone(tmp_path: Path) -> None:
    contents = {"1.txt": b"Sj\xf6gren", "1.ann": b"", "2.txt": b"Gout", "2.ann": b"T1\tX 0 4\tG\xf6t\n"}
    for name, content in {**contents, "3.txt": b"Gout", "3.ann": b""}.items():
        (tmp_path / name).write_bytes(content)
    documents, _, rejects = read(tmp_path)
    assert [document.id for document in documents] == ["pmid:3"]
    assert [(Path(reject.source).name, reject.reason.split(":")[0]) for reject in rejects] == [
        ("1.txt", "not UTF-8"),
        ("2.ann", "not UTF-8"),
    ]


def test_bc2gm_counts_without_spaces_and_knows_alternatives(tmp_path: Path) -> None:
    (tmp_path / "train.in").write_text("P1 the human p53 gene\n")
    (tmp_path / "GENE.eval").write_text("P1|3 10|human p53\n")
    (tmp_path / "ALTGENE.eval").write_text("P1|8 10|p53\n")
    ((annotated, others),) = golds.read_bc2gm(tmp_path)
    document, mentions = annotated.document, annotated.mentions
    assert [m.text for m in mentions] == ["human p53"]
    assert [m.text for m in others] == ["p53"]
    assert document.text[mentions[0].start : mentions[0].end] == "human p53"


@pytest.mark.parametrize(
    ("text", "type_", "curies"),
    [
        ("D003110", "disease", ["mesh:D003110"]),
        ("D003110+D009369", "disease", ["mesh:D003110", "mesh:D009369"]),
        ("26972(Tax:10090),7157", "gene", ["ncbigene:26972", "ncbigene:7157"]),
        ("CVCL_0030", "cell_line", ["cellosaurus:CVCL_0030"]),
        ("9606", "species", ["ncbitaxon:9606"]),
        ("-1", "disease", []),
        (
            "tmVar:p|SUB|V|600|E;HGVS:p.V600E;VariantGroup:0;CorrespondingGene:673;RS#:113488022",
            "v",
            ["dbsnp:rs113488022"],
        ),
        ("tmVar:c|SUB|C|12|T;HGVS:c.12C>T;VariantGroup:1", "DNAMutation", ["hgvs:c.12C>T"]),
        ("c|SUB|C|12|T", "SequenceVariant", ["tmvar:c|SUB|C|12|T"]),
        ("rs5186", "SNP", ["dbsnp:rs5186"]),
        ("", "gene", []),
    ],
)
def test_identifiers(text: str, type_: str, curies: list[str]) -> None:
    assert concepts(text, type_) == curies


def test_rows_of_mentions_as_earlier_versions_wrote_them(tmp_path: Path) -> None:
    mention = {"start": 0, "end": 4, "text": "TP53", "type": "gene"}
    rows = [
        {**mention, "concept": "ncbigene:7157", "link_score": 0.5, "reason": "name"},
        {**mention, "concept": "ncbigene:7157|ncbigene:675", "link_score": None, "reason": None},
        {**mention, "concept": None},
    ]
    passages = [{"kind": "title", "text": "TP53"}]
    file = tmp_path / "a.jsonl"
    file.write_text("".join(json.dumps({"id": "x:1", "passages": passages, "mentions": [row]}) + "\n" for row in rows))
    links = [document.links[0] for document in golds.read(file) if not isinstance(document, Reject)]
    assert links == [(Link("ncbigene:7157", 0.5, "name"),), (Link("ncbigene:7157"), Link("ncbigene:675")), ()]


def test_types() -> None:
    assert our_type("SpecificDisease") == "disease"
    assert our_type("Tumour", {"Tumour": "disease"}) == "disease"
    assert our_type("Anatomy") == "Anatomy"


def test_the_sources_give_the_texts(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(PUBTATOR)
    (tmp_path / "b.json").write_text(json.dumps(BIOC_JSON))
    pubtator, bioc = PubTatorSource(path=str(tmp_path / "a.txt")), BioCSource(path=str(tmp_path / "b.json"))
    assert [d.id for d in pubtator.read(pubtator.inputs(tmp_path)[0]) if isinstance(d, Document)] == [
        "pmid:12",
        "pmid:13",
    ]
    assert [d.id for d in bioc.read(bioc.inputs(tmp_path)[0]) if isinstance(d, Document)] == ["pmid:12"]


def test_the_sources_keep_annotations_where_asked_to(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(PUBTATOR.replace("12\t12\t18", "12\t11\t17"))
    keeping = PubTatorSource(path=str(tmp_path / "a.txt"), mentions="keep")
    first, second, third = keeping.read(keeping.inputs(tmp_path)[0])
    assert isinstance(first, Reject)
    assert isinstance(second, AnnotatedDocument)
    assert [mention.text for mention in second.mentions] == ["Aspirin", "Aspirin"]
    assert isinstance(third, AnnotatedDocument)
    assert third.mentions == ()


def test_a_folder_of_brat_pairs_is_a_source(tmp_path: Path) -> None:
    (tmp_path / "7.txt").write_text("Yeast")
    (tmp_path / "7.ann").write_text("T1\tSpecies 0 5\tYeast\n")
    (tmp_path / "8.ann").write_text("")
    (tmp_path / "9.txt").write_bytes(b"\xff")
    (tmp_path / "9.ann").write_text("")
    source = BratSource(path=str(tmp_path))
    items = source.inputs(tmp_path)
    assert [(item.name, [path.name for path in item.beside]) for item in items] == [
        ("7.ann", ["7.txt"]),
        ("8.ann", []),
        ("9.ann", ["9.txt"]),
    ]
    records = [record for item in items for record in source.read(item)]
    assert [type(record) for record in records] == [Document, Reject, Reject]


@pytest.mark.corpus
def test_the_real_samples(corpus_data: Path) -> None:
    folder = corpus_data / "literature" / "bioc_pubtator"
    documents, mentions, rejects = read(folder / "pubtator_central_sample.pubtator.txt")
    assert len(documents) == 132
    assert sum(map(len, mentions)) + len(rejects) == 9_504
    assert sum(map(len, mentions)) == 1_756
    documents, mentions, rejects = read(folder / "pubtator_central_sample.bioc.xml")
    assert len(documents) == 132
    assert sum(map(len, mentions)) + len(rejects) == 9_504


@pytest.mark.corpus
def test_a_real_corpus(corpus_data: Path) -> None:
    documents, mentions, rejects = read(corpus_data / "ner/NCBI-disease/NCBI-disease/devel")
    assert (len(documents), sum(map(len, mentions)), len(rejects)) == (100, 787, 0)
