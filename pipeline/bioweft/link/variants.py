"""Other ways to write what a mention says: what is looked up where the mention itself is no name that anything has.

`variants` yields them from the nearest to the farthest. A `step` says how far one is from the mention: the first step
that leads to a concept counts, and how far it is is a part of the link's score.
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.resources import files
from typing import Literal, NamedTuple

from bioweft.lexicon.normalise import with_beta

Step = Literal["same", "spelling", "core", "order", "head", "similar"]
"""The kinds of steps: the mention itself, another spelling, without words that add nothing, the same words in another
order, the end of it (a wider concept), and a name that is written much like it."""


class Variant(NamedTuple):
    """A string to look up; `reason` says what was done to the mention, `taxon` what it says of the species."""

    text: str
    step: Step
    reason: str = ""
    taxon: str | None = None


HUMAN, MOUSE, RAT = "ncbitaxon:9606", "ncbitaxon:10090", "ncbitaxon:10116"
_TAXON_OF_LETTER = {
    "h": HUMAN, "hu": HUMAN, "rh": HUMAN, "m": MOUSE, "mu": MOUSE, "rm": MOUSE, "r": RAT, "z": "ncbitaxon:7955",
    "zf": "ncbitaxon:7955", "d": "ncbitaxon:7227", "Dm": "ncbitaxon:7227", "b": "ncbitaxon:9913",
    "Ce": "ncbitaxon:6239", "At": "ncbitaxon:3702", "Sc": "ncbitaxon:559292", "y": "ncbitaxon:559292",
}  # fmt: skip
"""The letter that stands before a symbol: `hTERT`, `mCD4`."""
_TAXON_OF_WORD = {
    "human": HUMAN, "mouse": MOUSE, "murine": MOUSE, "rat": RAT, "zebrafish": "ncbitaxon:7955",
    "drosophila": "ncbitaxon:7227", "yeast": "ncbitaxon:559292", "bovine": "ncbitaxon:9913",
    "chicken": "ncbitaxon:9031", "porcine": "ncbitaxon:9823", "arabidopsis": "ncbitaxon:3702",
}  # fmt: skip
_LETTER = re.compile(
    rf"({'|'.join(sorted(_TAXON_OF_LETTER, key=len, reverse=True))})[-]?"
    r"(?=[A-Z][A-Za-z]*\d|[A-Z]{2}|[A-Z][a-z]{2,}$)"
)

_INNER_BRACKET = re.compile(r"\s*[(\[][A-Za-z][\w-]*[)\]](?=[- ]?\w)")
_LAST_BRACKET = re.compile(r"\s*[(\[]([^()\[\]]+)[)\]]$")
_OUTSIDE = " \t\"'“”‘’.,;:"
_IN_BRACKETS = re.compile(r"[(\[{]([^()\[\]{}]+)[)\]}]")

_ROMAN = {
    "I": "1",
    "II": "2",
    "III": "3",
    "IV": "4",
    "V": "5",
    "VI": "6",
    "VII": "7",
    "VIII": "8",
    "IX": "9",
    "X": "10",
}
_ARABIC = {arabic: roman for roman, arabic in _ROMAN.items()}
_NUMERAL = re.compile(rf"(?<=[ -])({'|'.join(sorted([*_ROMAN, *_ARABIC], key=len, reverse=True))})(?![\w-])")
_GREEK = {"a": "alpha", "b": "beta", "g": "gamma", "d": "delta", "e": "epsilon", "z": "zeta", "k": "kappa"}
_LETTERS = {"α": "A", "β": "B", "γ": "G", "δ": "D", "ε": "E", "ζ": "Z", "κ": "K"}
_LETTERS |= {greek: letter.upper() for letter, greek in _GREEK.items()}
_LATIN_END = re.compile(r"([A-Za-z]*[A-Z]{2}[A-Z0-9-]*?)[- ]?([abgdezk])(\d{0,2})$")
_GREEK_END = re.compile(rf"([A-Za-z0-9 -]*[A-Z0-9])[- ]?({'|'.join(_LETTERS)})[- ]?(\d{{0,2}})$")
_KAPPA = re.compile(r"(?<=[a-z0-9A-Z]-)k(?=B)|(?<=[A-Z])k(?=B)")

_ALLELE = re.compile(
    r"(?:[\s_/^-]*(?:\(?[-−–+]/[-−–+]\)?|c?KO|cko|ko|KI|null|flox(?:/flox)?|fl/fl|tm\d+\w*|wt|WT|Tg|mutants?|mut|del|OE))+$"
)
"""What marks an allele behind a symbol: `Foxp3ko`, `Rb1flox`, `Trp53tm1Tyj`, `Mecp2-null`, `Pten-/-`."""
_AMINO = "ACDEFGHIKLMNPQRSTVWY"
_CHANGE = re.compile(
    rf"[\s_^-]*(?:p\.)?(?:\(?[{_AMINO}]\d{{1,4}}(?:[{_AMINO}]|X|\*|fs\w*|del)\)?|(?:delta|del|Δ|∆)-?[{_AMINO}]?\d{{1,4}})$"
)
"""A change of the protein behind a symbol: `BRAFV600E`, `KrasG12D`, `CFTRdeltaF508`."""
_HISTONE = re.compile(r"^(H(?:2A|2B|3|4))[KRST]\d{1,3}(?:me\d?|ac|ub|ph)?$")
"""A mark of a histone: `H3K27ac`."""
_PEPTIDE = re.compile(r"(?<=Aβ)[- ]?\(?\d{1,2}(?:[-–]\d{1,2})?\)?$|(?<=A beta)[- ]?\(?\d{1,2}(?:[-–]\d{1,2})?\)?$")
"""The part of a protein that a peptide is: `Aβ1-42`."""
_TAG_BEFORE = re.compile(r"^(?:E?[GYC]FP|FLAG|Flag|HA|GST|His|MBP|mCherry|RFP)[-:](?=\w{2})")
_TAG_BEHIND = re.compile(
    r"(?<=\w\w)[-:](?:E?[GYC]FP|FLAG|Flag|HA|GST|His|MBP|mCherry|RFP|Fc|Cre|CreER\w*|luc|Luc|LacZ|lacZ)$"
)
_PHOSPHO = re.compile(r"^(?:phospho(?:rylated)?|acetyl(?:ated)?|p)-(?=[A-Z])")
_ANTIBODY = re.compile(r"^anti-(?=\w{2})", re.IGNORECASE)

_POSSESSIVE = re.compile(r"(?:'|’)s?$")
_ADDED = {
    "disease": (" disease", " syndrome"),
    "cell_type": (" cell",),
    "chemical": (" acid",),
}
"""Words that a text leaves out: `Alzheimer's`, `CD4+ T`, `linoleic`."""
_EXCHANGED = (
    (re.compile(r"\b(cancer|carcinoma|tumou?r|malignanc(?:y|ie))s?\b", re.IGNORECASE), "neoplasm"),
    (re.compile(r"\b(?:neoplasm|tumou?r|malignanc(?:y|ie))s?\b", re.IGNORECASE), "cancer"),
    (re.compile(r"\blymphocyte", re.IGNORECASE), "cell"),
    (re.compile(r"\b(hepatic)\b", re.IGNORECASE), "liver"),
    (re.compile(r"\b(renal)\b", re.IGNORECASE), "kidney"),
    (re.compile(r"\b(cardiac)\b", re.IGNORECASE), "heart"),
    (re.compile(r"\b(pulmonary)\b", re.IGNORECASE), "lung"),
    (re.compile(r"\b(gastric)\b", re.IGNORECASE), "stomach"),
    (re.compile(r"\b(ocular)\b", re.IGNORECASE), "eye"),
    (re.compile(r"\b(cutaneous)\b", re.IGNORECASE), "skin"),
    (re.compile(r"\b(cerebral|brain)\b", re.IGNORECASE), "intracranial"),
    (re.compile(r"\b(intracranial|brain)\b", re.IGNORECASE), "cerebral"),
    (re.compile(r"\b(vein)\b", re.IGNORECASE), "venous"),
    (re.compile(r"\b(artery)\b", re.IGNORECASE), "arterial"),
    (re.compile(r"\b(bleeding|bleed)\b", re.IGNORECASE), "hemorrhage"),
    (re.compile(r"\b(failure|impairment|dysfunction|insufficiency)\b", re.IGNORECASE), "insufficiency"),
)
_CAUSE = re.compile(
    r"^\S{2,}-(?:related|associated|induced|mediated|dependent|independent|positive|negative|resistant|refractory|"
    r"sensitive|responsive|type|like|specific|targeting|transformed|immortalized|transfected|transduced|targeted|expressing|treated|infected|injured|stimulated|"
    r"activated|exposed|reactive|derived)\s+(?=\w)"
)
"""What is said of a disease or of cells: `COVID-19-associated aspergillosis`, `virus-specific T cells`."""
_IMPAIRED = (
    re.compile(
        r"^(?:impaired|impairment of|decreased?|reduced|reduction of|abnormal|disturbed|diminished|deranged|altered|"
        r"poor|worsening)(?: the| in)? (.+?) functions?$",
        re.IGNORECASE,
    ),
    re.compile(r"^impair(?:ed|ment of)(?: the)? (.+)$", re.IGNORECASE),
    re.compile(
        r"^(.+) functions? (?:impairment|abnormality|deficit|disorder|deterioration|disturbance)s?$", re.IGNORECASE
    ),
)
"""What is called a dysfunction: `impaired lung function`, `renal function impairment`."""
_HARM = re.compile(
    r"(?<=\w )(?:deficits?|impairments?|disturbances?|dysfunctions?|difficult(?:y|ies)|abnormalit(?:y|ies)|problems?|"
    r"disabilit(?:y|ies)|disorders?)$",
    re.IGNORECASE,
)
"""Words of much the same meaning behind what does not work: `memory deficits` are a memory disorder."""
_MADE_OF = re.compile(r"(\S{3,})-derived\s")
_OF_A_CANCER = re.compile(r"[A-Z]{3,}-([A-Z]+-?\d{2,}\w*)$")
"""Names of cell lines in longer ones: `ASC52telo-derived cells`, `NSCLC-A549`."""
_SHORTEST_LINE = 3
_SHORTEST_WORD = 5
_DERIVED = re.compile(
    r"(?<=\w{2})(?:[-/ ]?(?:CDDP|DDP|cis|ADR|ADM|Adr|TAX|Taxol|PTX|VCR|DOX|5-?FU|[Ll]uc2?|E?[GR]FP|TamR|LTED)|"
    r"[-/ _](?:R|res|WT|wt|KO|ko|shRNA|[Mm]ock|vector|Neo|neo|Cas9))$"
)
"""What marks a line that was made from another one: `A549/DDP`, `4T1-luc`."""
_TOXICITY = re.compile(r"(?<=\w )(?:toxicity|toxicosis|intoxication)$", re.IGNORECASE)
_CHEMICAL_PREFIX = re.compile(
    r"^(?:[(\[](?:±|\+/-|\+|-|−|[RSEZ](?:,[RSEZ])*|\d*[A-Z]|\d+\w)[)\]][- ]?"
    r"|(?:dl|DL|[DLdl]|rac|cis|trans|all-trans|n|N|tert|iso)-)"
)
_ISOTOPE = re.compile(r"^[\[(]?\d{1,3}m?\)?[A-Z][a-z]?[\])]?-?(?=[A-Za-z\d(\[])|^[\[(]\d{1,3}[A-Z][a-z]?[\])]-?")
"""What says that a chemical is labelled: `[14C]leucine`, `(3)H-thymidine`, `99mTc-DTPA`."""
_OXIDATION = re.compile(r"\s?\((?:[IV]{1,4}|\d?[+-])\)$")
"""The oxidation state of an element: `Hg(II)`."""
_CLUSTER = re.compile(r"\b(CD\d+[a-z]?)(?![\w+-])")
_SEPARATORS = re.compile(r"[\s/-]+")
_LEAST_GENE = 2
"""Letters and digits of a gene's name; a single one (`P`) is mostly a part of something else."""
_MODIFIERS = files("bioweft.link") / "modifiers.tsv"


