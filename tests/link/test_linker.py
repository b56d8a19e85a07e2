"""What mentions name, by the names in dictionaries and by what their document tells."""

from collections.abc import Sequence
from pathlib import Path

import platformdirs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bioweft.lexicon import dictionary
from bioweft.link.linker import DictionaryLinker
from bioweft.records import AnnotatedDocument, Concept, Document, Link, Mention, Passage, Term, TermStatus
from bioweft.text import sentences


def concept(
    id: str,
    type: str,
    name: str,
    *synonyms: str,
    taxon: str | None = None,
    publications: int | None = None,
    **terms: Sequence[str],
) -> Concept:
    """Make a concept; `terms` are further ones by status."""
    statuses: dict[str, TermStatus] = {"symbol": "symbol", "previous": "previous", "weak": "weak"}
    further = [Term(text, statuses[status]) for status, texts in terms.items() for text in texts]
    own = [Term(name, "name"), *(Term(text, "synonym") for text in synonyms), *further]
    return Concept(id, name, type, tuple(own), taxon=taxon, publications=publications)


CONCEPTS = [
    concept("d:throat", "disease", "sore throat", "pharyngitis"),
    concept("d:tumor", "disease", "breast tumor", "tumor of the breast"),
    concept("d:ovary", "disease", "ovarian cancer", "ovary cancer"),
    concept("d:breast", "disease", "breast cancer"),
    concept("d:dystrophy", "disease", "myotonic dystrophy", "DM"),
    concept("d:diabetes", "disease", "diabetes mellitus", "DM"),
    concept("d:dyskinesia", "disease", "levodopa dyskinesia", symbol=["LID"]),
    concept("g:pten", "gene", "PTEN", taxon="ncbitaxon:9606"),
    concept("g:mouse", "gene", "Pten", taxon="ncbitaxon:10090"),
    concept("g:brca1", "gene", "BRCA1", taxon="ncbitaxon:9606"),
    concept("g:brca2", "gene", "BRCA2", taxon="ncbitaxon:9606"),
    concept("g:throat", "gene", "sore"),
    concept("l:hela", "cell_line", "HeLa"),
    concept("g:cd4", "gene", "CD4", taxon="ncbitaxon:9606", publications=900),
    concept("g:cd4mouse", "gene", "Cd4", taxon="ncbitaxon:10090", publications=900),
    concept("g:obscure", "gene", "WXYZ1", symbol=["MCD4", "IGDS"], taxon="ncbitaxon:9606", publications=3),
    concept("mesh:igd", "gene", "Immunoglobulin D", symbol=["IgD"]),
    concept("g:igd", "gene", "Ighd", symbol=["IgD"], taxon="ncbitaxon:10090"),
    concept("g:nphp19", "gene", "NPHP19", taxon="ncbitaxon:9606"),
    *(concept(f"g:nphp{number}", "gene", f"NPHP{number}", taxon="ncbitaxon:9606") for number in (1, 2, 3)),
    concept("c:cisplatin", "chemical", "cisplatin"),
    concept("g:ddp", "gene", "DDP", taxon="ncbitaxon:9606"),
]


