"""Numbers as other systems write them, exactly."""

from __future__ import annotations

import re
from fractions import Fraction

_NUMBER = re.compile(r"[+-]?(\d{1,30}([.,]\d{0,30})?|[.,]\d{1,30})([eE][+-]?\d{1,2})?")


def number_of(text: str) -> Fraction | None:
    """Return a decimal exactly, or None if it is none. Nothing longer is looked at.

    >>> number_of(" -1,5e1 ")
    Fraction(-15, 1)
    """
    bare = text.strip()
    if not _NUMBER.fullmatch(bare):
        return None
    return Fraction(bare.replace(",", "."))
