"""The description of a model beside its network: labels, settings and scores, in `model.json`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from bioweft.inference import Calibration, read_description, write_description

ABOUT = "model.json"
"""The file of a model folder that says what it is, beside those of `bioweft.inference`."""


class About(BaseModel):
    """The file `model.json`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    name: str
    labels: tuple[str, ...]
    """The labels of the network, in the order of its outputs."""
    types: Mapping[str, str]
    """The entity type of the mentions of each label; those of other labels are not shown."""
    guidelines: tuple[str, ...]
    """Corpora in whose manner it can be asked to annotate, in the order of their numbers, from 1."""
    dictionaries: tuple[str, ...] = ()
    """The shipped dictionaries of which the network is shown what they find."""
    outside: Mapping[str, float] = {}
    """By label, what is added to the emission of outside: above 0 for fewer mentions, below for more."""
    listed: Mapping[str, float] = {}
    """By label, what is added to that where dictionaries list a term of the label's type."""
    inside: Mapping[str, float] = {}
    """By label, what is added to the emission of inside: above 0 for longer mentions, below for shorter."""
    adjoining: Mapping[str, float] = {}
    """By label, what is added where a mention begins right after another: seldom are there two."""
    calibration: Mapping[str, Calibration] = {}
    """By label."""
    fill: Mapping[str, float] = {}
    """By type, the share of a name's occurrences in a document that must be tagged for the others to be tagged too."""
    drop: Mapping[str, float] = {}
    """By type, the share of a name's occurrences in a document below which none is tagged."""
    widen: Mapping[str, float] = {}
    """By type, the share of the places where a name or a part of it is tagged in which it must be the whole name."""
    development: Mapping[str, float] = {}
    """By type, the exact F1 on the development parts of the training that was calibrated there, which had not learnt
    from them."""
    about: str = ""
    """One line for a person."""


CHOSEN = ("outside", "listed", "inside", "adjoining", "calibration", "widen", "fill", "drop")
"""Settings that are not learnt but chosen, on development parts."""

KEPT = (*CHOSEN, "development")
"""Settings that a model takes from another that was trained like it and calibrated."""


def read_about(folder: Path) -> About:
    """Return what a model folder says of itself.

    Raises:
        InputError: there is no model, or one of another form.
    """
    return read_description(folder, ABOUT, About)


def write_about(about: About, folder: Path) -> None:
    """Write `model.json`."""
    write_description(about, folder / ABOUT)
