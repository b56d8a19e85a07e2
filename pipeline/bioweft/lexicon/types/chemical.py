"""Chemicals and drugs: MeSH headings and supplementary concepts, ChEBI without its roles, DrugBank's vocabulary.

Proteins, nucleic acids and groups are left out. Formulas, short codes, trade names of a word, mixtures and classes of
drugs by action are only looked up (`bioweft.records.Term.lookup`).
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from bioweft.lexicon import reviewed
from bioweft.lexicon.concepts import Entry, gather, merge, prefix, settle, settle_lookups
from bioweft.lexicon.names import folded, is_code, terms
from bioweft.lexicon.terminology import Row, below, rows
from bioweft.records import Concept, Term, TermStatus

NAME = "chemical"
SOURCES = ("mesh_descriptor", "mesh_supplementary", "chebi", "drugbank")
ORDER = ("mesh", "chebi", "drugbank")
_RANKS = ("mesh:D", "mesh:C", "chebi")

XREFS = ("mesh", "chebi", "drugbank", "cas", "pubchem.compound")

_TREES = ("D01", "D02", "D03", "D04", "D05", "D06", "D09", "D10", "D12", "D13", "D20")
_PROTEIN = (
    "D08.811", "D08.622", "D12.776", "D12.644.276", "D12.644.360", "D12.644.861", "D12.644.541", "D13.444", "D23.050",
    "D05.500", "D05.875", "D20.215",
    *(_HORMONE := ("D06.472.699.587", "D06.472.699.322", "D06.472.699.631.525", "D06.472.317")),
)  # fmt: skip
"""Enzymes, proteins, peptide hormones that are a gene's product, nucleic acids, antigens, complexes, mixtures."""

_LOOKED_UP = ("D01", "D02", "D03", "D04", "D05", "D06", "D09", "D10", "D12.644", "D20", "D25", "D26", "D27.505")
"""Mixtures, preparations and classes by action (`Anticonvulsants`), which texts name beside chemicals."""

_OF_A_GENE = ("D08", "D12.776", "D13.444", "D23.050")
_BIOLOGICAL = re.compile(r"[a-z](mab|cept|plase|grastim|kinra)\b")
"""Names of antibodies and other proteins that are medicines."""

_SMALL_PEPTIDE = ("D12.644.400", "D12.644.456")
"""Neuropeptides and oligopeptides (angiotensin, bradykinin), which texts treat as chemicals."""

_NOT_CHEMICAL = (
    "chebi:36342", "chebi:59999", "chebi:24433", "chebi:33695", "chebi:15986", "chebi:26519", "chebi:50795",
    "chebi:36080",
)  # fmt: skip
"""ChEBI's subatomic particles, mixtures, groups, proteins and nucleic acids, radicals, nanostructures."""

_OF_AN_ORGANISM = re.compile(
    r"\b(protein|receptor|antigen|enzyme|peptide|polypeptide|gene|RNA|microRNA|factor)s?\b.*,|"
    r", (human|mouse|rat|bovine|porcine|chicken|zebrafish|Drosophila|Arabidopsis|[A-Z]\.? [a-z]+|[A-Z][a-z]+ [a-z]+)$"
)
_PRODUCT = re.compile(
    r"(mab|cept|grastim|poetin|kinra|leukin|insulin|tide|relin|toxin|ermin|parin|globulin|vaccine)\b", re.I
)
"""Names of medicines of DrugBank that have no structure and are no extract of a plant, food or animal."""

_QUALIFIER = re.compile(r" (cpd|compound)$|^an? (?=[a-z])")
_FOREIGN = re.compile(r"[À-ÖØ-öø-ÿ]|^(acide|acido|acidum) ", re.IGNORECASE)
_COMPANY_CODE = re.compile(r"[A-Z]{2,4}[- ]?\d{3,6}")
_LONGEST = 60
_SHORTEST_CODE = 4
"""Shorter codes are only looked up, but for those of the reviewed list."""

