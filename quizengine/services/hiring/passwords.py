"""Passwords: argon2id, and which ones are refused."""

from __future__ import annotations

from secrets import token_hex

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from quizengine.errors import RequestError

LEAST_CHARACTERS = 12
MOST_CHARACTERS = 200
#: Of twelve characters and more, the ones that lists of leaked passwords begin with.
_COMMON = (
    "123456789012 1234567890123 12345678901234 123456789123 123123123123 111111111111 000000000000 "
    "password1234 password12345 password123456 passwordpassword password123! password2024 "
    "password2025 password2026 qwertyuiop12 qwertyuiop123 qwertyuiopas qwertyuiop[] qwerty123456 "
    "qwerty1234567 1qaz2wsx3edc 1q2w3e4r5t6y zaq12wsxcde3 q1w2e3r4t5y6 asdfghjkl123 abcdefghijkl "
    "abcd12345678 abc123456789 iloveyou1234 iloveyouforever administrator administrator1 welcome12345 "
    "letmein12345 changeme1234 changemenow1 trustno1trustno1 sunshine1234 princess1234 football1234 "
    "baseball1234 superman1234 michael12345 dragon123456 monkey123456 correcthorsebatterystaple "
    "unknownunknown"
)
COMMON = frozenset(_COMMON.split())

HASHER = PasswordHasher()
_NOBODY = ""


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password, with its salt and costs in it."""
    return HASHER.hash(password)


def matches(stored: str | None, password: str) -> bool:
    """Whether a password is the one of a hash; takes as long where there is none to compare with."""
    try:
        return HASHER.verify(stored or _nobody(), password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def _nobody() -> str:
    """Return the hash of a password that nobody knows: an unknown account must not answer sooner."""
    global _NOBODY  # noqa: PLW0603 - made once, when it is first needed: it takes a quarter of a second
    _NOBODY = _NOBODY or hash_password(token_hex(16))
    return _NOBODY


def refuse_weak(password: str, *, email: str) -> None:
    """Refuse a password that is short, common, or says the address.

    Raises
    ------
    RequestError
        Saying what to do.

    Examples
    --------
    >>> refuse_weak("a sentence of my own", email="ann@example.org")
    """
    lowered = password.lower()
    if len(password) < LEAST_CHARACTERS:
        raise RequestError(
            f"Take {LEAST_CHARACTERS} characters or more; a short sentence is easy to remember."
        )
    if len(password) > MOST_CHARACTERS:
        raise RequestError(f"Take at most {MOST_CHARACTERS} characters.")
    name = email.partition("@")[0].lower()
    if lowered in COMMON or len(set(lowered)) < 5 or (len(name) > 3 and name in lowered):
        raise RequestError("This password is among the first to be guessed; take a sentence of your own.")
