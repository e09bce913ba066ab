"""A pool that is wrong says so for every row at once."""

from __future__ import annotations

import numpy as np
import pytest

from quizengine.errors import PoolError
from quizengine.psychometrics import ItemPool


def columns(n_items: int = 3) -> dict[str, object]:
    return {
        "loadings": np.eye(3)[np.arange(n_items) % 3],
        "a": np.ones(n_items),
        "b": np.zeros(n_items),
        "c": np.full(n_items, 0.02),
        "d": np.full(n_items, 0.98),
    }


def test_every_row_at_fault_is_named_with_all_that_is_wrong() -> None:
    wrong = columns() | {
        "loadings": [[1, 0, 0], [0.5, 0.2, 0], [-1, 2, 0]],
        "a": [0.0, 1.0, 99.0],
        "b": [0.0, float("nan"), 0.0],
        "c": [0.5, 0.02, 1.5],
        "d": [0.4, 0.98, 2.0],
    }

    with pytest.raises(PoolError) as caught:
        ItemPool(**wrong)  # type: ignore[arg-type]

    assert str(caught.value).splitlines() == [
        "the item pool has 3 rows at fault:",
        "  item 0: a = 0 is outside [0.01, 10]; c is not below d = 0.4",
        "  item 1: b is not finite; its loadings sum to 0.7, not 1",
        "  item 2: a = 99 is outside [0.01, 10]; c = 1.5 is outside [0, 1); d = 2 is outside (0, 1]; "
        "a loading is negative",
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"a": [1.0]}, r"a has shape \(1,\); with 3 items it must be \(3,\)"),
        ({"b": ["x", "y", "z"]}, "b must be numbers"),
        ({"loadings": [1.0, 1.0, 1.0]}, r"loadings has shape \(3,\)"),
        ({"loadings": [[1.0], [1.0, 0.0], [1.0]]}, "loadings must be a matrix"),
        ({"areas": ["math"]}, "areas has 1 labels; there are 3 items"),
        ({"enemies": [(0, 0)]}, "item 0: is its own enemy"),
        ({"enemies": [(0, 7)]}, "item 7: is named in enemies but is not in the pool"),
        ({"log_seconds": [1.0, float("inf"), 2.0]}, "item 1: log_seconds is not finite"),
    ],
)
def test_a_pool_that_does_not_fit_together_says_what_does_not(
    change: dict[str, object], message: str
) -> None:
    with pytest.raises(PoolError, match=message):
        ItemPool(**(columns() | change))  # type: ignore[arg-type]


def test_a_pool_cannot_be_changed_from_outside() -> None:
    a = np.ones(3)
    pool = ItemPool(**(columns() | {"a": a}))  # type: ignore[arg-type]

    a[0] = 5.0

    assert pool.a[0] == 1.0
    with pytest.raises(ValueError, match="read-only"):
        pool.a[0] = 5.0


def test_parts_hold_the_same_loadings_as_the_matrix() -> None:
    loadings = np.array([[1, 0, 0], [0.2, 0, 0.8], [0.3, 0.3, 0.4]])
    pool = ItemPool(**(columns() | {"loadings": loadings}))  # type: ignore[arg-type]

    skills, weights = pool.parts
    rebuilt = np.zeros((3, 3))
    np.add.at(rebuilt, (np.arange(3)[:, None], skills), weights)

    assert rebuilt == pytest.approx(loadings)
    assert pool.main_skill.tolist() == [0, 2, 2]


def test_enemies_know_each_other_whichever_was_named_first() -> None:
    pool = ItemPool(**(columns() | {"enemies": [(0, 2), (1, 2)]}))  # type: ignore[arg-type]

    assert pool.rivals == {0: (2,), 1: (2,), 2: (0, 1)}


def test_an_authors_guesses_make_flatter_curves_than_measurements() -> None:
    sure = ItemPool.from_guesses(np.eye(2), difficulty=[-1.0, 1.0], c=[0.02, 0.25], difficulty_sd=0.0)
    unsure = ItemPool.from_guesses(np.eye(2), difficulty=[-1.0, 1.0], c=[0.02, 0.25])

    assert (unsure.a < sure.a).all()
    assert (unsure.b == sure.b).all()


def test_a_pool_says_in_a_log_how_large_it_is() -> None:
    pool = ItemPool(**(columns() | {"areas": ["m", "m", "s"]}))  # type: ignore[arg-type]

    assert repr(pool) == "ItemPool(3 items, 3 skills, 2 areas)"
