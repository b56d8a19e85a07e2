from pathlib import Path

import pytest

from bioweft.errors import InputError, SettingsError
from bioweft.evaluate.relations.negation import (
    STATEMENTS,
    Negation,
    ScopedSentence,
    Side,
    Statement,
    falsely_flagged,
    flag_scores,
    read_scopes,
    read_statements,
    scope_scores,
)
from bioweft.records import AnnotatedDocument, Document, Passage

from .small import write

TEXT = "On ABC1\nDEF2 did not raise expression of ABC1.\n"


def events(data: Path, corpus: str, part: str, name: str = "PMID-61") -> None:
    folder = data / "relations/BioNLP-events/BioNLP-events" / corpus / part
    folder.mkdir(parents=True)
    (folder / f"{name}.txt").write_text(TEXT)
    (folder / f"{name}.a1").write_text("T1\tProtein 8 12\tDEF2\nT2\tProtein 41 45\tABC1\n")
    (folder / f"{name}.a2").write_text(
        "T3\tPositive_regulation 21 26\traise\nT4\tGene_expression 27 37\texpression\n* \tEquiv T1 T2\n"
        "E1\tPositive_regulation:T3 Theme:E2 Cause:T1\nE2\tGene_expression:T4 Theme:T2\nM1\tNegation E1\n"
    )


def test_events_have_trigger_and_arguments(tmp_path: Path) -> None:
    events(tmp_path, "GE13", "train")
    regulation, expression = read_statements("GE13", "dev", tmp_path)
    text = regulation.document.document.text
    assert text == TEXT
    assert [text[start:end] for start, end in regulation.spans] == ["raise", "expression", "DEF2"]
    assert [text[start:end] for start, end in expression.spans] == ["expression", "ABC1"]
    assert (regulation.negated, regulation.speculative) == (True, False)
    assert not expression.negated
    assert len(regulation.document.sentences) == 2


def test_ge11_is_for_measuring_only_and_without_texts_of_dev(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="measuring only"):
        read_statements("GE11", "dev", tmp_path)
    bioscope(tmp_path, document="61")
    events(tmp_path, "GE13", "train", "PMC-7-00-TIAB")
    events(tmp_path, "GE11", "train")
    events(tmp_path, "GE11", "devel", "PMC-7-01-INTRO")
    seen = {statement.document.document.id for statement in read_statements("GE11", "test", tmp_path)}
    assert "ge11:PMC-7-01-INTRO" not in seen
    assert ("ge11:PMID-61" in seen) != bool(read_scopes("abstracts", "dev", tmp_path))


def test_pairs_of_chemprot(tmp_path: Path) -> None:
    content = {
        "chemprot_training_abstracts.tsv": "71 | Zanubin spares ABC1 and hits DEF2 and GHI3. | \n",
        "chemprot_training_entities.tsv": (
            "71 | T1 | CHEMICAL | 0 | 7 | Zanubin\n71 | T2 | GENE-Y | 15 | 19 | ABC1\n"
            "71 | T3 | GENE-Y | 29 | 33 | DEF2\n71 | T4 | GENE-Y | 38 | 42 | GHI3\n"
        ),
        "chemprot_training_relations.tsv": (
            "71 | CPR:10 | N  | NOT | Arg1:T1 | Arg2:T2\n71 | CPR:4 | Y  | INHIBITOR | Arg1:T1 | Arg2:T3\n"
            "71 | CPR:2 | N  | REGULATOR | Arg1:T1 | Arg2:T4\n"
        ),
    }
    statements = read_statements("ChemProt", "dev", write(tmp_path, content))
    assert [(s.spans, s.negated, s.speculative) for s in statements] == [
        (((0, 7), (15, 19)), True, None),
        (((0, 7), (29, 33)), False, None),
    ]


def bioscope(data: Path, document: str) -> None:
    folder = data / "relations/BioScope/BioScope/abstracts"
    folder.mkdir(parents=True)
    (folder / "sentences.tsv").write_text(f"sentence_id\tdoc\ttext\na.1\t{document}\tIt is neither here nor there.\n")
    (folder / "negations.tsv").write_text(
        "sentence_id\tnegation_id\tcue_spans\tscope\tcue\tscope_text\n"
        "a.1\tX1\t6-13;19-22\t6-28\tneither nor\tneither here nor there\n"
    )


def test_scopes(tmp_path: Path) -> None:
    bioscope(tmp_path, document="1")
    sides: tuple[Side, ...] = ("dev", "test")
    (sentence,) = (sentence for side in sides for sentence in read_scopes("abstracts", side, tmp_path))
    assert sentence.negations == (Negation(((6, 13), (19, 22)), (6, 28)),)
    assert sentence.text[6:28] == "neither here nor there"
    with pytest.raises(SettingsError, match="abstracts and full"):
        read_scopes("clinical", "dev", tmp_path)


def test_scope_scores() -> None:
    negated = ScopedSentence("1", "d", "It is not here but there.", (Negation(((6, 9),), (6, 14)),))
    plain = ScopedSentence("2", "e", "It is here.", ())
    scores = scope_scores([negated, plain], [[(6, 18)], []])
    assert (scores["exact"].right, scores["exact"].surplus, scores["exact"].missed) == (0, 1, 1)
    assert (scores["words"].right, scores["words"].surplus, scores["words"].missed) == (2, 1, 0)
    assert scope_scores([negated], [[(6, 14)]])["exact"].f1 == 1
    with pytest.raises(InputError):
        scope_scores([negated], [])


def statement(*, negated: bool, speculative: bool | None) -> Statement:
    document = AnnotatedDocument(Document("pmid:1", (Passage("title", "A."),)))
    return Statement("EU-ADR", document, ((0, 1),), negated, speculative)


def test_flag_scores() -> None:
    statements = [
        statement(negated=True, speculative=False),
        statement(negated=False, speculative=True),
        statement(negated=False, speculative=None),
    ]
    flags = [(True, True), (True, True), (False, True)]
    scores = flag_scores(statements, flags)
    assert (scores["negated"].right, scores["negated"].surplus, scores["negated"].missed) == (1, 1, 0)
    assert (scores["speculative"].right, scores["speculative"].surplus) == (1, 1)  # the last corpus does not say
    assert falsely_flagged(statements, flags) == 0.5
    with pytest.raises(InputError):
        flag_scores(statements, [])


@pytest.mark.corpus
def test_counts(corpus_data: Path) -> None:
    negated = {corpus: sum(s.negated for s in read_statements(corpus, "dev", corpus_data)) for corpus in STATEMENTS
               if corpus != "GE11"}  # fmt: skip
    assert negated == {"ChemProt": 414, "EU-ADR": 3, "GE13": 225, "PC13": 261, "EPI": 103, "ID": 69}
    dev, test = (read_scopes("abstracts", side, corpus_data) for side in ("dev", "test"))
    assert len(dev) + len(test) == 11_871
    assert {s.document for s in dev}.isdisjoint(s.document for s in test)
    assert sum(len(s.negations) for s in (*dev, *test)) == 1719
