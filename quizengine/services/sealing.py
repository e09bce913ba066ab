"""One text for a value, and hashes of it: what chains, seals and exports are made with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from secrets import token_hex
from typing import Any

SALT_BYTES = 16


def canonical(value: Any) -> str:
    """Return the one text of a JSON value: sorted keys, no spaces.

    >>> canonical({"b": 1, "a": ["ä"]})
    '{"a":["ä"],"b":1}'
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(value: Any) -> str:
    """Return the SHA-256 of a JSON value, as 64 hexadecimal digits."""
    return sha256(canonical(value).encode()).hexdigest()


def new_salt() -> str:
    """Return what goes before a value that could be guessed, so that its hash tells nothing."""
    return token_hex(SALT_BYTES)


def seal(salt: str, value: Any) -> str:
    """Return the hash of a value that its salt opens: without the salt nobody can try values out."""
    return digest([salt, value])


def content_hash(table: Mapping[str, Any]) -> str:
    """Return the hash of all that a file holds beside this hash."""
    return digest({name: value for name, value in table.items() if name != "content_hash"})
