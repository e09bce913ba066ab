"""Brackets of people who cannot be told apart, against all runs tried one by one."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from quizengine.errors import PsychometricsError
from quizengine.psychometrics.brackets import brackets, chances_above

PEOPLE = st.lists(st.tuples(st.floats(-3, 3), st.floats(0.01, 1)), min_size=0, max_size=9)


def by_brute_force(means: list[float], variances: list[float]) -> list[tuple[int, ...]]:
    order = [int(i) for i in np.argsort(-np.array(means), kind="stable")]

    def apart(one: int, other: int) -> bool:
        p = norm.cdf((means[one] - means[other]) / np.sqrt(variances[one] + variances[other]))
        return not 0.2 < p < 0.8

    runs = [
        order[start:stop]
        for start in range(len(order))
        for stop in range(start + 2, len(order) + 1)
        if not any(apart(a, b) for a, b in combinations(order[start:stop], 2))
    ]
    return [tuple(run) for run in runs if not any(set(run) < set(other) for other in runs)]


@given(PEOPLE)
def test_brackets_are_the_maximal_runs_in_which_every_pair_is_tied(people: list[tuple[float, float]]) -> None:
    means, variances = [one[0] for one in people], [one[1] for one in people]

    assert sorted(brackets(means, variances)) == sorted(by_brute_force(means, variances))


def test_three_equal_people_share_one_bracket() -> None:
    assert brackets([0.5] * 3, [0.1] * 3) == [(0, 1, 2)]


def test_one_person_or_nobody_has_no_bracket() -> None:
    assert brackets([1.0], [0.1]) == []
    assert brackets([], []) == []


def test_variances_that_cannot_be_are_refused() -> None:
    with pytest.raises(PsychometricsError, match="above 0"):
        brackets([1.0, 2.0], [0.1, 0.0])


@given(PEOPLE)
def test_the_chance_to_be_above_is_that_of_the_difference_of_two_normals(
    people: list[tuple[float, float]],
) -> None:
    found = chances_above([one[0] for one in people], [one[1] for one in people])

    assert found.shape == (len(people), len(people))
    for i, (mean, variance) in enumerate(people):
        for j, (other, its) in enumerate(people):
            assert found[i, j] == pytest.approx(norm(mean - other, np.sqrt(variance + its)).sf(0))
