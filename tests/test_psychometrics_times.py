"""Pace and the stopping rules."""

from __future__ import annotations

import numpy as np
import pytest

from quizengine.psychometrics.stopping import Standing, StopReason, stop_reason
from quizengine.psychometrics.times import Pace
from tests.pools import random_pool

HERE = {
    "used": 15,
    "answered": 15,
    "candidates": 9,
    "unmet": 0,
    "gain": 0.5,
    "seconds": 60.0,
    "seconds_left": float("inf"),
}


def pace() -> Pace:
    return Pace(random_pool(1, 2, 30, log_seconds=float(np.log(60))))


def test_somebody_who_takes_half_the_time_is_expected_to_go_on_like_that() -> None:
    quick = pace()
    for item in range(20):
        quick.note(item, 30.0)

    assert quick.elapsed == 600.0
    assert quick.expected_seconds()[25] == pytest.approx(30 * np.exp(1 / 8), rel=0.1)


def test_an_hour_away_from_the_desk_does_not_make_a_slow_person() -> None:
    away = pace()
    away.note(0, 3600.0)

    assert away.expected_seconds() == pytest.approx(pace().expected_seconds())


def test_a_speed_is_the_textbook_posterior_of_a_normal_mean() -> None:
    some = pace()
    for item, seconds in enumerate([40.0, 90.0]):
        some.note(item, seconds)

    leads = np.log(60) - np.log([40.0, 90.0])
    assert some.speed == pytest.approx(4 * leads.sum() / (1 / 0.09 + 8))


def test_a_pool_without_times_expects_nothing() -> None:
    plain = Pace(random_pool(1, 2, 3))
    plain.note(0, 10.0)

    assert plain.expected_seconds().tolist() == [0.0, 0.0, 0.0]
    assert plain.elapsed == 10.0


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, None),
        ({"used": 40}, "max-items"),
        ({"candidates": 0}, "pool-empty"),
        ({"gain": 0.09}, "no-gain"),
        ({"gain": 0.09, "answered": 11}, None),
        ({"gain": 0.09, "unmet": 1}, None),
        ({"seconds_left": 59.0}, "time"),
        ({"seconds_left": 60.0}, None),
    ],
)
def test_the_first_rule_that_holds_ends_a_test(change: dict[str, float], reason: StopReason | None) -> None:
    standing = Standing(**(HERE | change))  # type: ignore[arg-type]

    assert stop_reason(standing, max_items=40, min_items=12, min_gain=0.1) == reason
