"""What a person is told about a query."""

from __future__ import annotations

import re

import pytest

from quizengine.sqljudge import judge
from quizengine.sqljudge.neighbours import named_slips
from quizengine.sqljudge.schema import tables_of
from tests.sql_examples import SHOP, answer_of, answer_on

TOTALS = (
    "SELECT b.id, count(s.id) AS n FROM buyers b LEFT JOIN sales s ON s.buyer_id = b.id "
    "GROUP BY b.id ORDER BY n DESC, b.id"
)
WRONG = (
    ("inner-join", TOTALS.replace("LEFT JOIN", "JOIN")),
    ("counts-null-row", TOTALS.replace("count(s.id)", "count(*)")),
)


@pytest.mark.parametrize(
    "text",
    [
        TOTALS,
        TOTALS + " ;  -- done",
        "select id, (select count(*) from sales where buyer_id = buyers.id) from buyers order by 2 desc, 1",
        "WITH c(i, n) AS (SELECT buyer_id, count(*) FROM sales GROUP BY 1) "
        "SELECT id, coalesce(n, 0) * 1.0 FROM buyers LEFT JOIN c ON i = id ORDER BY coalesce(n, 0) DESC, id",
    ],
)
def test_every_way_to_the_right_rows_is_right(text: str) -> None:
    verdict = judge(answer_of(TOTALS), WRONG, text)

    assert (verdict.verdict, verdict.score, verdict.message) == ("correct", 1.0, "")


@pytest.mark.parametrize("name", ["inner-join", "counts-null-row"])
def test_a_known_wrong_query_gets_its_name_however_it_is_written(name: str) -> None:
    text = dict(WRONG)[name].replace("b.", "bb.").replace("buyers b ", "buyers AS bb ").lower()

    verdict = judge(answer_of(TOTALS), WRONG, text)

    assert (verdict.verdict, verdict.score, verdict.misconception) == ("wrong", 0.0, name)


@pytest.mark.parametrize(
    ("text", "message", "part"),
    [
        ("SELECT idd FROM buyers", "There is no column idd here. Did you mean 'id'?", "idd"),
        ("SELECT id FROM buyer", "There is no table buyer here. Did you mean 'buyers'?", "buyer"),
        ("SELECT cuont(*) FROM buyers", "There is no function cuont here. Did you mean 'count'?", "cuont"),
        ("SELECT random() FROM buyers", "The function random is not available here.", "random"),
        ("SELECT name FROM sqlite_master", "There is no table sqlite_master here.", "sqlite_master"),
        ("SELECT rowid FROM buyers", "Rows have no hidden number here", "rowid"),
        ("SELECT id id id FROM buyers", "SQLite cannot go on reading at 'id'.", None),
        ("SELECT id FROM buyers WHERE", "complete", None),
    ],
)
def test_a_query_that_cannot_run_is_asked_for_again(text: str, message: str, part: str | None) -> None:
    verdict = judge(answer_of(TOTALS), WRONG, text)

    assert (verdict.verdict, verdict.score) == ("unreadable", 0.0)
    assert message in verdict.message
    if part is not None:
        assert text[verdict.start : verdict.end] == part


def test_the_place_of_a_syntax_error_is_the_first_bad_word() -> None:
    verdict = judge(answer_of(TOTALS), WRONG, "SELECT id, id FROM buyers GROUP id BY id")

    assert verdict.start == "SELECT id, id FROM buyers GROUP id BY id".index("GROUP") + len("GROUP ")


def test_an_error_on_some_data_is_wrong_and_says_so() -> None:
    verdict = judge(answer_of(TOTALS), WRONG, "SELECT 1, sum(9223372036854775807) FROM sales ORDER BY 1")

    assert (verdict.verdict, verdict.category) == ("wrong", "error")
    assert "integer overflow" in verdict.message


@pytest.mark.parametrize(
    "text", ["SELECT 1, 2 WHERE 0", "SELECT 1, 0", "SELECT NULL, NULL", "SELECT id, 0 FROM buyers"]
)
def test_a_guess_earns_nothing(text: str) -> None:
    assert judge(answer_of(TOTALS), WRONG, text + " ORDER BY 1").score == 0


def test_other_columns_in_the_right_rows_are_partly_right() -> None:
    verdict = judge(
        answer_of(TOTALS),
        WRONG,
        TOTALS.replace("SELECT b.id, count(s.id) AS n", "SELECT count(s.id) AS n, b.id"),
    )

    assert (verdict.verdict, verdict.score, verdict.category) == ("partial", 0.3, "columns")


def test_empty_results_with_other_columns_are_not_the_same() -> None:
    answer = answer_on(
        "SELECT id FROM buyers WHERE id < 0",
        "CREATE TABLE buyers (id, name, town); CREATE TABLE sales (id, buyer_id, amount, sold_on);",
    )

    assert judge(answer, (), "SELECT id, name FROM buyers").category == "columns"


