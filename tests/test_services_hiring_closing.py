"""Closing a screen: nobody starts after it; who is at work finishes, or is ended where they were told so."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from quizengine.errors import AttemptClosedError, ConflictError, RequestError
from quizengine.services import attempts
from quizengine.services.attempt import accommodations, calls, events, sweeping
from quizengine.services.attempt.accommodations import Accommodation
from quizengine.services.attempt.lease import ANYBODY
from quizengine.services.attempts import Standing
from quizengine.services.hiring import intervening, invitations, results, screens, sitting
from quizengine.services.hiring.intervening import Order
from quizengine.services.hiring.sitting import Consent
from quizengine.services.permissions import Actor
from quizengine.services.runtime import Runtime
from quizengine.store import contract
from quizengine.store.rows import AttemptRow
from tests.factories import NOON, make_runtime
from tests.hiring import invite, make_owner, make_screen, tokens
from tests.hiring_sittings import Sat, answer, begin, two_skill_bank

MINUTE = timedelta(minutes=1)
LATER = NOON + 10 * MINUTE
#: Grace, and the time for which a lost connection is waited for.
OVER = timedelta(minutes=6)


@pytest.fixture
def runtime(tmp_path: Path) -> Runtime:
    return make_runtime(tmp_path, two_skill_bank())


@pytest.fixture
def owner(runtime: Runtime) -> Actor:
    return make_owner(runtime)


def standing(runtime: Runtime, sat: Sat, now: datetime | None = None) -> Standing:
    return attempts.standing(runtime, sat.learner, sat.attempt, now=now)


def types(runtime: Runtime, sat: Sat, text: str, *, now: datetime = LATER) -> None:
    """Let a text stand in the form, acknowledged."""
    slot = standing(runtime, sat).slot_id
    assert slot
    calls.save(runtime, sat.learner, slot, {"answer": text}, seq=1, now=now, caller=ANYBODY)


def close(runtime: Runtime, owner: Actor, screen: str) -> None:
    screens.move(runtime, owner, screen, "closed", now=LATER)


def test_who_is_at_work_finishes_unless_the_screen_ends_them(runtime: Runtime, owner: Actor) -> None:
    screen = make_screen(runtime, owner, closes_at=LATER)
    sat = begin(runtime, owner, screen)
    answer(runtime, sat, "rw")

    close(runtime, owner, screen)
    sweeping.sweep(runtime, now=LATER + OVER)

    found = standing(runtime, sat, LATER + OVER)
    assert found.state == "in_progress"
    assert found.clock is not None
    assert found.clock.deadline == NOON + 60 * MINUTE


def test_a_hard_close_ends_what_goes_on_with_what_stands_in_the_form(runtime: Runtime, owner: Actor) -> None:
    screen = make_screen(runtime, owner, hard_close=True)
    sat = begin(runtime, owner, screen)
    answer(runtime, sat, "rwr")
    types(runtime, sat, "7")
    promised = contract_row(runtime, sat).deadline_at
    assert screens.ended_by_closing(runtime, owner, screen) == 1

    close(runtime, owner, screen)
    told = standing(runtime, sat, LATER)
    sweeping.sweep(runtime, now=LATER + timedelta(seconds=10))
    in_grace = standing(runtime, sat).state
    sweeping.sweep(runtime, now=LATER + timedelta(seconds=20))

    assert told.clock is not None
    assert (told.clock.deadline, told.clock.remaining_ms) == (LATER, 0)
    assert in_grace == "in_progress"
    found = standing(runtime, sat)
    assert (found.state, found.stopped, found.answered) == ("timed_out", "screen-closed", 4)
    row = contract_row(runtime, sat)
    assert row.deadline_at == promised  # what was promised is not moved; the end comes before it
    with runtime.transaction.reading() as session:
        chain = contract.events_of(session, sat.attempt)
    assert events.first_break(chain) is None
    assert events.replay(chain).deadline == events.told(promised)
    told_result = results.read(runtime, owner, sat.result)
    assert (told_result.answers, told_result.asked) == (4, 20)
    assert screens.ended_by_closing(runtime, owner, screen) == 0


def contract_row(runtime: Runtime, sat: Sat) -> AttemptRow:
    with runtime.transaction.reading() as session:
        return contract.attempt(session, sat.attempt)


def test_extra_time_stays_and_no_clock_stays_none(runtime: Runtime, owner: Actor) -> None:
    screen = make_screen(runtime, owner, hard_close=True)
    longer, untimed = begin(runtime, owner, screen), begin(runtime, owner, screen, "Bob Stein")
    for sat, given in (
        (longer, Accommodation(multiplier_percent=150)),
        (untimed, Accommodation(untimed=True)),
    ):
        accommodations.grant(runtime, sat.learner, given, by="staff", now=NOON)

    close(runtime, owner, screen)
    sweeping.sweep(runtime, now=LATER + 20 * MINUTE)
    going_on = [standing(runtime, one).state for one in (longer, untimed)]
    sweeping.sweep(runtime, now=LATER + 30 * MINUTE + OVER)

    assert going_on == ["in_progress", "in_progress"]
    assert standing(runtime, longer).state == "timed_out"
    assert standing(runtime, untimed).state == "in_progress"


def test_a_break_ends_with_the_screen_and_nobody_adds_time_to_what_is_ended(
    runtime: Runtime, owner: Actor
) -> None:
    screen = make_screen(runtime, owner, hard_close=True)
    sat = begin(runtime, owner, screen)
    accommodations.grant(
        runtime, sat.learner, Accommodation(multiplier_percent=200, breaks=True), by="staff", now=NOON
    )
    attempts.pause(runtime, sat.learner, sat.attempt, now=NOON + MINUTE)

    close(runtime, owner, screen)

    assert standing(runtime, sat, LATER).state == "in_progress"
    with pytest.raises(AttemptClosedError):
        attempts.pause(runtime, sat.learner, sat.attempt, now=LATER + MINUTE)
    for act in ("add_time", "pause"):
        order = Order(act=act, reason="asked", note="They asked.", minutes=5 if act == "add_time" else 0)
        with pytest.raises(ConflictError):
            intervening.do(runtime, owner, sat.invitation, order, now=LATER + MINUTE)


def test_who_has_agreed_and_not_started_starts_no_more_until_it_opens_again(
    runtime: Runtime, owner: Actor
) -> None:
    screen = make_screen(runtime, owner)
    invite(runtime, owner, screen, "email\nann@example.org")
    (token,) = tokens(runtime, screen)
    made = sitting.activate(runtime, token, Consent(privacy_read=True, own_work=True, name="Ann"), now=NOON)

    close(runtime, owner, screen)
    with pytest.raises(AttemptClosedError, match="could be started is over"):
        attempts.begin(runtime, made.learner_id, made.attempt_id, now=LATER + MINUTE)
    plan = screens.read(runtime, owner, screen).plan
    screens.change(runtime, owner, screen, replace(plan, title="Another"), now=LATER + MINUTE)
    with pytest.raises(AttemptClosedError):
        attempts.begin(runtime, made.learner_id, made.attempt_id, now=LATER + 2 * MINUTE)
    screens.move(runtime, owner, screen, "open", now=LATER + 3 * MINUTE)
    attempts.begin(runtime, made.learner_id, made.attempt_id, now=LATER + 4 * MINUTE)

    assert invitations.people_of(runtime, owner, screen, now=LATER)[0].state == "activated"
    assert attempts.standing(runtime, made.learner_id, made.attempt_id).state == "in_progress"


def test_only_who_was_told_before_they_started_is_ended(runtime: Runtime, owner: Actor) -> None:
    screen = make_screen(runtime, owner, closes_at=NOON + 40 * MINUTE)
    before = begin(runtime, owner, screen)
    plan = screens.read(runtime, owner, screen).plan
    screens.change(runtime, owner, screen, replace(plan, hard_close=True), now=NOON + MINUTE)
    after = begin(runtime, owner, screen, "Bob Stein", now=NOON + MINUTE)

    assert (standing(runtime, before).ends_with_screen, standing(runtime, after).ends_with_screen) == (
        False, True,
    )  # fmt: skip
    assert contract_row(runtime, after).deadline_at == NOON + 40 * MINUTE
    close(runtime, owner, screen)
    sweeping.sweep(runtime, now=LATER + OVER)
    assert [standing(runtime, one).state for one in (before, after)] == ["in_progress", "timed_out"]


def test_the_instructions_say_so_with_the_minutes_that_are_left(runtime: Runtime, owner: Actor) -> None:
    screen = make_screen(runtime, owner, closes_at=NOON + 40 * MINUTE, hard_close=True)
    invite(runtime, owner, screen, "email\nann@example.org")
    (token,) = tokens(runtime, screen)
    made = sitting.activate(runtime, token, Consent(privacy_read=True, own_work=True, name="Ann"), now=NOON)

    found = attempts.standing(runtime, made.learner_id, made.attempt_id, now=LATER)

    assert (found.minutes, found.ends_by) == (30, NOON + 40 * MINUTE)


def test_opening_it_again_gives_back_the_time_of_who_still_goes_on(runtime: Runtime, owner: Actor) -> None:
    screen = make_screen(runtime, owner, hard_close=True)
    sat = begin(runtime, owner, screen)
    close(runtime, owner, screen)

    screens.move(runtime, owner, screen, "open", now=LATER + timedelta(seconds=5))
    sweeping.sweep(runtime, now=LATER + OVER)

    found = standing(runtime, sat, LATER + OVER)
    assert found.clock is not None
    assert (found.state, found.clock.deadline) == ("in_progress", NOON + 60 * MINUTE)


def test_a_last_day_at_the_end_of_time_is_refused(runtime: Runtime, owner: Actor) -> None:
    """Extra time goes beyond it, and letters say it in other zones: there must be a day after it."""
    with pytest.raises(RequestError, match="before the year 3000"):
        make_screen(runtime, owner, closes_at=datetime(9999, 12, 31, tzinfo=UTC))
