"""Exposure control: rates near the wanted one, sittings that are full all the same, errors that help."""

from __future__ import annotations

import numpy as np
import pytest

from quizengine.errors import PsychometricsError
from quizengine.psychometrics import AdaptiveTest, Design, ExposureControl, sympson_hetter
from tests.pools import coin, random_pool, random_prior, sit

MOST, ITEMS = 0.3, 8


@pytest.fixture(scope="module")
def found() -> ExposureControl:
    pool, prior = random_pool(6, 5, 80), random_prior(6, 5)
    return sympson_hetter(pool, prior, np.zeros(5), most=MOST, max_items=ITEMS, persons=640, seed=4)


def test_no_item_is_given_much_more_often_than_wanted(found: ExposureControl) -> None:
    assert found.converged
    assert found.rates.max() <= MOST + 0.02
    assert found.rates.sum() == pytest.approx(ITEMS)


def test_it_is_the_items_that_would_be_given_most_that_are_held_back(found: ExposureControl) -> None:
    pool, prior = random_pool(6, 5, 80), random_prior(6, 5)

    free = sympson_hetter(pool, prior, np.zeros(5), most=MOST, max_items=ITEMS, persons=640, seed=4, rounds=1)

    assert free.rates.max() > MOST + 0.1
    assert found.chances[free.rates.argmax()] < 0.8
    assert (found.chances == 1).sum() >= ITEMS


def test_new_sittings_keep_to_it_too_and_are_full(found: ExposureControl) -> None:
    pool, prior = random_pool(6, 5, 80), random_prior(6, 5)
    design = Design(min_gain=0.0, exposure=tuple(found.chances))
    given, sittings = np.zeros(80), 150
    for seed in range(sittings):
        test = AdaptiveTest(pool, prior, np.zeros(5), max_items=ITEMS, seed=seed, design=design)
        items = sit(test, coin(seed))
        assert len(set(items)) == ITEMS
        given[items] += 1

    # Five standard errors: the largest of eighty, and a coin is not the people that it was made with.
    assert given.max() / sittings <= MOST + 5 * np.sqrt(MOST * (1 - MOST) / sittings)


def test_shares_of_people_may_be_counted_anywhere(found: ExposureControl) -> None:
    pool, prior = random_pool(6, 5, 80), random_prior(6, 5)
    whole = sympson_hetter(pool, prior, np.zeros(5), most=MOST, max_items=3, persons=80, rounds=2)

    backwards = sympson_hetter(
        pool,
        prior,
        np.zeros(5),
        most=MOST,
        max_items=3,
        persons=80,
        rounds=2,
        run=lambda task, blocks: [task(block) for block in reversed(list(blocks))],
    )

    assert backwards.chances == pytest.approx(whole.chances)


def test_an_item_whose_lot_is_lost_is_given_all_the_same_before_a_sitting_ends_early() -> None:
    design = Design(min_gain=0.0, exposure=(1e-9,) * 12)
    test = AdaptiveTest(
        random_pool(1, 2, 12), random_prior(1, 2), [0, 0], max_items=12, seed=1, design=design
    )

    assert len(sit(test, coin(1))) == 12


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"most": 0.0}, "most = 0 is outside"),
        ({"most": 0.1}, "80 items cannot fill 10 places with rates of at most 0.1: 100 are the least"),
        ({"rounds": 0}, "rounds = 0 must be at least 1"),
    ],
)
def test_what_cannot_be_is_refused(change: dict[str, float], message: str) -> None:
    with pytest.raises(PsychometricsError, match=message):
        sympson_hetter(
            random_pool(6, 5, 80),
            random_prior(6, 5),
            np.zeros(5),
            **({"max_items": 10} | change),  # type: ignore[arg-type]
        )
