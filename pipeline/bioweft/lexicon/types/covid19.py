"""SARS-CoV-2 (a species) and COVID-19 (a disease) with the names that the literature made up for them."""

from collections import defaultdict
from pathlib import Path

from bioweft.lexicon.concepts import gather
from bioweft.lexicon.names import terms
from bioweft.lexicon.terminology import rows
from bioweft.records import Concept, Term, TermStatus

NAME = "covid19"
SOURCES = ("aitslab_sarscov2", "mesh_descriptor", "mesh_supplementary")

_NAMED = {"ncbitaxon:2697049": ("SARS-CoV-2", "species"), "mesh:D000086382": ("COVID-19", "disease")}
_SUSPECT = {"starts_with_19", "short", "generic", "geographic", "ambiguous_code"}


def build(folder: Path) -> list[Concept]:
    """Return the two concepts and the virus's variants."""
    found: dict[str, list[tuple[str, TermStatus]]] = defaultdict(list)
    for row in rows(folder, "aitslab_sarscov2"):
        if not _SUSPECT.intersection(row.listed("flags")):
            found[row.id].append((row.name, "synonym"))
    concepts = []
    for id, pairs in sorted(found.items()):
        name, type = _NAMED.get(id, (pairs[0][0], "species"))
        concepts.append(Concept(id=id, name=name, type=type, terms=gather((Term(name, "name"), *terms(pairs)))))
    return concepts
