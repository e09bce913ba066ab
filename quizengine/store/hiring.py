"""Queries on an organisation and its people. The session comes in; nothing commits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from quizengine.errors import NotFoundError
from quizengine.store.hiring_rows import (
    AuditRow,
    OrganisationRow,
    StaffLinkRow,
    StaffRow,
    StaffSessionRow,
    TryRow,
)


def has_organisation(session: Session) -> bool:
    """Whether any organisation is there."""
    return session.scalar(select(OrganisationRow.id).limit(1)) is not None


def organisation_name(session: Session, organisation_id: str) -> str:
    """Return what an organisation is called."""
    return session.get_one(OrganisationRow, organisation_id).name


def staff_by_email(session: Session, email: str) -> StaffRow | None:
    """Return the member of staff with this address, whatever its case."""
    return session.scalar(select(StaffRow).where(StaffRow.email == email.lower()))


def staff_of(session: Session, organisation_id: str) -> Sequence[StaffRow]:
    """Return an organisation's people, by name."""
    return session.scalars(
        select(StaffRow).where(StaffRow.organisation_id == organisation_id).order_by(StaffRow.name)
    ).all()


def find_staff(session: Session, staff_id: str, organisation_id: str) -> StaffRow:
    """Return one of an organisation's people.

    Raises
    ------
    NotFoundError
        If there is none; one of another organisation looks the same.
    """
    found = session.get(StaffRow, staff_id)
    if found is None or found.organisation_id != organisation_id:
        raise NotFoundError("There is no such person here.")
    return found


def take_link(session: Session, token_hash: str, *, now: datetime) -> str | None:
    """Use a link up and return whose it is; None if it was used, has run out or is not known."""
    return session.scalar(
        update(StaffLinkRow)
        .where(
            StaffLinkRow.token_hash == token_hash,
            StaffLinkRow.used_at.is_(None),
            StaffLinkRow.expires_at > now,
        )
        .values(used_at=now)
        .returning(StaffLinkRow.staff_id)
    )


def link_owner(session: Session, token_hash: str, *, now: datetime) -> StaffRow | None:
    """Return whose link this is, if it can still be used."""
    return session.scalar(
        select(StaffRow)
        .join(StaffLinkRow, StaffLinkRow.staff_id == StaffRow.id)
        .where(
            StaffLinkRow.token_hash == token_hash,
            StaffLinkRow.used_at.is_(None),
            StaffLinkRow.expires_at > now,
            StaffRow.disabled_at.is_(None),
        )
    )


def end_links(session: Session, staff_id: str, *, now: datetime) -> None:
    """End the links of somebody that were not used yet."""
    session.execute(
        update(StaffLinkRow)
        .where(StaffLinkRow.staff_id == staff_id, StaffLinkRow.used_at.is_(None))
        .values(used_at=now)
    )


def end_sessions(session: Session, staff_id: str) -> None:
    """Sign somebody out everywhere."""
    session.execute(delete(StaffSessionRow).where(StaffSessionRow.staff_id == staff_id))


def count_tries(session: Session, what: str, *, since: datetime) -> int:
    """Return how many tries were made since a moment."""
    counted = select(func.count()).select_from(TryRow).where(TryRow.what == what, TryRow.at > since)
    return session.scalar(counted) or 0


def forget_tries_at(session: Session, what: str) -> None:
    """Take away the tries at one thing."""
    session.execute(delete(TryRow).where(TryRow.what == what))


def forget_tries(session: Session, *, before: datetime) -> None:
    """Take away tries that count no more."""
    session.execute(delete(TryRow).where(TryRow.at < before))


def audit_rows(session: Session, organisation_id: str) -> Sequence[AuditRow]:
    """Return an organisation's audit chain, in order."""
    return session.scalars(
        select(AuditRow).where(AuditRow.organisation_id == organisation_id).order_by(AuditRow.n)
    ).all()


def lock_organisation(session: Session, organisation_id: str) -> OrganisationRow:
    """Return an organisation's row, held until the transaction ends: its audit chain has one writer."""
    return session.get_one(OrganisationRow, organisation_id, with_for_update={"key_share": True})
