"""The smallest database found on which a query fails: what a learner sees in practice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import eq

from quizengine.model.answers import SqlAnswer, SqlTable
from quizengine.sqljudge.compare import Expected, difference, same_rows
from quizengine.sqljudge.neighbours import named_slips
from quizengine.sqljudge.pool import Outcome, Pool, Query, Row, Rows
from quizengine.sqljudge.reference import Facts
from quizengine.sqljudge.schema import Table, tables_of
from quizengine.sqljudge.scripts import panel_of, rows_of_script, script_of, shown, texts_of

#: Databases tried in one round, and rounds: about 40 ms in all.
MAX_CANDIDATES = 24
MAX_ROUNDS = 2
#: Slips tried in the search for a name. Most give other rows on the first database already.
MAX_SLIPS = 300
SLIPS_AT_ONCE = 60

Data = Mapping[str, Sequence[Row]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlExample:
    """A small database on which a query fails, for practice: values as text, NULL as ``NULL``.

    ``rows`` is what the query gave there; ``missing`` and ``extra`` are the rows too few and too many,
    both empty where only the order is wrong. ``slip`` says what the right query would have to be changed in
    to give the same as this one, on every database, where one slip does.
    """

    tables: tuple[SqlTable, ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    missing: tuple[tuple[str, ...], ...]
    extra: tuple[tuple[str, ...], ...]
    slip: str = ""


def smallest_failing(
    answer: SqlAnswer, facts: Facts, sql: str, outcome: Outcome, pool: Pool
) -> SqlExample | None:
    """Return the failing instance with the fewest rows, made smaller where rows differ, if any fails."""
    failing = list(_failing(answer, facts, outcome))
    if not failing:
        return None
    data, expected, rows = min(
        failing, key=lambda found: (not _differ(found[1].rows, found[2]), _size(found[0]))
    )
    wanted: Rows = expected.rows
    if _differ(wanted, rows):
        data, wanted, rows = _shrunk(answer, sql, (data, wanted, rows), pool)
    missing, extra = difference(wanted, rows)
    return SqlExample(
        tables=shown(answer.panel.schema, data),
        columns=outcome.columns,
        rows=texts_of(rows),
        missing=texts_of(missing),
        extra=texts_of(extra),
        slip=slip_in(answer, sql, pool),
    )


def slip_in(answer: SqlAnswer, sql: str, pool: Pool) -> str:
    """Return in words the one slip that turns the reference into a query with the results of ``sql``.

    Empty where there is none, or where slips of several kinds do: nobody can say then which it was.
    """
    slips = named_slips(answer.reference, tables_of(answer.panel.schema), answer.panel.dialect)[:MAX_SLIPS]
    found = set[str]()
    for start in range(0, len(slips), SLIPS_AT_ONCE):
        some = slips[start : start + SLIPS_AT_ONCE]
        queries = [Query(sql=sql, once=True)]
        queries += [Query(sql=text, once=True, unlike=0, in_order=answer.ordered) for text, _ in some]
        ours, *theirs = pool.run(answer.panel, queries)
        same = eq if answer.ordered else same_rows
        for (_, name), outcome in zip(some, theirs, strict=True):
            if len(outcome.first) == len(ours.first) > 0 and all(map(same, ours.first, outcome.first)):
                found.add(name)
        if len(found) > 1:
            return ""
    return "".join(found)


def _failing(answer: SqlAnswer, facts: Facts, outcome: Outcome) -> Iterator[tuple[Data, Expected, Rows]]:
    for index, expected in enumerate(facts.expected):
        for rows in (outcome.first[index], outcome.second[index]):
            accepted = (expected.accepts if facts.ordered else expected.accepts_unordered)(rows)
            if not accepted or len(outcome.columns) != len(facts.columns):
                yield rows_of_script(answer.panel.instances[index]), expected, rows
                break


def _size(data: Data) -> int:
    return sum(map(len, data.values()))


def _differ(expected: Rows, actual: Rows) -> bool:
    return difference(expected, actual) != ([], [])


def _shrunk(
    answer: SqlAnswer, sql: str, found: tuple[Data, Rows, Rows], pool: Pool
) -> tuple[Data, Rows, Rows]:
    """Leave rows out while reference and query differ: first each alone, then more and more together."""
    tables = tables_of(answer.panel.schema)
    for _ in range(MAX_ROUNDS):
        places = [(name, index) for name, rows in found[0].items() for index in range(len(rows))]
        alone = [{place} for place in places[:MAX_CANDIDATES]]
        spare = [places for places, result in _tried(answer, sql, found[0], alone, pool) if result]
        together = [set().union(*spare[: count + 1]) for count in range(len(spare))]
        results = [result for _, result in _tried(answer, sql, found[0], together, pool) if result]
        if not results:
            break
        found = min(results, key=lambda result: _size(result[0]))
        if len(places) <= len(tables):
            break
    return found


def _tried(
    answer: SqlAnswer, sql: str, data: Data, choices: Sequence[set[tuple[str, int]]], pool: Pool
) -> list[tuple[set[tuple[str, int]], tuple[Data, Rows, Rows] | None]]:
    """Run both queries without the rows of each choice; pair it with the result if they still differ."""
    tables = tables_of(answer.panel.schema)
    kept = [(choice, _without(data, choice)) for choice in choices]
    kept = [(choice, rows) for choice, rows in kept if _is_whole(tables, rows)]
    if not kept:
        return []
    scripts = [script_of(tables, rows) for _, rows in kept]
    panel = panel_of(answer.panel.schema, scripts, answer.panel.dialect)
    queries = [Query(sql=answer.reference, once=True), Query(sql=sql, once=True)]
    wanted, given = pool.run(panel, queries)
    if not (wanted.first and given.first):
        return []
    results = zip(kept, wanted.first, given.first, strict=True)
    return [(choice, (rows, w, g) if _differ(w, g) else None) for (choice, rows), w, g in results]


def _without(data: Data, choice: set[tuple[str, int]]) -> Data:
    return {
        name: tuple(row for index, row in enumerate(rows) if (name, index) not in choice)
        for name, rows in data.items()
    }


def _is_whole(tables: Sequence[Table], data: Data) -> bool:
    """Whether no row points to a row that is gone."""
    by_name = {table.name.lower(): table for table in tables}
    for table in tables:
        for reference in table.references:
            parent = by_name.get(reference.table.lower())
            if parent is None:
                continue
            targets = set(_values(parent, data, reference.target))
            if not set(_values(table, data, reference.column)) <= {*targets, None}:
                return False
    return True


def _values(table: Table, data: Data, column: str) -> Iterator[object]:
    index = [c.name.lower() for c in table.columns].index(column.lower())
    return (row[index] for row in data[table.name])
