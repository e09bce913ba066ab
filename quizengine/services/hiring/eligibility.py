"""Who may sit a test: a version of a profile once in 90 days, but for a reason."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from quizengine.errors import ConflictError
from quizengine.model.attempt import FINAL
from quizengine.store import resits as store
from quizengine.store.hiring_rows import InvitationRow, ScreenRow
from quizengine.store.rows import AttemptRow

#: So long after a sitting another one needs a reason.
WAIT = timedelta(days=90)


def sat_lately(session: Session, profile_id: str, now: datetime) -> Mapping[str, date]:
    """Return who has sat a version of a profile in the last 90 days, by address, and when."""
    return {who: at.date() for who, at in store.sat_since(session, profile_id, now - WAIT).items()}


def require_free(session: Session, row: InvitationRow, screen: ScreenRow, *, now: datetime) -> None:
    """Refuse somebody who is in a test of the same profile, or has sat it lately and has no reason.

    Raises
    ------
    ConflictError
        With what to do.
    """
    before = store.sittings_of(session, row.candidate_id, screen.profile_id)
    if any(goes_on(attempt, now) for _, attempt in before):
        raise ConflictError(
            "You have begun this test already. Come back to it with a code: the page is /i/back."
        )
    last = max((one.activated_at for one, _ in before if one.activated_at), default=None)
    if last is not None and now - last < WAIT and not row.resit_reason:
        raise ConflictError(
            f"You took this test on {last:%Y-%m-%d}, and it is taken once in {WAIT.days} days. "
            f"If you think that you should take it again, ask {screen.contact}."
        )


def goes_on(attempt: AttemptRow, now: datetime) -> bool:
    """Whether somebody may still answer in an attempt, or begin it."""
    too_late = attempt.state == "ready" and attempt.closes_at is not None and now > attempt.closes_at
    return attempt.state not in FINAL and not too_late
