"""The tables. What a person gave and what they were told is appended, never changed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    CheckConstraint,
    DateTime,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import TypeDecorator

from quizengine.model.attempt import KINDS, STATES
from quizengine.model.grade import VERDICTS

PRINTS = ("sheet", "key")
ENTERED = ("typed", "marked-self", "marked-by")
SLOT_STATES = ("open", "committed", "unreadable_at_end", "withdrawn")


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC. SQLite drops the zone, so it is put back; a naive time is refused."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store UTC without its zone."""
        if value is not None and value.tzinfo is None:
            raise ValueError(f"a time without a zone cannot be stored: {value}")
        return value.astimezone(UTC).replace(tzinfo=None) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Put the zone back."""
        return value.replace(tzinfo=UTC) if value else None


class Base(DeclarativeBase):
    """Every table of ours."""

    type_annotation_map: ClassVar = {datetime: UtcDateTime(), dict[str, Any]: JSON(), list[Any]: JSON()}


def one_of(column: str, values: tuple[str, ...]) -> str:
    """Return the condition that a column holds one of these words."""
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class LearnerRow(Base):
    """A person who learns. A guest is one without an account; ``resume_hash`` is their link's."""

    __tablename__ = "learners"

    id: Mapped[str] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]
    resume_hash: Mapped[str] = mapped_column(unique=True)
    decimal: Mapped[str] = mapped_column(default="point")


class RoadmapRow(Base):
    """A roadmap as it stood when an attempt began, by the hash of its content."""

    __tablename__ = "roadmaps"

    digest: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[dict[str, Any]]


class PanelRow(Base):
    """The databases that SQL answers are judged on, by the hash of their content."""

    __tablename__ = "panels"

    digest: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[dict[str, Any]]


