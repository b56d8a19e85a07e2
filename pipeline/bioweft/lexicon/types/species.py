"""Species, what is below them (viruses above all) and what is above: NCBI Taxonomy, MeSH's names, reviewed names.

Higher taxa are matched in texts by their Latin names, since papers on microbes speak of genera and phyla. Their English
names (birds, plants, mosquitoes) are only looked up: a species is what corpora and users of this type mean first.
"""

import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from bioweft.lexicon import reviewed, rules
from bioweft.lexicon.concepts import Entry, gather, merge, settle
from bioweft.lexicon.names import folded, terms
from bioweft.lexicon.terminology import Row, rows
from bioweft.records import Concept, Term, TermStatus

NAME = "species"
SOURCES = ("ncbitaxon", "mesh_descriptor")
ORDER = ("ncbitaxon", "mesh")

_RANKS = ("species", "subspecies", "no_rank", "serotype", "strain", "biotype", "isolate", "species_group", "varietas")
_STATUS: dict[str, TermStatus] = {
    "synonym": "synonym",
    "common or exact (2026)": "synonym",
    "former scientific name": "previous",
    "common name": "synonym",
    "equivalent name": "synonym",
    "acronym": "symbol",
    "genbank synonym": "synonym",
    "genbank common name": "synonym",
    "genbank acronym": "symbol",
    "anamorph": "synonym",
    "teleomorph": "synonym",
    "genbank anamorph": "synonym",
}
_LOOKED_UP: dict[str, TermStatus] = {"misspelling": "weak"}
"""Kinds of names that only linking needs."""
_OBSCURE = ("ancestor", "synonym2013", "plant/fungus2013")
"""Reasons for which the source kept species that few texts name: they are found by their full names alone."""
_WELL_KNOWN = ("mesh", "reach")

_VIRUSES = ("VRL", "PHG")
"""Divisions of viruses and phages."""
_MICROBES = ("BCT", "VRL", "PHG")
"""Divisions whose higher taxa texts name by themselves; of the others, fungi do."""
_FUNGI = "ncbitaxon:4751"
_INSECTS = "ncbitaxon:50557"
_MADE_UP = ("no_rank", "clade", "section", "series", "subsection", "cohort", "subcohort", "genotype", "serogroup")
"""Ranks above species, or beside them, whose names are mostly no names of texts."""

_AUTHORITY = re.compile(r"\d{4}|\bet al\b|[()\[\]\"]|,|\b(sp|cf|aff|gen|nov|str)\. |\bsp\.$|&")
_NOBODY = re.compile(
    r"\b(unclassified|unidentified|uncultured|environmental|other|sequences?|vector|synthetic|hybrid|metagenome)\b| x |"
    r"\bsp\b|^bacterium|^fungus|^organism",
    re.IGNORECASE,
)
_BINOMIAL = re.compile(r"([A-Z])([a-z])[a-z]+(?:-[a-z]+)? ([a-z][a-z-]{2,})((?: (?:subsp\. )?[a-z][a-z-]{2,})?)")
_ABBREVIATION = re.compile(r"[A-Z][a-z]?\. [a-z]")
_LATIN = re.compile(
    r"[A-Z][a-z]{2,}(?:us|um|is|es|as|os|ys|[aeoiy]x|nx|[eo]r|on|en|a|ae|viridae|virinae|virales|virus|bacter|cete|cola)"
)
_VIRUS_NAME = re.compile(r"(?:[A-Za-z]{4,} )?[A-Za-z]{3,}(?:virus(?:es)?|phages?)")
"""An English name of a group of viruses: `adenoviruses`, `human papillomavirus`."""
_SHORTEST_LATIN = 5
_FAMOUS_GENUS = 8
"""Well-known taxa of a genus whose obscure species are abbreviated, too."""
_DERIVED = {
    "viridae": ("virus",),
    "ptera": ("pteran",),
    "bacteria": ("bacterium", "bacterial"),
    "coccus": ("cocci", "coccal"),
    "idae": ("id",),
    "mycetes": ("mycete",),
    "mycota": ("mycete",),
}
"""Endings of Latin names of higher taxa, and those of the English words for their members."""


