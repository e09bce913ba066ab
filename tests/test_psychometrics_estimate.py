"""Bands, chances and which skills a sitting told of."""

from __future__ import annotations

import numpy as np
import pytest

from quizengine.errors import PsychometricsError
from quizengine.psychometrics import SkillEstimate, bands, measured_skills


def test_the_thresholds_belong_to_the_certain_bands() -> None:
    assert bands([1.0, 0.8, 0.79, 0.21, 0.2, 0.0]) == ("gap", "gap", "unclear", "unclear", "ready", "ready")


def test_a_skill_that_nothing_told_of_is_unclear_whatever_its_probability() -> None:
    assert bands([0.99, 0.01], measured=[False, False]) == ("unclear", "unclear")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"probabilities": [1.2]}, r"numbers in \[0, 1\]"),
        ({"probabilities": [float("nan")]}, r"numbers in \[0, 1\]"),
        ({"probabilities": [0.5], "ready": 0.9, "gap": 0.8}, "ready = 0.9 must lie below gap = 0.8"),
        ({"probabilities": [0.5], "measured": [True, False]}, r"measured has shape \(2,\)"),
    ],
)
def test_probabilities_that_are_none_are_refused(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(PsychometricsError, match=message):
        bands(**arguments)  # type: ignore[arg-type]


def test_a_mean_at_the_cut_is_a_gap_with_even_chances() -> None:
    estimate = SkillEstimate(np.array([0.7, 0.7]), np.diag([0.1, 2.0]))

    assert estimate.gap_probabilities([0.7, 0.7]).tolist() == [0.5, 0.5]


def test_the_band_of_a_chance_holds_the_share_that_it_says() -> None:
    estimate = SkillEstimate(np.array([0.5]), np.array([[0.36]]))
    chance, low, high = estimate.chances(level=0.8)

    theta = np.random.default_rng(0).normal(0.5, 0.6, 100_000)
    drawn = 1 / (1 + np.exp(-theta))

    assert float(chance[0]) == pytest.approx(1 / (1 + np.exp(-0.5)))
    assert ((drawn > low) & (drawn < high)).mean() == pytest.approx(0.8, abs=0.006)


def test_a_level_of_one_is_refused() -> None:
    with pytest.raises(PsychometricsError, match="level = 1 is outside"):
        SkillEstimate(np.zeros(1), np.eye(1)).chances(level=1.0)


def test_a_near_neighbour_of_an_item_counts_as_measured_and_a_far_one_does_not() -> None:
    covariance = np.array([[1.0, 0.6, 0.4, 0.1], [0.6, 1, 0, 0], [0.4, 0, 1, 0], [0.1, 0, 0, 1]])

    assert measured_skills([[1, 0, 0, 0]], covariance).tolist() == [True, True, False, False]
    assert measured_skills([[0.6, 0, 0, 0.4]], covariance).tolist() == [True, True, False, True]
    assert measured_skills(np.zeros((0, 4)), covariance).tolist() == [False] * 4
