"""The clock of an attempt, as replies carry it and as a person reads it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from quizengine.services.attempt.timing import Clock, Notice

#: What a person reads of time that was added.
ADDED = {
    "outage": "our server was away",
    "connection": "your connection was away",
    "grant": "given by those who asked you",
}


def clock_table(clock: Clock | None) -> dict[str, Any]:
    """Return the clock as every reply carries it."""
    if clock is None:
        return {}
    return {
        "state": clock.state,
        "server_now": iso(clock.now),
        "deadline": iso(clock.deadline),
        "remaining_ms": clock.remaining_ms,
        "revision": clock.revision,
        "notices": [
            {"id": one.n, "kind": "time_added", "ms": one.milliseconds, "text": notice_text(one)}
            for one in clock.notices
        ],
    }


def notice_text(notice: Notice) -> str:
    """Return what a person reads of time that was added.

    >>> notice_text(Notice(1, "connection", 41_000))
    '+41 s: your connection was away'
    >>> notice_text(Notice(2, "grant", 300_000, "The lights went out."))
    '+5 min: The lights went out.'
    """
    minutes, seconds = divmod(round(notice.milliseconds / 1000), 60)
    parts = [f"{minutes} min"] if minutes else []
    parts += [f"{seconds} s"] if seconds or not minutes else []
    return f"+{' '.join(parts)}: {notice.reason or ADDED[notice.kind]}"


def iso(moment: datetime | None) -> str | None:
    """Return a moment as scripts read it, to the millisecond."""
    return None if moment is None else moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
