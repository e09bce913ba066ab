"""The second back end: questions that say ``dialect = "postgresql"`` are judged on a real PostgreSQL.

A process has at most one server, named once by its outermost part (``use_server``).
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

from quizengine.errors import BusyError
from quizengine.model.answers import SqlPanel
from quizengine.sqljudge.pool import Outcome, Query
from quizengine.sqljudge.postgres.server import PostgresError, Server

__all__ = [
    "NOT_CONFIGURED",
    "EngineAwayError",
    "PostgresError",
    "Server",
    "is_configured",
    "postgres_version",
    "require_server",
    "run_on_postgres",
    "server_url",
    "use_server",
]

NOT_CONFIGURED = "No PostgreSQL server is configured to judge this question (QUIZENGINE_POSTGRES)"

_lock = threading.Lock()
_servers: list[Server] = []


class EngineAwayError(BusyError):
    """A question cannot be drawn now, since no PostgreSQL server answers that its databases are made on."""


def use_server(url: str) -> None:
    """Let ``url``, a PostgreSQL database, judge in this process from now on; an empty one: no server."""
    with _lock:
        if [server.url for server in _servers] == ([url] if url else []):
            return
        before = list(_servers)
        _servers[:] = [Server(url)] if url else []
    for server in before:
        server.close()


def server_url() -> str:
    """Return the address of this process's server, empty where it has none."""
    return _servers[0].url if _servers else ""


def is_configured() -> bool:
    """Whether this process has a PostgreSQL server to judge with, reachable or not."""
    return bool(_servers)


def require_server() -> None:
    """Raise PostgresError where a server is configured that cannot be used; the message says why."""
    for server in _servers:
        server.require()


def run_on_postgres(panel: SqlPanel, queries: Sequence[Query]) -> tuple[Outcome, ...]:
    """Run queries as ``Pool.run`` does; the outcomes are ``away`` where there is no server."""
    if not _servers:
        return tuple(Outcome(stopped="away", message=NOT_CONFIGURED) for _ in queries)
    return _servers[0].run(panel, queries)


def refuse_if_away(outcomes: Sequence[Outcome]) -> None:
    """Raise EngineAwayError where no server ran the queries: a database that nobody tried proves nothing."""
    for outcome in outcomes:
        if outcome.stopped == "away":
            raise EngineAwayError(f"{outcome.message}.")


def postgres_version() -> str:
    """Return the version of the server where it is known, such as ``15.14``; else nothing."""
    number = _servers[0].version if _servers else 0
    return f"{number // 10_000}.{number % 10_000}" if number else ""
