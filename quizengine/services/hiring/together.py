"""One decision about several people: looked at first, with a reason that stands at each of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from quizengine.errors import ConflictError, NotFoundError, RequestError
from quizengine.model.result import Result
from quizengine.services.hiring import decisions, results, viewings
from quizengine.services.permissions import Actor, may
from quizengine.services.runtime import Runtime
from quizengine.store import decisions as store
from quizengine.store.hiring_rows import DecisionRow

MOST_TOGETHER = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody wants to decide about several people."""

    verdict: str
    reason: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What a common decision does to one person. ``hindrance`` says why it cannot be made, if so.

    ``is_against`` says that the evidence points elsewhere, ``last`` is what was decided before.
    """

    told: Result
    was_opened: bool
    is_against: bool
    hindrance: str
    last: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a common decision would do. ``digest`` stands for all of it, the evidence too."""

    lines: tuple[Line, ...]
    faults: tuple[str, ...]
    digest: str

    @property
    def can_be_made(self) -> bool:
        """Whether nothing stands in the way."""
        return not self.faults and not any(line.hindrance for line in self.lines)


def preview(runtime: Runtime, actor: Actor, screen_id: str, codes: Collection[str], wish: Wish) -> Preview:
    """Return what a common decision would do to each person; nothing is recorded.

    Raises
    ------
    NotFoundError
        If the screen is not the actor's to see, or they may not decide there.
    """
    if not may(actor, "decide", screen=screen_id):
        raise NotFoundError(results.NO_RESULT)
    told = results.of_codes(runtime, actor, screen_id, set(codes))
    with runtime.transaction.reading() as session:
        opened = viewings.opened_by(session, actor)
        last = store.last_decisions(session, screen_id)
    lines = tuple(_line(one, wish, one.id in opened, last) for one in told)
    return Preview(lines=lines, faults=tuple(_faults(lines, wish)), digest=_digest(lines, wish))


def _line(told: Result, wish: Wish, was_opened: bool, last: Mapping[str, DecisionRow]) -> Line:
    hindrance = ""
    if not told.is_told:
        hindrance = "there is nothing to decide on"
    elif wish.verdict == "reject" and not was_opened:
        hindrance = "open their result first: nobody is rejected unseen"
    return Line(
        told=told,
        was_opened=was_opened,
        is_against=decisions.is_against(told, wish.verdict),
        hindrance=hindrance,
        last=last[told.id].verdict if told.id in last else "",
    )


def _faults(lines: Collection[Line], wish: Wish) -> list[str]:
    faults = []
    if not 1 <= len(lines) <= MOST_TOGETHER:
        faults.append(f"Choose 1 to {MOST_TOGETHER} people, not {len(lines)}.")
    if wish.verdict not in decisions.VERDICTS or wish.reason not in decisions.REASONS:
        faults.append("Choose what is decided, and the reason.")
    if not 0 < len(wish.note.strip()) <= decisions.MOST_NOTE:
        faults.append("Say why in a sentence: it will stand at each of these people.")
    return faults


def _digest(lines: Collection[Line], wish: Wish) -> str:
    parts = [
        wish.verdict,
        wish.reason,
        wish.note,
        *(f"{one.told.id}:{one.told.evidence_hash}" for one in lines),
    ]
    return sha256("\n".join(parts).encode()).hexdigest()


def decide(
    runtime: Runtime,
    actor: Actor,
    screen_id: str,
    codes: Collection[str],
    wish: Wish,
    *,
    digest: str,
    now: datetime,
) -> int:
    """Record a common decision as one row for each person; pressing twice records it once. Return how many.

    Raises
    ------
    NotFoundError
        As `preview`.
    RequestError
        If something stands in the way.
    ConflictError
        If it would do something else by now than what was looked at.
    """
    looked = preview(runtime, actor, screen_id, codes, wish)
    if not looked.can_be_made:
        raise RequestError("It was not recorded: see what stands in the way.")
    if looked.digest != digest:
        raise ConflictError("The evidence has changed since you looked: look at the list again.")
    made = 0
    for line in looked.lines:
        if _stands(runtime, actor, line.told, wish):
            continue
        decisions.decide(
            runtime, actor, line.told.id, verdict=wish.verdict, reason=wish.reason, note=wish.note, now=now
        )
        made += 1
    return made


def _stands(runtime: Runtime, actor: Actor, told: Result, wish: Wish) -> bool:
    """Whether the last decision about somebody is this one already, as after a double click."""
    with runtime.transaction.reading() as session:
        rows = store.decisions_of(session, results.require(session, actor, told.id).id)
        last = rows[0][0] if rows else None
        return last is not None and (
            last.verdict, last.reason, last.note, last.staff_id, last.evidence_hash,
        ) == (wish.verdict, wish.reason, wish.note.strip(), actor.staff_id, told.evidence_hash)  # fmt: skip
