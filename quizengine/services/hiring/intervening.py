"""What staff do to a test: add time, stop the clock, void it. With a reason that the person reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast, get_args

from sqlalchemy.orm import Session

from quizengine.errors import ConflictError, NotFoundError, RequestError
from quizengine.model.attempt import OPEN
from quizengine.services.attempt import closing
from quizengine.services.attempt.accommodations import check_grant, give_minutes
from quizengine.services.attempt.sweeping import settle
from quizengine.services.attempts import resume, stop_clock
from quizengine.services.hiring import audit, coming_back, monitor, screens
from quizengine.services.hiring.monitor import Live
from quizengine.services.permissions import Actor, may
from quizengine.services.runtime import Runtime
from quizengine.store import contract
from quizengine.store import monitor as store
from quizengine.store import screens as screen_store
from quizengine.store.attempt_rows import InterventionRow
from quizengine.store.hiring_rows import InvitationRow
from quizengine.store.rows import AttemptRow

Act = Literal["add_time", "pause", "resume", "send_code", "void"]
ACTS: tuple[Act, ...] = get_args(Act)
Reason = Literal["disturbance", "technical", "our_fault", "adjustment", "asked", "mistake", "other"]
REASONS: tuple[Reason, ...] = get_args(Reason)
MOST_NOTE = 500
#: What all people in progress get at once.
MINUTES_FOR_ALL = 5
VOIDED = "voided"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What somebody of the staff wants done: act, word for the reason, sentence that the person reads."""

    act: str
    reason: str
    note: str
    minutes: int = 0

    def __post_init__(self) -> None:
        if self.act not in ACTS or self.reason not in REASONS:
            raise RequestError("Choose what is to be done, and the reason.")
        if not 0 < len(self.note.strip()) <= MOST_NOTE:
            raise RequestError(
                f"Say why in a sentence of at most {MOST_NOTE} characters: the person reads it."
            )
        if self.act == "add_time":
            check_grant(self.minutes, self.note)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervention:
    """One act as it is told; ``by`` is empty for the person whose test it was."""

    act: Act
    reason: Reason
    note: str
    minutes: int
    at: datetime
    by: str = ""


def possible(found: Live) -> tuple[Act, ...]:
    """Return what can be done to somebody's test as it stands."""
    if found.is_voided:
        return ()
    match found.tab:
        case "ready":
            return ("send_code", "void")
        case "in_progress":
            return (*(("add_time",) if found.is_timed else ()), "pause", "send_code", "void")
        case "paused":
            return (*(("add_time",) if found.is_timed else ()), "resume", "send_code", "void")
        case "finished":
            return ("void",)
        case _:
            return ()


def look(runtime: Runtime, actor: Actor, invitation_id: str, *, now: datetime) -> tuple[Live, str]:
    """Return one person whose test the actor may act on, and the id of the screen.

    Raises
    ------
    NotFoundError
        If the invitation, or acting on it, is not theirs.
    """
    with runtime.transaction.reading() as session:
        row = _require(session, actor, invitation_id)
        return monitor.one_of(session, actor, row, now=now), row.screen_id


def _require(session: Session, actor: Actor, invitation_id: str) -> InvitationRow:
    row = screen_store.find_invitation(session, invitation_id, actor.organisation_id)
    screens.find(session, actor, row.screen_id)
    if not may(actor, "intervene", screen=row.screen_id):
        raise NotFoundError("There is no such page for you.")
    return row


def do(runtime: Runtime, actor: Actor, invitation_id: str, order: Order, *, now: datetime) -> str:
    """Do it, write it down for the audit and for the person; return the screen's id.

    Raises
    ------
    NotFoundError
        As `look`.
    ConflictError
        If the test is not in a state in which that can be done (any more).
    """
    with runtime.transaction.reading() as session:
        attempt_id = _require(session, actor, invitation_id).attempt_id
    if attempt_id is None:
        raise ConflictError("This person has not begun: there is no test to act on.")
    settle(runtime, attempt_id, now=now)
    with runtime.transaction() as session:
        row = _require(session, actor, invitation_id)
        attempt = contract.locked_attempt(session, attempt_id)
        _apply(runtime, session, actor, row, attempt, order, now=now)
        _write_down(session, actor, row, attempt, order, now)
        return row.screen_id


