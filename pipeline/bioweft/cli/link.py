"""`bioweft link`: what a name could mean, and why."""

import sys
from collections.abc import Iterable, Sequence

import click

from bioweft import shown
from bioweft.analyse import tsv
from bioweft.cli.tagging import dictionary_names, link_settings
from bioweft.errors import NotFoundError, SettingsError, nearest
from bioweft.link.linker import DictionaryLinker, RankedCandidate
from bioweft.link.registry import linking_dictionaries
from bioweft.records import AnnotatedDocument, Document, Mention, Passage
from bioweft.text import sentences

COLUMNS = ("type", "text", "rank", "concept", "name", "chance", "score", "threshold", "linked", "reason")
"""Columns of the output; only the first candidate of a text has a score."""


@click.command(epilog='Example: bioweft link PTEN --type gene --context "Pten was deleted in the mouse prostate."')
@click.argument("text")
@click.option(
    "--type", "type_", metavar="TYPE", help="Only concepts of this type; by default all types, the best first."
)
@click.option("--context", metavar="SENTENCE", help="Text that contains the name; it decides what the name means.")
@click.option("--dictionaries", help="Names or files, separated by commas; by default all shipped ones.")
@click.option("--genes", metavar="SPECIES", help="Species whose genes can be linked, separated by commas, or all.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(
    text: str, type_: str | None, context: str | None, dictionaries: str | None, genes: str | None, as_json: bool
) -> None:
    """Show the concepts that TEXT could mean, the likeliest first, with scores and reasons.

    chance is how likely a candidate is beside the others; score, of the first, how likely it is right at all. Below the
    threshold a mention stays without identifier. A name of several things (BRCA1/2) has candidates for each.
    """
    settings = link_settings(genes=genes, prefer={})
    linker = DictionaryLinker(linking_dictionaries(settings, dictionary_names(dictionaries)))
    linker.load()
    rows = _rows(linker, _annotated(text, context, _types(linker, type_)))
    if not rows:
        kind = f"no {type_}" if type_ else "nothing"
        raise NotFoundError(f"{kind} in the dictionaries is called {text!r}, or nearly so; try another spelling")
    if as_json:
        click.echo(shown.as_json(rows))
        return
    if sys.stdout.isatty():
        _show(rows)
    else:
        cells = ([*({**row, "linked": "yes" if row["linked"] else "no"}[column] for column in COLUMNS)] for row in rows)
        click.echo("".join(map(tsv.line, (COLUMNS, *cells))), nl=False)
    for row in rows:
        if row["rank"] == 1 and not row["linked"]:
            best = f"best score {row['score']:.2f} is below {row['threshold']:.2f}"
            click.echo(shown.visible(f"{row['text']} is not linked as {row['type']}: {best}"), err=True)


def _types(linker: DictionaryLinker, type_: str | None) -> Sequence[str]:
    if type_ is None:
        return linker.types
    if type_ not in linker.types:
        types = ", ".join(sorted(linker.types))
        raise NotFoundError(
            f"no type {type_!r} in the dictionaries; there are: {types}", suggestions=nearest(type_, linker.types)
        )
    return [type_]


def _annotated(text: str, context: str | None, types: Iterable[str]) -> AnnotatedDocument:
    """Return the context, or the text alone, as a document with a mention of each type."""
    name = text.strip()
    if not name:
        raise SettingsError("the name is empty; give one: bioweft link aspirin")
    whole = name if context is None else context
    start = whole.find(name)
    if start < 0:
        start = whole.lower().find(name.lower()) if len(whole.lower()) == len(whole) else -1
    if start < 0:
        raise SettingsError(f"--context must contain the name {name!r}; got {whole!r}")
    document = Document("text", (Passage("paragraph", whole),))
    end = start + len(name)
    mentions = tuple(Mention(start, end, whole[start:end], type_) for type_ in sorted(types))
    return AnnotatedDocument(document, sentences.of_document(document), mentions)


def _rows(linker: DictionaryLinker, annotated: AnnotatedDocument) -> list[dict[str, object]]:
    """Return a row for each candidate, the types with the best scores first."""
    by_type = [(mention.type, texts) for mention, texts in linker.candidates(annotated) if texts]
    by_type.sort(key=lambda pair: (-max(ranked[0].score or 0 for ranked in pair[1].values()), pair[0]))
    return [
        _row(type_, text, rank, candidate)
        for type_, texts in by_type
        for text, ranked in texts.items()
        for rank, candidate in enumerate(ranked, 1)
    ]


def _row(type_: str, text: str, rank: int, candidate: RankedCandidate) -> dict[str, object]:
    score, threshold = candidate.score, candidate.threshold
    cells = candidate.concept, candidate.name, round(candidate.chance, 4), score and round(score, 4), threshold
    linked = score is not None and score >= threshold
    return dict(zip(COLUMNS, (type_, text, rank, *cells, linked, candidate.reason), strict=True))


def _show(rows: Sequence[dict[str, object]]) -> None:
    """Print candidates for a person to read; those that would be linked stand out."""
    from bioweft.terminal import Listing, console

    table = Listing()
    for column in ("type", "text", "CURIE", "name", "chance", "score", "reason"):
        number = column in ("chance", "score")
        table.add_column(column, justify="right" if number else "left", no_wrap=column in ("type", "CURIE"))
    for row in rows:
        is_first = row["rank"] == 1
        score = "" if row["score"] is None else f"{row['score']:.2f}"
        heads = [str(row["type"]), str(row["text"])] if is_first else ["", ""]
        cells = [*heads, str(row["concept"]), str(row["name"]), f"{row['chance']:.2f}", score, str(row["reason"])]
        table.add_row(*cells, style="bold" if row["linked"] else "")
    console().print(table)
