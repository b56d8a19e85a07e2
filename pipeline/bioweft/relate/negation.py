"""Negation and speculation of relations by the scope of their cues in the dependency tree; pure functions.

A cue (`not`, `failed`, `may`) governs tokens of the tree: a verb, an adjective or a noun that it denies or supposes. A
relation of two mentions is denied where the path between them passes through such a token, and not because a cue
stands in the sentence: `A inhibits B but not C` denies A-C alone.

The cues are those of negspacy 1.0 (MIT licence; its lists come from NegEx), less the clinical ones, with cues of
abstracts about chemicals and genes. They lie in `negation.tsv`: kind, form and words.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from bioweft.records import Span
from bioweft.relate.parser import Parse

Kind = Literal["negation", "speculation"]


@dataclass(frozen=True, slots=True)
class Cue:
    """A cue in a sentence, and what it denies or supposes.

    `span` and `scope` are offsets into the document's text; the cue lies in its scope. `lexical` marks a word that says
    in itself that there is no effect (`unaffected`, `resistant`), which is no negation of grammar. The rest are places
    of tokens: `governed` are those that the cue denies; the way into or out of `barred` leads to a different clause;
    `reached` are heads of what is denied from above (`inhibition` in `inhibition of B by A was not observed`).
    """

    span: Span
    kind: Kind
    scope: Span
    lexical: bool = False
    governed: frozenset[int] = frozenset()
    barred: frozenset[int] = frozenset()
    reached: frozenset[int] = frozenset()


def _lists() -> Mapping[str, tuple[str, str]]:
    rows = Path(__file__).with_suffix(".tsv").read_text(encoding="utf-8").splitlines()[1:]
    cells = (row.split("\t") for row in rows)
    return {word: (kind, form) for kind, form, words in cells for word in words.split("|")}


_CUES = _lists()
_PATTERN = re.compile(
    r"(?<!\w)(?:" + "|".join(sorted(map(re.escape, _CUES), key=len, reverse=True)) + r")(?!\w)|n't(?!\w)", re.I
)

# Verbs and nouns that add nothing to what they govern: `inhibition was not observed` denies the inhibition.
_LIGHT = frozenset(
    "observed observe detected detect detectable seen see found find noted note evident apparent shown show showed shows "
    "demonstrate demonstrated reveal revealed exhibit exhibited exhibits display displayed displays occur occurred occurs "
    "exist existed exists evidence evidenced indication indications sign signs proof produce produced produces cause caused causes result "
    "resulted results lead led exert exerted exerts elicit elicited elicits be is was were are been have had has having give gave "
    "confirmed confirm report reported supported support measurable possible required present identified identify "
    "appear seem provide provided obtained obtain suggest indicate undergo underwent do does did".split()
)
# Verbs that leave open what they govern: `is not known to` is no denial.
_OPEN = frozenset(
    "known clear understood established determined tested studied examined investigated evaluated explored elucidated "
    "clarified defined excluded ruled exclude rule discounted assessed certain addressed reported".split()
)
_RAISING = frozenset("appear appears appeared seem seems seemed".split())
_EMPTY = frozenset("be been being do does did is are was were has have had can could will would may might".split())
_BREAKS = frozenset("but however although though whereas while yet".split())

_SUBJECTS = frozenset({"nsubj", "nsubjpass", "csubj", "csubjpass", "expl"})
_COMPLEMENTS = frozenset({"dobj", "attr", "acomp", "oprd", "agent", "ccomp", "xcomp", "dative", "pobj"})


class _Tree:
    """A parse with its words and the children of each token."""

    def __init__(self, text: str, parse: Parse) -> None:
        self.parse = parse
        self.heads, self.labels, self.tags = parse.heads, parse.labels, parse.tags
        self.words = [text[s:e].lower() for s, e in zip(parse.starts, parse.ends, strict=True)]
        self.children: list[list[int]] = [[] for _ in parse.heads]
        for place, head in enumerate(parse.heads):
            if head != place:
                self.children[head].append(place)

    def child(self, place: int, *labels: str) -> int | None:
        return next((c for c in self.children[place] if self.labels[c] in labels), None)

    def is_verb(self, place: int) -> bool:
        return self.tags[place].startswith(("VB", "MD"))

    def subtree(self, place: int, barred: frozenset[int] | set[int] = frozenset()) -> list[int]:
        """Return the places below a token and itself, in order, without what is below barred ones."""
        places, queue = [], [place]
        while queue:
            top = queue.pop()
            places.append(top)
            queue += [c for c in self.children[top] if c not in barred]
        return sorted(places)

    def ancestors(self, place: int) -> list[int]:
        """Return the places from a token to the root, itself first."""
        path = [place]
        while self.heads[path[-1]] != path[-1]:
            path.append(self.heads[path[-1]])
        return path


def find_cues(text: str, parse: Parse) -> tuple[Cue, ...]:
    """Return the cues of a sentence of a document's text, in the order of the text; most sentences have none."""
    if not parse.starts:
        return ()
    matches = [match for match in _PATTERN.finditer(text, parse.starts[0], parse.ends[-1]) if match[0] != "NO"]
    if not matches:
        return ()
    starts = {start: place for place, start in enumerate(parse.starts)}
    tree = _Tree(text, parse)
    cues = []
    for match in matches:
        kind, form = _CUES[match[0].lower()]
        places = _places(match.span(), starts, parse)
        if form != "mask" and places:
            cue = _cue(tree, kind, form, places)
            if cue is not None:
                cues.append(cue)
    return _without_double(_joined(cues, tree), tree)


