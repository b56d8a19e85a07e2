"""The command line: one module a command, each found by name, so that a command imports only what it needs."""

import sys
from importlib import import_module

import click

from bioweft.cli.exits import FAILED, USAGE
from bioweft.errors import BioweftError, SettingsError
from bioweft.shown import visible

COMMANDS = {
    "run": "run a workflow",
    "check": "verify every file of a run; rebuild damaged ones with --mend",
    "query": "show what a run knows about a name: years, relations, co-mentions, sentences",
    "relations": "show what the texts of a run say about concepts, with sentences",
    "evidence": "show the sentences behind an edge of an export",
    "explore": "browse a run: search, concepts, relations with sentences, graph",
    "export": "write the knowledge graph of a run for other tools: KGX, GraphML, Neo4j, RDF, tables",
    "report": "write a report of a run: one page to read, mail and print",
    "changes": "show what is new in a run: concepts, relations, lost support, retracted papers",
    "rank": "print the rankings of a run",
    "tag": "annotate text: find mentions and give them identifiers",
    "link": "show what a name could mean: candidates, scores, reasons",
    "evaluate": "score annotations against gold",
    "dictionary": "list, show, check and build dictionaries",
    "model": "list, describe and fetch taggers",
    "train": "train models on corpora",
    "doctor": "show what is installed, what is missing, and how to fix it",
}
"""Each command is the `command` of `bioweft.cli.<name>`; the help line stands here so that listing them is quick."""


class _Lazy(click.Group):
    """A group that imports a command's module when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        del ctx
        if name not in COMMANDS:
            return None
        command: click.Command = import_module(f"bioweft.cli.{name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="bioweft")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.pass_context
def cli(ctx: click.Context, debug: bool) -> None:
    """Read the biomedical literature and weave it into ranked concepts and evidence."""
    ctx.obj = {"debug": debug}


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 1 failed, 2 the command or its workflow file is wrong, 3 with rejects."""
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        code = cli.main(arguments, prog_name="bioweft", standalone_mode=False)
    except click.ClickException as error:
        vars(error)["message"] = visible(error.message)  # the library says that it is final
        error.show()
        sys.exit(USAGE)
    except click.Abort as stopped:
        if isinstance(stopped.__cause__, EOFError):  # which click takes for the end of what a person types
            raise stopped.__cause__ from None
        sys.exit(130)
    except BioweftError as error:
        if "--debug" in arguments:
            raise
        click.echo(f"error: {visible(error)}", err=True)
        sys.exit(USAGE if isinstance(error, SettingsError) else FAILED)
    sys.exit(code if isinstance(code, int) else 0)