@cache
def _modifiers(type_: str, place: str) -> frozenset[str]:
    """Return the words that add nothing before or behind a name of a type, or say nothing as its head."""
    rows = (line.split("\t") for line in _MODIFIERS.read_text(encoding="utf-8").splitlines() if line[0] != "#")
    return frozenset(word for of_type, at, words in rows if (of_type, at) == (type_, place) for word in words.split())


def is_process(reason: str) -> bool:
    """Say whether the reason of a variant is a last word that tells what goes on in the body: `as metastases`."""
    return reason.removeprefix("as ").casefold() in _modifiers("disease", "process")


@lru_cache(maxsize=1 << 14)
def names_class(text: str) -> bool:
    """Say whether a name of a gene is made of words that tell a kind of protein alone: `receptor tyrosine kinases`.

    Obscure synonyms of genes are such names, and texts mean the kind.
    """
    words = _SEPARATORS.split(text.casefold())
    classes = _modifiers("gene", "class")
    return len(text) >= _SHORTEST_WORD and all(word in classes or word.removesuffix("s") in classes for word in words)


def contents() -> bytes:
    """Return the contents of the list of words; links depend on it."""
    return _MODIFIERS.read_bytes()


def variants(text: str, type_: str) -> Iterator[Variant]:
    """Yield what to look up for a mention of a type, from the nearest to the farthest."""
    yielded: set[str] = set()
    least = _LEAST_GENE if type_ == "gene" else 1
    for variant in _all(text, type_):
        if variant.text not in yielded and sum(map(str.isalnum, variant.text)) >= least:
            yielded.add(variant.text)
            yield variant


