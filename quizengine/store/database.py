"""Opening the database: the engine with its pragmas, transactions, migrations."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.orm import Session, sessionmaker

from quizengine.errors import StoreError
from quizengine.resources import resource

#: ``with transaction() as session``: commits at the end, rolls back on an error.
Transaction = Callable[[], AbstractContextManager[Session]]

BUSY_MILLISECONDS = 5_000
_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    # FULL: an answer that was acknowledged must survive a power cut.
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    f"PRAGMA busy_timeout={BUSY_MILLISECONDS}",
    "PRAGMA temp_store=MEMORY",
)


def sqlite_url(path: Path) -> str:
    """Return the URL of the SQLite file at ``path``.

    >>> sqlite_url(Path("/data/quizengine.db"))
    'sqlite:////data/quizengine.db'
    """
    return f"sqlite:///{path}"


def open_engine(url: str) -> Engine:
    """Open a database; on SQLite every connection gets the pragmas and ``BEGIN IMMEDIATE``."""
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
    return engine


def transactions(engine: Engine) -> Transaction:
    """Return the function that opens a transaction on ``engine``."""
    return sessionmaker(engine, expire_on_commit=False).begin


def _prepare(connection: Any, _record: object) -> None:
    # None: we write BEGIN ourselves. The driver would begin late, and two writers that
    # both read first would then deadlock when they upgrade.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _begin(connection: Any) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(resource("migrations")))
    config.attributes["url"] = url
    return config


def upgrade(url: str) -> tuple[str, str]:
    """Bring the database at ``url`` to the newest version; return the versions before and after.

    Equal versions mean that there was nothing to do.
    """
    before = version(url)
    if before != newest():
        command.upgrade(_config(url), "head")
    return before, newest()


def downgrade(url: str, to: str) -> None:
    """Take the database back to the version ``to``; ``base`` empties it."""
    command.downgrade(_config(url), to)


def newest() -> str:
    """Return the version that this code needs."""
    return ScriptDirectory.from_config(_config("sqlite://")).get_current_head() or ""


def version(url: str) -> str:
    """Return the version of the database at ``url``, empty for a new one."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision() or ""
    finally:
        engine.dispose()


def require_newest(url: str) -> None:
    """Refuse a database that is behind this code, or ahead of it.

    Raises
    ------
    StoreError
        Saying at which version it is and what to do.
    """
    found, wanted = version(url), newest()
    if found == wanted:
        return
    known = {script.revision for script in ScriptDirectory.from_config(_config(url)).walk_revisions()}
    if found and found not in known:
        raise StoreError(
            f"The database is at {found}, which this program does not know: it was used by a newer one."
        )
    raise StoreError(
        f"The database is at {found or 'nothing'}, the program needs {wanted}. Run: quizengine db upgrade"
    )
