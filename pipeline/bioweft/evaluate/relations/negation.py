"""Gold for negation and speculation: statements that are marked in corpora, and scopes of negation in sentences.

Two parts: on `dev` rules and thresholds are chosen, `test` is for the final figures. Where a corpus has a training
part, it is in `dev`: rules are not trained.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np

from bioweft.errors import InputError, SettingsError
from bioweft.evaluate.relations.chemical_gene import SCORED_GROUPS
from bioweft.evaluate.relations.examples import read_relations
from bioweft.evaluate.relations.pairs import (
    Annotation,
    Part,
    RelationExample,
    by_hash,
    existing,
    table,
    with_mentions,
)
from bioweft.evaluate.scoring import Score, total
from bioweft.records import AnnotatedDocument, Document, Passage, Span
from bioweft.sources.annotations import our_type

Side = Literal["dev", "test"]

_SIDES: Mapping[Side, tuple[Part, ...]] = {"dev": ("train", "dev"), "test": ("test",)}
_EVENTS = ("GE13", "PC13", "EPI", "ID")
_MEASURED_ONLY = "GE11"
"""Its licence is for scholarly use: nothing that is shipped is made or chosen with it."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A relation or an event that a text states, denies or supposes.

    `spans` are stretches of the document's text: subject and object of a relation, or the trigger of an event and then
    its arguments. `speculative` is None where the corpus does not say.
    """

    corpus: str
    document: AnnotatedDocument
    spans: tuple[Span, ...]
    negated: bool
    speculative: bool | None = None


@dataclass(frozen=True, slots=True)
class Negation:
    """A negation in a sentence: the pieces of its cue, and its scope, in which the cue lies."""

    cue: tuple[Span, ...]
    scope: Span


@dataclass(frozen=True, slots=True)
class ScopedSentence:
    """A sentence with all its negations; `document` is a PMID or the name of an article."""

    id: str
    document: str
    text: str
    negations: tuple[Negation, ...]


def read_statements(corpus: str, side: Side, data: Path) -> list[Statement]:
    """Return the statements of a corpus: `ChemProt`, `EU-ADR`, or events: `GE13`, `PC13`, `EPI`, `ID`, `GE11`.

    Raises:
        SettingsError: there is no such corpus, or it is for measuring only and `dev` was asked for.
        InputError: its files are not there.
    """
    if corpus not in STATEMENTS:
        raise SettingsError(f"no corpus of negated statements {corpus!r}; there are: {', '.join(STATEMENTS)}")
    if corpus == _MEASURED_ONLY and side == "dev":
        raise SettingsError(f"{corpus} is for measuring only: its licence lets nothing be chosen with it")
    return list(STATEMENTS[corpus](side, data))


def _chemprot(side: Side, data: Path) -> Iterator[Statement]:
    """Yield pairs with one of the scored groups as stated, those with CPR:10 alone as denied."""
    for example in _examples("ChemProt", side, data):
        for pair in example.pairs:
            negated = pair.labels == {"CPR:10"}
            if negated or pair.labels.intersection(SCORED_GROUPS):
                yield _pair("ChemProt", example, pair.subject, pair.object, negated=negated)


def _euadr(side: Side, data: Path) -> Iterator[Statement]:
    """Yield pairs of one label: PA is stated, SA supposed, NA denied."""
    for example in _examples("EU-ADR", side, data):
        for pair in example.pairs:
            if len(pair.labels) == 1:
                (label,) = pair.labels
                yield _pair(
                    "EU-ADR", example, pair.subject, pair.object, negated=label == "NA", speculative=label == "SA"
                )


def _examples(corpus: str, side: Side, data: Path) -> Iterator[RelationExample]:
    for part in _SIDES[side]:
        yield from read_relations(corpus, part, data)


def _pair(
    corpus: str, example: RelationExample, subject: int, object_: int, *, negated: bool, speculative: bool | None = None
) -> Statement:
    mentions = (example.document.mentions[example.entities[end].mentions[0]] for end in (subject, object_))
    return Statement(corpus, example.document, tuple((m.start, m.end) for m in mentions), negated, speculative)


def _events(corpus: str, side: Side, data: Path) -> Iterator[Statement]:
    """Yield the events of a corpus of BioNLP's tasks; its development part is `test`, since its test part is hidden."""
    folder = data / "relations/BioNLP-events/BioNLP-events" / corpus / {"dev": "train", "test": "devel"}[side]
    for text_file in sorted(existing(folder).glob("*.txt")):
        yield from _event_file(corpus, text_file)


