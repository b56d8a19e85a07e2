"""The Biolink model as far as exports need it: categories of concepts, predicates with domain and range, associations.

`biolink.json` is made of the package biolink-model by `benchmarks/biolink_table.py`.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from bioweft.relate.predicates import parsed

TABLE = Path(__file__).with_name("biolink.json")

PREFIX = "biolink:"
ROOT = "related_to"
ANY = "Association"

CATEGORIES = {
    "disease": "Disease",
    "chemical": "ChemicalEntity",
    "gene": "Gene",
    "species": "OrganismTaxon",
    "cell_line": "CellLine",
    "cell_type": "Cell",
}
"""By type; a type of a user's own is a `NamedThing`."""

_OF_VOCABULARY = {
    ("disease", "hp"): "PhenotypicFeature",
    ("gene", "fplx"): "GeneFamily",
    ("gene", "mesh"): "GeneFamily",  # MeSH has classes of proteins, and the proteins of no one species
}
"""By type and vocabulary, where that says more."""

_GENE, _CHEMICAL, _DISEASE = "GeneOrGeneProduct", "ChemicalEntity", "DiseaseOrPhenotypicFeature"
ASSOCIATIONS: Mapping[str, tuple[str, str, str]] = {
    "ChemicalAffectsGeneAssociation": (_CHEMICAL, _GENE, "affects"),
    "ChemicalGeneInteractionAssociation": (_CHEMICAL, _GENE, "interacts_with"),
    "ChemicalOrDrugOrTreatmentAdverseEventAssociation": (_CHEMICAL, _DISEASE, "has_adverse_event"),
    "ChemicalEntityToDiseaseOrPhenotypicFeatureAssociation": (_CHEMICAL, _DISEASE, ROOT),
    "ChemicalAffectsBiologicalEntityAssociation": (_CHEMICAL, "BiologicalEntity", "affects"),
    "CausalGeneToDiseaseAssociation": (_GENE, "Disease", "causes"),
    "CorrelatedGeneToDiseaseAssociation": (_GENE, "Disease", "correlated_with"),
    "GeneToDiseaseAssociation": (_GENE, "Disease", ROOT),
    "GeneToPhenotypicFeatureAssociation": (_GENE, "PhenotypicFeature", ROOT),
    "GeneToGeneAssociation": (_GENE, _GENE, ROOT),
    "ChemicalEntityToChemicalEntityAssociation": (_CHEMICAL, _CHEMICAL, ROOT),
    "DiseaseToDiseaseAssociation": ("Disease", "Disease", ROOT),
    "GeneAffectsChemicalAssociation": (_GENE, _CHEMICAL, "affects"),
    ANY: ("NamedThing", "NamedThing", ROOT),
}
"""Classes of edges; an edge is of the first that it fits.

The categories of subject and object, and the predicate that an edge's is or is below, are what the name of the class
says; its rules in the model, which hold too, often say less.
"""


@dataclass(frozen=True, slots=True)
class Meaning:
    """The meaning of an edge in the Biolink model.

    `predicate` is the edge's own, or the nearest above it that may stand between these categories; then `is_general`.
    `qualifiers` are those that the association has room for.
    """

    association: str
    predicate: str
    qualifiers: Mapping[str, str]
    is_general: bool


@cache
def table() -> dict[str, Any]:
    """Return the table."""
    content: dict[str, Any] = json.loads(TABLE.read_text(encoding="utf-8"))
    return content


def category(type_: str, curie: str) -> str:
    """Return the category of a concept, such as `Gene`."""
    vocabulary = curie.partition(":")[0]
    return _OF_VOCABULARY.get((type_, vocabulary)) or CATEGORIES.get(type_, "NamedThing")


@cache
def lineage(section: str, name: str) -> tuple[str, ...]:
    """Return a category or predicate and all that it is below, the nearest first; empty where the model has none."""
    elements = table()[section]
    return tuple(dict.fromkeys(_upwards(elements, name, section))) if name in elements else ()


def _upwards(elements: Mapping[str, Any], name: str, section: str) -> Iterator[str]:
    waiting = [name]
    while waiting:
        name = waiting.pop(0)
        yield name
        entry = elements.get(name, ())
        waiting += entry["parents"] if section == "predicates" else entry


def is_a(category_: str, wanted: str) -> bool:
    """Say whether a category is another or below it."""
    return wanted in lineage("categories", category_)


def fits(subject: str, predicate: str, object_: str) -> bool:
    """Say whether a predicate may stand between two categories."""
    entry = table()["predicates"].get(predicate)
    return entry is not None and is_a(subject, entry["domain"]) and is_a(object_, entry["range"])


@cache
def meaning(subject: str, predicate: str, object_: str, qualifiers: str = "") -> Meaning:
    """Return what an edge between two categories is; `predicate` is a CURIE, `qualifiers` are in the canonical form."""
    name = predicate.removeprefix(PREFIX)
    above = [wider for wider in lineage("predicates", name) if fits(subject, wider, object_)]
    chosen = above[0] if above else ROOT
    pairs = parsed(qualifiers)
    rooms = [a for a in ASSOCIATIONS if _has_room(a, subject, chosen, object_)]
    association = next((a for a in rooms if not bad_qualifiers(a, pairs)), rooms[0])
    wrong = bad_qualifiers(association, pairs)
    kept = {key: value for key, value in pairs.items() if key not in wrong}
    return Meaning(association, chosen, kept, is_general=chosen != name or bool(wrong))


def _has_room(association: str, subject: str, predicate: str, object_: str) -> bool:
    """Say whether a class of edges takes a predicate between two categories."""
    of_subject, of_object, wider = ASSOCIATIONS[association]
    is_named_so = is_a(subject, of_subject) and is_a(object_, of_object) and wider in lineage("predicates", predicate)
    return is_named_so and not bad_ends(association, subject, object_) and takes(association, predicate)


def bad_ends(association: str, subject: str, object_: str) -> list[str]:
    """Return which of subject and object are of a category that a class of edges does not take."""
    slots = table()["associations"][association]["slots"]
    ends = {"subject": subject, "object": object_}
    return [end for end, category_ in ends.items() if not is_a(category_, slots[end])]


def takes(association: str, predicate: str) -> bool:
    """Say whether a class of edges takes a predicate."""
    entry = table()["associations"][association]
    if "predicates" in entry:
        return predicate in entry["predicates"]
    return entry.get("below", ROOT) in lineage("predicates", predicate)


def bad_qualifiers(association: str, qualifiers: Mapping[str, str]) -> list[str]:
    """Return the qualifiers that a class of edges has no room for, or whose values it does not take."""
    slots = table()["associations"][association]["slots"]
    return [name for name, value in qualifiers.items() if name not in slots or not is_value(slots[name], value)]


def is_value(range_: str, value: str) -> bool:
    """Say whether a value is one of an enumeration; of other ranges all are."""
    values = table()["enumerations"].get(range_)
    return values is None or value in values
