"""When enough has been asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

StopReason = Literal["max-items", "pool-empty", "no-gain", "time"]


@dataclass(frozen=True, slots=True)
class Standing:
    """All that a stopping rule may look at.

    ``used`` counts items asked, ``answered`` those that were evidence; ``gain`` is the best expected
    drop of the next item in skills, ``seconds`` what that item will take and ``seconds_left`` the rest
    of the budget, infinite without one.
    """

    used: int
    answered: int
    candidates: int
    unmet: int
    gain: float
    seconds: float
    seconds_left: float


def stop_reason(standing: Standing, *, max_items: int, min_items: int, min_gain: float) -> StopReason | None:
    """Return the first rule that holds, or None to go on.

    There is no rule of the kind "sure enough of every skill": most persons never get there.

    >>> here = Standing(used=15, answered=15, candidates=9, unmet=0, gain=0.06, seconds=60, seconds_left=900)
    >>> stop_reason(here, max_items=40, min_items=12, min_gain=0.10)
    'no-gain'
    """
    if standing.used >= max_items:
        return "max-items"
    if standing.candidates == 0:
        return "pool-empty"
    if standing.answered >= min_items and standing.unmet == 0 and standing.gain < min_gain:
        return "no-gain"
    return "time" if standing.seconds > standing.seconds_left else None