def _joined(cues: Sequence[Cue], tree: _Tree) -> list[Cue]:
    """Return the cues with `neither A nor B` as one, whose span is that of `neither`."""
    joined: list[Cue] = []
    for cue in cues:
        word = tree.words[tree.parse.starts.index(cue.span[0])]
        before = joined[-1] if joined else None
        if word == "nor" and before and tree.words[tree.parse.starts.index(before.span[0])] == "neither":
            scope = min(before.scope[0], cue.scope[0]), max(before.scope[1], cue.scope[1])
            joined[-1] = replace(
                before, scope=scope, governed=before.governed | cue.governed, reached=before.reached | cue.reached,
                barred=before.barred | cue.barred
            )
        else:
            joined.append(cue)
    return joined


def polarity(cues: Sequence[Cue], subject: Span, object: Span, parse: Parse) -> tuple[bool, bool, Span | None]:
    """Return whether a relation of two stretches of a sentence is negated and speculative, and the cue that says so.

    The cue of the negation is returned where there are both. Stretches outside of the sentence, whose relation has no
    path in the tree, are neither.
    """
    if not cues:
        return False, False, None
    ends = [_anchor(span, parse) for span in (subject, object)]
    if ends[0] is None or ends[1] is None:
        return False, False, None
    path, top = _path(ends[0], ends[1], parse)
    deciding: dict[Kind, Span] = {}
    for cue in cues:
        named = cue.lexical and any(cue.span[0] < end and start < cue.span[1] for start, end in (subject, object))
        if cue.kind not in deciding and not named and _decides(cue, path, top, parse):
            deciding[cue.kind] = cue.span
    first = deciding.get("negation", deciding.get("speculation"))
    return "negation" in deciding, "speculation" in deciding, first


def _decides(cue: Cue, path: Sequence[int], top: int, parse: Parse) -> bool:
    if any(place in cue.barred for place in path if place != top):
        return False
    if top in cue.reached:
        return True
    governed = [place for place in path if place in cue.governed]
    # `But not the B antagonist A`: the relation of A and B lies within the name that is denied.
    within = governed == [top] and top in (path[0], path[-1]) and len(path) > 1 and parse.tags[top].startswith("NN")
    return bool(governed) and not within


