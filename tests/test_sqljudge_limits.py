"""Every limit of a query has a statement that only it stops, and one just below that passes."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from quizengine.sqljudge import Pool
from quizengine.sqljudge.pool import Outcome, Query
from quizengine.sqljudge.scripts import panel_of
from tests.sql_examples import SHOP

PANEL = panel_of(
    SHOP,
    [
        "CREATE TABLE buyers (id INTEGER, name TEXT, town TEXT);"
        "INSERT INTO buyers VALUES (1, 'a', NULL), (2, 'b', 'x');"
    ],
)


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    pool = Pool(size=1)
    yield pool
    pool.close()


def run(pool: Pool, sql: str, **options: int) -> Outcome:
    return pool.run(PANEL, [Query(sql=sql, **options)])[0]  # type: ignore[arg-type]


def doubled(times: int) -> str:
    start = "WITH RECURSIVE r(n, s) AS (SELECT 1, 'aaaaaaaaaa' UNION ALL "
    return start + f"SELECT n + 1, s || s FROM r WHERE n < {times})"


def counting(count: int) -> str:
    return f"k(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM k WHERE i < {count})"


def test_a_text_of_more_than_50_000_characters_is_stopped(pool: Pool) -> None:
    assert run(pool, doubled(13) + " SELECT max(length(s)) FROM r").first == (((40_960,),),)
    assert run(pool, doubled(14) + " SELECT max(length(s)) FROM r").message == "string or blob too big"


@pytest.mark.parametrize(
    "sql",
    [
        f"WITH x(a) AS (SELECT '{'a' * 40}') SELECT length(replace(replace(a, 'a', a), 'a', a)) FROM x",
        f"{doubled(13)} SELECT length(group_concat(s)) FROM r",
    ],
)
def test_functions_that_make_long_texts_are_bounded(pool: Pool, sql: str) -> None:
    assert run(pool, sql).message == "string or blob too big"


def repeated(text: str, count: int, by: str = ", ") -> str:
    return by.join([text] * count)


@pytest.mark.parametrize(
    ("passes", "fails", "message"),
    [
        (f"SELECT {repeated('1', 100)}", f"SELECT {repeated('1', 101)}", "too many columns"),
        (
            f"SELECT {repeated('1', 99, '+')}",
            f"SELECT {repeated('1', 120, '+')}",
            "Expression tree is too large",
        ),
        (repeated("SELECT 1", 20, " UNION ALL "), repeated("SELECT 1", 21, " UNION ALL "), "too many terms"),
        (f"SELECT char({repeated('65', 20)})", f"SELECT char({repeated('65', 21)})", "too many arguments"),
        (
            f"SELECT 1 IN ({repeated('1', 5_000, ',')})",
            f"SELECT 1 IN ({repeated('1', 9_900, ',')})",
            "too large",
        ),
        ("SELECT 1", "SELECT ?", "too many SQL variables"),
    ],
)
def test_a_statement_that_is_too_large_does_not_compile(
    pool: Pool, passes: str, fails: str, message: str
) -> None:
    assert run(pool, passes).fault == ""
    assert message in run(pool, fails).fault


def test_a_long_pattern_is_stopped(pool: Pool) -> None:
    assert run(pool, f"SELECT 'a' LIKE '{'a' * 50}'").stopped == ""
    assert "too complex" in run(pool, f"SELECT 'a' LIKE '{'a' * 51}'").message


def test_work_without_end_is_stopped_by_the_budget_of_steps(pool: Pool) -> None:
    endless = "WITH RECURSIVE k(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM k) SELECT count(*) FROM k"

    assert run(pool, endless).stopped == "work"
    assert run(pool, "WITH RECURSIVE " + counting(1_000) + " SELECT count(*) FROM k").first == (((1_000,),),)


def test_the_budget_stops_at_the_same_step_every_time(pool: Pool) -> None:
    sql = "WITH RECURSIVE " + counting(100_000) + " SELECT count(*) FROM k"

    assert {run(pool, sql, budget=50_000).steps for _ in range(3)} == {50_200}


def test_slow_steps_are_stopped_by_the_deadline_wherever_they_are(pool: Pool) -> None:
    search = "SELECT sum(instr(s, substr(s, 1, 20000) || 'b')) FROM k, r WHERE n = 13"
    slow = f"{doubled(13)}, {counting(3_000)} {search}"

    started = time.monotonic()

    assert run(pool, slow).stopped == "deadline"
    assert time.monotonic() - started < 1.0
    assert run(pool, "SELECT count(*) FROM buyers").first == (((2,),),)


def test_memory_is_bounded(pool: Pool) -> None:
    kept = "SELECT count(*) FROM (SELECT DISTINCT i || s FROM k, r WHERE n = 13)"
    greedy = f"{doubled(13)}, {counting(2_500)} {kept}"

    assert run(pool, greedy).stopped == "memory"


def test_rows_are_bounded_in_number_and_in_length(pool: Pool) -> None:
    assert run(pool, "WITH RECURSIVE " + counting(6_000) + " SELECT i FROM k").stopped == "rows"
    assert run(pool, f"{doubled(13)}, {counting(100)} SELECT s FROM k, r WHERE n = 13").stopped == "rows"


@pytest.mark.parametrize(
    "sql",
    [
        "ATTACH ':memory:' AS x", "PRAGMA query_only = OFF", "CREATE TEMP TABLE x (a)", "DELETE FROM buyers",
        "VACUUM",
        "BEGIN", "SELECT * FROM pragma_database_list", "SELECT count(*) FROM pragma_function_list",
        "SELECT count(*) FROM sqlite_schema", "SELECT * FROM json_each('[1]')", "SELECT load_extension('x')",
        "SELECT randomblob(9)", "SELECT hex(zeroblob(9))", "SELECT printf('%d', 1)",
        "SELECT CURRENT_TIMESTAMP",
        "SELECT rowid FROM buyers", "SELECT judge_tie()", "SELECT last_insert_rowid()",
    ],
)  # fmt: skip
def test_nothing_but_reading_the_tables_is_allowed(pool: Pool, sql: str) -> None:
    outcome = run(pool, sql)

    assert outcome.fault or outcome.stopped == "error"
    assert outcome.first == ()


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        (
            "WITH RECURSIVE " + counting(3) + " SELECT count(*) FROM k",
            ((3,),),
        ),
        ("SELECT count(*) FROM (SELECT 1 UNION SELECT 2)", ((2,),)),
        ("SELECT count(*) FROM buyers WHERE name GLOB '[ab]' AND name LIKE 'A'", ((0,),)),
        ("SELECT id, rank() OVER (ORDER BY id DESC) FROM buyers ORDER BY 1", ((1, 2), (2, 1))),
        ("SELECT date('2024-02-28', '+1 day'), strftime('%Y', '2024-01-01')", (("2024-02-29", "2024"),)),
        ("VALUES (1, 'x')", ((1, "x"),)),
    ],
)
def test_what_an_honest_query_needs_is_there(
    pool: Pool, sql: str, rows: tuple[tuple[object, ...], ...]
) -> None:
    assert run(pool, sql).first == (rows,)


def test_nothing_survives_an_answer(pool: Pool) -> None:
    before = run(pool, "SELECT count(*) FROM buyers").first
    for sql in ("DROP TABLE buyers", "WITH x AS (SELECT 1) DELETE FROM buyers", "UPDATE buyers SET id = 9"):
        assert run(pool, sql).fault

    assert run(pool, "SELECT count(*) FROM buyers").first == before
