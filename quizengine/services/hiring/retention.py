"""Keeping promises: how long a screen said that data are kept is how long they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from quizengine.services.attempt import integrity
from quizengine.services.hiring import audit
from quizengine.services.runtime import Runtime
from quizengine.store import previews
from quizengine.store import retention as store
from quizengine.store.hiring_rows import InvitationRow, ScreenRow

DAYS_A_MONTH = 30.44
#: Lists that were looked at and never confirmed hold addresses of people whom nobody invited.
LISTS = timedelta(days=7)
#: Invitations with which nobody began and nobody can any more.
NEVER_BEGUN = timedelta(days=90)
NETWORKS = timedelta(days=30)
#: Attempts with which staff looked at a screen as its candidates see it.
PREVIEWS = timedelta(days=30)
AT_ONCE = 500
OF_NO_SCREEN = "tests of no screen"


@dataclass(frozen=True, slots=True)
class Purged:
    """What is taken away from a screen, by kind; ``held`` says that a legal hold keeps the screen.

    Kinds: ``invitations`` whose retention is over, ``never begun`` ones after 90 days, ``answers`` whose
    texts go, ``people`` who are forgotten with them, ``events`` noted beside the answers, ``networks``
    (keyed hashes), ``lists`` that nobody confirmed, ``previews`` of staff with all that belongs to them.
    """

    screen_id: str
    title: str
    counts: Mapping[str, int]
    held: bool = False


def due_at(row: ScreenRow) -> datetime | None:
    """Return when the people of a screen are forgotten; None while it is open."""
    if row.closed_at is None or row.state not in ("closed", "archived"):
        return None
    return row.closed_at + timedelta(days=row.retention_months * DAYS_A_MONTH)


def purge(
    runtime: Runtime, *, now: datetime, dry_run: bool = False, mail: Path | None = None
) -> list[Purged]:
    """Take away what is kept no longer; return what goes, or would go, screen by screen.

    Names, addresses, notes and the texts of answers go. Verdicts, scores, times in steps of ten seconds and
    so the counts of items stay. It goes in batches and may be stopped at any time: the next run goes on. What
    is under a legal hold stays, and is told.

    Parameters
    ----------
    mail
        The folder into which letters were written as files, if they were.
    """
    with runtime.transaction.reading() as session:
        found = _foreseen(session, now)
    if dry_run:
        return found
    for one in found:
        if one.counts.keys() & {"invitations", "never begun"}:
            _purge_screen(runtime, one.screen_id, now=now, mail=mail)
    _purge_old(runtime, now=now)
    return found


def _foreseen(session: Session, now: datetime) -> list[Purged]:
    events = store.old_events(session, before=now - integrity.KEPT)
    networks = store.old_networks(session, before=now - NETWORKS)
    lists = store.old_lists(session, before=now - LISTS)
    looks = previews.count_old(session, before=now - PREVIEWS)
    told = []
    for row in store.all_screens(session):
        kind, rows = _due(session, row, now)
        attempts = [one.attempt_id for one in rows if one.attempt_id]
        counts = {
            kind: len(rows),
            "answers": store.count_answers(session, attempts),
            "people": store.people_with_nothing_else(session, [one.id for one in rows]),
            "events": events.get(row.id, 0),
            "networks": networks.get(row.id, 0),
            "lists": lists.get(row.id, 0),
            "previews": looks.get(row.id, 0),
        }
        held = bool(store.holds_on(session, screen_id=row.id))
        told.append(Purged(row.id, row.title, {name: n for name, n in counts.items() if n}, held))
    rest = {"events": events.get("", 0), "networks": networks.get("", 0)}
    told.append(Purged("", OF_NO_SCREEN, {name: n for name, n in rest.items() if n}))
    return [one for one in told if one.counts or one.held]


def _due(session: Session, row: ScreenRow, now: datetime) -> tuple[str, Sequence[InvitationRow]]:
    """Return which invitations of a screen are to be forgotten now, and what they are called."""
    over = due_at(row)
    if over is not None and over <= now:
        return "invitations", store.remembered(session, row.id)
    return "never begun", store.never_begun(session, row.id, before=now - NEVER_BEGUN)


def _purge_screen(runtime: Runtime, screen_id: str, *, now: datetime, mail: Path | None) -> None:
    while True:
        with runtime.transaction() as session:
            screen = session.get_one(ScreenRow, screen_id)
            kind, rows = _due(session, screen, now)
            if not rows:
                return
            letters = forget(session, rows[:AT_ONCE], screen.organisation_id, now=now)
            counts = Counter(store.forget_person(session, one.candidate_id) for one in rows[:AT_ONCE])
            audit.record(
                session, screen.organisation_id, actor="system", act="purged", now=now, screen=screen_id,
                invitations=len(rows[:AT_ONCE]), people=counts[True], kind=kind,
            )  # fmt: skip
        delete_letters(mail, letters)


def forget(
    session: Session, rows: Sequence[InvitationRow], organisation_id: str, *, now: datetime
) -> Sequence[str]:
    """Take what invitations and their attempts say of people away; return the ids of their letters."""
    letters = store.letters_of(session, [row.id for row in rows])
    for row in rows:
        if row.attempt_id:
            store.forget_texts(session, row.attempt_id)
        store.forget_invitation(session, row, organisation_id, now=now)
    return letters


def delete_letters(folder: Path | None, letters: Sequence[str]) -> None:
    """Delete the files of letters, where a back end wrote some."""
    for letter in letters if folder else ():
        (Path(folder or "") / f"{letter}.eml").unlink(missing_ok=True)


def _purge_old(runtime: Runtime, *, now: datetime) -> None:
    for forget_old, kept in (
        (store.forget_old_events, integrity.KEPT),
        (store.forget_old_networks, NETWORKS),
        (previews.forget_old, PREVIEWS),
    ):
        gone = AT_ONCE
        while gone == AT_ONCE:
            with runtime.transaction() as session:
                gone = forget_old(session, before=now - kept, most=AT_ONCE)
    with runtime.transaction() as session:
        store.forget_lists(session, before=now - LISTS)
