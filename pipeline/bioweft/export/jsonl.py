"""JSON lines: a document a line with its passages and mentions, everything that is known of them."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import IO

from bioweft.records import Document, Mention


def write(documents: Iterable[tuple[Document, Sequence[Mention]]], stream: IO[str]) -> None:
    """Write documents as JSON lines; offsets are code points into the passages joined by one newline each."""
    for document, mentions in documents:
        row = {**asdict(document), "mentions": [asdict(mention) for mention in mentions]}
        stream.write(json.dumps(row, ensure_ascii=False) + "\n")
