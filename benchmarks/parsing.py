"""Dependency parsers against the trees of CRAFT: gold tokens, raw text, and long names.

    python benchmarks/parsing.py [--data ../data] [--part dev|test] [--parser default] [--names]

Sentences are the gold ones. Three tables:

1. Gold tokens: POS over all tokens, UAS and LAS without punctuation, words a second on one core; beside ours the
   pipeline that it was trained from, where it is installed.
2. Raw text: of the gold tokens, those that the tokenizer of each pipeline reproduces; of these, the heads that are
   right (the gold head must be reproduced too).
3. With `--names`: how to parse mentions of several tokens. The mentions are those of the default tagger, or `long`,
   where a long chemical name of the dictionary stands in place of each. A mention counts as one word and has the head
   of its topmost token; mentions with more than one gold head are left out. Development part only: it is a choice.
"""

import argparse
import os
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path

import pyarrow.compute as pc
from rich.console import Console
from rich.table import Table

from bioweft import resources
from bioweft.evaluate.parsing import Tree, part_file, read_trees
from bioweft.lexicon import dictionary
from bioweft.records import AnnotatedDocument, Document, Mention, Passage, Span
from bioweft.relate.parser import NAMES, Parse, Parser, open_parser
from bioweft.tag.registry import open_tagger
from bioweft.tag.settings import TagSettings
from bioweft.train.parser import START, evaluate, open_start


@dataclass(frozen=True)
class GoldDocument:
    """A document with the gold trees of its sentences."""

    annotated: AnnotatedDocument
    trees: tuple[Tree, ...]


def gold_documents(data: Path, part: str) -> Iterator[GoldDocument]:
    trees = read_trees(part_file(data, "craft", part))
    for name, group in groupby(trees, key=lambda tree: tree.document):
        text = (data / "treebanks" / "craft-dep" / "raw" / part / f"{name}.txt").read_text(encoding="utf-8")
        document_trees = tuple(group)
        sentences = tuple((tree.spans[0][0], tree.spans[-1][1]) for tree in document_trees)
        document = Document(f"pmid:{name}", (Passage("paragraph", text),))
        yield GoldDocument(AnnotatedDocument(document, sentences), document_trees)


def parses(parser: Parser, documents: Sequence[GoldDocument]) -> list[tuple[Parse, ...]]:
    return list(parser.parse((gold.annotated, range(len(gold.trees))) for gold in documents))


def gold_tokens_table(pipelines: Mapping[str, str | Path], documents: Sequence[GoldDocument]) -> Table:
    table = Table("pipeline", "POS", "UAS", "LAS", "words/s", title="gold tokens")
    trees = [tree for gold in documents for tree in gold.trees]
    for name, model in pipelines.items():
        pipeline = open_start(model)
        evaluate(pipeline, trees[:300])  # so that what the first call sets up is not timed
        began = time.perf_counter()
        scores = evaluate(pipeline, trees)
        speed = scores.words / (time.perf_counter() - began)
        shares = (f"{100 * share:.2f}" for share in (scores.pos, scores.uas, scores.las))
        table.add_row(name, *shares, f"{speed:,.0f}")
    return table


def raw_text_table(pipelines: Mapping[str, Parser], documents: Sequence[GoldDocument]) -> Table:
    columns = ("boundaries R", "boundaries P", "tokens R", "UAS", "LAS", "words/s")
    table = Table("pipeline", *columns, title="raw text; UAS and LAS on the tokens that are reproduced")
    for name, parser in pipelines.items():
        parser.load()
        began = time.perf_counter()
        predicted = parses(parser, documents)
        seconds = time.perf_counter() - began
        gold_ends = predicted_ends = same_ends = tokens = same_tokens = counted = heads = labels = 0
        for gold, document_parses in zip(documents, predicted, strict=True):
            for tree, parse in zip(gold.trees, document_parses, strict=True):
                ends = {end for _, end in tree.spans}
                spans = dict(zip(zip(parse.starts, parse.ends, strict=True), range(len(parse.ends)), strict=True))
                gold_ends, predicted_ends = gold_ends + len(ends), predicted_ends + len(parse.ends)
                same_ends += len(ends.intersection(parse.ends))
                tokens, same_tokens = tokens + len(tree.spans), same_tokens + len(spans.keys() & set(tree.spans))
                for span, head, label in zip(tree.spans, tree.heads, tree.labels, strict=True):
                    if label != "punct" and span in spans:
                        place = spans[span]
                        right = spans.get(tree.spans[head]) == parse.heads[place]
                        counted, heads, labels = (
                            counted + 1, heads + right, labels + (right and parse.labels[place] == label)
                        )  # fmt: skip
        shares = (same_ends / gold_ends, same_ends / predicted_ends, same_tokens / tokens, heads / counted)
        row = (f"{100 * share:.2f}" for share in (*shares, labels / counted))
        table.add_row(name, *row, f"{tokens / seconds:,.0f}")
    return table


