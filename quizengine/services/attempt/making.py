"""Making a timed attempt: what a screening hands over, and nothing else of what it knows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import quizengine
from quizengine.errors import RequestError
from quizengine.model.attempt import EXAMINED, Kind
from quizengine.roadmap.graph import role as find_role
from quizengine.services.attempt import events
from quizengine.services.attempt.drawing import chosen_and_drawn, planned_choice, put_up
from quizengine.services.diagnostic import SEED_BITS
from quizengine.services.history import keep_roadmap
from quizengine.services.runtime import Runtime, new_id
from quizengine.services.scoring import choose_next
from quizengine.store import attempts, contract
from quizengine.store.rows import AttemptRow

MINUTES = (1.0, 24 * 60.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What an attempt is to be.

    ``questions`` is a fixed form, in order; without one, questions are chosen by the answers, for ``role``.
    ``minutes`` is the time for everybody, None without a clock. After ``closes_at`` it cannot be begun; with
    ``hard_close`` it ends there, but for extra time. ``continues`` names an attempt that this one goes on
    with, for a reason.
    """

    kind: Kind
    role: str = ""
    questions: tuple[str, ...] = ()
    minutes: float | None = None
    closes_at: datetime | None = None
    hard_close: bool = False
    may_pause: bool = False
    continues: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in EXAMINED:
            raise RequestError(f"A {self.kind} is not made so; it has a service of its own.")
        if self.minutes is not None and not MINUTES[0] <= self.minutes <= MINUTES[1]:
            raise RequestError(f"The time is {MINUTES[0]:g} to {MINUTES[1]:g} minutes, not {self.minutes:g}.")
        if not self.questions and not self.role:
            raise RequestError("Name the questions, or the role that they are chosen for.")


def make(runtime: Runtime, learner_id: str, terms: Terms, *, now: datetime) -> str:
    """Make an attempt that is ready, with its first question stored; return its id.

    The clock starts with ``attempts.begin``. Whether the person may have it is for the caller to know.

    Raises
    ------
    UnknownNameError
        If there is no such role.
    RequestError
        If the bank has none of the questions.
    """
    bank = runtime.bank
    attempt_id = new_id()
    seed = runtime.seed("choices", attempt_id) >> (63 - SEED_BITS)
    role = None if terms.questions else find_role(bank.roadmap, terms.role)
    with runtime.transaction.reading() as session:
        seen = attempts.questions_seen(session, learner_id, kind=terms.kind)
    first = chosen_and_drawn(
        runtime,
        learner_id,
        attempt_id,
        1,
        lambda some: (
            choose_next(some, role, {}, seed, [], seen) if role else planned_choice(some, terms.questions, ())
        ),
    )
    if first.variant is None:
        raise RequestError("The bank has none of these questions.")
    with runtime.transaction() as session:
        row = AttemptRow(
            id=attempt_id,
            learner_id=learner_id,
            kind=terms.kind,
            state="ready",
            role=terms.role,
            roadmap_digest=keep_roadmap(session, bank),
            bank_digest=bank.digest,
            engine_version=quizengine.__version__,
            seed=seed,
            created_at=now,
            planned=list(terms.questions),
            base_ms=None if terms.minutes is None else round(terms.minutes * 60_000),
            may_pause=terms.may_pause,
            pauses_for_all=terms.may_pause,
            closes_at=terms.closes_at,
            hard_close=terms.hard_close,
            continues=terms.continues,
        )
        session.add(row)
        session.flush()
        contract.locked_attempt(session, attempt_id)
        events.append(session, row, "created", now=now, state="ready")
        put_up(session, row, 1, first.variant, now=now)
    return attempt_id
