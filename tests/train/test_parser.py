"""Treebanks and the training of the parser, on a few made-up sentences and a pipeline of a few units."""

from pathlib import Path

import pytest
import spacy
from click.testing import CliRunner
from spacy.training import Example

from bioweft.cli import cli
from bioweft.errors import InputError
from bioweft.evaluate.parsing import Tree, part_file, read_trees, score
from bioweft.train.parser import COMPONENTS, ParserSettings, evaluate, open_start, train_parser

SENTENCES = [
    "Zanubine/NN/2/nsubj blocks/VBZ/0/root growth/NN/2/dobj ././2/punct",
    "The/DT/2/det drug/NN/3/nsubj kills/VBZ/0/root cells/NNS/3/dobj ././3/punct",
    "Zanubine/NN/2/nsubj kills/VBZ/0/root cells/NNS/2/dobj ././2/punct",
]


def conllu(sentences: list[str]) -> str:
    """Return sentences of `word/tag/head/label` in CoNLL-U, with one space between words but before the stop."""
    lines, at = ["# newdoc id = 7"], 0
    for number, sentence in enumerate(sentences):
        lines.append(f"# sent_id = 7-s{number}")
        for place, token in enumerate(sentence.split(), 1):
            word, tag, head, label = token.rsplit("/", 3)
            at -= word == "."
            span = f"TokenRange={at}:{at + len(word)}"
            lines.append("\t".join((str(place), word, "_", "_", tag, "_", head, label, "_", span)))
            at += len(word) + 1
        lines.append("")
    return "\n".join(lines) + "\n"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for part, sentences in (("train", SENTENCES), ("dev", SENTENCES[:2])):
        path = tmp_path / "treebanks" / "craft-dep" / f"craft-{part}.conllu"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(conllu(sentences), encoding="utf-8")
    return tmp_path


@pytest.fixture
def trees(data: Path) -> list[Tree]:
    return list(read_trees(part_file(data, "craft", "train")))


@pytest.fixture
def start(trees: list[Tree], tmp_path: Path) -> Path:
    """The folder of a pipeline of a few units that knows the labels of the sentences, and nothing else."""
    spacy.util.fix_random_seed(0)
    pipeline = spacy.blank("en")
    embed = {"@architectures": "spacy.HashEmbedCNN.v2", "pretrained_vectors": None, "width": 16, "depth": 1,
             "embed_size": 100, "window_size": 1, "maxout_pieces": 2, "subword_features": True}  # fmt: skip
    pipeline.add_pipe("tok2vec", config={"model": embed})
    listener = {"@architectures": "spacy.Tok2VecListener.v1", "width": 16, "upstream": "tok2vec"}
    pipeline.add_pipe("tagger", config={"model": {"@architectures": "spacy.Tagger.v2", "tok2vec": listener}})
    pipeline.add_pipe(
        "parser",
        config={
            "min_action_freq": 1,
            "model": {"@architectures": "spacy.TransitionBasedParser.v2", "state_type": "parser", "tok2vec": listener,
                      "extra_state_tokens": False, "hidden_width": 16, "maxout_pieces": 2, "use_upper": True},
        },
    )  # fmt: skip
    pipeline.add_pipe("sentencizer")
    # Made-up words: the vocabulary of the start must not have those of the treebank.
    annotations = [{"tags": list(t.tags), "heads": list(t.heads), "deps": list(t.labels)} for t in trees]
    docs = [spacy.tokens.Doc(pipeline.vocab, words=["x"] * len(tree.words)) for tree in trees]
    examples = [Example.from_dict(*pair) for pair in zip(docs, annotations, strict=True)]
    pipeline.initialize(lambda: examples)
    pipeline.to_disk(tmp_path / "start")
    return tmp_path / "start"


