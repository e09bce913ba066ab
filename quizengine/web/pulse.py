"""How this process fares: the time that saves take, and requests that failed by its fault."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from flask import Flask, Response, current_app, g, request

#: Saves that the 95th percentile is of, and the seconds in which errors count.
SAVES, WINDOW = 500, 15 * 60
SAVED_BY = "attempt_calls.draft"


@dataclass
class Pulse:
    """The newest saves in ms, and when requests failed, of one process.

    Examples
    --------
    >>> pulse = Pulse(clock=lambda: 1000.0)
    >>> for ms in range(1, 101):
    ...     pulse.note(saved_ms=float(ms), failed=False)
    >>> pulse.save_p95, pulse.errors
    (95.0, 0)
    """

    clock: Callable[[], float] = time.monotonic
    saves: deque[float] = field(default_factory=lambda: deque(maxlen=SAVES))
    failures: deque[float] = field(default_factory=lambda: deque(maxlen=SAVES))

    def note(self, *, saved_ms: float | None, failed: bool) -> None:
        """Count one request."""
        if saved_ms is not None:
            self.saves.append(saved_ms)
        if failed:
            self.failures.append(self.clock())

    @property
    def save_p95(self) -> float | None:
        """The milliseconds within which 95 of 100 saves were answered; None without any."""
        ordered = sorted(self.saves)
        return ordered[max(0, -(-95 * len(ordered) // 100) - 1)] if ordered else None

    @property
    def errors(self) -> int:
        """How many requests failed in the last 15 minutes."""
        since = self.clock() - WINDOW
        return sum(at >= since for at in self.failures)


def init_app(app: Flask) -> None:
    """Count the requests of an application."""
    app.extensions["quizengine-pulse"] = Pulse()
    app.before_request(_begin)
    app.after_request(_end)


def pulse() -> Pulse:
    """Return the pulse of the process that answers."""
    found: Pulse = current_app.extensions["quizengine-pulse"]
    return found


def _begin() -> None:
    g.began = time.perf_counter()


def _end(response: Response) -> Response:
    took = 1000 * (time.perf_counter() - g.began) if request.endpoint == SAVED_BY and "began" in g else None
    pulse().note(saved_ms=took, failed=response.status_code >= 500)
    return response
