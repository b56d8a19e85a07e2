"""The last look at a document's mentions: boundaries, words that name nothing, reporters, people.

What dictionaries find is left alone, but for people: their terms are reviewed where they are compiled.
"""

import csv
import hashlib
import re
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, cached_property
from importlib.resources import files

from bioweft.records import DICTIONARY, AnnotatedDocument, DictionaryHit, Mention, Span
from bioweft.tag import people
from bioweft.tag.apart import apart, by_type, in_order
from bioweft.tag.base import Tagger
from bioweft.tag.boundaries import repaired
from bioweft.tag.definitions import as_defined
from bioweft.tag.whole_terms import in_whole_terms
from bioweft.text.words import occurrences

VERSION = 5
"""Version of the code; counts up whenever it could make other mentions of the same."""

_WORDS = files("bioweft.tag") / "no_mentions.tsv"
_REPORTER = "reporter"
_OFTEN = 4
"""Times that a document must write a reporter so that it is about it."""


_DENIED = re.compile(r"non[-‐‑ ]\w+", re.IGNORECASE)
"""A disease that is denied (`non-epilepsy`), or the first half of a name (`non-squamous`)."""
_LINE, _TYPE = "cell_line", "cell_type"
_OTHERS: Mapping[str, tuple[str, ...]] = {
    "cell_line": ("cell_type", "species", "disease"),
    "cell_type": ("disease", "species"),
    "disease": ("species",),
    "gene": ("species", "disease"),
}
"""The types that a mention of a type may turn out to be. Genes and chemicals share too many names (`angiotensin`)."""
_TREATED = re.compile(
    r"^\S+-(?:treated|stimulated|activated|transformed|induced|derived|resistant|exposed|infected)\s+"
)
_CODE = re.compile(r"[A-Z0-9]")
_CELLS = re.compile(r"(?:\b(?:cells?|lines?|cultures?|clones?|hybrids?)|(?:cyte|blast)s?)$", re.IGNORECASE)
_CULTURE = re.compile(r"\s*(?:cells?\s*)?(?:(?:primary|clonal)\s+)?(?:lines?|cultures?|clones?)?", re.IGNORECASE)


class ReviewedTagger:
    """A tagger whose mentions are reviewed.

    `with_people`: words for people are mentions of a species; where not, none of them is. `with_words`: what
    `no_mentions.tsv` lists is left out, and pieces of a term become the term. A corpus may annotate otherwise, so in
    the manner of one neither is asked for.
    """

    def __init__(self, tagger: Tagger, *, with_people: bool | None, with_words: bool = True) -> None:
        self.name = tagger.name
        self.tagger = tagger
        self._with_people = with_people
        self._with_words = with_words

    @property
    def on_gpu(self) -> bool:
        """True where the tagger works on a GPU."""
        return self.tagger.on_gpu

    @cached_property
    def digest(self) -> str:
        """Digest of the tagger and what reviews its mentions."""
        how = f"{VERSION}\n{self.tagger.digest}\n{self._with_people}\n{self._with_words}\n"
        return hashlib.sha256(how.encode() + _WORDS.read_bytes()).hexdigest()[:16]

    def load(self) -> None:
        """Make the tagger ready."""
        self.tagger.load()

    def tag(self, documents: Iterable[AnnotatedDocument]) -> Iterator[AnnotatedDocument]:
        """Yield each document in turn with its mentions, in order of start, none overlapping within a type."""
        for annotated in self.tagger.tag(documents):
            text = annotated.document.text
            mentions = as_defined(text, mended(text, annotated.mentions, annotated.dictionary_hits))
            if self._with_words:
                mentions = without_words(annotated, retyped(annotated, mentions))
                mentions = in_whole_terms(text, mentions, annotated.dictionary_hits)
            if self._with_people is not None:
                mentions = people.tagged(text, mentions) if self._with_people else people.without(mentions)
            yield annotated.tagged(mentions, annotated.dictionary_hits)


def mended(text: str, mentions: Sequence[Mention], hits: Sequence[DictionaryHit]) -> list[Mention]:
    """Return mentions in order with the boundaries of those of a model mended."""
    of_model = [m for m in mentions if m.tagger != DICTIONARY]
    if not of_model:
        return list(mentions)
    of_dictionaries = [m for m in mentions if m.tagger == DICTIONARY]
    taken, of_type = by_type(of_dictionaries), by_type(of_model)
    longest = max((hit.end - hit.start for hit in hits), default=0)
    whole: list[Mention] = []
    first = 0
    for mention in of_model:
        while first < len(hits) and hits[first].start + longest <= mention.start:
            first += 1
        last = first
        while last < len(hits) and hits[last].start < mention.end:
            last += 1
        of_mention = list(repaired(text, mention, hits[first:last]))
        if any(len(of_type[m.type].over(m.start, m.end)) > 1 for m in of_mention):
            of_mention = [mention]  # each of two in one name, as in `ETV6-NTRK3`, is a mention
        whole += of_mention
    kept = (m for m in apart(whole) if not taken[m.type].over(m.start, m.end))
    return in_order([*kept, *of_dictionaries])


