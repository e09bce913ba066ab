"""The audit chain of an organisation: what was done, by whom, each row bound to the one before it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from secrets import token_hex

from sqlalchemy.orm import Session

from quizengine.services.hiring import blinding
from quizengine.services.permissions import Actor
from quizengine.services.runtime import Runtime
from quizengine.store import hiring
from quizengine.store.hiring_rows import AuditRow

#: What a fact in the chain may be: no real numbers, which machines write in several ways.
Fact = str | int

_FIRST = "quizengine audit 1"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """A row as people read it. ``note`` is None where there was none, or it was erased."""

    n: int
    at: datetime
    actor: str
    act: str
    data: Mapping[str, Fact]
    note: str | None
    hash: str


def record(
    session: Session,
    organisation_id: str,
    *,
    actor: str,
    act: str,
    now: datetime,
    note: str = "",
    **data: Fact,
) -> None:
    """Append an act to the chain, in the transaction of the act itself.

    Parameters
    ----------
    actor
        The id of a member of staff, or ``operator``, ``candidate`` or ``system``.
    act
        What was done, such as ``decision`` or ``staff.disabled``.
    note
        What the person wrote, such as a reason.
    **data
        Ids, whole numbers and words of ours; never a name or an address.
    """
    owner = hiring.lock_organisation(session, organisation_id)
    salt = token_hex(16) if note else None
    note_hash = sha256(f"{salt}|{note}".encode()).hexdigest() if note else ""
    n = owner.audit_count + 1
    before = owner.audit_head or first_hash(organisation_id)
    content = canonical(n, now, actor, act, data, note_hash)
    hashed = linked(before, content)
    session.add(
        AuditRow(
            organisation_id=organisation_id, n=n, at=now, actor=actor, act=act, data=dict(data),
            salt=salt, note=note or None, note_hash=note_hash, hash=hashed,
        )
    )  # fmt: skip
    owner.audit_count, owner.audit_head = n, hashed
    session.flush()


def first_hash(organisation_id: str) -> str:
    """Return what the first row of a chain is bound to."""
    return sha256(f"{_FIRST}|{organisation_id}".encode()).hexdigest()


def canonical(n: int, at: datetime, actor: str, act: str, data: Mapping[str, Fact], note_hash: str) -> str:
    """Return the one text of a row: JSON with sorted keys and no spaces, times in UTC as text."""
    row = {
        "n": n,
        "at": at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": actor,
        "act": act,
        "data": dict(data),
        "note": note_hash,
    }
    return json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def linked(before: str, content: str) -> str:
    """Return the hash of a row from its one text and the hash of the row before it."""
    return sha256(f"{before}|{content}".encode()).hexdigest()


def first_fault(organisation_id: str, rows: Iterable[AuditRow]) -> int | None:
    """Return the number of the first row that does not fit the chain; None if it is whole."""
    before = first_hash(organisation_id)
    for expected, row in enumerate(rows, 1):
        content = canonical(row.n, row.at, row.actor, row.act, row.data, row.note_hash)
        is_note = row.note is None or _hash_of(row) == row.note_hash
        if row.n != expected or not is_note or linked(before, content) != row.hash:
            return expected
        before = row.hash
    return None


def _hash_of(row: AuditRow) -> str:
    return sha256(f"{row.salt}|{row.note}".encode()).hexdigest()


def entries(runtime: Runtime, actor: Actor) -> tuple[list[AuditEntry], int | None]:
    """Return the chain of the actor's organisation, the newest first, and where it is broken, if it is.

    Facts that would lead from a name to a code are left out: see `blinding.facts_for`.
    """
    with runtime.transaction.reading() as session:
        rows = hiring.audit_rows(session, actor.organisation_id)
        names = {row.id: row.name for row in hiring.staff_of(session, actor.organisation_id)}
        fault = first_fault(actor.organisation_id, rows)
    told = [
        AuditEntry(
            n=row.n, at=row.at, actor=names.get(row.actor, row.actor), act=row.act,
            data=blinding.facts_for(actor, row.act, row.data), note=row.note, hash=row.hash,
        )
        for row in rows
    ]  # fmt: skip
    return told[::-1], fault