def _ge11(side: Side, data: Path) -> Iterator[Statement]:
    """Yield the events of both parts of GE11, without the abstracts and articles that are in `dev` of other corpora."""
    del side
    dev_documents = {sentence.document for sentence in read_scopes("abstracts", "dev", data)}
    root = data / "relations/BioNLP-events/BioNLP-events"
    dev_documents |= {_article(path) for path in existing(root / "GE13/train").glob("*.txt")}
    for part in ("train", "devel"):
        for text_file in sorted(existing(root / _MEASURED_ONLY / part).glob("*.txt")):
            if _article(text_file) not in dev_documents:
                yield from _event_file(_MEASURED_ONLY, text_file)


def _article(path: Path) -> str:
    """Return the PMID, or the number of an article in PMC without its section: `PMC-1310901-00-TIAB.txt`."""
    return "-".join(path.stem.split("-")[:2]).removeprefix("PMID-")


def _event_file(corpus: str, path: Path) -> Iterator[Statement]:
    """Yield the events of a text: its trigger, then its arguments; of an argument that is an event, its trigger."""
    lines = path.read_text(encoding="utf-8").split("\n")
    document = Document(f"{corpus.lower()}:{path.stem}", tuple(Passage("paragraph", line) for line in lines))
    entities = _marked(path.with_suffix(".a1"))
    annotated, _ = with_mentions(document, entities)
    spans = {a.key: (a.start, a.end) for a in (*entities, *_marked(path.with_suffix(".a2")))}
    events: dict[str, list[str]] = {}
    kinds: defaultdict[str, set[str]] = defaultdict(set)
    for line in existing(path.with_suffix(".a2")).read_text(encoding="utf-8").splitlines():
        key, _, content = line.partition("\t")
        if key.startswith("E"):
            events[key] = [argument.partition(":")[2] for argument in content.split()]
        elif key.startswith("M"):
            kind, event = content.split()[:2]
            kinds[event].add(kind)
    for key, arguments in events.items():
        of_arguments = (spans.get(events[name][0] if name in events else name) for name in arguments)
        yield Statement(
            corpus,
            annotated,
            tuple(span for span in of_arguments if span is not None),
            "Negation" in kinds[key],
            "Speculation" in kinds[key],
        )


def _marked(path: Path) -> list[Annotation]:
    marked = []
    for line in existing(path).read_text(encoding="utf-8").splitlines():
        if line.startswith("T"):
            key, place, text = line.split("\t")[:3]
            type_, start, end = place.split(" ")
            marked.append(Annotation(key, int(start), int(end), text, our_type(type_)))
    return marked


def read_scopes(kind: str, side: Side, data: Path) -> list[ScopedSentence]:
    """Return the sentences of BioScope, `abstracts` or `full`, with their negations, or without; sides are by document.

    A tenth of the documents is `test` in the abstracts, three tenths of the nine articles. Speculation is not in this
    copy.

    Raises:
        SettingsError: there is no such kind.
        InputError: the files are not there.
    """
    if kind not in ("abstracts", "full"):
        raise SettingsError(f"BioScope has abstracts and full, not {kind!r}")
    folder = data / "relations/BioScope/BioScope" / kind
    negations: defaultdict[str, list[Negation]] = defaultdict(list)
    for row in table(folder / "negations.tsv"):
        cue = tuple(_span(piece) for piece in row["cue_spans"].split(";"))
        negations[row["sentence_id"]].append(Negation(cue, _span(row["scope"])))
    tested = 1 if kind == "abstracts" else 3
    return [
        ScopedSentence(row["sentence_id"], row["doc"], row["text"], tuple(negations[row["sentence_id"]]))
        for row in table(folder / "sentences.tsv")
        if (by_hash(row["doc"], tested=tested) == "test") == (side == "test")
    ]


