"""Rows that two may write at the same moment: the dialect's own INSERT with what is done on a conflict."""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from quizengine.store.rows import Base

Insert = postgresql.Insert | sqlite.Insert


def insert(session: Session, kind: type[Base]) -> Insert:
    """Return an INSERT into a table that can say what is done where the row is there already."""
    if session.get_bind().dialect.name == "postgresql":
        return postgresql.insert(kind)
    return sqlite.insert(kind)


def keep_once(session: Session, kind: type[Base], key: str, **columns: Any) -> None:
    """Store a row under the hash of its content, unless it is there: whoever was first wrote the same."""
    if session.get(kind, key) is None:
        # Another may have written it meanwhile; on PostgreSQL it is not seen before they commit.
        session.execute(insert(session, kind).values(**columns).on_conflict_do_nothing())
