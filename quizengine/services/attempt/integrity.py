"""What a page saw beside the answers: recorded, disclosed, capped, forgotten; never scored.

Reading aloud, another keyboard, a second device look like much of this. Nothing but this module and the
timeline of a result reads it; a test holds that, and that results are the same when all of it is deleted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from quizengine.model.attempt import EXAMINED
from quizengine.services.attempt import accommodations
from quizengine.services.runtime import Runtime
from quizengine.store import integrity

#: Events that are kept of one attempt; more are only counted.
MAX_EVENTS = 500
#: Events that one call brings.
MAX_A_CALL = 50
KEPT = timedelta(days=90)
#: What a page may tell, and what a person is told beforehand. The server itself sees ``takeover`` and
#: ``address_changed``.
FROM_PAGES = ("blur", "focus", "paste", "copy", "offline", "resize")
DISCLOSED: Mapping[str, str] = {
    "blur": "when you leave the page",
    "focus": "when you come back, and after how many seconds",
    "paste": "when you paste into an answer, and how many characters; not the text",
    "copy": "when you copy from the page",
    "offline": "when the connection is away",
    "takeover": "when you go on in another tab or on another device",
    "address_changed": "when you come from another network; a hash that leads to no address, for 30 days",
    "resize": "when the size of the window changes",
}


@dataclass(frozen=True, slots=True)
class Seen:
    """One thing that was seen: its kind, how long it took, of how many characters it was. Never contents."""

    kind: str
    milliseconds: int = 0
    characters: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One event as it is kept; ``times`` is above 1 for those that are only counted."""

    kind: str
    at: datetime
    milliseconds: int
    characters: int
    times: int


def record(
    runtime: Runtime, learner_id: str, attempt_id: str, seen: Sequence[Seen], *, now: datetime
) -> None:
    """Write down what was seen in an attempt in which people are told so; elsewhere nothing is kept."""
    if not seen:
        return
    with runtime.transaction() as session:
        if integrity.watched_kind(session, attempt_id, learner_id) not in EXAMINED:
            return
        off = accommodations.current(session, learner_id, now).integrity_off
        wanted = [one for one in seen if one.kind not in off]
        room = max(0, MAX_EVENTS - integrity.count(session, attempt_id))
        for one in wanted[:room]:
            integrity.add(
                session,
                attempt_id,
                one.kind,
                milliseconds=one.milliseconds,
                characters=one.characters,
                now=now,
            )
        if wanted[room:]:
            integrity.count_more(session, attempt_id, len(wanted[room:]), now=now)


def timeline(runtime: Runtime, attempt_id: str) -> tuple[Recorded, ...]:
    """Return what was seen in an attempt, in order."""
    with runtime.transaction.reading() as session:
        return tuple(
            Recorded(
                kind=row.kind,
                at=row.at,
                milliseconds=row.milliseconds,
                characters=row.characters,
                times=row.times,
            )
            for row in integrity.of_attempt(session, attempt_id)
        )


def base_rates(runtime: Runtime, attempt_ids: Iterable[str]) -> Mapping[str, int]:
    """Return in how many of these attempts each kind was seen; no event is shown without it."""
    with runtime.transaction.reading() as session:
        return integrity.attempts_with(session, list(attempt_ids))
