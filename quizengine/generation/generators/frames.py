"""Small data frames: what to merge, to pivot, to group."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from quizengine.generation.registry import generator

_USERS, _KINDS = ("u1", "u2", "u3"), ("x", "y")


@generator
def merge_keys(rng: np.random.Generator) -> Mapping[str, Any]:
    """Two lists of keys without missing ones; ``looped`` counts a left merge row by row."""
    left = [int(key) for key in rng.permutation([1, 1, 2, 4, *rng.integers(1, 5, 2)])]
    right = [int(key) for key in rng.permutation([1, 2, 2, 5, *rng.integers(1, 4, 2)])]
    looped = looped_missing = 0
    for key in left:
        partners = sum(other == key for other in right)
        looped += partners or 1
        looped_missing += partners == 0
    return {
        "left": left,
        "right": right,
        "alone": len([key for key in left if key not in set(right)]),
        "right_alone": len([key for key in right if key not in set(left)]),
        "looped": looped,
        "looped_missing": int(looped_missing),
    }


@generator
def long_orders(rng: np.random.Generator, how: str) -> Mapping[str, Any]:
    """Seven orders of three users and two kinds, one pair missing and two pairs repeated, and their cells."""
    pairs = [(user, kind) for user in _USERS for kind in _KINDS]
    found = [pairs[int(i)] for i in rng.permutation(6)[:5]]
    found += [found[0], found[1]]
    rows = [(*found[int(i)], 5 * int(rng.integers(2, 19))) for i in rng.permutation(7)]
    cells = {pair: [amount for user, kind, amount in rows if (user, kind) == pair] for pair in pairs}
    ways: dict[str, Any] = {
        "key": sum if how == "sum" else lambda amounts: max(amounts, default=0),
        "other": (lambda amounts: max(amounts, default=0)) if how == "sum" else sum,
        "count": len,
        "last": lambda amounts: amounts[-1] if amounts else 0,
    }
    made = {
        f"{name}_{kind}": [way(cells[user, kind]) for user in _USERS]
        for name, way in ways.items()
        for kind in _KINDS
    }
    return made | {
        "users": [r[0] for r in rows],
        "kinds": [r[1] for r in rows],
        "amounts": [r[2] for r in rows],
    }


@generator
def user_amounts(rng: np.random.Generator) -> Mapping[str, Any]:
    """Amounts of four users and a threshold that one total meets exactly; ``looped`` adds up row by row."""
    while True:
        names = sorted(int(name) for name in rng.choice(np.arange(2, 40), size=4, replace=False))
        users = [int(user) for user in rng.permutation([*names, *names, *rng.choice(names, 1)])]
        amounts = [5 * int(size) for size in rng.integers(1, 13, len(users))]
        totals = [sum(a for u, a in zip(users, amounts, strict=True) if u == name) for name in names]
        t = sorted(totals)[1]
        running: dict[int, int] = {}
        for user, amount in zip(users, amounts, strict=True):
            running[user] = running.get(user, 0) + amount
        by_row = sorted({user for user, amount in zip(users, amounts, strict=True) if amount > t})
        others = [name for name, total in zip(names, totals, strict=True) if total <= t]
        if by_row and len(set(totals)) == 4:
            looped = [user for user, total in running.items() if total > t]
            return {
                "users": users,
                "amounts": amounts,
                "names": names,
                "totals": totals,
                "t": t,
                "by_row": by_row,
                "the_others": others,
                "looped": looped,
            }


@generator
def user_history(rng: np.random.Generator) -> Mapping[str, Any]:
    """Six rows of two users in the order of time, with what each row may know of its user's past.

    ``previous`` and ``past`` go along the rows; ``looked_back`` looks back from each row. The others
    ignore the user, count the row itself, or look ahead.
    """
    while True:
        users = [str(user) for user in rng.permutation(["u", "v", *rng.choice(["u", "v"], 4)])]
        amounts = [int(amount) for amount in rng.choice(np.arange(3, 41), 6, replace=False)]
        if users[0] == users[1] == users[2] or not 2 <= users.count("u") <= 4:
            continue
        rows = list(zip(users, amounts, strict=True))
        earlier = [[x for other, x in rows[:i] if other == user] for i, user in enumerate(users)]
        later = [[x for other, x in rows[i + 1 :] if other == user] for i, user in enumerate(users)]
        last, total = dict.fromkeys("uv", 0), dict.fromkeys("uv", 0)
        previous, past = [], []
        for user, amount in rows:
            previous.append(last[user])
            past.append(total[user])
            last[user], total[user] = amount, total[user] + amount
        return {
            "users": users,
            "amounts": amounts,
            "previous": previous,
            "past": past,
            "looked_back": [[([0, *xs])[-1] for xs in earlier], [sum(xs) for xs in earlier]],
            "of_anybody": [[0, *amounts[:-1]], [sum(amounts[:i]) for i in range(6)]],
            "with_own_row": [past_ + amount for past_, amount in zip(past, amounts, strict=True)],
            "following": [([*xs, 0])[0] for xs in later],
        }