Unit = tuple[Span, Span, str]
"""Span of a word or mention, span of its head and the label between them."""


def units(spans: Sequence[Span], heads: Sequence[int], labels: Sequence[str], names: Sequence[Span]) -> list[Unit]:
    """Return the arcs of a tree when each name is one word; a name's is that of its topmost token."""
    wholes = [next((n for n in names if n[0] <= s and e <= n[1]), (s, e)) for s, e in spans]
    depths = [_depth(place, heads) for place in range(len(spans))]
    topmost: dict[Span, int] = {}
    for place, whole in enumerate(wholes):
        if whole not in topmost or depths[place] < depths[topmost[whole]]:
            topmost[whole] = place
    return [(whole, wholes[heads[place]], labels[place]) for whole, place in topmost.items()]


def _depth(place: int, heads: Sequence[int]) -> int:
    depth = 0
    while heads[place] != place:
        place, depth = heads[place], depth + 1
    return depth


def names_of(tree: Tree, mentions: Sequence[Mention]) -> list[Span]:
    """Return the mentions of several tokens in a sentence that are whole in its gold tree, none overlapping."""
    names: list[Span] = []
    for mention in sorted(mentions, key=lambda m: (m.start - m.end, m.start)):
        places = [p for p, (s, e) in enumerate(tree.spans) if mention.start <= s and e <= mention.end]
        outside = {p for p in places if tree.heads[p] not in places or tree.heads[p] == p}
        within = places and (tree.spans[places[0]][0], tree.spans[places[-1]][1]) == (mention.start, mention.end)
        apart = all(mention.end <= s or e <= mention.start for s, e in names)
        if within and len(places) > 1 and len(outside) == 1 and apart:
            names.append((mention.start, mention.end))
    return names


def with_whole_names(documents: Sequence[GoldDocument]) -> Iterator[GoldDocument]:
    """Yield the documents with the mentions of the default tagger, of several tokens, that are whole in the gold."""
    tagger = open_tagger(TagSettings(dictionaries=tuple(resources.dictionaries()), people=False))
    for gold, tagged in zip(documents, tagger.tag([gold.annotated for gold in documents]), strict=True):
        kept = []
        for tree, (start, end) in zip(gold.trees, tagged.sentences, strict=True):
            inside = [m for m in tagged.mentions if start <= m.start and m.end <= end]
            spans = set(names_of(tree, inside))
            kept += {(m.start, m.end): m for m in inside if (m.start, m.end) in spans}.values()
        kept.sort(key=lambda m: m.start)
        yield GoldDocument(replace(tagged, mentions=tuple(kept), dictionary_hits=()), gold.trees)


def with_long_names(documents: Sequence[GoldDocument], seed: int = 1) -> Iterator[GoldDocument]:
    """Yield the documents with a long chemical name in place of each mention; the gold has one token there."""
    names = dictionary.read_table(resources.dictionary("chemical"))["name"]
    long = pc.and_(pc.greater(pc.utf8_length(names), 30), pc.match_substring_regex(names, "[0-9].*-.*[(\\[]"))
    choices = random.Random(seed).sample(names.filter(long).to_pylist(), 5000)
    draw = random.Random(seed)
    for gold in documents:
        text = gold.annotated.document.text
        pieces, mentions, shifts, at, length = [], [], [(0, 0)], 0, 0
        for mention in gold.annotated.mentions:
            name = draw.choice(choices)
            pieces += [text[at : mention.start], name]
            length += mention.start - at
            mentions.append(replace(mention, start=length, end=length + len(name), text=name, type="chemical"))
            at, length = mention.end, length + len(name)
            shifts.append((at, length - at))
        document = Document(gold.annotated.document.id, (Passage("paragraph", "".join(pieces) + text[at:]),))
        old = [(m.start, m.end) for m in gold.annotated.mentions]
        new = dict(zip(old, [(m.start, m.end) for m in mentions], strict=True))
        trees = tuple(_moved(tree, new, shifts) for tree in gold.trees)
        sentences = tuple((tree.spans[0][0], tree.spans[-1][1]) for tree in trees)
        yield GoldDocument(AnnotatedDocument(document, sentences, tuple(mentions)), trees)


