"""The dictionaries made from the small terminologies of tests/fixtures, trap by trap."""

from collections import Counter
from pathlib import Path

import pytest

from bioweft.errors import DictionaryError, NotFoundError
from bioweft.lexicon import build as builder
from bioweft.lexicon import dictionary
from bioweft.lexicon.build import BUILDERS, SHIPPED, build, build_from_file
from bioweft.lexicon.concepts import prefix


def terms(folder: Path, name: str, *, lookup: bool = False) -> dict[str, list[tuple[str, str]]]:
    """The concepts and statuses of every term that a dictionary's texts are searched for, or only looked up in it."""
    found: dict[str, list[tuple[str, str]]] = {}
    for concept in dictionary.read(folder / f"{name}.parquet"):
        for term in concept.terms:
            if term.lookup == lookup:
                found.setdefault(term.text, []).append((concept.id, term.status))
    return found


@pytest.mark.parametrize(
    ("name", "term", "claims"),
    [
        ("disease", "breast cancer", [("mesh:D001943", "name")]),
        ("disease", "malignant breast tumor", [("mesh:D001943", "synonym")]),
        ("disease", "Breast carcinoma", [("mesh:D001943", "name")]),
        ("disease", "Acute Myeloid Leukemia", [("mesh:D015470", "name")]),
        ("disease", "AML", [("mesh:D015470", "symbol")]),
        ("chemical", "Aspirin", [("mesh:D001241", "name")]),
        ("chemical", "2-acetoxybenzoic acid", [("mesh:D001241", "synonym")]),
        ("chemical", "Aspirinum", [("mesh:D001241", "synonym")]),
        ("chemical", "MDP 1234", [("mesh:C000001", "symbol")]),
        ("chemical", "Cetuximab", [("drugbank:DB00002", "name")]),
        ("gene", "TNF", [("fplx:TNF", "weak"), ("ncbigene:7124", "symbol")]),
        ("gene", "TNF family", [("fplx:TNF", "synonym")]),
        ("gene", "TNFA", [("ncbigene:7124", "previous")]),
        ("gene", "AKT", [("fplx:AKT", "symbol"), ("ncbigene:207", "weak")]),
        ("gene", "cachectin", [("ncbigene:7124", "synonym")]),
        ("gene", "TNFSF2", [("ncbigene:7124", "symbol"), ("ncbigene:9", "weak")]),
        ("gene", "alkaline phosphatase", [("ncbigene:9", "weak")]),
        ("gene", "Alkaline Phosphatase", [("mesh:D000469", "name")]),
        ("gene", "protein kinase B", [("fplx:AKT", "synonym")]),
        ("species", "Homo sapiens", [("ncbitaxon:9606", "name")]),
        ("species", "mouse", [("ncbitaxon:10090", "synonym")]),
        ("species", "E. coli", [("ncbitaxon:110766", "weak"), ("ncbitaxon:562", "synonym")]),
        ("species", "M. musculus", [("ncbitaxon:10090", "synonym")]),
        ("species", "blue flag lily", [("ncbitaxon:34205", "synonym")]),
        ("species", "SARS-CoV-2", [("ncbitaxon:2697049", "name")]),
        ("cell_line", "HeLa", [("cellosaurus:CVCL_0030", "symbol")]),
        ("cell_line", "HELA", [("cellosaurus:CVCL_0030", "symbol")]),
        ("cell_type", "macrophage", [("cl:0000235", "name"), ("cl:0000394", "weak")]),
        ("cell_type", "Macrophages", [("cl:0000235", "name")]),
        ("covid19", "B.1.1.7 lineage", [("ncbitaxon:2697049", "synonym")]),
        ("covid19", "long COVID", []),
    ],
)
def test_a_term_names_the_right_concept(built: Path, name: str, term: str, claims: list[tuple[str, str]]) -> None:
    assert sorted(terms(built, name).get(term, [])) == claims


@pytest.mark.parametrize(
    ("name", "term", "claims"),
    [
        ("disease", "Short stature", [("hp:0004322", "name")]),
        ("disease", "BRC", [("mesh:D001943", "symbol")]),
        ("disease", "leukemic", [("mesh:D007938", "synonym")]),
        ("disease", "Leber", [("mondo:0000023", "synonym")]),
        ("disease", "Trisomy", [("mesh:D014314", "name")]),
        ("chemical", "ASA", [("mesh:D001241", "symbol")]),
        ("chemical", "aspro", [("mesh:D001241", "synonym")]),
        ("chemical", "Analgesics", [("mesh:D000700", "name")]),
    ],
)
def test_what_is_too_short_or_common_for_texts_is_looked_up(
    built: Path, name: str, term: str, claims: list[tuple[str, str]]
) -> None:
    assert terms(built, name, lookup=True).get(term, []) == claims
    assert term not in terms(built, name)


@pytest.mark.parametrize(
    ("name", "term", "claims"),
    [
        ("disease", "rickety leukemia", [("mondo:0000020", "name")]),
        ("disease", "X-Linked Rickety Leukemia", [("mesh:C000004", "name")]),
        ("chemical", "aspirin sodium", [("mesh:D001241", "synonym")]),
    ],
)
def test_a_name_goes_to_the_wider_concept_or_the_base(
    built: Path, name: str, term: str, claims: list[tuple[str, str]]
) -> None:
    assert terms(built, name).get(term, []) == claims


