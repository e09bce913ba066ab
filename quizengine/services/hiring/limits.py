"""Limits that must hold across processes and restarts: tries are counted in the database."""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy.orm import Session

from quizengine.errors import SlowDownError
from quizengine.store import hiring
from quizengine.store.hiring_rows import TryRow

WINDOW = timedelta(minutes=15)
DAY = timedelta(days=1)


def count(
    session: Session, what: str, key: str, *, most: int, now: datetime, window: timedelta = WINDOW
) -> None:
    """Count one try at ``what`` for a key, such as an address.

    Raises
    ------
    SlowDownError
        If there were ``most`` in the window already; nothing is counted then, so that waiting helps.
    """
    hashed = sha256(f"{what}|{key}".encode()).hexdigest()
    if hiring.count_tries(session, hashed, since=now - window) >= most:
        raise SlowDownError(
            f"Too many tries. Wait {int(window.total_seconds()) // 60} minutes, then try again."
        )
    session.add(TryRow(what=hashed, at=now))
    hiring.forget_tries(session, before=now - DAY)
