"""The attempt: the question it waits on, drafts, and the answer that is committed once.

A commit grades outside any transaction and then, in one short one, writes the response,
its grade and the next question: a process that dies between leaves the question open.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

import quizengine
from quizengine.bank import Bank
from quizengine.bank.engines import without_postgres
from quizengine.errors import AttemptClosedError, BusyError, NotFoundError, RequestError
from quizengine.grading import grade
from quizengine.model.grade import Grade, Response
from quizengine.model.variant import Variant
from quizengine.roadmap.graph import role as find_role
from quizengine.services.history import evidence, evidence_of, given_answer, ratings_of
from quizengine.services.reporting import told_of
from quizengine.services.runtime import Runtime, new_id
from quizengine.services.scoring import MAX_ITEMS, MIN_ITEMS, Choice, choose_next
from quizengine.sqljudge.postgres import EngineAwayError
from quizengine.store import attempts
from quizengine.store.codec import outline_from_json
from quizengine.store.rows import AttemptRow, ReportRow, SlotRow

MAX_UNREADABLE = 20
MAX_FRESH_DRAWS = 20
OPEN = ("ready", "in_progress")
NOT_NOW = "This attempt takes no answers now."
DONT_KNOW = Grade(verdict="wrong", score=0.0, rule="dont-know")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where an attempt stands. ``slot_id`` and ``variant`` are the question that it waits on, if any."""

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

    @property
    def is_open(self) -> bool:
        """Whether answers are still taken."""
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


def standing(runtime: Runtime, learner_id: str, attempt_id: str) -> Standing:
    """Return where an attempt of the learner stands.

    Raises
    ------
    NotFoundError
        If there is no such attempt, or it belongs to somebody else.
    """
    with runtime.transaction.reading() as session:
        return _standing(session, attempts.find_attempt(session, attempt_id, learner_id))


def _standing(session: Session, row: AttemptRow) -> Standing:
    waiting = open_slot(row)
    done = [slot for slot in row.slots if slot.committed_at is not None]
    report = attempts.report_of_attempt(session, row.id)
    return Standing(
        attempt_id=row.id,
        kind=row.kind,
        state=row.state,
        role=row.role,
        skill=row.skill,
        answered=len(done),
        number=waiting.number if waiting else len(done),
        at_least=max(MIN_ITEMS, len(done)),
        at_most=MAX_ITEMS,
        slot_id=waiting.id if waiting else None,
        variant=attempts.variant_of(session, waiting) if waiting else None,
        draft=attempts.answers_of(waiting.draft) if waiting and waiting.draft else None,
        draft_saved_at=waiting.draft.saved_at if waiting and waiting.draft else None,
        draft_seq=waiting.draft.seq if waiting and waiting.draft else 0,
        unreadable=waiting.unreadable if waiting else 0,
        report_id=report.id if report else None,
        last_slot_id=done[-1].id if done else None,
        last_seen_at=_last_seen(row),
    )


def _last_seen(row: AttemptRow) -> datetime:
    """Return when the person last did something in an attempt."""
    moments = [row.started_at, row.finished_at]
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


def begin(runtime: Runtime, learner_id: str, attempt_id: str, *, now: datetime) -> None:
    """Start an attempt that is ready; starting it again changes nothing."""
    with runtime.transaction() as session:
        row = attempts.find_attempt(session, attempt_id, learner_id)
        if row.state == "ready":
            row.state, row.started_at = "in_progress", now
            waiting = open_slot(row)
            if waiting:
                waiting.shown_at = now


def save_draft(
    runtime: Runtime, learner_id: str, slot_id: str, answers: Mapping[str, Any], *, seq: int, now: datetime
) -> int:
    """Keep what stands in the form; return the newest ``seq`` that is kept.

    Raises
    ------
    AttemptClosedError
        If the question has its answer already.
    """
    with runtime.transaction() as session:
        slot = attempts.find_slot(session, slot_id, learner_id)
        if slot.committed_at is not None or slot.attempt.state not in OPEN:
            raise AttemptClosedError(attempts.ANSWERED)
        _check_names(answers, attempts.variant_of(session, slot))
        return attempts.save_draft(session, slot_id, seq, answers, now=now)


def commit(runtime: Runtime, learner_id: str, slot_id: str, response: Response, *, now: datetime) -> Outcome:
    """Judge an answer and record it, once.

    The same answer to the same question again gets the same outcome, as after a double
    click or a reply that was lost. What cannot be read is kept as a draft and asked again.

    Raises
    ------
    NotFoundError
        If there is no such question, or it belongs to somebody else.
    AttemptClosedError
        If the question has another answer already, or the attempt is over.
    """
    with runtime.transaction.reading() as session:
        slot = attempts.find_slot(session, slot_id, learner_id)
        if slot.response is not None:
            return _told_before(session, slot, response)
        if slot.attempt.state != "in_progress":
            raise AttemptClosedError(NOT_NOW)
        variant = attempts.variant_of(session, slot)
        seconds = (now - slot.shown_at).total_seconds()
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
    return _record(runtime, slot, given, result, now=now)


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


def _told_before(session: Session, slot: SlotRow, response: Response) -> Outcome:
    if slot.response is None:
        raise AttemptClosedError(NOT_NOW)
    before = given_answer(session, slot)
    if (before.response.answers, before.response.dont_know) != (response.answers, response.dont_know):
        raise AttemptClosedError(attempts.ANSWERED)
    return Outcome(_kind(slot.attempt.kind, slot.attempt.state), before.grade, slot.id)


