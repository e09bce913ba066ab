"""Questions that were withdrawn after a test: what its result was with them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from quizengine.model.result import Result
from quizengine.services.hiring import results
from quizengine.services.permissions import Actor
from quizengine.services.runtime import Runtime
from quizengine.store import contract
from quizengine.store.rows import SlotRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn:
    """How many questions of a test were withdrawn, when, and the chance to meet the bar with them."""

    count: int
    at: datetime | None
    p_before: float


def of_result(runtime: Runtime, actor: Actor, told: Result) -> Withdrawn | None:
    """Return what was withdrawn of the test behind a result; None where nothing was.

    Raises
    ------
    NotFoundError
        If the result is not the actor's to see.
    """
    with runtime.transaction.reading() as session:
        row = results.require(session, actor, told.id)
        gone = select(func.count()).where(SlotRow.attempt_id == told.attempt_id, SlotRow.state == "withdrawn")
        count = session.scalar(gone) or 0
        if not count:
            return None
        events = contract.events_of(session, told.attempt_id)
        at = max((event.at for event in events if event.kind == "withdrawn"), default=None)
        before = results.result_of(session, row, withdrawn=True)
    return Withdrawn(count=count, at=at, p_before=before.p_meets)
