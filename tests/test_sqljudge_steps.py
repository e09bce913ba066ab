"""Questions about performance: the rows must be right, and the work not many times what is needed."""

from __future__ import annotations

import pytest

from quizengine.grading import grade, variant_of
from quizengine.sqljudge.pool import Query, shared_pool
from quizengine.sqljudge.schema import database_of
from quizengine.sqljudge.scripts import panel_of
from quizengine.sqljudge.steps import ROWS, large_panel

SCHEMA = """
CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL);
CREATE TABLE visits (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users(id), day TEXT NOT NULL,
  page TEXT);
CREATE INDEX visits_by_day ON visits (day);
"""
REFERENCE = "SELECT id, user_id FROM visits WHERE day >= '2024-03-01' AND day < '2024-03-02'"
SPEC = {"type": "sql", "schema": SCHEMA, "reference": REFERENCE, "judge": "steps"}


@pytest.mark.parametrize(
    ("typed", "verdict", "rule"),
    [
        (REFERENCE, "correct", "sql:steps"),
        ("SELECT id, user_id FROM visits WHERE day = '2024-03-01'", "correct", "sql:steps"),
        ("SELECT id, user_id FROM visits WHERE date(day) = '2024-03-01'", "partial", "sql:steps"),
        ("SELECT id, user_id FROM visits WHERE substr(day, 1, 10) = '2024-03-01'", "partial", "sql:steps"),
        ("SELECT id, user_id FROM visits WHERE day > '2024-03-01'", "not correct", "sql:instances"),
    ],
)
def test_an_index_that_is_not_used_costs_half(typed: str, verdict: str, rule: str) -> None:
    told = grade(variant_of(SPEC), typed)

    assert told.rule == rule
    assert told.verdict == verdict or (verdict == "not correct" and told.verdict in ("wrong", "partial"))
    if rule == "sql:steps" and verdict == "partial":
        assert told.score == 0.5
        assert "index" in told.hint


def test_the_work_is_the_same_each_time() -> None:
    panel = large_panel(variant_of(SPEC).parts[0].answer.panel)  # type: ignore[union-attr]
    query = Query(sql="SELECT count(*) FROM visits WHERE page LIKE 'a%'", once=True)

    assert len({shared_pool().run(panel, [query])[0].steps for _ in range(3)}) == 1


def test_the_large_database_is_large_and_whole() -> None:
    panel = large_panel(variant_of(SPEC).parts[0].answer.panel)  # type: ignore[union-attr]
    connection = database_of(panel.instances[0])

    (count,) = connection.execute(
        "SELECT (SELECT count(*) FROM users) + (SELECT count(*) FROM visits)"
    ).fetchone()

    assert count >= ROWS
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    assert connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'visits_by_day'").fetchone()


def test_sqlite_makes_no_index_of_its_own_where_work_is_counted() -> None:
    small, large = (
        panel_of("CREATE TABLE t (a, b);", ["CREATE TABLE t (a, b); INSERT INTO t VALUES " + rows + ";"])
        for rows in (", ".join(f"({i}, {i})" for i in range(count)) for count in (1_000, 6_000))
    )
    query = Query(sql="SELECT count(*) FROM t x JOIN t y ON y.a = x.b", once=True)

    assert shared_pool().run(small, [query])[0].stopped == ""
    assert shared_pool().run(large, [query])[0].stopped == "work"


def test_the_judge_of_a_line_is_rows_or_steps() -> None:
    with pytest.raises(Exception, match='"rows" or "steps"'):
        variant_of(SPEC | {"judge": "time"})
