"""The process that runs strangers' queries. Standard library only: it is started by its path.

It holds the databases of a few panels in memory. For each judgement it forks a child
with hard limits, so nothing survives an answer; the child reads a request, runs the queries
and writes the rows. Messages are JSON after a length of four bytes, both ways.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import itertools
import json
import mmap
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
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

MAX_MESSAGE = 4 * 1024 * 1024
MAX_PANELS = 16
#: More rows than the largest instance of a panel has.
LARGE = 5_000
MAX_ROWS = 5_000
MAX_ROW_CHARACTERS = 2_000_000
ROWS_AT_ONCE = 20
STEP = 200
#: Steps between two looks at the clock, which costs as much as many of them.
CLOCK = 10 * STEP
#: Of processor time, on all databases together: a fair query takes milliseconds, and a busy machine
#: is not its fault. The first is asked every CLOCK steps, the second ends the process wherever it is.
SECONDS_OF_QUERY = 0.15
SECONDS_UNTIL_STOPPED = 0.2
SECONDS_OF_CHILD = 2.0
#: After this time without a request a child uses the quiet to get ready.
SECONDS_UNTIL_IDLE = 0.003
SECONDS_OF_CPU = 3
ADDRESS_SPACE = 256 * 1024 * 1024
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
        sqlite3.SQLITE_CREATE_INDEX,
        sqlite3.SQLITE_CREATE_TABLE,
        sqlite3.SQLITE_INSERT,
        sqlite3.SQLITE_READ,
        sqlite3.SQLITE_REINDEX,
        sqlite3.SQLITE_SELECT,
        sqlite3.SQLITE_UPDATE,
        sqlite3.SQLITE_TRANSACTION,
    )
)

#: Reads all of a table, and goes through joining, grouping over windows and sorting.
REHEARSAL = "SELECT one.*, AVG(1.5) OVER (ORDER BY 1) FROM {table} one LEFT JOIN {table} ON 0 ORDER BY 1"

Row = tuple[Any, ...]


class Meter:
    """What the running judgement has spent. One a process: the fork gives every child its own."""

    def __init__(self) -> None:
        self.steps = 0
        self.budget = 0
        self.deadline = 0.0
        self.probing = False
        self.read = set[str]()
        self.instance = 0
        self.stopped = ""
        self.denied = ""
        self.random = random.Random(0)  # noqa: S311 - ties are broken at random, nothing is kept secret

    def tick(self) -> int:
        """Count STEP more steps; anything but 0 stops the query."""
        self.steps += STEP
        if self.steps > self.budget:
            self.stopped = "work"
        elif self.steps % CLOCK == 0 and time.process_time() > self.deadline:
            self.stopped = "deadline"
        return int(bool(self.stopped))

    def tie(self) -> float:
        """Return the next pseudo-random number: the key of the order probe."""
        return self.random.random()


METER = Meter()
NUMBERS = itertools.count()


class Stopped(Exception):  # noqa: N818 - the end of a query, not an error of ours
    """A query came to an end that is no result; ``why`` is one word."""

    def __init__(self, why: str, message: str = "") -> None:
        super().__init__(message)
        self.why, self.message = why, message


# -- databases ---------------------------------------------------------------------------------------


class Panel:
    """The instances of a panel, one at a time in the database that queries read.

    Queries go through a connection that can only read. Our own puts the rows of an instance into the same
    database, in memory, as they lie in its script or the other way round; the tables stay, so a query is
    compiled once for all of them. Raises sqlite3.Error where a script is not taken.
    """

    def __init__(self, scripts: list[str], tables: list[str]) -> None:
        self.count = len(scripts)
        name = f"file:/judge-{next(NUMBERS)}?vfs=memdb"
        self._ours = sqlite3.connect(name, uri=True, isolation_level=None)
        self._ours.execute("PRAGMA journal_mode=OFF")
        self._ours.execute("ATTACH ':memory:' AS kept")
        self._schema: list[tuple[str, str]] = []
        #: Of each table, by its name in small letters: where the rows of each instance lie among those kept.
        self._places: dict[str, list[tuple[int, int]]] = {}
        self._swaps: dict[str, tuple[str, str, str]] = {}
        self._now: dict[str, tuple[int, bool]] = {}
        indexes: list[str] = []
        for script in scripts:
            with contextlib.closing(database(script)) as source:
                self._keep(source)
                indexes = indexes_of(source)
        for index in indexes:
            self._ours.execute(index)
        self.reader = sqlite3.connect(name, uri=True, isolation_level=None)
        harden(self.reader)
        if self.is_large:
            # What a query costs with the indexes that are there, and not with one that SQLite makes for it.
            self.reader.execute("PRAGMA automatic_index=OFF")
            self.show(0, backwards=False, tables=set(self._places))
        self.reader.set_authorizer(authorizer(frozenset(tables), modules_of_sqlite()))

    @property
    def is_large(self) -> bool:
        """Whether this is one database to count work on, which no child must fill or read all of."""
        return self.count == 1 and sum(places[0][1] for places in self._places.values()) > LARGE

    def _keep(self, source: sqlite3.Connection) -> None:
        """Keep the rows of one instance, and make its tables if they are not there yet."""
        schema = schema_of(source)
        if not self._places:
            self._make(schema)
        elif schema != self._schema:
            raise sqlite3.OperationalError("the instances have different tables")
        for number, (table, _) in enumerate(schema):
            rows = source.execute(f"SELECT * FROM {quoted(table)}").fetchall()  # noqa: S608
            before = self._places[table.lower()][-1][1] if self._places[table.lower()] else 0
            self._places[table.lower()].append((before, before + len(rows)))
            if rows:
                marks = ", ".join("?" * len(rows[0]))
                self._ours.executemany(f"INSERT INTO kept.t{number} VALUES ({marks})", rows)  # noqa: S608

    def _make(self, schema: list[tuple[str, str]]) -> None:
        self._schema = schema
        for number, (table, ddl) in enumerate(schema):
            self._ours.execute(ddl)
            columns = self._ours.execute(f"PRAGMA main.table_info({quoted(table)})").fetchall()
            # Without types: what was kept is what comes back.
            self._ours.execute(
                f"CREATE TABLE kept.t{number} ({', '.join(f'c{i}' for i, _ in enumerate(columns))})"
            )
            insert = (
                f"INSERT INTO main.{quoted(table)} SELECT * FROM kept.t{number} "  # noqa: S608
                "WHERE rowid > ? AND rowid <= ? ORDER BY rowid"
            )
            delete = f"DELETE FROM main.{quoted(table)}"  # noqa: S608
            self._places[table.lower()] = []
            self._swaps[table.lower()] = (delete, insert, insert + " DESC")

    def named(self, sql: str) -> set[str]:
        """Return the tables that a compiled query may read: SQLite asked about them, or they are named."""
        text = sql.lower()
        return {table for table in self._places if table in METER.read or table in text}

    def show(self, index: int, *, backwards: bool, tables: set[str]) -> None:
        """Put the rows of an instance into ``tables``, the first row first or the last."""
        wanted = (index, backwards)
        for table in tables:
            if self._now.get(table) != wanted:
                delete, *inserts = self._swaps[table]
                self._ours.execute(delete)
                self._ours.execute(inserts[backwards], self._places[table][index])
                self._now[table] = wanted

    def close(self) -> None:
        """Give the memory back."""
        self.reader.close()
        self._ours.close()

    def rehearse(self, is_wanted: Callable[[], bool]) -> None:
        """Do what a query will do, so that no page need be copied then; stop if ``is_wanted``."""
        if self.is_large:
            return
        for table in (quoted(name) for name, _ in self._schema):
            if is_wanted():
                return
            sql = REHEARSAL.format(table=table)
            query = {"sql": sql, "probe": f"{sql}, judge_tie()", "budget": sys.maxsize}
            results(self, json.loads(encoded({"queries": [query]}))["queries"])


def database(script: str) -> sqlite3.Connection:
    """Return the database that a script makes; it may create tables and fill them."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.set_authorizer(
        lambda action, *_: sqlite3.SQLITE_OK if action in BUILDING else sqlite3.SQLITE_DENY
    )
    connection.execute("BEGIN")
    connection.executescript(script)
    if connection.in_transaction:
        connection.execute("COMMIT")
    connection.set_authorizer(None)
    return connection


