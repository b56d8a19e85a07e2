"""The form of a relation example, and what all readers of relation corpora share to make one."""

import csv
import hashlib
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Literal, TextIO

from bioweft.errors import InputError
from bioweft.records import AnnotatedDocument, Document, Link, Mention, Passage
from bioweft.sources.annotations import GOLD, our_type
from bioweft.text import sentences

Part = Literal["train", "dev", "test"]

TYPE_ORDER = ("chemical", "gene", "disease")
"""Types in the order by which the subject of a pair without direction is chosen."""


@dataclass(frozen=True, slots=True)
class Entity:
    """An argument: all its mentions in the document (document-level corpora), or one mention (mention-level corpora).

    `id` is the gold identifier as the protocol scores it (`mesh:D001241`, or the mention's number `T12`), `type` is
    one of bioweft's, and `mentions` are places in the document's mentions.
    """

    id: str
    type: str
    mentions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """A candidate: `subject` and `object` are places in the example's entities.

    `labels` are the gold labels in the joint label space; empty means unrelated as far as the corpus says.
    `hypernym` marks a pair without labels whose chemical or disease is a wider term of that of a pair with a label in
    the same document: annotators take the narrow one, so training may leave the wide one out. Tests never do.
    """

    subject: int
    object: int
    labels: frozenset[str] = frozenset()
    hypernym: bool = False


@dataclass(frozen=True, slots=True)
class RelationExample:
    """A document of a corpus with all candidate pairs of the corpus's task, those without a relation too.

    `document` has gold mentions, their links where gold has identifiers, and the sentences of our splitter. `group` is
    what the lists of exclusions name: the PMID, or the corpus's own identifier where there is none.
    """

    corpus: str
    document: AnnotatedDocument
    entities: tuple[Entity, ...]
    pairs: tuple[Pair, ...]
    group: str = ""


@dataclass(frozen=True, slots=True)
class Annotation:
    """A mention as a corpus gives it: `key` is what the corpus's relations call it."""

    key: str
    start: int
    end: int
    text: str
    type: str
    concepts: tuple[str, ...] = ()


def with_mentions(document: Document, annotations: Iterable[Annotation]) -> tuple[AnnotatedDocument, dict[str, int]]:
    """Return the document with sentences and mentions, and the place of each annotation's mention by its key.

    Raises:
        InputError: the text of an annotation is not at its offsets.
    """
    in_order = sorted(annotations, key=lambda a: (a.start, a.end, a.type))
    for annotation in in_order:
        there = document.text[annotation.start : annotation.end]
        if there != annotation.text:
            where = f"{document.id}, {annotation.start}-{annotation.end}"
            raise InputError(f"{where}: the annotation says {annotation.text!r}, the text there is {there!r}")
    annotated = AnnotatedDocument(
        document,
        sentences.of_document(document),
        tuple(Mention(a.start, a.end, a.text, a.type, GOLD) for a in in_order),
        tuple(tuple(map(Link, a.concepts)) for a in in_order),
    )
    return annotated, {annotation.key: place for place, annotation in enumerate(in_order)}


def sentence_of(annotated: AnnotatedDocument, place: int) -> int:
    """Return the place of the sentence in which a mention begins."""
    start = annotated.mentions[place].start
    return max(0, bisect_right(annotated.sentences, start, key=lambda span: span[0]) - 1)


def titled(identifier: str, title: str, abstract: str) -> Document:
    """Return a document of a title and an abstract; it has no passage for what is empty."""
    passages = (Passage("title", title), Passage("abstract", abstract))
    return Document(identifier, tuple(passage for passage in passages if passage.text))


def by_hash(group: str, *, tested: int = 1) -> Part:
    """Return the part of a group of a corpus without parts of its own: a tenth is `dev`, `tested` tenths are `test`.

    The group alone decides, so that an abstract of several corpora is in the same part of each.
    """
    number = bucket(group)
    if number < tested:
        return "test"
    return "dev" if number == tested else "train"


def bucket(group: str) -> int:
    """Return a number from 0 to 9 that depends on the group alone."""
    return int(hashlib.sha256(group.encode()).hexdigest(), 16) % 10


def table(path: Path) -> Iterator[dict[str, str]]:
    """Yield the rows of a TSV file with a header.

    Raises:
        InputError: there is no such file.
    """
    with _opened(path) as stream:
        yield from csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)


