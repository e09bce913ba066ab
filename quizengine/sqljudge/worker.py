"""The process that runs strangers' queries. Standard library only: it is started by its path.

It holds the databases of a few panels in memory. For each judgement it forks a child
with hard limits, so nothing survives an answer; the child runs the queries and writes
the rows to a pipe. Messages are JSON after a length of four bytes, both ways.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import json
import os
import random
import resource
import select
import signal
import sqlite3
import struct
import sys
import tempfile
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from typing import Any, cast

MAX_MESSAGE = 4 * 1024 * 1024
MAX_PANELS = 4
MAX_ROWS = 5_000
MAX_ROW_CHARACTERS = 2_000_000
STEP = 200
#: Of processor time, on all databases together: a fair query takes milliseconds, and a busy machine
#: is not its fault.
SECONDS_OF_QUERY = 0.2
SECONDS_OF_CHILD = 2.0
SECONDS_OF_CPU = 3
ADDRESS_SPACE = 600 * 1024 * 1024
# SQLite's heap is the process's: 32 MiB for the query, the rest for the databases held open.
HEAP = 64 * 1024 * 1024

LIMITS = (
    (sqlite3.SQLITE_LIMIT_LENGTH, 50_000),
    (sqlite3.SQLITE_LIMIT_SQL_LENGTH, 21_000),
    (sqlite3.SQLITE_LIMIT_COLUMN, 100),
    (sqlite3.SQLITE_LIMIT_EXPR_DEPTH, 100),
    (sqlite3.SQLITE_LIMIT_COMPOUND_SELECT, 20),
    (sqlite3.SQLITE_LIMIT_VDBE_OP, 25_000),
    (sqlite3.SQLITE_LIMIT_FUNCTION_ARG, 20),
    (sqlite3.SQLITE_LIMIT_ATTACHED, 0),
    (sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 50),
    (sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 0),
    (sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH, 1),
    (sqlite3.SQLITE_LIMIT_WORKER_THREADS, 0),
)
FUNCTIONS = frozenset(
    """abs avg char coalesce count cume_dist date datetime dense_rank first_value glob group_concat iif ifnull
    instr julianday lag last_value lead length like lower ltrim max min nth_value ntile nullif percent_rank
    rank replace round row_number rtrim sign strftime substr substring sum time total trim typeof unicode
    unixepoch upper""".split()  # noqa: SIM905 - a list of fifty quoted words is harder to read
)
BUILDING = frozenset(
    (
        sqlite3.SQLITE_CREATE_TABLE,
        sqlite3.SQLITE_INSERT,
        sqlite3.SQLITE_READ,
        sqlite3.SQLITE_SELECT,
        sqlite3.SQLITE_UPDATE,
        sqlite3.SQLITE_TRANSACTION,
    )
)

Row = tuple[Any, ...]
Pair = tuple[sqlite3.Connection, sqlite3.Connection | None]


class Meter:
    """What the running judgement has spent. One a process: the fork gives every child its own."""

    def __init__(self) -> None:
        self.steps = 0
        self.budget = 0
        self.deadline = 0.0
        self.probing = False
        self.stopped = ""
        self.denied = ""
        self.random = random.Random(0)  # noqa: S311 - ties are broken at random, nothing is kept secret

    def tick(self) -> int:
        """Count a thousand steps; anything but 0 stops the query."""
        self.steps += STEP
        if self.steps > self.budget:
            self.stopped = "work"
        elif time.process_time() > self.deadline:
            self.stopped = "deadline"
        return int(bool(self.stopped))

    def tie(self) -> float:
        """Return the next pseudo-random number: the key of the order probe."""
        return self.random.random()


METER = Meter()


class Stopped(Exception):  # noqa: N818 - the end of a query, not an error of ours
    """A query came to an end that is no result; ``why`` is one word."""

    def __init__(self, why: str, message: str = "") -> None:
        super().__init__(message)
        self.why, self.message = why, message


# -- databases ---------------------------------------------------------------------------------------


def build(script: str, tables: frozenset[str], *, both: bool = True) -> Pair:
    """Return one instance in two row orders: as the script says and, if ``both``, backwards."""
    first = sqlite3.connect(":memory:", isolation_level=None)
    first.set_authorizer(lambda action, *_: sqlite3.SQLITE_OK if action in BUILDING else sqlite3.SQLITE_DENY)
    first.execute("BEGIN")
    first.executescript(script)
    if first.in_transaction:
        first.execute("COMMIT")
    first.set_authorizer(None)
    second = backwards(first) if both else None
    for connection in filter(None, (first, second)):
        harden(connection, tables)
    return first, second


def backwards(first: sqlite3.Connection) -> sqlite3.Connection:
    """Return a copy of a database whose rows lie in the other order."""
    second = sqlite3.connect(":memory:", isolation_level=None)
    second.execute("BEGIN")
    for name, ddl in first.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'table'").fetchall():
        quoted = '"' + name.replace('"', '""') + '"'
        rows = first.execute(f"SELECT * FROM {quoted} ORDER BY rowid DESC").fetchall()  # noqa: S608
        second.execute(ddl)
        if rows:
            marks = ", ".join("?" * len(rows[0]))
            second.executemany(f"INSERT INTO {quoted} VALUES ({marks})", rows)  # noqa: S608
    second.execute("COMMIT")
    return second


def harden(connection: sqlite3.Connection, tables: frozenset[str]) -> None:
    """Leave nothing open but reading ``tables`` within the limits."""
    connection.text_factory = text_of
    for pragma in (
        f"hard_heap_limit={HEAP}",
        "trusted_schema=OFF",
        "query_only=ON",
        "temp_store=MEMORY",
        "cell_size_check=ON",
        "case_sensitive_like=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")
    connection.create_function("judge_tie", 0, METER.tie)
    for limit, value in LIMITS:
        connection.setlimit(limit, value)
    connection.set_progress_handler(METER.tick, STEP)
    connection.set_authorizer(authorizer(tables, modules_of_sqlite()))


def text_of(raw: bytes) -> str:
    """Return the text of a value, whatever its bytes are."""
    return raw.decode("utf-8", "replace")


@functools.cache
def modules_of_sqlite() -> frozenset[str]:
    """Return the names of the table-valued functions, which look like tables."""
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        return frozenset(row[0].lower() for row in connection.execute("PRAGMA module_list"))


def authorizer(tables: frozenset[str], modules: frozenset[str]) -> Callable[..., int]:
    """Return the callback that allows reading ``tables`` with the listed functions, and nothing else."""

    def allowed(action: int, first: str | None, second: str | None, database: str | None) -> bool:
        if action == sqlite3.SQLITE_READ:
            name = (first or "").lower()
            if name in tables:
                return second != "ROWID"
            # The name of a WITH or a derived table arrives without column and database.
            derived = not second and database is None
            return derived and name not in modules and not name.startswith(("pragma_", "sqlite_"))
        if action == sqlite3.SQLITE_FUNCTION:
            name = (second or "").lower()
            return name in FUNCTIONS or (METER.probing and name == "judge_tie")
        return action in (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_RECURSIVE)

    known: set[tuple[object, ...]] = set()

    def callback(*request: Any) -> int:
        # Every reading of a column asks; most ask what was asked before.
        if request in known:
            return sqlite3.SQLITE_OK
        action, first, second, database, _ = request
        if allowed(action, first, second, database):
            if second != "judge_tie":
                known.add(request)
            return sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_READ:
            METER.denied = f"column:{first}.{second}" if second else f"table:{first}"
        else:
            METER.denied = f"function:{second}" if action == sqlite3.SQLITE_FUNCTION else "statement:"
        return sqlite3.SQLITE_DENY

    return callback


# -- running -----------------------------------------------------------------------------------------


def prepare_fault(connection: sqlite3.Connection, sql: str) -> dict[str, str] | None:
    """Return what SQLite says of a text that it cannot compile; EXPLAIN runs nothing of it."""
    METER.denied = ""
    try:
        connection.execute("EXPLAIN " + sql).close()
    except MemoryError:
        # So SQLite answers to more instructions than SQLITE_LIMIT_VDBE_OP allows.
        return {"message": "it is too large", "denied": ""}
    except (sqlite3.Error, sqlite3.Warning) as error:
        return {"message": str(error), "denied": METER.denied}
    return None


def table_of(connection: sqlite3.Connection, sql: str, most: int) -> tuple[list[str], list[Row]]:
    """Return the column names and rows of ``sql``, or raise Stopped."""
    rows: list[Row] = []
    characters = 0
    try:
        cursor = connection.execute(sql)
        for row in cursor:
            rows.append(row)
            characters += sum(len(value) for value in row if isinstance(value, str | bytes))
            if len(rows) > most or characters > MAX_ROW_CHARACTERS:
                raise Stopped("rows")
    except MemoryError as error:
        raise Stopped("memory") from error
    except (sqlite3.Error, sqlite3.Warning, OverflowError, UnicodeDecodeError) as error:
        if METER.stopped:
            raise Stopped(METER.stopped) from error
        raise Stopped("error", str(error)) from error
    return [column[0] for column in cursor.description], rows


def run(pairs: list[Pair], query: dict[str, Any], unlike: list[list[Row]] | None = None) -> dict[str, Any]:
    """Run one query on every instance, and once more on the rows stored backwards.

    The second time it is the order probe that is run, where there is one and SQLite takes it. Where the rows
    are not those of ``unlike``, in any order, nothing more is run.
    """
    sql, most = query["sql"], query.get("most") or [MAX_ROWS] * len(pairs)
    METER.steps, METER.budget, METER.stopped = 0, query["budget"], ""
    METER.deadline = time.process_time() + SECONDS_OF_QUERY
    METER.random.seed(20_231)
    fault = prepare_fault(pairs[0][0], sql)
    if fault is not None:
        return {"fault": fault}
    probe = query.get("probe")
    probe = probe if probe and is_prepared(pairs[0][0], probe) else None
    result: dict[str, Any] = {"first": [], "second": [], "probed": probe is not None}
    index = 0
    try:
        for index, (first, second) in enumerate(pairs):
            result["columns"], rows = table_of(first, sql, most[index])
            result["first"].append(rows)
            if unlike is not None and Counter(rows) != Counter(unlike[index]):
                break
            if not query.get("once") and second is not None:
                other = probed(second, probe, most[index]) if probe else table_of(second, sql, most[index])[1]
                result["second"].append(None if other == rows else other)
    except Stopped as stop:
        where = {"why": stop.why, "message": stop.message, "instance": index}
        return {"stopped": where, "steps": METER.steps}
    result["steps"] = METER.steps
    return result


@contextlib.contextmanager
def probing() -> Iterator[None]:
    """Allow the order probe's function for a while."""
    METER.probing = True
    try:
        yield
    finally:
        METER.probing = False


