"""What a document tells of the names in it: abbreviations, species, headings, words."""

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from bioweft.link.candidates import Name, words_of
from bioweft.records import AnnotatedDocument, Mention, Span
from bioweft.text import abbreviations
from bioweft.text.abbreviations import is_short_form

_CUES = {
    "ncbitaxon:9606": r"humans?|patients?|wom[ea]n|men|children|participants|volunteers|people|clinical|homo sapiens|"
    r"individuals|subjects|HEK ?-?293T?|HeLa|MCF-?7|Jurkat|HepG2|A549|U2OS|HCT-?116|HUVECs?|THP-?1|K562|A375|"
    r"HCC827|H1975|H1299|H460|SH-?SY5Y|Caco-?2|U87(?:MG)?|LNCaP|PC-?3|DU-?145|"
    r"MDA-?MB-?\d+|T-?47D|SK-?OV-?3|HL-?60|"
    r"U-?937|SW-?480|SW-?620|HT-?29|Huh-?7|BEAS-?2B|"
    r"xenografts?|(?:cancer|carcinoma|glioma|glioblastoma|melanoma|leuka?emia|lymphoma|myeloma|sarcoma|neuroblastoma|"
    r"adenocarcinoma|mesothelioma) cell lines?",
    "ncbitaxon:10090": r"(?<!nude )(?<!athymic )(?<!scid )(?<!nsg )(?<!immunodeficient )(?<!immunocompromised )"
    r"(?:mouse|mice)(?!(?: tumou?r)? xenograft)|murine|mus musculus|C57BL/?6J?|"
    r"BALB/c|NIH ?-?3T3|3T3-?L1|RAW ?264\.7|MEFs?|C2C12|"
    r"MC3T3(?:-?E1)?|L929|BV-?2|N2a|Neuro-?2a|4T1|B16(?:-?F10)?|CT-?26|EL4|MIN6|3T3",
    "ncbitaxon:10116": r"rats?|rattus norvegicus|sprague[- ]dawley|wistar|PC-?12|H9c2|INS-1E?|RBL-?2H3|GH3|"
    r"NRK(?:-?52E)?|RIN-?m5F|IEC-?6",
    "ncbitaxon:7955": r"zebrafish|danio rerio",
    "ncbitaxon:7227": r"drosophila(?: melanogaster)?|fruit fl(?:y|ies)|fl(?:y|ies)|D\. melanogaster",
    "ncbitaxon:559292": r"(?:budding |baker'?s )?yeasts?|saccharomyces(?: cerevisiae)?|S\. cerevisiae",
    "ncbitaxon:6239": r"caenorhabditis(?: elegans)?|C\. elegans|nematodes?|worms?",
    "ncbitaxon:3702": r"arabidopsis(?: thaliana)?|A\. thaliana",
    "ncbitaxon:9031": r"chick(?:en)?s?|gallus gallus|DT40",
    "ncbitaxon:9913": r"bovine|cows?|cattle|bos taurus|calf|calves",
    "ncbitaxon:9823": r"pigs?|porcine|swine|piglets?|sus scrofa",
}
"""Words by which a text tells of a species that has genes of its own, strains and famous cell lines among them.

Xenografts are of human cells nearly always, and so are lines of cancer cells.
"""
_CUE = re.compile("|".join(f"(?P<t{number}>\\b(?:{words})\\b)" for number, words in enumerate(_CUES.values())), re.I)
_TAXA = tuple(_CUES)
HUMAN, MOUSE = _TAXA[:2]
MAMMALS = frozenset(["ncbitaxon:9606", "ncbitaxon:10090", "ncbitaxon:10116", "ncbitaxon:9913", "ncbitaxon:9823"])
"""Those whose genes have mostly the same names."""
_MAMMAL = re.compile(r"\bmammal", re.IGNORECASE)
_HEADINGS = {
    "mesh:D006801": HUMAN, "mesh:D051379": "ncbitaxon:10090", "mesh:D051381": "ncbitaxon:10116",
    "mesh:D015027": "ncbitaxon:7955", "mesh:D004331": "ncbitaxon:7227", "mesh:D012441": "ncbitaxon:559292",
    "mesh:D017173": "ncbitaxon:6239", "mesh:D017360": "ncbitaxon:3702", "mesh:D002645": "ncbitaxon:9031",
    "mesh:D002417": "ncbitaxon:9913", "mesh:D013552": "ncbitaxon:9823",
}  # fmt: skip
"""MeSH headings of these species."""

