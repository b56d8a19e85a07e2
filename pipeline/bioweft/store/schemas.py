"""The columns of everything that a run stores, one Arrow schema a table, and how they are written.

The stage tables lie shard by shard under `shards/<stage>/`; the result tables under `results/`. Sentences are numbered
from 0 within their document, and all offsets are code points into the document's text.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, get_type_hints

import pyarrow as pa
import pyarrow.parquet as pq

from bioweft.errors import DamagedError
from bioweft.store.columns import TripleColumns, Year
from bioweft.store.seals import is_shortage

PASSAGE = pa.struct([("kind", pa.string()), ("label", pa.string()), ("text", pa.string())])
MESH = pa.struct([("id", pa.string()), ("name", pa.string()), ("major", pa.bool_())])

CANDIDATES = pa.list_(pa.string())
LINK = pa.struct(
    [("concept", pa.string()), ("score", pa.float64()), ("reason", pa.string()), ("candidates", CANDIDATES)]
)
KEPT_MENTION = pa.struct(
    [
        ("start", pa.int32()),
        ("end", pa.int32()),
        ("text", pa.string()),
        ("type", pa.string()),
        ("tagger", pa.string()),
        ("score", pa.float64()),
        ("links", pa.list_(LINK)),
    ]
)

_ABOUT_DOCUMENT = [
    ("year", pa.int16()),
    ("journal", pa.string()),
    ("title", pa.string()),
    ("pmid", pa.string()),
    ("pmcid", pa.string()),
    ("doi", pa.string()),
    ("authors", pa.list_(pa.string())),
    ("language", pa.string()),
    ("licence", pa.string()),
    ("flags", pa.list_(pa.string())),
    ("mesh", pa.list_(MESH)),
    ("version", pa.int16()),
]

READ = pa.schema(
    [
        ("id", pa.string()),
        ("deleted", pa.bool_()),
        ("input", pa.int32()),
        *_ABOUT_DOCUMENT,
        ("passages", pa.list_(PASSAGE)),
        ("mentions", pa.list_(KEPT_MENTION)),
    ]
)
"""Stage `read`: a row a record, in the order of the batch's inputs, which `input` numbers; a deletion has no more.

`mentions` are annotations of the source that are kept; null where the document is to be tagged.
"""

SENTENCES = pa.schema([("document", pa.string()), ("sentence", pa.int32()), ("start", pa.int32()), ("end", pa.int32())])
"""Stage `sentences`."""

_MENTION = [
    ("document", pa.string()),
    ("sentence", pa.int32()),
    ("start", pa.int32()),
    ("end", pa.int32()),
    ("text", pa.string()),
    ("type", pa.string()),
    ("tagger", pa.string()),
    ("score", pa.float32()),
]

TAGGED = pa.schema([*_MENTION, ("links", pa.list_(LINK))])
"""Stage `tag`: mentions in document order, then by start; `sentence` is the one in which the mention starts.

`links` are those that came with a mention that was kept; null where linking is to make them.
"""

MENTIONS = pa.schema(
    [
        *_MENTION,
        ("concept", pa.string()),
        ("link_score", pa.float32()),
        ("reason", pa.string()),
        ("candidates", CANDIDATES),
    ],
)
"""Stage `link`: a row a mention, or several where it names several concepts.

`candidates` are the concepts that the mention was linked from, the best first: more than one where it is ambiguous.
"""

_SPANS = [
    ("subject_start", pa.int32()),
    ("subject_end", pa.int32()),
    ("subject_type", pa.string()),
    ("object_start", pa.int32()),
    ("object_end", pa.int32()),
    ("object_type", pa.string()),
    ("object_sentence", pa.int32()),
]
_JUDGED = [
    ("probability", pa.float32()),
    ("negated", pa.bool_()),
    ("speculative", pa.bool_()),
    ("cue_start", pa.int32()),
    ("cue_end", pa.int32()),
    ("model", pa.string()),
]

RELATIONS = pa.schema(
    [
        ("document", pa.string()),
        ("sentence", pa.int32()),
        ("subject", pa.string()),
        ("predicate", pa.string()),
        ("object", pa.string()),
        ("qualifiers", pa.string()),
        *_SPANS,
        *_JUDGED,
    ]
)
"""Stage `relate`: a row a relation of two concepts and the two mentions that stand for it.

