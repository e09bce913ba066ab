"""Reading a query's text: tokens, one statement, its outermost clauses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizengine.errors import UnreadableResponseError
from quizengine.sqljudge.lexer import MAX_CHARACTERS, tokenize
from quizengine.sqljudge.statement import (
    constant_limit,
    order_probe,
    read_statement,
    sort_keys,
    with_columns,
)


def texts(sql: str) -> list[str]:
    return [token.text for token in tokenize(sql)]


def refused(sql: str) -> UnreadableResponseError:
    with pytest.raises(UnreadableResponseError) as caught:
        read_statement(sql)
    return caught.value


def test_comments_quotes_and_signs_are_told_apart() -> None:
    sql = """select "a b", 'it''s -- no comment' /* gone */, x.[y z]<>1.5e3 -- end"""

    assert texts(sql) == [
        "select", '"a b"', ",", "'it''s -- no comment'", ",", "x", ".", "[y z]", "<>", "1.5e3",
    ]  # fmt: skip


def test_a_string_is_read_without_its_quotes() -> None:
    (token,) = tokenize("'it''s'")

    assert token.value == "it's"


@pytest.mark.parametrize(
    ("sql", "message", "start"),
    [
        ("SELECT 'abc", "never closed", 7),
        ("SELECT (1", "never closed", 7),
        ("SELECT 1)", "no opening", 8),
        ("SELECT /* x", "never closed", 7),
        ("SELECT\u00a01", "U+00A0", 6),
        ("SELECT \u2018a\u2019", "type a plain '", 7),
        ("SELECT \x00", "U+0000", 7),
        ("SELECT ?", "placeholder", 7),
        ("SELECT 1; DROP TABLE t", "second statement", 10),
        ("DROP TABLE t", "begins with SELECT", 0),
        ("EXPLAIN SELECT 1", "begins with SELECT", 0),
        ("SELECT date('Now')", "day on which it is run", 12),
        ("SELECT date()", "day on which it is run", 7),
    ],
)
def test_what_is_refused_is_named_with_its_place(sql: str, message: str, start: int) -> None:
    error = refused(sql)

    assert message in str(error)
    assert error.start == start


@pytest.mark.parametrize("sql", ["", "   \n", "-- only a comment", ";"])
def test_an_empty_answer_is_asked_for_again(sql: str) -> None:
    assert "no query here yet" in str(refused(sql))


def test_a_text_is_read_up_to_the_limit_of_characters() -> None:
    assert tokenize("x" * MAX_CHARACTERS)
    with pytest.raises(UnreadableResponseError, match="at most 20,000"):
        tokenize("x" * (MAX_CHARACTERS + 1))


@given(st.text(alphabet="select from'\"`[]()-*/;,.0123456789abc%\n?", max_size=60))
def test_any_text_is_either_cut_into_tokens_in_order_or_refused(text: str) -> None:
    try:
        tokens = tokenize(text)
    except UnreadableResponseError:
        tokens = ()

    assert all(text[token.start : token.end] == token.text for token in tokens)
    assert list(tokens) == sorted(tokens, key=lambda token: token.start)


def test_only_the_outermost_order_by_counts() -> None:
    inner = read_statement("SELECT * FROM (SELECT a FROM t ORDER BY a LIMIT 3)")
    outer = read_statement(
        "WITH w AS (SELECT 1 ORDER BY 1) SELECT sum(a) OVER (ORDER BY b) FROM w ORDER BY a DESC"
    )

    assert inner.order is None
    assert inner.limit is None
    assert [key.text for key in sort_keys(outer)] == ["a"]


def test_sort_keys_lose_their_direction() -> None:
    statement = read_statement("SELECT a FROM t ORDER BY lower(a, 'x') DESC, b + 1 ASC NULLS LAST, 3 LIMIT 4")

    assert [key.text for key in sort_keys(statement)] == ["lower(a, 'x')", "b + 1", "3"]
    assert constant_limit(statement) == 4


@pytest.mark.parametrize(
    "sql", ["SELECT 1 LIMIT 2 OFFSET 1", "SELECT 1 LIMIT 1, 2", "SELECT 1 LIMIT 1 + 1", "SELECT 1"]
)
def test_only_a_plain_limit_is_a_constant_one(sql: str) -> None:
    assert constant_limit(read_statement(sql)) is None


def test_the_order_probe_goes_behind_the_last_key_and_before_limit_and_comment() -> None:
    sql = "SELECT a FROM t ORDER BY a DESC -- all\nLIMIT 3 ; -- end"

    probe = order_probe(read_statement(sql))

    assert probe is not None
    assert probe.startswith("SELECT a FROM t ORDER BY a DESC, judge_tie() -- all\nLIMIT 3")


@pytest.mark.parametrize("sql", ["SELECT 1", "SELECT 1 UNION SELECT 2 ORDER BY 1", "VALUES (1) ORDER BY 1"])
def test_a_query_without_an_order_of_its_own_has_no_probe(sql: str) -> None:
    assert order_probe(read_statement(sql)) is None


def test_further_columns_go_in_front_of_the_outermost_from() -> None:
    statement = read_statement("SELECT (SELECT b FROM u), a IS NOT DISTINCT FROM 1 FROM t ORDER BY c LIMIT 3")

    text = with_columns(statement, ("c",))

    assert text == "SELECT (SELECT b FROM u), a IS NOT DISTINCT FROM 1, c FROM t ORDER BY c"
