"""Sum scores and the Rasch model: published figures, and every pattern counted."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizengine.errors import PsychometricsError
from quizengine.psychometrics import (
    Curves,
    lz,
    ml_estimate,
    rasch_cml,
    sum_score_eap,
    symmetric_functions,
)
from tests import lsat7

difficulties = st.lists(st.floats(-3, 3), min_size=1, max_size=7)
LSAT7 = Curves.of(lsat7.SLOPES, -lsat7.INTERCEPTS / lsat7.SLOPES)


def test_published_symmetric_functions_are_met() -> None:
    expected = [1, 6.34141320004, 14.30148436094, 14.30148436094, 6.34141320004, 1]

    assert symmetric_functions([-1, -0.5, 0, 0.5, 1]) == pytest.approx(expected, abs=1e-9)


@given(difficulties)
def test_symmetric_functions_sum_over_all_ways_to_have_so_many_right(b: list[float]) -> None:
    expected = [sum(np.exp(-sum(chosen)) for chosen in combinations(b, size)) for size in range(len(b) + 1)]

    assert symmetric_functions(b) == pytest.approx(expected)


def test_published_difficulties_of_lsat7_are_met() -> None:
    found = rasch_cml(lsat7.answers())

    assert found.b == pytest.approx(lsat7.RASCH, abs=1e-5)
    assert found.log_likelihood == pytest.approx(-1182.699899, abs=1e-5)
    assert found.people == 1000 - 12 - 308


def test_published_abilities_under_the_rasch_model_are_met() -> None:
    found = [
        ml_estimate([1] * right + [0] * (5 - right), [1] * 5, lsat7.RASCH).theta for right in range(1, 5)
    ]

    assert found == pytest.approx(lsat7.PERSONS, abs=1e-5)


def test_the_conditional_likelihood_is_that_of_all_patterns_with_the_same_sum() -> None:
    scores = (np.random.default_rng(1).random((60, 4)) < 0.5).astype(float)
    found = rasch_cml(scores)

    patterns = np.array(list(product([0, 1], repeat=4)))
    odds = np.exp(-patterns @ found.b)
    logs = 0.0
    for row in scores:
        same = patterns.sum(axis=1) == row.sum()
        logs += np.log(np.exp(-row @ found.b) / odds[same].sum())
    assert found.log_likelihood == pytest.approx(logs)


def test_standard_errors_are_as_large_as_estimates_scatter() -> None:
    b, rng = np.linspace(-1, 1, 6), np.random.default_rng(2)
    tried = [
        rasch_cml(rng.random((300, 6)) < 1 / (1 + np.exp(b - rng.normal(0.5, 1.5, (300, 1)))))
        for _ in range(60)
    ]

    scatter = np.std([one.b for one in tried], axis=0)
    said = np.mean([one.se_b for one in tried], axis=0)
    # The sd of 60 draws is known to 9 %.
    assert said == pytest.approx(scatter, rel=0.4)
    assert np.mean([one.b for one in tried], axis=0) == pytest.approx(b, abs=4 * 0.14 / 60**0.5)


def test_published_abilities_by_sum_score_are_met() -> None:
    found = sum_score_eap(LSAT7)

    means = [-1.86979, -1.431861, -0.9488463, -0.4131963, 0.1517289, 0.7271877]
    errors = [0.6927032, 0.6838697, 0.6942298, 0.7210951, 0.758772, 0.8009335]
    counts = [10.08994, 44.65882, 109.773, 207.7391, 319.1854, 308.5536]
    assert found.mean == pytest.approx(means, abs=1e-4)
    assert found.sd == pytest.approx(errors, abs=1e-4)
    assert 1000 * found.chance == pytest.approx(
        counts, abs=2e-3
    )  # five digits of the parameters were printed


def test_another_population_moves_the_table_with_it() -> None:
    moved = Curves.of(LSAT7.a / 1.5, 0.7 + 1.5 * LSAT7.b)

    here, there = sum_score_eap(LSAT7), sum_score_eap(moved, mean=0.7, sd=1.5)

    assert there.mean == pytest.approx(0.7 + 1.5 * here.mean)
    assert there.sd == pytest.approx(1.5 * here.sd)


def test_lz_is_standard_normal_where_abilities_are_known_and_the_test_is_long() -> None:
    rng, curves = np.random.default_rng(3), Curves.of(1.2, np.linspace(-2, 2, 80))
    theta = rng.normal(size=2000)
    scores = (rng.random((2000, 80)) < curves.chances(theta)).astype(float)
    scores[:, ::5] = np.nan

    found = lz(scores, curves, theta)

    assert found.mean() == pytest.approx(0, abs=4 / 2000**0.5)
    assert found.std() == pytest.approx(1, abs=0.07)


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        ([[1.0, np.nan]], "no gaps, no partial credit"),
        ([[1.0], [0.0]], "1 items; this takes 2 to 200"),
        ([[1.0, 0.0], [1.0, 0.0]], "item 0: all or none"),
    ],
)
def test_what_cannot_be_estimated_is_refused(scores: list[list[float]], message: str) -> None:
    with pytest.raises(PsychometricsError, match=message):
        rasch_cml(scores)
    with pytest.raises(PsychometricsError, match="a row of finite numbers"):
        symmetric_functions([np.nan])
    with pytest.raises(PsychometricsError, match="must be above 0"):
        sum_score_eap(LSAT7, sd=0.0)
