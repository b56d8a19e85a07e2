"""The dictionary file: concepts with their terms, as Parquet. `bioweft.lexicon.build` makes them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bioweft.atomic import atomic
from bioweft.errors import DictionaryError
from bioweft.records import Concept, Term

FORMAT_VERSION = "2"

_ROWS_AT_ONCE = 32 * 1024

SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("name", pa.string()),
        ("type", pa.string()),
        ("terms", pa.list_(pa.struct([("text", pa.string()), ("status", pa.string()), ("lookup", pa.bool_())]))),
        ("xrefs", pa.list_(pa.string())),
        ("parents", pa.list_(pa.string())),
        ("taxon", pa.string()),
        ("publications", pa.int32()),
        ("homologs", pa.string()),
    ]
)


def table(concepts: Iterable[Concept]) -> pa.Table:
    """Return concepts as a table of `SCHEMA`, in their order."""
    concepts = list(concepts)
    terms = [concept.terms for concept in concepts]
    flat = [term for concept_terms in terms for term in concept_terms]
    structs = pa.StructArray.from_arrays(
        [
            pa.array([term.text for term in flat], pa.string()),
            pa.array([term.status for term in flat], pa.string()),
            pa.array([term.lookup for term in flat], pa.bool_()),
        ],
        fields=list(SCHEMA.field("terms").type.value_type),
    )
    return pa.table(
        [
            pa.array([concept.id for concept in concepts], pa.string()),
            pa.array([concept.name for concept in concepts], pa.string()),
            pa.array([concept.type for concept in concepts], pa.string()),
            pa.ListArray.from_arrays(pa.array(accumulate(map(len, terms), initial=0), pa.int32()), structs),
            pa.array([concept.xrefs for concept in concepts], pa.list_(pa.string())),
            pa.array([concept.parents for concept in concepts], pa.list_(pa.string())),
            pa.array([concept.taxon for concept in concepts], pa.string()),
            pa.array([concept.publications for concept in concepts], pa.int32()),
            pa.array([concept.homologs for concept in concepts], pa.string()),
        ],
        schema=SCHEMA,
    )


def write(path: Path, concepts: Iterable[Concept], *, metadata: Mapping[str, str] | None = None) -> None:
    """Write concepts to a dictionary file, whole or not at all; the same concepts give the same bytes."""
    schema = SCHEMA.with_metadata({"bioweft_dictionary": FORMAT_VERSION, **(metadata or {})})
    with atomic(path) as unfinished:
        pq.write_table(
            table(concepts).cast(schema),
            unfinished,
            compression="zstd",
            compression_level=22,
            use_dictionary=["type", "terms.list.element.status", "taxon"],
            write_statistics=False,
            write_page_checksum=True,
        )


def read_table(path: Path) -> pa.Table:
    """Return the dictionary as an Arrow table of `SCHEMA`.

    Raises:
        DictionaryError: the file is missing, no dictionary, or of another version.
    """
    with _opened(path) as file:
        return file.read()


def read_in_pieces(path: Path, columns: Sequence[str]) -> Iterator[pa.Table]:
    """Yield columns of the dictionary, some ten thousands of its concepts at once.

    Raises:
        DictionaryError: as `read_table`.
    """
    with _opened(path) as file:
        # One column after the other, and no part of the file ahead, as this is for little memory.
        for batch in file.iter_batches(_ROWS_AT_ONCE, columns=columns, use_threads=False):
            yield pa.Table.from_batches([batch])


@contextmanager
def _opened(path: Path) -> Iterator[pq.ParquetFile]:
    """Give the file of a dictionary to read from, its pages checked; say so where it is none."""
    try:
        with pq.ParquetFile(path, page_checksum_verification=True, pre_buffer=False) as file:
            version = (file.schema_arrow.metadata or {}).get(b"bioweft_dictionary", b"none").decode()
            if version != FORMAT_VERSION:
                raise DictionaryError(
                    f"{path} is a dictionary of format {version}, this bioweft reads {FORMAT_VERSION}; "
                    "build it again with `bioweft dictionary build`"
                )
            yield file
    except FileNotFoundError as error:
        raise DictionaryError(f"no dictionary file {path}") from error
    except (pa.ArrowInvalid, OSError) as error:
        raise DictionaryError(f"{path} is not a dictionary file: {error}") from error


def read(path: Path) -> Iterator[Concept]:
    """Yield the concepts of a dictionary file.

    Raises:
        DictionaryError: as `read_table`.
    """
    yield from _concepts(read_table(path))


def _concepts(table: pa.Table) -> Iterator[Concept]:
    for row in table.to_pylist():
        yield Concept(
            id=row["id"],
            name=row["name"],
            type=row["type"],
            terms=tuple(Term(**term) for term in row["terms"]),
            xrefs=tuple(row["xrefs"]),
            parents=tuple(row["parents"]),
            taxon=row["taxon"],
            publications=row["publications"],
            homologs=row["homologs"],
        )


@dataclass(frozen=True, slots=True)
class Summary:
    """The contents of a dictionary file in numbers; `size` in bytes, `version` changes whenever a concept does."""

    name: str
    version: str
    concepts: int
    terms: int
    size: int
    sources: str


def summary(path: Path) -> Summary:
    """Return what is in a dictionary file.

    Raises:
        DictionaryError: as `read_table`.
    """
    table = read_table(path)
    metadata = {key.decode(): value.decode() for key, value in table.schema.metadata.items()}
    return Summary(
        name=path.stem,
        version=metadata.get("version", ""),
        concepts=table.num_rows,
        terms=len(table["terms"].combine_chunks().flatten()),
        size=path.stat().st_size,
        sources=metadata.get("sources", ""),
    )


def find(path: Path, name: str) -> Iterator[Concept]:
    """Yield the concepts of a dictionary file that have the CURIE or, in any case, the term `name`.

    Raises:
        DictionaryError: as `read_table`.
    """
    yield from find_in(read_table(path), name)


def find_in(table: pa.Table, name: str) -> Iterator[Concept]:
    """Yield the concepts of a dictionary, as a table, that have the CURIE or, in any case, the term `name`."""
    lists = table["terms"].combine_chunks()
    texts = pc.utf8_lower(pc.struct_field(lists.flatten(), "text"))
    rows_with_term = pc.list_parent_indices(lists).filter(pc.equal(texts, name.lower()))
    rows_with_id = pc.indices_nonzero(pc.equal(table["id"].combine_chunks(), name))
    rows = sorted({*rows_with_term.to_pylist(), *rows_with_id.to_pylist()})
    yield from _concepts(table.take(pa.array(rows, pa.int64())))


def terms_of_length(table: pa.Table, least: int, most: int) -> Iterator[tuple[str, str, str]]:
    """Yield the terms of a dictionary that have so many characters, each with the CURIE and the name of its concept."""
    lists = table["terms"].combine_chunks()
    texts = pc.struct_field(lists.flatten(), "text")
    length = pc.utf8_length(texts)
    wanted = pc.and_(pc.greater_equal(length, least), pc.less_equal(length, most))
    rows = pc.list_parent_indices(lists).filter(wanted)
    columns = (texts.filter(wanted), table["id"].take(rows), table["name"].take(rows))
    yield from zip(*(column.to_pylist() for column in columns), strict=True)
