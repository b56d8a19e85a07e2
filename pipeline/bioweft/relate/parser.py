"""Dependency trees of sentences, by the shipped parser or another pipeline of spaCy.

Sentences are ours and are not split again: a sentence has one tree. A mention of more than one token becomes one token
of the tree, so that a long chemical name cannot break it; which word the parser reads there is told by `Names`.
"""

import hashlib
import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import metadata
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import numpy as np

from bioweft import resources
from bioweft.checksums import SUMS, verify_sums
from bioweft.errors import InputError
from bioweft.records import AnnotatedDocument, Mention, Span
from bioweft.tag.adapters.base import require
from bioweft.tag.adapters.spacy import install_command, package_folder

Names = Literal["split", "merged", "masked", "last"]
"""What the parser reads for a mention of several tokens.

`split` is its tokens as they are, and the tree has them all. The tree has one token for the mention with `merged`,
where the parser reads its text as one word; `masked`, where it reads `PLACEHOLDER`; and `last`, where it reads the last
word of the mention (`cancer` of `breast cancer`), or `PLACEHOLDER` if no plain word follows the last space.
"""

NAMES: tuple[Names, ...] = ("split", "merged", "masked", "last")

PLACEHOLDER = "protein"
"""The noun that stands for a mention that the parser is not to read."""

JOINED = "dep"
"""The label of a root that was made to depend on the sentence's first."""

_VERSION = 1
"""Version of the code; counts up whenever the same pipeline could give other trees."""

_KEPT = ("tok2vec", "transformer", "curated_transformer", "tagger", "parser")
"""The components of a pipeline that trees need."""

_CHUNK = 64
"""Documents that are parsed at a time."""

_BATCH = 256


@dataclass(frozen=True, slots=True)
class Parse:
    """The dependency tree of a sentence, a value for each token.

    `starts` and `ends` are offsets into the document's text. `heads` are places of tokens; the root's is its own.
    `labels` and `tags` are the pipeline's; of the shipped one those of ClearNLP (`nsubj`) and of the Penn Treebank.
    """

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    heads: tuple[int, ...]
    labels: tuple[str, ...]
    tags: tuple[str, ...]

    @property
    def root(self) -> int:
        """The place of the root."""
        return next(place for place, head in enumerate(self.heads) if head == place)


Wanted = tuple[AnnotatedDocument, Sequence[int]]
"""A document and the places of the sentences whose trees are wanted, in its `sentences`."""


