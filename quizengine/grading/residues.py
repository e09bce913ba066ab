"""Rational expressions compared modulo a large prime: an exact test that costs microseconds.

Two rational functions that differ agree at a random point of the field with a chance of at most
their degree over 2^127 (Schwartz, J. ACM 27(4), 1980; Zippel, EUROSAM 1979).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import lru_cache
from hashlib import sha256

from quizengine.errors import UnreadableResponseError
from quizengine.grading.tree import Node
from quizengine.grading.values import decimal_value, evaluate

PRIME = 2**127 - 1
POINTS = 2
MAX_EXPONENT = 1_000_000
#: A point where a denominator vanishes by accident is drawn anew so often.
MAX_DRAWS = 6


class Undefined(Exception):  # noqa: N818 - a value that is not there, not a fault
    """An expression has no value at a point."""


def names_in(node: Node) -> frozenset[str]:
    """Return the names in ``node``, constants among them."""
    return frozenset(found.value for found in walk(node) if found.kind == "name")


def walk(node: Node) -> Iterator[Node]:
    """Yield ``node`` and all that is in it."""
    pending = [node]
    while pending:
        found = pending.pop()
        yield found
        pending.extend(found.parts)


def is_rational(node: Node) -> bool:
    """Whether ``node`` is built of numbers and names by the four operations and whole powers alone.

    pi and e count as names: an identity that holds for every value of them holds for theirs.
    """
    match node.kind:
        case "number":
            return True
        case "name":
            return node.value not in ("oo", "i")
        case "sum" | "product" | "neg" | "over" | "percent":
            return all(map(is_rational, node.parts))
        case "power":
            return is_rational(node.parts[0]) and whole_exponent(node) is not None
    return False


def whole_exponent(node: Node) -> int | None:
    """Return the exponent of a power if it is a whole constant of reasonable size."""
    exponent = constant(node.parts[1])
    if exponent is None or exponent.denominator != 1 or abs(exponent) > MAX_EXPONENT:
        return None
    return int(exponent)


def constant(node: Node) -> Fraction | None:
    """Return the exact value of a node without names; None where it has names or is irrational."""
    if node.kind == "number":
        return decimal_value(node.value)
    if node.kind == "neg":
        inner = constant(node.parts[0])
        return None if inner is None else -inner
    if any(found.kind in ("name", "list", "rows", "relation", "interval") for found in walk(node)):
        return None
    try:
        value = evaluate(node)
    except UnreadableResponseError:
        return None
    return value.number if value.exact else None


def residue(node: Node, point: Mapping[str, int]) -> int:
    """Return the value of a rational expression modulo the prime.

    Raises
    ------
    Undefined
        If a denominator vanishes there.
    """
    match node.kind:
        case "number":
            return _number(node.value)
        case "name":
            return point[node.value] % PRIME
        case "sum":
            return sum(residue(part, point) for part in node.parts) % PRIME
        case "product":
            product = 1
            for part in node.parts:
                product = product * residue(part, point) % PRIME
            return product
        case "neg":
            return -residue(node.parts[0], point) % PRIME
        case "percent":
            return residue(node.parts[0], point) * _HUNDREDTH % PRIME
        case "over":
            return _inverse(residue(node.parts[0], point))
        case _:
            base, exponent = residue(node.parts[0], point), whole_exponent(node) or 0
            if exponent < 0:
                return pow(_inverse(base), -exponent, PRIME)
            if not base and not exponent:
                raise Undefined
            return pow(base, exponent, PRIME)


def _inverse(value: int) -> int:
    if not value:
        raise Undefined
    return pow(value, -1, PRIME)


_HUNDREDTH = pow(100, -1, PRIME)


@lru_cache(maxsize=1024)
def _number(text: str) -> int:
    value = decimal_value(text)
    return value.numerator * pow(value.denominator, -1, PRIME) % PRIME


def residues(*nodes: Node) -> list[tuple[int, ...]] | None:
    """Return the values of the nodes at a few common points; None where one has no value anywhere."""
    names = tuple(sorted(frozenset().union(*map(names_in, nodes))))
    found: list[tuple[int, ...]] = []
    for point in _points(names):
        try:
            found.append(tuple(residue(node, point) for node in nodes))
        except Undefined:
            continue
        if len(found) == POINTS or not names:
            return found
    return None


@lru_cache(maxsize=256)
def _points(names: tuple[str, ...]) -> tuple[Mapping[str, int], ...]:
    """Return points that are the same on every machine.

    Whoever would write an expression that agrees with the key there alone has to know the key.
    """
    return tuple(
        {name: int.from_bytes(sha256(f"{draw} {name}".encode()).digest()[:16], "big") for name in names}
        for draw in range(MAX_DRAWS)
    )
