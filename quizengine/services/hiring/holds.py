"""Legal holds: while one is on a screen, or on a person, nothing of it is purged or erased."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from quizengine.errors import NotFoundError, RequestError
from quizengine.services.hiring import audit, erasing, screens
from quizengine.services.permissions import Actor, may
from quizengine.services.runtime import Runtime
from quizengine.store import erasures, monitor, retention
from quizengine.store.hiring_rows import HoldRow

MOST_REASON = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """One hold that was not lifted: why, who placed it, when."""

    id: int
    reason: str
    by: str
    at: datetime


def on_screen(runtime: Runtime, actor: Actor, screen_id: str) -> list[Hold]:
    """Return the holds on a screen that the actor sees."""
    with runtime.transaction.reading() as session:
        screens.find(session, actor, screen_id)
        return _values(session, actor, retention.holds_on(session, screen_id=screen_id))


def people_held(runtime: Runtime, actor: Actor, screen_id: str) -> frozenset[str]:
    """Return the ids of the invitations of a screen whose people are under a hold of their own."""
    with runtime.transaction.reading() as session:
        screens.find(session, actor, screen_id)
        return erasures.people_held(session, screen_id)


def on_person(runtime: Runtime, actor: Actor, invitation_id: str) -> list[Hold]:
    """Return the holds on the person of an invitation."""
    with runtime.transaction.reading() as session:
        row = erasing.require(session, actor, invitation_id)
        return _values(session, actor, retention.holds_on(session, candidate_id=row.candidate_id))


def _values(session: Session, actor: Actor, rows: Sequence[HoldRow]) -> list[Hold]:
    names = monitor.staff_names(session, actor.organisation_id)
    return [
        Hold(id=row.id, reason=row.reason, by=names.get(row.placed_by, ""), at=row.placed_at) for row in rows
    ]


def hold_screen(runtime: Runtime, actor: Actor, screen_id: str, reason: str, *, now: datetime) -> None:
    """Place a hold on a screen and all its people.

    Raises
    ------
    NotFoundError
        If the screen is not the actor's, or they may not.
    RequestError
        Without a reason.
    """
    with runtime.transaction() as session:
        screens.find(session, actor, screen_id)
        if not may(actor, "users", screen=screen_id):
            raise NotFoundError(erasing.NOT_YOURS)
        _place(session, actor, reason, now, screen_id=screen_id)
        audit.record(
            session, actor.organisation_id, actor=actor.staff_id, act="hold.placed", now=now,
            note=reason.strip(), screen=screen_id,
        )  # fmt: skip


def hold_person(runtime: Runtime, actor: Actor, invitation_id: str, reason: str, *, now: datetime) -> None:
    """Place a hold on the person of an invitation, wherever else they were invited."""
    with runtime.transaction() as session:
        row = erasing.require(session, actor, invitation_id)
        _place(session, actor, reason, now, candidate_id=row.candidate_id)
        audit.record(
            session, actor.organisation_id, actor=actor.staff_id, act="hold.placed", now=now,
            note=reason.strip(), invitation=row.id, code=row.code,
        )  # fmt: skip


def _place(
    session: Session,
    actor: Actor,
    reason: str,
    now: datetime,
    *,
    screen_id: str | None = None,
    candidate_id: str | None = None,
) -> None:
    if not 0 < len(reason.strip()) <= MOST_REASON:
        raise RequestError(f"Say why in at most {MOST_REASON} characters, such as the number of the case.")
    session.add(
        HoldRow(
            organisation_id=actor.organisation_id, screen_id=screen_id, candidate_id=candidate_id,
            reason=reason.strip(), placed_by=actor.staff_id, placed_at=now, lifted_by=None, lifted_at=None,
        )
    )  # fmt: skip
    session.flush()


def lift(runtime: Runtime, actor: Actor, hold_id: int, *, now: datetime) -> None:
    """Lift a hold; what was kept by it goes with the next round.

    Raises
    ------
    NotFoundError
        If there is no such hold in the organisation, or the actor may not.
    """
    with runtime.transaction() as session:
        row = erasures.find_hold(session, hold_id, actor.organisation_id)
        if row is None or not may(actor, "users", screen=row.screen_id):
            raise NotFoundError("There is no such hold here.")
        row.lifted_by, row.lifted_at = actor.staff_id, now
        session.flush()
        audit.record(
            session, actor.organisation_id, actor=actor.staff_id, act="hold.lifted", now=now, hold=row.id
        )
