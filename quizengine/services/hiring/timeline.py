"""What happened in a test, in order: facts with their times, and nothing that is read into them.

Times are counted from the start, without pauses and in the time that everybody has, so that they tell of
no adjustment. What a page saw beside the answers stands with the number of tests in which it was seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from quizengine.services.attempt import integrity
from quizengine.services.hiring import results
from quizengine.services.permissions import Actor
from quizengine.services.runtime import Runtime
from quizengine.store import attempts, contract, listing
from quizengine.store.attempt_rows import AttemptEventRow
from quizengine.store.rows import AttemptRow, SlotRow

ENDS = ("complete", "finish", "time_out", "give_up")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One thing that happened ``seconds`` after the start. What the other numbers are hangs on ``kind``.

    ``number`` is the question's, ``length`` seconds, ``count`` saves, characters or times.
    """

    seconds: float
    kind: str
    number: int | None = None
    length: float = 0.0
    count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """What happened in a test. ``seen_in`` says in how many of ``of`` tests each kind of event was seen.

    ``of`` counts the tests of the same screen whose events are still kept.
    """

    facts: tuple[Fact, ...]
    seen_in: Mapping[str, int]
    of: int
    is_kept: bool


def read(runtime: Runtime, actor: Actor, result_id: str, *, now: datetime) -> Timeline:
    """Return what happened in the test behind a result.

    Raises
    ------
    NotFoundError
        If the result is not the actor's to see.
    """
    with runtime.transaction.reading() as session:
        row = results.require(session, actor, result_id)
        attempt = attempts.find_attempt(session, str(row.attempt_id), None)
        happened = contract.events_of(session, attempt.id)
        clock = _Clock.of(attempt, happened)
        found = [*_of_slots(attempt.slots), *_of_events(happened)]
        others = listing.started(session, row.screen_id, after=now - integrity.KEPT)
    seen = integrity.timeline(runtime, attempt.id)
    # How long somebody was away would tell of extra time too, beside the moments in which it began and ended.
    found += [
        (
            one.at,
            Fact(seconds=0, kind=one.kind, length=one.milliseconds / 1000 * clock.share, count=_count(one)),
        )
        for one in seen
    ]
    found.sort(key=lambda one: one[0])
    return Timeline(
        facts=tuple(replace(fact, seconds=clock.seconds(at)) for at, fact in found),
        seen_in=integrity.base_rates(runtime, others),
        of=len(others),
        is_kept=attempt.id in others,
    )


def _count(one: integrity.Recorded) -> int:
    return one.times if one.kind == "more" else one.characters


def _of_slots(slots: Sequence[SlotRow]) -> Iterator[tuple[datetime, Fact]]:
    for slot in slots:
        yield slot.shown_at, Fact(seconds=0, kind="shown", number=slot.number)
        if slot.first_saved_at:
            yield slot.first_saved_at, Fact(seconds=0, kind="first_input", number=slot.number)
        if slot.committed_at:
            yield slot.committed_at, Fact(seconds=0, kind="committed", number=slot.number, count=slot.saves)


def _of_events(events: Sequence[AttemptEventRow]) -> Iterator[tuple[datetime, Fact]]:
    for event in events:
        if event.kind == "leased" and event.data.get("taken"):
            yield event.at, Fact(seconds=0, kind=f"taken_{event.data['to']}")
        elif event.kind == "time_added" and event.data["why"] == "grant":
            yield event.at, Fact(seconds=0, kind="granted", length=event.data["ms"] / 1000)
        elif event.kind == "time_added" and event.data["why"] != "pause":
            yield event.at, Fact(seconds=0, kind=f"away_{event.data['why']}")
        elif event.kind in ENDS:
            yield event.at, Fact(seconds=0, kind=event.kind)


@dataclass(frozen=True, slots=True)
class _Clock:
    """Turns moments into seconds since the start: pauses taken out, in the time that everybody has."""

    started: datetime
    pauses: tuple[tuple[datetime, datetime], ...]
    share: float

    @classmethod
    def of(cls, attempt: AttemptRow, events: Sequence[AttemptEventRow]) -> _Clock:
        pauses, began = [], None
        for event in events:
            if event.kind == "paused":
                began = event.at
            elif began is not None and event.kind in ("resumed", *ENDS):
                pauses.append((began, event.at))
                began = None
        return cls(attempt.started_at or attempt.created_at, tuple(pauses), results.adjusted(attempt))

    def seconds(self, at: datetime) -> float:
        gone = at - self.started
        away = sum((max(timedelta(), min(at, end) - begin) for begin, end in self.pauses), timedelta())
        return max(0.0, (gone - away).total_seconds() * self.share)