def rows(path: Path, columns: int) -> Iterator[list[str]]:
    """Yield the rows of a TSV file without a header.

    Raises:
        InputError: there is no such file, or a row has another number of columns.
    """
    with _opened(path) as stream:
        for line in stream:
            row = line.rstrip("\r\n").split("\t")
            if len(row) != columns:
                raise InputError(f"{path}: expected {columns} columns, got {len(row)}: {line[:60]!r}")
            yield row


def _opened(path: Path) -> TextIO:
    return existing(path).open(encoding="utf-8", newline="")


def existing(path: Path) -> Path:
    """Return the path of a file of a corpus.

    Raises:
        InputError: there is no such file.
    """
    if not path.exists():
        raise InputError(f"no {path}: unpack the corpora first (docs/corpora.md)")
    return path


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a corpus that comes in sentences: `entities` are its mentions, with offsets into `text`."""

    id: str
    text: str
    entities: tuple[Annotation, ...]


def of_sentences(identifier: str, group: Sequence[Sentence]) -> tuple[AnnotatedDocument, dict[str, int]]:
    """Return sentences as one document, a passage each, and the places of their mentions by key.

    A passage each keeps the corpus's own boundaries, which our splitter may divide further but does not join.
    """
    document = Document(identifier, tuple(Passage("paragraph", sentence.text) for sentence in group))
    moved = (
        Annotation(a.key, a.start + offset, a.end + offset, a.text, a.type, a.concepts)
        for offset, sentence in zip(document.starts, group, strict=True)
        for a in sentence.entities
    )
    return with_mentions(document, moved)


def spanned(
    key: str, spans: str, text: str, type_: str, within: str, types: Mapping[str, str], ids: str = ""
) -> Annotation:
    """Return an annotation of the common TSV form; a mention in pieces becomes the stretch from first to last.

    Raises:
        InputError: the text of the annotation is not at its offsets.
    """
    pieces = [tuple(map(int, piece.split("-"))) for piece in spans.split(";")]
    there = " ".join(within[start:end] for start, end in pieces)
    start, end = min(piece[0] for piece in pieces), max(piece[1] for piece in pieces)
    # EU-ADR's targets give the hull of a mention in pieces, and the words of the pieces as its text.
    if there != text and not _is_within(text, there):
        raise InputError(f"{key}, {spans}: the annotation says {text!r}, the text there is {there!r}")
    concepts = tuple(dict.fromkeys(filter(None, ids.split("|"))))
    return Annotation(key, start, end, within[start:end], our_type(type_, types), concepts)


def _is_within(words: str, text: str) -> bool:
    """Say whether the words stand in the text in this order, first and last at its ends."""
    wanted = words.split()
    remaining = iter(text.split())
    return text.startswith(wanted[0]) and text.endswith(wanted[-1]) and all(word in remaining for word in wanted[1:-1])


def mention_entities(annotated: AnnotatedDocument, places: Mapping[str, int]) -> tuple[Entity, ...]:
    """Return an entity for each mention, at the same place as the mention."""
    names = {place: key for key, place in places.items()}
    return tuple(Entity(names[place], mention.type, (place,)) for place, mention in enumerate(annotated.mentions))


def concept_entities(annotated: AnnotatedDocument, types: Iterable[str]) -> tuple[Entity, ...]:
    """Return an entity for each concept that mentions of these types name, by first mention."""
    allowed = frozenset(types)
    places: dict[tuple[str, str], list[int]] = {}
    for place, (mention, links) in enumerate(annotated.linked()):
        if mention.type in allowed:
            for link in dict.fromkeys(links):
                places.setdefault((link.concept, mention.type), []).append(place)
    return tuple(Entity(concept, type_, tuple(mentions)) for (concept, type_), mentions in places.items())


def ordered(entities: Sequence[Entity], a: int, b: int) -> tuple[int, int]:
    """Return a pair without direction as subject and object: by type, then by first mention."""

    def key(place: int) -> tuple[int, int, int]:
        entity = entities[place]
        rank = TYPE_ORDER.index(entity.type) if entity.type in TYPE_ORDER else len(TYPE_ORDER)
        return rank, entity.mentions[0], place

    return (a, b) if key(a) <= key(b) else (b, a)


def together(annotated: AnnotatedDocument) -> Iterator[tuple[int, int]]:
    """Yield each two mentions that begin in one sentence, the earlier one first."""
    sentence_places = [sentence_of(annotated, place) for place in range(len(annotated.mentions))]
    starts = [0, *(place + 1 for place, (a, b) in enumerate(pairwise(sentence_places)) if a != b), len(sentence_places)]
    for first, last in pairwise(starts):
        for a in range(first, last):
            for b in range(a + 1, last):
                yield a, b
