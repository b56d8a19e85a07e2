"""The concepts that a name could mean, looked up under its variants."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from bioweft.link.index import STATUSES, NameIndex
from bioweft.link.keys import Keys, keys_of
from bioweft.link.similar import SimilarTerms
from bioweft.link.variants import HUMAN, Step, Variant, names_class, variants

_FAMILIAR: tuple[Step, ...] = ("same", "spelling", "order", "core")
"""Steps that keep the meaning."""
_CODE_IN_PLURAL = re.compile(r"[A-Z0-9]s$")
_NUMBERS_APART = re.compile(r"\d[-‐–]\d")
_OBSCURE = 10
"""How many times as many papers another gene must have so that a gene is obscure beside it."""
_KEPT_SEARCHES = 1 << 14
"""Names whose similar terms are kept, so that a name is seldom searched twice."""


class Name(NamedTuple):
    """What a mention says: its type and text."""

    type: str
    text: str


class Candidate(NamedTuple):
    """A concept that a name could mean.

    `concept` and `status` are numbers in the index, `same_form` and `same_case` say that the term is written as the
    variant is, `step` how far the variant is from the name, `reason` what was done to it, and `taxon` which species the
    name tells. `is_homolog` says that it is another species' gene that has the name, `is_far` that it is the gene of a
    far one (a fly's, of a mouse), `similarity` how much the term is written like the name, where it was searched so.
    """

    concept: int
    status: int
    same_form: bool
    same_case: bool
    step: Step
    reason: str
    taxon: str | None
    is_homolog: bool = False
    is_far: bool = False
    similarity: float = 0.0

    @property
    def is_familiar(self) -> bool:
        """Whether the name says the concept, and not something that is only near it."""
        return self.step in _FAMILIAR

    @property
    def is_spelt(self) -> bool:
        """Whether the term is written just as the name is."""
        return self.step == "same" and self.same_form and self.same_case

    @property
    def is_last_word(self) -> bool:
        """Whether a single word at the end of the name says the concept: the Blindness of `coronary blindness`."""
        return self.step == "head" and " " not in self.reason.removeprefix("as ")

    @property
    def is_word_as_symbol(self) -> bool:
        """Whether the last word of the name is taken for a symbol in other case: the `lid` of an eye for LID."""
        return self.is_last_word and STATUSES[self.status] == "symbol" and not self.same_case


class Lookup:
    """Looks names up, each once as long as it is kept."""

    def __init__(self, index: NameIndex, similar: SimilarTerms) -> None:
        self._index = index
        self._similar = lru_cache(maxsize=_KEPT_SEARCHES)(similar.search)
        self._types = {type_: number for number, type_ in enumerate(index.types.to_pylist())}
        self._human = index.number_of_taxon(HUMAN)
        self._kept: dict[Name, tuple[Candidate, ...]] = {}

    def add(self, names: Iterable[Name]) -> None:
        """Look names up, all at once."""
        missing = [name for name in dict.fromkeys(names) if name not in self._kept]
        queries = [(name, variant) for name in missing for variant in variants(name.text, name.type)]
        keys = keys_of([variant.text for _, variant in queries])
        hits: dict[Name, dict[Step, dict[int, Candidate]]] = defaultdict(lambda: defaultdict(dict))
        for query, term in self._index.by_key(keys):
            name, variant = queries[query]
            self._note(hits[name], name, variant, keys, query, term)
        for query, term in self._index.by_bag(keys):
            name, variant = queries[query]
            if variant.step != "head":
                step: Step = "core" if variant.step == "core" else "order"
                turned = variant._replace(step=step, reason=_join(variant.reason, "words in another order"))
                self._note(hits[name], name, turned, keys, query, term)
        self._add_similar([name for name in missing if not any(hits[name].get(step) for step in _FAMILIAR)], hits)
        for name in missing:
            steps = hits[name]
            heads = {number: c for number, c in steps["head"].items() if not c.is_word_as_symbol}
            near = {**_longest(heads), **steps["similar"]}
            nearest = next((steps[step] for step in _FAMILIAR if steps.get(step)), near)
            if name.type == "gene":
                nearest = self._behind_letter(steps) or nearest
            self._kept[name] = tuple(self._exact(list(nearest.values()), name))

    def _add_similar(self, names: Iterable[Name], hits: Mapping[Name, dict[Step, dict[int, Candidate]]]) -> None:
        """Add the concepts of terms that are written much like names."""
        queries = [(name, term) for name in names for term in self._similar(name.text, name.type)]
        keys = keys_of([term.text for _, term in queries])
        for query, place in self._index.by_key(keys):
            name, term = queries[query]
            variant = Variant(term.text, "similar", f"written like {term.text}")
            self._note(hits[name], name, variant, keys, query, place, term.similarity)

    def forget(self) -> None:
        """Let go of what was looked up."""
        self._kept.clear()

    def __getitem__(self, name: Name) -> tuple[Candidate, ...]:
        """Return the candidates of a name, from the step that is nearest to it."""
        if name not in self._kept:
            self.add([name])
        return self._kept[name]

    def _exact(self, candidates: list[Candidate], name: Name) -> list[Candidate]:
        """Return the candidates that count: those of a good term that is spelt so, where there are such.

        `Leopardus` is no *Leo pardus*, IgD no IGDS and IgDs are IgD. A weak claim counts only against other weak ones.
        But a gene stays beside those of other species, and a member beside its family, whose name is its own but
        weakly.
        """
        good = [candidate for candidate in candidates if STATUSES[candidate.status] != "weak"]
        spelt = [candidate for candidate in good if candidate.same_form]
        if name.type != "gene":
            return spelt or good or candidates
        if _NUMBERS_APART.search(name.text):
            candidates = [c for c in candidates if c.same_form]  # NPHP1-9 are several, and none is NPHP19
        if _CODE_IN_PLURAL.search(name.text) and any(c.same_case and not c.same_form for c in good):
            candidates = [c for c in candidates if c.same_case or not c.same_form]
            spelt = [c for c in spelt if c.same_case]
        if any(c.same_case and self._index.ids[c.concept].as_py().startswith("mesh:") for c in spelt):
            # A class is not left for what writes its alias in other case: IgD is no PITX2.
            candidates = [c for c in candidates if c.same_case or STATUSES[c.status] in ("name", "weak")]
        taxa = {int(self._index.taxon[candidate.concept]) for candidate in spelt}
        if self._human in taxa:
            taxa.add(-1)  # CYCS is cytochrome c, so that the cytochromes c' are not
        return [
            c
            for c in candidates
            if c.same_form or STATUSES[c.status] == "weak" or int(self._index.taxon[c.concept]) not in taxa
        ]

    def _behind_letter(self, steps: Mapping[Step, Mapping[int, Candidate]]) -> dict[int, Candidate]:
        """Return the genes whose name follows the letter of their species, where an obscure gene has the whole name.

        `mCD4` is the mouse's CD4, although a gene has the alias MCD4; hTERT, mTOR and hERG are names as they stand.
        """
        whole = steps.get("same", {}).values()
        if not whole or any(c.same_case or STATUSES[c.status] == "name" for c in whole):
            return {}
        behind = {number: c for number, c in steps.get("core", {}).items() if c.taxon is not None}
        papers, papers_of_whole = (
            max((int(self._index.publications[c.concept]) for c in genes), default=0)
            for genes in (behind.values(), whole)
        )
        return behind if papers > _OBSCURE * papers_of_whole else {}

    def _note(
        self,
        steps: dict[Step, dict[int, Candidate]],
        name: Name,
        variant: Variant,
        keys: Keys,
        query: int,
        term: int,
        similarity: float = 0.0,
    ) -> None:
        index = self._index
        concept = int(index.concept[term])
        if int(index.type[concept]) != self._types.get(name.type):
            return
        if name.type == "gene" and int(index.taxon[concept]) >= 0 and names_class(variant.text):
            return
        candidate = Candidate(
            concept,
            int(index.status[term]),
            bool(index.form[term] == keys.form[query]),
            bool(index.case[term] == keys.case[query]),
            variant.step,
            variant.reason,
            variant.taxon,
            similarity=similarity,
        )
        of_step = steps[variant.step]
        if concept not in of_step or _goodness(candidate) < _goodness(of_step[concept]):
            of_step[concept] = candidate


def _longest(heads: Mapping[int, Candidate]) -> dict[int, Candidate]:
    """Return the candidates that the longest end of a name says: a `rectal cancer` of `T1 rectal cancer`, no cancer."""
    good = [candidate for candidate in heads.values() if STATUSES[candidate.status] != "weak"] or list(heads.values())
    longest = max((len(candidate.reason) for candidate in good), default=0)
    return {candidate.concept: candidate for candidate in good if len(candidate.reason) == longest}


def _goodness(candidate: Candidate) -> tuple[float, int, bool, bool, int, str]:
    return (
        -candidate.similarity,
        candidate.status,
        not candidate.same_case,
        not candidate.same_form,
        len(candidate.reason),
        candidate.reason,
    )


def _join(*reasons: str) -> str:
    return ", ".join(filter(None, reasons))


def words_of(text: str) -> frozenset[int]:
    """Return the distinct words of a text, as `NameIndex.word` has them."""
    return frozenset((keys_of([text]).word >> np.uint64(32)).tolist())
