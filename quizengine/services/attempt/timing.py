"""The time of an attempt: its deadline, grace, and what the page is told. Only the server's clock counts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from quizengine.services.attempt import events
from quizengine.store import contract
from quizengine.store.attempt_rows import TimeCreditRow
from quizengine.store.rows import AttemptRow

#: For what was sent in time and arrives late; the page counts to the deadline, not to this.
GRACE = timedelta(seconds=15)
#: Without a word for so long, a page no longer keeps others out, and has been away.
SILENT = timedelta(seconds=45)
#: The most that lost connections give back in one attempt.
CONNECTION_MS = 5 * 60_000
MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that the person is told once: ``n`` counts them in their attempt."""

    n: int
    kind: str
    milliseconds: int
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """What every reply tells of the time. Without a deadline no clock runs."""

    state: str
    now: datetime
    deadline: datetime | None
    revision: int
    notices: tuple[Notice, ...] = ()

    @property
    def remaining_ms(self) -> int | None:
        """Milliseconds to the deadline, never below 0; None without one."""
        return None if self.deadline is None else max(0, (self.deadline - self.now) // MILLISECOND)


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """The time that somebody has, in milliseconds: the base for everybody, and what was added.

    ``pauses_ms`` and ``grants_ms`` move the deadline within the window, ``credits_ms`` (time that we or
    the connection took away) moves both.
    """

    base_ms: int
    multiplier_percent: int = 100
    pauses_ms: int = 0
    grants_ms: int = 0
    credits_ms: int = 0


def deadline_of(started_at: datetime, allowed: Allowance, closes_at: datetime | None = None) -> datetime:
    """Return when the time is over.

    The earlier of the start plus all that was given, and the window's end. Extra time lengthens the window
    by as much as it lengthens the base, so that whoever has it may begin as late as everybody else.

    Examples
    --------
    >>> noon = datetime(2026, 3, 2, 12, 0)
    >>> hour = Allowance(base_ms=3_600_000, multiplier_percent=150)
    >>> deadline_of(noon, hour).isoformat()
    '2026-03-02T13:30:00'
    >>> deadline_of(noon, hour, closes_at=datetime(2026, 3, 2, 12, 30)).isoformat()
    '2026-03-02T13:00:00'
    """
    given = _longer(allowed) + allowed.pauses_ms + allowed.grants_ms + allowed.credits_ms
    own = started_at + given * MILLISECOND
    return own if closes_at is None else min(own, end_of_window(closes_at, allowed))


def _longer(allowed: Allowance) -> int:
    return allowed.base_ms * allowed.multiplier_percent // 100


def end_of_window(closes_at: datetime, allowed: Allowance) -> datetime:
    """Return when a window that closes ends for one person: later by extra time, and by what was lost."""
    return closes_at + (_longer(allowed) - allowed.base_ms + allowed.credits_ms) * MILLISECOND


def renew_deadline(session: Session, row: AttemptRow) -> None:
    """Compute the ends anew from all that was added; neither moves earlier."""
    if row.untimed or row.base_ms is None or row.started_at is None:
        row.deadline_at = row.shut_at = None
        return
    allowed = _allowed(session, row, row.base_ms)
    computed = deadline_of(row.started_at, allowed, row.closes_at if row.hard_close else None)
    row.deadline_at = max(computed, row.deadline_at) if row.deadline_at else computed
    if row.shut_at is not None and row.closes_at is not None:
        row.shut_at = max(row.shut_at, end_of_window(row.closes_at, allowed))


def _allowed(session: Session, row: AttemptRow, base_ms: int) -> Allowance:
    added = Counter[str]()
    for credit in contract.credits_of(session, row.id):
        added[credit.kind] += credit.milliseconds
    return Allowance(
        base_ms=base_ms,
        multiplier_percent=row.multiplier_percent,
        pauses_ms=added["pause"],
        grants_ms=added["grant"],
        credits_ms=added["outage"] + added["connection"],
    )


def shut(session: Session, row: AttemptRow, *, now: datetime) -> None:
    """Let an attempt whose clock runs end now, but for extra time, because its screen closes. It is locked.

    The deadline that was promised stays; what ends the attempt is the earlier of the two: see `end_of`.
    """
    if not row.hard_close or row.base_ms is None or row.deadline_at is None or row.shut_at is not None:
        return
    row.closes_at = now if row.closes_at is None else min(now, row.closes_at)
    row.shut_at = end_of_window(row.closes_at, _allowed(session, row, row.base_ms))
    row.revision += 1
    events.append(session, row, "shut", now=now, until=events.told(row.shut_at))


def end_of(row: AttemptRow) -> datetime | None:
    """Return when an attempt takes nothing any more: its deadline, or the end that its screen made before."""
    return min(filter(None, (row.deadline_at, row.shut_at)), default=None)


def latest_end(row: AttemptRow, percent: int | None = None) -> datetime | None:
    """Return when the screen of an attempt ends it at the latest; None where it does not.

    ``percent`` is the time that the person has of that of everybody, the attempt's own by default.
    """
    if not row.hard_close or row.untimed or row.base_ms is None or row.closes_at is None:
        return None
    allowance = Allowance(base_ms=row.base_ms, multiplier_percent=percent or row.multiplier_percent)
    return end_of_window(row.closes_at, allowance)


def minutes_of(row: AttemptRow, percent: int, now: datetime | None) -> float | None:
    """Return the minutes that somebody has from the start; before it fewer, where the screen ends earlier."""
    if not row.base_ms:
        return None
    own, ends_by = row.base_ms * percent / 6_000_000, latest_end(row, percent)
    if row.state != "ready" or ends_by is None or now is None:
        return own
    return max(0.0, min(own, (ends_by - now) / MILLISECOND / 60_000))


def add_time(
    session: Session,
    row: AttemptRow,
    kind: str,
    milliseconds: int,
    *,
    now: datetime,
    outage_id: int | None = None,
    said: tuple[str, str] = ("", ""),
) -> None:
    """Write time that is added into the ledger and move the deadline. The attempt must be locked.

    ``said`` is why somebody added it, and who.
    """
    reason, author = said
    number = len(contract.credits_of(session, row.id)) + 1
    session.add(
        TimeCreditRow(
            attempt_id=row.id,
            n=number,
            kind=kind,
            milliseconds=milliseconds,
            outage_id=outage_id,
            reason=reason,
            author=author,
            at=now,
        )
    )
    session.flush()
    renew_deadline(session, row)
    row.revision += 1
    events.append(
        session, row, "time_added", now=now, why=kind, ms=milliseconds, deadline=events.told(row.deadline_at)
    )


def connection_left(session: Session, row: AttemptRow) -> int:
    """Return the milliseconds that lost connections may still give back."""
    given = sum(one.milliseconds for one in contract.credits_of(session, row.id) if one.kind == "connection")
    return max(0, CONNECTION_MS - given)


def is_late(row: AttemptRow, now: datetime) -> bool:
    """Whether nothing is taken any more: the end and the grace have passed."""
    end = end_of(row)
    return end is not None and now > end + GRACE


def is_overdue(session: Session, row: AttemptRow, now: datetime) -> bool:
    """Whether an attempt is to be closed: it is late, and nobody is held to come back.

    Who was out of contact when the time ran out may have been without a network: their attempt stays
    open for what is left of the time that lost connections give back.
    """
    end = end_of(row)
    if row.state != "in_progress" or end is None or not is_late(row, now):
        return False
    last = row.last_contact_at or row.started_at
    if last is None or last > end - SILENT:
        return True
    return now > end + GRACE + connection_left(session, row) * MILLISECOND


def clock_of(session: Session, row: AttemptRow, now: datetime, *, seen: int = 0) -> Clock:
    """Return what a reply tells of the time; notices up to number ``seen`` were read."""
    notices = tuple(
        Notice(one.n, one.kind, one.milliseconds, one.reason)
        for one in contract.credits_of(session, row.id)
        if one.n > seen and one.kind != "pause"
    )
    return Clock(state=row.state, now=now, deadline=end_of(row), revision=row.revision, notices=notices)