def is_prepared(connection: sqlite3.Connection, probe: str) -> bool:
    """Whether SQLite takes the further sort key; where it does not, the two row orders must do."""
    with probing():
        return prepare_fault(connection, probe) is None


def probed(connection: sqlite3.Connection, probe: str, most: int) -> list[Row]:
    """Return the rows of the order probe."""
    with probing():
        return table_of(connection, probe, most)[1]


# -- the child ---------------------------------------------------------------------------------------


def lock_down() -> None:
    """Take away from this process what a query never needs."""
    for limit, value in (
        (resource.RLIMIT_AS, ADDRESS_SPACE),
        (resource.RLIMIT_CPU, SECONDS_OF_CPU),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (value, value))


class Child:
    """A forked copy of the worker that waits for one request, answers it and ends.

    It is made while nobody waits: forking and the first write to every page cost more than most queries.
    """

    def __init__(self, panels: OrderedDict[str, list[Pair]]) -> None:
        request, self._request = os.pipe()
        self._reply, reply = os.pipe()
        self._process = os.fork()
        if self._process == 0:
            os.close(self._request)
            os.close(self._reply)
            serve_once(panels, request, reply)
        os.close(request)
        os.close(reply)

    def answer(self, request: bytes) -> bytes:
        """Return the reply to ``request``, or word of the child's death."""
        with contextlib.suppress(BrokenPipeError):
            write_all(self._request, struct.pack(">I", len(request)) + request)
        reply = read_until(self._reply, time.monotonic() + SECONDS_OF_CHILD)
        if reply is None:
            os.kill(self._process, signal.SIGKILL)
            return encoded({"died": "it took too long"})
        return reply or encoded({"died": "it was stopped by a limit"})

    def end(self) -> None:
        """Close the pipes and wait for the end: a child without a request ends by itself."""
        os.close(self._request)
        os.close(self._reply)
        os.waitpid(self._process, 0)


