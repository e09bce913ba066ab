"""What every service works with: the bank, the database, the secret behind the variants."""

from __future__ import annotations

import hmac
from base64 import b32encode
from dataclasses import dataclass
from hashlib import sha256
from secrets import token_bytes

from quizengine.bank import Bank
from quizengine.store.database import Transaction

ID_LENGTH = 26


@dataclass(frozen=True, slots=True)
class Runtime:
    """The bank, transactions on the database, and the key that variant seeds are made with.

    The bank and the code are public, so ``variants_key`` alone keeps the next variant
    from being foretold. It is never stored with the data; losing it loses nothing,
    because variants are stored with their values.
    """

    bank: Bank
    transaction: Transaction
    variants_key: bytes

    def seed(self, *parts: object) -> int:
        """Return the seed that belongs to ``parts``: 63 bits that tell nothing about the key."""
        message = "|".join(map(str, parts)).encode()
        return int.from_bytes(hmac.digest(self.variants_key, message, sha256)[:8]) >> 1


def new_id() -> str:
    """Return 128 random bits as 26 characters of lower-case base 32, for ids in URLs."""
    return b32encode(token_bytes(16)).decode().rstrip("=").lower()


def is_id(text: str) -> bool:
    """Whether a text has the form of our ids.

    >>> is_id(new_id()), is_id("../etc/passwd")
    (True, False)
    """
    return len(text) == ID_LENGTH and all(char in "abcdefghijklmnopqrstuvwxyz234567" for char in text)
