"""Queries on decisions and unblindings. The session comes in; nothing commits."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from quizengine.store.hiring_rows import DecisionRow, InvitationRow, StaffRow


def decisions_of(session: Session, invitation_id: str) -> Sequence[tuple[DecisionRow, str]]:
    """Return the decisions about a candidate with who made them, the newest first."""
    rows = session.execute(
        select(DecisionRow, StaffRow.name)
        .join(StaffRow, StaffRow.id == DecisionRow.staff_id)
        .where(DecisionRow.invitation_id == invitation_id)
        .order_by(DecisionRow.id.desc())
    )
    return [(row[0], row[1]) for row in rows]


def last_decisions(session: Session, screen_id: str) -> dict[str, DecisionRow]:
    """Return the last decision about each candidate of a screen, by the result's id."""
    rows = session.execute(
        select(InvitationRow.result_id, DecisionRow)
        .join(InvitationRow, InvitationRow.id == DecisionRow.invitation_id)
        .where(InvitationRow.screen_id == screen_id)
        .order_by(DecisionRow.id)
    )
    return {row[0]: row[1] for row in rows}


def last_of(session: Session, invitation_ids: Collection[str]) -> dict[str, DecisionRow]:
    """Return the last decision about each of these candidates, by the invitation's id."""
    last = (
        select(func.max(DecisionRow.id))
        .where(DecisionRow.invitation_id.in_(invitation_ids))
        .group_by(DecisionRow.invitation_id)
    )
    rows = session.scalars(select(DecisionRow).where(DecisionRow.id.in_(last)))
    return {row.invitation_id: row for row in rows}
