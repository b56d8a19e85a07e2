"""What taggers may learn from: types, stretches that say nothing, and above all what is refused."""

from pathlib import Path

import pytest

pytest.importorskip("torch", reason="training needs the extra `train`")

from bioweft.errors import InputError
from bioweft.records import AnnotatedDocument
from bioweft.text import sentences
from bioweft.train import corpora
from bioweft.train.corpora import CORPORA, documents, examples, merged, training
from bioweft.train.examples import Example, Span
from bioweft.train.tagger import PASSES

PUBTATOR = """\
{0}|t|Sanirin helps.
{0}|a|It acts on ABC1. Rats of line RX2 had no fever.
{0}\t0\t7\tSanirin\tChemical\tD000001
{0}\t26\t30\tABC1\tGene\t1
{0}\t56\t61\tfever\tDisease\tD000002

"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder with the lists of exclusions and the empty test parts of every corpus that is scored."""
    put(tmp_path, "ner/exclude_train.tsv", "corpus\tsplit\tunit\tfound_in\n")
    put(tmp_path, "ner/exclude_biored.txt", "")
    corpora.exclusions.cache_clear()
    return tmp_path


def put(data: Path, path: str, text: str) -> None:
    (data / path).parent.mkdir(parents=True, exist_ok=True)
    (data / path).write_text(text, encoding="utf-8")


def file(name: str, part: corpora.Part = "train") -> str:
    return CORPORA[name].files[part][0]


def exclude(data: Path, *rows: str) -> None:
    put(data, "ner/exclude_train.tsv", "\n".join(["corpus\tsplit\tunit\tfound_in", *rows, ""]))


def ids(found: list[AnnotatedDocument]) -> list[str]:
    return [annotated.document.id for annotated in found]


def test_a_type_that_a_corpus_does_not_annotate_is_not_spoken_of(data: Path) -> None:
    put(data, file("BC5CDR"), PUBTATOR.format(1))
    title, abstract, rest = examples(CORPORA["BC5CDR"], "train", data)
    assert title == Example("BC5CDR", "Sanirin helps.", (Span(0, 7, "chemical"),), frozenset({"chemical", "disease"}))
    assert abstract.spans == ()  # a gene is nothing to this corpus
    assert [rest.text[span.start : span.end] for span in rest.spans] == ["fever"]


def test_families_are_genes_with_a_label_of_their_own_where_told_apart(data: Path) -> None:
    put(
        data, file("GNormPlus"), "7|t|ABC1 and kinases\n7|a|\n7\t0\t4\tABC1\tGene\t1\n7\t9\t16\tkinases\tFamilyName\t\n"
    )
    (example,) = examples(CORPORA["GNormPlus"], "train", data)
    assert set(example.spans) == {Span(0, 4, "gene"), Span(9, 16, "gene"), Span(9, 16, "family")}
    assert example.labels == {"gene", "family"}


def test_what_is_neither_right_nor_wrong_is_said(data: Path) -> None:
    folder = data / file("JNLPBA")
    put(folder, "5.txt", "ABC1 binds the abc promoter.")
    put(folder, "5.ann", "T1\tprotein 0 4\tABC1\nT2\tDNA 15 27\tabc promoter\n")
    (example,) = examples(CORPORA["JNLPBA"], "train", data)
    assert (example.spans, example.unsure) == ((Span(0, 4, "gene"),), (Span(15, 27, "gene"),))


def test_excluded_documents_are_refused(data: Path) -> None:
    exclude(data, "BC5CDR\ttrain\t2\theld-out", "BC5CDR\tdev\t1\theld-out")
    put(data, file("BC5CDR"), PUBTATOR.format(1) + PUBTATOR.format(2) + PUBTATOR.format(3))
    assert ids(list(documents(CORPORA["BC5CDR"], "train", data))) == ["pmid:1", "pmid:3"]
    everything = documents(CORPORA["BC5CDR"], "train", data, all_of_them=True)
    assert ids(list(everything)) == ["pmid:1", "pmid:2", "pmid:3"]


def test_excluded_documents_of_biored_are_refused(data: Path) -> None:
    put(data, "ner/exclude_biored.txt", "1\n")
    put(data, file("BioRED"), PUBTATOR.format(1) + PUBTATOR.format(2))
    assert ids(list(documents(CORPORA["BioRED"], "train", data))) == ["pmid:2"]


def test_excluded_sentences_are_refused_by_number(data: Path) -> None:
    exclude(data, "CHEBI\tgene.train\t#1\tCHEBI/gene.test")
    put(data, file("CHEBI:gene"), "One O +\n\nTwo B-Gene +\n\nThree O +\n\n")
    assert [e.text for e in examples(CORPORA["CHEBI:gene"], "train", data)] == ["One", "Three"]


