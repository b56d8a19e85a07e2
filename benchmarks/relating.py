"""Candidate sentences a second of the shipped relation model, parsing included, in processor time of one process.

    OMP_NUM_THREADS=1 python benchmarks/relating.py [--data ../data] [--documents 200]

The documents are abstracts of the demo literature, tagged and linked with the default settings. A candidate sentence
holds an argument of a pair that is asked about: no other is parsed.
"""

import argparse
import json
import os
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bioweft.link.registry import open_linker
from bioweft.link.settings import LinkSettings
from bioweft.records import AnnotatedDocument, Document, Passage
from bioweft.relate.candidates import find_candidates
from bioweft.relate.questions import Question
from bioweft.relate.registry import open_relation_model
from bioweft.relate.settings import RelateSettings
from bioweft.tag.registry import open_tagger
from bioweft.tag.settings import TagSettings
from bioweft.text import sentences

_LEAST_CHARACTERS = 400
"""Abstracts that are shorter are left out: some are but a line."""


def linked(data: Path, count: int) -> list[AnnotatedDocument]:
    """Return so many abstracts, spread over the file, tagged and linked."""
    path = data / "literature" / "demo" / "demo_abstracts.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    long = [row for row in rows if len(row.get("abstract") or "") > _LEAST_CHARACTERS]
    documents = [
        Document(f"pmid:{row['id']}", (Passage("title", row["title"]), Passage("abstract", row["abstract"])))
        for row in long[:: max(1, len(long) // count)][:count]
    ]
    tagger, linker = open_tagger(TagSettings()), open_linker(LinkSettings(), None)
    given = (AnnotatedDocument(document, sentences.of_document(document)) for document in documents)
    return list(linker.link(tagger.tag(given)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("BIOWEFT_DATA") or "../data"))
    parser.add_argument("--documents", type=int, default=200)
    arguments = parser.parse_args()
    documents = linked(arguments.data, arguments.documents)
    model = open_relation_model(RelateSettings(model="default"))
    list(model.relate(documents[:5]))  # opens what is opened at the first call
    found = [find_candidates(document, model.about.tasks) for document in documents]
    asked = [
        Question(d, [a.mentions for a in f.arguments], [a.concept for a in f.arguments],
                 [(pair.subject, pair.object, 0) for pair in f.pairs])
        for d, f in zip(documents, found, strict=True)
    ]  # fmt: skip
    count = sum(len(question.sentences()) for question in asked)
    started = time.process_time()
    relations = sum(len(document.relations) for document in model.relate(documents))
    seconds = time.process_time() - started
    table = Table("documents", "candidate sentences", "pairs", "relations", "processor s", "sentences/s")
    pairs = sum(len(f.pairs) for f in found)
    table.add_row(*map(str, (len(documents), count, pairs, relations, round(seconds, 1), round(count / seconds, 1))))
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
