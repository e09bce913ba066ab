"""``quizengine import``: questions of other systems become question files."""

from __future__ import annotations

from pathlib import Path

import click

from quizengine.cli.files import made_folder, write_whole
from quizengine.errors import QuizEngineError
from quizengine.services.importing import READERS, Imported, ImportFileError, import_questions
from quizengine.services.importing.bank import BANK_FILE, check_skill

REPORT = "IMPORT-REPORT.txt"


@click.command("import", epilog="Example: quizengine import quiz.xml --format moodle --out imported")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--format", "form", required=True, type=click.Choice(list(READERS)), help="Of the file.")
@click.option(
    "--out",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="A folder for a new bank; with --skill the folder of a bank.",
)
@click.option("--skill", default="", help="The skill of the bank in --out that the questions belong to.")
def command(file: Path, form: str, out: Path, skill: str) -> None:
    """Make question files of choice, numerical, matching and short answer questions.

    What was left out or changed is told for each question, on the screen and in IMPORT-REPORT.txt; no file
    that there is already is written over.
    """
    taken = check_skill(out, skill) if skill else frozenset[str]()
    if not skill and (out / BANK_FILE).exists():
        raise QuizEngineError(f"{out} is a bank already: say with --skill where the questions belong.")
    try:
        found = import_questions(_content(file), form, skill=skill, taken=taken)
    except ImportFileError as error:
        raise QuizEngineError(f"{file}: {error}") from error
    for name, text in found.files.items():
        path = out / name
        made_folder(path.parent)
        write_whole(path, text.encode())
    report = _report(file, found)
    write_whole(out / REPORT, report.encode())
    click.echo(report)
    click.echo(f"{len(found.made)} question files in {out}; see: quizengine check --bank {out}")


def _content(path: Path) -> bytes:
    from quizengine.services.importing.foreign import MAX_BYTES  # noqa: PLC0415 (with what it needs)

    if path.stat().st_size > MAX_BYTES:
        raise QuizEngineError(f"{path}: more than {MAX_BYTES:,} bytes: export it in several parts.")
    return path.read_bytes()


def _report(file: Path, found: Imported) -> str:
    lines = [f"Import of {file.name}: {len(found.made)} questions made, {len(found.left_out)} left out", ""]
    lines += [f"left out  {left.name}: {left.reason}" for left in found.left_out]
    for made in found.made:
        lines += [f"made      {made.id}", *(f"            {note}" for note in made.notes)]
    return "\n".join(lines) + "\n"
