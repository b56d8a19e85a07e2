"""The columns of everything that a run stores, one Arrow schema a table, and how they are written.

The stage tables lie shard by shard under `shards/<stage>/`; the result tables under `results/`. Sentences are numbered
from 0 within their document, and all offsets are code points into the document's text.
"""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

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
    ("doi", pa.string()),
    ("pmcid", pa.string()),
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

`kind` = `total`: per year (null where unknown) the documents and sentences. `kind` = `concept`: per concept `a`, its
type and year, the documents, mentions and sentences that hold it, and the taggers that found it. `kind` = `pair`: per
pair of concepts `a` < `b` (type and year null) the documents and sentences that hold both (sentences may be 0).
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

_FORM = pa.struct([("text", pa.string()), ("mentions", pa.int64())])

RESULT_DOCUMENTS = pa.schema([("id", pa.string()), *_ABOUT_DOCUMENT, ("shard", pa.string())])
"""Result `documents`: the live ones by id; `shard` says where the text is."""

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


def write(table: pa.Table, path: Path) -> None:
    """Write a table as Parquet with the one writer setting that gives the same bytes for the same rows."""
    pq.write_table(
        table, path, compression="zstd", compression_level=3, row_group_size=64 * 1024, write_statistics=True
    )
