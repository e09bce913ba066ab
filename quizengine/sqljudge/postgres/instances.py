"""One instance of a panel as statements for PostgreSQL: a schema with its tables, filled in one row order."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from quizengine.sqljudge.postgres.privileges import quoted
from quizengine.sqljudge.schema import SchemaError, Table, tables_of
from quizengine.sqljudge.scripts import rows_of_script

#: A type as it may stand in DDL. It is written into statements of ours, so nothing else may.
_TYPE = re.compile(
    r"[A-Za-z][A-Za-z0-9_]*( [A-Za-z]+){0,3}( ?\([0-9]{1,4}( ?, ?[0-9]{1,4})?\))?( [A-Za-z]+){0,3}"
)

Row = Sequence[int | float | str | None]


def statements_for(
    schema: str, script: str, ddl: str, *, role: str, backwards: bool = False
) -> Iterator[str]:
    """Yield the statements that make ``schema`` of an instance's script, readable for ``role``.

    Tables keep their primary keys: GROUP BY a key gives the other columns a value in PostgreSQL. Names are
    in small letters, as unquoted names are read.

    Raises SchemaError for a type that is written as no type is.
    """
    rows = {name.lower(): found for name, found in rows_of_script(script).items()}
    yield f"CREATE SCHEMA {schema}"
    for table in tables_of(ddl):
        name = f"{schema}.{_lower(table.name)}"
        yield f"CREATE TABLE {name} ({', '.join(_columns(table))})"
        lying = list(rows.get(table.name.lower(), ()))
        if lying:
            values = ", ".join(map(_values, reversed(lying) if backwards else lying))
            yield f"INSERT INTO {name} VALUES {values}"  # noqa: S608 - our own literals
    yield f"GRANT USAGE ON SCHEMA {schema} TO {role}"
    yield f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {role}"


def _columns(table: Table) -> Iterator[str]:
    for column in table.columns:
        declared = column.declared or "text"
        if not _TYPE.fullmatch(declared):
            raise SchemaError(f"{table.name}.{column.name}: PostgreSQL has no type {declared!r}.")
        yield f"{_lower(column.name)} {declared}"
    if table.primary_key:
        yield f"PRIMARY KEY ({', '.join(map(_lower, table.primary_key))})"


def _lower(name: str) -> str:
    return quoted(name.lower())


def _values(row: Row) -> str:
    """Return a row of literals without a type, so that each takes that of its column."""
    return "(" + ", ".join("NULL" if value is None else _literal(str(value)) for value in row) + ")"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
