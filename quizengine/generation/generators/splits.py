"""Rows to be split, and what a split must keep apart."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from quizengine.generation.registry import generator

_BEFORE = (
    ("account_age", "days before the order"),
    ("orders_last_year", "the night before the order"),
    ("customer_country", "at registration, before the order"),
    ("size_advice_used", "minutes before the order"),
)
_SAME = (
    ("basket_value", "when the order is placed"),
    ("order_hour", "when the order is placed"),
    ("payment_method", "when the order is placed"),
)
_AFTER = (
    ("delivery_days", "at delivery, after the order"),
    ("support_calls", "up to 30 days after the order"),
    ("parcel_weight", "when it is packed, an hour after the order"),
    ("refund_amount", "when the parcel is back, after the order"),
    ("review_stars", "a week after delivery"),
)
#: The same moments in hours from the order: what ``by_hours`` goes by.
_HOURS: Mapping[str, float] = {
    "account_age": -200, "orders_last_year": -12, "customer_country": -900, "size_advice_used": -0.1,
    "basket_value": 0, "order_hour": 0, "payment_method": 0,
    "parcel_weight": 1, "delivery_days": 48, "review_stars": 216, "support_calls": 720, "refund_amount": 900,
}  # fmt: skip


@generator
def split_users(rng: np.random.Generator) -> Mapping[str, Any]:
    """Users of the rows of two parts: some in both, some several times in one."""
    users = [int(user) for user in rng.choice(np.arange(11, 60), size=9, replace=False)]
    both, first, second = users[: int(rng.integers(2, 4))], users[3:6], users[6:]
    train = [int(user) for user in rng.permutation([*both, *first, first[0]])]
    test = [int(user) for user in rng.permutation([*both, *second, second[0], second[0]])]
    return {
        "train": train,
        "test": test,
        "key": sorted(set(train) & set(test)),
        "looped": [user for user in sorted(users) if user in train and user in test],
        "repeated": [first[0], second[0]],
        "one_sided": sorted(set(train) ^ set(test)),
    }


@generator
def recorded_columns(rng: np.random.Generator) -> Mapping[str, Any]:
    """Six columns of an order with the moment their values are fixed, two or three of them too late."""
    late = int(rng.integers(2, 4))
    drawn = [*_some(rng, _AFTER, late), *_some(rng, _SAME, 1), *_some(rng, _BEFORE, 5 - late)]
    shown = [drawn[int(i)] for i in rng.permutation(6)]
    names = {name: f"`{name}`" for name, _ in shown}
    key = [code for name, code in names.items() if (name, dict(shown)[name]) in _AFTER]
    return {
        "names": list(names.values()),
        "times": [moment for _, moment in shown],
        "options": list(names.values()),
        "key": key,
        "by_hours": [code for name, code in names.items() if _HOURS[name] > 0],
        "strict": [code for name, code in names.items() if _HOURS[name] >= 0],
        "known": [code for code in names.values() if code not in key],
        "latest": [names[max(names, key=lambda name: _HOURS[name])]],
    }


def _some(
    rng: np.random.Generator, columns: tuple[tuple[str, str], ...], count: int
) -> list[tuple[str, str]]:
    return [columns[int(i)] for i in rng.permutation(len(columns))[:count]]


@generator
def customer_sizes(rng: np.random.Generator) -> Mapping[str, Any]:
    """Rows of seven customers, and the fold of each: the largest first, each to the smallest of three folds.

    ``folds`` adds the rows up; ``queued`` keeps the folds in a heap. The others go in another order, or
    count customers instead of rows.
    """
    while True:
        sizes = [5 * int(step) for step in rng.choice(np.arange(2, 20), 7, replace=False)]
        order = sorted(range(7), key=lambda i: -sizes[i])
        ways = {
            "folds": _filled(sizes, order),
            "as_listed": _filled(sizes, range(7)),
            "smallest_first": _filled(sizes, order[::-1]),
            "in_turn": _filled([1] * 7, order),
        }
        if len({tuple(way) for way in ways.values()}) == 4:
            return ways | {"sizes": sizes, "order": order, "queued": _queued(sizes, order)}


def _filled(sizes: Sequence[int], order: Sequence[int]) -> list[int]:
    rows, folds = [0, 0, 0], [0] * len(sizes)
    for customer in order:
        fold = rows.index(min(rows))
        rows[fold] += sizes[customer]
        folds[customer] = fold + 1
    return folds


def _queued(sizes: Sequence[int], order: Sequence[int]) -> list[int]:
    waiting, folds = [(0, fold) for fold in (1, 2, 3)], {}
    for customer in order:
        rows, folds[customer] = heapq.heappop(waiting)
        heapq.heappush(waiting, (rows + sizes[customer], folds[customer]))
    return [folds[customer] for customer in range(len(sizes))]
