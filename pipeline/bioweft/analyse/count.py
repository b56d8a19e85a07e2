"""The stage `count`: partial sums over the live documents of one shard.

Only sums that add up from shard to shard are kept; what is made of them is the business of `bioweft.analyse.results`.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bioweft.link.by_text import PREFIX as BY_TEXT
from bioweft.store.schemas import COUNTS

_Numbers = NDArray[np.int64]


def count(
    read: pa.Table, sentences: pa.Table, mentions: pa.Table, live: pa.BooleanArray | NDArray[np.bool_]
) -> pa.Table:
    """Return the partial sums of a shard as a table of `bioweft.store.schemas.COUNTS`.

    `live` has one truth value a row of `read`. Of records that share an id at most one is live, and `sentences` and
    `mentions` are of that one. Mentions without a concept are counted by type alone. A concept whose mentions bear
    several types is one row a year, under the first of them.
    """
    documents = read.select(["id", "year"]).filter(pa.array(live)).combine_chunks()
    ids = documents.column("id")
    number = abstracts(read.filter(pa.array(live)))
    sentences = _of_live(sentences.select(["document"]), ids)
    linked = mentions.select(["document", "sentence", "concept", "type", "tagger"]).filter(
        pc.field("concept").is_valid()
    )
    linked = _of_live(linked, ids)
    return pa.concat_tables(
        [
            _concepts(linked, documents.column("year")),
            _pairs(linked),
            _totals(documents.column("year"), sentences.column("document")),
            _table("abstract", documents=np.array([number] if number else [], np.int64)),
            _linking(mentions.filter(pc.is_in(mentions["document"], value_set=ids))),
        ]
    )


def abstracts(read: pa.Table) -> int:
    """Return how many records of a shard have an abstract with text."""
    passages = read["passages"].combine_chunks()
    kind, text = (passages.flatten().field(name) for name in ("kind", "text"))
    is_abstract = pc.and_(pc.equal(kind, "abstract"), pc.not_equal(text, ""))
    return len(pc.unique(pc.list_parent_indices(passages).filter(is_abstract)))


def _of_live(table: pa.Table, ids: pa.ChunkedArray) -> pa.Table:
    """Put the number of the live document in the place of its id, and leave out rows of all others."""
    numbers = pc.index_in(table.column("document"), value_set=ids)
    return table.set_column(0, "document", pc.cast(numbers, pa.int64())).filter(pc.is_valid(numbers))


def _totals(years: pa.ChunkedArray, sentence_documents: pa.ChunkedArray) -> pa.Table:
    sentences = np.bincount(sentence_documents.to_numpy(), minlength=len(years))
    summed = pa.table({"year": years, "sentences": sentences}).group_by("year")
    rows = summed.aggregate([([], "count_all"), ("sentences", "sum")]).sort_by("year")
    return _table("total", year=rows["year"], documents=rows["count_all"], sentences=rows["sentences_sum"])


def _concepts(linked: pa.Table, years: pa.ChunkedArray) -> pa.Table:
    documents = linked.column("document")
    # A sentence of any document as one number: document << 32 | sentence.
    places = pc.add(pc.shift_left(documents, 32), pc.cast(linked.column("sentence"), pa.int64()))
    table = linked.append_column("year", years.take(documents)).append_column("place", places)
    rows = (
        table.group_by(["concept", "year"])
        .aggregate(
            [
                ([], "count_all"),
                ("document", "count_distinct"),
                ("place", "count_distinct"),
                ("type", "min"),
                ("tagger", "distinct"),
            ]
        )
        .sort_by([("concept", "ascending"), ("year", "ascending")])
    )
    return _table(
        "concept",
        a=rows["concept"],
        type=rows["type_min"],
        year=rows["year"],
        documents=rows["document_count_distinct"],
        mentions=rows["count_all"],
        sentences=rows["place_count_distinct"],
        taggers=_sorted_lists(rows["tagger_distinct"].combine_chunks()),
    )


def _linking(mentions: pa.Table) -> pa.Table:
    """Return how many mentions of each type are linked, unlinked and ambiguous.

    A concept that is no more than a text is no identifier; a linked mention of more than one candidate is ambiguous.
    """
    is_linked = pc.fill_null(pc.invert(pc.starts_with(mentions["concept"], BY_TEXT)), fill_value=False)
    is_open = pc.greater(pc.fill_null(pc.list_value_length(mentions["candidates"]), 0), 1)
    # A mention that names several concepts has a row for each.
    each = (
        mentions.select(["type", "document", "start", "end", "tagger"])
        .append_column("linked", pc.cast(is_linked, pa.int64()))
        .append_column("open", pc.cast(is_open, pa.int64()))
        .group_by(["type", "document", "start", "end", "tagger"])
        .aggregate([("linked", "max"), ("open", "max")])
    )
    each = each.append_column("ambiguous", pc.multiply(each["linked_max"], each["open_max"]))
    each = each.append_column("unlinked", pc.subtract(1, each["linked_max"]))
    rows = (
        each.group_by("type")
        .aggregate([("linked_max", "sum"), ("unlinked", "sum"), ("ambiguous", "sum")])
        .sort_by([("type", "ascending")])
    )
    kinds = {"linked": "linked_max_sum", "unlinked": "unlinked_sum", "ambiguous": "ambiguous_sum"}
    return pa.concat_tables(_table(kind, type=rows["type"], mentions=rows[column]) for kind, column in kinds.items())


def _sorted_lists(lists: pa.ListArray) -> pa.ListArray:
    """Return lists with their values in order."""
    values = pa.table({"list": pc.list_parent_indices(lists), "value": lists.flatten()})
    in_order = values.sort_by([("list", "ascending"), ("value", "ascending")])["value"].combine_chunks()
    return pa.ListArray.from_arrays(pc.subtract(lists.offsets, lists.offsets[0]), in_order)


def _pairs(linked: pa.Table) -> pa.Table:
    # Concepts are numbered in the order of their names, so that in every pair a < b.
    names = pc.unique(linked.column("concept")).sort()
    concepts = pc.index_in(linked.column("concept"), value_set=names).to_numpy().astype(np.int64)
    documents = linked.column("document").to_numpy()
    places = (documents << 32) + linked.column("sentence").to_numpy()
    pairs, in_documents = _pairs_within(documents, concepts, among=len(names))
    sentence_pairs, in_sentences = _pairs_within(places, concepts, among=len(names))
    # Every pair of a sentence is a pair of its document; one of different sentences keeps 0.
    sentences = np.zeros(len(pairs), dtype=np.int64)
    sentences[np.searchsorted(pairs, sentence_pairs)] = in_sentences
    first, second = np.divmod(pairs, max(len(names), 1))
    return _table("pair", a=names.take(first), b=names.take(second), documents=in_documents, sentences=sentences)


def _pairs_within(groups: _Numbers, concepts: _Numbers, *, among: int) -> tuple[_Numbers, _Numbers]:
    """Return the pairs of concepts that share a group, as first * `among` + second in order, and in how many groups.

    `groups` and `concepts` are parallel; the concepts are numbers below `among`, and first < second.
    """
    # Number the groups from 0, since a sentence's number, document << 32, times `among` would overflow.
    _, groups = np.unique(groups, return_inverse=True)
    # One row for each concept of a group, sorted by both: a concept twice in a sentence makes no pair with itself.
    # Two groups, of concepts {0, 2, 5} and {1}: group = 0 0 0 1, concept = 0 2 5 1.
    group, concept = np.divmod(np.unique(groups * among + concepts), max(among, 1))
    # How many later rows each row shares its group with: 2 1 0 0.
    partners = np.searchsorted(group, group, side="right") - np.arange(len(group)) - 1
    # Each row once for each of its partners, and how far behind it, less one, the partner lies: 0 0 1 and 0 1 0.
    first = np.repeat(np.arange(len(group)), partners)
    behind = np.arange(len(first)) - np.repeat(np.cumsum(partners) - partners, partners)
    # The pairs (0, 2), (0, 5) and (2, 5), and in how many groups each is.
    pairs, counts = np.unique(concept[first] * among + concept[first + 1 + behind], return_counts=True)
    return pairs, counts


def _table(kind: str, **columns: pa.ChunkedArray | pa.Array | _Numbers) -> pa.Table:
    """Return rows of `COUNTS`; the columns that are not given are null."""
    rows = len(next(iter(columns.values())))
    filled = {"kind": pa.repeat(pa.scalar(kind), rows), **columns}
    return pa.table({field.name: filled.get(field.name, pa.nulls(rows)) for field in COUNTS}).cast(COUNTS)
