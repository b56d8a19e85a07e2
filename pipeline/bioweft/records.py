"""The words that every other part speaks: documents, passages, mentions, links, relations, concepts.

Plain immutable values without behaviour beyond what follows from their fields. How they are stored is the business of
`bioweft.store`; how they are written out, of `bioweft.export`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate, repeat
from typing import Literal

ENTITY_TYPES = ("disease", "chemical", "gene", "species", "cell_line", "cell_type")
"""The types that bioweft's own dictionaries and models know; a user's may bring more."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of a document: its title, an abstract or one labelled section of it, a paragraph.

    `kind` is `title`, `abstract`, `heading`, `paragraph`, `caption` or `table`; `label` is what the source calls the
    section (`METHODS`), which is not part of `text`.
    """

    kind: str
    text: str
    label: str | None = None


@dataclass(frozen=True, slots=True)
class MeshHeading:
    """One MeSH heading that an indexer gave the document: `id` is a CURIE, `mesh:D001943`."""

    id: str
    name: str
    major: bool = False


@dataclass(frozen=True)
class Document:
    """One record of the literature.

    `id` is a CURIE (`pmid:123`, `pmcid:PMC1`, `doi:…`, `cord:ug7v899j`, `file:notes/a.txt`). `text` is the passages
    joined by one newline each, so that for a title and an abstract offsets equal PubTator's. All offsets everywhere
    are Python string offsets (Unicode code points) into `text`, end exclusive.

    `pmid` has the digits alone, `pmcid` begins with `PMC`; `authors` are as the source writes them (`Doe J`), in its
    order. `flags` are sorted words: `retracted`, `retraction-notice`, `erratum`, `expression-of-concern`, `preprint`,
    `book`, `truncated`.
    """

    id: str
    passages: tuple[Passage, ...]
    year: int | None = None
    journal: str | None = None
    doi: str | None = None
    pmcid: str | None = None
    language: str | None = None
    licence: str | None = None
    flags: tuple[str, ...] = ()
    mesh: tuple[MeshHeading, ...] = ()
    version: int = 1
    pmid: str | None = None
    authors: tuple[str, ...] = ()

    @cached_property
    def text(self) -> str:
        """The passages joined by one newline each."""
        return "\n".join(passage.text for passage in self.passages)

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """The offset in `text` at which each passage begins."""
        return tuple(accumulate((len(p.text) + 1 for p in self.passages[:-1]), initial=0)) if self.passages else ()

    @property
    def title(self) -> str:
        """The text of the title passage, or nothing."""
        return next((passage.text for passage in self.passages if passage.kind == "title"), "")

    @property
    def has_abstract(self) -> bool:
        """Whether any abstract passage holds text."""
        return any(passage.kind == "abstract" and passage.text for passage in self.passages)


@dataclass(frozen=True, slots=True)
class Deletion:
    """The source says that the document `id` is no more."""

    id: str


@dataclass(frozen=True, slots=True)
class Reject:
    """Something that could not be read and why; `position` says where in `source` (`record 17`, `line 3`, `PMID 5`)."""

    source: str
    position: str
    reason: str


DICTIONARY = "dictionary"
"""Value of `Mention.tagger` for a mention that dictionaries found."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A stretch of a document's text that names something of a type; what it means is said by its links.

    `tagger` is the method (`dictionary`, a model's name, `gold`); `score` is a calibrated probability, 1.0 for a
    dictionary.
    """

    start: int
    end: int
    text: str
    type: str
    tagger: str = DICTIONARY
    score: float = 1.0


@dataclass(frozen=True, slots=True)
class Link:
    """A concept that a mention names.

    `concept` is a CURIE, `score` the probability that it is right, `reason` why it was chosen, in words (`symbol,
    species in the sentence`; `annotation` where it came with the text); `candidates` are the CURIEs of the best
    concepts that it was chosen from, itself first, where that was recorded.
    """

    concept: str
    score: float = 1.0
    reason: str = "annotation"
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DictionaryHit:
    """A term of a dictionary where it stands in a document: a network is shown it.

    It is no link: what a mention means is decided by linkers, which look its name up anew. `concept` is the CURIE whose
    names made matching take the term, and `reason` its status, or `abbreviation`. Both are None where the dictionaries
    tell the type and no more: an abbreviation of a longer name than they have.
    """

    start: int
    end: int
    type: str
    concept: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Relation:
    """Something that a document says of two concepts.

    `subject` and `object` are CURIEs, `predicate` is one of the Biolink model and `qualifiers` its names and values.
    `subject_mention` and `object_mention` are the places of mentions in the document's `mentions`, `sentence` that of
    the sentence in `sentences`, and `cue` the stretch that negates it or makes it a guess.
    """

    subject: str
    predicate: str
    object: str
    subject_mention: int
    object_mention: int
    sentence: int
    probability: float
    negated: bool = False
    speculative: bool = False
    cue: tuple[int, int] | None = None
    model: str = ""
    qualifiers: tuple[tuple[str, str], ...] = ()


Span = tuple[int, int]
"""Start and end of a stretch of a document's text, end exclusive."""


@dataclass(frozen=True, slots=True)
class AnnotatedDocument:
    """A document with what is known of its text so far: each step adds its part.

    `sentences` are in order and none spans two passages. `mentions` are by start, then end and type; `links` has for
    each of them the concepts that it names, and is empty until something has linked them. `dictionary_hits` are those
    that the tagger was shown, by start.
    """

    document: Document
    sentences: tuple[Span, ...] = ()
    mentions: tuple[Mention, ...] = ()
    links: tuple[tuple[Link, ...], ...] = ()
    relations: tuple[Relation, ...] = ()
    dictionary_hits: tuple[DictionaryHit, ...] = ()

    def tagged(
        self, mentions: Iterable[Mention], dictionary_hits: tuple[DictionaryHit, ...] = ()
    ) -> "AnnotatedDocument":
        """Return the document with these mentions, and nothing of what was known of others."""
        return AnnotatedDocument(self.document, self.sentences, tuple(mentions), dictionary_hits=dictionary_hits)

    def linked(self) -> Iterator[tuple[Mention, tuple[Link, ...]]]:
        """Yield each mention with its links."""
        return zip(self.mentions, self.links or repeat((), len(self.mentions)), strict=True)


Record = Document | AnnotatedDocument | Deletion | Reject
"""Item that a source yields: a document, with annotations where these are to be kept, a deletion or a reject."""

TermStatus = Literal["name", "synonym", "symbol", "previous", "weak"]
"""How well a term names its concept, best first.

`symbol` is a short code whose case means something (gene symbols, cell line names); `previous` was right once; `weak`
is a related, broad or machine-made term that must not win over any other.
"""


@dataclass(frozen=True, slots=True)
class Term:
    """One string that names a concept.

    A `lookup` term tells what a mention means and finds none: it is too short or too common for that (`Zn`, `fever`).
    """

    text: str
    status: TermStatus = "synonym"
    lookup: bool = False


@dataclass(frozen=True, slots=True)
class Concept:
    """One thing of the world: `id` is the canonical CURIE of its type's vocabulary order (docs/design.md).

    Of a gene, `taxon` is the CURIE of its species, `publications` how many papers its database lists for it (of a gene
    of another species than people's: for its human homolog), and `homologs` its group of homologous genes. Of a cell
    line, `taxon` is the species that it is from, and `publications` the number of lines derived from it; of a species,
    `publications` is the number of well-known taxa in its genus. Both say only which of several is meant more likely.
    """

    id: str
    name: str
    type: str
    terms: tuple[Term, ...] = field(default=())
    xrefs: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    taxon: str | None = None
    publications: int = 0
    homologs: str | None = None
