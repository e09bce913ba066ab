"""What a finished diagnostic tells: computed from the stored answers, every time anew."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from quizengine.model.estimate import Gap
from quizengine.roadmap.graph import role as find_role
from quizengine.services.history import evidence_of, ratings_of, roadmap_of
from quizengine.services.scoring import Answered, gaps_of
from quizengine.store.rows import AttemptRow

#: Probabilities are told to so many decimals; two machines agree within half a unit of them.
TOLD_DECIMALS = 6


def gaps_told(session: Session, row: AttemptRow) -> tuple[Gap, ...]:
    """Return the gaps that an attempt's answers show, with the roadmap as it stood."""
    roadmap = roadmap_of(session, row)
    answered = [one for one in evidence_of(session, row.id) if isinstance(one, Answered)]
    return gaps_of(roadmap, find_role(roadmap, row.role), ratings_of(row), answered)


def told_of(session: Session, row: AttemptRow) -> list[Any]:
    """Return what a report tells, in the form in which it is kept for ``verify``."""
    return [
        {
            "skill": gap.skill,
            "probability": round(gap.probability, TOLD_DECIMALS),
            "chance": round(gap.chance, TOLD_DECIMALS),
            "band": gap.band,
        }
        for gap in gaps_told(session, row)
    ]
