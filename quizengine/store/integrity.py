"""Queries on integrity events. Nothing that scores, orders or decides may import this."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from quizengine.store.attempt_rows import IntegrityEventRow
from quizengine.store.rows import AttemptRow


def count(session: Session, attempt_id: str) -> int:
    """Return how many events of an attempt are kept."""
    found = session.scalar(
        select(func.count()).select_from(IntegrityEventRow).where(IntegrityEventRow.attempt_id == attempt_id)
    )
    return found or 0


def add(
    session: Session, attempt_id: str, kind: str, *, milliseconds: int, characters: int, now: datetime
) -> None:
    """Append an event."""
    session.add(
        IntegrityEventRow(
            attempt_id=attempt_id, kind=kind, milliseconds=milliseconds, characters=characters, at=now
        )
    )


def count_more(session: Session, attempt_id: str, times: int, *, now: datetime) -> None:
    """Count events beyond those that are kept."""
    row = session.scalar(
        select(IntegrityEventRow).where(
            IntegrityEventRow.attempt_id == attempt_id, IntegrityEventRow.kind == "more"
        )
    )
    if row is None:
        session.add(IntegrityEventRow(attempt_id=attempt_id, kind="more", times=times, at=now))
    else:
        row.times += times


def of_attempt(session: Session, attempt_id: str) -> Sequence[IntegrityEventRow]:
    """Return the events of an attempt, in order."""
    return session.scalars(
        select(IntegrityEventRow)
        .where(IntegrityEventRow.attempt_id == attempt_id)
        .order_by(IntegrityEventRow.id)
    ).all()


def attempts_with(session: Session, attempt_ids: Sequence[str]) -> dict[str, int]:
    """Return in how many of these attempts each kind of event was seen."""
    rows = session.execute(
        select(IntegrityEventRow.kind, func.count(IntegrityEventRow.attempt_id.distinct()))
        .where(IntegrityEventRow.attempt_id.in_(attempt_ids))
        .group_by(IntegrityEventRow.kind)
    )
    return {kind: number for kind, number in rows}  # noqa: C416  (rows are no pairs to the type checker)


def watched_kind(session: Session, attempt_id: str, learner_id: str) -> str | None:
    """Return the kind of an attempt of the person that goes on, or None."""
    return session.scalar(
        select(AttemptRow.kind).where(
            AttemptRow.id == attempt_id,
            AttemptRow.learner_id == learner_id,
            AttemptRow.state == "in_progress",
        )
    )
