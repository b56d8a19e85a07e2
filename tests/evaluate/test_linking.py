"""Links of gold mentions are right or wrong as worked out by hand."""

from collections.abc import Sequence

import pytest

from bioweft.evaluate.linking import LinkError, LinkScorer
from bioweft.records import AnnotatedDocument, Document, Link, Mention


def document(*links: Sequence[Link], type_: str = "gene") -> AnnotatedDocument:
    mentions = tuple(Mention(place, place + 4, "BRCA", type_) for place in range(0, 5 * len(links), 5))
    return AnnotatedDocument(Document("x:1", ()), mentions=mentions, links=tuple(map(tuple, links)))


def scorer() -> LinkScorer:
    return LinkScorer(str, lambda type_: {"ncbigene:1", "ncbigene:2"})


@pytest.mark.parametrize(
    ("gold", "predicted", "right"),
    [
        (["ncbigene:1"], ["ncbigene:1"], 1),
        (["ncbigene:1"], ["ncbigene:2"], 0),
        (["ncbigene:1"], [], 0),
        (["ncbigene:1", "ncbigene:2"], ["ncbigene:2"], 1),  # any of several gold concepts
        (["ncbigene:1"], ["ncbigene:2", "ncbigene:1"], 0),  # the first concept alone
    ],
)
def test_the_first_concept_is_any_of_the_gold_ones(gold: list[str], predicted: list[str], right: int) -> None:
    scores = scorer()
    scores.add(document([Link(curie) for curie in gold]), document([Link(curie) for curie in predicted]))
    assert scores.score("gene").right == right


def test_identifiers_are_brought_to_one_vocabulary() -> None:
    scores = LinkScorer(lambda curie: {"hgnc:1": "ncbigene:1"}.get(curie, curie), lambda type_: {"ncbigene:1"})
    scores.add(document([Link("hgnc:1")]), document([Link("ncbigene:1")]))
    score = scores.score("gene")
    assert (score.right, score.covered) == (1, 1)


def test_mentions_without_a_gold_identifier_do_not_count() -> None:
    scores = scorer()
    scores.add(document([], [Link("ncbigene:1")]), document([Link("ncbigene:2")], [Link("ncbigene:1")]))
    assert scores.score("gene").mentions == 1
    assert not scores.errors


def test_what_follows_from_the_counts() -> None:
    scores = scorer()
    one, two, unknown = [Link("ncbigene:1")], [Link("ncbigene:2")], [Link("ncbigene:9")]
    scores.add(document(one, one, two, unknown), document(one, [], one, []))
    score = scores.score("gene")
    assert (score.coverage, score.accuracy) == (0.75, 0.25)
    assert (score.accuracy_covered, score.precision) == (pytest.approx(1 / 3), 0.5)
    assert score.low <= score.accuracy <= score.high


def test_types_are_those_of_gold_and_may_be_scored_together() -> None:
    scores = scorer()
    scores.add(document([Link("ncbigene:1")], type_="family"), document([Link("ncbigene:1")]))
    scores.add(document([Link("ncbigene:1")]), document([]))
    assert scores.types == ["family", "gene"]
    assert [scores.score(*types).right for types in (("family",), ("gene",), ("family", "gene"))] == [1, 0, 1]
    assert scores.score("family", "gene").mentions == 2


def test_errors_say_what_was_given_and_why() -> None:
    scores = scorer()
    wrong = Link("ncbigene:2", 0.5, "synonym", candidates=("ncbigene:1",))
    scores.add(document([Link("ncbigene:1")], [Link("ncbigene:1")]), document([wrong], []))
    assert scores.errors["gene"] == {
        LinkError("BRCA", ("ncbigene:1",), "ncbigene:2", "synonym", candidate=True): 1,
        LinkError("BRCA", ("ncbigene:1",), "", "", candidate=False): 1,
    }