@pytest.mark.parametrize(
    ("name", "term", "why"),
    [
        ("disease", "Neoplasm, Breast", "an inverted heading"),
        ("disease", "BRCA1", "the symbol of a causal gene"),
        ("disease", "fed", "a lower-cased acronym"),
        ("disease", "seminal sac", "a part of the body"),
        ("disease", "rickety leukemia, non-human animal", "of animals"),
        ("disease", "rare", "a characteristic of diseases"),
        ("disease", "sheep scab disease", "not human"),
        ("disease", "obsolete pox", "obsolete"),
        ("disease", "Short stature", "a sign that is no MeSH heading"),
        ("chemical", "analgesic", "a role"),
        ("chemical", "methyl", "a group"),
        ("chemical", "Escherichia coli", "an allergen extract"),
        ("chemical", "ASA", "a short code"),
        ("chemical", "Balance", "a trade name that is a word"),
        ("chemical", "ácido acetilsalicílico", "Spanish"),
        ("chemical", "Insulin", "a gene's product"),
        ("chemical", "TNF protein, human", "a gene's product"),
        ("chemical", "N-(4-chlorophenyl)-library compound", "a library compound"),
        ("gene", "Proteins", "a class that says nothing"),
        ("gene", "uncharacterized protein 7", "vague"),
        ("gene", "LOC100001", "a locus without a name"),
        ("species", "flag", "an ordinary word, taken away by hand"),
        ("species", "unclassified Bacillus", "no species"),
        ("species", "Bacillus coli Smith 1901", "an authority"),
        ("cell_type", "HeLa Cells", "a cell line"),
        ("cell_type", "cell", "any cell"),
        ("covid19", "19 cov", "junk"),
        ("covid19", "2019 corona disease cov", "junk"),
        ("covid19", "L clade", "a letter"),
    ],
)
def test_what_misleads_is_left_out(built: Path, name: str, term: str, why: str) -> None:
    assert term not in terms(built, name), why


@pytest.mark.parametrize(
    ("name", "term", "why"),
    [
        ("species", "man", "an ordinary word"),
        ("species", "patients", "people, whom a setting tags"),
        ("species", "Mus", "too short for a genus"),
        ("species", "quinine", "a drug"),
        ("species", "mosquitoes", "an English name of a higher taxon"),
        ("species", "rhabdovirus", "made of the name of a family"),
        ("cell_line", "TNF", "a gene"),
        ("cell_line", "8a", "a letter and a digit"),
        ("cell_line", "123", "a number"),
        ("cell_line", "RGS-9", "like a gene"),
        ("cell_line", "MT-1", "a name without its remark"),
        ("cell_type", "ABC", "an abbreviation"),
        ("cell_type", "CD34+ cell", "a marker with its sign"),
    ],
)
def test_what_only_linking_needs_is_looked_up(built: Path, name: str, term: str, why: str) -> None:
    kinds = {
        one.lookup
        for concept in dictionary.read(built / f"{name}.parquet")
        for one in concept.terms
        if one.text == term
    }
    assert kinds == {True}, why


@pytest.mark.parametrize("term", ["Lactobacillus", "Rhabdoviridae", "Ae. aegypti"])
def test_latin_names_of_higher_taxa_are_found_in_texts(built: Path, term: str) -> None:
    (found,) = [one for c in dictionary.read(built / "species.parquet") for one in c.terms if one.text == term]
    assert not found.lookup


def test_an_abbreviation_is_left_to_the_genus_with_more_well_known_species(built: Path) -> None:
    assert sorted(terms(built, "species")["S. mansoni"]) == [
        ("ncbitaxon:6183", "synonym"),
        ("ncbitaxon:907286", "weak"),
    ]


def test_an_epithet_is_no_genus(built: Path) -> None:
    fungus = next(dictionary.find(built / "species.parquet", "ncbitaxon:80614"))
    assert all(term.lookup for term in fungus.terms)


def test_a_cell_line_has_its_species_and_the_number_of_lines_derived_from_it(built: Path) -> None:
    hela = next(dictionary.find(built / "cell_line.parquet", "cellosaurus:CVCL_0030"))
    assert (hela.taxon, hela.publications) == ("ncbitaxon:9606", 7)


def test_the_line_from_which_more_were_derived_takes_a_shared_name(built: Path) -> None:
    assert terms(built, "cell_line")["HeLa"] == [("cellosaurus:CVCL_0030", "symbol")]
    assert terms(built, "cell_line", lookup=True)["HeLa"] == [("cellosaurus:CVCL_9003", "weak")]


def test_the_genus_of_a_shared_name_is_only_looked_up(built: Path) -> None:
    assert terms(built, "species")["mouse"] == [("ncbitaxon:10090", "synonym")]
    assert terms(built, "species", lookup=True)["mouse"] == [("ncbitaxon:10088", "weak")]


