"""One-skill estimates against published values and plain integration."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizengine.errors import PsychometricsError
from quizengine.psychometrics import eap, map_estimate, ml_estimate, wl_estimate

SCORES = [1, 0, 1]
ITEMS = {"a": [1.0, 1.2, 0.8], "b": [-1.0, 0.0, 1.0]}


def test_published_values_for_three_items_are_met() -> None:
    mode = map_estimate(SCORES, **ITEMS)
    coarse = eap(SCORES, **ITEMS, nodes=np.linspace(-4, 4, 33))
    fine = eap(SCORES, **ITEMS, nodes=np.linspace(-4, 4, 100_001))

    assert mode.theta == pytest.approx(0.13076942975, abs=1e-6)
    assert mode.standard_error == pytest.approx(0.77051237721, abs=1e-6)
    assert coarse.theta == pytest.approx(0.14469462694, abs=1e-6)
    assert coarse.standard_error == pytest.approx(0.78850967854, abs=1e-6)
    assert fine.theta == pytest.approx(0.14469554130, abs=1e-6)
    assert ml_estimate(SCORES, **ITEMS).theta == pytest.approx(0.32484627605, abs=1e-6)
    assert wl_estimate(SCORES, **ITEMS).theta == pytest.approx(0.2022224858, abs=1e-6)


@pytest.mark.parametrize("seed", range(10))
def test_eap_agrees_with_plain_integration(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 12))
    a, b, scores = rng.uniform(0.3, 2.5, n), rng.normal(size=n), rng.integers(0, 2, n).astype(float)
    theta = np.linspace(-9, 9, 20001)
    p = 1 / (1 + np.exp(-a * (theta[:, None] - b)))
    weights = np.exp(-(theta**2) / 2) * np.prod(np.where(scores == 1, p, 1 - p), axis=1)
    mean = weights @ theta / weights.sum()

    assert eap(scores, a, b).theta == pytest.approx(mean, abs=2e-6)


def test_all_right_leaves_maximum_likelihood_without_an_answer_and_the_others_with_one() -> None:
    right, a, b = [1, 1], [1.0, 1.0], [0.0, 0.5]

    assert ml_estimate(right, a, b).theta == float("inf")
    assert ml_estimate(right, a, b).standard_error == float("inf")
    assert 0 < map_estimate(right, a, b).theta < wl_estimate(right, a, b).theta < 5


def test_no_answers_give_the_prior_back() -> None:
    ability = eap([], [], [])

    assert ability.theta == pytest.approx(0.0, abs=1e-12)
    assert ability.standard_error == pytest.approx(1.0, abs=1e-9)


@given(st.lists(st.sampled_from([0.0, 1.0]), min_size=1, max_size=8), st.integers(0, 10**6))
def test_the_mirror_image_of_a_test_gives_the_mirror_image_of_the_estimate(
    scores: list[float], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    a, b = rng.uniform(0.3, 2.5, len(scores)), rng.normal(size=len(scores))
    mirrored = [1 - score for score in scores]

    for estimate in (eap, map_estimate):
        assert estimate(mirrored, a, -b).theta == pytest.approx(-estimate(scores, a, b).theta, abs=1e-8)


def test_lengths_that_differ_are_refused() -> None:
    with pytest.raises(PsychometricsError, match=r"a has shape \(2,\); it must be \(3,\)"):
        eap(SCORES, [1.0, 1.0], 0.0)
    with pytest.raises(PsychometricsError, match=r"a score is outside \[0, 1\]"):
        eap([2.0], 1.0, 0.0)