`predicate` is one of the Biolink model, `qualifiers` its names and values as `name=value`, by name and joined by `;`,
empty where there are none. `sentence` is that of the subject's mention, `object_sentence` that of the object's.
`probability` is calibrated. `negated` says that the text denies it, `speculative` that the text has it as a guess; the
cue, null where there is none, is the stretch that does so.
"""

COUNTS = pa.schema(
    [
        ("kind", pa.string()),
        ("a", pa.string()),
        ("b", pa.string()),
        ("type", pa.string()),
        ("year", pa.int16()),
        ("documents", pa.int64()),
        ("mentions", pa.int64()),
        ("sentences", pa.int64()),
        ("taggers", pa.list_(pa.string())),
    ]
)
"""Stage `count`: partial sums over a shard's live documents, to be added up.

`kind` = `total`: per year (null where unknown) the documents and sentences. `kind` = `abstract`: the documents that
have an abstract. `kind` = `concept`: per concept `a`, its type and year, the documents, mentions and sentences that
hold it, and the taggers that found it. `kind` = `pair`: per pair of concepts `a` < `b` (type and year null) the
documents and sentences that hold both (sentences may be 0). `kind` = `linked`, `unlinked` and `ambiguous`: per type the
mentions that are so.
"""

CONCEPTS = pa.schema(
    [
        ("id", pa.string()),
        ("name", pa.string()),
        ("type", pa.string()),
        ("terms", pa.list_(pa.string())),
        ("xrefs", pa.list_(pa.string())),
        ("taxon", pa.string()),
        ("homologs", pa.string()),
    ]
)
"""The concepts of the dictionaries, as results describe them."""

FILES = pa.schema([("stage", pa.string()), ("shard", pa.string()), ("file", pa.string())])
"""The files in a run folder that a set of results is made of: tables of shards, and, without a shard, other files."""

_FORM = pa.struct([("text", pa.string()), ("mentions", pa.int64())])

RESULT_DOCUMENTS = pa.schema(
    [("id", pa.string()), ("other_ids", pa.list_(pa.string())), *_ABOUT_DOCUMENT, ("shard", pa.string())]
)
"""Result `documents`: the live ones by id; `shard` says where the text is.

`other_ids` are those of the same paper from other sources, which do not count (`bioweft.store.papers`).
"""

RESULT_MENTIONS = pa.schema(
    [
        ("concept", pa.string()),
        ("document", pa.string()),
        ("year", pa.int16()),
        *[field for field in MENTIONS if field.name not in ("concept", "document")],
        ("shard", pa.string()),
    ]
)
"""Result `mentions`: of the live documents, by concept, then document and start, so that a query reads one stretch."""

RESULT_CONCEPTS = pa.schema(
    [
        ("id", pa.string()),
        ("name", pa.string()),
        ("type", pa.string()),
        ("terms", pa.list_(pa.string())),
        ("xrefs", pa.list_(pa.string())),
        ("taxon", pa.string()),
        ("homologs", pa.string()),
        ("forms", pa.list_(_FORM)),
        ("keys", pa.list_(pa.uint64())),
        ("documents", pa.int64()),
        ("mentions", pa.int64()),
        ("first_year", pa.int16()),
        ("last_year", pa.int16()),
    ]
)
"""Result `concepts`: those that the run found.

`forms` are the strings that name the concept in the texts, the ten most frequent; case and spaces are not told apart.
`keys` are the keys of its terms and forms (`bioweft.link.keys`), by which a query finds it. Of a gene `taxon` is the
species and `homologs` the group of genes that are its homologs.
"""

RESULT_COOCCURRENCE = pa.schema(
    [
        ("a", pa.string()),
        ("a_name", pa.string()),
        ("a_type", pa.string()),
        ("b", pa.string()),
        ("b_name", pa.string()),
        ("b_type", pa.string()),
        ("documents", pa.int64()),
        ("sentences", pa.int64()),
        ("npmi_documents", pa.float64()),
        ("npmi_sentences", pa.float64()),
    ]
)
"""Result `cooccurrence`: pairs `a` < `b`."""

RESULT_RANKINGS = pa.schema(
    [
        ("type", pa.string()),
        ("rank", pa.int32()),
        ("concept", pa.string()),
        ("name", pa.string()),
        ("documents", pa.int64()),
        ("mentions", pa.int64()),
        ("first_year", pa.int16()),
        ("last_year", pa.int16()),
        ("share", pa.float64()),
        ("log_odds", pa.float64()),
        ("z", pa.float64()),
        ("trend", pa.float64()),
        ("taggers", pa.list_(pa.string())),
        ("years", pa.list_(pa.struct([("year", pa.int16()), ("documents", pa.int64())]))),
        ("forms", pa.list_(pa.string())),
    ]
)
"""Result `rankings`: per type, most documents first; `forms` are the strings that name the concept in the texts."""

_ARROW = {str: pa.string(), int: pa.int64(), float | None: pa.float64(), Year: pa.int16()}

RESULT_RELATIONS = pa.schema(
    [(name, _ARROW[type_]) for name, type_ in get_type_hints(TripleColumns, include_extras=True).items()]
)
"""Result `relations`: a row a triple of subject, predicate with qualifiers, and object, by these.

