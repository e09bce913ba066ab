"""Queries on many attempts at once: all that their results are made of, without what only pages show."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from quizengine.store.attempt_rows import TimeCreditRow
from quizengine.store.hiring_rows import InvitationRow
from quizengine.store.rows import AttemptRow, GradeRow, ResponseRow, SlotRow

#: SQLite takes at most 32,766 values in a query, older ones 999.
AT_ONCE = 900
#: What changes while an attempt goes on and says nothing of its answers.
RESTLESS = frozenset(
    {
        "last_contact_at",
        "revision",
        "epoch",
        "lease_hash",
        "lease_device",
        "lease_tab",
        "deadline_at",
        "shut_at",
        "planned",
    }
)
_STEADY = tuple(column for column in AttemptRow.__table__.columns if column.key not in RESTLESS)


def begun(session: Session, screen_id: str) -> Sequence[InvitationRow]:
    """Return the invitations of a screen with which somebody has begun, by code."""
    return session.scalars(
        select(InvitationRow)
        .where(InvitationRow.screen_id == screen_id, InvitationRow.attempt_id.is_not(None))
        .order_by(InvitationRow.code)
    ).all()


def started(session: Session, screen_id: str, *, after: datetime) -> Sequence[str]:
    """Return the ids of the attempts of a screen that were started after a moment."""
    return session.scalars(
        select(AttemptRow.id)
        .join(InvitationRow, InvitationRow.attempt_id == AttemptRow.id)
        .where(InvitationRow.screen_id == screen_id, AttemptRow.started_at > after)
    ).all()


def evidence_keys(session: Session, attempt_ids: Sequence[str]) -> dict[str, tuple[Any, ...]]:
    """Return, by attempt, values that are equal exactly where all that a result is made of is equal.

    The attempt itself, the time that was added, each answer with its last grade.
    """
    found: dict[str, list[Any]] = defaultdict(list)
    for first in range(0, len(attempt_ids), AT_ONCE):
        some = attempt_ids[first : first + AT_ONCE]
        for row in session.execute(select(*_STEADY).where(AttemptRow.id.in_(some))):
            found[row.id].append(_attempt(row))
        for row in session.execute(
            select(TimeCreditRow.attempt_id, TimeCreditRow.kind, TimeCreditRow.milliseconds)
            .where(TimeCreditRow.attempt_id.in_(some))
            .order_by(TimeCreditRow.attempt_id, TimeCreditRow.n)
        ):
            found[row.attempt_id].append(tuple(row))
        for row in session.execute(
            select(
                SlotRow.attempt_id, SlotRow.id, SlotRow.state, ResponseRow.dont_know, GradeRow.id,
                GradeRow.verdict, GradeRow.score,
            )
            .join(ResponseRow, ResponseRow.slot_id == SlotRow.id)
            .join(GradeRow, GradeRow.response_id == ResponseRow.id)
            .where(SlotRow.attempt_id.in_(some))
            .order_by(SlotRow.attempt_id, SlotRow.number, GradeRow.id)
        ):  # fmt: skip
            found[row[0]].append(tuple(row))
    return {attempt: tuple(values) for attempt, values in found.items()}


def _attempt(row: Any) -> tuple[Any, ...]:
    """Return an attempt's values as they can be hashed."""
    return tuple(str(value) if isinstance(value, dict | list) else value for value in row)
