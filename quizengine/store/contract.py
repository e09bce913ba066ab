"""Queries on what happened in an attempt, on the time it was given, and on what found no place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload

from quizengine.errors import NotFoundError
from quizengine.store.attempt_rows import (
    AccommodationRow,
    AttemptEventRow,
    OrphanDraftRow,
    OutageRow,
    SweeperRow,
    TimeCreditRow,
)
from quizengine.store.attempts import NO_ATTEMPT
from quizengine.store.rows import AttemptRow, SlotRow

ONLY_SWEEPER = 1


def attempt(session: Session, attempt_id: str) -> AttemptRow:
    """Return anybody's attempt, without its questions.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    found = session.get(AttemptRow, attempt_id)
    if found is None:
        raise NotFoundError(NO_ATTEMPT)
    return found


def attempts(session: Session, attempt_ids: Collection[str]) -> dict[str, AttemptRow]:
    """Return anybody's attempts by their ids, without their questions."""
    rows = session.scalars(select(AttemptRow).where(AttemptRow.id.in_(attempt_ids)))
    return {row.id: row for row in rows}


def locked_attempt(session: Session, attempt_id: str, learner_id: str | None = None) -> AttemptRow:
    """Return an attempt that nobody else changes before this transaction ends; None asks for anybody's.

    On SQLite the transaction itself has the lock.

    Raises
    ------
    NotFoundError
        If there is none; one of another person looks the same.
    """
    found = session.scalar(
        select(AttemptRow)
        .where(AttemptRow.id == attempt_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None or learner_id not in (None, found.learner_id):
        raise NotFoundError(NO_ATTEMPT)
    return found


def open_slot(session: Session, attempt_id: str) -> SlotRow | None:
    """Return the question that an attempt waits on, with what stands in its form."""
    return session.scalar(
        select(SlotRow)
        .where(SlotRow.attempt_id == attempt_id, SlotRow.committed_at.is_(None))
        .options(joinedload(SlotRow.draft))
    )


def questions_of(session: Session, attempt_id: str) -> frozenset[str]:
    """Return the ids of the questions that an attempt has put up."""
    return frozenset(session.scalars(select(SlotRow.question_id).where(SlotRow.attempt_id == attempt_id)))


def answered(session: Session, attempt_id: str) -> int:
    """Return how many questions of an attempt have their answer."""
    committed = select(func.count()).where(
        SlotRow.attempt_id == attempt_id, SlotRow.committed_at.is_not(None)
    )
    return session.scalar(committed) or 0


def events_of(session: Session, attempt_id: str) -> Sequence[AttemptEventRow]:
    """Return what happened in an attempt, in order."""
    return session.scalars(
        select(AttemptEventRow).where(AttemptEventRow.attempt_id == attempt_id).order_by(AttemptEventRow.n)
    ).all()


def last_event(session: Session, attempt_id: str) -> AttemptEventRow | None:
    """Return the newest event of an attempt."""
    return session.scalar(
        select(AttemptEventRow)
        .where(AttemptEventRow.attempt_id == attempt_id)
        .order_by(AttemptEventRow.n.desc())
        .limit(1)
    )


def credits_of(session: Session, attempt_id: str) -> Sequence[TimeCreditRow]:
    """Return the time that was added to an attempt, in order."""
    return session.scalars(
        select(TimeCreditRow).where(TimeCreditRow.attempt_id == attempt_id).order_by(TimeCreditRow.n)
    ).all()


def add_orphan(
    session: Session,
    orphan_id: str,
    slot: tuple[str, str],
    answers: Mapping[str, Any],
    *,
    reason: str,
    now: datetime,
) -> None:
    """Keep a text that found no place; ``slot`` is the attempt's id and the slot's."""
    attempt_id, slot_id = slot
    session.add(
        OrphanDraftRow(
            id=orphan_id, attempt_id=attempt_id, slot_id=slot_id, reason=reason, answers=dict(answers), at=now
        )
    )


def orphans_of(session: Session, attempt_id: str) -> Sequence[OrphanDraftRow]:
    """Return the texts of an attempt that found no place, in the order in which they came."""
    return session.scalars(
        select(OrphanDraftRow).where(OrphanDraftRow.attempt_id == attempt_id).order_by(OrphanDraftRow.at)
    ).all()


def running(session: Session) -> Sequence[AttemptRow]:
    """Return the attempts whose clock runs."""
    return session.scalars(
        select(AttemptRow)
        .where(AttemptRow.state == "in_progress", AttemptRow.deadline_at.is_not(None))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def due(session: Session, now: datetime) -> Sequence[str]:
    """Return the ids of attempts whose end has passed while they went on."""
    is_over = or_(AttemptRow.deadline_at < now, AttemptRow.shut_at < now)
    return session.scalars(select(AttemptRow.id).where(AttemptRow.state == "in_progress", is_over)).all()


def silent_since(session: Session, before: datetime) -> Sequence[str]:
    """Return the ids of attempts without a clock running that nobody has touched since a moment."""
    last = func.coalesce(AttemptRow.last_contact_at, AttemptRow.started_at, AttemptRow.created_at)
    resting = or_(
        AttemptRow.state == "paused", (AttemptRow.state == "in_progress") & AttemptRow.deadline_at.is_(None)
    )
    return session.scalars(select(AttemptRow.id).where(resting, last < before)).all()


def sweeper(session: Session) -> SweeperRow | None:
    """Return who sweeps and when they last ticked."""
    return session.get(SweeperRow, ONLY_SWEEPER)


def locked_sweeper(session: Session) -> SweeperRow | None:
    """Return the same, held until the transaction ends."""
    return session.get(SweeperRow, ONLY_SWEEPER, with_for_update=True)


def accommodation(session: Session, learner_id: str, now: datetime) -> AccommodationRow | None:
    """Return what a person was granted and is valid now."""
    return valid(accommodations_of(session, {learner_id}).get(learner_id, ()), now)


def accommodations_of(session: Session, learner_ids: Collection[str]) -> dict[str, list[AccommodationRow]]:
    """Return all that people were granted, by person, the newest first."""
    found: dict[str, list[AccommodationRow]] = defaultdict(list)
    for row in session.scalars(
        select(AccommodationRow)
        .where(AccommodationRow.learner_id.in_(learner_ids))
        .order_by(AccommodationRow.granted_at.desc(), AccommodationRow.id.desc())
    ):
        found[row.learner_id].append(row)
    return found


def valid(rows: Sequence[AccommodationRow], now: datetime) -> AccommodationRow | None:
    """Return what counts now of all that a person was granted, the newest first: the last, if it is valid."""
    newest = next((row for row in rows if row.granted_at <= now), None)
    return newest if newest and (newest.valid_to is None or now < newest.valid_to) else None


def voided_of(session: Session, attempts: Sequence[str]) -> frozenset[str]:
    """Return which attempts were voided."""
    wanted = select(AttemptRow.id).where(AttemptRow.id.in_(attempts), AttemptRow.voided_at.is_not(None))
    return frozenset(session.scalars(wanted))


def open_attempts(session: Session, learner_id: str) -> Sequence[AttemptRow]:
    """Return the attempts of a person that have begun and go on, locked."""
    return session.scalars(
        select(AttemptRow)
        .where(AttemptRow.learner_id == learner_id, AttemptRow.state.in_(("in_progress", "paused")))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def outage_ms(session: Session, begin: datetime, end: datetime) -> int:
    """Return how many milliseconds between two moments the server was away."""
    rows = session.scalars(select(OutageRow).where(OutageRow.started_at < end, OutageRow.ended_at > begin))
    total = sum((min(row.ended_at, end) - max(row.started_at, begin) for row in rows), timedelta())
    return total // timedelta(milliseconds=1)
