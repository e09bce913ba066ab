"""Probability and distributions: exact for rational parameters where that is possible, else SciPy."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import scipy

from quizengine.errors import ExpressionError
from quizengine.generation.functions.arithmetic import binomial
from quizengine.generation.values import exact, plain


def _chance(value: Any) -> Fraction:
    chance = exact(value)
    if not 0 <= chance <= 1:
        raise ExpressionError(f"a probability lies between 0 and 1, not at {value}")
    return chance


def bayes(prior: Any, likelihood: Any, false_alarm: Any) -> Any:
    """Posterior of a hypothesis, given evidence that has these chances with and without it.

    >>> bayes(Fraction(1, 100), Fraction(9, 10), Fraction(1, 10))
    Fraction(1, 12)
    """
    prior = _chance(prior)
    joint, other = prior * _chance(likelihood), (1 - prior) * _chance(false_alarm)
    if joint + other == 0:
        raise ExpressionError("the evidence has no chance at all")
    return plain(joint / (joint + other))


def binomial_pmf(n: int, p: Any, k: int) -> Any:
    """Chance of exactly ``k`` successes in ``n`` independent trials, exact.

    >>> binomial_pmf(4, Fraction(1, 2), 2)
    Fraction(3, 8)
    """
    p = _chance(p)
    return plain(binomial(n, k) * p**k * (1 - p) ** (n - k)) if 0 <= k <= n else 0


def binomial_cdf(n: int, p: Any, k: int) -> Any:
    """Chance of at most ``k`` successes in ``n`` independent trials, exact.

    >>> binomial_cdf(4, Fraction(1, 2), 1)
    Fraction(5, 16)
    """
    return plain(sum((exact(binomial_pmf(n, p, i)) for i in range(min(k, n) + 1)), Fraction(0)))


def geometric_pmf(p: Any, k: int) -> Any:
    """Chance that the first success is the ``k``-th trial (k from 1), exact.

    >>> geometric_pmf(Fraction(1, 2), 3)
    Fraction(1, 8)
    """
    p = _chance(p)
    return plain((1 - p) ** (k - 1) * p) if k >= 1 else 0


def poisson_pmf(rate: Any, k: int) -> float:
    """Chance of exactly ``k`` events at a mean of ``rate``.

    >>> round(poisson_pmf(2, 0), 6)
    0.135335
    """
    mean = float(exact(rate))
    return math.exp(k * math.log(mean) - mean - math.lgamma(k + 1))


def poisson_cdf(rate: Any, k: int) -> float:
    """Chance of at most ``k`` events at a mean of ``rate``.

    >>> round(poisson_cdf(2, 1), 6)
    0.406006
    """
    return float(scipy.special.pdtr(k, float(exact(rate))))


def normal_cdf(x: Any, mean: Any = 0, sd: Any = 1) -> float:
    """Chance that a normal variable is at most ``x``.

    >>> normal_cdf(0)
    0.5
    """
    return float(scipy.special.ndtr((float(exact(x)) - float(exact(mean))) / float(exact(sd))))


def normal_quantile(p: Any, mean: Any = 0, sd: Any = 1) -> float:
    """Return the value below which a normal variable falls with chance ``p``.

    >>> round(normal_quantile(0.975), 4)
    1.96
    """
    return float(exact(mean)) + float(exact(sd)) * float(scipy.special.ndtri(float(_chance(p))))


def exponential_cdf(x: Any, rate: Any) -> float:
    """Chance that an exponential waiting time with this rate is at most ``x``.

    >>> round(exponential_cdf(1, 1), 6)
    0.632121
    """
    return -math.expm1(-float(exact(rate)) * float(exact(x)))


def uniform_cdf(x: Any, low: Any, high: Any) -> Any:
    """Chance that a uniform variable on [low, high] is at most ``x``, exact.

    >>> uniform_cdf(1, 0, 4)
    Fraction(1, 4)
    """
    low, high = exact(low), exact(high)
    return plain(min(max((exact(x) - low) / (high - low), Fraction(0)), Fraction(1)))


def t_cdf(x: Any, degrees: int) -> float:
    """Chance that Student's t with so many degrees of freedom is at most ``x``.

    >>> t_cdf(0, 5)
    0.5
    """
    return float(scipy.special.stdtr(degrees, float(exact(x))))


def chi2_cdf(x: Any, degrees: int) -> float:
    """Chance that chi-squared with so many degrees of freedom is at most ``x``.

    >>> round(chi2_cdf(3.841, 1), 3)
    0.95
    """
    return float(scipy.special.chdtr(degrees, float(exact(x))))


def expectation(outcomes: Any, chances: Any) -> Any:
    """Mean of a discrete variable, exact.

    >>> expectation([0, 10], [Fraction(1, 2), Fraction(1, 2)])
    5
    """
    pairs = zip(plain(outcomes), plain(chances), strict=True)
    return plain(sum((exact(x) * exact(p) for x, p in pairs), Fraction(0)))


def entropy(chances: Any) -> float:
    """Shannon entropy in bits.

    >>> entropy([Fraction(1, 2), Fraction(1, 2)])
    1.0
    """
    sizes = [float(_chance(p)) for p in plain(chances)]
    return -sum(p * math.log2(p) for p in sizes if p > 0)


def numeric_binomial(n: int, p: Any, k: int) -> float:
    """Binomial chance as a difference of SciPy's incomplete beta functions: a second route for oracles.

    >>> round(numeric_binomial(4, 0.5, 2), 6)
    0.375
    """
    chance = float(exact(p))
    return float(scipy.special.bdtr(k, n, chance) - (scipy.special.bdtr(k - 1, n, chance) if k else 0.0))
