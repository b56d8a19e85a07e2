"""EU-ADR and BioTriplex: relations between mentions, in abstracts and in sections of articles."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bioweft.evaluate.relations.pairs import (
    Annotation,
    Pair,
    Part,
    RelationExample,
    by_hash,
    existing,
    mention_entities,
    ordered,
    sentence_of,
    spanned,
    table,
    titled,
    together,
    with_mentions,
)
from bioweft.records import Document, Passage

EUADR_LABELS = ("PA", "SA", "NA")
"""Positive, speculative and negative (denied) association."""

TRIPLEX_LABELS = (
    "increased_expression", "negative_prognostic_marker", "associated_mutation", "pathological_role",
    "relation_undefined", "decreased_expression", "prognostic_indicator", "therapeutic_target",
    "genetic_susceptibility", "causative_mutation", "therapy_resistance", "diagnostic_tool",
    "modulator_increase_disease", "no_relation", "positive_prognostic_marker", "biomarker", "dysregulation",
    "causative_inhibition", "modulator_decrease_disease", "causative_activation", "epigenetic_marker",
)  # fmt: skip
"""BioTriplex's kinds of links, a blank as an underscore; `no_relation` is a link that the text denies."""

_EUADR_TYPES = {"Gene": "gene", "Disease": "disease", "Drug": "chemical", "Variant": "variant"}
_TESTED = 4
"""Tenths of EU-ADR that are `test`: fewer have too few denied associations to measure."""

_TRIPLEX_PARTS = {"train": "train", "val": "dev", "test": "test"}


def read_euadr(part: Part, data: Path) -> Iterator[RelationExample]:
    """Yield the abstracts of a part of EU-ADR; parts are by document.

    Annotators judged pairs of certain types in each abstract: the types of its labelled pairs. Candidates are the
    pairs of mentions in one sentence of these types, and labelled pairs across sentences. A pair whose mentions have
    two types is left out.
    """
    labels: defaultdict[str, dict[frozenset[str], set[str]]] = defaultdict(dict)
    unsure: defaultdict[str, set[frozenset[str]]] = defaultdict(set)
    folder = data / "relations/EU-ADR/EU-ADR/part1"
    for row in table(folder / "relations.tsv"):
        keys = frozenset({row["e1"], row["e2"]})
        if "|" in row["types1"] + row["types2"]:
            unsure[row["doc_id"]].add(keys)
        else:
            labels[row["doc_id"]].setdefault(keys, set()).add(row["label"])
    yield from _euadr("EU-ADR", part, folder, labels, unsure)


def read_euadr_targets(part: Part, data: Path) -> Iterator[RelationExample]:
    """Yield the abstracts of a part of EU-ADR's drugs and targets; parts are by document.

    Only positive pairs are listed: each other drug and gene of a sentence counts as unrelated.
    """
    folder = data / "relations/EU-ADR/EU-ADR/drug_target"
    labels: defaultdict[str, dict[frozenset[str], set[str]]] = defaultdict(dict)
    for row in table(folder / "relations.tsv"):
        labels[row["doc_id"]][frozenset({row["e1"], row["e2"]})] = {"drug_target"}
    yield from _euadr("EU-ADR-targets", part, folder, labels, {})


def _euadr(
    corpus: str,
    part: Part,
    folder: Path,
    labels: Mapping[str, Mapping[frozenset[str], set[str]]],
    unsure: Mapping[str, set[frozenset[str]]],
) -> Iterator[RelationExample]:
    marked: defaultdict[str, list[dict[str, str]]] = defaultdict(list)
    for row in table(folder / "entities.tsv"):
        marked[row["doc_id"]].append(row)
    for row in table(folder / "documents.tsv"):
        key, text = row["doc_id"], row["text"]
        if by_hash(row["pmid"] or key, tested=_TESTED) != part:
            continue
        length = int(row["title_length"])
        document = titled(f"eu-adr:{key.removeprefix('EUADR.')}", text[:length], text[length + 1 :])
        annotations = [
            spanned(e["entity_id"], e["spans"], e["text"], e["type"], text, _EUADR_TYPES, e["ids"]) for e in marked[key]
        ]
        yield _example(
            corpus, row["pmid"] or key, document, annotations, labels.get(key, {}), unsure.get(key, frozenset())
        )


def _example(
    corpus: str,
    group: str,
    document: Document,
    annotations: list[Annotation],
    labels: Mapping[frozenset[str], set[str]],
    unsure: set[frozenset[str]] | frozenset[frozenset[str]],
) -> RelationExample:
    annotated, places = with_mentions(document, annotations)
    entities = mention_entities(annotated, places)
    judged = {frozenset(entities[places[key]].type for key in keys) for keys in labels}
    candidates = {
        ordered(entities, a, b): frozenset({entities[a].id, entities[b].id})
        for a, b in together(annotated)
        if frozenset({entities[a].type, entities[b].type}) in judged
    }
    for keys in labels:
        a, b = (places[key] for key in sorted(keys))
        candidates[ordered(entities, a, b)] = keys
    pairs = tuple(
        Pair(subject, object_, frozenset(labels.get(keys, ())))
        for (subject, object_), keys in sorted(candidates.items())
        if keys not in unsure
    )
    return RelationExample(corpus, annotated, entities, pairs, group)


def read_biotriplex(part: Part, data: Path) -> Iterator[RelationExample]:
    """Yield the sections of a part of BioTriplex, those without candidates too.

    Pairs without a link were not judged one by one: candidates are the linked pairs, and the gene and disease pairs of
    the sentences that hold both arguments of a link. Triggers are left out of the mentions: they give the answer away.

    Raises:
        InputError: there is no such file.
    """
    path = existing(data / "relations/BioTriplex/BioTriplex/biotriplex.jsonl")
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        section = json.loads(line)
        if _TRIPLEX_PARTS[section["split"]] == part:
            yield _section(section, number)


def _section(section: Mapping[str, Any], number: int) -> RelationExample:
    document = Document(f"biotriplex:{section['pmcid']}/{number}", (Passage("paragraph", section["text"]),))
    kinds = {mention["id"]: mention.get("relation", "") for mention in section["mentions"]}
    annotated, places = with_mentions(document, _arguments(section))
    entities = mention_entities(annotated, places)
    labels: defaultdict[tuple[int, int], set[str]] = defaultdict(set)
    for link in section["links"]:
        labels[places[link["gene"]], places[link["disease"]]].add(kinds[link["trigger"]].replace(" ", "_"))
    sentence_places = [sentence_of(annotated, place) for place in range(len(entities))]
    judged = {sentence_places[gene] for gene, disease in labels if sentence_places[gene] == sentence_places[disease]}
    candidates = set(labels)
    for a, b in together(annotated):
        if sentence_places[a] in judged and entities[a].type != entities[b].type:
            candidates.add((a, b) if entities[a].type == "gene" else (b, a))
    pairs = tuple(
        Pair(gene, disease, frozenset(labels.get((gene, disease), ()))) for gene, disease in sorted(candidates)
    )
    return RelationExample("BioTriplex", annotated, entities, pairs, section["pmcid"])


def _arguments(section: Mapping[str, Any]) -> Iterator[Annotation]:
    text = section["text"]
    for mention in section["mentions"]:
        if mention["type"] in ("Gene", "Disease"):
            start, end = mention["spans"][0][0], mention["spans"][-1][1]
            yield Annotation(mention["id"], start, end, text[start:end], mention["type"].lower())
