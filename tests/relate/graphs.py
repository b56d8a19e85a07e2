"""Documents with trees for the tests of the relation network: short texts, whose trees are chains of words."""

import re
from itertools import product

from bioweft.records import AnnotatedDocument, Document, Link, Mention, Passage
from bioweft.relate.features import Features, features
from bioweft.relate.parser import Parse
from bioweft.text import sentences
from tests.train import tiny

TITLE, ABSTRACT = "Sanirin binds abc1 in mice.", "Fever binds the rx2. Sanirin binds the gene abc1 in fever."
NAMES = {"sanirin": "chemical", "abc1": "gene", "fever": "disease", "rx2": "cell_line", "mice": "species"}


def document(title: str = TITLE, abstract: str = ABSTRACT) -> AnnotatedDocument:
    """Return a document with the mentions of `NAMES`, each linked to a concept of its name."""
    text_document = Document("pmid:1", (Passage("title", title), Passage("abstract", abstract)))
    places = [
        (match.start(), match.end(), match[0])
        for match in re.finditer("|".join(NAMES), text_document.text, re.IGNORECASE)
    ]
    mentions = tuple(Mention(start, end, text, NAMES[text.lower()]) for start, end, text in places)
    links = tuple((Link(f"x:{mention.text.lower()}"),) for mention in mentions)
    return AnnotatedDocument(text_document, sentences.of_document(text_document), mentions, links)


def parses(annotated: AnnotatedDocument) -> dict[int, Parse]:
    """Return trees in which each word depends on the one before it."""
    trees = {}
    for number, (start, end) in enumerate(annotated.sentences):
        spans = [match.span() for match in re.finditer(r"\w+|[^\w\s]", annotated.document.text[start:end])]
        starts, ends = (tuple(start + span[i] for span in spans) for i in (0, 1))
        count = len(spans)
        heads = tuple(max(0, word - 1) for word in range(count))
        trees[number] = Parse(starts, ends, heads, ("root", *("dobj",) * (count - 1)), ("NN",) * count)
    return trees


def stretches(annotated: AnnotatedDocument, subject: str = "chemical", object_: str = "gene") -> list[Features]:
    """Return the features of all pairs of concepts of two types."""
    concepts: dict[tuple[str, str], list[int]] = {}
    for place, (mention, (link,)) in enumerate(annotated.linked()):
        concepts.setdefault((mention.type, link.concept), []).append(place)
    keys = list(concepts)
    pairs = [
        (a, b, 0) for a, b in product(range(len(keys)), repeat=2) if (keys[a][0], keys[b][0]) == (subject, object_)
    ]
    return list(features(annotated, parses(annotated), [concepts[key] for key in keys], pairs, tiny.tokenizer()))
