"""What a person says is wrong with a question while they sit it: kept, and shown beside the answer."""

from __future__ import annotations

from datetime import datetime

from quizengine.errors import RequestError
from quizengine.services.runtime import Runtime
from quizengine.store import attempts
from quizengine.store import reports_of_questions as store
from quizengine.store.review_rows import QuestionReportRow

MOST_CHARACTERS = 1000
MOST_A_QUESTION = 3


def report(runtime: Runtime, learner_id: str, slot_id: str, text: str, *, now: datetime) -> None:
    """Keep what somebody says of a question of theirs. It changes nothing in the test.

    Raises
    ------
    NotFoundError
        If they have no such question.
    RequestError
        If nothing was written, too much, or too often.
    """
    said = text.strip()
    if not 0 < len(said) <= MOST_CHARACTERS:
        raise RequestError(f"Write in 1 to {MOST_CHARACTERS:,} characters what is wrong.")
    with runtime.transaction() as session:
        attempts.find_slot(session, slot_id, learner_id)
        if store.count(session, slot_id) >= MOST_A_QUESTION:
            raise RequestError("Your reports of this question are kept; go on, and do not wait for a reply.")
        session.add(QuestionReportRow(slot_id=slot_id, text=said, at=now))
