"""OBO files of a user's own download (MONDO, CL, ChEBI …) as concepts of a dictionary, read by pronto."""

import gzip
import io
import re
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from bioweft.errors import DictionaryError
from bioweft.lexicon.concepts import Entry, merge, settle
from bioweft.lexicon.names import terms
from bioweft.lexicon.obo_lines import mend
from bioweft.lexicon.user import Problem
from bioweft.records import Concept, TermStatus

if TYPE_CHECKING:
    from pronto.term import Term

SUFFIXES = (".obo", ".obo.gz", ".owl", ".json")
"""Endings of the files that `read` takes."""

_SCOPES: dict[str, TermStatus] = {"EXACT": "synonym", "RELATED": "synonym", "BROAD": "weak", "NARROW": "weak"}
_CURIE = re.compile(r"(?!https?:)[A-Za-z][\w.]*:\S+")


def read(path: Path, *, type: str, problems: list[Problem] | None = None) -> list[Concept]:
    """Return the live, named terms of an OBO file as concepts of `type`, in order of identifier.

    CURIE prefixes are put in lower case, as the Bioregistry writes them. Exact and related synonyms become synonyms,
    broad and narrow ones weak terms. A line of an OBO file that cannot be read is left out and goes to `problems`.

    Raises:
        DictionaryError: the file is missing or no ontology that pronto reads.
    """
    if not path.is_file():
        raise DictionaryError(f"no ontology file {path}")
    entries = _entries(path, [] if problems is None else problems)
    if not entries:
        raise DictionaryError(f"{path} has no terms that have a name and are not obsolete")
    order = sorted({entry.id.partition(":")[0] for entry in entries})
    return settle(merge(_apart(entries), type=type, order=order), order=order, by="status")


def _entries(path: Path, problems: list[Problem]) -> list[Entry]:
    """Return the live terms of an ontology; where it cannot be read as it is, those that are left when it is mended."""
    try:
        return _parsed(str(path))
    except Exception as error:  # pronto passes on whatever its parsers raise
        faulty: Exception = error
    if path.name.endswith((".obo", ".obo.gz")):
        try:
            text, undecoded = _text(path)
            text, faults = mend(text)
            entries = _parsed(io.BytesIO(text.encode()))
        except Exception as error:
            faulty = error
        else:
            if entries:
                problems += sorted([*undecoded, *faults], key=lambda problem: problem.line)
                return entries
    raise DictionaryError(
        f"{path} cannot be read as OBO, OWL (RDF/XML) or OBO graph JSON: {faulty or faulty.__class__.__name__}"
    ) from faulty


def _parsed(source: str | io.BytesIO) -> list[Entry]:
    from pronto.ontology import Ontology

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pronto warns of every clause that OBO 1.4 does not know
        ontology = Ontology(source, import_depth=0)
        return [_entry(term) for term in ontology.terms() if term.name and not term.obsolete]


def _text(path: Path) -> tuple[str, list[Problem]]:
    """Return the text of a file with nothing in the place of lines that are not UTF-8, and what these are."""
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    lines: list[str] = []
    problems: list[Problem] = []
    for number, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        try:
            lines.append(line.decode())
        except UnicodeDecodeError as error:
            lines.append("")
            message = f"not UTF-8: byte 0x{line[error.start]:02x}; the line is left out"
            problems.append(Problem(number, "obo", message))
    return "\n".join(lines), problems


def _apart(entries: Iterable[Entry]) -> list[Entry]:
    """Return the entries such that none is merged with another: an ontology has each thing once."""
    known = {entry.id: entry for entry in entries}
    return [
        Entry(
            id=entry.id,
            name=entry.name,
            terms=entry.terms,
            xrefs=tuple(xref for xref in entry.xrefs if xref not in known),
            parents=entry.parents,
        )
        for entry in known.values()
    ]


def _entry(term: "Term") -> Entry:
    name = str(term.name)
    pairs: list[tuple[str, TermStatus]] = [(name, "name")]
    pairs += sorted((synonym.description, _SCOPES.get(str(synonym.scope), "weak")) for synonym in term.synonyms)
    return Entry(
        id=_curie(term.id),
        name=name,
        terms=terms(pairs),
        xrefs=tuple(sorted({_curie(xref.id) for xref in term.xrefs if _CURIE.fullmatch(xref.id)})),
        parents=tuple(sorted(_curie(parent.id) for parent in term.superclasses(distance=1, with_self=False))),
    )


def _curie(id: str) -> str:
    """Return an identifier with its prefix in lower case; Cellosaurus writes its own without one."""
    if id.startswith("CVCL_"):
        return f"cellosaurus:{id}"
    vocabulary, colon, local = id.partition(":")
    return f"{vocabulary.lower()}{colon}{local}"
