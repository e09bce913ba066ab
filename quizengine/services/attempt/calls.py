"""What the page of a question asks for: the lease, a save, an answer, a sign of life.

Each returns what became of it and the clock. A text that is not taken is kept all the same, as an orphan
that its error names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from quizengine.errors import AttemptClosedError, NotFoundError
from quizengine.model.grade import Response, ResponseValue
from quizengine.services import attempts as service
from quizengine.services.attempt import lease
from quizengine.services.attempt.lease import Caller, Lease
from quizengine.services.attempt.ledger import credit_connection
from quizengine.services.attempt.sweeping import settle
from quizengine.services.attempt.timing import Clock, clock_of
from quizengine.services.attempts import Outcome, Standing
from quizengine.services.runtime import Runtime, new_id
from quizengine.store import attempts, contract

#: Texts that are kept for one attempt though they were not taken.
MAX_ORPHANS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A draft that is kept, and when that was."""

    seq: int
    at: datetime
    clock: Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """Whether the caller still holds the lease, and the clock."""

    held: bool
    clock: Clock


def claim(
    runtime: Runtime, learner_id: str, attempt_id: str, caller: Caller, tab: str, *, take: bool, now: datetime
) -> tuple[Lease, Standing]:
    """Make a tab the one that writes, if it may be; return the lease and where the attempt stands.

    Raises
    ------
    LeaseHeldError
        If another tab or device has it and ``take`` is not asked for.
    AttemptClosedError
        If nothing is to be written any more.
    """
    settle(runtime, attempt_id, now=now)
    with runtime.transaction() as session:
        row = contract.locked_attempt(session, attempt_id, learner_id)
        if row.state != "in_progress":
            raise AttemptClosedError(service.NOT_NOW)
        given = lease.claim(session, row, caller, tab, take=take, now=now)
        credit_connection(session, row, caller.offline_ms, now=now)
        row.last_contact_at = now
    return given, service.standing(runtime, learner_id, attempt_id, now=now)


def save(
    runtime: Runtime,
    learner_id: str,
    slot_id: str,
    answers: Mapping[str, ResponseValue],
    *,
    seq: int,
    now: datetime,
    caller: Caller,
) -> Saved:
    """Keep what stands in the form.

    Raises
    ------
    AttemptClosedError
        If it is not taken; ``reason`` says why, ``orphan`` under which name it is kept all the same.
    """
    attempt_id = _attempt_of(runtime, learner_id, slot_id)
    settle(runtime, attempt_id, now=now)
    with _nothing_lost(runtime, attempt_id, slot_id, answers, now):
        kept = service.save_draft(runtime, learner_id, slot_id, answers, seq=seq, now=now, caller=caller)
        _refuse_older(kept, seq)
    with runtime.transaction.reading() as session:
        row = contract.attempt(session, attempt_id)
        waiting = contract.open_slot(session, attempt_id)
        at = waiting.draft.saved_at if waiting and waiting.draft else now
        return Saved(seq=kept, at=at, clock=clock_of(session, row, now))


@contextmanager
def _nothing_lost(
    runtime: Runtime, attempt_id: str, slot_id: str, answers: Mapping[str, ResponseValue], now: datetime
) -> Iterator[None]:
    """Set answers aside if they are not taken, and tell under which name."""
    try:
        yield
    except AttemptClosedError as error:
        error.orphan = set_aside(runtime, attempt_id, slot_id, answers, reason=error.reason, now=now)
        raise


def _refuse_older(kept: int, seq: int) -> None:
    if kept > seq:
        raise AttemptClosedError("A newer text is saved.", "stale")


def give(
    runtime: Runtime,
    learner_id: str,
    slot_id: str,
    response: Response,
    *,
    now: datetime,
    caller: Caller,
    key: str = "",
) -> tuple[Outcome, Standing]:
    """Answer a question; return what became of it and where the attempt stands then.

    Raises
    ------
    AttemptClosedError
        If it is not taken; ``reason`` says why, ``orphan`` under which name it is kept all the same.
    """
    attempt_id = _attempt_of(runtime, learner_id, slot_id)
    settle(runtime, attempt_id, now=now)
    with _nothing_lost(runtime, attempt_id, slot_id, response.answers, now):
        outcome = service.commit(runtime, learner_id, slot_id, response, now=now, caller=caller, key=key)
    return outcome, service.standing(runtime, learner_id, attempt_id, now=now)


def beat(
    runtime: Runtime, learner_id: str, attempt_id: str, *, now: datetime, caller: Caller, seen: int = 0
) -> Beat:
    """Take a sign of life, and tell the clock; ``seen`` is the number of the last notice that was read."""
    settle(runtime, attempt_id, now=now)
    with runtime.transaction() as session:
        row = contract.locked_attempt(session, attempt_id, learner_id)
        held = row.state == "in_progress" and lease.holds(row, caller, now)
        if held:
            credit_connection(session, row, caller.offline_ms, now=now)
            row.last_contact_at = now
        return Beat(held=held, clock=clock_of(session, row, now, seen=seen))


def clock(runtime: Runtime, learner_id: str, attempt_id: str, *, now: datetime) -> Clock:
    """Return what a reply tells of the time, also one that refuses."""
    with runtime.transaction.reading() as session:
        row = contract.attempt(session, attempt_id)
        if row.learner_id != learner_id:
            raise NotFoundError(attempts.NO_ATTEMPT)
        return clock_of(session, row, now)


def set_aside(
    runtime: Runtime,
    attempt_id: str,
    slot_id: str,
    answers: Mapping[str, ResponseValue],
    *,
    reason: str,
    now: datetime,
) -> str | None:
    """Keep a text that was not taken; None where an attempt has as many as are kept, or it says nothing.

    The same text is kept once.
    """
    text = attempts.plain_answers(answers)
    if not text:
        return None
    with runtime.transaction() as session:
        contract.locked_attempt(session, attempt_id)
        kept = contract.orphans_of(session, attempt_id)
        same = next((one for one in kept if (one.slot_id, one.answers) == (slot_id, text)), None)
        if same is not None:
            return same.id
        if len(kept) >= MAX_ORPHANS:
            return None
        orphan_id = new_id()
        contract.add_orphan(session, orphan_id, (attempt_id, slot_id), text, reason=reason, now=now)
        return orphan_id


def _attempt_of(runtime: Runtime, learner_id: str, slot_id: str) -> str:
    with runtime.transaction.reading() as session:
        return attempts.find_slot(session, slot_id, learner_id).attempt_id
