"""The states of an attempt: what leads where, and that nothing leads out of the end."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import get_args

import pytest

from quizengine.errors import AttemptClosedError
from quizengine.model.attempt import FINAL, OPEN, STATES, TRANSITIONS, Move, after, before
from quizengine.services import attempts
from quizengine.services.attempt import closing, events, sweeping
from quizengine.store import attempts as store
from quizengine.store import contract
from quizengine.store.rows import AttemptRow, ResponseRow, SlotRow
from tests.sittings import RIGHT, Sitting, sit

MOVES: tuple[Move, ...] = get_args(Move)


def put_in(sitting: Sitting, state: str) -> None:
    with sitting.runtime.transaction() as session:
        row = session.get_one(AttemptRow, sitting.attempt)
        row.state = state


def test_every_state_is_open_or_final_and_none_is_both() -> None:
    assert sorted((*OPEN, *FINAL)) == sorted(STATES)
    assert not {state for state, _ in TRANSITIONS} & set(FINAL)


@pytest.mark.parametrize("move", MOVES)
def test_a_move_leads_from_its_states_alone(move: Move, tmp_path: Path) -> None:
    sitting = sit(tmp_path)

    for state in STATES:
        put_in(sitting, state)
        with sitting.runtime.transaction() as session:
            moved = store.move(session, sitting.attempt, move)

        assert moved == ((state, move) in TRANSITIONS)
        assert sitting.row.state == (after(move) if moved else state)


@pytest.mark.parametrize(("state", "wanted"), list(product(FINAL, STATES)))
def test_no_service_leads_out_of_an_end(state: str, wanted: str, tmp_path: Path) -> None:
    sitting = sit(tmp_path, may_pause=True)
    slot = sitting.slot
    put_in(sitting, state)
    runtime, person, attempt, now = sitting.runtime, sitting.person, sitting.attempt, sitting.wait(days=40)
    ways: dict[str, Callable[[], object]] = {
        "ready": lambda: attempts.begin(runtime, person, attempt, now=now),
        "in_progress": lambda: sitting.give(RIGHT, slot=slot),
        "paused": lambda: attempts.pause(runtime, person, attempt, now=now),
        "submitted": lambda: attempts.finish(runtime, person, attempt, now=now),
        "timed_out": lambda: sweeping.sweep(runtime, now=now),
        "abandoned": lambda: closing.give_up(runtime, attempt, now=now),
    }

    with suppress(AttemptClosedError):
        ways[wanted]()

    assert sitting.row.state == state


def test_an_attempt_waits_until_it_is_started_and_a_second_start_changes_nothing(tmp_path: Path) -> None:
    sitting = sit(tmp_path, begun=False)
    sitting.wait(hours=5)
    before_start = sitting.standing()

    attempts.begin(sitting.runtime, sitting.person, sitting.attempt, now=sitting.now)
    first = sitting.facts()
    sitting.wait(minutes=3)
    attempts.begin(sitting.runtime, sitting.person, sitting.attempt, now=sitting.now)

    assert (before_start.state, before_start.variant is not None) == ("ready", True)
    assert before_start.clock is not None
    assert before_start.clock.deadline is None
    assert first["deadline"] == sitting.now - timedelta(minutes=3) + timedelta(hours=1)
    assert sitting.facts() == first


def test_after_the_window_nothing_is_started(tmp_path: Path) -> None:
    sitting = sit(tmp_path, begun=False)
    with sitting.runtime.transaction() as session:
        session.get_one(AttemptRow, sitting.attempt).closes_at = sitting.now
    sitting.wait(seconds=1)

    with pytest.raises(AttemptClosedError, match="could be started is over"):
        attempts.begin(sitting.runtime, sitting.person, sitting.attempt, now=sitting.now)


def test_the_last_answer_of_a_fixed_form_submits_it(tmp_path: Path) -> None:
    sitting = sit(tmp_path)

    outcomes = [sitting.give(RIGHT).kind for _ in range(5)]

    assert outcomes == ["accepted"] * 4 + ["finished"]
    assert sitting.standing().state == "submitted"
    assert sitting.standing().report_id is None


def test_a_pause_adds_its_time_and_takes_no_answers(tmp_path: Path) -> None:
    sitting = sit(tmp_path, may_pause=True)
    deadline = sitting.row.deadline_at
    sitting.wait(minutes=10)
    slot = sitting.slot

    attempts.pause(sitting.runtime, sitting.person, sitting.attempt, now=sitting.now)
    sitting.wait(hours=7)
    with pytest.raises(AttemptClosedError):
        sitting.give(RIGHT, slot=slot)
    attempts.begin(sitting.runtime, sitting.person, sitting.attempt, now=sitting.now)

    assert deadline is not None
    assert sitting.row.deadline_at == deadline + timedelta(hours=7)
    assert sitting.give(RIGHT).kind == "accepted"


def test_without_leave_there_is_no_pause(tmp_path: Path) -> None:
    sitting = sit(tmp_path)

    with pytest.raises(AttemptClosedError, match="has no pauses"):
        attempts.pause(sitting.runtime, sitting.person, sitting.attempt, now=sitting.now)


@pytest.mark.parametrize(
    ("text", "responses", "state"),
    [("7", 1, "committed"), ("7 +* 3", 0, "unreadable_at_end"), ("  ", 0, "unreadable_at_end")],
)
@pytest.mark.parametrize("how", ["finish", "time_out"])
def test_what_stands_in_the_form_at_the_end_counts_if_it_can_be_read(
    how: str, text: str, responses: int, state: str, tmp_path: Path
) -> None:
    sitting = sit(tmp_path)
    slot = sitting.slot
    sitting.save(text, 1)

    if how == "finish":
        attempts.finish(sitting.runtime, sitting.person, sitting.attempt, now=sitting.now)
    else:
        sitting.wait(hours=3)
        assert sweeping.sweep(sitting.runtime, now=sitting.now) == sweeping.Swept(1, 0)

    with sitting.runtime.transaction() as session:
        assert session.query(ResponseRow).count() == responses
        assert session.get_one(SlotRow, slot).state == state
    assert sitting.row.state == after("finish" if how == "finish" else "time_out")


def test_an_attempt_without_a_clock_is_given_up_after_a_month_of_silence(tmp_path: Path) -> None:
    sitting = sit(tmp_path, minutes=None)
    sitting.wait(days=29)
    kept = sweeping.sweep(sitting.runtime, now=sitting.now)
    sitting.wait(days=2)

    given_up = sweeping.sweep(sitting.runtime, now=sitting.now)

    assert (kept, given_up) == (sweeping.Swept(0, 0), sweeping.Swept(0, 1))
    assert (sitting.row.state, sitting.row.stopped) == ("abandoned", "no-contact")


def test_the_events_tell_the_attempt_again_and_a_changed_one_is_found(tmp_path: Path) -> None:
    sitting = sit(tmp_path, may_pause=True)
    sitting.give(RIGHT)
    sitting.claim("desk")
    attempts.pause(
        sitting.runtime, sitting.person, sitting.attempt, now=sitting.now, caller=sitting.claim("desk")
    )
    sitting.wait(minutes=5)
    attempts.begin(sitting.runtime, sitting.person, sitting.attempt, now=sitting.now)

    with sitting.runtime.transaction() as session:
        chain = contract.events_of(session, sitting.attempt)
        told = events.replay(chain)
        row = session.get_one(AttemptRow, sitting.attempt)
        assert (told.state, told.epoch, told.answered) == (row.state, row.epoch, (1,))
        assert told.deadline == events.told(row.deadline_at)
        assert events.first_break(chain) is None
        chain[2].data = {**chain[2].data, "number": 9}
        assert events.first_break(chain) == 3
        session.rollback()


def test_moves_that_are_listed_have_one_end() -> None:
    for move in MOVES:
        assert {TRANSITIONS[state, move] for state in before(move)} == {after(move)}
