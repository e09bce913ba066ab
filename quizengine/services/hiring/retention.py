"""Keeping promises: how long a screen said that data are kept is how long they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from quizengine.services.hiring import audit
from quizengine.services.runtime import Runtime
from quizengine.store import retention as store
from quizengine.store.hiring_rows import ScreenRow

DAYS_A_MONTH = 30.44
#: Lists that were looked at and never confirmed hold addresses of people whom nobody invited.
LISTS = timedelta(days=7)
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Purged:
    """What is taken away from a screen, by kind: ``invitations``, ``answers`` and, when done, ``people``."""

    screen_id: str
    title: str
    counts: Mapping[str, int]


def due_at(row: ScreenRow) -> datetime | None:
    """Return when the people of a screen are forgotten; None while it is open."""
    if row.closed_at is None:
        return None
    return row.closed_at + timedelta(days=row.retention_months * DAYS_A_MONTH)


def purge(runtime: Runtime, *, now: datetime, dry_run: bool = False) -> list[Purged]:
    """Forget the people of screens whose time is over; return what was, or would be, taken away.

    Names, addresses, notes and the texts of answers go. Verdicts, scores, times and so the counts of items
    stay. It goes in batches and may be stopped at any time: the next run goes on.
    """
    with runtime.transaction.reading() as session:
        rows = store.closed_screens(session)
        over = [row.id for row in rows if (due := due_at(row)) is not None and due <= now]
        if dry_run:
            found = [_foreseen(session, screen) for screen in over]
            return [one for one in found if one.counts["invitations"]]
    done = [_purge_screen(runtime, screen, now=now) for screen in over]
    with runtime.transaction() as session:
        store.forget_lists(session, before=now - LISTS)
    return [one for one in done if one.counts["invitations"]]


def _foreseen(session: Session, screen_id: str) -> Purged:
    title = session.get_one(ScreenRow, screen_id).title
    invitations = len(store.remembered(session, screen_id))
    answers = store.count_answers(session, screen_id)
    return Purged(screen_id, title, {"invitations": invitations, "answers": answers})


def _purge_screen(runtime: Runtime, screen_id: str, *, now: datetime) -> Purged:
    counts = Counter[str]()
    while True:
        with runtime.transaction() as session:
            screen = session.get_one(ScreenRow, screen_id)
            rows = store.remembered(session, screen_id, most=AT_ONCE)
            if not rows:
                return Purged(screen_id, screen.title, counts)
            for row in rows:
                counts["invitations"] += 1
                counts["answers"] += store.forget_texts(session, row.attempt_id) if row.attempt_id else 0
                store.forget_invitation(session, row, screen.organisation_id, now=now)
                counts["people"] += store.forget_person(session, row.candidate_id)
            audit.record(
                session, screen.organisation_id, actor="system", act="purged", now=now,
                screen=screen_id, invitations=len(rows),
            )  # fmt: skip