class AttemptRow(Base):
    """One sitting: a diagnostic, the practice of one skill, a screening.

    ``planned`` holds the questions of a fixed form, in order; an adaptive sitting has none. ``base_ms``
    is the time for everybody, ``deadline_at`` what became of it (None: no clock runs). Nobody starts after
    ``closes_at``; with ``hard_close`` nobody goes on after it but for extra time, and ``shut_at`` is when
    that ends where somebody closed it over an attempt that goes on, before its deadline. The one page that
    may write holds the lease: its secret is stored hashed, ``epoch`` counts how often it moved.
    """

    __tablename__ = "attempts"
    __table_args__ = (
        CheckConstraint(one_of("state", STATES), name="known_state"),
        CheckConstraint(one_of("kind", KINDS), name="known_kind"),
        Index("attempts_of_learner", "learner_id", "kind", "created_at"),
        Index("attempts_by_state", "state", "deadline_at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    learner_id: Mapped[str] = mapped_column(ForeignKey("learners.id"))
    kind: Mapped[str]
    state: Mapped[str]
    role: Mapped[str]
    skill: Mapped[str] = mapped_column(default="")
    hours_a_week: Mapped[float] = mapped_column(default=6.0)
    self_rating: Mapped[dict[str, Any]] = mapped_column(default=dict)
    roadmap_digest: Mapped[str] = mapped_column(ForeignKey("roadmaps.digest"))
    bank_digest: Mapped[str]
    engine_version: Mapped[str]
    seed: Mapped[int]
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    stopped: Mapped[str] = mapped_column(default="")
    planned: Mapped[list[Any]] = mapped_column(default=list)
    base_ms: Mapped[int | None]
    multiplier_percent: Mapped[int] = mapped_column(default=100)
    untimed: Mapped[bool] = mapped_column(default=False)
    may_pause: Mapped[bool] = mapped_column(default=False)
    #: Whether that is so for everybody who takes it, which tells nothing of the person.
    pauses_for_all: Mapped[bool] = mapped_column(default=False)
    closes_at: Mapped[datetime | None]
    hard_close: Mapped[bool] = mapped_column(default=False)
    shut_at: Mapped[datetime | None]
    deadline_at: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]
    last_contact_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(default=0)
    epoch: Mapped[int] = mapped_column(default=0)
    lease_hash: Mapped[str | None]
    lease_device: Mapped[str | None]
    lease_tab: Mapped[str | None]
    continues: Mapped[str | None]
    #: When somebody took its figures away, for a reason that stands among the interventions.
    voided_at: Mapped[datetime | None]

    slots: Mapped[list[SlotRow]] = relationship(back_populates="attempt", order_by="SlotRow.number")


class SlotRow(Base):
    """One question of one attempt, with its exact values as they were shown."""

    __tablename__ = "slots"
    __table_args__ = (
        UniqueConstraint("attempt_id", "number"),
        CheckConstraint(one_of("state", SLOT_STATES), name="known_slot_state"),
        # An adaptive attempt waits on one question; two tabs cannot open two.
        Index(
            "one_open_slot",
            "attempt_id",
            unique=True,
            sqlite_where=text("committed_at IS NULL"),
            postgresql_where=text("committed_at IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    attempt_id: Mapped[str] = mapped_column(ForeignKey("attempts.id"))
    number: Mapped[int]
    question_id: Mapped[str] = mapped_column(index=True)
    identity: Mapped[str]
    variant: Mapped[dict[str, Any]]
    shown_at: Mapped[datetime]
    committed_at: Mapped[datetime | None]
    unreadable: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(default="open")
    #: When what was typed was first kept, and how often: for the timeline of a result.
    first_saved_at: Mapped[datetime | None]
    saves: Mapped[int] = mapped_column(default=0)

    attempt: Mapped[AttemptRow] = relationship(back_populates="slots")
    draft: Mapped[DraftRow | None] = relationship(back_populates="slot")
    response: Mapped[ResponseRow | None] = relationship(back_populates="slot")


class DraftRow(Base):
    """What stands in the form and has not been given yet; the newest ``seq`` wins."""

    __tablename__ = "drafts"

    slot_id: Mapped[str] = mapped_column(ForeignKey("slots.id"), primary_key=True)
    seq: Mapped[int]
    answers: Mapped[dict[str, Any]]
    decimal: Mapped[str] = mapped_column(default="point")
    saved_at: Mapped[datetime]

    slot: Mapped[SlotRow] = relationship(back_populates="draft")


class ResponseRow(Base):
    """What the person gave: the raw texts. Appended once, never changed.

    ``salt`` opens the seal of the texts in the attempt's chain; it goes when they are erased.
    """

    __tablename__ = "responses"

    id: Mapped[int] = mapped_column(primary_key=True)
    slot_id: Mapped[str] = mapped_column(ForeignKey("slots.id"), unique=True)
    answers: Mapped[dict[str, Any]]
    dont_know: Mapped[bool]
    decimal: Mapped[str]
    milliseconds: Mapped[int]
    given_at: Mapped[datetime]
    idempotency_key: Mapped[str] = mapped_column(default="")
    salt: Mapped[str | None]

    slot: Mapped[SlotRow] = relationship(back_populates="response")
    grades: Mapped[list[GradeRow]] = relationship(back_populates="response", order_by="GradeRow.id")


class GradeRow(Base):
    """A grade as it was told. Regrading appends another; the last one counts.

    ``judged_by`` is the variant that it was judged by where that is not the one that was shown: the same
    question with its key put right.
    """

    __tablename__ = "grades"
    __table_args__ = (
        CheckConstraint(one_of("verdict", VERDICTS), name="known_verdict"),
        CheckConstraint("score BETWEEN 0 AND 1", name="score_in_unit_interval"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    response_id: Mapped[int] = mapped_column(ForeignKey("responses.id"), index=True)
    verdict: Mapped[str]
    score: Mapped[float]
    rule: Mapped[str]
    read_as: Mapped[str]
    misconception: Mapped[str | None]
    feedback: Mapped[str]
    hint: Mapped[str]
    engine_version: Mapped[str]
    graded_at: Mapped[datetime]
    judged_by: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))

    response: Mapped[ResponseRow] = relationship(back_populates="grades")


class ReportRow(Base):
    """What a finished diagnostic told: kept so that ``verify`` can compare, never used as a score."""

    __tablename__ = "reports"

    id: Mapped[str] = mapped_column(primary_key=True)
    attempt_id: Mapped[str] = mapped_column(ForeignKey("attempts.id"), unique=True)
    made_at: Mapped[datetime]
    told: Mapped[list[Any]]


class PlanRow(Base):
    """How a person set the plan of a report: hours, start, free weeks, what is known or put off."""

    __tablename__ = "plans"

    report_id: Mapped[str] = mapped_column(ForeignKey("reports.id"), primary_key=True)
    settings: Mapped[dict[str, Any]]
    changed_at: Mapped[datetime]


class SheetRunRow(Base):
    """What was printed at one time: the wish, and what was told of the choice.

    ``forms`` has the ids of each form's questions, so that a run that was interrupted goes on as it began.
    ``learner_id`` is whose sheets they are; None where they were printed at the command line for nobody.
    """

    __tablename__ = "sheet_runs"
    __table_args__ = (Index("sheet_runs_of_learner", "learner_id", "created_at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    learner_id: Mapped[str | None] = mapped_column(ForeignKey("learners.id"))
    title: Mapped[str]
    wish: Mapped[dict[str, Any]]
    forms: Mapped[list[Any]]
    total: Mapped[int]
    minutes: Mapped[int]
    notes: Mapped[list[Any]]
    bank_digest: Mapped[str]
    engine_version: Mapped[str]
    created_at: Mapped[datetime]
    #: When a process last worked on it: one that has died is told by a moment long ago.
    worked_at: Mapped[datetime | None]
    failed: Mapped[str] = mapped_column(default="")

    sheets: Mapped[list[SheetRow]] = relationship(back_populates="run", order_by="SheetRow.number")


class SheetRow(Base):
    """One copy on paper. Its code is printed on it."""

    __tablename__ = "sheets"
    __table_args__ = (UniqueConstraint("run_id", "number"),)

    code: Mapped[str] = mapped_column(primary_key=True)
    run_id: Mapped[str] = mapped_column(ForeignKey("sheet_runs.id"))
    number: Mapped[int]
    form: Mapped[str]
    name: Mapped[str] = mapped_column(default="")
    title: Mapped[str]
    paper: Mapped[str]
    large_print: Mapped[bool]
    minutes: Mapped[int]
    skills: Mapped[dict[str, Any]]
    made_at: Mapped[datetime]
    #: Since when others who have the code may enter answers of their own; None while they may not.
    shared_at: Mapped[datetime | None]

    run: Mapped[SheetRunRow] = relationship(back_populates="sheets")
    items: Mapped[list[SheetItemRow]] = relationship(back_populates="sheet", order_by="SheetItemRow.number")
    prints: Mapped[list[SheetPrintRow]] = relationship(back_populates="sheet")


class SheetItemRow(Base):
    """One question of a sheet, with its exact values as they were printed."""

    __tablename__ = "sheet_items"

    code: Mapped[str] = mapped_column(ForeignKey("sheets.code"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[str] = mapped_column(index=True)
    identity: Mapped[str]
    marks: Mapped[int]
    variant: Mapped[dict[str, Any]]

    sheet: Mapped[SheetRow] = relationship(back_populates="items")


class SheetPrintRow(Base):
    """The bytes of a sheet, or of its key, as they were first set: a reprint is these."""

    __tablename__ = "sheet_prints"
    __table_args__ = (CheckConstraint(one_of("kind", PRINTS), name="known_print"),)

    code: Mapped[str] = mapped_column(ForeignKey("sheets.code"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    sha256: Mapped[str]
    pdf: Mapped[bytes] = mapped_column(deferred=True)
    made_at: Mapped[datetime]

    sheet: Mapped[SheetRow] = relationship(back_populates="prints")


class SheetMarkRow(Base):
    """What stood at a question of a sheet, and who entered it. Appended; the last one of a learner counts.

    ``how`` is typed, marked-self or marked-by. Without a verdict it is no evidence: not reached.
    ``learner_id`` is for whom it was entered: whose sheet it is, or who shares it. ``is_own`` says whether
    the answers are theirs.
    """

    __tablename__ = "sheet_marks"
    __table_args__ = (
        CheckConstraint(one_of("how", ENTERED), name="known_how"),
        CheckConstraint(f"verdict IS NULL OR {one_of('verdict', VERDICTS)}", name="known_mark"),
        CheckConstraint("score BETWEEN 0 AND 1", name="mark_in_unit_interval"),
        ForeignKeyConstraint(["code", "number"], ["sheet_items.code", "sheet_items.number"]),
        Index("sheet_marks_of_item", "code", "number"),
        Index("sheet_marks_of_learner", "learner_id", "code", "number"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(ForeignKey("sheets.code"))
    number: Mapped[int]
    how: Mapped[str]
    is_own: Mapped[bool]
    learner_id: Mapped[str | None] = mapped_column(ForeignKey("learners.id"))
    entered_by: Mapped[str | None] = mapped_column(ForeignKey("learners.id"))
    entered_at: Mapped[datetime]
    answers: Mapped[dict[str, Any]]
    dont_know: Mapped[bool]
    decimal: Mapped[str]
    verdict: Mapped[str | None]
    score: Mapped[float]
    rule: Mapped[str]
    read_as: Mapped[str]
    misconception: Mapped[str | None]
    feedback: Mapped[str]
    engine_version: Mapped[str]
