"""Drift: what moved is found, with its size; what did not move is left alone."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kstest

from quizengine.errors import PsychometricsError
from quizengine.psychometrics import Curves, drift_test, watch_drift
from quizengine.psychometrics.arrays import Floats
from quizengine.psychometrics.drift import difficulty_scores
from quizengine.psychometrics.matching import NODES
from tests.test_psychometrics_itemfit import drawn, some_curves


def adaptive_answers(seed: int, people: int, curves: Curves, asked: int) -> Floats:
    """Everybody is asked, one after the other, an item near the best for what is known of them."""
    rng = np.random.default_rng((seed, 3))
    theta, rows = rng.normal(size=people), np.arange(people)
    right, wrong = curves.logs(NODES)
    slope = np.gradient(curves.chances(NODES), NODES, axis=0)
    information = slope**2 / (curves.chances(NODES) * (1 - curves.chances(NODES)))
    chances, logs = curves.chances(theta), np.tile(-(NODES**2) / 2, (people, 1))
    scores = np.full(chances.shape, np.nan)
    for _ in range(asked):
        mass = np.exp(logs - logs.max(axis=1, keepdims=True))
        known = np.searchsorted(NODES, (mass @ NODES) / mass.sum(axis=1))
        wanted = information[known] * np.exp(rng.normal(0, 0.3, scores.shape))
        item = np.where(np.isnan(scores), wanted, -1).argmax(axis=1)
        solved = rng.random(people) < chances[rows, item]
        scores[rows, item] = solved
        logs += np.where(solved[:, None], right[:, item].T, wrong[:, item].T)
    return scores


@pytest.mark.parametrize("asked", [20, 60], ids=["adaptive", "whole form"])
def test_z_values_are_standard_normal_while_nothing_drifts(asked: int) -> None:
    z = []
    for seed in range(12):
        curves = some_curves(seed, 60)
        found = drift_test(adaptive_answers(seed, 600, curves, asked), curves)
        z += list(found.z[found.n >= 50])

    assert len(z) > 450
    assert np.mean(np.abs(z) > 1.96) == pytest.approx(0.05, abs=4 * (0.05 * 0.95 / len(z)) ** 0.5)
    assert kstest(z, "norm").pvalue > 1e-4


def test_a_leaked_item_is_found_with_its_size_and_the_others_are_not() -> None:
    curves = some_curves(1, 30)
    moved = np.where(np.arange(30) == 7, -0.6, 0.0)
    truth = Curves.of(curves.a, curves.b + moved, curves.c, curves.d)

    found = drift_test(adaptive_answers(4, 2000, truth, 15), curves)

    assert found.flagged().nonzero()[0].tolist() == [7]
    assert found.shift[7] == pytest.approx(-0.6, abs=0.25)
    assert found.z[7] < -3


def test_an_abler_population_is_no_drift() -> None:
    curves = some_curves(2, 30)

    found = drift_test(drawn(5, 1000, curves, mean=1.0), curves)

    assert abs(found.z).max() < 4
    assert found.shift.mean() == pytest.approx(0, abs=0.05)


def test_difficulties_that_are_known_badly_are_not_seen_to_move() -> None:
    curves = some_curves(1, 20)
    truth = Curves.of(curves.a, curves.b + 0.5 * (np.arange(20) == 0), curves.c, curves.d)
    scores = drawn(1, 800, truth)

    sure, unsure = drift_test(scores, curves), drift_test(scores, curves, b_errors=np.full(20, 0.5))

    assert sure.p[0] < 0.001
    assert unsure.p[0] > 0.05
    assert unsure.shift == pytest.approx(sure.shift)


def test_pulls_are_the_slopes_of_the_likelihood() -> None:
    curves = some_curves(3, 5)
    scores = drawn(3, 400, curves)
    pulls, nuisance = difficulty_scores(scores, curves)

    def height(shift: float, mean: float, sd: float) -> float:
        moved = Curves.of(curves.a, curves.b + shift * (np.arange(5) == 2), curves.c, curves.d)
        theta = np.linspace(-8, 8, 801)
        p = moved.chances(theta)
        weights = np.exp(-(((theta - mean) / sd) ** 2) / 2) / sd
        logs = scores @ np.log(p).T + (1 - scores) @ np.log(1 - p).T
        return float(np.log(np.exp(logs) @ weights).sum())

    from quizengine.psychometrics.matching import posteriors  # noqa: PLC0415

    _, means, sds = posteriors(scores, curves, np.zeros(400, dtype=int))
    at = float(means[0]), float(sds[0])
    slope = (height(1e-4, *at) - height(-1e-4, *at)) / 2e-4
    assert pulls[:, 2].sum() == pytest.approx(slope, abs=0.05)
    assert abs(nuisance.sum(axis=0)).max() < 0.2  # they are 0 where mean and sd are fitted


def test_an_item_that_nobody_was_given_says_nothing() -> None:
    curves = some_curves(1, 4)
    scores = drawn(1, 100, curves)
    scores[:, 1] = np.nan

    found = drift_test(scores, curves)

    assert np.isnan([found.z[1], found.shift[1], found.p_adjusted[1]]).all()
    assert not found.flagged()[1]
    assert np.isfinite(found.z[[0, 2, 3]]).all()


def test_the_watch_is_silent_as_long_as_it_says() -> None:
    rng = np.random.default_rng(1)
    alarms = [watch_drift(rng.normal(size=6000), np.ones(6000), batch=1).alarm for _ in range(200)]
    lengths = np.array([6000 if alarm is None else alarm for alarm in alarms])

    # The published run length of both sides together: 465 looks; runs are nearly exponential.
    assert lengths.mean() == pytest.approx(465, abs=4 * 465 / 200**0.5)


@pytest.mark.parametrize(("shift", "side"), [(0.3, "easier"), (-0.3, "harder")])
def test_the_watch_sees_a_shift_soon_and_says_which_way(shift: float, side: str) -> None:
    chance = np.r_[np.full(400, 0.5), np.full(400, 0.5 + shift)]
    right = np.random.default_rng(2).random(800) < chance

    seen = watch_drift(right - 0.5, np.full(800, 0.25))

    assert seen.alarm is not None
    assert 400 < seen.alarm <= 520
    assert getattr(seen, side)[seen.alarm // 20 - 1] > 5


def test_part_of_a_batch_waits() -> None:
    assert watch_drift(np.ones(19), np.ones(19)).alarm is None
    assert watch_drift([], []).easier.shape == (0,)


def test_what_cannot_be_watched_is_refused() -> None:
    with pytest.raises(PsychometricsError, match="a variance is not above 0"):
        watch_drift([0.1], [0.0])
    with pytest.raises(PsychometricsError, match="of one length"):
        watch_drift([0.1], [1.0, 1.0])
    with pytest.raises(PsychometricsError, match="a standard error is below 0"):
        drift_test([[1.0]], Curves.of(1.0, [0.0]), b_errors=[-1.0])
