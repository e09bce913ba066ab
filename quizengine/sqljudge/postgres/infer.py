"""What a column of a PostgreSQL type may hold, in a schema that nobody described."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise

from quizengine.errors import UnreadableResponseError
from quizengine.sqljudge.domains import DAY, MOMENT, Choice, Days, Domain
from quizengine.sqljudge.lexer import Token
from quizengine.sqljudge.postgres.lexer import tokenize
from quizengine.sqljudge.schema import Column

_ARROWS = ("->", "->>", "?")
_WORDS = ("ann", "ben")
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "bool": ("true", "false"),
    "interval": ("1 day", "2 days", "36:00:00"),
    "time": ("08:00:00", "12:30:00", "23:59:59"),
    "uuid": ("00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"),
}

NearDay = Callable[[str, str], Sequence[int | float | str | None]]


def domain_of(column: Column, days: Iterable[str], near: NearDay, queries: Iterable[str]) -> Domain | None:
    """Return the domain that a type alone decides; None for numbers and texts, which any database has.

    ``days`` are the dates that queries compare the column with, ``near`` gives those beside one of them.
    """
    declared = column.declared.lower()
    if declared.startswith(("date", "timestamp")):
        form = DAY if declared == "date" else MOMENT
        return Days(form, tuple(value for day in days for value in near(day, form)))
    if declared.startswith("json"):
        return Choice(tuple(_documents(queries)))
    return next((Choice(values) for name, values in _CHOICES.items() if declared.startswith(name)), None)


def _documents(queries: Iterable[str]) -> list[str]:
    """Return small objects that have, or lack, the keys that queries ask for."""
    keys = sorted({key for query in queries for key in _keys(query)}) or ["a"]
    values: Sequence[object] = (1, 2, *_WORDS, None)
    shifted = [{key: values[(i + j) % len(values)] for j, key in enumerate(keys)} for i in range(len(values))]
    return [*map(json.dumps, shifted), json.dumps({keys[0]: 1}), "{}"]


def _keys(query: str) -> list[str]:
    try:
        tokens: Sequence[Token] = tokenize(query)
    except UnreadableResponseError:
        return []
    return [two.value for one, two in pairwise(tokens) if one.text in _ARROWS and two.kind == "string"]
