"""What has changed in a run: against another run."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import poisson_means_test

from bioweft.analyse import changes as module
from bioweft.analyse import plots
from bioweft.analyse.changes import Changes, changes, rising_p
from bioweft.records import Document, Passage
from bioweft.store.run import RunFolder
from tests.small_run import DOCUMENTS, STATEMENTS, Statement, write_run

HEADACHES = [Document(f"pmid:{number}", (Passage("title", "Headache."),), year=2021) for number in range(100, 110)]
QUIET = [Document(f"pmid:{number}", (Passage("title", "Patients."),), year=2017) for number in range(200, 240)]


@pytest.fixture(autouse=True, scope="module")
def no_plots() -> Iterator[None]:
    """Draw no plots: they take most of the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plots, "save", lambda *_, **__: None)
        yield


def run(folder: Path, documents=DOCUMENTS, statements=STATEMENTS) -> RunFolder:
    return RunFolder(write_run(folder, documents, statements=statements, shard_size=50))


def without(*ids: str) -> list[Document]:
    return [document for document in DOCUMENTS if document.id not in ids]


def test_the_same_run_has_nothing_new(tmp_path: Path) -> None:
    answer = changes(run(tmp_path / "now"), against=run(tmp_path / "before"))
    assert answer.is_empty
    assert (answer.documents, answer.documents_before, answer.before) == (5, 5, str(tmp_path / "before"))


def test_new_concepts_and_relations_with_their_sentences(tmp_path: Path) -> None:
    answer = changes(run(tmp_path / "now"), against=run(tmp_path / "before", without("pmid:2", "pmid:5")))
    assert [(entity.id, entity.name, entity.type, entity.documents) for entity in answer.new_concepts.first] == [
        ("ncbigene:5743", "PTGS2", "gene", 2),
        ("mesh:D009203", "Myocardial Infarction", "disease", 1),
    ]
    (triple,) = answer.new_relations.first  # what is denied and not said is no relation
    assert (triple.subject_name, triple.object_name, triple.documents) == ("Aspirin", "PTGS2", 1)
    assert triple.evidence[0].highlighted() == "**Aspirin** after heart attack. … It blocks **COX-2** in patients."
    assert [answer.lost_support.count, answer.retracted.count, answer.rising.count] == [0, 0, 0]


def test_a_relation_that_was_less_sure_is_new_above_a_probability(tmp_path: Path) -> None:
    unsure = [replace(s, probability=0.3) if s.predicate == "biolink:affects" else s for s in STATEMENTS]
    now, before = run(tmp_path / "now"), run(tmp_path / "before", statements=unsure)
    assert changes(now, against=before).is_empty
    (triple,) = changes(now, against=before, least_probability=0.7).new_relations.first
    assert triple.object_name == "PTGS2"


def test_relations_lose_support(tmp_path: Path) -> None:
    said = [*STATEMENTS, Statement("pmid:2", "Aspirin", "biolink:treats", "heart attack", 0.9)]
    answer = changes(run(tmp_path / "now", without("pmid:1")), against=run(tmp_path / "before", statements=said))
    lost = [
        (r.subject_name, r.phrase, r.object_name, r.documents, r.documents_before) for r in answer.lost_support.first
    ]
    assert sorted(lost) == [
        ("Aspirin", "treats", "Headache", 0, 1),
        ("Aspirin", "treats", "Homo sapiens", 0, 1),
        ("Aspirin", "treats", "Myocardial Infarction", 0, 1),
    ]
    denied = {r.object_name: (r.negated, r.probability) for r in answer.lost_support.first}
    assert denied["Myocardial Infarction"] == (1, None)


def test_what_is_gone_altogether_has_its_name(tmp_path: Path) -> None:
    answer = changes(run(tmp_path / "now", without("pmid:2", "pmid:5")), against=run(tmp_path / "before"))
    assert [(r.object, r.object_name) for r in answer.lost_support.first] == [("ncbigene:5743", "PTGS2")]


