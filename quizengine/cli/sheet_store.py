"""Printed sheets in the database: kept as they are printed, listed, found by their code, marked."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from quizengine.bank import Bank
from quizengine.cli.files import made_folder, write_whole
from quizengine.cli.opened import opened
from quizengine.cli.options import data_option, folder_option, json_option
from quizengine.cli.settings import settings_for
from quizengine.errors import NotFoundError
from quizengine.model.sheet import Sheet, SheetMark
from quizengine.services import learners, printing
from quizengine.services.marking import read_marks
from quizengine.services.printing import KeptSheet
from quizengine.services.runtime import Runtime
from quizengine.services.sheet_marks import enter, entries_of_rows
from quizengine.services.sheets import Plan, SheetWish
from quizengine.store.database import has_database

NOT_KEPT = (
    "not kept in a database: marks cannot be entered in the browser, and a reprint needs the JSON files "
    "beside the PDFs"
)


@contextmanager
def store_if_any(data: Path | None, bank: Bank, *, wanted: bool) -> Iterator[Runtime | None]:
    """Give what services work with; None where it is not wanted, or there is no database."""
    if not wanted or not has_database(settings_for(data).store_url):
        yield None
        return
    with opened(data, bank) as runtime:
        yield runtime


def known_learner(runtime: Runtime | None, learner_id: str) -> str | None:
    """Return the learner of that id; None where none is named.

    Raises
    ------
    NotFoundError
        If nobody has it.
    """
    if not learner_id:
        return None
    if runtime is None:
        raise NotFoundError("--learner needs the database: name its folder with --data, without --no-store.")
    if not learners.exists(runtime, learner_id):
        raise NotFoundError(f"There is no learner {learner_id[:40]!r} in this database.")
    return learner_id


@dataclass(slots=True)
class Keeper:
    """Keeps the sheets of a run with the bytes that were printed. A run that is there goes on."""

    runtime: Runtime
    learner: str | None
    wish: SheetWish
    plan: Plan
    folder: Path
    run_id: str = ""

    def keep(self, number: int, sheet: Sheet) -> None:
        """Keep one copy, printed into the folder."""
        now = datetime.now(UTC)
        if not self.run_id:
            self.run_id = self._run_of(sheet, now)
        from quizengine.paper.run import print_name  # noqa: PLC0415 (Typst, which few commands need)

        pdfs = {kind: (self.folder / print_name(sheet.code, kind)).read_bytes() for kind in sheet.prints}
        printing.keep_sheet(self.runtime, self.run_id, number, sheet, pdfs, now=now)

    def _run_of(self, sheet: Sheet, now: datetime) -> str:
        try:
            return printing.read_sheet(self.runtime, None, sheet.code).run_id
        except NotFoundError:
            return printing.begin_run(
                self.runtime, self.learner, self.wish, self.plan, now=now, is_limited=False
            )


@click.command("list", epilog="Example: quizengine sheet list --data instance")
@click.option("--learner", default="", help="The id of a learner: only their sheets.")
@data_option
@json_option
def list_command(learner: str, data: Path | None, as_json: bool) -> None:
    """List the sets that are kept, the newest first, with their codes."""
    with opened(data) as runtime:
        now = datetime.now(UTC)
        runs = printing.list_runs(runtime, known_learner(runtime, learner), now=now)
    if as_json:
        click.echo(json.dumps([_run_table(run) for run in runs], indent=1))
        return
    for run in runs:
        codes = ", ".join(copy.code for copy in run.copies[:3]) + (" ..." if len(run.copies) > 3 else "")
        marked = sum(copy.marked > 0 for copy in run.copies)
        click.echo(
            f"{run.created_at:%Y-%m-%d}  {run.title}: {run.questions} questions, "
            f"{len(run.copies)} of {run.total} copies, {marked} with marks  {codes}"
        )
    if not runs:
        click.echo("No sheets are kept here yet: quizengine sheet new prints some.")


def _run_table(run: printing.Run) -> dict[str, Any]:
    return {
        "id": run.id,
        "title": run.title,
        "made_at": run.created_at.isoformat(),
        "questions": run.questions,
        "minutes": run.minutes,
        "total": run.total,
        "sheets": [
            {
                "code": one.code,
                "form": one.form,
                "name": one.name,
                "marked": one.marked,
                "shared": one.is_shared,
            }
            for one in run.copies
        ],
    }


@click.command("show", epilog="Example: quizengine sheet show 7KQM-42XF-A6")
@click.argument("code")
@data_option
@json_option
def show(code: str, data: Path | None, as_json: bool) -> None:
    """Show what is on the sheet CODE, and the marks that were entered. No answers."""
    with opened(data) as runtime:
        kept = printing.read_sheet(runtime, None, code)
    if as_json:
        click.echo(json.dumps(_sheet_table(kept), indent=1))
        return
    sheet = kept.sheet
    name = f", {sheet.name}" if sheet.name else ""
    click.echo(f"{sheet.code}  {sheet.title}, form {sheet.form}{name}: about {sheet.minutes} minutes")
    for number, item in enumerate(sheet.items, 1):
        click.echo(f"{number:>3}  {_points(kept.marks.get(number), item.marks):>9}  {item.variant.title}")
    shared = "; shared" if kept.shared_at else ""
    click.echo(f"{kept.points:g} of {sheet.marks} marks; {len(kept.marks)} questions entered{shared}")


def _points(mark: SheetMark | None, of: int) -> str:
    if mark is None or mark.grade is None:
        return f"- of {of}" if mark is None else f"nr of {of}"
    return f"{mark.grade.score * of:g} of {of}"


def _sheet_table(kept: KeptSheet) -> dict[str, Any]:
    sheet = kept.sheet
    return {
        "code": sheet.code,
        "form": sheet.form,
        "title": sheet.title,
        "name": sheet.name,
        "minutes": sheet.minutes,
        "made_at": kept.made_at.isoformat(),
        "shared_at": kept.shared_at.isoformat() if kept.shared_at else None,
        "items": [
            {
                "number": number,
                "question": item.variant.question_id,
                "version": item.variant.version,
                "title": item.variant.title,
                "marks": item.marks,
                **_mark_table(kept.marks.get(number)),
            }
            for number, item in enumerate(sheet.items, 1)
        ],
    }


def _mark_table(mark: SheetMark | None) -> dict[str, Any]:
    if mark is None:
        return {"entered": False}
    told = mark.grade
    return {
        "entered": True,
        "how": mark.how,
        "own": mark.is_own,
        "verdict": told.verdict if told else "not-reached",
        "score": told.score if told else None,
        "misconception": told.misconception if told else None,
    }


@click.command("key", epilog="Example: quizengine sheet key 7KQM-42XF-A6 --out keys")
@click.argument("code")
@folder_option(".")
@data_option
def key(code: str, out: Path, data: Path | None) -> None:
    """Write the key of the sheet CODE into a folder, as it was printed.

    Where it was not printed by itself it is set now, and kept.
    """
    with opened(data) as runtime:
        found = printing.read_sheet(runtime, None, code).sheet.code
        pdf = printing.read_key(runtime, None, found, _set_key, now=datetime.now(UTC))
    path = made_folder(out) / f"{found}-key.pdf"
    write_whole(path, pdf)
    click.echo(f"Wrote {path}")


def _set_key(sheet: Sheet) -> bytes:
    from quizengine.paper import Press, key_source  # noqa: PLC0415 (Typst, which few commands need)

    with Press() as press:
        return press.pdf(key_source(sheet))


def reprint_kept(code: str, out: Path, data: Path | None) -> None:
    """Write the kept bytes of a sheet and its key into a folder."""
    from quizengine.paper.run import print_name  # noqa: PLC0415 (Typst, which few commands need)

    with opened(data) as runtime:
        found, pdfs = printing.read_sheet(runtime, None, code).sheet, dict[str, bytes]()
        for kind in found.prints:
            try:
                pdf = printing.read_print(runtime, None, found.code, kind)
            except NotFoundError:
                if kind == "sheet":  # a key may not have been printed by an older release
                    raise
                continue
            pdfs[print_name(found.code, kind)] = pdf
    folder = made_folder(out)
    for name, pdf in pdfs.items():
        write_whole(folder / name, pdf)
    click.echo(f"{found.code}: {' and '.join(pdfs)} in {out}")


def enter_marks(code: str, text: str, data: Path | None, *, is_own: bool | None, as_json: bool) -> None:
    """Enter the rows of a CSV for a kept sheet.

    ``is_own`` says whether the learner whose sheet it is wrote the answers; None takes that for granted where
    no name of a class list is on it.
    """
    with opened(data) as runtime:
        kept = printing.read_sheet(runtime, None, code)
        entries = tuple(entries_of_rows(kept.sheet, read_marks(text, kept.sheet)))
        own = not kept.sheet.name if is_own is None else is_own
        outcome = enter(runtime, None, kept.sheet.code, entries, is_own=own, now=datetime.now(UTC))
        after = printing.read_sheet(runtime, None, code)
    if as_json:
        click.echo(json.dumps({**_sheet_table(after), "saved": list(outcome.saved)}, indent=1))
    else:
        click.echo(_entered(after, outcome.saved))
    for number, told in outcome.unreadable.items():
        click.echo(f"question {number} cannot be read: {told.feedback}", err=True)
    if outcome.unreadable:
        raise SystemExit(1)


def _entered(kept: KeptSheet, saved: Sequence[int]) -> str:
    return entered_line(kept.sheet, kept.points, saved)


def entered_line(sheet: Sheet, points: float, saved: Sequence[int], *, dry_run: bool = False) -> str:
    """Return what was entered for a sheet, and what it comes to."""
    questions = "question" if len(saved) == 1 else "questions"
    done = "would be entered" if dry_run else "entered"
    name = f" ({sheet.name})" if sheet.name else ""
    return f"{sheet.code}{name}: {len(saved)} {questions} {done}, {points:g} of {sheet.marks} marks in all"
