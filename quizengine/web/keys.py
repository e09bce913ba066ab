"""The two secrets of a server: made at the first start, readable by its user alone."""

from __future__ import annotations

import os
from pathlib import Path
from secrets import token_hex


def secret(folder: Path, name: str, given: str) -> str:
    """Return the secret ``given``, or the one kept in ``folder``; make it if there is none.

    Two servers that start at once agree: the second one reads what the first wrote.
    """
    if given:
        return given
    path = folder / name
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(token_hex(32))
    return path.read_text(encoding="ascii")