def _all(text: str, type_: str) -> Iterator[Variant]:
    yield Variant(text, "same")
    plain = with_beta(text).strip(_OUTSIDE) or text
    if bracket := _IN_BRACKETS.fullmatch(plain):
        plain = bracket[1]
    yield Variant(plain, "spelling", "as one writes it")
    spelt = list(_spellings(plain, type_))
    yield from spelt
    cores = list(_cores(plain, type_))
    yield from cores
    for core in cores:
        for variant in _spellings(core.text, type_):
            yield Variant(variant.text, "core", f"{core.reason}, {variant.reason}", variant.taxon or core.taxon)
    yield from _heads(plain, type_)


def _spellings(text: str, type_: str) -> Iterator[Variant]:
    """Yield the same name in other spellings."""
    inner = _INNER_BRACKET.sub("", text)
    if inner != text:
        yield Variant(inner, "spelling", "abbreviation in brackets removed")
    for numeral in _NUMERAL.finditer(text):
        other = _ROMAN.get(numeral[1]) or _ARABIC[numeral[1]]
        yield Variant(text[: numeral.start()] + other + text[numeral.end() :], "spelling", f"{numeral[1]} as {other}")
    if type_ == "gene":
        if match := _LATIN_END.match(text):
            yield Variant(f"{match[1]}-{_GREEK[match[2]]}{match[3]}", "spelling", f"{match[2]} as {_GREEK[match[2]]}")
        if match := _GREEK_END.match(text):
            letter = _LETTERS[match[2]]
            yield Variant(f"{match[1]}{letter}{match[3]}", "spelling", f"{match[2]} as {letter}")
            yield Variant(f"{match[1]}{match[3]}{letter}", "spelling", f"{match[2]} as {letter}")
        if _KAPPA.search(text):
            yield Variant(_KAPPA.sub("kappa", text), "spelling", "k as kappa")
    if type_ == "cell_type" and _CLUSTER.search(text):
        yield Variant(_CLUSTER.sub(r"\1+", text), "spelling", "marker as positive")
    if type_ == "chemical":
        for pattern in (_CHEMICAL_PREFIX, _ISOTOPE, _OXIDATION):
            rest = pattern.sub("", text, count=1)
            if rest != text and len(rest) > 1:
                yield Variant(rest, "core", f"{text.replace(rest, '').strip()} removed")


