"""Equations and inequalities in several variables, alone or as systems."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import NamedTuple

import flint

from quizengine.grading.balls import Evaluator, OutOfBudgetError, OutOfReachError
from quizengine.grading.curves import Point, same_solutions, solutions, vanishes
from quizengine.grading.equal import Evidence, equal, points, unknowns
from quizengine.grading.polynomials import TooLargeError, quotient, radical, reduced, ring_of, total_degree
from quizengine.grading.residues import Undefined
from quizengine.grading.systems import same_systems
from quizengine.grading.tree import Node


class Atom(NamedTuple):
    """``difference`` compared with 0 by ``=``, ``!=``, ``>`` or ``>=``."""

    sign: str
    difference: Node


def same_relations(key: Node, other: Node, variables: Sequence[str]) -> Evidence:
    """Decide whether two equations, inequalities or systems of them hold for the same values."""
    ours, theirs = list(atoms(key)), list(atoms(other))
    if ours and theirs:
        if _all_paired(ours, theirs, variables):
            return Evidence(equal=True, rule="relation")
        if all(atom.sign == "=" for atom in (*ours, *theirs)):
            return _same_equations(ours, theirs, variables)
    return _sampled(key, other, variables)


def atoms(node: Node) -> Iterator[Atom]:
    """Yield the relations of a conjunction, each turned so that it compares with 0 from above.

    ``a = 0 or b = 0`` is one equation, ``a*b = 0``. Nothing comes of what is no conjunction of relations.
    """
    match node.kind:
        case "and":
            found = [list(atoms(part)) for part in node.parts]
            if all(found):
                yield from (atom for one in found for atom in one)
        case "or":
            found = [list(atoms(part)) for part in node.parts]
            if all(len(one) == 1 and one[0].sign == "=" for one in found):
                yield Atom("=", Node("product", "", tuple(one[0].difference for one in found)))
        case "not":
            found = [list(atoms(part)) for part in node.parts]
            if len(found[0]) == 1:
                yield _opposite(found[0][0])
        case "relation":
            left, right = node.parts
            if node.value in ("<", "<="):
                left, right = right, left
            yield Atom({"<": ">", "<=": ">="}.get(node.value, node.value), _difference(left, right))


def _opposite(atom: Atom) -> Atom:
    if atom.sign in ("=", "!="):
        return atom._replace(sign="!=" if atom.sign == "=" else "=")
    return Atom(">=" if atom.sign == ">" else ">", Node("neg", "", (atom.difference,)))


def _difference(left: Node, right: Node) -> Node:
    return Node("sum", "", (left, Node("neg", "", (right,))))


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
    names = unknowns([atom.difference for atom in (*ours, *theirs)], variables)
    if len(ours) > 1 or len(theirs) > 1:
        return same_systems([a.difference for a in ours], [a.difference for a in theirs], names)
    return same_solutions(ours[0].difference, theirs[0].difference, names)


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


# Points that tell two conditions apart


def _sampled(key: Node, other: Node, variables: Sequence[str]) -> Evidence:
    """Look for a point that tells the two apart; to find none is no proof that there is none."""
    evaluator = Evaluator()
    nodes = [*_differences(key), *_differences(other)]
    names = unknowns(nodes, variables)
    borders = (solutions(node, names, evaluator) for node in nodes)
    try:
        for point in chain(points(*nodes, variables=variables), *borders):
            held = [_holds(side, point, evaluator) for side in (key, other)]
            if None not in held and held[0] != held[1]:
                return Evidence(equal=False, rule="samples")
    except OutOfBudgetError:
        pass
    return Evidence(equal=None, rule="samples")


def _differences(node: Node) -> Iterator[Node]:
    if node.kind == "relation":
        yield _difference(*node.parts)
    else:
        for part in node.parts:
            yield from _differences(part)


def _holds(node: Node, point: Point, evaluator: Evaluator) -> bool | None:
    """Whether a condition holds at a point; None where that cannot be said."""
    if node.kind == "relation":
        return _related(node.value, _difference(*node.parts), point, evaluator)
    held = [_holds(part, point, evaluator) for part in node.parts]
    if None in held:
        return None
    match node.kind:
        case "and":
            return all(held)
        case "or":
            return any(held)
        case "not":
            return not held[0]
    return None


def _related(sign: str, difference: Node, point: Point, evaluator: Evaluator) -> bool | None:
    zero = vanishes(difference, point, evaluator)
    if zero is None or sign in ("=", "!="):
        return None if zero is None else zero == (sign == "=")
    if zero:
        return sign in ("<=", ">=")
    try:
        above = evaluator.at(difference, point) > 0
    except (Undefined, OutOfReachError):
        return False
    return bool(above) == (sign in (">", ">="))
