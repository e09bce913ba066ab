"""When two results are the same: values, multisets, groups of ties, columns."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import permutations

from quizengine.sqljudge.pool import Row, Rows, Value

RELATIVE = 1e-9
ABSOLUTE = 1e-12
#: Up to this many rows with floats, rows are paired one by one; above it by their sorted order.
MAX_PAIRED = 300
MAX_COLUMNS_TO_PERMUTE = 6


def same_value(one: Value, other: Value) -> bool:
    """Whether two values count as equal: NULL only to NULL, numbers within rounding, text exactly.

    >>> same_value(3, 3.0), same_value("3", 3), same_value(None, 0)
    (True, False, False)
    """
    if isinstance(one, float) or isinstance(other, float):
        if isinstance(one, int | float) and isinstance(other, int | float):
            return one == other or math.isclose(one, other, rel_tol=RELATIVE, abs_tol=ABSOLUTE)
        return False
    return type(one) is type(other) and one == other


def same_row(one: Row, other: Row) -> bool:
    """Whether two rows agree value by value."""
    return one == other or (len(one) == len(other) and all(map(same_value, one, other)))


def difference(expected: Iterable[Row], actual: Iterable[Row]) -> tuple[list[Row], list[Row]]:
    """Return the rows that are missing from ``actual`` and the rows that are extra there, as multisets."""
    missing, extra = _unequal(expected, actual)
    if not missing or not extra or not (_have_floats(missing) or _have_floats(extra)):
        return missing, extra
    return _without_near_pairs(missing, extra)


def same_rows(expected: Sequence[Row], actual: Sequence[Row]) -> bool:
    """Whether two results are equal as multisets."""
    if expected == actual:
        return True
    if len(expected) != len(actual):
        return False
    missing, extra = _unequal(expected, actual)
    if not missing or not (_have_floats(missing) or _have_floats(extra)):
        return not missing
    # The same answer as from ``difference``, but the first row without a partner ends it.
    return all(not left and not more for left, more in _near_pairs(missing, extra))


def _unequal(expected: Iterable[Row], actual: Iterable[Row]) -> tuple[list[Row], list[Row]]:
    wanted, given = Counter(expected), Counter(actual)
    return list((wanted - given).elements()), list((given - wanted).elements())


def _have_floats(rows: list[Row]) -> bool:
    return any(isinstance(value, float) for row in rows for value in row)


def _without_near_pairs(missing: list[Row], extra: list[Row]) -> tuple[list[Row], list[Row]]:
    still_missing, still_extra = [], []
    for left, more in _near_pairs(missing, extra):
        still_missing += left
        still_extra += more
    return still_missing, still_extra


def _near_pairs(missing: list[Row], extra: list[Row]) -> Iterator[tuple[list[Row], list[Row]]]:
    """Yield what is left of rows when those that agree but for rounding are taken out.

    They are paired inside buckets that agree in everything else.
    """
    floats = {i for row in (*missing, *extra) for i, value in enumerate(row) if isinstance(value, float)}
    left, right = _buckets(missing, floats), _buckets(extra, floats)
    for key in {**left, **right}:
        yield _unmatched(left.get(key, []), right.get(key, []))


def _buckets(rows: list[Row], floats: Collection[int]) -> dict[Row, list[Row]]:
    """Return the rows by what must agree exactly; ``floats`` are the columns in which numbers may be near."""
    buckets = defaultdict[Row, list[Row]](list)
    for row in rows:
        key = list(row)
        for i in floats:
            if i < len(row) and isinstance(row[i], int | float):
                key[i] = "#"
        buckets[tuple(key)].append(row)
    return buckets


def _numbers(row: Row) -> list[float]:
    return [value for value in row if isinstance(value, int | float)]


def _unmatched(ours: list[Row], theirs: list[Row]) -> tuple[list[Row], list[Row]]:
    theirs = sorted(theirs, key=_numbers)
    left = []
    for row in sorted(ours, key=_numbers):
        candidates = theirs if len(theirs) <= MAX_PAIRED else theirs[:1]
        match = next((i for i, other in enumerate(candidates) if same_row(row, other)), None)
        if match is None:
            left.append(row)
        else:
            del theirs[match]
    return left, theirs


@dataclass(frozen=True, slots=True)
class Expected:
    """The rows that the reference gives on one instance.

    ``groups`` holds rows that may stand in any order among themselves, group after group;
    ``count`` is how many rows are wanted in all, so of the last group a part may be enough.
    """

    groups: tuple[Rows, ...]
    count: int
    #: One right result.
    rows: Rows = field(init=False)

    def __post_init__(self) -> None:
        rows = tuple(row for group in self.groups for row in group)
        object.__setattr__(self, "rows", rows[: self.count])

    @property
    def has_ties(self) -> bool:
        """Whether some rows may stand in any order."""
        return any(len(set(group)) > 1 for group in self.groups)

    def accepts(self, rows: Sequence[Row]) -> bool:
        """Whether ``rows`` fill the groups one after another."""
        if rows == self.rows:
            return True
        if len(rows) != self.count:
            return False
        start = 0
        for group in self.groups:
            part = rows[start : start + len(group)]
            # Most groups are one row, and need no counting.
            if len(group) == len(part) == 1:
                if not same_row(group[0], part[0]):
                    return False
            else:
                missing, extra = difference(group, part)
                if extra or (missing and start + len(group) <= self.count):
                    return False
            start += len(group)
        return True

    def accepts_unordered(self, rows: Sequence[Row]) -> bool:
        """Whether ``rows`` hold the wanted rows in some order."""
        if rows == self.rows:
            return True
        if len(rows) != self.count:
            return False
        sure = [row for group in self.groups[:-1] for row in group]
        last = self.groups[-1] if self.groups else ()
        if len(sure) + len(last) == self.count:
            return same_rows((*sure, *last), tuple(rows))
        missing, extra = difference([*sure, *last], rows)
        if extra:
            return False
        return len(missing) == len(sure) + len(last) - self.count and not difference(missing, last)[0]


def column_order(expected: Sequence[Rows], actual: Sequence[Rows]) -> tuple[int, ...] | None:
    """Return the other order of columns in which ``actual`` gives ``expected`` everywhere, if any."""
    widths = {len(row) for rows in (*expected, *actual) for row in rows}
    if len(widths) != 1 or not 1 < (width := widths.pop()) <= MAX_COLUMNS_TO_PERMUTE:
        return None
    for order in permutations(range(width)):
        moved = (tuple(tuple(row[i] for i in order) for row in rows) for rows in actual)
        if all(same_rows(rows, theirs) for rows, theirs in zip(expected, moved, strict=True)):
            # The order as given comes first: where that fits, the columns are not what is wrong.
            return None if order == tuple(range(width)) else order
    return None


def category(expected: Rows, actual: Rows) -> str:
    """Return in a few words how ``actual`` fails to be ``expected``."""
    if expected and actual and len(expected[0]) != len(actual[0]):
        return "columns"
    missing, extra = difference(expected, actual)
    if not missing and not extra:
        return "order"
    kinds = {*map(_without_rounding, expected)}, {*map(_without_rounding, actual)}
    if kinds[0] == kinds[1]:
        return "duplicates"
    if not extra:
        return "missing rows"
    if not missing:
        return "extra rows"
    if len(missing) == len(extra):
        return "values"
    return "missing rows" if len(missing) > len(extra) else "extra rows"


def _without_rounding(row: Row) -> Row:
    return tuple(float(f"{value:.9g}") if isinstance(value, float) else value for value in row)
