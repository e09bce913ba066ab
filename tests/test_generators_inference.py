"""Generators of data for tests of hypotheses keep what their docstrings say."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from quizengine.generation.functions.inference import benjamini_hochberg
from quizengine.generation.generators.inference import sorted_p_values


@pytest.mark.parametrize("m", [6, 8, 10])
@pytest.mark.parametrize("level", [Fraction(1, 20), Fraction(1, 10)])
def test_the_ways_of_deciding_over_p_values_all_differ(m: int, level: Fraction) -> None:
    for seed in range(30):
        made = sorted_p_values(np.random.default_rng(seed), m, level)["P"]
        values = [Fraction(str(p)) for p in made]

        assert values == sorted(set(values))
        assert len(values) == m
        found = benjamini_hochberg(values, level)
        assert sum(p <= level / m for p in values) < found < sum(p <= level for p in values)
        assert any(p > level * rank / m for rank, p in enumerate(values[:found], 1))


def test_equal_seeds_give_equal_p_values() -> None:
    one, other = (sorted_p_values(np.random.default_rng(3), 8, 0.05) for _ in range(2))

    assert one == other
