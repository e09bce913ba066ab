"""Setting cuts, and the chance to be above several bars at once, each against a second route."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.stats import multivariate_normal, norm
from sklearn.linear_model import LogisticRegression

from quizengine.errors import PsychometricsError
from quizengine.psychometrics import ItemPool, SkillPrior, misclassification, success_chance
from quizengine.psychometrics.bar import joint_chance
from quizengine.psychometrics.standards import angoff, contrasting_groups

FLAT = ([1.0] * 6, [0.0] * 6, [0.0] * 6, [1.0] * 6)


@given(st.integers(0, 10**6))
def test_the_angoff_cut_solves_its_equation(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b, c, d = rng.uniform(0.5, 2, 8), rng.uniform(-1, 1, 8), rng.uniform(0, 0.2, 8), np.ones(8)
    ratings = rng.uniform(0.4, 0.8, (5, 8))

    found = angoff(ratings, a, b, c, d)

    wanted = ratings.mean(axis=0).sum()
    root = brentq(lambda theta: success_chance(theta, a, b, c, d).sum() - wanted, -4, 4)
    assert found.cut == pytest.approx(root, abs=1e-6)
    assert min(found.by_rater) <= found.cut <= max(found.by_rater)
    assert found.se == pytest.approx(np.std(found.by_rater, ddof=1) / np.sqrt(5))


def test_a_rater_far_from_the_others_is_named() -> None:
    ratings = np.full((5, 6), 0.5) + np.linspace(-0.02, 0.02, 5)[:, None]
    ratings[3] = 0.95

    assert angoff(ratings, *FLAT).outliers == (3,)


@pytest.mark.parametrize("raters", [3, 5])
def test_at_most_one_in_ten_raters_like_the_others_is_named_however_few_they_are(raters: int) -> None:
    rng, named = np.random.default_rng(1), 0
    for _ in range(120):
        own = rng.normal(0.4, 0.3, raters)
        ratings = success_chance(own[:, None], *(np.array(part) for part in FLAT))
        named += len(angoff(ratings, *FLAT).outliers)

    assert named / (120 * raters) < 0.13


@pytest.mark.parametrize(
    ("ratings", "message"),
    [
        (np.full((2, 6), 0.5), "2 raters on 6 questions"),
        (np.full((3, 3), 0.5), "3 raters on 3 questions"),
        (np.full((3, 4), 0.5), "nothing was rated"),
        (np.full((3, 6), 0.99), "nearly nobody"),
        (np.full((3, 6), 0.01), "nearly everybody"),
        (np.full((3, 6), 1.0), "above 0 and below 1"),
    ],
)
def test_ratings_that_set_no_cut_are_refused(ratings: np.ndarray, message: str) -> None:
    n = ratings.shape[1]

    with pytest.raises(PsychometricsError, match=message):
        angoff(ratings, [1.0] * n, [0.0] * n, [0.0] * n, [1.0] * n)


@given(st.integers(0, 10**6), st.sampled_from([1.0, 2.0, 4.0]))
@settings(max_examples=12)  # each draws a bootstrap
def test_the_groups_part_where_a_logistic_regression_says(seed: int, ratio: float) -> None:
    rng = np.random.default_rng(seed)
    fit, unfit = rng.normal(0.6, 0.8, 60), rng.normal(-0.6, 0.8, 30)

    found = contrasting_groups(fit, unfit, cost_ratio=ratio)

    x = np.concatenate([fit, unfit])[:, None]
    y = np.arange(90) < 60
    model = LogisticRegression(C=1e6, class_weight="balanced").fit(x, y)
    there = (np.log(ratio) - model.intercept_[0]) / model.coef_[0, 0]
    assert found.cut == pytest.approx(there, abs=0.03)
    assert found.low <= found.high


def test_a_wrong_pass_that_is_worse_puts_the_cut_higher() -> None:
    rng = np.random.default_rng(3)
    fit, unfit = rng.normal(0.5, 1, 80), rng.normal(-0.5, 1, 80)

    assert contrasting_groups(fit, unfit, cost_ratio=4).cut > contrasting_groups(fit, unfit, cost_ratio=1).cut


@pytest.mark.parametrize(
    ("fit", "unfit", "message"),
    [
        (np.ones(19), np.zeros(30), "good enough has 19 scores"),
        (np.linspace(-1, 0, 30), np.linspace(0, 1, 30), "do not score higher"),
    ],
)
def test_groups_that_set_no_cut_are_refused(fit: np.ndarray, unfit: np.ndarray, message: str) -> None:
    with pytest.raises(PsychometricsError, match=message):
        contrasting_groups(fit.tolist(), unfit.tolist(), cost_ratio=1)


@given(st.integers(0, 10**6))
def test_the_chance_above_two_bars_is_that_of_the_normal_distribution(seed: int) -> None:
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(2, 2))
    mean, covariance, bars = rng.normal(size=2), root @ root.T + 0.1 * np.eye(2), rng.normal(size=2)

    found = joint_chance(mean[None], covariance[None], bars)[0]

    exact = multivariate_normal(-mean, covariance).cdf(-bars)
    assert found == pytest.approx(exact, abs=0.025)


def test_a_composite_that_is_one_skill_alone_counts_once() -> None:
    same = np.full((1, 2, 2), 0.5)

    found = joint_chance([[0.3, 0.3]], same, [0.0, 0.0])[0]

    assert found == pytest.approx(norm.cdf(0.3 / np.sqrt(0.5)), abs=0.015)


def test_a_floor_lets_fewer_through_and_one_far_below_changes_nothing() -> None:
    pool = ItemPool(np.eye(2)[[0, 1] * 12], [1.2] * 24, np.linspace(-1, 1, 24), [0.02] * 24, [0.98] * 24)
    prior = SkillPrior.from_graph(2)

    plain, floored, deep = (
        misclassification(pool, prior, range(24), [0, 0], [1, 1], certain=0.8, floors=floors, persons=1000)
        for floors in ({}, {0: 0.5}, {0: -6.0})
    )

    assert floored.meets < plain.meets
    assert floored.truly_meets < plain.truly_meets
    assert deep.meets == pytest.approx(plain.meets, abs=0.02)
    assert deep.truly_meets == plain.truly_meets
