"""The spread over areas is kept, or refused before anything is asked."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizengine.errors import PsychometricsError
from quizengine.psychometrics import AdaptiveTest, Design, ItemPool
from tests.pools import coin, random_pool, random_prior, sit, small_test

AREAS = 3


def area_counts(pool: ItemPool, items: list[int]) -> list[int]:
    counts = np.bincount(pool.area_of[items], minlength=len(pool.area_names))
    return [int(counts[pool.area_names.index(area)]) for area in range(AREAS)]


@settings(max_examples=150, deadline=None)
@given(
    st.integers(0, 10**6),
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=AREAS, max_size=AREAS),
    st.integers(0, 6),
    st.sampled_from([0.0, 0.3]),
)
def test_every_blueprint_that_can_be_met_is_met(
    seed: int, bounds: list[tuple[int, int]], spare: int, min_gain: float
) -> None:
    wanted = {area: (least, least + more) for area, (least, more) in enumerate(bounds)}
    pool = random_pool(seed, 4, 60, areas=AREAS)
    most = max(1, sum(least for least, _ in wanted.values()) + spare)
    design = Design(blueprint=wanted, min_gain=min_gain, min_items=0)

    test = small_test(seed, n_skills=4, pool=pool, max_items=most, design=design)
    counts = area_counts(pool, sit(test, coin(seed)))

    assert all(wanted[area][0] <= counts[area] <= wanted[area][1] for area in range(AREAS))
    if test.stopped == "pool-empty":
        assert counts == [high for _, high in wanted.values()]


def test_without_a_blueprint_every_area_has_two_items_and_none_has_many_more_than_its_share() -> None:
    pool = random_pool(5, 6, 90, areas=AREAS)

    counts = area_counts(pool, sit(small_test(5, pool=pool, design=Design(min_items=0)), coin(5)))

    assert all(2 <= count <= 12 // AREAS + 3 for count in counts)


def test_an_area_that_has_only_one_item_does_not_stop_a_test_without_a_blueprint() -> None:
    pool = ItemPool(
        np.eye(2)[[0] * 9 + [1]],
        np.ones(10),
        np.zeros(10),
        np.zeros(10),
        np.ones(10),
        areas=["a"] * 9 + ["b"],
    )

    items = sit(small_test(n_skills=2, pool=pool, max_items=6), coin(1))

    assert 9 in items


def test_a_test_does_not_end_for_want_of_gain_before_its_areas_are_covered() -> None:
    pool = random_pool(7, 4, 60, areas=AREAS)
    wanted = dict.fromkeys(range(AREAS), (4, 8))
    test = small_test(
        7, n_skills=4, pool=pool, max_items=20, design=Design(blueprint=wanted, min_gain=100.0, min_items=0)
    )
    assert (test.least, test.unmet) == (12, 12)

    sit(test, coin(1))

    assert test.stopped == "no-gain"
    assert test.unmet == 0


def test_items_seen_before_count_as_lacking() -> None:
    pool = ItemPool(np.ones((4, 1)), np.ones(4), np.zeros(4), np.zeros(4), np.ones(4), areas=list("aabb"))

    with pytest.raises(PsychometricsError, match="area a: needs 2 items and has 1"):
        small_test(
            n_skills=1,
            pool=pool,
            max_items=4,
            exclude=(0,),
            design=Design(blueprint={"a": (2, 2), "b": (1, 2)}),
        )


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({0: (50, 60)}, r"area 0: needs 50 items and has \d+"),
        ({0: (5, 6), 1: (5, 6), 2: (5, 6)}, "the areas need 15 items together; the test has 12"),
        ({1: (4, 2)}, "area 1: least 4 and most 2 contradict each other"),
        ({"poetry": (1, 2)}, r"names areas that the pool has not: \['poetry'\]"),
    ],
)
def test_a_blueprint_that_cannot_be_met_is_refused_when_the_test_is_built(
    wanted: dict[int, tuple[int, int]], message: str
) -> None:
    pool = random_pool(1, 4, 60, areas=AREAS)

    with pytest.raises(PsychometricsError, match=message):
        small_test(n_skills=4, pool=pool, design=Design(blueprint=wanted))


def test_enemies_count_once_towards_what_an_area_has() -> None:
    pool = ItemPool(
        np.ones((4, 1)),
        np.ones(4),
        np.zeros(4),
        np.zeros(4),
        np.ones(4),
        areas=list("aaab"),
        enemies=[(0, 1)],
    )

    with pytest.raises(PsychometricsError, match="area a: needs 3 items and has 2"):
        small_test(n_skills=1, pool=pool, max_items=4, design=Design(blueprint={"a": (3, 3)}))


def test_a_blueprint_needs_areas() -> None:
    with pytest.raises(PsychometricsError, match="a blueprint needs a pool with areas"):
        AdaptiveTest(
            random_pool(1, 2, 8), random_prior(1, 2), [0.0, 0.0], design=Design(blueprint={"a": (1, 2)})
        )
