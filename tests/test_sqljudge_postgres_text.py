"""What a query for PostgreSQL may say, before any server is asked."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizengine.errors import UnreadableResponseError
from quizengine.sqljudge.postgres.lexer import tokenize
from quizengine.sqljudge.postgres.statement import read_statement
from quizengine.sqljudge.postgres.values import value_of
from quizengine.sqljudge.statement import constant_limit, order_probe

TAKEN = [
    "SELECT DISTINCT ON (town) town, name FROM buyers ORDER BY town, id",
    "SELECT count(*) FILTER (WHERE amount > 1) FROM sales",
    "SELECT d::date FROM generate_series('2025-01-01'::date, '2025-01-09', '1 day') AS g(d)",
    "SELECT b.name, s.* FROM buyers b CROSS JOIN LATERAL (SELECT id FROM sales LIMIT 2) s(sale)",
    "SELECT date_trunc('month', sold_on), extract(year FROM sold_on) FROM sales",
    "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 9) SELECT n FROM r",
    "WITH a(x) AS MATERIALIZED (SELECT 1), b (y) AS (VALUES (2)) SELECT x, y FROM a, b",
    "SELECT (payload ->> 'kind'), payload #>> '{a,b}', payload @> '{\"a\": 1}' FROM t WHERE payload ? 'k'",
    "SELECT tags[1], ARRAY[1, 2] || 3, tags[1:2] FROM t",
    "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY amount) FROM sales",
    "SELECT sum(amount) OVER w FROM sales WINDOW w AS (PARTITION BY buyer_id ORDER BY id ROWS 2 PRECEDING)",
    "SELECT a FROM t GROUP BY GROUPING SETS ((a), ()), ROLLUP (b)",
    "SELECT name FROM buyers WHERE name ~* '^a' AND name !~ 'b$' AND town ILIKE 'u%'",
    "SELECT CAST(amount AS numeric(10, 2)), '7'::varchar(3), timestamp(0) '2025-01-01' FROM sales",
    "SELECT * FROM jsonb_to_recordset('[]') AS x(a int, b text)",
    "SELECT name FROM buyers FETCH FIRST 3 ROWS ONLY",
    "SELECT E'it\\'s', $$it's$$, $q$a $$ b$q$ /* a /* b */ c */ -- d",
    "VALUES (1, 'a'), (2, 'b')",
    "SELECT power(1 + rate, 12), x ^ 2, power(2, -3), power(x, 0.5) FROM t",
    "SELECT id FROM buyers;",
]

REFUSED = {
    "SELECT pg_sleep(1)": "belongs to the server",
    'SELECT "pg_sleep"(1)': "belongs to the server",
    "SELECT pg_catalog.lower('A')": "belongs to the server",
    "SELECT usename FROM pg_user": "belongs to the server",
    "SELECT * FROM information_schema.tables": "belongs to the server",
    "SELECT set_config('statement_timeout', '0', false)": "belongs to the server",
    "SELECT lo_import('/etc/passwd')": "belongs to the server",
    'SELECT U&"pg\\005Fsleep"(1)': "instead of U&",
    "SELECT query_to_xml('SELECT 1', true, true, '')": "query_to_xml is not available",
    "SELECT version()": "version is not available",
    "SELECT repeat('x', 1000000000)": "repeat is not available",
    "SELECT random()": "depend on the day",
    "SELECT now()": "depend on the day",
    "SELECT current_date": "depend on the day",
    "SELECT 'now'::timestamp": "depend on the day",
    "SELECT current_user": "depend on who",
    "SELECT ctid FROM buyers": "no hidden number",
    "SELECT name INTO TEMP stolen FROM buyers": "nothing can be changed",
    "WITH x AS (DELETE FROM buyers RETURNING *) SELECT * FROM x": "nothing can be changed",
    "SELECT * FROM buyers FOR UPDATE": "cannot be locked",
    "SELECT 1; DROP TABLE buyers": "second statement",
    "SELECT 1; COMMIT": "second statement",
    "COPY buyers TO PROGRAM 'id'": "begins with SELECT or WITH",
    "DO $$ BEGIN PERFORM 1; END $$": "begins with SELECT or WITH",
    "SET ROLE judge": "begins with SELECT or WITH",
    "EXPLAIN ANALYZE SELECT 1": "begins with SELECT or WITH",
    "SELECT 1.1::numeric ^ 1000000": "exponent as a number of at most",
    "SELECT 1.1 ^ (1000000)": "exponent as a number of at most",
    "SELECT power(1.1, n * 1000) FROM t": "exponent as a number of at most",
    "SELECT $1": "placeholder",
    "SELECT :name": "placeholder",
    "SELECT 'open": "never closed",
    "SELECT $x$open$y$": "never closed",
    "SELECT 1 /* a /* b */": "never closed",
    "SELECT (1]": "closes nothing",
    "  -- nothing": "no query here yet",
    "SELECT a FROM t, dblink_connect('x') AS (a int)": "belongs to the server",
    "SELECT now AT TIME ZONE evil(a) FROM t": "evil is not available",
    "SELECT JSON_OBJECT('a' VALUE evil(a)) FROM t": "evil is not available",
}


@pytest.mark.parametrize("sql", TAKEN)
def test_what_postgresql_offers_is_taken(sql: str) -> None:
    assert read_statement(sql).tokens[0].upper in ("SELECT", "WITH", "VALUES")


@pytest.mark.parametrize("sql", REFUSED)
def test_what_does_more_than_read_is_refused_with_a_reason(sql: str) -> None:
    with pytest.raises(UnreadableResponseError, match=REFUSED[sql]):
        read_statement(sql)


def test_a_limit_may_be_said_in_three_ways() -> None:
    assert constant_limit(read_statement("SELECT a FROM t ORDER BY a LIMIT 3")) == 3
    for tail in ("OFFSET 1", "FETCH FIRST 2 ROWS ONLY", "OFFSET 1 LIMIT 2"):
        statement = read_statement(f"SELECT a FROM t ORDER BY a {tail}")
        assert statement.keeps_some
        assert constant_limit(statement) is None
        assert order_probe(statement) == f"SELECT a FROM t ORDER BY a, random() {tail}"


def test_ties_that_are_to_be_kept_are_not_parted() -> None:
    statement = read_statement("SELECT a FROM t ORDER BY a FETCH FIRST 2 ROWS WITH TIES")

    assert statement.keeps_some
    assert order_probe(statement) is None


def test_distinct_on_keeps_some_rows_by_its_order() -> None:
    assert read_statement("SELECT DISTINCT ON (a) a, b FROM t ORDER BY a, b").keeps_some
    assert not read_statement("SELECT DISTINCT a, b FROM t ORDER BY a, b").keeps_some


@given(st.text(alphabet="SELECTaf1 .,;:'\"$()[]/*-\\\n|&e", max_size=60))
def test_any_text_is_read_or_refused_with_its_place(text: str) -> None:
    with suppress(UnreadableResponseError):
        assert all(text[token.start : token.end] == token.text for token in tokenize(text))


@pytest.mark.parametrize(
    ("raw", "type_id", "value"),
    [
        (None, 23, None),
        (b"t", 16, 1),
        (b"-12", 20, -12),
        (b"2.50", 1700, 2.5),
        (b"12345678901234567890", 1700, 12345678901234567890),
        (b"NaN", 1700, "NaN"),
        (b"NaN", 701, "NaN"),
        (b"-Infinity", 701, float("-inf")),
        (b"1e-07", 701, 1e-07),
        (b"2025-03-01 00:00:00", 1114, "2025-03-01"),
        (b"2025-03-01 10:00:00+00", 1184, "2025-03-01 10:00:00"),
        (b"0044-03-15 BC", 1082, "0044-03-15 BC"),
        (b'{"b":1,  "a":2}', 114, '{"a": 2, "b": 1}'),
        (b"{a,b}", 1009, "{a,b}"),
    ],
)
def test_values_come_as_the_comparator_takes_them(raw: bytes | None, type_id: int, value: object) -> None:
    assert value_of(raw, type_id) == value
