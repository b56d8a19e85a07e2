"""Documents as rows of the `read` stage, and back."""

from dataclasses import asdict
from typing import Any

import pyarrow as pa

from bioweft.records import AnnotatedDocument, Deletion, Document, Link, Mention, MeshHeading, Passage
from bioweft.store.schemas import READ


def to_row(record: Document | AnnotatedDocument | Deletion, *, input_number: int) -> dict[str, Any]:
    """Return the row of a record that came from the batch's input `input_number`."""
    if isinstance(record, Deletion):
        return {"id": record.id, "deleted": True, "input": input_number}
    if isinstance(record, AnnotatedDocument):
        mentions = [{**asdict(m), "links": [asdict(link) for link in links]} for m, links in record.linked()]
        return {**to_row(record.document, input_number=input_number), "mentions": mentions}
    return {
        "id": record.id,
        "deleted": False,
        "input": input_number,
        "year": record.year,
        "journal": record.journal,
        "title": record.title,
        "doi": record.doi,
        "pmid": record.pmid or pmid_of(record.id),
        "authors": list(record.authors),
        "pmcid": record.pmcid,
        "language": record.language,
        "licence": record.licence,
        "flags": list(record.flags),
        "mesh": [{"id": heading.id, "name": heading.name, "major": heading.major} for heading in record.mesh],
        "version": record.version,
        "passages": [{"kind": p.kind, "label": p.label, "text": p.text} for p in record.passages],
    }


def pmid_of(id: str) -> str | None:
    """Return the PMID that an id is, if it is one."""
    prefix, _, local = id.partition(":")
    return local if prefix == "pmid" else None


def to_table(rows: list[dict[str, Any]]) -> pa.Table:
    """Return rows of `to_row` as a table of the `read` stage."""
    return pa.Table.from_pylist(rows, schema=READ)


def from_row(row: dict[str, Any]) -> Document:
    """Return the document of a row that is no deletion."""
    return Document(
        id=row["id"],
        passages=tuple(Passage(p["kind"], p["text"], p["label"]) for p in row["passages"]),
        year=row["year"],
        journal=row["journal"],
        doi=row["doi"],
        pmcid=row["pmcid"],
        language=row["language"],
        licence=row["licence"],
        flags=tuple(row["flags"]),
        mesh=tuple(MeshHeading(m["id"], m["name"], m["major"]) for m in row["mesh"]),
        version=row["version"],
        pmid=row["pmid"],
        authors=tuple(row["authors"]),
    )


def kept(row: dict[str, Any]) -> AnnotatedDocument | None:
    """Return the document of a row with the annotations that came with it; None where it is to be tagged."""
    if row["mentions"] is None:
        return None
    mentions, links = [], []
    for mention in row["mentions"]:
        links.append(tuple(_link(link) for link in mention.pop("links")))
        mentions.append(Mention(**mention))
    return AnnotatedDocument(from_row(row), mentions=tuple(mentions), links=tuple(links))


def _link(row: dict[str, Any]) -> Link:
    return Link(**{**row, "candidates": tuple(row["candidates"])})


def current(table: pa.Table) -> list[Document]:
    """Return the documents of a shard in order, of several records of one id only the one that counts."""
    return [from_row(row) for row in current_rows(table)]


def current_rows(table: pa.Table) -> list[dict[str, Any]]:
    """Return the rows of the documents of a shard in order, of several of one id only the one that counts.

    Which one counts is what `bioweft.store.index` says of all shards together: the later input, there the higher
    version, there the later row; a deletion comes after all records of its input.
    """
    keys = table.select(["id", "input", "deleted", "version"]).to_pylist()
    winner: dict[str, tuple[tuple[int, bool, int, int], int]] = {}
    for row, key in enumerate(keys):
        rank = (key["input"], key["deleted"], key["version"] or 0, row)
        if key["id"] not in winner or rank > winner[key["id"]][0]:
            winner[key["id"]] = (rank, row)
    rows = sorted(row for _, row in winner.values() if not keys[row]["deleted"])
    taken: list[dict[str, Any]] = table.take(pa.array(rows, pa.int64())).to_pylist()
    return taken