def test_practice_shows_a_small_database_on_which_the_query_fails() -> None:
    verdict = judge(answer_of(TOTALS), (), TOTALS.replace("LEFT JOIN", "JOIN"))

    assert verdict.example is not None
    buyers, sales = verdict.example.tables
    assert (buyers.row_count, sales.row_count) == (1, 0)
    assert verdict.example.rows == ()
    assert verdict.example.missing == ((buyers.sample[0][0], "0"),)


def test_the_example_keeps_every_foreign_key_whole() -> None:
    verdict = judge(answer_of(TOTALS), (), TOTALS.replace("count(s.id)", "count(DISTINCT s.amount)"))

    assert verdict.example is not None
    buyers, sales = verdict.example.tables
    assert {row[1] for row in sales.sample} <= {row[0] for row in buyers.sample} | {"NULL"}


def test_the_same_query_always_gets_the_same_verdict() -> None:
    text = TOTALS.replace("LEFT JOIN", "JOIN")

    assert judge(answer_of(TOTALS), (), text) == judge(answer_of(TOTALS), (), text)


def test_a_reference_that_does_not_run_leaves_the_verdict_open() -> None:
    verdict = judge(answer_on("SELECT nothing FROM buyers", "CREATE TABLE buyers (id)"), (), "SELECT 1")

    assert verdict.verdict == "undecided"
    assert "reference does not run" in verdict.message


@pytest.mark.parametrize(
    ("right", "typed", "slip"),
    [
        (TOTALS, TOTALS.replace("LEFT JOIN", "JOIN"), "JOIN instead of LEFT JOIN"),
        (TOTALS, TOTALS.replace("count(s.id)", "sum(1)"), "COUNT(*) instead of COUNT of a column"),
        (
            "SELECT DISTINCT town FROM buyers",
            "SELECT town FROM buyers WHERE 1 = 1",
            "DISTINCT left out",
        ),
        (
            "SELECT id FROM sales WHERE amount >= 1",
            "SELECT id FROM sales WHERE NOT amount <= 1",
            "> instead of >=",
        ),
        (
            "SELECT id FROM sales WHERE amount BETWEEN 1 AND 2",
            "SELECT id FROM sales WHERE amount >= 1 AND amount < 2",
            "an end of BETWEEN left out",
        ),
        ("SELECT coalesce(amount, 0) FROM sales", "SELECT amount FROM sales", "COALESCE left out"),
        ("SELECT id FROM sales WHERE amount > 1", "SELECT id + 7 FROM sales", ""),
    ],
)
def test_a_slip_is_named_by_what_the_query_gives_not_by_how_it_is_written(
    right: str, typed: str, slip: str
) -> None:
    example = judge(answer_of(right), (), typed).example

    assert example is not None
    assert example.slip == slip


def test_the_names_of_slips_quote_nothing_of_the_key() -> None:
    key = (
        "SELECT DISTINCT name, coalesce(max(amount), 41) FROM sales JOIN buyers ON buyers.id = buyer_id "
        "WHERE sold_on BETWEEN '2024-05-17' AND '2024-06-30' AND town <> 'Oslo' AND amount > 4242 "
        "GROUP BY name, town HAVING count(id) > 7 ORDER BY 2 DESC, name LIMIT 3"
    )

    names = {name.lower() for _, name in named_slips(key, tables_of(SHOP))}

    secrets = ("name", "amount", "41", "sales", "buyers", "id", "2024", "town", "oslo", "42", "7", "3", "2")
    assert len(names) > 20
    assert not [name for name in names if {*re.findall(r"[a-z_]+|[0-9]+", name)} & {*secrets}]


def test_rows_in_another_order_are_named_so_and_partly_right() -> None:
    verdict = judge(
        answer_of("SELECT id FROM buyers ORDER BY id"), (), "SELECT id FROM buyers ORDER BY id DESC"
    )

    assert (verdict.verdict, verdict.score, verdict.category) == ("partial", 0.3, "order")
    assert verdict.example is not None
    assert verdict.example.missing == verdict.example.extra == ()


def test_what_is_passed_counts_by_what_is_awkward_about_the_databases() -> None:
    right = "SELECT id, coalesce(amount, 0) FROM sales"
    answer = answer_on(
        right,
        *(
            f"CREATE TABLE sales (id, buyer_id, amount, sold_on); INSERT INTO sales VALUES {rows};"
            for rows in (
                "(1, 1, 2, 'x'), (2, 1, 3, 'x')",
                "(1, 1, 5, 'x')",
                "(1, 1, NULL, 'x'), (2, 1, 1, 'x')",
            )
        ),
    )

    verdict = judge(answer, (), "SELECT id, amount FROM sales")

    # All plain databases pass and the one with NULL does not: half of the traits, of at most 0.6.
    assert (verdict.verdict, verdict.score, verdict.category) == ("partial", 0.3, "values")
