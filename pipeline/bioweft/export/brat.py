"""brat's standoff format: the text in one file, a line for each mention and identifier in another beside it.

brat wants a `.txt` and an `.ann` of the same name for each document, so it is written into a folder. Offsets are those
of `Document.text`, which is the text file. A mention is a `T` line (types have no spaces), each of its concepts an `N`
line, each relation that the document does not deny an `R` line.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from pathlib import Path

from bioweft.atomic import atomic
from bioweft.records import AnnotatedDocument
from bioweft.shown import one_for_one

_NOT_IN_NAMES = re.compile(r"[^\w.-]+")
_NOT_IN_TYPES = re.compile(r"[^\w-]+")
_BLANKS = re.compile(r"\s+")
_LONGEST_NAME = 100


def write(documents: Iterable[AnnotatedDocument], folder: Path, *, is_staged: bool = False) -> None:
    """Write documents as pairs of files into a folder; ids that make the same name get a number.

    Each file appears whole, which takes a while for many; not if the folder `is_staged`, to appear when it is whole.
    """
    folder.mkdir(parents=True, exist_ok=True)
    names: dict[str, int] = {}
    for annotated in documents:
        name = _NOT_IN_NAMES.sub("_", annotated.document.id)[:_LONGEST_NAME].strip(".") or "document"
        names[name] = count = names.get(name, 0) + 1
        stem = name if count == 1 else f"{name}-{count}"
        for suffix, text in (
            (".txt", one_for_one(annotated.document.text)),
            (".ann", "".join(f"{line}\n" for line in lines(annotated))),
        ):
            file = folder / f"{stem}{suffix}"
            with nullcontext(file) if is_staged else atomic(file) as unfinished:
                unfinished.write_text(text, encoding="utf-8", newline="\n")


def lines(annotated: AnnotatedDocument) -> Iterator[str]:
    """Yield the lines of the `.ann` file of a document."""
    text = one_for_one(annotated.document.text)
    note = 0
    for number, (mention, links) in enumerate(annotated.linked(), 1):
        type_ = _NOT_IN_TYPES.sub("_", mention.type)
        # A line break within a mention parts it in two stretches, with a blank between them in the text behind.
        stretches = ";".join(f"{start} {end}" for start, end in _stretches(text, mention.start, mention.end))
        covered = " ".join(text[start:end] for start, end in _stretches(text, mention.start, mention.end))
        yield f"T{number}\t{type_} {stretches}\t{covered}"
        for link in links:
            note += 1
            yield f"N{note}\tReference T{number} {_BLANKS.sub('_', link.concept)}\t{covered}"
    affirmed = (relation for relation in annotated.relations if not relation.negated)
    for number, relation in enumerate(affirmed, 1):
        predicate = _NOT_IN_TYPES.sub("_", relation.predicate.partition(":")[2] or relation.predicate)
        yield f"R{number}\t{predicate} Arg1:T{relation.subject_mention + 1} Arg2:T{relation.object_mention + 1}"


def _stretches(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Return the stretches of a mention between line breaks."""
    return [(start + match.start(), start + match.end()) for match in re.finditer(r"[^\n]+", text[start:end])]
