"""Databases for questions: drawn the same way again, with keys kept and awkward rows in them."""

from __future__ import annotations

import copy
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from quizengine.model.answers import SqlAnswer
from quizengine.resources import resource
from quizengine.sqljudge import (
    SchemaError,
    WrongQuery,
    judge,
    load_dataset,
    make_panel,
    panel_for_schema,
    tables_shown,
)
from quizengine.sqljudge.datasets import read_dataset
from quizengine.sqljudge.gate import is_repeatable, publish
from quizengine.sqljudge.instances import PROFILES, Dataset, make_instance
from quizengine.sqljudge.literals import compared_literals
from quizengine.sqljudge.panel_cache import forget_panels
from quizengine.sqljudge.schema import quoted, tables_of
from quizengine.sqljudge.scripts import rows_of_script
from tests.sql_examples import SHOP, answer_of

ZERO_ORDERS = """SELECT u.user_id, count(o.order_id) FROM users u
LEFT JOIN orders o ON o.user_id = u.user_id AND o.status = 'paid' GROUP BY u.user_id ORDER BY 1"""
WRONG = (
    ("counts-null-row", ZERO_ORDERS.replace("count(o.order_id)", "count(*)")),
    ("filter-in-where", ZERO_ORDERS.replace("AND o.status", "WHERE o.status")),
)
WRONG_QUERIES = tuple(WrongQuery(sql) for _, sql in WRONG)
TABLES = ("users", "orders")


DATASETS = resource("question_banks") / "backend_to_ml" / "datasets"


@pytest.fixture(scope="module")
def platform() -> Dataset:
    return load_dataset(DATASETS / "ml_platform.toml")


@pytest.fixture(scope="module")
def usage() -> Dataset:
    return load_dataset(DATASETS / "usage.toml")


@pytest.fixture(scope="module")
def operations() -> Dataset:
    return load_dataset(DATASETS / "operations.toml")


def rows(dataset: Dataset, table: str, profile: int = 12, seed: int = 1) -> list[dict[str, Any]]:
    """The rows of one instance, by column name."""
    drawn = make_instance(dataset, [table], PROFILES[profile], [seed])[table]
    names = [
        column.name for rules in dataset.tables if rules.table.name == table for column in rules.table.columns
    ]
    return [dict(zip(names, row, strict=True)) for row in drawn]


def test_equal_seeds_give_equal_panels_and_others_do_not(platform: Dataset) -> None:
    first = make_panel(platform, TABLES, 3, reference=ZERO_ORDERS, wrong_queries=WRONG_QUERIES)
    forget_panels()

    assert make_panel(platform, TABLES, 3, reference=ZERO_ORDERS, wrong_queries=WRONG_QUERIES) == first
    assert (
        make_panel(platform, TABLES, 4, reference=ZERO_ORDERS, wrong_queries=WRONG_QUERIES).digest
        != first.digest
    )


@pytest.mark.parametrize("name", sorted(path.stem for path in DATASETS.glob("*.toml")))
@pytest.mark.parametrize("seed", range(4))
def test_every_table_of_the_bank_keeps_its_keys_and_references(name: str, seed: int) -> None:
    dataset = load_dataset(DATASETS / f"{name}.toml")
    names = [rules.table.name for rules in dataset.tables]
    drawn = make_instance(dataset, names, PROFILES[12], [seed])

    for rules in dataset.tables:
        table = rules.table
        columns = [column.name for column in table.columns]
        records = [dict(zip(columns, row, strict=True)) for row in drawn[table.name]]
        assert records
        for key in (*table.keys, *rules.unique):
            assert max(Counter(tuple(record[name] for name in key) for record in records).values()) == 1
        for reference in table.references:
            parent = [
                c.name for r in dataset.tables if r.table.name == reference.table for c in r.table.columns
            ]
            targets = {row[parent.index(reference.target)] for row in drawn[reference.table]}
            assert {record[reference.column] for record in records} <= targets
        for column in table.columns:
            assert not column.not_null or all(record[column.name] is not None for record in records)


@pytest.mark.parametrize("seed", range(3))
def test_the_awkward_rows_of_the_bank_are_there(platform: Dataset, seed: int) -> None:
    assert any(user["country"] is None for user in rows(platform, "users", seed=seed))
    assert {order["status"] for order in rows(platform, "orders", seed=seed)} >= {"paid"}
    copies = Counter(event["event_id"] for event in rows(platform, "events", seed=seed))
    assert max(copies.values()) > 1
    variants = Counter(
        (one["user_id"], one["experiment"]) for one in rows(platform, "ab_assignments", seed=seed)
    )
    assert max(variants.values()) >= 2
    memberships = {(one["entity_id"], one["split"]) for one in rows(platform, "splits", seed=seed)}
    assert max(Counter(entity for entity, _ in memberships).values()) > 1
    assert any(one["value"] is None for one in rows(platform, "feature_values", seed=seed))
    assert any(one["git_sha"] is None for one in rows(platform, "runs", seed=seed))


