"""One connection to PostgreSQL with a deadline on every wait: a server that hangs cannot hold us.

On libpq itself, as psycopg brings it: each statement goes in a message of its own, which can hold no second
one, and results are read as text.
"""

from __future__ import annotations

import fcntl
import select
import struct
import termios
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from quizengine.errors import MissingExtraError

if TYPE_CHECKING:
    from psycopg.pq.abc import PGconn, PGresult

SECONDS_TO_CONNECT = 3.0
#: A result is stopped about here: nothing that is asked for comes near.
MAX_RECEIVED = 64 * 1024 * 1024


class SilentServerError(Exception):
    """The server did not answer in time, or the connection broke; the session is closed."""

    def __init__(self, message: str, *, late: bool = False) -> None:
        super().__init__(message)
        #: Whether it was only not heard from in time, and how many statements it had answered till then.
        self.late = late
        self.answered = 0


class TooMuchError(Exception):
    """More came than can be read; the session is closed."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What PostgreSQL says of a statement: SQLSTATE, message, the character (from 0) where, and a hint."""

    state: str
    message: str
    place: int | None = None
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """The columns of a result, the numbers of their types, and the rows as they came."""

    columns: tuple[str, ...] = ()
    types: tuple[int, ...] = ()
    rows: tuple[tuple[bytes | None, ...], ...] = ()


def _connection(address: str) -> PGconn:
    """Return a connection that has just been begun. Raises MissingExtraError without psycopg."""
    try:
        from psycopg import pq  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise MissingExtraError("Judging on PostgreSQL", "postgres") from error
    return pq.PGconn.connect_start(address.encode())


