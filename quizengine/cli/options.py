"""Options that several commands take, and what they stand for."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from quizengine.errors import QuizEngineError
from quizengine.resources import resource

BANK_FILE = "bank.toml"

Command = Callable[..., Any]

bank_option = click.option(
    "--bank",
    type=click.Path(path_type=Path),
    envvar="QUIZENGINE_BANK",
    help="The bank's folder. Default: the bank of the file named, else the one that ships.",
)
data_option = click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder of the database and the secrets. Default: QUIZENGINE_DATA, else ./instance.",
)


def _judge_with(_context: click.Context, _option: click.Parameter, url: str) -> None:
    if url:
        from quizengine.sqljudge.postgres import use_server  # noqa: PLC0415 - most commands need no server

        use_server(url)


postgres_option = click.option(
    "--postgres",
    metavar="URL",
    default="",
    envvar="QUIZENGINE_POSTGRES",
    callback=_judge_with,
    expose_value=False,
    help="The PostgreSQL database that questions for PostgreSQL are judged in. Without it they are left out.",
)


def folder_option(default: str) -> Callable[[Command], Command]:
    """Return the option that says into which folder files are written."""
    return click.option(
        "--out",
        default=default,
        show_default=True,
        type=click.Path(file_okay=False, path_type=Path),
        help="A folder.",
    )


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
workers_option = click.option(
    "--workers",
    default=1,
    show_default=True,
    type=click.IntRange(1, 64),
    help="Processes to share the work out to; results do not depend on it.",
)


def bank_folder(bank: Path | None, names: tuple[str, ...] = ()) -> Path:
    """Return the bank meant: the one given, that of a named question file, or the one that ships."""
    if bank:
        return bank
    files = [Path(name).resolve() for name in names if is_file_name(name)]
    for path in files:
        if not path.is_file():
            raise QuizEngineError(f"There is no file {path}.")
    around = (folder for path in files for folder in path.parents if (folder / BANK_FILE).exists())
    return next(around, resource("question_banks") / "backend_to_ml")


def cache_folder() -> Path | None:
    """Return where banks that were read are kept between commands; None where a user has no home.

    In the user's cache folder, as the XDG base directories have it. It can be deleted at any time.
    """
    home = os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()
    return Path(home) / "quizengine" if Path(home).is_absolute() else None


def panel_folder() -> Path | None:
    """Return where the databases of SQL questions are kept between commands."""
    folder = cache_folder()
    return folder / "panels" if folder else None


def question_id(name: str) -> str:
    """Return the id that a question file's path stands for, or the name itself.

    >>> question_id("question_banks/b/questions/math/bayes/disease-test.toml")
    'math.bayes.disease-test'
    """
    if not is_file_name(name):
        return name
    parts = Path(name).resolve().with_suffix("").parts
    last = len(parts) - parts[::-1].index("questions") if "questions" in parts else len(parts) - 1
    return ".".join(parts[last:])


def is_file_name(name: str) -> bool:
    """Whether a name is a question file's path, and not an id."""
    return name.endswith(".toml")
