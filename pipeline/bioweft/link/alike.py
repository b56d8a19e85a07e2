"""Whether a name and a term that are written much alike mean the same: what sets them apart is read word by word."""

import re
from collections import Counter

from rapidfuzz.distance import OSA, Indel, Postfix, Prefix

from bioweft.lexicon import rules
from bioweft.lexicon.normalise import same_word

_NUMBER = re.compile(r"\d+|\b[a-z]\b|\b[ivx]+\b|\b(?:alpha|beta|gamma|delta|epsilon|kappa)\b")
_WORD = re.compile(r"[a-z]{2,}")
_BEGINNINGS = frozenset(
    "hyper hypo anti pro non un in im dis a an de pre post intra inter extra epi endo exo ecto macro micro poly oligo "
    "mono bi di tri tetra penta hexa iso nor neo para meta ortho sub super supra infra brady tachy eu homo hetero auto "
    "allo per peri trans cis chloro bromo fluoro iodo nitro amino methyl ethyl propyl butyl hydroxy deoxy dehydro keto "
    "oxo dihydro tetrahydro "
    "adeno arterio cardio cysto dermato encephalo entero gastro haem haemato hem hemato hep hepato lympho myelo myo "
    "nephro neuro oto osteo pneumo procto rhino spondylo uro vasculo".split()
) | {""}
"""Beginnings that make another meaning: `hypotension` and `hypertension`, `hematotoxicity` and `hepatotoxicity`."""
_LEAST_END = 4
_ENDINGS = {
    "itis": "itis", "itides": "itis", "itic": "itis", "osis": "osis", "otic": "osis", "oma": "oma", "omatous": "oma",
    "emia": "emia",
    "emic": "emia", "uria": "uria", "uric": "uria", "pathy": "pathy", "pathic": "pathy", "algia": "algia",
    "plasia": "plasia", "plastic": "plasia", "trophy": "trophy", "trophic": "trophy", "ectomy": "ectomy",
    "penia": "penia", "penic": "penia", "lysis": "lysis", "lytic": "lysis", "genesis": "genesis", "megaly": "megaly",
    "rrhage": "rrhage", "rrhagic": "rrhage", "rrhea": "rrhea", "ectasia": "ectasia", "stenosis": "stenosis",
}  # fmt: skip
"""Endings that say what is wrong with an organ, and the noun of each: `dermatitis`, `dermatosis`."""
_ENDING = re.compile(f"(?:{'|'.join(sorted(_ENDINGS, key=len, reverse=True))})$")
_OWN_ENDINGS = frozenset(["itis", "lysis", "emia", "uria", "algia", "ectomy"])
"""Those of them that no other form of a word lacks: `hypophysis` is no hypophysitis, but `thrombi` are a thrombosis."""
_ONE_BY_ONE = ("chemical", "gene", "species")
"""Types whose names differ by a word because they name two things; of a disease one says much the same in many ways."""
_DENIALS = frozenset("no not non without negative free".split())
_ADDED = frozenset("disease disorder syndrome condition due".split())
"""Words that a term may have beside those of the name, or the name beside those of the term."""
_CONFUSED = frozenset(["nucleoside", "nucleotide"])
_LEAST_ALIKE, _LEAST_JOINED = 0.75, 0.9
_LEAST_JOINED_WORD, _LEAST_MISSPELT = 4, 6


def means_the_same(name: str, term: str, type_: str) -> bool:
    """Say whether a term that is written much like a name of a type, both folded, means the same.

    They do not where they differ in what sets things apart: a number, a letter, a denial, a word. A term that lacks a
    word of the name is something wider, which is right too seldom: `short ear syndrome` is no SHORT syndrome.
    """
    if Counter(_NUMBER.findall(name)) != Counter(_NUMBER.findall(term)):
        return False
    words, of_term = (Counter(map(same_word, _WORD.findall(text))) for text in (name, term))
    ours, theirs = sorted((words - of_term).elements()), sorted((of_term - words).elements())
    differing = {*ours, *theirs}
    if differing & _DENIALS or differing >= _CONFUSED:
        return False
    if any(_has_other_beginning(word, other) for word in ours for other in theirs):
        return False
    if _is_misspelt("".join(ours), "".join(theirs)):
        return True
    if type_ in _ONE_BY_ONE:
        return False
    if min(map(len, differing)) >= _LEAST_JOINED_WORD and _is_alike("".join(ours), "".join(theirs), _LEAST_JOINED):
        return True  # cerebral vascular, cerebrovascular
    for word in theirs:
        partner = next((own for own in ours if _is_alike(own, word)), None)
        if partner is not None:
            ours.remove(partner)
        elif _tells(word):
            return False
    return not any(map(_tells, ours))


def _has_other_beginning(word: str, other: str) -> bool:
    """Say whether two words differ in a beginning that makes another meaning."""
    end = Postfix.similarity(word, other)
    return end >= _LEAST_END and {word[:-end], other[:-end]} <= _BEGINNINGS


def _is_misspelt(word: str, other: str) -> bool:
    """Say whether a word is another but for a letter, neither at the beginning nor in the ending; no short one is."""
    if word == other:
        return True
    is_long = min(len(word), len(other)) >= _LEAST_MISSPELT
    same_ends = word[:2] == other[:2] and word[-3:] == other[-3:]
    return is_long and same_ends and OSA.distance(word, other, score_cutoff=1) <= 1


def _is_alike(word: str, other: str, least: float = _LEAST_ALIKE) -> bool:
    """Say whether two words are forms of one: `deficient` and `deficiency`, `anemic` and `anemia`."""
    endings = {_ENDINGS[match[0]] if match else "" for match in (_ENDING.search(word), _ENDING.search(other))}
    return (
        (len(endings) == 1 or ("" in endings and not endings & _OWN_ENDINGS))
        and 2 * Prefix.similarity(word, other) >= min(len(word), len(other))
        and Indel.normalized_similarity(word, other) >= least
    ) or _is_misspelt(word, other)


def _tells(word: str) -> bool:
    """Say whether a word tells something, so that a name without it means another thing."""
    return word not in _ADDED and word not in rules.function_words()
