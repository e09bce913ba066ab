"""Work counted, for questions about performance: steps of SQLite on one large database with its indexes.

Time differs from run to run and between machines; the number of steps is the same for one version of SQLite.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from quizengine.model.answers import SqlAnswer, SqlPanel
from quizengine.sqljudge.pool import Outcome, Pool, Query, Row, Rows
from quizengine.sqljudge.schema import Table, database_of, quoted, tables_of
from quizengine.sqljudge.scripts import literal, panel_of, rows_of_script

#: Rows of all tables together.
ROWS = 20_000
#: A query may take this many times the reference's steps.
FACTOR = 3
#: Copies of the rows have keys so far apart.
DISTANCE = 1_000


def work_of(answer: SqlAnswer, sql: str, pool: Pool) -> tuple[Outcome, float]:
    """Run a query on the large database; return the outcome, and its steps as a multiple of the reference's.

    It is stopped when it has taken more than FACTOR times as many. Steps are counted in hundreds.

    Raises
    ------
    ValueError
        If the reference itself does not come to an end there.
    """
    panel = large_panel(answer.panel)
    wanted = _steps(panel, answer.reference, pool)
    (outcome,) = pool.run(panel, [Query(sql=sql, once=True, budget=FACTOR * wanted)])
    return outcome, outcome.steps / wanted


@lru_cache(maxsize=64)
def _steps(panel: SqlPanel, reference: str, pool: Pool) -> int:
    (outcome,) = pool.run(panel, [Query(sql=reference, once=True)])
    if outcome.fault or outcome.stopped:
        why = outcome.fault or outcome.message or outcome.stopped
        raise ValueError(f"The reference does not come to an end on {ROWS:,} rows: {why}.")
    return max(outcome.steps, 1)


@lru_cache(maxsize=16)
def large_panel(panel: SqlPanel) -> SqlPanel:
    """Return one large database with keys and indexes: the largest of a panel's, copied with other keys."""
    rows = max(map(rows_of_script, panel.instances), key=lambda one: sum(map(len, one.values())))
    tables = tables_of(panel.schema)
    count = -(-ROWS // max(1, sum(map(len, rows.values()))))
    parts = []
    for table in tables:
        parts.append(table.ddl + ";")
        copies = ",".join("(" + ",".join(map(literal, row)) + ")" for row in _copied(table, rows, count))
        if copies:
            parts.append(f"INSERT INTO {quoted(table.name)} VALUES {copies};")  # noqa: S608 - our own literals
    return panel_of(panel.schema, ["\n".join([*parts, *(sql for _, sql in indexes_of(panel.schema))])])


def _copied(table: Table, rows: Mapping[str, Rows], count: int) -> Iterator[Row]:
    """Yield the rows ``count`` times; keys, and what points to keys, are other ones in each copy."""
    names = [column.name for column in table.columns]
    keys = {name for key in table.keys for name in key} | {one.column for one in table.references}
    places = [names.index(name) for name in keys]
    for copy in range(count):
        for row in rows[table.name]:
            moved = list(row)
            for place in places:
                value = row[place]
                if isinstance(value, int):
                    moved[place] = value + DISTANCE * copy
                elif isinstance(value, str) and copy:
                    moved[place] = f"{value} {copy}"
            yield tuple(moved)


@lru_cache(maxsize=64)
def indexes_of(ddl: str) -> tuple[tuple[str, str], ...]:
    """Return the CREATE INDEX statements of a schema, each after the name of its table."""
    connection = database_of(ddl)
    try:
        found = connection.execute(
            "SELECT tbl_name, sql || ';' FROM sqlite_schema WHERE type = 'index' AND sql NOTNULL"
        )
        return tuple((str(table), str(sql)) for table, sql in found)
    finally:
        connection.close()
