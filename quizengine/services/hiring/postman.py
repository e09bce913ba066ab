"""The round of the post: ended tests are noted, their receipts written, and letters sent."""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime

from quizengine.services.hiring import outbox, sitting
from quizengine.services.hiring.outbox import Send
from quizengine.services.runtime import Runtime

SECONDS = 15.0

_log = logging.getLogger(__name__)


class Postman:
    """Goes round in a thread of its own. Several at once send each letter once."""

    def __init__(self, runtime: Runtime, send: Send) -> None:
        self._runtime, self._send = runtime, send
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
        while not self._ended.wait(SECONDS):
            try:
                go_round(self._runtime, self._send, now=datetime.now(UTC))
            except Exception:  # the outermost edge of this thread: it must live to go round again
                _log.exception("The round of the post failed; the next one comes in %s seconds.", SECONDS)


def go_round(runtime: Runtime, send: Send, *, now: datetime) -> tuple[int, int]:
    """Note what has ended and send what is due; return how many letters went and how many failed."""
    sitting.note_finished(runtime, now=now)
    return outbox.deliver(runtime, send, now=now)
