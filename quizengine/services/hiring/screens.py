"""Screens: a profile, a window, what candidates are told; drafted, opened after checks, closed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

from sqlalchemy.orm import Session

from quizengine.errors import ConflictError, NotFoundError, RequestError
from quizengine.services.attempt import events
from quizengine.services.attempt.timing import renew_deadline, shut
from quizengine.services.attempts import resume
from quizengine.services.hiring import audit
from quizengine.services.hiring.profiles import StoredProfile, stored
from quizengine.services.permissions import Actor, sees_screen
from quizengine.services.runtime import Runtime, new_id
from quizengine.store import hiring, profiles, screens
from quizengine.store.hiring_rows import ScreenRow, ScreenStaffRow

State = Literal["draft", "open", "closed", "archived"]
NEXT: Mapping[State, tuple[State, ...]] = {
    "draft": ("open",),
    "open": ("closed",),
    "closed": ("open", "archived"),
    "archived": (),
}
Feedback = Literal["now", "decision", "days"]
FEEDBACK: tuple[Feedback, ...] = ("now", "decision", "days")
LINK_DAYS, FEEDBACK_DAYS, RETENTION_MONTHS = (1, 60), (1, 60), (1, 36)
MOST_TEXT = 5000
#: Extra time goes beyond the last day, and letters say it in other zones: there must be a day after it.
LAST_YEAR = 3000


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreenPlan:
    """What somebody sets of a screen.

    ``closes_at`` ends new starts, and with ``hard_close`` tests that go on; ``may_pause`` lets everybody
    stop the clock, not only who has breaks as an adjustment; links are good for ``link_days``;
    ``by_hand`` hands links over instead of mailing them. Feedback to candidates is shown at once, after
    the decision, or ``feedback_days`` after the end. ``contact`` is whom candidates ask, ``privacy`` who
    uses their data for what, ``message`` what is said to them beside the facts.
    """

    title: str
    closes_at: datetime | None = None
    hard_close: bool = False
    may_pause: bool = False
    link_days: int = 14
    by_hand: bool = True
    feedback: Feedback = "days"
    feedback_days: int = 14
    retention_months: int = 12
    contact: str = ""
    privacy: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """A screen with its profile. ``counts`` says how many invitations are in each state."""

    id: str
    organisation_id: str
    organisation: str
    state: State
    plan: ScreenPlan
    profile: StoredProfile
    counts: Mapping[str, int]
    staff: frozenset[str]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Check:
    """Something that must hold before a screen opens."""

    holds: bool
    what: str
    otherwise: str


def create(runtime: Runtime, actor: Actor, profile_id: str, plan: ScreenPlan, *, now: datetime) -> str:
    """Make a draft of a screen; who is kept to their screens is assigned to it.

    Raises
    ------
    NotFoundError
        If the organisation has no such profile.
    RequestError
        If something of the plan cannot be.
    """
    _check_plan(plan, now)
    screen_id = new_id()
    with runtime.transaction() as session:
        profiles.find_profile(session, profile_id, actor.organisation_id)
        row = ScreenRow(
            id=screen_id, organisation_id=actor.organisation_id, profile_id=profile_id, state="draft",
            created_at=now, opened_at=None, closed_at=None, **_columns(plan),
        )  # fmt: skip
        session.add(row)
        session.flush()
        if actor.is_limited:
            session.add(ScreenStaffRow(screen_id=screen_id, staff_id=actor.staff_id))
        _note(session, actor, "screen.made", screen_id, now=now)
    return screen_id


def _columns(plan: ScreenPlan) -> dict[str, object]:
    return {name: getattr(plan, name) for name in ScreenPlan.__slots__}


def _check_plan(plan: ScreenPlan, now: datetime) -> None:
    checks = {
        "A screen needs a title of at most 120 characters.": 0 < len(plan.title.strip()) <= 120,
        "The last day lies in the past.": plan.closes_at is None or plan.closes_at > now,
        f"The last day lies before the year {LAST_YEAR}.": (
            plan.closes_at is None or plan.closes_at.year < LAST_YEAR
        ),
        f"Links are good for {LINK_DAYS[0]} to {LINK_DAYS[1]} days.": (
            LINK_DAYS[0] <= plan.link_days <= LINK_DAYS[1]
        ),
        "Feedback is shown now, after the decision, or some days after the end.": plan.feedback in FEEDBACK,
        f"Feedback comes {FEEDBACK_DAYS[0]} to {FEEDBACK_DAYS[1]} days after the end.": (
            FEEDBACK_DAYS[0] <= plan.feedback_days <= FEEDBACK_DAYS[1]
        ),
        f"Data are kept for {RETENTION_MONTHS[0]} to {RETENTION_MONTHS[1]} months.": (
            RETENTION_MONTHS[0] <= plan.retention_months <= RETENTION_MONTHS[1]
        ),
        f"The texts have at most {MOST_TEXT:,} characters each.": (
            max(len(plan.contact), len(plan.privacy), len(plan.message)) <= MOST_TEXT
        ),
    }
    faults = [message for message, holds in checks.items() if not holds]
    if faults:
        raise RequestError("\n".join(faults))


def find(session: Session, actor: Actor, screen_id: str) -> ScreenRow:
    """Return the row of a screen that the actor sees.

    Raises
    ------
    NotFoundError
        If there is none, it is another organisation's, or they are not assigned to it.
    """
    row = screens.find_screen(session, screen_id, actor.organisation_id)
    if not sees_screen(actor, screen_id):
        raise NotFoundError(screens.NO_SCREEN)
    return row


def read(runtime: Runtime, actor: Actor, screen_id: str) -> Screen:
    """Return a screen that the actor sees."""
    with runtime.transaction.reading() as session:
        return value_of(session, find(session, actor, screen_id))


def value_of(session: Session, row: ScreenRow) -> Screen:
    """Return a row as a value."""
    return _screen(session, row, screens.states_by_screen(session, [row.id])[row.id])


def _screen(session: Session, row: ScreenRow, counts: Mapping[str, int]) -> Screen:
    profile = profiles.find_profile(session, row.profile_id, row.organisation_id)
    return Screen(
        id=row.id,
        organisation_id=row.organisation_id,
        organisation=hiring.organisation_name(session, row.organisation_id),
        state=cast(State, row.state),
        plan=ScreenPlan(**{name: getattr(row, name) for name in ScreenPlan.__slots__}),
        profile=stored(profile),
        counts=counts,
        staff=screens.staff_on(session, row.id),
        created_at=row.created_at,
    )


def all_of(runtime: Runtime, actor: Actor) -> list[Screen]:
    """Return the screens that the actor sees, the newest first."""
    with runtime.transaction.reading() as session:
        rows = [
            row for row in screens.screens_of(session, actor.organisation_id) if sees_screen(actor, row.id)
        ]
        counts = screens.states_by_screen(session, [row.id for row in rows])
        return [_screen(session, row, counts[row.id]) for row in rows]


def change(runtime: Runtime, actor: Actor, screen_id: str, plan: ScreenPlan, *, now: datetime) -> None:
    """Change a screen; what people who have begun were promised stays theirs.

    A later last day reaches those who are at work as well, an earlier one only those who have not started;
    so it is with an end that does not cut tests short any more, and one that does.

    Raises
    ------
    RequestError
        If something of the plan cannot be.
    ConflictError
        If the screen is archived, or data were promised to be kept for a shorter time.
    """
    _check_plan(plan, now)
    with runtime.transaction() as session:
        row = find(session, actor, screen_id)
        if row.state == "archived":
            raise ConflictError("An archived screen does not change.")
        if row.state != "draft" and plan.retention_months > row.retention_months:
            raise ConflictError(
                f"Candidates were told that their data are kept for {row.retention_months} months; "
                "it can become shorter, not longer."
            )
        for name, value in _columns(plan).items():
            setattr(row, name, value)
        _move_window(session, row, now=now)
        _note(session, actor, "screen.changed", screen_id, now=now)


def _move_window(session: Session, row: ScreenRow, *, now: datetime) -> None:
    """Let the end of a screen reach tests that are made: any before the start, a later one after it."""
    closes_at = _end_of(row)
    for attempt in screens.open_attempts(session, row.id):
        if attempt.state == "ready":
            attempt.closes_at, attempt.hard_close = closes_at, row.hard_close
            had_breaks = attempt.may_pause and not attempt.pauses_for_all
            attempt.may_pause, attempt.pauses_for_all = had_breaks or row.may_pause, row.may_pause
            continue
        before = (attempt.deadline_at, attempt.shut_at)
        attempt.hard_close = attempt.hard_close and row.hard_close
        if attempt.closes_at is not None and (closes_at is None or closes_at > attempt.closes_at):
            attempt.closes_at, attempt.shut_at = closes_at, None
        if not attempt.hard_close:
            attempt.shut_at = None
        renew_deadline(session, attempt)
        if (attempt.deadline_at, attempt.shut_at) != before:
            attempt.revision += 1
            events.append(session, attempt, "adjusted", now=now, deadline=events.told(attempt.deadline_at))


def _end_of(row: ScreenRow) -> datetime | None:
    """Return when the last one can start: the end that was set, or when somebody closed it."""
    closed_at = None if row.state == "open" else row.closed_at
    return min(filter(None, (row.closes_at, closed_at)), default=None)


def _shut(session: Session, row: ScreenRow, *, now: datetime) -> None:
    """End what goes on in a screen that closes, where people were told so before they started."""
    for attempt in screens.open_attempts(session, row.id):
        if attempt.state == "paused" and attempt.hard_close:
            resume(session, attempt, now=now)
        if attempt.state == "in_progress":
            shut(session, attempt, now=now)


def ended_by_closing(runtime: Runtime, actor: Actor, screen_id: str) -> int:
    """Return how many tests that go on would end if a screen of the actor's were closed now."""
    with runtime.transaction.reading() as session:
        return screens.ended_by_closing(session, find(session, actor, screen_id).id)


