"""Codes of printed sheets: short, read aloud without doubt, and wrong by one sign is seen."""

from __future__ import annotations

from hashlib import sha256

from quizengine.errors import QuizEngineError

#: Without 0, O and U, and I and L read as 1.
SIGNS = "123456789ABCDEFGHJKMNPQRSTVWXYZ"
ID_LENGTH = 8
_READ_AS = str.maketrans("IL", "11")
#: Forms whose letter no code has, and the sign that stands for it.
_FORM_SIGNS = {"I": "1", "L": "2", "O": "3", "U": "4"}


class SheetCodeError(QuizEngineError):
    """A code that is on no sheet: the message says which sign is wrong, or that one is."""


def make_code(seed: str, form: str) -> str:
    """Return the code of a copy: eight signs that follow from ``seed``, one for the form, a check sign.

    The form's sign is its letter A to Z; I, L, O and U, which codes are without, are 1, 2, 3 and 4.

    >>> make_code("run 7, copy 1", "A")
    '919G-PETW-A4'
    """
    number = int.from_bytes(sha256(seed.encode()).digest()[:16], "big")
    signs = ""
    for _ in range(ID_LENGTH):
        number, at = divmod(number, len(SIGNS))
        signs += SIGNS[at]
    body = signs + _FORM_SIGNS.get(form, form)
    return spaced(body + _check(body))


def read_code(typed: str) -> str:
    """Return the code that somebody typed, as it is printed.

    Raises
    ------
    SheetCodeError
        If it is no code: the message says what is wrong with it.

    Examples
    --------
    >>> read_code("919gpetwa4")
    '919G-PETW-A4'
    """
    body = "".join(typed.split()).replace("-", "").upper().translate(_READ_AS)
    if len(body) != ID_LENGTH + 2:
        raise SheetCodeError(
            f"A sheet's code has {ID_LENGTH + 2} signs, as 7KQM-42XF-A6; this has {len(body)}."
        )
    for sign in body:
        if sign not in SIGNS:
            raise SheetCodeError(f"There is no {sign!r} in a sheet's code: it has no O, no 0 and no U.")
    if _check(body[:-1]) != body[-1]:
        raise SheetCodeError("The check sign does not fit: one sign is wrong, or two are swapped.")
    return spaced(body)


def spaced(body: str) -> str:
    """Return ten signs as they are printed: ``7KQM42XFA6`` as ``7KQM-42XF-A6``."""
    return f"{body[:4]}-{body[4:8]}-{body[8:]}"


def _check(body: str) -> str:
    total = sum(place * SIGNS.index(sign) for place, sign in enumerate(body, 1))
    return SIGNS[total % len(SIGNS)]
