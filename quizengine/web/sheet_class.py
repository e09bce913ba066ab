"""Marks of a class: a grid of points, a row a sheet, and a CSV for who has one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quizengine.errors import NotFoundError, TableError
from quizengine.model.sheet import SheetMark
from quizengine.paper import GRID_FILE, grid_row, grid_source
from quizengine.services import printing
from quizengine.services.marking import MAX_BYTES, MarksError, marks_text
from quizengine.services.printing import KeptSheet, Run
from quizengine.services.sheet_marks import ClassRow, Entry, enter, enter_class
from quizengine.web import people
from quizengine.web.context import runtime
from quizengine.web.pressing import pdf_response, press
from quizengine.web.security import takes
from quizengine.web.words import now

blueprint = Blueprint("sheet_class", __name__, url_prefix="/sheets")

#: Boxes on one page.
MOST_BOXES = 1500
BODY_BYTES = 512 * 1024
#: A file that is too large is said to be, and not cut off, while it has not more than some times the size.
CSV_BYTES = 8 * MAX_BYTES
#: Lines at fault that are named on the page; the others are counted.
MOST_FAULTS = 50
DONT_KNOW, NOT_REACHED = "?", "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """One question of one sheet in the grid: what stands in it, and what it is worth."""

    name: str
    label: str
    of: int
    typed: str
    standing: str
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One sheet in the grid."""

    kept: KeptSheet
    boxes: tuple[Box, ...]


@blueprint.get("/runs/<run_id>/marks")
def grid(run_id: str) -> str:
    """Show a box for each question of each sheet."""
    found = _run(run_id)
    return _page(found, tuple(_lines(found)))


@blueprint.get("/runs/<run_id>/marks.pdf")
def grid_pdf(run_id: str) -> Response:
    """Send the same grid on paper, to add points up by hand."""
    found = _run(run_id)
    sheets = printing.read_sheets(runtime(), people.require_learner(), run_id)
    source = grid_source(found.title, sheets[0].paper, [grid_row(sheet) for sheet in sheets])
    return pdf_response(press().pdf(source), f"{GRID_FILE}-{sheets[0].code}.pdf")


def _run(run_id: str) -> Run:
    found = printing.read_run(runtime(), people.require_learner(), run_id, now=now())
    if len(found.copies) < 2:
        raise NotFoundError("One sheet has a page of its own for its marks.")
    return found


def _page(
    found: Run,
    lines: Sequence[Line],
    *,
    text: str = "",
    fault: str = "",
    tried: Sequence[ClassRow] = (),
    is_file: bool = False,
) -> str:
    told = fault.splitlines()
    return render_template(
        "sheets/class.html",
        run=found,
        lines=lines if _fits(found) else (),
        width=max(len(line.boxes) for line in lines),
        faults=[box for line in lines for box in line.boxes if box.fault],
        text=text,
        csv_faults=told[:MOST_FAULTS],
        more_faults=max(len(told) - MOST_FAULTS, 0),
        tried=tried,
        is_file=is_file,
        entered=request.args.get("entered", type=int),
    )


def _fits(found: Run) -> bool:
    return len(found.copies) * found.questions <= MOST_BOXES


def _lines(found: Run, sent: Mapping[str, str] | None = None) -> Iterator[Line]:
    learner = people.require_learner()
    for copy in found.copies:
        kept = printing.read_sheet(runtime(), learner, copy.code, "class")
        yield Line(kept, tuple(_box(kept, number, sent) for number in range(1, len(kept.sheet.items) + 1)))


def _box(kept: KeptSheet, number: int, sent: Mapping[str, str] | None) -> Box:
    name, of = f"{kept.sheet.code}.{number}", kept.sheet.items[number - 1].marks
    standing = _points(kept.marks.get(number), of)
    typed = standing if sent is None else sent.get(name, "").strip().replace(",", ".")
    fault = "" if typed in ("", standing) or _mark(typed, of) else f"0 to {of}, {DONT_KNOW} or {NOT_REACHED}"
    whose = kept.sheet.name or kept.sheet.code
    return Box(
        name=name,
        label=f"{whose}, question {number}, of {of}",
        of=of,
        typed=typed,
        standing=standing,
        fault=fault,
    )


def _points(mark: SheetMark | None, of: int) -> str:
    """Return what stands in a box."""
    if mark is None:
        return ""
    if mark.grade is None:
        return NOT_REACHED
    return DONT_KNOW if mark.response.dont_know else f"{mark.grade.score * of:g}"


def _mark(typed: str, of: int) -> str:
    """Return what is typed into a box as a mark; empty where it is none."""
    if typed in (DONT_KNOW, NOT_REACHED):
        return "dont-know" if typed == DONT_KNOW else "not-reached"
    whole, _, rest = typed.partition(".")
    is_number = typed.isascii() and (whole + rest).isdigit() and len(typed) <= 6
    return f"{typed}/{of}" if is_number and float(typed) <= of else ""


@blueprint.post("/runs/<run_id>/marks")
@takes(BODY_BYTES)
def enter_grid(run_id: str) -> ResponseReturnValue:
    """Enter the boxes that were changed; nothing is entered while one of them cannot be read."""
    found = _run(run_id)
    lines = tuple(_lines(found, request.form))
    if any(box.fault for line in lines for box in line.boxes):
        return _page(found, lines), 422
    saved = 0
    for line in lines:
        entries = [
            Entry(number=number, mark=_mark(box.typed, box.of))
            for number, box in enumerate(line.boxes, 1)
            if box.typed not in ("", box.standing)
        ]
        if entries:
            sheet = line.kept.sheet
            learner = people.require_learner()
            outcome = enter(runtime(), learner, sheet.code, entries, is_own=not sheet.name, now=now())
            saved += len(outcome.saved)
    return redirect(url_for("sheet_class.grid", run_id=run_id, entered=saved, _anchor="entered"), 303)


@blueprint.post("/runs/<run_id>/marks.csv")
@takes(CSV_BYTES)
def enter_csv(run_id: str) -> ResponseReturnValue:
    """Say what the rows of a CSV come to; enter them when that was seen. A file is looked at first."""
    found, text = _run(run_id), request.form.get("text", "")
    file = request.files.get("file")
    is_file = file is not None and bool(file.filename)
    is_trial = is_file or request.form.get("do") != "enter"
    try:
        if file is not None and is_file:
            text = marks_text(file.stream.read(MAX_BYTES + 1))
        rows = enter_class(runtime(), people.require_learner(), text, is_trial=is_trial, now=now())
    except (MarksError, TableError) as error:
        return _page(found, tuple(_lines(found)), text=text, fault=str(error), is_file=is_file), 422
    if is_trial:
        return _page(found, tuple(_lines(found)), text=text, tried=rows, is_file=is_file)
    saved = sum(len(row.outcome.saved) for row in rows)
    return redirect(url_for("sheet_class.grid", run_id=run_id, entered=saved, _anchor="entered"), 303)
