"""Queries on a real PostgreSQL: as a role that can only read, each in a transaction that is rolled back.

Two sorts of sessions go to the server. One, with the rights of the configured account, makes a role and loads
instances: a schema for each. The others log in as that role and run what people type. Both last as long as
this process; what a process leaves behind that was killed, the next one takes away.
"""

from __future__ import annotations

import atexit
import contextlib
import logging
import os
import re
import secrets
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from zlib import crc32

from quizengine.errors import BusyError, QuizEngineError, UnreadableResponseError
from quizengine.model.answers import SqlPanel
from quizengine.sqljudge.pool import STEPS, Outcome, Query, Rows
from quizengine.sqljudge.postgres import privileges
from quizengine.sqljudge.postgres.faults import REFUSED
from quizengine.sqljudge.postgres.instances import statements_for
from quizengine.sqljudge.postgres.session import Failure, Session, SilentServerError, Table, TooMuchError
from quizengine.sqljudge.postgres.statement import read_statement
from quizengine.sqljudge.postgres.values import value_of
from quizengine.sqljudge.schema import SchemaError, table_names

logger = logging.getLogger(__name__)

SESSIONS = 2
#: Sessions of the role that the server allows: ours, and some that still end after we have gone.
MAX_SESSIONS = 3 * SESSIONS
SECONDS_FOR_A_SESSION = 4.0
SECONDS_TO_LOAD = 30.0
SECONDS_OF_SILENCE = 5.0
#: Of one query on all instances together.
SECONDS_OF_QUERY = 0.2
#: A query that ran out of time runs once more, for so long, on the instance where that was: twenty times what
#: a fair one takes there. Only if it fails again is it at fault, and not a machine that was busy.
SECONDS_OF_SECOND_TRY = 0.02
#: What a server may need beyond its own limit of time, before it is silent.
SECONDS_OF_GRACE = 0.1
MAX_ROWS = 5_000
MAX_CHARACTERS = 2_000_000
MAX_INSTANCES = 400

AWAY = "The PostgreSQL server that judges this question cannot be reached just now"

#: The first that ends a query whose asker has gone.
OLDEST = 140_000

#: The first number of the locks that tell which processes live.
_LOCK = 1_902_406_005
_SEED = "SELECT setseed(0.20231)"
#: How many statements a step has.
_PARTS = 4
_DECLARE = "DECLARE judged NO SCROLL CURSOR FOR "
#: PostgreSQL's classes of errors that say that the server cannot, not that the query is wrong.
_AWAY = ("08", "57P", "58", "28", "3D")
_TOO_LARGE = ("53", "54000")
_TIME = "57014"
_NO_TABLE = ("42P01", "3F000")
_QUOTED = re.compile(r'"[^"]*"')
_UNREADABLE = ("42", "0A", "25", "54")


class PostgresError(QuizEngineError):
    """The PostgreSQL server is not set up as it must be; the message says what to change."""


