"""The changes of a run as one page of HTML that needs nothing else: it can be mailed, opened and printed."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from bioweft.analyse import palette
from bioweft.analyse.changes import Changes, ConceptChange, LostSupport, RetractedPaper, RisingConcept, Section
from bioweft.export import style, triples
from bioweft.export.style import escaped
from bioweft.export.triples import badge, edge, facts, named, said
from bioweft.shown import counted

_Entry = TypeVar("_Entry")

_RULES = """
h2 small { font-weight: 400 } li ul { margin: .3rem 0 0; padding-left: 1.1rem }
"""


def page(answer: Changes) -> str:
    """Return the page; all that comes from outside is escaped."""
    return style.head(f"What is new in {answer.run}", _RULES) + "\n".join(_body(answer)) + "\n</body></html>\n"


def _body(answer: Changes) -> Iterator[str]:
    run = escaped(answer.run)
    yield '<p class="eyebrow">Changes of a run of bioweft</p>'
    if answer.before is None:
        yield f'<h1>Nothing new in {run}</h1>\n<p class="soft">It has no earlier results to compare with.</p>'
        return
    yield f"<h1>{'Nothing' if answer.is_empty else 'What is'} new in {run}</h1>"
    yield (
        f'<p class="soft">Compared with {escaped(answer.before)}: {counted(answer.documents, "document")}, '
        f"before {answer.documents_before:,}.</p>"
    )
    if answer.unknown:
        yield f"<p>Not in this run: {escaped(', '.join(answer.unknown))}</p>"
    yield from _section("New concepts", answer.new_concepts, _concept)
    yield from _section("Rising concepts", answer.rising, _rising)
    yield from _section("New relations", answer.new_relations, triples.relation)
    yield from _section("Relations that lost support", answer.lost_support, _lost)
    yield from _section("Retracted papers behind relations", answer.retracted, _retracted)


def _section(title: str, section: Section[_Entry], item: Callable[[_Entry], str]) -> Iterator[str]:
    if not section.count:
        return
    yield f'<h2>{title} ({section.count:,})</h2>\n<ul class="plain">'
    yield from (f"<li>{item(entry)}</li>" for entry in section.first)
    yield "</ul>"
    if section.count > len(section.first):
        yield f'<p class="soft">… {section.count - len(section.first):,} more</p>'


def _concept(concept: ConceptChange) -> str:
    return _named(concept) + facts([_type(concept.type), named(concept.id), counted(concept.documents, "document")])


def _rising(concept: RisingConcept) -> str:
    return _named(concept) + facts(
        [
            _type(concept.type),
            named(concept.id),
            f"{counted(concept.new_documents, 'new document')} of {concept.documents:,}",
            f"{concept.ratio:.1f} times as frequent as before",
            escaped(concept.rounded_p),
        ]
    )


def _named(concept: ConceptChange) -> str:
    return f'<div class="said"><b>{escaped(concept.name)}</b></div>'


def _type(type: str) -> str:
    return f'<i class="dot" style="background: {palette.strong(type)}"></i>{escaped(type.replace("_", " "))}'


def _bold(name: str) -> str:
    return f"<b>{escaped(name)}</b>"


def _lost(relation: LostSupport) -> str:
    return said(_bold(relation.subject_name), relation.phrase, _bold(relation.object_name)) + facts(
        [
            f"{counted(relation.documents, 'document')}, before {relation.documents_before:,}",
            badge(f"denied by {relation.negated:,}", bad=True) if relation.negated > relation.negated_before else "",
            edge(relation.edge),
        ]
    )


def _retracted(paper: RetractedPaper) -> str:
    source = [named(paper.document), *(escaped(str(fact)) for fact in (paper.year, paper.journal) if fact)]
    relations = "".join(
        "<li>"
        + said(_bold(r.subject_name), r.phrase, _bold(r.object_name))
        + facts([f"{counted(r.documents, 'document')} left", edge(r.edge)])
        + "</li>"
        for r in paper.relations
    )
    title = f'<div class="said"><b>{escaped(paper.title or "Without title")}</b></div>'
    return (
        title + facts([", ".join(source), *(badge(flag, bad=True) for flag in paper.flags)]) + f"<ul>{relations}</ul>"
    )
