"""CURIEs in the case of who reads them: inside they have the Bioregistry's lower-case prefixes (docs/design.md)."""

from collections.abc import Iterable

from bioweft.export.type_names import PUBTATOR3
from bioweft.records import Link

_BIOLINK = {
    "mesh": ("MESH", "http://id.nlm.nih.gov/mesh/"),
    "mondo": ("MONDO", "http://purl.obolibrary.org/obo/MONDO_"),
    "doid": ("DOID", "http://purl.obolibrary.org/obo/DOID_"),
    "hp": ("HP", "http://purl.obolibrary.org/obo/HP_"),
    "omim": ("OMIM", "https://omim.org/entry/"),
    "chebi": ("CHEBI", "http://purl.obolibrary.org/obo/CHEBI_"),
    "drugbank": ("DRUGBANK", "https://go.drugbank.com/drugs/"),
    "ncbigene": ("NCBIGene", "https://www.ncbi.nlm.nih.gov/gene/"),
    "hgnc": ("HGNC", "https://www.genenames.org/data/gene-symbol-report/#!/hgnc_id/HGNC:"),
    "mgi": ("MGI", "http://www.informatics.jax.org/accession/MGI:"),
    "rgd": ("RGD", "https://rgd.mcw.edu/rgdweb/report/gene/main.html?id="),
    "ncbitaxon": ("NCBITaxon", "http://purl.obolibrary.org/obo/NCBITaxon_"),
    "cl": ("CL", "http://purl.obolibrary.org/obo/CL_"),
    "pmid": ("PMID", "https://pubmed.ncbi.nlm.nih.gov/"),
    "pmcid": ("PMCID", "https://www.ncbi.nlm.nih.gov/pmc/"),
    "doi": ("doi", "https://doi.org/"),
    "cellosaurus": ("cellosaurus", "https://www.cellosaurus.org/"),
    "umls": ("UMLS", "https://uts.nlm.nih.gov/uts/umls/concept/"),
    "ncit": ("NCIT", "http://purl.obolibrary.org/obo/NCIT_"),
    "ensembl": ("ENSEMBL", "https://www.ensembl.org/id/"),
    "uniprot": ("UniProtKB", "https://purl.uniprot.org/uniprot/"),
    "cas": ("CAS", "https://commonchemistry.cas.org/detail?cas_rn="),
    "pubchem.compound": ("PUBCHEM.COMPOUND", "https://pubchem.ncbi.nlm.nih.gov/compound/"),
    "omim.ps": ("OMIM.PS", "https://omim.org/phenotypicSeries/PS"),
    "fma": ("FMA", "http://purl.obolibrary.org/obo/FMA_"),
    "bto": ("BTO", "http://purl.obolibrary.org/obo/BTO_"),
}
"""Our prefixes, those of the Biolink model where it has others, and what an address of their things begins with."""

_WRITTEN = {ours: theirs for ours, (theirs, _) in _BIOLINK.items()}
_ADDRESSES = {prefix: start for ours, (theirs, start) in _BIOLINK.items() for prefix in (ours, theirs)}

_BARE = {("ncbigene", "gene"), ("ncbitaxon", "species"), ("cellosaurus", "cell_line")}
"""Vocabularies and the type whose identifiers PubTator writes without a prefix, as the type says which they are."""

_OURS = {name: type_ for type_, name in PUBTATOR3.items()}


def biolink(curie: str) -> str:
    """Return a CURIE with the Biolink model's prefix; other prefixes stay as they are."""
    # Every identifier of every edge comes here, so no library is asked.
    prefix, colon, local = curie.partition(":")
    return f"{_WRITTEN[prefix]}:{local}" if colon and prefix in _WRITTEN else curie


def biolink_prefixes() -> list[str]:
    """Return the prefixes that exports write, as the Biolink model has them."""
    return [prefix for prefix, _ in _BIOLINK.values()]


def address(curie: str) -> str | None:
    """Return the address of a concept's page; None where its vocabulary is none of those known here."""
    prefix, colon, local = curie.partition(":")
    start = _ADDRESSES.get(prefix)
    return start + local if colon and start is not None else None


def pubtator(links: Iterable[Link], type: str) -> str:
    """Return the concepts of a mention of a type as PubTator and its BioC have identifiers, several joined by `|`.

    `MESH:D001241`, but bare `7157` of a gene, `9606` of a species and `CVCL_0030` of a cell line.
    """
    return "|".join(_pubtator(link.concept, type) for link in links)


def _pubtator(curie: str, type: str) -> str:
    prefix, _, local = curie.partition(":")
    return local if (prefix, _OURS.get(type, type)) in _BARE else biolink(curie)
