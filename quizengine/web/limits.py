"""How often something may go wrong for one caller before they have to wait."""

from __future__ import annotations

import threading
from collections import deque
from time import monotonic

from werkzeug.exceptions import TooManyRequests

#: Callers remembered; beyond that the one that was quiet longest is forgotten.
MOST_CALLERS = 10_000


class Limit:
    """So many misses in so many seconds for each caller, counted in this process.

    With several processes a caller has as many times more, which for guessing codes makes no difference.
    """

    def __init__(self, misses: int, seconds: float) -> None:
        self.misses, self.seconds = misses, seconds
        self._of: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    def check(self, caller: str) -> None:
        """Refuse a caller who has used up their misses.

        Raises
        ------
        TooManyRequests
            Until the oldest of them is past.
        """
        with self._lock:
            if len(self._recent(caller)) >= self.misses:
                raise TooManyRequests

    def miss(self, caller: str) -> None:
        """Count a miss."""
        with self._lock:
            found = self._recent(caller)
            found.append(monotonic())
            self._of.pop(caller, None)
            self._of[caller] = found
            if len(self._of) > MOST_CALLERS:
                del self._of[next(iter(self._of))]

    def _recent(self, caller: str) -> deque[float]:
        found = self._of.get(caller, deque(maxlen=self.misses))
        while found and found[0] < monotonic() - self.seconds:
            found.popleft()
        return found
