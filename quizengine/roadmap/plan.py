"""The study plan: which skill when, for how long and why, laid out in weeks."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import count

from quizengine.errors import RequestError
from quizengine.model.estimate import Gap
from quizengine.model.plan import StudyPlan, StudyStep, StudyWeek, WeekShare
from quizengine.model.roadmap import Hours, Roadmap, Role, Skill
from quizengine.model.variant import SkillId
from quizengine.roadmap.gaps import probability_words
from quizengine.roadmap.graph import ancestors, in_order, skill

HOURS_A_WEEK = (1.0, 80.0)
"""Least and most hours a week that a plan can be made for."""
STARTS = (date(2000, 1, 1), date(2200, 1, 1))
CHECK_EVERY = 4
"""Weeks of study between two checks."""
NEWCOMER = 0.1
"""Chance on a medium question of somebody who has never met the skill: the hours are meant for them."""
LEAST_SHARE = 0.3
"""Share of the hours that even a gap close to the goal takes: the reading does not get shorter."""
CHECK_SHARE = 0.15
"""Share of the hours that finding out takes, for a skill that may be there already."""
TRANSFER_SHARE = 0.1
MOST_TRANSFER = 0.3
"""What each thing brought along takes off the low end of the hours, and the most that all take off."""
GRAIN = 0.25
"""Hours are filled into weeks in quarters; ranges are in halves, so that their middle is in quarters."""


@dataclass(frozen=True, slots=True)
class _Need:
    """A skill that takes time, and the gap behind it. ``is_claimed``: the person says that it is there."""

    skill: Skill
    gap: Gap
    is_claimed: bool

    @property
    def is_check(self) -> bool:
        return self.is_claimed or self.gap.band == "unclear"


def make_plan(  # noqa: PLR0913 - what a person can set about a plan
    roadmap: Roadmap,
    role: Role,
    gaps: Sequence[Gap],
    *,
    hours_a_week: float,
    starts: date,
    free_weeks: Collection[date] = (),
    credited: Collection[SkillId] = (),
    postponed: Collection[SkillId] = (),
) -> StudyPlan:
    """Return the plan that closes the gaps of a role.

    A ``gap`` gets its hours (``study_hours``), an ``unclear`` skill a short check
    first (``check_hours``), a ``ready`` one is credited with the reason. A skill
    that the role does not name is in the plan where one that needs work builds on it.
    Steps go phase by phase, prerequisites first; among those that can begin, the one
    with the highest priority for an hour of study comes first.

    Parameters
    ----------
    roadmap, role, gaps
        The graph, one of its roles, and what ``find_gaps`` said about it.
    hours_a_week
        Hours for study in a week, 1 to 80; quarters of an hour are used.
    starts
        The day on which the first week begins.
    free_weeks
        Days; a week of the plan that holds one of them stays empty.
    credited
        Skills that the person says they know: they get a check instead of belief.
    postponed
        Skills put off; what builds on them waits too.

    Raises
    ------
    RequestError
        When the hours or the start are out of range.
    UnknownNameError
        When ``credited`` or ``postponed`` name no skill.
    """
    _check_request(hours_a_week, starts)
    claimed = {skill(roadmap, id_).id for id_ in credited}
    off = {skill(roadmap, id_).id for id_ in postponed}
    put_off = _put_off(roadmap, _needs(roadmap, role, gaps, claimed), off)
    # Asked again without them, so that nothing is learnt only for the sake of what was put off.
    needs = _needs(roadmap, role, [gap for gap in gaps if gap.skill not in put_off], claimed)
    steps = _steps(roadmap, needs)
    capacity = math.floor(hours_a_week / GRAIN) * GRAIN
    weeks = tuple(_weeks(steps, capacity, starts, free_weeks))
    low, high = sum(step.hours_low for step in steps), sum(step.hours_high for step in steps)
    return StudyPlan(
        role=role.id,
        hours_a_week=hours_a_week,
        starts=starts,
        steps=_placed(steps, weeks),
        weeks=weeks,
        weeks_low=math.ceil(low / capacity),
        weeks_high=math.ceil(high / capacity),
        hours_low=low,
        hours_high=high,
        credited=tuple(_credits(role, gaps)),
        postponed=tuple(put_off.items()),
    )


def study_hours(wanted: Skill, gap: Gap) -> Hours:
    """Return the hours that a gap takes, in halves.

    The roadmap's hours take a newcomer (chance .1 on a medium question) to the
    goal. Somebody part of the way needs the share that is left, (goal - chance) /
    (goal - .1), but never less than .3 of it. Each thing that a backend engineer brings
    along takes a tenth off the low end, at most three tenths; the high end stays,
    since not everybody has used each of them.
    """
    start = min(NEWCOMER, gap.target / 2)
    left = min(1.0, max(LEAST_SHARE, (gap.target - gap.chance) / (gap.target - start)))
    brought = min(MOST_TRANSFER, TRANSFER_SHARE * len(wanted.transfers))
    low = _halves(wanted.hours.low * left * (1 - brought))
    return Hours(low, max(low, _halves(wanted.hours.high * left)), wanted.hours.basis)


def check_hours(wanted: Skill) -> Hours:
    """Return the hours of finding out whether a skill is there: .15 of its hours, at least half an hour."""
    low = _halves(wanted.hours.low * CHECK_SHARE)
    return Hours(low, max(low, _halves(wanted.hours.high * CHECK_SHARE)), "a check before any study")


def next_actions(plan: StudyPlan, gaps: Sequence[Gap], n: int = 3) -> tuple[StudyStep, ...]:
    """Return up to ``n`` steps of a plan to begin with: none waits for another step.

    Gaps come before checks, then the higher priority.
    """
    priority = {gap.skill: gap.priority for gap in gaps}
    waiting = {id_ for step in plan.steps for id_ in step.blocks}
    ready = [step for step in plan.steps if step.skill not in waiting]
    return tuple(sorted(ready, key=lambda step: (step.band != "gap", -priority[step.skill]))[:n])


def _check_request(hours_a_week: float, starts: date) -> None:
    least, most = HOURS_A_WEEK
    if not least <= hours_a_week <= most:
        raise RequestError(f"Hours a week must be between {least:g} and {most:g}, not {hours_a_week:g}.")
    first, last = STARTS
    if not first <= starts <= last:
        raise RequestError(f"A plan can start between {first.year} and {last.year}, not on {starts}.")


def _needs(
    roadmap: Roadmap, role: Role, gaps: Sequence[Gap], claimed: Collection[SkillId]
) -> Mapping[SkillId, _Need]:
    """Return what takes time, in the roadmap's order."""
    open_gaps = {gap.skill: gap for gap in gaps if gap.band != "ready"}
    wanted = {id_ for id_ in open_gaps if id_ in role.targets}
    return {
        one.id: _Need(one, open_gaps[one.id], one.id in claimed)
        for one in roadmap.skills
        if one.id in wanted or (one.id in open_gaps and not wanted.isdisjoint(open_gaps[one.id].blocks))
    }


