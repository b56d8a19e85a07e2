"""Every error that a user can cause, as one tree.

    BioweftError
    ├── SettingsError        a workflow file or an option is wrong (exit code 2; all others 1)
    ├── InputError           a file or folder cannot be used as input at all
    │   └── FormatError      its format is not the one named, or could not be told
    ├── DictionaryError      a dictionary is missing, malformed or of another version
    ├── FetchError           a remote side did not give what was asked for
    ├── RunError             a run folder is missing, busy, or of another version
    │   ├── RunBusyError     another process is writing it
    │   └── DamagedError     a file in it is missing, or not as it was written
    └── NotFoundError        a name, type or run is not there; carries suggestions

A message says what was wrong, what was got and how to mend it. The command line prints it on one screen without a
traceback. A record that cannot be read is not an exception: it is a `bioweft.records.Reject`.
"""

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

from bioweft.shown import without_secrets


class BioweftError(Exception):
    """The root of the tree: catch this to catch them all. No message holds a password or key of an address."""

    def __init__(self, *details: object) -> None:
        super().__init__(*map(without_secrets, details))


class SettingsError(BioweftError):
    """A workflow file or an option is wrong."""


class InputError(BioweftError):
    """A file or folder cannot be used as input at all."""


class FormatError(InputError):
    """The format of an input is not the one named, or could not be told."""


class DictionaryError(BioweftError):
    """A dictionary is missing, malformed or of another version."""


class FetchError(BioweftError):
    """A remote side did not give what was asked for."""


class RunError(BioweftError):
    """A run folder is missing, unfinished or of another version."""


class RunBusyError(RunError):
    """Another process is writing the run folder."""


class DamagedError(RunError):
    """A file of a run folder is missing, or not as it was written; `file` is its path, `fault` what is wrong."""

    def __init__(self, file: Path, fault: str) -> None:
        self.file, self.fault = file, fault
        super().__init__(f"{file} is damaged: {fault}; `bioweft check RUN --mend` makes it again")


class NotFoundError(BioweftError):
    """A name, type or run is not there.

    `suggestions` holds the nearest right ones, nearest first.
    """

    def __init__(self, message: str, *, suggestions: Iterable[str] = ()) -> None:
        self.suggestions = list(suggestions)
        super().__init__(message + did_you_mean(self.suggestions))


def install(extra: str) -> str:
    """Return how to install what an extra of bioweft brings, as README says it."""
    return f"pip install '.[{extra}]' in the folder of bioweft's source"


def did_you_mean(suggestions: list[str]) -> str:
    """Return ` (did you mean 'a' or 'b'?)`, or nothing where there is no suggestion."""
    if not suggestions:
        return ""
    return f" (did you mean {' or '.join(map(repr, suggestions))}?)"


def nearest(word: str, candidates: Iterable[str], *, most: int = 1) -> list[str]:
    """Return the candidates that are most like `word`, nearest first, none where nothing is near."""
    return get_close_matches(word, list(candidates), n=most, cutoff=0.6)
