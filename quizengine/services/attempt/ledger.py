"""Outages: time that we or the connection took away is given back, once, and stands in a ledger."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from quizengine.services.attempt.timing import GRACE, MILLISECOND, add_time, connection_left, end_of
from quizengine.services.runtime import Runtime
from quizengine.store import contract
from quizengine.store.attempt_rows import OutageRow, SweeperRow
from quizengine.store.rows import AttemptRow

#: Between two ticks of whoever sweeps.
TICK = timedelta(seconds=10)
#: A longer time between two ticks is an outage: a restart, a crash, a locked disk.
OUTAGE = timedelta(seconds=30)
#: Whoever sweeps and has not ticked for so long gives way to another.
EXPIRY = timedelta(seconds=25)
#: Clocks that run apart by more between two ticks have leapt, or the machine was suspended.
STEP = timedelta(seconds=5)
#: A connection that is away for less is not noticed.
UNNOTICED_MS = 15_000

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Tick:
    """What a tick found: whether the caller is the one who sweeps, and whether a clock has leapt."""

    sweeps: bool
    leapt: bool = False


def tick(runtime: Runtime, holder: str, *, now: datetime, monotonic: float) -> Tick:
    """Say that the server is up, and credit the time in which it was not.

    Parameters
    ----------
    holder
        Who ticks; of several, one at a time sweeps.
    monotonic
        Seconds on a clock that nobody sets, comparable between ticks of one holder.
    """
    with runtime.transaction.reading() as session:
        last = contract.sweeper(session)
        if last is not None and _is_anothers(last, holder, now):
            return Tick(sweeps=False)
    try:
        with runtime.transaction() as session:
            return _tick(session, holder, now, monotonic)
    except IntegrityError:  # another one made the row at the same moment
        return Tick(sweeps=False)


def _is_anothers(last: SweeperRow, holder: str, now: datetime) -> bool:
    return last.holder != holder and abs(now - last.ticked_at) < EXPIRY


def _tick(session: Session, holder: str, now: datetime, monotonic: float) -> Tick:
    last = contract.locked_sweeper(session)
    if last is None:
        session.add(SweeperRow(id=contract.ONLY_SWEEPER, holder=holder, ticked_at=now, monotonic=monotonic))
        return Tick(sweeps=True)
    if _is_anothers(last, holder, now):
        return Tick(sweeps=False)
    gap = now - last.ticked_at
    same_clock = last.holder == holder and monotonic >= last.monotonic
    step = gap - timedelta(seconds=monotonic - last.monotonic) if same_clock else timedelta(0)
    if abs(step) > STEP:
        _log.warning("the clock leapt by %+.0f s between two ticks", step.total_seconds())
    if gap > OUTAGE:
        _credit_all(session, last.ticked_at, now, "away")
    elif step > STEP:
        _credit_all(session, now - step, now, "clock")
    last.holder, last.ticked_at, last.monotonic = holder, now, monotonic
    return Tick(sweeps=True, leapt=abs(step) > STEP)


def note_gap(runtime: Runtime, *, now: datetime) -> None:
    """Credit the time since the last tick where whoever ticked has stopped.

    For a request that comes before the first tick after a restart, or where nobody sweeps any more:
    the row is taken away, so that the same time is not credited again.
    """
    with runtime.transaction.reading() as session:
        last = contract.sweeper(session)
        if last is None or now - last.ticked_at <= OUTAGE:
            return
    with runtime.transaction() as session:
        last = contract.locked_sweeper(session)
        if last is not None and now - last.ticked_at > OUTAGE:
            _credit_all(session, last.ticked_at, now, "away")
            session.delete(last)


def _credit_all(session: Session, started_at: datetime, ended_at: datetime, cause: str) -> None:
    """Write an outage down and give its time back to every attempt whose clock ran meanwhile."""
    outage = OutageRow(started_at=started_at, ended_at=ended_at, cause=cause)
    session.add(outage)
    session.flush()
    _log.warning("outage of %.0f s credited", (ended_at - started_at).total_seconds())
    for row in contract.running(session):
        lost = _lost(row, started_at, ended_at)
        if lost > 0:
            add_time(session, row, "outage", lost, now=ended_at, outage_id=outage.id)


def _lost(row: AttemptRow, started_at: datetime, ended_at: datetime) -> int:
    """Return the milliseconds that an outage took from an attempt that goes on."""
    end = end_of(row)
    if row.started_at is None or end is None or started_at > end + GRACE:
        return 0
    # Whoever still had time when it began had none of what followed: all of it is given back.
    return (ended_at - max(started_at, row.started_at)) // MILLISECOND


def credit_connection(session: Session, row: AttemptRow, offline_ms: int, *, now: datetime) -> int:
    """Give back the time in which a page says that it had no network; return the milliseconds.

    Never more than was seen from here, nor than is left for the attempt, nor what an outage of ours has
    given back already. The attempt must be locked.
    """
    if offline_ms <= 0 or row.deadline_at is None or row.last_contact_at is None:
        return 0
    seen = (now - row.last_contact_at) // MILLISECOND - UNNOTICED_MS
    lost = min(offline_ms, seen, connection_left(session, row))
    if lost > 0:
        lost -= contract.outage_ms(session, row.last_contact_at, now)
    if lost <= 0:
        return 0
    add_time(session, row, "connection", lost, now=now)
    return lost