def build(folder: Path) -> list[Concept]:
    """Return the species concepts of the terminologies in `folder`."""
    table = [row for row in rows(folder, "ncbitaxon") if not _NOBODY.search(row.name)]
    taxonomy = _Taxonomy.of(table, in_mesh=_in_mesh(folder))
    headings = _other_headings(folder)
    taxa = [_taxon(row, taxonomy, headings) for row in table if _wanted(row)]
    taxa += [_higher(row, taxonomy, headings) for row in table if _is_higher(row) and taxonomy.is_spoken_of(row)]
    taxa += _missing({row.id for row in table})
    taxon_by_id = {entry.id: entry for entry in taxa}
    merged = merge([*taxa, *_mesh(folder, taxon_by_id, taxonomy)], type=NAME, order=ORDER)
    concepts = settle((c for c in merged if c.id in taxon_by_id), order=ORDER, by="status")
    return _ranked(reviewed.apply(concepts, type=NAME), taxonomy)


def _missing(known: Container[str]) -> Iterator[Entry]:
    """Yield the taxa that the table lacks and the reviewed terms bring."""
    for id, reviewed_terms in reviewed.added().items():
        if id.startswith("ncbitaxon:") and id not in known:
            yield Entry(id=id, name=reviewed_terms[0].text, terms=reviewed_terms)


@dataclass(frozen=True, slots=True)
class _Taxonomy:
    """What the whole table says of a row."""

    rows: Mapping[str, Row]
    above: frozenset[str]
    """Folded names of the taxa above species."""
    well_known: frozenset[str]
    """Taxa that are MeSH headings or in the lists of Reach."""
    well_known_genera: Mapping[str, int]
    """Genera that are well known or hold a well-known species, with the number of such taxa."""
    epithets: frozenset[str]
    """Epithets of species, which are no genera in texts: `melanogaster` is no fungus."""
    fame: Mapping[str, int]
    """Number of well-known taxa in the genus of a species: many for Schistosoma, one for Styphnolobium."""

    @classmethod
    def of(cls, table: Iterable[Row], *, in_mesh: Container[str]) -> "_Taxonomy":
        by_id = {row.id: row for row in table}
        above = {
            folded(text)
            for row in by_id.values()
            if _is_higher(row)
            for text in (row.name, *(synonym.text for synonym in row.synonyms))
        }
        well_known: Counter[str] = Counter()
        known: set[str] = set()
        epithets: set[str] = set()
        genus_of: dict[str, str] = {}
        for row in by_id.values():
            is_well_known = row.extra.get("kept_because") in _WELL_KNOWN or row.id in in_mesh
            if is_well_known:
                known.add(row.id)
                epithets.update(row.name.split()[1:2])
            lineage = (row, *_lineage(row, by_id))
            genus = next((taxon.id for taxon in lineage if taxon.extra.get("rank") == "genus"), None)
            if genus is not None:
                genus_of[row.id] = genus
                well_known[genus] += is_well_known
        fame = {id: well_known[genus] for id, genus in genus_of.items() if well_known[genus]}
        return cls(by_id, frozenset(above), frozenset(known), +well_known, frozenset(epithets), fame)

    def is_known(self, row: Row) -> bool:
        """Say whether MeSH or the lists of Reach have the taxon."""
        return row.id in self.well_known

    def is_below(self, row: Row, root: str) -> bool:
        """Say whether a row is below the taxon `root`."""
        return any(ancestor.id == root for ancestor in _lineage(row, self.rows))

    def is_microbe(self, row: Row) -> bool:
        """Say whether a row is one of the bacteria, archaea, viruses and fungi."""
        return row.extra.get("division") in _MICROBES or self.is_below(row, _FUNGI)

    def is_spoken_of(self, row: Row) -> bool:
        """Say whether texts are likely to name a higher taxon: any of microbes, and known plants and animals."""
        if row.id in self.well_known_genera or self.is_known(row) or row.extra.get("kept_because") == "common":
            return True
        if row.extra.get("rank") in ("genus", "subgenus", "tribe", "subtribe"):
            return self.is_microbe(row)
        return row.extra.get("kept_because") in ("higher", "wiki", "common2026") or self.is_microbe(row)


