"""The attempt: the question it waits on, drafts, and the answer that is committed once.

A commit grades outside any transaction and then, in one short one, writes the response,
its grade and the next question: a process that dies between leaves the question open.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from quizengine.errors import AttemptClosedError, BusyError, NotFoundError, RequestError
from quizengine.grading import grade
from quizengine.model.attempt import EXAMINED, OPEN, before
from quizengine.model.grade import Grade, Response
from quizengine.model.variant import Variant
from quizengine.services.attempt import accommodations, closing, events
from quizengine.services.attempt.drawing import following
from quizengine.services.attempt.lease import ANYBODY, Caller, holds
from quizengine.services.attempt.ledger import credit_connection
from quizengine.services.attempt.sweeping import settle
from quizengine.services.attempt.timing import (
    MILLISECOND,
    Clock,
    add_time,
    clock_of,
    is_late,
    latest_end,
    minutes_of,
    renew_deadline,
)
from quizengine.services.history import given_answer
from quizengine.services.runtime import Runtime
from quizengine.services.scoring import MAX_ITEMS, MIN_ITEMS
from quizengine.store import attempts, contract
from quizengine.store.rows import AttemptRow, SlotRow

MAX_UNREADABLE = 20
#: How often the text in the form may change while an end is being prepared.
MAX_LAST_LOOKS = 3
NOT_NOW = "This attempt takes no answers now."
ELSEWHERE = "This attempt was continued in another place."
DONT_KNOW = Grade(verdict="wrong", score=0.0, rule="dont-know")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where an attempt stands. ``slot_id`` and ``variant`` are the question that it waits on, if any.

    ``ends_with_screen`` says that it is cut short when its screen closes, ``ends_by`` when that is at the
    latest; ``minutes`` is what is left until then, where that is less.
    """

    attempt_id: str
    kind: str
    state: str
    role: str
    skill: str
    answered: int
    number: int
    at_least: int
    at_most: int
    slot_id: str | None
    variant: Variant | None
    draft: Mapping[str, Any] | None
    draft_saved_at: datetime | None
    draft_seq: int
    unreadable: int
    report_id: str | None
    last_slot_id: str | None
    last_seen_at: datetime
    stopped: str
    may_pause: bool
    is_timed: bool
    minutes: float | None
    ends_with_screen: bool
    ends_by: datetime | None
    clock: Clock | None

    @property
    def is_open(self) -> bool:
        """Whether it is not over."""
        return self.state in OPEN

    @property
    def must_skip(self) -> bool:
        """Whether so many answers could not be read that only "I don't know yet" is left."""
        return self.unreadable >= MAX_UNREADABLE


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an answer.

    ``accepted``: recorded, another question waits. ``finished``: recorded, it was the last.
    ``graded``: recorded, practice shows the grade. ``unreadable``: nothing recorded, ask again.
    """

    kind: Literal["accepted", "finished", "graded", "unreadable"]
    grade: Grade
    slot_id: str


def standing(runtime: Runtime, learner_id: str, attempt_id: str, *, now: datetime | None = None) -> Standing:
    """Return where an attempt of the learner stands; with ``now`` it is closed first if its time is over.

    Raises
    ------
    NotFoundError
        If there is no such attempt, or it belongs to somebody else.
    """
    if now is not None:
        settle(runtime, attempt_id, now=now)
    with runtime.transaction.reading() as session:
        return _standing(session, attempts.find_attempt(session, attempt_id, learner_id), now)


def _standing(session: Session, row: AttemptRow, now: datetime | None) -> Standing:
    waiting = open_slot(row)
    done = [slot for slot in row.slots if slot.committed_at is not None]
    report = attempts.report_of_attempt(session, row.id)
    percent, untimed, may_pause = accommodations.of_attempt(session, row, now)
    is_timed = row.base_ms is not None and not untimed
    return Standing(
        attempt_id=row.id,
        kind=row.kind,
        state=row.state,
        role=row.role,
        skill=row.skill,
        answered=len(done),
        number=waiting.number if waiting else len(done),
        at_least=len(row.planned) or max(MIN_ITEMS, len(done)),
        at_most=len(row.planned) or MAX_ITEMS,
        slot_id=waiting.id if waiting else None,
        variant=attempts.variant_of(session, waiting) if waiting else None,
        draft=attempts.answers_of(waiting.draft) if waiting and waiting.draft else None,
        draft_saved_at=waiting.draft.saved_at if waiting and waiting.draft else None,
        draft_seq=waiting.draft.seq if waiting and waiting.draft else 0,
        unreadable=waiting.unreadable if waiting else 0,
        report_id=report.id if report else None,
        last_slot_id=done[-1].id if done else None,
        last_seen_at=_last_seen(row),
        stopped=row.stopped,
        may_pause=may_pause,
        is_timed=is_timed,
        minutes=minutes_of(row, percent, now),
        ends_with_screen=row.hard_close and is_timed,
        ends_by=latest_end(row, percent) if is_timed else None,
        clock=clock_of(session, row, now) if now else None,
    )


def _last_seen(row: AttemptRow) -> datetime:
    """Return when the person last did something in an attempt."""
    moments = [row.started_at, row.finished_at, row.last_contact_at]
    moments += [
        moment
        for slot in row.slots
        for moment in (slot.committed_at, slot.draft.saved_at if slot.draft else None)
    ]
    return max((moment for moment in moments if moment), default=row.created_at)


def open_slot(row: AttemptRow) -> SlotRow | None:
    """Return the question that an attempt waits on."""
    return next((slot for slot in row.slots if slot.committed_at is None), None)


def open_attempt(runtime: Runtime, learner_id: str, kind: str = "diagnostic") -> str | None:
    """Return the newest attempt of a kind that still takes answers."""
    with runtime.transaction.reading() as session:
        found = attempts.attempts_of(session, learner_id, kind)
        return next((row.id for row in found if row.state in OPEN), None)


def shown_variant(runtime: Runtime, learner_id: str, attempt_id: str, slot_id: str) -> Variant:
    """Return a question of an attempt as it was shown, answered or not.

    Raises
    ------
    NotFoundError
        If the attempt has no such question, or belongs to somebody else.
    """
    with runtime.transaction.reading() as session:
        slot = attempts.find_slot(session, slot_id, learner_id)
        if slot.attempt_id != attempt_id:
            raise NotFoundError("This attempt has no such question.")
        return attempts.variant_of(session, slot)


def begin(
    runtime: Runtime, learner_id: str, attempt_id: str, *, now: datetime, caller: Caller = ANYBODY
) -> None:
    """Start an attempt that is ready, or go on with one that was paused; twice changes nothing.

    The clock starts here, and not when a page was first looked at.

    Raises
    ------
    AttemptClosedError
        If the time in which it may be started is over.
    """
    with runtime.transaction() as session:
        row = contract.locked_attempt(session, attempt_id, learner_id)
        if row.state == "paused":
            resume(session, row, now=now)
        if row.state != "ready":
            return
        if row.closes_at is not None and now > row.closes_at:
            raise AttemptClosedError("The time in which this could be started is over.")
        accommodations.apply(session, row, accommodations.current(session, learner_id, now), now=now)
        row.started_at = row.last_contact_at = now
        renew_deadline(session, row)
        attempts.move(session, row.id, "start")
        waiting = contract.open_slot(session, attempt_id)
        if waiting is not None:
            waiting.shown_at = now
        deadline = events.told(row.deadline_at)
        events.append(session, row, "started", now=now, state="in_progress", deadline=deadline)


def pause(
    runtime: Runtime, learner_id: str, attempt_id: str, *, now: datetime, caller: Caller = ANYBODY
) -> None:
    """Stop the clock of an attempt that may be paused; pausing twice changes nothing.

    Raises
    ------
    AttemptClosedError
        If the attempt does not go on, another place has it, or this kind has no pauses.
    """
    settle(runtime, attempt_id, now=now)
    with runtime.transaction() as session:
        row = contract.locked_attempt(session, attempt_id, learner_id)
        if row.state == "paused":
            return
        _require(row, caller, now)
        if not row.may_pause or row.shut_at:
            raise AttemptClosedError("This attempt has no pauses (any more). The clock goes on.")
        row.last_contact_at = now
        stop_clock(session, row, now=now)


def stop_clock(session: Session, row: AttemptRow, *, now: datetime) -> None:
    """Pause an attempt that goes on. It must be locked, and whoever asks must have the right."""
    row.paused_at = now
    attempts.move(session, row.id, "pause")
    events.append(session, row, "paused", now=now, state="paused")


def resume(session: Session, row: AttemptRow, *, now: datetime) -> None:
    """Let the clock of a paused attempt go on, with the time away added. The attempt must be locked."""
    attempts.move(session, row.id, "resume")
    away = max(0, (now - (row.paused_at or now)) // MILLISECOND)
    row.paused_at, row.last_contact_at = None, now
    if row.deadline_at is not None:
        add_time(session, row, "pause", away, now=now)
    events.append(session, row, "resumed", now=now, state="in_progress")


def _require(row: AttemptRow, caller: Caller, now: datetime) -> None:
    """Refuse who may not write, and what comes when nothing is taken any more."""
    if row.state != "in_progress" or is_late(row, now):
        raise AttemptClosedError(NOT_NOW)
    _require_lease(row, caller, now)


def _require_lease(row: AttemptRow, caller: Caller, now: datetime) -> None:
    if not holds(row, caller, now):
        raise AttemptClosedError(ELSEWHERE, "lease_lost")


def arrive(session: Session, attempt_id: str, caller: Caller, now: datetime) -> AttemptRow:
    """Return an attempt, locked, to which its writer has come: their time offline is credited.

    Raises
    ------
    AttemptClosedError
        If they may not write (any more).
    """
    row = contract.locked_attempt(session, attempt_id)
    if row.state == "in_progress" and holds(row, caller, now):
        credit_connection(session, row, caller.offline_ms, now=now)
    _require(row, caller, now)
    row.last_contact_at = now if row.last_contact_at is None else max(now, row.last_contact_at)
    return row


def save_draft(
    runtime: Runtime,
    learner_id: str,
    slot_id: str,
    answers: Mapping[str, Any],
    *,
    seq: int,
    now: datetime,
    caller: Caller = ANYBODY,
) -> int:
    """Keep what stands in the form; return the newest ``seq`` that is kept.

    Raises
    ------
    AttemptClosedError
        If the question has its answer already, nothing is taken now, or another place has the attempt.
        Its reason is ``seq_conflict`` if another text has the same ``seq``.
    """
    with runtime.transaction.reading() as session:
        slot = attempts.find_slot(session, slot_id, learner_id)
        _check_names(answers, attempts.variant_of(session, slot))
    with runtime.transaction() as session:
        # The attempt first: whoever writes waits for its lock, and then reads what is true.
        arrive(session, slot.attempt_id, caller, now)
        if session.get_one(SlotRow, slot_id).committed_at is not None:
            raise AttemptClosedError(attempts.ANSWERED)
        kept = attempts.save_draft(session, slot_id, seq, answers, now=now, decimal=caller.decimal)
        if kept.seq == seq and kept.answers != attempts.plain_answers(answers):
            raise AttemptClosedError("Another text was saved under this number.", "seq_conflict")
        return kept.seq


def commit(
    runtime: Runtime,
    learner_id: str,
    slot_id: str,
    response: Response,
    *,
    now: datetime,
    caller: Caller = ANYBODY,
    key: str = "",
) -> Outcome:
    """Judge an answer and record it, once.

    The same answer to the same question again, or any answer under the same ``key``, gets the same outcome,
    as after a double click or a reply that was lost. What cannot be read is kept as a draft and asked again.

    Raises
    ------
    NotFoundError
        If there is no such question, or it belongs to somebody else.
    AttemptClosedError
        If the question has another answer already, another place has the attempt, or it is over.
    """
    with runtime.transaction.reading() as session:
        slot = attempts.find_slot(session, slot_id, learner_id)
        if slot.response is not None:
            return _told_before(session, slot, response, key)
        variant = attempts.variant_of(session, slot)
        seconds = (now - slot.shown_at).total_seconds()
    _admit(runtime, slot.attempt, caller, now)
    # outside any transaction: a slow query must not hold the lock
    given = _measured(response, seconds)
    if not given.dont_know:
        _check_names(given.answers, variant)
    try:
        result = DONT_KNOW if given.dont_know else grade(variant, given)
    except BusyError:
        _keep(runtime, slot_id, given, now=now)
        raise
    if result.verdict == "unreadable":
        _keep(runtime, slot_id, given, now=now, unreadable=1)
        return Outcome("unreadable", result, slot_id)
    return _record(runtime, slot, given, result, now=now, caller=caller, key=key)


def _admit(runtime: Runtime, row: AttemptRow, caller: Caller, now: datetime) -> None:
    """Let an answer in as of its arrival, before it is judged; credits what the connection took."""
    if row.deadline_at is None:
        _require(row, caller, now)
        return
    with runtime.transaction() as session:
        arrive(session, row.id, caller, now)


def _measured(response: Response, seconds: float) -> Response:
    """Put the time in that the server saw where the page tells none, and never more than that."""
    seen = max(0, round(seconds * 1000))
    return Response(
        answers=response.answers,
        dont_know=response.dont_know,
        decimal=response.decimal,
        milliseconds=min(response.milliseconds or seen, seen),
    )


def _check_names(answers: Mapping[str, Any], variant: Variant) -> None:
    names = {part.name for part in variant.parts}
    if not answers.keys() <= names:
        raise RequestError(f"This question has no answer named {', '.join(sorted(answers.keys() - names))}.")


def _told_before(session: Session, slot: SlotRow, response: Response, key: str = "") -> Outcome:
    if slot.response is None:
        raise AttemptClosedError(NOT_NOW)
    told = given_answer(session, slot)
    same_key = bool(key) and key == slot.response.idempotency_key
    same = (told.response.answers, told.response.dont_know) == (response.answers, response.dont_know)
    if not (same_key or same):
        raise AttemptClosedError(attempts.ANSWERED, "already_committed")
    return Outcome(_kind(slot.attempt.kind, slot.attempt.state), told.grade, slot.id)


def _kind(kind: str, state: str) -> Literal["accepted", "finished", "graded"]:
    if kind == "practice":
        return "graded"
    return "accepted" if state in OPEN else "finished"


def _keep(runtime: Runtime, slot_id: str, response: Response, *, now: datetime, unreadable: int = 0) -> None:
    """Keep an answer that was not recorded as the newest draft."""
    with runtime.transaction() as session:
        slot = session.get(SlotRow, slot_id)
        if slot is None:
            return
        contract.locked_attempt(session, slot.attempt_id)
        session.refresh(slot)
        if slot.committed_at is None:
            slot.unreadable += unreadable
            seq = (slot.draft.seq if slot.draft else 0) + 1
            attempts.save_draft(session, slot_id, seq, response.answers, now=now, decimal=response.decimal)


def _record(
    runtime: Runtime,
    slot: SlotRow,
    response: Response,
    result: Grade,
    *,
    now: datetime,
    caller: Caller,
    key: str,
) -> Outcome:
    """Write an answer down, with what comes after it."""
    asked = slot.attempt
    is_practice = asked.kind == "practice"
    next_one = None if is_practice else following(runtime, slot, response, result)
    try:
        with runtime.transaction() as session:
            row = contract.locked_attempt(session, asked.id)
            _require_lease(row, caller, now)
            closing.write_down(session, row, slot, response, result, now=now, key=key)
            row.last_contact_at = now
            if next_one is not None:
                closing.go_on(session, row, slot.number + 1, next_one, now=now)
    except (AttemptClosedError, IntegrityError) as error:
        if isinstance(error, AttemptClosedError) and error.reason == "lease_lost":
            raise
        # Somebody was faster: the row was taken while this answer was judged. What stands there counts.
        with runtime.transaction.reading() as session:
            return _told_before(
                session, attempts.find_slot(session, slot.id, asked.learner_id), response, key
            )
    stopped = next_one is not None and next_one.variant is None
    return Outcome("graded" if is_practice else "finished" if stopped else "accepted", result, slot.id)


def finish(
    runtime: Runtime, learner_id: str, attempt_id: str, *, now: datetime, caller: Caller = ANYBODY
) -> str | None:
    """End an attempt early, with what was answered; return the report's id (only a diagnostic has one).

    In a screening what stands in the form is the last answer, if it can be read.

    Raises
    ------
    RequestError
        If a diagnostic has no answer yet: there is nothing to report.
    AttemptClosedError
        If another place has the attempt.
    """
    settle(runtime, attempt_id, now=now)
    for _ in range(MAX_LAST_LOOKS):
        judged = _last_words(runtime, learner_id, attempt_id)
        with runtime.transaction() as session:
            row = contract.locked_attempt(session, attempt_id, learner_id)
            if row.state in before("finish"):
                _require_lease(row, caller, now)
            if row.kind == "diagnostic" and not contract.answered(session, row.id):
                raise RequestError("Answer one question first: there is nothing to report yet.")
            if judged is not None and not closing.is_last(session, row, judged):
                continue  # the text was changed while it was judged
            if row.kind in EXAMINED and row.state in before("finish"):
                closing.settle_last(session, row, judged, now=now)
            return closing.end(session, row, how="finish", stopped="by-hand", now=now)
    raise BusyError("The text changed while the attempt was ending. Send it again.")


def _last_words(runtime: Runtime, learner_id: str, attempt_id: str) -> closing.Judged | None:
    with runtime.transaction.reading() as session:
        row = attempts.find_attempt(session, attempt_id, learner_id)
        if row.kind not in EXAMINED or row.state not in before("finish"):
            return None
    return closing.judge_draft(runtime, attempt_id)
