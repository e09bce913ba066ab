"""When two results are the same."""

from __future__ import annotations

import math
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizengine.sqljudge.compare import (
    Expected,
    category,
    column_order,
    difference,
    same_row,
    same_rows,
    same_value,
)

values = st.none() | st.integers(-3, 3) | st.sampled_from(["a", "b", ""]) | st.sampled_from([0.5, 1.0, 2.25])
tables = st.lists(st.tuples(values, values), max_size=8)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (None, None, True), (None, 0, False), (None, "", False), (1, 1.0, True), (1, "1", False),
        (0.1 + 0.2, 0.3, True), (1.0, math.nextafter(1.0, 2), True), (1.0, 1.000001, False),
        ("a", "A", False),
        (0.0, 1e-13, True), (10**17, 10**17 + 1, False), (math.inf, math.inf, True),
    ],
)  # fmt: skip
def test_values_are_compared_as_sql_means_them(one: object, other: object, same: bool) -> None:
    assert same_value(one, other) is same  # type: ignore[arg-type]


@given(tables, st.randoms())
def test_the_order_of_rows_makes_no_difference_to_a_multiset(
    rows: list[tuple[object, ...]], random: object
) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    assert same_rows(rows, shuffled)  # type: ignore[arg-type]


@given(tables, st.integers(0, 7))
def test_a_row_too_many_is_always_noticed(rows: list[tuple[object, ...]], index: int) -> None:
    more = [*rows, rows[index % len(rows)] if rows else (None, None)]

    missing, extra = difference(rows, more)  # type: ignore[arg-type]

    assert (missing, len(extra)) == ([], 1)


@given(st.lists(st.floats(-1e6, 1e6, allow_nan=False), max_size=30))
def test_rounding_noise_is_forgiven_in_every_row(numbers: list[float]) -> None:
    noisy = [(0, number * (1 + 1e-13)) for number in reversed(numbers)]

    assert same_rows([(0, number) for number in numbers], noisy)


near = st.sampled_from([1, 2, 1.0, 1 + 1e-13, 2 - 1e-13, 0.5, "#", "a", None])
short = st.lists(st.tuples(near, near), max_size=4)


@given(short, short)
def test_tables_are_the_same_when_their_rows_can_be_paired(
    one: list[tuple[object, ...]], other: list[tuple[object, ...]]
) -> None:
    paired = len(one) == len(other) and any(all(map(same_row, one, order)) for order in permutations(other))  # type: ignore[arg-type]

    assert same_rows(one, other) is paired  # type: ignore[arg-type]


def test_rows_may_change_places_only_inside_their_group() -> None:
    expected = Expected(groups=(((1, "a"), (1, "b")), ((2, "c"),)), count=3)

    assert expected.accepts([(1, "b"), (1, "a"), (2, "c")])
    assert not expected.accepts([(1, "b"), (2, "c"), (1, "a")])
    assert expected.accepts_unordered([(2, "c"), (1, "b"), (1, "a")])


def test_of_the_group_that_a_limit_cuts_any_part_will_do() -> None:
    expected = Expected(groups=(((1,),), ((2,), (3,), (4,))), count=3)

    assert expected.accepts([(1,), (4,), (2,)])
    assert expected.accepts_unordered([(3,), (1,), (2,)])
    assert not expected.accepts([(1,), (2,), (2,)])
    assert not expected.accepts([(2,), (3,), (4,)])
    assert not expected.accepts_unordered([(2,), (3,), (4,)])
    assert not expected.accepts([(1,), (2,)])


def test_columns_in_another_order_are_recognised() -> None:
    wanted = [((1, "a"), (2, "b")), ((3, "c"),)]

    assert column_order(wanted, [(("a", 1), ("b", 2)), (("c", 3),)]) == (1, 0)
    assert column_order(wanted, [(("a", 2), ("b", 1)), (("c", 3),)]) is None


@pytest.mark.parametrize(
    ("actual", "words"),
    [
        (((1, 1),), "missing rows"),
        (((1, 1), (2, 2), (3, 3)), "extra rows"),
        (((1, 1), (2, 2), (2, 2)), "duplicates"),
        (((2, 2), (1, 1)), "order"),
        (((1, 1), (2, 5)), "values"),
        (((1,), (2,)), "columns"),
    ],
)
def test_a_failure_has_a_name(actual: tuple[tuple[int, ...], ...], words: str) -> None:
    assert category(((1, 1), (2, 2)), actual) == words
