"""Sheets that are kept: made copy by copy, found again by their code, printed again as they were."""

from __future__ import annotations

import hmac
from base64 import b32encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy.orm import Session

import quizengine
from quizengine.bank import Bank
from quizengine.errors import NotFoundError, QuizEngineError, RequestError
from quizengine.model.sheet import PrintKind, Sheet, SheetMark
from quizengine.services.codes import read_code
from quizengine.services.hiring import limits
from quizengine.services.permissions import SheetPermission, may_with_sheet
from quizengine.services.runtime import Runtime, new_id
from quizengine.services.sheet_choice import Before
from quizengine.services.sheet_copies import Forms, Plan, copies_of, make_sheet, values_of
from quizengine.services.sheet_wish import FORM_LETTERS, SheetWish, wish_from_json, wish_to_json
from quizengine.store import sheets
from quizengine.store.rows import SheetRow, SheetRunRow

#: A process that has said nothing about a run for so long is not working on it any more.
SILENT = timedelta(seconds=60)
#: What a person may have printed in an hour: runs, and copies of all of them.
RUNS_AN_HOUR = 30
COPIES_AN_HOUR = 500
RUNS_LISTED = 200
#: Codes that are none which an address may try, and in which time.
MISSES = 20
MISSES_WITHIN = timedelta(minutes=1)

#: Sets a sheet and its key: the bytes of each, or an error of ours.
Printer = Callable[[Sheet], Mapping[PrintKind, bytes]]
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptSheet:
    """A sheet with what has been entered so far for a learner, by the number of the question.

    ``is_owner`` says whether it is theirs; else it is shared with them. ``learner_id`` is None where it was
    printed for nobody.
    """

    sheet: Sheet
    run_id: str
    total: int
    made_at: datetime
    marks: Mapping[int, SheetMark]
    is_printed: bool
    wish: SheetWish
    learner_id: str | None
    is_owner: bool
    shared_at: datetime | None

    @property
    def points(self) -> float:
        """The marks that were given so far."""
        items = self.sheet.items
        return sum(
            mark.grade.score * items[number - 1].marks for number, mark in self.marks.items() if mark.grade
        )


