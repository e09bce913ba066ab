"""What happened in an attempt, as a chain: each event holds the hash of the one before.

The hash of an event covers what may be told of it openly, and a seal of the rest: times and deadlines, from
which one could tell who has extra time. So a chain can be checked by people who may not read all of it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy.orm import Session

from quizengine.services.sealing import digest, new_salt, seal
from quizengine.store import contract
from quizengine.store.attempt_rows import AttemptEventRow
from quizengine.store.rows import AttemptRow

#: What of an event everybody may read who may read the answers, by kind; of other kinds nothing.
OPEN: Mapping[str, tuple[str, ...]] = {
    "created": (),
    "shown": ("number", "variant"),
    "committed": ("number", "dont_know", "answers"),
    "regraded": ("number", "verdict", "question"),
    "withdrawn": ("number", "question"),
    "restored": ("number", "question"),
}


def append(session: Session, row: AttemptRow, kind: str, *, now: datetime, **data: Any) -> None:
    """Write down what happened. The attempt must be locked: see ``contract.locked_attempt``."""
    last = contract.last_event(session, row.id)
    event = AttemptEventRow(
        attempt_id=row.id,
        n=last.n + 1 if last else 1,
        kind=kind,
        data=data,
        at=now,
        previous_hash=last.hash if last else "",
        hash="",
        salt=new_salt(),
    )
    event.hash = hash_of(event)
    session.add(event)
    session.flush()


def hash_of(event: AttemptEventRow) -> str:
    """Return the hash of an event, which covers the one before."""
    if event.salt is not None:
        return link(event.attempt_id, event.n, event.previous_hash, open_part(event), sealed_part(event))
    # Written before events were sealed.
    content = [event.attempt_id, event.n, event.kind, event.data, event.at.isoformat(), event.previous_hash]
    return sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def open_part(event: AttemptEventRow) -> dict[str, Any]:
    """Return what of an event may be told: its kind and the facts of ``OPEN``, or nothing."""
    if event.salt is None or event.kind not in OPEN:
        return {}
    return {"kind": event.kind, **{name: event.data[name] for name in OPEN[event.kind] if name in event.data}}


def sealed_part(event: AttemptEventRow) -> str:
    """Return the seal of a whole event."""
    return seal(event.salt or "", [event.kind, event.data, event.at.isoformat()])


def link(attempt_id: str, n: int, previous_hash: str, told: Mapping[str, Any], sealed: str) -> str:
    """Return the hash of the ``n``-th event of an attempt from its open part and its seal."""
    return digest([attempt_id, n, previous_hash, told, sealed])


def answers_seal(salt: str, answers: Mapping[str, Any], *, dont_know: bool, decimal: str) -> str:
    """Return what a committed event says of the answers: their seal, which opens with their salt."""
    return seal(salt, [answers, dont_know, decimal])


def first_break(events: Sequence[AttemptEventRow]) -> int | None:
    """Return the number of the first event that does not follow from the one before, or None."""
    before = ""
    for place, event in enumerate(events, 1):
        if (event.n, event.previous_hash, event.hash) != (place, before, hash_of(event)):
            return place
        before = event.hash
    return None


@dataclass(frozen=True, slots=True)
class Replayed:
    """An attempt as its events tell it."""

    state: str = "ready"
    deadline: str | None = None
    epoch: int = 0
    answered: tuple[int, ...] = ()
    added: Mapping[str, int] = field(default_factory=dict)


def replay(events: Sequence[AttemptEventRow]) -> Replayed:
    """Return the attempt that its events lead to."""
    told = Replayed()
    for event in events:
        data = event.data
        told = replace(
            told,
            state=data.get("state", told.state),
            deadline=data.get("deadline", told.deadline),
            epoch=data.get("epoch", told.epoch),
            answered=(*told.answered, data["number"]) if event.kind == "committed" else told.answered,
            added=_with(told.added, data) if event.kind == "time_added" else told.added,
        )
    return told


def _with(added: Mapping[str, int], data: Mapping[str, Any]) -> Mapping[str, int]:
    return {**added, data["why"]: added.get(data["why"], 0) + data["ms"]}


def told(moment: datetime | None) -> str | None:
    """Return a moment as events and replies write it."""
    return moment.isoformat() if moment else None
