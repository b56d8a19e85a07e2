"""JSON lines: a document a line with its passages and mentions, everything that is known of them."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import IO

from bioweft.records import AnnotatedDocument


def write(documents: Iterable[AnnotatedDocument], stream: IO[str]) -> None:
    """Write documents as JSON lines; offsets are code points into the passages joined by one newline each."""
    for annotated in documents:
        row = {**asdict(annotated.document), "mentions": [asdict(mention) for mention in annotated.mentions]}
        stream.write(json.dumps(row, ensure_ascii=False) + "\n")