def _apply(
    runtime: Runtime,
    session: Session,
    actor: Actor,
    row: InvitationRow,
    attempt: AttemptRow,
    order: Order,
    *,
    now: datetime,
) -> None:
    if attempt.voided_at:
        raise ConflictError("This test was voided already.")
    is_open = attempt.state in OPEN
    match order.act:
        case "add_time":
            said = (order.note.strip(), actor.staff_id)
            done = give_minutes(session, attempt, order.minutes, said=said, now=now)
        case "pause":
            done = attempt.state == "in_progress" and attempt.shut_at is None
            if done:
                stop_clock(session, attempt, now=now)
        case "resume":
            done = attempt.state == "paused"
            if done:
                resume(session, attempt, now=now)
        case "send_code":
            done = is_open
            if done:
                coming_back.send(runtime, session, row, now=now)
        case _:
            done = True
            _void(session, attempt, now)
    if not done:
        raise ConflictError("Nothing was done: the test has moved on meanwhile. Look at it again.")


def _void(session: Session, attempt: AttemptRow, now: datetime) -> None:
    if attempt.state in OPEN:
        closing.end(session, attempt, how="give_up", stopped=VOIDED, now=now)
    attempt.voided_at = now
    session.flush()


def _write_down(
    session: Session, actor: Actor, row: InvitationRow, attempt: AttemptRow, order: Order, now: datetime
) -> None:
    note = order.note.strip()
    session.add(
        InterventionRow(
            attempt_id=attempt.id, act=order.act, reason=order.reason, note=note, minutes=order.minutes,
            staff_id=actor.staff_id, at=now,
        )
    )  # fmt: skip
    audit.record(
        session, actor.organisation_id, actor=actor.staff_id, act=f"attempt.{order.act}", now=now, note=note,
        invitation=row.id, code=row.code, reason=order.reason, minutes=order.minutes,
    )  # fmt: skip


def in_progress(runtime: Runtime, actor: Actor, screen_id: str, *, now: datetime) -> list[Live]:
    """Return the people of a screen whose clock runs: those whom time for all would reach.

    Raises
    ------
    NotFoundError
        If the screen, or acting on it, is not the actor's.
    """
    found = monitor.read(runtime, actor, screen_id, now=now)
    if not found.may_intervene:
        raise NotFoundError("There is no such page for you.")
    return [one for one in found.of("in_progress") if one.is_timed]


def for_all(
    runtime: Runtime, actor: Actor, screen_id: str, order: Order, *, foreseen: int, now: datetime
) -> int:
    """Give everybody in progress more time, if they are as many as was told before; return how many.

    Raises
    ------
    NotFoundError
        As `in_progress`.
    ConflictError
        If they are more or fewer by now.
    """
    found = in_progress(runtime, actor, screen_id, now=now)
    if len(found) != foreseen:
        people = "1 person" if len(found) == 1 else f"{len(found)} people"
        raise ConflictError(f"It would reach {people} by now, not {foreseen}: look again, then confirm.")
    done = 0
    for one in found:
        try:
            do(runtime, actor, one.invitation_id, order, now=now)
        except ConflictError:  # ended or paused between the look and this moment
            continue
        done += 1
    return done


def told_to_person(runtime: Runtime, attempt_id: str) -> tuple[Intervention, ...]:
    """Return what was done to an attempt, without who did it, in order."""
    with runtime.transaction.reading() as session:
        return tuple(_value(one, {}) for one in store.interventions(session, attempt_id))


def on(runtime: Runtime, actor: Actor, invitation_id: str) -> tuple[Intervention, ...]:
    """Return what was done to somebody's test, and by whom, in order."""
    with runtime.transaction.reading() as session:
        row = _require(session, actor, invitation_id)
        names = store.staff_names(session, actor.organisation_id)
        found = store.interventions(session, row.attempt_id) if row.attempt_id else ()
        return tuple(_value(one, names) for one in found)


def _value(row: InterventionRow, names: dict[str, str]) -> Intervention:
    return Intervention(
        act=cast(Act, row.act), reason=cast(Reason, row.reason), note=row.note, minutes=row.minutes,
        at=row.at, by=names.get(row.staff_id, ""),
    )  # fmt: skip
