"""Tests of hypotheses: decisions over many p-values."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from quizengine.generation.values import exact, plain


def _sorted(p_values: Any) -> list[Fraction]:
    return sorted(exact(p) for p in plain(p_values))


def benjamini_hochberg(p_values: Any, level: Any) -> int:
    """Return how many p-values the Benjamini-Hochberg procedure declares discoveries.

    >>> benjamini_hochberg([Fraction(1, 100), Fraction(4, 100), Fraction(3, 100)], Fraction(5, 100))
    3
    """
    ordered, level = _sorted(p_values), exact(level)
    passed = [i for i, p in enumerate(ordered, 1) if p <= level * i / len(ordered)]
    return max(passed, default=0)


def holm(p_values: Any, level: Any) -> int:
    """Return how many hypotheses Holm's procedure rejects: it stops at the first that fails its limit.

    >>> holm([Fraction(1, 100), Fraction(4, 100), Fraction(3, 100)], Fraction(5, 100))
    1
    """
    ordered, level = _sorted(p_values), exact(level)
    failed = (i for i, p in enumerate(ordered) if p > level / (len(ordered) - i))
    return next(failed, len(ordered))


def numeric_benjamini_hochberg(p_values: Any, level: Any) -> int:
    """Discoveries counted by p-values adjusted from the greatest down: a second route for oracles.

    >>> numeric_benjamini_hochberg([Fraction(1, 100), Fraction(4, 100), Fraction(3, 100)], Fraction(5, 100))
    3
    """
    ordered, least, found = _sorted(p_values), Fraction(1), 0
    for rank in range(len(ordered), 0, -1):
        least = min(least, ordered[rank - 1] * len(ordered) / rank)
        found += least <= exact(level)
    return found