def test_limits_are_met_exactly_on_some_database_of_the_bank(platform: Dataset) -> None:
    def seen(table: str, column: str) -> set[object]:
        return {row[column] for seed in range(8) for row in rows(platform, table, seed=seed)}

    assert 0.5 in seen("predictions", "score")
    assert seen("orders", "ordered_at") & seen("ab_assignments", "assigned_at")
    assert seen("labels", "label_ts") & seen("feature_values", "event_ts")
    assert seen("labels", "label_ts") & seen("feature_values", "created_ts")
    assert seen("predictions", "ts") & seen("alias_changes", "changed_at")
    assert seen("predictions", "ts") & seen("approvals", "revoked_at")


@pytest.mark.parametrize("seed", range(3))
def test_the_awkward_rows_of_the_accounts_are_there(usage: Dataset, seed: int) -> None:
    days = Counter((one["account_id"], one["day"]) for one in rows(usage, "activity", seed=seed))
    assert max(days.values()) > 1
    assert {str(day)[5:7] for _, day in days} == {"02", "03"}
    periods = rows(usage, "plan_periods", seed=seed)
    assert any(one["ends_at"] is None for one in periods)
    assert {one["starts_at"] for one in periods} & {one["ends_at"] for one in periods}
    changes = Counter(
        (one["account_id"], one["changed_at"]) for one in rows(usage, "account_changes", seed=seed)
    )
    assert max(changes.values()) > 1
    assert any(one["amount"] is None for one in rows(usage, "invoices", seed=seed))


@pytest.mark.parametrize("seed", range(3))
def test_the_awkward_rows_of_the_operation_are_there(operations: Dataset, seed: int) -> None:
    statements = rows(operations, "statements", seed=seed)
    assert {one["started_at"] for one in statements} & {one["ended_at"] for one in statements}
    assert any(one["rows_returned"] == 0 for one in statements)
    checks = sorted(rows(operations, "health_checks", seed=seed), key=lambda one: str(one["checked_at"]))
    by_service = [[one["ok"] for one in checks if one["service"] == name] for name in ("api", "scorer")]
    assert any((0, 0) in pairwise(service) for service in by_service)
    assert any(one["mean_ms"] is None for one in rows(operations, "hourly_latency", seed=seed))
    days = Counter((one["source"], one["day"]) for one in rows(operations, "loads", seed=seed))
    assert max(days.values()) > 1


def test_order_numbers_do_not_follow_time(platform: Dataset) -> None:
    orders = sorted(rows(platform, "orders"), key=lambda order: order["order_id"])

    assert any(one["ordered_at"] > other["ordered_at"] for one, other in pairwise(orders))


def test_some_parents_have_no_children(platform: Dataset) -> None:
    drawn = make_instance(platform, TABLES, PROFILES[0], [5])

    assert {user[0] for user in drawn["users"]} > {order[1] for order in drawn["orders"]}


def test_a_panel_has_an_empty_instance_and_a_readable_first_one(platform: Dataset) -> None:
    panel = make_panel(platform, TABLES, 3, reference=ZERO_ORDERS, wrong_queries=WRONG_QUERIES)
    sizes = [sum(map(len, rows_of_script(script).values())) for script in panel.instances]

    assert min(sizes) == 0
    assert 6 <= sizes[0] <= 28
    assert 12 <= len(panel.instances) <= 20
    assert sum(map(len, panel.instances)) < 60_000


def test_keys_are_shown_and_not_stored(platform: Dataset) -> None:
    panel = make_panel(platform, TABLES, 3)

    assert "PRIMARY KEY" in panel.schema
    assert not any("PRIMARY KEY" in script for script in panel.instances)


def test_the_form_shows_the_first_rows_by_key(platform: Dataset) -> None:
    users, orders = tables_shown(make_panel(platform, TABLES, 3), TABLES)

    assert (users.name, orders.name) == TABLES
    assert users.columns == ("user_id", "signup_date", "country", "plan")
    assert [int(row[0]) for row in users.sample] == list(range(1, len(users.sample) + 1))
    assert len(orders.sample) == min(6, orders.row_count)


def test_a_question_on_the_bank_passes_its_gate(platform: Dataset) -> None:
    panel = make_panel(platform, TABLES, 3, reference=ZERO_ORDERS, wrong_queries=WRONG_QUERIES)
    answer = SqlAnswer(reference=ZERO_ORDERS, ordered=True, panel=panel, alternatives=(ZERO_ORDERS.lower(),))

    assert publish(answer, WRONG) == []
    assert is_repeatable(answer, WRONG, WRONG[0][1])