class Parser:
    """Parses sentences with a pipeline of spaCy: the shipped one, a folder, or an installed package."""

    on_gpu = False

    def __init__(self, model: str | Path, *, names: Names = "last") -> None:
        require("spacy", "spacy")
        local = Path(model).expanduser()
        path = local if (local / "config.cfg").exists() else package_folder(str(model))
        if path is None:
            raise InputError(
                f"no spaCy pipeline {str(model)!r}: it is neither a folder with a config.cfg nor an installed package"
                f"\ninstall it with `python {shlex.join(install_command(str(model)))}`, or give the folder of a copy"
            )
        self._model = local if path == local else str(model)
        self.path = path
        self._names = names
        self._pipeline: Any = None
        self.name: str = local.resolve().name if path == local else f"spacy:{model}"

    @cached_property
    def digest(self) -> str:
        """Digest of the pipeline's files, spaCy's version, how mentions are read and the code here."""
        digest = hashlib.sha256(f"{self.name}\n{_VERSION}\n{self._names}\n{metadata.version('spacy')}".encode())
        for path in sorted(path for path in self.path.rglob("*") if path.is_file() and path.name != SUMS):
            digest.update(f"\n{path.relative_to(self.path)}\n".encode() + path.read_bytes())
        return digest.hexdigest()[:16]

    def load(self) -> None:
        """Open the pipeline.

        Raises:
            InputError: it cannot be opened, or has no parser.
        """
        if self._pipeline is not None:
            return
        verify_sums(self.path)
        import spacy

        try:
            components = spacy.util.load_config(self.path / "config.cfg")["nlp"]["pipeline"]
            # A package is opened by its name, so that the code that it brings is run.
            pipeline = spacy.load(self._model, exclude=[name for name in components if name not in _KEPT])
        except Exception as error:  # a damaged or foreign file makes spaCy raise whatever it stumbles upon
            raise InputError(f"{self.path} cannot be opened as a spaCy pipeline: {error}") from error
        if "parser" not in pipeline.pipe_names:
            raise InputError(f"{self.name} has no parser; its components: {', '.join(components)}")
        self._pipeline = pipeline

    def parse(self, documents: Iterable[Wanted]) -> Iterator[tuple[Parse, ...]]:
        """Yield for each document the trees of the sentences wanted, in the order given.

        The tree of a sentence does not depend on what is parsed with it.
        """
        self.load()
        remaining = iter(documents)
        while chunk := list(islice(remaining, _CHUNK)):
            # The zone forgets the words of the chunk, which else would be kept for ever. It must not be open while the
            # caller works, who may parse something else.
            with self._pipeline.memory_zone():
                parses = iter(list(self._parse(chunk)))
            for _, places in chunk:
                yield tuple(islice(parses, len(places)))

    def _parse(self, chunk: Sequence[Wanted]) -> Iterator[Parse]:
        tokens = [self._tokens(annotated, place) for annotated, places in chunk for place in places]
        docs = self._pipeline.pipe(map(self._doc, tokens), batch_size=_BATCH)
        for doc, sentence in zip(docs, tokens, strict=True):
            yield _tree(doc, [span for span, _ in sentence])

    def _tokens(self, annotated: AnnotatedDocument, place: int) -> list[tuple[Span, str]]:
        """Return the span and the word of each token of a sentence, mentions whole."""
        start, end = annotated.sentences[place]
        doc = self._pipeline.make_doc(annotated.document.text[start:end])
        tokens = [((start + t.idx, start + t.idx + len(t)), t.text) for t in doc if not t.is_space]
        if self._names == "split":
            return tokens
        inside = [mention for mention in annotated.mentions if start < mention.end and mention.start < end]
        return self._with_names(tokens, inside)

    def _with_names(self, tokens: list[tuple[Span, str]], mentions: Sequence[Mention]) -> list[tuple[Span, str]]:
        """Return the tokens, those within a mention as one; of mentions that overlap the longest counts."""
        group_ends: dict[int, int] = {}
        taken: set[int] = set()
        for mention in sorted(mentions, key=lambda m: (m.start - m.end, m.start)):
            places = [p for p, ((s, e), _) in enumerate(tokens) if mention.start <= s and e <= mention.end]
            if len(places) > 1 and taken.isdisjoint(places):
                taken.update(places)
                group_ends[places[0]] = places[-1]
        result, place = list[tuple[Span, str]](), 0
        while place < len(tokens):
            last = group_ends.get(place, place)
            span = tokens[place][0][0], tokens[last][0][1]
            words = [word for _, word in tokens[place : last + 1]]
            spaced = tokens[last - 1][0][1] < tokens[last][0][0]
            result.append((span, words[0] if last == place else self._word(words, spaced=spaced)))
            place = last + 1
        return result

    def _word(self, words: Sequence[str], *, spaced: bool) -> str:
        """Return what the parser reads for a mention of these words; `spaced`: the last follows a space."""
        if self._names == "merged":
            return "".join(words)
        # Not the last of 2-(4-chlorophenoxy)ethanol.
        return words[-1] if self._names == "last" and spaced and words[-1].isalpha() else PLACEHOLDER

    def _doc(self, tokens: Sequence[tuple[Span, str]]) -> Any:
        from spacy.tokens import Doc

        ends = [span[1] for span, _ in tokens]
        spaces = [end < start for end, ((start, _), _) in zip(ends, tokens[1:], strict=False)] + [False]
        return Doc(
            self._pipeline.vocab,
            words=[word for _, word in tokens],
            spaces=spaces[: len(tokens)],
            sent_starts=[place == 0 for place in range(len(tokens))],  # so that the parser does not split it
        )


def _tree(doc: Any, spans: Sequence[Span]) -> Parse:
    """Return the tree of a parsed sentence; roots after the first depend on it."""
    places = np.arange(len(doc))
    heads, labels, tags = (doc.to_array([name]).ravel() for name in ("HEAD", "DEP", "TAG"))
    heads = places + heads.view(np.int64)  # spaCy's are relative
    strings = doc.vocab.strings
    names = [strings[label] for label in labels]
    roots = np.flatnonzero(heads == places)
    for place in roots[1:].tolist():
        heads[place], names[place] = roots[0], JOINED
    starts, ends = zip(*spans, strict=True) if spans else ((), ())
    return Parse(tuple(starts), tuple(ends), tuple(heads.tolist()), tuple(names), tuple(strings[tag] for tag in tags))


def open_parser(name: str = "default", *, names: Names = "last") -> Parser:
    """Return a parser: `default`, the shipped one; `spacy:PACKAGE`; or the folder of a pipeline of spaCy.

    Raises:
        InputError: there is none of that name, with the command that installs it.
    """
    if name == "default":
        return Parser(resources.parser(), names=names)
    kind, colon, package = name.partition(":")
    if colon and kind == "spacy":
        return Parser(package, names=names)
    if not (Path(name).expanduser() / "config.cfg").exists():
        raise InputError(
            f"no parser {name!r}: it must be `default`, `spacy:PACKAGE` or the folder of a pipeline of spaCy"
        )
    return Parser(name, names=names)
