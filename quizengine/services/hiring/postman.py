"""The round of the post: receipts, results, letters; and every hour what is kept no longer goes."""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime
from pathlib import Path

from quizengine.services.hiring import housekeeping, outbox, sitting
from quizengine.services.hiring.outbox import Send
from quizengine.services.runtime import Runtime

SECONDS = 15.0
#: Every hour: what has to go within a day goes in time, whenever the server was started.
ROUNDS_A_HOUSEKEEPING = 240

_log = logging.getLogger(__name__)


class Postman:
    """Goes round in a thread of its own. Several at once send each letter once."""

    def __init__(self, runtime: Runtime, send: Send, folder: Path) -> None:
        self._runtime, self._send, self._folder = runtime, send, folder
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="postman", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """Finish the letter under way, and send no more."""
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        rounds = 0
        while not self._ended.wait(SECONDS):
            try:
                go_round(self._runtime, self._send, now=datetime.now(UTC))
                if rounds % ROUNDS_A_HOUSEKEEPING == 0:
                    housekeeping.go_round(self._runtime, self._folder, now=datetime.now(UTC))
                rounds += 1
            except Exception:  # the outermost edge of this thread: it must live to go round again
                _log.exception("The round of the post failed; the next one comes in %s seconds.", SECONDS)


def go_round(runtime: Runtime, send: Send, *, now: datetime) -> tuple[int, int]:
    """Note what has ended and send what is due; return how many letters went and how many failed."""
    if sitting.note_finished(runtime, now=now):
        housekeeping.compute_ended(runtime)
    return outbox.deliver(runtime, send, now=now)
