"""Reading DDL: SQLite itself says which columns, keys and references a schema declares."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from quizengine.errors import QuizEngineError

MAX_TABLES = 40
_ALLOWED = frozenset(
    (
        sqlite3.SQLITE_CREATE_TABLE,
        sqlite3.SQLITE_CREATE_INDEX,
        sqlite3.SQLITE_INSERT,
        sqlite3.SQLITE_UPDATE,
        sqlite3.SQLITE_READ,
        sqlite3.SQLITE_SELECT,
        sqlite3.SQLITE_FUNCTION,
        sqlite3.SQLITE_REINDEX,
        sqlite3.SQLITE_TRANSACTION,
    )
)


class SchemaError(QuizEngineError):
    """DDL or data of a dataset that SQLite does not take, or that holds something else than tables."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column as declared: ``affinity`` is ``integer``, ``real``, ``text`` or ``any``."""

    name: str
    declared: str
    affinity: str
    not_null: bool


@dataclass(frozen=True, slots=True)
class Reference:
    """A foreign key of one column."""

    column: str
    table: str
    target: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its keys. ``keys`` holds the columns of the primary key and of each UNIQUE."""

    name: str
    ddl: str
    columns: tuple[Column, ...]
    keys: tuple[tuple[str, ...], ...]
    references: tuple[Reference, ...]

    @property
    def primary_key(self) -> tuple[str, ...]:
        """The columns that name a row; empty where the table has no primary key."""
        return self.keys[0] if self.keys else ()

    def storage(self) -> str:
        """Return the CREATE TABLE of an instance: without keys, which would sort the rows by themselves."""
        columns = ", ".join(f"{quoted(column.name)} {column.declared}".rstrip() for column in self.columns)
        return f"CREATE TABLE {quoted(self.name)} ({columns});"


def quoted(name: str) -> str:
    """Return ``name`` as SQL writes it, in quotes where it needs them."""
    plain = name.isascii() and name.isidentifier()
    return name if plain and not _is_keyword(name) else '"' + name.replace('"', '""') + '"'


@lru_cache(maxsize=256)
def _is_keyword(name: str) -> bool:
    connection = sqlite3.connect(":memory:")
    try:
        connection.execute(f"CREATE TABLE {name} ({name} INTEGER)")
    except sqlite3.Error:
        return True
    finally:
        connection.close()
    return False


def database_of(script: str) -> sqlite3.Connection:
    """Return a database made by ``script``, which may create tables and insert rows. Raises SchemaError."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    try:
        connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        connection.set_authorizer(
            lambda action, *_: sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY
        )
        connection.executescript(script)
        connection.set_authorizer(None)
    except sqlite3.Error as error:
        connection.close()
        raise SchemaError(f"SQLite does not understand the tables: {error}.") from error
    return connection


@lru_cache(maxsize=64)
def tables_of(ddl: str) -> tuple[Table, ...]:
    """Return the tables that ``ddl`` creates, in its order. Raises SchemaError."""
    connection = database_of(ddl)
    try:
        return tuple(_tables(connection))
    except sqlite3.Error as error:
        raise SchemaError(f"The schema is not understood by SQLite: {error}.") from error
    finally:
        connection.close()


def table_names(ddl: str) -> tuple[str, ...]:
    """Return the names of the tables that ``ddl`` creates."""
    return tuple(table.name for table in tables_of(ddl))


def _tables(connection: sqlite3.Connection) -> Iterator[Table]:
    found = connection.execute(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY rowid"
    ).fetchall()
    if not found or len(found) > MAX_TABLES:
        raise SchemaError(f"The schema creates {len(found)} tables; between 1 and {MAX_TABLES} are wanted.")
    for name, ddl in found:
        info = connection.execute("SELECT * FROM pragma_table_info(?) ORDER BY cid", (name,)).fetchall()
        key = tuple(row[1] for row in sorted(info, key=lambda row: row[5]) if row[5])
        columns = tuple(Column(row[1], row[2], _affinity(row[2]), bool(row[3] or row[5])) for row in info)
        yield Table(name, ddl, columns, _keys(connection, name, key), _references(connection, name))


def _keys(
    connection: sqlite3.Connection, table: str, primary_key: tuple[str, ...]
) -> tuple[tuple[str, ...], ...]:
    keys = [primary_key] if primary_key else []
    for (index,) in connection.execute(
        'SELECT name FROM pragma_index_list(?) WHERE "unique" AND NOT partial', (table,)
    ).fetchall():
        columns = tuple(
            row[0] for row in connection.execute("SELECT name FROM pragma_index_info(?)", (index,))
        )
        if columns not in keys and None not in columns:
            keys.append(columns)
    return tuple(keys)


def _references(connection: sqlite3.Connection, table: str) -> tuple[Reference, ...]:
    rows = connection.execute(
        'SELECT "from", "table", "to", id FROM pragma_foreign_key_list(?)', (table,)
    ).fetchall()
    numbers = [row[3] for row in rows]
    return tuple(
        Reference(column, parent, target or _primary_key(connection, parent))
        for column, parent, target, number in rows
        if numbers.count(number) == 1
    )


def _primary_key(connection: sqlite3.Connection, table: str) -> str:
    row = connection.execute("SELECT name FROM pragma_table_info(?) WHERE pk = 1", (table,)).fetchone()
    if row is None:
        raise SchemaError(f"A foreign key points to {table!r}, which has no primary key.")
    return str(row[0])


def _affinity(declared: str) -> str:
    upper = declared.upper()
    if "INT" in upper or "BOOL" in upper:
        return "integer"
    if any(word in upper for word in ("CHAR", "CLOB", "TEXT", "DATE", "TIME")):
        return "text"
    if any(word in upper for word in ("REAL", "FLOA", "DOUB", "NUM", "DEC")):
        return "real"
    return "any"
