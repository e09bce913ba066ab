"""The tables of what people say about a result: reviews by staff, words of candidates."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from quizengine.store.rows import Base, one_of

MESSAGE_KINDS = ("comment", "review")


class ReviewRow(Base):
    """What a reviewer makes of a result. Appended; the last one of a reviewer counts.

    ``agreements`` has ``agree`` or ``disagree`` by skill. ``independent`` says whether it was written
    without the others in sight.
    """

    __tablename__ = "reviews"

    id: Mapped[int] = mapped_column(primary_key=True)
    invitation_id: Mapped[str] = mapped_column(ForeignKey("invitations.id"), index=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    agreements: Mapped[dict[str, Any]]
    text: Mapped[str]
    independent: Mapped[bool]
    evidence_hash: Mapped[str]
    at: Mapped[datetime]


class MessageRow(Base):
    """What a candidate wrote after their test: a comment, or that a person shall look at the result."""

    __tablename__ = "candidate_messages"
    __table_args__ = (CheckConstraint(one_of("kind", MESSAGE_KINDS), name="known_message"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    invitation_id: Mapped[str] = mapped_column(ForeignKey("invitations.id"), index=True)
    kind: Mapped[str]
    text: Mapped[str]
    at: Mapped[datetime]
    answer: Mapped[str] = mapped_column(default="")
    answered_by: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    answered_at: Mapped[datetime | None]
