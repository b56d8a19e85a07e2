"""The labels of other libraries' models, and our types for them."""

import re
from collections.abc import Iterable, Mapping
from itertools import pairwise

from bioweft.errors import InputError, did_you_mean, nearest
from bioweft.records import ENTITY_TYPES
from bioweft.sources.annotations import LABELS

_MODEL_LABELS = {
    "disease": ("Diseases", "Disorder", "Cancer", "Disease_disorder", "DISO"),
    "chemical": ("Chemicals", "Amino_acid", "CHEBI", "CHED", "Medication"),
    "gene": ("Genes", "GGP"),
    "species": ("Taxon", "LIVB"),
    "cell_type": ("Cell", "CL"),
}
"""Labels of HunFlair and HunFlair2 and of scispaCy's four recognisers that are not those of the usual corpora.

Not there, so left out: `DNA` and `RNA` of JNLPBA (mostly regions and transcripts), `SO` and `GO` of CRAFT, anatomy,
`Pathological_formation`.
"""

_IN_NAMES = {"disease", "chemical", "gene", "protein", "species", "cell_line", "cell_type"}

_TAG = re.compile(r"([BIESLUM])(?:-(.+))?|O", re.DOTALL)


def _key(label: str) -> str:
    return re.sub(r"[\W_]+", "", label).casefold()


_TABLE: Mapping[str, str] = {
    **{_key(label): type_ for label, type_ in LABELS.items()},
    **{_key(label): type_ for type_, labels in _MODEL_LABELS.items() for label in labels},
}


class Labels:
    """The types of a model's labels: what the user says of a label (`extra`), or else the table.

    Case, spaces and punctuation of labels do not matter. A label for which neither has a type is left out, and so is
    one to which the user gives an empty one.
    """

    def __init__(self, extra: Mapping[str, str]) -> None:
        self.extra = dict(extra)
        self._table = {**_TABLE, **{_key(label): type_ for label, type_ in extra.items()}}

    def type_of(self, label: str) -> str | None:
        """Return our type of a label; None where it is left out."""
        return self._table.get(_key(label)) or None

    def check(self, model: str, known: Iterable[str]) -> None:
        """Hold the labels that a model has against the table; a model that does not tell its labels passes.

        Raises:
            InputError: none of them has a type, or the user names a label that the model does not have.
        """
        has = sorted(set(known))
        if not has:
            return
        shown = f"its labels: {', '.join(has)}"
        for label in self.extra:
            if _key(label) not in map(_key, has):
                raise InputError(f"{model} has no label {label!r}{did_you_mean(nearest(label, has))}; {shown}")
        if not any(map(self.type_of, has)):
            raise InputError(
                f"no label of {model} is known to be of a type; {shown}\n"
                f"say what they are, as with --label {has[0]}={ENTITY_TYPES[0]} (types: {', '.join(ENTITY_TYPES)})"
            )


def split_tag(tag: str, bare: str = "B") -> tuple[str, str]:
    """Return the position (`B I E S L U M`, or `O` for none) and the label that a model's tag stands for.

    A tag without a position is inside; one that is a position only stands for the label `bare`.
    """
    match = _TAG.fullmatch(tag)
    if match is None:
        return "I", tag
    return match[1] or "O", (match[2] or bare) if match[1] else ""


def label_in(name: str) -> str | None:
    """Return the label that the name of a model tells, as `biobert_huner_disease_v1` does, where its tags tell none.

    A model whose name says `cell` and no more is one for cell lines: so HUNER calls its corpora of them.
    """
    words = [word for word in re.split(r"[\W_]+", name.rpartition("/")[2].casefold()) if word]
    pairs = [f"{first}_{second}" for first, second in pairwise(words)]
    label = next((word for word in (*pairs, *words) if word in _IN_NAMES), None)
    return label or ("cell_line" if "cell" in words else None)
