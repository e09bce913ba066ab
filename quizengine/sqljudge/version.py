"""Which SQLite judges, for the pages that say so."""

from __future__ import annotations

import sqlite3


def sqlite_version() -> str:
    """Return the version of SQLite that queries run on, such as ``3.40.1``."""
    return sqlite3.sqlite_version
