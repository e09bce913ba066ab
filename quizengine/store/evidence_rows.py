"""The tables of what decisions rest on, and of what became of it when answers were judged again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from quizengine.store.rows import Base


class EvidenceRow(Base):
    """A result as it stood when somebody decided on it, under the hash that the decision names.

    Figures, ids and a code; nothing of who the person is.
    """

    __tablename__ = "evidence"

    hash: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[dict[str, Any]]


class ComputedRow(Base):
    """A result as it was last computed, under the hash of all that it was made of: for lists and tables.

    Where the hash is another by now, nobody reads the content. It can be emptied at any time. Figures, ids
    and a code; it goes when the person is forgotten, like everything else that was made of what they gave,
    and of somebody who was erased it is never kept again.
    """

    __tablename__ = "computed_results"

    attempt_id: Mapped[str] = mapped_column(ForeignKey("attempts.id"), primary_key=True)
    key: Mapped[str]
    engine_version: Mapped[str]
    content: Mapped[str]


class RecomputedRow(Base):
    """A finished attempt of which an answer was judged again, or whose question was withdrawn, or restored.

    With what was told before and after. Appended only. ``by`` is who let it be done.
    """

    __tablename__ = "recomputed"

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[str] = mapped_column(ForeignKey("attempts.id"), index=True)
    question_id: Mapped[str]
    kind: Mapped[str] = mapped_column(default="regraded")
    at: Mapped[datetime]
    by: Mapped[str]
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]


class WithdrawalRow(Base):
    """A question that no new form of a screen has and no result rests on, until that is undone."""

    __tablename__ = "withdrawals"

    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[str] = mapped_column(index=True)
    reason: Mapped[str]
    by: Mapped[str]
    at: Mapped[datetime]
    undone_by: Mapped[str | None]
    undone_at: Mapped[datetime | None]
