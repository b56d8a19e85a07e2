"""Documents that no relation model may be trained on, because they stand in a part that is scored or are held out.

Three things decide, and each alone excludes: the lists that come with the corpora, a PMID that a scored part has too,
and a long sentence that a scored part has too, whatever its PMID.
"""

import csv
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import cache
from pathlib import Path

from bioweft.errors import InputError, SettingsError
from bioweft.evaluate.relations.documents import BIORED_EXCLUDED
from bioweft.evaluate.relations.examples import CORPORA, RelationExample, parts, read_relations
from bioweft.text import sentences

SCORED = ("BC5CDR/dev", "BC5CDR/test", "ChemProt/dev", "ChemProt/test", "BioRED/dev", "BioRED/test")
"""The parts that the reported figures and the choices behind them are from."""

TESTS = frozenset(f"{corpus}/test" for corpus in CORPORA if "test" in parts(corpus))
"""Parts that nothing is trained on, whether they are reported or not."""

_HELD_OUT = "held-out"
_LISTS = ("relations/exclude_additions.tsv", "ner/exclude_train.tsv")
_IN_CHEMPROT = "relations/drugprot_in_chemprot_test.tsv"
_IN_BC5CDR = "relations/biored_in_bc5cdr_devtest.tsv"

_TELLING = 50
"""Letters and digits of a sentence that is unlikely to stand in two texts by chance."""


def training_examples(
    data: Path, scored: Collection[str] = SCORED, *, corpora: Collection[str] = CORPORA
) -> dict[str, list[RelationExample]]:
    """Return, by corpus, the examples of its training and development parts that may be trained on.

    `scored` names the parts that are measured (`BC5CDR/dev`); the test parts of all corpora are always among them. A
    development part that is not scored is trained on.

    Raises:
        SettingsError: there is no such part.
        InputError: a corpus or a list of exclusions is missing, so that nothing may be trained on at all.
    """
    corpus_parts = {f"{corpus}/{part}" for corpus in CORPORA for part in parts(corpus)}
    if unknown := sorted(set(scored) - corpus_parts):
        raise SettingsError(
            f"no part of a relation corpus: {', '.join(unknown)}; there are: {', '.join(sorted(corpus_parts))}"
        )
    measured = frozenset(scored) | TESTS
    excluded_groups = excluded(data, measured)
    pmids, texts = _measured(data, measured)
    return {
        corpus: [
            example
            for part in parts(corpus)
            if f"{corpus}/{part}" not in measured
            for example in read_relations(corpus, part, data)
            if example.group not in excluded_groups[corpus] | pmids and texts.isdisjoint(keys(example))
        ]
        for corpus in corpora
    }


def excluded(data: Path, measured: AbstractSet[str]) -> Mapping[str, frozenset[str]]:
    """Return, by corpus, the groups that the lists exclude when these parts are measured; what is held out, of all.

    Raises:
        InputError: a list is missing.
    """
    units: defaultdict[str, set[str]] = defaultdict(set)
    held_out: set[str] = set()
    for name in _LISTS:
        for row in _rows(data / name):
            if row["found_in"] == _HELD_OUT:
                held_out.add(row["unit"])
            elif not measured.isdisjoint(row["found_in"].split(",")):
                units[_corpus(row["corpus"], row["split"])].add(row["unit"])
    if "ChemProt/test" in measured:
        units["DrugProt"].update(row["pmid"] for row in _rows(data / _IN_CHEMPROT))
    for row in _rows(data / _IN_BC5CDR):
        if f"BC5CDR/{row['bc5cdr_split']}" in measured:
            units["BioRED"].add(row["pmid"])
    # Of BioRED all that stands in any test part is excluded, of entities too: its own rules are the strictest.
    units["BioRED"].update(_existing(data / BIORED_EXCLUDED).read_text(encoding="utf-8").split())
    return {corpus: frozenset(units[corpus] | held_out) for corpus in CORPORA}


def keys(example: RelationExample) -> Iterator[str]:
    """Yield the letters and digits of the sentences of an example that are long enough to tell texts apart."""
    text = example.document.document.text
    for start, end in example.document.sentences:
        if len(key := sentences.key(text[start:end])) >= _TELLING:
            yield key


@cache
def _measured(data: Path, measured: frozenset[str]) -> tuple[frozenset[str], frozenset[str]]:
    """Return the PMIDs and the sentences of the parts that are measured."""
    examples = [
        example
        for corpus in CORPORA
        for part in parts(corpus)
        if f"{corpus}/{part}" in measured
        for example in read_relations(corpus, part, data)
    ]
    return (
        frozenset(example.group for example in examples),
        frozenset(key for example in examples for key in keys(example)),
    )


def _corpus(name: str, split: str) -> str:
    """Return our name of the corpus of a row: `PPI5`, `AIMed.test` is AIMed, `DrugProt-extra` is part of DrugProt."""
    return {"PPI5": split.partition(".")[0], "DrugProt-extra": "DrugProt"}.get(name, name)


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with _existing(path).open(encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(stream, delimiter="\t")


def _existing(path: Path) -> Path:
    if not path.exists():
        raise InputError(f"no {path}: without the list of exclusions nothing may be trained on")
    return path
