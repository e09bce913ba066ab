"""Many sittings in step are the same sittings as one after another."""

from __future__ import annotations

import numpy as np
import pytest

from quizengine.errors import PsychometricsError
from quizengine.psychometrics import (
    AdaptiveTest,
    Design,
    ItemPool,
    SkillPrior,
    cold,
    compare,
    continuous,
    item_information,
    knowledge_space,
    simulate,
    success_chance,
)
from quizengine.psychometrics.arrays import Floats
from quizengine.psychometrics.cohort import Cohort
from quizengine.psychometrics.selection import RULES, Rule
from quizengine.psychometrics.worlds import WorldMaker
from tests.pools import random_pool, random_prior

SEEDS = range(12)
ITEMS = 15


def answers_of(pool: ItemPool) -> Floats:
    return (np.random.default_rng(7).random((len(SEEDS), len(pool))) < 0.5).astype(float)


def in_step(cohort: Cohort, scores: Floats) -> list[list[int]]:
    everybody, asked = np.arange(len(scores)), []
    for _ in range(ITEMS):
        items = cohort.next_items()
        cohort.record(items, scores[everybody, items])
        asked.append(items)
    together: list[list[int]] = np.array(asked).T.tolist()
    return together


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("mixed", [0.0, 0.4])
def test_everybody_gets_the_items_of_an_own_sitting(rule: Rule, mixed: float) -> None:
    pool = random_pool(3, 6, 60, mixed=mixed, areas=3, enemies=((0, 1), (2, 3), (4, 5)))
    prior, cuts, weights = random_prior(3, 6), np.linspace(-0.5, 0.5, 6), np.linspace(0.5, 2, 6)
    design = Design(min_gain=0.0)
    scores = answers_of(pool)
    cohort = Cohort(
        pool, prior, cuts, seeds=SEEDS, max_items=ITEMS, weights=weights, rule=rule, design=design
    )

    together = in_step(cohort, scores)

    for seed, items in zip(SEEDS, together, strict=True):
        alone = AdaptiveTest(pool, prior, cuts, weights, rule, max_items=ITEMS, seed=seed, design=design)
        while (item := alone.next_item()) is not None:
            alone.record(item, scores[seed, item])
        assert list(alone.items) == [item for item in items if item >= 0]
        assert cohort.gap_probabilities()[seed] == pytest.approx(alone.gap_probabilities(), abs=1e-9)


def test_one_skill_is_exact_in_step_too() -> None:
    pool, prior = random_pool(4, 1, 40), random_prior(4, 1)
    scores = answers_of(pool)
    cohort = Cohort(pool, prior, [0.0], seeds=SEEDS, max_items=ITEMS, design=Design(min_gain=0.0))

    together = in_step(cohort, scores)

    alone = AdaptiveTest(pool, prior, [0.0], max_items=ITEMS, seed=3, design=Design(min_gain=0.0))
    while (item := alone.next_item()) is not None:
        alone.record(item, scores[3, item])
    assert list(alone.items) == together[3]
    assert cohort.mean[3] == pytest.approx(alone.mean)


def test_who_has_nothing_left_waits_for_the_others() -> None:
    pool = random_pool(5, 2, 4)
    cohort = Cohort(pool, random_prior(5, 2), [0, 0], seeds=[1, 2], max_items=9)
    for _ in range(4):
        cohort.record(cohort.next_items(), np.ones(2))
    before = cohort.gap_probabilities()

    items = cohort.next_items()
    cohort.record(items, np.ones(2))

    assert items.tolist() == [-1, -1]
    assert (cohort.gap_probabilities() == before).all()


def test_chances_of_exposure_need_one_for_each_item() -> None:
    with pytest.raises(PsychometricsError, match="exposure has 2 chances; there are 4 items"):
        Cohort(
            random_pool(5, 2, 4),
            random_prior(5, 2),
            [0, 0],
            seeds=[1],
            max_items=3,
            design=Design(exposure=(0.5, 1.0)),
        )


def test_one_skill_comes_within_a_few_percent_of_the_bayesian_bound() -> None:
    """Van Trees: no choice of 20 items has less than 1 / (E I + 1), I of the best 20 at each ability."""
    rng, persons, items = np.random.default_rng(12), 1500, 300
    a, b = np.clip(np.exp(rng.normal(0.1, 0.3, items)), 0.3, 3.0), rng.normal(size=items)
    pool, length = ItemPool(np.ones((items, 1)), a, b, np.zeros(items), np.ones(items)), 20
    theta = rng.normal(size=persons)
    scores = (rng.random((persons, items)) < success_chance(theta[:, None], a, b)).astype(float)
    design = Design(min_gain=0.0, near_best=0.0, openings=1)
    cohort = Cohort(
        pool,
        SkillPrior([0.0], [[1.0]]),
        [0.0],
        seeds=range(persons),
        max_items=length,
        rule="info",
        design=design,
    )
    for _ in range(length):
        chosen = cohort.next_items()
        cohort.record(chosen, scores[np.arange(persons), chosen])
    best = np.sort(item_information(theta, a, b), axis=1)[:, -length:].sum(axis=1)

    squared = (cohort.mean[:, 0] - theta) ** 2

    noise = squared.std() / squared.mean() / persons**0.5
    assert abs(squared.mean() * (best.mean() + 1) - 1) < 0.06 + 4 * noise  # 3 % of the error itself


@pytest.mark.slow
@pytest.mark.parametrize("world", [continuous, cold, knowledge_space])
def test_choosing_is_never_worse_than_a_fixed_form_with_the_same_posterior(world: WorldMaker) -> None:
    risk, fixed = (simulate(world, scheme, 160, 21, checkpoints=(25,)) for scheme in ("risk", "fixed"))

    difference, error = compare(risk, fixed, 25)

    assert difference > -2 * error
    if world is not knowledge_space:  # which is not what the engine believes
        assert risk.rows[0].calibration_error < 0.06  # .003 and .023 on 2000 people
