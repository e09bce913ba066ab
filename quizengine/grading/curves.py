"""Whether two equations in several variables have the same solutions.

An equation is taken apart into components, as ``(y - x)*(y - 20) = 0`` into two lines. Each component
of one is followed to points on it, and there the other is asked. A component that is never met leaves the
whole undecided.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice, pairwise

import flint

from quizengine.grading.balls import Ball, Evaluator, OutOfBudgetError, OutOfReachError
from quizengine.grading.equal import Evidence, points
from quizengine.grading.polynomials import (
    TooLargeError,
    factors,
    never_vanishes,
    quotient,
    reduced,
    ring_of,
    to_node,
)
from quizengine.grading.residues import Undefined, constant, names_in
from quizengine.grading.tree import Node

#: Points of one component at which the other equation is asked, and how many at least.
SOLUTION_POINTS, LEAST_SOLUTIONS = 12, 4
SAMPLES = 24
#: Where roots along a line are looked for: every quarter near 0, then farther and farther apart.
NEAR, STEPS_A_UNIT = 6, 4
FARTHER, FARTHEST = 1.35, 2_000.0
RIDDERS_STEPS, ROOTS_A_LINE = 60, 3
BUDGET = 100_000
_ZERO = flint.arb(10) ** -20
_NARROW = flint.arb(10) ** -42
_NEVER_ZERO = frozenset({"exp", "cosh"})
_SAME_ZEROS = frozenset({"sqrt", "cbrt", "root", "abs", "sinh", "asinh", "tanh", "atan", "asin", "atanh"})
_CONSTANTS = frozenset({"e", "pi", "i"})

Point = Mapping[str, Ball]
Value = Callable[[Ball], Ball | None]
Change = tuple[Ball, Ball, Ball, Ball]


def same_solutions(one: Node, two: Node, names: Sequence[str]) -> Evidence:
    """Decide whether ``one = 0`` and ``two = 0`` hold at the same points."""
    evaluator = Evaluator(BUDGET)
    found: list[bool | None] = []
    try:
        for here, there in ((one, two), (two, one)):
            for part in components(here):
                found.append(_holds_along(part, here, there, names, evaluator))
                if found[-1] is False:
                    return Evidence(equal=False, rule="solutions")
    except OutOfBudgetError:
        return Evidence(equal=None, rule="budget")
    proven = bool(found) and None not in found and len(names) > 1
    return Evidence(True if proven else None, "solutions" if proven else "few-points")


def components(node: Node) -> list[Node]:
    """Return expressions whose zeros together are those of ``node``; what never vanishes is left out."""
    value = constant(node)
    if value is not None:
        return [] if value else [node]
    match node.kind:
        case "neg":
            return components(node.parts[0])
        case "product":
            return [one for part in node.parts if part.kind != "over" for one in components(part)]
        case "power" if (exponent := constant(node.parts[1])) is not None and exponent > 0:
            return components(node.parts[0])
        case "power" if _is_positive(node.parts[0]):
            return []
        case "call" if node.value in _NEVER_ZERO:
            return []
        case "call" if node.value in _SAME_ZEROS:
            return components(node.parts[0])
        case "sum":
            terms = [part for part in node.parts if constant(part) != 0]
            if len(terms) == 1:
                return components(terms[0])
    return _factors(node)


def _is_positive(base: Node) -> bool:
    value = constant(base)
    return base.value in ("e", "pi") or (value is not None and value > 0)


def _factors(node: Node) -> list[Node]:
    home = ring_of([node])
    if home is None:
        return [node]
    try:
        top = reduced(quotient(node, home)).top
        if top == 0:
            return [node]
        return [to_node(one) for one, _ in factors(top) if not never_vanishes(one)]
    except (TooLargeError, ZeroDivisionError):
        return [node]


def _holds_along(
    part: Node, here: Node, there: Node, names: Sequence[str], evaluator: Evaluator
) -> bool | None:
    """Ask ``there`` at points of one component of ``here``; None where too few were found."""
    asked = 0
    for point in islice(solutions(part, names, evaluator), 3 * SOLUTION_POINTS):
        if vanishes(here, point, evaluator) is False:
            continue  # a pole of the rest
        holds = vanishes(there, point, evaluator)
        if holds is False:
            return False
        asked += holds is True
        if asked == SOLUTION_POINTS:
            break
    return True if asked >= LEAST_SOLUTIONS else None


def solutions(node: Node, names: Sequence[str], evaluator: Evaluator) -> Iterator[Point]:
    """Yield points at which ``node`` vanishes: one of its variables moves, the others stay."""
    moving = sorted((names_in(node) - _CONSTANTS) & frozenset(names)) or list(names)
    starts = list(islice(points(node, variables=names), SAMPLES))
    # Where a variable enters as in 2y - f(x), its slope never changes, and it alone reaches every solution.
    moving = [name for name in moving if _is_solved(node, starts[:3], name, evaluator)] or moving
    for number, start in enumerate(starts):
        name = moving[number % len(moving)]
        for root in _roots_along(node, dict(start), name, evaluator):
            # The sign changes at a pole too, and there the equation does not hold.
            if vanishes(node, {**start, name: root}, evaluator):
                yield {**start, name: root}


def _roots_along(node: Node, point: dict[str, Ball], name: str, evaluator: Evaluator) -> Iterator[Ball]:
    linear = _root_of_line(node, point, name, evaluator)
    if linear is not None:
        yield linear
        return

    def value(at: Ball) -> Ball | None:
        try:
            found = evaluator.at(node, {**point, name: at})
        except (Undefined, OutOfReachError):
            return None
        return found if isinstance(found, flint.arb) and (found > 0 or found < 0) else None

    changes = [
        (low, high, before, after)
        for (low, before), (high, after) in pairwise((at, value(at)) for at in _STOPS)
        if before is not None and after is not None and not before * after > 0
    ]
    for low, high, before, after in _spread(changes):
        yield _root_between(low, high, before, after, value)


def _spread(changes: list[Change]) -> list[Change]:
    """Return three of many: a periodic equation must not be met on one line and one side of 0 alone."""
    if len(changes) <= ROOTS_A_LINE:
        return changes
    return [min(changes, key=lambda change: abs(float(change[0].mid()))), changes[0], changes[-1]]


def _stops() -> tuple[Ball, ...]:
    """Return the places along a line, off the whole numbers, where a root would be hit and not passed."""
    near = [flint.arb(step) / STEPS_A_UNIT for step in range(-NEAR * STEPS_A_UNIT, NEAR * STEPS_A_UNIT + 1)]
    far, at = [], NEAR * FARTHER
    while at < FARTHEST:
        far.append(flint.arb(at))
        at *= FARTHER
    shift = flint.arb(1) / 64
    return tuple(stop + shift for stop in (*(-one for one in reversed(far)), *near, *far))


_STOPS = _stops()


def _root_between(low: Ball, high: Ball, before: Ball, after: Ball, value: Value) -> Ball:
    """Return a ball in which the sign changes (Ridders, IEEE Trans. Circuits Syst. 26(11), 1979)."""
    for _ in range(RIDDERS_STEPS):
        middle = ((low + high) / 2).mid()
        halfway = value(middle)
        if halfway is None:
            return middle
        bend = (halfway * halfway - before * after).sqrt()
        at = (middle + (middle - low) * (halfway if before > 0 else -halfway) / bend).mid()
        found = value(at)
        if found is None:
            return at
        inner = ((at, found), (middle, halfway)) if at < middle else ((middle, halfway), (at, found))
        ends = ((low, before), *inner, (high, after))
        (low, before), (high, after) = next(pair for pair in pairwise(ends) if pair[0][1] * pair[1][1] < 0)
        if high - low < _NARROW:
            return low.union(high)
        if abs(found) < _NARROW:
            around = at - _NARROW, at + _NARROW
            below, above = map(value, around)
            if below is not None and above is not None and below * above < 0:
                return around[0].union(around[1])
    return low.union(high)


def _root_of_line(node: Node, point: dict[str, Ball], name: str, evaluator: Evaluator) -> Ball | None:
    """Return the root if the values along the variable lie on a line, as they do in most equations."""
    line = _line(node, point, name, evaluator)
    if line is None:
        return None
    root = -line[0] / line[1]
    return root if vanishes(node, {**point, name: root}, evaluator) else None


def _line(node: Node, point: Point, name: str, evaluator: Evaluator) -> tuple[Ball, Ball] | None:
    """Return the value at 0 and the slope along a variable, if four values lie on a line that is not flat."""
    try:
        low, high, below, above = (evaluator.at(node, {**point, name: flint.arb(at)}) for at in (0, 1, -3, 7))
    except (Undefined, OutOfReachError):
        return None
    slope = high - low
    is_bent = abs(low - 3 * slope - below) > 0 or abs(low + 7 * slope - above) > 0
    return (low, slope) if abs(slope) > 0 and not is_bent else None


def _is_solved(node: Node, starts: Sequence[Point], name: str, evaluator: Evaluator) -> bool:
    lines = [_line(node, start, name, evaluator) for start in starts]
    slopes = [line[1] for line in lines if line is not None]
    return len(slopes) > 1 and not any(abs(one - slopes[0]) > 0 for one in slopes)


def vanishes(node: Node, point: Point, evaluator: Evaluator) -> bool | None:
    """Whether ``node`` is 0 at a point; False where it has no value, None where rounding hides it."""
    try:
        size = abs(evaluator.at(node, point))
    except Undefined:
        return False
    except OutOfReachError:
        return None
    if size < _ZERO:
        return True
    return False if size > 0 else None