class _Stopped(Exception):  # noqa: N818 - the end of a query, not an error of ours
    """A query came to an end that is no result."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.stopped)
        self.outcome = outcome


@dataclass(eq=False)
class _Estate:
    """What one owner session has made: the role, its password, the instances. It is lost with the session."""

    owner: Session
    role: str
    address: str
    free: list[Session] = field(default_factory=list)
    instances: OrderedDict[str, str] = field(default_factory=OrderedDict)
    in_use: Counter[str] = field(default_factory=Counter)
    made: int = 0

    def close(self) -> None:
        for session in (*self.free, self.owner):
            session.close()
        self.free.clear()


@dataclass(eq=False)
class _Lease:
    """A session in the hands of one judgement; a broken one is replaced."""

    estate: _Estate
    session: Session

    def renew(self) -> None:
        self.session = Session(self.estate.address)


def _refused(query: Query) -> Outcome | None:
    """Return the outcome of a text that is not run: this is the only way to the server, for banks too."""
    try:
        read_statement(query.sql)
    except UnreadableResponseError as error:
        return Outcome(fault=str(error), denied=REFUSED, place=error.start)
    return None


def _judged(lease: _Lease, run: _Run, other: tuple[Rows, ...] | None) -> Outcome:
    try:
        try:
            return run.outcome(other)
        except _Stopped as stop:
            if stop.outcome.stopped != "deadline":
                raise
        # It was the machine that was slow: another time it may not be.
        return run.outcome(other)
    except _Stopped as stop:
        return stop.outcome
    except TooMuchError:
        lease.renew()
        return Outcome(stopped="rows")


class Server:
    """A PostgreSQL server, safe to use from several threads; after a fork the child connects anew.

    ``url`` names a database of its own and an account that may create roles in it.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.version = 0
        self._reset()
        atexit.register(self.close)
        os.register_at_fork(after_in_child=self._reset)

    def _reset(self) -> None:
        # What was inherited by a fork is kept from being closed by libpq itself, which knows its process.
        self._estate: _Estate | None = None
        self._lock = threading.RLock()
        self._silent_until = 0.0
        self._free = threading.Semaphore(SESSIONS)

    def close(self) -> None:
        """Take away what was made on the server, and disconnect. It may be used again."""
        with self._lock:
            estate, self._estate = self._estate, None
            if estate is None:
                return
            for session in estate.free:
                session.close()
            with contextlib.suppress(SilentServerError):
                _take_away(estate.owner, estate.role)
            estate.close()

    def run(self, panel: SqlPanel, queries: Sequence[Query]) -> tuple[Outcome, ...]:
        """Run ``queries`` on every instance of ``panel``; one outcome each.

        A session that breaks is replaced and asked once more; after that, and where no server can be
        reached, the outcomes are ``away`` with the reason.
        """
        if not self._free.acquire(timeout=SECONDS_FOR_A_SESSION):
            raise BusyError(
                "Many answers are being judged just now; yours is kept. Send it again in a minute."
            )
        try:
            return self._run_or_again(panel, queries)
        except SchemaError as error:
            return tuple(Outcome(stopped="died", message=str(error).rstrip(".")) for _ in queries)
        except (SilentServerError, PostgresError) as error:
            logger.warning("PostgreSQL does not judge: %s", error)
            return tuple(Outcome(stopped="away", message=AWAY) for _ in queries)
        finally:
            self._free.release()

    def require(self) -> None:
        """Raise PostgresError, with what the server says, where it cannot be used."""
        try:
            with self._lock:
                self._living()
                self._put_back(self._lease())
        except SilentServerError as error:
            raise PostgresError(f"The PostgreSQL server cannot be used: {error}.") from error

    def _run_or_again(self, panel: SqlPanel, queries: Sequence[Query]) -> tuple[Outcome, ...]:
        try:
            return self._run(panel, queries)
        except SilentServerError as error:
            if error.late:
                raise
        return self._run(panel, queries)

    def _run(self, panel: SqlPanel, queries: Sequence[Query]) -> tuple[Outcome, ...]:
        lease = self._lease()
        names = list[tuple[str, str | None]]()
        try:
            names = self._hold(lease.estate, panel, both=not all(query.once for query in queries))
            tables = frozenset(map(str.lower, table_names(panel.schema)))
            told = list[Outcome]()
            for query in queries:
                other = None if query.unlike is None else told[query.unlike].first
                run = _Run(lease, names, query, tables)
                told.append(_refused(query) or _judged(lease, run, other))
            return tuple(told)
        finally:
            with self._lock:
                lease.estate.in_use.subtract(name for pair in names for name in pair if name)
                self._put_back(lease)

    def _lease(self) -> _Lease:
        with self._lock:
            estate = self._living()
            session = estate.free.pop() if estate.free else None
        return _Lease(estate, session or Session(estate.address))

    def _put_back(self, lease: _Lease) -> None:
        if lease.estate is self._estate and not lease.session.is_closed:
            lease.estate.free.append(lease.session)
        else:
            lease.session.close()

    def _living(self) -> _Estate:
        """Return what is on the server, made anew where the owner's session has ended: all is lost then."""
        if self._estate is not None and not self._estate.owner.answers(seconds=SECONDS_FOR_A_SESSION):
            self._estate.close()
            self._estate = None
        if self._estate is None:
            # A server that lets us wait is asked again after a while: not by each of many waiting answers.
            if time.monotonic() < self._silent_until:
                raise SilentServerError("it did not answer a moment ago", late=True)
            try:
                self._estate = _settle(self.url)
            except SilentServerError as error:
                self._silent_until = time.monotonic() + (SECONDS_OF_SILENCE if error.late else 0)
                raise
            self.version = self._estate.owner.version
        return self._estate

    def _hold(self, estate: _Estate, panel: SqlPanel, *, both: bool) -> list[tuple[str, str | None]]:
        """Return the schemas of the instances of ``panel``, in both row orders if ``both``."""
        orders = (False, True) if both else (False,)
        with self._lock:
            wanted = {
                _key(panel.schema, script, backwards): (script, backwards)
                for script in panel.instances
                for backwards in orders
            }
            self._make_room(estate, wanted)
            statements = list[str]()
            made = dict[str, str]()
            for key, (script, backwards) in wanted.items():
                if key not in estate.instances:
                    estate.made += 1
                    made[key] = f"{estate.role}_{estate.made}"
                    statements += statements_for(
                        made[key], script, panel.schema, role=estate.role, backwards=backwards
                    )
            if statements:
                self._load(estate, statements)
                estate.instances.update(made)
            for key in wanted:
                estate.instances.move_to_end(key)
            names = [
                (
                    estate.instances[_key(panel.schema, script, False)],
                    estate.instances[_key(panel.schema, script, True)] if both else None,
                )
                for script in panel.instances
            ]
            estate.in_use.update(name for pair in names for name in pair if name)
            return names

    @staticmethod
    def _load(estate: _Estate, statements: Sequence[str]) -> None:
        (*_, last) = estate.owner.execute("BEGIN", *statements, "COMMIT", seconds=SECONDS_TO_LOAD)
        if isinstance(last, Failure):
            estate.owner.execute("ROLLBACK", seconds=SECONDS_TO_LOAD)
            raise SchemaError(f"PostgreSQL does not take the tables: {last.message}.")

    @staticmethod
    def _make_room(estate: _Estate, wanted: dict[str, tuple[str, bool]]) -> None:
        """Drop the instances that nobody has asked for longest, where there are too many."""
        surplus = len(estate.instances) + len(wanted) - MAX_INSTANCES
        old = [
            key for key, name in estate.instances.items() if key not in wanted and not estate.in_use[name]
        ][: max(0, surplus)]
        if old:
            names = ", ".join(estate.instances.pop(key) for key in old)
            estate.owner.script(f"DROP SCHEMA {names} CASCADE", seconds=SECONDS_TO_LOAD)


