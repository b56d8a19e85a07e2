"""Classes of proteins that MeSH names: enzymes, immunoglobulins, cytokines, receptors, hormones that are peptides.

They are the last vocabulary of genes: a name that a gene or a family has stays theirs. Classes that say nothing
(proteins, enzymes, antigens) are left out, and wide ones are only looked up.
"""

from bisect import bisect
from collections.abc import Container, Iterator
from pathlib import Path

from bioweft.lexicon import reviewed
from bioweft.lexicon.concepts import Entry
from bioweft.lexicon.names import folded, is_code, terms
from bioweft.lexicon.terminology import Row, rows
from bioweft.records import Term, TermStatus

_TREES = (
    "D08.811", "D08.622", "D12.776", "D12.644.276", "D12.644.360", "D12.644.541", "D12.644.548", "D12.644.861",
    "D05.500", "D06.472.699", "D06.472.317", "D23.050.301", "D23.050.285", "D23.050.550",
)  # fmt: skip
"""Enzymes and their precursors, proteins, signalling peptides, complexes, hormones, surface and tumour antigens."""

_OTHER_TREES = (
    "D01", "D02", "D03", "D04", "D10.2", "D10.5", "D10.8", "D10.9", "D13", "D20", "D12.644.400", "D12.644.456", "J",
    "D05.875", "E", "G", "H", "D12.776.124.486.485.114.224",
)  # fmt: skip
"""Chemicals, lipids, nucleic acids, mixtures, oligopeptides, foods, antibodies that are medicines: of other types."""

_LIPOPROTEIN = "D10.532"
_ENZYME = "D08.811"

_NOTHING_SAID = frozenset(
    """
    proteins; enzymes; enzyme precursors; peptides; peptide hormones; hormones; antigens; antigen; antibodies; antibody;
    epitopes; allergens; isoenzymes; holoenzymes; apoenzymes; glycoproteins; phosphoproteins; polyproteins; proteome;
    protein isoforms; protein subunits; protein precursors; protein corona; protein degradation end products;
    mutant proteins; recombinant proteins; recombinant fusion proteins; immobilized proteins; immobilized enzymes;
    neoplasm proteins; membrane proteins; nuclear proteins; blood proteins; carrier proteins; bacterial proteins;
    viral proteins; plant proteins; fungal proteins; archaeal proteins; algal proteins; helminth proteins;
    protozoan proteins; insect proteins; fish proteins; avian proteins; amphibian proteins; reptilian proteins;
    arthropod proteins; muscle proteins; eye proteins; egg proteins; fetal proteins; pregnancy proteins;
    nerve tissue proteins; mitochondrial proteins; cell cycle proteins; dna-binding proteins; rna-binding proteins;
    transcription factors; receptors; cell surface receptors; drug receptors; cytoplasmic and nuclear receptors;
    multienzyme complexes; multifunctional enzymes; multiprotein complexes; macromolecular substances; isoantigens;
    autoantigens; surface antigens; differentiation antigens; neoplasm antigens; bacterial antigens; viral antigens;
    antigen-antibody complex; peptide fragments; hydrolases; transferases; lyases; ligases; isomerases; serum; gelatin;
    gene products; protein hydrolysates; peptones; dietary proteins; intracellular signaling peptides and proteins;
    intercellular signaling peptides and proteins; saccharomyces cerevisiae proteins; escherichia coli proteins;
    drosophila proteins; caenorhabditis elegans proteins; arabidopsis proteins; xenopus proteins; zebrafish proteins;
    schizosaccharomyces pombe proteins; bacterial outer membrane proteins; biomarkers; tumor biomarkers; inflammasome;
    proto-oncogene proteins; oncogene proteins; tumor suppressor proteins; silver proteins; protein aggregates;
    structural homology proteins; intrinsically disordered proteins; membrane transport proteins; body fluids
    """.replace("\n", " ").split(";")
)
"""Classes of which a mention says no more than its type; each is compared as names are."""

_MANY = 3
"""Classes below a class from which on it is wide."""


def entries(folder: Path, *, without: Container[str]) -> Iterator[Entry]:
    """Yield MeSH's classes of proteins, but for the headings `without`."""
    nothing_said = {folded(name.strip()) for name in _NOTHING_SAID}
    table = _classes(folder)
    trees = sorted(tree for row in table for tree in row.values("tree_numbers"))
    for row in table:
        names = _terms(row)
        if row.id in without or not names or folded(names[0].text) in nothing_said:
            continue
        below = sum(bisect(trees, f"{own}/") - bisect(trees, f"{own}.") for own in row.values("tree_numbers"))
        yield Entry(row.id, row.name, tuple(_ranked(term, wide=below >= _MANY) for term in names), parents=row.parents)


def names(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the identifier and each name of the classes that are more than one human gene's protein.

    These are enzymes, and headings that have kinds of their own; a name with a digit (`CD20 antigen`) is a gene's.
    """
    alone = single(folder)
    for row in _classes(folder):
        enzyme = any(tree.startswith(_ENZYME) for tree in row.values("tree_numbers"))
        if (enzyme or row.id not in alone) and sum(xref.startswith("hgnc:") for xref in row.xrefs) != 1:
            yield from ((row.id, term.text) for term in _terms(row) if not any(map(str.isdigit, term.text)))


def single(folder: Path) -> frozenset[str]:
    """Return the headings of proteins that have no kinds of their own."""
    table = _classes(folder)
    parents = {parent for row in table for parent in row.parents}
    return frozenset(row.id for row in table if row.id not in parents)


def _classes(folder: Path) -> list[Row]:
    return [row for row in rows(folder, "mesh_descriptor") if _is_class(row.values("tree_numbers"))]


def _terms(row: Row) -> tuple[Term, ...]:
    """Return the names of a heading, each in one writing."""
    pairs: list[tuple[str, TermStatus]] = [(row.name, "name"), *((s.text, "synonym") for s in row.synonyms)]
    by_name: dict[str, Term] = {}
    for term in terms(pairs):
        by_name.setdefault(folded(term.text), term)
    return tuple(by_name.values())


def _is_class(trees: tuple[str, ...]) -> bool:
    """Say whether a heading with these tree numbers is a class of proteins and nothing else."""
    rest = [tree for tree in trees if not tree.startswith(_LIPOPROTEIN)]
    return any(tree.startswith(_TREES) for tree in rest) and not any(tree.startswith(_OTHER_TREES) for tree in rest)


def _ranked(term: Term, *, wide: bool) -> Term:
    """Return the term of a class as it is to be used: short codes, wide classes and what misleads are looked up."""
    gone = reviewed.dropped("gene")
    misleads = (term.text if is_code(term.text) else folded(term.text)) in gone
    return Term(term.text, term.status, lookup=wide or misleads or len(term.text) < 4)
