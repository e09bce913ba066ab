"""Steps of graded items: the two-parameter model, brute force, and steps that were planted."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from quizengine.errors import PsychometricsError
from quizengine.psychometrics import (
    ItemPool,
    SkillPrior,
    calibrate,
    calibrate_steps,
    category_chances,
    rescore,
)
from quizengine.psychometrics.arrays import Floats
from tests import lsat7


def drawn(seed: int, persons: int, a: Floats, steps: list[Floats]) -> Floats:
    """Answers of people from N(0, 1)."""
    rng = np.random.default_rng(seed)
    theta, scores = rng.normal(size=persons), np.empty((persons, len(a)))
    for item, row in enumerate(steps):
        below = category_chances(theta, a[item], row).cumsum(axis=1)
        scores[:, item] = (rng.random((persons, 1)) > below).sum(axis=1) / len(row)
    return scores


def test_items_of_one_step_are_the_two_parameter_model() -> None:
    graded, plain = calibrate_steps(lsat7.answers(), 1), calibrate(lsat7.answers())

    assert graded.log_likelihood == pytest.approx(-2658.8051, abs=1e-4)
    assert graded.a == pytest.approx(plain.a, abs=3e-5)
    assert graded.steps[:, 0] == pytest.approx(plain.b, abs=3e-5)
    assert graded.se_a == pytest.approx(plain.se_a, abs=1e-4)
    assert graded.se_steps[:, 0] == pytest.approx(plain.se_b, abs=1e-4)


def test_no_other_parameters_are_likelier() -> None:
    planted = [np.array([-0.6, 0.7]), np.array([0.2, -0.3]), np.array([0.9, 1.1]), np.array([-1.0, 0.0])]
    scores = drawn(1, 400, np.array([1.3, 0.8, 1.0, 1.5]), planted)
    found = calibrate_steps(scores, 2)

    theta, taken = np.linspace(-6, 6, 121), (2 * scores).astype(int)
    prior = np.exp(-(theta**2) / 2) / np.exp(-(theta**2) / 2).sum()

    def loss(flat: Floats) -> float:
        likely = np.ones((121, 400))
        for item, row in enumerate(flat.reshape(4, 3)):
            likely *= category_chances(theta, row[0], row[1:])[:, taken[:, item]]
        return -float(np.log(likely.T @ prior).sum())

    start = np.column_stack([found.a, found.steps]).ravel()
    best = minimize(loss, start + 0.05, method="BFGS")
    assert -found.log_likelihood == pytest.approx(loss(start), abs=1e-6)
    assert -found.log_likelihood <= best.fun + 1e-6
    assert start == pytest.approx(best.x, abs=1e-3)


def test_planted_steps_are_found_within_their_errors_where_answers_are_missing() -> None:
    rng = np.random.default_rng(2)
    a = np.exp(rng.normal(0.1, 0.25, 12))
    steps = [rng.normal(size=1 + item % 4) for item in range(12)]
    scores = drawn(3, 2500, a, steps)
    scores[rng.random(scores.shape) < 0.2] = np.nan

    found = calibrate_steps(scores, [len(row) for row in steps])

    planted = np.full(found.steps.shape, np.nan)
    for row, told in zip(planted, steps, strict=True):
        row[: len(told)] = told
    used = ~np.isnan(planted)
    assert found.converged
    assert (np.isnan(found.steps) == ~used).all()
    off = np.r_[(found.a - a) / found.se_a, ((found.steps - planted) / found.se_steps)[used]]
    assert abs(off).max() < 4
    assert off.std() == pytest.approx(1, abs=0.35)


def test_what_is_found_goes_into_a_pool() -> None:
    found = calibrate_steps(drawn(4, 500, np.ones(3), [np.array([-0.5, 0.5])] * 3), [2, 2, 2])
    pool = ItemPool(np.ones((3, 1)), found.a, found.steps.mean(axis=1), [0] * 3, [1] * 3, steps=found.steps)

    estimate = rescore(pool, SkillPrior([0.0], [[1.0]]), [0, 1, 2], [1.0, 0.5, 1.0])

    assert 0.2 < estimate.mean[0] < 1.5


@pytest.mark.parametrize(
    ("scores", "n_steps", "message"),
    [
        ([[0.3], [0.0]], 2, "item 0: a score is none of its 2 steps"),
        ([[1.0], [0.0]], 2, "item 0: nobody has the score 1 of 2; give it fewer steps"),
        ([[1.0], [0.0]], 0, "an item has at least 1 step"),
    ],
)
def test_answers_that_have_no_steps_are_refused(
    scores: list[list[float]], n_steps: int, message: str
) -> None:
    with pytest.raises(PsychometricsError, match=message):
        calibrate_steps(scores, n_steps)
