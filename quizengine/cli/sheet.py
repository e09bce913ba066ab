"""``quizengine sheet``: practice sets on paper, their keys, the way back."""

from __future__ import annotations

import csv
import json
import secrets
import sys
from collections.abc import Iterator
from dataclasses import asdict
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from quizengine.bank import load_bank
from quizengine.cli.files import read_sheet, read_text, write_whole
from quizengine.cli.options import bank_folder, bank_option, cache_folder, json_option
from quizengine.markup import to_text
from quizengine.model.sheet import Sheet
from quizengine.services.marking import mark_rows, read_marks
from quizengine.services.sheets import (
    Plan,
    SheetError,
    SheetWish,
    copies_of,
    make_sheets,
    plan_sheets,
    sheet_to_json,
)

if TYPE_CHECKING:
    from quizengine.paper import Press

MAX_SEED = 2**31
MAX_NAME = 80


class _Range(click.ParamType[Any]):
    """``-1..1`` as two numbers."""

    name = "LOW..HIGH"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[float, float]:
        if isinstance(value, tuple):
            return value
        low, dots, high = str(value).partition("..")
        try:
            return float(low), float(high if dots else low)
        except ValueError:
            self.fail(
                f"{value!r} is no range: write two numbers with two dots between, as -1..1.", param, ctx
            )


@click.group("sheet", epilog="Example: quizengine sheet new --skills math.bayes --minutes 30")
def command() -> None:
    """Print practice sets and their keys; enter what was answered."""


@command.command(
    "new",
    epilog="Example: quizengine sheet new --skills math.matrices,math.bayes --forms 4 --out sheets",
)
@click.option("--skills", required=True, help="Ids, or an area such as math; several with commas between.")
@click.option("--minutes", default=40, show_default=True, type=click.IntRange(1), help="Writing by hand.")
@click.option("--difficulty", default="-3..3", show_default=True, type=_Range(), help="From easy to hard.")
@click.option("--types", default="", help="Only these answer types, with commas between.")
@click.option("--forms", default=1, show_default=True, type=click.IntRange(1), help="Forms A, B, C ...")
@click.option(
    "--copies", default=1, show_default=True, type=click.IntRange(1), help="Each with its own values."
)
@click.option(
    "--names",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="CSV with a column name: a copy each.",
)
@click.option("--title", default="", help="What stands on top.")
@click.option(
    "--paper", type=click.Choice(["a4", "letter"]), default="a4", show_default=True, help="Of the pages."
)
@click.option("--large-print", is_flag=True, help="18 points.")
@click.option("--key/--no-key", default=True, show_default=True, help="The key, in a file of its own.")
@click.option(
    "--seed", type=click.IntRange(0), help="Equal seeds print equal sheets. Default: a new one, told."
)
@click.option(
    "--out",
    default="sheets",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="A folder.",
)
@bank_option
def new(bank: Path | None, key: bool, names: Path | None, out: Path, **wish: Any) -> None:
    """Choose questions, and print a sheet for each copy.

    Beside the PDFs it writes CODE.json, with which a sheet is printed again and its answers are marked,
    also after the bank has changed. A run that was interrupted goes on where it was.
    """
    wanted = SheetWish(
        **wish
        | {
            "skills": _words(wish["skills"]),
            "types": _words(wish["types"]),
            "names": _names(names) if names else (),
            "seed": secrets.randbelow(MAX_SEED) if wish["seed"] is None else wish["seed"],
        }
    )
    loaded = load_bank(bank_folder(bank), cache=cache_folder())
    plan = plan_sheets(loaded, wanted)
    _tell(plan, wanted)
    out.mkdir(parents=True, exist_ok=True)
    made = list(_print_all(wanted, plan, out, key))
    click.echo(
        f"{len(made)} sheet{'s' if len(made) != 1 else ''} in {out}: {', '.join(s.code for s in made[:4])}"
        + (" ..." if len(made) > 4 else "")
    )