def retyped(annotated: AnnotatedDocument, mentions: Iterable[Mention]) -> list[Mention]:
    """Return mentions in order, those of another type with that type, and those of a line that name none left out.

    A model's mention that dictionaries have as a name of another type alone gets that type where such errors are
    common (`_OTHERS`): `Epstein-Barr virus` is no disease. One of a cell line that names cells of a type, as
    `cultured fibroblasts`, is of a cell type.
    """
    hits: defaultdict[Span, set[str]] = defaultdict(set)
    for hit in annotated.dictionary_hits:
        hits[hit.start, hit.end].add(hit.type)
    kept, moved = [], []
    for mention in mentions:
        others = set() if mention.tagger == DICTIONARY else hits.get((mention.start, mention.end), set())
        if mention.type not in others and (types := others.intersection(_OTHERS.get(mention.type, ()))):
            moved.append(replace(mention, type=min(types, key=_OTHERS[mention.type].index)))
        elif mention.type != _LINE or mention.tagger == DICTIONARY or not names_no_line(mention, hits):
            kept.append(mention)
        elif cells := cells_in(mention, hits):
            moved.append(cells)
    if not moved:
        return kept
    taken = by_type(kept)
    return in_order([*kept, *(m for m in apart(moved) if not taken[m.type].over(m.start, m.end))])


def names_no_line(mention: Mention, hits: Mapping[Span, Container[str]]) -> bool:
    """Say whether a mention of a cell line is made of words alone (`breast cancer cell lines`)."""
    if any(_LINE in hits[span] for span in hits if mention.start <= span[0] and span[1] <= mention.end):
        return False
    words = _TREATED.sub("", mention.text)
    start = mention.end - len(words)
    places = range(start + words[:1].isupper(), mention.end)
    types = [span for span in hits if _TYPE in hits[span] and mention.start <= span[0] and span[1] <= mention.end]
    is_code = any(_CODE.match(words, place - start) and not _in(place, types) for place in places)
    return not is_code and _CELLS.search(words) is not None


def _in(place: int, spans: Iterable[Span]) -> bool:
    return any(start <= place < end for start, end in spans)


def cells_in(mention: Mention, hits: Mapping[Span, Container[str]]) -> Mention | None:
    """Return the mention of the cell type that ends a mention of a cell line, or None where there is none."""
    ends = [span[1] for span in hits if mention.start <= span[0] and span[1] <= mention.end and _TYPE in hits[span]]
    end = max(ends, default=mention.start)
    if end == mention.start or _CULTURE.fullmatch(mention.text, end - mention.start) is None:
        return None
    return replace(mention, type=_TYPE, end=end, text=mention.text[: end - mention.start])


def without_words(annotated: AnnotatedDocument, mentions: Iterable[Mention]) -> list[Mention]:
    """Return the mentions that are no words of `no_mentions.tsv`; reporters stay where the document is about them."""
    kept = []
    for mention in mentions:
        reason = None if mention.tagger == DICTIONARY else _reason(mention.text, mention.type)
        if mention.type == "disease" and mention.tagger != DICTIONARY and _DENIED.fullmatch(mention.text):
            continue
        if reason is None or (reason == _REPORTER and _is_about(annotated, mention.text)):
            kept.append(mention)
    return kept


def _is_about(annotated: AnnotatedDocument, reporter: str) -> bool:
    """Return whether a document is about a reporter: in its title, or often; a single sentence cannot tell."""
    document = annotated.document
    if len(annotated.sentences) <= 1 or reporter in document.title:
        return True
    return sum(1 for _ in occurrences(document.text, reporter)) >= _OFTEN


def _reason(name: str, type_: str) -> str | None:
    words = _words()
    folded = " ".join(name.casefold().replace("-", " ").split())
    for form in (folded, folded.removesuffix("s")):
        for key in ((form, type_), (form, "*")):
            if key in words:
                return words[key]
    return None


@cache
def _words() -> dict[tuple[str, str], str]:
    lines = (line for line in _WORDS.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
    return {(row["term"], row["type"]): row["reason"] for row in csv.DictReader(lines, delimiter="\t")}
