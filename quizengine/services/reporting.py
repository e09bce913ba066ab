"""What a finished diagnostic tells: computed from the stored answers, every time anew."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from quizengine.model.estimate import Gap
from quizengine.model.grade import Grade
from quizengine.roadmap.graph import role as find_role
from quizengine.services.history import Evidence, evidence, evidence_of, ratings_of, roadmap_of
from quizengine.services.scoring import Answered, gaps_of
from quizengine.store import attempts, sheets
from quizengine.store.rows import AttemptRow, ReportRow
from quizengine.store.sheets import SheetAnswerRow

#: Probabilities are told to so many decimals; two machines agree within half a unit of them.
TOLD_DECIMALS = 6


def gaps_told(session: Session, row: AttemptRow) -> tuple[Gap, ...]:
    """Return the gaps that an attempt's answers show, with the roadmap as it stood."""
    roadmap = roadmap_of(session, row)
    answered = [one for one in evidence_of(session, row.id) if isinstance(one, Answered)]
    return gaps_of(roadmap, find_role(roadmap, row.role), ratings_of(row), answered)


def paper_answers(session: Session, row: AttemptRow, report: ReportRow) -> tuple[SheetAnswerRow, ...]:
    """Return the answers on paper that a report counts beside its own, in the order they were entered.

    Those entered from its making to the next report's, and before it where it is the first. What is on a
    skill that its roadmap has not says nothing to it.
    """
    before, after = attempts.neighbours_of(session, report, row.learner_id)
    known = {skill.id for skill in roadmap_of(session, row).skills}
    return tuple(
        answer
        for answer in sheets.sheet_answers(
            session, row.learner_id, since=report.made_at if before else None, until=after
        )
        if known.issuperset(skill for skill, _ in answer.outline.skills)
    )


def gaps_with_paper(session: Session, row: AttemptRow, on_paper: Sequence[SheetAnswerRow]) -> tuple[Gap, ...]:
    """Return the gaps that the answers online and on paper show together, by one scorer."""
    roadmap = roadmap_of(session, row)
    found = [*evidence_of(session, row.id), *map(_evidence, on_paper)]
    answered = [one for one in found if isinstance(one, Answered)]
    return gaps_of(roadmap, find_role(roadmap, row.role), ratings_of(row), answered)


def _evidence(answer: SheetAnswerRow) -> Evidence:
    mark = answer.mark
    told = mark.grade or Grade(verdict="unreadable")
    return evidence(answer.outline, told, dont_know=mark.response.dont_know, milliseconds=0)


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
