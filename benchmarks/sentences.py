"""Sentence splitters against the gold boundaries of GENIA and CRAFT: precision, recall, F1, sentences a second.

    python benchmarks/sentences.py [--data ../data] [--part dev] [--errors 20]

A paragraph (title, abstract, section) is split at a time; a boundary is the end of a sentence that is not the last of
its paragraph. GENIA abstracts whose text was rejoined from sentences do not count. The other splitters are measured
where they are installed (`pip install --group bench`).
"""

import argparse
import csv
import os
import re
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bioweft.text import sentences

Ends = Callable[[str], list[int]]


def paragraphs(data: Path, corpus: str, part: str) -> Iterator[tuple[str, set[int]]]:
    """Yield the text of each paragraph and the ends of its sentences but the last."""
    folder = data / "treebanks" / f"{corpus}-dep"
    joined = set()
    for document in (folder / f"{corpus}-{part}.conllu").read_text(encoding="utf-8").split("# newdoc id = ")[1:]:
        if "text_source = joined" in document:
            joined.add(document.split(maxsplit=1)[0])
    spans: dict[tuple[str, str], list[tuple[int, int]]] = {}
    with (folder / f"{corpus}-{part}.sentences.tsv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            spans.setdefault((row["doc_id"], row["par_id"]), []).append((int(row["start"]), int(row["end"])))
    for (document, _), found in spans.items():
        if document not in joined:
            text = (folder / "raw" / part / f"{document}.txt").read_text(encoding="utf-8")
            start = found[0][0]
            yield text[start : found[-1][1]], {end - start for _, end in found[:-1]}


def ours(text: str) -> list[int]:
    return [end for _, end in sentences.split(text)]


def splitters() -> dict[str, Ends]:
    """Return ours and the others that are installed."""
    found: dict[str, Ends] = {"bioweft": ours}
    if find_spec("spacy"):
        import spacy

        sentencizer = spacy.blank("en")
        sentencizer.add_pipe("sentencizer")
        sentencizer.max_length = 10_000_000
        found["spaCy sentencizer"] = lambda text: [s.end_char for s in sentencizer(text).sents]
    if find_spec("pysbd"):
        import pysbd

        segmenter = pysbd.Segmenter(language="en", clean=False, char_span=True)
        found["pysbd"] = lambda text: [s.start + len(s.sent.rstrip()) for s in segmenter.segment(text)]
    if find_spec("syntok"):
        from syntok import segmenter as syntok

        found["syntok"] = lambda text: [s[-1].offset + len(s[-1].value) for p in syntok.analyze(text) for s in p if s]
    if find_spec("nupunkt"):
        from nupunkt import sent_spans

        found["nupunkt"] = lambda text: [len(text[:end].rstrip()) for _, end in sent_spans(text)]
    if find_spec("blingfire"):
        from blingfire import text_to_sentences_and_offsets

        found["BlingFire"] = lambda text: [end for _, end in text_to_sentences_and_offsets(text)[1]]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("BIOWEFT_DATA", "../data")))
    parser.add_argument("--part", default="dev")
    parser.add_argument("--errors", type=int, default=0, help="print so many of our errors a corpus")
    arguments = parser.parse_args()
    table = Table("corpus", "splitter", "P", "R", "F1", "sentences/s", title=f"boundaries, part {arguments.part}")
    for corpus in ("genia", "craft"):
        gold = list(paragraphs(arguments.data, corpus, arguments.part))
        count = sum(len(ends) + 1 for _, ends in gold)
        for name, split in splitters().items():
            began = time.perf_counter()
            found = [split(text) for text, _ in gold]
            seconds = time.perf_counter() - began
            predicted = [{end for end in ends if end < len(text)} for (text, _), ends in zip(gold, found, strict=True)]
            right = sum(len(p & g) for p, (_, g) in zip(predicted, gold, strict=True))
            precision = right / max(1, sum(map(len, predicted)))
            recall = right / sum(len(g) for _, g in gold)
            f1 = 2 * precision * recall / (precision + recall)
            table.add_row(
                f"{corpus} ({count:,})",
                name,
                f"{precision:.4f}",
                f"{recall:.4f}",
                f"{f1:.4f}",
                f"{count / seconds:,.0f}",
            )
            if name == "bioweft":
                shown = 0
                for (text, g), p in zip(gold, predicted, strict=True):
                    for end in sorted(p ^ g):
                        if shown < arguments.errors:
                            shown += 1
                            context = re.sub(r"\s+", " ", text[max(0, end - 50) : end] + " || " + text[end : end + 40])
                            print(corpus, "missed" if end in g else "false ", context)
    Console().print(table)


if __name__ == "__main__":
    main()
