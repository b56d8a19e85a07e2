"""Reading what is scored: annotated files in whatever form corpora come."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from bioweft.errors import FormatError, InputError, SettingsError, did_you_mean, nearest
from bioweft.records import AnnotatedDocument, Document, Mention, Passage, Reject
from bioweft.sources import bioc, brat, iob, jsonl, pubtator
from bioweft.sources.annotations import annotated, gold
from bioweft.sources.files import read_head
from bioweft.sources.sniff import sniff

_BC2GM = re.compile(r"(\S+)\|(\d+) (\d+)\|(.*)")

READERS = {
    "pubtator": pubtator.read_annotated,
    "bioc": bioc.read_annotated,
    "jsonl": jsonl.read_annotated,
    "brat": brat.read_annotated,
    "iob": iob.read_annotated,
}
"""Every form of annotations that can be scored, but for BC2GM's folders, which carry alternatives."""


def read(path: Path, *, form: str | None = None, types: Mapping[str, str] = {}) -> Iterator[AnnotatedDocument | Reject]:
    """Yield the annotated documents of a file or folder.

    Raises:
        InputError: nothing is there.
        SettingsError: there is no form of that name.
        FormatError: the form cannot be told.
    """
    if not path.exists():
        raise InputError(f"no such file or folder: {path}")
    if form is not None and form not in (*READERS, "bc2gm"):
        raise SettingsError(
            f"no form of annotations {form!r}{did_you_mean(nearest(form, READERS))}; there are: {', '.join(READERS)}"
        )
    form = form or tell(path)
    if form == "bc2gm":
        return (document for document, _ in read_bc2gm(path))
    if path.is_dir() and form != "brat":
        files = sorted(p for p in path.iterdir() if p.is_file() and not p.name.startswith((".", "README", "LICENSE")))
        return (record for file in files for record in READERS[form](file, types=types))
    return READERS[form](path, types=types)


def tell(path: Path) -> str:
    """Say in which form annotations are.

    Raises:
        FormatError: it cannot be told.
    """
    if path.is_dir():
        names = [entry.name for entry in path.iterdir()]
        if "GENE.eval" in names:
            return "bc2gm"
        if any(name.endswith(".ann") for name in names):
            return "brat"
        first = next((entry for entry in sorted(path.iterdir()) if entry.is_file()), None)
        if first is None:
            raise FormatError(f"{path} is empty")
        return tell(first)
    if path.suffix == ".ann":
        return "brat"
    kind = sniff(path)
    if kind in READERS:
        return kind
    head, _ = read_head(path, 4096)
    lines = [line.split() for line in head.splitlines()[:-1] if line.strip()]
    if lines and all(2 <= len(fields) <= 6 for fields in lines[:20]):
        return "iob"
    raise FormatError(f"cannot tell the format of {path}; name it with --from ({', '.join(READERS)})")


def read_bc2gm(folder: Path) -> Iterator[tuple[AnnotatedDocument, list[Mention]]]:
    """Yield each sentence of BC2GM with its genes and the alternatives that count as right as well.

    Offsets in `.eval` files count characters without white space, their end inclusive.
    """
    (text_file,) = folder.glob("*.in")
    marked: dict[str, dict[str, list[tuple[int, int, str]]]] = {}
    for name in ("GENE", "ALTGENE"):
        for line in (folder / f"{name}.eval").read_text(encoding="latin-1").splitlines():
            if match := _BC2GM.match(line):
                spans = marked.setdefault(match[1], {}).setdefault(name, [])
                spans.append((int(match[2]), int(match[3]), match[4]))
    for line in text_file.read_text(encoding="latin-1").splitlines():
        identifier, _, text = line.partition(" ")
        places = [offset for offset, character in enumerate(text) if not character.isspace()]
        annotations = {
            name: [gold(places[a], places[b] + 1, text[places[a] : places[b] + 1], "gene") for a, b, _ in spans]
            for name, spans in marked.get(identifier, {}).items()
        }
        document = Document(id=f"bc2gm:{identifier}", passages=(Passage("paragraph", text),))
        alternatives = [mention for mention, _ in annotations.get("ALTGENE", [])]
        yield annotated(document, annotations.get("GENE", [])), alternatives
