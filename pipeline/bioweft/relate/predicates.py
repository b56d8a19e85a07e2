"""Labels of relations and what they mean in the Biolink model (4.4.6): a predicate and its qualifiers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a label says of its subject and object.

    `predicate` is a CURIE; `qualifiers` are by Biolink's name with underscores. `negated` and `speculative` are of the
    label itself: it says that there is no such relation, or that there may be. A label that is not `directed` was
    annotated without telling subject from object.
    """

    predicate: str
    qualifiers: Mapping[str, str] = field(default_factory=dict)
    negated: bool = False
    speculative: bool = False
    directed: bool = True


def _affects(*, aspect: str, direction: str = "", mechanism: str = "", negated: bool = False) -> Meaning:
    qualifiers = {
        "qualified_predicate": "biolink:causes" if direction else "",
        "object_aspect_qualifier": aspect,
        "object_direction_qualifier": direction,
        "causal_mechanism_qualifier": mechanism,
    }
    return Meaning("biolink:affects", {name: value for name, value in qualifiers.items() if value}, negated)


def _expression(direction: str) -> Meaning:
    """Return that a gene's expression is changed in a disease."""
    qualifiers = {"subject_aspect_qualifier": "expression", "subject_direction_qualifier": direction}
    return Meaning("biolink:associated_with", qualifiers)


def _mutation(predicate: str) -> Meaning:
    return Meaning(predicate, {"subject_form_or_variant_qualifier": "genetic_variant_form"})


def _caused_by(direction: str) -> Meaning:
    """Return that a change of a gene product's activity causes a disease."""
    qualifiers = {"subject_aspect_qualifier": "activity", "subject_direction_qualifier": direction}
    return Meaning("biolink:causes", qualifiers)


_EITHER = "activity_or_abundance"
_MARKER = Meaning("biolink:biomarker_for")

MEANINGS: Mapping[str, Meaning] = {
    # A chemical and a disease: BC5CDR, ADE.
    "CID": Meaning("biolink:contributes_to"),
    "ADE": Meaning("biolink:has_adverse_event"),
    # A chemical and a gene: ChemProt and DrugProt. Indirect regulation is of the activity or of the amount.
    "CPR:1": Meaning("biolink:part_of"),
    "CPR:2": _affects(aspect=_EITHER),
    "CPR:3": _affects(aspect=_EITHER, direction="increased"),
    "CPR:4": _affects(aspect=_EITHER, direction="decreased"),
    "CPR:5": _affects(aspect="activity", direction="increased", mechanism="agonism"),
    "CPR:6": _affects(aspect="activity", direction="decreased", mechanism="antagonism"),
    "CPR:7": _affects(aspect="activity", mechanism="modulation"),
    "CPR:8": _affects(aspect="activity", mechanism="cofactor"),
    # Substrates are two thirds of the group; the others are products of the enzyme, and the group does not tell.
    "CPR:9": Meaning("biolink:is_substrate_of"),
    "CPR:10": _affects(aspect=_EITHER, negated=True),
    "interaction": Meaning("biolink:interacts_with", directed=False),
    "drug_target": Meaning("biolink:interacts_with", directed=False),
    # Chemicals, genes and diseases: BioRED, EU-ADR.
    "Association": Meaning("biolink:associated_with", directed=False),
    "Positive_Correlation": Meaning("biolink:positively_correlated_with", directed=False),
    "Negative_Correlation": Meaning("biolink:negatively_correlated_with", directed=False),
    "Bind": Meaning("biolink:directly_physically_interacts_with", directed=False),
    # Biolink has no predicate for drugs that are given together or compared, nor for a conversion without direction.
    "Cotreatment": Meaning("biolink:related_to", directed=False),
    "Comparison": Meaning("biolink:related_to", directed=False),
    "Conversion": Meaning("biolink:related_to", directed=False),
    "Drug_Interaction": Meaning("biolink:interacts_with", directed=False),
    "PA": Meaning("biolink:associated_with", directed=False),
    "SA": Meaning("biolink:associated_with", speculative=True, directed=False),
    "NA": Meaning("biolink:associated_with", negated=True, directed=False),
    # Two genes: the corpora of protein interactions, which are of any kind.
    "ppi": Meaning("biolink:interacts_with", directed=False),
    # A gene and a disease: CoMAGC (the first two) and BioTriplex.
    "increased_expression": _expression("increased"),
    "decreased_expression": _expression("decreased"),
    "dysregulation": Meaning("biolink:associated_with", {"subject_aspect_qualifier": _EITHER}),
    "associated_mutation": _mutation("biolink:associated_with"),
    "causative_mutation": _mutation("biolink:causes"),
    "genetic_susceptibility": _mutation("biolink:associated_with_increased_likelihood_of"),
    "causative_activation": _caused_by("increased"),
    "causative_inhibition": _caused_by("decreased"),
    "pathological_role": Meaning("biolink:contributes_to"),
    "modulator_increase_disease": Meaning("biolink:affects", {"object_direction_qualifier": "increased"}),
    "modulator_decrease_disease": Meaning("biolink:affects", {"object_direction_qualifier": "decreased"}),
    "therapeutic_target": Meaning("biolink:target_for"),
    "biomarker": _MARKER,
    "diagnostic_tool": _MARKER,
    "epigenetic_marker": _MARKER,
    "prognostic_indicator": _MARKER,
    "positive_prognostic_marker": _MARKER,
    "negative_prognostic_marker": _MARKER,
    "therapy_resistance": Meaning("biolink:associated_with"),
    "relation_undefined": Meaning("biolink:associated_with"),
    "no_relation": Meaning("biolink:associated_with", negated=True),
}
"""By label of the joint space."""