@dataclass(frozen=True, slots=True)
class Copy:
    """One copy in a list: its code, form and name, and how many of its questions have a mark."""

    code: str
    form: str
    name: str
    marked: int
    is_shared: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What was printed at one time, as far as it is done."""

    id: str
    title: str
    created_at: datetime
    minutes: int
    questions: int
    total: int
    copies: tuple[Copy, ...]
    notes: tuple[str, ...]
    failed: str
    is_worked_on: bool
    wish: SheetWish

    @property
    def is_done(self) -> bool:
        """Whether every copy is there."""
        return len(self.copies) >= self.total


def before_of(runtime: Runtime, learner_id: str) -> Before:
    """Return what a learner was given before, online and on paper."""
    with runtime.transaction.reading() as session:
        last, printed = sheets.given_before(session, learner_id)
    return Before({name: at.timestamp() for name, at in last.items()}, printed)


def begin_run(
    runtime: Runtime,
    learner_id: str | None,
    wish: SheetWish,
    plan: Plan,
    *,
    now: datetime,
    once: str = "",
    is_limited: bool = True,
) -> str:
    """Write down what is to be printed, and return the run's id; ``work_on`` prints it.

    Strangers are limited in what they may have printed in an hour, who sits at the machine is not. What is
    asked for again with an equal ``once`` is the run that was begun, as after a double click.

    Raises
    ------
    RequestError
        If the learner had more printed in the last hour than is taken.
    """
    run_id = _id_of(runtime, learner_id, once) if once else new_id()
    with runtime.transaction() as session:
        if once and session.get(SheetRunRow, run_id) is not None:
            return run_id
        if is_limited and learner_id is not None:
            _check_hour(*sheets.copies_since(session, learner_id, now - timedelta(hours=1)), wish.total)
        session.add(
            SheetRunRow(
                id=run_id,
                learner_id=learner_id,
                title=wish.title,
                wish=wish_to_json(wish),
                forms=[[entry.question.id for entry in form] for form in plan.forms.questions],
                total=wish.total,
                minutes=plan.minutes,
                notes=list(plan.notes),
                bank_digest=runtime.bank.digest,
                engine_version=quizengine.__version__,
                created_at=now,
            )
        )
    return run_id


def _id_of(runtime: Runtime, learner_id: str | None, once: str) -> str:
    made = hmac.digest(runtime.variants_key, f"run|{learner_id}|{once}".encode(), sha256)
    return b32encode(made[:16]).decode().rstrip("=").lower()


def _check_hour(runs: int, copies: int, more: int) -> None:
    if runs >= RUNS_AN_HOUR:
        raise RequestError(f"{RUNS_AN_HOUR} sets an hour are the most; wait a while and go on then.")
    if copies + more > COPIES_AN_HOUR:
        raise RequestError(
            f"{COPIES_AN_HOUR} copies an hour are the most, and {copies} were printed; "
            f"ask for {max(COPIES_AN_HOUR - copies, 0)} or fewer, or wait a while."
        )


def work_on(runtime: Runtime, run_id: str, printer: Printer, clock: Clock) -> bool:
    """Make and print the copies of a run that are not there yet; False if another process does.

    Each copy is stored when it is whole, so a run that was interrupted goes on where it was. A copy that
    cannot be set is kept without its print, and the run says so and goes on.
    """
    now = clock()
    with runtime.transaction() as session:
        if not sheets.claim_run(session, run_id, now=now, stale=now - SILENT):
            return False
        row = sheets.find_run(session, run_id, None)
        wish, done = wish_from_json(row.wish), {one.number for one in row.sheets}
    try:
        plan = _plan(runtime.bank, row)
        values = values_of(wish, plan)
        for form, copy, name in copies_of(wish):
            if copy not in done:
                sheet = make_sheet(wish, plan, values, form, copy, name)
                _print(runtime, run_id, copy, sheet, printer, clock)
    except QuizEngineError as error:  # the bank has lost a question, or one has no fit draw
        _leave(runtime, run_id, failed=str(error))
        return True
    _leave(runtime, run_id, notes=tuple(values.notes))
    return True


def _leave(runtime: Runtime, run_id: str, *, failed: str = "", notes: Sequence[str] = ()) -> None:
    """Say that a run is not worked on any more, and what is to be told of it."""
    with runtime.transaction() as session:
        row = sheets.find_run(session, run_id, None)
        row.worked_at, row.failed = None, failed or row.failed
        row.notes = list(dict.fromkeys([*row.notes, *notes]))


def _print(runtime: Runtime, run_id: str, copy: int, sheet: Sheet, printer: Printer, clock: Clock) -> None:
    failed, pdfs = "", dict[PrintKind, bytes]()
    try:
        pdfs = dict(printer(sheet))
    except QuizEngineError as error:
        failed = f"{sheet.code}: {error}"
    keep_sheet(runtime, run_id, copy, sheet, pdfs, now=clock(), failed=failed)


def keep_sheet(
    runtime: Runtime,
    run_id: str,
    number: int,
    sheet: Sheet,
    pdfs: Mapping[PrintKind, bytes],
    *,
    now: datetime,
    failed: str = "",
) -> None:
    """Store a copy with the bytes that were printed; one that is there already stays as it is."""
    with runtime.transaction() as session:
        run = sheets.find_run(session, run_id, None)
        run.worked_at = now
        run.failed = failed or run.failed
        if sheets.add_sheet(session, run_id, number, sheet, now=now):
            for kind, pdf in pdfs.items():
                sheets.keep_print(session, sheet.code, kind, pdf, now=now)


def _plan(bank: Bank, row: SheetRunRow) -> Plan:
    """Return the plan of a run as it was made."""
    forms = tuple(tuple(bank[name] for name in form) for form in row.forms)
    titles = {skill.id: skill.title for skill in bank.roadmap.skills}
    return Plan(forms[0], row.minutes, tuple(row.notes), titles, Forms(forms, ()))


def read_sheet(
    runtime: Runtime, learner_id: str | None, code: str, permission: SheetPermission = "print"
) -> KeptSheet:
    """Return a sheet by its code, however it is typed, with the marks of the learner who asks.

    None asks as somebody at the command line, who may do with any sheet what its owner may.

    Raises
    ------
    SheetCodeError
        If it is no code.
    NotFoundError
        If there is no such sheet, or the learner may not do with it what they ask for.
    """
    with runtime.transaction.reading() as session:
        row = _open(session, learner_id, code, permission)
        owner, whose = row.run.learner_id, learner_id or row.run.learner_id
        return KeptSheet(
            sheet=sheets.sheet_of(session, row),
            run_id=row.run_id,
            total=row.run.total,
            made_at=row.made_at,
            marks=sheets.last_marks(session, row.code, whose),
            is_printed=bool(row.prints),
            wish=wish_from_json(row.run.wish),
            learner_id=whose,
            is_owner=whose == owner,
            shared_at=row.shared_at,
        )


def _open(session: Session, learner_id: str | None, code: str, permission: SheetPermission) -> SheetRow:
    """Return a sheet for who may do a thing with it; for others there is none."""
    row = sheets.find_sheet(session, read_code(code))
    if row is not None:
        is_owner = learner_id in (None, row.run.learner_id)
        if may_with_sheet(permission, is_owner=is_owner, is_shared=row.shared_at is not None):
            return row
    raise NotFoundError(sheets.NO_SHEET)


def read_sheets(runtime: Runtime, learner_id: str | None, run_id: str) -> Sequence[Sheet]:
    """Return the sheets of a run of the learner, in the order of their numbers.

    Raises
    ------
    NotFoundError
        If there is no such run, or it belongs to somebody else.
    """
    with runtime.transaction.reading() as session:
        rows = sheets.find_run(session, run_id, learner_id).sheets
        return [sheets.sheet_of(session, row) for row in rows]


def count_miss(runtime: Runtime, address: str, *, now: datetime) -> None:
    """Count a code that was none of the asker's.

    Raises
    ------
    SlowDownError
        If there were too many from one address.
    """
    with runtime.transaction() as session:
        limits.count(session, "sheet code", address, most=MISSES, now=now, window=MISSES_WITHIN)


def read_print(runtime: Runtime, learner_id: str | None, code: str, kind: PrintKind) -> bytes:
    """Return the bytes of a sheet or its key as they were first printed.

    Raises
    ------
    NotFoundError
        If there is no such sheet, it belongs to somebody else, or its bytes were not kept.
    """
    with runtime.transaction.reading() as session:
        row = _open(session, learner_id, code, "key" if kind == "key" else "print")
        pdf = sheets.kept_print(session, row.code, kind)
    if pdf is None:
        raise NotFoundError(f"The bytes of {row.code} were not kept; print it again from its record.")
    return pdf


def read_key(
    runtime: Runtime, learner_id: str | None, code: str, setter: Callable[[Sheet], bytes], *, now: datetime
) -> bytes:
    """Return the bytes of a sheet's key; one that was not printed by itself is set by ``setter``, and kept.

    Raises
    ------
    NotFoundError
        If there is no such sheet, or it belongs to somebody else.
    """
    sheet = read_sheet(runtime, learner_id, code, "key").sheet
    try:
        return read_print(runtime, learner_id, code, "key")
    except NotFoundError:
        # Outside any transaction: setting it takes a while.
        pdf = setter(sheet)
    with runtime.transaction() as session:
        sheets.keep_print(session, sheet.code, "key", pdf, now=now)
    return read_print(runtime, learner_id, code, "key")


def read_run(runtime: Runtime, learner_id: str | None, run_id: str, *, now: datetime) -> Run:
    """Return a run of the learner as far as it is done.

    Raises
    ------
    NotFoundError
        If there is none, or it belongs to somebody else.
    """
    with runtime.transaction.reading() as session:
        return _runs(session, [sheets.find_run(session, run_id, learner_id)], now)[0]


def list_runs(runtime: Runtime, learner_id: str | None, *, now: datetime) -> Sequence[Run]:
    """Return the newest runs of a learner, or of everybody for None."""
    with runtime.transaction.reading() as session:
        return _runs(session, sheets.runs_of(session, learner_id, limit=RUNS_LISTED), now)


def _runs(session: Session, rows: Sequence[SheetRunRow], now: datetime) -> list[Run]:
    marked = sheets.marked_by_owners(session, [row.id for row in rows])
    return [_run(row, marked, now) for row in rows]


def _run(row: SheetRunRow, marked: Mapping[str, int], now: datetime) -> Run:
    return Run(
        id=row.id,
        title=row.title or "Practice set",
        created_at=row.created_at,
        minutes=row.minutes,
        questions=len(row.forms[0]),
        total=row.total,
        copies=tuple(_copy(sheet, marked.get(sheet.code, 0)) for sheet in row.sheets),
        notes=tuple(row.notes),
        failed=row.failed,
        # One that was just begun waits for its turn.
        is_worked_on=(row.worked_at or row.created_at) > now - SILENT and len(row.sheets) < row.total,
        wish=wish_from_json(row.wish),
    )


def _copy(row: SheetRow, marked: int) -> Copy:
    return Copy(row.code, row.form, row.name, marked, row.shared_at is not None)


def form_note(wish: SheetWish) -> str:
    """Return the forms of a run in words.

    >>> form_note(SheetWish(skills=("math",), forms=4))
    'forms A to D'
    """
    return "one form" if wish.forms == 1 else f"forms A to {FORM_LETTERS[wish.forms - 1]}"
