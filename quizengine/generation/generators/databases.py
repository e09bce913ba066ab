"""What a database can do with an index."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from quizengine.generation.registry import generator

_COLUMNS = ("city", "device", "label", "campaign", "browser")
_WORDS = tuple(sorted(a + b for a in ("ma", "me", "pa", "pe", "ra", "re") for b in ("ka", "lo", "ni", "sto")))


@dataclass(frozen=True, slots=True)
class _Condition:
    """A condition as SQL, why it can be searched or not, and what it does to a word of the column."""

    sql: str
    why: str
    holds: Callable[[str, int], bool]
    is_equality: bool = False
    on_column: bool = True


@generator
def index_conditions(rng: np.random.Generator) -> Mapping[str, Any]:
    """Six conditions on an indexed text column; an index can search for an equality and some more.

    ``good`` is how they were written; ``searched`` looks whether the words that fulfil a condition
    lie side by side in the sorted list, whatever else stands in the row.
    """
    column = str(rng.choice(_COLUMNS))
    low, high = sorted(str(word) for word in rng.choice(_WORDS[3:-3], size=2, replace=False))
    start = str(rng.choice(("ma", "pa", "re")))
    good = _searchable(column, low, high, start)
    bad = _untestable(column, low, start, int(rng.integers(3, 30)))
    count = int(rng.integers(2, 4))
    chosen = [good[0], *(good[1 + int(i)] for i in rng.permutation(len(good) - 1)[: count - 1])]
    chosen += [bad[int(i)] for i in rng.permutation(len(bad))[: 6 - count]]
    return {
        "column": column,
        "options": [_code(one) for one in chosen],
        "good": [_code(one) for one in chosen[:count]],
        "bad": [_code(one) for one in chosen[count:]],
        "searched": [_code(one) for one in chosen if _is_one_stretch(one)],
        "equalities": [_code(one) for one in chosen if one.is_equality],
        "on_the_column": [_code(one) for one in chosen if one.on_column],
        "explained": [f"- {_code(one)}: {one.why}." for one in chosen],
    }


def _searchable(column: str, low: str, high: str, start: str) -> list[_Condition]:
    return [
        _Condition(
            f"{column} = '{low}'", "one value, searched", lambda word, _: word == low, is_equality=True
        ),
        _Condition(f"{column} >= '{low}'", "from one entry to the end", lambda word, _: word >= low),
        _Condition(f"{column} < '{high}'", "from the first entry to one entry", lambda word, _: word < high),
        _Condition(
            f"{column} BETWEEN '{low}' AND '{high}'",
            "from one entry to another",
            lambda word, _: low <= word <= high,
        ),
        _Condition(
            f"{column} LIKE '{start}%'",
            "a fixed beginning, a stretch",
            lambda word, _: word.startswith(start),
        ),
    ]


def _untestable(column: str, low: str, start: str, number: int) -> list[_Condition]:
    tail = low[2:]
    return [
        _Condition(f"{column} LIKE '%{tail}'", "the beginning is open", lambda word, _: word.endswith(tail)),
        _Condition(
            f"substr({column}, 3) = '{tail}'", "a computation on the column", lambda word, _: word[2:] == tail
        ),
        _Condition(f"length({column}) = 4", "a computation on the column", lambda word, _: len(word) == 4),
        _Condition(
            f"{column} <> '{low}'", "nearly all entries, in two stretches", lambda word, _: word != low
        ),
        _Condition(f"score > {number}", "another column", lambda _, score: score > number, on_column=False),
        _Condition(
            f"{column} = '{low}' OR score = {number}",
            "a row can fulfil it by another column",
            lambda word, score: word == low or score == number,
        ),
        _Condition(
            f"{column} LIKE '_{start[1]}%'", "the beginning is open", lambda word, _: word[1] == start[1]
        ),
    ]


def _code(condition: _Condition) -> str:
    return f"`{condition.sql}`"


def _is_one_stretch(condition: _Condition) -> bool:
    fitting = [{condition.holds(word, score) for score in range(40)} for word in _WORDS]
    if any(len(found) > 1 for found in fitting):
        return False
    marks = "".join("x" if found == {True} else " " for found in fitting)
    return "x" in marks and " " not in marks.strip()
