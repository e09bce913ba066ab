"""Who learns: guests, and the link with which they come back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from secrets import token_urlsafe

from quizengine.errors import NotFoundError
from quizengine.services.runtime import Runtime, new_id
from quizengine.store import attempts
from quizengine.store.rows import LearnerRow


@dataclass(frozen=True, slots=True)
class Guest:
    """A new learner. ``token`` is the secret of the resume link; only its hash is stored."""

    id: str
    token: str


def new_guest(runtime: Runtime, *, now: datetime) -> Guest:
    """Make a learner without an account."""
    guest = Guest(new_id(), token_urlsafe(24))
    with runtime.transaction() as session:
        session.add(LearnerRow(id=guest.id, created_at=now, resume_hash=_hash(guest.token)))
    return guest


def exists(runtime: Runtime, learner_id: str) -> bool:
    """Whether a learner of that id is (still) known."""
    with runtime.transaction.reading() as session:
        return session.get(LearnerRow, learner_id) is not None


def resume(runtime: Runtime, token: str) -> str:
    """Return the learner whose resume link carries ``token``.

    Raises
    ------
    NotFoundError
        If no learner has that link.
    """
    with runtime.transaction.reading() as session:
        found = attempts.find_learner(session, _hash(token))
        if found is None:
            raise NotFoundError("This link belongs to nobody (any more). Check that all of it was copied.")
        return found.id


def renew_link(runtime: Runtime, learner_id: str) -> str:
    """Make a new resume link; the old one ends. Return its token."""
    token = token_urlsafe(24)
    with runtime.transaction() as session:
        learner = session.get(LearnerRow, learner_id)
        if learner is None:
            raise NotFoundError("There is no such learner.")
        learner.resume_hash = _hash(token)
    return token


def _hash(token: str) -> str:
    # 192 random bits need no slow hash: nobody can guess them one by one.
    return sha256(token.encode()).hexdigest()
