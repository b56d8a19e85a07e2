"""Negation and speculation of relations by scope, against gold: flags of statements, cues and scopes.

    python benchmarks/negation.py [--data ../data] [--part dev|test] [--parser default]

Rules are chosen on `dev`, which has the training parts too; `test` is for the final figures. Two tables:

1. Statements: of the gold-negated the share that is flagged (recall), of those that are not the share that is flagged
   (false), F1; then the same for speculation. Below each corpus, for the distance, what is flagged if any cue in the
   sentence counts. A relation is judged by its two mentions; an event by its trigger, and by its trigger with each
   argument: it is flagged if one of these is.
2. BioScope: cues by their spans, where a cue in pieces has that of its first (`neither .. nor`); scopes, exact and by
   words. Words for the absence of an effect (`unaffected`, `resistant`), which BioScope does not mark, do not count.
"""

import argparse
import time
from bisect import bisect_right
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from rich.console import Console
from rich.table import Table

from bioweft.evaluate.relations.negation import (
    STATEMENTS,
    Side,
    Statement,
    falsely_flagged,
    flag_scores,
    read_scopes,
    read_statements,
    scope_scores,
)
from bioweft.records import AnnotatedDocument, Document, Passage
from bioweft.relate.negation import Cue, find_cues, polarity
from bioweft.relate.parser import Parse, Parser, open_parser

PAIRS = frozenset({"ChemProt", "EU-ADR"})
"""The corpora of relations between mentions; the rest have events."""

Flags = tuple[bool, bool]


def sentence_of(statement: Statement) -> int:
    """Return the place of the sentence in which a statement begins."""
    return max(0, bisect_right(statement.document.sentences, statement.spans[0][0], key=lambda span: span[0]) - 1)


def parses_of(parser: Parser, statements: Sequence[Statement]) -> dict[tuple[str, int], Parse]:
    """Return the trees of the sentences of statements, by document and place."""
    places: dict[str, set[int]] = {}
    documents: dict[str, AnnotatedDocument] = {}
    for statement in statements:
        documents[statement.document.document.id] = statement.document
        places.setdefault(statement.document.document.id, set()).add(sentence_of(statement))
    trees = parser.parse((documents[id_], sorted(places[id_])) for id_ in documents)
    return {
        (id_, place): tree
        for id_, document_trees in zip(documents, trees, strict=True)
        for place, tree in zip(sorted(places[id_]), document_trees, strict=True)
    }


def flags_of(statement: Statement, cues: Sequence[Cue], parse: Parse) -> Flags:
    """Return whether a statement is flagged as negated and as speculative."""
    first, *arguments = statement.spans
    pairs = [(first, argument) for argument in arguments]
    if statement.corpus not in PAIRS:
        pairs.append((first, first))
    flags = [polarity(cues, *pair, parse)[:2] for pair in pairs]
    return any(negated for negated, _ in flags), any(speculative for _, speculative in flags)


def statements_table(parser: Parser, part: Side, data: Path) -> Table:
    columns = (
        "corpus",
        "flagged by",
        "n",
        "negated",
        "recall",
        "false",
        "F1",
        "speculative",
        "recall",
        "precision",
        "F1",
    )
    table = Table(*columns, "ms a sentence", title=f"statements, {part}")
    for corpus in STATEMENTS:
        if corpus == "GE11" and part == "dev":
            continue
        statements = read_statements(corpus, part, data)
        parses = parses_of(parser, statements)
        texts = {statement.document.document.id: statement.document.document.text for statement in statements}
        began = time.process_time()
        cues = {key: find_cues(texts[key[0]], parse) for key, parse in parses.items()}
        keys = [(statement.document.document.id, sentence_of(statement)) for statement in statements]
        scoped = [flags_of(statement, cues[key], parses[key]) for statement, key in zip(statements, keys, strict=True)]
        speed = 1000 * (time.process_time() - began) / len(parses)
        kinds = {key: {cue.kind for cue in cues[key]} for key in cues}
        whole = [("negation" in kinds[key], "speculation" in kinds[key]) for key in keys]
        table.add_row(*statements_row(corpus, "scope", statements, scoped), f"{speed:.2f}")
        table.add_row(*statements_row("", "sentence", statements, whole))
    return table


def statements_row(corpus: str, method: str, statements: Sequence[Statement], flags: Sequence[Flags]) -> list[str]:
    scores = flag_scores(statements, flags)
    negated, speculative = scores["negated"], scores.get("speculative")
    row = [corpus, method, f"{len(statements):,}", str(negated.right + negated.missed)]
    row += [f"{100 * value:.1f}" for value in (negated.recall, falsely_flagged(statements, flags), negated.f1)]
    if speculative is None or not any(statement.speculative for statement in statements):
        return [*row, "", "", "", ""]
    values = (speculative.recall, speculative.precision, speculative.f1)
    return [*row, str(speculative.right + speculative.missed), *(f"{100 * value:.1f}" for value in values)]


def scopes_table(parser: Parser, part: Side, data: Path) -> Table:
    table = Table(
        "BioScope", "sentences", "negations", "cue P", "cue R", "cue F1", "exact P", "exact R", "exact F1", "words F1",
        title=f"cues and scopes, {part}",
    )  # fmt: skip
    for kind in ("abstracts", "full"):
        sentences = read_scopes(kind, part, data)
        documents = [
            AnnotatedDocument(Document(f"bioscope:{s.id}", (Passage("paragraph", s.text),)), ((0, len(s.text)),))
            for s in sentences
        ]
        parses = [tree for (tree,) in parser.parse((document, [0]) for document in documents)]
        cues = [
            [cue for cue in find_cues(sentence.text, parse) if cue.sort == "negation"]
            for sentence, parse in zip(sentences, parses, strict=True)
        ]
        gold = {(s.id, negation.cue[0]) for s in sentences for negation in s.negations}
        said = {(s.id, cue.span) for s, inside in zip(sentences, cues, strict=True) for cue in inside}
        precision, recall = len(gold & said) / len(said), len(gold & said) / len(gold)
        scores = scope_scores(sentences, [[cue.scope for cue in inside] for inside in cues])
        exact = scores["exact"]
        values = (precision, recall, 2 * precision * recall / (precision + recall))
        values += (exact.precision, exact.recall, exact.f1, scores["words"].f1)
        table.add_row(kind, f"{len(sentences):,}", f"{len(gold):,}", *(f"{100 * value:.1f}" for value in values))
    return table


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--data", type=Path, default=Path("../data"), help="folder of all data")
    arguments.add_argument("--part", choices=get_args(Side), default="dev", help="test only for the final figures")
    arguments.add_argument("--parser", default="default", help="default, spacy:PACKAGE or a folder")
    options = arguments.parse_args()
    parser = open_parser(options.parser)
    console = Console(width=150)
    console.print(statements_table(parser, options.part, options.data))
    console.print(scopes_table(parser, options.part, options.data))


if __name__ == "__main__":
    main()
