"""How often something is looked at in a minute, counted in this process: looking writes nothing anywhere."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from flask import Flask, current_app

from quizengine.errors import SlowDownError

SECONDS = 60
#: Keys that are remembered; with more, those that nobody has looked at for a minute go.
MOST_KEYS = 10_000


@dataclass
class Looks:
    """Looks by key within the last minute.

    Examples
    --------
    >>> looks = Looks(clock=lambda: 7.0)
    >>> looks.take("a", most=1)
    >>> looks.take("a", most=1)
    Traceback (most recent call last):
    quizengine.errors.SlowDownError: Too many looks in a minute. Wait a minute, then reload the page.
    """

    clock: Callable[[], float] = time.monotonic
    seen: dict[str, deque[float]] = field(default_factory=dict)

    def take(self, key: str, *, most: int) -> None:
        """Count a look.

        Raises
        ------
        SlowDownError
            If there were ``most`` within a minute already; this one is not counted then.
        """
        moment = self.clock()
        if len(self.seen) > MOST_KEYS:
            self.seen = {one: found for one, found in self.seen.items() if moment - found[-1] < SECONDS}
        found = self.seen.setdefault(key, deque(maxlen=most))
        if len(found) == most and moment - found[0] < SECONDS:
            raise SlowDownError("Too many looks in a minute. Wait a minute, then reload the page.")
        found.append(moment)


def init_app(app: Flask) -> None:
    """Begin to count."""
    app.extensions["quizengine-looks"] = Looks()


def looks() -> Looks:
    """Return what was looked at in the process that answers."""
    found: Looks = current_app.extensions["quizengine-looks"]
    return found