def serve_once(panels: OrderedDict[str, list[Pair]], request_pipe: int, reply_pipe: int) -> None:
    """Answer one request in this forked process and end it; never returns."""
    try:
        for number in (0, 1, 2):
            os.close(number)
        lock_down()
        if panels:
            warm_up(panels[next(reversed(panels))])
        size = read_exactly(request_pipe, 4)
        if len(size) == 4:
            request = json.loads(read_exactly(request_pipe, struct.unpack(">I", size)[0]))
            write_all(reply_pipe, results(panels[request["panel"]], request["queries"]))
            # The end of the file is the end of the reply; the end of the process comes a little later.
            os.close(reply_pipe)
    finally:
        # Whatever went wrong, a forked copy of the worker must not go on to read its messages.
        os._exit(0)


def warm_up(pairs: list[Pair]) -> None:
    """Touch the memory of the panel that was asked for last: it is the likeliest to be asked for again."""
    for pair in pairs:
        for connection in filter(None, pair):
            prepare_fault(connection, "SELECT 1")


def results(pairs: list[Pair], queries: list[dict[str, Any]]) -> bytes:
    """Return the encoded outcomes of ``queries``, or of too many rows when they do not fit a message."""
    told: list[dict[str, Any]] = []
    for query in queries:
        other = query.get("unlike")
        told.append(run(pairs, query, None if other is None else told[other].get("first")))
    reply = encoded({"results": told})
    if len(reply) > MAX_MESSAGE:
        stop = {"stopped": {"why": "rows", "message": "", "instance": 0}}
        reply = encoded({"results": [stop] * len(queries)})
    return reply


