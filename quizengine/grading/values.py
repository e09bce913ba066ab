"""The value of a tree: exact where it is rational, else 60 digits as a fraction.

The size of every result is estimated before it is computed, so that no text can
keep the server busy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import lru_cache
from math import ceil, comb, factorial, floor, isqrt
from typing import Any, NamedTuple

from quizengine.errors import UnreadableResponseError
from quizengine.grading.tree import Node

MAX_BITS = 20_000
MAX_FACTORIAL = 1_500
MAX_BINOMIAL = 2_000
MAX_ANGLE = 1_000_000
MAX_ROOT = 64
DIGITS = 60
_BITS = 220

#: Two irrational values that agree this far, relative to their size, are the same.
SAME = Fraction(1, 10**30)


class Value(NamedTuple):
    """A number, and whether it is exact or 60 digits of an irrational one."""

    number: Fraction
    exact: bool = True


def evaluate(node: Node) -> Value:
    """Return the value of ``node``.

    Raises
    ------
    UnreadableResponseError
        If it has no real value, is too large to work with, or holds what is not a number.
    """
    match node.kind:
        case "number":
            return Value(decimal_value(node.value))
        case "name":
            return _constant(node)
        case "sum":
            return _total(node)
        case "product":
            return _product(node)
        case "neg":
            number, exact = evaluate(node.parts[0])
            return Value(-number, exact)
        case "percent":
            number, exact = evaluate(node.parts[0])
            return Value(number / 100, exact)
        case "power":
            return _power(evaluate(node.parts[0]), evaluate(node.parts[1]), node)
        case "call":
            return _call(node)
        case "list" | "rows":
            raise UnreadableResponseError(
                "One number is wanted here, and this is a list.", node.start, node.end
            )
        case "relation":
            raise UnreadableResponseError("Give the value alone, without an equation.", node.start, node.end)
    raise UnreadableResponseError("One number is wanted here.", node.start, node.end)


@lru_cache(maxsize=1024)
def decimal_value(text: str) -> Fraction:
    """Return the exact value of a number as a tree writes it: ``1000.50``, ``1e-3``."""
    digits, _, exponent = text.partition("e")
    whole, _, decimals = digits.partition(".")
    power = int(exponent or 0) - len(decimals)
    size = int(whole + decimals)
    return Fraction(size * 10**power) if power >= 0 else Fraction(size, 10**-power)


def _constant(node: Node) -> Value:
    if node.value == "pi":
        return Value(_from_mp(_mp().pi + 0), exact=False)
    if node.value == "e":
        return Value(_from_mp(_mp().e + 0), exact=False)
    if node.value == "oo":
        raise UnreadableResponseError("Infinity is not a value here.", node.start, node.end)
    raise UnreadableResponseError(f"{node.value} is not a number.", node.start, node.end)


def _total(node: Node) -> Value:
    number, exact = evaluate(node.parts[0])
    for part in node.parts[1:]:
        term = evaluate(part)
        _check_bits(_bits(number) + _bits(term.number), node)
        number += term.number
        exact = exact and term.exact
    return _rounded(number, exact)


def _product(node: Node) -> Value:
    number, exact = evaluate(node.parts[0])
    for part in node.parts[1:]:
        over = part.kind == "over"
        factor = evaluate(part.parts[0] if over else part)
        _check_bits(_bits(number) + _bits(factor.number), node)
        if over and not factor.number:
            raise UnreadableResponseError("A quotient by 0 has no value.", node.start, node.end)
        number = number / factor.number if over else number * factor.number
        exact = exact and factor.exact
    return _rounded(number, exact)


def _bits(number: Fraction) -> int:
    return number.numerator.bit_length() + number.denominator.bit_length()


def _check_bits(bits: int, node: Node) -> None:
    if bits > 2 * MAX_BITS:
        raise _too_large(node)


def _too_large(node: Node) -> UnreadableResponseError:
    return UnreadableResponseError("This is too large to work with.", node.start, node.end)


def _no_value(node: Node) -> UnreadableResponseError:
    return UnreadableResponseError("This has no real value.", node.start, node.end)


def _rounded(number: Fraction, exact: bool) -> Value:
    """Cut an irrational value to 220 bits, so that long chains stay small."""
    if exact or _bits(number) <= 2 * _BITS:
        return Value(number, exact)
    return Value(_cut(number), exact=False)


def _cut(number: Fraction) -> Fraction:
    shift = _BITS - number.numerator.bit_length() + number.denominator.bit_length()
    if shift >= 0:
        return Fraction((number.numerator << shift) // number.denominator, 1 << shift)
    return Fraction(number.numerator // (number.denominator << -shift) << -shift)


# Powers and roots


def _power(base: Value, exponent: Value, node: Node) -> Value:
    if not base.number and exponent.number <= 0:
        what = "0^0 has no agreed value." if not exponent.number else "A quotient by 0 has no value."
        raise UnreadableResponseError(what, node.start, node.end)
    if abs(exponent.number) * _magnitude(base.number) > MAX_BITS:
        raise _too_large(node)
    if exponent.number.denominator == 1 and exponent.exact:
        return _rounded(base.number ** int(exponent.number), base.exact)
    if base.number < 0:
        raise _no_value(node)
    if base.exact and exponent.exact and exponent.number.denominator <= MAX_ROOT:
        root = _exact_root(base.number, exponent.number.denominator)
        if root is not None:
            return Value(root**exponent.number.numerator)
    mp = _mp()
    return Value(_from_mp(mp.power(_to_mp(base.number), _to_mp(exponent.number))), exact=False)


def _magnitude(number: Fraction) -> int:
    """Return how many bits one factor of ``number`` adds to a power, at most."""
    return max(number.numerator.bit_length(), number.denominator.bit_length())


def _exact_root(number: Fraction, degree: int) -> Fraction | None:
    """Return the ``degree``-th root of a number that is not negative, if it is rational."""
    top = _integer_root(number.numerator, degree)
    bottom = _integer_root(number.denominator, degree)
    if top**degree != number.numerator or bottom**degree != number.denominator:
        return None
    return Fraction(top, bottom)


def _integer_root(number: int, degree: int) -> int:
    """Return the whole part of a root, by Newton's method on integers."""
    if degree == 2:
        return isqrt(number)
    if number < 2:
        return number
    guess = 1 << -(-number.bit_length() // degree)
    while True:
        better = ((degree - 1) * guess + number // guess ** (degree - 1)) // degree
        if better >= guess:
            return guess
        guess = better


def _root(value: Value, degree: int, node: Node) -> Value:
    if value.number < 0:
        if degree % 2 == 0:
            raise _no_value(node)
        number, exact = _root(Value(-value.number, value.exact), degree, node)
        return Value(-number, exact)
    root = _exact_root(value.number, degree) if value.exact else None
    if root is not None:
        return Value(root)
    if not value.number:
        return value
    return Value(_from_mp(_mp().root(_to_mp(value.number), degree)), exact=False)


# Functions


def _call(node: Node) -> Value:
    arguments = [evaluate(part) for part in node.parts]
    first = arguments[0]
    match node.value:
        case "sqrt":
            return _root(first, 2, node)
        case "cbrt":
            return _root(first, 3, node)
        case "root":
            degree = arguments[1].number
            if degree.denominator != 1 or not 2 <= degree <= MAX_ROOT:
                raise _no_value(node)
            return _root(first, int(degree), node)
        case "abs":
            return Value(abs(first.number), first.exact)
        case "floor":
            return Value(Fraction(floor(first.number)), first.exact)
        case "ceil":
            return Value(Fraction(ceil(first.number)), first.exact)
        case "sign":
            return Value(Fraction((first.number > 0) - (first.number < 0)))
        case "max" | "min":
            return (max if node.value == "max" else min)(arguments)
        case "logbase":
            return _logarithm_to(first.number, arguments[1].number, node)
        case "factorial":
            return Value(Fraction(factorial(_whole(first, MAX_FACTORIAL, node))))
        case "binomial":
            n, k = _whole(first, MAX_BINOMIAL, node), _whole(arguments[1], MAX_BINOMIAL, node)
            return Value(Fraction(comb(n, k)))
    return _transcendental(node.value, first.number, node)


def _whole(value: Value, greatest: int, node: Node) -> int:
    if value.number.denominator != 1 or value.number < 0:
        raise UnreadableResponseError(
            "Only whole numbers from 0 on can be counted with.", node.start, node.end
        )
    if value.number > greatest:
        raise _too_large(node)
    return int(value.number)


_LOGARITHMS: Mapping[str, int] = {"ln": 0, "log10": 10, "log2": 2}
_MP_NAMES = {"ln": "log"}


def _transcendental(name: str, number: Fraction, node: Node) -> Value:
    mp = _mp()
    if name in _LOGARITHMS:
        if number <= 0:
            raise _no_value(node)
        return _logarithm(name, number)
    if name in ("exp", "sinh", "cosh") and abs(number) > MAX_BITS // 2:
        raise _too_large(node)
    if abs(number) > MAX_ANGLE:
        raise _too_large(node)
    function: Callable[[Any], Any] = getattr(mp, name)
    try:
        result = function(_to_mp(number))
    except (ZeroDivisionError, ValueError, OverflowError):
        # mpmath says so at the poles of cot, sec, csc and atanh.
        raise _no_value(node) from None
    if not mp.isfinite(result) or mp.im(result) != 0:
        raise _no_value(node)
    value = _from_mp(mp.re(result))
    return Value(value, exact=not number and value.denominator == 1)


def _logarithm(name: str, number: Fraction) -> Value:
    base = _LOGARITHMS[name]
    return _whole_logarithm(number, Fraction(base)) if base else Value(_ln(number), exact=number == 1)


def _logarithm_to(number: Fraction, base: Fraction, node: Node) -> Value:
    if number <= 0 or base <= 0 or base == 1:
        raise _no_value(node)
    return _whole_logarithm(number, base)


def _ln(number: Fraction) -> Fraction:
    return _from_mp(_mp().log(_to_mp(number)))


def _whole_logarithm(number: Fraction, base: Fraction) -> Value:
    result = _ln(number) / _ln(base)
    nearest = round(result)
    if abs(nearest) * _magnitude(base) <= MAX_BITS and base**nearest == number:
        return Value(Fraction(nearest))
    return Value(_cut(result), exact=number == 1)


@lru_cache(maxsize=1)
def _mp() -> Any:
    """Return our own context of mpmath: its precision is set once, so threads cannot disturb it."""
    from mpmath.ctx_mp import MPContext  # noqa: PLC0415 (most answers are rational and need no mpmath)

    context = MPContext()
    context.dps = DIGITS
    return context


def _to_mp(number: Fraction) -> Any:
    return _mp().mpf(number.numerator) / number.denominator


def _from_mp(value: Any) -> Fraction:
    sign, mantissa, exponent, _ = value._mpf_
    number = Fraction(int(mantissa) << exponent) if exponent >= 0 else Fraction(int(mantissa), 1 << -exponent)
    return -number if sign else number
