"""A finished run made by hand: the stages' tables of a few texts, counted and built by the code under test.

Sentences end at a full stop and a space; mentions are the words of `TERMS`.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from bioweft.analyse import results
from bioweft.analyse.count import count
from bioweft.records import Document, Passage
from bioweft.store import views
from bioweft.store.documents import to_row, to_table
from bioweft.store.index import LIVE, Shard, find_live
from bioweft.store.run import FORMAT_VERSION, RunFolder
from bioweft.store.schemas import FILES, MENTIONS, RELATIONS, SENTENCES, TAGGED, write
from bioweft.store.seals import write_sealed
from bioweft.store.sets import LISTING, seal_set
from bioweft.workflow.plan import STAGES

CONCEPTS = pa.table(
    {
        "id": ["mesh:D001241", "mesh:D006261", "mesh:D009203", "ncbigene:5743", "ncbitaxon:9606"],
        "name": ["Aspirin", "Headache", "Myocardial Infarction", "PTGS2", "Homo sapiens"],
        "type": ["chemical", "disease", "disease", "gene", "species"],
        "terms": [
            ["Aspirin", "acetylsalicylic acid"],
            ["Headache", "cephalalgia"],
            ["Myocardial Infarction", "heart attack"],
            ["PTGS2", "COX-2"],
            ["Homo sapiens", "human", "patients"],
        ],
        "xrefs": [["chebi:15365"], [], ["doid:5844"], ["hgnc:9605"], []],
        "taxon": [None, None, None, "ncbitaxon:9606", None],
        "homologs": pa.nulls(5, pa.string()),
    }
)

TERMS = {term.lower(): (row["id"], row["type"]) for row in CONCEPTS.to_pylist() for term in row["terms"]}

DOCUMENTS = [
    Document(
        "pmid:1",
        (Passage("title", "Aspirin for headache."), Passage("abstract", "Aspirin helps. Patients had headache.")),
        year=2018,
        journal="Pain Notes",
    ),
    Document(
        "pmid:2",
        (Passage("title", "Aspirin after heart attack."), Passage("abstract", "It blocks COX-2 in patients.")),
        year=2019,
        journal="Heart Notes",
    ),
    Document("pmid:3", (Passage("title", "Headache and cephalalgia are one."),), year=2020, journal="Pain Notes"),
    Document("pmid:4", (Passage("title", "A note on nothing much."),), year=2020),
    Document("pmid:5", (Passage("title", "COX-2 β-sheets and aspirin, with aspirin again."),), flags=("retracted",)),
]


@dataclass(frozen=True)
class Statement:
    """What a document says of two of its mentions, told by their texts; `cue` is the text that negates it."""

    document: str
    subject: str
    predicate: str
    object: str
    probability: float = 0.75
    negated: bool = False
    speculative: bool = False
    qualifiers: str = ""
    cue: str = ""


HINDERS = "object_aspect_qualifier=activity;object_direction_qualifier=decreased"

STATEMENTS = [
    Statement("pmid:1", "Aspirin", "biolink:treats", "headache", 0.5),
    Statement("pmid:1", "Aspirin", "biolink:treats", "Patients", 0.25, speculative=True),
    Statement("pmid:2", "Aspirin", "biolink:treats", "heart attack", 0.75, negated=True, cue="after"),
    Statement("pmid:2", "Aspirin", "biolink:affects", "COX-2", 0.75, qualifiers=HINDERS),
    Statement("pmid:5", "aspirin", "biolink:affects", "COX-2", 0.5, qualifiers=HINDERS),
]


def stage_tables(documents: Sequence[Document]) -> tuple[pa.Table, pa.Table, pa.Table]:
    """Return the tables of the stages read, sentences and link."""
    sentences, mentions = [], []
    pattern = re.compile("|".join(sorted(map(re.escape, TERMS), key=len, reverse=True)), re.IGNORECASE)
    for document in documents:
        number = 0
        for offset, passage in zip(document.starts, document.passages, strict=True):
            for sentence in re.finditer(r"\S.*?(?:\.(?= )|$)", passage.text):
                start, end = offset + sentence.start(), offset + sentence.end()
                sentences.append({"document": document.id, "sentence": number, "start": start, "end": end})
                for match in pattern.finditer(sentence[0]):
                    concept, type_ = TERMS[match[0].lower()]
                    mentions.append(
                        {
                            "document": document.id,
                            "sentence": number,
                            "start": start + match.start(),
                            "end": start + match.end(),
                            "text": match[0],
                            "type": type_,
                            "tagger": "dictionary",
                            "score": 1.0,
                            "concept": concept,
                        }
                    )
                number += 1
    return (
        to_table([to_row(document, input_number=0) for document in documents]),
        pa.Table.from_pylist(sentences, schema=SENTENCES),
        pa.Table.from_pylist(mentions, schema=MENTIONS),
    )


def relation_table(mentions: pa.Table, statements: Sequence[Statement], documents: Sequence[Document]) -> pa.Table:
    """Return the table of the stage relate: the statements of these documents."""
    texts = {document.id: document.text for document in documents}
    places = {}
    for row in reversed(mentions.to_pylist()):
        places[row["document"], row["text"]] = row
    rows = []
    for s in statements:
        if s.document in texts:
            subject, object_ = places[s.document, s.subject], places[s.document, s.object]
            cue = texts[s.document].find(s.cue) if s.cue else None
            rows.append(
                {
                    "document": s.document,
                    "sentence": subject["sentence"],
                    "subject": subject["concept"],
                    "predicate": s.predicate,
                    "object": object_["concept"],
                    "qualifiers": s.qualifiers,
                    **{f"subject_{name}": subject[name] for name in ("start", "end", "type")},
                    **{f"object_{name}": object_[name] for name in ("start", "end", "type", "sentence")},
                    "probability": s.probability,
                    "negated": s.negated,
                    "speculative": s.speculative,
                    "cue_start": cue,
                    "cue_end": None if cue is None else cue + len(s.cue),
                    "model": "made",
                }
            )
    return pa.Table.from_pylist(rows, schema=RELATIONS)


def count_all(documents: Sequence[Document]) -> pa.Table:
    """Return the counts of documents that are all live."""
    return count(*stage_tables(documents), np.ones(len(documents), dtype=bool))


def write_run(
    folder: Path,
    documents: Sequence[Document] = DOCUMENTS,
    *,
    shard_size: int = 2,
    threads: int = 1,
    background: Path | None = None,
    statements: Sequence[Statement] = (),
) -> Path:
    """Write a finished run of documents with unlike ids into `folder`, and return it."""
    run = RunFolder(folder)
    shards, places = [], []
    for number, begin in enumerate(range(0, len(documents), shard_size)):
        part = documents[begin : begin + shard_size]
        read, sentences, mentions = stage_tables(part)
        tables = {"read": read, "sentences": sentences, "tag": TAGGED.empty_table(), "link": mentions}
        tables["relate"] = relation_table(mentions, statements, part)
        tables["count"] = count_all(part)
        shard = Shard(f"0-file-{number}", {})
        for stage, table in tables.items():
            file = run.shard_file(stage, shard.name, "0")
            file.parent.mkdir(parents=True, exist_ok=True)
            write(table, file)
            shard.files[stage] = file
            places.append({"stage": stage, "shard": shard.name, "file": str(file.relative_to(folder))})
        shards.append(shard)
    with duckdb.connect() as connection:
        connection.execute(f"SET threads = {threads}")
        views.register(
            connection,
            shards,
            stages=STAGES,
            live=pa.concat_tables([LIVE.empty_table(), *find_live(connection, shards)]),
            concepts=CONCEPTS,
        )
        rows = results.build(connection, run.result_set("0" * 16), background=background)
    made = run.result_set("0" * 16)
    write(pa.Table.from_pylist(places, schema=FILES), made / LISTING)
    seal_set(made, rows)
    write_sealed(run.manifest_file, {"format": FORMAT_VERSION, "counts": rows, "results": made.name})
    run.point(made)
    return folder


def manifest(folder: Path) -> dict[str, object]:
    """Return the manifest of a run."""
    loaded: dict[str, object] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return loaded