def test_a_famous_line_is_found_although_a_gene_is_called_so(built: Path) -> None:
    line = next(dictionary.find(built / "cell_line.parquet", "cellosaurus:CVCL_0006"))
    assert "THP-1" in [term.text for term in line.terms if not term.lookup]


def test_a_concept_has_one_identifier_of_each_vocabulary(built: Path) -> None:
    concepts = [concept for name in SHIPPED for concept in dictionary.read(built / f"{name}.parquet")]
    assert len(concepts) > 20
    for concept in concepts:
        assert max(Counter(map(prefix, (concept.id, *concept.xrefs))).values()) == 1, concept.id


def test_merged_identifiers_are_cross_references(built: Path) -> None:
    aspirin = next(dictionary.find(built / "chemical.parquet", "mesh:D001241"))
    assert aspirin.xrefs == ("chebi:15365", "drugbank:DB00945")
    assert next(dictionary.find(built / "gene.parquet", "BRCA1")).xrefs == ("hgnc:1100",)


def test_short_aliases_and_wide_classes_are_only_looked_up(built: Path) -> None:
    lookup = {
        (concept.id, term.text): term.lookup
        for concept in dictionary.read(built / "gene.parquet")
        for term in concept.terms
    }
    assert lookup["ncbigene:207", "PK"]
    assert lookup["mesh:D016207", "Cytokines"]
    assert not lookup["mesh:D000469", "Alkaline Phosphatase"]
    assert not lookup["ncbigene:207", "AKT1"]


def test_a_human_gene_has_species_publications_and_homologs(built: Path) -> None:
    tnf, family = (next(dictionary.find(built / "gene.parquet", id)) for id in ("ncbigene:7124", "fplx:TNF"))
    assert (tnf.taxon, tnf.publications, tnf.homologs) == ("ncbitaxon:9606", 6257, "homologene:496")
    assert (family.taxon, family.publications, family.homologs) == (None, 0, None)


@pytest.mark.parametrize(
    ("species", "term", "id", "taxon", "publications", "group"),
    [
        ("mouse", "TNF-alpha", "ncbigene:21926", "ncbitaxon:10090", 6257, "homologene:496"),
        ("rat", "TNFA", "ncbigene:24835", "ncbitaxon:10116", 6257, "homologene:496"),
        ("cow", "TNF", "ncbigene:280943", "ncbitaxon:9913", 6257, "homologene:496"),
        ("zebrafish", "brca1", "ncbigene:5", "ncbitaxon:7955", 2000, "ncbigene:672"),
        ("fly", "Notch", "ncbigene:31293", "ncbitaxon:7227", 0, "homologene:5276"),
        ("yeast", "YPL248C", "ncbigene:855828", "ncbitaxon:559292", 0, "homologene:7"),
        ("worm", "daf-16", "ncbigene:172981", "ncbitaxon:6239", 0, "homologene:8"),
    ],
)
def test_genes_of_other_species_have_their_species_and_the_homologs_of_the_human_gene(
    built: Path, species: str, term: str, id: str, taxon: str, publications: int, group: str | None
) -> None:
    (concept,) = dictionary.find(built / "genes" / f"{species}.parquet", term)
    assert (concept.id, concept.type, concept.taxon) == (id, "gene", taxon)
    assert (concept.publications, concept.homologs) == (publications, group)


@pytest.mark.parametrize("term", ["wu:fk04d02", "si:ch211-1d5.2", "trnaa"])
def test_clones_and_transfer_rnas_are_left_out(built: Path, term: str) -> None:
    assert term not in terms(built, "genes/zebrafish")


def test_the_same_terminologies_give_the_same_bytes(terminologies: Path, built: Path, tmp_path: Path) -> None:
    for one in build((), terminologies=terminologies, output=tmp_path):
        assert one.path.read_bytes() == (built / f"{one.name}.parquet").read_bytes()
        assert one.size == one.path.stat().st_size


def test_the_version_follows_the_concepts(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("red ball\n")
    (tmp_path / "b.txt").write_text("red ball\nblue ball\n")
    one, other = (
        dictionary.summary(build_from_file(tmp_path / name, type="toy", output=tmp_path / f"{name}.parquet").path)
        for name in ("a.txt", "b.txt")
    )
    assert one.version != other.version
    assert (one.terms, one.sources) == (1, "a.txt")


def test_a_folder_as_output_names_the_file_after_the_type(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("red ball\n")
    assert build_from_file(tmp_path / "a.txt", type="toy", output=tmp_path / "out").path == tmp_path / "out/toy.parquet"


def test_an_unknown_name_and_an_unknown_file_are_refused(terminologies: Path, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="did you mean 'gene"):
        list(build(["genes"], terminologies=terminologies, output=tmp_path))
    with pytest.raises(DictionaryError, match=r"should end in \.obo"):
        build_from_file(tmp_path / "a.csv", type="toy", output=tmp_path)


def test_every_builder_says_what_it_reads(terminologies: Path) -> None:
    assert set(builder.SOURCES) == set(BUILDERS)
    for sources in builder.SOURCES.values():
        assert all((terminologies / f"{source}.tsv").exists() for source in sources)
