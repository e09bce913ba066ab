"""Worker processes that run queries: started when first needed, replaced when they die, closed with us."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import select
import signal
import struct
import subprocess
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from quizengine.errors import BusyError
from quizengine.model.answers import SqlPanel
from quizengine.sqljudge import schema
from quizengine.sqljudge.worker import MAX_PANELS

WORKERS = 2
MAX_MESSAGE = 4 * 1024 * 1024
SECONDS_FOR_A_REPLY = 6.0
SECONDS_FOR_A_WORKER = 4.0
_WORKER = Path(__file__).with_name("worker.py")

#: The least budget of one query over all instances, in steps of SQLite's virtual machine.
STEPS = 2_000_000

Value = int | float | str | None
Row = tuple[Value, ...]
Rows = tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A text to run on every instance. ``probe`` is its order probe, ``most`` the rows allowed on each.

    With ``unlike``, the place of an earlier query of the request, it is run no further than to the first
    instance on which it gives other rows than that one, or the same in another order if ``in_order``. With
    ``wanted``, a mark for each instance, it is run the second time only if its rows have these marks.
    """

    sql: str
    probe: str | None = None
    most: tuple[int, ...] | None = None
    budget: int = STEPS
    once: bool = False
    unlike: int | None = None
    in_order: bool = False
    wanted: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one query.

    ``fault`` is the database's message for a text that does not compile, ``denied`` what it may not touch
    (of PostgreSQL its SQLSTATE), ``place`` the character where, if that is told.
    ``stopped`` says why it ended early: ``error``, ``rows``, ``work``, ``memory``, ``deadline``, ``died`` or,
    where there is no server to run it, ``away``.
    ``first`` holds the rows of each instance, ``second`` those of the same with its rows stored backwards;
    if ``probed``, the second are those of the order probe. It is empty where it was not run.
    ``seconds`` are those of the processor for both runs; 0 of PostgreSQL, whose server does not tell.
    """

    fault: str = ""
    denied: str = ""
    place: int | None = None
    stopped: str = ""
    message: str = ""
    instance: int = 0
    columns: tuple[str, ...] = ()
    steps: int = 0
    seconds: float = 0.0
    first: tuple[Rows, ...] = ()
    second: tuple[Rows, ...] = ()
    probed: bool = False


class _Silent(Exception):  # noqa: N818 - told to nobody: the pool replaces the worker
    """A worker is dead or does not answer."""


class _Worker:
    """One process and the pipes to it: requests and replies, and one through which panels are sent."""

    def __init__(self) -> None:
        control, self._control = os.pipe()
        self.process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own file
            [sys.executable, "-I", "-S", str(_WORKER), str(control)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
            bufsize=0,
            pass_fds=(control,),
            # A group of its own: one signal reaches the worker and the child that runs a query.
            start_new_session=True,
        )
        os.close(control)
        if self.process.stdin is None or self.process.stdout is None:
            raise _Silent
        self._stdin, self._stdout = self.process.stdin, self.process.stdout
        for pipe in (self._stdin.fileno(), self._control):
            os.set_blocking(pipe, False)
        #: The panels that it holds, the one that was asked for last at the end.
        self.panels = OrderedDict[str, None]()

    def ask(self, panel: SqlPanel, queries: Sequence[Query]) -> dict[str, Any]:
        """Return the reply to ``queries`` on ``panel``; raises _Silent when none comes."""
        deadline = time.monotonic() + SECONDS_FOR_A_REPLY
        try:
            fault = self._hold(panel, deadline)
            if fault:
                return fault
            request = {"panel": panel.digest, "queries": [_encoded(query) for query in queries]}
            return self._exchange(self._stdin.fileno(), request, deadline)
        except (OSError, ValueError) as error:
            raise _Silent from error

    def _hold(self, panel: SqlPanel, deadline: float) -> dict[str, Any]:
        """Send ``panel`` where the worker does not hold it; return what is wrong with it."""
        if panel.digest in self.panels:
            self.panels.move_to_end(panel.digest)
            return {}
        forget = list(self.panels)[: max(0, len(self.panels) - MAX_PANELS + 1)]
        message = {
            "panel": panel.digest,
            "tables": [name.lower() for name in schema.table_names(panel.schema)],
            "scripts": panel.instances,
            "forget": forget,
        }
        reply = self._exchange(self._control, message, deadline)
        for digest in forget:
            del self.panels[digest]
        if "loaded" not in reply:
            return reply
        self.panels[panel.digest] = None
        return {}

    def _exchange(self, pipe: int, message: Mapping[str, Any], deadline: float) -> dict[str, Any]:
        data = json.dumps(message, separators=(",", ":")).encode()
        left = memoryview(struct.pack(">I", len(data)) + data)
        while left:
            _, ready, _ = select.select([], [pipe], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                raise _Silent
            left = left[os.write(pipe, left) :]
        (size,) = struct.unpack(">I", self._read(4, deadline))
        if size > MAX_MESSAGE:
            raise _Silent
        reply = json.loads(self._read(size, deadline))
        return reply if isinstance(reply, dict) else {}

    def _read(self, size: int, deadline: float) -> bytes:
        parts, missing = list[bytes](), size
        while missing:
            ready, _, _ = select.select([self._stdout], [], [], max(0.0, deadline - time.monotonic()))
            part = os.read(self._stdout.fileno(), min(missing, 1 << 20)) if ready else b""
            if not part:
                raise _Silent
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)

    def kill(self) -> None:
        """End the worker and the child it may have, and wait, so that no zombie stays."""
        if self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self._close()

    def disown(self) -> None:
        """Forget a worker that belongs to the process which we were forked from."""
        self._close()
        # Not ours to wait for; without a code Popen would warn that it still runs.
        self.process.returncode = 0

    def _close(self) -> None:
        self._stdin.close()
        self._stdout.close()
        os.close(self._control)


@dataclass(eq=False)
class Pool:
    """At most ``size`` workers, each with one judgement at a time; safe to use from several threads.

    The processes are started on first use. After a fork the child starts its own.
    """

    size: int = WORKERS
    _workers: list[_Worker | None] = field(init=False)
    _free: threading.Semaphore = field(init=False)
    _lock: threading.Lock = field(init=False)
    _process_id: int = field(init=False)

    def __post_init__(self) -> None:
        self._reset()
        atexit.register(self.close)
        os.register_at_fork(after_in_child=self._forked)

    def _reset(self) -> None:
        self._workers = [None] * self.size
        self._free = threading.Semaphore(self.size)
        self._lock = threading.Lock()
        self._process_id = os.getpid()

    def _forked(self) -> None:
        inherited = [worker for worker in self._workers if worker is not None]
        self._reset()
        for worker in inherited:
            worker.disown()

    def close(self) -> None:
        """End all idle workers. The pool may be used again: it then starts new ones."""
        with self._lock:
            idle, self._workers = self._workers, [None] * len(self._workers)
        for worker in idle:
            if worker is not None:
                worker.kill()

    def process_ids(self) -> tuple[int, ...]:
        """Return the process numbers of the idle workers."""
        with self._lock:
            return tuple(worker.process.pid for worker in self._workers if worker is not None)

    def run(self, panel: SqlPanel, queries: Sequence[Query]) -> tuple[Outcome, ...]:
        """Run ``queries`` on every instance of ``panel``; one outcome each.

        A worker that dies or is silent is replaced and asked once more; a second silence gives the
        outcome ``died``. What is to run on PostgreSQL goes to the server for that.
        """
        if panel.dialect == "postgresql":
            # It builds on this file, and most processes never need it.
            from quizengine.sqljudge.postgres import run_on_postgres  # noqa: PLC0415

            return run_on_postgres(panel, queries)
        for _ in range(2):
            try:
                reply = self._ask(panel, queries)
            except _Silent:
                continue
            if "results" in reply:
                return tuple(_outcome(result) for result in reply["results"])
            return tuple(_died(reply) for _ in queries)
        return tuple(_died({}) for _ in queries)

    def _ask(self, panel: SqlPanel, queries: Sequence[Query]) -> dict[str, Any]:
        if not self._free.acquire(timeout=SECONDS_FOR_A_WORKER):
            raise BusyError(
                "Many answers are being judged just now; yours is kept. Send it again in a minute."
            )
        try:
            worker = self._take(panel.digest)
            try:
                reply = worker.ask(panel, queries)
            except _Silent:
                worker.kill()
                raise
            self._put_back(worker)
            return reply
        finally:
            self._free.release()

    def _take(self, digest: str) -> _Worker:
        # One that holds the panel; of several in turn, since they make ready after each request.
        with self._lock:
            holding = (i for i, one in enumerate(self._workers) if one is not None and digest in one.panels)
            worker = self._workers.pop(next(holding, 0)) if self._workers else None
        if worker is not None and worker.process.poll() is not None:
            worker.kill()
            worker = None
        return worker or _Worker()

    def _put_back(self, worker: _Worker) -> None:
        with self._lock:
            self._workers.append(worker)


def _encoded(query: Query) -> dict[str, Any]:
    return {
        "sql": query.sql,
        "probe": query.probe,
        "most": query.most,
        "budget": query.budget,
        "once": query.once,
        "unlike": query.unlike,
        "in_order": query.in_order,
        "wanted": query.wanted,
    }


def _died(reply: Mapping[str, Any]) -> Outcome:
    if reply.get("died") == "deadline":
        return Outcome(stopped="deadline")
    return Outcome(stopped="died", message=str(reply.get("died") or reply.get("broken") or "no answer came"))


def _outcome(result: Mapping[str, Any]) -> Outcome:
    if "fault" in result:
        return Outcome(fault=result["fault"]["message"], denied=result["fault"]["denied"])
    columns, steps = tuple(result.get("columns", ())), result.get("steps", 0)
    if "stopped" in result:
        stop = result["stopped"]
        return Outcome(
            stopped=stop["why"],
            message=stop["message"],
            instance=max(0, stop["instance"]),
            columns=columns,
            steps=steps,
        )
    first = tuple(_rows(rows) for rows in result["first"])
    second = tuple(first[i] if rows is None else _rows(rows) for i, rows in enumerate(result["second"]))
    return Outcome(
        columns=columns,
        steps=steps,
        seconds=result["seconds"],
        first=first,
        second=second,
        probed=result["probed"],
    )


def _rows(rows: Sequence[Sequence[Value]]) -> Rows:
    return tuple(map(tuple, rows))


_shared = threading.Lock()
_pool: list[Pool] = []


def shared_pool() -> Pool:
    """Return the pool of this process, made on first use."""
    with _shared:
        if not _pool:
            _pool.append(Pool())
        return _pool[0]


def close_shared_pool() -> None:
    """End the workers of this process."""
    for pool in _pool:
        pool.close()