def _kind(kind: str, state: str) -> Literal["accepted", "finished", "graded"]:
    if kind == "practice":
        return "graded"
    return "accepted" if state in OPEN else "finished"


def _keep(runtime: Runtime, slot_id: str, response: Response, *, now: datetime, unreadable: int = 0) -> None:
    """Keep an answer that was not recorded as the newest draft."""
    with runtime.transaction() as session:
        slot = session.get(SlotRow, slot_id)
        if slot is not None and slot.committed_at is None:
            slot.unreadable += unreadable
            attempts.save_draft(
                session, slot_id, (slot.draft.seq if slot.draft else 0) + 1, response.answers, now=now
            )


def _record(runtime: Runtime, slot: SlotRow, response: Response, result: Grade, *, now: datetime) -> Outcome:
    """Write an answer down, with what comes after it."""
    row = slot.attempt
    following = _following(runtime, slot, response, result) if row.kind == "diagnostic" else None
    try:
        with runtime.transaction() as session:
            attempts.record_response(
                session, slot.id, response, result, engine_version=quizengine.__version__, now=now
            )
            if following is not None:
                _go_on(session, slot, following, now=now)
    except (AttemptClosedError, IntegrityError):
        # Somebody was faster: the row was taken while this answer was judged. What stands there counts.
        with runtime.transaction.reading() as session:
            return _told_before(session, attempts.find_slot(session, slot.id, row.learner_id), response)
    stopped = following is not None and following.variant is None
    return Outcome(
        "graded" if row.kind == "practice" else "finished" if stopped else "accepted", result, slot.id
    )


@dataclass(frozen=True, slots=True)
class Following:
    """What comes after an answer: a variant, or the reason why the attempt ends."""

    variant: Variant | None
    choice: Choice


def _following(runtime: Runtime, slot: SlotRow, response: Response, result: Grade) -> Following:
    row = slot.attempt
    with runtime.transaction.reading() as session:
        before = evidence_of(session, row.id, before=slot.number)
        seen = attempts.questions_seen(session, row.learner_id, kind="diagnostic", but=row.id)
    given = evidence(
        outline_from_json(slot.variant),
        result,
        dont_know=response.dont_know,
        milliseconds=response.milliseconds,
    )
    role = find_role(runtime.bank.roadmap, row.role)
    ratings, answered = ratings_of(row), (*before, given)

    def choose(bank: Bank) -> Choice:
        return choose_next(bank, role, ratings, row.seed, answered, seen)

    return chosen_and_drawn(runtime, row.learner_id, row.id, slot.number + 1, choose)


def chosen_and_drawn(
    runtime: Runtime, learner_id: str, attempt_id: str, number: int, choose: Callable[[Bank], Choice]
) -> Following:
    """Draw the question that ``choose`` chooses; one that needs no server while none answers."""
    choice = choose(runtime.bank)
    if choice.question_id is None:
        return Following(None, choice)
    try:
        return Following(fresh_variant(runtime, learner_id, attempt_id, number, choice.question_id), choice)
    except EngineAwayError:
        choice = choose(without_postgres(runtime.bank)[0])
    if choice.question_id is None:
        return Following(None, choice)
    return Following(fresh_variant(runtime, learner_id, attempt_id, number, choice.question_id), choice)


def fresh_variant(
    runtime: Runtime, learner_id: str, attempt_id: str, number: int, question_id: str
) -> Variant:
    """Draw a variant that the learner has not seen, as far as the question has one."""
    entry = runtime.bank[question_id]
    with runtime.transaction.reading() as session:
        seen = attempts.identities_seen(session, learner_id, question_id)
    for draw in range(MAX_FRESH_DRAWS):
        # The question's version is in the seed, so that a corrected question draws anew.
        seed = runtime.seed(attempt_id, number, question_id, entry.question.version, draw)
        variant = entry.variant(seed)
        if variant.identity not in seen:
            return variant
    return variant


def _go_on(session: Session, slot: SlotRow, following: Following, *, now: datetime) -> None:
    if following.variant is not None:
        attempts.add_slot(session, new_id(), slot.attempt_id, slot.number + 1, following.variant, now=now)
        return
    end(session, slot.attempt, stopped=following.choice.stopped, now=now)


def end(session: Session, row: AttemptRow, *, stopped: str, now: datetime) -> str | None:
    """Close a diagnostic and write down what it told; return the report's id."""
    if not attempts.close_attempt(session, row.id, "submitted", stopped=stopped, now=now):
        report = attempts.report_of_attempt(session, row.id)
        return report.id if report else None
    report_id = new_id()
    session.add(ReportRow(id=report_id, attempt_id=row.id, made_at=now, told=told_of(session, row)))
    return report_id


def finish(runtime: Runtime, learner_id: str, attempt_id: str, *, now: datetime) -> str | None:
    """End an attempt early, with what was answered; return the report's id (practice has none).

    Raises
    ------
    RequestError
        If a diagnostic has no answer yet: there is nothing to report.
    """
    with runtime.transaction() as session:
        row = attempts.find_attempt(session, attempt_id, learner_id)
        if row.kind == "practice":
            attempts.close_attempt(session, row.id, "submitted", stopped="by-hand", now=now)
            return None
        if not any(slot.committed_at for slot in row.slots):
            raise RequestError("Answer one question first: there is nothing to report yet.")
        return end(session, row, stopped="by-hand", now=now)
