"""Instances of a panel as SQL scripts: written from rows, read back into rows, shown as tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from hashlib import sha256

from quizengine.model.answers import SqlDialect, SqlPanel, SqlTable
from quizengine.sqljudge.pool import Row, Rows, Value
from quizengine.sqljudge.schema import Table, database_of, quoted, tables_of

ROWS_SHOWN = 6


def script_of(tables: Iterable[Table], rows: Mapping[str, Sequence[Row]]) -> str:
    """Return the script that makes ``tables``, without keys, and fills them in the order given."""
    parts = []
    for table in tables:
        parts.append(table.storage())
        if rows.get(table.name):
            values = ",".join("(" + ",".join(map(literal, row)) + ")" for row in rows[table.name])
            parts.append(f"INSERT INTO {quoted(table.name)} VALUES {values};")  # noqa: S608 - our own literals
    return "\n".join(parts)


def literal(value: Value) -> str:
    """Return ``value`` as SQL writes it.

    >>> literal("O'Hara"), literal(None), literal(1.5)
    ("'O''Hara'", 'NULL', '1.5')
    """
    if value is None:
        return "NULL"
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else repr(value)


def panel_of(schema: str, instances: Sequence[str], dialect: SqlDialect = "sqlite") -> SqlPanel:
    """Return the panel with its digest."""
    other = () if dialect == "sqlite" else (dialect,)
    digest = sha256("\0".join((schema, *instances, *other)).encode()).hexdigest()
    return SqlPanel(digest=digest, schema=schema, instances=tuple(instances), dialect=dialect)


@lru_cache(maxsize=64)
def rows_of_script(script: str) -> Mapping[str, Rows]:
    """Return the rows of every table of an instance, in the order in which they lie there."""
    connection = database_of(script)
    try:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return {name: tuple(connection.execute(f"SELECT * FROM {quoted(name)}")) for name in names}  # noqa: S608
    finally:
        connection.close()


def text_of(value: Value) -> str:
    """Return ``value`` as a page shows it.

    >>> text_of(None), text_of(0.1 + 0.2)
    ('NULL', '0.3')
    """
    if value is None:
        return "NULL"
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def texts_of(rows: Iterable[Row]) -> tuple[tuple[str, ...], ...]:
    """Return rows of values as rows of texts."""
    return tuple(tuple(map(text_of, row)) for row in rows)


def tables_shown(panel: SqlPanel, names: Sequence[str] = ()) -> tuple[SqlTable, ...]:
    """Return the tables as the form shows them: their DDL and the first rows of the first instance.

    ``names`` chooses tables and their order; empty means all of the panel.
    """
    return shown(panel.schema, rows_of_script(panel.instances[0]), names, ROWS_SHOWN)


def shown(
    schema: str, rows: Mapping[str, Sequence[Row]], names: Sequence[str] = (), most: int | None = None
) -> tuple[SqlTable, ...]:
    """Return ``rows`` as tables to show, sorted by their keys: the order in storage is shuffled."""
    tables = {table.name: table for table in tables_of(schema)}
    return tuple(
        SqlTable(
            name=name,
            ddl=tables[name].ddl,
            columns=tuple(column.name for column in tables[name].columns),
            sample=texts_of(sorted(rows[name], key=_sort_key(tables[name])))[:most],
            row_count=len(rows[name]),
        )
        for name in names or tables
    )


class _sort_key:  # noqa: N801 - used like a function
    """Sort by the primary key first, then by all columns; NULL before everything."""

    def __init__(self, table: Table) -> None:
        names = [column.name for column in table.columns]
        key = [names.index(name) for name in table.primary_key]
        self.order = [*key, *(i for i in range(len(names)) if i not in key)]

    def __call__(self, row: Row) -> list[tuple[bool, bool, float, str]]:
        return [_comparable(row[i]) for i in self.order]


def _comparable(value: Value) -> tuple[bool, bool, float, str]:
    if isinstance(value, str):
        return (True, True, 0.0, value)
    return (value is not None, False, float(value or 0), "")
