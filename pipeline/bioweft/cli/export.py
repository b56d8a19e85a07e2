"""`bioweft export`: the knowledge graph of a run, and its annotated documents, in the formats that other tools load."""

import re
import tempfile
from pathlib import Path
from typing import Any

import click

from bioweft import shown
from bioweft.analyse.reading import find
from bioweft.cli.exits import FAILED
from bioweft.cli.tagging import prefer_option
from bioweft.cli.wording import counted
from bioweft.export.graph import FORMATS, export
from bioweft.export.graph.check import Report, check
from bioweft.export.graph.filters import Filters
from bioweft.export.graph.formats import DOCUMENTS, GRAPHS
from bioweft.export.graph.model import KINDS
from bioweft.export.graph.reading import PUBLICATIONS

_YEARS = re.compile(r"(\d{4})?-(\d{4})?|\d{4}")


def _years(_: click.Context, __: click.Parameter, value: str | None) -> tuple[int | None, int | None] | None:
    """Turn `2015-2020`, `2015-`, `-2020` and `2015` into the first and the last year."""
    if value is None:
        return None
    if not _YEARS.fullmatch(value.strip()) or value.strip() == "-":
        raise click.BadParameter(f"must be years like 2015-2020, 2015- or 2015; got {value!r}")
    first, dash, last = value.strip().partition("-")
    return (int(first) if first else None, int(last) if last else None if dash else int(first))


def _formats() -> str:
    helps = {name: format_.help for name, format_ in GRAPHS.items()} | dict(DOCUMENTS)
    return "; ".join(f"{name}: {text}" for name, text in helps.items())


@click.command(
    epilog="Example: bioweft export outputs/mine --to kgx --to graphml --type chemical --type disease. "
    f"Formats are {_formats()}"
)
@click.argument("folder", metavar="[RUN]", required=False)
@click.option("--to", "formats", multiple=True, type=click.Choice(list(FORMATS)), help="The format; can be repeated.")
@click.option("--output", type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
              help="Where to write; by default RUN/export/FORMAT. With several formats: DIR/FORMAT.")  # fmt: skip
@click.option("--kind", "kinds", multiple=True, type=click.Choice(KINDS), help="Only edges of this kind.")
@click.option("--type", "types", multiple=True, metavar="TYPE", help="Only edges between concepts of these types.")
@click.option("--predicate", "predicates", multiple=True, metavar="PREDICATE",
              help="Only relations with this predicate: biolink:affects, or affects.")  # fmt: skip
@click.option("--least-probability", type=click.FloatRange(0, 1), default=0.0, metavar="P",
              help="Only relations that documents say with at least this probability.")  # fmt: skip
@click.option("--least-documents", type=click.IntRange(min=1), metavar="N",
              help="Only edges of at least N documents; by default 1 for relations, 2 for co-occurrence.")  # fmt: skip
@click.option("--years", callback=_years, metavar="FIRST-LAST",
              help="Only what documents of these years say, counted anew: 2015-2020, 2015-, -2020.")  # fmt: skip
@click.option("--around", multiple=True, metavar="NAME",
              help="Only concepts near this one, and the edges between them: a name, synonym or CURIE.")  # fmt: skip
@click.option(
    "--hops", type=click.IntRange(min=1), default=1, show_default=True, help="How many edges away still counts as near."
)
@click.option(
    "--top", type=click.IntRange(min=1), metavar="K", help="Only the K edges of each kind with the most weight."
)
@click.option("--negated/--no-negated", default=None, help="Only what a document denies, or only what none does.")
@click.option("--speculative/--no-speculative", default=None,
              help="Only what is a guess in all its documents, or only what one says outright.")  # fmt: skip
@click.option("--denied", is_flag=True, help="Also what documents only deny; it is marked as denied.")
@click.option("--retracted/--no-retracted", default=True,
              help="Also what retracted documents say; they never count.")  # fmt: skip
@click.option("--sentences", type=click.IntRange(min=0), metavar="N",
              help="Most sentences of each relation; by default 3, or all if the format has a table.")  # fmt: skip
@click.option("--publications", type=click.IntRange(min=0), default=PUBLICATIONS, show_default=True, metavar="N",
              help="The most documents that a co-occurring pair names, the newest.")  # fmt: skip
@prefer_option
@click.option("--check", "is_checked", is_flag=True, help="Check the KGX files against the Biolink model.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(
    folder: str | None,
    formats: tuple[str, ...],
    output: Path | None,
    sentences: int | None,
    publications: int,
    prefer: dict[str, str],
    is_checked: bool,
    as_json: bool,
    **filters: Any,
) -> int:
    """Write the knowledge graph of RUN, by default the newest run: relations and co-occurrence.

    Every edge has its documents and, in most formats, sentences; `bioweft evidence EDGE` shows them. Formats of
    documents have the texts with mentions, and with the relations that the options leave. The files of a format appear
    together, when all are complete.
    """
    if is_checked and "kgx" not in formats:
        formats = (*formats, "kgx")
    if not formats:
        raise click.UsageError(f"Missing option '--to'. Choose from: {', '.join(FORMATS)}")
    run = find(folder)
    if output is None:
        run.require_disk()
    wanted = Filters(**{**filters, "kinds": filters["kinds"] or KINDS})
    answer: dict[str, Any] = {}
    for name in dict.fromkeys(formats):
        place = output / name if output and len(set(formats)) > 1 else output or run.path / "export" / name
        answer[name] = export(
            run, name, place, filters=wanted, prefer=prefer, sentences=sentences, publications=publications
        )
        answer[name]["folder"] = str(place)
        if name == "kgx" and is_checked:
            with tempfile.TemporaryDirectory(prefix="bioweft-") as temporary:
                report = check(place, temporary=Path(temporary))
            answer[name]["faults"] = [vars(fault) for fault in report.faults]
        if not as_json:
            _show(answer[name])
            if name == "kgx" and is_checked:
                _show_report(report)
    if as_json:
        click.echo(shown.as_json(answer))
    return FAILED if any(about.get("faults") for about in answer.values()) else 0


def _show(about: dict[str, Any]) -> None:
    counts = about["counts"]
    nouns = {"nodes": "node", "relation": "relation", "cooccurrence": "co-occurring pair", "documents": "document",
             "mentions": "mention", "relations": "relation"}  # fmt: skip
    numbers = ", ".join(counted(counts[key], noun) for key, noun in nouns.items() if key in counts)
    click.echo(f"{numbers}: {shown.visible(about['folder'])}")
    for name, size in about["files"].items():
        click.echo(f"  {name}  {size:,} bytes")


def _show_report(report: Report) -> None:
    checked = f"{counted(report.nodes, 'node')} and {counted(report.edges, 'edge')}"
    if not report.faults:
        click.echo(f"Valid in the Biolink model: {checked}")
        return
    click.echo(f"Not valid in the Biolink model, of {checked}:")
    for fault in report.faults:
        click.echo(shown.visible(f"  {fault.count:,} {fault.message}: {', '.join(fault.examples)}"))
