"""Genes of other species than people's, one dictionary a species. Only linking uses them: no text is searched for them.

Mouse has NCBI Gene's and MGI's names; zebrafish, fly and yeast NCBI Gene's; rat RGD's symbols under the NCBI Gene
identifiers that HomoloGene knows; the others HomoloGene's symbols. Full names of the latter are found by way of the
human gene of the group (`gene_homologs`). Names of clones, transcripts and loci are left out.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from bioweft.lexicon.concepts import Entry, merge, settle
from bioweft.lexicon.names import folded
from bioweft.lexicon.terminology import Row, rows
from bioweft.lexicon.types import gene_homologs
from bioweft.lexicon.types.gene import gene_terms
from bioweft.lexicon.types.gene_homologs import homologene, homologs
from bioweft.records import Concept, Term, TermStatus

TYPE = "gene"
ORDER = ("ncbigene", "mgi", "rgd")

XREFS = ("ncbigene", "mgi", "rgd", "zfin", "flybase", "sgd")


@dataclass(frozen=True, slots=True)
class Organism:
    """A species with a dictionary of genes: `sources` are the terminologies that bring its names.

    `homologene_taxon` is HomoloGene's taxon, where it is not `taxon`.
    """

    name: str
    taxon: str
    sources: tuple[str, ...] = ("homologene",)
    homologene_taxon: str = ""


ORGANISMS = (
    Organism("mouse", "ncbitaxon:10090", ("ncbigene_mouse", "mgi")),
    Organism("rat", "ncbitaxon:10116", ("rgd", "homologene")),
    Organism("zebrafish", "ncbitaxon:7955", ("ncbigene_zebrafish",)),
    Organism("fly", "ncbitaxon:7227", ("ncbigene_fly",)),
    Organism("yeast", "ncbitaxon:559292", ("ncbigene_yeast",), homologene_taxon="ncbitaxon:4932"),
    Organism("fission_yeast", "ncbitaxon:4896"),
    Organism("worm", "ncbitaxon:6239"),
    Organism("arabidopsis", "ncbitaxon:3702"),
    Organism("chicken", "ncbitaxon:9031"),
    Organism("cow", "ncbitaxon:9913"),
)
"""The species, by the names of their dictionaries (`genes/mouse`)."""

_WORDS = ("description", "full_name", "name", "other_designation")
"""Kinds of synonyms that are words; the others are symbols."""
_OFFICIAL = ("description", "full_name", "name")

_CLONE = re.compile(
    r"""(?x)
    (wu|zgc|im|sb|hm|id|ik|ns|sr|tdsubc|etid|et|si|sc|dz|dkey|cssl|gb|unm|mgc|ncrna|xx|rp|zmp|zeh|cb|bcdna|best|eg|su):\S*
    | f[a-e]\d\d[a-h]\d\d | (cb|sb|chunp|eu|etID|zehn|zeh|hm|BG|BEST|CT|CP|MGC|mKIAA|FLJ|RGD|LOC|BB|FBgn|zgc)-?\d\S*
    | [A-Z]{1,2}\d{5,6}(\.\d+)? | [A-Z]{4}\d{8}\S* | ENS[A-Z]+\d+ | D\d+[A-Z][a-z]+\d+e? | D[\dXY]+Ertd\S+
    | \d{7}[A-P]\d\d(Rik\d?)? | [A-Z]\d{6}[A-P]\d\d(Rik)? | \S+-P[A-Z]{1,2}\d* | anon-\S+ | \S+\.\d+\.\S+
    | [a-z]{3}\d{5,}\S* | \d+(\.\d+)* | NEWGENE_\d+ | .*\bDROME\b.* | .*\bencoded\ by\b.* | [A-Z]{2,3}_?\d{6,}\S*
    """
)
"""Names of clones, transcripts, sequences and loci: `wu:fk04d02`, `CG3038-PA`, `AI893533`, `D17Wsu92e`."""

_PREDICTED = re.compile(
    r"Gm\d+|.*Rik\d?|(?i:((predicted|uncharacterized|hypothetical)\b|long non-coding RNA:).*|expressed sequence .*)"
)
_UNNAMED = re.compile(
    r"LOC\d+|RGD\d+|ENS[A-Z]+\d+|(AABR|AC)\d{6,}\S*|\w+:\S+[-_.]\S+|(zgc|si|im|wu|zmp):\S*|lncRNA:CR\d+|anon-\S+|"
    r"Trn[a-z]+-\S+"
)
"""Symbols that only number a locus; a gene that has no other symbol is left out."""

_LEFT_OUT = ("tRNA", "rRNA", "biological-region")


def build(folder: Path, organism: Organism) -> list[Concept]:
    """Return the genes of a species that the terminologies in `folder` hold."""
    entries = [entry for entry in _entries(folder, organism) if entry.terms]
    concepts = settle(
        (c for c in merge(entries, type=TYPE, order=ORDER) if not c.id.startswith("mgi:")), order=ORDER, by="status"
    )
    groups = homologs(folder)
    return [
        replace(
            concept,
            taxon=organism.taxon,
            publications=groups.published((concept.id, *concept.xrefs)),
            homologs=groups.group((concept.id, *concept.xrefs)),
        )
        for concept in concepts
    ]


def _entries(folder: Path, organism: Organism) -> Iterator[Entry]:
    from_homologene = {}
    if "homologene" in organism.sources:
        taxon = organism.homologene_taxon or organism.taxon
        from_homologene = {row["symbol"]: row["id"] for row in homologene(folder) if row["taxon"] == taxon}
    for source in organism.sources:
        if source == "homologene":
            yield from (Entry(id, symbol, _terms(symbol, ())) for symbol, id in from_homologene.items())
        else:
            table = [row for row in rows(folder, source) if row.extra.get("gene_type") not in _LEFT_OUT]
            official = {folded(s.text): row.id for row in table for s in row.synonyms if s.kind in _OFFICIAL}
            for row in table:
                # RGD has no identifiers of NCBI Gene: HomoloGene's gene of the same symbol is the one.
                twin = (from_homologene[row.name],) if row.name in from_homologene else ()
                xrefs = tuple(xref for xref in row.xrefs if xref.partition(":")[0] in XREFS)
                yield Entry(row.id, row.name, _terms(row.name, _synonyms(row, official)), xrefs + twin)


def _synonyms(row: Row, official: Mapping[str, str]) -> Iterator[tuple[str, TermStatus]]:
    """Yield the synonyms of a gene; a designation that officially names another gene is weak (`eyeless` of toy)."""
    for synonym in row.synonyms:
        is_anothers = synonym.kind == "other_designation" and official.get(folded(synonym.text), row.id) != row.id
        yield synonym.text, "weak" if is_anothers else "synonym" if synonym.kind in _WORDS else "symbol"


def _terms(symbol: str, synonyms: Iterable[tuple[str, TermStatus]]) -> tuple[Term, ...]:
    """Return the terms of a gene, none where it has no symbol."""
    pairs: list[tuple[str, TermStatus]] = [] if _UNNAMED.fullmatch(symbol) else [(symbol, "name")]
    for text, status in synonyms:
        if not _CLONE.fullmatch(text) and not (status != "symbol" and _PREDICTED.fullmatch(text)):
            pairs.append((text, status))
    return gene_terms(pairs) if any(status in ("name", "symbol") for _, status in pairs) else ()


BUILDERS: dict[str, Callable[[Path], list[Concept]]] = {
    f"genes/{organism.name}": partial(build, organism=organism) for organism in ORGANISMS
}
"""The function that makes the dictionary of each species from a folder of terminologies."""

SOURCES: dict[str, tuple[str, ...]] = {
    f"genes/{organism.name}": tuple(dict.fromkeys((*organism.sources, *gene_homologs.SOURCES)))
    for organism in ORGANISMS
}
"""The terminologies that each is made of."""
