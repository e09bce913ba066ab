"""What an attempt holds, as values: its slots, responses and last grades."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy.orm import Session

from quizengine.bank import Bank
from quizengine.errors import NotFoundError
from quizengine.model.grade import Grade, Response
from quizengine.model.roadmap import Roadmap
from quizengine.model.variant import SkillId, Variant
from quizengine.services.scoring import Answered, item_of_outline
from quizengine.store import attempts, codec, panels
from quizengine.store.codec import Outline
from quizengine.store.rows import AttemptRow, GradeRow, RoadmapRow, SlotRow


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenAnswer:
    """One committed answer: the question as shown, what was given, and the last grade.

    ``judged_by`` is the variant that the grade was made by, where that is another than the one shown.
    """

    slot_id: str
    number: int
    variant: Variant
    response: Response
    grade: Grade
    seconds: float
    judged_by: Variant | None = None

    @property
    def points_to(self) -> SkillId | None:
        """The skill that the misconception of the answer points to."""
        fired = self.grade.misconception
        return next((wrong.points_to for wrong in self.variant.misconceptions if wrong.id == fired), None)


#: What the scorer takes of an answer; the question's id alone where it is no evidence.
Evidence = Answered | str


def evidence(outline: Outline, grade: Grade, *, dont_know: bool, milliseconds: int) -> Evidence:
    """Return what the scorer takes of one answer."""
    if not (dont_know or grade.is_evidence):
        return str(outline.question_id)
    points_to = {wrong.id: wrong.points_to for wrong in outline.misconceptions}
    return Answered(
        item=item_of_outline(outline),
        score=grade.score,
        dont_know=dont_know,
        points_to=points_to.get(grade.misconception or ""),
        seconds=milliseconds / 1000,
    )


def evidence_of(
    session: Session, attempt_id: str, *, before: int | None = None, withdrawn: bool = False
) -> tuple[Evidence, ...]:
    """Return what the scorer takes of the committed answers of an attempt (``before`` a number), in order.

    With ``withdrawn`` those to questions that were withdrawn afterwards are among them.
    """
    return tuple(
        evidence(row.outline, row.grade, dont_know=row.dont_know, milliseconds=row.milliseconds)
        for row in attempts.scored_answers(session, attempt_id, before=before, withdrawn=withdrawn)
    )


def given_answer(session: Session, slot: SlotRow) -> GivenAnswer:
    """Return the committed answer of a slot."""
    if slot.response is None:
        raise NotFoundError("This question has no answer yet.")
    return GivenAnswer(
        slot_id=slot.id,
        number=slot.number,
        variant=attempts.variant_of(session, slot),
        response=attempts.response_of(slot.response),
        grade=grade_of(slot.response.grades[-1]),
        seconds=slot.response.milliseconds / 1000,
        judged_by=panels.read_variant(session, by) if (by := slot.response.grades[-1].judged_by) else None,
    )


def given_answers(session: Session, attempt: AttemptRow) -> tuple[GivenAnswer, ...]:
    """Return the committed answers of an attempt, in order."""
    return tuple(given_answer(session, slot) for slot in attempt.slots if slot.response is not None)


def grade_of(row: GradeRow) -> Grade:
    """Return a grade as it was told."""
    return Grade(
        verdict=row.verdict,  # type: ignore[arg-type]  # the table's constraint holds the five words
        score=row.score,
        rule=row.rule,
        read_as=row.read_as,
        misconception=row.misconception,
        feedback=row.feedback,
        hint=row.hint,
    )


def roadmap_of(session: Session, attempt: AttemptRow) -> Roadmap:
    """Return the roadmap as it stood when the attempt began."""
    row = session.get(RoadmapRow, attempt.roadmap_digest)
    if row is None:
        raise NotFoundError("The roadmap of this attempt is missing from the store.")
    return codec.roadmap_from_json(row.content)


def ratings_of(attempt: AttemptRow) -> dict[str, int]:
    """Return the self-rating of an attempt, by area."""
    return {area: int(rating) for area, rating in attempt.self_rating.items()}


def keep_roadmap(session: Session, bank: Bank) -> str:
    """Store the roadmap of the bank, and return the hash that names it."""
    content = codec.roadmap_to_json(bank.roadmap)
    digest = digest_of(content)
    attempts.keep_roadmap(session, digest, content)
    return digest


def digest_of(content: Mapping[str, Any]) -> str:
    """Return the hash of a JSON value."""
    return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def seconds_between(earlier: datetime, later: datetime | None) -> float:
    """Return the seconds between two moments, none below 0."""
    return max(0.0, (later - earlier).total_seconds()) if later else 0.0
