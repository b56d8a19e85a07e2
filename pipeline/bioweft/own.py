"""What tools of the user's own have in common: a class with one method, found by an entry point of its package."""

import hashlib
from importlib.metadata import EntryPoint, entry_points
from typing import Any, ClassVar

from bioweft.errors import InputError


def installed(group: str) -> dict[str, EntryPoint]:
    """Return the entry points of a group by name."""
    return {entry.name: entry for entry in entry_points(group=group)}


class OwnTool:
    """A tool whose work is done by a user's class; `argument` is what stands after the colon of its name, if anything.

    `settings` are those that its work depends on too. `kind` is what it is called in errors, `method` the one method
    that the class must have.
    """

    on_gpu = False
    kind: ClassVar[str]
    method: ClassVar[str]

    def __init__(self, entry: EntryPoint, argument: str = "", *settings: object) -> None:
        self.name: str = f"{entry.name}:{argument}" if argument else entry.name
        self._entry = entry
        self._argument = argument
        self._settings = settings
        self._own: Any = None

    @property
    def digest(self) -> str:
        """Digest of the name, the settings and the version of the package that brings the class."""
        package = self._entry.dist
        about = [self.name, self._entry.value, *map(str, self._settings)]
        about += [package.name, package.version] if package else []
        return hashlib.sha256("\n".join(about).encode()).hexdigest()[:16]

    def load(self) -> None:
        """Make the user's object.

        Raises:
            InputError: its module or class is not there, or the class lacks the method.
        """
        if self._own is None:
            try:
                made = self._entry.load()
            except (ImportError, AttributeError) as error:
                raise InputError(f"the {self.kind} {self._entry.name} cannot be imported: {error}") from error
            if not callable(getattr(made, self.method, None)):
                where = f"{self._entry.name} ({self._entry.value})"
                raise InputError(f"the {self.kind} {where} has no method `{self.method}`")
            self._own = made(self._argument) if self._argument else made()
