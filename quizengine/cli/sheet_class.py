"""Marks of a whole class from one file."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from quizengine.cli.files import read_rows
from quizengine.cli.opened import opened
from quizengine.cli.options import data_option, json_option
from quizengine.cli.sheet_store import entered_line
from quizengine.services.sheet_marks import ClassRow, enter_class


@click.command("import-marks", epilog="Example: quizengine sheet import-marks class.csv --dry-run")
@click.argument("answers", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Judge everything, and keep nothing.")
@click.option(
    "--own/--not-own",
    "is_own",
    default=None,
    help="Whether they count for the learner whose sheets they are. Default: unless a name is on a sheet.",
)
@data_option
@json_option
def import_marks(
    answers: Path, *, dry_run: bool, is_own: bool | None, data: Path | None, as_json: bool
) -> None:
    """Enter what was written on many kept sheets.

    ANSWERS is a CSV as for "sheet marks" with a column code: code,item,answer or code,item,mark. All faulty
    lines are named at once, and nothing is entered until they are mended; importing twice changes nothing.
    """
    with opened(data) as runtime:
        rows = enter_class(
            runtime, None, read_rows(answers), is_own=is_own, is_trial=dry_run, now=datetime.now(UTC)
        )
    if as_json:
        click.echo(json.dumps([_class_table(row) for row in rows], indent=1))
    else:
        for row in rows:
            click.echo(entered_line(row.sheet, row.points, row.outcome.saved, dry_run=dry_run))
    lost = [(row.sheet.code, number, told) for row in rows for number, told in row.outcome.unreadable.items()]
    for code, number, told in lost:
        click.echo(f"{code}: question {number} cannot be read: {told.feedback}", err=True)
    if lost:
        raise SystemExit(1)


def _class_table(row: ClassRow) -> dict[str, Any]:
    return {
        "code": row.sheet.code,
        "name": row.sheet.name,
        "saved": list(row.outcome.saved),
        "unreadable": list(row.outcome.unreadable),
        "points": row.points,
        "marks": row.sheet.marks,
    }
