"""Who looked at which result: a row of the audit chain, not more than one an hour."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from quizengine.services.hiring import audit, results
from quizengine.services.permissions import Actor
from quizengine.services.runtime import Runtime
from quizengine.store.hiring_rows import AuditRow

VIEWED = "result.viewed"
#: Looking again within that time is the same look.
SAME_LOOK = timedelta(hours=1)


def note(runtime: Runtime, actor: Actor, result_id: str, *, now: datetime) -> None:
    """Write down that somebody looked at a result, unless they did so a moment ago."""
    with runtime.transaction.reading() as session:
        row = results.require(session, actor, result_id)
        if result_id in opened_by(session, actor, since=now - SAME_LOOK):
            return
    with runtime.transaction() as session:
        audit.record(
            session, actor.organisation_id, actor=actor.staff_id, act=VIEWED, now=now,
            result=result_id, code=row.code,
            roles=" ".join(sorted(actor.roles)),
        )  # fmt: skip


def opened_by(session: Session, actor: Actor, *, since: datetime | None = None) -> frozenset[str]:
    """Return the ids of the results that somebody has looked at."""
    wanted = select(AuditRow.data).where(
        AuditRow.organisation_id == actor.organisation_id,
        AuditRow.actor == actor.staff_id,
        AuditRow.act == VIEWED,
    )
    if since is not None:
        wanted = wanted.where(AuditRow.at > since)
    return frozenset(str(data.get("result")) for data in session.scalars(wanted))
