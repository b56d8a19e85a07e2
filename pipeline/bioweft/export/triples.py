"""Relations with their sentences as HTML, the same in the report and in the changes of a run."""

from collections.abc import Iterable

from bioweft.analyse.relations import Statement, Triple
from bioweft.analyse.years import span
from bioweft.export import prefixes, style
from bioweft.export.style import escaped
from bioweft.shown import counted


def named(curie: str, name: str | None = None) -> str:
    """Return a name, by default the CURIE, that leads to the page of its CURIE where that has one."""
    address = prefixes.address(curie)
    text = escaped(curie if name is None else name)
    return text if address is None else f'<a href="{escaped(address)}" rel="noreferrer">{text}</a>'


def said(subject: str, phrase: str, object_: str) -> str:
    """Return a relation on a line of its own; subject and object are HTML."""
    return f'<div class="said">{subject} <span class="verb">{escaped(phrase)}</span> {object_}</div>'


def facts(parts: Iterable[str]) -> str:
    """Return short facts beside each other; each is HTML, and those that are empty are left out."""
    return f'<div class="facts">{"".join(f"<span>{part}</span>" for part in parts if part)}</div>'


def badge(text: str, *, bad: bool = False) -> str:
    """Return a word of warning."""
    return f'<span class="badge{" bad" if bad else ""}">{escaped(text)}</span>'


def edge(identifier: str) -> str:
    """Return the identifier of an edge, for `bioweft evidence`."""
    return f"<code>{escaped(identifier)}</code>"


def relation(triple: Triple) -> str:
    """Return a relation, how sure it is, and the sentences that came with it."""
    years = span(triple.first_year, triple.last_year)
    guesses = triple.speculative
    line = said(named(triple.subject, triple.subject_name), triple.phrase, named(triple.object, triple.object_name))
    about = facts(
        [
            counted(triple.documents, "document") + (f", {years}" if years else ""),
            "" if triple.probability is None else _probability(triple.probability),
            badge(f"denied by {triple.negated:,}", bad=True) if triple.negated else "",
            badge("only a guess" if guesses == triple.documents else f"a guess in {guesses:,}") if guesses else "",
            badge(f"{triple.retracted:,} retracted", bad=True) if triple.retracted else "",
            edge(triple.edge),
        ]
    )
    return line + about + "".join(sentence(triple, statement) for statement in triple.evidence)


def _probability(value: float) -> str:
    # Many documents come to 1.00 when rounded, which nothing that is read by a model is.
    shown = f"{value:.2f}" if value < 0.995 else "&gt; 0.99"
    return f'probability {shown} <span class="bar"><i style="width: {value:.0%}"></i></span>'


def sentence(triple: Triple, statement: Statement) -> str:
    """Return a sentence with subject, object and cue marked, and where it is from."""
    text = "".join(
        f'<span class="cue">{escaped(piece)}</span>'
        if kind == _CUE
        else f'<mark class="{style.type_class(kind)}">{escaped(piece)}</mark>'
        if kind
        else escaped(piece)
        for piece, kind in marked(triple, statement)
    )
    source = [named(statement.document), *(escaped(str(fact)) for fact in (statement.year, statement.journal) if fact)]
    notes = [badge("denies it", bad=True)] if statement.negated else [badge("a guess")] if statement.speculative else []
    notes += [badge(flag, bad=True) for flag in statement.flags]
    denies = ' class="denies"' if statement.negated else ""
    return f"<blockquote{denies}>{text} <small>{' '.join([', '.join(source), *notes])}</small></blockquote>"


_CUE = "cue of negation or doubt"


def marked(triple: Triple, statement: Statement) -> list[tuple[str, str]]:
    """Return a sentence in pieces, each with what it is: the type of a concept of the triple, a cue, or nothing.

    Where stretches overlap, the one that begins first has what they share.
    """
    stretches = (
        (statement.subject, triple.subject_type),
        (statement.object, triple.object_type),
        (statement.cue, _CUE),
    )
    pieces, done = [], 0
    for (start, end), kind in sorted((stretch, kind) for stretch, kind in stretches if stretch is not None):
        if end > done:
            begin = max(start, done)
            pieces += [(statement.text[done:begin], ""), (statement.text[begin:end], kind)]
            done = end
    return [(text, kind) for text, kind in [*pieces, (statement.text[done:], "")] if text]
