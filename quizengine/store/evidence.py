"""Queries on the evidence behind decisions, and on what was recomputed. Nothing here commits."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from quizengine.store.evidence_rows import EvidenceRow, RecomputedRow
from quizengine.store.once import keep_once


def keep_evidence(session: Session, hash_: str, content: Mapping[str, Any]) -> None:
    """Store a result under its hash, once."""
    keep_once(session, EvidenceRow, hash_, hash=hash_, content=dict(content))


def evidence_of(session: Session, hashes: Collection[str]) -> dict[str, Mapping[str, Any]]:
    """Return the results that were stored under these hashes."""
    rows = session.scalars(select(EvidenceRow).where(EvidenceRow.hash.in_(hashes)))
    return {row.hash: row.content for row in rows}


def recomputed_of(session: Session, attempt_id: str) -> Sequence[RecomputedRow]:
    """Return what was recomputed of an attempt, the oldest first."""
    return session.scalars(
        select(RecomputedRow).where(RecomputedRow.attempt_id == attempt_id).order_by(RecomputedRow.id)
    ).all()