_REACH = 120
"""Characters before a bracket in which a long form is looked for."""
_BEFORE_BRACKET = re.compile(r"\s?[(\[]$")


_NAMED_OTHERWISE = {"gene": ("chemical", "cell_type")}
"""The types of names behind which a bracket holds no name of a type: `cisplatin (DDP)` tells of no gene."""


class Definition(NamedTuple):
    """The long form of a short form, and where it is said.

    `is_other_type`: the long form is a name of another type, so that it tells what the short form is not.
    """

    start: int
    long: str
    is_other_type: bool = False


class Context:
    """What a document tells of the names in it."""

    def __init__(self, annotated: AnnotatedDocument) -> None:
        self.document = annotated.document
        self.lines: list[tuple[int, str]] = []
        """Where a cell line is named, and its species; to be set before the document is asked for species."""
        self.manner: str | None = None
        """The species whose manner of writing symbols the document has (`Sox2`), if any; to be set before that too."""
        self._mentions = annotated.mentions
        self._sentences = annotated.sentences
        self._starts = [start for start, _ in annotated.sentences]
        self.headings = frozenset(heading.id for heading in annotated.document.mesh)

    @cached_property
    def words(self) -> frozenset[int]:
        """The distinct words of the document."""
        return words_of(self.document.text)

    @cached_property
    def definitions(self) -> Mapping[Name, list[Definition]]:
        """The definitions of each short form of a type, in their order.

        They are those that can be read off the text, with the mention in the place of the long form where there is one
        that ends there, and of what stands in brackets right behind a mention of its type: `myotonic dystrophy (DM)`.
        """
        ends = {(mention.type, mention.end): mention for mention in self._mentions}
        definitions: dict[Name, list[Definition]] = defaultdict(list)
        written = abbreviations.find(self.document.text)
        for mention in self._mentions:
            name = Name(mention.type, mention.text)
            if name in definitions or not is_short_form(mention.text):
                continue
            for definition in written:
                if definition.short in (mention.text, mention.text.removesuffix("s")):
                    whole = ends.get((mention.type, definition.long_end))
                    long = whole.text if whole and len(whole.text) > len(definition.short) else definition.long
                    definitions[name].append(Definition(definition.short_start, long))
        for mention in self._mentions:
            name = Name(mention.type, mention.text)
            bracket = _BEFORE_BRACKET.search(self.document.text, max(0, mention.start - 4), mention.start)
            before = ends.get((mention.type, bracket.start())) if bracket else None
            if bracket is None or name in definitions:
                continue
            named = next(
                (m for t in _NAMED_OTHERWISE.get(mention.type, ()) if (m := ends.get((t, bracket.start())))), None
            )
            closes = self.document.text[mention.end : mention.end + 1] in (")", "]")
            is_other = named is not None and before is None and _PROTEIN_WORD.search(named.text) is None
            if named is not None and is_other and closes and is_short_form(mention.text):
                definitions[name].append(Definition(mention.start, named.text, is_other_type=True))
            elif before and _may_shorten(mention.text, before.text):
                definitions[name].append(Definition(mention.start, before.text))
            elif initials := _initials(self.document.text[: bracket.start()], mention.text):
                definitions[name].append(Definition(mention.start, initials))
        return definitions

    def definition(self, mention: Mention) -> Definition | None:
        """Return the definition of a short form that holds where it stands: the last one before it, else the first."""
        definitions = self.definitions.get(Name(mention.type, mention.text), [])
        before = [definition for definition in definitions if definition.start <= mention.start]
        return before[-1] if before else definitions[0] if definitions else None

    @cached_property
    def _cues(self) -> list[tuple[int, str]]:
        """Where species are told, in order of place; a cell line tells one where no word does."""
        cues = list(_find_cues(self.document.text))
        told = {place for place, _ in cues}
        lines = ((place, taxon) for place, taxon in self.lines if taxon in _TAXA and place not in told)
        return sorted([*cues, *lines])

    @cached_property
    def taxa(self) -> Mapping[str, float]:
        """The share of each species among all places where one is told; where none is, the manner of writing tells."""
        counts = Counter(taxon for _, taxon in self._cues)
        if self.manner and (not counts or (MAMMALS.isdisjoint(counts) and _MAMMAL.search(self.document.text))):
            counts[self.manner] += max(1, counts.total())
        total = counts.total()
        return {taxon: count / total for taxon, count in counts.items()}

    @cached_property
    def title_taxa(self) -> frozenset[str]:
        """The species that the title tells."""
        return frozenset(taxon for _, taxon in _find_cues(self.document.title))

    @cached_property
    def heading_taxa(self) -> frozenset[str]:
        """The species among the document's headings."""
        return frozenset(_HEADINGS[heading] for heading in self.headings if heading in _HEADINGS)

    def sentence(self, mention: Mention) -> Span:
        """Return the sentence of a mention; the whole document where sentences are not known."""
        number = bisect_right(self._starts, mention.start) - 1
        return self._sentences[number] if number >= 0 else (0, len(self.document.text))

    def near_taxa(self, mention: Mention) -> tuple[str | None, frozenset[str]]:
        """Return the species that is told nearest to a mention in its sentence, before it first, and all told there."""
        start, end = self.sentence(mention)
        cues = [(place, taxon) for place, taxon in self._cues if start <= place < end]
        if not cues:
            return None, frozenset()
        before = [taxon for place, taxon in cues if place < mention.end]
        return (before[-1] if before else cues[0][1]), frozenset(taxon for _, taxon in cues)


