"""The bank as its authors look at it: what each question measures, how hard it is, how it does. No keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log, nan
from typing import Any, Literal

import numpy as np

from quizengine.bank import Bank
from quizengine.errors import NotFoundError
from quizengine.model.question import Question
from quizengine.model.roadmap import Skill
from quizengine.psychometrics import item_information
from quizengine.psychometrics.arrays import Floats
from quizengine.services.runtime import Runtime
from quizengine.services.scoring import bank_items
from quizengine.store import statistics

Order = Literal["skill", "difficulty", "discrimination", "exposure", "answers", "right"]
ORDERS: tuple[Order, ...] = ("skill", "difficulty", "discrimination", "exposure", "answers", "right")
#: Reports that the map of people and questions is drawn from, the newest.
MOST_REPORTS = 2000
#: Answers below which a share of people is not drawn: it would be noise.
LEAST_ANSWERS = 5
BINS = 8
EDGE = 1e-4


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRow:
    """A question in numbers. ``a``, ``b``, ``c`` and ``d`` are its curve, in logits.

    ``exposure`` is the share of diagnostics that showed it, ``right`` the mean score; both are nan before
    there is any.
    """

    question: Question
    skill: Skill
    a: float
    b: float
    c: float
    d: float
    answers: int
    right: float
    dont_know: float
    exposure: float

    @property
    def information(self) -> float:
        """The most that an answer can tell, per logit squared."""
        grid = np.linspace(-5, 5, 401)
        return float(item_information(grid, self.a, self.b, self.c, self.d).max())


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What people of about one ability did: the ability in logits, how many they are, the mean score."""

    ability: float
    answers: int
    right: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ItemBank:
    """All questions, and the abilities that reports told, one a person and skill, in logits."""

    rows: tuple[ItemRow, ...]
    sittings: int
    reports: int
    abilities: Floats

    @property
    def answers(self) -> int:
        """Answers to all questions."""
        return sum(row.answers for row in self.rows)


def item_bank(runtime: Runtime) -> ItemBank:
    """Return the bank in numbers: the parameters that the scorer uses, and what people did."""
    with runtime.transaction() as session:
        counts = statistics.question_counts(session)
        shown, sittings = statistics.sittings_with(session), statistics.count_sittings(session)
        told = statistics.reports_told(session, MOST_REPORTS)
    abilities = [_logit(one["chance"]) for report in told for one in report]
    return ItemBank(
        rows=tuple(_rows(runtime.bank, counts, shown, sittings)),
        sittings=sittings,
        reports=len(told),
        abilities=np.array(abilities),
    )


def in_order(rows: Sequence[ItemRow], order: Order, *, falling: bool = False) -> list[ItemRow]:
    """Return the rows in an order; what is not known stands last."""
    if order == "skill":
        return list(rows)[::-1] if falling else list(rows)
    value = {"difficulty": "b", "discrimination": "a"}.get(order, order)
    known = [row for row in rows if getattr(row, value) == getattr(row, value)]
    unknown = [row for row in rows if row not in known]
    return sorted(known, key=lambda row: getattr(row, value), reverse=falling) + unknown


def find_item(runtime: Runtime, question_id: str) -> tuple[ItemRow, tuple[Observed, ...]]:
    """Return a question in numbers, and what people of different ability did with it.

    Abilities are those that the finished reports told of the question's first skill.

    Raises
    ------
    NotFoundError
        If the bank has no such question.
    """
    found = next((row for row in item_bank(runtime).rows if row.question.id == question_id), None)
    if found is None:
        raise NotFoundError("The bank has no such question.")
    with runtime.transaction() as session:
        answers = statistics.answers_with_reports(session, question_id)
    return found, observed(answers, found.question.primary_skill)


def observed(answers: Sequence[tuple[float, list[dict[str, Any]]]], skill: str) -> tuple[Observed, ...]:
    """Return the mean score in bins of ability with about equally many answers each, none with too few."""
    pairs = [
        (_logit(one["chance"]), score) for score, told in answers for one in told if one["skill"] == skill
    ]
    if len(pairs) < LEAST_ANSWERS:
        return ()
    ability, score = np.array(sorted(pairs)).T
    parts = min(BINS, ability.size // LEAST_ANSWERS)
    return tuple(
        Observed(ability=float(x.mean()), answers=x.size, right=float(y.mean()))
        for x, y in zip(np.array_split(ability, parts), np.array_split(score, parts), strict=True)
    )


def _rows(
    bank: Bank, counts: dict[str, statistics.QuestionCounts], shown: dict[str, int], sittings: int
) -> list[ItemRow]:
    known = bank_items(bank)
    skills = {skill.id: skill for skill in bank.roadmap.skills}
    place = {skill.id: i for i, skill in enumerate(bank.roadmap.skills)}
    none = statistics.QuestionCounts(answers=0, score=0.0, dont_know=0)
    rows = []
    for i, item in enumerate(known.items):
        question, count = bank[item.question_id].question, counts.get(item.question_id, none)
        rows.append(
            ItemRow(
                question=question,
                skill=skills[question.primary_skill],
                a=float(known.pool.a[i]),
                b=float(known.pool.b[i]),
                c=float(known.pool.c[i]),
                d=float(known.pool.d[i]),
                answers=count.answers,
                right=count.score / count.answers if count.answers else nan,
                dont_know=count.dont_know / count.answers if count.answers else nan,
                exposure=shown.get(item.question_id, 0) / sittings if sittings else nan,
            )
        )
    return sorted(rows, key=lambda row: (place[row.skill.id], row.b))


def _logit(chance: float) -> float:
    inside = min(max(float(chance), EDGE), 1 - EDGE)
    return log(inside / (1 - inside))
