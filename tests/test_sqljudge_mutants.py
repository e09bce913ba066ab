"""Slips in a reference: which ones are made, that databases must tell them, what an author is told."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from quizengine.bank import load_bank
from quizengine.bank.check import check_bank
from quizengine.sqljudge import gate
from quizengine.sqljudge.gate import try_mutants
from quizengine.sqljudge.mutants import mutants
from quizengine.sqljudge.reference import ReferenceQueryError
from quizengine.sqljudge.schema import database_of, tables_of
from tests.sql_examples import SHOP, answer_of, answer_on

BANK = Path(__file__).parent / "banks" / "unproven"
TOTALS = """WITH big AS (SELECT * FROM sales WHERE amount BETWEEN 1 AND 10)
SELECT b.town, COUNT(DISTINCT b.id), 1.0 * SUM(s.amount) / COUNT(s.id),
  RANK() OVER (PARTITION BY b.town ORDER BY COUNT(*) DESC, b.town)
FROM buyers AS b LEFT JOIN big AS s ON s.buyer_id = b.id AND s.sold_on >= '2024-03-01'
WHERE b.town IS NOT NULL AND NOT EXISTS (SELECT 1 FROM sales AS x WHERE x.buyer_id = b.id AND x.amount < 0)
GROUP BY b.town, b.id HAVING COUNT(*) > 1 ORDER BY b.town LIMIT 5"""


def made(sql: str) -> dict[str, str]:
    """The mutants of a query on the shop, by their words."""
    return dict(mutants(sql, tables_of(SHOP)))


@pytest.mark.parametrize(
    ("reference", "slip", "mutant"),
    [
        ("SELECT id FROM sales WHERE amount < 3", "<= instead of <", "amount <= 3"),
        ("SELECT id FROM buyers WHERE town = 'x' OR id = 1", "AND instead of OR", "town = 'x' AND id = 1"),
        ("SELECT id FROM buyers WHERE town = 'x' AND id = 1", "a condition of AND left out", "town = 'x'"),
        ("SELECT id FROM buyers WHERE NOT town IS NULL", "NOT left out", "WHERE town IS NULL"),
        ("SELECT id FROM buyers WHERE town LIKE 'a%'", "NOT too many", "NOT town LIKE 'a%'"),
        (
            "SELECT id FROM sales WHERE amount BETWEEN 1 AND 3",
            "BETWEEN without its upper end",
            "amount >= 1 AND amount < 3",
        ),
        ("SELECT town FROM buyers GROUP BY town HAVING COUNT(*) > 1", "HAVING left out", "GROUP BY town"),
        ("SELECT b.id FROM buyers b JOIN sales s ON s.buyer_id = b.id", "ON left out", "AS b, sales AS s"),
        (
            "SELECT b.id FROM buyers b LEFT JOIN sales s ON s.buyer_id = b.id AND s.amount > 1",
            "a condition of ON in WHERE (2)",
            "ON s.buyer_id = b.id WHERE s.amount > 1",
        ),
        (
            "SELECT b.id FROM buyers b LEFT JOIN sales s ON s.buyer_id = b.id WHERE b.id > 1",
            "a condition of WHERE in ON",
            "ON s.buyer_id = b.id AND b.id > 1",
        ),
        (
            "SELECT b.id FROM buyers b LEFT JOIN sales s ON s.buyer_id = b.id",
            "JOIN instead of LEFT JOIN",
            "AS b JOIN sales",
        ),
        (
            "SELECT b.id FROM buyers b JOIN sales s ON s.buyer_id = b.id",
            "LEFT JOIN instead of JOIN",
            "AS b LEFT JOIN sales",
        ),
        ("SELECT id FROM sales WHERE amount > 3", "a number too small by 1", "amount > 2"),
        ("SELECT id FROM sales WHERE sold_on < '2024-03-01'", "a day too early", "< '2024-02-29'"),
        ("SELECT id FROM buyers WHERE town = 'Rome'", "a text in another case", "'ROME'"),
        (
            "SELECT DATE(sold_on, '+7 days') FROM sales",
            "a number in a text too great by 1",
            "'+8 days'",
        ),
        ("SELECT MAX(amount) FROM sales", "MIN instead of MAX", "MIN(amount)"),
        ("SELECT COUNT(DISTINCT town) FROM buyers", "COUNT without DISTINCT", "COUNT(town)"),
        ("SELECT SUM(amount) FROM sales", "SUM with DISTINCT", "SUM(DISTINCT amount)"),
        ("SELECT COUNT(town) FROM buyers", "COUNT(*) instead of COUNT of a column", "COUNT(*)"),
        ("SELECT COUNT(*) FROM buyers", "COUNT of town instead of COUNT(*)", "COUNT(buyers.town)"),
        ("SELECT DISTINCT town FROM buyers", "DISTINCT left out", "SELECT town"),
        ("SELECT town FROM buyers", "DISTINCT too many", "SELECT DISTINCT town"),
        ("SELECT id FROM buyers UNION SELECT id FROM sales", "UNION ALL instead of UNION", "UNION ALL"),
        ("SELECT id FROM buyers EXCEPT SELECT id FROM sales", "INTERSECT instead of EXCEPT", "INTERSECT"),
        ("SELECT town FROM buyers GROUP BY town, name", "a key of GROUP BY left out", "GROUP BY name"),
        ("SELECT id FROM buyers GROUP BY id", "grouped by name instead of id", "GROUP BY name"),
        ("SELECT id FROM buyers ORDER BY id", "a sort key of ORDER BY the other way round", "id DESC"),
        ("SELECT id FROM buyers ORDER BY town, id", "a sort key of ORDER BY left out", "ORDER BY id"),
        ("SELECT id FROM buyers ORDER BY id LIMIT 3", "LIMIT a number too great by 1", "LIMIT 4"),
        ("SELECT id FROM buyers ORDER BY id LIMIT 3", "LIMIT left out", "ORDER BY id"),
        (
            "SELECT SUM(amount) OVER (PARTITION BY buyer_id ORDER BY id) FROM sales",
            "a key of PARTITION BY left out",
            "OVER (ORDER BY id)",
        ),
        (
            "SELECT SUM(amount) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM sales",
            "a window without its frame",
            "OVER (ORDER BY id)",
        ),
        (
            "SELECT SUM(amount) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM sales",
            "RANGE instead of ROWS",
            "RANGE BETWEEN",
        ),
        ("SELECT DENSE_RANK() OVER (ORDER BY town) FROM buyers", "RANK instead of DENSE_RANK", "RANK()"),
        ("SELECT LAG(id) OVER (ORDER BY id) FROM buyers", "LEAD instead of LAG", "LEAD(id)"),
        ("SELECT COALESCE(town, '') FROM buyers", "COALESCE left out", "SELECT town"),
        ("SELECT amount * 2 FROM sales", "/ instead of *", "amount / 2"),
        ("SELECT 1.0 * id / 2 FROM buyers", "division of whole numbers", "SELECT id / 2"),
        ("SELECT CASE WHEN id > 1 THEN 'a' ELSE 'b' END FROM buyers", "ELSE left out", "'a' END"),
        ("SELECT ROUND(amount, 1) FROM sales", "ROUND left out", "SELECT amount"),
        ("SELECT name FROM buyers", "town instead of name", "SELECT town"),
        (
            "SELECT id FROM buyers b WHERE NOT EXISTS (SELECT 1 FROM sales s WHERE s.buyer_id = b.id)",
            "NULLs in NOT IN",
            "NOT b.id IN (SELECT s.buyer_id FROM sales AS s)",
        ),
        (
            "SELECT id FROM buyers WHERE id NOT IN (SELECT buyer_id FROM sales)",
            "NOT EXISTS instead of NOT IN",
            "NOT EXISTS(SELECT 1 FROM sales WHERE buyer_id = buyers.id)",
        ),
        (
            "SELECT b.id FROM buyers b LEFT JOIN sales s ON s.buyer_id = b.id WHERE s.id IS NULL",
            "IS NULL of amount, which may be NULL of itself",
            "s.amount IS NULL",
        ),
    ],
)  # fmt: skip
def test_a_slip_is_made_and_has_words(reference: str, slip: str, mutant: str) -> None:
    found = made(reference)

    assert slip in found, sorted(found)
    assert mutant in found[slip]


def test_the_first_mutant_is_the_reference_and_no_two_are_alike() -> None:
    pairs = list(mutants(TOTALS, tables_of(SHOP)))

    assert pairs[0][0] == ""
    assert len(pairs) > 60
    assert len({key for key, _ in pairs}) == len({sql for _, sql in pairs}) == len(pairs)
    assert pairs == list(mutants(TOTALS, tables_of(SHOP)))


def test_nearly_all_mutants_are_queries_that_sqlite_takes() -> None:
    shop = database_of(SHOP)
    taken = 0
    for sql in made(TOTALS).values():
        try:
            shop.execute(sql)
        except Exception:
            continue
        taken += 1

    assert taken >= 0.9 * len(made(TOTALS))


@pytest.mark.parametrize(
    ("reference", "slip"),
    [
        ("SELECT COUNT(name) FROM buyers", "COUNT(*) instead of COUNT of a column"),
        (
            "SELECT s.id FROM buyers b JOIN sales s ON s.buyer_id = b.id WHERE s.amount > 1",
            "LEFT JOIN instead of JOIN",
        ),
        ("SELECT id FROM buyers", "DISTINCT too many"),
        ("SELECT town FROM buyers GROUP BY town", "DISTINCT too many"),
        ("SELECT id FROM buyers WHERE EXISTS (SELECT 1 FROM sales)", "a number too great by 1"),
        ("SELECT (SELECT amount FROM sales ORDER BY id LIMIT 1)", "LIMIT left out"),
        ("SELECT RANK() OVER (ORDER BY id ROWS 1 PRECEDING) FROM buyers", "a window without its frame"),
    ],
)  # fmt: skip
def test_what_means_the_same_for_sure_is_not_made(reference: str, slip: str) -> None:
    assert slip not in made(reference)


def test_a_reference_that_sqlglot_does_not_read_is_a_fault_of_the_question() -> None:
    with pytest.raises(ReferenceQueryError, match="sqlglot does not understand"):
        made("SELECT FROM WHERE")


def test_databases_of_a_question_kill_its_mutants() -> None:
    trial = try_mutants(answer_of("SELECT town, COUNT(*) FROM buyers GROUP BY town ORDER BY 2 DESC, town"))

    assert len(trial.made) >= 8
    assert trial.left == ()


def test_a_mutant_that_no_database_tells_is_left() -> None:
    blind = "CREATE TABLE buyers (id INTEGER, name TEXT, town TEXT); INSERT INTO buyers VALUES (1, 'a', 'x');"

    left = {mutant.key for mutant in try_mutants(answer_on("SELECT id FROM buyers WHERE id > 0", blind)).left}

    assert {"WHERE left out", ">= instead of >", "a number too small by 1"} <= left


def test_a_mutant_that_only_the_order_tells_is_killed_by_the_rule_for_orders() -> None:
    sorted_ = (
        "CREATE TABLE buyers (id INTEGER, town TEXT); INSERT INTO buyers VALUES (1, 'a'), (2, 'a'), (3, 'b');"
    )

    left = {
        mutant.key
        for mutant in try_mutants(answer_on("SELECT id FROM buyers ORDER BY town, id", sorted_)).left
    }

    assert "a sort key of ORDER BY left out (2)" not in left


def test_check_counts_mutants_and_takes_a_reason_for_those_that_mean_the_same() -> None:
    (report,) = check_bank(
        load_bank(BANK, only=["math.matrices.signed-off-wrongly"]), seeds=2, whole=False
    ).questions

    assert report.mutants is not None
    assert (report.mutants.made, report.mutants.killed, report.mutants.signed_off) == (10, 3, 0)


def test_without_sqlglot_check_says_that_mutants_were_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    gate._mutants.cache_clear()
    monkeypatch.setitem(sys.modules, "sqlglot", None)
    for name in [name for name in sys.modules if name.startswith("quizengine.sqljudge.mutant")]:
        monkeypatch.delitem(sys.modules, name)

    report = check_bank(load_bank(BANK, only=["math.matrices.blind-databases"]), seeds=2, whole=False)

    assert report.questions[0].mutants is None
    assert report.notes == (
        "mutants were not tried in math.matrices.blind-databases: pip install 'quizengine[author]'",
    )
