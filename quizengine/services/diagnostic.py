"""The diagnostic: from a role to the first question."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import quizengine
from quizengine.errors import RequestError, nearest_hint
from quizengine.model.attempt import OPEN
from quizengine.roadmap.graph import role as find_role
from quizengine.services.attempt.closing import AFRESH, end
from quizengine.services.attempt.drawing import chosen_and_drawn
from quizengine.services.history import keep_roadmap
from quizengine.services.runtime import Runtime, new_id
from quizengine.services.scoring import RATING_LOGITS, choose_next
from quizengine.store import attempts
from quizengine.store.rows import AttemptRow

HOURS = (1.0, 40.0)
#: Seeds of choices fit a 32-bit column of any database.
SEED_BITS = 31


def start(
    runtime: Runtime,
    learner_id: str,
    *,
    role: str,
    hours_a_week: float,
    ratings: Mapping[str, int],
    now: datetime,
) -> str:
    """Make a diagnostic with its first question stored, and return its id.

    A diagnostic of the learner that is still open is given up for it.

    Parameters
    ----------
    role
        The id of a role of the roadmap.
    hours_a_week
        1 to 40; only the plan uses it.
    ratings
        What the person says of themselves: 0 (never used) to 4 (weekly), by area; may be empty.

    Raises
    ------
    UnknownNameError
        If there is no such role.
    RequestError
        If the hours or a rating are out of range.
    """
    bank = runtime.bank
    aim = find_role(bank.roadmap, role)
    _check(hours_a_week, ratings, [area.id for area in bank.roadmap.areas])
    attempt_id = new_id()
    seed = runtime.seed("choices", attempt_id) >> (63 - SEED_BITS)
    with runtime.transaction.reading() as session:
        seen = attempts.questions_seen(session, learner_id, kind="diagnostic")
    first = chosen_and_drawn(
        runtime, learner_id, attempt_id, 1, lambda some: choose_next(some, aim, ratings, seed, [], seen)
    )
    if first.variant is None:
        raise RequestError(f"The bank has no question for the role {aim.title}.")
    with runtime.transaction() as session:
        for row in attempts.attempts_of(session, learner_id, "diagnostic"):
            if row.state in OPEN:
                end(session, row, how="give_up", stopped=AFRESH, now=now)
        session.add(
            AttemptRow(
                id=attempt_id,
                learner_id=learner_id,
                kind="diagnostic",
                state="ready",
                role=aim.id,
                hours_a_week=hours_a_week,
                self_rating=dict(ratings),
                roadmap_digest=keep_roadmap(session, bank),
                bank_digest=bank.digest,
                engine_version=quizengine.__version__,
                seed=seed,
                created_at=now,
            )
        )
        session.flush()
        attempts.add_slot(session, new_id(), attempt_id, 1, first.variant, now=now)
    return attempt_id


def _check(hours: float, ratings: Mapping[str, int], areas: list[str]) -> None:
    if not HOURS[0] <= hours <= HOURS[1]:
        raise RequestError(f"Hours a week are {HOURS[0]:.0f} to {HOURS[1]:.0f}, not {hours:g}.")
    for area, rating in ratings.items():
        if area not in areas:
            raise RequestError(f"There is no area named {area!r}.{nearest_hint(area, areas)}")
        if rating not in range(len(RATING_LOGITS)):
            raise RequestError(f"A rating is 0 to {len(RATING_LOGITS) - 1}, not {rating}.")
