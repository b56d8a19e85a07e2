"""Gives each mention the concepts that it names, as the dictionary hits of its document say."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from bioweft.records import DICTIONARY, AnnotatedDocument, DictionaryHit, Link, Mention

VERSION = 1
"""Counts up whenever the same mentions and hits could give other links."""

Links = tuple[Link, ...]
HitsByEnd = Mapping[tuple[str, int], Sequence[DictionaryHit]]


def link(annotated: AnnotatedDocument) -> AnnotatedDocument:
    """Return a document with the links of its mentions."""
    return replace(annotated, links=tuple(links_of(annotated.mentions, annotated.dictionary_hits)))


def links_of(mentions: Sequence[Mention], hits: Iterable[DictionaryHit]) -> list[Links]:
    """Return the links of each mention of a document.

    A mention names what the longest hit of its type names that ends where it ends and does not begin before it. Where
    the mention is longer (`familial breast cancer`), the concept is a wider one, and its score the share that the hit
    has of the mention. A name means the same throughout a document: a mention without a link has that of a whole hit
    elsewhere; but a dictionary's own mention has what its hit says, also where that is nothing.
    """
    by_end = hits_by_end(hits)
    links = [_links(mention, by_end) for mention in mentions]
    by_name: dict[tuple[str, str], Links] = {}
    for mention, of_mention in zip(mentions, links, strict=True):
        if mention.tagger != DICTIONARY and of_mention and of_mention[0].score == 1.0:
            by_name.setdefault((mention.type, mention.text), of_mention)
    return [
        of_mention or (by_name.get((mention.type, mention.text), ()) if mention.tagger != DICTIONARY else ())
        for mention, of_mention in zip(mentions, links, strict=True)
    ]


def hits_by_end(hits: Iterable[DictionaryHit]) -> HitsByEnd:
    """Return hits by their type and end."""
    by_end: dict[tuple[str, int], list[DictionaryHit]] = {}
    for hit in hits:
        by_end.setdefault((hit.type, hit.end), []).append(hit)
    return by_end


def hits_of(mention: Mention, by_end: HitsByEnd) -> list[DictionaryHit]:
    """Return the hits that tell what a mention names: several of one stretch where it names several concepts."""
    inside = [hit for hit in by_end.get((mention.type, mention.end), ()) if hit.start >= mention.start]
    if len(inside) < 2:
        return inside
    longest = min(hit.start for hit in inside)
    return [hit for hit in inside if hit.start == longest]


def _links(mention: Mention, by_end: HitsByEnd) -> Links:
    hits = hits_of(mention, by_end)
    links = tuple(hit.link for hit in hits if hit.link is not None)
    if not links or hits[0].start == mention.start:
        return links
    share = (mention.end - hits[0].start) / (mention.end - mention.start)
    return tuple(replace(link, score=link.score * share) for link in links)
