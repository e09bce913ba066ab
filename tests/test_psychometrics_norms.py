"""Percentiles: brute force, coverage of their intervals, and silence where there are too few."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr
from scipy.stats import beta, percentileofscore

from quizengine.errors import PsychometricsError
from quizengine.psychometrics import percentile


@given(st.integers(0, 10**6), st.integers(-3, 3))
def test_half_of_the_equals_lie_below(seed: int, score: int) -> None:
    norm = np.random.default_rng(seed).integers(-3, 4, 150)

    found = percentile([score], norm)

    assert found.value == pytest.approx(percentileofscore(norm, score, kind="mean"))


def test_the_value_is_the_mean_over_plausible_values() -> None:
    norm, plausible = np.arange(200.0), np.array([50.0, 120.0])

    found = percentile(plausible, norm)

    assert found.value == pytest.approx((25.25 + 60.25) / 2)


def test_without_error_of_measurement_the_interval_is_jeffreys() -> None:
    norm = np.arange(400.0)

    found = percentile([99.5], norm)

    assert (found.low, found.high) == pytest.approx(
        tuple(100 * beta.ppf([0.025, 0.975], 100.5, 300.5)), abs=1e-3
    )
    assert found.standard_error == pytest.approx(100 * (0.25 * 0.75 / 400) ** 0.5)


@pytest.mark.parametrize("sd", [0.05, 0.4])
def test_intervals_hold_the_truth_as_often_as_they_say(sd: float) -> None:
    """People from N(0, 1), known to within ``sd``: posterior mean from N(0, 1 - sd^2)."""
    rng, held = np.random.default_rng(1), 0
    for _ in range(250):
        mean = rng.normal(0, (1 - sd**2) ** 0.5)
        truth, plausible = rng.normal(mean, sd), rng.normal(mean, sd, 200)

        found = percentile(plausible, rng.normal(size=150))

        assert found.low is not None
        assert found.high is not None
        held += found.low <= 100 * ndtr(truth) <= found.high

    assert held / 250 == pytest.approx(0.95, abs=4 * (0.05 * 0.95 / 250) ** 0.5)


def test_below_a_hundred_people_nothing_is_told_but_their_number() -> None:
    found = percentile([0.0], np.zeros(99))

    assert found.too_few
    assert (found.value, found.standard_error, found.low, found.high, found.n) == (None, None, None, None, 99)
    assert not percentile([0.0], np.zeros(100)).too_few


@given(st.floats(-50, 50), st.integers(0, 10**6))
def test_an_interval_stays_on_the_scale_and_around_its_value(score: float, seed: int) -> None:
    found = percentile([score], np.random.default_rng(seed).normal(size=120))

    assert found.low is not None
    assert found.high is not None
    assert found.value is not None
    assert 0 <= found.low <= found.high <= 100
    assert found.low - 1 <= found.value <= found.high + 1


@pytest.mark.parametrize(
    ("plausible", "norm", "level"),
    [([], [0.0] * 100, 0.9), ([float("nan")], [0.0], 0.9), ([0.0], [0.0], 1.0)],
)
def test_numbers_that_cannot_be_ranked_are_refused(
    plausible: list[float], norm: list[float], level: float
) -> None:
    with pytest.raises(PsychometricsError):
        percentile(plausible, norm, level=level)