def _key(schema: str, script: str, backwards: bool) -> str:
    return sha256(f"{schema}\0{script}\0{backwards}".encode()).hexdigest()


# -- setting up ----------------------------------------------------------------------------------------


def _settle(url: str) -> _Estate:
    """Connect, take away what dead processes left, and make the role of this one."""
    from psycopg import ProgrammingError  # noqa: PLC0415 - an extra
    from psycopg.conninfo import conninfo_to_dict, make_conninfo  # noqa: PLC0415 - an extra

    try:
        parts = conninfo_to_dict(url)
    except ProgrammingError as error:
        raise PostgresError(
            "QUIZENGINE_POSTGRES is no address of a PostgreSQL database; "
            "write it like postgresql://user:password@host:5432/database."
        ) from error
    owner = Session(make_conninfo(url, application_name="quizengine"))
    try:
        database, superuser = _begin(owner)
        number, password = secrets.randbits(31), secrets.token_urlsafe(24)
        family = f"{privileges.PREFIX}{crc32(database.encode()):08x}"
        role = f"{family}_{number}"
        _ask(owner, f"SELECT pg_advisory_lock({_LOCK}, 0)")
        try:
            _ask(owner, f"SELECT pg_advisory_lock({_LOCK}, {number})")
            _take_away_of_the_dead(owner, family)
            if superuser and not _truth(owner, privileges.IS_REVOKED):
                owner.script(privileges.REVOKE_FUNCTIONS, seconds=SECONDS_TO_LOAD)
            script = privileges.role_script(
                role, password, database, connections=MAX_SESSIONS, superuser=superuser
            )
            owner.script(script, seconds=SECONDS_TO_LOAD)
        finally:
            _ask(owner, f"SELECT pg_advisory_unlock({_LOCK}, 0)")
    except BaseException:
        owner.close()
        raise
    address = make_conninfo("", **{**parts, "user": role, "password": password, "dbname": database})
    return _Estate(owner, role, address)


