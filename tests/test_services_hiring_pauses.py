"""Screens in which everybody may stop the clock: told beforehand, and no sign of an adjustment."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from quizengine.errors import AttemptClosedError
from quizengine.services import attempts
from quizengine.services.attempt import accommodations
from quizengine.services.attempt.accommodations import Accommodation
from quizengine.services.hiring import conditions, screens
from quizengine.services.permissions import Actor
from quizengine.services.runtime import Runtime
from quizengine.store.rows import AttemptRow
from tests.factories import NOON, make_runtime
from tests.hiring import make_owner, make_screen
from tests.hiring_sittings import begin, two_skill_bank

MINUTE = timedelta(minutes=1)


@pytest.fixture
def runtime(tmp_path: Path) -> Runtime:
    return make_runtime(tmp_path, two_skill_bank())


@pytest.fixture
def owner(runtime: Runtime) -> Actor:
    return make_owner(runtime)


def is_adjusted(runtime: Runtime, attempt: str) -> bool:
    with runtime.transaction.reading() as session:
        return conditions.were_adjusted(session, session.get_one(AttemptRow, attempt), now=NOON)


@pytest.mark.parametrize("may_pause", [True, False])
def test_everybody_may_pause_where_the_screen_says_so(
    runtime: Runtime, owner: Actor, may_pause: bool
) -> None:
    sat = begin(runtime, owner, make_screen(runtime, owner, may_pause=may_pause))
    before = attempts.standing(runtime, sat.learner, sat.attempt, now=NOON)
    assert before.may_pause is may_pause
    assert before.clock is not None

    if not may_pause:
        with pytest.raises(AttemptClosedError):
            attempts.pause(runtime, sat.learner, sat.attempt, now=NOON + MINUTE)
        return
    attempts.pause(runtime, sat.learner, sat.attempt, now=NOON + MINUTE)
    attempts.begin(runtime, sat.learner, sat.attempt, now=NOON + 11 * MINUTE)

    after = attempts.standing(runtime, sat.learner, sat.attempt, now=NOON + 11 * MINUTE)
    assert after.clock is not None
    assert before.clock.deadline is not None
    assert after.clock.deadline == before.clock.deadline + 10 * MINUTE


def test_a_pause_that_everybody_has_is_no_sign_of_an_adjustment(runtime: Runtime, owner: Actor) -> None:
    everybody = begin(runtime, owner, make_screen(runtime, owner, may_pause=True))
    breaks = begin(runtime, owner, make_screen(runtime, owner), "Bob Stein")
    accommodations.grant(runtime, breaks.learner, Accommodation(breaks=True), by="olga", now=NOON)

    assert is_adjusted(runtime, everybody.attempt) is False
    assert is_adjusted(runtime, breaks.attempt) is True


def test_it_changes_for_those_who_have_not_started_alone(runtime: Runtime, owner: Actor) -> None:
    screen = make_screen(runtime, owner, may_pause=True)
    started = begin(runtime, owner, screen)

    plan = screens.read(runtime, owner, screen).plan
    screens.change(runtime, owner, screen, replace(plan, may_pause=False), now=NOON)
    later = begin(runtime, owner, screen, "Bob Stein")

    told = [attempts.standing(runtime, one.learner, one.attempt).may_pause for one in (started, later)]
    assert told == [True, False]
