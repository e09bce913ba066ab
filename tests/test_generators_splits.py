"""Generated splits hold what their questions ask for."""

from __future__ import annotations

import numpy as np
import pytest

from quizengine.generation.generators.splits import customer_sizes, recorded_columns, split_users
from quizengine.generation.registry import find_figure

SEEDS = range(60)


@pytest.mark.parametrize("seed", SEEDS)
def test_some_users_are_on_both_sides_and_others_repeat_on_one(seed: int) -> None:
    made = split_users(np.random.default_rng(seed))
    assert made["key"]
    assert set(made["key"]) <= set(made["train"]) & set(made["test"])
    for user in made["repeated"]:
        assert user not in made["key"]
        assert max(made["train"].count(user), made["test"].count(user)) >= 2


@pytest.mark.parametrize("seed", SEEDS)
def test_columns_that_leak_are_fixed_after_the_order(seed: int) -> None:
    made = recorded_columns(np.random.default_rng(seed))
    assert sorted(made["key"]) == sorted(made["by_hours"])
    assert sorted(made["key"] + made["known"]) == sorted(made["options"])
    assert len(made["strict"]) == len(made["key"]) + 1


def test_equal_factors_give_equal_curves() -> None:
    draw = find_figure("descent_curves")
    assert draw(factors=[0.9, 0.5, -0.2, -1.1]) == draw(factors=[0.9, 0.5, -0.2, -1.1])
    assert draw(factors=[0.9, 0.5, -0.2, -1.1]) != draw(factors=[0.5, 0.9, -0.2, -1.1])


def test_customers_go_to_the_smallest_fold_by_two_routes() -> None:
    for seed in range(60):
        case = customer_sizes(np.random.default_rng(seed))
        assert case["folds"] == case["queued"]
        assert sorted(case["sizes"], reverse=True) == [case["sizes"][i] for i in case["order"]]
        assert {case["folds"][i] for i in case["order"][:3]} == {1, 2, 3}