def _cores(text: str, type_: str) -> Iterator[Variant]:
    """Yield the name without what adds nothing to its meaning."""
    if (bracket := _LAST_BRACKET.search(text)) and bracket.start():
        yield Variant(text[: bracket.start()], "core", "bracket removed")
    if type_ == "gene":
        yield from _symbols(text)
    words = text.split()
    before, behind = _modifiers(type_, "before"), _modifiers(type_, "behind")
    low, high = 0, len(words)
    taxon = None
    while high - low > 1 and words[high - 1].casefold() in behind:
        high -= 1
        yield Variant(" ".join(words[low:high]), "core", f"{' '.join(words[high:])} removed")
    while high - low > 1 and words[low].casefold() in before:
        taxon = _TAXON_OF_WORD.get(words[low].casefold(), taxon) if type_ == "gene" else None
        low += 1
        removed = " ".join(words[:low] + words[high:])
        if high < len(words):
            yield Variant(" ".join(words[low:]), "core", f"{' '.join(words[:low])} removed", taxon)
        yield Variant(" ".join(words[low:high]), "core", f"{removed} removed", taxon)
    for ending in _ADDED.get(type_, ()):
        is_cut = type_ != "disease" or _POSSESSIVE.search(text)  # of `lung`, no disease is meant
        if is_cut and not text.casefold().endswith(ending):
            yield Variant(text + ending, "core", f"{ending.strip()} added")
    if type_ in ("disease", "cell_type") and (rest := _CAUSE.sub("", text)) != text:
        yield Variant(rest, "core", f"{text.removesuffix(rest).strip()} removed")
    if type_ == "cell_line":
        yield from _lines(text)
    if type_ in ("disease", "cell_type"):
        for pattern, word in _EXCHANGED:
            if (exchanged := pattern.sub(word, text)) != text:
                yield Variant(exchanged, "core", f"{word} for another word")
    if type_ == "disease":
        yield from _harms(text)


