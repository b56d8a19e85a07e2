"""What every source is: settings that know their inputs and read each as a stream of records.

A source is a pydantic model, so that a table of a workflow file is the source itself. A remote source first fetches
files into the run folder and then reads those, so reading is always offline and repeatable.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from bioweft.records import Record, Reject


@dataclass(frozen=True, slots=True)
class Input:
    """One file of a source: the unit of work that is read, tagged and counted as a batch.

    `name` is stable and unique within the source (`pubmed21n1298`); inputs apply in the order in which they are
    listed, a later record replacing an earlier one of the same id.
    """

    name: str
    path: Path
    beside: tuple[Path, ...] = ()
    """Files that are read together with it: brat's text beside its annotations."""


class Source(BaseModel, ABC):
    """A place that documents come from.

    To write another: subclass, set `kind` to a `Literal`, implement `inputs` and `read`, and, if it is remote, `fetch`.
    A setting that is a path is a `bioweft.paths.PathSetting`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    kind: str
    reading: ClassVar[tuple[str, ...]] = ()
    """Which settings change what `read` yields; the others say only where the inputs are."""

    suffixes: ClassVar[tuple[str, ...]] = ()
    """The endings of the files that count in a folder, compression aside."""

    many_inputs: ClassVar[bool] = False
    """Whether inputs are many and small, so that several make a batch; else each is one, and stays as it is."""

    version: ClassVar[int] = 1
    """Counts up when `read` yields other records for the same bytes."""

    @property
    def remote(self) -> bool:
        """Whether it has to `fetch` before it is read."""
        return False

    def fetch(self, folder: Path) -> list[Reject]:
        """Bring what is new into `folder`, resuming what was begun; only remote sources do anything.

        Returns what could not be had although the remote side answered.

        Raises:
            FetchError: the remote side gave up or gave nonsense.
        """
        del folder
        return []

    @abstractmethod
    def inputs(self, folder: Path) -> list[Input]:
        """List the inputs in the order in which they apply; a remote source lists what is in `folder`.

        Raises:
            InputError: there is nothing to read.
        """

    @abstractmethod
    def read(self, item: Input) -> Iterator[Record]:
        """Stream the records of one input; what cannot be read is a `Reject` among them, never an exception."""
