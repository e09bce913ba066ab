"""Which database judges, for the pages that say so."""

from __future__ import annotations

import sqlite3

from quizengine.model.answers import SqlDialect
from quizengine.sqljudge.postgres import postgres_version


def judged_by(dialect: SqlDialect) -> str:
    """Return what queries of a dialect run on, such as ``SQLite 3.40.1``."""
    if dialect == "postgresql":
        return f"PostgreSQL {postgres_version()}".rstrip()
    return f"SQLite {sqlite3.sqlite_version}"
