"""Generated frames agree with counting by hand, and their misconceptions can be told apart."""

from __future__ import annotations

import numpy as np
import pytest

from quizengine.generation.functions.arrays import numeric_pivot
from quizengine.generation.generators.arrays import views_and_copies
from quizengine.generation.generators.frames import long_orders, merge_keys, user_amounts, user_history

SEEDS = range(60)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_left_merge_keeps_every_left_row(seed: int) -> None:
    made = merge_keys(np.random.default_rng(seed))
    pairs = sum(made["right"].count(key) for key in made["left"])
    assert made["looped"] == pairs + made["alone"]
    assert made["looped_missing"] == made["alone"] >= 1


@pytest.mark.parametrize("how", ["sum", "max"])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_pivot_table_has_a_repeated_and_an_empty_cell(seed: int, how: str) -> None:
    made = long_orders(np.random.default_rng(seed), how)
    cells = [list(row) for row in zip(made["key_x"], made["key_y"], strict=True)]
    assert cells == numeric_pivot(made["users"], made["kinds"], made["amounts"], how)
    counts = [*made["count_x"], *made["count_y"]]
    assert min(counts) == 0
    assert max(counts) >= 2
    assert sum(counts) == 7


@pytest.mark.parametrize("seed", SEEDS)
def test_one_total_meets_the_threshold_exactly(seed: int) -> None:
    made = user_amounts(np.random.default_rng(seed))
    assert made["totals"].count(made["t"]) == 1
    above = [n for n, total in zip(made["names"], made["totals"], strict=True) if total > made["t"]]
    assert sorted(made["looped"]) == above
    assert len(above) == 2


def test_a_slice_writes_through_and_a_list_index_does_not() -> None:
    rng = np.random.default_rng(0)
    assert views_and_copies(rng, s=0, i=2, p=1, v=50, w=90)["printed"] == [0, 1, 2, 50, 4, 5]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_row_sees_the_past_of_its_user_only(seed: int) -> None:
    made = user_history(np.random.default_rng(seed))
    assert [made["previous"], made["past"]] == made["looked_back"]
    assert made["of_anybody"] != made["looked_back"]
    assert made["with_own_row"] != made["past"]
    assert made["following"] != made["previous"]
