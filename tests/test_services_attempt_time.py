"""The time of an attempt: deadlines that never move earlier, grace, outages, what a person was granted."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizengine.errors import AttemptClosedError, NotFoundError, RequestError
from quizengine.services import attempts
from quizengine.services.attempt import accommodations, ledger, sweeping
from quizengine.services.attempt.accommodations import Accommodation
from quizengine.services.attempt.timing import CONNECTION_MS, GRACE, Allowance, deadline_of
from quizengine.store import contract
from quizengine.store.attempt_rows import OutageRow
from tests.factories import NOON
from tests.sittings import RIGHT, Sitting, sit

HOUR_MS = 3_600_000
times = st.integers(0, 10 * HOUR_MS)


def grant(sitting: Sitting, given: Accommodation, *, to: str = "") -> None:
    accommodations.grant(sitting.runtime, to or sitting.person, given, by="staff", now=sitting.now)


def added(sitting: Sitting) -> dict[str, int]:
    with sitting.runtime.transaction.reading() as session:
        rows = contract.credits_of(session, sitting.attempt)
        return {row.kind: sum(r.milliseconds for r in rows if r.kind == row.kind) for row in rows}


@given(
    times, st.sampled_from(range(100, 301, 5)), times, times, times, st.none() | st.integers(0, 20 * HOUR_MS)
)
def test_the_deadline_is_the_papers_formula_and_more_of_anything_is_never_earlier(
    base: int, percent: int, pauses: int, grants: int, credits_: int, window: int | None
) -> None:
    allowed = Allowance(
        base_ms=base, multiplier_percent=percent, pauses_ms=pauses, grants_ms=grants, credits_ms=credits_
    )
    closes = None if window is None else NOON + timedelta(milliseconds=window)

    found = deadline_of(NOON, allowed, closes)

    longer = base * percent // 100
    own = NOON + timedelta(milliseconds=longer + pauses + grants + credits_)
    ends = [own] if closes is None else [own, closes + timedelta(milliseconds=longer - base + credits_)]
    assert found == min(ends)
    for more in ("multiplier_percent", "pauses_ms", "grants_ms", "credits_ms"):
        assert deadline_of(NOON, replace(allowed, **{more: getattr(allowed, more) + 5}), closes) >= found


def test_the_grace_takes_what_was_under_way_and_nothing_later(tmp_path: Path) -> None:
    sitting = sit(tmp_path)
    slot = sitting.slot
    sitting.wait(minutes=59, seconds=50)
    sitting.beat()
    sitting.wait(seconds=10 + GRACE.total_seconds())
    in_time = sitting.save("7", 1, slot=slot)
    sitting.wait(seconds=1)

    with pytest.raises(AttemptClosedError) as refused:
        sitting.save("8", 2, slot=slot)

    assert in_time.seq == 1
    assert in_time.clock.remaining_ms == 0
    assert refused.value.reason == "closed"
    assert refused.value.orphan is not None
    assert sitting.standing().state == "timed_out"
    assert sitting.standing().answered == 1


def test_looking_at_an_attempt_closes_it_without_any_worker(tmp_path: Path) -> None:
    sitting = sit(tmp_path)
    sitting.wait(hours=2)

    found = sitting.standing()

    assert (found.state, found.stopped) == ("timed_out", "time-out")


def test_who_was_out_of_contact_finds_the_attempt_open_for_what_is_left_of_the_five_minutes(
    tmp_path: Path,
) -> None:
    sitting = sit(tmp_path)
    slot = sitting.slot
    sitting.wait(minutes=58)
    sitting.beat()
    sitting.wait(minutes=4)
    held = sweeping.sweep(sitting.runtime, now=sitting.now)

    back = sitting.beat(offline_ms=235_000)
    taken = sitting.give(RIGHT, slot=slot)

    assert held == sweeping.Swept(0, 0)
    assert added(sitting) == {"connection": 225_000}  # the four minutes less the fifteen seconds
    assert back.clock.remaining_ms == (60 * 60 - 62 * 60) * 1000 + 225_000
    assert taken.kind == "accepted"


def test_a_connection_gives_back_what_was_seen_from_here_and_five_minutes_at_most(tmp_path: Path) -> None:
    sitting = sit(tmp_path)

    sitting.wait(seconds=10)
    sitting.beat(offline_ms=9_000_000)  # said, and not seen
    assert added(sitting) == {}
    sitting.wait(seconds=100)
    sitting.beat(offline_ms=40_000)  # the lesser of both
    assert added(sitting) == {"connection": 40_000}
    sitting.beat(offline_ms=40_000)  # the same call again
    assert added(sitting) == {"connection": 40_000}
    for _ in range(4):
        sitting.wait(minutes=5)
        sitting.beat(offline_ms=290_000)

    assert added(sitting) == {"connection": CONNECTION_MS}
    assert sitting.row.deadline_at == NOON + timedelta(hours=1, milliseconds=CONNECTION_MS)


def ticking(sitting: Sitting, holder: str = "one") -> ledger.Tick:
    seconds = (sitting.now - NOON).total_seconds()
    return ledger.tick(sitting.runtime, holder, now=sitting.now, monotonic=seconds)


def test_an_outage_of_ours_is_given_back_once_and_in_full(tmp_path: Path) -> None:
    sitting = sit(tmp_path)
    ticking(sitting)
    sitting.wait(minutes=90)

    ticking(sitting, "another process, after a restart")
    ticking(sitting, "another process, after a restart")
    closed = sweeping.sweep(sitting.runtime, now=sitting.now)

    assert added(sitting) == {"outage": 90 * 60_000}
    assert closed == sweeping.Swept(0, 0)
    assert sitting.row.deadline_at == NOON + timedelta(minutes=150)


def test_a_request_before_the_first_tick_after_a_restart_is_credited_and_not_closed(tmp_path: Path) -> None:
    sitting = sit(tmp_path)
    slot = sitting.slot
    ticking(sitting)
    sitting.wait(minutes=90)

    taken = sitting.give(RIGHT, slot=slot)
    ticking(sitting)

    assert taken.kind == "accepted"
    assert added(sitting) == {"outage": 90 * 60_000}


def test_the_connection_is_not_credited_for_what_our_outage_gave_back(tmp_path: Path) -> None:
    sitting = sit(tmp_path)
    ticking(sitting)
    sitting.wait(minutes=3)
    ticking(sitting)

    sitting.beat(offline_ms=170_000)

    assert added(sitting) == {"outage": 180_000}


def test_of_two_sweepers_one_sweeps_until_it_is_silent(tmp_path: Path) -> None:
    sitting = sit(tmp_path)

    assert [ticking(sitting, name).sweeps for name in ("one", "two")] == [True, False]
    sitting.wait(seconds=10)
    assert [ticking(sitting, name).sweeps for name in ("two", "one")] == [False, True]
    sitting.wait(seconds=26)
    assert [ticking(sitting, name).sweeps for name in ("two", "one")] == [True, False]
    assert added(sitting) == {}


@pytest.mark.parametrize(("wall", "credit"), [(10, 0), (24, 14_000), (3610, 3_610_000), (-3590, 0)], ids=str)
def test_a_clock_that_leaps_forward_takes_no_time_and_one_that_leaps_back_gives_none(
    wall: float, credit: int, tmp_path: Path
) -> None:
    sitting = sit(tmp_path)
    begun = NOON + timedelta(minutes=1)
    ledger.tick(sitting.runtime, "one", now=begun, monotonic=100.0)

    told = ledger.tick(sitting.runtime, "one", now=begun + timedelta(seconds=wall), monotonic=110.0)

    assert told.leapt == (wall != 10)
    assert sum(added(sitting).values()) == credit
    with sitting.runtime.transaction.reading() as session:
        assert session.query(OutageRow).count() == bool(credit)


def test_time_by_hand_is_announced_with_its_reason_and_only_to_who_goes_on(tmp_path: Path) -> None:
    sitting = sit(tmp_path)
    with pytest.raises(RequestError, match="Say why"):
        accommodations.add_minutes(
            sitting.runtime, [sitting.attempt], 5, reason=" ", by="staff", now=sitting.now
        )

    count = accommodations.add_minutes(
        sitting.runtime, [sitting.attempt], 5, reason="The lights went out.", by="staff", now=sitting.now
    )
    told = sitting.beat().clock

    assert count == 1
    assert told.deadline == NOON + timedelta(minutes=65)
    assert [(one.kind, one.milliseconds, one.reason) for one in told.notices] == [
        ("grant", 300_000, "The lights went out.")
    ]
    assert told.revision == 1
    attempts.finish(sitting.runtime, sitting.person, sitting.attempt, now=sitting.now)
    assert not accommodations.add_minutes(
        sitting.runtime, [sitting.attempt], 5, reason="late", by="staff", now=sitting.now
    )


@pytest.mark.parametrize("when", ["before", "during"])
def test_extra_time_belongs_to_the_person_and_reaches_an_attempt_that_goes_on(
    when: str, tmp_path: Path
) -> None:
    sitting = sit(tmp_path, begun=False, closes_at=NOON + timedelta(minutes=70), hard_close=True)
    extra = Accommodation(multiplier_percent=150, breaks=True)
    if when == "before":
        grant(sitting, extra)
    attempts.begin(sitting.runtime, sitting.person, sitting.attempt, now=sitting.wait(minutes=20))
    standard = sitting.row.deadline_at
    if when == "during":
        assert standard == NOON + timedelta(minutes=70)  # the window's end, for everybody
        grant(sitting, extra)

    found = sitting.beat().clock

    # 90 minutes from the start would be 13:50; the window is longer by the same half hour: 13:40.
    assert found.deadline == NOON + timedelta(minutes=100)
    assert sitting.row.may_pause


def test_taking_extra_time_back_leaves_a_deadline_where_it_is(tmp_path: Path) -> None:
    sitting = sit(tmp_path)
    grant(sitting, Accommodation(multiplier_percent=200))
    given_ = sitting.row.deadline_at
    sitting.wait(minutes=1)

    grant(sitting, Accommodation())

    assert sitting.row.deadline_at == given_
    assert accommodations.of_person(sitting.runtime, sitting.person, now=sitting.now) == Accommodation()


def test_without_a_clock_nothing_times_out(tmp_path: Path) -> None:
    sitting = sit(tmp_path)
    grant(sitting, Accommodation(untimed=True))
    sitting.wait(days=3)

    assert sweeping.sweep(sitting.runtime, now=sitting.now) == sweeping.Swept(0, 0)
    assert sitting.give(RIGHT).kind == "accepted"
    clock = sitting.beat().clock
    assert (clock.deadline, clock.remaining_ms) == (None, None)


def test_what_was_granted_for_a_time_ends_with_it(tmp_path: Path) -> None:
    sitting = sit(tmp_path)
    extra = Accommodation(large_print=True)
    until = sitting.now + timedelta(days=1)
    accommodations.grant(sitting.runtime, sitting.person, extra, by="staff", now=sitting.now, valid_to=until)

    def now(at: datetime) -> Accommodation:
        return accommodations.of_person(sitting.runtime, sitting.person, now=at)

    assert (now(sitting.now), now(until)) == (extra, Accommodation())


@pytest.mark.parametrize("percent", [99, 301, 152])
def test_extra_time_out_of_range_is_refused(percent: int) -> None:
    with pytest.raises(RequestError, match="factor from 1 to 3"):
        Accommodation(multiplier_percent=percent)


def test_nobody_is_granted_anything_who_is_not_there(tmp_path: Path) -> None:
    sitting = sit(tmp_path)

    with pytest.raises(NotFoundError):
        grant(sitting, Accommodation(), to="nobody")