def test_a_query_wrong_in_its_order_alone_is_told_apart_where_it_must_be(operations: Dataset) -> None:
    by_number = "SELECT load_id FROM loads ORDER BY load_id"
    slip = f"{by_number} % 30"

    def accepted(*wrong: WrongQuery) -> list[int]:
        """The seeds for which the slip passes on one small database and what joins it."""
        panels = [
            make_panel(operations, ("loads",), seed, reference=by_number, wrong_queries=wrong, count=1)
            for seed in range(3)
        ]
        answers = [SqlAnswer(reference=by_number, ordered=True, panel=panel) for panel in panels]
        return [seed for seed, one in enumerate(answers) if judge(one, (), slip).verdict == "correct"]

    assert accepted() != []
    assert accepted(WrongQuery(slip, in_order=True)) == []


@pytest.mark.parametrize(
    ("reference", "wrong", "alternatives", "fault"),
    [
        ("SELECT id FROM buyers", [("same", "SELECT id FROM buyers ORDER BY 1")], (), "'same' is accepted"),
        ("SELECT id FROM buyers", [("broken", "SELECT x FROM buyers")], (), "'broken' does not run"),
        (
            "SELECT id FROM buyers",
            [("one", "SELECT id + 1 FROM buyers"), ("two", "SELECT 1 + id FROM buyers")],
            (),
            "'one' and 'two' apart",
        ),
        ("SELECT id FROM buyers", [], ("SELECT name FROM buyers",), "Alternative 1 is not accepted"),
        ("SELECT id FROM buyers WHERE id < 0", [], (), "no rows on any database"),
        ("SELECT id, row_number() OVER (ORDER BY town) FROM buyers", [], (), "stored in another order"),
        ("SELECT id FROM buyers LIMIT 2", [], (), "stored in another order"),
        ("SELECT id FROM buyer", [], (), "does not run"),
    ],
)
def test_the_gate_names_what_is_wrong(
    reference: str, wrong: list[tuple[str, str]], alternatives: tuple[str, ...], fault: str
) -> None:
    faults = publish(answer_of(reference, alternatives=alternatives), wrong)

    assert any(fault in found for found in faults), faults


@pytest.mark.parametrize(
    ("also_wrong", "faults"),
    [
        ("SELECT id + 1 FROM buyers", []),
        (
            "SELECT DISTINCT id FROM buyers",
            ["also_wrong 1 is accepted"],
        ),
        ("SELECT id FROM buyer", ["also_wrong 1 does not run"]),
    ],
)
def test_wrong_queries_without_a_name_are_told_apart_too(also_wrong: str, faults: list[str]) -> None:
    answer = replace(answer_of("SELECT id FROM buyers"), also_wrong=(also_wrong,))

    found = publish(answer, ())

    assert [fault[: len(wanted)] for fault, wanted in zip(found, faults, strict=True)] == faults


def test_an_ordered_question_needs_an_order() -> None:
    answer = answer_of("SELECT id FROM buyers")

    faults = publish(SqlAnswer(reference=answer.reference, ordered=True, panel=answer.panel), ())

    assert any("no ORDER BY" in fault for fault in faults)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"ddl": "CREATE TABLE t (a INTEGER", "tables": {}}, "incomplete input"),
        ({"ddl": "CREATE TABLE t (a INTEGER); ATTACH 'x' AS y"}, "not authorized"),
        ({"ddl": "CREATE TABLE t (a INTEGER)", "tables": {"u": {}}}, "tables: 'u' means nothing here"),
        ({"ddl": "CREATE TABLE t (a INTEGER)"}, "t.a: say what it holds"),
        ({"ddl": "CREATE TABLE t (a INTEGER)", "tables": {"t": {"colums": {}}}}, "Did you mean 'columns'"),
        (
            {
                "ddl": "CREATE TABLE t (a INTEGER)",
                "tables": {"t": {"columns": {"a": {"int": [1, 2], "stp": 1}}}},
            },
            "Did you mean 'step'",
        ),
        (
            {"ddl": "CREATE TABLE t (a INTEGER)", "tables": {"t": {"columns": {"a": {"int": [3, 2]}}}}},
            "a rule is not understood",
        ),
    ],
)
def test_a_dataset_that_is_wrong_says_where(content: dict[str, Any], message: str) -> None:
    with pytest.raises(SchemaError, match=message.replace("(", r"\(")):
        read_dataset("broken", content)


def test_a_table_that_the_dataset_lacks_is_named(platform: Dataset) -> None:
    with pytest.raises(SchemaError, match=r"no table 'user'\. Did you mean 'users'"):
        make_panel(platform, ("user",), 1)


