"""Item calibration against published values, brute force, and people who were simulated."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.stats import chi2

from quizengine.errors import PsychometricsError
from quizengine.psychometrics import Calibration, Responses, calibrate, success_chance
from quizengine.psychometrics.arrays import Floats
from quizengine.psychometrics.calibration import (
    Prior,
    StoredShard,
    anchor_drift,
    difficulty_model,
    family_spread,
    mean_sigma,
)

#: Patterns and counts, the first digit is item 1. LSAT7: R. D. Bock and M. Lieberman, "Fitting a response
#: model for n dichotomously scored items", Psychometrika 35, 1970; LSAT6 the same.
LSAT7 = (
    "00000 12 00001 19 00010 1 00011 7 00100 3 00101 19 00110 3 00111 17 01000 10 01001 5 01010 3 01011 7 "
    "01100 7 01101 23 01110 8 01111 28 10000 7 10001 39 10010 11 10011 34 10100 14 10101 51 10110 15 "
    "10111 90 11000 6 11001 25 11010 7 11011 35 11100 18 11101 136 11110 32 11111 308"
)
LSAT6 = (
    "00000 3 00001 6 00010 2 00011 11 00100 1 00101 1 00110 3 00111 4 01000 1 01001 8 01011 16 01101 3 "
    "01110 2 01111 15 10000 10 10001 29 10010 14 10011 81 10100 3 10101 28 10110 15 10111 80 11000 16 "
    "11001 56 11010 21 11011 173 11100 11 11101 61 11110 28 11111 298"
)


def answers(table: str) -> Floats:
    """Return one row a person."""
    words = table.split()
    patterns = np.array([[float(digit) for digit in word] for word in words[::2]])
    return np.repeat(patterns, [int(count) for count in words[1::2]], axis=0)


def simulated(
    persons: int, a: Any, b: Any, c: Any = 0.0, d: Any = 1.0, *, seed: int = 0, mean: float = 0.0
) -> Floats:
    """Return scores of people who follow the model."""
    rng = np.random.default_rng(seed)
    theta = rng.normal(mean, 1.0, (persons, 1))
    return (rng.random((persons, len(b))) < success_chance(theta, a, b, c, d)).astype(float)


def some(scores: Floats, share: float, seed: int = 1) -> Floats:
    """Return the scores with all but a share taken away."""
    return np.where(np.random.default_rng(seed).random(scores.shape) < share, scores, np.nan)


def parameters(items: int, seed: int = 0) -> tuple[Floats, Floats]:
    """Return slopes and difficulties as calibrated banks have them."""
    rng = np.random.default_rng([seed, 7])
    return np.exp(rng.normal(0.1, 0.3, items)), rng.normal(0.0, 1.0, items)


class TestPublishedValues:
    def test_2pl_of_lsat7(self) -> None:
        found = calibrate(answers(LSAT7))

        np.testing.assert_allclose(found.a, [0.98755, 1.08084, 1.70748, 0.76499, 0.73567], atol=2e-5)
        np.testing.assert_allclose(found.intercept, [1.85586, 0.80797, 1.80521, 0.48600, 1.85446], atol=2e-5)
        np.testing.assert_allclose(found.b, [-1.87926, -0.74754, -1.05724, -0.63530, -2.52077], atol=2e-5)
        assert found.log_likelihood == pytest.approx(-2658.8051, abs=1e-4)

    def test_equal_slopes_of_lsat7(self) -> None:
        free, equal = calibrate(answers(LSAT7)), calibrate(answers(LSAT7), "1pl")

        np.testing.assert_allclose(equal.a, 1.01127, atol=1e-5)
        np.testing.assert_allclose(equal.intercept, [1.86826, 0.79101, 1.46098, 0.52151, 1.99297], atol=1e-5)
        assert equal.log_likelihood == pytest.approx(-2664.9009, abs=1e-4)
        assert 2 * (free.log_likelihood - equal.log_likelihood) == pytest.approx(12.1916, abs=1e-3)

    def test_rasch_says_the_slope_as_the_spread_of_persons(self) -> None:
        found = calibrate(answers(LSAT7), "rasch")

        assert found.sd == pytest.approx(1.01127, abs=1e-5)
        np.testing.assert_allclose(found.b, [-1.86826, -0.79101, -1.46098, -0.52151, -1.99297], atol=1e-5)

    def test_abilities_of_lsat7(self) -> None:
        found = calibrate(answers(LSAT7))
        first_six = [[int(digit) for digit in f"{number:05b}"] for number in range(6)]

        means, sds = found.eap(first_six)
        best, best_sd = found.eap([[1.0] * 5])

        expected = [-1.86978, -1.52726, -1.51397, -1.18550, -1.09404, -0.76618]
        np.testing.assert_allclose(means, expected, atol=1e-5)
        np.testing.assert_allclose(sds, [0.69270, 0.67363, 0.67308, 0.66517, 0.66502, 0.67213], atol=1e-5)
        assert (best[0], best_sd[0]) == (pytest.approx(0.72718, abs=1e-5), pytest.approx(0.80093, abs=1e-5))
        modes = [-1.8165552, -1.4946906, -1.4822982, -1.1789899, -1.0958928, -0.7951026]
        np.testing.assert_allclose(found.posterior_mode(first_six), modes, atol=1e-2)

    def test_lsat6_as_the_manual_of_the_r_package_ltm_prints_it(self) -> None:
        """D. Rizopoulos, "ltm: an R package for latent variable modelling", J. Stat. Software 17(5), 2006."""
        equal, free = calibrate(answers(LSAT6), "1pl"), calibrate(answers(LSAT6))

        np.testing.assert_allclose(equal.a, 0.755, atol=5e-4)
        np.testing.assert_allclose(equal.b, [-3.615, -1.322, -0.318, -1.730, -2.780], atol=2e-3)
        assert equal.log_likelihood == pytest.approx(-2466.938, abs=1e-3)
        np.testing.assert_allclose(free.a, [0.8254, 0.7229, 0.8905, 0.6886, 0.6575], atol=1e-3)
        np.testing.assert_allclose(free.b, [-3.3597, -1.3696, -0.2799, -1.8659, -3.1236], atol=3e-3)
        assert free.log_likelihood == pytest.approx(-2466.653, abs=1e-3)


def brute_force(scores: Floats, model: str) -> tuple[Floats, float]:
    """Return slopes, intercepts (and logit c) of the highest marginal likelihood, by SciPy on 121 points."""
    theta = np.linspace(-6, 6, 121)
    weights = np.exp(-(theta**2) / 2)
    weights /= weights.sum()
    n_items = scores.shape[1]

    def deviance(x: Floats) -> float:
        a, intercept = x[:n_items], x[n_items : 2 * n_items]
        c = 1 / (1 + np.exp(-x[2 * n_items :])) if model == "3pl" else np.zeros(n_items)
        chance = c + (1 - c) / (1 + np.exp(-(np.outer(theta, a) + intercept)))
        likelihood = np.ones((len(scores), len(theta)))
        for item in range(n_items):
            right, score = chance[:, item], scores[:, item : item + 1]
            one = right[None, :] ** score * (1 - right)[None, :] ** (1 - score)
            likelihood *= np.where(np.isnan(score), 1.0, one)
        penalty = 20 * (0.2 * np.log(c) + 0.8 * np.log(1 - c)).sum() if model == "3pl" else 0.0
        return -float(np.log(likelihood @ weights).sum() + penalty)

    start = np.concatenate([np.ones(n_items), np.zeros(n_items), np.full(n_items, -1.4)])
    found = minimize(deviance, start[: (3 if model == "3pl" else 2) * n_items], options={"gtol": 1e-6})
    return found.x, -float(found.fun)


class TestAgainstBruteForce:
    def test_2pl_with_missing_answers_and_partial_credit(self) -> None:
        a, b = parameters(4)
        scores = some(simulated(300, a, b), 0.8)
        scores[:40, 0] = np.where(np.isnan(scores[:40, 0]), np.nan, 0.5)

        found, (x, height) = calibrate(scores), brute_force(scores, "2pl")

        assert found.log_likelihood == pytest.approx(height, abs=1e-4)
        np.testing.assert_allclose(found.a, x[:4], atol=1e-3)
        np.testing.assert_allclose(found.intercept, x[4:], atol=1e-3)

    def test_3pl_with_its_prior(self) -> None:
        scores = simulated(400, [1.2, 0.9, 1.5], [-0.5, 0.3, 0.8], 0.2)

        found, (x, _) = calibrate(scores, "3pl"), brute_force(scores, "3pl")

        np.testing.assert_allclose(found.c, 1 / (1 + np.exp(-x[6:])), atol=1e-3)
        np.testing.assert_allclose(found.a, x[:3], atol=1e-2)
        np.testing.assert_allclose(found.intercept, x[3:6], atol=1e-2)


class TestRecovery:
    @pytest.mark.parametrize("model", ["2pl", "3pl", "4pl"])
    def test_true_parameters_are_within_their_errors(self, model: Any) -> None:
        a, b = parameters(25)
        c, d = (0.2 if model in ("3pl", "4pl") else 0.0), (0.95 if model == "4pl" else 1.0)

        found = calibrate(simulated(6000, a, b, c, d, seed=3), model, ceiling=d)

        assert found.converged
        # Below 1 where a prior helps.
        assert 0.4 < np.sqrt(np.mean(((found.b - b) / found.se_b) ** 2)) < 1.5
        assert 0.4 < np.sqrt(np.mean(((found.a - a) / found.se_a) ** 2)) < 1.5

    def test_errors_are_those_of_repeated_samples(self) -> None:
        a, b = parameters(6, seed=2)

        samples = [calibrate(simulated(1500, a, b, seed=seed)) for seed in range(60)]

        scatter = np.std([one.b for one in samples], axis=0, ddof=1)
        np.testing.assert_allclose(np.mean([one.se_b for one in samples], axis=0), scatter, rtol=0.35)

    def test_partial_credit_finds_the_place_of_whole_answers(self) -> None:
        a, b = parameters(20, seed=4)
        # Items of two parts, each as hard as the other: a half is one part right.
        parts = simulated(5000, np.repeat(a, 2), np.repeat(b, 2))

        found = calibrate((parts[:, ::2] + parts[:, 1::2]) / 2)

        assert np.corrcoef(found.b, b)[0, 1] > 0.995

    def test_adaptive_answers_give_what_a_random_half_does_not_bias(self) -> None:
        a, b = parameters(60, seed=6)
        rng = np.random.default_rng(8)
        theta = rng.normal(size=(8000, 1))
        scores = (rng.random((8000, 60)) < success_chance(theta, a, b)).astype(float)
        # Easy items first; those who did well on the first ten go on with the hard half.
        order = np.argsort(b)
        well = scores[:, order[25:35]].sum(axis=1) > 5
        scores[np.ix_(well, order[:25])] = np.nan
        scores[np.ix_(~well, order[35:])] = np.nan

        found = calibrate(scores)

        assert np.sqrt(np.mean(((found.b - b) / found.se_b) ** 2)) < 1.5


class TestHowItIsComputed:
    def test_a_list_of_answers_gives_what_the_matrix_gives(self) -> None:
        a, b = parameters(12)
        scores = some(simulated(2000, a, b), 0.6)
        scores[0, :3] = 0.25
        person, item = np.nonzero(~np.isnan(scores))
        mixed = np.random.default_rng(2).permutation(len(person))

        dense = calibrate(scores)
        listed = Responses.from_triplets(person[mixed], item[mixed], scores[person, item][mixed])
        sparse = calibrate(listed)

        np.testing.assert_allclose(sparse.b, dense.b, atol=1e-6)
        np.testing.assert_allclose(sparse.se_a, dense.se_a, rtol=1e-5)
        np.testing.assert_allclose(sparse.eap(listed)[0], dense.eap(scores)[0], atol=1e-6)
        np.testing.assert_allclose(sparse.posterior_mode(listed), dense.posterior_mode(scores), atol=1e-6)

    def test_shards_files_and_workers_change_nothing(self, tmp_path: Path, monkeypatch: Any) -> None:
        monkeypatch.setattr("quizengine.psychometrics.calibration.responses.SHARD_ANSWERS", 3000)
        a, b = parameters(40)
        scores = some(simulated(1500, a, b), 0.2)
        person, item = np.nonzero(~np.isnan(scores))
        listed = Responses.from_triplets(person, item, scores[person, item])
        stored = [
            StoredShard.write(tmp_path / f"{i}.npz", shard)  # type: ignore[arg-type]
            for i, shard in enumerate(listed.shards)
        ]

        plain = calibrate(listed)
        with ThreadPoolExecutor(3) as pool:
            shared = calibrate(Responses(stored, 1500, listed.answers, listed.total), run=pool.map)

        assert len(stored) > 2
        assert (plain.a.tobytes(), plain.se_b.tobytes()) == (shared.a.tobytes(), shared.se_b.tobytes())

    def test_half_the_nodes_are_warned_of(self) -> None:
        a, b = parameters(60)
        scores = simulated(1000, a, b)

        assert not any("nodes" in note for note in calibrate(scores).notes)
        assert any("nodes" in note for note in calibrate(scores, nodes=np.linspace(-6, 6, 21)).notes)

    def test_no_convergence_is_said_and_not_raised(self) -> None:
        found = calibrate(answers(LSAT7), max_iterations=2)

        assert not found.converged
        assert any("no convergence" in note for note in found.notes)

    @settings(max_examples=10)
    @given(order=st.permutations(range(5)))
    def test_the_order_of_items_does_not_matter(self, order: list[int]) -> None:
        table = answers(LSAT7)

        np.testing.assert_allclose(calibrate(table[:, order]).b, calibrate(table).b[order], atol=1e-5)


class TestScale:
    def test_anchors_keep_their_parameters_and_carry_the_scale(self) -> None:
        a, b = parameters(30, seed=9)
        anchors = np.full((30, 4), np.nan)
        anchors[:10] = np.column_stack([a[:10], b[:10], np.zeros(10), np.ones(10)])

        found = calibrate(simulated(6000, a, b, seed=4, mean=0.8), anchors=anchors)

        np.testing.assert_array_equal(found.b[:10], b[:10])
        assert found.mean == pytest.approx(0.8, abs=0.06)
        assert np.sqrt(np.mean(((found.b - b) / found.se_b)[10:] ** 2)) < 2.0

    def test_mean_sigma_undoes_a_change_of_scale(self) -> None:
        a, b = parameters(20)

        link = mean_sigma((b - 0.7) / 1.3, onto=b)

        np.testing.assert_allclose(link.abilities((b - 0.7) / 1.3), b)
        np.testing.assert_allclose(link.slopes(a * 1.3), a)

    def test_anchors_that_hold_raise_few_alarms_and_one_that_moved_does(self) -> None:
        a, b = parameters(12, seed=1)
        anchors = np.full((12, 4), np.nan)
        anchors[:6] = np.column_stack([a[:6], b[:6], np.zeros(6), np.ones(6)])
        moved = b.copy()
        moved[0] += 0.6

        p = np.array([_anchor_p(simulated(1500, a, b, seed=seed), anchors) for seed in range(40)])
        changed = _anchor_p(simulated(1500, a, moved, seed=99), anchors)

        # 240 tests at 5 %: 12 expected, give or take four standard errors.
        assert 0.0 < np.mean(p < 0.05) < 0.05 + 4 * np.sqrt(0.05 * 0.95 / 240)
        assert changed[0] < 1e-4
        assert changed.argmin() == 0  # the others are moved by it, less


def _anchor_p(scores: Floats, anchors: Floats) -> Floats:
    change = calibrate(scores, anchors=anchors).anchor_change
    assert change is not None
    return anchor_drift(change)


class TestFamilies:
    def test_features_that_matter_predict_and_noise_does_not(self) -> None:
        rng = np.random.default_rng(1)
        steps, noise = rng.integers(1, 6, 80).astype(float), rng.normal(size=(80, 3))
        b = 0.5 * steps - 1.5 + rng.normal(0, 0.3, 80)

        good = difficulty_model(steps[:, None], b, names=["steps"])
        bad = difficulty_model(noise, b, names=["x", "y", "z"])

        assert good.r2 > 0.7
        assert good.sd == pytest.approx(0.3, abs=0.07)
        assert bad.r2 < 0.1

    def test_spread_within_a_family_is_told_from_error(self) -> None:
        rng = np.random.default_rng(2)
        family = np.repeat([f"q{i}" for i in range(40)], 12)
        errors = rng.normal(0, 0.2, len(family))
        truly = np.where(np.repeat(np.arange(40), 12) % 2, 0.5, 0.0) * rng.normal(size=len(family))

        spread = family_spread(family.tolist(), truly + errors, np.full(len(family), 0.2))

        assert np.median([spread[f"q{i}"] for i in range(1, 40, 2)]) == pytest.approx(0.5, abs=0.1)
        assert np.median([spread[f"q{i}"] for i in range(0, 40, 2)]) < 0.12


class TestWhatCannotBe:
    def test_items_without_a_maximum_are_nan_with_a_reason(self) -> None:
        scores = simulated(200, np.ones(5), np.zeros(5))
        scores[:, 1], scores[:, 2], scores[30:, 3] = 1.0, 0.0, np.nan
        scores[29, 3] = np.nan

        found = calibrate(scores)

        assert np.isnan(found.b[1:4]).all()
        assert np.isfinite(found.b[[0, 4]]).all()
        assert found.notes == (
            "item 1: all 200 answers are right",
            "item 2: all 200 answers are wrong",
            "item 3: 29 answers; 30 are the least",
        )

    def test_an_item_that_parts_people_without_fault_is_left_out(self) -> None:
        scores = simulated(400, np.full(8, 1.5), np.zeros(8), seed=3)
        scores[:, 0] = scores[:, 1:].sum(axis=1) > 3

        found = calibrate(scores)

        assert np.isnan(found.a[0])
        assert found.notes == (
            "item 0: its slope grows without end; more answers, or a prior, would bound it",
        )

    def test_with_a_prior_they_have_parameters(self) -> None:
        scores = simulated(60, np.ones(3), np.zeros(3))
        scores[:, 1] = 1.0
        guesses = Prior(difficulty=[0.0, -2.0, 0.5], difficulty_sd=0.7, log_slope=0.1, log_slope_sd=0.3)

        weak, guessed = calibrate(scores, prior="weak"), calibrate(scores, prior=guesses)

        assert np.isfinite([weak.a, weak.b, guessed.a, guessed.b]).all()
        assert guessed.b[1] < -2.0

    @pytest.mark.parametrize(
        ("call", "words"),
        [
            (partial(calibrate, [[0.0, 1.0]]), "1 person"),
            (partial(calibrate, [[0.0, 2.0], [1.0, 0.0]]), "a score is 2"),
            (partial(calibrate, [0.0, 1.0]), "shape"),
            (partial(calibrate, [[0.0, 1.0]] * 50), "no item can be estimated"),
            (partial(calibrate, [[0.0, 1.0]] * 50, cast(Any, "2p")), "Did you mean '2pl'?"),
            (partial(calibrate, [[0.0, 1.0]] * 50, guess=0.5, ceiling=0.4), "below ceiling"),
            (partial(Responses.from_triplets, [0, 0], [1, 1], [0, 1]), "two scores"),
            (partial(Responses.from_triplets, [0, 1], [1], [0, 1]), "one length"),
        ],
    )
    def test_the_message_says_what_is_wrong(self, call: Any, words: str) -> None:
        with pytest.raises(PsychometricsError, match=words.replace("?", r"\?")):
            call()


def test_a_file_holds_what_was_found(tmp_path: Path) -> None:
    found: Calibration = calibrate(answers(LSAT7))

    found.to_csv(tmp_path / "lsat7.csv", items=["i1", "i2", "i3", "i4", "i5"], date="2026-11-24", data="ab12")

    lines = (tmp_path / "lsat7.csv").read_text("utf-8").splitlines()
    assert lines[0] == "item,model,n,a,se_a,b,se_b,c,d,sigma_f,date,data"
    assert lines[1].startswith("i1,2pl,1000,0.9875")
    assert lines[1].endswith(",0,1,,2026-11-24,ab12")


def test_chi_squared_of_anchors_has_the_model_s_degrees_of_freedom() -> None:
    assert anchor_drift([[chi2.isf(0.01, 2), 2.0]])[0] == pytest.approx(0.01)
