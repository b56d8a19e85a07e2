"""`bioweft evidence`: the sentences behind an edge of an export."""

import sys
from dataclasses import asdict

import click

from bioweft import shown
from bioweft.analyse import tsv
from bioweft.analyse.query import Answer, ask_edge
from bioweft.analyse.reading import find
from bioweft.analyse.relations import COLUMNS
from bioweft.cli import query, relations


@click.command(
    epilog="Example: bioweft evidence f9bf856868963eb4 --in outputs/mine. In a pipe it is TSV, a line a sentence, as "
    "that of bioweft relations or, of co-occurrence, the lines of bioweft query"
)
@click.argument("edge")
@click.option("--in", "folder", metavar="RUN", help="The run folder; by default the newest run in outputs/.")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True,
              help="The maximum number of sentences that say it, and of those that deny it.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(edge: str, folder: str | None, limit: int, as_json: bool) -> None:
    """Show the sentences behind EDGE, the identifier of a relation or of a co-occurring pair in an export."""
    run = find(folder)
    answer = ask_edge(run, edge, limit=limit)
    if as_json:
        click.echo(shown.as_json(asdict(answer)))
    elif sys.stdout.isatty():
        from bioweft.terminal import console as terminal

        console = terminal()
        if isinstance(answer, Answer):
            query.show(answer, console)
        else:
            relations.show([answer], console)
        if folder is None:
            console.print(f"From {run.path}, the newest run; --in asks another.", style="dim")
    elif isinstance(answer, Answer):
        click.echo("".join(map(tsv.line, query.rows(answer))), nl=False)
    else:
        click.echo(
            tsv.line((*COLUMNS, *relations.STATEMENT)) + "".join(map(tsv.line, relations.rows([answer]))), nl=False
        )
