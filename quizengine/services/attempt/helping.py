"""What a person says is wrong with a question: kept as they typed it, for whoever reads the result."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from quizengine.errors import NotFoundError, RequestError, SlowDownError
from quizengine.services.runtime import Runtime
from quizengine.store import attempts
from quizengine.store import personal as store
from quizengine.store.attempt_rows import QuestionReportRow

MOST_NOTE = 1000
#: Reports of one attempt: beyond them somebody writes to the contact.
MOST_REPORTS = 20


@dataclass(frozen=True, slots=True)
class Report:
    """One report: the number of the question, what was typed, when."""

    number: int
    note: str
    at: datetime


def report(
    runtime: Runtime, learner_id: str, attempt_id: str, slot_id: str, note: str, *, now: datetime
) -> None:
    """Keep what a person says is wrong with a question that they were shown. The clock goes on.

    Raises
    ------
    NotFoundError
        If it is no question of an attempt of theirs.
    RequestError
        If nothing is said, or too much.
    SlowDownError
        After twenty reports.
    """
    if not 0 < len(note.strip()) <= MOST_NOTE:
        raise RequestError(f"Say what is wrong in 1 to {MOST_NOTE:,} characters.")
    with runtime.transaction() as session:
        slot = attempts.find_slot(session, slot_id, learner_id)
        if slot.attempt_id != attempt_id:
            raise NotFoundError("This attempt has no such question.")
        if len(store.reports_of(session, attempt_id)) >= MOST_REPORTS:
            raise SlowDownError(f"{MOST_REPORTS} reports are kept. Write to the contact on this page.")
        session.add(QuestionReportRow(attempt_id=attempt_id, slot_id=slot_id, note=note.strip(), at=now))


def reports_of(runtime: Runtime, attempt_id: str) -> tuple[Report, ...]:
    """Return what was said of the questions of an attempt, in order."""
    with runtime.transaction.reading() as session:
        numbers = store.numbers_of_slots(session, attempt_id)
        return tuple(
            Report(numbers[one.slot_id], one.note, one.at) for one in store.reports_of(session, attempt_id)
        )
