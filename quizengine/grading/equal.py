"""Whether two expressions are the same function: the cheapest proof first.

Equal trees; rational functions modulo a large prime; all else at points, in ball arithmetic.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from random import Random
from typing import Literal, NamedTuple

import flint

from quizengine.grading.balls import Ball, Evaluator, OutOfBudgetError, OutOfReachError, ball
from quizengine.grading.residues import PRIME, Undefined, is_rational, names_in, residues, walk
from quizengine.grading.tree import Node, shape
from quizengine.grading.values import decimal_value
from quizengine.model.answers import Domain, Tolerance

#: Agreement at fewer points than this proves nothing.
LEAST_POINTS = 4
SMOOTH_POINTS, KINKED_POINTS, MORE_POINTS = 8, 13, 40
MAX_KINKS = 8
MAX_KINK = 10_000
GREATEST_INTEGER = 12
RANGE = 2.9
_GRID = 1 << 20
_KINKED = frozenset({"abs", "floor", "ceil", "sqrt", "root", "max", "min", "sign"})
_CONSTANTS = frozenset({"pi", "e", "i"})
_TINY = flint.arb(10) ** -20
#: Constants that agree to all digits we have, but are so large that a term of this size may hide below.
_HIDDEN = flint.arb(10) ** -15

Relation = Literal["same", "negated", "multiple", "shifted"]
Point = Mapping[str, Ball]


class Evidence(NamedTuple):
    """What a comparison found: the answer (None where it could not be decided) and the rule that gave it."""

    equal: bool | None
    rule: str


def equal(
    key: Node,
    other: Node,
    *,
    variables: Sequence[str] = (),
    domain: Domain = "real",
    tolerance: Tolerance | None = None,
    relation: Relation = "same",
) -> Evidence:
    """Decide whether ``other`` is the expression ``key``, exactly or within ``tolerance``.

    ``relation`` asks for something weaker: its opposite (``negated``), a constant ``multiple`` that is
    not 0, or the same but for a constant added (``shifted``).
    """
    if relation == "same" and shape(key) == shape(other):
        return Evidence(equal=True, rule="exact")
    exactly = tolerance is None or tolerance.kind == "exact"
    if exactly and is_rational(key) and is_rational(other):
        return _by_residues(key, other, relation)
    of_constants = not unknowns((key, other), ())
    comparison = _Comparison(relation, None if exactly else tolerance, of_constants=of_constants)
    return _by_points(key, other, variables, domain, comparison)


def _by_residues(key: Node, other: Node, relation: Relation) -> Evidence:
    found = residues(key, other)
    if found is None:
        return Evidence(equal=False, rule="points")
    match relation:
        case "same":
            holds = all(a == b for a, b in found)
        case "negated":
            holds = all((a + b) % PRIME == 0 for a, b in found)
        case "multiple":
            first, second = found[0]
            holds = bool(first and second) and all((a * second - b * first) % PRIME == 0 for a, b in found)
        case "shifted":
            holds = len({(a - b) % PRIME for a, b in found}) == 1
    return Evidence(holds, "exact")


class _Comparison:
    """Pairs of values taken one by one: each agrees, differs, or says nothing."""

    def __init__(self, relation: Relation, tolerance: Tolerance | None, *, of_constants: bool) -> None:
        self.relation, self.tolerance, self.of_constants = relation, tolerance, of_constants
        self.first: tuple[Ball, Ball] | None = None

    def take(self, key: Ball, other: Ball) -> bool | None:
        """Return whether this pair fits the relation (and the pairs before it); None if it says nothing."""
        match self.relation:
            case "same":
                return self._same(key, other)
            case "negated":
                return self._same(key, -other)
        if self.first is None:
            if self.relation == "multiple" and not (abs(key) > 0 and abs(other) > 0):
                return None
            self.first = key, other
            return True
        one, two = self.first
        if self.relation == "multiple":
            return self._same(key * two, other * one)
        return self._same(key - other, one - two)

    def _same(self, one: Ball, two: Ball) -> bool | None:
        gap = abs(one - two)
        if self.tolerance is not None:
            return bool(gap < _margin(self.tolerance, abs(one)))
        if gap > 0:
            return False
        if gap < _TINY * (abs(one) + abs(two)) or (abs(one) < _TINY and abs(two) < _TINY):
            # Functions agree at small values, too; a constant has this one alone.
            return True if gap < _HIDDEN or not self.of_constants else None
        return None  # rounding has eaten the digits


def _margin(tolerance: Tolerance, size: Ball) -> Ball:
    if tolerance.kind == "near":
        return flint.arb.max(ball(tolerance.abs), ball(tolerance.rel) * size) + _TINY
    digits = tolerance.digits - 1 if tolerance.kind == "sigfig" else 0
    relative = {"metric": flint.arb("0.005"), "sigfig": flint.arb(10) ** -digits / 2}.get(tolerance.kind)
    return relative * size + _TINY if relative is not None else flint.arb(10) ** -tolerance.digits / 2


def _by_points(
    key: Node, other: Node, variables: Sequence[str], domain: Domain, comparison: _Comparison
) -> Evidence:
    evaluator = Evaluator(complex_values=any("i" in names_in(node) - set(variables) for node in (key, other)))
    agreed = 0
    wanted = KINKED_POINTS + MAX_KINKS if _is_kinked(key) or _is_kinked(other) else SMOOTH_POINTS
    least = LEAST_POINTS if unknowns((key, other), ()) else 1
    try:
        for number, point in enumerate(points(key, other, variables=variables, domain=domain), 1):
            try:
                expected = _value(evaluator, key, point)
                if expected is None:  # the key has no value there, so nothing is asked
                    continue
                found = _value(evaluator, other, point)
            except OutOfReachError:
                continue
            if found is None and expected == 0 and domain == "integer":
                continue  # n!/(k!(n-k)!) for k > n: taken for 0 or for nothing
            fits = found is not None and comparison.take(expected, found)
            if fits is False:
                return Evidence(equal=False, rule="points")
            agreed += fits is True
            if agreed >= wanted or (number > KINKED_POINTS + MAX_KINKS and agreed >= least):
                break
    except OutOfBudgetError:
        return Evidence(equal=None, rule="budget")
    return Evidence(True if agreed >= least else None, "points" if agreed >= least else "few-points")


def _value(evaluator: Evaluator, node: Node, point: Point) -> Ball | None:
    try:
        return evaluator.at(node, point)
    except Undefined:
        return None


def _is_kinked(node: Node) -> bool:
    return any(found.kind == "call" and found.value in _KINKED for found in walk(node))


def points(*nodes: Node, variables: Sequence[str] = (), domain: Domain = "real") -> Iterator[Point]:
    """Yield points of the domain: near 0, beside each number that the nodes hold, then farther away."""
    names = unknowns(nodes, variables)
    if not names:
        yield {}
        return
    near, far = _fixed_points(names, domain)
    yield from near
    if domain != "integer":
        for place, kink in enumerate(_kinks(nodes)):
            if domain == "real" or kink > 0:
                yield {**near[place % len(near)], names[place // 2 % len(names)]: kink}
    yield from far


def unknowns(nodes: Sequence[Node], variables: Sequence[str]) -> tuple[str, ...]:
    """Return the names that stand for numbers to be chosen: no constant, unless it is declared a variable."""
    return tuple(sorted(frozenset().union(*map(names_in, nodes)) - _CONSTANTS | set(variables)))


def _kinks(nodes: Sequence[Node]) -> list[Ball]:
    """Return places on both sides of each number in the nodes, where an absolute value may turn."""
    sizes = {decimal_value(found.value) for node in nodes for found in walk(node) if found.kind == "number"}
    found = sorted(size for size in sizes if size <= MAX_KINK)[: MAX_KINKS // 2]
    return [ball(size) + sign * flint.arb(1) / 7 for size in found for sign in (-1, 1)]


@lru_cache(maxsize=256)
def _fixed_points(names: tuple[str, ...], domain: Domain) -> tuple[tuple[Point, ...], tuple[Point, ...]]:
    """Return points that are the same on every machine; see ``residues`` for why they need no secret."""
    random = Random(len(names))  # noqa: S311 (points to try, nothing to guess)

    def between(low: float, high: float) -> Ball:
        return flint.arb(random.randint(int(low * _GRID), int(high * _GRID))) / _GRID

    def point(place: int, *, far: bool) -> Point:
        if domain == "integer":
            return {name: flint.arb(random.randint(1, GREATEST_INTEGER)) for name in names}
        if place % 3 == 0:  # where probabilities lie
            return {name: between(0.05, 0.95) for name in names}
        if far or domain == "positive":
            return {name: between(0.05, 50 if far else RANGE) for name in names}
        return {name: between(-RANGE, RANGE) for name in names}

    near = tuple(point(place, far=False) for place in range(KINKED_POINTS))
    return near, tuple(point(place, far=True) for place in range(MORE_POINTS))