def test_nothing_is_learnt_without_the_lists(data: Path) -> None:
    (data / "ner/exclude_biored.txt").unlink()
    put(data, file("BC5CDR"), PUBTATOR.format(1))
    with pytest.raises(InputError, match="list of exclusions"):
        list(documents(CORPORA["BC5CDR"], "train", data))


def test_nothing_is_learnt_from_a_test_part_that_is_reported(data: Path) -> None:
    put(data, file("BC5CDR", "test"), PUBTATOR.format(1))
    with pytest.raises(InputError, match="test part of BC5CDR is reported"):
        list(examples(CORPORA["BC5CDR"], "test", data))
    assert len(list(documents(CORPORA["BC5CDR"], "test", data, all_of_them=True))) == 1


def test_an_example_that_holds_a_sentence_of_a_test_part_is_refused(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(corpora, "CORPORA", {name: CORPORA[name] for name in ("BC5CDR", "CHEBI:gene")})
    sentence = "Sanirin helps the mice of this line against all fevers."
    put(data, file("BC5CDR", "test"), f"1|t|{sentence}\n1|a|It is cheap.\n\n")
    put(data, file("BC5CDR"), "")
    for part in ("dev", "test"):
        put(data, file("CHEBI:gene", part), "")
    rows = [f"Nothing was seen. {sentence}", "Nothing was seen. It is cheap."]
    put(data, file("CHEBI:gene"), "\n".join("\n".join(f"{word} O +" for word in row.split()) + "\n" for row in rows))
    assert [example.text for example in training(data)] == rows[1:]


def test_a_document_with_a_misplaced_annotation_teaches_nothing(data: Path) -> None:
    put(data, file("BC5CDR"), PUBTATOR.format(1).replace("\t0\t7\t", "\t1\t8\t") + PUBTATOR.format(2))
    assert ids(list(documents(CORPORA["BC5CDR"], "train", data))) == ["pmid:2"]


def test_a_sentence_ends_where_no_mention_is_cut(data: Path) -> None:
    put(
        data,
        file("BC5CDR"),
        "1|t|In St. Anne. Disease was seen. It passed.\n1|a|\n1\t3\t20\tSt. Anne. Disease\tDisease\tD1\n",
    )
    first, second = examples(CORPORA["BC5CDR"], "train", data)
    assert [first.text[s.start : s.end] for s in first.spans] == ["St. Anne. Disease"]
    assert second.text == "It passed."


def test_drugprot_abstracts_without_titles(data: Path) -> None:
    path = file("DrugProt")
    put(data, path, "9\tabstract\tx\t5\t\tSanirin blocks ABC1.\n8\tfull\tx\t5\tTitle\tText.\n")
    rows = ["9\tT1\tCHEMICAL\t6\t13\tSanirin", "9\tT2\tGENE-Y\t21\t25\tABC1", "9\tT3\tGENE-Y\t0\t4\tTITL"]
    put(data, str(Path(path).with_name("drugprot_training_entities.tsv")), "\n".join(rows) + "\n")
    (example,) = examples(CORPORA["DrugProt"], "train", data)
    assert example.spans == (Span(0, 7, "chemical"), Span(15, 19, "gene"))


def test_chemprot(data: Path) -> None:
    path = file("ChemProt")
    put(data, path, "9\tT1\tCHEMICAL\t0\t7\tSanirin\n9\tT2\tGENE-N\t15\t18\tABC\n")
    put(data, path.replace("entities", "abstracts"), "9\tSanirin helps.\tABC is hit.\n")
    title, abstract = examples(CORPORA["ChemProt"], "train", data)
    assert title.spans == (Span(0, 7, "chemical"),)
    assert abstract.spans == (Span(0, 3, "gene"),)


def test_a_table_of_another_shape_is_said(data: Path) -> None:
    put(data, file("ChemProt"), "9\tT1\tCHEMICAL\n")
    with pytest.raises(InputError, match="3 columns where 6"):
        list(documents(CORPORA["ChemProt"], "train", data))


def test_spaces_that_only_tell_tokens_apart_are_taken_out(data: Path) -> None:
    tags = "The:O S:O .:O IL:B -:I 6:I (:O a:O ):O ,:O T:B /:O R:B ):O -:O .:O".split()
    lines = (f"{tag[:-2]}\t{tag[-1]}{'-Protein' * (tag[-1] != 'O')}\n" for tag in tags)
    put(data, file("BioNLP09"), "".join(lines) + "\n")
    (example,) = examples(CORPORA["BioNLP09"], "train", data)
    assert example.text == "The S. IL-6 (a), T/R) -."
    assert [example.text[span.start : span.end] for span in example.spans] == ["IL-6", "T", "R"]


def test_the_same_sentence_of_several_files_is_one() -> None:
    gene = Example("CHEBI", "ABC1 and salt", (Span(0, 4, "gene"),), frozenset({"gene"}))
    chemical = Example("CHEBI", "ABC1 and salt", (Span(9, 13, "chemical"),), frozenset({"chemical"}))
    again = Example("CHEBI", "ABC1 and salt", (), frozenset({"gene"}))
    other = Example("SCAI", "ABC1 and salt", (), frozenset({"disease"}))
    one, two = merged([gene, chemical, again, other])
    assert (one.spans, one.labels) == ((*gene.spans, *chemical.spans), {"gene", "chemical"})
    assert two == other


def test_the_last_fifth_of_training_is_for_choices_where_there_is_no_part_for_them(data: Path) -> None:
    put(data, file("Linnaeus"), "".join(f"{n}|t|Mice ran.\n{n}|a|\n\n" for n in range(1, 12)))
    exclude(data, "Linnaeus\ttrain\t9\theld-out")
    assert ids(list(documents(CORPORA["Linnaeus"], "train", data))) == [f"pmid:{n}" for n in range(1, 9)]
    assert ids(list(documents(CORPORA["Linnaeus"], "dev", data))) == ["pmid:10", "pmid:11"]


@pytest.mark.corpus
def test_real_counts(corpus_data: Path) -> None:
    """Mentions of each corpus as its source says, where the reader takes them all."""
    expected = {
        ("BC5CDR", "test"): {"chemical": 5385, "disease": 4424},
        ("NCBI-disease", "test"): {"disease": 960},
        ("GNormPlus", "test"): {"gene": 3285, "family": 1202},
        ("NLM-Gene", "test"): {"gene": 2365, "family": 391},
        ("Linnaeus", "test"): {"species": 576},
        ("BioID", "test"): {"cell_line": 1453},
        ("BC2GM", "dev"): {"gene": 3061},
        ("ChemProt", "dev"): {"chemical": 8004, "gene": 7563},
        ("JNLPBA", "test"): {"gene": 5067, "cell_line": 500, "cell_type": 1921},
        ("S1000", "dev"): {"species": 427},
        ("BioNLP11ID", "train"): {"gene": 3197, "species": 1873, "chemical": 594},
        ("CHEBI:chemical", "train"): {"chemical": 14833},
    }
    for (name, part), counts in expected.items():
        found = dict.fromkeys(CORPORA[name].types, 0)
        for annotated in documents(CORPORA[name], part, corpus_data, all_of_them=True):  # type: ignore[arg-type]
            for mention in annotated.mentions:
                if mention.type in found:
                    found[mention.type] += 1
        assert found == counts, (name, part)


@pytest.mark.corpus
def test_no_test_part_and_no_excluded_document_is_among_what_is_learnt(corpus_data: Path) -> None:
    learnt = [*training(corpus_data), *corpora.development(corpus_data)]
    assert len(learnt) > 200_000
    texts = {sentences.key(sentence) for example in learnt for sentence in corpora.sentences_of(example.text)}
    for name in ("BC5CDR", "NCBI-disease", "BC2GM", "JNLPBA", "NLM-Gene", "Linnaeus", "S1000", "BioID", "GNormPlus"):
        for annotated in documents(CORPORA[name], "test", corpus_data, all_of_them=True):
            tested = [one for passage in annotated.document.passages for one in corpora.sentences_of(passage.text)]
            assert not texts & {sentences.key(sentence) for sentence in tested if len(sentence) > 60}
    refused = {row.split("\t")[2] for row in (corpus_data / "ner/exclude_train.tsv").read_text().splitlines()}
    refused |= set((corpus_data / "ner/exclude_biored.txt").read_text().split())
    for name in ("BC5CDR", "BioRED", "ChemProt", "JNLPBA", "BC2GM"):
        for part in ("train", "dev"):
            if part in CORPORA[name].files:
                found = documents(CORPORA[name], part, corpus_data)  # type: ignore[arg-type]
                assert not refused & {annotated.document.id.partition(":")[2] for annotated in found}


def test_passes_are_of_guidelines_that_there_are() -> None:
    assert set(PASSES) <= {name.partition(":")[0] for name in CORPORA}
