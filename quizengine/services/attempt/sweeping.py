"""The sweeper: closes what is over, in the background and, for one attempt, whenever it is looked at."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from quizengine.services.attempt import closing, ledger
from quizengine.services.attempt.timing import is_late
from quizengine.services.runtime import Runtime, new_id
from quizengine.store import contract

TICKS_A_SWEEP = 3

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Swept:
    """How many attempts were closed because their time was over, and how many were given up."""

    timed_out: int
    abandoned: int


def sweep(runtime: Runtime, *, now: datetime) -> Swept:
    """Close every attempt that is over. A second sweep at the same time does no harm."""
    with runtime.transaction.reading() as session:
        due = contract.due(session, now)
        forgotten = contract.silent_since(session, now - closing.FORGOTTEN)
    timed_out = sum(closing.time_out(runtime, attempt_id, now=now) for attempt_id in due)
    abandoned = sum(closing.give_up(runtime, attempt_id, now=now) for attempt_id in forgotten)
    return Swept(timed_out, abandoned)


def settle(runtime: Runtime, attempt_id: str, *, now: datetime) -> None:
    """Close one attempt if it is over: whoever looks at it sees what a sweep would have made of it."""
    with runtime.transaction.reading() as session:
        row = contract.attempt(session, attempt_id)
        if row.state != "in_progress" or not is_late(row, now):
            return
    ledger.note_gap(runtime, now=now)
    closing.time_out(runtime, attempt_id, now=now)


class Sweeper:
    """Ticks and sweeps in a thread of its own; of all processes on one database one does so at a time."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime, self._holder = runtime, new_id()
        self._thread = threading.Thread(target=self._run, name="sweeper", daemon=True)

    def start(self) -> None:
        """Begin; the first tick credits the time in which nobody ticked, before anything is closed."""
        self._thread.start()

    def _run(self) -> None:
        ticks = 0
        while True:
            try:
                run_once(self._runtime, self._holder, ticks=ticks)
            except Exception:  # the outermost edge of this thread: it must live to sweep again
                _log.exception("The sweep failed; the next one comes in %s.", ledger.TICK)
            ticks += 1
            time.sleep(ledger.TICK.total_seconds())


def run_once(runtime: Runtime, holder: str, *, ticks: int) -> Swept | None:
    """Tick, and at every third tick sweep; nothing is closed in a tick that saw a clock leap."""
    now = datetime.now(UTC)
    told = ledger.tick(runtime, holder, now=now, monotonic=time.monotonic())
    if not told.sweeps or told.leapt or ticks % TICKS_A_SWEEP:
        return None
    return sweep(runtime, now=now)
