"""Groups of commands, whose `--help` has the whole first sentence of each command: click itself cuts it to one line."""

import click

_LONGEST = 200
"""Characters of a first sentence, of which there are always fewer."""


class Group(click.Group):
    """A group that lists each command with its whole first sentence."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the section of commands."""
        commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.get_short_help_str(_LONGEST)) for name, command in commands if command])
