"""Rankings in other orders."""

import pytest

from bioweft import resources
from bioweft.analyse.rankings import HEADER, ORDERS, rank
from bioweft.errors import NotFoundError, RunError, SettingsError
from bioweft.records import Document, Passage
from bioweft.store.run import RunFolder
from tests.small_run import write_run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(resources, "background", lambda: tmp_path_factory.mktemp("none") / "none.parquet")
        return RunFolder(write_run(tmp_path_factory.mktemp("run")))


@pytest.fixture(scope="module")
def background(tmp_path_factory):
    texts = ["Headache."] * 8 + ["Aspirin after heart attack; COX-2 in humans."] + ["A note."] * 20
    documents = [Document(f"pmid:{number}", (Passage("title", text),)) for number, text in enumerate(texts)]
    return write_run(tmp_path_factory.mktemp("background"), documents)


def names(ranked):
    return [(one.type, one.rank, one.name) for one in ranked]


def test_all_types_in_turn_most_documents_first(run):
    assert names(rank(run)) == [
        ("chemical", 1, "Aspirin"),
        ("disease", 1, "Headache"),
        ("disease", 2, "Myocardial Infarction"),
        ("gene", 1, "PTGS2"),
        ("species", 1, "Homo sapiens"),
    ]


def test_one_type_and_its_head(run):
    assert names(rank(run, type="disease", top=1)) == [("disease", 1, "Headache")]


def test_another_background_and_another_order(run, background):
    ranked = rank(run, type="disease", by="z", background=background)
    assert names(ranked) == [("disease", 1, "Myocardial Infarction"), ("disease", 2, "Headache")]
    assert ranked[0].z is not None
    assert ranked[0].z > (ranked[1].z or 0)


def test_a_background_at_hand_gives_what_the_run_would_have_had_with_it(run, background, tmp_path):
    same = RunFolder(write_run(tmp_path, background=background))
    assert rank(run, background=background) == rank(same)


@pytest.mark.parametrize("by", [order for order in ORDERS if order not in ("log_odds", "z")])
def test_every_order_goes_down(run, by):
    values = [getattr(one, by) for one in rank(run, type="disease", by=by)]
    assert values == sorted(values, reverse=True)


def test_concepts_in_few_documents_can_be_left_out(run):
    assert "Myocardial Infarction" not in {one.name for one in rank(run, least=2)}


def test_people_can_be_left_out(run):
    assert "species" not in {one.type for one in rank(run, people=False)}
    assert len(rank(run, people=False)) == len(rank(run)) - 1


def test_what_cannot_be_ordered_is_said(run, tmp_path):
    with pytest.raises(SettingsError, match="--background RUN"):
        rank(run, by="z")
    with pytest.raises(SettingsError, match="they can by: documents"):
        rank(run, by="size")
    one_year = RunFolder(write_run(tmp_path, [Document("pmid:1", (Passage("title", "Headache"),), year=2020)]))
    with pytest.raises(SettingsError, match="of one year"):
        rank(one_year, by="trend")


def test_unknown_type_and_background(run, tmp_path):
    with pytest.raises(NotFoundError, match="did you mean 'species'"):
        rank(run, type="specie")
    with pytest.raises(RunError, match="no background"):
        rank(run, background=tmp_path / "nothing")


def test_a_line_has_as_many_cells_as_the_header(run):
    first = rank(run)[0].line()
    assert len(first.split("\t")) == len(HEADER.split("\t"))
    assert first.endswith("\t2018:1 2019:1\tAspirin\n")


@pytest.mark.parametrize("type_", ["disease", "Disease", "DISEASES", " diseases "])
def test_a_type_may_be_written_in_any_way(run, type_):
    assert {ranked.type for ranked in rank(run, type=type_)} == {"disease"}


def test_rates_are_of_concepts_in_several_documents_unless_more_is_asked_for(run, background):
    frequent = rank(RunFolder(background), type="disease", by="log_odds", background=run.path)
    assert [ranked.name for ranked in frequent] == ["Headache"]
    assert len(rank(RunFolder(background), type="disease", by="log_odds", background=run.path, least=1)) == 2
    # In a run of a few documents no concept is in so many, and it is ordered all the same.
    assert len(rank(run, type="disease", by="log_odds", background=background)) == 2
