"""Queries for who watches a screen: a few for all its people, none for each. Nothing commits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, load_only

from quizengine.store.attempt_rows import InterventionRow, QuestionReportRow, TimeCreditRow
from quizengine.store.hiring_rows import CandidateRow, InvitationRow, OutboxRow, StaffRow
from quizengine.store.rows import AttemptRow, DraftRow, SlotRow


@dataclass(slots=True)
class Counts:
    """What happened in one attempt, in numbers. ``saved_at`` is of the newest draft or answer."""

    answered: int = 0
    number: int = 0
    unreadable: int = 0
    reports: int = 0
    saved_at: datetime | None = None
    added: Counter[str] = field(default_factory=Counter)


def people(
    session: Session, screen_id: str, invitation_id: str | None = None
) -> Sequence[tuple[InvitationRow, CandidateRow, AttemptRow | None]]:
    """Return a screen's invitations with candidates and attempts, in the order of the codes."""
    query = (
        select(InvitationRow, CandidateRow, AttemptRow)
        .join(CandidateRow, CandidateRow.id == InvitationRow.candidate_id)
        .outerjoin(AttemptRow, AttemptRow.id == InvitationRow.attempt_id)
        .where(InvitationRow.screen_id == screen_id)
        .order_by(InvitationRow.code)
        # The page is asked for every ten seconds: it reads what it shows.
        .options(
            load_only(InvitationRow.id, InvitationRow.code, InvitationRow.state, InvitationRow.attempt_id),
            load_only(CandidateRow.name, CandidateRow.email),
            load_only(
                AttemptRow.id, AttemptRow.state, AttemptRow.started_at, AttemptRow.finished_at,
                AttemptRow.paused_at, AttemptRow.deadline_at, AttemptRow.shut_at, AttemptRow.last_contact_at,
                AttemptRow.voided_at, AttemptRow.multiplier_percent, AttemptRow.untimed,
                AttemptRow.may_pause,
            ),
        )
    )  # fmt: skip
    if invitation_id:
        query = query.where(InvitationRow.id == invitation_id)
    return [(row[0], row[1], row[2]) for row in session.execute(query)]


def counts(session: Session, screen_id: str) -> dict[str, Counts]:
    """Return what happened in each attempt of a screen, by the attempt's id."""
    ours = select(InvitationRow.attempt_id).where(
        InvitationRow.screen_id == screen_id, InvitationRow.attempt_id.is_not(None)
    )
    found: dict[str, Counts] = {}
    for attempt, answered, number, unreadable, at in _of_slots(session, ours):
        found[attempt] = Counts(answered, number, unreadable or 0, saved_at=at)
    drafts = (
        select(SlotRow.attempt_id, func.max(DraftRow.saved_at))
        .join(DraftRow, DraftRow.slot_id == SlotRow.id)
        .where(SlotRow.attempt_id.in_(ours))
        .group_by(SlotRow.attempt_id)
    )
    for attempt, at in session.execute(drafts):
        known = found[attempt]
        known.saved_at = max(known.saved_at or at, at)
    added = (
        select(TimeCreditRow.attempt_id, TimeCreditRow.kind, func.sum(TimeCreditRow.milliseconds))
        .where(TimeCreditRow.attempt_id.in_(ours))
        .group_by(TimeCreditRow.attempt_id, TimeCreditRow.kind)
    )
    for attempt, kind, total in session.execute(added):
        found[attempt].added[kind] = int(total)
    reports = (
        select(QuestionReportRow.attempt_id, func.count())
        .where(QuestionReportRow.attempt_id.in_(ours))
        .group_by(QuestionReportRow.attempt_id)
    )
    for attempt, number in session.execute(reports):
        found[attempt].reports = number
    return found


def _of_slots(session: Session, ours: Any) -> Iterator[tuple[str, int, int, int | None, datetime | None]]:
    counted = (
        select(
            SlotRow.attempt_id,
            func.count(SlotRow.committed_at),
            func.max(SlotRow.number),
            func.sum(SlotRow.unreadable),
            func.max(SlotRow.committed_at),
        )
        .where(SlotRow.attempt_id.in_(ours))
        .group_by(SlotRow.attempt_id)
    )
    for row in session.execute(counted):
        yield row[0], row[1], row[2], row[3], row[4]


def undelivered(session: Session, screen_id: str) -> frozenset[str]:
    """Return the ids of a screen's invitations of which a letter was given up."""
    return frozenset(
        session.scalars(
            select(InvitationRow.id)
            .join(OutboxRow, OutboxRow.invitation_id == InvitationRow.id)
            .where(InvitationRow.screen_id == screen_id, OutboxRow.state == "failed")
        )
    )


def interventions(session: Session, attempt_id: str) -> Sequence[InterventionRow]:
    """Return what staff did to an attempt, in order."""
    return session.scalars(
        select(InterventionRow).where(InterventionRow.attempt_id == attempt_id).order_by(InterventionRow.id)
    ).all()


def staff_names(session: Session, organisation_id: str) -> dict[str, str]:
    """Return what each of an organisation's people is called, by their id."""
    rows = session.execute(
        select(StaffRow.id, StaffRow.name).where(StaffRow.organisation_id == organisation_id)
    )
    return {row[0]: row[1] for row in rows}
