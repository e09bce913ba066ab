"""Opening the database: the engine with its pragmas, transactions, migrations."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from quizengine.errors import StoreError
from quizengine.resources import resource

# Imported for their tables: whoever opens the database must know them all.
from quizengine.store import attempt_rows, evidence_rows, hiring_rows, review_rows, rows  # noqa: F401

BUSY_MILLISECONDS = 5_000
_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    # FULL: an answer that was acknowledged must survive a power cut.
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    f"PRAGMA busy_timeout={BUSY_MILLISECONDS}",
    "PRAGMA temp_store=MEMORY",
    # What is erased must not lie about in free pages of the file.
    "PRAGMA secure_delete=ON",
)


def sqlite_url(path: Path) -> str:
    """Return the URL of the SQLite file at ``path``.

    >>> sqlite_url(Path("/data/quizengine.db"))
    'sqlite:////data/quizengine.db'
    """
    return f"sqlite:///{path}"


def open_engine(url: str) -> Engine:
    """Open a database; on SQLite every connection gets the pragmas and ``BEGIN IMMEDIATE``."""
    # A failed statement goes into the log, what people answered does not.
    engine = create_engine(url, hide_parameters=True)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
    return engine


class Transaction:
    """Opens transactions: ``with transaction() as session`` commits at its end, or rolls back on an error.

    ``with transaction.reading() as session`` sees one state of the database and takes no lock:
    a reader neither waits for a writer nor keeps one waiting.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writing = sessionmaker(engine, expire_on_commit=False)
        self._reading = sessionmaker(_for_reading(engine), expire_on_commit=False)

    def __call__(self) -> AbstractContextManager[Session]:
        """Open a transaction that may write."""
        return self._writing.begin()

    def reading(self) -> AbstractContextManager[Session]:
        """Open a transaction that only reads."""
        return self._reading.begin()

    def empty_log(self) -> None:
        """Empty SQLite's log, which holds pages as they were before something was erased.

        While somebody reads an older state it stays, until the next time. On PostgreSQL nothing is done.
        """
        if self._engine.dialect.name == "sqlite":
            with closing(self._engine.raw_connection()) as connection:
                connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _for_reading(engine: Engine) -> Engine:
    if engine.dialect.name == "postgresql":
        return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return engine.execution_options(read_only=True)


def transactions(engine: Engine) -> Transaction:
    """Return what opens transactions on ``engine``."""
    return Transaction(engine)


def _prepare(connection: Any, _record: object) -> None:
    # None: we write BEGIN ourselves. The driver would begin late, and two writers that
    # both read first would then deadlock when they upgrade.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _begin(connection: Any) -> None:
    # Two writers that both read first would deadlock when they upgrade: a writer takes the lock at once.
    reads_only = connection.get_execution_options().get("read_only", False)
    connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(resource("migrations")))
    config.attributes["url"] = url
    return config


def upgrade(url: str) -> tuple[str, str]:
    """Bring the database at ``url`` to the newest version; return the versions before and after.

    Equal versions mean that there was nothing to do.

    Raises
    ------
    StoreError
        If a newer program has used the database, or it cannot be opened or written.
    """
    before = version(url)
    _refuse_unknown(url, before)
    if before != newest():
        with _told_in_words(url):
            command.upgrade(_config(url), "head")
    return before, newest()


def downgrade(url: str, to: str) -> None:
    """Take the database back to the version ``to``; ``base`` empties it."""
    command.downgrade(_config(url), to)


