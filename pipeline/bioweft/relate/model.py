"""The description of a relation model beside its network: labels, corpora, tasks and scores, in `relations.json`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from bioweft.errors import InputError
from bioweft.faults import first_fault
from bioweft.inference import Calibration

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
    file = folder / ABOUT
    try:
        return About.model_validate_json(file.read_bytes())
    except OSError as error:
        raise InputError(f"no relation model in {folder}: it has no readable {ABOUT}") from error
    except ValidationError as error:
        key, words = first_fault(error)
        raise InputError(
            f"{file} is not of the form that this bioweft reads: {key}: {words}; train the model anew"
        ) from error


def write_about(about: About, folder: Path) -> None:
    """Write `relations.json`."""
    (folder / ABOUT).write_text(about.model_dump_json(indent=1) + "\n", encoding="utf-8")
