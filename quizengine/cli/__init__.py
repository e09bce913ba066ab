"""The command line: the same services as the pages."""

from __future__ import annotations

from importlib import import_module
from keyword import iskeyword

import click

from quizengine import __version__
from quizengine.errors import QuizEngineError, nearest_hint

#: Command -> what it does. It lives in the module of its name, which is imported when the command
#: is used: ``--help`` must not wait for SymPy.
COMMANDS = {
    "calibrate": "Estimate item parameters from answers.",
    "check": "Put every question of a bank through its gates.",
    "create-owner": "Make an organisation with its first owner, for the hiring side.",
    "db": "Upgrade or back up the database.",
    "export": "Write questions in the formats of other systems.",
    "fairness": "Look at how items and cuts treat groups of people.",
    "grade": "Judge answers: JSON lines in, one verdict a line out.",
    "import": "Make question files of other systems' questions.",
    "regrade": "Judge the answers to one question again.",
    "screen": "Run hiring tests: make one, invite people, read and export results.",
    "serve": "Serve the pages.",
    "sheet": "Print practice sets and their keys.",
    "show": "Show one variant of a question.",
    "simulate": "Try the test on simulated people.",
    "sweep": "Close attempts whose time is over.",
    "verify": "Compute exported results or an attempt again, and compare.",
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
        module = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name.replace("-", "_")
        found: click.Command = import_module(f"{__name__}.{module}").command
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command; a name that is not known gets the nearest offered."""
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            ctx.fail(f"There is no command {args[0]!r}.{nearest_hint(args[0], COMMANDS)}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(sorted(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; an error of ours, or of the file system, is one clear line and exit code 1."""
        try:
            return super().invoke(ctx)
        except QuizEngineError as error:
            raise click.ClickException(str(error)) from error
        except BrokenPipeError:
            raise
        except OSError as error:
            raise click.ClickException(in_one_line(error)) from error


def in_one_line(error: QuizEngineError | OSError) -> str:
    """Return what an error says, with the file it is about.

    >>> in_one_line(FileNotFoundError(2, "No such file or directory", "a.db"))
    'a.db: No such file or directory'
    """
    if isinstance(error, QuizEngineError):
        return str(error)
    place = f"{error.filename}: " if error.filename else ""
    return f"{place}{error.strerror or error}"


@click.group(
    cls=LateGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Example: quizengine serve --port 8001. Each command has --help of its own.",
)
@click.version_option(__version__, prog_name="quizengine")
def main() -> None:
    """Adaptive skills assessment for backend engineers who move into machine-learning engineering."""
