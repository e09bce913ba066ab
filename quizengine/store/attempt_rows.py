"""The tables of the attempt contract: what happened, the time that was given, what found no place."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from quizengine.store.rows import Base, one_of

CREDIT_KINDS = ("outage", "connection", "grant", "pause")
INTEGRITY_KINDS = (
    "blur", "focus", "paste", "copy", "offline", "takeover", "address_changed", "resize", "more",
)  # fmt: skip
INTERVENTIONS = ("add_time", "pause", "resume", "void", "send_code")


class AttemptEventRow(Base):
    """One thing that happened in an attempt. Appended only; each row holds the hash of the one before.

    ``salt`` opens the seal that stands in the hash for what not everybody may read.
    """

    __tablename__ = "attempt_events"

    attempt_id: Mapped[str] = mapped_column(ForeignKey("attempts.id"), primary_key=True)
    n: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    data: Mapped[dict[str, Any]]
    at: Mapped[datetime]
    previous_hash: Mapped[str]
    hash: Mapped[str]
    salt: Mapped[str | None]


class OutageRow(Base):
    """A time in which this server did not serve, or its clock leapt."""

    __tablename__ = "outages"

    id: Mapped[int] = mapped_column(primary_key=True)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    cause: Mapped[str]


class TimeCreditRow(Base):
    """Time that was added to an attempt, why, and by whom. Appended only: their sum is what counts."""

    __tablename__ = "time_credits"
    __table_args__ = (
        UniqueConstraint("attempt_id", "n"),
        # An outage is credited once, however many look for it.
        UniqueConstraint("attempt_id", "outage_id"),
        CheckConstraint(one_of("kind", CREDIT_KINDS), name="known_credit"),
        CheckConstraint("milliseconds >= 0", name="no_time_is_taken"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[str] = mapped_column(ForeignKey("attempts.id"))
    n: Mapped[int]
    kind: Mapped[str]
    # A pause of a month has more milliseconds than 32 bits hold.
    milliseconds: Mapped[int] = mapped_column(BigInteger)
    outage_id: Mapped[int | None] = mapped_column(ForeignKey("outages.id"))
    reason: Mapped[str] = mapped_column(default="")
    author: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime]


class SweeperRow(Base):
    """Who sweeps, and the last tick. Without this row nobody claims that the server was up."""

    __tablename__ = "sweeper"

    id: Mapped[int] = mapped_column(primary_key=True)
    holder: Mapped[str]
    ticked_at: Mapped[datetime]
    monotonic: Mapped[float]
    swept_at: Mapped[datetime | None]


class OrphanDraftRow(Base):
    """A text that came too late, or from a page that lost its turn: kept to be found, never graded."""

    __tablename__ = "orphan_drafts"
    __table_args__ = (Index("orphans_of_attempt", "attempt_id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    attempt_id: Mapped[str] = mapped_column(ForeignKey("attempts.id"))
    slot_id: Mapped[str] = mapped_column(ForeignKey("slots.id"))
    reason: Mapped[str]
    answers: Mapped[dict[str, Any]]
    at: Mapped[datetime]


class AccommodationRow(Base):
    """What a person was granted; the newest that is valid counts, for each of their attempts."""

    __tablename__ = "accommodations"
    __table_args__ = (
        CheckConstraint("multiplier_percent BETWEEN 100 AND 300", name="multiplier_in_range"),
        Index("accommodations_of_learner", "learner_id", "granted_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    learner_id: Mapped[str] = mapped_column(ForeignKey("learners.id"))
    multiplier_percent: Mapped[int] = mapped_column(default=100)
    untimed: Mapped[bool] = mapped_column(default=False)
    breaks: Mapped[bool] = mapped_column(default=False)
    large_print: Mapped[bool] = mapped_column(default=False)
    reader_mode: Mapped[bool] = mapped_column(default=False)
    integrity_off: Mapped[list[Any]] = mapped_column(default=list)
    note: Mapped[str] = mapped_column(default="")
    granted_by: Mapped[str]
    granted_at: Mapped[datetime]
    valid_to: Mapped[datetime | None]


class IntegrityEventRow(Base):
    """What a page saw beside the answers. Told to the person, never scored, deleted after 90 days.

    Nothing but its own service and pages reads this table, so it can be emptied at any time.
    """

    __tablename__ = "integrity_events"
    __table_args__ = (
        CheckConstraint(one_of("kind", INTEGRITY_KINDS), name="known_integrity_event"),
        Index("integrity_of_attempt", "attempt_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[str] = mapped_column(ForeignKey("attempts.id"))
    kind: Mapped[str]
    milliseconds: Mapped[int] = mapped_column(default=0)
    characters: Mapped[int] = mapped_column(default=0)
    times: Mapped[int] = mapped_column(default=1)
    at: Mapped[datetime]


class NetworkRow(Base):
    """From which network an attempt was last written, as a keyed hash; kept for 30 days."""

    __tablename__ = "networks"

    attempt_id: Mapped[str] = mapped_column(ForeignKey("attempts.id"), primary_key=True)
    hash: Mapped[str]
    seen_at: Mapped[datetime]


class QuestionReportRow(Base):
    """Something that a person says is wrong with a question that they were shown."""

    __tablename__ = "question_reports"

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[str] = mapped_column(ForeignKey("attempts.id"), index=True)
    slot_id: Mapped[str] = mapped_column(ForeignKey("slots.id"))
    note: Mapped[str]
    at: Mapped[datetime]


class InterventionRow(Base):
    """What somebody of the staff did to an attempt, and why; the person reads ``note`` on their page."""

    __tablename__ = "interventions"
    __table_args__ = (CheckConstraint(one_of("act", INTERVENTIONS), name="known_intervention"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[str] = mapped_column(ForeignKey("attempts.id"), index=True)
    act: Mapped[str]
    reason: Mapped[str]
    note: Mapped[str]
    minutes: Mapped[int] = mapped_column(default=0)
    staff_id: Mapped[str]
    at: Mapped[datetime]