def _span(text: str) -> Span:
    start, _, end = text.partition("-")
    return int(start), int(end)


STATEMENTS: Mapping[str, Callable[[Side, Path], Iterator[Statement]]] = {
    "ChemProt": _chemprot,
    "EU-ADR": _euadr,
    **{corpus: partial(_events, corpus) for corpus in _EVENTS},
    _MEASURED_ONLY: _ge11,
}
"""Readers by corpus."""


def flag_scores(statements: Sequence[Statement], flags: Sequence[tuple[bool, bool]]) -> dict[str, Score]:
    """Return how well statements were flagged as `negated` and as `speculative`, given both flags of each.

    Recall is the share of gold-negated statements that are flagged. `speculative` is over the statements whose corpus
    says it. Intervals are over documents.

    Raises:
        InputError: there is not one pair of flags for each statement.
    """
    if len(statements) != len(flags):
        raise InputError(f"{len(flags)} flags for {len(statements)} statements")
    rows = {id_: row for row, id_ in enumerate(dict.fromkeys(s.document.document.id for s in statements))}
    counts = {name: np.zeros((len(rows), 3), dtype=np.int64) for name in ("negated", "speculative")}
    for statement, (negated, speculative) in zip(statements, flags, strict=True):
        row = rows[statement.document.document.id]
        for name, gold, flag in (
            ("negated", statement.negated, negated),
            ("speculative", statement.speculative, speculative),
        ):
            if gold is not None and (gold or flag):
                counts[name][row, _column(gold=gold, said=flag)] += 1
    return {name: total(table_) for name, table_ in counts.items() if name == "negated" or table_.any()}


def falsely_flagged(statements: Sequence[Statement], flags: Sequence[tuple[bool, bool]]) -> float:
    """Return the share of the statements that are not gold-negated that are flagged as negated."""
    positive = [negated for statement, (negated, _) in zip(statements, flags, strict=True) if not statement.negated]
    return sum(positive) / len(positive) if positive else 0.0


def scope_scores(sentences: Sequence[ScopedSentence], predicted: Sequence[Sequence[Span]]) -> dict[str, Score]:
    """Return how well the scopes of each sentence were predicted: `exact` spans, and `words` that are in any scope.

    Both are of scopes with their cues. Intervals are over documents.

    Raises:
        InputError: there are not as many predictions as sentences.
    """
    if len(sentences) != len(predicted):
        raise InputError(f"scopes of {len(predicted)} sentences for {len(sentences)} sentences")
    rows = {document: row for row, document in enumerate(dict.fromkeys(s.document for s in sentences))}
    exact, words = (np.zeros((len(rows), 3), dtype=np.int64) for _ in range(2))
    for sentence, scopes in zip(sentences, predicted, strict=True):
        row = rows[sentence.document]
        gold = {negation.scope for negation in sentence.negations}
        for counts, expected, said in (
            (exact, gold, set(scopes)),
            (words, _words(sentence.text, gold), _words(sentence.text, scopes)),
        ):
            counts[row] += len(expected & said), len(said - expected), len(expected - said)
    return {"exact": total(exact), "words": total(words)}


def _column(*, gold: bool, said: bool) -> int:
    """Return the column of the counts: right, surplus, missed."""
    if gold and said:
        return 0
    return 1 if said else 2


def _words(text: str, scopes: Sequence[Span] | set[Span]) -> set[Span]:
    """Return the stretches between white space that begin in a scope."""
    words = []
    start = 0
    for word in text.split():
        start = text.index(word, start)
        words.append((start, start + len(word)))
        start += len(word)
    return {word for word in words if any(low <= word[0] < high for low, high in scopes)}
