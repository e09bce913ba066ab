"""Generators of questions on cloud platforms keep what their docstrings say."""

from __future__ import annotations

import numpy as np
import pytest

from quizengine.generation.generators import cloud

SEEDS = range(25)


def _rng(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_walking_up_the_prices_and_comparing_all_pairs_give_the_same_front() -> None:
    for seed in SEEDS:
        made = cloud.pareto_options(_rng(seed))

        assert made["front"] == made["undominated"]
        assert sorted(made["front"] + made["beaten"]) == made["names"]
        assert set(made["extremes"]) < set(made["front"]) < set(made["against_cheapest"])


def test_the_chosen_run_is_usable_and_each_tempting_one_looks_better_somewhere() -> None:
    for seed in SEEDS:
        made = cloud.tracked_runs(_rng(seed))
        runs = {run: i for i, run in enumerate(made["ids"])}

        assert made["run"] in made["fitting"]
        assert made["test"][runs[made["by_test"]]] > made["reported"]
        for tempting in (made["other_version"], made["failed"]):
            assert tempting not in made["fitting"]
            assert made["valid"][runs[tempting]] > made["valid_of_run"]


@pytest.mark.parametrize("d", [2, 3])
def test_capacity_that_comes_late_is_short_in_the_same_minutes_by_both_routes(d: int) -> None:
    for seed in SEEDS:
        made = cloud.late_capacity(_rng(seed), 80, d)

        assert made["late"] == made["late_by_events"]
        assert set(made["one_less"]) <= set(made["late"]) <= set(made["one_more"])


def test_two_of_six_runs_can_be_rebuilt_and_each_fault_tempts_once() -> None:
    for seed in SEEDS:
        made = cloud.logged_runs(_rng(seed))

        assert len(made["good"]) == sum(made["complete"]) == 2
        for tempted in ("without_seed", "moving_data", "dirty_code", "moving_image"):
            assert set(made["good"]) < set(made[tempted])
            assert len(made[tempted]) == 3