class Session:
    """A connection. Raises SilentServerError where none can be had within seconds."""

    def __init__(self, address: str) -> None:
        self._pg = _connection(address)
        try:
            self._finish_connecting(time.monotonic() + SECONDS_TO_CONNECT)
        except SilentServerError:
            self._pg.finish()
            raise
        self._pg.nonblocking = 1
        self.version: int = self._pg.server_version
        self._received = 0

    def _finish_connecting(self, deadline: float) -> None:
        from psycopg.pq import ConnStatus, PollingStatus  # noqa: PLC0415 - an extra

        if self._pg.status == ConnStatus.BAD:
            raise SilentServerError(self._told())
        status: int = PollingStatus.WRITING
        while status != PollingStatus.OK:
            if status == PollingStatus.FAILED:
                raise SilentServerError(self._told())
            self._wait(deadline, writing=status == PollingStatus.WRITING)
            status = self._pg.connect_poll()

    def _told(self) -> str:
        return " ".join(self._pg.error_message.decode("utf-8", "replace").split()) or "the connection broke"

    def _wait(self, deadline: float, *, writing: bool = False) -> None:
        """Wait until there is something to read or, if ``writing``, room to write."""
        try:
            poll = select.poll()
            poll.register(self._pg.socket, select.POLLIN | (select.POLLOUT if writing else 0))
            ready = poll.poll(max(0.0, 1000 * (deadline - time.monotonic())))
        except (OSError, ValueError, _operational_error()) as error:
            raise SilentServerError(str(error)) from error
        if not ready:
            raise SilentServerError("it does not answer", late=True)

    @property
    def is_closed(self) -> bool:
        """Whether the session was ended, by us or by the server as far as we know."""
        from psycopg.pq import ConnStatus  # noqa: PLC0415 - an extra

        return bool(self._pg.status != ConnStatus.OK)

    def answers(self, *, seconds: float) -> bool:
        """Whether the server still answers in this session."""
        if self.is_closed:
            return False
        try:
            return isinstance(self.execute("SELECT 1", seconds=seconds)[0], Table)
        except SilentServerError:
            return False

    def close(self) -> None:
        """End the session; may be called twice."""
        self._pg.finish()

    def execute(self, *statements: str, seconds: float, after: str = "") -> list[Table | Failure]:
        """Send statements together, and return the result of each up to the first failure.

        ``after`` is run at the end whatever became of them.

        Raises
        ------
        SilentServerError
            If the answers do not come within ``seconds``.
        TooMuchError
            If they are too large.
        """
        try:
            return self._exchange(statements, after, time.monotonic() + seconds)
        except _operational_error() as error:
            self.close()
            raise SilentServerError(self._told_of(error)) from error
        except (SilentServerError, TooMuchError):
            self.close()
            raise

    def script(self, sql: str, *, seconds: float) -> None:
        """Run statements of our own that were written together; raises SilentServerError where one fails."""
        deadline = time.monotonic() + seconds
        try:
            self._pg.send_query(sql.encode())
            self._receive(deadline)
            failed = [failure for failure in self._drain(deadline) if isinstance(failure, Failure)]
        except _operational_error() as error:
            self.close()
            raise SilentServerError(self._told_of(error)) from error
        except (SilentServerError, TooMuchError):
            self.close()
            raise
        if failed:
            raise SilentServerError(failed[0].message)

    @staticmethod
    def _told_of(error: Exception) -> str:
        return " ".join(str(error).split()) or "the connection broke"

    def _exchange(self, statements: Sequence[str], after: str, deadline: float) -> list[Table | Failure]:
        self._received = 0
        self._pg.enter_pipeline_mode()
        for statement in statements:
            self._pg.send_query_params(statement.encode(), None)
        self._pg.pipeline_sync()
        if after:
            self._pg.send_query_params(after.encode(), None)
            self._pg.pipeline_sync()
        told = list[Table | Failure]()
        try:
            for _ in statements:
                told += self._drain(deadline)
            for _ in range(3 if after else 1):  # what is after, and the marks of the ends
                self._drain(deadline)
        except SilentServerError as error:
            error.answered = len(told)
            raise
        self._pg.exit_pipeline_mode()
        return told

    def _drain(self, deadline: float) -> list[Table | Failure]:
        """Return the results of one statement; none where an earlier one failed."""
        from psycopg.pq import ExecStatus  # noqa: PLC0415 - an extra

        told = list[Table | Failure]()
        while True:
            self._receive(deadline)
            result = self._pg.get_result()
            if result is None or result.status == ExecStatus.PIPELINE_SYNC:
                return told
            if result.status in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
                told.append(_table(result))
            elif result.status != ExecStatus.PIPELINE_ABORTED:
                told.append(_failure(result))
            result.clear()

    def _receive(self, deadline: float) -> None:
        """Write what is left to write and read until a result is whole."""
        while (writing := bool(self._pg.flush())) or self._pg.is_busy():
            self._wait(deadline, writing=writing)
            self._received += _waiting_bytes(self._pg.socket)
            if self._received > MAX_RECEIVED:
                raise TooMuchError
            self._pg.consume_input()


def _operational_error() -> type[Exception]:
    from psycopg import OperationalError  # noqa: PLC0415 - an extra

    return OperationalError


def _waiting_bytes(socket: int) -> int:
    """Return how many bytes lie in the socket; libpq itself takes a value of any size."""
    return int(struct.unpack("i", fcntl.ioctl(socket, termios.FIONREAD, b"\0\0\0\0"))[0])


def _table(result: PGresult) -> Table:
    width = result.nfields
    return Table(
        columns=tuple((result.fname(i) or b"").decode("utf-8", "replace") for i in range(width)),
        types=tuple(result.ftype(i) for i in range(width)),
        rows=tuple(tuple(result.get_value(row, i) for i in range(width)) for row in range(result.ntuples)),
    )


def _failure(result: PGresult) -> Failure:
    from psycopg.pq import DiagnosticField  # noqa: PLC0415 - an extra

    def field(which: DiagnosticField) -> str:
        return (result.error_field(which) or b"").decode("utf-8", "replace")

    position = field(DiagnosticField.STATEMENT_POSITION)
    return Failure(
        state=field(DiagnosticField.SQLSTATE) or "08006",
        message=field(DiagnosticField.MESSAGE_PRIMARY) or result.error_message.decode("utf-8", "replace"),
        place=int(position) - 1 if position else None,
        hint=field(DiagnosticField.MESSAGE_HINT),
    )
