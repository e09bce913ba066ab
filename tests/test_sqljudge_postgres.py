"""Judging on a real PostgreSQL: the same verdicts and feedback as on SQLite, on what only PostgreSQL has."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from zlib import crc32

import pytest

from quizengine.sqljudge import judge
from quizengine.sqljudge.gate import publish, try_mutants
from quizengine.sqljudge.panels import panel_for_schema
from quizengine.sqljudge.postgres import (
    EngineAwayError,
    PostgresError,
    Server,
    postgres_version,
    require_server,
    use_server,
)
from quizengine.sqljudge.postgres.session import Session, Table
from quizengine.sqljudge.reference import forget
from tests.postgres import LocalServer
from tests.postgres_examples import ROWS, SHOP, answer_of, answer_on

LATEST_SALES = """
SELECT DISTINCT ON (s.buyer_id) s.buyer_id, s.id
FROM sales s
ORDER BY s.buyer_id, s.amount DESC, s.id
"""

FOUR_THEN = "SELECT id FROM (VALUES (4, 1), ({}, 2)) AS v(id, place) ORDER BY place"

RIGHT = [
    ("SELECT id FROM buyers WHERE town = 'Bonn'", "SELECT b.id FROM buyers b WHERE b.town LIKE 'Bo%'"),
    ("SELECT avg(amount) FROM sales", "SELECT sum(amount)::float8 / count(amount) FROM sales"),
    ("SELECT count(*) FILTER (WHERE amount > 2) FROM sales", "SELECT sum((amount > 2)::int) FROM sales"),
    ("SELECT amount IS NULL FROM sales", "SELECT CASE WHEN amount IS NULL THEN 1 ELSE 0 END FROM sales"),
    ("SELECT DISTINCT sold_on FROM sales", "SELECT date_trunc('day', sold_on) FROM sales GROUP BY 1"),
    (
        "SELECT name FROM buyers ORDER BY town NULLS LAST",
        "SELECT name FROM buyers ORDER BY town IS NULL, town",
    ),
    ("SELECT id FROM sales ORDER BY amount DESC NULLS LAST, id LIMIT 2", FOUR_THEN.format(1)),
    # Of the two sales of 2.50 either may be the second.
    ("SELECT id FROM sales ORDER BY amount DESC NULLS LAST LIMIT 2", FOUR_THEN.format(2)),
    ("SELECT name, count(*) FROM buyers GROUP BY id", "SELECT name, 1 FROM buyers"),
]
WRONG = [
    ("SELECT amount FROM sales", "SELECT coalesce(amount, 0) FROM sales", "values"),
    ("SELECT amount FROM sales", "SELECT DISTINCT amount FROM sales", "duplicates"),
    ("SELECT id FROM sales ORDER BY id", "SELECT id FROM sales ORDER BY id DESC", "order"),
    ("SELECT id, name FROM buyers", "SELECT name, id FROM buyers", "columns"),
    ("SELECT town FROM buyers", "SELECT town FROM buyers WHERE town IS NOT NULL", "missing rows"),
    ("SELECT id FROM buyers", "SELECT id / (id - 1) FROM buyers", "error"),
    ("SELECT amount FROM sales", "SELECT amount::text FROM sales", "values"),
]


@pytest.mark.parametrize(("reference", "response"), RIGHT)
def test_another_way_to_write_it_is_right(postgres: LocalServer, reference: str, response: str) -> None:
    assert judge(answer_on(reference), (), response).verdict == "correct"


@pytest.mark.parametrize(("reference", "response", "category"), WRONG)
def test_another_result_is_wrong_and_says_how(
    postgres: LocalServer, reference: str, response: str, category: str
) -> None:
    verdict = judge(answer_on(reference), (), response)

    assert verdict.verdict in ("wrong", "partial")
    assert verdict.category == category


def test_distinct_on_whose_order_leaves_ties_is_right_by_accident(postgres: LocalServer) -> None:
    answer = answer_on(LATEST_SALES, *[ROWS] * 6)

    verdict = judge(answer, (), LATEST_SALES.replace(", s.id", ""))

    assert verdict.verdict != "correct"
    assert judge(answer, (), LATEST_SALES.replace("s.id\n", "s.id ASC\n")).verdict == "correct"


def test_a_known_wrong_query_gets_its_name_and_the_smallest_database(postgres: LocalServer) -> None:
    answer = answer_of(
        "SELECT name FROM buyers WHERE NOT EXISTS (SELECT FROM sales WHERE buyer_id = buyers.id)"
    )
    wrong = [("not-in-null", "SELECT name FROM buyers WHERE id NOT IN (SELECT buyer_id FROM sales)")]

    verdict = judge(
        answer, wrong, "SELECT b.name FROM buyers AS b WHERE id <> ALL (SELECT buyer_id FROM sales)"
    )

    assert verdict.misconception == "not-in-null"
    assert verdict.example is not None
    assert sum(table.row_count for table in verdict.example.tables) <= 3
    assert verdict.example.missing


FAULTS = {
    "SELECT nam FROM buyers": "There is no column nam here. Did you mean 'name'?",
    "SELECT name FROM byers": "There is no table byers here. Did you mean 'buyers'?",
    "SELECT lenght(name) FROM buyers": "The function lenght is not available here. Did you mean 'length'?",
    "SELECT name FROM buyers WHERE id = 'x' || 1 || 2 = 3": "PostgreSQL cannot go on reading at '='.",
    "SELECT name FROM buyers WHERE": "The query ends before it is complete.",
    "SELECT name, count(*) FROM buyers GROUP BY town": "must appear in the GROUP BY clause",
    "SELECT sales.id FROM buyers": "The table sales is not in FROM here.",
    "SELECT name FROM buyers b, buyers b": "specified more than once",
    "SELECT name FROM buyers WHERE name = 1": "operator does not exist: text = integer",
}


@pytest.mark.parametrize("sql", FAULTS)
def test_what_postgresql_cannot_read_is_asked_again(postgres: LocalServer, sql: str) -> None:
    verdict = judge(answer_on("SELECT name FROM buyers"), (), sql)

    assert verdict.verdict == "unreadable"
    assert FAULTS[sql] in verdict.message


def test_a_message_never_shows_a_value_of_a_hidden_database(postgres: LocalServer) -> None:
    answer = answer_on("SELECT name FROM buyers")

    verdict = judge(answer, (), "SELECT string_agg(name, ' and ')::int FROM buyers")

    assert (verdict.verdict, verdict.category) == ("wrong", "error")
    assert "invalid input syntax" in verdict.message
    assert "ann" not in verdict.message


def test_rows_that_tie_with_the_last_are_kept_where_asked(postgres: LocalServer) -> None:
    ordered = answer_on("SELECT id FROM sales ORDER BY amount FETCH FIRST 2 ROWS WITH TIES")
    answer = replace(ordered, ordered=False)

    assert judge(answer, (), answer.reference).verdict == "correct"
    assert judge(answer, (), answer.reference.replace("WITH TIES", "ONLY")).verdict != "correct"


def test_a_question_is_published_and_its_mutants_are_tried(postgres: LocalServer) -> None:
    answer = answer_of(
        "SELECT b.town, count(*) FILTER (WHERE s.amount > 1) AS n FROM buyers b "
        "LEFT JOIN sales s ON s.buyer_id = b.id GROUP BY b.town ORDER BY b.town"
    )

    trial = try_mutants(answer)

    assert publish(answer, ()) == []
    assert len(trial.made) >= 10
    assert len(trial.left) <= len(trial.made) / 2


def test_short_floats_and_queries_that_may_not_run_are_told_to_the_author(postgres: LocalServer) -> None:
    table = "CREATE TABLE t (a REAL); INSERT INTO t VALUES (0.5);"

    faults = publish(answer_on("SELECT a FROM t", table), [("sleeps", "SELECT pg_sleep(1)")])

    assert any("t.a is REAL, which has six digits" in fault for fault in faults)
    assert any("'sleeps' does not run" in fault for fault in faults)


def test_many_answers_at_once_get_the_verdicts_of_one_at_a_time(postgres: LocalServer) -> None:
    cases = [(answer_on(reference), response) for reference, response, *_ in (*RIGHT, *WRONG)]
    alone = [judge(answer, (), response, example=False) for answer, response in cases]

    with ThreadPoolExecutor(4) as threads:
        told = list(threads.map(lambda case: judge(case[0], (), case[1], example=False), cases * 4))

    assert told == alone * 4


def test_without_a_server_nothing_is_decided_and_nothing_drawn() -> None:
    verdict = judge(answer_on("SELECT name FROM buyers"), (), "SELECT name FROM buyers")

    assert (verdict.verdict, verdict.rule) == ("undecided", "sql:away")
    assert "No PostgreSQL server is configured" in verdict.message
    with pytest.raises(EngineAwayError, match="No PostgreSQL server is configured"):
        panel_for_schema(SHOP, ("SELECT name FROM buyers",), dialect="postgresql")


def test_answers_are_undecided_while_the_server_is_away_and_judged_when_it_is_back(
    postgres: LocalServer,
) -> None:
    answer = answer_on("SELECT name FROM buyers")
    assert judge(answer, (), answer.reference).verdict == "correct"

    postgres.stop()
    try:
        while_away = judge(answer, (), answer.reference)
        forget()
        unprepared = judge(answer, (), answer.reference)
        with pytest.raises(PostgresError, match="cannot be used"):
            require_server()
    finally:
        postgres.start()

    assert {while_away.verdict, unprepared.verdict} == {"undecided"}
    assert "cannot be reached" in while_away.message
    assert judge(answer, (), answer.reference).verdict == "correct"
    assert judge(answer, (), "SELECT town FROM buyers").verdict != "correct"


def test_a_session_that_is_ended_from_outside_is_replaced(postgres: LocalServer) -> None:
    answer = answer_on("SELECT name FROM buyers")
    assert judge(answer, (), answer.reference).verdict == "correct"
    outside = Session(postgres.url)

    outside.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename LIKE 'quiz%'", seconds=5
    )

    assert judge(answer, (), answer.reference).verdict == "correct"
    outside.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()", seconds=5
    )
    assert judge(answer, (), answer.reference).verdict == "correct"
    outside.close()


def names_on(url: str) -> list[str]:
    """The roles and schemas of ours that are there for a database."""
    session = Session(url)
    family = crc32(url.partition("@/")[2].partition("?")[0].encode())
    table = session.execute(
        f"SELECT rolname FROM pg_roles WHERE rolname ~ '^quizengine_{family:08x}_' "
        "UNION ALL SELECT nspname FROM pg_namespace WHERE nspname ~ '^quizengine_'",
        seconds=5,
    )[0]
    session.close()
    assert isinstance(table, Table)
    return [(row[0] or b"").decode() for row in table.rows]


def test_nothing_is_left_on_the_server_not_even_by_a_process_that_was_killed(postgres: LocalServer) -> None:
    code = (
        "import os, signal\n"
        "from quizengine.sqljudge.postgres import use_server\n"
        "from quizengine.sqljudge import judge\n"
        "from tests.postgres_examples import answer_on\n"
        f"use_server({postgres.url!r})\n"
        "print(judge(answer_on('SELECT id FROM buyers'), (), 'SELECT id FROM buyers').verdict, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert killed.stdout == "correct\n"
    assert names_on(postgres.url)

    require_server()
    assert len([name for name in names_on(postgres.url) if name.count("_") == 2]) == 1
    use_server("")

    assert names_on(postgres.url) == []


def test_a_forked_child_judges_by_connections_of_its_own(postgres: LocalServer) -> None:
    code = (
        "import os\n"
        "from quizengine.sqljudge.postgres import use_server\n"
        "from quizengine.sqljudge import judge\n"
        "from tests.postgres_examples import answer_on\n"
        f"use_server({postgres.url!r})\n"
        "answer = answer_on('SELECT id FROM buyers')\n"
        "print(judge(answer, (), answer.reference).verdict, flush=True)\n"
        "child = os.fork()\n"
        "print(judge(answer, (), answer.reference).verdict, flush=True)\n"
        "if child:\n"
        "    os.waitpid(child, 0)\n"
        "    print(judge(answer, (), answer.reference).verdict, flush=True)\n"
        "else:\n"
        "    os._exit(0)\n"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert told.stdout == "correct\n" * 4
    assert told.stderr == ""


def test_an_account_that_may_only_create_roles_is_enough(postgres: LocalServer) -> None:
    outside = Session(postgres.url)
    for statement in (
        "CREATE ROLE keeper LOGIN CREATEROLE PASSWORD 'of-keeper'",
        "CREATE DATABASE kept OWNER keeper",
    ):
        outside.execute(statement, seconds=10)
    use_server(postgres.url_of("keeper", "of-keeper", "kept"))
    answer = answer_on("SELECT name FROM buyers")

    try:
        require_server()
        assert judge(answer, (), answer.reference).verdict == "correct"
        assert judge(answer, (), "SELECT town FROM buyers").verdict != "correct"
    finally:
        use_server("")
        outside.close()
    assert names_on(postgres.url_of("judge", "of-tests", "kept")) == []


def test_a_database_with_tables_of_others_is_refused(postgres: LocalServer) -> None:
    outside = Session(postgres.url)
    outside.execute("CREATE DATABASE busy", seconds=10)
    inside = Session(postgres.url_of("judge", "of-tests", "busy"))
    inside.execute("CREATE TABLE payroll (id int)", seconds=5)
    inside.close()
    outside.close()

    with pytest.raises(PostgresError, match=r"has other tables \(public.payroll\)"):
        Server(postgres.url_of("judge", "of-tests", "busy")).require()


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("mysql://somebody@here/x", "no address of a PostgreSQL database"),
        ("postgresql://judge:wrong@/postgres?host={folder}", "password authentication failed"),
        ("postgresql://judge:wrong@/postgres?host=/nowhere", "/nowhere"),
    ],
)
def test_a_server_that_cannot_be_used_says_why_without_the_password(
    postgres_server: LocalServer, url: str, message: str
) -> None:
    with pytest.raises(PostgresError, match=message) as caught:
        Server(url.format(folder=postgres_server.folder)).require()
    assert "wrong" not in str(caught.value)


def test_the_version_is_told_once_it_is_known(postgres: LocalServer) -> None:
    require_server()
    assert int(postgres_version().partition(".")[0]) >= 13
