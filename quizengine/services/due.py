"""Which skills are due for a review: what was right comes back later each time, what was wrong tomorrow."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from itertools import takewhile

from quizengine.services.runtime import Runtime
from quizengine.store import sheets

#: Days until the next review, by the number of good ones in a row.
INTERVALS = (1, 3, 7, 14, 30, 60)


def due_skills(runtime: Runtime, learner_id: str, *, now: datetime) -> tuple[str, ...]:
    """Return the skills that a learner has answered questions on and that are due, the longest due first.

    Answers online and on paper count alike; skills without questions in the bank are left out.
    """
    with runtime.transaction.reading() as session:
        given = sheets.scores_given(session, learner_id)
    days: defaultdict[str, defaultdict[date, list[float]]] = defaultdict(lambda: defaultdict(list))
    for question_id, at, score in given:
        days[question_id.rpartition(".")[0]][at.date()].append(score)
    dates = {
        skill: due_on({day: all(s == 1 for s in scores) for day, scores in found.items()})
        for skill, found in days.items()
    }
    asked = {entry.question.primary_skill for entry in runtime.bank.questions.values()}
    due = [skill for skill, on in dates.items() if on <= now.date() and skill in asked]
    return tuple(sorted(due, key=lambda skill: (dates[skill], skill)))


def due_on(days: Mapping[date, bool]) -> date:
    """Return when a skill is due, from the days on which it was answered and whether all was right then.

    >>> due_on({date(2026, 3, 1): False, date(2026, 3, 2): True, date(2026, 3, 5): True})
    datetime.date(2026, 3, 12)
    """
    newest_first = sorted(days, reverse=True)
    good: Iterable[date] = takewhile(lambda day: days[day], newest_first)
    row = min(len(list(good)), len(INTERVALS) - 1)
    return newest_first[0] + timedelta(days=INTERVALS[row])
