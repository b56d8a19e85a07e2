"""One page of HTML that needs nothing else: documents with their mentions highlighted by type."""

from collections.abc import Iterable, Mapping, Sequence
from typing import IO

from bioweft.export import prefixes, style
from bioweft.export.style import escaped
from bioweft.records import ENTITY_TYPES, AnnotatedDocument, Link, Mention, Relation
from bioweft.relate.predicates import canonical, phrase

_RULES = """
body { max-width: 46rem } article { margin-top: 2.5rem } p { white-space: pre-wrap }
h2 { border: 0; padding: 0; margin: 0 0 .3rem; font-size: 1.1rem }
article p { font: 1.02rem/1.65 var(--serif) }
nav { position: sticky; top: 0; background: var(--paper); padding: .6rem 0; border-bottom: 1px solid var(--line);
  font-size: .85rem }
mark { cursor: help }
"""


def write(documents: Iterable[AnnotatedDocument], stream: IO[str], *, names: Mapping[str, str] | None = None) -> None:
    """Write documents as a page; pointing at a mention shows what it names and why.

    A click leads to the concept's page. What is shown is the type, then a line for each concept: preferred name of
    `names`, CURIE, score and reason.

    Of mentions that overlap, the one that begins first is highlighted, of those the longest.
    """
    legend = " ".join(f'<mark class="{name}">{name.replace("_", " ")}</mark>' for name in ENTITY_TYPES)
    legend += ' <mark class="unlinked" style="background: none">no identifier</mark>'
    stream.write(style.head("Annotated by bioweft", _RULES) + f"<h1>Annotated by bioweft</h1>\n<nav>{legend}</nav>\n")
    for annotated in documents:
        stream.write(_document(annotated, names or {}))
    stream.write("</body></html>\n")


def fragment(annotated: AnnotatedDocument, *, names: Mapping[str, str]) -> str:
    """Return a document for a place on a page of others, such as a notebook: rules and relations come with it."""
    relations = "".join(f"<li>{_relation(relation, names)}</li>" for relation in annotated.relations)
    below = f"<ul>{relations}</ul>" if relations else ""
    return f'<div class="bioweft"><style>{style.marks(".bioweft ")}</style>{_document(annotated, names)}{below}</div>'


def _relation(relation: Relation, names: Mapping[str, str]) -> str:
    subject, object_ = (escaped(names.get(concept, concept)) for concept in (relation.subject, relation.object))
    said = escaped(phrase(relation.predicate, canonical(relation.qualifiers)))
    doubt = ", denied" if relation.negated else ", a guess" if relation.speculative else ""
    return f"{subject} <i>{said}</i> {object_} <small>{relation.probability:.2f}{doubt}</small>"


def _document(annotated: AnnotatedDocument, names: Mapping[str, str]) -> str:
    document, highlighted = annotated.document, _apart(annotated.linked())
    blocks = []
    for start, passage in zip(document.starts, document.passages, strict=True):
        inside = [(m, links) for m, links in highlighted if start <= m.start and m.end <= start + len(passage.text)]
        text = _marked(passage.text, start, inside, names)
        if passage.kind == "title":
            blocks.append(f"<h2>{text}</h2>\n")
        else:
            label = f"<small>{escaped(passage.label)}</small> " if passage.label else ""
            blocks.append(f"<p>{label}{text}</p>\n")
    about = " · ".join(escaped(str(field)) for field in (document.id, document.year, document.journal) if field)
    return f'<article id="{escaped(document.id)}">\n{"".join(blocks)}<small>{about}</small>\n</article>\n'


_Linked = tuple[Mention, Sequence[Link]]


def _apart(linked: Iterable[_Linked]) -> list[_Linked]:
    highlighted: list[_Linked] = []
    last = 0
    for mention, links in sorted(linked, key=lambda pair: (pair[0].start, -pair[0].end)):
        if mention.start >= last:
            highlighted.append((mention, links))
            last = mention.end
    return highlighted


def _marked(text: str, offset: int, linked: Sequence[_Linked], names: Mapping[str, str]) -> str:
    pieces, last = [], 0
    for mention, links in linked:
        start, end = mention.start - offset, mention.end - offset
        told = [_about(link, names) for link in links] or ["no identifier"]
        about = escaped("\n".join((mention.type.replace("_", " "), *told)))
        classes = style.type_class(mention.type) + ("" if links else " unlinked")
        pieces.append(escaped(text[last:start]))
        named = escaped(text[start:end])
        page = next(filter(None, (prefixes.address(link.concept) for link in links)), None)
        if page is not None:
            named = f'<a href="{escaped(page)}" rel="noreferrer">{named}</a>'
        pieces.append(f'<mark class="{classes}" title="{about}">{named}</mark>')
        last = end
    return "".join(pieces) + escaped(text[last:])


def _about(link: Link, names: Mapping[str, str]) -> str:
    """Return what a link says: `Aspirin · mesh:D001241 · 0.97 (synonym)`."""
    return " · ".join(filter(None, (names.get(link.concept), link.concept, f"{link.score:.2f} ({link.reason})")))
