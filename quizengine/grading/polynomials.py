"""Rational expressions as quotients of polynomials with exact coefficients, within limits.

FLINT does the algebra. It cannot be interrupted, so the size of each result is bounded before it is
computed; what is beyond the limits is not answered.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from math import comb, lcm
from typing import Any, NamedTuple

import flint

from quizengine.grading.residues import is_rational, names_in, whole_exponent
from quizengine.grading.tree import Node
from quizengine.grading.values import decimal_value

MAX_NAMES = 4
MAX_DEGREE = 40
MAX_TERMS = 1_000
#: Factorising is dearer than multiplying.
MAX_FACTOR_DEGREE = 16
MAX_FACTOR_TERMS = 200
MAX_COEFFICIENT_BITS = 2_000

Polynomial = Any
"""A ``flint.fmpq_mpoly``."""


class TooLargeError(Exception):
    """A polynomial is beyond the limits."""


class Quotient(NamedTuple):
    """A numerator over a denominator that is not 0."""

    top: Polynomial
    bottom: Polynomial


@lru_cache(maxsize=64)
def ring(names: tuple[str, ...]) -> Any:
    """Return the ring of polynomials in these names."""
    return flint.fmpq_mpoly_ctx.get(names, flint.Ordering.lex)


def ring_of(nodes: Sequence[Node]) -> Any | None:
    """Return a ring that holds the nodes, or None where they are no rational expressions in few names."""
    names = tuple(sorted(frozenset().union(*map(names_in, nodes))))
    if len(names) > MAX_NAMES or not all(map(is_rational, nodes)):
        return None
    return ring(names or ("x",))


def quotient(node: Node, home: Any) -> Quotient:
    """Return a rational expression as one quotient.

    Raises
    ------
    TooLargeError
        If it is beyond the limits.
    ZeroDivisionError
        If it divides by zero.
    """
    match node.kind:
        case "number":
            value = decimal_value(node.value)
            return Quotient(home.constant(flint.fmpq(value.numerator, value.denominator)), home.constant(1))
        case "name":
            return Quotient(home.gen(home.variable_to_index(node.value)), home.constant(1))
        case "neg":
            top, bottom = quotient(node.parts[0], home)
            return Quotient(-top, bottom)
        case "percent":
            top, bottom = quotient(node.parts[0], home)
            return Quotient(top / 100, bottom)
        case "over":
            top, bottom = quotient(node.parts[0], home)
            if top == 0:
                raise ZeroDivisionError
            return Quotient(bottom, top)
        case "sum":
            total = quotient(node.parts[0], home)
            for part in node.parts[1:]:
                total = _added(total, quotient(part, home))
            return total
        case "product":
            total = quotient(node.parts[0], home)
            for part in node.parts[1:]:
                factor = quotient(part, home)
                total = Quotient(_times(total.top, factor.top), _times(total.bottom, factor.bottom))
            return total
        case _:
            return _power(quotient(node.parts[0], home), whole_exponent(node) or 0)


def _added(one: Quotient, two: Quotient) -> Quotient:
    if one.bottom == two.bottom:
        return Quotient(one.top + two.top, one.bottom)
    top = _times(one.top, two.bottom) + _times(two.top, one.bottom)
    return Quotient(top, _times(one.bottom, two.bottom))


def _power(base: Quotient, exponent: int) -> Quotient:
    if exponent < 0:
        if base.top == 0:
            raise ZeroDivisionError
        base, exponent = Quotient(base.bottom, base.top), -exponent
    return Quotient(_raised(base.top, exponent), _raised(base.bottom, exponent))


def _raised(base: Polynomial, exponent: int) -> Polynomial:
    terms = max(1, len(base))
    bits = exponent * _coefficient_bits(base)
    if total_degree(base) * exponent > MAX_DEGREE or bits > MAX_COEFFICIENT_BITS:
        raise TooLargeError
    if terms > 1 and comb(exponent + terms - 1, terms - 1) > MAX_TERMS:
        raise TooLargeError
    return base**exponent


def _times(one: Polynomial, two: Polynomial) -> Polynomial:
    if len(one) * len(two) > MAX_TERMS or total_degree(one) + total_degree(two) > MAX_DEGREE:
        raise TooLargeError
    if _coefficient_bits(one) + _coefficient_bits(two) > MAX_COEFFICIENT_BITS:
        raise TooLargeError
    return one * two


def _coefficient_bits(polynomial: Polynomial) -> int:
    return max((int(c.p).bit_length() + int(c.q).bit_length() for c in polynomial.coeffs()), default=0)


def total_degree(polynomial: Polynomial) -> int:
    """Return the total degree, 0 for a constant."""
    return max(0, int(polynomial.total_degree())) if polynomial != 0 else 0


def factors(polynomial: Polynomial) -> list[tuple[Polynomial, int]]:
    """Return the irreducible factors over the rationals, each with its power.

    Raises
    ------
    TooLargeError
        If the polynomial is too large to be factorised at once.
    """
    if total_degree(polynomial) > MAX_FACTOR_DEGREE or len(polynomial) > MAX_FACTOR_TERMS:
        raise TooLargeError
    return [(factor, int(power)) for factor, power in polynomial.factor()[1]]


def radical(polynomial: Polynomial) -> Polynomial:
    """Return the product of the different factors, with leading coefficient 1: what vanishes where it does.

    Raises
    ------
    TooLargeError
        If the polynomial is too large to be factorised at once.
    """
    if total_degree(polynomial) > MAX_FACTOR_DEGREE or len(polynomial) > MAX_FACTOR_TERMS:
        raise TooLargeError
    product = polynomial.context().constant(1)
    for factor, _ in polynomial.factor_squarefree()[1]:
        product = product * factor
    return product / product.leading_coefficient()


def to_node(polynomial: Polynomial) -> Node:
    """Return a polynomial as a tree, its coefficients made whole by a constant factor."""
    names = polynomial.context().names()
    scale = lcm(*(int(c.q) for c in polynomial.coeffs()))
    terms = tuple(
        _term(int((coefficient * scale).p), zip(names, powers, strict=True))
        for powers, coefficient in polynomial.terms()
    )
    return terms[0] if len(terms) == 1 else Node("sum", "", terms)


def _term(coefficient: int, powers: Iterable[tuple[str, int]]) -> Node:
    number = Node("number", str(abs(coefficient)))
    factors_of = [Node("neg", "", (number,)) if coefficient < 0 else number]
    factors_of += [
        Node("power", "", (Node("name", name), Node("number", str(power)))) for name, power in powers if power
    ]
    return factors_of[0] if len(factors_of) == 1 else Node("product", "", tuple(factors_of))


def never_vanishes(polynomial: Polynomial) -> bool:
    """Whether a polynomial has no real zero that could be: even powers of one sign, or no real root."""
    terms = list(polynomial.terms())
    if len({coefficient > 0 for _, coefficient in terms}) == 1:
        all_even = all(power % 2 == 0 for powers, _ in terms for power in powers)
        return all_even and any(not any(powers) for powers, _ in terms)
    return polynomial.context().nvars() == 1 and not real_roots(polynomial)


def reduced(fraction: Quotient) -> Quotient:
    """Return the quotient without common factors."""
    common = fraction.top.gcd(fraction.bottom)
    if common == 0:
        return fraction
    return Quotient(fraction.top / common, fraction.bottom / common)


def real_roots(polynomial: Polynomial) -> list[Any]:
    """Return the real roots of a polynomial in one variable, as balls.

    Raises
    ------
    TooLargeError
        If it is too large.
    """
    home = polynomial.context()
    if home.nvars() != 1 or polynomial == 0:
        raise TooLargeError
    found = []
    for factor, _ in factors(polynomial):
        coefficients = [factor[(power,)] for power in range(total_degree(factor) + 1)]
        if len(coefficients) == 2:
            found.append(flint.arb(-coefficients[0] / coefficients[1]))
            continue
        flat = flint.fmpq_poly(coefficients)
        roots: Any = flat.numer().complex_roots()
        found += [root.real for root, _ in roots if root.imag.contains(flint.arb(0))]
    return found