def schema_of(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    """Return the name and the DDL of each table."""
    return connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'table'").fetchall()


def indexes_of(connection: sqlite3.Connection) -> list[str]:
    """Return the DDL of each index that is not part of a table's."""
    found = connection.execute("SELECT sql FROM sqlite_schema WHERE type = 'index' AND sql NOTNULL")
    return [row[0] for row in found.fetchall()]


def quoted(name: str) -> str:
    """Return the name of a table in quotes."""
    return '"' + name.replace('"', '""') + '"'


def harden(connection: sqlite3.Connection) -> None:
    """Leave nothing open but reading within the limits; which tables, an authorizer says."""
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
            if name in tables and database == "main":
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
        action, first, second, database, _ = request
        if action == sqlite3.SQLITE_READ and first:
            METER.read.add(first.lower())
        # Every reading of a column asks; most ask what was asked before.
        if request in known:
            return sqlite3.SQLITE_OK
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
    METER.read.clear()
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
        # Closed at once, also when it is stopped: while it is open, its database cannot be changed.
        with contextlib.closing(connection.execute(sql)) as cursor:
            while some := cursor.fetchmany(ROWS_AT_ONCE):
                rows += some
                for row in some:
                    for value in row:
                        if value.__class__ is str or value.__class__ is bytes:
                            characters += len(value)
                if len(rows) > most or characters > MAX_ROW_CHARACTERS:
                    raise Stopped("rows")
            return [column[0] for column in cursor.description], rows
    except MemoryError as error:
        raise Stopped("memory") from error
    except (sqlite3.Error, sqlite3.Warning, OverflowError, UnicodeDecodeError) as error:
        if METER.stopped:
            raise Stopped(METER.stopped) from error
        if connection.text_factory is str and str(error).startswith("Could not decode"):
            connection.text_factory = text_of
            return table_of(connection, sql, most)
        raise Stopped("error", str(error)) from error


def run(panel: Panel, query: dict[str, Any], unlike: list[list[Row]] | None = None) -> dict[str, Any]:
    """Run one query on every instance, and once more on the rows stored backwards.

    The second time it is the order probe that is run, where there is one and SQLite takes it; it is left out
    where the query asks for that, or wants rows (by their ``mark``) that it did not get the first time. Where
    the rows are not those of ``unlike``, nothing more is run.
    """
    METER.steps, METER.budget, METER.stopped = 0, query["budget"], ""
    started = time.process_time()
    METER.deadline = started + SECONDS_OF_QUERY
    signal.setitimer(signal.ITIMER_PROF, SECONDS_UNTIL_STOPPED)
    METER.random.seed(20_231)
    fault = prepare_fault(panel.reader, query["sql"])
    if fault is not None:
        return {"fault": fault}
    tables = panel.named(query["sql"])
    probe = query.get("probe")
    probe = probe if probe and is_prepared(panel.reader, probe) else None
    result: dict[str, Any] = {"first": [], "second": [], "probed": probe is not None}
    try:
        for rows in rows_of(panel, query, tables, result):
            result["first"].append(rows)
            if unlike is not None and not is_like(rows, unlike[len(result["first"]) - 1], query):
                break
        wanted = query.get("wanted")
        if not query.get("once") and (wanted is None or wanted == list(map(mark, result["first"]))):
            for rows in rows_of(panel, query, tables, result, backwards=True, probe=probe):
                result["second"].append(rows)
    except Stopped as stop:
        stopped = {"why": stop.why, "message": stop.message, "instance": METER.instance}
        return {"stopped": stopped, "steps": METER.steps}
    result["second"] = [
        None if other == rows else other
        for rows, other in zip(result["first"], result["second"], strict=False)
    ]
    result["steps"], result["seconds"] = METER.steps, time.process_time() - started
    return result


def rows_of(
    panel: Panel,
    query: dict[str, Any],
    tables: set[str],
    result: dict[str, Any],
    *,
    backwards: bool = False,
    probe: str | None = None,
) -> Iterator[list[Row]]:
    """Yield the rows that a query, or its order probe, gives on each instance."""
    sql, most = probe or query["sql"], query.get("most") or [MAX_ROWS] * panel.count
    with probing() if probe else contextlib.nullcontext():
        for index in range(panel.count):
            METER.instance = index
            panel.show(index, backwards=backwards, tables=tables)
            result["columns"], rows = table_of(panel.reader, sql, most[index])
            yield rows


def is_like(rows: list[Row], others: list[Row], query: dict[str, Any]) -> bool:
    """Whether rows are the same; their order counts where the query says so."""
    return rows == others if query.get("in_order") else Counter(rows) == Counter(others)


def mark(rows: Iterable[Row]) -> int:
    """Return a number that is the same for the same rows in any order; others share it only by chance."""
    return zlib.crc32("\n".join(sorted(map(repr, rows))).encode("utf-8", "replace"))


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
    for alarm in (signal.SIGALRM, signal.SIGPROF):
        signal.signal(alarm, signal.SIG_DFL)


#: What a child is doing, in a byte that it shares with the worker.
WAITING, WORKING, WRITING, DONE = range(4)
#: What stopped a child that a signal has ended.
ENDS = {int(signal.SIGPROF): "deadline", int(signal.SIGALRM): "silence"}


class Child:
    """A forked copy of the worker that waits for one request, answers it and ends.

    It is made while nobody waits: forking and the first write to every page cost more than most queries.
    """

    def __init__(self, panels: dict[str, Panel], shared: mmap.mmap, control: int) -> None:
        self._shared = shared
        # The child alone holds the writing end, so that it reads as ended when the child has died.
        self.life, held = os.pipe()
        shared[0] = WAITING
        self._process = os.fork()
        if self._process == 0:
            os.close(self.life)
            os.close(control)
            serve_once(panels, shared)
        os.close(held)

    def end(self) -> None:
        """Stop a child that waits or has just replied."""
        os.kill(self._process, signal.SIGKILL)
        with contextlib.suppress(EOFError):
            self.last_words()

    def last_words(self) -> bytes:
        """Wait for the end; return what is to be replied in its stead, nothing where it replied itself.

        Raises EOFError where it ended without a request, or in the middle of its reply.
        """
        os.close(self.life)
        _, status = os.waitpid(self._process, 0)
        if self._shared[0] == DONE:
            return b""
        if self._shared[0] != WORKING:
            raise EOFError
        stopped_by = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        return encoded({"died": ENDS.get(stopped_by, "limit")})


def serve_once(panels: dict[str, Panel], shared: mmap.mmap) -> None:
    """Answer one request in this forked process and end it; never returns."""
    try:
        os.close(2)
        lock_down()
        if panels and not is_asked(SECONDS_UNTIL_IDLE):
            # Likely the next one, too, is about the panel that was asked for last.
            list(panels.values())[shared[1]].rehearse(is_asked)
        size = read_exactly(0, 4)
        if len(size) == 4:
            shared[0] = WORKING
            # Two alarms end the process at once, also inside one step of SQLite: one of its own time, set
            # anew for each query, and this one of all time.
            signal.setitimer(signal.ITIMER_REAL, SECONDS_OF_CHILD)
            request = json.loads(read_exactly(0, struct.unpack(">I", size)[0]))
            shared[1] = list(panels).index(request["panel"])
            reply = results(panels[request["panel"]], request["queries"])
            signal.setitimer(signal.ITIMER_PROF, 0)
            shared[0] = WRITING
            write_message(reply)
            shared[0] = DONE
    finally:
        # Whatever went wrong, a forked copy of the worker must not go on to wait for its messages.
        os._exit(0)


def is_asked(seconds: float = 0.0) -> bool:
    """Whether a request is there, or comes within some seconds."""
    return bool(select.select([0], [], [], seconds)[0])


def results(panel: Panel, queries: list[dict[str, Any]]) -> bytes:
    """Return the encoded outcomes of ``queries``, or of too many rows when they do not fit a message."""
    told: list[dict[str, Any]] = []
    for query in queries:
        other = query.get("unlike")
        told.append(run(panel, query, None if other is None else told[other].get("first")))
    reply = encoded({"results": told})
    if len(reply) > MAX_MESSAGE:
        stop = {"stopped": {"why": "rows", "message": "", "instance": 0}}
        reply = encoded({"results": [stop] * len(queries)})
    return reply


# -- messages ----------------------------------------------------------------------------------------


def encoded(message: dict[str, Any]) -> bytes:
    """Return ``message`` as JSON; bytes become text that begins with a NUL."""
    return json.dumps(message, default=lambda raw: "\0blob:" + raw.hex(), separators=(",", ":")).encode()


def write_message(data: bytes) -> None:
    """Write a reply."""
    data = struct.pack(">I", len(data)) + data
    while data:
        data = data[os.write(1, data) :]


def read_exactly(pipe: int, size: int) -> bytes:
    """Return ``size`` bytes, or fewer at the end of the file."""
    data = b""
    while len(data) < size:
        part = os.read(pipe, min(65_536, size - len(data)))
        if not part:
            break
        data += part
    return data


# -- the worker --------------------------------------------------------------------------------------


def load(panels: dict[str, Panel], message: dict[str, Any]) -> bytes:
    """Open the databases of a panel and close those of others, as ``message`` says; return the reply."""
    for digest in message["forget"]:
        if digest in panels:
            panels.pop(digest).close()
    try:
        panel = Panel(message["scripts"], message["tables"])
    except (sqlite3.Error, sqlite3.Warning) as error:
        return encoded({"broken": str(error)})
    panels[message["panel"]] = panel
    return encoded({"loaded": True})


def main(control: int) -> None:
    """Keep a child waiting for requests; load panels that come through ``control`` until that ends.

    Requests are read, and replies written, by the child alone: one process less to wake on the way.
    """
    # An empty folder without a name: nothing lies here, and nothing can be put here.
    folder = tempfile.mkdtemp()
    os.chdir(folder)
    os.rmdir(folder)  # noqa: PTH106 - pathlib is slow to import
    gc.disable()
    panels: dict[str, Panel] = {}
    shared = mmap.mmap(-1, 2)
    while True:
        child = Child(panels, shared, control)
        ready, _, _ = select.select([control, child.life], [], [])
        if child.life in ready:
            words = child.last_words()
            if words:
                write_message(words)
            continue
        child.end()
        size = read_exactly(control, 4)
        if len(size) < 4:
            return
        message = json.loads(read_exactly(control, struct.unpack(">I", size)[0]))
        write_message(load(panels, message))
        shared[1] = len(panels) - 1 if panels else 0


if __name__ == "__main__":
    # Our own folder stands first in the path; its file names must not hide the standard library's.
    sys.path = [entry for entry in sys.path if entry != os.path.dirname(__file__)]  # noqa: PTH120
    with contextlib.suppress(EOFError):
        main(int(sys.argv[1]))