SYMMETRIC = frozenset(meaning.predicate for meaning in MEANINGS.values() if not meaning.directed)
"""Predicates that, without qualifiers, say the same of subject and object in either order."""

_SIDES = ("subject", "object")
_ASPECTS = ("direction_qualifier", "aspect_qualifier", "form_or_variant_qualifier")


def canonical(qualifiers: Iterable[tuple[str, str]]) -> str:
    """Return qualifiers as tables and files have them: `name=value` by name, with `;` between; empty without any."""
    return ";".join(f"{name}={value}" for name, value in sorted(qualifiers))


def parsed(qualifiers: str) -> dict[str, str]:
    """Return the values of canonical qualifiers by name, in their order: what `canonical` has joined."""
    return dict(pair.split("=", 1) for pair in qualifiers.split(";") if "=" in pair)


_OF_AN_EFFECT = frozenset(
    {
        "qualified_predicate",
        "object_aspect_qualifier",
        "object_direction_qualifier",
        "causal_mechanism_qualifier",
    }
)
_CHANGES = {"increased": "increases", "decreased": "decreases"}


def _effect(values: Mapping[str, str]) -> str:
    """Return what a subject does to an aspect of its object: `increases the activity or abundance of`."""
    direction = values.get("object_direction_qualifier", "")
    aspect, mechanism = values.get("object_aspect_qualifier"), values.get("causal_mechanism_qualifier")
    verb = _CHANGES.get(direction, "affects" if not direction else f"affects ({direction})")
    words = [verb, *([f"the {aspect}"] if aspect else []), *([f"(by {mechanism})"] if mechanism else [])]
    return " ".join([*words, *(["of"] if aspect else [])])


def phrase(predicate: str, qualifiers: str = "") -> str:
    """Return a predicate with its canonical qualifiers in words that stand between a subject and an object.

    `decreases the activity (by antagonism) of`, `associated with (subject: increased expression)`.
    """
    values = parsed(qualifiers)
    if predicate == "biolink:affects" and values.keys() <= _OF_AN_EFFECT:
        return _effect(values).replace("_", " ")
    notes = []
    for side in _SIDES:
        words = [values[key] for key in (f"{side}_{aspect}" for aspect in _ASPECTS) if key in values]
        if words:
            notes.append(f"{side}: {' '.join(words)}")
    if mechanism := values.get("causal_mechanism_qualifier"):
        notes.append(f"by {mechanism}")
    label = predicate.removeprefix("biolink:")
    return (f"{label} ({', '.join(notes)})" if notes else label).replace("_", " ")