def test_retracted_papers_behind_relations(tmp_path: Path) -> None:
    before = [replace(d, flags=()) if d.id == "pmid:5" else d for d in DOCUMENTS]
    answer = changes(run(tmp_path / "now"), against=run(tmp_path / "before", before))
    (paper,) = answer.retracted.first
    assert (paper.document, paper.flags, paper.title) == (
        "pmid:5", ["retracted"], "COX-2 β-sheets and aspirin, with aspirin again.")  # fmt: skip
    (relation,) = paper.relations
    assert (relation.subject_name, relation.object_name, relation.documents) == ("Aspirin", "PTGS2", 1)
    assert [(r.documents, r.documents_before) for r in answer.lost_support.first] == [(1, 2)]
    assert changes(run(tmp_path / "now2"), against=run(tmp_path / "now3")).is_empty


def test_rising_entities(tmp_path: Path) -> None:
    now, before = run(tmp_path / "now", [*DOCUMENTS, *QUIET, *HEADACHES]), run(tmp_path / "before", DOCUMENTS + QUIET)
    answer = changes(now, against=before)
    (headache,) = answer.rising.first
    assert (headache.name, headache.documents, headache.new_documents) == ("Headache", 12, 10)
    assert headache.ratio == pytest.approx((10 / 10) / (2 / 45))
    assert headache.p == pytest.approx(poisson_means_test(10, 10, 2, 45, alternative="greater").pvalue)
    assert not changes(now, against=before, least=11).rising.count


def test_of_a_run_on_other_texts_all_documents_are_new(tmp_path: Path) -> None:
    answer = changes(run(tmp_path / "now", HEADACHES), against=run(tmp_path / "before", DOCUMENTS + QUIET))
    assert [entity.new_documents for entity in answer.rising.first] == [10]


@pytest.mark.parametrize("counts", [(10, 300, 100, 10_000), (40, 2000, 1000, 90_000), (900, 8000, 50_000, 600_000)])
def test_of_many_documents_another_test_says_the_same(counts, monkeypatch: pytest.MonkeyPatch) -> None:
    exact = rising_p(*counts)
    monkeypatch.setattr(module, "_MOST_EXACT", 0)
    assert exact <= rising_p(*counts) < 2 * exact


def test_what_does_not_rise_is_not_tested() -> None:
    assert rising_p(5, 5000, 10, 100) == 1.0


def test_by_chance_few_entities_are_rising() -> None:
    random = np.random.default_rng(7)
    rates = random.uniform(0.001, 0.05, 400)
    draws = [(int(random.poisson(rate * 500)), int(random.poisson(rate * 20_000))) for rate in rates]
    p = module.adjusted_p([(new, max(before, 1), 500, 20_000) for new, before in draws])
    assert sum(value <= module.FALSE_DISCOVERIES for value in p) <= 2


def test_a_watch_list_narrows_all_sections(tmp_path: Path) -> None:
    now, before = run(tmp_path / "now"), run(tmp_path / "before", without("pmid:2", "pmid:5"))

    def watched(*names: str) -> Changes:
        return changes(now, against=before, watch=names)

    answer = watched("COX-2", "heart attack", "unheard of")
    assert (answer.watched, answer.unknown) == (["ncbigene:5743", "mesh:D009203"], ["unheard of"])
    assert (answer.new_concepts.count, answer.new_relations.count) == (2, 1)
    assert watched("aspirin").new_relations.count == 1
    assert watched("headache").is_empty
    assert watched("unheard of").is_empty
    gone = changes(before, against=now, watch=["ptgs2"])
    assert [r.object_name for r in gone.lost_support.first] == ["PTGS2"]


def test_counts_are_of_all_and_the_first_are_shown(tmp_path: Path) -> None:
    answer = changes(run(tmp_path / "now"), against=run(tmp_path / "before", HEADACHES, ()), limit=1)
    assert (answer.new_concepts.count, len(answer.new_concepts.first)) == (4, 1)
    assert (answer.new_relations.count, len(answer.new_relations.first)) == (3, 1)


def test_the_first_results_are_compared_with_nothing(tmp_path: Path) -> None:
    answer = changes(run(tmp_path / "now"))
    assert (answer.before, answer.is_empty, answer.documents) == (None, True, 5)
