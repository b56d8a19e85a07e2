"""Negation and speculation of relations, by the scope of their cues in the dependency tree.

A cue (`not`, `failed`, `may`) governs tokens: a verb, an adjective or a noun that it denies or supposes. A relation of
two mentions is denied if the path between them in the tree passes such a token. A cue that only stands in the same
sentence does nothing: `A inhibits B but not C` denies A-C alone.

The cues are in `negation.tsv`; the commonest are those of negspacy (MIT licence), which has them from NegEx. How a cue
governs is said by its form there:

- `modifier` governs its head: `not`, `no`, `may`;
- `self` governs itself and what completes it: `failed to induce`, `lack of binding`, `was resistant to`;
- `phrase` governs its object: `without`, `rather than`;
- `adjunct` governs as `self` does, but only an effect, since B still depends on A `in the absence of C`;
- `claim` and `inquiry` govern what they are about: `we hypothesized that`, `to determine the effect of`;
- `mask` hides cues that it contains: `not only`, `no doubt`.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, cast

from bioweft.records import Span
from bioweft.relate.parser import Parse

Kind = Literal["negation", "speculation"]
Sort = Literal["negation", "effect", "state", "speculation"]
"""What a cue is: a negation of grammar (`not`, `failed`), a word for the absence of an effect (`unaffected`), a word
for a state that shows none (`resistant`), or speculation."""


@dataclass(frozen=True, slots=True)
class Cue:
    """A cue in a sentence, and what it denies or supposes.

    `span` and `scope`, which contains it, are offsets into the document's text. The other fields are places of tokens:
    `governed` are denied or supposed; a path that enters or leaves a `barred` one leaves the scope; and `about` are
    heads of what is denied or supposed from above, as `inhibition` in `inhibition of B by A was not observed`.
    """

    span: Span
    sort: Sort
    scope: Span
    governed: frozenset[int] = frozenset()
    barred: frozenset[int] = frozenset()
    about: frozenset[int] = frozenset()

    @property
    def kind(self) -> Kind:
        """Whether the cue denies or supposes."""
        return "speculation" if self.sort == "speculation" else "negation"


def find_cues(text: str, parse: Parse) -> tuple[Cue, ...]:
    """Return the cues of a sentence of a document's text, in order.

    `Neither A nor B` has one, with the span of its first word. Cues that undo each other (`did not fail to`) are
    returned, and govern nothing.
    """
    if not parse.starts:
        return ()
    # NO is nitric oxide.
    matches = [match for match in _PATTERN.finditer(text, parse.starts[0], parse.ends[-1]) if match[0] != "NO"]
    if not matches:
        return ()
    tree = _Tree(text, parse)
    cues: list[Cue] = []
    for match in matches:
        sort, form = _CUES[match[0].lower()]
        tokens = _tokens(match.span(), parse)
        if form == "mask" or tokens is None:
            continue
        cue = _cue(tree, cast(Sort, sort), form, tokens)
        if match[0].lower() == "nor" and cues and text[slice(*cues[-1].span)].lower() == "neither":
            cues[-1] = _joined(cues[-1], cue)
        else:
            cues.append(cue)
    return _without_double(cues, parse)


def polarity(cues: Sequence[Cue], subject: Span, object: Span, parse: Parse) -> tuple[bool, bool, Span | None]:
    """Return whether a relation of two stretches of a sentence is negated and speculative, and the cue that says so.

    Where it is both, the cue is that of the negation. An event is judged by its trigger, given as subject and object. A
    stretch without a token in the sentence has no relation that could be denied.
    """
    if not cues:
        return False, False, None
    first, second = _top(subject, parse), _top(object, parse)
    if first is None or second is None:
        return False, False, None
    path, top = _path(first, second, parse)
    deciding: dict[Kind, Span] = {}
    for cue in cues:
        # In `A induces resistance` the state is an argument.
        argument = cue.sort == "state" and (_overlap(cue.span, subject) or _overlap(cue.span, object))
        if cue.kind not in deciding and not argument and _decides(cue, path, top, parse):
            deciding[cue.kind] = cue.span
    return "negation" in deciding, "speculation" in deciding, deciding.get("negation", deciding.get("speculation"))


def _overlap(span: Span, other: Span) -> bool:
    return span[0] < other[1] and other[0] < span[1]


def _decides(cue: Cue, path: Sequence[int], top: int, parse: Parse) -> bool:
    """Return whether a cue denies or supposes a relation with this path, of which `top` is the topmost token."""
    if any(place in cue.barred for place in path if place != top):
        return False
    if top in cue.about:
        return True
    governed = [place for place in path if place in cue.governed]
    if governed != [top] or len(path) == 1 or top not in (path[0], path[-1]):
        return bool(governed)
    # `But not the B antagonist A`: the relation of A and B lies within the name that is denied.
    below = path[1] if top == path[0] else path[-2]
    return parse.labels[below] not in _IN_NAME


def _top(span: Span, parse: Parse) -> int | None:
    """Return the topmost token of a stretch of text, None if there is no token in it."""
    first, last = bisect_right(parse.ends, span[0]), bisect_left(parse.starts, span[1])
    return next((p for p in range(first, last) if not first <= parse.heads[p] < last or parse.heads[p] == p), None)


def _path(first: int, second: int, parse: Parse) -> tuple[tuple[int, ...], int]:
    """Return the places on the way between two tokens, both included, and the topmost of them.

    The way between two that are coordinated leads over the word that they depend on: `association`, for A and B in
    `association between A and B`.
    """
    up, down = _ancestors(first, parse.heads), _ancestors(second, parse.heads)
    above_first = set(up)
    top = next(place for place in down if place in above_first)
    turn = up.index(top)
    path = [*up[: turn + 1], *reversed(down[: down.index(top)])]
    conjuncts = any(parse.labels[place] == "conj" and parse.heads[place] == top for place in path if place != top)
    coordinated = conjuncts and top in (first, second)
    if coordinated or parse.labels[top] == "prep":
        for head in up[turn + 1 :]:
            label, top = parse.labels[top], head
            path.insert(1, head)
            if label not in ("conj", "pobj", "pcomp"):
                break
    return tuple(path), top


def _ancestors(place: int, heads: Sequence[int]) -> list[int]:
    """Return the places from a token to the root, itself first."""
    way = [place]
    while heads[way[-1]] != way[-1]:
        way.append(heads[way[-1]])
    return way


def _lists() -> Mapping[str, tuple[str, str]]:
    """Return the sort and the form of each cue."""
    rows = Path(__file__).with_suffix(".tsv").read_text(encoding="utf-8").splitlines()[1:]
    cells = (row.split("\t") for row in rows)
    return {word: (sort, form) for sort, form, words in cells for word in words.split("|")}


def _pattern(cues: Collection[str]) -> re.Pattern[str]:
    """Return the pattern of a cue that is whole words, the longest there is; by first letters, to be twice as fast."""
    letters: dict[str, list[str]] = {}
    for cue in sorted(cues, key=len, reverse=True):
        letters.setdefault(cue[0], []).append(re.escape(cue[1:]))
    groups = (f"{letter}(?:{'|'.join(rest)})" for letter, rest in letters.items())
    return re.compile(rf"\b(?:{'|'.join(groups)})(?!\w)|n't\b", re.IGNORECASE)


_CUES = _lists()
_PATTERN = _pattern(_CUES)

_LIGHT = frozenset(
    "observed observe detected detect detectable seen see found find noted note evident apparent shown show showed"
    " shows demonstrate demonstrated reveal revealed exhibit exhibited exhibits display displayed displays occur"
    " occurred occurs exist existed exists evidence evidenced indication indications sign signs proof produce"
    " produced produces cause caused causes result resulted results lead led exert exerted exerts elicit elicited"
    " elicits be is was were are been have had has having give gave confirmed confirm report reported supported"
    " support measurable possible required present identified identify appear seem provide provided obtained obtain"
    " suggest indicate undergo underwent do does did idea hypothesis notion view claim assumption suggestion".split()
)
"""Words that add nothing to what they govern: `inhibition was not observed` denies the inhibition."""

_OPEN = frozenset(
    "known clear understood established determined tested studied examined investigated evaluated explored elucidated"
    " clarified defined excluded ruled exclude rule discounted assessed certain addressed".split()
)
"""Words whose denial leaves the matter open: `is not known to`, `could not be excluded`."""

_EFFECTS = frozenset("effect effects evidence association correlation relationship influence impact".split())
_EMPTY = frozenset("be been being do does did is are was were has have had can could will would may might".split())
_RAISING = frozenset("appear appears appeared seem seems seemed".split())
_REASONS = frozenset("because since as although though while whereas".split())
_ASIDES = frozenset({"unlike", "except", "besides", "despite", "without"})
_CLAUSES = frozenset({"advcl", "ccomp", "parataxis", "conj", "dep"})
_SUBJECTS = ("nsubj", "nsubjpass", "csubj", "csubjpass")
_MODIFIERS = frozenset("neg det aux auxpass advmod preconj mark amod compound nmod predet".split())
_IN_NAME = frozenset({"compound", "nmod", "amod", "appos", "poss"})


class _Tree:
    """A parse with the words of its tokens and the children of each."""

    def __init__(self, text: str, parse: Parse) -> None:
        self.parse, self.heads, self.labels = parse, parse.heads, parse.labels
        self.words = [text[start:end].lower() for start, end in zip(parse.starts, parse.ends, strict=True)]
        self.children: list[list[int]] = [[] for _ in parse.heads]
        for place, head in enumerate(parse.heads):
            if head != place:
                self.children[head].append(place)

    def child(self, place: int, *labels: str) -> int | None:
        """Return the first child with one of the labels."""
        return next((child for child in self.children[place] if self.labels[child] in labels), None)

    def is_verb(self, place: int) -> bool:
        """Return whether a token is a verb or a modal."""
        return self.parse.tags[place].startswith(("VB", "MD"))

    def below(self, place: int, outside: Collection[int] = ()) -> list[int]:
        """Return a token and the tokens below it in order, without those `outside` and what is below them."""
        places, queue = [], [place]
        while queue:
            top = queue.pop()
            places.append(top)
            queue += [child for child in self.children[top] if child not in outside]
        return sorted(places)


def _tokens(span: Span, parse: Parse) -> range | None:
    """Return the tokens of a cue; None where it is a part of a token, as within a mention."""
    first, last = bisect_left(parse.starts, span[0]), bisect_left(parse.ends, span[1])
    whole = first < len(parse.starts) and parse.starts[first] == span[0] and parse.ends[last] == span[1]
    return range(first, last + 1) if whole else None


def _cue(tree: _Tree, sort: Sort, form: str, tokens: range) -> Cue:
    """Return the cue of these tokens with all that it governs."""
    span = tree.parse.starts[tokens[0]], tree.parse.ends[tokens[-1]]
    key = next((place for place in tokens if tree.heads[place] not in tokens), tokens[0])
    target = key
    if form == "modifier":
        target = _modified(tree, key)
        if target == key:
            form = "self"
        elif sort == "negation" and tree.words[target] in _OPEN:
            sort, form = "speculation", "claim"
    elif form == "phrase":
        target = _object(tree, key, tokens[-1])
    scope = _scope(tree, tokens, key, target)
    if form == "adjunct":
        absent = {tree.words[place] for place in tree.below(key)}
        if absent.isdisjoint(_EFFECTS) or tree.words[tree.heads[key]] == "in":
            return Cue(span, sort, scope)
        form = "self"
    governed = _governed(tree, target, form)
    if tree.words[key] == "nor" and tree.words[key + 2 : key + 3] != ["-"] and key + 1 < len(tree.heads):
        governed |= {key + 1}  # `nor B inhibited C`, where the parser may read `B-inhibited`
    return Cue(span, sort, scope, governed, _barred(tree, governed, key), _about(tree, governed, form))


def _modified(tree: _Tree, key: int) -> int:
    """Return what a modifier such as `not`, `no` or `may` stands with; itself if it is no modifier there."""
    head, label = tree.heads[key], tree.labels[key]
    if label == "cc":  # nor did B
        return _conjunct(tree, head, key)
    if tree.labels[head] in ("cc", "preconj") and head != key:  # A but not B, where `not` depends on `but`
        return _conjunct(tree, tree.heads[head], key)
    joins = label == "neg" and head < key and tree.words[key - 1] in ("but", "and", ",", "or", "(")
    if joins and not tree.is_verb(head):  # the same, where it depends on A
        return _conjunct(tree, head, key)
    if label not in _MODIFIERS:
        return key
    if label in ("det", "compound", "nmod", "preconj", "predet"):  # neither A nor B expression
        while tree.labels[head] in ("compound", "nmod"):
            head = tree.heads[head]
    return head


def _conjunct(tree: _Tree, head: int, key: int) -> int:
    """Return the first conjunct of `head` after the cue, or else the head of the words that follow the cue."""
    conjunct = next((child for child in tree.children[head] if child > key and tree.labels[child] == "conj"), None)
    if conjunct is not None:
        return conjunct
    return head if head > key else _next_head(tree, key, head)


def _object(tree: _Tree, key: int, last: int) -> int:
    """Return what a preposition such as `without` governs."""
    inside = tree.child(key, "pobj", "pcomp", "prep", "conj")
    return inside if inside is not None and inside > last else _next_head(tree, last, key)


def _next_head(tree: _Tree, place: int, default: int) -> int:
    """Return the first token after a place that depends on the words before it."""
    following = range(place + 1, len(tree.heads))
    return next((p for p in following if tree.heads[p] <= place and tree.labels[p] != "punct"), default)


def _governed(tree: _Tree, target: int, form: str) -> frozenset[int]:
    """Return what is denied or supposed together with the target of a cue."""
    governed, head, children = [target], tree.heads[target], tree.children[target]
    if form == "self":
        # Failed to induce; lack of binding; was resistant; acted independently of B, where `of` may depend on the verb.
        governed += [child for child in children if tree.labels[child] in ("xcomp", "acl")]
        objects = [tree.child(child, "pobj", "pcomp") for child in children if tree.words[child] == "of"]
        governed += [place for place in objects if place is not None]
        if tree.labels[target] in ("acomp", "attr", "oprd") and tree.words[head] in _EMPTY:
            governed.append(head)
        after = target + 1
        if after < len(tree.heads) and tree.labels[after] == "prep" and tree.heads[after] == head:
            governed.append(after)
    elif form == "modifier" and not tree.is_verb(target) and tree.words[head] in _LIGHT:
        # Whereas B had no effect: the verb is denied with its object, unless the object says upon what.
        completed = any(tree.labels[child] in ("prep", "acl") and child > target for child in children)
        governed += [] if completed else [head]
    return frozenset(governed)


def _about(tree: _Tree, governed: Collection[int], form: str) -> frozenset[int]:
    """Return the heads of what light words, claims and inquiries are about."""
    queue = [place for place in governed if form in ("claim", "inquiry") or tree.words[place] in _LIGHT]
    about = set[int]()
    while queue:
        place = queue.pop()
        for child in tree.children[place]:
            label = tree.labels[child]
            if label == "prep":  # evidence for binding, led to binding
                inside = tree.child(child, "pobj", "pcomp")
                words = ("to", "in") if tree.is_verb(place) else ("of", "for", "to", "in")
                head = inside if tree.words[child] in words else None
            else:
                head = child if label in _ABOUT else None
            if head is not None and head not in about:
                about.add(head)
                if tree.words[head] in _LIGHT or label == "xcomp":
                    queue.append(head)
    return frozenset(about)


_ABOUT = frozenset("ccomp xcomp acl relcl dobj attr acomp nsubjpass oprd conj".split())


def _barred(tree: _Tree, governed: Collection[int], key: int) -> frozenset[int]:
    """Return the tokens at which something begins that the cue does not govern."""
    barred = set[int]()
    for place in governed:
        elliptical = _is_elliptical(tree, place, governed)
        for child in tree.children[place]:
            label, word = tree.labels[child], tree.words[child]
            if label == "conj":
                outside = not _is_shared(tree, place, child, key)
            elif label in ("advcl", "parataxis", "dep"):
                outside = not elliptical
            elif label in ("appos", "attr"):  # insensitive to A, an inhibitor of B
                outside = "," in tree.words[max(place + 1, tree.below(child)[0] - 1) : child + 1]
            else:
                contrast = word == "in" and any(tree.words[c] in ("contrast", "addition") for c in tree.children[child])
                outside = label == "prep" and (contrast or word in _ASIDES)
            if outside:
                barred.add(child)
        if tree.labels[place] in _CLAUSES and not elliptical:
            barred.add(place)
    for place in range(key + 1, len(tree.heads)):  # not A but B, where that depends on a word below the governed
        head = tree.heads[place]
        if tree.labels[place] == "conj" and key < head < place and "but" in tree.words[head + 1 : place]:
            barred.add(place)
    return frozenset(barred - {key})


def _is_shared(tree: _Tree, place: int, conjunct: int, key: int) -> bool:
    """Return whether a cue of a token holds for its conjunct too: for C in `did not reduce B or C`, not after `but`."""
    if place < key < conjunct:
        return True
    if key > conjunct or not {"but", "however"}.isdisjoint(tree.words[place + 1 : conjunct]):
        return False
    if not tree.is_verb(place):
        return True
    if tree.child(conjunct, *_SUBJECTS, "aux", "auxpass") is not None:
        return False
    return tree.parse.tags[place] == tree.parse.tags[conjunct]


def _is_elliptical(tree: _Tree, place: int, governed: Collection[int]) -> bool:
    """Return whether the clause of a token says what it denies only with the clause beside it: `whereas B did not`.

    So does a clause whose subject is left out or a pronoun: `although A inhibits B, it does not affect C`.
    """
    subject = tree.child(place, "nsubj", "nsubjpass")
    if subject is None or tree.words[subject] in ("it", "they"):
        return True
    complements = ("dobj", "agent", "ccomp", "xcomp", "attr", "acomp", "prep")
    return not any(tree.labels[child] in complements and child not in governed for child in tree.children[place])


def _scope(tree: _Tree, tokens: range, key: int, target: int) -> Span:
    """Return what a cue denies as one stretch, by the customs of BioScope: from the cue to the end of its phrase.

    A subject that is passive, or that the cue stands in, belongs to it.
    """
    first, top = tokens[0], target
    is_predicate = tree.labels[target] in ("acomp", "oprd") and key == target
    is_passive = tree.child(target, "auxpass") is not None or tree.words[target] in _RAISING
    if is_predicate or (tree.is_verb(target) and is_passive):
        subject = tree.child(tree.heads[target] if is_predicate else target, *_SUBJECTS)
        if subject is not None:
            first = min(first, tree.below(subject)[0])
    elif tree.labels[target] in ("nsubj", "nsubjpass") and key < target:
        top = tree.heads[target]
    asides = {place for place in tree.below(top) if place > top and _is_aside(tree, place)}
    inside = tree.below(top, asides | _barred(tree, (top,), key))
    last = max(tokens[-1], *(place for place in inside if tree.labels[place] not in ("punct", "cc")), first)
    while last + 1 < len(tree.heads) and _closes(tree, first, last + 1):
        last += 1
    end = tree.parse.ends[last] - (len(tree.words[last]) > 1 and tree.words[last][-1] in ".,")
    return tree.parse.starts[first], max(end, tree.parse.ends[tokens[-1]])


def _is_aside(tree: _Tree, place: int) -> bool:
    """Return whether a clause is no part of what is denied before it: `because`, `, suggesting that`, `, which`."""
    if tree.labels[place] not in ("advcl", "relcl", "parataxis", "dep", "ccomp", "acl"):
        return False
    first = tree.below(place)[0]
    reason = tree.labels[place] == "advcl" and tree.words[first] in _REASONS
    return reason or (first > 0 and tree.words[first - 1] == ",")


def _closes(tree: _Tree, first: int, place: int) -> bool:
    """Return whether a token closes a bracket of the stretch before it, or ends its last word: `Ca2+`."""
    words = tree.words[first:place]
    if tree.words[place] in (")", "]"):
        return words.count("(") + words.count("[") > words.count(")") + words.count("]")
    return tree.words[place] in ("+", "-") and tree.parse.ends[place - 1] == tree.parse.starts[place]


def _joined(first: Cue, second: Cue) -> Cue:
    """Return two cues as one, with the span of the first."""
    return replace(
        first,
        scope=(min(first.scope[0], second.scope[0]), max(first.scope[1], second.scope[1])),
        governed=first.governed | second.governed,
        barred=first.barred | second.barred,
        about=first.about | second.about,
    )


def _without_double(cues: Sequence[Cue], parse: Parse) -> tuple[Cue, ...]:
    """Return the cues; those of which a negation denies the other govern nothing: `did not fail to`."""
    places = [bisect_left(parse.starts, cue.span[0]) for cue in cues]
    undone = set[int]()
    for outer, cue in enumerate(cues):
        for inner, denied in enumerate(cues):
            both = cue.kind == denied.kind == "negation" and inner != outer
            if both and places[inner] in cue.governed and places[outer] not in denied.governed:
                undone |= {inner, outer}
    empty = frozenset[int]()
    return tuple(
        replace(cue, governed=empty, barred=empty, about=empty) if number in undone else cue
        for number, cue in enumerate(cues)
    )
