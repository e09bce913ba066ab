"""A screen while it runs: who is where, how much time they have, whose page is silent. Never an answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy.orm import Session

from quizengine.errors import NotFoundError
from quizengine.model.attempt import FINAL
from quizengine.services.attempt.timing import MILLISECOND, SILENT, end_of
from quizengine.services.hiring import blinding, screens
from quizengine.services.hiring.conditions import had_more
from quizengine.services.hiring.invitations import WAITING
from quizengine.services.hiring.screens import Screen
from quizengine.services.permissions import Actor, may
from quizengine.services.runtime import Runtime
from quizengine.store import contract
from quizengine.store import monitor as store
from quizengine.store.hiring_rows import CandidateRow, InvitationRow
from quizengine.store.monitor import Counts
from quizengine.store.rows import AttemptRow

Tab = Literal["not_started", "ready", "in_progress", "paused", "finished", "attention"]
TABS: tuple[Tab, ...] = ("not_started", "ready", "in_progress", "paused", "finished", "attention")
Connection = Literal["", "ok", "silent", "offline"]
#: A page that was hidden is heard of once a minute; beyond this it is told as offline.
OFFLINE = timedelta(minutes=2)
#: Silence that somebody should look at.
LONG_SILENCE = timedelta(minutes=5)
#: Answers of one attempt that could not be read: perhaps a notation that we do not know.
MANY_UNREADABLE = 5
#: A sweeper that has not ticked for so long does not run.
LATE_TICK = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """One person of a screen. ``name`` is empty for whoever may not see names.

    Minutes are put into the time that everybody has unless who looks may approve adjustments: then
    ``adjusted`` tells who has some. ``attention`` says why somebody should look. Of who has finished there
    are no figures for whoever reads results by code too: they would find the result by them.
    """

    invitation_id: str
    code: str
    name: str
    tab: Tab
    number: int | None
    used: float | None
    left: float | None
    added: float
    saved_ago: float | None
    connection: Connection
    heard_at: datetime | None
    is_timed: bool
    is_voided: bool
    adjusted: bool
    attention: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A screen as it runs. ``counts`` is of people in each tab, ``tick_ago`` seconds since the sweeper's."""

    screen: Screen
    rows: tuple[Live, ...]
    counts: Mapping[Tab, int]
    tick_ago: float | None
    may_intervene: bool
    sees_names: bool
    sees_adjustments: bool

    def of(self, tab: Tab) -> list[Live]:
        """Return the people of a tab; whoever needs attention stands in two."""
        return [one for one in self.rows if one.tab == tab or (tab == "attention" and one.attention)]


@dataclass(frozen=True, slots=True)
class _Look:
    """One look at a screen: what whoever looks may see, when, and what was counted."""

    names: bool
    adjustments: bool
    judges: bool
    now: datetime
    counts: Mapping[str, Counts]
    undelivered: frozenset[str]


def read(runtime: Runtime, actor: Actor, screen_id: str, *, now: datetime) -> Running:
    """Return a screen as it runs now.

    Raises
    ------
    NotFoundError
        If the screen, or watching it, is not the actor's.
    """
    with runtime.transaction.reading() as session:
        row = screens.find(session, actor, screen_id)
        look = _look(session, actor, screen_id, now)
        told = [
            _live(one, who, attempt, look)
            for one, who, attempt in store.people(session, screen_id)
            if attempt is not None or one.state in WAITING or one.state == "bounced"
        ]
        if look.names:
            # In the order of the codes a list of names would tell them.
            told.sort(key=lambda one: (one.name.casefold(), one.invitation_id))
        sweeper = contract.sweeper(session)
        screen = screens.value_of(session, row)
    counts = Counter[Tab](one.tab for one in told)
    counts["attention"] = sum(bool(one.attention) for one in told)
    return Running(
        screen=screen,
        rows=tuple(told),
        counts=counts,
        tick_ago=max(0.0, (now - sweeper.ticked_at).total_seconds()) if sweeper else None,
        may_intervene=may(actor, "intervene", screen=screen_id),
        sees_names=look.names,
        sees_adjustments=look.adjustments,
    )


