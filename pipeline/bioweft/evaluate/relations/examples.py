"""Examples of all relation corpora in one form, and the labels that each corpus annotates."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

from bioweft.errors import SettingsError, did_you_mean, nearest
from bioweft.evaluate.relations import chemical_gene, documents, gene_disease, sentences
from bioweft.evaluate.relations.pairs import Entity, Pair, Part, RelationExample

__all__ = ["CORPORA", "LABELS", "Entity", "Pair", "Part", "RelationExample", "parts", "read_relations"]

LABELS: Mapping[str, tuple[str, ...]] = {
    "BC5CDR": ("CID",),
    "ChemProt": chemical_gene.GROUPS,
    "DrugProt": tuple(label for label in chemical_gene.GROUPS if label in set(chemical_gene.GROUP_OF.values())),
    "BioRED": documents.BIORED_LABELS,
    "ADE": ("ADE",),
    "CPI-DS": ("interaction",),
    "CoMAGC": ("increased_expression", "decreased_expression"),
    "EU-ADR": gene_disease.EUADR_LABELS,
    "EU-ADR-targets": ("drug_target",),
    "BioTriplex": gene_disease.TRIPLEX_LABELS,
    **dict.fromkeys(sentences.PPI5, ("ppi",)),
}
"""By corpus, the labels of the joint space that it annotates: of all other labels it says nothing.

Left out: DDI and GE11, whose licences (CC BY-NC; scholarly use) do not let weights made with them be shipped; GAD,
whose entities are masked and whose labels are automatic; food-disease and SemRep-gold, which are small and of other
types.
"""

_READERS: Mapping[str, Callable[[Part, Path], Iterator[RelationExample]]] = {
    "BC5CDR": documents.read_bc5cdr,
    "ChemProt": chemical_gene.read_chemprot,
    "DrugProt": chemical_gene.read_drugprot,
    "BioRED": documents.read_biored,
    "ADE": sentences.read_ade,
    "CPI-DS": sentences.read_cpi,
    "CoMAGC": sentences.read_comagc,
    "EU-ADR": gene_disease.read_euadr,
    "EU-ADR-targets": gene_disease.read_euadr_targets,
    "BioTriplex": gene_disease.read_biotriplex,
    **{corpus: partial(sentences.read_ppi, corpus) for corpus in sentences.PPI5},
}

CORPORA = tuple(_READERS)


def parts(corpus: str) -> tuple[Part, ...]:
    """Return the parts that a corpus has."""
    return ("train", "dev") if corpus == "DrugProt" else ("train", "dev", "test")


def read_relations(corpus: str, part: Part, data: Path) -> list[RelationExample]:
    """Return the examples of a part of a corpus below the folder of all data; nothing is excluded.

    What may be trained on is said by `exclusions.training_examples`.

    Raises:
        SettingsError: there is no such corpus.
        InputError: its files are not there, or it has no such part.
    """
    if corpus not in _READERS:
        raise SettingsError(
            f"no relation corpus {corpus!r}{did_you_mean(nearest(corpus, _READERS))}; there are: {', '.join(_READERS)}"
        )
    return list(_READERS[corpus](part, data))