_SALT = (
    r"(?:(?:mono|di|tri|hemi|sesqui|semi)?(?:sodium|potassium|calcium|magnesium|hydrochloride|hydrobromide|hydrate|"
    r"sul(?:f|ph)ate|phosphate|citrate|bitartrate|tartrate|maleate|mesylate|mesilate|methanesulfonate|besylate|"
    r"tosylate|acetate|fumarate|succinate|lactate|nitrate|bromide|chloride|iodide|gluconate|pamoate|oxalate|HCl)|"
    r"anhydrous)"
)
_SALT_BEHIND = re.compile(rf"(\S.*?)(?: {_SALT})+")
_SALT_BEFORE = re.compile(r"(?:mono|di|tri)?(?:sodium|potassium|calcium|magnesium) (\S.+)")
_CHARGED = re.compile(r"(\S.*?)(?:\(\d?[+-]\)| zwitterion)")
_LEAST_LETTERS = 5


def build(folder: Path) -> list[Concept]:
    """Return the chemical concepts of the terminologies in `folder`."""
    entries = [*_mesh(folder), *_chebi(folder), *_drugbank(folder)]
    entries = _with_salts(_bridge(entries, folder))
    concepts = settle(merge(entries, type=NAME, order=ORDER), order=ORDER, by="vocabulary")
    return reviewed.apply(settle_lookups(concepts, ranks=_RANKS), type=NAME)


def _mesh(folder: Path) -> Iterator[Entry]:
    chemical: set[str] = set()
    for row in rows(folder, "mesh_descriptor"):
        trees = row.values("tree_numbers")
        is_substance = any(tree.startswith("D") for tree in trees)
        added = reviewed.added().get(row.id, ())
        if _is_chemical(trees) or (is_substance and (_BIOLOGICAL.search(row.name) or _in_text(added))):
            chemical.add(row.id)
            yield _entry(row, lambda term: not is_code(term.text) or len(term.text) >= _SHORTEST_CODE)
        elif _is_looked_up(trees) or (is_substance and added):
            yield _entry(row, lambda _: False)
    for row in rows(folder, "mesh_supplementary"):
        is_biological = _BIOLOGICAL.search(row.name) is not None
        if row.extra.get("scr_class") == "chemical" and (is_biological or chemical.intersection(row.parents)):
            names = (row.name, *(synonym.text for synonym in row.synonyms))
            if not any(_OF_AN_ORGANISM.search(name) for name in names):
                yield _entry(row, _of_supplement)


def _in_text(added: Iterable[Term]) -> bool:
    return any(not term.lookup for term in added)


def _is_looked_up(trees: Iterable[str]) -> bool:
    return any(tree.startswith(_LOOKED_UP) for tree in trees) and not any(tree.startswith(_OF_A_GENE) for tree in trees)


def _is_chemical(trees: Iterable[str]) -> bool:
    if any(tree.startswith(_SMALL_PEPTIDE) for tree in trees) and not any(tree.startswith(_HORMONE) for tree in trees):
        return True
    return any(tree.startswith(_TREES) for tree in trees) and not any(tree.startswith(_PROTEIN) for tree in trees)


def _of_supplement(term: Term) -> bool:
    """Say whether a supplementary concept's name is searched: trade names are ordinary words (Balance, Monitor)."""
    if is_code(term.text) and len(term.text) < _SHORTEST_CODE:
        return False
    if term.status == "name":
        return len(term.text) > _SHORTEST_CODE
    return len(term.text) > 8 or not term.text.isalpha()


def _chebi(folder: Path) -> Iterator[Entry]:
    table = list(rows(folder, "chebi"))
    excluded = below(table, _NOT_CHEMICAL)
    for row in table:
        if row.extra.get("branch") == "role" or row.extra.get("group") or row.id in excluded:
            continue
        if row.synonyms or "definition" in row.extra:
            yield _entry(row, _of_chebi)


def _of_chebi(term: Term) -> bool:
    """Say whether a name of ChEBI's is searched in texts: no codes but companies' (`FK506`), no short synonyms."""
    if is_code(term.text):
        return _COMPANY_CODE.fullmatch(term.text) is not None
    return term.status == "name" or " " in term.text or len(term.text) > 5


