"""The prior of the graph: what it says of skills, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizengine.errors import PriorError, PsychometricsError
from quizengine.psychometrics import SkillPrior
from tests.pools import random_prior


@given(st.integers(0, 10**6), st.integers(1, 12))
def test_a_prior_from_any_graph_is_a_gaussian_with_unit_variances(seed: int, n_skills: int) -> None:
    prior = random_prior(seed, n_skills)

    assert np.diag(prior.covariance) == pytest.approx(np.ones(n_skills))
    assert np.linalg.eigvalsh(prior.covariance)[0] > 0


@given(st.permutations(range(6)))
def test_the_numbering_of_the_skills_does_not_matter(order: list[int]) -> None:
    edges, areas = [(0, 1), (1, 2), (0, 3), (3, 4), (2, 5), (4, 5)], ["m", "m", "s", "s", "d", "d"]
    straight = SkillPrior.from_graph(6, edges, areas)

    place = {skill: order.index(skill) for skill in range(6)}
    shuffled = SkillPrior.from_graph(
        6, [(place[parent], place[child]) for parent, child in edges], [areas[skill] for skill in order]
    )

    assert shuffled.covariance == pytest.approx(straight.covariance[np.ix_(order, order)])


def test_the_covariance_is_that_of_people_made_by_the_equations() -> None:
    prior = SkillPrior.from_graph(3, [(0, 1), (0, 2), (1, 2)], ["x", "x", "y"])
    rng = np.random.default_rng(1)
    n = 400_000
    general, area = rng.normal(size=n), rng.normal(size=(2, n))
    own = rng.normal(size=(3, n)) * np.sqrt(1 - 0.6**2 - 0.35**2)
    direct = 0.6 * general + 0.35 * area[[0, 0, 1]] + own
    first = direct[0]
    second = direct[1] + 0.35 * first
    third = direct[2] + 0.175 * (first + second)

    assert prior.covariance == pytest.approx(np.corrcoef([first, second, third]), abs=0.01)


def test_a_circle_of_prerequisites_is_named_edge_by_edge() -> None:
    with pytest.raises(PriorError, match=r"circle: \((\d), (\d)\), \(\2, (\d)\), \(\3, \1\)"):
        SkillPrior.from_graph(4, [(0, 1), (1, 2), (2, 0), (2, 3)])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"prerequisites": [(0, 9)]}, r"prerequisite \(0, 9\) names a skill outside 0 to 2"),
        ({"prerequisites": [(1, 1)]}, r"circle: \(1, 1\)"),
        ({"general": 0.9, "domain": 0.5}, r"general\^2 \+ domain\^2 is 1.06, it must be below 1"),
        ({"domains": ["a"]}, "domains has 1 labels; there are 3 skills"),
        ({"mean": float("nan")}, "mean holds a value that is not finite"),
    ],
)
def test_a_graph_that_makes_no_prior_says_why(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(PriorError, match=message):
        SkillPrior.from_graph(3, **arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("covariance", "message"),
    [
        ([[1.0, 0.5], [0.1, 1.0]], "not symmetric"),
        ([[1.0, 2.0], [2.0, 1.0]], "not positive definite"),
        ([[1.0]], r"covariance has shape \(1, 1\)"),
    ],
)
def test_a_covariance_that_is_none_is_refused(covariance: list[list[float]], message: str) -> None:
    with pytest.raises(PriorError, match=message):
        SkillPrior([0.0, 0.0], covariance)


def test_a_self_report_equals_the_textbook_update_of_the_precision() -> None:
    prior = random_prior(3, 4)
    ratings = np.array([1.0, np.nan, -0.5, np.nan])
    seen = np.eye(4)[[0, 2]]
    precision = np.linalg.inv(1.7**2 * np.eye(2) + 0.7**2)

    covariance = np.linalg.inv(np.linalg.inv(prior.covariance) + seen.T @ precision @ seen)
    mean = covariance @ seen.T @ precision @ ratings[[0, 2]]

    told = prior.with_self_report(ratings)
    assert told.mean == pytest.approx(mean)
    assert told.covariance == pytest.approx(covariance)


def test_what_somebody_says_of_himself_never_reaches_a_screening() -> None:
    prior = random_prior(1, 2)

    assert prior.for_screening
    assert not prior.with_self_report([1.0, np.nan]).for_screening
    assert prior.with_self_report([np.nan, np.nan]) is prior


def test_a_self_report_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(PsychometricsError, match="ratings must be 2 finite numbers, or nan"):
        random_prior(1, 2).with_self_report([1.0])
    with pytest.raises(PsychometricsError, match="noise must be above 0"):
        random_prior(1, 2).with_self_report([1.0, 0.0], noise=0.0)


def test_a_prior_over_no_skills_is_refused() -> None:
    with pytest.raises(PriorError, match="at least one skill"):
        SkillPrior.from_graph(0)


def test_a_prior_says_in_a_log_what_it_may_be_used_for() -> None:
    assert repr(random_prior(1, 2)) == "SkillPrior(2 skills, for_screening=True)"
