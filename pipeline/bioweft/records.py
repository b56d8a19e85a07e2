"""The words that every other part speaks: documents, passages, sentences, mentions, concepts.

Plain immutable values without behaviour beyond what follows from their fields. How they are stored is the business of
`bioweft.store`; how they are written out, of `bioweft.export`.
"""

from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
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

    `flags` are sorted words: `retracted`, `retraction-notice`, `erratum`, `expression-of-concern`, `preprint`, `book`,
    `truncated`.
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


Record = Document | Deletion | Reject
"""What a source yields."""


LinkReason = Literal["name", "synonym", "abbreviation", "annotation"]


@dataclass(frozen=True, slots=True)
class Mention:
    """A stretch of a document's text that names something of a type.

    `tagger` is the method (`dictionary`, a model's name, `gold`); `score` is a calibrated probability, 1.0 for a
    dictionary. `concept` is the CURIE that the mention is linked to, `link_score` how sure that is, `reason` by what;
    all three are None where it is not linked.
    """

    start: int
    end: int
    text: str
    type: str
    tagger: str = "dictionary"
    score: float = 1.0
    concept: str | None = None
    link_score: float | None = None
    reason: LinkReason | None = None


Span = tuple[int, int]
"""Start and end of a stretch of a document's text, end exclusive."""


@dataclass(frozen=True, slots=True)
class AnnotatedDocument:
    """A document with what is known of its text, so far: each step adds its part and changes nothing else.

    `sentences` are in order and none spans two passages. `mentions` are by start, then end and type.
    """

    document: Document
    sentences: tuple[Span, ...] = ()
    mentions: tuple[Mention, ...] = ()


TermStatus = Literal["name", "synonym", "symbol", "previous", "weak"]
"""How well a term names its concept, best first.

`symbol` is a short code whose case means something (gene symbols, cell line names); `previous` was right once; `weak`
is a related, broad or machine-made term that must not win over any other.
"""


@dataclass(frozen=True, slots=True)
class Term:
    """One string that names a concept."""

    text: str
    status: TermStatus = "synonym"


@dataclass(frozen=True, slots=True)
class Concept:
    """One thing of the world: `id` is the canonical CURIE of its type's vocabulary order (docs/design.md)."""

    id: str
    name: str
    type: str
    terms: tuple[Term, ...] = field(default=())
    xrefs: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
