"""One writer: of all tabs and devices that show an attempt, one holds the lease and may write."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest
from secrets import token_urlsafe

from sqlalchemy.orm import Session

from quizengine.errors import LeaseHeldError
from quizengine.model.grade import Decimal
from quizengine.services.attempt import events
from quizengine.services.attempt.timing import SILENT
from quizengine.store.rows import AttemptRow

LEASE_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Where a call comes from.

    ``device`` is the browser; ``lease`` the secret that its page holds, empty for a page without scripts,
    which shares what its browser holds. ``offline_ms`` is how long the page says it had no network,
    ``decimal`` the decimal sign that it is set to.
    """

    device: str = ""
    lease: str = ""
    offline_ms: int = 0
    decimal: Decimal = "point"


#: A caller inside the program, which holds whatever nobody holds.
ANYBODY = Caller()


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease as its holder gets it: the secret, and how often it has moved."""

    token: str
    epoch: int


def holds(row: AttemptRow, caller: Caller, now: datetime) -> bool:
    """Whether a caller may write."""
    if caller.lease:
        return row.lease_hash is not None and compare_digest(_hash(caller.lease), row.lease_hash)
    return row.lease_hash is None or caller.device == row.lease_device or is_silent(row, now)


def is_silent(row: AttemptRow, now: datetime) -> bool:
    """Whether whoever holds the lease has not been heard for so long that another may have it."""
    return row.last_contact_at is None or now - row.last_contact_at >= SILENT


def claim(session: Session, row: AttemptRow, caller: Caller, tab: str, *, take: bool, now: datetime) -> Lease:
    """Give the lease to a tab: if it is free, the tab had it, its holder is silent, or it is taken.

    The attempt must be locked.

    Raises
    ------
    LeaseHeldError
        If another tab or device holds it, and it is not to be taken from there.
    """
    if caller.lease and holds(row, caller, now):
        return Lease(caller.lease, row.epoch)
    same_device = caller.device == row.lease_device
    if row.lease_hash is not None and same_device and tab == row.lease_tab:
        return _given(row, caller, tab)
    if row.lease_hash is not None and not take and not is_silent(row, now):
        raise LeaseHeldError("another tab" if same_device else "another device", row.last_contact_at)
    moved = "first" if row.lease_hash is None else "tab" if same_device else "device"
    row.epoch += 1
    lease = _given(row, caller, tab)
    events.append(session, row, "leased", now=now, epoch=row.epoch, to=moved, taken=take and moved != "first")
    return lease


def _given(row: AttemptRow, caller: Caller, tab: str) -> Lease:
    token = token_urlsafe(LEASE_BYTES)
    row.lease_hash, row.lease_device, row.lease_tab = _hash(token), caller.device, tab
    return Lease(token, row.epoch)


def _hash(token: str) -> str:
    # 128 random bits need no slow hash.
    return sha256(token.encode()).hexdigest()
