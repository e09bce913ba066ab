"""A screen while it runs: who is where, what staff may do, and what the person is told of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from quizengine.errors import ConflictError, NotFoundError, RequestError
from quizengine.services import attempts
from quizengine.services.attempt import accommodations
from quizengine.services.attempt.accommodations import Accommodation
from quizengine.services.hiring import (
    audit,
    decisions,
    intervening,
    invitations,
    monitor,
    previews,
    results,
    screens,
    sitting,
)
from quizengine.services.hiring.intervening import Order
from quizengine.services.hiring.monitor import Live
from quizengine.services.permissions import Actor
from quizengine.services.runtime import Runtime
from quizengine.store.statistics import question_counts
from tests.factories import NOON, make_runtime
from tests.hiring import invite, make_owner, make_person, make_screen
from tests.hiring_sittings import Sat, answer, begin, finish, two_skill_bank

MINUTE = timedelta(minutes=1)


@pytest.fixture
def runtime(tmp_path: Path) -> Runtime:
    return make_runtime(tmp_path, two_skill_bank())


@pytest.fixture
def owner(runtime: Runtime) -> Actor:
    return make_owner(runtime)


@pytest.fixture
def screen(runtime: Runtime, owner: Actor) -> str:
    return make_screen(runtime, owner)


def row_of(runtime: Runtime, actor: Actor, screen: str, sat: Sat, now: datetime) -> Live:
    found = monitor.read(runtime, actor, screen, now=now)
    return next(one for one in found.rows if one.invitation_id == sat.invitation)


def order(act: str, minutes: int = 0, note: str = "The fire alarm rang.") -> Order:
    return Order(act=act, reason="disturbance", note=note, minutes=minutes)


def do(runtime: Runtime, owner: Actor, sat: Sat, what: Order, now: datetime = NOON + MINUTE) -> None:
    intervening.do(runtime, owner, sat.invitation, what, now=now)


def test_everybody_stands_in_the_tab_of_where_they_are(runtime: Runtime, owner: Actor, screen: str) -> None:
    at_work, done = begin(runtime, owner, screen, "Ann Lee"), begin(runtime, owner, screen, "Bob Stein")
    finish(runtime, done, now=NOON + MINUTE)
    invite(runtime, owner, screen, "email\ncem@example.org")

    found = monitor.read(runtime, owner, screen, now=NOON + 2 * MINUTE)

    assert [one.name for one in found.of("in_progress")] == ["Ann Lee"]
    assert [one.name for one in found.of("finished")] == ["Bob Stein"]
    assert [one.name for one in found.of("not_started")] == ["cem@example.org"]
    assert sum(found.counts.values()) == 3
    assert row_of(runtime, owner, screen, at_work, NOON + 2 * MINUTE).connection == "offline"


def test_a_row_counts_questions_and_minutes(runtime: Runtime, owner: Actor, screen: str) -> None:
    sat = begin(runtime, owner, screen)
    answer(runtime, sat, "rw")
    do(runtime, owner, sat, order("add_time", 5))

    row = row_of(runtime, owner, screen, sat, NOON + 90 * timedelta(seconds=1))

    assert (row.number, row.used, row.left, row.added) == (3, 1.5, 63.5, 5.0)
    assert (row.connection, row.saved_ago, row.attention) == ("ok", 30.0, ())


def test_long_silence_asks_for_attention(runtime: Runtime, owner: Actor, screen: str) -> None:
    sat = begin(runtime, owner, screen)

    row = row_of(runtime, owner, screen, sat, NOON + 7 * MINUTE)

    assert row.attention == ("not heard of for 7 minutes",)


def test_minutes_give_no_adjustment_away_to_whoever_may_not_know(
    runtime: Runtime, owner: Actor, screen: str
) -> None:
    auditor = make_person(runtime, owner, "auditor")
    knows = make_person(runtime, owner, "admin", grants=("accommodate",))
    sat, plain = begin(runtime, owner, screen, "Ann Lee"), begin(runtime, owner, screen, "Bob Stein")
    half_more = Accommodation(multiplier_percent=150)
    accommodations.grant(runtime, sat.learner, half_more, by="x", now=NOON)

    blind, all_ = (row_of(runtime, who, screen, sat, NOON) for who in (auditor, knows))
    other = row_of(runtime, auditor, screen, plain, NOON)

    assert (blind.name, blind.left, blind.adjusted) == ("", other.left, False)
    assert (all_.name, all_.left, all_.adjusted) == ("Ann Lee", 90.0, True)


def test_a_paused_clock_stands_still_and_goes_on_with_the_time_given_back(
    runtime: Runtime, owner: Actor, screen: str
) -> None:
    sat = begin(runtime, owner, screen)
    before = attempts.standing(runtime, sat.learner, sat.attempt, now=NOON).clock
    do(runtime, owner, sat, order("pause"), NOON + MINUTE)

    assert attempts.standing(runtime, sat.learner, sat.attempt, now=NOON + 5 * MINUTE).state == "paused"
    do(runtime, owner, sat, order("resume"), NOON + 11 * MINUTE)

    after = attempts.standing(runtime, sat.learner, sat.attempt, now=NOON + 11 * MINUTE).clock
    assert before
    assert after
    assert before.deadline
    assert after.deadline == before.deadline + 10 * MINUTE


def test_every_act_stands_in_the_audit_and_is_told_to_the_person(
    runtime: Runtime, owner: Actor, screen: str
) -> None:
    sat = begin(runtime, owner, screen)
    for what in (order("add_time", 7), order("pause"), order("resume"), order("send_code"), order("void")):
        do(runtime, owner, sat, what)

    told = intervening.told_to_person(runtime, sat.attempt)
    chain, fault = audit.entries(runtime, owner)

    assert [one.act for one in told] == list(intervening.ACTS)
    assert {(one.note, one.by) for one in told} == {("The fire alarm rang.", "")}
    assert {one.by for one in intervening.on(runtime, owner, sat.invitation)} == {owner.name}
    acts = [one for one in chain if one.act.startswith("attempt.")]
    assert [one.act.partition(".")[2] for one in acts[::-1]] == list(intervening.ACTS)
    assert {(one.note, one.data["reason"]) for one in acts} == {("The fire alarm rang.", "disturbance")}
    assert fault is None


def test_a_voided_test_tells_nothing_and_may_be_taken_again(
    runtime: Runtime, owner: Actor, screen: str
) -> None:
    sat = begin(runtime, owner, screen)
    answer(runtime, sat, "r" * 19)
    do(runtime, owner, sat, order("void"))
    sitting.note_finished(runtime, now=NOON + MINUTE)

    told = results.read(runtime, owner, sat.result)

    assert (told.headline, told.is_told) == ("voided", False)
    with pytest.raises(ConflictError, match="voided"):
        decisions.decide(
            runtime, owner, sat.result, verdict="hold", reason="withdrew", note="", now=NOON + MINUTE
        )
    with pytest.raises(ConflictError, match="voided already"):
        do(runtime, owner, sat, order("void"))
    begin(runtime, owner, screen, "Ann Lee", now=NOON + 2 * MINUTE)


@pytest.mark.parametrize(
    ("act", "minutes", "note"),
    [
        ("add_time", 0, "x"),
        ("add_time", 601, "x"),
        ("pause", 0, " "),
        ("pause", 0, "x" * 501),
        ("end", 0, "x"),
    ],
)
def test_an_act_needs_its_reason_and_minutes_in_range(act: str, minutes: int, note: str) -> None:
    with pytest.raises(RequestError):
        order(act, minutes, note)


def test_what_does_not_fit_the_state_is_refused_and_leaves_no_trace(
    runtime: Runtime, owner: Actor, screen: str
) -> None:
    sat = begin(runtime, owner, screen)

    with pytest.raises(ConflictError, match="Nothing was done"):
        do(runtime, owner, sat, order("resume"))

    assert intervening.told_to_person(runtime, sat.attempt) == ()


def test_time_for_all_reaches_just_those_who_were_foretold(
    runtime: Runtime, owner: Actor, screen: str
) -> None:
    people = [begin(runtime, owner, screen, name) for name in ("Ann Lee", "Bob Stein", "Cem Kaya")]
    do(runtime, owner, people[2], order("pause"))
    five = order("add_time", 5)

    with pytest.raises(ConflictError, match="reach 2 people by now, not 3"):
        intervening.for_all(runtime, owner, screen, five, foreseen=3, now=NOON + MINUTE)
    done = intervening.for_all(runtime, owner, screen, five, foreseen=2, now=NOON + MINUTE)

    added = [row_of(runtime, owner, screen, sat, NOON + MINUTE).added for sat in people]
    assert (done, added) == (2, [5.0, 5.0, 0.0])


def test_who_only_watches_may_not_act_and_who_is_not_assigned_sees_nothing(
    runtime: Runtime, owner: Actor, screen: str
) -> None:
    sat = begin(runtime, owner, screen)
    auditor, recruiter = make_person(runtime, owner, "auditor"), make_person(runtime, owner, "recruiter")

    for who in (auditor, recruiter):
        with pytest.raises(NotFoundError):
            do(runtime, who, sat, order("pause"))
    with pytest.raises(NotFoundError):
        monitor.read(runtime, recruiter, screen, now=NOON)
    assert monitor.read(runtime, auditor, screen, now=NOON).may_intervene is False


def test_a_later_last_day_reaches_who_is_at_work_and_an_earlier_one_does_not(
    runtime: Runtime, owner: Actor
) -> None:
    screen = make_screen(runtime, owner, closes_at=NOON + 30 * MINUTE, hard_close=True)
    sat = begin(runtime, owner, screen)
    plan = screens.read(runtime, owner, screen).plan

    def deadline_with(closes_at: datetime) -> datetime | None:
        screens.change(runtime, owner, screen, replace(plan, closes_at=closes_at), now=NOON + MINUTE)
        clock = attempts.standing(runtime, sat.learner, sat.attempt, now=NOON + MINUTE).clock
        return clock.deadline if clock else None

    assert deadline_with(NOON + 20 * MINUTE) == NOON + 30 * MINUTE
    assert deadline_with(NOON + 50 * MINUTE) == NOON + 50 * MINUTE
    assert deadline_with(NOON + 90 * MINUTE) == NOON + 60 * MINUTE


def test_a_preview_is_a_candidates_test_that_counts_nowhere(
    runtime: Runtime, owner: Actor, screen: str
) -> None:
    sat = begin(runtime, owner, screen)
    made = previews.make_preview(runtime, owner, screen, now=NOON)
    attempts.begin(runtime, made.learner_id, made.attempt_id, now=NOON)
    answer(runtime, Sat("", "", made.attempt_id, made.learner_id), "r" * 20)

    seen = attempts.standing(runtime, made.learner_id, made.attempt_id)
    theirs = attempts.standing(runtime, sat.learner, sat.attempt)

    assert (seen.kind, seen.state) == ("preview", "submitted")
    assert (seen.at_most, seen.minutes) == (theirs.at_most, theirs.minutes)
    assert len(results.of_screen(runtime, owner, screen)) == 1
    assert len(monitor.read(runtime, owner, screen, now=NOON).rows) == 1
    assert len(invitations.people_of(runtime, owner, screen, now=NOON)) == 1
    assert screens.read(runtime, owner, screen).counts == {"activated": 1}
    assert previews.screen_of(runtime, made.attempt_id) == screen
    with runtime.transaction.reading() as session:
        assert question_counts(session) == {}
