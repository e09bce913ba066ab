"""Texts of a configuration file as numbers: plain ones, quantities of Kubernetes, durations."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fractions import Fraction

MAX_CHARACTERS = 30

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,2})?")
_QUANTITY = re.compile(
    r"([+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,2})?)([numkMGTPE]|[KMGTPE]i)?"
)
_DURATION = re.compile(r"(?:[0-9]+(?:ms|[smhdwy]))+")
_PIECE = re.compile(r"([0-9]+)(ms|[smhdwy])")

_SCALES = {"": Fraction(1), "n": Fraction(1, 10**9), "u": Fraction(1, 10**6), "m": Fraction(1, 1000)} | {
    letter: Fraction(1000**power) for power, letter in enumerate("kMGTPE", 1)
}
_BINARY = {f"{letter}i": Fraction(1024**power) for power, letter in enumerate("KMGTPE", 1)}
_SECONDS = {
    "ms": Fraction(1, 1000),
    "s": Fraction(1),
    "m": Fraction(60),
    "h": Fraction(3600),
    "d": Fraction(86_400),
    "w": Fraction(604_800),
    "y": Fraction(31_536_000),
}


def number(text: str) -> Fraction | None:
    """Read a plain number.

    >>> number("0.020"), number("2e-2"), number("2m")
    (Fraction(1, 50), Fraction(1, 50), None)
    """
    return Fraction(text) if len(text) <= MAX_CHARACTERS and _NUMBER.fullmatch(text) else None


def quantity(text: str) -> Fraction | None:
    """Read a quantity as Kubernetes does: ``250m`` is a quarter, ``1Gi`` is 1024 ``Mi``, ``1G`` is less.

    >>> quantity("250m"), quantity("1Ki"), quantity("1 Gi")
    (Fraction(1, 4), Fraction(1024, 1), None)
    """
    match = _QUANTITY.fullmatch(text) if len(text) <= MAX_CHARACTERS else None
    return Fraction(match[1]) * {**_SCALES, **_BINARY}[match[2] or ""] if match else None


def duration(text: str) -> Fraction | None:
    """Read a duration in seconds: ``1h30m``, ``90s``; a plain number is in seconds already.

    >>> duration("1m30s"), duration("90"), duration("1.5m")
    (Fraction(90, 1), Fraction(90, 1), None)
    """
    if len(text) > MAX_CHARACTERS:
        return None
    if _DURATION.fullmatch(text):
        return sum((int(count) * _SECONDS[unit] for count, unit in _PIECE.findall(text)), Fraction(0))
    return number(text)


MEASURES: Mapping[str, Callable[[str], Fraction | None]] = {
    "number": number,
    "quantity": quantity,
    "duration": duration,
}
