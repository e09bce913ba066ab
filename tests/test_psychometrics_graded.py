"""Answers scored in steps, against sums written out and brute-force quadrature."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizengine.errors import PoolError, PsychometricsError
from quizengine.psychometrics import (
    AdaptiveTest,
    Design,
    ItemPool,
    SkillPrior,
    World,
    bank_world,
    category_chances,
    category_information,
    compare,
    item_information,
    misclassification,
    person_fit,
    rescore,
    simulate,
    success_chance,
    sympson_hetter,
)
from quizengine.psychometrics.arrays import Floats
from quizengine.psychometrics.cohort import Cohort
from quizengine.psychometrics.estimate import gap_chance
from quizengine.psychometrics.layout import Layout
from quizengine.psychometrics.posterior import GaussianPosterior, absorb_all, evidence_of
from quizengine.psychometrics.selection import RULES, Belief, Rule
from tests.pools import random_pool, random_prior

steps_of_items = st.lists(st.floats(-3, 3), min_size=1, max_size=5)


def graded_pool(seed: int, n_skills: int, n_items: int, *, mixed: float = 0.0) -> ItemPool:
    """Items of which two in three have two to four steps, in any order; the rest is right or wrong."""
    plain, rng = random_pool(seed, n_skills, n_items, mixed=mixed), np.random.default_rng((seed, 4))
    steps = [
        None if item % 3 == 0 else plain.b[item] + rng.normal(0, 0.8, int(rng.integers(2, 5)))
        for item in range(n_items)
    ]
    return ItemPool(plain.loadings, plain.a, plain.b, plain.c, plain.d, steps=steps)


def written_out(pool: ItemPool, item: int, score: float, u: float) -> float:
    """The likelihood of a score that is a step, in plain arithmetic."""
    if not pool.is_graded[item]:
        p = pool.c[item] + (pool.d[item] - pool.c[item]) / (1 + np.exp(-pool.a[item] * (u - pool.b[item])))
        return float(p if score == 1 else 1 - p)
    steps = [b for b in pool.steps[item] if not np.isnan(b)]  # type: ignore[index]
    sums = [sum(pool.a[item] * (u - b) for b in steps[:h]) for h in range(len(steps) + 1)]
    return float(np.exp(sums[round(score * len(steps))]) / sum(np.exp(x) for x in sums))


def scores_of(pool: ItemPool, item: int) -> list[float]:
    n_steps = int(pool.n_steps[item])
    return [h / n_steps for h in range(n_steps + 1)]


def by_quadrature(
    prior: SkillPrior, pool: ItemPool, items: list[int], scores: list[float], points: int
) -> tuple[Floats, Floats]:
    """Mean and covariance of the posterior, on a dense grid over the skills."""
    axis = np.linspace(-5, 5, points)
    theta = np.stack(np.meshgrid(*[axis] * prior.n_skills, indexing="ij"), axis=-1).reshape(
        -1, prior.n_skills
    )
    away = theta - prior.mean
    weight = np.exp(-0.5 * np.einsum("ni,ij,nj->n", away, np.linalg.inv(prior.covariance), away))
    for item, score in zip(items, scores, strict=True):
        weight *= [written_out(pool, item, score, float(u)) for u in theta @ pool.loadings[item]]
    weight /= weight.sum()
    mean = weight @ theta
    return mean, (theta - mean).T @ ((theta - mean) * weight[:, None])


@given(st.floats(-4, 4), st.floats(0.3, 3), steps_of_items)
def test_neighbouring_scores_are_as_likely_as_the_step_between_them_says(
    u: float, a: float, steps: list[float]
) -> None:
    chances = category_chances(u, a, steps)

    assert chances.sum() == pytest.approx(1)
    odds = [np.log(above / below) for below, above in pairwise(chances)]
    assert odds == pytest.approx([a * (u - b) for b in steps], abs=1e-7)


@given(st.floats(-4, 4), st.floats(0.3, 3), steps_of_items)
def test_information_is_the_mean_squared_slope_of_the_log_chances(
    u: float, a: float, steps: list[float]
) -> None:
    h = 1e-5
    low, here, high = category_chances([u - h, u, u + h], a, steps)

    slopes = (np.log(high) - np.log(low)) / (2 * h)
    assert category_information(u, a, steps)[0] == pytest.approx(here @ slopes**2, rel=1e-4, abs=1e-7)


def test_one_step_is_the_two_parameter_model() -> None:
    theta = np.linspace(-3, 3, 7)

    assert category_chances(theta, 1.3, [0.4])[:, 1] == pytest.approx(success_chance(theta, 1.3, 0.4))
    assert category_information(theta, 1.3, [0.4]) == pytest.approx(item_information(theta, 1.3, 0.4)[:, 0])


@pytest.mark.parametrize("score", [0.0, 1 / 3, 2 / 3, 1.0])
def test_one_graded_answer_gives_the_exact_mean_and_variance_of_skills_that_it_draws_on(score: float) -> None:
    prior = SkillPrior([0.2, -0.3], [[1.0, 0.5], [0.5, 0.8]])
    pool = ItemPool([[0.7, 0.3]], [1.4], [0.0], [0.0], [1.0], steps=[[-0.8, 0.9, 0.1]])
    posterior = GaussianPosterior(prior)
    absorb_all(posterior, evidence_of(pool, 0, score))

    mean, covariance = by_quadrature(prior, pool, [0], [score], points=121)

    # Four scores on one line need more than 15 nodes for more digits.
    assert posterior.mean == pytest.approx(mean, abs=5e-4)
    assert posterior.covariance == pytest.approx(covariance, abs=1e-3)


def test_one_skill_is_scored_like_its_expected_value_on_a_grid() -> None:
    pool, prior = graded_pool(2, 1, 12), SkillPrior([0.3], [[1.2]])
    rng = np.random.default_rng(5)
    items = list(range(12))
    scores = [float(rng.choice(scores_of(pool, item))) for item in items]

    estimate = rescore(pool, prior, items, scores)
    test = AdaptiveTest(pool, prior, [0.0], max_items=12, seed=1)
    for item, score in zip(items, scores, strict=True):
        test.record(item, score)

    mean, covariance = by_quadrature(prior, pool, items, scores, points=2001)
    assert estimate.mean == pytest.approx(mean, abs=1e-6)
    assert estimate.covariance == pytest.approx(covariance, abs=1e-6)
    assert test.mean == pytest.approx(mean, abs=1e-6)


def test_gap_probabilities_of_several_skills_are_near_those_of_an_exact_grid() -> None:
    prior, errors = random_prior(6, 2), []
    for seed in range(4):
        pool, rng = graded_pool(seed, 2, 10, mixed=0.5), np.random.default_rng(seed)
        scores = [float(rng.choice(scores_of(pool, item))) for item in range(10)]

        found = rescore(pool, prior, list(range(10)), scores)

        mean, covariance = by_quadrature(prior, pool, list(range(10)), scores, points=81)
        exact = gap_chance(mean, np.diag(covariance), np.zeros(2))
        errors += list(abs(found.gap_probabilities([0, 0]) - exact))
    assert max(errors) < 0.01


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6))
def test_expected_drops_are_those_of_going_through_with_every_score(seed: int) -> None:
    pool, prior = graded_pool(seed, 4, 15, mixed=0.4), random_prior(seed, 4)
    cuts, weights = np.linspace(-0.5, 0.5, 4), np.linspace(0.5, 1.5, 4)
    now, layout = GaussianPosterior(prior), Layout(pool)
    absorb_all(now, evidence_of(pool, 1, 0.5))

    belief = Belief(now.mean[None], now.covariance[None], cuts, weights)
    left = list(range(2, 15))
    drops = belief.drops(layout, layout.outlook(belief.mean, belief.covariance), layout.place[left])

    x, omega = np.polynomial.hermite_e.hermegauss(41)
    before = doubt(now, cuts, weights)
    for place, item in enumerate(left):
        w = pool.loadings[item]
        u = w @ now.mean + np.sqrt(w @ now.covariance @ w) * x
        fall = np.array(before)
        for score in scores_of(pool, item):
            odds = float(omega @ [written_out(pool, item, score, float(v)) for v in u] / omega.sum())
            after = GaussianPosterior(prior)
            absorb_all(after, [*evidence_of(pool, 1, 0.5), *evidence_of(pool, item, score)])
            fall -= odds * np.array(doubt(after, cuts, weights))
        # The choice uses 9 nodes where the update uses 15: too few for the steepest items to agree closely.
        assert (drops.risk[place], drops.entropy[place]) == pytest.approx(tuple(fall), rel=0.2, abs=1e-2)


def doubt(posterior: GaussianPosterior, cuts: Floats, weights: Floats) -> tuple[float, float]:
    p = gap_chance(posterior.mean, np.diag(posterior.covariance), cuts)
    entropy = -(p * np.log(p) + (1 - p) * np.log(1 - p))
    return float(weights @ np.minimum(p, 1 - p)), float(weights @ entropy)


def test_maximum_information_counts_all_steps() -> None:
    pool, prior = graded_pool(8, 1, 40), random_prior(8, 1)
    test = AdaptiveTest(pool, prior, [0.0], rule="info", max_items=9, seed=2, design=Design(near_best=0.0))
    test.record(1, 0.5)

    facts = item_information(test.mean, pool.a, pool.b, pool.c, pool.d)[0]
    for item in np.flatnonzero(pool.is_graded):
        steps = pool.steps[item]  # type: ignore[index]
        facts[item] = category_information(test.mean, pool.a[item], steps[~np.isnan(steps)])[0]
    facts[1] = 0.0
    assert test.next_item() == facts.argmax()


@pytest.mark.parametrize("rule", RULES)
def test_everybody_gets_the_items_of_an_own_sitting(rule: Rule) -> None:
    pool, prior, cuts = graded_pool(3, 4, 40, mixed=0.3), random_prior(3, 4), np.zeros(4)
    rng, seeds, design = np.random.default_rng(1), range(6), Design(min_gain=0.0)
    scores = np.array([[rng.choice(scores_of(pool, item)) for item in range(40)] for _ in seeds])
    cohort = Cohort(pool, prior, cuts, seeds=seeds, max_items=10, rule=rule, design=design)
    for _ in range(10):
        items = cohort.next_items()
        cohort.record(items, scores[np.arange(6), items])

    for seed in seeds:
        alone = AdaptiveTest(pool, prior, cuts, rule=rule, max_items=10, seed=seed, design=design)
        while (item := alone.next_item()) is not None:
            alone.record(item, scores[seed, item])
        assert sorted(alone.items) == np.flatnonzero(~cohort.open[seed]).tolist()
        assert cohort.gap_probabilities()[seed] == pytest.approx(alone.gap_probabilities(), abs=1e-9)


def test_simulated_people_score_as_the_model_says_and_choosing_helps_them() -> None:
    pool, prior = graded_pool(4, 8, 96), random_prior(4, 8)

    def world(seed: int, persons: int) -> World:
        return bank_world(pool, prior, np.zeros(8), seed=seed, persons=persons)

    made = world(1, 4000)
    answers = made.answers(1)
    assert set(np.unique(answers)) <= {h / m for m in range(1, 5) for h in range(m + 1)}
    expected = (made.chances.sum(axis=-1) / pool.n_steps).mean(axis=0)
    assert answers.mean(axis=0) == pytest.approx(expected, abs=5 * 0.5 / 4000**0.5)

    chosen, luck = (simulate(world, rule, 300, 2, checkpoints=(12,)) for rule in ("risk", "random"))
    gain, error = compare(chosen, luck, 12)
    assert gain > 2 * error
    assert abs(chosen.rows[0].claimed - chosen.rows[0].right) < 0.03


def test_graded_answers_tell_more_than_the_same_answers_taken_for_right_or_wrong() -> None:
    pool, prior = graded_pool(4, 8, 96), random_prior(4, 8)
    items = np.flatnonzero(pool.is_graded)[:20].tolist()
    scores = [0.5] * 20

    whole = ItemPool(pool.loadings, pool.a, pool.b, np.zeros(96), np.ones(96))

    graded = rescore(pool, prior, items, scores).standard_errors
    assert (graded <= rescore(whole, prior, items, scores).standard_errors + 1e-9).all()


def test_a_score_between_two_steps_is_weighed_between_both() -> None:
    pool = ItemPool([[1.0]], [1.2], [0.0], [0.0], [1.0], steps=[[-0.5, 1.0]])
    u = np.linspace(-2, 2, 5)

    logs = [evidence_of(pool, 0, score)[0].log_likelihood(u) for score in (0.5, 0.7, 1.0)]

    assert logs[1] == pytest.approx(0.6 * logs[0] + 0.4 * logs[2])


def test_one_step_in_a_pool_changes_nothing_to_partial_credit_without_guessing() -> None:
    plain, prior = ItemPool([[1.0]], [1.2], [0.3], [0.0], [1.0]), SkillPrior([0.0], [[1.0]])
    graded = ItemPool([[1.0]], [1.2], [0.0], [0.3], [0.9], steps=[[0.3]])

    for score in (0.0, 0.4, 1.0):
        assert rescore(graded, prior, [0], [score]).mean == pytest.approx(
            rescore(plain, prior, [0], [score]).mean
        )


def test_dont_know_on_a_graded_item_is_no_step_taken() -> None:
    pool, prior = graded_pool(1, 3, 6), random_prior(1, 3)

    unsure = rescore(pool, prior, [1, 2], [0.0, 0.5], dont_know=[True, False])

    assert unsure.mean == pytest.approx(rescore(pool, prior, [1, 2], [0.0, 0.5]).mean)


def test_person_fit_looks_at_steps() -> None:
    steps = [[b - 0.5, b + 0.5] for b in np.linspace(-2, 2, 20)]
    pool = ItemPool(np.ones((20, 1)), [1.5] * 20, np.linspace(-2, 2, 20), [0.0] * 20, [1.0] * 20, steps=steps)
    prior = SkillPrior([0.0], [[1.0]])

    usual = person_fit(pool, prior, range(20), [1.0] * 8 + [0.5] * 4 + [0.0] * 8)
    odd = person_fit(pool, prior, range(20), [0.0] * 8 + [0.5] * 4 + [1.0] * 8)

    assert usual.p > 0.5
    assert odd.p < 0.01


def test_bars_and_exposure_are_tried_with_graded_answers_too() -> None:
    pool, prior = graded_pool(4, 2, 60), random_prior(4, 2)

    bar = misclassification(pool, prior, range(20), [0, 0], [1, 1], persons=500)
    control = sympson_hetter(pool, prior, [0, 0], most=0.4, max_items=10, persons=96, rounds=3)

    assert bar.false_pass < 0.2
    assert control.rates.sum() == pytest.approx(10)


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ([[0.0]], "steps must be 2 rows of numbers, one an item"),
        ([[0.0], ["a"]], "steps must be a row of numbers an item, or None"),
        ([[0.0, np.inf], None], "item 0: a step is not finite"),
        ([[np.nan, 1.0], None], "item 0: a step is missing before another"),
    ],
)
def test_steps_that_cannot_be_are_refused(steps: object, message: str) -> None:
    with pytest.raises(PoolError, match=message):
        ItemPool(np.ones((2, 1)), [1, 1], [0, 0], [0, 0], [1, 1], steps=steps)  # type: ignore[arg-type]


def test_an_item_needs_a_step() -> None:
    with pytest.raises(PsychometricsError, match="at least one finite number"):
        category_chances(0.0, 1.0, [])
