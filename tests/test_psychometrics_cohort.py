"""Many sittings in step are the same sittings as one after another."""

from __future__ import annotations

import numpy as np
import pytest

from quizengine.errors import PsychometricsError
from quizengine.psychometrics import AdaptiveTest, Design, ItemPool
from quizengine.psychometrics.arrays import Floats
from quizengine.psychometrics.cohort import Cohort
from quizengine.psychometrics.selection import RULES, Rule
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
