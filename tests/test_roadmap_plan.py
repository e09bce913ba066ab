"""The study plan: its order, its hours and its weeks."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizengine.errors import RequestError, UnknownNameError
from quizengine.model.estimate import Gap
from quizengine.model.plan import StudyPlan
from quizengine.model.roadmap import Roadmap
from quizengine.model.variant import SkillId
from quizengine.roadmap import graph
from quizengine.roadmap.gaps import find_gaps
from quizengine.roadmap.plan import check_hours, make_plan, middle, next_actions, study_hours
from tests.roadmaps import gaps_from, roadmap, roadmaps_with_gaps, shipped, skill_entry

MONDAY = date(2026, 11, 23)
hours = st.floats(1, 80)
free_days = st.lists(st.integers(0, 60).map(lambda days: MONDAY + timedelta(days=days)), max_size=4)
Drawn = tuple[Roadmap, tuple[Gap, ...]]


def plan_of(drawn: Drawn, hours_a_week: float = 6, free_weeks: Collection[date] = ()) -> StudyPlan:
    given_one, gaps = drawn
    return make_plan(
        given_one,
        given_one.roles[0],
        gaps,
        hours_a_week=hours_a_week,
        starts=MONDAY,
        free_weeks=free_weeks,
    )


def gaps_of(
    given_one: Roadmap,
    probability: float | Sequence[float] = 0.9,
    *,
    mean: float = -2.0,
    measured: bool = True,
) -> tuple[Gap, ...]:
    size = len(given_one.skills)
    return find_gaps(
        given_one,
        given_one.roles[0],
        probabilities=[probability] * size if isinstance(probability, float) else probability,
        means=[mean] * size,
        sds=[0.5] * size,
        answers_by_skill={one.id: 2 for one in given_one.skills} if measured else {},
        dont_know_by_skill={},
        near=[False] * size,
    )


@given(roadmaps_with_gaps())
def test_every_prerequisite_comes_before_what_builds_on_it(drawn: Drawn) -> None:
    plan = plan_of(drawn)

    place = {step.skill: at for at, step in enumerate(plan.steps)}
    for id_, at in place.items():
        assert all(place.get(below, -1) < at for below in graph.ancestors(drawn[0], id_))


@given(roadmaps_with_gaps())
def test_the_phases_come_one_after_the_other(drawn: Drawn) -> None:
    order = [phase.id for phase in drawn[0].phases]

    phases = [order.index(step.phase) for step in plan_of(drawn).steps]

    assert phases == sorted(phases)


@given(roadmaps_with_gaps(), hours, free_days)
def test_the_weeks_hold_exactly_the_hours_of_the_steps(drawn: Drawn, a_week: float, free: list[date]) -> None:
    plan = plan_of(drawn, a_week, free)

    for step in plan.steps:
        shares = [
            (week.number, one.hours) for week in plan.weeks for one in week.shares if one.skill == step.skill
        ]
        assert sum(share for _, share in shares) == middle(step)
        assert (shares[0][0], shares[-1][0]) == (step.first_week, step.last_week)
    assert all(sum(share.hours for share in week.shares) <= a_week for week in plan.weeks)


@given(roadmaps_with_gaps(), hours, hours, free_days)
def test_more_hours_a_week_never_mean_more_weeks(
    drawn: Drawn, one: float, other: float, free: list[date]
) -> None:
    fewer, more = sorted((one, other))

    slow, fast = plan_of(drawn, fewer, free), plan_of(drawn, more, free)

    assert len(fast.weeks) <= len(slow.weeks)
    assert (fast.weeks_low, fast.weeks_high) <= (slow.weeks_low, slow.weeks_high)


@given(roadmaps_with_gaps(), hours, free_days)
def test_free_weeks_stay_empty_and_only_they(drawn: Drawn, a_week: float, free: list[date]) -> None:
    plan = plan_of(drawn, a_week, free)

    assert [week.number for week in plan.weeks] == list(range(1, len(plan.weeks) + 1))
    assert all(later.begins - week.begins == timedelta(weeks=1) for week, later in pairwise(plan.weeks))
    for week in plan.weeks:
        is_free = any(week.begins <= day < week.begins + timedelta(weeks=1) for day in free)
        assert bool(week.shares) != is_free
    assert sum(bool(week.shares) for week in plan.weeks) in range(plan.weeks_low, plan.weeks_high + 1)


@given(roadmaps_with_gaps())
def test_every_skill_of_the_role_is_either_studied_or_credited(drawn: Drawn) -> None:
    plan = plan_of(drawn)

    steps, credited = {step.skill for step in plan.steps}, {id_ for id_, _ in plan.credited}
    assert not steps & credited
    assert set(drawn[0].roles[0].targets) <= steps | credited


@given(roadmaps_with_gaps())
def test_what_is_outside_the_role_is_studied_only_where_it_blocks(drawn: Drawn) -> None:
    targets = drawn[0].roles[0].targets
    plan = plan_of(drawn)

    studied = {step.skill for step in plan.steps}
    assert all(step.skill in targets or studied & set(step.blocks) & set(targets) for step in plan.steps)


@given(roadmaps_with_gaps())
def test_equal_gaps_give_equal_plans(drawn: Drawn) -> None:
    assert plan_of(drawn) == plan_of(drawn)


def test_a_prerequisite_that_the_role_does_not_name_is_studied_where_it_blocks() -> None:
    given_one = roadmap(skill_entry("under", targets={}), skill_entry("named", "under"))

    blocked = plan_of((given_one, gaps_of(given_one)))
    free = plan_of((given_one, gaps_of(given_one, [0.9, 0.1])))

    assert [step.skill for step in blocked.steps] == ["under", "named"]
    assert [step.skill for step in free.steps] == []


def test_the_order_holds_through_a_skill_that_is_ready() -> None:
    given_one = roadmap(
        skill_entry("under", hours={"low": 40, "high": 60}),
        skill_entry("ready", "under"),
        skill_entry("quick", "ready", hours={"low": 1, "high": 1}),
    )

    plan = plan_of((given_one, gaps_of(given_one, [0.9, 0.1, 1.0])))

    assert [step.skill for step in plan.steps] == ["under", "quick"]


def test_among_skills_that_can_begin_what_unlocks_most_an_hour_comes_first() -> None:
    given_one = roadmap(
        skill_entry("long", hours={"low": 30, "high": 60}),
        skill_entry("alone"),
        skill_entry("opens"),
        skill_entry("opened", "opens"),
    )

    plan = plan_of((given_one, gaps_of(given_one)))

    assert [step.skill for step in plan.steps] == ["opens", "alone", "opened", "long"]


def test_a_ready_skill_is_credited_with_the_reason() -> None:
    given_one = roadmap(skill_entry("a"))

    plan = plan_of((given_one, gaps_of(given_one, 0.03, mean=2.0)))

    assert plan.steps == ()
    assert plan.weeks == ()
    assert plan.hours_high == plan.weeks_high == 0
    assert plan.credited == (
        (
            "a",
            "You are very likely at the goal already: 88% on a medium question, the goal is 80% (2 answers).",
        ),
    )


def test_an_untested_skill_is_checked_before_it_is_studied() -> None:
    given_one = roadmap(skill_entry("a", hours={"low": 10, "high": 20}))

    (step,) = plan_of((given_one, gaps_of(given_one, measured=False))).steps

    assert (step.hours_low, step.hours_high) == (1.5, 3)
    assert step.why.startswith("Not tested yet: check first")


def test_what_a_person_claims_to_know_gets_a_check_instead_of_belief() -> None:
    given_one = roadmap(skill_entry("a", hours={"low": 10, "high": 20}))

    plan = make_plan(
        given_one,
        given_one.roles[0],
        gaps_of(given_one),
        hours_a_week=6,
        starts=MONDAY,
        credited=[SkillId("a")],
    )

    assert plan.credited == ()
    assert (plan.hours_low, plan.hours_high) == (1.5, 3)
    assert plan.steps[0].why.startswith("You say that you know this")


def test_what_is_put_off_takes_along_what_builds_on_it() -> None:
    given_one = roadmap(
        skill_entry("under", targets={}), skill_entry("a", "under"), skill_entry("b", "a"), skill_entry("c")
    )

    plan = make_plan(
        given_one,
        given_one.roles[0],
        gaps_of(given_one),
        hours_a_week=6,
        starts=MONDAY,
        postponed=[SkillId("a")],
    )

    assert [step.skill for step in plan.steps] == ["c"]
    assert plan.postponed == (
        ("a", "You put this off."),
        ("b", "This builds on what you put off: Title of a."),
    )


def test_a_gap_says_what_was_found_and_what_it_blocks() -> None:
    given_one = roadmap(skill_entry("a"), skill_entry("b", "a"))

    first = plan_of((given_one, gaps_of(given_one))).steps[0]

    assert first.why == (
        "You are likely below the goal: 12% on a medium question, the goal is 80%. Blocks 1 skill you need."
    )


@given(st.floats(-4, 4), st.floats(-4, 4))
def test_a_gap_that_is_nearly_closed_never_takes_more_hours(one: float, other: float) -> None:
    given_one = roadmap(skill_entry("a", hours={"low": 6, "high": 10}))
    far, near = (gaps_of(given_one, mean=mean)[0] for mean in sorted((one, other)))

    more, fewer = (study_hours(given_one.skills[0], gap) for gap in (far, near))

    assert fewer.low <= more.low <= 6
    assert fewer.high <= more.high <= 10
    assert fewer.low >= 1.5
    assert fewer.high >= 3


def test_what_a_backend_engineer_brings_along_lowers_the_low_end_only() -> None:
    plain = roadmap(skill_entry("a", hours={"low": 10, "high": 20}))
    brought = roadmap(skill_entry("a", hours={"low": 10, "high": 20}, transfers=["cron jobs", "queues"]))
    much = roadmap(skill_entry("a", hours={"low": 10, "high": 20}, transfers=["x"] * 9))

    ranges = [study_hours(one.skills[0], gaps_of(one, mean=-3.0)[0]) for one in (plain, brought, much)]

    assert [(one.low, one.high) for one in ranges] == [(10, 20), (8, 20), (7, 20)]
    assert plan_of((brought, gaps_of(brought))).steps[0].builds_on == ("cron jobs", "queues")


def test_a_check_of_a_small_skill_still_takes_half_an_hour() -> None:
    found = check_hours(roadmap(skill_entry("a", hours={"low": 1, "high": 2})).skills[0])

    assert (found.low, found.high) == (0.5, 0.5)


def test_every_fourth_week_of_study_and_the_last_end_with_a_check() -> None:
    given_one = roadmap(skill_entry("a", hours={"low": 10, "high": 10}))

    plan = plan_of((given_one, gaps_of(given_one, mean=-3.0)), 1, [MONDAY + timedelta(days=10)])

    assert [week.number for week in plan.weeks if not week.shares] == [2]
    assert [week.number for week in plan.weeks if week.is_check] == [5, 9, 11]


@pytest.mark.parametrize("a_week", [0, 0.5, -3, 81, float("nan"), float("inf")])
def test_impossible_hours_a_week_are_refused_with_the_range(a_week: float) -> None:
    with pytest.raises(RequestError, match="between 1 and 80"):
        plan_of((shipped(), ()), a_week)


@pytest.mark.parametrize("starts", [date.min, date.max])
def test_a_start_outside_the_calendar_is_refused(starts: date) -> None:
    given_one = shipped()

    with pytest.raises(RequestError, match="between 2000 and 2200"):
        make_plan(given_one, given_one.roles[0], (), hours_a_week=6, starts=starts)


def test_an_unknown_skill_in_a_request_is_named() -> None:
    given_one = shipped()

    with pytest.raises(UnknownNameError, match=r"math\.bayes"):
        make_plan(
            given_one, given_one.roles[0], (), hours_a_week=6, starts=MONDAY, postponed=[SkillId("math.bays")]
        )


@given(roadmaps_with_gaps(), st.integers(1, 5))
def test_the_next_actions_can_all_begin_today(drawn: Drawn, n: int) -> None:
    plan = plan_of(drawn)

    found = next_actions(plan, drawn[1], n)

    assert len(found) == n or len(found) <= len(plan.steps)
    assert bool(found) == bool(plan.steps)
    assert not {step.skill for step in found} & {id_ for step in plan.steps for id_ in step.blocks}
    bands = [step.band == "gap" for step in found]
    assert bands == sorted(bands, reverse=True)


def test_a_newcomer_needs_the_whole_roadmap_and_an_expert_nothing() -> None:
    given_one = shipped()
    role = graph.role(given_one, "ml-engineer")
    size = len(given_one.skills)

    newcomer, expert = (
        make_plan(
            given_one,
            role,
            gaps_from(given_one, [p] * size, [mean] * size),
            hours_a_week=8,
            starts=MONDAY,
        )
        for p, mean in ((1.0, -4.0), (0.0, 4.0))
    )

    assert len(newcomer.steps) == 60
    assert {step.band for step in expert.steps} == {"unclear"}
    assert expert.hours_high < newcomer.hours_low / 4
