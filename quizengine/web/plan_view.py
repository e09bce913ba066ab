"""A study plan as its page shows it: phases, weeks that say something new, and stretches between."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from quizengine.model.plan import StudyPlan, StudyStep, StudyWeek
from quizengine.model.roadmap import Phase, Roadmap
from quizengine.model.variant import SkillId


@dataclass(frozen=True, slots=True)
class Share:
    """What falls into a week: hours of a step, told in full where it begins."""

    step: StudyStep
    hours: float
    begins: bool
    ends: bool
    can_practise: bool


@dataclass(frozen=True, slots=True)
class Stretch:
    """One week, or several in a row that only go on with one step."""

    first: StudyWeek
    last: StudyWeek
    shares: tuple[Share, ...]
    phase: str

    @property
    def ends(self) -> date:
        """Return the last day of it."""
        return self.last.begins + timedelta(days=6)

    @property
    def is_free(self) -> bool:
        """Whether nothing is studied."""
        return not self.shares


@dataclass(frozen=True, slots=True)
class PhaseWeeks:
    """A phase of the roadmap with the weeks that begin in it, and its part of the whole in [0, 1]."""

    phase: Phase
    stretches: tuple[Stretch, ...]
    hours: float
    share: float
    before: float


def view_plan(
    roadmap: Roadmap, plan: StudyPlan, with_questions: Collection[SkillId]
) -> tuple[PhaseWeeks, ...]:
    """Return the weeks of a plan by the phase of what they begin with."""
    phase_of = {step.skill: step.phase for step in plan.steps}
    stretches = list(_stretches(plan, with_questions))
    hours = {phase.id: 0.0 for phase in roadmap.phases}
    for week in plan.weeks:
        for part in week.shares:
            hours[phase_of[part.skill]] += part.hours
    whole = sum(hours.values()) or 1.0
    found, before = [], 0.0
    for phase in roadmap.phases:
        inside = tuple(one for one in stretches if one.phase == phase.id)
        if inside or hours[phase.id]:
            share = hours[phase.id] / whole
            found.append(PhaseWeeks(phase, inside, hours[phase.id], share, before))
            before += share
    return tuple(found)


def _stretches(plan: StudyPlan, with_questions: Collection[SkillId]) -> Iterator[Stretch]:
    steps = {step.skill: step for step in plan.steps}
    running: Stretch | None = None
    phase = plan.steps[0].phase if plan.steps else ""
    for week in plan.weeks:
        shares = tuple(
            Share(
                steps[share.skill],
                share.hours,
                begins=steps[share.skill].first_week == week.number,
                ends=steps[share.skill].last_week == week.number,
                can_practise=share.skill in with_questions,
            )
            for share in week.shares
        )
        phase = next((share.step.phase for share in shares), phase)
        this = Stretch(week, week, shares, phase)
        if running is not None and _goes_on(running, this):
            running = Stretch(running.first, week, shares, phase)
            continue
        if running is not None:
            yield running
        running = this
    if running is not None:
        yield running


def _goes_on(before: Stretch, this: Stretch) -> bool:
    """Whether a week says nothing that the one before has not said: the same one step, all its hours."""
    if before.last.is_check or len(before.shares) != 1 or len(this.shares) != 1:
        return False
    one, other = before.shares[0], this.shares[0]
    return one.step is other.step and one.hours == other.hours and not one.begins
