"""Whether a model that tags is better than another: on development parts, and on corpora that no training reads.

    python benchmarks/models.py OLD NEW [--plain FOLDER] [--data ../data]

The corpora are EU-ADR, CoMAGC, BioTriplex (results sections), ADE (sentences with an effect) and AnatEM (cells, types
and lines in one). Their documents are in no training part; none of them is annotated as another is, so the figures say
which model is better, not how good it is. Each model tags with its own dictionaries shown and without those beside it.
The development figures of OLD stand in its `model.json`; those of NEW are measured on --plain, its training that had
not seen them. Ends with 0 if NEW is better on the mean of both and no type loses more than half a point, else with 1.
"""

import argparse
import csv
import json
import os
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import fmean

from rich.console import Console
from rich.table import Table

from bioweft.evaluate.scoring import Scorer
from bioweft.records import AnnotatedDocument, Document, Mention, Passage, Reject
from bioweft.sources import brat
from bioweft.tag.model import read_about
from bioweft.tag.onnx import OnnxTagger
from bioweft.text import sentences
from bioweft.train.calibrate import measured

_RELATIONS = "relations"
_TYPES = {"Gene": "gene", "Disease": "disease", "Drug": "chemical", "Cancer": "disease", "AdverseEffect": "disease"}
_SPLITS = ("train", "devel", "test")
"""Of AnatEM, of which nothing is learnt."""

_LOSS = 0.005
"""What a type may lose."""


def from_tables(folder: Path, texts: str, identifier: str, text_types: set[str]) -> Iterator[AnnotatedDocument]:
    """Yield the texts of a corpus of two tables, and their mentions of some types."""
    entities = defaultdict(list)
    for row in _rows(folder / "entities.tsv"):
        if row["type"] in text_types:
            start, end = (int(number) for number in row["spans"].split(",")[0].split("-"))
            entities[row[identifier]].append((start, end, _TYPES[row["type"]]))
    for row in _rows(folder / texts):
        if row.get("split") != "negative":  # ADE: nothing is annotated there
            yield _annotated(row[identifier], row["text"], entities[row[identifier]])


def biotriplex(file: Path) -> Iterator[AnnotatedDocument]:
    """Yield sections of full texts, of which only the results are annotated throughout."""
    with file.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            section = json.loads(line)
            if "result" in section["section"].lower():
                mentions = [
                    (mention["spans"][0][0], mention["spans"][-1][1], _TYPES[mention["type"]])
                    for mention in section["mentions"]
                    if mention["type"] in _TYPES
                ]
                yield _annotated(f"{section['pmcid']}-{number}", section["text"], mentions)


def anatem(folder: Path) -> Iterator[AnnotatedDocument]:
    """Yield the documents with their cells as cell types; lines among them are cells too."""
    for split in _SPLITS:
        for record in brat.read_annotated(folder / split):
            if not isinstance(record, Reject):
                cells = [(m.start, m.end, "cell_type") for m in record.mentions if m.type.lower() == "cell"]
                yield _annotated(record.document.id, record.document.text, cells)


def corpora(data: Path) -> Mapping[str, tuple[frozenset[str], list[AnnotatedDocument]]]:
    """Return the types and the documents of each corpus."""
    root = data / _RELATIONS
    folders = {name: root / name / name for name in ("EU-ADR", "CoMAGC", "BioTriplex", "ADE")}
    read = {
        "EU-ADR": from_tables(folders["EU-ADR"] / "part1", "documents.tsv", "doc_id", {"Gene", "Disease", "Drug"}),
        "CoMAGC": from_tables(folders["CoMAGC"], "sentences.tsv", "sentence_id", {"Gene", "Cancer"}),
        "BioTriplex": biotriplex(folders["BioTriplex"] / "biotriplex.jsonl"),
        "ADE": from_tables(folders["ADE"], "sentences.tsv", "sentence_id", {"Drug", "AdverseEffect"}),
        "AnatEM": anatem(data / "ner" / "AnatEM" / "AnatEM" / "standoff"),
    }
    documents = {name: list(annotated) for name, annotated in read.items()}
    return {name: (frozenset(m.type for d in some for m in d.mentions), some) for name, some in documents.items()}


def _rows(file: Path) -> Iterator[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)


def _annotated(id_: str, text: str, places: list[tuple[int, int, str]]) -> AnnotatedDocument:
    document = Document(f"x:{id_}", (Passage("paragraph", text),))
    mentions = tuple(Mention(start, end, text[start:end], type_, "gold") for start, end, type_ in sorted(places))
    return AnnotatedDocument(document, sentences.of_document(document), mentions=mentions)


def scores(folder: Path, data: Path) -> dict[tuple[str, str], tuple[int, float, float]]:
    """Return the number of mentions, exact and overlap F1 by corpus and type."""
    tagger = OnnxTagger(folder)
    figures = {}
    for name, (types, documents) in corpora(data).items():
        scorer = Scorer(types=types)
        for gold, tagged in zip(documents, tagger.tag(documents), strict=True):
            scorer.add(gold, _cells(tagged) if name == "AnatEM" else tagged)
        found = scorer.scores()
        for type_ in sorted(types):
            count = sum(mention.type == type_ for document in documents for mention in document.mentions)
            figures[name, type_] = count, found[type_, "exact"].f1, found[type_, "overlap"].f1
    return figures


def _cells(tagged: AnnotatedDocument) -> AnnotatedDocument:
    """Return a document with its cell types and cell lines as one type, as AnatEM has them."""
    cells = [(m.start, m.end, "cell_type") for m in tagged.mentions if m.type in ("cell_type", "cell_line")]
    return _annotated(tagged.document.id, tagged.document.text, cells)


def better(old: Mapping[str, float], new: Mapping[str, float]) -> bool:
    """Return whether the mean over the types is higher and none loses more than half a point."""
    return fmean(new.values()) > fmean(old.values()) and all(new[type_] >= old[type_] - _LOSS for type_ in old)


def _by_type(figures: Mapping[tuple[str, str], tuple[int, float, float]]) -> dict[str, float]:
    of_type = defaultdict(list)
    for (_, type_), (_, _, overlap) in figures.items():
        of_type[type_].append(overlap)  # where a mention ends differs between annotators, that there is one does less
    return {type_: fmean(values) for type_, values in sorted(of_type.items())}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("--plain", type=Path, help="The new model as trained without the development parts.")
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("BIOWEFT_DATA", "../data")))
    arguments = parser.parse_args()
    console = Console(width=120)
    old, new = (scores(folder, arguments.data) for folder in (arguments.old, arguments.new))
    table = Table("corpus", "type", "n", "exact F1, old", "new", "overlap F1, old", "new")
    for key, (count, exact, overlap) in old.items():
        _, new_exact, new_overlap = new[key]
        figures = [f"{value:.3f}" for value in (exact, new_exact, overlap, new_overlap)]
        table.add_row(*key, f"{count:,}", *figures)
    console.print(table)
    verdicts = [better(_by_type(old), _by_type(new))]
    console.print(f"corpora that no training reads: {'better' if verdicts[0] else 'not better'}")
    if arguments.plain:
        before, after = read_about(arguments.old).development, measured(arguments.plain, arguments.data)
        for type_, f1 in sorted(before.items()):
            console.print(f"development parts, {type_}: old {f1:.3f}, new {after[type_]:.3f}")
        verdicts.append(better(before, after))
        console.print(f"development parts: {'better' if verdicts[1] else 'not better'}")
    sys.exit(0 if all(verdicts) else 1)


if __name__ == "__main__":
    main()