def _begin(owner: Session) -> tuple[str, bool]:
    """Set up the owner's session; return the database's name and whether the account is a superuser."""
    if owner.version < OLDEST:
        raise PostgresError(f"The server is PostgreSQL {owner.version // 10_000}; 14 or newer is needed.")
    owner.script(
        "SET client_min_messages TO error; SET synchronous_commit TO off; SET lock_timeout TO '10s';"
        "SET statement_timeout TO '30s'; SET standard_conforming_strings TO on; SET search_path TO ''",
        seconds=SECONDS_TO_LOAD,
    )
    foreign = _ask(owner, privileges.FOREIGN_TABLE).rows
    if foreign:
        table = (foreign[0][0] or b"").decode("utf-8", "replace")
        raise PostgresError(
            f"The database of QUIZENGINE_POSTGRES has other tables ({table}): strangers' queries run there, "
            "so give them a database of its own (docs/operating.md)."
        )
    ((name, superuser),) = _ask(
        owner, "SELECT current_database(), rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user"
    ).rows
    return (name or b"").decode(), superuser == b"t"


def _ask(session: Session, sql: str) -> Table:
    (table,) = session.execute(sql, seconds=SECONDS_TO_LOAD)
    if isinstance(table, Failure):
        raise SilentServerError(table.message)
    return table


def _truth(session: Session, sql: str) -> bool:
    return _ask(session, sql).rows[0][0] == b"t"


def _take_away_of_the_dead(owner: Session, family: str) -> None:
    """Drop the roles and schemas of processes that no longer hold their lock."""
    found = _ask(owner, f"SELECT rolname FROM pg_catalog.pg_roles WHERE rolname ~ '^{family}_[0-9]+$'").rows  # noqa: S608
    for (raw,) in found:
        role = (raw or b"").decode()
        number = role.rpartition("_")[2]
        if _truth(owner, f"SELECT pg_try_advisory_lock({_LOCK}, {number})"):
            _take_away(owner, role)
            _ask(owner, f"SELECT pg_advisory_unlock({_LOCK}, {number})")


def _take_away(owner: Session, role: str) -> None:
    """Drop a role and the schemas that were made for it."""
    names = [
        (row[0] or b"").decode()
        for row in _ask(
            owner,
            f"SELECT nspname FROM pg_catalog.pg_namespace WHERE nspname ~ '^{role}_[0-9]+$'",  # noqa: S608
        ).rows
    ]
    # In parts: each dropped table takes places in the server's table of locks.
    for start in range(0, len(names), 100):
        owner.script(f"DROP SCHEMA {', '.join(names[start : start + 100])} CASCADE", seconds=SECONDS_TO_LOAD)
    if _truth(owner, f"SELECT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = '{role}')"):  # noqa: S608
        owner.script(privileges.drop_script(role), seconds=SECONDS_TO_LOAD)


# -- running -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Step:
    """One text on one instance, of which at most so many rows are taken."""

    sql: str
    schema: str
    index: int
    most: int