def test_literals_belong_to_the_columns_that_they_are_compared_with() -> None:
    found = compared_literals(
        [
            "SELECT 1 FROM t WHERE t.a >= 3 AND 5 < b AND lower(c) IN ('x', 'y')"
            " AND d BETWEEN 1.5 AND 2.5 LIMIT 7"
        ]
    )

    assert found == {"a": {3}, "b": {5}, "c": {"x", "y"}, "d": {1.5, 2.5}}


def test_keys_and_references_of_a_schema_are_read_by_sqlite_itself() -> None:
    buyers, sales = tables_of(SHOP)

    assert buyers.keys == (("id",),)
    assert sales.references[0].target == "id"
    assert [column.not_null for column in sales.columns] == [True, False, False, True]
    assert (quoted("order"), quoted("town")) == ('"order"', "town")


@pytest.mark.parametrize(
    ("reference", "slip"),
    [
        ("SELECT id FROM sales WHERE amount >= 2.5", "SELECT id FROM sales WHERE amount > 2.5"),
        (
            "SELECT id FROM sales WHERE sold_on < '2024-03-01'",
            "SELECT id FROM sales WHERE sold_on <= '2024-03-01'",
        ),
        ("SELECT id FROM buyers WHERE town = 'Rome'", "SELECT id FROM buyers WHERE lower(town) = 'rome'"),
        ("SELECT id FROM buyers WHERE town IS NULL", "SELECT id FROM buyers WHERE town = NULL"),
        ("SELECT count(town) FROM buyers", "SELECT count(*) FROM buyers"),
        ("SELECT count(DISTINCT town) FROM buyers", "SELECT count(town) FROM buyers"),
        (
            "SELECT b.id FROM buyers b LEFT JOIN sales s ON s.buyer_id = b.id WHERE s.id IS NULL",
            "SELECT id FROM buyers WHERE id NOT IN (SELECT buyer_id FROM sales)",
        ),
        (
            "SELECT buyer_id FROM sales GROUP BY buyer_id HAVING count(*) >= 3",
            "SELECT buyer_id FROM sales GROUP BY buyer_id HAVING count(*) > 3",
        ),
        (
            "SELECT town FROM buyers UNION ALL SELECT name FROM buyers",
            "SELECT town FROM buyers UNION SELECT name FROM buyers",
        ),
    ],
)
def test_databases_for_any_schema_find_the_usual_slips(reference: str, slip: str) -> None:
    answer = answer_of(reference)

    assert judge(answer, (), reference).verdict == "correct"
    assert judge(answer, (), slip).verdict != "correct"


def test_a_table_may_point_to_itself() -> None:
    schema = "CREATE TABLE staff (id INTEGER PRIMARY KEY, boss_id INTEGER REFERENCES staff(id));"
    panel = panel_for_schema(schema, ("SELECT a.id, b.id FROM staff a JOIN staff b ON b.id = a.boss_id",))
    rows_of = [rows_of_script(script)["staff"] for script in panel.instances]

    assert any(boss is not None for rows in rows_of for _, boss in rows)
    assert all({boss for _, boss in rows} <= {one for one, _ in rows} | {None} for rows in rows_of)


MEETING: dict[str, Any] = {
    "ddl": "CREATE TABLE a (k INTEGER, at TEXT); CREATE TABLE b (k INTEGER, at TEXT);",
    "tables": {
        "a": {"columns": {"k": {"int": [1, 3]}, "at": {"datetime": ["2025-01-01", "2025-01-30"]}}},
        "b": {
            "columns": {
                "k": {"int": [1, 3]},
                "at": {
                    "datetime": ["2025-01-01", "2025-03-01"],
                    "meets": [{"column": "a.at", "match": ["k"], "minutes": [1440], "share": 1}],
                },
            }
        },
    },
}


def test_moments_that_meet_lie_as_far_from_another_row_as_they_should() -> None:
    dataset = read_dataset("meeting", MEETING)

    rows = make_instance(dataset, ["a", "b"], PROFILES[12], [1])

    day_later = {
        (key, (datetime.fromisoformat(str(at)) + timedelta(days=1)).strftime("%Y-%m-%d %H:%M:%S"))
        for key, at in rows["a"]
    }
    assert {row for row in rows["b"] if any(row[0] == other[0] for other in rows["a"])} <= day_later


def test_a_meeting_with_a_column_that_is_not_there_is_told() -> None:
    content = copy.deepcopy(MEETING)
    content["tables"]["b"]["columns"]["at"]["meets"][0]["column"] = "a.att"

    with pytest.raises(SchemaError, match=r"no column a\.att\. Did you mean 'a\.at'"):
        read_dataset("meeting", content)


def test_numbers_in_texts_do_not_follow_time_either(platform: Dataset) -> None:
    events = sorted(rows(platform, "events"), key=lambda event: event["ts"])

    assert any(one["event_id"] > other["event_id"] for one, other in pairwise(events))