_CODE_OF_SHORT = 5
_PROTEIN_WORD = re.compile(
    r"protein|receptor|factor|ligand|\bgenes?\b|hormone|globulin|enzyme|homolog|\w{3}ases?\b|\bCD\d", re.IGNORECASE
)
_PROTEIN_ENDING = re.compile(r"\w{3}ins?\b", re.IGNORECASE)
"""An ending of proteins, and of chemicals too (`cisplatin`)."""


def is_defined_otherwise(short: str, long: str, type_: str) -> bool:
    """Say whether a short form whose long form no dictionary knows may not be taken for a name of its own: `RPE`.

    It may be where it has a digit or is long, and where its long form is of a kind whose names have many forms: that of
    a gene, or a chemical's with numbers in it.
    """
    if len(short) > _CODE_OF_SHORT or any(map(str.isdigit, short)):
        return False
    if type_ == "gene":
        return not (_PROTEIN_WORD.search(long) or _PROTEIN_ENDING.search(long))
    return type_ != "chemical" or not any(map(str.isdigit, long))


def _may_shorten(short: str, long: str) -> bool:
    """Say whether a name may be a short form of another: written as one, much shorter, of its letters."""
    letters = {letter for letter in short.casefold().removesuffix("s") if letter.isalpha()}
    return is_short_form(short) and len(short) * 2 <= len(long) and letters <= set(long.casefold())


def _initials(before: str, short: str) -> str | None:
    """Return the words before a bracket if they begin with the letters of a short form, in any order."""
    letters = [letter for letter in short.casefold() if letter.isalpha()]
    words = before[-_REACH:].split()[-len(letters) :]
    are_initials = sorted(word[0].casefold() for word in words) == sorted(letters)
    return " ".join(words) if len(letters) > 1 and are_initials else None


def _find_cues(text: str) -> Iterator[tuple[int, str]]:
    for match in _CUE.finditer(text):
        assert match.lastgroup is not None
        yield match.start(), _TAXA[int(match.lastgroup[1:])]