def _put_off(
    roadmap: Roadmap, needs: Mapping[SkillId, _Need], postponed: Collection[SkillId]
) -> Mapping[SkillId, str]:
    """Return the skills that are not in the plan for now, each with the reason."""
    reasons: dict[SkillId, str] = {}
    for id_, need in needs.items():
        if id_ in postponed:
            reasons[id_] = "You put this off."
        elif waits := [one for one in ancestors(roadmap, need.skill.id) if one in postponed and one in needs]:
            titles = ", ".join(needs[one].skill.title for one in waits)
            reasons[id_] = f"This builds on what you put off: {titles}."
    return reasons


def _steps(roadmap: Roadmap, needs: Mapping[SkillId, _Need]) -> tuple[StudyStep, ...]:
    """Return the steps in order, not yet placed in weeks."""
    phase = {one.id: float(at) for at, one in enumerate(roadmap.phases)}
    place = {one.id: float(at) for at, one in enumerate(roadmap.skills)}
    steps = {id_: _step(need) for id_, need in needs.items()}

    def rank(id_: SkillId) -> tuple[float, ...]:
        return phase[steps[id_].phase], -needs[id_].gap.priority / middle(steps[id_]), place[id_]

    # A prerequisite that is ready takes no step, but what lies under it may: the order holds through it.
    under = {id_: ancestors(roadmap, id_) for id_ in needs}
    return tuple(steps[id_] for id_ in in_order(under, rank))