def read_until(pipe: int, deadline: float) -> bytes | None:
    """Return all that comes out of ``pipe``; None when the deadline comes first."""
    parts: list[bytes] = []
    while True:
        ready, _, _ = select.select([pipe], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            return None
        part = os.read(pipe, 65_536)
        if not part:
            return b"".join(parts)
        parts.append(part)


# -- messages ----------------------------------------------------------------------------------------


def encoded(message: dict[str, Any]) -> bytes:
    """Return ``message`` as JSON; bytes become text that begins with a NUL."""
    return json.dumps(message, default=lambda raw: "\0blob:" + raw.hex(), separators=(",", ":")).encode()


def write_all(pipe: int, data: bytes) -> None:
    """Write all of ``data``."""
    while data:
        data = data[os.write(pipe, data) :]


def read_exactly(pipe: int, size: int) -> bytes:
    """Return ``size`` bytes, or fewer at the end of the file."""
    data = b""
    while len(data) < size:
        part = os.read(pipe, min(65_536, size - len(data)))
        if not part:
            break
        data += part
    return data


class Worker:
    """The panels held open and the child that waits for the next request."""

    def __init__(self) -> None:
        self.panels: OrderedDict[str, list[Pair]] = OrderedDict()
        self.child: Child | None = None

    def reply_to(self, raw: bytes) -> bytes:
        """Return the reply to one request; ``unknown`` asks for the scripts of a panel that is not held."""
        request = cast("dict[str, Any]", json.loads(raw))
        digest, scripts = request["panel"], request.get("scripts")
        both = not all(query.get("once") for query in request["queries"])
        held = self.panels.get(digest)
        if held is None or (both and any(second is None for _, second in held)):
            if scripts is None:
                return encoded({"unknown": True})
            self.end_child()
            tables = frozenset(request["tables"])
            try:
                self.panels[digest] = [build(script, tables, both=both) for script in scripts]
            except (sqlite3.Error, sqlite3.Warning) as error:
                return encoded({"broken": str(error)})
        self.panels.move_to_end(digest)
        self.child = self.child or Child(self.panels)
        return self.child.answer(raw)

    def prepare(self) -> None:
        """Make ready for the next request, now that nobody waits."""
        self.end_child()
        while len(self.panels) > MAX_PANELS:
            forget(self.panels, next(iter(self.panels)))
        self.child = Child(self.panels)

    def end_child(self) -> None:
        """End the child that waits or has answered."""
        if self.child is not None:
            self.child.end()
        self.child = None


def forget(panels: OrderedDict[str, list[Pair]], digest: str) -> None:
    """Close a panel's databases."""
    for pair in panels.pop(digest):
        for connection in filter(None, pair):
            connection.close()


def main() -> None:
    """Answer requests until the other side closes its end."""
    # An empty folder without a name: nothing lies here, and nothing can be put here.
    folder = tempfile.mkdtemp()
    os.chdir(folder)
    os.rmdir(folder)  # noqa: PTH106 - pathlib is slow to import
    gc.disable()
    worker = Worker()
    while len(size := read_exactly(0, 4)) == 4:
        reply = worker.reply_to(read_exactly(0, struct.unpack(">I", size)[0]))
        write_all(1, struct.pack(">I", len(reply)) + reply)
        worker.prepare()
    worker.end_child()


if __name__ == "__main__":
    # Our own folder stands first in the path; its file names must not hide the standard library's.
    sys.path = [entry for entry in sys.path if entry != os.path.dirname(__file__)]  # noqa: PTH120
    main()
