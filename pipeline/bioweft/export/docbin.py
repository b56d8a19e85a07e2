"""spaCy's `DocBin`: documents that `spacy train` and pipelines of spaCy read.

Tokens are those of spaCy's English tokenizer. `doc.ents` has the mentions that do not overlap (of those that do, the
longest), with the first concept as `kb_id_`; `doc.spans["bioweft"]` has all of them. A mention that ends inside a token
is widened to it. The id of a document is `doc.user_data["id"]`.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from bioweft.atomic import atomic
from bioweft.records import AnnotatedDocument

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

SPANS = "bioweft"
"""The key of `doc.spans` that holds every mention."""


def write(documents: Iterable[AnnotatedDocument], path: Path) -> None:
    """Write documents as the file that `DocBin().from_disk` reads."""
    import spacy
    from spacy.tokens import DocBin

    language = spacy.blank("en")
    language.max_length = 1 << 40  # it only makes tokens
    docs = DocBin(attrs=["ORTH", "SPACY", "SENT_START", "ENT_IOB", "ENT_TYPE", "ENT_KB_ID"], store_user_data=True)
    for annotated in documents:
        docs.add(_doc(annotated, language))
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic(path) as unfinished:
        unfinished.write_bytes(docs.to_bytes())


def _doc(annotated: AnnotatedDocument, language: "Language") -> "Doc":
    from spacy.util import filter_spans

    doc = language.make_doc(annotated.document.text)
    doc.user_data["id"] = annotated.document.id
    starts = {start for start, _ in annotated.sentences}
    for token in doc:
        token.is_sent_start = token.idx in starts or token.i == 0
    spans = []
    for mention, links in annotated.linked():
        concept = links[0].concept if links else ""
        span = doc.char_span(mention.start, mention.end, label=mention.type, kb_id=concept, alignment_mode="expand")
        if span is not None and len(span):
            spans.append(span)
    doc.set_ents(filter_spans(spans))
    doc.spans[SPANS] = spans
    return doc
