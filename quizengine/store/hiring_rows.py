"""The tables of the hiring side. Each row belongs to an organisation; a query that forgets it is a fault."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from quizengine.store.rows import Base


class OrganisationRow(Base):
    """An employer. ``audit_head`` is the hash of its newest audit row: writers queue up on this row."""

    __tablename__ = "organisations"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    created_at: Mapped[datetime]
    audit_count: Mapped[int] = mapped_column(default=0)
    audit_head: Mapped[str] = mapped_column(default="")


class StaffRow(Base):
    """Somebody who works for an organisation. Without a password they have not used their link yet."""

    __tablename__ = "staff"

    id: Mapped[str] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"), index=True)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str | None]
    roles: Mapped[list[Any]]
    grants: Mapped[list[Any]] = mapped_column(default=list)
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class StaffLinkRow(Base):
    """A link, good once, with which somebody sets their password. Its token is stored hashed."""

    __tablename__ = "staff_links"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), index=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class StaffSessionRow(Base):
    """A browser in which somebody is signed in."""

    __tablename__ = "staff_sessions"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), index=True)
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class TryRow(Base):
    """A try at something that is limited, such as a password; ``what`` is hashed."""

    __tablename__ = "tries"
    __table_args__ = (Index("tries_of", "what", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    what: Mapped[str]
    at: Mapped[datetime]


class AuditRow(Base):
    """One act in an organisation, chained to the one before it.

    ``data`` holds ids, numbers and words of ours. What a person wrote stands in ``note`` and is in the
    chain as a salted hash alone, so that it can be erased and the chain stays whole.
    """

    __tablename__ = "audit"
    __table_args__ = (UniqueConstraint("organisation_id", "n"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"))
    n: Mapped[int]
    at: Mapped[datetime]
    actor: Mapped[str]
    act: Mapped[str]
    data: Mapped[dict[str, Any]]
    salt: Mapped[str | None]
    note: Mapped[str | None]
    note_hash: Mapped[str]
    hash: Mapped[str]