def _harms(text: str) -> Iterator[Variant]:
    """Yield the name of a disease with another word for what is wrong."""
    for pattern in _IMPAIRED:
        if match := pattern.match(text):
            yield Variant(f"{match[1]} dysfunction", "core", "dysfunction for another word")
    for pattern, words in ((_HARM, ("disorder", "impairment", "dysfunction")), (_TOXICITY, ("poisoning",))):
        for word in words:
            if (exchanged := pattern.sub(word, text)) != text:
                yield Variant(exchanged, "core", f"{word} for another word")


def _lines(text: str) -> Iterator[Variant]:
    """Yield the name of a cell line without words around it, and that of the line from which one was derived."""
    behind = _modifiers("cell_line", "behind")
    words = _CAUSE.sub("", text).split()
    while words and words[-1].casefold() in behind:
        words.pop()
    names = [" ".join(words[place:]) for place, word in enumerate(words) if word[0].isupper() or word[0].isdigit()]
    names += (match[1] for match in (_MADE_OF.match(text), _OF_A_CANCER.match(words[-1] if words else "")) if match)
    for name in names:
        if name != text and len(name) >= _SHORTEST_LINE and name not in _ROMAN:
            yield Variant(name, "core", f"as {name}")
    for name in (text, *names):
        if (parent := _DERIVED.sub("", name)) != name:
            yield Variant(parent, "core", f"derived from {parent}")


def _symbols(text: str) -> Iterator[Variant]:
    """Yield the symbol of a gene without a species' letter, allele, change, tag or state."""
    for pattern, what in (
        (_ALLELE, "allele"),
        (_CHANGE, "change"),
        (_PEPTIDE, "part"),
        (_TAG_BEFORE, "tag"),
        (_TAG_BEHIND, "tag"),
        (_PHOSPHO, "state"),
        (_ANTIBODY, "anti-"),
    ):
        rest = pattern.sub("", text).strip(_OUTSIDE + "-^_/()")
        if rest != text and len(rest) > 1:
            yield Variant(rest, "core", f"{what} removed")
    if mark := _HISTONE.match(text):
        yield Variant(f"histone {mark[1]}", "core", f"{text.removeprefix(mark[1])} removed")
    if letter := _LETTER.match(text):
        yield Variant(text[letter.end() :], "core", f"{letter[0]} removed", _TAXON_OF_LETTER[letter[1]])


def _is_code(word: str, type_: str) -> bool:
    """Say whether a single word is a code that is too short to be looked up by itself: the `Pb` of `patella Pb`.

    A cell line's may be shorter: `HeLa` and `HK-2`, but not `Hb`.
    """
    if type_ not in ("disease", "cell_line") or len(word) >= _SHORTEST_WORD or word.islower():
        return False
    is_line = len(word) > _SHORTEST_LINE and (sum(map(str.isupper, word)) > 1 or any(map(str.isdigit, word)))
    return type_ == "disease" or not is_line


def _heads(text: str, type_: str) -> Iterator[Variant]:
    """Yield the ends of a mention (of a cell line the beginnings), which name something wider, the longest first."""
    words = text.replace("/", " ").replace("-induced", "-induced ").split()
    for count in range(1, min(len(words), 7)):
        kept = words[:-count] if type_ == "cell_line" else words[count:]
        while type_ != "cell_line" and kept and kept[0].casefold() in ("of", "and", "the", "with", "in", "or"):
            kept = kept[1:]
        is_word = len(kept) != 1 or (kept[0].casefold() not in _modifiers("*", "head") and not _is_code(kept[0], type_))
        if kept and is_word:
            yield Variant(" ".join(kept), "head", f"as {' '.join(kept)}")
