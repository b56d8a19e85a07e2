"""What trained taggers find in literature that nobody has annotated, to learn from beside the corpora.

Self-training with agreement (Zhou and Li 2005, *Tri-training*): a mention counts where all teachers that know its type
find just that stretch and are on average more sure than not; of the words of any other nothing is said.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from statistics import fmean

from bioweft.records import ENTITY_TYPES, Document
from bioweft.tag.base import Tagger
from bioweft.train import corpora
from bioweft.train.corpora import Example, Span

_LIKELY = 0.5


def examples(documents: Sequence[Document], teachers: Sequence[Tagger], dictionaries: Tagger) -> Iterator[Example]:
    """Yield the sentences of documents with what teachers find in them, in the manner of no corpus.

    A teacher knows the types of which it finds a mention anywhere. `dictionaries` says what each text is shown with.
    """
    by_teacher = [list(teacher.tag(documents)) for teacher in teachers]
    known = [{m.type for mentions in found for m in mentions} & set(ENTITY_TYPES) for found in by_teacher]
    labels = frozenset[str]().union(*known)
    for document, listed, *found in zip(documents, dictionaries.tag(documents), *by_teacher, strict=True):
        scores: defaultdict[Span, list[float]] = defaultdict(list)
        for mention in (m for mentions in found for m in mentions if m.type in labels):
            scores[Span(mention.start, mention.end, mention.type)].append(mention.score)
        agreed = [
            span
            for span, given in scores.items()
            if len(given) == sum(span.label in types for types in known) and fmean(given) >= _LIKELY
        ]
        unsure = [span for span in scores if span not in agreed]
        shown = [Span(m.start, m.end, m.type) for m in listed]
        yield from corpora.cut(document, agreed, unsure, shown, guideline="", labels=labels)
