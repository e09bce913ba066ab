"""Generators about operations over time make cases in which every way of going wrong shows."""

from __future__ import annotations

import numpy as np
import pytest

from quizengine.generation.generators.schedules import (
    infrastructure_plan,
    retraining_days,
    serving_jobs,
    stopped_trials,
)

SEEDS = range(60)


@pytest.mark.parametrize("limit", [15, 18, 20, 22])
@pytest.mark.parametrize("age", [4, 5, 6])
def test_two_counters_retrain_on_the_days_that_looking_back_finds(limit: int, age: int) -> None:
    for seed in SEEDS:
        case = retraining_days(np.random.default_rng(seed), limit, age)
        days = case["days"]

        assert days == case["looked_back"]
        gaps = [later - day for day, later in zip([0, *days], days, strict=False)]
        assert max(gaps) <= age
        ways = [tuple(case[name]) for name in ("days", "single", "drift_only", "calendar")]
        assert len(set(ways)) == 4


def test_a_plan_leaves_what_was_asked_for() -> None:
    for seed in SEEDS:
        case = infrastructure_plan(np.random.default_rng(seed))
        created, _, destroyed = case["key"]
        there = sum(text != "—" for text in case["before"])
        wanted = sum(text != "—" for text in case["after"])

        assert case["key"] == case["compared"]
        assert there + created - destroyed == wanted


def test_every_mode_of_serving_is_the_cheapest_once_and_every_mistake_shows() -> None:
    for seed in SEEDS:
        case = serving_jobs(np.random.default_rng(seed))

        assert case["pairs"] == case["struck_out"]
        assert set(case["modes"]) == {"batch", "asynchronous", "serverless", "real-time"}
        assert all(case[name] != case["pairs"] for name in ("dearest", "any_payload", "no_cold_start"))


def test_the_median_stops_three_of_seven_trials() -> None:
    for seed in SEEDS:
        case = stopped_trials(np.random.default_rng(seed))

        assert case["stopped"] == case["ranked"]
        assert len(case["stopped"]) == 3
