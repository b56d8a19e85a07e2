"""The dictionary file: concepts with their terms, as Parquet. Building one is `bioweft.lexicon.build`'s business."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from bioweft.errors import DictionaryError
from bioweft.records import Concept, Term

FORMAT_VERSION = "1"

SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("name", pa.string()),
        ("type", pa.string()),
        ("terms", pa.list_(pa.struct([("text", pa.string()), ("status", pa.string())]))),
        ("xrefs", pa.list_(pa.string())),
        ("parents", pa.list_(pa.string())),
    ]
)


def write(path: Path, concepts: Iterable[Concept], *, metadata: dict[str, str] | None = None) -> None:
    """Write concepts to a dictionary file; the same concepts give the same bytes."""
    rows = [
        {
            "id": concept.id,
            "name": concept.name,
            "type": concept.type,
            "terms": [{"text": term.text, "status": term.status} for term in concept.terms],
            "xrefs": list(concept.xrefs),
            "parents": list(concept.parents),
        }
        for concept in concepts
    ]
    schema = SCHEMA.with_metadata({"bioweft_dictionary": FORMAT_VERSION, **(metadata or {})})
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), path, compression="zstd", compression_level=22)


def read_table(path: Path) -> pa.Table:
    """Return the dictionary as an Arrow table of `SCHEMA`.

    Raises:
        DictionaryError: the file is missing, no dictionary, or of another version.
    """
    try:
        table = pq.read_table(path)
    except FileNotFoundError as error:
        raise DictionaryError(f"no dictionary file {path}") from error
    except (pa.ArrowInvalid, OSError) as error:
        raise DictionaryError(f"{path} is not a dictionary file: {error}") from error
    version = (table.schema.metadata or {}).get(b"bioweft_dictionary", b"none").decode()
    if version != FORMAT_VERSION:
        raise DictionaryError(
            f"{path} is a dictionary of format {version}, this bioweft reads {FORMAT_VERSION}; "
            "build it again with `bioweft dictionary build`"
        )
    return table


def read(path: Path) -> Iterator[Concept]:
    """Yield the concepts of a dictionary file.

    Raises:
        DictionaryError: as `read_table`.
    """
    for row in read_table(path).to_pylist():
        yield Concept(
            id=row["id"],
            name=row["name"],
            type=row["type"],
            terms=tuple(Term(term["text"], term["status"]) for term in row["terms"]),
            xrefs=tuple(row["xrefs"]),
            parents=tuple(row["parents"]),
        )
