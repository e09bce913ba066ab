"""``quizengine sheet``: practice sets on paper, their keys, the way back."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from quizengine.bank import load_bank
from quizengine.cli.files import is_record, made_folder, read_rows, read_sheet, write_whole
from quizengine.cli.options import (
    bank_folder,
    bank_option,
    cache_folder,
    data_option,
    folder_option,
    json_option,
    workers_option,
)
from quizengine.cli.sheet_class import import_marks
from quizengine.cli.sheet_run import SheetRun
from quizengine.cli.sheet_share import share
from quizengine.cli.sheet_store import (
    NOT_KEPT,
    Keeper,
    enter_marks,
    known_learner,
    list_command,
    reprint_kept,
    show,
    store_if_any,
)
from quizengine.cli.sheet_store import key as key_command
from quizengine.cli.sheet_wish import for_learner, read_wish, wish_options
from quizengine.errors import UnknownNameError
from quizengine.markup import to_text
from quizengine.model.counting import counted
from quizengine.services.marking import mark_rows, read_marks
from quizengine.services.printing import before_of
from quizengine.services.sheet_choice import Before
from quizengine.services.sheets import (
    Plan,
    SheetError,
    SheetWish,
    plan_sheets,
)

MAX_SEED = 2**31


@click.group("sheet", epilog="Example: quizengine sheet new --skills math.bayes --minutes 30")
def command() -> None:
    """Print practice sets and their keys; enter what was answered."""


for _subcommand in (list_command, show, key_command, share, import_marks):
    command.add_command(_subcommand)


@command.command(
    "new",
    epilog="Example: quizengine sheet new --skills math.matrices,math.bayes --forms 4 --out sheets",
)
@wish_options
@click.option(
    "--seed", type=click.IntRange(0), help="Equal seeds print equal sheets. Default: a new one, told."
)
@click.option(
    "--joined", is_flag=True, help="Also one PDF of all sheets, and one of all keys; 100 in each at most."
)
@folder_option("sheets")
@click.option("--learner", default="", help="The id of a learner: whose sheets they are, and whose gaps.")
@click.option("--reviews", is_flag=True, help="A fifth of the time for the learner's skills that are due.")
@click.option(
    "--store/--no-store", "keep", default=True, show_default=True, help="Keep them in the database."
)
@click.option("--scheduler", help="A Dask scheduler to share the work out, tcp://host:8786: extra cluster.")
@workers_option
@data_option
@bank_option
def new(  # noqa: PLR0913 - all are options with names
    *,
    bank: Path | None,
    data: Path | None,
    keep: bool,
    learner: str,
    reviews: bool,
    joined: bool,
    out: Path,
    workers: int,
    scheduler: str | None,
    **wish: Any,
) -> None:
    """Choose questions, and print a sheet for each copy.

    Where there is a database the sheets are kept in it. Beside the PDFs stands CODE.json, with which a sheet
    is printed again and its answers are marked without one, also after the bank has changed. A run that was
    interrupted goes on where it was. A copy that cannot be printed is named at the end.
    """
    if reviews and not learner:
        raise click.UsageError("--reviews needs --learner: what is due is known of a learner.")
    if scheduler and workers > 1:
        raise click.UsageError("--scheduler has workers of its own; leave --workers out.")
    loaded = load_bank(bank_folder(bank), cache=cache_folder())
    with store_if_any(data, loaded, wanted=keep) as runtime:
        owner = known_learner(runtime, learner)
        try:
            wish["seed"] = secrets.randbelow(MAX_SEED) if wish["seed"] is None else wish["seed"]
            wanted = read_wish(loaded, **wish)
            if runtime and owner:
                wanted = for_learner(runtime, owner, wanted, reviews=reviews, now=datetime.now(UTC))
            plan = plan_sheets(loaded, wanted, before_of(runtime, owner) if runtime and owner else Before())
        except UnknownNameError as error:
            raise click.UsageError(str(error)) from error
        _tell(plan, wanted)
        made_folder(out)
        keeper = Keeper(runtime, owner, wanted, plan, out) if runtime else None
        run = SheetRun(wanted, plan, out, joined, workers, scheduler or "")
        codes = []
        for number, sheet in run.printed():
            codes.append(sheet.code)
            if keeper:
                keeper.keep(number, sheet)
    for note in (*run.notes, *([] if runtime else [NOT_KEPT])):
        click.echo(f"note: {note}", err=True)
    click.echo(
        f"{counted(len(codes), 'sheet')} in {out}: {', '.join(codes[:4])}"
        + (" ..." if len(codes) > 4 else "")
    )
    if run.faults:
        lines = "\n".join(f"  {fault}" for fault in run.faults)
        raise SheetError(f"{len(run.faults)} of {wanted.total} copies could not be printed:\n{lines}")


@command.command("reprint", epilog="Example: quizengine sheet reprint 7KQM-42XF-A6 --out again")
@click.argument("sheet", metavar="CODE_OR_RECORD")
@folder_option(".")
@data_option
def reprint(sheet: str, out: Path, data: Path | None) -> None:
    """Print a sheet and its key again: the same bytes, whatever the bank holds now.

    By its CODE from the database, where the bytes are kept; or from the RECORD that stands beside a PDF.
    """
    if not is_record(sheet):
        reprint_kept(sheet, out, data)
        return
    from quizengine.paper import Press  # noqa: PLC0415 (Typst, which few commands need)
    from quizengine.paper.run import files_of  # noqa: PLC0415 (see above)

    read = read_sheet(Path(sheet))
    made_folder(out)
    with Press() as press:
        for name, content in files_of(read, press.pdf).items():
            if not name.endswith(".json"):
                write_whole(out / name, content)
    click.echo(f"{read.code}: {len(read.items)} questions, in {out}")


@command.command("marks", epilog="Example: quizengine sheet marks 7KQM-42XF-A6 answers.csv")
@click.argument("sheet", metavar="CODE_OR_RECORD")
@click.argument("answers", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--own/--not-own",
    "is_own",
    default=None,
    help="Whether they count for the learner whose sheet it is. Default: unless a name is on it.",
)
@data_option
@json_option
def marks(sheet: str, answers: Path, is_own: bool | None, data: Path | None, as_json: bool) -> None:
    """Judge what was written on a sheet, and keep it where the sheet is kept.

    ANSWERS is a CSV with a header: item,answer (graded as online) or item,mark (right, partly, wrong,
    dont-know, not-reached, or a share such as 0.75); part names one of several answers, misconception the
    mistake behind a mark. Rows of other sheets are left out where there is a column code. With a RECORD
    nothing is kept.
    """
    if not is_record(sheet):
        enter_marks(sheet, read_rows(answers), data, is_own=is_own, as_json=as_json)
        return
    read = read_sheet(Path(sheet))
    found = tuple(mark_rows(read, read_marks(read_rows(answers), read)))
    if as_json:
        click.echo(json.dumps({"code": read.code, "items": [asdict(one) for one in found]}, indent=1))
        return
    for one in found:
        variant = read.items[one.item - 1].variant
        what = {"typed": one.misconception or "", "marked": "by hand"}.get(one.how, one.how.replace("-", " "))
        click.echo(
            f"{one.item:>3}  {one.marks:g} of {one.of}  {variant.title}" + (f"  ({what})" if what else "")
        )
        if one.feedback and one.how in ("typed", "unreadable"):
            click.echo(f"     {to_text(one.feedback)}")
    click.echo(f"{read.code}: {sum(one.marks for one in found):g} of {read.marks} marks")


def _tell(plan: Plan, wish: SheetWish) -> None:
    click.echo(
        f"{counted(len(plan.questions), 'question')}, about {counted(plan.minutes, 'minute')} by hand, "
        f"seed {wish.seed}",
        err=True,
    )
    for note in plan.notes:
        click.echo(f"note: {note}", err=True)
