"""The changes of a run as one page of HTML that needs nothing else: it can be mailed, opened and printed."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from bioweft.analyse.changes import Changes, Entity, LostSupport, RetractedPaper, RisingEntity, Section
from bioweft.analyse.relations import Statement, Triple
from bioweft.export import prefixes
from bioweft.export.html import escaped

_Entry = TypeVar("_Entry")

_HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>What is new in {run}</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem; color: #222 }}
h1 {{ font-size: 1.3rem }} h2 {{ font-size: 1.1rem; margin: 2rem 0 .5rem; border-bottom: 1px solid #ddd }}
li {{ margin: .4rem 0; overflow-wrap: anywhere; break-inside: avoid }} small {{ color: #666 }}
blockquote {{ margin: .2rem 0 .2rem 1rem; font-family: Georgia, serif }}
mark {{ background: #fee08b; color: inherit }}
</style></head><body>
"""


def page(answer: Changes) -> str:
    """Return the page; all that comes from outside is escaped."""
    return _HEAD.format(run=escaped(answer.run)) + "\n".join(_body(answer)) + "\n</body></html>\n"


def _body(answer: Changes) -> Iterator[str]:
    run = escaped(answer.run)
    if answer.before is None:
        yield f"<h1>Nothing new in {run}</h1>\n<p>It has no earlier results to compare with.</p>"
        return
    yield f"<h1>{'Nothing' if answer.is_empty else 'What is'} new in {run}</h1>"
    yield (
        f"<p>Compared with {escaped(answer.before)}: {answer.documents:,} documents, "
        f"before {answer.documents_before:,}.</p>"
    )
    if answer.unknown:
        yield f"<p>Not in this run: {escaped(', '.join(answer.unknown))}</p>"
    yield from _section("New entities", answer.new_entities, _entity)
    yield from _section("Rising entities", answer.rising, _rising)
    yield from _section("New relations", answer.new_relations, _relation)
    yield from _section("Relations that lost support", answer.lost_support, _lost)
    yield from _section("Retracted papers behind relations", answer.retracted, _retracted)


def _section(title: str, section: Section[_Entry], item: Callable[[_Entry], str]) -> Iterator[str]:
    if not section.count:
        return
    yield f"<h2>{title} ({section.count:,})</h2>\n<ul>"
    yield from (f"<li>{item(entry)}</li>" for entry in section.first)
    yield "</ul>"
    if section.count > len(section.first):
        yield f"<p>… {section.count - len(section.first):,} more</p>"


def _entity(entity: Entity) -> str:
    return f"{_named(entity)}: {entity.documents:,} documents"


def _rising(entity: RisingEntity) -> str:
    return (
        f"{_named(entity)}: {entity.new_documents:,} new documents of {entity.documents:,}, "
        f"{entity.ratio:.1f} times as frequent as before <small>(p {entity.p:.2g})</small>"
    )


def _named(entity: Entity) -> str:
    return f"<b>{escaped(entity.name)}</b> <small>{escaped(entity.type)}, {_linked(entity.id)}</small>"


def _linked(curie: str) -> str:
    address = prefixes.address(curie)
    text = escaped(curie)
    return text if address is None else f'<a href="{escaped(address)}" rel="noreferrer">{text}</a>'


def _relation(triple: Triple) -> str:
    sure = "" if triple.probability is None else f", probability {triple.probability:.2f}"
    denied = f"; denied by {triple.negated:,}" if triple.negated else ""
    said = _said(triple.subject_name, triple.phrase, triple.object_name)
    return f"{said}: {triple.documents:,} documents{sure}{denied} {_edge(triple.edge)}" + "".join(
        f"<blockquote>{_marked(statement)} <small>{_source(statement)}</small></blockquote>"
        for statement in triple.evidence
    )


def _said(subject: str, phrase: str, object_: str) -> str:
    return f"<b>{escaped(subject)}</b> {escaped(phrase)} <b>{escaped(object_)}</b>"


def _edge(edge: str) -> str:
    return f"<small>{escaped(edge)}</small>"


def _marked(statement: Statement) -> str:
    pieces, done = [], 0
    for start, end in statement.spans:
        pieces += [escaped(statement.text[done:start]), "<mark>", escaped(statement.text[start:end]), "</mark>"]
        done = end
    return "".join(pieces) + escaped(statement.text[done:])


def _source(statement: Statement) -> str:
    doubt = "denies it" if statement.negated else "a guess" if statement.speculative else ""
    facts = [str(statement.year or ""), statement.journal or "", doubt, *statement.flags]
    return ", ".join([_linked(statement.document), *(escaped(fact) for fact in facts if fact)])


def _lost(relation: LostSupport) -> str:
    denied = f"; denied by {relation.negated:,}" if relation.negated > relation.negated_before else ""
    said = _said(relation.subject_name, relation.phrase, relation.object_name)
    return (
        f"{said}: {relation.documents:,} documents, before {relation.documents_before:,}{denied} {_edge(relation.edge)}"
    )


def _retracted(paper: RetractedPaper) -> str:
    facts = [str(paper.year or ""), paper.journal or "", *paper.flags]
    source = ", ".join([_linked(paper.document), *(escaped(fact) for fact in facts if fact)])
    relations = "".join(
        f"<li>{_said(r.subject_name, r.phrase, r.object_name)}: {r.documents:,} documents left {_edge(r.edge)}</li>"
        for r in paper.relations
    )
    return f"<b>{escaped(paper.title or 'Without title')}</b> <small>{source}</small>\n<ul>{relations}</ul>"
