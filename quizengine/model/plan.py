"""A study plan: ordered steps, laid out in weeks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from quizengine.model.estimate import Band
from quizengine.model.variant import SkillId


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyStep:
    """One skill to work on: hours as a range, why now, what to read."""

    skill: SkillId
    title: str
    phase: str
    band: Band
    hours_low: float
    hours_high: float
    why: str
    blocks: tuple[SkillId, ...]
    study: tuple[str, ...]
    builds_on: tuple[str, ...]
    first_week: int
    last_week: int


@dataclass(frozen=True, slots=True)
class WeekShare:
    """What part of a step falls into a week, in hours (the middle of its range)."""

    skill: SkillId
    hours: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyWeek:
    """One week: when it begins, what is studied, whether it ends with a check."""

    number: int
    begins: date
    shares: tuple[WeekShare, ...]
    is_check: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyPlan:
    """Ordered steps and the weeks they fall in.

    ``weeks_low`` and ``weeks_high`` follow from the ends of the hour ranges and count
    weeks with study; a free week in ``weeks`` has no shares.
    ``credited`` are skills of the role that need no study, with the reason;
    ``postponed`` those put off, and those that have to wait for them.
    """

    role: str
    hours_a_week: float
    starts: date
    steps: tuple[StudyStep, ...]
    weeks: tuple[StudyWeek, ...]
    weeks_low: int
    weeks_high: int
    hours_low: float
    hours_high: float
    credited: tuple[tuple[SkillId, str], ...]
    postponed: tuple[tuple[SkillId, str], ...] = ()
