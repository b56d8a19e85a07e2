"""IOB columns: a token a line with its tag last or second, blank lines between sentences; also HUNER's with a sign.

Each sentence is a document. Tokens are joined by a space, or as HUNER's third column says (`+` a space follows, `-`
none).
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from bioweft.records import AnnotatedDocument, Document, Passage, Reject
from bioweft.sources.annotations import annotated, gold, our_type
from bioweft.sources.files import BREAKS, bare_name, open_binary

_SIGNS = frozenset("+-")


def read_annotated(path: Path, *, types: Mapping[str, str] = {}) -> Iterator[AnnotatedDocument | Reject]:
    """Yield each sentence with its annotations; a line without a tag is a reject and ends none."""
    sentence: list[tuple[str, str, bool]] = []
    number = line_number = 0
    try:
        with open_binary(path) as stream:
            for line_number, raw in enumerate(stream, start=1):
                fields = raw.decode("utf-8").split()
                if fields and not fields[0].startswith("-DOCSTART-"):
                    signed = len(fields) > 2 and fields[-1] in _SIGNS
                    tag = fields[1] if signed else fields[-1]
                    if len(fields) < 2 or tag[:2] not in ("B-", "I-", "O", "E-", "S-"):
                        yield Reject(str(path), f"line {line_number}", f"no IOB tag: {' '.join(fields)[:60]!r}")
                        continue
                    sentence.append((fields[0], tag, not signed or fields[-1] == "+"))
                elif sentence:
                    yield _sentence(sentence, f"file:{bare_name(path)}#{number}", types)
                    sentence, number = [], number + 1
    except BREAKS as error:
        yield Reject(str(path), f"after line {line_number}", f"not readable: {error}")
        return
    if sentence:
        yield _sentence(sentence, f"file:{bare_name(path)}#{number}", types)


def _sentence(tokens: list[tuple[str, str, bool]], identifier: str, types: Mapping[str, str]) -> AnnotatedDocument:
    text = ""
    spans: list[tuple[int, int, str]] = []
    before = "O"
    for token, tag, spaced in tokens:
        start = len(text)
        text += token
        if tag != "O":
            name = tag[2:]
            if tag[0] in "BS" or before == "O" or before[2:] != name:
                spans.append((start, len(text), name))
            else:
                spans[-1] = (spans[-1][0], len(text), name)
        before = tag
        text += " " if spaced else ""
    text = text.rstrip()
    annotations = [gold(start, end, text[start:end], our_type(name, types)) for start, end, name in spans]
    return annotated(Document(id=identifier, passages=(Passage("paragraph", text),)), annotations)
