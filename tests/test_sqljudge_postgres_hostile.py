"""Text that wants more than an answer from PostgreSQL: stopped by rights, and told by rules before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from quizengine.model.answers import SqlAnswer
from quizengine.sqljudge import judge
from quizengine.sqljudge.postgres import Server, use_server
from quizengine.sqljudge.postgres.session import Failure, Session, SilentServerError, Table
from tests.postgres import LocalServer
from tests.postgres_examples import answer_on

#: No privilege; not in a transaction; two-phase commit is off; not what a query may hold.
NOT_ALLOWED = ("42501", "25001", "55000", "0A000")

# Statements that the role has no right to, or that have no effect which outlives the transaction.
BY_RIGHTS = [
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT pg_read_binary_file('/etc/passwd')",
    "SELECT pg_ls_dir('/')",
    "SELECT pg_stat_file('/etc/passwd')",
    "SELECT lo_import('/etc/passwd')",
    "SELECT lo_export(1, '/tmp/quizengine_pwned')",
    "SELECT lo_create(7)",
    "SELECT lo_from_bytea(0, 'x')",
    "SELECT lo_put(1, 0, 'x')",
    "COPY buyers TO PROGRAM 'touch /tmp/quizengine_pwned'",
    "COPY buyers TO '/tmp/quizengine_pwned'",
    "COPY buyers FROM '/etc/passwd'",
    "SELECT pg_sleep(30)",
    "SELECT pg_sleep_for('30 s')",
    "SELECT set_config('statement_timeout', '0', false)",
    "SELECT set_config('role', 'judge', false)",
    "SELECT set_config('session_authorization', 'judge', false)",
    "SELECT current_setting('data_directory')",
    "SELECT pg_advisory_lock(1)",
    "SELECT pg_try_advisory_lock_shared(1)",
    "SELECT pg_notify('c', 'x')",
    "SELECT pg_terminate_backend(pg_backend_pid())",
    "SELECT pg_cancel_backend(1)",
    "SELECT pg_reload_conf()",
    "SELECT pg_rotate_logfile()",
    "SELECT pg_switch_wal()",
    "SELECT pg_stat_reset()",
    "SELECT query_to_xml('SELECT 1', true, true, '')",
    "SELECT table_to_xml('buyers', true, true, '')",
    "SELECT database_to_xml(true, true, '')",
    "SELECT usename, passwd FROM pg_shadow",
    "SELECT rolpassword FROM pg_authid",
    "SELECT query FROM pg_stat_activity",
    "SELECT * FROM pg_settings",
    "SELECT relname FROM pg_class",
    "SELECT table_name FROM information_schema.tables",
    "SELECT txid_current()",
    "SELECT version()",
    "SELECT inet_server_addr()",
    "SELECT has_table_privilege('pg_authid', 'SELECT')",
    "SET ROLE judge",
    "SET SESSION AUTHORIZATION judge",
    "ALTER ROLE judge PASSWORD 'x'",
    "CREATE ROLE thief SUPERUSER",
    "CREATE TABLE public.loot (a int)",
    "CREATE TEMP TABLE loot AS SELECT 1",
    "CREATE EXTENSION dblink",
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "DO $$ BEGIN PERFORM 1; END $$",
    "SELECT name INTO TEMP loot FROM buyers",
    "INSERT INTO buyers VALUES (9, 'x', 'x')",
    "WITH x AS (DELETE FROM buyers RETURNING 1) SELECT 1 FROM x",
    "TRUNCATE buyers",
    "DROP TABLE buyers",
    "SELECT * FROM buyers FOR UPDATE",
    "LOCK TABLE buyers IN ACCESS EXCLUSIVE MODE",
    "PREPARE TRANSACTION 'x'",
    "VACUUM buyers",
    "CHECKPOINT",
]

# What the text of an answer may begin with, or what hides in it: nothing of it is right, and all goes on.
BY_RULES = [
    "SELECT id FROM buyers; COMMIT",
    "SELECT id FROM buyers; ROLLBACK; DROP TABLE buyers",
    "SELECT id FROM buyers) TO PROGRAM 'id'; --",
    "COMMIT",
    "ROLLBACK",
    "BEGIN; SELECT id FROM buyers",
    "LISTEN c",
    "NOTIFY c, 'x'",
    "SET statement_timeout = 0",
    "RESET ALL",
    "DISCARD ALL",
    "DECLARE c CURSOR WITH HOLD FOR SELECT id FROM buyers",
    "FETCH ALL FROM judged",
    "MOVE ALL FROM judged",
    "CLOSE judged",
    "PREPARE p AS SELECT id FROM buyers",
    "EXECUTE p",
    "EXPLAIN ANALYZE SELECT id FROM buyers",
    "SHOW ALL",
    "TABLE pg_shadow",
    "CALL p()",
    "SELECT * FROM dblink('host=localhost', 'SELECT 1') AS t(a int)",
    'SELECT "pg_sleep"(30)',
    "SELECT pg_catalog.pg_sleep(30)",
    "SELECT PG_SLEEP /* */ (30)",
    'SELECT U&"pg\\005Fsleep"(30)',
    "SELECT $$x$$ || pg_sleep(30)",
    "SELECT E'\\'' || pg_sleep(30) || '",
    "SELECT * FROM ROWS FROM (pg_sleep(30)) AS t(a)",
    "SELECT current_user, session_user",
    "SELECT ctid, xmin FROM buyers",
    "\ufeffSELECT id FROM buyers",
    "SELECT id FROM buyers\x00; DROP TABLE buyers",
    "SELECT '\ud800'",
]

# What only computes, for too long or too large.
BY_LIMITS = [
    "SELECT count(*) FROM generate_series(1, 1000000000)",
    "SELECT generate_series(1, 1000000000)",
    "SELECT sum(a.x * b.x) FROM generate_series(1, 100000) a(x), generate_series(1, 100000) b(x)",
    "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r",
    "WITH RECURSIVE r(s) AS (SELECT 'aaaaaaaaaa' UNION ALL SELECT s || s FROM r) SELECT max(s) FROM r",
    "WITH RECURSIVE r(a) AS (SELECT ARRAY[1] UNION ALL SELECT a || a FROM r) SELECT max(a) FROM r",
    "SELECT string_agg(x::text, 'aaaaaaaaaaaaaaaaaaaa') FROM generate_series(1, 100000000) g(x)",
    "SELECT array_agg(x) FROM generate_series(1, 100000000) g(x)",
    "SELECT jsonb_agg(x) FROM generate_series(1, 100000000) g(x)",
    "SELECT count(*) FROM buyers" + "".join(f", sales AS s{n}" for n in range(25)),
    "SELECT " + " + ".join(["(1.1::numeric ^ 1000000)"] * 20),
    "SELECT factorial(30000) % 7",
    "SELECT " + "(" * 3_000 + "1" + ")" * 3_000,
    "SELECT " + "NOT " * 4_000 + "true",
    "SELECT 1" + " UNION ALL SELECT 1" * 1_000,
    "SELECT 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!' ~ '^((((a+)+)+)+)+$'",
    "SELECT regexp_replace(string_agg('a', ''), '(a*)*b', '') FROM generate_series(1, 100000)",
    "SELECT x FROM generate_series(1, 1000000) g(x) ORDER BY md5(x::text)",
    "SELECT format('%1000000000s', 'x')",
    "SELECT to_char(1, '" + "9" * 5_000 + "')",
    "SELECT overlay(string_agg('aaaaaaaaaa', '') PLACING 'b' FROM 1) FROM generate_series(1, 50000000)",
]


@pytest.fixture(scope="module")
def server(postgres_server: LocalServer) -> Iterator[LocalServer]:
    use_server(postgres_server.url)
    yield postgres_server
    use_server("")


@pytest.fixture(scope="module")
def answer() -> SqlAnswer:
    return answer_on("SELECT name, id FROM buyers WHERE id % 2 = 1 ORDER BY id DESC")


@pytest.fixture(scope="module")
def reader(postgres_server: LocalServer) -> Iterator[Session]:
    """A session of the role that queries run as, without any rule before it."""
    server = Server(postgres_server.url)
    server.run(answer_on("SELECT id FROM buyers").panel, [])
    estate = server._living()
    session = Session(estate.address)
    session.execute(f"SET search_path TO {next(iter(estate.instances.values()))}", seconds=5)
    assert isinstance(session.execute("SELECT id FROM buyers", seconds=5)[0], Table)
    yield session
    session.close()
    server.close()


@pytest.mark.parametrize("sql", BY_RIGHTS)
def test_the_role_itself_has_no_right_to_it(reader: Session, sql: str) -> None:
    # Not read-only, as judgements are: it is the right that is looked at.
    told = reader.execute("BEGIN READ WRITE", sql, after="ROLLBACK", seconds=5)[-1]

    assert isinstance(told, Failure)
    assert told.state in NOT_ALLOWED, told


@pytest.mark.parametrize("sql", [*BY_RIGHTS, *BY_RULES, *BY_LIMITS])
def test_hostile_text_is_not_right_and_leaves_nothing_behind(
    server: LocalServer, answer: SqlAnswer, sql: str
) -> None:
    verdict = judge(answer, (), sql)

    assert verdict.verdict in ("unreadable", "wrong", "partial", "undecided")
    assert not Path("/tmp/quizengine_pwned").exists()
    assert judge(answer, (), answer.reference, example=False).verdict == "correct"


@pytest.mark.parametrize("sql", [*BY_RIGHTS, *BY_RULES])
def test_hostile_text_is_refused_by_rules_with_a_reason(
    server: LocalServer, answer: SqlAnswer, sql: str
) -> None:
    verdict = judge(answer, (), sql)

    assert verdict.verdict == "unreadable"
    assert verdict.message
    assert "id % 2" not in verdict.message


def test_a_query_that_floods_the_connection_is_cut_off(server: LocalServer, answer: SqlAnswer) -> None:
    many = "generate_series(1, 20000) g(x), generate_series(1, 200) h(y)"

    verdict = judge(answer, (), f"SELECT string_agg(md5(x::text), ''), y FROM {many} GROUP BY y")

    assert verdict.verdict == "wrong"


def test_nothing_that_a_query_sets_outlives_it(reader: Session) -> None:
    for sql in ("SET statement_timeout = 0", "SET work_mem = '1GB'"):
        reader.execute("BEGIN READ ONLY", sql, after="ROLLBACK", seconds=5)

    shown = [
        reader.execute(f"SHOW {name}", seconds=5)[0]
        for name in ("statement_timeout", "work_mem", "temp_file_limit")
    ]

    values = [table.rows[0][0] for table in shown if isinstance(table, Table)]
    assert values == [b"1s", b"4MB", b"16MB"]


def test_the_role_has_few_sessions(postgres_server: LocalServer, reader: Session) -> None:
    server = Server(postgres_server.url)
    server.require()
    address = server._living().address
    sessions = list[Session]()

    with pytest.raises(SilentServerError, match="too many connections for role"):
        sessions.extend(Session(address) for _ in range(20))

    for session in sessions:
        session.close()
    server.close()
