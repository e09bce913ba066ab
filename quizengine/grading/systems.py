"""Whether two systems of polynomial equations have the same solutions.

Two systems hold for the same complex numbers exactly if every equation of one lies in the radical of the
ideal of the other, which a Groebner basis decides (Cox, Little & O'Shea, Ideals, Varieties, and Algorithms,
4.2). That proves them equal. Only a real solution of one that is none of the other proves them different.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from math import isfinite, lcm
from typing import Any

import flint

from quizengine.grading.balls import Evaluator, OutOfBudgetError, OutOfReachError
from quizengine.grading.equal import Evidence, points
from quizengine.grading.polynomials import MAX_NAMES, TooLargeError, quotient, reduced, ring_of, total_degree
from quizengine.grading.residues import Undefined
from quizengine.grading.tree import Node

MAX_EQUATIONS = 6
MAX_SYSTEM_DEGREE, MAX_SYSTEM_TERMS = 6, 12
#: Buchberger's algorithm stops beyond so many polynomials, terms and bits.
LIMITS = (30, 40, 400)
STARTS, NEWTON_STEPS = 24, 40
#: A solution is accurate to the first; where the other system is off by the second, it is none of that.
ACCURACY, GAP = 1e-11, 1e-5
_HELPER = "zz_inverse"

Place = Mapping[str, float]


def same_systems(ours: Sequence[Node], theirs: Sequence[Node], names: Sequence[str]) -> Evidence:
    """Decide whether all of ``ours`` vanish where all of ``theirs`` do."""
    if max(len(ours), len(theirs)) > MAX_EQUATIONS or len(names) > MAX_NAMES:
        return Evidence(equal=None, rule="system")
    try:
        if _same_ideals(ours, theirs):
            return Evidence(equal=True, rule="system")
    except (TooLargeError, ZeroDivisionError):
        pass
    try:
        differ = _told_apart(ours, theirs, names)
    except OutOfBudgetError:
        differ = False
    return Evidence(equal=False if differ else None, rule="system")


# Proof that they are the same


def _same_ideals(ours: Sequence[Node], theirs: Sequence[Node]) -> bool:
    home = ring_of([*ours, *theirs])
    if home is None:
        return False
    ring = flint.fmpz_mpoly_ctx.get((_HELPER, *home.names()), flint.Ordering.degrevlex)
    one, two = ([_whole(node, home, ring) for node in side] for side in (ours, theirs))
    return _all_in_radical(one, two, ring) and _all_in_radical(two, one, ring)


def _whole(node: Node, home: Any, ring: Any) -> Any:
    """Return the numerator of an equation with whole coefficients, in a ring with one name more."""
    top, bottom = reduced(quotient(node, home))
    if total_degree(top) > MAX_SYSTEM_DEGREE or len(top) > MAX_SYSTEM_TERMS or total_degree(bottom) > 0:
        raise TooLargeError
    scale = lcm(*(int(c.q) for c in top.coeffs()))
    return ring.from_dict({(0, *powers): (c * scale).p for powers, c in top.terms()})


def _all_in_radical(found: Sequence[Any], ideal: Sequence[Any], ring: Any) -> bool:
    return all(_is_in_radical(one, ideal, ring) for one in found)


def _is_in_radical(polynomial: Any, ideal: Sequence[Any], ring: Any) -> bool:
    """Whether a polynomial vanishes wherever the ideal does: with 1 - t f it has then no solution at all."""
    trick = ring.constant(1) - ring.gen(0) * polynomial
    generators: Any = flint.fmpz_mpoly_vec([*ideal, trick], ring)
    basis, complete = generators.buchberger_naive(limits=LIMITS)
    return bool(complete) and any(one.is_constant() and one != 0 for one in basis)


# Proof that they are not


def _told_apart(ours: Sequence[Node], theirs: Sequence[Node], names: Sequence[str]) -> bool:
    evaluator = Evaluator()
    return any(
        _off(there, place, evaluator) > GAP
        for here, there in ((ours, theirs), (theirs, ours))
        for place in _solutions(here, names, evaluator)
    )


def _off(system: Sequence[Node], place: Place, evaluator: Evaluator) -> float:
    values = _values(system, place, evaluator)
    return 0.0 if values is None else max(map(abs, values))


def _solutions(system: Sequence[Node], names: Sequence[str], evaluator: Evaluator) -> Iterator[Place]:
    """Yield real solutions, by damped Gauss-Newton steps from a few starts."""
    for start in islice(points(*system, variables=names), STARTS):
        place = {name: float(start[name].mid()) for name in names}
        for _ in range(NEWTON_STEPS):
            values = _values(system, place, evaluator)
            if values is None:
                break
            if max(map(abs, values)) < ACCURACY:
                yield place
                break
            step = _step(system, names, place, values, evaluator)
            if step is None:
                break
            place = {name: place[name] - move for name, move in zip(names, step, strict=True)}


def _values(system: Sequence[Node], place: Place, evaluator: Evaluator) -> list[float] | None:
    point = {name: flint.arb(value) for name, value in place.items()}
    try:
        found = [evaluator.at(node, point) for node in system]
    except (Undefined, OutOfReachError):
        return None
    if any(isinstance(value, flint.acb) for value in found):
        return None
    values = [float(value.mid()) for value in found]
    return values if all(map(isfinite, values)) else None


def _step(
    system: Sequence[Node], names: Sequence[str], place: Place, values: Sequence[float], evaluator: Evaluator
) -> Sequence[float] | None:
    """Return the least move after which the tangents vanish: J' (J J' + small)^-1 F."""
    width = 1e-7
    columns = []
    for name in names:
        moved = _values(system, {**place, name: place[name] + width}, evaluator)
        if moved is None:
            return None
        columns.append([(one - two) / width for one, two in zip(moved, values, strict=True)])
    jacobian = flint.arb_mat([list(row) for row in zip(*columns, strict=True)])
    size = len(values)
    damped = jacobian * jacobian.transpose() + 1e-14 * flint.arb_mat(
        size, size, [int(i == j) for i in range(size) for j in range(size)]
    )
    try:
        move = jacobian.transpose() * damped.solve(flint.arb_mat(size, 1, list(values)))
    except ZeroDivisionError:
        return None
    step = [float(one.mid()) for one in move.entries()]
    return step if all(map(isfinite, step)) else None
