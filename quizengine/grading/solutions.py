"""Sets of real numbers: intervals, unions, inequalities and equations in one variable.

Two descriptions are the same set if they agree at every place where either may change, and
between those places: at the ends of intervals, and at the roots and poles of what is compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

import flint

from quizengine.grading.balls import Ball, Evaluator, OutOfBudgetError, OutOfReachError
from quizengine.grading.polynomials import TooLargeError, quotient, real_roots, ring_of
from quizengine.grading.residues import Undefined, names_in
from quizengine.grading.tree import Node

MAX_PLACES = 200
#: Where an expression is no quotient of polynomials, its roots are looked for here and nowhere else:
#: eight times a unit up to 40, then at places farther and farther apart.
SCAN, STEP = 40, 8
FARTHER, FARTHEST = 1.1, 20_000.0
BISECTIONS = 180
#: Node evaluations that one comparison may cost; a scan takes some hundred points.
BUDGET = 150_000
_ZERO = flint.arb(10) ** -25
_OPEN_ENDED = ("oo", "i")
_INNER = frozenset({"abs", "sqrt", "root", "ln", "log10", "log2", "cbrt", "asin", "acos"})

Match = Literal["same", "ends", "different"]


class UndecidedError(Exception):
    """A value is too near a border to say on which side it lies."""


class _Place(NamedTuple):
    value: Ball
    is_border: bool


def same_set(key: Node, other: Node, variable: str) -> Match | None:
    """Compare two sets of real numbers; ``ends`` where they differ in single points, as ``<`` for ``<=``.

    Returns None where the comparison could not be decided.
    """
    sets = _Sets(variable)
    try:
        places = _places([*sets.borders(key), *sets.borders(other)])
        differing = [
            place for place in places if sets.holds(key, place.value) != sets.holds(other, place.value)
        ]
    except (UndecidedError, TooLargeError, OutOfReachError, OutOfBudgetError, Undefined):
        return None
    if not differing:
        return "same"
    return "ends" if all(place.is_border for place in differing) else "different"


def _places(borders: Sequence[Ball]) -> list[_Place]:
    """Return the different borders in order, with a place between each two and beyond the ends."""
    if len(borders) > MAX_PLACES:
        raise TooLargeError
    found: list[Ball] = []
    for border in sorted(borders, key=lambda one: float(one.mid())):
        if found and not abs(found[-1] - border) > _ZERO:
            # One border, found in two ways: the sharper one stands for both.
            found[-1] = min(found[-1], border, key=lambda one: float(one.rad()))
        else:
            found.append(border)
    if not found:
        return [_Place(flint.arb(one) / 7, is_border=False) for one in (-10, 3, 17)]
    places = [_Place(found[0].mid() - 1, is_border=False)]
    for one, following in zip(found, [*found[1:], None], strict=True):
        between = one.mid() + 1 if following is None else (one.mid() + following.mid()) / 2
        places += [_Place(one, is_border=True), _Place(between, is_border=False)]
    return places


class _Sets:
    """Membership and borders, with one budget."""

    def __init__(self, variable: str) -> None:
        self.variable, self.evaluator = variable, Evaluator(BUDGET)

    def value(self, node: Node, at: Ball) -> Ball:
        return self.evaluator.at(node, {self.variable: at})

    # Membership

    def holds(self, node: Node, at: Ball) -> bool:
        """Whether the number ``at`` belongs to the set that ``node`` describes."""
        match node.kind:
            case "and" | "cap":
                return all(self.holds(part, at) for part in node.parts)
            case "or" | "union":
                return any(self.holds(part, at) for part in node.parts)
            case "not":
                return not self.holds(node.parts[0], at)
            case "interval":
                low, high = node.parts
                return self._above(at, low, node.value[0] == "[") and self._below(
                    at, high, node.value[1] == "]"
                )
            case "list":
                return any(self._sign(at - self.value(part, at)) == 0 for part in node.parts)
            case "relation":
                return self._related(node, at)
        return self._sign(at - self.value(node, at)) == 0  # a bare number: the set of it alone

    def _related(self, node: Node, at: Ball) -> bool:
        left, right = node.parts
        try:
            # Nothing reaches infinity: it is more than every number.
            endless = infinite(left) - infinite(right)
            sign = endless or self._sign(self.value(left, at) - self.value(right, at))
        except Undefined:
            return False
        return {
            "=": sign == 0,
            "!=": sign != 0,
            "<": sign < 0,
            "<=": sign <= 0,
            ">": sign > 0,
            ">=": sign >= 0,
        }[node.value]

    def _sign(self, value: Ball) -> int:
        if value > 0:
            return 1
        if value < 0:
            return -1
        if abs(value) < _ZERO:
            return 0
        raise UndecidedError

    def _above(self, at: Ball, end: Node, closed: bool) -> bool:
        if infinite(end):
            return infinite(end) < 0
        sign = self._sign(at - self.value(end, at))
        return sign > 0 or (closed and sign == 0)

    def _below(self, at: Ball, end: Node, closed: bool) -> bool:
        if infinite(end):
            return infinite(end) > 0
        sign = self._sign(self.value(end, at) - at)
        return sign > 0 or (closed and sign == 0)

    # Borders

    def borders(self, node: Node) -> Iterator[Ball]:
        """Yield every place where membership may change."""
        match node.kind:
            case "and" | "or" | "cap" | "union" | "not":
                for part in node.parts:
                    yield from self.borders(part)
            case "interval" | "list":
                yield from (self.value(end, flint.arb(0)) for end in node.parts if not infinite(end))
            case "relation":
                yield from self._turns(node)
            case _:
                yield self.value(node, flint.arb(0))

    def _turns(self, relation: Node) -> Iterator[Ball]:
        if any(map(infinite, relation.parts)):
            return
        difference = Node("sum", "", (relation.parts[0], Node("neg", "", (relation.parts[1],))))
        yield from self._roots(difference)

    def _roots(self, node: Node) -> Iterator[Ball]:
        """Yield the roots and poles of ``node``, and the borders of where it has a value."""
        if self.variable not in names_in(node):
            return
        home = ring_of([node])
        if home is not None and names_in(node) == {self.variable}:
            yield from _exact_roots(node, home)
            return
        for inner in _inner_parts(node):
            yield from self._roots(inner)
        yield from self._scanned(node)

    def _scanned(self, node: Node) -> Iterator[Ball]:
        before: tuple[Ball, int | None] | None = None
        for at in _STOPS:
            sign = self._sign_or_none(node, at)
            if before is not None and sign != before[1]:
                yield self._bisected(node, before[0], at, before[1])
            before = at, sign

    def _sign_or_none(self, node: Node, at: Ball) -> int | None:
        try:
            value = self.value(node, at)
        except (Undefined, OutOfReachError):
            return None
        return 1 if value > 0 else -1 if value < 0 else 0

    def _bisected(self, node: Node, low: Ball, high: Ball, sign: int | None) -> Ball:
        for _ in range(BISECTIONS):
            middle = ((low + high) / 2).mid()
            if self._sign_or_none(node, middle) == sign:
                low = middle
            else:
                high = middle
        return low.union(high)


def _stops() -> tuple[Ball, ...]:
    """Return the places of a scan, off the whole numbers, where a root would be hit and not passed."""
    far, at = [], SCAN * FARTHER
    while at < FARTHEST:
        far.append(flint.arb(at))
        at *= FARTHER
    near = [flint.arb(step) / STEP for step in range(-SCAN * STEP, SCAN * STEP + 1)]
    return tuple(stop + flint.arb(1) / 64 for stop in (*(-one for one in reversed(far)), *near, *far))


_STOPS = _stops()


def infinite(end: Node) -> int:
    """Return 1 for oo, -1 for -oo, 0 for any other end of an interval."""
    if end.kind == "neg":
        return -infinite(end.parts[0])
    return 1 if end.kind == "name" and end.value == "oo" else 0


def _exact_roots(node: Node, home: object) -> Iterator[Ball]:
    try:
        top, bottom = quotient(node, home)
    except ZeroDivisionError:
        return
    for polynomial in (top, bottom):
        if polynomial != 0:
            yield from real_roots(polynomial)


def _inner_parts(node: Node) -> Iterator[Node]:
    """Yield what stands under absolute values, roots and logarithms and in denominators."""
    for part in node.parts:
        if (node.kind == "call" and node.value in _INNER) or node.kind == "over":
            yield part
        yield from _inner_parts(part)
