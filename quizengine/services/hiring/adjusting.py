"""Adjustments for a candidate, such as extra time or large print. They belong to the person."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from quizengine.errors import NotFoundError, RequestError
from quizengine.services.attempt import accommodations
from quizengine.services.attempt.accommodations import Accommodation
from quizengine.services.hiring import audit, screens
from quizengine.services.permissions import Actor, may
from quizengine.services.runtime import Runtime
from quizengine.store import contract
from quizengine.store import screens as store
from quizengine.store.hiring_rows import CandidateRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjusted:
    """Somebody who was invited, and what they have."""

    invitation_id: str
    screen_id: str
    person: str
    learner_id: str
    given: Accommodation
    until: datetime | None


def read(runtime: Runtime, actor: Actor, invitation_id: str, *, now: datetime) -> Adjusted:
    """Return what somebody has; extra time that waits with their invitation counts.

    Raises
    ------
    NotFoundError
        If the invitation is not the actor's to see, or they may not approve adjustments.
    """
    with runtime.transaction.reading() as session:
        return _read(session, actor, invitation_id, now)


def _read(session: Session, actor: Actor, invitation_id: str, now: datetime) -> Adjusted:
    row = store.find_invitation(session, invitation_id, actor.organisation_id)
    screens.find(session, actor, row.screen_id)
    if not may(actor, "accommodate", screen=row.screen_id):
        raise NotFoundError("There is no such page for you.")
    who = session.get_one(CandidateRow, row.candidate_id)
    stored = contract.accommodation(session, who.learner_id, now)
    has = accommodations.granted(stored)
    given = replace(has, multiplier_percent=max(has.multiplier_percent, row.multiplier_percent))
    return Adjusted(
        invitation_id=row.id,
        screen_id=row.screen_id,
        person=who.name or who.email,
        learner_id=who.learner_id,
        given=given,
        until=stored.valid_to if stored else None,
    )


def grant(
    runtime: Runtime,
    actor: Actor,
    invitation_id: str,
    given: Accommodation,
    *,
    note: str,
    now: datetime,
    until: datetime | None = None,
) -> str:
    """Give somebody adjustments, which reach a test that goes on at its next sign of life; return the screen.

    Taking something back changes tests to come alone. The audit chain says that something was approved and
    by whom, not for whom: whoever reads results may read it too. After ``until`` tests to come are without
    them; None is for good.

    Raises
    ------
    NotFoundError
        As `read`.
    RequestError
        If ``until`` is over.
    """
    if until is not None and until <= now:
        raise RequestError("The last day for these adjustments is over: choose a later one, or none.")
    found = read(runtime, actor, invitation_id, now=now)
    accommodations.grant(
        runtime, found.learner_id, given, by=actor.staff_id, note=note.strip(), now=now, valid_to=until
    )
    with runtime.transaction() as session:
        row = store.find_invitation(session, invitation_id, actor.organisation_id)
        row.multiplier_percent = given.multiplier_percent
        audit.record(session, actor.organisation_id, actor=actor.staff_id, act="accommodated", now=now)
    return found.screen_id
