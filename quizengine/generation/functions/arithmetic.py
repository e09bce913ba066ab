"""Numbers: rounding, roots, logarithms, counting."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import sympy

from quizengine.errors import ExpressionError
from quizengine.generation.values import (
    MAX_BITS,
    checked_places,
    exact,
    notation,
    plain,
    rounded,
    symbolic,
)

MAX_FACTORIAL = 1_000


def abs_(value: Any) -> Any:
    """Absolute value.

    >>> abs_(-3)
    3
    """
    return plain(abs(value))


def round_half_up(value: Any, places: int = 0) -> Any:
    """Round half away from zero to ``places`` decimals, exactly.

    >>> round_half_up(Fraction(5, 2)), round_half_up(0.125, 2)
    (3, Fraction(13, 100))
    """
    return plain(rounded(value, places))


def round_(value: Any, places: int = 0) -> Any:
    """Round half away from zero: the same as ``round_half_up``.

    >>> round_(2.5)
    3
    """
    return round_half_up(value, places)


def ceil(value: Any) -> int:
    """Return the smallest whole number that is not below ``value``.

    >>> ceil(Fraction(7, 2))
    4
    """
    return math.ceil(exact(value))


def floor(value: Any) -> int:
    """Return the greatest whole number that is not above ``value``.

    >>> floor(Fraction(-7, 2))
    -4
    """
    return math.floor(exact(value))


def sqrt(value: Any) -> Any:
    """Square root: exact where it is rational, else symbolic.

    >>> sqrt(Fraction(9, 4)), sqrt(2)
    (Fraction(3, 2), sqrt(2))
    """
    return plain(sympy.sqrt(symbolic(value)))


def log(value: Any, base: Any = None) -> Any:
    """Natural logarithm, or the one to ``base``; exact where it is rational, else symbolic.

    >>> log(8, 2), log(1)
    (3, 0)
    """
    value = symbolic(value)
    return plain(sympy.log(value) if base is None else sympy.log(value, symbolic(base)))


def log2(value: Any) -> Any:
    """Logarithm to base 2.

    >>> log2(Fraction(1, 8))
    -3
    """
    return log(value, 2)


def log10(value: Any) -> Any:
    """Logarithm to base 10.

    >>> log10(1000)
    3
    """
    return log(value, 10)


def exp(value: Any) -> Any:
    """Exponential function, symbolic unless the argument is 0 or a float.

    >>> exp(0)
    1
    """
    value = plain(value)
    return math.exp(value) if isinstance(value, float) else plain(sympy.exp(symbolic(value)))


def sigmoid(value: Any) -> Any:
    """Logistic function ``1 / (1 + exp(-value))``.

    >>> sigmoid(0)
    Fraction(1, 2)
    """
    value = plain(value)
    if isinstance(value, float):
        return 1 / (1 + math.exp(-value))
    return plain(1 / (1 + sympy.exp(-symbolic(value))))


def tanh(value: Any) -> Any:
    """Hyperbolic tangent.

    >>> tanh(0)
    0
    """
    return plain(sympy.tanh(symbolic(value)))


def number(value: Any) -> float:
    """Turn an exact or symbolic number into a float, for functions that want one.

    >>> number(Fraction(1, 4))
    0.25
    """
    return float(exact(value))


def fraction(top: Any, bottom: Any = 1) -> Any:
    """Return the exact quotient.

    >>> fraction(2, 6)
    Fraction(1, 3)
    """
    bottom = exact(bottom)
    if bottom == 0:
        raise ExpressionError("a fraction needs a denominator that is not 0")
    return plain(exact(top) / bottom)


def numerator(value: Any) -> int:
    """Return the numerator in lowest terms.

    >>> numerator(Fraction(2, 6))
    1
    """
    return exact(value).numerator


def denominator(value: Any) -> int:
    """Return the denominator in lowest terms.

    >>> denominator(Fraction(2, 6))
    3
    """
    return exact(value).denominator


def gcd(one: int, other: int) -> int:
    """Greatest common divisor.

    >>> gcd(12, 18)
    6
    """
    return math.gcd(int(one), int(other))


def lcm(one: int, other: int) -> int:
    """Least common multiple.

    >>> lcm(4, 6)
    12
    """
    return math.lcm(int(one), int(other))


def factorial(n: int) -> int:
    """Return ``n!`` for n from 0 to 1000.

    >>> factorial(5)
    120
    """
    if not 0 <= n <= MAX_FACTORIAL:
        raise ExpressionError(f"factorial takes 0 to {MAX_FACTORIAL}")
    return math.factorial(n)


def binomial(n: int, k: int) -> int:
    """Return how many ways there are to choose ``k`` of ``n`` things.

    >>> binomial(5, 2)
    10
    """
    if not 0 <= n <= MAX_FACTORIAL:
        raise ExpressionError(f"binomial takes n from 0 to {MAX_FACTORIAL}")
    return math.comb(n, k) if 0 <= k <= n else 0


def permutations(n: int, k: int) -> int:
    """Return how many ordered choices of ``k`` of ``n`` things there are.

    >>> permutations(5, 2)
    20
    """
    if not 0 <= n <= MAX_FACTORIAL:
        raise ExpressionError(f"permutations takes n from 0 to {MAX_FACTORIAL}")
    return math.perm(n, k) if 0 <= k <= n else 0


def significant(value: Any, digits: int = 3) -> Any:
    """Round to so many significant digits.

    >>> significant(1234.5, 2), significant(Fraction(1, 300), 2)
    (1200, Fraction(33, 10000))
    """
    size = exact(value)
    if size == 0:
        return 0
    exponent = math.floor(math.log10(abs(size)))
    unit = Fraction(10) ** (exponent + 1 - checked_places(digits))
    return plain(rounded(size / unit, 0) * unit if abs(exponent) < MAX_BITS else size)


def is_whole(value: Any) -> bool:
    """Whether the value is a whole number.

    >>> is_whole(Fraction(4, 2)), is_whole(Fraction(1, 2))
    (True, False)
    """
    return exact(value).denominator == 1


def decimals_of(value: Any) -> int:
    """Return how many decimals the value has, or 99 where it never ends.

    >>> decimals_of(Fraction(1, 8)), decimals_of(Fraction(1, 3))
    (3, 99)
    """
    size = exact(value)
    return next((places for places in range(20) if (size * 10**places).denominator == 1), 99)


def symbol(name: str) -> Any:
    """Return a symbol for an expression, such as ``symbol("x")``.

    >>> symbol("x") + 1
    x + 1
    """
    if not (name.isascii() and name.isidentifier() and len(name) <= 20):
        raise ExpressionError("a symbol is a short word of letters, digits and _")
    return sympy.Symbol(name)


def notation_(value: Any) -> str:
    """Write an expression as a person types it, to build equations and intervals as texts.

    >>> notation_(2 * symbol("x") ** 2 + 1)
    '2*x**2 + 1'
    """
    return notation(value)


def derivative(expression: Any, variable: Any) -> Any:
    """Return the derivative of a symbolic expression.

    >>> derivative(symbol("x") ** 2, symbol("x"))
    2*x
    """
    return plain(sympy.diff(symbolic(expression), symbolic(variable)))


def at(expression: Any, variable: Any, value: Any) -> Any:
    """Return a symbolic expression with ``value`` put in for ``variable``.

    >>> at(symbol("x") ** 2, symbol("x"), 3)
    9
    """
    return plain(symbolic(expression).subs(symbolic(variable), symbolic(value)))


def bit_length(value: int) -> int:
    """Return how many binary digits a whole number has.

    >>> bit_length(7), bit_length(8)
    (3, 4)
    """
    return int(exact(value)).bit_length()