def one_of(session: Session, actor: Actor, row: InvitationRow, *, now: datetime) -> Live:
    """Return one person of a screen that the actor may watch."""
    screens.find(session, actor, row.screen_id)
    look = _look(session, actor, row.screen_id, now)
    return _live(*store.people(session, row.screen_id, row.id)[0], look)


def _look(session: Session, actor: Actor, screen_id: str, now: datetime) -> _Look:
    if not may(actor, "monitor", screen=screen_id):
        raise NotFoundError("There is no such page for you.")
    return _Look(
        names=may(actor, "invite", screen=screen_id),
        adjustments=may(actor, "accommodate", screen=screen_id),
        judges=blinding.knows_both(actor, screen=screen_id),
        now=now,
        counts=store.counts(session, screen_id),
        undelivered=store.undelivered(session, screen_id),
    )


def _live(row: InvitationRow, who: CandidateRow, attempt: AttemptRow | None, look: _Look) -> Live:
    counts = look.counts.get(row.attempt_id or "", Counts())
    used, left = _minutes(attempt, counts, look.now) if attempt else (None, None)
    # Whoever may not approve adjustments learns of none: not by the time somebody has left, either.
    share = 100 / attempt.multiplier_percent if attempt and not look.adjustments else 1.0
    given = sum(ms for kind, ms in counts.added.items() if kind != "pause")
    heard = attempt.last_contact_at or attempt.started_at if attempt else None
    found = Live(
        invitation_id=row.id,
        code=row.code,
        name=(who.name or who.email) if look.names else "",
        tab=_tab(attempt),
        number=counts.answered + 1 if attempt and attempt.state == "in_progress" else counts.answered,
        used=None if used is None else used * share,
        left=None if left is None else left * share,
        added=given / 60_000,
        saved_ago=(look.now - counts.saved_at).total_seconds() if counts.saved_at else None,
        connection=_connection(attempt, heard, look.now),
        heard_at=heard,
        is_timed=bool(attempt and attempt.deadline_at),
        is_voided=bool(attempt and attempt.voided_at),
        adjusted=look.adjustments and attempt is not None and had_more(attempt),
        attention=tuple(_attention(row, attempt, counts, heard, look)),
    )
    return _without_figures(found) if look.judges and found.tab == "finished" else found


def _without_figures(one: Live) -> Live:
    return replace(
        one, number=None, used=None, left=None, added=0.0, saved_ago=None, heard_at=None, attention=()
    )


def _tab(attempt: AttemptRow | None) -> Tab:
    if attempt is None:
        return "not_started"
    match attempt.state:
        case "ready" | "in_progress" | "paused":
            return attempt.state
        case _:
            return "finished"


def _minutes(attempt: AttemptRow, counts: Counts, now: datetime) -> tuple[float | None, float | None]:
    """Return the minutes that were used, and those that are left of a clock that runs."""
    if attempt.started_at is None:
        return None, None
    end = attempt.finished_at or attempt.paused_at or now
    used = (end - attempt.started_at) / timedelta(minutes=1) - counts.added["pause"] / 60_000
    end_at = end_of(attempt)
    if end_at is None or attempt.state in FINAL:
        return max(0.0, used), None
    return max(0.0, used), max(0.0, (end_at - end) // MILLISECOND / 60_000)


def _connection(attempt: AttemptRow | None, heard: datetime | None, now: datetime) -> Connection:
    if attempt is None or attempt.state != "in_progress" or heard is None:
        return ""
    if now - heard < SILENT:
        return "ok"
    return "silent" if now - heard < OFFLINE else "offline"


def _attention(
    row: InvitationRow,
    attempt: AttemptRow | None,
    counts: Counts,
    heard: datetime | None,
    look: _Look,
) -> list[str]:
    """Return why somebody should look at a person's test."""
    reasons = []
    if row.state == "bounced" or (row.id in look.undelivered and attempt is None):
        reasons.append("a letter did not arrive")
    if attempt is None or attempt.voided_at:
        return reasons
    if attempt.state == "in_progress" and heard is not None and look.now - heard >= LONG_SILENCE:
        reasons.append(f"not heard of for {int((look.now - heard) / timedelta(minutes=1))} minutes")
    if counts.reports:
        reasons.append("says that something is wrong with a question")
    if counts.unreadable >= MANY_UNREADABLE and attempt.state not in FINAL:
        reasons.append(f"{counts.unreadable} answers could not be read")
    return reasons
