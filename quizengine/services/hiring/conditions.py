"""Under which conditions a test was taken: told to whoever judges only if the candidate lets them know."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from sqlalchemy.orm import Session

from quizengine.errors import NotFoundError
from quizengine.services.attempt import accommodations
from quizengine.services.hiring import results
from quizengine.services.permissions import Actor
from quizengine.services.runtime import Runtime
from quizengine.store import attempts, contract
from quizengine.store import screens as store
from quizengine.store.attempt_rows import AccommodationRow
from quizengine.store.hiring_rows import InvitationRow
from quizengine.store.rows import AttemptRow

#: ``standard`` is what is said of everybody who has not allowed more, with adjustments or without.
Conditions = Literal["standard", "approved"]


def of_result(runtime: Runtime, actor: Actor, result_id: str, *, now: datetime) -> Conditions:
    """Return what whoever judges may know of the conditions.

    Raises
    ------
    NotFoundError
        If the result is not the actor's to see.
    """
    with runtime.transaction.reading() as session:
        row = results.require(session, actor, result_id)
        return of_row(session, row, now=now)


def of_row(session: Session, row: InvitationRow, *, now: datetime) -> Conditions:
    """Return the same of an invitation with which somebody has begun."""
    [found] = of_rows(session, [row], [now])
    return found


def of_rows(session: Session, rows: Sequence[InvitationRow], moments: Sequence[datetime]) -> list[Conditions]:
    """Return the same of several invitations, each as of a moment of its own; in two queries for all."""
    found = contract.attempts(session, [str(row.attempt_id) for row in rows if row.conditions_told])
    granted = contract.accommodations_of(session, {one.learner_id for one in found.values()})
    told: list[Conditions] = []
    for row, now in zip(rows, moments, strict=True):
        attempt = found.get(str(row.attempt_id))
        has = contract.valid(granted.get(attempt.learner_id, ()), now) if attempt else None
        told.append("approved" if attempt and _were_adjusted(attempt, has) else "standard")
    return told


def were_adjusted(session: Session, attempt: AttemptRow, *, now: datetime) -> bool:
    """Whether the person of an attempt has, or had in it, an adjustment."""
    return _were_adjusted(attempt, contract.accommodation(session, attempt.learner_id, now))


def _were_adjusted(attempt: AttemptRow, has: AccommodationRow | None) -> bool:
    return had_more(attempt) or accommodations.granted(has) != accommodations.NONE


def had_more(attempt: AttemptRow) -> bool:
    """Whether an attempt has more time, no clock, or breaks that not everybody has."""
    breaks = attempt.may_pause and not attempt.pauses_for_all
    return attempt.multiplier_percent > 100 or attempt.untimed or breaks


def allow(runtime: Runtime, learner_id: str, attempt_id: str, *, told: bool) -> None:
    """Set whether whoever judges may know that there were adjustments; never which, or why.

    Raises
    ------
    NotFoundError
        If the attempt is not the learner's, or belongs to no screen.
    """
    with runtime.transaction() as session:
        attempts.find_attempt(session, attempt_id, learner_id)
        row = store.invitation_of_attempt(session, attempt_id)
        if row is None:
            raise NotFoundError("This attempt belongs to no screen.")
        row.conditions_told = told