def _lineage(row: Row, table: Mapping[str, Row]) -> Iterator[Row]:
    """Yield the rows above a row."""
    while row.parents and row.parents[0] in table:
        row = table[row.parents[0]]
        yield row


def _wanted(row: Row) -> bool:
    rank, division = row.extra.get("rank"), row.extra.get("division")
    if row.id in reviewed.added():
        return True
    if rank not in _RANKS:
        return False
    if row.extra.get("kept_because") in _OBSCURE:
        return rank == "species" and _BINOMIAL.fullmatch(row.name) is not None
    return rank != "no_rank" or division in _VIRUSES or _BINOMIAL.match(row.name) is not None


def _is_higher(row: Row) -> bool:
    return row.extra.get("rank") not in _RANKS


def _taxon(row: Row, taxonomy: _Taxonomy, headings: Container[str]) -> Entry:
    is_well_known = taxonomy.is_known(row)
    is_obscure = row.extra.get("kept_because") in _OBSCURE and not is_well_known
    virus = row.extra.get("division") in _VIRUSES
    kept = [
        term if _distinct(term, row, headings) else replace(term, lookup=True)
        for term in terms(_pairs(row, _STATUS))
        if term.status == "name" or folded(term.text) not in taxonomy.above
    ]
    texts = {term.text for term in kept}
    for term in list(kept):
        short = shorten(term.text) if (term.status == "name" or is_well_known) and not virus else None
        if is_obscure and taxonomy.fame.get(row.id, 0) < _FAMOUS_GENUS:
            short = None
        if short and short not in texts:
            texts.add(short)
            status: TermStatus = "synonym" if term.status == "name" else "previous"
            kept.append(Term(short, status if is_well_known else "weak", lookup=is_obscure))
        # Entomologists write two letters (`Ae. aegypti`), others now and then.
        insect = taxonomy.fame.get(row.id, 0) > 0 and taxonomy.is_below(row, _INSECTS)
        is_shown = term.status == "name" and not is_obscure and (is_well_known or insect)
        shorter = shorten(term.text, letters=2) if is_shown else None
        if shorter and shorter not in texts:
            texts.add(shorter)
            kept.append(Term(shorter, "synonym", lookup=not insect))
    kept += [replace(term, lookup=True) for term in terms(_pairs(row, _LOOKED_UP)) if term.text not in texts]
    return Entry(id=row.id, name=row.name, terms=tuple(kept))


def _pairs(row: Row, status: Mapping[str, TermStatus]) -> list[tuple[str, TermStatus]]:
    pairs: list[tuple[str, TermStatus]] = [(row.name, "name")] if status is _STATUS else []
    return pairs + [
        (synonym.text, status[synonym.kind])
        for synonym in row.synonyms
        if synonym.kind in status and not _AUTHORITY.search(synonym.text) and not _NOBODY.search(synonym.text)
    ]


def _higher(row: Row, taxonomy: _Taxonomy, headings: Container[str]) -> Entry:
    """Return a taxon above species: matched by its Latin names and virus names, looked up by all."""
    is_named_so = row.extra.get("rank") not in _MADE_UP and (
        taxonomy.is_microbe(row)
        or row.id in taxonomy.well_known_genera
        or taxonomy.is_known(row)
        or row.extra.get("rank") in ("family", "order", "superfamily")
    )
    if not taxonomy.is_known(row) and row.name.casefold() in taxonomy.epithets:
        is_named_so = False
    kept = [
        replace(term, lookup=not (is_named_so and _is_latin(term.text, row) and folded(term.text) not in headings))
        for term in terms(_pairs(row, _STATUS))
    ]
    kept += [Term(form, "weak", lookup=True) for form in _derived(row.name)]
    return Entry(id=row.id, name=row.name, terms=tuple(kept))


def _derived(name: str) -> list[str]:
    """Return the English words that are made of the Latin name of a taxon: `rhabdovirus` of Rhabdoviridae."""
    return [
        name.casefold().removesuffix(ending) + english
        for ending, words in _DERIVED.items()
        if name.casefold().endswith(ending)
        for english in words
    ]


