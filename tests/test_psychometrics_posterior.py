"""The filter, answer by answer: what must hold whatever the pool, and how near the truth it is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizengine.errors import PsychometricsError
from quizengine.psychometrics import ItemPool, SkillPrior
from quizengine.psychometrics.estimate import gap_chance
from quizengine.psychometrics.posterior import (
    GaussianPosterior,
    Posterior,
    absorb_all,
    answer_evidence,
    evidence_of,
    start,
)
from tests.pools import exact_posterior, one_skill_pool, random_pool, random_prior

seeds = st.integers(0, 10**6)
scores = st.sampled_from([0.0, 0.25, 0.5, 1.0])


def believe(prior: SkillPrior, pool: ItemPool, items: list[int], given_scores: list[float]) -> Posterior:
    posterior = start(prior)
    for item, score in zip(items, given_scores, strict=True):
        absorb_all(posterior, evidence_of(pool, item, score))
    return posterior


def somebody(
    seed: int, *, n_skills: int = 5, guessing: bool = True, mixed: float = 0.3
) -> tuple[Posterior, ItemPool, int]:
    """A posterior after six answers, and an item that is not among them."""
    pool = random_pool(seed, n_skills, 12, mixed=mixed, guessing=guessing)
    rng = np.random.default_rng(seed)
    posterior = believe(random_prior(seed, n_skills), pool, list(range(6)), list(rng.random(6).round()))
    return posterior, pool, 6 + int(rng.integers(6))


@given(seeds)
def test_a_right_answer_never_lowers_and_a_wrong_one_never_raises_the_skills_it_asks_about(seed: int) -> None:
    for score, sign in ((1.0, 1), (0.0, -1)):
        posterior, pool, item = somebody(seed)
        before = pool.loadings[item] @ posterior.mean

        absorb_all(posterior, evidence_of(pool, item, score))

        assert sign * (pool.loadings[item] @ posterior.mean - before) >= -1e-12


@given(seeds, scores)
def test_an_item_that_hardly_discriminates_changes_nothing(seed: int, score: float) -> None:
    prior = random_prior(seed, 4)
    pool = ItemPool(np.eye(4), np.full(4, 0.01), np.zeros(4), np.zeros(4), np.ones(4))

    posterior = believe(prior, pool, [1], [score])

    assert posterior.mean == pytest.approx(prior.mean, abs=0.006)
    assert posterior.covariance == pytest.approx(prior.covariance, abs=1e-4)


@given(seeds, scores)
def test_without_guessing_no_answer_makes_anything_less_certain(seed: int, score: float) -> None:
    posterior, pool, item = somebody(seed, guessing=False)
    before = np.diag(posterior.covariance)

    absorb_all(posterior, evidence_of(pool, item, score))

    assert (np.diag(posterior.covariance) <= before + 1e-12).all()


@given(seeds, st.floats(0.0, 1.0))
def test_scores_that_mirror_each_other_move_the_mirror_image_of_a_person(seed: int, score: float) -> None:
    prior = random_prior(seed, 3)
    pool = random_pool(seed, 3, 4, guessing=False)
    mirror = ItemPool(pool.loadings, pool.a, -pool.b, pool.c, pool.d)

    one = believe(prior, pool, [2], [score])
    other = believe(prior, mirror, [2], [1.0 - score])

    assert one.mean == pytest.approx(-other.mean, abs=1e-9)
    assert one.covariance == pytest.approx(other.covariance, abs=1e-9)


@given(seeds, scores)
def test_another_skill_moves_by_its_regression_on_the_one_asked_about(seed: int, score: float) -> None:
    posterior, pool, item = somebody(seed, mixed=0.0)
    skill = int(pool.main_skill[item])
    share = posterior.covariance[skill] / posterior.covariance[skill, skill]
    before = posterior.mean.copy()

    absorb_all(posterior, evidence_of(pool, item, score))

    moved = posterior.mean - before
    assert moved == pytest.approx(share * moved[skill], abs=1e-12)


@settings(max_examples=25)
@given(seeds, st.permutations(range(5)))
def test_the_order_of_the_skills_does_not_matter(seed: int, order: list[int]) -> None:
    prior, pool = random_prior(seed, 5), random_pool(seed, 5, 8, mixed=0.3)
    shuffled_prior = SkillPrior(prior.mean[order], prior.covariance[np.ix_(order, order)])
    shuffled = ItemPool(pool.loadings[:, order], pool.a, pool.b, pool.c, pool.d)
    items, given_scores = [0, 3, 5, 6], [1.0, 0.0, 1.0, 0.5]

    one = believe(prior, pool, items, given_scores)
    other = believe(shuffled_prior, shuffled, items, given_scores)

    assert other.mean == pytest.approx(one.mean[order], abs=1e-9)
    assert other.covariance == pytest.approx(one.covariance[np.ix_(order, order)], abs=1e-9)


@pytest.mark.parametrize("score", [1.0, 0.0, 0.4])
def test_one_answer_gives_the_exact_mean_and_variance(score: float) -> None:
    prior, pool = random_prior(2, 2), random_pool(2, 2, 3, mixed=1.0)
    theta, weights = exact_posterior(prior, pool, [1], [score], points=401)

    posterior = believe(prior, pool, [1], [score])

    mean = weights @ theta
    assert posterior.mean == pytest.approx(mean, abs=1e-4)
    assert np.diag(posterior.covariance) == pytest.approx(weights @ (theta - mean) ** 2, abs=2e-4)


def test_one_skill_is_scored_exactly_whatever_the_order() -> None:
    rng = np.random.default_rng(4)
    pool = one_skill_pool(list(rng.uniform(0.5, 2.5, 20)), list(rng.normal(size=20)))
    answers = list((rng.random(20) < 0.5).astype(float))
    theta = np.linspace(-9, 9, 20_001)
    p = 1 / (1 + np.exp(-pool.a * (theta[:, None] - pool.b)))
    weights = np.exp(-(theta**2) / 2) * np.prod(np.where(np.array(answers) == 1, p, 1 - p), axis=1)

    forward = believe(SkillPrior([0.0], [[1.0]]), pool, list(range(20)), answers)
    backward = believe(SkillPrior([0.0], [[1.0]]), pool, list(range(20))[::-1], answers[::-1])

    mean = weights @ theta / weights.sum()
    assert forward.mean[0] == pytest.approx(mean, abs=1e-6)
    assert forward.covariance[0, 0] == pytest.approx(weights @ (theta - mean) ** 2 / weights.sum(), abs=1e-6)
    assert backward.mean == pytest.approx(forward.mean, abs=1e-12)


def test_gap_probabilities_are_near_those_of_an_exact_grid() -> None:
    errors = []
    for seed in range(12):
        prior, pool = random_prior(seed, 3), random_pool(seed, 3, 12, mixed=0.3)
        answers = list((np.random.default_rng(seed).random(12) < 0.5).astype(float))
        theta, weights = exact_posterior(prior, pool, list(range(12)), answers)
        cuts = np.full(3, 0.25)  # between two points of the grid

        posterior = believe(prior, pool, list(range(12)), answers)

        exact = weights @ (theta < cuts)
        errors.append(abs(gap_chance(posterior.mean, np.diag(posterior.covariance), cuts) - exact))
    assert np.mean(errors) < 0.01
    assert np.max(errors) < 0.04


def test_two_hundred_random_answers_leave_a_proper_covariance() -> None:
    prior, pool = random_prior(0, 20), random_pool(0, 20, 200, mixed=0.3)
    answers = list(np.random.default_rng(0).random(200).round(1))

    posterior = believe(prior, pool, list(range(200)), answers)

    assert (posterior.covariance == posterior.covariance.T).all()
    assert np.linalg.eigvalsh(posterior.covariance)[0] > 0


def test_saying_dont_know_costs_no_more_than_a_wrong_answer_where_nobody_slips() -> None:
    prior = random_prior(1, 2)
    pool = ItemPool(np.eye(2), [1.0, 1.0], [0.0, 0.0], [0.25, 0.25], [1.0, 1.0])
    wrong, honest = GaussianPosterior(prior), GaussianPosterior(prior)

    absorb_all(wrong, evidence_of(pool, 0, 0.0))
    absorb_all(honest, evidence_of(pool, 0, 0.0, dont_know=True))

    assert honest.mean == pytest.approx(wrong.mean, abs=1e-9)


def test_a_misconception_is_weak_evidence_against_the_skill_it_points_to() -> None:
    prior = SkillPrior(np.zeros(3), np.eye(3))
    pool = ItemPool(np.eye(3), np.ones(3), np.zeros(3), np.zeros(3), np.ones(3))
    quarter, half, whole = (GaussianPosterior(prior) for _ in range(3))

    absorb_all(quarter, evidence_of(pool, 0, 0.0, points_to=2))
    absorb_all(half, evidence_of(pool, 0, 0.0, points_to=2, misconception_weight=0.5))
    absorb_all(whole, evidence_of(pool, 2, 0.0))

    assert quarter.mean[1] == 0.0
    assert whole.mean[2] < half.mean[2] < quarter.mean[2] < 0.0


@pytest.mark.parametrize(("points_to", "weight"), [(0, 0.25), (2, 0.0)])
def test_a_misconception_about_the_skill_itself_or_in_a_screening_adds_nothing(
    points_to: int, weight: float
) -> None:
    pool = ItemPool(np.eye(3), np.ones(3), np.zeros(3), np.zeros(3), np.ones(3))

    assert len(evidence_of(pool, 0, 0.0, points_to=points_to, misconception_weight=weight)) == 1


@pytest.mark.parametrize(
    ("item", "score", "more", "message"),
    [
        (9, 1.0, {}, "there is no item 9; the pool has items 0 to 2"),
        (-1, 1.0, {}, "there is no item -1"),
        (0, 1.2, {}, r"item 0: score 1.2 is outside \[0, 1\]"),
        (0, float("nan"), {}, r"score nan is outside \[0, 1\]"),
        (0, 0.5, {"dont_know": True}, "'I don't know yet' scores 0, not 0.5"),
        (0, 1.0, {"points_to": 1}, "only an answer that is not right can carry a misconception"),
        (0, 0.0, {"points_to": 7}, "points to skill 7, which is none"),
    ],
)
def test_an_answer_that_cannot_be_is_refused(
    item: int, score: float, more: dict[str, int], message: str
) -> None:
    pool = ItemPool(np.eye(3), np.ones(3), np.zeros(3), np.zeros(3), np.ones(3))

    with pytest.raises(PsychometricsError, match=message):
        evidence_of(pool, item, score, **more)  # type: ignore[arg-type]


def test_evidence_names_the_skills_of_its_item() -> None:
    pool = ItemPool([[0.3, 0.7]], [1.0], [0.0], [0.0], [1.0])

    evidence = answer_evidence(pool, 0, 1.0)

    assert evidence.skills.tolist() == [1, 0]
    assert evidence.weights == pytest.approx([0.7, 0.3])
