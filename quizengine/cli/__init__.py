"""The command line: the same services as the pages."""

from __future__ import annotations

from importlib import import_module

import click

from quizengine import __version__
from quizengine.errors import QuizEngineError

#: Command -> module that holds it. Imported when used: ``--help`` must not wait for SymPy.
COMMANDS = {
    "check": "quizengine.cli.check",
    "show": "quizengine.cli.show",
}


class LateGroup(click.Group):
    """A group whose commands are imported when they are used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        if cmd_name not in COMMANDS:
            return None
        found: click.Command = import_module(COMMANDS[cmd_name]).command
        return found

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; an error of ours is one clear line and exit code 1."""
        try:
            return super().invoke(ctx)
        except QuizEngineError as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=LateGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="quizengine")
def main() -> None:
    """Adaptive skills assessment for backend engineers who move into machine-learning engineering."""