def _anchor(span: Span, parse: Parse) -> int | None:
    """Return the topmost token of a stretch of text, None if no token is in it."""
    places = [p for p, (s, e) in enumerate(zip(parse.starts, parse.ends, strict=True)) if s < span[1] and span[0] < e]
    inside = set(places)
    return next((p for p in places if parse.heads[p] not in inside or parse.heads[p] == p), None)


def _path(first: int, second: int, parse: Parse) -> tuple[tuple[int, ...], int]:
    """Return the places on the way from a token to another, both included, and the topmost of them.

    Between coordinated tokens the way goes over the word that they depend on: `association` for A and B in
    `association between A and B`.
    """
    ways = [[place] for place in (first, second)]
    for way in ways:
        while (head := parse.heads[way[-1]]) != way[-1]:
            way.append(head)
    below = set(ways[0])
    top = next(place for place in ways[1] if place in below)
    above = ways[0][ways[0].index(top) + 1 :]
    path = [*ways[0][: ways[0].index(top)], top, *reversed(ways[1][: ways[1].index(top)])]
    coordinated = top in (first, second) and any(parse.labels[place] == "conj" for place in path if place != top)
    if coordinated or parse.labels[top] == "prep":
        for head in above:
            label, top = parse.labels[top], head
            path.insert(1, head)
            if label not in ("conj", "pobj", "pcomp"):
                break
    return tuple(path), top


def _places(span: Span, starts: Mapping[int, int], parse: Parse) -> list[int]:
    """Return the places of the tokens of a cue; none where it is only a part of a token, as within a mention."""
    first = starts.get(span[0])
    if first is None:
        return []
    places = [first]
    while parse.ends[places[-1]] < span[1]:
        places.append(places[-1] + 1)
    return places if parse.ends[places[-1]] == span[1] else []


def _cue(tree: _Tree, kind: str, form: str, places: Sequence[int]) -> Cue | None:
    """Return the cue of these tokens with all that it governs."""
    span = tree.parse.starts[places[0]], tree.parse.ends[places[-1]]
    key = next((p for p in places if tree.heads[p] not in places), places[0])
    named: Kind = "speculation" if kind == "speculation" else "negation"
    lexical = kind == "absence"
    if form == "adjunct":
        return Cue(span, named, _scope(tree, places, key, key), lexical)
    if form == "modifier":
        target = _modified(tree, key)
        if target == key:
            form = "self"
        elif named == "negation" and tree.words[target] in _OPEN:
            named, form = "speculation", "claim"
    elif form == "phrase":
        target = _complement(tree, key, places[-1])
    else:
        target = key
    governed = _governed(tree, target, form, key)
    reached = _reached(tree, governed, form)
    barred = _barred(tree, governed, key)
    return Cue(span, named, _scope(tree, places, key, target), lexical, governed, barred, reached)


def _modified(tree: _Tree, key: int) -> int:
    """Return the token that a modifier such as `not`, `no` or `may` stands with; itself where it has a place of its own."""
    head, label = tree.heads[key], tree.labels[key]
    if label == "cc":  # nor did B
        return _next_conjunct(tree, head, key)
    if tree.labels[head] in ("cc", "preconj") and head != key:  # A but not B
        return _next_conjunct(tree, tree.heads[head], key)
    if label == "neg" and head < key and not tree.is_verb(head) and tree.words[key - 1] in ("but", "and", ",", "or", "("):
        return _next_conjunct(tree, head, key)
    if label in ("neg", "det", "aux", "auxpass", "advmod", "preconj", "mark", "amod", "compound", "nmod", "predet"):
        while tree.labels[head] in ("compound", "nmod") and label in ("det", "compound", "nmod", "preconj", "predet"):
            head = tree.heads[head]
        return head
    return key


def _next_conjunct(tree: _Tree, head: int, key: int) -> int:
    """Return the first conjunct of `head` after the cue, or else the head of the words that follow the cue."""
    conjunct = next((c for c in tree.children[head] if c > key and tree.labels[c] == "conj"), None)
    if conjunct is not None:
        return conjunct
    if head > key:
        return head
    return next((p for p in range(key + 1, len(tree.heads)) if tree.heads[p] <= key), head)


