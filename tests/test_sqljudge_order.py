"""Orders: asked for, missing, right by accident."""

from __future__ import annotations

import pytest

from quizengine.sqljudge import judge
from tests.sql_examples import answer_of, answer_on

BY_TOWN = "SELECT id, town FROM buyers ORDER BY town"
TABLES = "CREATE TABLE buyers (id INTEGER, name TEXT, town TEXT);"
#: Lies in storage as it is wanted.
SORTED = (
    TABLES
    + "INSERT INTO buyers VALUES (1, 'a', 'x'), (2, 'a', 'x'), (3, 'a', 'x'), (4, 'a', 'x'), (5, 'a', 'x');"
)
MIXED = (
    TABLES
    + "INSERT INTO buyers VALUES (3, 'a', 'x'), (1, 'b', 'y'), (5, 'b', 'x'), (2, 'a', 'x'), (4, 'a', 'y');"
)


def test_rows_that_tie_may_come_in_any_order() -> None:
    for more in ("", ", id", ", id DESC", ", name, id DESC"):
        assert judge(answer_of(BY_TOWN), (), BY_TOWN + more).verdict == "correct"


def test_a_missing_order_is_named_even_when_the_rows_come_sorted() -> None:
    answer = answer_on("SELECT id FROM buyers ORDER BY id", SORTED, MIXED)

    verdict = judge(answer, (), "SELECT id FROM (SELECT id FROM buyers ORDER BY id)")

    assert (verdict.verdict, verdict.rule, verdict.category) == ("partial", "sql:order-missing", "order")
    assert "add ORDER BY" in verdict.message


def test_an_order_is_not_asked_for_where_there_is_one_row() -> None:
    answer = answer_of("SELECT count(*) FROM buyers ORDER BY 1")

    assert judge(answer, (), "SELECT count(id) FROM buyers").verdict == "correct"


def test_an_order_that_is_right_by_accident_is_found_out() -> None:
    answer = answer_on("SELECT id, name FROM buyers ORDER BY name, id", SORTED, SORTED)

    by_accident = judge(answer, (), "SELECT id, name FROM (SELECT * FROM buyers ORDER BY id) ORDER BY name")
    in_full = judge(answer, (), "SELECT id, name FROM buyers ORDER BY name, id")

    assert (by_accident.verdict, by_accident.category) == ("partial", "order")
    assert in_full.verdict == "correct"


def test_the_order_probe_says_that_the_order_is_open() -> None:
    # The second run sees the rows backwards, so the window sorts both; only the probe mixes the ties.
    text = "SELECT id, name FROM (SELECT *, row_number() OVER (ORDER BY id) AS n FROM buyers) ORDER BY name"

    verdict = judge(answer_on("SELECT id, name FROM buyers ORDER BY name, id", SORTED, SORTED), (), text)

    assert verdict.rule == "sql:order-probe"
    assert "right by accident" in verdict.message


def test_a_window_that_leaves_ties_open_is_found_out_on_rows_stored_backwards() -> None:
    answer = answer_on("SELECT id, row_number() OVER (ORDER BY name, id) FROM buyers", SORTED, SORTED + " ")

    verdict = judge(answer, (), "SELECT id, row_number() OVER (ORDER BY name) FROM buyers")

    assert (verdict.verdict, verdict.rule, verdict.category) == ("wrong", "sql:instances", "values")


def test_a_wrong_direction_is_an_order_that_fails() -> None:
    verdict = judge(
        answer_of("SELECT id FROM buyers ORDER BY id"), (), "SELECT id FROM buyers ORDER BY id DESC"
    )

    assert (verdict.verdict, verdict.rule) == ("partial", "sql:order")


def test_of_the_ties_that_a_limit_cuts_any_will_do() -> None:
    answer = answer_on("SELECT id, town FROM buyers ORDER BY town LIMIT 1", MIXED)

    for more in ("", ", id", ", id DESC"):
        assert (
            judge(answer, (), f"SELECT id, town FROM buyers ORDER BY town{more} LIMIT 1").verdict == "correct"
        )


def test_a_limit_without_an_order_is_found_out() -> None:
    answer = answer_on("SELECT min(id) FROM buyers", SORTED, MIXED, SORTED + " ", MIXED + " ")

    right = judge(answer, (), "SELECT id FROM buyers ORDER BY id LIMIT 1")
    open_ = judge(answer, (), "SELECT id FROM (SELECT id FROM buyers ORDER BY id) LIMIT 1")

    assert right.verdict == "correct"
    assert open_.verdict != "correct"


def test_any_order_will_do_where_none_is_asked_for() -> None:
    answer = answer_of("SELECT id, town FROM buyers")

    for order in ("", " ORDER BY 1", " ORDER BY name DESC"):
        assert judge(answer, (), "SELECT id, town FROM buyers" + order).verdict == "correct"


@pytest.mark.parametrize(
    "reference",
    [
        "SELECT id, town FROM buyers ORDER BY 2, id",
        "SELECT id, town AS place FROM buyers ORDER BY place DESC",
        "SELECT id FROM buyers ORDER BY length(name), town",
        "SELECT DISTINCT town FROM buyers ORDER BY town",
        "SELECT id FROM buyers UNION SELECT buyer_id FROM sales ORDER BY 1",
        "SELECT town, count(*) FROM buyers GROUP BY town ORDER BY count(*) DESC, town LIMIT 2",
    ],
)
def test_every_kind_of_sort_key_accepts_its_own_reference(reference: str) -> None:
    assert judge(answer_of(reference), (), reference).verdict == "correct"


def test_an_offset_wants_an_order_that_names_every_row() -> None:
    full, open_ = (
        "SELECT id FROM buyers ORDER BY id LIMIT 2 OFFSET 1",
        "SELECT id FROM buyers ORDER BY town LIMIT 2 OFFSET 1",
    )

    assert judge(answer_on(full, MIXED), (), full).verdict == "correct"
    assert judge(answer_on(open_, MIXED), (), open_).verdict != "correct"
