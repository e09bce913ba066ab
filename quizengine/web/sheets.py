"""Printed practice sets: choose one, see what will be in it, print it, find it again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quizengine.errors import NotFoundError, RequestError
from quizengine.model.counting import counted
from quizengine.model.sheet import KeyPlace, PrintKind
from quizengine.paper import CLASS_FILES
from quizengine.paper.run import print_name
from quizengine.services import printing
from quizengine.services.class_lists import MAX_BYTES
from quizengine.services.codes import SheetCodeError, read_code
from quizengine.services.due import due_skills
from quizengine.services.permissions import SheetPermission
from quizengine.services.printing import KeptSheet
from quizengine.services.reports import newest_report
from quizengine.services.sheet_choice import Before
from quizengine.services.sheet_pages import pages_of
from quizengine.services.sheet_sharing import share as share_sheet
from quizengine.services.sheet_sharing import sharing_of
from quizengine.services.sheet_wish import DIFFICULTIES, MAX_FORMS, MAX_MINUTES, MAX_QUESTIONS, SheetWish
from quizengine.services.sheets import Plan, plan_sheets
from quizengine.services.zips import zipped
from quizengine.web import people
from quizengine.web.context import runtime
from quizengine.web.demo import GROUPS, TITLES
from quizengine.web.pressing import pdf_response, press
from quizengine.web.security import takes
from quizengine.web.sheet_form import (
    KEYS,
    MAX_TITLE,
    MOST_COPIES,
    REFUSED,
    SOURCES,
    SheetForm,
    digest_text,
    faults_of,
    form_like,
    fresh_form,
    read_form,
    read_names,
    skill_tree,
    wish_of,
)
from quizengine.web.sheet_view import view_rows
from quizengine.web.words import now

blueprint = Blueprint("sheets", __name__, url_prefix="/sheets")

#: More copies than these are printed while their page tells how far it is.
AT_ONCE = 10
#: Sheets that one PDF takes: setting them keeps others waiting for about two seconds.
JOINED = 100
MAX_TYPED = 40
NOT_THERE = (
    "There is no such sheet for you. It opens for who printed it, and for others while it is shared: "
    "if it is yours, open your private link first."
)
FORM_BYTES = MAX_BYTES + 32 * 1024


@dataclass(frozen=True, slots=True)
class Section:
    """A skill of a set that is being chosen, with the titles of its questions."""

    title: str
    questions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """What will be in a set: the line, the sections, the notes; or why nothing is."""

    line: str = ""
    sections: tuple[Section, ...] = ()
    notes: tuple[str, ...] = ()
    refused: str = ""


def links() -> list[tuple[str, str]]:
    """Return the link that the main navigation has for somebody who has begun."""
    return [("Print", "/sheets")] if people.learner_id() else []


@blueprint.get("")
def index() -> str:
    """List what was printed, the newest first."""
    learner = people.learner_id()
    runs = printing.list_runs(runtime(), learner, now=now()) if learner else []
    return render_template("sheets/index.html", runs=runs, has_report=_report() is not None)


def _report() -> str | None:
    learner = people.learner_id()
    return newest_report(runtime(), learner) if learner else None


@blueprint.get("/new")
def new() -> str:
    """Ask what is to be printed."""
    like = request.args.get("like", "")
    if like:
        form = form_like(own_sheet(like).wish)
    else:
        asked = request.args.get("skill", "")
        known = {skill.id for skill in runtime().bank.roadmap.skills}
        source = "gaps" if request.args.get("from") == "gaps" and _report() else "skills"
        form = fresh_form(source=source, skills=(asked,) if asked in known else ())
    preview = None if form.source == "skills" and not form.skills else _preview(form)
    return _form_page(form, preview=preview)


def _form_page(
    form: SheetForm, *, faults: Mapping[str, str] | None = None, preview: Preview | None = None
) -> str:
    learner = people.learner_id()
    return render_template(
        "sheets/new.html",
        form=form,
        faults=faults or {},
        preview=preview,
        tree=skill_tree(runtime().bank),
        roles=runtime().bank.roadmap.roles,
        sources={name: words for name, words in SOURCES.items() if name != "gaps" or _report()},
        levels=tuple(DIFFICULTIES),
        keys=KEYS,
        groups=GROUPS,
        titles=TITLES,
        due=len(due_skills(runtime(), learner, now=now())) if learner else 0,
        most={
            "minutes": MAX_MINUTES,
            "questions": MAX_QUESTIONS,
            "forms": MAX_FORMS,
            "copies": MOST_COPIES,
            "title": MAX_TITLE,
        },
    )


@blueprint.post("/preview")
@takes(FORM_BYTES)
def preview() -> ResponseReturnValue:
    """Say what would be printed; nothing is changed. A script gets the part of the page alone."""
    form = read_form(request.form)
    faults = faults_of(form)
    shown = None if faults else _preview(form)
    if request.headers.get("X-Part") == "preview":
        return jsonify(html=render_template("sheets/preview.html", preview=shown, faults=faults))
    return _form_page(form, faults=faults, preview=shown), 422 if faults else 200


def _preview(form: SheetForm) -> Preview:
    try:
        wish, plan = _planned(form)
    except REFUSED as error:
        return Preview(refused=str(error))
    return Preview(_line(wish, plan), tuple(_sections(plan)), plan.notes)


def _planned(form: SheetForm) -> tuple[SheetWish, Plan]:
    learner = people.learner_id()
    wish = wish_of(runtime(), learner, form, read_names(), now=now())
    if wish.total > MOST_COPIES:
        raise RequestError(f"{MOST_COPIES} copies are the most for one run; the list has {wish.total}.")
    before = printing.before_of(runtime(), learner) if learner else Before()
    return wish, plan_sheets(runtime().bank, wish, before)


def _line(wish: SheetWish, plan: Plan) -> str:
    """Return what a set comes to, in one line."""
    parts = [
        counted(len(plan.questions), "question"),
        f"about {counted(plan.minutes, 'minute')}",
        f"about {counted(pages_of(plan.questions, wish), 'page')}",
    ]
    if wish.total > 1:
        parts.append(counted(wish.total, "copy", "copies"))
    if wish.forms > 1:
        parts.append(printing.form_note(wish))
    return ", ".join(parts)


def _sections(plan: Plan) -> Iterator[Section]:
    for skill, entries in groupby(plan.questions, key=lambda entry: entry.question.primary_skill):
        yield Section(plan.titles[skill], tuple(entry.question.title for entry in entries))


@blueprint.post("/new")
@takes(FORM_BYTES)
def create() -> ResponseReturnValue:
    """Print a set: a few copies at once, many while their page tells how far it is."""
    form = read_form(request.form)
    if faults := faults_of(form):
        return _form_page(form, faults=faults), 422
    try:
        wish, plan = _planned(form)
        learner = people.require_or_make(now=now())
        run_id = printing.begin_run(
            runtime(), learner, wish, plan, now=now(), once=digest_text(wish, form.mix)
        )
    except (*REFUSED, RequestError) as error:
        return _form_page(form, preview=Preview(refused=str(error))), 422
    if wish.total > AT_ONCE:
        press().work_later(run_id)
    else:
        press().work_soon(run_id)
    return redirect(url_for("sheets.run", run_id=run_id), 303)


@blueprint.get("/runs/<run_id>")
def run(run_id: str) -> ResponseReturnValue:
    """Show the copies of a run, and how far it is. One copy has its own page."""
    found = _run(run_id)
    if found.is_done and found.total == 1:
        return redirect(url_for("sheets.show", code=found.copies[0].code), 303)
    return render_template("sheets/run.html", run=found, is_joinable=_is_joinable(found))


def _run(run_id: str) -> printing.Run:
    return printing.read_run(runtime(), people.require_learner(), run_id, now=now())


@blueprint.post("/runs/<run_id>/go-on")
def go_on(run_id: str) -> ResponseReturnValue:
    """Print what is left of a run that was interrupted."""
    if not _run(run_id).is_done:
        press().work_later(run_id)
    return redirect(url_for("sheets.run", run_id=run_id), 303)


@blueprint.get("/runs/<run_id>.zip")
def run_zip(run_id: str) -> Response:
    """Send all sheets of a run, and the keys that were printed."""
    found = _run(run_id)
    codes = [copy.code for copy in found.copies]
    return _zip_of(codes, found.wish.key, f"sheets-{codes[0] if codes else run_id[:8]}.zip")


@blueprint.get("/runs/<run_id>.pdf")
def run_pdf(run_id: str) -> Response:
    """Send all sheets of a run in one PDF, or all keys, each with a bookmark."""
    found = _run(run_id)
    kind: PrintKind = "key" if request.args.get("of") == "keys" else "sheet"
    if not _is_joinable(found):
        raise NotFoundError(f"One PDF takes 2 to {JOINED} sheets, when all are printed.")
    if kind == "key" and found.wish.key != "separate":
        raise NotFoundError("These keys were not printed by themselves.")
    sheets = printing.read_sheets(runtime(), people.require_learner(), run_id)
    pdf = press().joined(f"{found.title}, {len(sheets)} sheets", sheets, kind)
    return pdf_response(pdf, f"{CLASS_FILES[kind]}-{sheets[0].code}.pdf")


def _is_joinable(found: printing.Run) -> bool:
    return found.is_done and not found.failed and 2 <= len(found.copies) <= JOINED


@blueprint.get("/<code>.zip")
def sheet_zip(code: str) -> Response:
    """Send a sheet and its key."""
    found = own_sheet(code, "key").sheet
    return _zip_of([found.code], found.key, f"{found.code}.zip")


def _zip_of(codes: list[str], place: KeyPlace, name: str) -> Response:
    # What is sent bit by bit is read outside the request.
    made, learner = runtime(), people.require_learner()
    kinds: dict[PrintKind, str] = {"sheet": "{}.pdf"}
    if place == "separate":
        kinds["key"] = "keys/{}-key.pdf"

    def files() -> Iterator[tuple[str, bytes]]:
        for code in codes:
            for kind, path in kinds.items():
                try:
                    yield path.format(code), printing.read_print(made, learner, code, kind)
                except NotFoundError:  # it could not be set; its page says so
                    continue

    response = Response(zipped(files()), mimetype="application/zip")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@blueprint.get("/<code>.pdf")
def sheet_pdf(code: str) -> Response:
    """Send a sheet as it was printed."""
    found = own_sheet(code).sheet.code
    pdf = printing.read_print(runtime(), people.require_learner(), found, "sheet")
    return pdf_response(pdf, print_name(found, "sheet"))


@blueprint.get("/<code>/key")
def key(code: str) -> Response:
    """Send the key to a sheet as it was printed; one that was not printed by itself is set now."""
    found, learner = own_sheet(code, "key").sheet.code, people.require_learner()
    pdf = printing.read_key(runtime(), learner, found, press().key, now=now())
    return pdf_response(pdf, print_name(found, "key"))


@blueprint.get("/<code>")
def show(code: str) -> ResponseReturnValue:
    """Show a sheet: what is on it and what was entered; its files and who may use it to its owner alone."""
    kept = own_sheet(code, "enter")
    sharing = sharing_of(runtime(), people.require_learner(), code) if kept.is_owner else None
    return render_template(
        "sheets/sheet.html", kept=kept, rows=view_rows(kept), report=_report(), sharing=sharing
    )


@blueprint.post("/<code>/share")
def share(code: str) -> ResponseReturnValue:
    """Let others who have the code of a sheet enter answers of their own, or end that."""
    found, learner = own_sheet(code, "share").sheet.code, people.require_learner()
    is_on, whole_run = request.form.get("do") == "share", request.form.get("of") == "run"
    share_sheet(runtime(), learner, found, is_on=is_on, whole_run=whole_run, now=now())
    return redirect(url_for("sheets.show", code=found, _anchor="sharing"), 303)


@blueprint.get("/enter")
def enter() -> ResponseReturnValue:
    """Ask for the code of a sheet, and go to its marks."""
    typed = request.args.get("code")
    if typed is None:
        return _code_page("")
    try:
        found = read_code(typed[:MAX_TYPED])
        if people.learner_id() is None:
            return _code_page(found, is_nobody=True), 404
        own_sheet(found, "enter")
    except SheetCodeError as error:
        return _code_page(typed, str(error)), 422
    except NotFoundError:
        return _code_page(typed, NOT_THERE), 404
    return redirect(url_for("sheet_marks.marks", code=found), 303)


def _code_page(typed: str, fault: str = "", *, is_nobody: bool = False) -> str:
    return render_template("sheets/enter.html", typed=typed[:MAX_TYPED], fault=fault, is_nobody=is_nobody)


@blueprint.post("/enter")
def begin() -> ResponseReturnValue:
    """Make somebody of whoever has a sheet and has not begun yet, and look for its code again."""
    people.require_or_make(now=now())
    return redirect(url_for("sheets.enter", code=request.form.get("code", "")[:MAX_TYPED]), 303)


def own_sheet(code: str, permission: SheetPermission = "print") -> KeptSheet:
    """Return a sheet by its code, to a learner who may do with it what they ask for.

    Raises
    ------
    NotFoundError
        If it is no code, there is no such sheet, or it is not for the learner: all look the same.
    SlowDownError
        After too many of these from one address.
    """
    learner = people.require_learner()
    try:
        return printing.read_sheet(runtime(), learner, code, permission)
    except (NotFoundError, SheetCodeError) as error:
        printing.count_miss(runtime(), request.remote_addr or "", now=now())
        raise NotFoundError(str(error)) from error
