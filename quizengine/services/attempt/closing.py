"""Writing an answer down, and the ends of an attempt. Judging happens before, outside any transaction."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy.orm import Session

import quizengine
from quizengine.errors import BusyError
from quizengine.grading import grade
from quizengine.model.attempt import after
from quizengine.model.grade import Grade, Response, ResponseValue
from quizengine.services.attempt import events
from quizengine.services.attempt.drawing import Following, put_up
from quizengine.services.attempt.timing import is_overdue
from quizengine.services.reporting import told_of
from quizengine.services.runtime import Runtime, new_id
from quizengine.services.sealing import new_salt
from quizengine.store import attempts, contract, withdrawals
from quizengine.store.rows import AttemptRow, ReportRow, SlotRow

#: Without a visit for so long, an attempt without a clock is given up.
FORGOTTEN = timedelta(days=30)
#: Why an attempt was given up for another one; then there is no report.
AFRESH = "started-afresh"
#: Why an attempt ended before its time: its screen was closed over it.
SHUT = "screen-closed"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Judged:
    """What stood in a form when its attempt ended, and what it is worth."""

    slot_id: str
    seq: int
    response: Response
    grade: Grade


def write_down(
    session: Session,
    row: AttemptRow,
    slot: SlotRow,
    response: Response,
    result: Grade,
    *,
    now: datetime,
    key: str = "",
) -> None:
    """Append a response with its grade, and the event. The attempt must be locked and going on."""
    given = attempts.record_response(
        session, slot.id, response, result, engine_version=quizengine.__version__, now=now, key=key
    )
    given.salt = new_salt()
    sealed = events.answers_seal(given.salt, given.answers, dont_know=given.dont_know, decimal=given.decimal)
    events.append(
        session, row, "committed", now=now, number=slot.number, dont_know=response.dont_know, answers=sealed
    )
    if row.kind == "screening" and withdrawals.standing(session, str(slot.question_id)):
        # It was drawn before the question was withdrawn; what is given now does not count.
        session.get_one(SlotRow, slot.id, populate_existing=True).state = "withdrawn"
        events.append(session, row, "withdrawn", now=now, number=slot.number, question=str(slot.question_id))


def go_on(session: Session, row: AttemptRow, number: int, following: Following, *, now: datetime) -> None:
    """Put the next question up, or end the attempt where none follows."""
    if following.variant is None:
        end(session, row, how="complete", stopped=following.choice.stopped, now=now)
        return
    put_up(session, row, number, following.variant, now=now)


def end(
    session: Session,
    row: AttemptRow,
    *,
    how: Literal["complete", "finish", "time_out", "give_up"],
    stopped: str,
    now: datetime,
) -> str | None:
    """Take an attempt to its end, and write down what a diagnostic told; return the report's id, if any.

    Ending what has ended changes nothing.
    """
    if not attempts.move(session, row.id, how, stopped=stopped, finished_at=now):
        report = attempts.report_of_attempt(session, row.id)
        return report.id if report else None
    events.append(session, row, how, now=now, state=after(how), why=stopped)
    if row.kind != "diagnostic" or stopped == AFRESH or not contract.answered(session, row.id):
        return None
    report_id = new_id()
    session.add(ReportRow(id=report_id, attempt_id=row.id, made_at=now, told=told_of(session, row)))
    return report_id


def judge_draft(runtime: Runtime, attempt_id: str) -> Judged | None:
    """Judge what stands in the form of the question that waits; None if that is nothing, or cannot be read.

    Raises
    ------
    BusyError
        If nobody is free to judge it now.
    """
    with runtime.transaction.reading() as session:
        waiting = contract.open_slot(session, attempt_id)
        if waiting is None or waiting.draft is None:
            return None
        variant, draft = attempts.variant_of(session, waiting), waiting.draft
    seconds = (draft.saved_at - waiting.shown_at).total_seconds()
    response = Response(
        answers=attempts.answers_of(draft),
        decimal="comma" if draft.decimal == "comma" else "point",
        milliseconds=max(0, round(seconds * 1000)),
    )
    if not any(map(_says_something, response.answers.values())):
        return None
    result = grade(variant, response)
    return None if result.verdict == "unreadable" else Judged(waiting.id, draft.seq, response, result)


def _says_something(value: ResponseValue) -> bool:
    return bool(value.strip()) if isinstance(value, str) else any(map(_says_something, value))


def time_out(runtime: Runtime, attempt_id: str, *, now: datetime) -> bool:
    """Close an attempt whose time is over, with what stands in the form; False if it is not over.

    A text that nobody is free to judge just now leaves it to the next sweep.
    """
    with runtime.transaction.reading() as session:
        if not is_overdue(session, contract.attempt(session, attempt_id), now):
            return False
    try:
        judged = judge_draft(runtime, attempt_id)
    except BusyError:
        _log.warning(
            "attempt %s: nobody was free to judge its last draft; the next sweep does it", attempt_id
        )
        return False
    with runtime.transaction() as session:
        row = contract.locked_attempt(session, attempt_id)
        if not is_overdue(session, row, now):
            return False
        settle_last(session, row, judged, now=now)
        end(session, row, how="time_out", stopped=SHUT if row.shut_at else "time-out", now=now)
    return True


def settle_last(session: Session, row: AttemptRow, judged: Judged | None, *, now: datetime) -> None:
    """Record what stood in the form at the end, or mark its question as one without evidence."""
    waiting = contract.open_slot(session, row.id)
    if waiting is None:
        return
    if judged is not None and is_last(session, row, judged):
        write_down(session, row, waiting, judged.response, judged.grade, now=now)
    else:
        waiting.state = "unreadable_at_end"
        session.flush()


def is_last(session: Session, row: AttemptRow, judged: Judged) -> bool:
    """Whether what was judged is still what stands in the form."""
    waiting = contract.open_slot(session, row.id)
    found = (waiting.id, waiting.draft.seq) if waiting and waiting.draft else None
    return found == (judged.slot_id, judged.seq)


def give_up(runtime: Runtime, attempt_id: str, *, now: datetime) -> bool:
    """Give an attempt up that nobody has visited for long; what was answered stays, with its report."""
    with runtime.transaction() as session:
        row = contract.locked_attempt(session, attempt_id)
        last = row.last_contact_at or row.started_at or row.created_at
        rests = row.state == "paused" or (row.state == "in_progress" and row.deadline_at is None)
        if not rests or now - last < FORGOTTEN:
            return False
        end(session, row, how="give_up", stopped="no-contact", now=now)
    return True