def _moved(tree: Tree, new: Mapping[Span, Span], shifts: Sequence[tuple[int, int]]) -> Tree:
    """Return a tree with the tokens at their new places, each replaced mention one token."""
    arcs = units(tree.spans, tree.heads, tree.labels, list(new))
    spans = [span for span, _, _ in arcs]

    def moved(span: Span) -> Span:
        shift = next(shift for at, shift in reversed(shifts) if at <= span[0])
        return new.get(span, (span[0] + shift, span[1] + shift))

    heads = tuple(spans.index(head) for _, head, _ in arcs)
    labels, none = tuple(label for _, _, label in arcs), ("",) * len(arcs)
    return Tree(tree.document, none, tuple(map(moved, spans)), (False,) * len(arcs), none, heads, labels)


def names_rows(documents: Sequence[GoldDocument], title: str) -> Iterator[tuple[str, ...]]:
    for form in NAMES:
        counted = heads = labels = names_counted = name_heads = broken = 0
        for gold, document_parses in zip(documents, parses(open_parser(names=form), documents), strict=True):
            spans = [(m.start, m.end) for m in gold.annotated.mentions]
            for tree, parse in zip(gold.trees, document_parses, strict=True):
                start, end = tree.spans[0][0], tree.spans[-1][1]
                inside = [(s, e) for s, e in spans if start <= s and e <= end]
                if not inside:
                    continue
                tokens = list(zip(parse.starts, parse.ends, strict=True))
                predicted = {unit[0]: unit[1:] for unit in units(tokens, parse.heads, parse.labels, inside)}
                broken += _broken(tokens, parse.heads, inside)
                for span, head, label in units(tree.spans, tree.heads, tree.labels, inside):
                    if label != "punct" and span in predicted:
                        right = predicted[span][0] == head
                        counted, heads = counted + 1, heads + right
                        labels += right and predicted[span][1] == label
                        names_counted += span in inside
                        name_heads += right and span in inside
        shares = (heads / counted, labels / counted, name_heads / names_counted)
        yield (title, form, *(f"{100 * share:.2f}" for share in shares), str(broken), f"{names_counted:,}")


def _broken(tokens: Sequence[Span], heads: Sequence[int], names: Sequence[Span]) -> int:
    """Return how many names have several tokens whose head is outside of them."""
    count = 0
    for start, end in names:
        places = {p for p, (s, e) in enumerate(tokens) if start <= s and e <= end}
        count += sum(heads[p] not in places or heads[p] == p for p in places) > 1
    return count


def names_table(documents: Sequence[GoldDocument]) -> Table:
    columns = ("UAS", "LAS", "UAS of mentions", "broken", "mentions")
    table = Table("names", "parsed as", *columns, title="sentences with mentions of several tokens")
    whole = list(with_whole_names(documents))
    for title, changed in (("as in the text", whole), ("long", list(with_long_names(whole)))):
        for row in names_rows(changed, title):
            table.add_row(*row)
    return table


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--data", type=Path, default=Path(os.environ.get("BIOWEFT_DATA", "../data")))
    arguments.add_argument("--part", choices=("dev", "test"), default="dev")
    arguments.add_argument("--parser", default="default", help="default, spacy:PACKAGE or a folder")
    arguments.add_argument("--names", action="store_true", help="compare how mentions of several tokens are parsed")
    given = arguments.parse_args()
    documents = list(gold_documents(given.data, given.part))
    console = Console()
    if given.names:
        if given.part != "dev":
            arguments.error("--names goes with the development part")
        console.print(names_table(documents))
        return
    parsers = {given.parser: open_parser(given.parser, names="split")}
    if find_spec(START):
        parsers[START] = open_parser(f"spacy:{START}", names="split")
    console.print(gold_tokens_table({name: parser.path for name, parser in parsers.items()}, documents))
    console.print(raw_text_table(parsers, documents))


if __name__ == "__main__":
    main()
