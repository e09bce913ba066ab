"""Coming back to a test that has begun, in any browser: six digits to the address that was invited."""

from __future__ import annotations

from datetime import datetime, timedelta
from hmac import compare_digest
from secrets import randbelow

from sqlalchemy.orm import Session

from quizengine.errors import RequestError
from quizengine.services.hiring import limits, outbox
from quizengine.services.hiring.sitting import Activated
from quizengine.services.runtime import Runtime
from quizengine.store import screens as store
from quizengine.store.hiring_rows import CandidateRow, CodeRow, InvitationRow, ScreenRow

GOOD_FOR = timedelta(minutes=10)
#: Where staff hand letters over: somebody has to be asked, and to look.
GOOD_BY_HAND = timedelta(days=1)
MOST_TRIES = 5
CODES_AN_HOUR = 3
#: From one place, where a whole office may sit: only a loose outer bound.
FROM_A_PLACE = 100
COME_BACK = "code"
WRONG = "This code is not right, or not good any more. A new one can be sent."


def ask(runtime: Runtime, email: str, *, now: datetime, place: str = "") -> None:
    """Send a code to an address that has begun a test; for any other nothing happens, and it looks the same.

    Raises
    ------
    SlowDownError
        After three codes within an hour, or a hundred from one place within 15 minutes.
    """
    address = email.strip().lower()
    with runtime.transaction() as session:
        limits.count(session, "code-from", place, most=FROM_A_PLACE, now=now)
        limits.count(session, "code", address, most=CODES_AN_HOUR, now=now, window=timedelta(hours=1))
        found = store.begun_by(session, address)
        if found is None:
            return
        send(runtime, session, found, now=now)


def send(
    runtime: Runtime, session: Session, row: InvitationRow, *, now: datetime, purpose: str = COME_BACK
) -> None:
    """Write the letter with a new code to the person of an invitation, in the transaction that is open.

    A code is good for its ``purpose`` alone, and the one before it no more: its letter goes, if it waits.
    """
    screen, who = session.get_one(ScreenRow, row.screen_id), session.get_one(CandidateRow, row.candidate_id)
    ends = now + (GOOD_BY_HAND if screen.by_hand else GOOD_FOR)
    outbox.stop_codes(session, row.id)
    code = f"{randbelow(1_000_000):06}"
    session.add(
        CodeRow(
            invitation_id=row.id, code_hash=_hash(runtime, purpose, row.id, code), expires_at=ends,
            used_at=None,
        )
    )  # fmt: skip
    by_hand_until = ends if screen.by_hand else None
    outbox.send_code(session, row, who, code, purpose=purpose, by_hand_until=by_hand_until, now=now)


def take(
    runtime: Runtime, session: Session, row: InvitationRow, code: str, *, purpose: str, now: datetime
) -> bool:
    """Use a code up, or count a wrong try; whether it was the right one, in time."""
    found = store.newest_code(session, row.id)
    if found is None or found.used_at or found.expires_at <= now or found.tries >= MOST_TRIES:
        return False
    found.tries += 1
    right = compare_digest(found.code_hash, _hash(runtime, purpose, row.id, code.strip()))
    if right:
        found.used_at = now
        outbox.stop_codes(session, row.id)
    return right


def _hash(runtime: Runtime, purpose: str, invitation_id: str, code: str) -> str:
    # With the server's key: a million codes are tried in no time by whoever reads the database.
    return str(runtime.seed(purpose, invitation_id, code))


def come_back(runtime: Runtime, email: str, code: str, *, now: datetime, place: str = "") -> Activated:
    """Return the attempt that a code opens, once.

    Raises
    ------
    RequestError
        If it does not: wrong, used, too old, or tried five times.
    SlowDownError
        After twenty tries at an address, or a hundred from one place, within 15 minutes.
    """
    address, right = email.strip().lower(), False
    with runtime.transaction() as session:
        limits.count(session, "code-from", place, most=FROM_A_PLACE, now=now)
        limits.count(session, "code-try", address, most=4 * MOST_TRIES, now=now)
        found = store.begun_by(session, address)
        if found is not None:
            right = take(runtime, session, found, code, purpose=COME_BACK, now=now)
        who = session.get_one(CandidateRow, found.candidate_id) if found else None
    # Raised outside, so that the try is counted.
    if not right or found is None or who is None or found.attempt_id is None:
        raise RequestError(WRONG)
    return Activated(found.attempt_id, who.learner_id)
