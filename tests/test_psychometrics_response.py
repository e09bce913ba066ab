"""The response model against its own definition, its limits and a numerical derivative."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizengine.psychometrics import (
    discounted_slope,
    expected_scores,
    item_information,
    success_chance,
    test_information,
)
from quizengine.psychometrics.response import log_likelihood

slopes = st.floats(0.3, 3.0)
logits = st.floats(-6.0, 6.0)
guesses = st.floats(0.0, 0.4)
tops = st.floats(0.8, 1.0)


def test_at_its_difficulty_half_of_what_can_be_known_is_known() -> None:
    assert success_chance(0.7, a=2.0, b=0.7, c=0.2, d=0.9) == pytest.approx(0.55)


def test_somebody_far_away_still_guesses_and_still_slips() -> None:
    chances = success_chance([-1e4, 1e4], a=1.0, b=0.0, c=0.25, d=0.98)

    assert chances.tolist() == pytest.approx([0.25, 0.98])


@given(logits, slopes, logits, guesses, tops, st.floats(0, 1))
def test_log_likelihood_is_the_log_of_the_chance(
    u: float, a: float, b: float, c: float, d: float, score: float
) -> None:
    right = float(success_chance(u, a, b, c, d))
    # 1 - P by the mirrored curve: the plain difference has no digits left where P is nearly 1.
    wrong = (1 - d) + (d - c) * float(success_chance(-u, a, -b))

    expected = score * np.log(right) + (1 - score) * np.log(wrong)

    assert float(log_likelihood(u, a, b, c, d, score)) == pytest.approx(expected, rel=1e-8, abs=1e-12)


def test_log_likelihood_stays_finite_where_the_chance_rounds_to_zero_or_one() -> None:
    logs = log_likelihood([-2000.0, 2000.0], a=1.0, b=0.0, c=0.0, d=1.0, score=[1.0, 0.0])

    assert logs.tolist() == [-2000.0, -2000.0]


@given(logits, slopes, logits, guesses, tops)
def test_information_is_the_squared_slope_over_the_variance(
    theta: float, a: float, b: float, c: float, d: float
) -> None:
    step = 1e-5
    p = float(success_chance(theta, a, b, c, d))
    slope = float(success_chance(theta + step, a, b, c, d) - success_chance(theta - step, a, b, c, d))
    expected = (slope / (2 * step)) ** 2 / (p * (1 - p))

    assert item_information([theta], a, b, c, d)[0, 0] == pytest.approx(expected, rel=1e-3, abs=1e-8)


@given(slopes, guesses)
def test_guessing_only_takes_information_away(a: float, c: float) -> None:
    theta = np.linspace(-3, 3, 13)

    assert (item_information(theta, a, 0.0, c) <= item_information(theta, a, 0.0) + 1e-12).all()


def test_information_of_a_test_is_the_sum_over_its_items() -> None:
    theta, a, b = [-1.0, 0.5], [1.0, 2.0, 0.5], [0.0, 1.0, -1.0]

    together = test_information(theta, a, b)

    alone = [item_information(theta, x, y)[:, 0] for x, y in zip(a, b, strict=True)]
    assert together == pytest.approx(sum(alone))


def test_expected_scores_have_a_row_a_person_and_a_column_an_item() -> None:
    scores = expected_scores([0.0, 1.0], a=[1.0, 2.0, 1.0], b=[0.0, 0.0, 1.0])

    assert scores.shape == (2, 3)
    assert scores[1, 2] == pytest.approx(0.5)


def test_a_discounted_slope_is_near_the_average_of_the_curves_it_stands_for() -> None:
    b = np.random.default_rng(0).normal(0.0, 0.7, 200_000)
    theta = np.linspace(-2, 2, 9)

    average = np.array([success_chance(t, 1.1, b).mean() for t in theta])

    assert success_chance(theta, discounted_slope(1.1, 0.7), 0.0) == pytest.approx(average, abs=0.01)