def test_trees_are_read_with_their_offsets(trees: list[Tree]) -> None:
    text = "Zanubine blocks growth. The drug kills cells. Zanubine kills cells."
    assert [text[s:e] for tree in trees for s, e in tree.spans] == [word for tree in trees for word in tree.words]
    first = trees[0]
    assert (first.document, first.heads) == ("7", (1, 1, 1, 1))
    assert first.labels == ("nsubj", "ROOT", "dobj", "punct")
    assert first.spaces == (True, True, False, False)


def test_punctuation_counts_for_tags_alone(trees: list[Tree]) -> None:
    first = trees[0]
    right = score([first], [(first.tags, first.heads, first.labels)])
    assert (right.pos, right.uas, right.las, right.words) == (1, 1, 1, 4)
    other = score([first], [(("NN", "NN", "NN", "."), (1, 1, 0, 0), ("dobj", "ROOT", "dobj", "dep"))])
    assert (other.pos, other.uas, other.las) == pytest.approx((3 / 4, 2 / 3, 1 / 3))
    assert str(other) == "POS 75.00, UAS 66.67, LAS 33.33"


def test_a_token_without_a_range_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "a.conllu"
    path.write_text("1\ta\ta\t_\tDT\t_\t0\troot\t_\t_\n\n")
    with pytest.raises(InputError, match="line 1: ten columns with a TokenRange"):
        list(read_trees(path))


def test_training_learns_the_sentences_and_keeps_what_is_needed(
    data: Path, start: Path, trees: list[Tree], tmp_path: Path
) -> None:
    settings = ParserSettings(epochs=80, batch=2, rate=0.01)
    scores = train_parser(data, tmp_path / "one", settings, start=start)
    assert (scores.pos, scores.uas, scores.las) == (1, 1, 1)
    pipeline = spacy.load(tmp_path / "one")
    assert tuple(pipeline.pipe_names) == COMPONENTS
    assert "Zanubine" not in pipeline.vocab.strings
    assert evaluate(pipeline, trees[:2]) == scores
    assert [token.text for token in pipeline.make_doc("COX-2/IL-6")] == ["COX", "-", "2", "/", "IL", "-", "6"]
    assert pipeline.meta["training"]["seed"] == 1
    train_parser(data, tmp_path / "two", settings, start=start)
    for name in COMPONENTS:
        first, second = (spacy.load(tmp_path / run).get_pipe(name).model.to_bytes() for run in ("one", "two"))
        assert first == second, name


def test_minutes_in_place_of_epochs(data: Path, start: Path, tmp_path: Path) -> None:
    train_parser(data, tmp_path / "short", ParserSettings(minutes=0.005), start=start)
    assert (tmp_path / "short" / "config.cfg").exists()


def test_a_start_that_cannot_be_used(data: Path, start: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no spaCy pipeline 'no_such_package'"):
        open_start("no_such_package")
    spacy.blank("en").to_disk(tmp_path / "blank")
    with pytest.raises(InputError, match="has no tok2vec"):
        open_start(tmp_path / "blank")
    path = part_file(data, "craft", "train")
    path.write_text(path.read_text().replace("nsubj", "subject"))
    with pytest.raises(InputError, match="cannot learn subject"):
        train_parser(data, tmp_path / "out", ParserSettings(), start=start)
    with pytest.raises(InputError, match="no treebank"):
        train_parser(tmp_path / "nothing", tmp_path / "out", ParserSettings(), start=start)


def test_the_command(data: Path, start: Path, tmp_path: Path) -> None:
    given = ["train", "parser", "--data", str(data), "--output", str(tmp_path / "out"), "--start", str(start)]
    run = CliRunner().invoke(cli, [*given, "--epochs", "2"])
    assert run.exit_code == 0, run.output
    assert "CRAFT dev: POS" in run.output
    assert (tmp_path / "out" / "config.cfg").exists()
    both = CliRunner().invoke(cli, [*given, "--epochs", "2", "--minutes", "1"])
    assert both.exit_code == 2
    assert "not both" in both.output
