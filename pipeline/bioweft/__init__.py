"""bioweft reads the biomedical literature and weaves it into ranked concepts, evidence and a knowledge graph.

    import bioweft

    run = bioweft.open_run("outputs/autophagy")
    run.rankings("disease").head()              # pandas
    run.query("BECN1").sentences[0].text

    annotate = bioweft.load()
    for mention, links in annotate("Aspirin for headache.").linked():
        print(mention.text, mention.type, links[0].concept if links else None)

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
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from bioweft.annotator import Annotator
    from bioweft.opened import Run

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
    "load",
    "open_run",
]


def load(
    *,
    dictionaries: "Iterable[str | Path] | None" = None,
    tagger: str = "default",
    linker: str = "default",
    genes: "Iterable[str] | None" = None,
    threshold: float | None = None,
    prefer: "Mapping[str, str] | None" = None,
    relation_model: str = "none",
) -> "Annotator":
    """Return an annotator: called with a text it gives an `AnnotatedDocument`, with mentions, links and relations.

    `dictionaries` are names of shipped ones or files of your own, all shipped ones where not given; `tagger`, `linker`,
    `genes` (`["human", "mouse"]` or `["all"]`), `threshold`, `prefer` (`{"disease": "mondo"}`) and `relation_model`
    (`none` for no relations) are as the options of `bioweft tag`.

    Raises:
        NotFoundError: there is no such dictionary, tagger, linker, type, vocabulary or relation model.
        SettingsError: a value is wrong, or the settings do not go together.
    """
    from bioweft.annotator import Annotator
    from bioweft.faults import validated
    from bioweft.link.settings import LinkSettings
    from bioweft.relate.settings import RelateSettings
    from bioweft.tag.settings import TagSettings

    tag = {} if dictionaries is None else {"dictionaries": tuple(map(str, dictionaries))}
    link = {} if genes is None else {"genes": "all" if list(genes) == ["all"] else tuple(genes)}
    return Annotator(
        validated(TagSettings, {"model": tagger, **tag}, called={"model": "tagger"}),
        validated(LinkSettings, {"linker": linker, "threshold": threshold, "prefer": dict(prefer or {}), **link}),
        validated(RelateSettings, {"model": relation_model}, called={"model": "relation_model"}),
    )


def open_run(folder: "str | Path") -> "Run":
    """Open a finished run to read its results as pandas DataFrames; see `bioweft.opened.Run`.

    `folder` is a run folder, or the name of one in `outputs/`, as `--in` takes them.

    It takes no lock: the workflow may run again meanwhile.

    Raises:
        RunError: the folder is missing, its run has not finished, or another version of bioweft wrote it.
    """
    from bioweft.opened import Run

    return Run(folder)