@dataclass
class _Run:
    """One query on the instances of a panel."""

    lease: _Lease
    names: Sequence[tuple[str, str | None]]
    query: Query
    tables: frozenset[str]
    deadline: float = 0.0

    def outcome(self, other: tuple[Rows, ...] | None) -> Outcome:
        """Run it on each instance; with ``other`` tell no more than to the first that gives other rows."""
        self.deadline = time.monotonic() + SECONDS_OF_QUERY
        most = self.query.most or (MAX_ROWS,) * len(self.names)
        forwards = [_Step(self.query.sql, name, i, most[i]) for i, (name, _) in enumerate(self.names)]
        # The first alone: most texts that are at fault show it there, and nothing waits behind them.
        tables = self._take(forwards[:1])
        probe = self._probe()
        backwards = [
            _Step(probe or self.query.sql, name, i, most[i])
            for i, (_, name) in enumerate(self.names)
            if name and not self.query.once
        ]
        tables += self._take([*forwards[1:], *backwards])
        rows = tuple(map(_rows, tables))
        first, second = rows[: len(forwards)], rows[len(forwards) :]
        if other is not None:
            first = _up_to_a_difference(first, other, in_order=self.query.in_order)
        return Outcome(
            columns=tables[0].columns,
            # Steps are not counted here; so that running out of time is no proof of too much work.
            steps=STEPS,
            first=first,
            second=second or first,
            probed=probe is not None,
        )

    def _probe(self) -> str | None:
        """Return the order probe, where PostgreSQL takes the further sort key."""
        probe = self.query.probe
        if probe is None:
            return None
        told = self._ask([_path(self.names[0][0]), _DECLARE + probe])
        return None if isinstance(told[-1], Failure) else probe

    def _take(self, steps: Sequence[_Step]) -> list[Table]:
        """Return the result of each step; raises _Stopped where one is none."""
        if not steps:
            return []
        try:
            told = self._ask([statement for step in steps for statement in _statements(step)])
        except SilentServerError as error:
            if not error.late:
                raise
            # It went on past the server's own limit, as arithmetic does that asks nobody in between.
            self.lease.renew()
            raise self._out_of_time(steps[min(error.answered // _PARTS, len(steps) - 1)]) from error
        done, tables = len(told) // _PARTS, list[Table]()
        for step, result in zip(steps, told[2::_PARTS], strict=False):
            tables.append(_checked(step, result))
        if isinstance(told[-1], Failure):
            failed = steps[min(done, len(steps) - 1)]
            if told[-1].state == _TIME:
                raise self._out_of_time(failed)
            raise _Stopped(self._failed(told[-1], failed.index))
        return tables

    def _out_of_time(self, step: _Step) -> _Stopped:
        self.deadline = time.monotonic() + SECONDS_OF_SECOND_TRY
        try:
            again = self._ask(_statements(step))[-1]
            is_slow = isinstance(again, Failure) and again.state == _TIME
        except SilentServerError as error:
            if not error.late:
                raise
            self.lease.renew()
            is_slow = True
        return _Stopped(Outcome(stopped="work" if is_slow else "deadline", instance=step.index))

    def _ask(self, statements: Sequence[str]) -> list[Table | Failure]:
        """Run statements in a transaction of their own, up to the first failure, and roll it back."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            return [Failure(_TIME, "")]
        before = (
            "BEGIN READ ONLY",
            f"SET LOCAL statement_timeout TO {max(1, round(1000 * left))}",
            _SEED,
        )
        told = self.lease.session.execute(
            *before, *statements, after="ROLLBACK", seconds=left + SECONDS_OF_GRACE
        )
        if len(told) <= len(before):
            failure = told[-1]
            raise SilentServerError(failure.message if isinstance(failure, Failure) else "it told nothing")
        return told[len(before) :]

    def _failed(self, failure: Failure, index: int) -> Outcome:
        state = failure.state
        if state.startswith(_AWAY):
            raise SilentServerError(failure.message)
        if state in _NO_TABLE and any(f'relation "{name}"' in failure.message for name in self.tables):
            # It was there when we loaded it: somebody has taken it away.
            raise SilentServerError(f"its tables have gone: {failure.message}")
        if state.startswith(_TOO_LARGE):
            return Outcome(stopped="memory", instance=index)
        if state.startswith(_UNREADABLE):
            place = None if failure.place is None else failure.place - len(_DECLARE)
            return Outcome(fault=failure.message, denied=state, place=place)
        # What a message quotes may be a value of a database that is not shown.
        return Outcome(stopped="error", message=_QUOTED.sub('"…"', failure.message), instance=index)


def _path(schema: str) -> str:
    return f"SET LOCAL search_path TO {schema}"


def _statements(step: _Step) -> tuple[str, ...]:
    return _path(step.schema), _DECLARE + step.sql, f"FETCH {step.most + 1} FROM judged", "CLOSE judged"


def _checked(step: _Step, result: Table | Failure) -> Table:
    """Return a result of a step if it is not too large."""
    if isinstance(result, Failure):  # of the step's own FETCH, which the caller tells
        return Table()
    characters = sum(len(value) for row in result.rows for value in row if value)
    if len(result.rows) > step.most or characters > MAX_CHARACTERS:
        raise _Stopped(Outcome(stopped="rows", instance=step.index, columns=result.columns))
    return result


def _rows(table: Table) -> Rows:
    types = table.types
    return tuple(
        tuple(value_of(raw, kind) for raw, kind in zip(row, types, strict=True)) for row in table.rows
    )


def _up_to_a_difference(
    first: tuple[Rows, ...], other: tuple[Rows, ...], *, in_order: bool
) -> tuple[Rows, ...]:
    for place, (one, two) in enumerate(zip(first, other, strict=False)):
        if one != two if in_order else Counter(one) != Counter(two):
            return first[: place + 1]
    return first
