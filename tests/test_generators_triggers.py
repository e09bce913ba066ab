"""Generators about triggers and drift: two routes agree, and every mistake shows."""

from __future__ import annotations

import numpy as np
import pytest

from quizengine.generation.generators.triggers import drifted_resources, quiet_starts

SEEDS = range(60)


@pytest.mark.parametrize(("quiet", "most"), [(5, 12), (6, 15), (8, 20)])
def test_runs_start_at_the_same_minutes_file_by_file_and_minute_by_minute(quiet: int, most: int) -> None:
    for seed in SEEDS:
        case = quiet_starts(np.random.default_rng(seed), quiet, most)

        assert case["starts"] == case["simulated"]
        ways = [tuple(case[name]) for name in ("starts", "each_file", "from_the_first", "without_limit")]
        assert len(set(ways)) == 4
        taken = ", ".join(case["told"])
        assert taken == ", ".join(str(minute) for minute in case["arrivals"])


def test_a_plan_goes_by_how_each_resource_came_about() -> None:
    for seed in SEEDS:
        case = drifted_resources(np.random.default_rng(seed))

        assert case["planned"] == case["by_case"]
        ways = [repr(case[name]) for name in ("planned", "trusting", "without_record", "hands_off")]
        assert len(set(ways)) == 4
        assert {"create", "update", "destroy", "nothing"} == {action for _, action in case["planned"]}