@pytest.fixture(scope="module")
def linker(tmp_path_factory: pytest.TempPathFactory) -> DictionaryLinker:
    folder = tmp_path_factory.mktemp("linker")
    dictionary.write(folder / "all.parquet", CONCEPTS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(platformdirs, "user_cache_dir", lambda name: str(folder / name))
        linker = DictionaryLinker([folder / "all.parquet"])
        linker.load()
    return linker


def tagged(text: str, *names: tuple[str, str]) -> AnnotatedDocument:
    """Return a document with a mention for each name and type, in their order in the text."""
    document = Document("x:1", (Passage("title", text),))
    mentions, start = [], 0
    for name, type_ in names:
        start = text.index(name, start)
        mentions.append(Mention(start, start + len(name), name, type_, "net", 0.9))
        start += len(name)
    return AnnotatedDocument(document, sentences.of_document(document), tuple(mentions))


def links(linker: DictionaryLinker, text: str, *names: tuple[str, str]) -> list[tuple[Link, ...]]:
    (annotated,) = linker.link([tagged(text, *names)])
    return list(annotated.links)


def concepts(linker: DictionaryLinker, text: str, *names: tuple[str, str]) -> list[list[str]]:
    return [[link.concept for link in of_mention] for of_mention in links(linker, text, *names)]


def test_a_name_has_the_concept_of_its_dictionary(linker: DictionaryLinker) -> None:
    ((link,),) = links(linker, "A sore throat.", ("sore throat", "disease"))
    assert (link.concept, link.reason, link.candidates) == ("d:throat", "name", ("d:throat",))
    assert 0.5 < link.score <= 1


@pytest.mark.parametrize(
    ("text", "type_", "curie"),
    [
        ("Sore-throats", "disease", "d:throat"),
        ("pharyngitis", "disease", "d:throat"),
        ("breast tumours", "disease", "d:tumor"),
        ("cancer of the ovary", "disease", "d:ovary"),
        ("HeLa cells", "cell_line", "l:hela"),
        ("BRCA-1", "gene", "g:brca1"),
    ],
)
def test_a_name_that_is_written_otherwise_has_its_concept(
    linker: DictionaryLinker, text: str, type_: str, curie: str
) -> None:
    assert concepts(linker, f"Of {text}.", (text, type_)) == [[curie]]


@pytest.mark.parametrize(("name", "type_"), [("sore throat", "gene"), ("sore", "disease"), ("throat", "disease")])
def test_a_name_of_another_type_or_a_part_of_one_gives_no_concept(
    linker: DictionaryLinker, name: str, type_: str
) -> None:
    assert concepts(linker, "A sore throat.", (name, type_)) == [[]]


def test_a_last_word_is_no_symbol_in_other_case(tmp_path: Path) -> None:
    dictionary.write(tmp_path / "all.parquet", CONCEPTS)
    sure_of_all = DictionaryLinker([tmp_path / "all.parquet"], threshold=0.0)
    sure_of_all.load()
    lid = "Ptosis on the right upper lid"
    assert concepts(sure_of_all, f"{lid}.", (lid, "disease")) == [[]]
    assert concepts(sure_of_all, "Severe LID.", ("Severe LID", "disease")) == [["d:dyskinesia"]]


def test_a_short_form_means_what_its_document_says(linker: DictionaryLinker) -> None:
    for long, curie in (("Myotonic dystrophy", "d:dystrophy"), ("Diabetes mellitus", "d:diabetes")):
        names = (long, "disease"), ("DM", "disease"), ("DM", "disease")
        made = links(linker, f"{long} (DM) is rare. DM was seen.", *names)
        assert [[link.concept for link in of_mention] for of_mention in made] == [[curie]] * 3
        assert made[1][0].reason == made[2][0].reason
        assert f"short for {long}" in made[1][0].reason
        assert set(made[1][0].candidates) == {"d:dystrophy", "d:diabetes"}


def test_a_gene_is_of_the_species_that_its_sentence_tells(linker: DictionaryLinker) -> None:
    for text, curie in (("PTEN is lost in patients.", "g:pten"), ("Mouse Pten was deleted in mice.", "g:mouse")):
        name = "PTEN" if "PTEN" in text else "Pten"
        ((link,),) = links(linker, text, (name, "gene"))
        assert (link.concept, set(link.candidates)) == (curie, {"g:pten", "g:mouse"})
        assert "species in the sentence" in link.reason


def test_a_mention_that_names_several_has_the_concept_of_each(linker: DictionaryLinker) -> None:
    names = ("breast and ovarian cancer", "disease"), ("BRCA1/2", "gene")
    made = links(linker, "In breast and ovarian cancer BRCA1/2 is lost.", *names)
    assert [[link.concept for link in of_mention] for of_mention in made] == [
        ["d:breast", "d:ovary"],
        ["g:brca1", "g:brca2"],
    ]
    assert made[1][1].reason.endswith("one of several: BRCA2")


@pytest.mark.parametrize(
    ("text", "name", "curie"),
    [
        ("We stained mCD4 cells.", "mCD4", "g:cd4mouse"),
        ("We saw MCD4.", "MCD4", "g:obscure"),
        ("Much IgD was in serum.", "IgD", "mesh:igd"),
        ("Most IgDs were bound.", "IgDs", "mesh:igd"),
        ("IGDS was lost.", "IGDS", "g:obscure"),
    ],
)
def test_an_obscure_alias_in_other_case_does_not_win(
    linker: DictionaryLinker, text: str, name: str, curie: str
) -> None:
    everything = DictionaryLinker(linker.dictionaries, threshold=0.0)
    ((link,),) = links(everything, text, (name, "gene"))
    assert link.concept == curie


def test_a_range_is_all_genes_in_it(linker: DictionaryLinker) -> None:
    everything = DictionaryLinker(linker.dictionaries, threshold=0.0)
    assert concepts(everything, "NPHP1-3 and NPHP19", ("NPHP1-3", "gene"), ("NPHP19", "gene")) == [
        ["g:nphp1", "g:nphp2", "g:nphp3"],
        ["g:nphp19"],
    ]
    assert concepts(everything, "NPHP1-9", ("NPHP1-9", "gene")) == [[]]


def test_an_ending_alone_has_the_concept_of_the_whole_name(linker: DictionaryLinker) -> None:
    made = links(linker, "BRCA1 and -2 are lost.", ("BRCA1", "gene"), ("-2", "gene"))
    assert [[link.concept for link in of_mention] for of_mention in made] == [["g:brca1"], ["g:brca2"]]
    assert made[1][0].reason.endswith("one of several: BRCA2")


def test_another_name_of_a_chemical_is_no_gene(linker: DictionaryLinker) -> None:
    names = ("Cisplatin", "chemical"), ("DDP", "gene")
    assert concepts(linker, "Cisplatin (DDP) was given.", *names) == [["c:cisplatin"], []]
    assert concepts(linker, "Cisplatin and DDP", *names) == [["c:cisplatin"], ["g:ddp"]]


def test_a_link_that_is_not_sure_enough_is_left_out(linker: DictionaryLinker) -> None:
    strict = DictionaryLinker(linker.dictionaries, threshold=1.0)
    lax = DictionaryLinker(linker.dictionaries, threshold=0.0)
    assert concepts(strict, "A sore throat.", ("sore throat", "disease")) == [[]]
    assert concepts(lax, "A sore throat.", ("sore throat", "disease")) == [["d:throat"]]
    assert len({strict.digest, lax.digest, linker.digest}) == 3


def test_the_rest_of_a_document_stays_as_it_is(linker: DictionaryLinker) -> None:
    before = tagged("A sore throat, and nothing.", ("sore throat", "disease"), ("nothing", "disease"))
    assert [of_mention for _, of_mention in before.linked()] == [(), ()]
    (after,) = linker.link([before])
    assert (after.document, after.sentences, after.mentions) == (before.document, before.sentences, before.mentions)
    assert [len(of_mention) for _, of_mention in after.linked()] == [1, 0]
    assert after.tagged(before.mentions[:1]).links == ()


NAMES = [(text, one.type) for one in CONCEPTS for term in one.terms for text in (term.text, term.text.upper())]
documents = st.lists(st.lists(st.sampled_from(NAMES), max_size=5), min_size=1, max_size=4)


@given(documents)
def test_links_depend_neither_on_the_batch_nor_on_its_order(
    linker: DictionaryLinker, drawn: list[list[tuple[str, str]]]
) -> None:
    batch = [tagged(" of mice (".join(name for name, _ in names), *names) for names in drawn]
    together = list(linker.link(batch))
    assert together == [next(linker.link([one])) for one in batch]
    assert list(reversed(together)) == list(linker.link(reversed(batch)))


def test_symbols_tell_of_mice_where_no_word_tells_of_a_species(tmp_path: Path) -> None:
    symbols = ("SOX2", "NANOG", "GATA6", "SMAD2", "SMAD4", "SMAD7")
    genes = [
        concept(f"{taxon}:{symbol}", "gene", symbol if taxon == "9606" else symbol.title(), taxon=f"ncbitaxon:{taxon}")
        for symbol in symbols
        for taxon in ("9606", "10090")
    ]
    dictionary.write(tmp_path / "genes.parquet", genes)
    linker = DictionaryLinker([tmp_path / "genes.parquet"], threshold=0.0)

    def taxa(text: str, *names: str) -> set[str]:
        of_names = concepts(linker, text, *((name, "gene") for name in names))
        return {curie.partition(":")[0] for (curie,) in of_names}

    assert taxa("Sox2, Nanog and Gata6 rose in embryos.", "Sox2", "Nanog", "Gata6") == {"10090"}
    assert taxa("Sox2, Nanog and Gata6 rose in patients.", "Sox2", "Nanog", "Gata6") == {"9606"}
    assert taxa("Sox2, Nanog and Gata6 rose in mammals and yeast.", "Sox2", "Nanog", "Gata6") == {"10090"}
    # Two are too few, and those of one family are written so in texts on people too.
    assert taxa("Sox2 and Nanog rose in embryos.", "Sox2", "Nanog") == {"9606"}
    assert taxa("Smad2, Smad4 and Smad7 rose in cells.", "Smad2", "Smad4", "Smad7") == {"9606"}
    assert taxa("SOX2, NANOG and GATA6 rose in embryos.", "SOX2", "NANOG", "GATA6") == {"9606"}
