"""Treebanks in CoNLL-U, and the scores of dependency trees against them: POS, UAS, LAS.

Punctuation (gold label `punct`) does not count in UAS and LAS, as is usual; POS counts every token.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bioweft.errors import InputError
from bioweft.records import Span

ROOT = "ROOT"
"""The label of a sentence's root, as spaCy writes it; CoNLL-U has `root`."""

_RANGE = "TokenRange="


@dataclass(frozen=True, slots=True)
class Tree:
    """The gold analysis of a sentence of document `document`, a value for each token.

    `spans` are offsets into the document's raw text; `spaces` say that white space follows; `heads` are places in the
    sentence, the root's is its own.
    """

    document: str
    words: tuple[str, ...]
    spans: tuple[Span, ...]
    spaces: tuple[bool, ...]
    tags: tuple[str, ...]
    heads: tuple[int, ...]
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scores:
    """Shares of right tags, heads, and heads with labels; `words` is the number of tokens that POS counts."""

    pos: float
    uas: float
    las: float
    words: int

    def __str__(self) -> str:
        """Return the scores in percent."""
        return f"POS {100 * self.pos:.2f}, UAS {100 * self.uas:.2f}, LAS {100 * self.las:.2f}"


def part_file(data: Path, corpus: str, part: str) -> Path:
    """Return the CoNLL-U file of a part of `craft` or `genia` below the folder of all data.

    Raises:
        InputError: there is none.
    """
    path = data / "treebanks" / f"{corpus}-dep" / f"{corpus}-{part}.conllu"
    if not path.exists():
        raise InputError(f"no treebank {path}: the corpora of docs/corpora.md must be unpacked below {data}")
    return path


def read_trees(path: Path) -> Iterator[Tree]:
    """Yield the trees of a CoNLL-U file, whose tokens have a `TokenRange` in the last column.

    Raises:
        InputError: a line has too few columns, or a token no range.
    """
    document, rows = "", list[list[str]]()
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if line.startswith("# newdoc id = "):
                document = line.split("=", 1)[1].strip()
            elif line.strip() and not line.startswith("#"):
                row = line.rstrip("\n").split("\t")
                if len(row) != 10 or _RANGE not in row[9]:
                    raise InputError(f"{path}, line {number}: ten columns with a {_RANGE} in the last are expected")
                if row[0].isdecimal():  # neither a range of words (1-2) nor an empty node (1.1)
                    rows.append(row)
            elif not line.strip() and rows:
                yield _tree(document, rows)
                rows = []
    if rows:
        yield _tree(document, rows)


def _tree(document: str, rows: Sequence[Sequence[str]]) -> Tree:
    spans = [_span(row[9]) for row in rows]
    heads = [int(row[6]) - 1 for row in rows]
    return Tree(
        document,
        # A no-break space stands in FORM where the text has an ordinary one within a token.
        words=tuple(row[1].replace("\u00a0", " ") for row in rows),
        spans=tuple(spans),
        spaces=tuple(end < start for (_, end), (start, _) in zip(spans, [*spans[1:], (0, 0)], strict=True)),
        tags=tuple(row[4] for row in rows),
        heads=tuple(place if head < 0 else head for place, head in enumerate(heads)),
        labels=tuple(ROOT if row[7] == "root" else row[7] for row in rows),
    )


def _span(miscellaneous: str) -> Span:
    start, _, end = miscellaneous.split(_RANGE)[1].split("|", maxsplit=1)[0].partition(":")
    return int(start), int(end)


Analysis = tuple[Sequence[str], Sequence[int], Sequence[str]]
"""Tags, heads and labels of the tokens of a sentence, as in a `Tree`."""


def score(trees: Iterable[Tree], analyses: Iterable[Analysis]) -> Scores:
    """Return how well analyses of the gold tokens agree with the trees."""
    words = counted = right_tags = right_heads = right_labels = 0
    for tree, (tags, heads, labels) in zip(trees, analyses, strict=True):
        words += len(tree.words)
        right_tags += sum(tag == gold for tag, gold in zip(tags, tree.tags, strict=True))
        for gold_label, gold_head, label, head in zip(tree.labels, tree.heads, labels, heads, strict=True):
            if gold_label != "punct":
                counted += 1
                right_heads += head == gold_head
                right_labels += head == gold_head and label == gold_label
    counted = counted or 1
    return Scores(right_tags / (words or 1), right_heads / counted, right_labels / counted, words)
