"""When a typed number is the key: tolerance, typed digits, form."""

from __future__ import annotations

from fractions import Fraction
from math import gcd

from quizengine.grading.tree import Node
from quizengine.grading.typed import Scalar
from quizengine.grading.values import SAME
from quizengine.model.answers import Tolerance, half_unit_of_digit

METRIC_REL = Fraction(5, 1000)
METRIC_DIGITS = 3
#: As near as this to an exact key, a decimal was probably rounded from it.
ROUNDED_REL = Fraction(5, 1000)


def accepting_rule(tolerance: Tolerance, key: Fraction, typed: Scalar) -> str | None:
    """Return the clause of ``tolerance`` by which ``typed`` is ``key``, or None. End points count."""
    distance = abs(typed.number - key)
    if not distance:
        return _rule_at_no_distance(tolerance, typed)
    if not typed.exact and distance <= SAME * (abs(key) or 1):
        return "exact"
    match tolerance.kind:
        case "exact":
            return None
        case "near":
            return "near" if distance <= tolerance.margin(key) else None
        case "metric":
            return _metric_rule(key, typed, distance)
        case "sigfig":
            enough = long_enough(significant_digits(typed.node), tolerance.digits)
            return "sigfig" if enough and distance <= tolerance.margin(key) else None
        case "decimals":
            enough = long_enough(decimals(typed.node), tolerance.digits)
            return "decimals" if enough and distance <= tolerance.margin(key) else None


def _rule_at_no_distance(tolerance: Tolerance, typed: Scalar) -> str | None:
    """Even the exact value must be typed with the digits asked for."""
    if tolerance.kind == "sigfig":
        return "sigfig" if long_enough(significant_digits(typed.node), tolerance.digits) else None
    if tolerance.kind == "decimals":
        return "decimals" if long_enough(decimals(typed.node), tolerance.digits) else None
    return "exact"


def _metric_rule(key: Fraction, typed: Scalar, distance: Fraction) -> str | None:
    if not key:
        return "abs" if distance <= Tolerance(kind="metric").margin(key) else None
    if distance <= METRIC_REL * abs(key):
        return "rel"
    if distance > 2 * METRIC_REL * abs(key):
        return None  # farther than any rounding to three digits
    digits = significant_digits(typed.node)
    if digits is not None and digits >= METRIC_DIGITS and distance <= half_unit_of_digit(key, digits):
        return "rounded"
    return None


def is_rounded(key: Fraction, typed: Scalar) -> bool:
    """Whether ``typed`` looks like ``key`` rounded, where the exact value was wanted."""
    return typed.exact and typed.number != key and abs(typed.number - key) <= ROUNDED_REL * abs(key)


def long_enough(typed_digits: int | None, wanted: int) -> bool:
    """Whether the digits suffice; a fraction or a root (None) is as long as one likes."""
    return typed_digits is None or typed_digits >= wanted


def significant_digits(node: Node) -> int | None:
    """Count the significant digits in the text; None where it is no decimal.

    ``0.050`` has 2, ``0.00`` has 3 (its decimals and one), ``1500`` has 4, the kinder of 2 to 4.
    """
    literal = _literal(node)
    if literal is None:
        return None
    digits = literal.value.partition("e")[0]
    significant = digits.replace(".", "").lstrip("0")
    return len(significant) if significant else len(digits.partition(".")[2]) + 1


def decimals(node: Node) -> int | None:
    """Count the decimals in the text, trailing zeros too; None where it is no decimal."""
    literal = _literal(node)
    if literal is None:
        return None
    digits, _, exponent = literal.value.partition("e")
    shift = int(exponent or 0) + (_power_of_ten(node) or 0) - (2 if _has_percent(node) else 0)
    return max(0, len(digits.partition(".")[2]) - shift)


def _literal(node: Node) -> Node | None:
    """Return the number of ``-1.5``, ``1.5 %`` or ``1.5*10^3``, or None."""
    while node.kind in ("neg", "percent"):
        node = node.parts[0]
    if node.kind == "product" and _power_of_ten(node) is not None:
        node = node.parts[0]
        while node.kind == "neg":
            node = node.parts[0]
    return node if node.kind == "number" else None


def _power_of_ten(node: Node) -> int | None:
    while node.kind in ("neg", "percent"):
        node = node.parts[0]
    if node.kind != "product" or len(node.parts) != 2 or node.parts[1].kind != "power":
        return None
    base, exponent = node.parts[1].parts
    negative = exponent.kind == "neg"
    digits = exponent.parts[0] if negative else exponent
    if base.value != "10" or digits.kind != "number" or not digits.value.isdigit():
        return None
    return -int(digits.value) if negative else int(digits.value)


def _has_percent(node: Node) -> bool:
    while node.kind == "neg":
        node = node.parts[0]
    return node.kind == "percent"


def is_in_lowest_terms(node: Node) -> bool:
    """Whether ``node`` is one quotient of whole numbers without common factor, or a whole number."""
    while node.kind == "neg":
        node = node.parts[0]
    if node.kind == "product" and len(node.parts) == 2 and node.parts[1].kind == "over":
        top, bottom = node.parts[0], node.parts[1].parts[0]
        while top.kind == "neg":
            top = top.parts[0]
        if not (_is_whole(top) and _is_whole(bottom)):
            return False
        return int(bottom.value) > 1 and gcd(int(top.value), int(bottom.value)) == 1
    return _is_whole(node)


def _is_whole(node: Node) -> bool:
    return node.kind == "number" and node.value.isdigit()
