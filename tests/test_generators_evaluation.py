"""Generators of scores, rankings and samples keep what their docstrings say."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from quizengine.generation.functions.metrics import auc, average_precision, numeric_auc
from quizengine.generation.generators import evaluation

SEEDS = range(25)


def _rng(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_scores_of_both_classes_tie_somewhere_and_counting_pairs_gives_the_area() -> None:
    for seed in SEEDS:
        made = evaluation.class_scores(_rng(seed))
        pairs = len(made["P"]) * len(made["Q"])

        assert made["ties"] > 0
        assert auc(made["P"], made["Q"]) == Fraction(2 * made["wins"] + made["ties"], 2 * pairs)
        assert numeric_auc(made["P"], made["Q"]) == pytest.approx(float(auc(made["P"], made["Q"])))


@pytest.mark.parametrize("n", [100, 300])
def test_a_model_that_finds_more_also_flags_more(n: int) -> None:
    for seed in SEEDS:
        made = evaluation.model_costs(_rng(seed), n)
        rows = sorted(zip(made["found"], made["flagged"], strict=True))

        assert [flagged for _, flagged in rows] == sorted(made["flagged"])
        assert all(found <= flagged for found, flagged in rows)


def test_the_distance_of_two_samples_is_reached_at_one_value_only() -> None:
    for seed in SEEDS:
        made = evaluation.two_samples(_rng(seed), 8, 5)

        assert made["distance"] == pytest.approx(abs(made["below_x"] / 8 - made["below_y"] / 5))
        assert made["at"] in made["x"] + made["y"]
        assert made["at_middle"] < made["distance"] + 1e-9


def test_a_ranking_with_hits_at_the_top_is_no_puzzle_and_is_not_drawn() -> None:
    for seed in SEEDS:
        flags = evaluation.ranked_hits(_rng(seed))["flags"]

        assert len(flags) == 8
        assert average_precision(flags) < 1


def test_points_of_a_roc_curve_rise_and_bend_one_way() -> None:
    for seed in SEEDS:
        made = evaluation.operating_points(_rng(seed))
        points = [(0, 0), *zip(made["false_rates"], made["true_rates"], strict=True)]
        slopes = [(d - b) / (c - a) for (a, b), (c, d) in pairwise(points)]

        assert slopes == sorted(slopes, reverse=True)
        assert slopes[-1] > 0
