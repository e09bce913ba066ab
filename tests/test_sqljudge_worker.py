"""Instances that take turns in one database give the rows that a database each would give."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizengine.sqljudge import Pool
from quizengine.sqljudge.pool import Query, Row, Rows
from quizengine.sqljudge.schema import quoted, table_names, tables_of
from quizengine.sqljudge.scripts import panel_of, script_of
from quizengine.sqljudge.worker import mark

SCHEMA = 'CREATE TABLE a (x INTEGER, t TEXT); CREATE TABLE "B b" (x INTEGER, r REAL);'
QUERIES = (
    "SELECT * FROM a",
    "SELECT count(*) FROM A",
    'SELECT * FROM "b B"',
    "SELECT x, count(*), group_concat(t) FROM a GROUP BY x",
    'SELECT a.x, t, r FROM a LEFT JOIN [B b] AS b ON a.x = b.x',
    'SELECT t FROM a WHERE EXISTS (SELECT 1 FROM `b b` AS b WHERE b.x = a.x) ORDER BY t',
    'SELECT x FROM a WHERE x IN (SELECT x FROM "B b") UNION ALL SELECT r FROM "B b"',
    "WITH a AS (SELECT 7 AS x) SELECT x FROM a",
    "SELECT 1",
    "SELECT x, row_number() OVER (ORDER BY x) FROM a",
    "SELECT sum(r), typeof(max(x)), min(r) FROM \"B b\"",
)  # fmt: skip

integers = st.none() | st.integers(-2, 2)
a_rows = st.lists(st.tuples(integers, st.none() | st.sampled_from(["", "p", "Q", "é", "7"])), max_size=5)
b_rows = st.lists(st.tuples(integers, st.none() | st.sampled_from([0.1, 2.0, -3.5, 3])), max_size=5)


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    pool = Pool(size=1)
    yield pool
    pool.close()


def alone(script: str, sql: str, *, backwards: bool) -> Rows:
    """Run ``sql`` on a database of its own, the plain way."""
    connection = sqlite3.connect(":memory:")
    connection.executescript(script)
    for name in table_names(SCHEMA) if backwards else ():
        rows = connection.execute(f"SELECT * FROM {quoted(name)} ORDER BY rowid DESC").fetchall()
        connection.execute(f"DELETE FROM {quoted(name)}")
        connection.executemany(f"INSERT INTO {quoted(name)} VALUES (?, ?)", rows)
    return tuple(connection.execute(sql).fetchall())


@given(
    st.lists(st.tuples(a_rows, b_rows), min_size=1, max_size=4),
    st.lists(st.sampled_from(QUERIES), min_size=1, max_size=4),
)
def test_rows_are_those_of_a_database_of_ones_own(
    pool: Pool, instances: list[tuple[list[Row], list[Row]]], queries: list[str]
) -> None:
    tables = tables_of(SCHEMA)
    scripts = [script_of(tables, {"a": a, "B b": b}) for a, b in instances]

    outcomes = pool.run(panel_of(SCHEMA, scripts), [Query(sql=sql) for sql in queries])

    for sql, outcome in zip(queries, outcomes, strict=True):
        assert outcome.first == tuple(alone(script, sql, backwards=False) for script in scripts)
        assert outcome.second == tuple(alone(script, sql, backwards=True) for script in scripts)


def test_a_query_that_was_stopped_leaves_the_next_one_of_the_request_alone(pool: Pool) -> None:
    panel = panel_of(
        "CREATE TABLE t (x);", [f"CREATE TABLE t (x); INSERT INTO t VALUES ({n}), (5);" for n in (1, 2)]
    )

    stopped, error, right = pool.run(
        panel,
        [
            Query(sql="SELECT * FROM t", most=(1, 1)),
            Query(sql="SELECT abs(-9223372036854775807 - x) FROM t"),
            Query(sql="SELECT x FROM t WHERE x < 5"),
        ],
    )

    assert (stopped.stopped, error.stopped) == ("rows", "error")
    assert right.first == right.second == (((1,),), ((2,),))


def test_instances_of_one_panel_have_the_same_tables(pool: Pool) -> None:
    panel = panel_of("CREATE TABLE t (x);", ["CREATE TABLE t (x);", "CREATE TABLE t (x, y);"])

    (outcome,) = pool.run(panel, [Query(sql="SELECT x FROM t")])

    assert (outcome.stopped, outcome.message) == ("died", "the instances have different tables")


def test_the_second_run_is_left_out_where_the_first_is_not_as_wanted(pool: Pool) -> None:
    panel = panel_of("CREATE TABLE t (x);", ["CREATE TABLE t (x); INSERT INTO t VALUES (1), (2);"])
    marks = (mark([(2,), (1,)]),)

    same, other = pool.run(
        panel, [Query(sql="SELECT x FROM t", wanted=marks), Query(sql="SELECT x + 1 FROM t", wanted=marks)]
    )

    assert same.second == (((2,), (1,)),)
    assert other.first == (((2,), (3,)),)
    assert other.second == ()


def test_text_that_is_no_utf_8_comes_back_with_what_can_be_read_of_it(pool: Pool) -> None:
    panel = panel_of("CREATE TABLE t (x);", ["CREATE TABLE t (x); INSERT INTO t VALUES ('a');"])

    bad, good = pool.run(
        panel, [Query(sql="SELECT substr(x || x'ff41', 1, 9) FROM t"), Query(sql="SELECT x || 'é' FROM t")]
    )

    assert bad.first == ((("a\ufffdA",),),)
    assert good.first == ((("aé",),),)