def _drugbank(folder: Path) -> Iterator[Entry]:
    """Yield DrugBank's drugs with a structure, and biological ones by name; the rest are extracts and foods."""
    for row in rows(folder, "drugbank"):
        if any(xref.startswith(("inchikey:", "chebi:")) for xref in row.xrefs) or _PRODUCT.search(row.name):
            yield _entry(row, lambda term: not is_code(term.text) and len(term.text) > 5)


def _bridge(entries: Iterable[Entry], folder: Path) -> list[Entry]:
    """Add cross-references between entries that name one structure, by InChIKey and PubChem compound."""
    known = {entry.id: entry for entry in entries}
    keys: dict[str, list[str]] = {}
    shared: dict[str, list[str]] = defaultdict(list)
    for name in SOURCES:
        for row in rows(folder, name):
            if row.id in known:
                keys[row.id] = [xref for xref in row.xrefs if xref.startswith(("inchikey:", "pubchem.compound:"))]
                for key in keys[row.id]:
                    shared[key].append(row.id)
    return [
        replace(entry, xrefs=tuple(dict.fromkeys((*entry.xrefs, *(twin for key in keys[id] for twin in shared[key])))))
        for id, entry in known.items()
    ]


def _with_salts(entries: list[Entry]) -> list[Entry]:
    """Return the entries with those that MeSH has no word for, and that are a form of its headings, left to these.

    A salt, ion or base of a heading is what MeSH indexes under it: `diclofenac sodium` is Diclofenac, `imatinib` is
    Imatinib Mesylate, `aspartate(2-)` is Aspartic Acid.
    """
    known = {entry.id for entry in entries}
    linked = {xref for entry in entries if prefix(entry.id) == "mesh" for xref in entry.xrefs}
    own: set[str] = set()
    headings: dict[str, str] = {}
    for entry in entries:
        if prefix(entry.id) == "mesh":
            names = {folded(term.text) for term in entry.terms if not term.lookup}
            own |= names
            if entry.id.startswith("mesh:D"):
                headings.update(dict.fromkeys(names, entry.id))
    for entry in entries:
        if entry.id.startswith("mesh:D") and (match := _SALT_BEHIND.fullmatch(entry.name.casefold())):
            headings.setdefault(folded(match[1]), entry.id)
    forms: dict[str, list[Term]] = defaultdict(list)
    kept = []
    for entry in entries:
        has_mesh = entry.id in linked or any(prefix(xref) == "mesh" and xref in known for xref in entry.xrefs)
        heading = None
        if prefix(entry.id) != "mesh" and not has_mesh and folded(entry.name) not in own:
            heading = next((headings[base] for base in _bases(entry.name) if base in headings), None)
        if heading is None:
            kept.append(entry)
        else:
            forms[heading] += [
                replace(term, status="synonym") if term.status == "name" else term for term in entry.terms
            ]
    return [replace(entry, terms=gather((*entry.terms, *forms.get(entry.id, ())))) for entry in kept]


def _bases(name: str) -> Iterator[str]:
    """Yield the folded names of what a name may be a salt, an ion or the base of, and its own."""
    stems = [name.casefold()]
    for pattern in (_SALT_BEHIND, _SALT_BEFORE, _CHARGED):
        stems += [match[1] for stem in stems if (match := pattern.fullmatch(stem)) and len(match[1]) >= _LEAST_LETTERS]
    for stem in stems:
        yield folded(stem)
        if stem.endswith("ate"):
            yield folded(stem.removesuffix("ate") + "ic acid")


def _entry(row: Row, in_text: Callable[[Term], bool]) -> Entry:
    """Make an entry, of whose terms those that are not `in_text` are looked up; foreign words are left out."""
    pairs: list[tuple[str, TermStatus]] = [(_QUALIFIER.sub("", row.name), "name")]
    pairs += [
        (_QUALIFIER.sub("", synonym.text), "previous" if synonym.kind == "old_name" else "synonym")
        for synonym in row.synonyms
        if not _FOREIGN.search(synonym.text)
    ]
    return Entry(
        id=row.id,
        name=row.name,
        terms=tuple(term if in_text(term) else replace(term, lookup=True) for term in terms(pairs, longest=_LONGEST)),
        xrefs=tuple(xref for xref in row.xrefs if xref.partition(":")[0] in XREFS),
        parents=row.parents,
    )