def backup(url: str, target: Path) -> int:
    """Copy the SQLite database at ``url`` to ``target`` while it is in use; return the bytes written.

    The copy is whole as of one moment, and it is looked over before it gets its name.

    Raises
    ------
    StoreError
        If the database is not SQLite's or does not exist, if ``target`` exists, or if the copy is not sound.
    """
    source = _sqlite_file(url)
    if source is None:
        raise StoreError(f"Only a SQLite file can be copied, not {_shown(url)}: use its own tools (pg_dump).")
    if not source.exists():
        raise StoreError(f"There is no database at {source}; name its folder with --data.")
    if target.exists():
        raise StoreError(f"{target} exists already; name another file for the backup.")
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(target.name + ".unfinished")
    unfinished.unlink(missing_ok=True)
    try:
        _copy(source, unfinished)
        unfinished.rename(target)
    finally:
        unfinished.unlink(missing_ok=True)
    return target.stat().st_size


def _sqlite_file(url: str) -> Path | None:
    """Return the file of a SQLite database; None where it has none."""
    parsed = make_url(url)
    return Path(parsed.database) if parsed.get_backend_name() == "sqlite" and parsed.database else None


def _shown(url: str) -> str:
    return str(_sqlite_file(url) or make_url(url).render_as_string(hide_password=True))


def _copy(source: Path, target: Path) -> None:
    """Use SQLite's online backup: writers go on, and the copy has none of what they have not committed."""
    engines = [create_engine(sqlite_url(path)) for path in (source, target)]
    try:
        told = _copied(*engines)
    except engines[0].dialect.loaded_dbapi.Error as error:
        raise StoreError(f"{source} cannot be copied to {target.parent}: {error}") from error
    if told != "ok":
        raise StoreError(f"The copy of {source} is not sound: {told}")


def _copied(*engines: Engine) -> str:
    """Copy from the first engine's file to the second's, and return what the check of the copy says."""
    with ExitStack() as stack:
        drivers: list[Any] = []
        for engine in engines:
            stack.callback(engine.dispose)
            drivers.append(stack.enter_context(closing(engine.raw_connection())).driver_connection)
        drivers[0].backup(drivers[1])
        told: str = drivers[1].execute("PRAGMA integrity_check").fetchone()[0]
    return told


@cache
def _versions() -> tuple[str, ...]:
    """Return the versions that this code knows, the newest first."""
    scripts = ScriptDirectory.from_config(_config("sqlite://"))
    return tuple(script.revision for script in scripts.walk_revisions())


def newest() -> str:
    """Return the version that this code needs."""
    return _versions()[0]


def version(url: str) -> str:
    """Return the version of the database at ``url``, empty for a new one. Makes no file.

    Raises
    ------
    StoreError
        If the database cannot be opened.
    """
    with _told_in_words(url):
        file = _sqlite_file(url)
        if file and not file.exists():
            return ""
        engine = create_engine(url)
        try:
            with engine.connect() as connection:
                return MigrationContext.configure(connection).get_current_revision() or ""
        finally:
            engine.dispose()


def has_database(url: str) -> bool:
    """Whether there is a database at ``url`` that has been used. Makes no file."""
    return bool(version(url))


@contextmanager
def _told_in_words(url: str) -> Iterator[None]:
    """Turn what a driver says of a database into an error of ours."""
    try:
        yield
    except ArgumentError as error:
        raise StoreError(f"QUIZENGINE_DATABASE_URL does not name a database: {error}") from error
    except ModuleNotFoundError as error:
        raise StoreError(f"The driver of the database is not installed: {error.name}") from error
    except DBAPIError as error:
        raise StoreError(f"The database {_shown(url)} cannot be opened: {error.orig}") from error


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
    _refuse_unknown(url, found)
    file = _sqlite_file(url)
    if file and not file.exists():
        raise StoreError(
            f"There is no database at {file}: name its folder with --data, or make one. "
            "Run: quizengine db upgrade"
        )
    raise StoreError(
        f"The database {_shown(url)} is at {found or 'nothing'}, the program needs {wanted}. "
        "Run: quizengine db upgrade"
    )


def _refuse_unknown(url: str, found: str) -> None:
    if found and found not in _versions():
        raise StoreError(
            f"The database {_shown(url)} is at {found}, which this program does not know: "
            "it was used by a newer one."
        )