def _complement(tree: _Tree, key: int, last: int) -> int:
    """Return what a preposition such as `without` governs: its object, or the head of the words that follow it."""
    inside = tree.child(key, "pobj", "pcomp", "prep", "conj")
    if inside is not None and inside > last:
        return inside
    return next((p for p in range(last + 1, len(tree.heads)) if tree.heads[p] <= last), key)


def _governed(tree: _Tree, target: int, form: str, key: int) -> frozenset[int]:
    governed = [target]
    if form == "self":
        # failed to induce, unable to bind, lack of binding
        governed += [c for c in tree.children[target] if tree.labels[c] in ("xcomp", "acl")]
        for preposition in tree.children[target]:
            if tree.words[preposition] == "of" and (inside := tree.child(preposition, "pobj", "pcomp")) is not None:
                governed.append(inside)
    head = tree.heads[target]
    if form == "self" and tree.labels[target] in ("acomp", "attr", "oprd") and tree.words[head] in _EMPTY:
        governed.append(head)  # was inactive at B
    if form == "modifier" and not tree.is_verb(target) and head != target and tree.words[head] in _LIGHT:
        # Whereas B had no effect: the verb is denied with its object, unless the object says upon what.
        if not any(tree.labels[c] in ("prep", "acl") and c > target for c in tree.children[target]):
            governed.append(head)
    return frozenset(governed)


def _reached(tree: _Tree, governed: frozenset[int], form: str) -> frozenset[int]:
    """Return heads that are denied or supposed from above: what light verbs, claims and inquiries are about."""
    queue = [g for g in governed if form in ("claim", "inquiry") or tree.words[g] in _LIGHT]
    reached: set[int] = set()
    while queue:
        place = queue.pop()
        for child in tree.children[place]:
            label = tree.labels[child]
            if label == "prep" and tree.words[child] in ("of", "for", "to", "in", "that"):
                inside = tree.child(child, "pobj", "pcomp")
                if inside is None or tree.is_verb(place) and tree.words[child] in ("of", "for"):
                    continue
                child = inside
            elif label not in ("ccomp", "xcomp", "acl", "relcl", "dobj", "attr", "acomp", "nsubjpass", "oprd", "conj"):
                continue
            if child not in reached:
                reached.add(child)
                if tree.words[child] in _LIGHT or label == "xcomp":
                    queue.append(child)
    return frozenset(reached)


def _barred(tree: _Tree, governed: frozenset[int], key: int) -> frozenset[int]:
    """Return the tokens at which a different clause, or one that the cue does not govern, begins."""
    barred = set()
    for place in governed:
        elliptical = _is_elliptical(tree, place, governed)
        for child in tree.children[place]:
            label, word = tree.labels[child], tree.words[child]
            if label == "conj" and not _shares(tree, place, child, key):
                barred.add(child)
            elif label in ("advcl", "parataxis", "dep"):
                if not elliptical and not _has_pronoun(tree, place):
                    barred.add(child)
            elif label in ("appos", "attr") and child > place and tree.words[child - 1] != "not" and _after_comma(tree, place, child):
                barred.add(child)
            elif label == "prep" and word in ("unlike", "except", "besides", "despite", "without"):
                barred.add(child)
            elif label == "prep" and word == "in" and any(tree.words[c] in ("contrast", "addition") for c in tree.children[child]):
                barred.add(child)
        if tree.labels[place] in ("advcl", "ccomp", "parataxis", "conj", "dep") and not elliptical:
            barred.add(place)
    return frozenset(barred - {key})


