"""Numbers written down: as a person would, and in every notation that a tolerance lets through."""
# ruff: noqa: RUF001 (the signs that people type, not slips of ours)

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction

from quizengine.grading.characters import SUPERSCRIPTS, VULGAR_FRACTIONS
from quizengine.model.answers import Tolerance, half_unit_of_digit

SHOWN_DIGITS = 4
MAX_SHOWN_DECIMALS = 6
MAX_SHOWN_DENOMINATOR = 100_000
#: Enough digits to come within any tolerance that is not exact.
MAX_DIGITS = 40


_SUPERSCRIPT_OF = {plain: char for char, plain in SUPERSCRIPTS.items()}
VULGAR_OF = {plain: char for char, plain in VULGAR_FRACTIONS.items()}


def decimal_places(value: Fraction) -> int | None:
    """Return how many decimals write ``value`` exactly, or None if no number of them does.

    >>> decimal_places(Fraction(3, 40)), decimal_places(Fraction(1, 3))
    (3, None)
    """
    rest, twos, fives = value.denominator, 0, 0
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    return max(twos, fives) if rest == 1 else None


def fixed(value: Fraction, places: int) -> str:
    """Write ``value`` with ``places`` decimals, halves away from zero.

    >>> fixed(Fraction(-1, 8), 2)
    '-0.13'
    """
    scaled = abs(value) * 10**places
    units = int(scaled) + (1 if scaled - int(scaled) >= Fraction(1, 2) else 0)
    digits = str(units).zfill(places + 1)
    sign = "-" if value < 0 and units else ""
    return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else sign + digits


def places_for(value: Fraction, digits: int) -> int:
    """Return the decimals with which ``value`` has ``digits`` significant digits, at least 0."""
    unit = half_unit_of_digit(value, digits) * 2
    places = 0
    while unit < 1:
        unit, places = unit * 10, places + 1
    return places


def ratio(value: Fraction) -> str:
    """Write ``value`` as ``p/q`` or a whole number."""
    return f"{value.numerator}/{value.denominator}" if value.denominator != 1 else str(value.numerator)


def ratio_latex(value: Fraction) -> str:
    """Write ``value`` as a fraction in LaTeX, or as a whole number."""
    if value.denominator == 1:
        return str(value.numerator)
    sign = "-" if value < 0 else ""
    return rf"{sign}\frac{{{abs(value.numerator)}}}{{{value.denominator}}}"


def shown(value: Fraction, tolerance: Tolerance, as_ratio: Callable[[Fraction], str]) -> str:
    """Write a key as a person would: whole, a short decimal, a small fraction, else rounded."""
    places = decimal_places(value)
    if tolerance.kind == "decimals":
        return fixed(value, tolerance.digits)
    if tolerance.kind == "sigfig":
        return fixed(value, places_for(value, max(tolerance.digits, SHOWN_DIGITS)))
    if places is not None and places <= MAX_SHOWN_DECIMALS:
        return fixed(value, places)
    if tolerance.kind == "exact" and value.denominator <= MAX_SHOWN_DENOMINATOR:
        return as_ratio(value)
    # What is shown is right when it is copied: 133.3 is too far from 400/3 where 0.006 is the margin.
    # Of a float only so many digits are shown as matter, though all of them are exact.
    near = _near_places(tolerance.margin(value))
    enough = (places or 0) if near is None else near
    return fixed(value, max(places_for(value, SHOWN_DIGITS), enough))


def number_notations(value: Fraction, tolerance: Tolerance) -> Iterator[str]:
    """Write a number in every way that people do and the tolerance lets through."""
    plain = ratio(value)
    yield plain
    yield plain.replace("-", "−")
    yield f" {plain} "
    yield f"p = {plain}"
    yield f"P(A|B)={plain}."
    yield ratio_latex(value)
    yield f"${ratio_latex(value)}$"
    if value.denominator != 1:
        yield plain.replace("/", " / ")
        if plain in VULGAR_OF:
            yield VULGAR_OF[plain]
        if plain.removeprefix("-") in VULGAR_OF and value < 0:
            yield "-" + VULGAR_OF[plain.removeprefix("-")]
    yield from decimal_notations(value, tolerance)


def decimal_notations(value: Fraction, tolerance: Tolerance) -> Iterator[str]:
    """Write a number as decimals that the tolerance accepts, if there are any."""
    places = accepted_places(value, tolerance)
    if places is None:
        return
    text = fixed(value, places)
    yield text
    yield text + "0" if "." in text else text + ".0" if tolerance.kind != "sigfig" else text
    if text.lstrip("-").startswith("0."):
        yield text.replace("0.", ".", 1)
    if len(text.partition(".")[0].lstrip("-")) > 3:
        yield f"{fixed_with_groups(text, ',')}"
        yield f"{fixed_with_groups(text, ' ')}"
    mantissa, exponent = _scientific(text)
    yield f"{mantissa}e{exponent}"
    yield f"{mantissa}*10^{exponent}"
    yield f"{mantissa}×10{''.join(_SUPERSCRIPT_OF[char] for char in str(exponent))}"


def fixed_with_groups(text: str, separator: str) -> str:
    """Put ``separator`` between groups of three digits: ``1,000.5``."""
    whole, point, decimals = text.partition(".")
    sign = "-" if whole.startswith("-") else ""
    return f"{sign}{int(whole.lstrip('-')):,}".replace(",", separator) + point + decimals


def accepted_places(value: Fraction, tolerance: Tolerance) -> int | None:
    """Return the decimals that come near enough, or None where only a fraction is exact."""
    exact = decimal_places(value)
    if tolerance.kind == "decimals":
        return max(tolerance.digits, exact or 0)
    if tolerance.kind == "sigfig":
        return max(places_for(value, tolerance.digits), exact or 0)
    if exact is not None:
        return exact
    return _near_places(tolerance.margin(value))


def _near_places(margin: Fraction) -> int | None:
    """Return the decimals after which rounding stays within a margin; None if none do."""
    return next((n for n in range(MAX_DIGITS) if Fraction(1, 2 * 10**n) <= margin), None)


def _scientific(text: str) -> tuple[str, int]:
    """Move the point behind the first digit that counts; no digit is lost."""
    sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
    whole, _, decimals = digits.partition(".")
    significant = (whole + decimals).lstrip("0")
    if not significant:
        return digits, 0
    exponent = len(significant) - 1 - len(decimals)
    tail = significant[1:]
    return f"{sign}{significant[0]}{'.' + tail if tail else ''}", exponent
