"""Lists: making, counting, picking, comparing item by item."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, islice
from math import comb
from typing import Any

from quizengine.errors import ExpressionError
from quizengine.generation.values import MAX_ITEMS, exact, plain, show


def _items(values: Any) -> list[Any]:
    items = plain(values)
    if not isinstance(items, list):
        raise ExpressionError(f"expected a list, found {show(values)[:40]!r}")
    return items


def range_(start: int, stop: int | None = None, step: int = 1) -> list[int]:
    """Whole numbers from ``start`` (or 0) to below ``stop``; at most 2000.

    >>> range_(3), range_(2, 8, 3)
    ([0, 1, 2], [2, 5])
    """
    found = range(int(start)) if stop is None else range(int(start), int(stop), int(step))
    if len(found) > MAX_ITEMS:
        raise ExpressionError(f"a range has at most {MAX_ITEMS} numbers")
    return list(found)


def repeat(item: Any, count: int) -> list[Any]:
    """Return a list with ``item`` so many times.

    >>> repeat(0, 3)
    [0, 0, 0]
    """
    if not 0 <= count <= MAX_ITEMS:
        raise ExpressionError(f"repeat takes 0 to {MAX_ITEMS}")
    return [item] * count


def sum_(values: Any) -> Any:
    """Sum of a list.

    >>> sum_([1, Fraction(1, 2)])
    Fraction(3, 2)
    """
    return plain(sum(_items(values)))


def prod(values: Any) -> Any:
    """Product of a list.

    >>> prod([2, 3, 4])
    24
    """
    product: Any = 1
    for value in _items(values):
        product = product * value
    return plain(product)


def min_(*values: Any) -> Any:
    """Return the smallest of a list, or of its arguments.

    >>> min_(3, 1, 2), min_([5, 4])
    (1, 4)
    """
    return min(_items(values[0]) if len(values) == 1 else values, key=exact)


def max_(*values: Any) -> Any:
    """Return the greatest of a list, or of its arguments.

    >>> max_(3, 1, 2), max_([5, 4])
    (3, 5)
    """
    return max(_items(values[0]) if len(values) == 1 else values, key=exact)


def sorted_(values: Any, descending: bool = False) -> list[Any]:
    """Return the list sorted.

    >>> sorted_([3, 1, 2], True)
    [3, 2, 1]
    """
    items = _items(values)
    if all(isinstance(item, str) for item in items):
        return sorted(items, reverse=descending)
    return sorted(items, key=exact, reverse=descending)


def sort_by(values: Any, keys: Any, descending: bool = False) -> list[Any]:
    """Return the items in the order of their keys.

    >>> sort_by(["a", "b", "c"], [3, 1, 2]), sort_by(["a", "b", "c"], [3, 1, 2], True)
    (['b', 'c', 'a'], ['a', 'c', 'b'])
    """
    pairs = sorted(_pairs(keys, values), key=lambda pair: exact(pair[0]), reverse=descending)
    return [value for _, value in pairs]


def reversed_(values: Any) -> list[Any]:
    """Return the list from its end.

    >>> reversed_([1, 2, 3])
    [3, 2, 1]
    """
    return _items(values)[::-1]


def unique(values: Any) -> list[Any]:
    """Return the list without repeats, in the order of first occurrence.

    >>> unique([2, 1, 2])
    [2, 1]
    """
    found: list[Any] = []
    for item in _items(values):
        if item not in found:
            found.append(item)
    return found


def count(values: Any, item: Any) -> int:
    """Return how often ``item`` occurs.

    >>> count([1, 2, 1], 1)
    2
    """
    return _items(values).count(plain(item))


def index_of(values: Any, item: Any) -> int:
    """Return the position of ``item``, counted from 0.

    >>> index_of([5, 7], 7)
    1
    """
    return _items(values).index(plain(item))


def cumulative(values: Any) -> list[Any]:
    """Running sums.

    >>> cumulative([1, 2, 3])
    [1, 3, 6]
    """
    total: Any = 0
    found = []
    for value in _items(values):
        total = total + value
        found.append(plain(total))
    return found


def add(one: Any, other: Any) -> list[Any]:
    """Add two lists item by item, or a number to each item.

    >>> add([1, 2], [3, 4]), add([1, 2], 10)
    ([4, 6], [11, 12])
    """
    return [plain(a + b) for a, b in _pairs(one, other)]


def subtract(one: Any, other: Any) -> list[Any]:
    """Subtract item by item, or a number from each item.

    >>> subtract([3, 4], [1, 1])
    [2, 3]
    """
    return [plain(a - b) for a, b in _pairs(one, other)]


def multiply(one: Any, other: Any) -> list[Any]:
    """Multiply item by item, or each item by a number.

    >>> multiply([1, 2], [3, 4]), multiply([1, 2], 3)
    ([3, 8], [3, 6])
    """
    return [plain(a * b) for a, b in _pairs(one, other)]


def divide(one: Any, other: Any) -> list[Any]:
    """Divide item by item, or each item by a number, exactly.

    >>> divide([1, 4], 2)
    [Fraction(1, 2), 2]
    """
    return [plain(exact(a) / exact(b)) for a, b in _pairs(one, other)]


def _pairs(one: Any, other: Any) -> list[tuple[Any, Any]]:
    left, right = plain(one), plain(other)
    if not isinstance(left, list):
        left = [left] * len(_items(right))
    if not isinstance(right, list):
        right = [right] * len(left)
    if len(left) != len(right):
        raise ExpressionError(f"lists of {len(left)} and {len(right)} items do not pair")
    return list(zip(left, right, strict=True))


def zip_(*lists: Any) -> list[list[Any]]:
    """Return rows made of the items of several lists.

    >>> zip_([1, 2], ["a", "b"])
    [[1, 'a'], [2, 'b']]
    """
    return [list(row) for row in zip(*map(_items, lists), strict=True)]


def at_least(values: Any, bound: Any) -> list[bool]:
    """Return for each item whether it is at least ``bound``.

    >>> at_least([1, 2, 3], 2)
    [False, True, True]
    """
    bound = exact(bound)
    return [exact(value) >= bound for value in _items(values)]


def above(values: Any, bound: Any) -> list[bool]:
    """Return for each item whether it is above ``bound``.

    >>> above([1, 2, 3], 2)
    [False, False, True]
    """
    bound = exact(bound)
    return [exact(value) > bound for value in _items(values)]


def pick(condition: Any, yes: Any, no: Any) -> Any:
    """Return ``yes`` where the condition holds, else ``no`` (both are computed).

    >>> pick(2 > 1, "more", "less")
    'more'
    """
    return yes if condition else no


def keep(values: Any, flags: Any) -> list[Any]:
    """Return the items whose flag is true (or 1).

    >>> keep([1, 2, 3], [True, False, True])
    [1, 3]
    """
    return [value for value, flag in _pairs(values, flags) if flag]


def text(value: Any) -> str:
    """Return a value as a person would write it.

    >>> text(Fraction(1, 4))
    '0.25'
    """
    return show(value)


def lines(values: Any) -> str:
    r"""Join texts by line breaks.

    >>> lines(["a", 1])
    'a\n1'
    """
    return "\n".join(show(value) for value in _items(values))


def shares(values: Any) -> list[Any]:
    """Return each item's share of the sum.

    >>> shares([1, 3])
    [Fraction(1, 4), Fraction(3, 4)]
    """
    items = _items(values)
    total = exact(sum_(items))
    return [plain(Fraction(exact(item) / total)) for item in items]


def input_(name: str) -> str:
    """Mark the place of an answer in a prompt: ``{{ input("name") }}``.

    >>> input_("trace")
    '{{input:trace}}'
    """
    return "{{input:" + name + "}}"


def printed(value: Any) -> str:
    """Return a number as Python prints a float: whole numbers keep one decimal.

    >>> printed(3), printed(Fraction(5, 2))
    ('3.0', '2.5')
    """
    return repr(float(exact(value)))


def pairs_equal(one: Any, other: Any) -> list[int]:
    """Return 1 for each place at which two lists agree, else 0.

    >>> pairs_equal(["a", "b"], ["a", "c"])
    [1, 0]
    """
    return [int(left == right) for left, right in zip(_items(one), _items(other), strict=True)]


def above_each(one: Any, other: Any) -> list[int]:
    """Return 1 for each place at which the first list is above the second, else 0.

    >>> above_each([3, 1], [2, 1])
    [1, 0]
    """
    return [int(exact(left) > exact(right)) for left, right in zip(_items(one), _items(other), strict=True)]


def at_least_each(values: Any, bound: Any) -> list[int]:
    """Return 1 for each item that is at least ``bound``, else 0: flags that can be multiplied and added.

    >>> at_least_each([1, 2, 3], 2)
    [0, 1, 1]
    """
    return [int(exact(value) >= exact(bound)) for value in _items(values)]


def subset(items: Any, size: int, index: int) -> list[Any]:
    """Return one of the subsets of so many items; ``index`` counts them from 0.

    >>> subset(["a", "b", "c"], 2, 1)
    ['a', 'c']
    """
    found = _items(items)
    count = comb(len(found), size) if 0 <= size <= len(found) <= MAX_ITEMS else 0
    if not 0 <= index < min(count, MAX_ITEMS):
        raise ExpressionError(
            f"{len(found)} items have {count} subsets of {size}; there is no number {index}"
        )
    return list(next(islice(combinations(found, size), index, None)))