def _shares(tree: _Tree, place: int, conjunct: int, key: int) -> bool:
    """Return whether a cue of a token holds for its conjunct too: `did not affect A or reduce B`."""
    between = {tree.words[p] for p in range(place + 1, conjunct)} if place < conjunct else set()
    if "but" in between or "however" in between or key > conjunct or place < key < conjunct:
        return place < key < conjunct
    if not tree.is_verb(place):
        return True
    if tree.child(conjunct, *_SUBJECTS) is not None or tree.child(conjunct, "aux", "auxpass") is not None:
        return False
    return tree.tags[place] == tree.tags[conjunct]


def _after_comma(tree: _Tree, place: int, child: int) -> bool:
    return "," in tree.words[max(place + 1, tree.subtree(child)[0] - 1) : child + 1]


def _has_pronoun(tree: _Tree, place: int) -> bool:
    """Return whether the subject of a clause stands for a name in the clause beside it: `although A .., it did not ..`."""
    subject = tree.child(place, "nsubj", "nsubjpass")
    return subject is not None and tree.words[subject] in ("it", "they")


def _is_elliptical(tree: _Tree, place: int, governed: frozenset[int]) -> bool:
    """Return whether a clause leaves out what it denies, which then stands in the clause beside it: `whereas B did not`."""
    subject = tree.child(place, "nsubj", "nsubjpass")
    if subject is None or tree.words[subject] in ("it", "they"):
        return True
    labels = ("dobj", "agent", "ccomp", "xcomp", "attr", "acomp")
    return not any(tree.labels[c] in labels and c not in governed for c in tree.children[place])


def _scope(tree: _Tree, places: Sequence[int], key: int, target: int) -> Span:
    """Return the stretch that the cue denies, by the customs of BioScope: from the cue to the end of its phrase.

    A passive subject, or a subject that the cue stands in, belongs to it.
    """
    first, top = places[0], target
    raised = tree.labels[target] in ("acomp", "oprd") and key == target
    if raised or tree.is_verb(target) and (tree.child(target, "auxpass") is not None or tree.words[target] in _RAISING):
        subject = tree.child(tree.heads[target] if raised else target, "nsubj", "nsubjpass", "csubjpass", "csubj")
        if subject is not None:
            first = min(first, tree.subtree(subject)[0])
    elif tree.labels[target] in ("nsubj", "nsubjpass") and key < target:
        top = tree.heads[target]
    below = tree.subtree(top, set(_barred(tree, frozenset({top}), key)))
    last = max([place for place in below if tree.labels[place] not in ("punct", "cc")] + [places[-1]])
    while last + 1 < len(tree.heads) and _closes(tree, first, last + 1):
        last += 1
    return tree.parse.starts[first], tree.parse.ends[last]


def _closes(tree: _Tree, first: int, place: int) -> bool:
    """Return whether a token closes a bracket of the stretch before it, or belongs to its last word (`Ca2+`)."""
    if tree.words[place] in (")", "]"):
        words = tree.words[first:place]
        return words.count("(") + words.count("[") > words.count(")") + words.count("]")
    joined = tree.parse.ends[place - 1] == tree.parse.starts[place]
    return joined and tree.labels[place] == "punct" and tree.words[place] in ("+", "-")


def _without_double(cues: Sequence[Cue], tree: _Tree) -> tuple[Cue, ...]:
    """Return the cues without those that undo each other: `did not fail to`, `not independent of`."""
    denied = {place for cue in cues if cue.kind == "negation" for place in cue.governed}
    undone, kept = set[int](), list[Cue]()
    own = {c.span: tree.parse.starts.index(c.span[0]) for c in cues}
    for cue in cues:
        inner = [c for c in cues if c is not cue and c.kind == cue.kind == "negation" and own[c.span] in cue.governed
                 and own[cue.span] not in c.governed]
        if inner:
            undone.update({own[cue.span], *(own[c.span] for c in inner)})
    del denied
    return tuple(replace(c, governed=frozenset(), reached=frozenset()) if own[c.span] in undone else c for c in cues)


def scopes(cues: Sequence[Cue]) -> Iterator[Span]:
    """Yield the scopes of the negations of grammar."""
    return (cue.scope for cue in cues if cue.kind == "negation" and not cue.lexical)
