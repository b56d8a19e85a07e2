"""The description of a relation model beside its network: labels, corpora, tasks and scores, in `relations.json`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from bioweft.inference import Calibration, read_description, write_description

ABOUT = "relations.json"
"""The file of a model folder that says what it is, beside those of `bioweft.inference`."""


class Task(BaseModel):
    """A kind of relation that documents are searched for: what may be related, and in whose manner it is judged.

    `scope` says where the two arguments stand: mentions in one `sentence`, or concepts anywhere in the `document`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    subject: str
    object: str
    corpus: str
    scope: Literal["sentence", "document"]
    labels: tuple[str, ...]


class About(BaseModel):
    """The file `relations.json`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    name: str
    labels: tuple[str, ...]
    """The labels of the network, in the order of its outputs."""
    corpora: tuple[str, ...]
    """Corpora in whose manner it can be asked to judge, in the order of their numbers."""
    tasks: tuple[Task, ...] = ()
    calibration: Mapping[str, Mapping[str, Calibration]] = {}
    """By corpus and label, from the probability that the network gives to how often such a relation is right."""
    standing: Mapping[str, tuple[float, ...]] = {}
    """By corpus, weights of how subject and object stand in their document, as `bioweft.relate.standing` says."""
    thresholds: Mapping[str, float] = {}
    """By corpus, the probability from which a label holds, chosen on development parts for the best F1."""
    development: Mapping[str, float] = {}
    """By corpus, the F1 on its development part."""
    about: str = ""
    """One line for a person."""


def read_about(folder: Path) -> About:
    """Return what a model folder says of itself.

    Raises:
        InputError: there is no model, or one of another form.
    """
    return read_description(folder, ABOUT, About)


def write_about(about: About, folder: Path) -> None:
    """Write `relations.json`."""
    write_description(about, folder / ABOUT)
