"""The page on which a text is pasted, and annotated there and then with the models of the run."""

from collections.abc import Iterable, Sequence
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from bioweft.explore.annotating import AnnotatedText
from bioweft.explore.document import AnnotatedPassage, DocumentRelation, NamedConcept, mention_rows
from bioweft.explore.pages import Page, common
from bioweft.explore.reader import View

MOST_CHARACTERS = 20_000


class PastedText(BaseModel):
    """A text to annotate."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    text: Annotated[str, Field(max_length=MOST_CHARACTERS)] = ""


class AnnotatePage(Page):
    """A pasted text with its mentions, the concepts that it names and the relations that it says."""

    template: ClassVar[str] = "annotate.html"
    text: str
    most: int = MOST_CHARACTERS
    passages: list[AnnotatedPassage]
    concepts: list[NamedConcept]
    relations: list[DocumentRelation]

    def header(self) -> Sequence[str]:
        """Return the columns."""
        return ("start", "end", "text", "type", "concept", "name")

    def rows(self) -> Iterable[Sequence[object]]:
        """Return the mentions."""
        return mention_rows(self.passages)


def annotate_page(view: View, text: str, annotated: AnnotatedText | None) -> AnnotatePage:
    """Return the page of an annotated text; concepts that the run has lead to their pages there."""
    concepts = annotated.concepts if annotated else []
    ids = [concept.id for concept in concepts]
    query = "SELECT id FROM concepts WHERE list_contains($ids, id)"
    here = {id_ for (id_,) in view.connection.execute(query, {"ids": ids}).fetchall()}
    return AnnotatePage(
        **common(view, "Annotate a text"),
        text=text,
        passages=annotated.passages if annotated else [],
        concepts=[concept.model_copy(update={"is_in_run": concept.id in here}) for concept in concepts],
        relations=annotated.relations if annotated else [],
    )