def _print_all(wish: SheetWish, plan: Plan, out: Path, key: bool) -> Iterator[Sheet]:
    from quizengine.paper import Press, grid_source  # noqa: PLC0415 (Typst, which few commands need)

    copies = copies_of(wish)
    made: list[Sheet] = []
    with (
        Press() as press,
        click.progressbar(
            make_sheets(wish, plan),
            length=len(copies),
            label="Printing",
            file=sys.stderr,
            hidden=not sys.stderr.isatty(),
        ) as sheets,
    ):
        for sheet in sheets:
            made.append(sheet)
            record = out / f"{sheet.code}.json"
            if not record.exists():
                _press(press, sheet, out, key)
                # Last: a sheet that has its record is whole.
                write_whole(record, json.dumps(sheet_to_json(sheet), indent=1).encode())
            yield sheet
        if len(made) > 1:
            write_whole(out / f"marks-{made[0].code}.pdf", press.pdf(grid_source(made)))


def _press(press: Press, sheet: Sheet, out: Path, key: bool) -> None:
    from quizengine.paper import key_source, sheet_source  # noqa: PLC0415 (see above)

    write_whole(out / f"{sheet.code}.pdf", press.pdf(sheet_source(sheet)))
    if key:
        write_whole(out / f"{sheet.code}-key.pdf", press.pdf(key_source(sheet)))


@command.command("reprint", epilog="Example: quizengine sheet reprint sheets/7KQM-42XF-A6.json --out again")
@click.argument("record", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--out",
    default=".",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="A folder.",
)
def reprint(record: Path, out: Path) -> None:
    """Print a sheet and its key again from its record: the same bytes, whatever the bank holds now."""
    from quizengine.paper import Press  # noqa: PLC0415 (see above)

    sheet = read_sheet(record)
    out.mkdir(parents=True, exist_ok=True)
    with Press() as press:
        _press(press, sheet, out, key=True)
    click.echo(f"{sheet.code}: {len(sheet.items)} questions, in {out}")


@command.command("marks", epilog="Example: quizengine sheet marks sheets/7KQM-42XF-A6.json answers.csv")
@click.argument("record", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("answers", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
def marks(record: Path, answers: Path, as_json: bool) -> None:
    """Judge what was written on a sheet.

    ANSWERS is a CSV with a header: item,answer (graded as online) or item,mark (right, partly, wrong,
    dont-know, not-reached, or a share such as 0.75); part names one of several answers. Rows of other sheets
    are left out where there is a column code.
    """
    sheet = read_sheet(record)
    found = tuple(mark_rows(sheet, read_marks(read_text(answers), sheet)))
    if as_json:
        click.echo(json.dumps({"code": sheet.code, "items": [asdict(one) for one in found]}, indent=1))
        return
    for one in found:
        variant = sheet.items[one.item - 1].variant
        what = {"typed": one.misconception or "", "marked": "by hand"}.get(one.how, one.how.replace("-", " "))
        click.echo(
            f"{one.item:>3}  {one.marks:g} of {one.of}  {variant.title}" + (f"  ({what})" if what else "")
        )
        if one.feedback and one.how in ("typed", "unreadable"):
            click.echo(f"     {to_text(one.feedback)}")
    click.echo(f"{sheet.code}: {sum(one.marks for one in found):g} of {sheet.marks} marks")


def _tell(plan: Plan, wish: SheetWish) -> None:
    click.echo(
        f"{len(plan.questions)} questions, about {plan.minutes} minutes by hand, seed {wish.seed}", err=True
    )
    for note in plan.notes:
        click.echo(f"note: {note}", err=True)


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for word in (part.strip() for part in text.split(",")) if word)


def _names(path: Path) -> tuple[str, ...]:
    rows = csv.DictReader(StringIO(read_text(path).removeprefix("\ufeff")))
    if "name" not in (rows.fieldnames or ()):
        raise SheetError(f"{path}: the first line must hold the column name.")
    names = tuple(filter(None, (" ".join((row["name"] or "").split())[:MAX_NAME] for row in rows)))
    if not names:
        raise SheetError(f"{path}: there is no name below the first line.")
    return names
