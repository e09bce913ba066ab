"""Fit of items: published figures, brute force, and z-values that are what they say when nothing is wrong."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest

from quizengine.errors import PsychometricsError
from quizengine.psychometrics import Curves, binned_residuals, eap, infit_outfit, s_x2, sum_score_chances
from quizengine.psychometrics.arrays import Floats
from quizengine.psychometrics.matching import NODES, others, posterior
from tests import lsat7


def drawn(seed: int, n: int, truth: Curves, *, mean: float = 0.0, given_share: float = 1.0) -> Floats:
    rng = np.random.default_rng(seed)
    chances = truth.chances(rng.normal(mean, 1.0, n))
    scores = (rng.random(chances.shape) < chances).astype(float)
    scores[rng.random(scores.shape) >= given_share] = np.nan
    return scores


def some_curves(seed: int, n_items: int) -> Curves:
    rng = np.random.default_rng((seed, 1))
    return Curves.of(np.exp(rng.normal(0.1, 0.3, n_items)), rng.normal(size=n_items), 0.02, 0.98)


def test_the_published_infit_and_outfit_of_lsat7_are_met() -> None:
    scores = lsat7.answers()
    totals = scores.sum(axis=1)
    between = (totals > 0) & (totals < 5)  # an all right or all wrong has no maximum of likelihood
    theta = lsat7.PERSONS[totals[between].astype(int) - 1]

    fit = infit_outfit(scores[between], Curves.of(1.0, lsat7.RASCH), theta)

    infit = [0.909533765, 0.9946611284, 0.8710798333, 1.048834578, 0.9928086209]
    outfit = [0.8777478091, 1.022981992, 0.8369407833, 1.020459423, 0.9843650261]
    assert fit.infit == pytest.approx(infit, abs=1e-4)
    assert fit.outfit == pytest.approx(outfit, abs=1e-4)


def test_the_published_s_x2_of_lsat7_is_met() -> None:
    curves = Curves.of(lsat7.SLOPES, -lsat7.INTERCEPTS / lsat7.SLOPES)

    found = s_x2(lsat7.answers(), curves)

    assert found.statistic == pytest.approx([4.749440, 14.451071, 1.270381, 5.237400, 0.941125], abs=0.05)
    assert found.df.tolist() == [2] * 5
    assert found.p[1] < 0.001


@given(st.lists(st.floats(0, 1), min_size=1, max_size=7))
def test_sum_scores_are_as_likely_as_all_their_patterns(chances: list[float]) -> None:
    expected = np.zeros(len(chances) + 1)
    for pattern in product([0, 1], repeat=len(chances)):
        odds = [p if solved else 1 - p for p, solved in zip(chances, pattern, strict=True)]
        expected[sum(pattern)] += np.prod(odds)

    assert sum_score_chances(chances) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_s_x2_is_what_the_definition_says_by_brute_force(seed: int) -> None:
    curves = some_curves(seed, 5)
    scores = drawn(seed, 3000, curves)
    theta, weights = np.linspace(-7, 7, 1401), np.exp(-(np.linspace(-7, 7, 1401) ** 2) / 2)
    patterns = np.array(list(product([0, 1], repeat=5)), dtype=float)
    p = curves.chances(theta)
    likely = np.array([weights @ np.where(pattern > 0, p, 1 - p).prod(axis=1) for pattern in patterns])

    found = s_x2(scores, curves, estimated=0)

    for item in range(5):
        total = 0.0
        for score in range(1, 5):
            at = patterns.sum(axis=1) == score
            expected = (likely[at] * patterns[at, item]).sum() / likely[at].sum()
            people = scores.sum(axis=1) == score
            observed = scores[people, item].mean()
            total += people.sum() * (observed - expected) ** 2 / (expected * (1 - expected))
        assert found.statistic[item] == pytest.approx(total, rel=1e-3)
        assert found.df[item] == found.cells[item] == 4


def test_poor_cells_are_merged_until_each_expects_one_right_and_one_wrong() -> None:
    curves = Curves.of(1.0, np.linspace(-3, 3, 20))
    scores = drawn(1, 60, curves)

    found = s_x2(scores, curves, estimated=1)

    assert (found.cells < 19).all()
    assert (found.df == found.cells - 1).all()
    assert np.isfinite(found.statistic).all()


def test_too_few_cells_are_not_judged() -> None:
    found = s_x2(drawn(1, 500, some_curves(1, 3)), some_curves(1, 3))

    assert found.df.tolist() == [0, 0, 0]
    assert np.isnan(found.statistic).all()
    assert np.isnan(found.p).all()


@pytest.mark.parametrize(("n", "n_items"), [(400, 12), (2000, 30)])
def test_p_values_of_s_x2_are_spread_evenly_when_the_curves_hold(n: int, n_items: int) -> None:
    p = np.concatenate(
        [
            s_x2(drawn(seed, n, some_curves(seed, n_items)), some_curves(seed, n_items), estimated=0).p
            for seed in range(15)
        ]
    )

    assert np.mean(p < 0.05) == pytest.approx(0.05, abs=4 * (0.05 * 0.95 / len(p)) ** 0.5)


@pytest.mark.parametrize("given_share", [1.0, 0.5])
def test_z_values_are_standard_normal_when_the_curves_hold(given_share: float) -> None:
    found = [
        infit_outfit(drawn(seed, 500, some_curves(seed, 25), given_share=given_share), some_curves(seed, 25))
        for seed in range(20)
    ]

    for z in (np.concatenate([f.infit_z for f in found]), np.concatenate([f.outfit_z for f in found])):
        assert np.mean(abs(z) > 1.96) == pytest.approx(0.05, abs=4 * (0.05 * 0.95 / len(z)) ** 0.5)
        assert kstest(z, "norm").pvalue > 1e-4
    assert np.concatenate([f.flagged for f in found]).mean() < 0.03


@pytest.mark.parametrize("given_share", [1.0, 0.4])
def test_residuals_by_ability_keep_their_level_when_the_curves_hold(given_share: float) -> None:
    p = np.concatenate(
        [
            binned_residuals(
                drawn(seed, 600, some_curves(seed, 25), given_share=given_share), some_curves(seed, 25)
            ).p
            for seed in range(16)
        ]
    )

    assert np.mean(p < 0.05) == pytest.approx(0.05, abs=4 * (0.05 * 0.95 / len(p)) ** 0.5)


def test_residuals_by_ability_show_where_a_curve_is_wrong() -> None:
    curves = Curves.of(1.3, np.linspace(-1, 1, 20))
    guessed = Curves.of(1.3, curves.b, 0.35 * (np.arange(20) == 16))

    fit = binned_residuals(drawn(3, 2000, guessed), curves)

    assert fit.p.argmin() == 16
    assert fit.p[16] < 1e-6
    assert fit.observed[16, 0] - fit.expected[16, 0] > 0.15  # the weakest guess; the able do as before
    assert abs(fit.observed[16, 7] - fit.expected[16, 7]) < 0.15
    assert (np.diff(fit.ability[16]) > 0).all()
    assert fit.n[16].sum() == 2000


def test_bins_that_expect_too_little_join_their_neighbours() -> None:
    fit = binned_residuals(
        drawn(1, 200, Curves.of(1.0, [0.0] * 9 + [4.0])), Curves.of(1.0, [0.0] * 9 + [4.0])
    )

    assert fit.df[9] <= 2
    assert fit.n[9].sum() in {0, 200}
    assert (fit.df[:9] >= 5).all()


def test_classical_z_values_are_standard_normal_for_known_abilities() -> None:
    z = []
    for seed in range(20):
        curves, rng = some_curves(seed, 20), np.random.default_rng(seed)
        theta = rng.normal(size=400)
        scores = (rng.random((400, 20)) < curves.chances(theta)).astype(float)
        fit = infit_outfit(scores, curves, theta)
        z += [*fit.infit_z, *fit.outfit_z]

    assert np.mean(np.abs(z) > 1.96) == pytest.approx(0.05, abs=4 * (0.05 * 0.95 / len(z)) ** 0.5)


@pytest.mark.parametrize(("true_slope", "above"), [(0.3, True), (6.0, False)])
def test_a_wrong_slope_is_flagged_on_its_side(true_slope: float, above: bool) -> None:
    curves = Curves.of(1.5, np.linspace(-1, 1, 20))
    truth = Curves.of(np.where(np.arange(20) == 9, true_slope, 1.5), curves.b)

    fit = infit_outfit(drawn(3, 1500, truth), curves)

    assert fit.flagged.nonzero()[0].tolist() == [9]
    assert (fit.outfit[9] > 1) == (fit.infit_z[9] > 0) == above


def test_abler_people_are_no_misfit() -> None:
    curves = some_curves(2, 30)

    fit = infit_outfit(drawn(2, 1000, curves, mean=1.2), curves)

    assert abs(np.r_[fit.infit_z, fit.outfit_z]).max() < 4
    assert not fit.flagged.any()


def test_an_item_that_nobody_was_given_has_no_fit() -> None:
    curves = some_curves(1, 6)
    scores = drawn(1, 200, curves)
    scores[:, 4] = np.nan

    fit = infit_outfit(scores, curves)

    assert np.isnan([fit.infit[4], fit.outfit_z[4]]).all()
    assert fit.n.tolist() == [200, 200, 200, 200, 0, 200]
    assert not fit.flagged[4]


@given(st.integers(0, 10**6))
def test_what_the_others_say_is_an_estimate_without_the_answer(seed: int) -> None:
    curves = some_curves(seed, 6)
    scores = drawn(seed, 1, curves)
    rest = np.arange(6) != 2

    found = others(scores, curves)

    parameters = [part[rest] for part in (curves.a, curves.b, curves.c, curves.d)]
    assert found.ability[0, 2] == pytest.approx(eap(scores[0, rest], *parameters).theta, abs=1e-5)
    everything = posterior(scores, curves) @ NODES
    assert everything[0] == pytest.approx(
        eap(scores[0], curves.a, curves.b, curves.c, curves.d).theta, abs=1e-5
    )


def test_the_mean_and_sd_of_a_population_are_recovered() -> None:
    curves = some_curves(1, 40)
    scores = np.vstack([drawn(1, 3000, curves, mean=-0.5), drawn(2, 3000, curves, mean=0.8)])

    found = others(scores, curves, np.repeat([0, 1], 3000))

    assert found.means == pytest.approx([-0.5, 0.8], abs=0.08)
    assert found.sds == pytest.approx([1.0, 1.0], abs=0.06)


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        ([[1.0, 0.5]], "no gaps, no partial credit"),
        ([[1.0, float("nan")]], "no gaps, no partial credit"),
        ([[1.0]], "scores has 1 columns; there are 2 items"),
        ([1.0], "must be"),
    ],
)
def test_s_x2_needs_a_whole_form(scores: list[list[float]], message: str) -> None:
    with pytest.raises(PsychometricsError, match=message):
        s_x2(scores, Curves.of(1.0, [0.0, 0.0]))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"a": 0.0, "b": [0.0, 1.0]}, "item 0: a must be above 0"),
        ({"a": [1.0, 1.0], "b": [0.0, 1.0], "c": [0.0, 1.0]}, "item 1: "),
        ({"a": [1.0, 1.0, 1.0], "b": [0.0, 1.0]}, r"b has shape \(2,\); it must be \(3,\)"),
        ({"a": 1.0, "b": [0.0, float("inf")]}, "b holds a value that is not finite"),
    ],
)
def test_curves_that_cannot_be_are_refused(parameters: dict[str, object], message: str) -> None:
    with pytest.raises(PsychometricsError, match=message):
        Curves.of(**parameters)  # type: ignore[arg-type]
