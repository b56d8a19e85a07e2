"""bioweft reads the biomedical literature and weaves it into ranked entities, evidence and a knowledge graph.

    import bioweft

    run = bioweft.open_run("outputs/autophagy")
    run.rankings("disease").head()              # pandas
    run.query("BECN1").sentences[0].text

What is named here is what other programs may build on.
"""

from typing import TYPE_CHECKING

from bioweft.errors import (
    BioweftError,
    DictionaryError,
    FetchError,
    InputError,
    NotFoundError,
    RunError,
    SettingsError,
)
from bioweft.records import AnnotatedDocument, Concept, Document, Link, Mention, Passage
from bioweft.version import __version__

if TYPE_CHECKING:
    from pathlib import Path

    from bioweft.analyse.run import Run

__all__ = [
    "AnnotatedDocument",
    "BioweftError",
    "Concept",
    "DictionaryError",
    "Document",
    "FetchError",
    "InputError",
    "Link",
    "Mention",
    "NotFoundError",
    "Passage",
    "RunError",
    "SettingsError",
    "__version__",
    "open_run",
]


def open_run(folder: "str | Path") -> "Run":
    """Open a finished run to read its results as pandas DataFrames; see `bioweft.analyse.run.Run`.

    It takes no lock: the workflow may run again meanwhile.

    Raises:
        RunError: the folder is missing, its run has not finished, or another version of bioweft wrote it.
    """
    from bioweft.analyse.run import Run

    return Run(folder)
