"""Expressions evaluated in ball arithmetic: every value comes with a bound on its error.

The balls are those of FLINT (Johansson, IEEE Trans. Comput. 66(8), 2017), so that "these two
differ" is proven wherever it is said, and agreement is known to some fifty digits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import flint

from quizengine.grading.residues import Undefined, constant
from quizengine.grading.tree import Node
from quizengine.grading.values import MAX_BINOMIAL, MAX_FACTORIAL, decimal_value

BITS = 192
#: An expression far from these sizes has values that nobody can compare by points.
MAX_LOGARITHM = 100_000
MAX_ROOT = 64
#: Node evaluations that one comparison may cost.
MAX_EVALUATIONS = 60_000

# Set once for the process and never changed, so that threads cannot disturb each other.
flint.ctx.prec = BITS

Ball = Any
"""A ``flint.arb`` or, where the imaginary unit occurs, a ``flint.acb``."""


class OutOfReachError(Exception):
    """A value is so large that it is not computed: nothing is known of it."""


class OutOfBudgetError(Exception):
    """A comparison took more evaluations than it may."""


def ball(number: Fraction | int) -> Ball:
    """Return a number as a ball."""
    return flint.arb(flint.fmpq(number.numerator, number.denominator))


_PI = flint.arb.pi()
_E = flint.arb.const_e()
_I = flint.acb(0, 1)
_CONSTANTS = {"pi": _PI, "e": _E, "i": _I}
_FUNCTIONS = {
    "exp": "exp", "sin": "sin", "cos": "cos", "tan": "tan", "cot": "cot", "sec": "sec", "csc": "csc",
    "asin": "asin", "acos": "acos", "atan": "atan", "sinh": "sinh", "cosh": "cosh", "tanh": "tanh",
    "coth": "coth", "sech": "sech", "csch": "csch", "asinh": "asinh", "acosh": "acosh", "atanh": "atanh",
}  # fmt: skip
_LOGARITHMS = {"ln": None, "log10": flint.arb(10).log(), "log2": flint.arb(2).log()}


class Evaluator:
    """Values at points, with one budget for all of them; ``complex_values`` lets roots of -1 have one."""

    def __init__(self, budget: int = MAX_EVALUATIONS, *, complex_values: bool = False) -> None:
        self.left = budget
        self.ball = (lambda number: flint.acb(ball(number))) if complex_values else ball
        self.complex_values = complex_values

    def at(self, node: Node, point: Mapping[str, Ball]) -> Ball:
        """Return the value of ``node``.

        Raises
        ------
        Undefined
            If it has no real (or, with the imaginary unit, complex) value there.
        OutOfReachError
            If the value, or one on the way to it, is far too large.
        OutOfBudgetError
            If the budget is spent.
        """
        self.left -= 1
        if self.left < 0:
            raise OutOfBudgetError
        match node.kind:
            case "number":
                return self.ball(decimal_value(node.value))
            case "name":
                return self._name(node.value, point)
            case "sum":
                total = self.at(node.parts[0], point)
                for part in node.parts[1:]:
                    total = total + self.at(part, point)
                return total
            case "product":
                return self._product(node, point)
            case "neg":
                return -self.at(node.parts[0], point)
            case "percent":
                return self.at(node.parts[0], point) / 100
            case "power":
                return self._power(node, point)
            case "call":
                return finite(self._call(node, point))
        raise Undefined

    def _name(self, name: str, point: Mapping[str, Ball]) -> Ball:
        if name in point:
            return flint.acb(point[name]) if self.complex_values else point[name]
        if name in _CONSTANTS:
            return _CONSTANTS[name]
        raise Undefined

    def _product(self, node: Node, point: Mapping[str, Ball]) -> Ball:
        product = self.at(node.parts[0], point)
        for part in node.parts[1:]:
            if part.kind == "over":
                product = finite(product / self.at(part.parts[0], point))
            else:
                product = product * self.at(part, point)
        return product

    def _power(self, node: Node, point: Mapping[str, Ball]) -> Ball:
        base = self.at(node.parts[0], point)
        exponent = constant(node.parts[1])
        if exponent is not None:
            return finite(_constant_power(base, exponent))
        power = self.at(node.parts[1], point)
        whole = power.unique_fmpz() if isinstance(power, flint.arb) and power.is_exact() else None
        if whole is not None:
            return finite(_constant_power(base, Fraction(int(whole))))
        if isinstance(base, flint.arb):
            if not base > 0:
                raise Undefined
            _check_size(power * base.log())
        return finite(base**power)

    def _call(self, node: Node, point: Mapping[str, Ball]) -> Ball:
        arguments = [self.at(part, point) for part in node.parts]
        first, name = arguments[0], node.value
        match name:
            case "sqrt":
                return _root(first, 2)
            case "cbrt":
                return _root(first, 3)
            case "root":
                return _root_of_degree(first, constant(node.parts[1]), arguments[1])
            case "abs":
                return abs(first)
            case "floor" | "ceil":
                return _step(first, name)
            case "factorial":
                return _factorial(first)
            case "logbase":
                return _logarithm(first, "ln") / _logarithm(arguments[1], "ln")
        if name in _OF_REALS:
            return _of_reals(name, arguments)
        if name in _LOGARITHMS:
            return _logarithm(first, name)
        if name in ("exp", "sinh", "cosh"):
            _check_size(first)
        return getattr(first, _FUNCTIONS[name])()


def finite(value: Ball) -> Ball:
    """Return a value, unless it is none.

    Raises
    ------
    Undefined
        If the ball is not bounded: a pole, a root of a negative number, an overflow.
    """
    if not value.is_finite():
        raise Undefined
    return value


def _check_size(logarithm: Ball) -> None:
    size = logarithm if isinstance(logarithm, flint.arb) else logarithm.real
    if not abs(size) < MAX_LOGARITHM:
        raise OutOfReachError


def _constant_power(base: Ball, exponent: Fraction) -> Ball:
    if base == 0:
        if exponent <= 0:
            raise Undefined
        return base
    if isinstance(base, flint.arb) and not base.contains(flint.arb(0)):
        _check_size(ball(exponent) * abs(base).log())
    elif abs(exponent) > MAX_LOGARITHM:
        raise OutOfReachError
    if exponent.denominator == 1:
        return base ** flint.fmpz(exponent.numerator)
    if isinstance(base, flint.arb) and exponent.denominator <= MAX_ROOT:
        return _root(base, exponent.denominator) ** flint.fmpz(exponent.numerator)
    return base ** ball(exponent)


def _root(value: Ball, degree: int) -> Ball:
    """Return a real root: an odd one of a negative number is negative."""
    if not isinstance(value, flint.arb):
        return value.sqrt() if degree == 2 else value ** (ball(Fraction(1, degree)))
    if value.contains(flint.arb(0)):
        # Zero up to rounding: what would be left of an exact zero.
        value = value.nonnegative_part() if degree % 2 == 0 else value
        return value.root(degree) if value >= 0 else flint.arb(0)
    if value < 0:
        if degree % 2 == 0:
            raise Undefined
        return -((-value).root(degree))
    return value.root(degree)


def _step(value: Ball, name: str) -> Ball:
    if not isinstance(value, flint.arb):
        raise Undefined
    whole = value.unique_fmpz()
    if whole is not None:
        # The ball straddles a whole number, as rounding leaves it: that number is meant.
        return flint.arb(whole)
    return value.floor() if name == "floor" else value.ceil()


def _root_of_degree(value: Ball, degree: Fraction | None, written: Ball) -> Ball:
    if degree is None and isinstance(value, flint.arb) and value > 0:
        return value ** (1 / written)
    if degree is None or degree.denominator != 1 or not 2 <= degree <= MAX_ROOT:
        raise Undefined
    return _root(value, int(degree))


def _of_reals(name: str, values: list[Ball]) -> Ball:
    if not all(isinstance(value, flint.arb) for value in values):
        raise Undefined
    return _OF_REALS[name](*values)


def _factorial(value: Ball) -> Ball:
    """Return x! = gamma(x + 1), so that (n + 1)! = (n + 1) n! holds wherever both have a value."""
    if not isinstance(value, flint.arb):
        raise Undefined
    if not abs(value) < MAX_FACTORIAL:
        raise OutOfReachError
    return (value + 1).gamma()


def _binomial(n: Ball, k: Ball) -> Ball:
    if not (abs(n) < MAX_BINOMIAL and abs(k) < MAX_BINOMIAL):
        raise OutOfReachError
    # 1/gamma has no poles: there is no way to choose more than there are, or fewer than none.
    return (n + 1).gamma() * (k + 1).rgamma() * (n - k + 1).rgamma()


_OF_REALS: Mapping[str, Callable[..., Ball]] = {
    "sign": flint.arb.sgn,
    "max": flint.arb.max,
    "min": flint.arb.min,
    "binomial": _binomial,
}


def _logarithm(value: Ball, name: str) -> Ball:
    if isinstance(value, flint.arb) and not value > 0:
        raise Undefined
    base = _LOGARITHMS[name]
    return value.log() if base is None else value.log() / base