def _step(need: _Need) -> StudyStep:
    hours = check_hours(need.skill) if need.is_check else study_hours(need.skill, need.gap)
    return StudyStep(
        skill=need.skill.id,
        title=need.skill.title,
        phase=need.skill.phase,
        band=need.gap.band,
        hours_low=hours.low,
        hours_high=hours.high,
        why=_why(need),
        blocks=need.gap.blocks,
        study=need.skill.study,
        builds_on=need.skill.transfers,
        first_week=0,
        last_week=0,
    )


def _why(need: _Need) -> str:
    return " ".join(filter(None, (_finding(need), _opening(len(need.gap.blocks)))))


def _finding(need: _Need) -> str:
    gap = need.gap
    if need.is_claimed:
        return "You say that you know this: a short check first, then it is counted."
    if not gap.measured:
        return "Not tested yet: check first, and study only what turns out to be missing."
    figures = f"{gap.chance:.0%} on a medium question, the goal is {gap.target:.0%}"
    if gap.band == "unclear":
        return f"Not clear yet whether you are at the goal ({figures}): check first."
    new = ", and new to you" if gap.new_to_you else ""
    return f"You are {probability_words(gap.probability)} below the goal: {figures}{new}."


def _opening(blocked: int) -> str:
    if not blocked:
        return ""
    return f"Blocks {blocked} {'skill' if blocked == 1 else 'skills'} you need."


def _credits(role: Role, gaps: Sequence[Gap]) -> Iterator[tuple[SkillId, str]]:
    for gap in gaps:
        if gap.band == "ready" and gap.skill in role.targets:
            words = probability_words(1 - gap.probability)
            rests = _answers(gap.answers) if gap.answers else "judged from answers on skills close to it"
            yield (
                gap.skill,
                f"You are {words} at the goal already: {gap.chance:.0%} on a medium question, "
                f"the goal is {gap.target:.0%} ({rests}).",
            )


def _answers(answers: int) -> str:
    return f"{answers} {'answer' if answers == 1 else 'answers'}"


def _halves(hours: float) -> float:
    return max(1, round(2 * hours)) / 2


def middle(step: StudyStep) -> float:
    """Return the middle of a step's range of hours: what it takes in the weeks."""
    return (step.hours_low + step.hours_high) / 2


def _weeks(
    steps: Sequence[StudyStep], capacity: float, starts: date, free_weeks: Collection[date]
) -> Iterator[StudyWeek]:
    """Fill the steps into weeks one after another; every fourth studied week and the last end with a check.

    Quarters of an hour add up exactly in floats, so the shares of a step sum to its hours.
    """
    waiting = [WeekShare(step.skill, middle(step)) for step in steps]
    studied = 0
    # It ends: each week that is not free takes hours off, and the free days are a finite set.
    for number in count(1):
        if not waiting:
            return
        begins = starts + timedelta(weeks=number - 1)
        if any(begins <= day < begins + timedelta(weeks=1) for day in free_weeks):
            yield StudyWeek(number=number, begins=begins, shares=())
            continue
        shares, waiting = _taken(waiting, capacity)
        studied += 1
        is_check = studied % CHECK_EVERY == 0 or not waiting
        yield StudyWeek(number=number, begins=begins, shares=shares, is_check=is_check)


def _taken(waiting: Sequence[WeekShare], capacity: float) -> tuple[tuple[WeekShare, ...], list[WeekShare]]:
    """Return what fits into one week, and what is left over."""
    shares = []
    for at, share in enumerate(waiting):
        hours = min(share.hours, capacity)
        shares.append(WeekShare(share.skill, hours))
        capacity -= hours
        if hours < share.hours:
            return tuple(shares), [WeekShare(share.skill, share.hours - hours), *waiting[at + 1 :]]
        if capacity == 0:
            return tuple(shares), list(waiting[at + 1 :])
    return tuple(shares), []


def _placed(steps: Sequence[StudyStep], weeks: Sequence[StudyWeek]) -> tuple[StudyStep, ...]:
    found: dict[SkillId, list[int]] = {}
    for week in weeks:
        for share in week.shares:
            found.setdefault(share.skill, []).append(week.number)
    return tuple(
        replace(step, first_week=min(found[step.skill]), last_week=max(found[step.skill])) for step in steps
    )
