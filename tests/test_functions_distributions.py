"""Distributions, statistics and procedures over p-values agree with SciPy on 1,000 random inputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import accumulate
from typing import Any

import numpy as np
import pytest
from scipy import special, stats

from quizengine.generation.functions import (
    functions_of,
    inference,
    learning,
    numeric,
    probability,
    statistics,
)

CASES = 1_000
RNG = np.random.default_rng(5)
#: Chances in hundredths, which ours takes exactly.
CHANCES = [Fraction(int(share), 100) for share in RNG.integers(1, 100, CASES)]
P: Any = np.array([float(chance) for chance in CHANCES])
N: Any = RNG.integers(1, 40, CASES)
K: Any = RNG.integers(-1, 42, CASES)
HITS: Any = RNG.integers(0, N + 1)
#: Whole and half numbers, negative too, and positive ones in tenths.
X: Any = RNG.integers(-60, 61, CASES) / 2
MEANS: Any = RNG.integers(-20, 21, CASES) / 2
POSITIVE: Any = RNG.integers(1, 90, CASES) / 10
DEGREES: Any = RNG.integers(1, 60, CASES)

Case = tuple[Callable[..., Any], tuple[Sequence[Any], ...], Any]
DISTRIBUTIONS: dict[str, Case] = {
    "binomial_pmf": (probability.binomial_pmf, (N, CHANCES, K), stats.binom.pmf(K, N, P)),
    "binomial_cdf": (probability.binomial_cdf, (N, CHANCES, K), stats.binom.cdf(K, N, P)),
    "numeric_binomial": (probability.numeric_binomial, (N, CHANCES, HITS), stats.binom.pmf(HITS, N, P)),
    "geometric_pmf": (probability.geometric_pmf, (CHANCES, K), stats.geom.pmf(K, P)),
    "poisson_pmf": (probability.poisson_pmf, (POSITIVE, HITS), stats.poisson.pmf(HITS, POSITIVE)),
    "poisson_cdf": (probability.poisson_cdf, (POSITIVE, HITS), stats.poisson.cdf(HITS, POSITIVE)),
    "numeric_poisson_tail": (
        numeric.numeric_poisson_tail, (POSITIVE, HITS), stats.poisson.sf(HITS, POSITIVE)
    ),
    "normal_cdf": (probability.normal_cdf, (X, MEANS, POSITIVE), stats.norm.cdf(X, MEANS, POSITIVE)),
    "numeric_normal_cdf": (
        numeric.numeric_normal_cdf, (X, MEANS, POSITIVE), stats.norm.cdf(X, MEANS, POSITIVE)
    ),
    "normal_quantile": (
        probability.normal_quantile, (CHANCES, MEANS, POSITIVE), stats.norm.ppf(P, MEANS, POSITIVE)
    ),
    "exponential_cdf": (
        probability.exponential_cdf, (abs(X), POSITIVE), stats.expon.cdf(abs(X), scale=1 / POSITIVE)
    ),
    "uniform_cdf": (
        probability.uniform_cdf, (X, MEANS, MEANS + POSITIVE), stats.uniform.cdf(X, MEANS, POSITIVE)
    ),
    "t_cdf": (probability.t_cdf, (X / 6, DEGREES), stats.t.cdf(X / 6, DEGREES)),
    "chi2_cdf": (probability.chi2_cdf, (abs(X), DEGREES), stats.chi2.cdf(abs(X), DEGREES)),
}  # fmt: skip


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_a_distribution_agrees_with_scipy(name: str) -> None:
    function, arguments, theirs = DISTRIBUTIONS[name]

    ours = [float(function(*(plain(one) for one in case))) for case in zip(*arguments, strict=True)]

    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)


def plain(value: Any) -> Any:
    """Return a NumPy number as the plain one that an expression has."""
    return value.item() if isinstance(value, np.generic) else value


def test_no_distribution_is_left_out() -> None:
    named = {name for name in functions_of(probability) if name.endswith(("_pmf", "_cdf", "_quantile"))}

    assert named <= DISTRIBUTIONS.keys()


def test_an_expectation_is_the_mean_of_its_distribution() -> None:
    for row in range(CASES):
        outcomes = list(range(row, row + 5))
        chances = special.softmax(P[[row - i for i in range(5)]])
        theirs = stats.rv_discrete(values=(outcomes, chances)).mean()

        assert float(probability.expectation(outcomes, chances.tolist())) == pytest.approx(theirs)


def test_entropy_and_softmax_agree_with_scipy() -> None:
    for row in range(CASES):
        scores = X[row : row + 6].tolist() or [1.0]
        theirs = special.softmax(scores)

        assert learning.softmax(scores) == pytest.approx(theirs, rel=1e-12)
        assert probability.entropy(theirs.tolist()) == pytest.approx(stats.entropy(theirs, base=2), abs=1e-9)


def test_huber_agrees_with_scipy() -> None:
    for error, delta in zip(X.tolist(), POSITIVE.tolist(), strict=True):
        assert float(learning.huber(error, delta)) == pytest.approx(special.huber(delta, error))
        assert learning.numeric_huber(error, delta) == pytest.approx(special.huber(delta, error))


#: Samples of six whole numbers.
ONE: Any
OTHER: Any
ONE, OTHER = np.random.default_rng(6).integers(-9, 10, (2, CASES, 6))
WEIGHTS: Any = np.random.default_rng(7).integers(1, 9, (CASES, 6))
STATISTICS: dict[str, tuple[Callable[..., Any], Any]] = {
    "mean": (lambda one, _: statistics.mean(one), stats.tmean(ONE, axis=1)),
    "median": (lambda one, _: statistics.median(one), np.median(ONE, axis=1)),
    "variance": (lambda one, _: statistics.variance(one, 1), stats.tvar(ONE, axis=1)),
    "sd": (lambda one, _: statistics.sd(one, 1), stats.tstd(ONE, axis=1)),
    "numeric_sd": (lambda one, _: statistics.numeric_sd(one, 1), stats.tstd(ONE, axis=1)),
    "covariance": (
        lambda one, other: statistics.covariance(one, other, 1),
        [float(np.cov(one, other)[0, 1]) for one, other in zip(ONE, OTHER, strict=True)],
    ),
    "correlation": (statistics.correlation, stats.pearsonr(ONE, OTHER, axis=1).statistic),
    "numeric_correlation": (numeric.numeric_correlation, stats.pearsonr(ONE, OTHER, axis=1).statistic),
}


@pytest.mark.parametrize("name", STATISTICS)
def test_a_statistic_agrees_with_scipy(name: str) -> None:
    function, theirs = STATISTICS[name]

    ours = [float(function(one, other)) for one, other in zip(ONE.tolist(), OTHER.tolist(), strict=True)]

    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)


def test_weighted_means_and_quantiles_agree_with_numpy() -> None:
    for i in range(CASES):
        values, weights = ONE[i].tolist(), WEIGHTS[i].tolist()
        at = float(np.quantile(ONE[i], P[i]))

        weighted = float(np.average(ONE[i], weights=WEIGHTS[i]))
        assert float(statistics.weighted_mean(values, weights)) == pytest.approx(weighted, abs=1e-12)
        assert float(statistics.quantile(values, CHANCES[i])) == pytest.approx(at, abs=1e-12)
        assert numeric.numeric_quantile(values, CHANCES[i]) == pytest.approx(at, abs=1e-12)


def test_no_statistic_is_left_out() -> None:
    tested = STATISTICS.keys() | {"weighted_mean", "quantile"}

    assert functions_of(statistics).keys() <= tested


def test_discoveries_are_those_of_scipys_adjusted_p_values() -> None:
    rng = np.random.default_rng(8)

    for size in rng.integers(1, 15, CASES):
        # In ten-thousandths and not at a limit: floats on the way would decide that by chance.
        p_values = [Fraction(int(p), 10_000) for p in rng.integers(1, 9_999, size) ** 2 // 9_999]
        adjusted = stats.false_discovery_control([float(p) for p in p_values])
        if np.abs(adjusted - 0.1).min() < 1e-9:
            continue
        found = int((adjusted < 0.1).sum())

        assert inference.benjamini_hochberg(p_values, Fraction(1, 10)) == found
        assert inference.numeric_benjamini_hochberg(p_values, Fraction(1, 10)) == found


def test_holm_rejects_what_its_adjusted_p_values_reject() -> None:
    rng = np.random.default_rng(9)

    for size in rng.integers(1, 15, CASES):
        p_values = [Fraction(int(p), 10_000) for p in rng.integers(1, 3_000, size)]
        left = range(len(p_values), 0, -1)
        # A smaller p-value that is kept keeps all larger ones: the running maximum.
        adjusted = accumulate((p * n for p, n in zip(sorted(p_values), left, strict=True)), max)

        assert inference.holm(p_values, Fraction(1, 20)) == sum(p <= Fraction(1, 20) for p in adjusted)