def _is_latin(name: str, row: Row) -> bool:
    """Say whether the name of a higher taxon can be told from a word and, mostly, from a person's name."""
    if row.extra.get("division") in _VIRUSES and _VIRUS_NAME.fullmatch(name):
        return True
    lower = name.casefold()
    is_word = lower in rules.common_words() or lower in rules.general_words()
    return len(name) >= _SHORTEST_LATIN and not is_word and _LATIN.fullmatch(name) is not None


def _distinct(term: Term, row: Row, headings: Container[str]) -> bool:
    """Say whether a name is the species' alone in texts: no everyday word (flag), no drug or disease (quinine)."""
    if term.status == "name":
        return True
    if folded(term.text) in headings:
        return False
    one_word = " " not in term.text and "-" not in term.text
    return not one_word or term.status == "symbol" or row.extra.get("kept_because") == "mesh"


def shorten(name: str, *, letters: int = 1) -> str | None:
    """Return a binomial with its genus cut to a letter or two (`E. coli`); None for any other name."""
    binomial = _BINOMIAL.fullmatch(name)
    return f"{(binomial[1] + binomial[2])[:letters]}. {binomial[3]}{binomial[4]}" if binomial else None


def _mesh(folder: Path, taxa: dict[str, Entry], taxonomy: _Taxonomy) -> Iterator[Entry]:
    """Yield MeSH's organisms that are one taxon, by their scientific name."""
    for row in rows(folder, "mesh_descriptor"):
        known = [taxa[xref] for xref in row.xrefs if xref in taxa]
        if len(known) != 1 or not any(tree.startswith("B") for tree in row.values("tree_numbers")):
            continue
        names = (row.name, *(synonym.text for synonym in row.synonyms))
        own = {folded(term.text) for term in known[0].terms}
        if own.isdisjoint(map(folded, names)):
            continue
        taxon = taxonomy.rows.get(known[0].id)
        is_higher = taxon is not None and _is_higher(taxon)
        in_text = {folded(term.text) for term in known[0].terms if not term.lookup}
        yield Entry(
            id=row.id,
            name=row.name,
            terms=tuple(
                replace(
                    term,
                    lookup=is_higher
                    and taxon is not None
                    and folded(term.text) not in in_text
                    and not _is_latin(term.text, taxon),
                )
                for term in terms((name, "synonym") for name in names)
                if (is_higher or folded(term.text) not in taxonomy.above) and folded(term.text) != "other"
            ),
            xrefs=(known[0].id,),
        )


def _in_mesh(folder: Path) -> frozenset[str]:
    """Return the taxa that are MeSH headings; a heading with several taxa names something wider."""
    return frozenset(
        xrefs[0]
        for row in rows(folder, "mesh_descriptor")
        if len(xrefs := [xref for xref in row.xrefs if xref.startswith("ncbitaxon:")]) == 1
    )


def _other_headings(folder: Path) -> frozenset[str]:
    """Return the folded names of MeSH's diseases and chemicals, which are no names of organisms (quinine, smallpox)."""
    return frozenset(
        folded(name)
        for row in rows(folder, "mesh_descriptor")
        if (trees := row.values("tree_numbers"))
        and any(tree.startswith(("C", "D", "F03")) for tree in trees)
        and not any(tree.startswith("B") for tree in trees)
        for name in (row.name, *(synonym.text for synonym in row.synonyms))
    )


def _ranked(concepts: Iterable[Concept], taxonomy: _Taxonomy) -> list[Concept]:
    """Return the species with the fame of their genus, and each abbreviation (`S. japonicum`) left to the most famous.

    Where two genera are equally famous, the abbreviation stays with both, and the document decides.
    """
    concepts = [replace(concept, publications=taxonomy.fame.get(concept.id, 0)) for concept in concepts]
    best: dict[str, int] = {}
    for concept in concepts:
        for term in concept.terms:
            if term.status == "synonym" and _ABBREVIATION.match(term.text):
                best[term.text] = max(best.get(term.text, 0), concept.publications)
    given = reviewed.added()

    def settled(concept: Concept, term: Term) -> Term:
        is_beaten = term.status == "synonym" and concept.publications < best.get(term.text, 0)
        return replace(term, status="weak") if is_beaten and term not in given.get(concept.id, ()) else term

    return [replace(c, terms=gather(settled(c, term) for term in c.terms)) for c in concepts]
