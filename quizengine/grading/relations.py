"""Equations and inequalities in several variables, alone or as systems."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import NamedTuple

import flint

from quizengine.grading.balls import Ball, Evaluator, OutOfBudgetError, OutOfReachError
from quizengine.grading.equal import Evidence, equal, points, unknowns
from quizengine.grading.polynomials import TooLargeError, quotient, radical, reduced, ring_of, total_degree
from quizengine.grading.residues import Undefined
from quizengine.grading.tree import Node

#: Points of one equation's solutions at which the other is asked, and how many at least.
SOLUTION_POINTS, LEAST_SOLUTIONS = 8, 4
SAMPLES = 24
STEPS, REACH, BISECTIONS = 48, 6, 160
_ZERO = flint.arb(10) ** -20


class Atom(NamedTuple):
    """``difference`` compared with 0 by ``=``, ``!=``, ``>`` or ``>=``."""

    sign: str
    difference: Node


def same_relations(key: Node, other: Node, variables: Sequence[str]) -> Evidence:
    """Decide whether two equations, inequalities or systems of them hold for the same values."""
    ours, theirs = list(atoms(key)), list(atoms(other))
    if not ours or not theirs:
        return Evidence(equal=None, rule="relation")
    if _all_paired(ours, theirs, variables):
        return Evidence(equal=True, rule="relation")
    if all(atom.sign == "=" for atom in (*ours, *theirs)):
        return _same_equations(ours, theirs, variables)
    return _sampled(ours, theirs, variables)


def atoms(node: Node) -> Iterator[Atom]:
    """Yield the relations of a conjunction, each turned so that it compares with 0 from above.

    Nothing comes of what is no conjunction of relations.
    """
    if node.kind == "and":
        found = [list(atoms(part)) for part in node.parts]
        if all(found):
            yield from (atom for one in found for atom in one)
    elif node.kind == "relation":
        left, right = node.parts
        if node.value in ("<", "<="):
            left, right = right, left
        sign = {"<": ">", "<=": ">="}.get(node.value, node.value)
        yield Atom(sign, Node("sum", "", (left, Node("neg", "", (right,)))))


def _all_paired(ours: Sequence[Atom], theirs: Sequence[Atom], variables: Sequence[str]) -> bool:
    left = list(theirs)
    for atom in ours:
        partner = next((one for one in left if _alike(atom, one, variables)), None)
        if partner is None:
            return False
        left.remove(partner)
    return not left


def _alike(one: Atom, two: Atom, variables: Sequence[str]) -> bool:
    """Whether two relations are one but for a constant factor (above 0 where there is a direction)."""
    if one.sign != two.sign:
        return False
    if equal(one.difference, two.difference, variables=variables, relation="multiple").equal:
        return one.sign in ("=", "!=") or _same_direction(one.difference, two.difference, variables)
    return one.sign in ("=", "!=") and _same_zeros(one.difference, two.difference)


def _same_direction(one: Node, two: Node, variables: Sequence[str]) -> bool:
    evaluator = Evaluator()
    for point in points(one, two, variables=variables):
        try:
            product = evaluator.at(one, point) * evaluator.at(two, point)
        except (Undefined, OutOfReachError):
            continue
        if product > 0 or product < 0:
            return bool(product > 0)
    return False


def _same_zeros(one: Node, two: Node) -> bool:
    """Whether two quotients of polynomials vanish together: ``(x-y)^2 = 0`` is ``x = y``."""
    home = ring_of([one, two])
    if home is None:
        return False
    try:
        tops = [radical(reduced(quotient(node, home)).top) for node in (one, two)]
    except (TooLargeError, ZeroDivisionError):
        return False
    return bool(tops[0] == tops[1])


def _same_equations(ours: Sequence[Atom], theirs: Sequence[Atom], variables: Sequence[str]) -> Evidence:
    linear = [_echelon(side, [*ours, *theirs]) for side in (ours, theirs)]
    if linear[0] is not None and linear[1] is not None:
        return Evidence(bool(linear[0] == linear[1]), "linear-system")
    if len(ours) > 1 or len(theirs) > 1:
        return Evidence(equal=None, rule="system")
    one, two = ours[0].difference, theirs[0].difference
    return _on_solutions(one, two, unknowns((one, two), variables))


def _echelon(side: Sequence[Atom], both: Sequence[Atom]) -> object | None:
    """Return the reduced echelon form of linear equations, without rows of zeros; None for others."""
    home = ring_of([atom.difference for atom in both])
    if home is None:
        return None
    rows = []
    for atom in side:
        try:
            top, bottom = reduced(quotient(atom.difference, home))
        except (TooLargeError, ZeroDivisionError):
            return None
        if total_degree(top) > 1 or total_degree(bottom) > 0:
            return None
        count = home.nvars()
        unit = [tuple(int(i == j) for j in range(count)) for i in range(count)]
        rows.append([top[place] for place in (*unit, (0,) * count)])
    echelon, rank = flint.fmpq_mat(rows).rref()
    return [[echelon[i, j] for j in range(echelon.ncols())] for i in range(rank)]


# Points on a curve


def _on_solutions(one: Node, two: Node, names: Sequence[str]) -> Evidence:
    """Ask each equation at solutions of the other."""
    evaluator = Evaluator()
    try:
        for here, there in ((one, two), (two, one)):
            asked = 0
            for point in islice(_solutions(here, names, evaluator), SOLUTION_POINTS):
                if not _vanishes(there, point, evaluator):
                    return Evidence(equal=False, rule="solutions")
                asked += 1
            if asked < LEAST_SOLUTIONS:
                return Evidence(equal=None, rule="few-points")
    except OutOfBudgetError:
        return Evidence(equal=None, rule="budget")
    return Evidence(equal=True, rule="solutions")


def _solutions(node: Node, names: Sequence[str], evaluator: Evaluator) -> Iterator[Mapping[str, Ball]]:
    for number, start in enumerate(islice(points(node, variables=names), SAMPLES)):
        name = names[number % len(names)]
        root = _root_along(node, dict(start), name, evaluator)
        # The sign changes at a pole too, and there the equation does not hold.
        if root is not None and _vanishes(node, {**start, name: root}, evaluator):
            yield {**start, name: root}


def _root_along(node: Node, point: dict[str, Ball], name: str, evaluator: Evaluator) -> Ball | None:
    """Return a root of ``node`` where one variable moves and the others stay."""
    found = _root_of_line(node, point, name, evaluator)
    if found is not None:
        return found

    def sign(at: Ball) -> int:
        try:
            value = evaluator.at(node, {**point, name: at})
        except (Undefined, OutOfReachError):
            return 0
        return 1 if value > 0 else -1 if value < 0 else 0

    before: tuple[Ball, int] | None = None
    for step in range(STEPS + 1):
        at = flint.arb(step * 2 * REACH) / STEPS - REACH + flint.arb(1) / 64
        found = sign(at)
        if before is not None and found * before[1] < 0:
            low, high = before[0], at
            for _ in range(BISECTIONS):
                middle = ((low + high) / 2).mid()
                low, high = (middle, high) if sign(middle) == before[1] else (low, middle)
            return low.union(high)
        before = at, found
    return None


def _root_of_line(node: Node, point: dict[str, Ball], name: str, evaluator: Evaluator) -> Ball | None:
    """Return the root if the values along the variable lie on a line, as they do in most equations."""
    try:
        low, high = (evaluator.at(node, {**point, name: flint.arb(at)}) for at in (0, 1))
    except (Undefined, OutOfReachError):
        return None
    slope = high - low
    if not abs(slope) > 0:
        return None
    root = -low / slope
    return root if _vanishes(node, {**point, name: root}, evaluator) else None


def _vanishes(node: Node, point: Mapping[str, Ball], evaluator: Evaluator) -> bool:
    try:
        return bool(abs(evaluator.at(node, point)) < _ZERO)
    except (Undefined, OutOfReachError):
        return False


def _sampled(ours: Sequence[Atom], theirs: Sequence[Atom], variables: Sequence[str]) -> Evidence:
    """Look for a point that tells the two apart; to find none is no proof that there is none."""
    evaluator = Evaluator()
    nodes = [atom.difference for atom in (*ours, *theirs)]
    names = unknowns(nodes, variables)
    borders = (_solutions(node, names, evaluator) for node in nodes)
    try:
        for point in chain(points(*nodes, variables=variables), *borders):
            held = [_hold(side, point, evaluator) for side in (ours, theirs)]
            if None not in held and held[0] != held[1]:
                return Evidence(equal=False, rule="samples")
    except OutOfBudgetError:
        pass
    return Evidence(equal=None, rule="samples")


def _hold(side: Sequence[Atom], point: Mapping[str, Ball], evaluator: Evaluator) -> bool | None:
    for atom in side:
        try:
            value = evaluator.at(atom.difference, point)
        except (Undefined, OutOfReachError):
            return False
        on_border = bool(abs(value) < _ZERO)
        if not (on_border or value > 0 or value < 0):
            return None
        holds = {"=": on_border, "!=": not on_border, ">=": on_border or bool(value > 0)}
        if not holds.get(atom.sign, not on_border and bool(value > 0)):
            return False
    return True
