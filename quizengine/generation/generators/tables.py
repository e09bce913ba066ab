"""Small tables: keys to join, feature histories to look up, rows to rank."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np

from quizengine.generation.registry import generator


@generator
def join_keys(rng: np.random.Generator) -> Mapping[str, Any]:
    """Two columns of join keys, 0 standing for NULL, and the row counts that trying all pairs gives.

    Both sides repeat a key, hold a NULL, and may hold keys of their own (4 the left, 5 the right).
    """
    left, right = _keys(rng, own=4), _keys(rng, own=5)
    pairs = [(a, b) for a, b in product(range(len(left)), range(len(right))) if left[a] == right[b] != 0]
    alone = (len(left) - len({a for a, _ in pairs}), len(right) - len({b for _, b in pairs}))
    return {
        "left": left,
        "right": right,
        "text_left": _with_null(left),
        "text_right": _with_null(right),
        "left_alone": sum(key not in right or key == 0 for key in left),
        "right_alone": sum(key not in left or key == 0 for key in right),
        "left_nulls": left.count(0),
        "right_nulls": right.count(0),
        "matched_left": len(left) - alone[0],
        "shared_keys": len(set(left) & set(right) - {0}),
        "left_keys": len(set(left) - {0}),
        "all_keys": len((set(left) | set(right)) - {0}),
        "pairs": len(pairs),
        "pairs_left": len(pairs) + alone[0],
        "pairs_full": len(pairs) + sum(alone),
    }


def _keys(rng: np.random.Generator, *, own: int) -> list[int]:
    times = {0: rng.integers(1, 3), 1: rng.integers(1, 4), 2: rng.integers(1, 3), 3: rng.integers(0, 2)}
    drawn = [key for key, count in (times | {own: rng.integers(0, 3)}).items() for _ in range(int(count))]
    return [int(key) for key in rng.permutation(drawn)]


def _with_null(keys: Sequence[int]) -> list[str]:
    return [str(key) if key else "NULL" for key in keys]


@generator
def tied_scores(rng: np.random.Generator) -> Mapping[str, Any]:
    """Five scores of two digits among which one occurs twice or three times."""
    distinct = int(rng.integers(3, 5))
    found = [int(score) for score in rng.choice(np.arange(70, 96), size=distinct, replace=False)]
    return {"scores": [int(score) for score in rng.permutation([*found, *[found[0]] * (5 - distinct)])]}


@generator
def feature_history(rng: np.random.Generator) -> Mapping[str, Any]:
    """Rows of one feature, some written late, two labels, and the value each label sees.

    ``key_...`` filters the rows; ``replayed_...`` plays the days through, writing and reading as they come.
    Drawn again until each way of looking gives the two labels another pair of values.
    """
    while True:
        made = _history(rng)
        pairs = {(made[f"{way}_first"], made[f"{way}_second"]) for way in ("key", "leak", "written")}
        if made["key_first"] and len(pairs | {(made["newest"], made["newest"])}) == 4:
            return made


def _history(rng: np.random.Generator) -> dict[str, Any]:
    events = np.sort(rng.choice(np.arange(1, 25), size=5, replace=False))
    late = rng.permutation([0, 0, 1, int(rng.integers(4, 8)), int(rng.integers(6, 11))])
    values = rng.choice(np.arange(10, 100), size=5, replace=False)
    rows = [(int(e), int(e + d), int(v)) for e, d, v in zip(events, late, values, strict=True)]
    first, second = (int(day) for day in np.sort(rng.choice(np.arange(9, 27), size=2, replace=False)))
    made: dict[str, Any] = {"first": first, "second": second, "newest": rows[-1][2]}
    made |= {
        "event_days": [r[0] for r in rows],
        "written_days": [r[1] for r in rows],
        "values": [r[2] for r in rows],
    }
    for name, day in (("first", first), ("second", second)):
        known = [max(event, written) <= day for event, written, _ in rows]
        visible = [row for row, seen in zip(rows, known, strict=True) if seen]
        made |= {
            f"known_{name}": known,
            f"key_{name}": max(visible, default=(0, 0, 0))[2],
            f"leak_{name}": max((row for row in rows if row[0] <= day), default=(0, 0, 0))[2],
            f"written_{name}": max(visible, key=lambda row: (row[1], row[0]), default=(0, 0, 0))[2],
            f"replayed_{name}": _replay(rows, day),
        }
    return made


def _replay(rows: Sequence[tuple[int, int, int]], last_day: int) -> int:
    """Return what the store answers on ``last_day`` after every day's writes came in."""
    held_from, held = 0, 0
    for day in range(1, last_day + 1):
        for event, written, value in rows:
            if written == day and event > held_from:
                held_from, held = event, value
    return held
