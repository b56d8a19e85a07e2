"""`bioweft changes`: what is new in a run since its results before, since a day, or against another run."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import click

from bioweft import shown
from bioweft.analyse.changes import Changes, ConceptChange, LostSupport, RetractedPaper, RisingConcept, Section, changes
from bioweft.analyse.reading import find
from bioweft.analyse.relations import Triple
from bioweft.cli.wording import counted
from bioweft.errors import FetchError, SettingsError
from bioweft.export.changes import page

_Entry = TypeVar("_Entry")


def _date(_: click.Context, __: click.Parameter, value: str | None) -> date | None:
    if value is None:
        return None
    try:
        return date.fromisoformat(value.strip())
    except ValueError as error:
        raise click.BadParameter(f"must be a date like 2024-01-31; got {value!r}") from error


@click.command(
    epilog="Example: bioweft changes outputs/mine --since 2026-11-01 --watch BECN1 --watch 'breast cancer'. "
    "The text is the same in a pipe, so that it can be mailed"
)
@click.argument("folder", metavar="[RUN]", required=False)
@click.option("--since", callback=_date, metavar="DATE",
              help="Since the last results before this day (UTC), as 2024-01-31; by default the previous.")  # fmt: skip
@click.option("--against", metavar="OTHER", help="Compare with this other run: what is new here.")
@click.option("--watch", multiple=True, metavar="NAME",
              help="Only about this concept: a name, synonym or CURIE; can be repeated.")  # fmt: skip
@click.option("--watch-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE",
              help="Only about the concepts in this file, one name per line.")  # fmt: skip
@click.option("--least", type=click.IntRange(min=1), default=5, show_default=True, metavar="N",
              help="Concepts are rising only in at least N new documents.")  # fmt: skip
@click.option("--least-probability", type=click.FloatRange(0, 1), default=0.0, metavar="P",
              help="Relations are new when documents say them with at least this probability.")  # fmt: skip
@click.option(
    "--limit", type=click.IntRange(min=1), default=20, show_default=True, help="The maximum number of each kind."
)
@click.option("--html", "as_html", is_flag=True, help="Print a page of HTML that needs nothing else.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--webhook", envvar="BIOWEFT_WEBHOOK", metavar="URL",
              help="Send it to this address too, as JSON with the text as `text`; nothing where nothing is new. The "
                   "variable BIOWEFT_WEBHOOK does the same.")  # fmt: skip
def command(
    folder: str | None,
    since: date | None,
    against: str | None,
    watch: tuple[str, ...],
    watch_file: Path | None,
    least: int,
    least_probability: float,
    limit: int,
    as_html: bool,
    as_json: bool,
    webhook: str | None,
) -> None:
    """Show what is new in RUN, by default the newest run.

    New and rising concepts, new relations with their sentences, relations that fewer documents say than before, and
    papers retracted since, with the relations that they say or deny. Rising: more frequent in new documents than
    before, by a Poisson test of which at most 1 in 20 is false.
    """
    if since is not None and against is not None:
        raise click.UsageError("give --since or --against, not both")
    if as_html and as_json:
        raise click.UsageError("give --html or --json, not both")
    answer = changes(
        find(folder),
        since=since,
        against=None if against is None else find(against),
        watch=[*watch, *_names(watch_file)],
        least=least,
        least_probability=least_probability,
        limit=limit,
    )
    text = shown.visible("\n".join(lines(answer)))
    if webhook and not answer.is_empty:
        _send(webhook, {"text": text, **_fields(answer)})
    if as_json:
        click.echo(shown.as_json(_fields(answer)))
    elif as_html:
        click.echo(page(answer), nl=False)
    else:
        click.echo(text)


def _fields(answer: Changes) -> dict[str, Any]:
    return {"nothing_new": answer.is_empty, **asdict(answer)}


def _send(address: str, message: dict[str, Any]) -> None:
    """Send a message to a webhook: Slack, Mattermost and their like show its `text`.

    Raises:
        FetchError: it does not take it. The address is not told, as it holds a secret.
    """
    import httpx

    try:
        with httpx.Client(timeout=30, transport=httpx.HTTPTransport(retries=2)) as client:
            client.post(address, json=message).raise_for_status()
    except httpx.HTTPStatusError as error:
        raise FetchError(f"the webhook answered {error.response.status_code}") from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise FetchError(f"the webhook cannot be reached: {type(error).__name__}") from None


def _names(file: Path | None) -> list[str]:
    """Return the names of a watch list.

    Raises:
        SettingsError: there are none, or it is not UTF-8.
    """
    if file is None:
        return []
    try:
        names = [line.strip() for line in file.read_text(encoding="utf-8-sig").splitlines()]
    except UnicodeDecodeError as error:
        raise SettingsError(f"{file} must be UTF-8, with one name per line") from error
    if not any(names):
        raise SettingsError(f"{file} must have one name per line; it has none")
    return [name for name in names if name]


def lines(answer: Changes) -> Iterator[str]:
    """Yield the lines of an answer for a person to read, also in a mail."""
    if answer.before is None:
        yield f"nothing new: {answer.run} has no earlier results to compare with"
        return
    yield f"{'nothing new' if answer.is_empty else 'What is new'} in {answer.run}, compared with {answer.before}"
    yield f"{counted(answer.documents, 'document')}, before {answer.documents_before:,}"
    if answer.unknown:
        yield f"not in this run: {', '.join(answer.unknown)}"
    yield from _section("New concepts", answer.new_concepts, _concept)
    yield from _section("Rising concepts", answer.rising, _rising)
    yield from _section("New relations", answer.new_relations, _relation)
    yield from _section("Relations that lost support", answer.lost_support, _lost)
    yield from _section("Retracted papers behind relations", answer.retracted, _retracted)


def _section(title: str, section: Section[_Entry], entry_lines: Callable[[_Entry], Iterable[str]]) -> Iterator[str]:
    if not section.count:
        return
    yield f"\n{title} ({section.count:,})"
    for entry in section.first:
        yield from (f"  {' '.join(line.split())}" for line in entry_lines(entry))
    if section.count > len(section.first):
        yield f"  … {section.count - len(section.first):,} more; --limit shows them"


def _concept(concept: ConceptChange) -> Iterator[str]:
    yield f"{concept.name} ({concept.type}, {concept.id}): {counted(concept.documents, 'document')}"


def _rising(concept: RisingConcept) -> Iterator[str]:
    yield (
        f"{concept.name} ({concept.type}, {concept.id}): {counted(concept.new_documents, 'new document')} "
        f"of {concept.documents:,}, {concept.ratio:.1f} times as frequent as before ({concept.rounded_p})"
    )


def _relation(triple: Triple) -> Iterator[str]:
    sure = f", {triple.probability:.2f}" if triple.probability is not None else ""
    denied = f"; denied by {triple.negated:,}" if triple.negated else ""
    yield (
        f"{triple.subject_name} {triple.phrase} {triple.object_name}: "
        f"{counted(triple.documents, 'document')}{sure}{denied} [{triple.edge}]"
    )
    for statement in triple.evidence:
        doubt = " (denies it)" if statement.negated else " (a guess)" if statement.speculative else ""
        yield f"{statement.document}{doubt}: {statement.highlighted()}"


def _lost(relation: LostSupport) -> Iterator[str]:
    denied = f"; denied by {relation.negated:,}" if relation.negated > relation.negated_before else ""
    yield (
        f"{relation.subject_name} {relation.phrase} {relation.object_name}: "
        f"{counted(relation.documents, 'document')}, before {relation.documents_before:,}{denied} [{relation.edge}]"
    )


def _retracted(paper: RetractedPaper) -> Iterator[str]:
    source = ", ".join(str(value) for value in (paper.document, paper.year, paper.journal) if value is not None)
    yield f"{source} [{', '.join(paper.flags)}]: {paper.title or 'without title'}"
    for relation in paper.relations:
        left = counted(relation.documents, "document")
        yield f"- {relation.subject_name} {relation.phrase} {relation.object_name}: {left} left [{relation.edge}]"