def opening_checks(runtime: Runtime, screen: Screen, *, now: datetime) -> list[Check]:
    """Return what must hold before a screen opens, and what to do where it does not."""
    plan, profile = screen.plan, screen.profile
    gone = [name for name in profile.questions if name not in runtime.bank.questions]
    return [
        Check(
            profile.state == "active",
            f"The profile {profile.profile.title}, version {profile.version}, is active.",
            "Activate it, or choose another version.",
        ),
        Check(
            bool(profile.questions) and not gone,
            f"This server can ask all {len(profile.questions) or profile.profile.questions} questions.",
            "The bank has changed, or a judge is missing: make a new version of the profile.",
        ),
        Check(
            plan.closes_at is None or plan.closes_at > now,
            "The last day is not over.",
            "Set a later one.",
        ),
        Check(bool(plan.contact.strip()), "Candidates know whom to ask.", "Fill in whom they ask."),
        Check(
            bool(plan.privacy.strip()),
            "Candidates read who uses their data, for what, on which ground.",
            "Fill in the privacy notice.",
        ),
    ]


def move(runtime: Runtime, actor: Actor, screen_id: str, to: State, *, now: datetime) -> None:
    """Open, close or archive a screen.

    After closing nobody starts. Who is at work goes on; with ``hard_close`` they do not, but for extra time,
    and the sweeper takes what stands in their form.

    Raises
    ------
    ConflictError
        If that does not follow its state, or a check for opening does not hold.
    """
    if to == "open":
        failed = [
            one for one in opening_checks(runtime, read(runtime, actor, screen_id), now=now) if not one.holds
        ]
        if failed:
            raise ConflictError("It cannot open yet. " + " ".join(one.otherwise for one in failed))
    with runtime.transaction() as session:
        row = find(session, actor, screen_id)
        if to not in NEXT[cast(State, row.state)]:
            raise ConflictError(f"A screen that is {row.state} does not become {to}.")
        row.state = to
        if to == "open":
            row.opened_at, row.closed_at = row.opened_at or now, None
        elif to == "closed":
            row.closed_at = now
        if to != "archived":
            _move_window(session, row, now=now)
        if to == "closed" and row.hard_close:
            _shut(session, row, now=now)
        _note(session, actor, f"screen.{to}", screen_id, now=now)


def assign(
    runtime: Runtime, actor: Actor, screen_id: str, staff_ids: Collection[str], *, now: datetime
) -> None:
    """Set who is assigned to a screen.

    Raises
    ------
    NotFoundError
        If one of them is not of the organisation.
    """
    with runtime.transaction() as session:
        find(session, actor, screen_id)
        before = screens.staff_on(session, screen_id)
        wanted = {hiring.find_staff(session, one, actor.organisation_id).id for one in staff_ids}
        for gone in before - wanted:
            session.delete(session.get_one(ScreenStaffRow, (screen_id, gone)))
        session.add_all(ScreenStaffRow(screen_id=screen_id, staff_id=one) for one in wanted - before)
        session.flush()
        audit.record(
            session, actor.organisation_id, actor=actor.staff_id, act="screen.staff", now=now,
            screen=screen_id, staff=" ".join(sorted(wanted)),
        )  # fmt: skip


def _note(session: Session, actor: Actor, act: str, screen_id: str, *, now: datetime) -> None:
    session.flush()
    audit.record(session, actor.organisation_id, actor=actor.staff_id, act=act, now=now, screen=screen_id)
