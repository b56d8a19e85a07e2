"""JSON lines: a document a line with its passages and mentions, everything that is known of them."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import IO

from bioweft.records import AnnotatedDocument, Link, Mention


def write(documents: Iterable[AnnotatedDocument], stream: IO[str]) -> None:
    """Write documents as JSON lines; offsets are code points into the passages joined by one newline each."""
    for annotated in documents:
        row = {**asdict(annotated.document), "mentions": [_mention(*linked) for linked in annotated.linked()]}
        stream.write(json.dumps(row, ensure_ascii=False) + "\n")


def _mention(mention: Mention, links: Sequence[Link]) -> dict[str, object]:
    """Return a mention with all its links, and what the first of them says beside its own fields."""
    first = links[0] if links else None
    return {
        **asdict(mention),
        "concept": first and first.concept,
        "link_score": first and first.score,
        "reason": first and first.reason,
        "links": [asdict(link) for link in links],
    }
