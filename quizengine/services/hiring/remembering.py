"""Results that were computed before: kept in memory under all that they are made of, and never stored."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from threading import Lock

from sqlalchemy.orm import Session

from quizengine.model.result import Result
from quizengine.store import listing
from quizengine.store.hiring_rows import InvitationRow, ScreenRow

#: Results that are kept; each takes some kilobytes.
MOST = 4096
_KNOWN: dict[Hashable, Result] = {}
_LOCK = Lock()


def keys_of(session: Session, screen: ScreenRow, rows: Sequence[InvitationRow]) -> list[Hashable]:
    """Return what the results of invitations hang on, in a few queries for all of them.

    A grade that is added or changed, time that is given, a fact about the attempt: each makes another key.
    """
    evidence = listing.evidence_keys(session, [str(row.attempt_id) for row in rows])
    return [(screen.profile_id, row.id, row.code, evidence.get(str(row.attempt_id), ())) for row in rows]


def known(key: Hashable) -> Result | None:
    """Return the result that was kept under a key."""
    return _KNOWN.get(key)


def keep(key: Hashable, told: Result) -> Result:
    """Keep a result under its key; the oldest one goes where there are too many."""
    with _LOCK:
        while len(_KNOWN) >= MOST:
            del _KNOWN[next(iter(_KNOWN))]
        _KNOWN[key] = told
    return told
