"""Groups of homologous genes over all species, and how much is published on each group's human gene.

A group is named by one CURIE, which every member has: `homologene:N`, HomoloGene's group of the human gene; or, where
HomoloGene (of 2014) does not have the human gene, that gene's own `ncbigene:` CURIE. Which human gene another
species' gene belongs to is told by HGNC, MGI and RGD; for zebrafish by the symbol, which is the human one in small
letters (`tp53`, `fgf8a`); for all that these leave open by HomoloGene.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from bioweft.lexicon.terminology import cells, rows

SOURCES = (
    "homologene", "ncbigene_publications", "ncbigene_human", "ncbigene_zebrafish", "hgnc", "mgi", "rgd",
)  # fmt: skip
HUMAN = "ncbitaxon:9606"
DUPLICATES = ("a", "b")
"""The letters that end the symbols of genes which fishes have twice (`fgf8a`, `fgf8b`)."""


@dataclass(frozen=True, slots=True)
class Homologs:
    """The homologs of all genes; `publications` is by human gene, `groups` HomoloGene's group of each gene.

    `human` is the human gene of genes of other species, by their identifiers in MGI, RGD and, of zebrafish, NCBI
    Gene; `in_group` the human genes of each HomoloGene group.
    """

    publications: Mapping[str, int]
    groups: Mapping[str, str]
    human: Mapping[str, str]
    in_group: Mapping[str, tuple[str, ...]]

    def group(self, ids: Iterable[str]) -> str | None:
        """Return the group of a gene that has these identifiers."""
        ids = tuple(ids)
        human = self._human(ids)
        if human:
            return self.groups.get(human, human)
        return next((self.groups[id] for id in ids if id in self.groups), None)

    def published(self, ids: Iterable[str]) -> int:
        """Return how many papers there are on the human gene, where several belong to it on the best known one."""
        ids = tuple(ids)
        human = self._human(ids)
        relatives = (human,) if human else self.in_group.get(self.group(ids) or "", ids)
        return max((self.publications.get(id, 0) for id in relatives), default=0)

    def _human(self, ids: Iterable[str]) -> str | None:
        return next((self.human[id] for id in ids if id in self.human), None)


@lru_cache(maxsize=1)
def homologs(folder: Path) -> Homologs:
    """Return the homologs that the terminologies in `folder` tell."""
    groups: dict[str, str] = {}
    in_group: dict[str, list[str]] = defaultdict(list)
    for row in homologene(folder):
        groups.setdefault(row["id"], f"homologene:{row['group']}")
        if row["taxon"] == HUMAN:
            in_group[f"homologene:{row['group']}"].append(row["id"])
    publications = cells(folder, "ncbigene_publications", columns=("id", "publications"))
    human = dict(_human_genes(folder))
    # Human genes stand in their own groups, those alone in which is no other gene in none.
    human |= {id: id for id in {*human.values()}}
    return Homologs(
        publications={row["id"]: int(row["publications"]) for row in publications},
        groups=groups,
        human=human,
        in_group={group: tuple(ids) for group, ids in in_group.items()},
    )


def homologene(folder: Path) -> Iterator[dict[str, str]]:
    """Yield the members of HomoloGene's groups: `group`, `taxon`, `id`, `symbol`."""
    return cells(folder, "homologene", columns=("group", "taxon", "id", "symbol"))


def _human_genes(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield identifiers of genes of other species, each with its human gene.

    Of several human genes the one of the same symbol is taken (`Cyp2d6`), otherwise none.
    """
    by_hgnc: dict[str, str] = {}
    by_symbol: dict[str, str] = {}
    for row in rows(folder, "ncbigene_human"):
        by_symbol[row.name.lower()] = row.id
        by_hgnc |= {xref: row.id for xref in row.xrefs if xref.startswith("hgnc:")}
    claims: dict[str, set[str]] = defaultdict(set)
    for row in rows(folder, "hgnc"):
        for xref in row.xrefs:
            if xref.startswith(("mgi:", "rgd:")) and row.id in by_hgnc:
                claims[xref].add(by_hgnc[row.id])
    for name in ("mgi", "rgd"):
        for row in rows(folder, name):
            candidates = claims[row.id] | {by_hgnc[id] for id in row.values("human_ortholog") if id in by_hgnc}
            namesake = by_symbol.get(row.name.lower(), "")
            if namesake in candidates or len(candidates) == 1:
                yield row.id, namesake if namesake in candidates else min(candidates)
    for row in rows(folder, "ncbigene_zebrafish"):
        symbol = row.name.lower()
        single = symbol[:-1] if symbol.endswith(DUPLICATES) else symbol
        if symbol in by_symbol or single in by_symbol:
            yield row.id, by_symbol.get(symbol) or by_symbol[single]