`edge` names the triple: the same one in every run. `documents` and `sentences` are those that say it. `probability` is
how likely at least one of these documents says it: of each document p is the highest of its sentences, and over the
documents it is 1 - (1 - p1)(1 - p2)…; null where no document says it. Documents are taken for independent, sentences of
one are not counted again. `negated` is the number of documents that deny it; what denies it is in none of the numbers
before, so a document may both say and deny it. `speculative` is how many of `documents` have it as a guess and no more.
`retracted` is the number of retracted documents (and notices of it) that say or deny it; they are in no other number.
`first_year` and `last_year` are of `documents`. Of a predicate that is the same in either order, between concepts of
one type, the subject is the CURIE that comes first.
"""

RESULT_EVIDENCE = pa.schema(
    [
        ("edge", pa.string()),
        ("document", pa.string()),
        ("year", pa.int16()),
        ("sentence", pa.int32()),
        *[(name, type_) for name, type_ in _SPANS if not name.endswith("type")],
        *_JUDGED,
        ("retracted", pa.bool_()),
        ("shard", pa.string()),
    ]
)
"""Result `evidence`: a row a statement that says or denies a triple, by `edge`, then document and sentence.

The columns are those of the stage `relate`; `retracted` says that the document is, `shard` where the text is.
"""

SNAPSHOT = pa.schema(
    [
        ("kind", pa.string()),
        ("id", pa.string()),
        ("type", pa.string()),
        ("name", pa.string()),
        ("subject", pa.string()),
        ("predicate", pa.string()),
        ("qualifiers", pa.string()),
        ("object", pa.string()),
        ("documents", pa.int64()),
        ("probability", pa.float64()),
        ("negated", pa.int64()),
    ]
)
"""Snapshot: the part of a set of results that a run keeps, to say later what has changed; by `kind`, then `id`.

`kind` = `total`: the number of documents. `kind` = `concept`: a concept with type, name and documents. `kind` =
`triple`: an edge with its columns in the result `relations`. `kind` = `retracted`: a document that is retracted, or is
the notice of a retraction.
"""


ROW_GROUP = 64 * 1024
"""Rows of a row group."""

PARQUET: dict[str, Any] = {"compression": "zstd", "compression_level": 3, "write_page_checksum": True}
"""The settings of all writers of a run's tables: the same rows give the same bytes, each page has its checksum."""


def write(table: pa.Table, path: Path) -> None:
    """Write a table as Parquet, the same rows to the same bytes."""
    pq.write_table(table, path, row_group_size=ROW_GROUP, **PARQUET)


def read(path: Path, **selection: Any) -> pa.Table:
    """Return a table of a run, its pages checked; `selection` is as `pyarrow.parquet.read_table` has it.

    Raises:
        DamagedError: it is missing, or not as it was written.
    """
    with _noticing_damage(path):
        return pq.read_table(path, page_checksum_verification=True, **selection)


def read_in_pieces(path: Path, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
    """Yield a table of a run in pieces of a row group at most, their pages checked.

    Raises:
        DamagedError: it is missing, or not as it was written.
    """
    with _noticing_damage(path), pq.ParquetFile(path, page_checksum_verification=True) as file:
        for batch in file.iter_batches(ROW_GROUP, columns=columns):
            yield pa.Table.from_batches([batch])


@contextmanager
def _noticing_damage(path: Path) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        if is_shortage(error):
            raise
        raise DamagedError(path, str(error)) from error


def is_whole(path: Path) -> bool:
    """Say whether a file is there, and a table whose pages are as they were written."""
    try:
        read(path)
    except DamagedError:
        return False
    return True
