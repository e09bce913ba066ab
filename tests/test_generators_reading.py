"""Data to be read off figures is unambiguous, and real curves could look like it."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from quizengine.generation.generators.reading import (
    precision_recall,
    residual_pattern,
    residual_points,
    run_curves,
)

SEEDS = range(40)


def test_each_run_has_one_lowest_error_before_its_end_and_no_two_runs_meet() -> None:
    for seed in SEEDS:
        case = run_curves(np.random.default_rng(seed))
        for line, epoch in zip(case["errors"], case["kept"], strict=True):
            assert [i for i, error in enumerate(line, 1) if error == min(line)] == [epoch]
            assert epoch < len(line)
        assert case["kept"] == case["walked"]
        assert all(len(set(column)) == 3 for column in zip(*case["errors"], strict=True))


def test_a_lower_threshold_never_raises_fewer_alarms() -> None:
    for seed in SEEDS:
        case = precision_recall(np.random.default_rng(seed))
        alarms = [r / p for r, p in zip(case["recalls"], case["precisions"], strict=True)]
        assert all(one <= after for one, after in pairwise(alarms))
        kept = [i for i, precision in enumerate(case["precisions"]) if precision >= case["least"]]
        assert kept[-1] == case["place"] > case["before"] + 1


def test_the_worst_residual_is_one_alone_below_the_line() -> None:
    for seed in SEEDS:
        case = residual_points(np.random.default_rng(seed))
        sizes = [abs(value) for value in case["residuals"]]
        assert sizes.count(max(sizes)) == 1
        assert case["residuals"][case["at"]] == -max(sizes)
        assert len(set(case["predicted"])) == 8


def test_each_pattern_of_residuals_shows_and_the_fourth_has_none() -> None:
    for seed in SEEDS:
        bow, funnel, bands, even = (
            np.array(residual_pattern(np.random.default_rng(seed), k)["residuals"]) for k in range(4)
        )

        # Ends against the middle, right spread against left, the gap around zero.
        assert abs(np.r_[bow[:3], bow[-3:]].mean() - bow[7:11].mean()) > 4
        assert abs(funnel[-6:]).mean() > 2.5 * abs(funnel[:6]).mean()
        assert abs(bands).min() >= 4
        assert 0.4 < abs(even[-6:]).mean() / abs(even[:6]).mean() < 2.5
        assert abs(np.r_[even[:3], even[-3:]].mean() - even[7:11].mean()) < 7
        assert abs(even).min() <= 2
