"""`bioweft run`: a workflow from end to end."""

import json
from typing import Any

import click

from bioweft import shown
from bioweft.cli.exits import DONE_WITH_REJECTS
from bioweft.cli.tagging import prefer_option
from bioweft.cli.wording import counted
from bioweft.errors import DictionaryError, InputError, NotFoundError, SettingsError
from bioweft.terminal import Listing, styled
from bioweft.terminal import console as terminal
from bioweft.workflow import settings
from bioweft.workflow.engine import Summary, run

_TOP = 5


@click.command(epilog="Example: bioweft run workflows/demo.toml --set engine.workers=4")
@click.argument("workflow")
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Override a setting of the file.")
@click.option(
    "--output",
    type=click.Path(file_okay=False),
    help="The run folder, by default outputs/NAME; an address (s3://…) keeps a copy there.",
)
@prefer_option
@click.option("--workers", type=click.IntRange(min=1), help="Worker processes; by default one for each processor.")
@click.option("--engine", type=click.Choice(["local", "ray"]), help="What does the work: this machine, or Ray.")
@click.option("--address", metavar="HOST:PORT", help="The Ray cluster; without it Ray is started on this machine.")
@click.option("--verify", is_flag=True, help="Read whole inputs, not only samples, to see what is new.")
@click.option("--quiet", is_flag=True, help="Show no progress and a summary of one line.")
@click.option("--json", "as_json", is_flag=True, help="Print the manifest as JSON.")
def command(
    workflow: str,
    overrides: tuple[str, ...],
    output: str | None,
    prefer: dict[str, str],
    workers: int | None,
    engine: str | None,
    address: str | None,
    verify: bool,
    quiet: bool,
    as_json: bool,
) -> int:
    """Run a workflow: a TOML file, or the name of a shipped one (demo, autophagy, covid19, pubmed).

    If you start it again, it resumes where it stopped and takes in only what is new. Exit code 3: done, but some
    records could not be read (see rejects.jsonl in the run folder).
    """
    changes = list(overrides)
    if output is not None:
        changes.append(f"output={json.dumps(output)}")
    if prefer:
        pairs = ", ".join(f"{json.dumps(type_)} = {json.dumps(vocabulary)}" for type_, vocabulary in prefer.items())
        changes.append(f"link.prefer={{ {pairs} }}")
    if workers is not None:
        changes.append(f"engine.workers={workers}")
    if engine is not None:
        changes.append(f"engine.kind={json.dumps(engine)}")
    if address is not None:
        changes.append(f"engine.address={json.dumps(address)}")
    try:
        summary = run(settings.load(workflow, overrides=changes), quiet=quiet or as_json, verify=verify)
    except (DictionaryError, InputError, NotFoundError) as error:  # what the workflow names is not there, or no such
        raise SettingsError(str(error)) from error
    if as_json:
        click.echo(shown.as_json(summary.manifest))
    elif quiet or not summary.new:
        _show_briefly(summary)
    else:
        _show(summary)
    return DONE_WITH_REJECTS if summary.rejects else 0


def _show_briefly(summary: Summary) -> None:
    """Print one line about a run: for logs, and for nights with nothing new."""
    counts = summary.manifest["counts"]
    about = [
        counted(counts["documents"], "document"),
        f"{counted(counts['mentions'], 'mention')} of {counted(counts['concepts'], 'concept')}",
        *([f"{counted(summary.rejects, 'reject')} ({summary.folder.rejects_file})"] if summary.rejects else []),
    ]
    state = "done" if summary.new else "nothing new"
    click.echo(shown.visible(f"{summary.manifest['name']}: {state}, {', '.join(about)} in {summary.folder.path}"))


def _show(summary: Summary) -> None:
    console = terminal()
    counts, timings = summary.manifest["counts"], summary.manifest["timings"]
    console.print(
        styled(summary.manifest["name"], "bold"),
        f": {counted(counts['documents'], 'document')} "
        f"({counted(counts['abstracts'], 'abstract')}), {counted(counts['mentions'], 'mention')} of "
        f"{counted(counts['concepts'], 'concept')}, {counted(counts['cooccurrence'], 'co-occurring pair')}"
        + (f", {counted(counts['relations'], 'relation')}" if counts.get("relations") else ""),
        sep="",
    )
    if mentions := counts.get("linked", 0) + counts.get("unlinked", 0):
        several = f" ({counts['ambiguous']:,} were chosen from several candidates)" if counts["ambiguous"] else ""
        rest = f"; the rest: {summary.folder.results_link}/unlinked.tsv" if counts["unlinked"] else ""
        console.print(f"{counts['linked'] / mentions:.0%} of mentions have an identifier{several}{rest}")
    for table in _rankings(summary):
        console.print(table)
    pace = f", {_pace(counts['abstracts'] / timings['seconds'])} abstracts per second" if counts["abstracts"] else ""
    console.print(f"{timings['seconds']:.1f} s{pace}; the largest process took {timings['peak_memory_mib']:,} MiB")
    console.print(f"Rankings, plots, graph and tables: {summary.folder.results_link}/")
    formats = summary.manifest["settings"].get("export", {}).get("formats", [])
    if formats:
        folders = ", ".join(f"{summary.folder.path / 'export' / name}/" for name in formats)
        console.print(f"The graph for other tools: {folders}")
    if summary.rejects:
        console.print(
            f"{counted(summary.rejects, 'reject')}: {summary.folder.rejects_file} says which and why", style="yellow"
        )
    console.print(f"To ask a question: bioweft query NAME --in {summary.folder.path}")


def _pace(number: float) -> str:
    """Return a number of abstracts: below ten with a decimal place, as 0.6 is not 1."""
    return f"{number:,.0f}" if number >= 10 else f"{number:.1f}"


def _rankings(summary: Summary) -> list[Listing]:
    """Return the heads of the rankings side by side, as one table."""
    from bioweft.store.schemas import read

    rows: list[dict[str, Any]] = read(
        summary.folder.results / "rankings.parquet",
        columns=["type", "rank", "concept", "name", "documents", "mentions"],
        filters=[("rank", "<=", _TOP)],
    ).to_pylist()
    table = Listing("type", "name", "CURIE", "documents", "mentions")
    table.columns[3].justify = table.columns[4].justify = "right"
    for row in rows:
        head = row["type"] if row["rank"] == 1 else ""
        table.add_row(head, row["name"], row["concept"], f"{row['documents']:,}", f"{row['mentions']:,}")
    return [table] if rows else []
