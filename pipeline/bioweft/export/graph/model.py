"""The knowledge graph of a run as exports are given it: nodes, edges, and the statements behind an edge."""

from dataclasses import dataclass

RELATION = "relation"
COOCCURRENCE = "cooccurrence"
KINDS = (RELATION, COOCCURRENCE)


@dataclass(frozen=True, slots=True)
class Node:
    """A concept: the columns are those of the result `concepts`.

    `number` counts the nodes of the graph from 0, in the order of their ids.
    """

    number: int
    id: str
    name: str
    type: str
    synonyms: tuple[str, ...] = ()
    xrefs: tuple[str, ...] = ()
    taxon: str | None = None
    documents: int | None = None
    mentions: int | None = None
    first_year: int | None = None
    last_year: int | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of a document that says or denies the triple of an edge.

    `publication` is the document by its PubMed id, DOI or PMC id, the first of these that it has, else by its own id.
    `text` is the sentence, or that of the subject and that of the object with ` … ` between; `subject` and `object` are
    the mentions in it, `cue` what denies it or makes it a guess. These are None where sentences were not asked for.
    """

    document: str
    publication: str
    year: int | None
    probability: float
    negated: bool
    speculative: bool
    retracted: bool
    text: str | None = None
    subject: str | None = None
    object: str | None = None
    cue: str | None = None


@dataclass(frozen=True, slots=True)
class Edge:
    """A statement of texts on two concepts (`relation`), or their being in the same texts (`cooccurrence`).

    The columns are those of the result tables; what an edge of a kind does not have is None. `weight` is documents
    times probability, or times NPMI by document. `subject_number` and `object_number` are the numbers of the nodes.
    `together` are publications that have both concepts of a pair.
    """

    id: str
    kind: str
    subject: str
    subject_name: str
    subject_type: str
    predicate: str
    qualifiers: str
    object: str
    object_name: str
    object_type: str
    documents: int
    sentences: int
    weight: float | None
    probability: float | None = None
    negated: int | None = None
    speculative: int | None = None
    retracted: int | None = None
    first_year: int | None = None
    last_year: int | None = None
    npmi_documents: float | None = None
    npmi_sentences: float | None = None
    subject_number: int = 0
    object_number: int = 0
    statements: tuple[Statement, ...] = ()
    together: tuple[str, ...] = ()

    @property
    def is_denied(self) -> bool:
        """True where documents deny it, and none says it."""
        return self.documents == 0

    @property
    def publications(self) -> list[str]:
        """The documents that say it, or those that deny it where none says it; of a pair some that have both concepts.

        Retracted ones are left out.
        """
        if self.kind == COOCCURRENCE:
            return list(self.together)
        statements = (s for s in self.statements if not s.retracted and s.negated == self.is_denied)
        return list(dict.fromkeys(statement.publication for statement in statements))

    @property
    def supporting_text(self) -> list[str]:
        """The sentences of `publications`, as many as were asked for."""
        statements = (s for s in self.statements if not s.retracted and s.negated == self.is_denied)
        return list(dict.fromkeys(statement.text for statement in statements if statement.text is not None))
