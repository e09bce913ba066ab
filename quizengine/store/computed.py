"""Results that were computed before, and what they were made of. Nothing here commits."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, delete, func, or_, select
from sqlalchemy.orm import Session, aliased

from quizengine.model.attempt import FINAL
from quizengine.store.attempt_rows import AttemptEventRow
from quizengine.store.evidence_rows import ComputedRow
from quizengine.store.hiring_rows import ErasureRow, InvitationRow
from quizengine.store.once import insert
from quizengine.store.rows import AttemptRow

#: What of an attempt says nothing of its answers, or changes while it goes on.
BESIDE = frozenset(
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
        "role",
        "skill",
        "hours_a_week",
        "self_rating",
        "seed",
    }
)
_OF_RESULTS = tuple(column for column in AttemptRow.__table__.columns if column.key not in BESIDE)


def made_of(session: Session, attempt_ids: Collection[str]) -> dict[str, tuple[Any, ...]]:
    """Return, by attempt, values that are equal exactly where all that a result is made of is equal.

    The attempt itself, and the head of its chain: each answer, each grade that is added, a question that is
    withdrawn and time that is given is an event there.
    """
    other = aliased(AttemptEventRow)
    newest = select(func.max(other.n)).where(other.attempt_id == AttemptRow.id).scalar_subquery()
    rows = session.execute(
        select(*_OF_RESULTS, AttemptEventRow.n, AttemptEventRow.hash.label("head"))
        .outerjoin(
            AttemptEventRow, (AttemptEventRow.attempt_id == AttemptRow.id) & (AttemptEventRow.n == newest)
        )
        .where(AttemptRow.id.in_(attempt_ids))
    )
    return {row.id: tuple(row) for row in rows}


def contents(session: Session, keys: Mapping[str, str]) -> dict[str, str]:
    """Return what was kept for attempts under these keys, by attempt; what has another key is left out."""
    rows = session.execute(
        select(ComputedRow.attempt_id, ComputedRow.key, ComputedRow.content).where(
            ComputedRow.attempt_id.in_(keys)
        )
    )
    return {row.attempt_id: row.content for row in rows if row.key == keys[row.attempt_id]}


def of_erased(session: Session, attempt_ids: Collection[str]) -> set[str]:
    """Return those of some attempts whose people were erased."""
    return set(session.scalars(_of_erased().where(InvitationRow.attempt_id.in_(attempt_ids))))


def _of_erased() -> Select[Any]:
    return (
        select(AttemptRow.id)
        .join(InvitationRow, InvitationRow.attempt_id == AttemptRow.id)
        .join(ErasureRow, ErasureRow.candidate_id == InvitationRow.candidate_id)
        .where(ErasureRow.done_at.is_not(None))
    )


def keep(session: Session, rows: Sequence[Mapping[str, str]]) -> None:
    """Store computed results, in the place of what was kept for the same attempts."""
    made = insert(session, ComputedRow)
    changed = {name: made.excluded[name] for name in ("key", "engine_version", "content")}
    # In one order, so that two who keep the same results at once do not wait for each other.
    session.execute(
        made.on_conflict_do_update(index_elements=["attempt_id"], set_=changed),
        sorted(map(dict, rows), key=lambda row: row["attempt_id"]),
    )


def forget(session: Session, attempt_id: str) -> None:
    """Take away what was kept for an attempt."""
    session.execute(delete(ComputedRow).where(ComputedRow.attempt_id == attempt_id))


def forget_erased(session: Session) -> None:
    """Take away what was kept for people who were erased, whoever kept it meanwhile."""
    session.execute(delete(ComputedRow).where(ComputedRow.attempt_id.in_(_of_erased())))


def not_computed(session: Session, engine_version: str, *, most: int) -> Sequence[InvitationRow]:
    """Return invitations whose attempts have ended without a result of this version kept, the last first.

    Without those of people who were erased: of them none is kept.
    """
    return session.scalars(
        select(InvitationRow)
        .join(AttemptRow, AttemptRow.id == InvitationRow.attempt_id)
        .outerjoin(ComputedRow, ComputedRow.attempt_id == AttemptRow.id)
        .where(
            AttemptRow.state.in_(FINAL),
            AttemptRow.id.not_in(_of_erased()),
            or_(ComputedRow.attempt_id.is_(None), ComputedRow.engine_version != engine_version),
        )
        .order_by(AttemptRow.finished_at.desc())
        .limit(most)
    ).all()
