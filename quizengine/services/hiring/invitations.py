"""Invitations: a list looked at first, then confirmed once; links that open nothing by being looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import choice, token_urlsafe
from typing import Literal, cast

from sqlalchemy.orm import Session

from quizengine.errors import ConflictError, GoneError, RequestError
from quizengine.model.attempt import FINAL
from quizengine.services.attempt import accommodations
from quizengine.services.hiring import audit, outbox, screens
from quizengine.services.hiring.accounts import hashed
from quizengine.services.hiring.eligibility import sat_lately
from quizengine.services.hiring.people_lists import PeopleList, Person, read_people
from quizengine.services.hiring.screens import Screen
from quizengine.services.permissions import Actor, may
from quizengine.services.runtime import Runtime, new_id
from quizengine.store import hiring, previews
from quizengine.store import screens as store
from quizengine.store.hiring_rows import CandidateRow, ImportRow, InvitationRow, ScreenRow
from quizengine.store.rows import LearnerRow

State = Literal[
    "queued", "sent", "opened", "activated", "completed", "bounced", "expired", "revoked", "declined"
]
#: Forward only. ``opened`` says that the page was asked for, by whatever program.
NEXT: Mapping[State, tuple[State, ...]] = {
    "queued": ("sent", "opened", "activated", "bounced", "expired", "revoked", "declined"),
    "sent": ("opened", "activated", "bounced", "expired", "revoked", "declined"),
    "opened": ("activated", "expired", "revoked", "declined"),
    "activated": ("completed",),
    "completed": (),
    "bounced": (),
    "expired": (),
    "revoked": (),
    "declined": (),
}
#: States after which the same address may be invited to the screen again.
DEAD: tuple[State, ...] = ("bounced", "expired", "revoked", "declined")
WAITING: tuple[State, ...] = ("queued", "sent", "opened")
#: No 0 O 1 I L: a code is read aloud.
CODE_CHARACTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
MOST_REASON = 500
MOST_CODE_TRIES = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """One invitation as staff who invite see it."""

    id: str
    code: str
    state: State
    email: str
    name: str
    external_id: str
    time_zone: str
    multiplier_percent: int
    expires_at: datetime
    sent_at: datetime | None
    activated_at: datetime | None
    attempt_id: str | None
    reason: str
    is_forgotten: bool
    resit_reason: str

    @property
    def is_waiting(self) -> bool:
        """Whether the person may still begin."""
        return self.state in WAITING


@dataclass(frozen=True, slots=True, kw_only=True)
class Landing:
    """What the page behind a link shows; ``minutes`` is None for whom no clock runs."""

    invitation_id: str
    screen: Screen
    candidate: str
    minutes: float | None
    expires_at: datetime
    time_zone: str


def hand_in(runtime: Runtime, actor: Actor, screen_id: str, text: str, *, now: datetime) -> str:
    """Keep a list of people to be looked at; nobody is invited. Return its id.

    Raises
    ------
    RequestError
        If it is no list of people.
    ConflictError
        If the screen is not open.
    """
    with runtime.transaction.reading() as session:
        _look(session, actor, screens.find(session, actor, screen_id), text, now)
    import_id = new_id()
    with runtime.transaction() as session:
        require_open(screens.find(session, actor, screen_id), now)
        session.add(
            ImportRow(id=import_id, screen_id=screen_id, content=text, made_at=now, confirmed_at=None)
        )
    return import_id


def require_open(row: ScreenRow, now: datetime) -> None:
    """Refuse to invite to a screen that takes nobody.

    Raises
    ------
    ConflictError
        With what to do first.
    """
    if row.state != "open":
        raise ConflictError("People are invited while a screen is open: open it first.")
    if row.closes_at is not None and row.closes_at <= now:
        raise ConflictError("The last day of this screen is over: set a later one first.")


def _look(session: Session, actor: Actor, row: ScreenRow, text: str, now: datetime) -> PeopleList:
    return read_people(
        text,
        invited=store.invited_emails(session, row.id, DEAD),
        may_accommodate=may(actor, "accommodate", screen=row.id),
        now=now,
        sat=sat_lately(session, row.profile_id, now),
    )


def dry_run(
    runtime: Runtime, actor: Actor, screen_id: str, import_id: str, *, now: datetime
) -> tuple[PeopleList | None, int]:
    """Return what a list would do, or None and how many were invited if it was confirmed already."""
    with runtime.transaction.reading() as session:
        screen = screens.find(session, actor, screen_id)
        row = store.find_import(session, import_id, screen_id)
        if row.confirmed_at:
            return None, row.invited
        return _look(session, actor, screen, row.content, now), 0


def handed_in(runtime: Runtime, actor: Actor, screen_id: str, import_id: str) -> str:
    """Return a list as it was handed in, to be corrected."""
    with runtime.transaction.reading() as session:
        screens.find(session, actor, screen_id)
        return store.find_import(session, import_id, screen_id).content


def confirm(
    runtime: Runtime, actor: Actor, screen_id: str, import_id: str, *, digest: str, now: datetime, base: str
) -> int:
    """Invite the people of a list, all or nobody; the second time it invites nobody. Return how many.

    Parameters
    ----------
    digest
        Of the dry run that was looked at.
    base
        The address of the server, for the links.

    Raises
    ------
    ConflictError
        If the list would do something else by now than what was looked at, or the screen is not open.
    RequestError
        If rows are at fault.
    """
    with runtime.transaction() as session:
        row = screens.find(session, actor, screen_id)
        # Of several at once the second sees what the first has done.
        store.lock_screen(session, screen_id)
        listed = store.find_import(session, import_id, screen_id)
        if listed.confirmed_at:
            return listed.invited
        require_open(row, now)
        looked = _look(session, actor, row, listed.content, now)
        if looked.digest != digest:
            raise ConflictError("The list does something else by now: look at it again.")
        if looked.faults:
            raise RequestError("Correct the rows that are at fault first; nobody was invited.")
        if not store.confirm_import(session, import_id, invited=len(looked.people), now=now):
            return store.find_import(session, import_id, screen_id).invited
        _invite_all(session, row, looked.people, base=base, now=now)
        audit.record(
            session, actor.organisation_id, actor=actor.staff_id, act="invited", now=now,
            screen=screen_id, people=len(looked.people),
        )  # fmt: skip
    return len(looked.people)


def _invite_all(
    session: Session, row: ScreenRow, people: tuple[Person, ...], *, base: str, now: datetime
) -> None:
    known = store.candidates_by_email(session, row.organisation_id)
    codes = store.codes_of(session, row.id)
    screen = screens.value_of(session, row)
    fresh = [one for one in people if one.email not in known]
    made = {one.email: _candidate(row.organisation_id, one, now) for one in fresh}
    session.add_all(
        LearnerRow(id=one.learner_id, created_at=now, resume_hash=hashed(token_urlsafe(24)))
        for one in made.values()
    )
    session.flush()
    session.add_all(made.values())
    session.flush()
    for one in people:
        candidate = made.get(one.email) or _as_listed(known[one.email], one)
        _invite(session, screen, candidate, one, code=_new_code(codes), base=base, now=now)


def _as_listed(candidate: CandidateRow, person: Person) -> CandidateRow:
    """Return somebody who is known already, with what the newest list says of them."""
    candidate.name = person.name or candidate.name
    candidate.external_id = person.external_id or candidate.external_id
    candidate.time_zone = person.time_zone or candidate.time_zone
    return candidate


def _candidate(organisation_id: str, person: Person, now: datetime) -> CandidateRow:
    return CandidateRow(
        id=new_id(), organisation_id=organisation_id, learner_id=new_id(), email=person.email,
        name=person.name, external_id=person.external_id, time_zone=person.time_zone, created_at=now,
    )  # fmt: skip


def _new_code(codes: set[str]) -> str:
    for _ in range(MOST_CODE_TRIES):
        letters = "".join(choice(CODE_CHARACTERS) for _ in range(5))
        code = f"{letters[:2]}-{letters[2:]}"
        if code not in codes:
            codes.add(code)
            return code
    raise ConflictError("This screen has no more codes for candidates: make another screen.")


def _invite(  # noqa: PLR0913  (one invitation, with all that its letter says)
    session: Session,
    screen: Screen,
    candidate: CandidateRow,
    person: Person | InvitationRow,
    *,
    code: str,
    base: str,
    now: datetime,
    supersedes: str | None = None,
) -> InvitationRow:
    token = token_urlsafe(32)
    latest = now + timedelta(days=screen.plan.link_days)
    wanted = person.expires_at if isinstance(person, Person) and person.expires_at else latest
    row = InvitationRow(
        id=new_id(), result_id=new_id(), screen_id=screen.id, candidate_id=candidate.id, code=code,
        state="queued", token_hash=hashed(token), multiplier_percent=person.multiplier_percent,
        supersedes=supersedes, attempt_id=None, created_at=now,
        expires_at=min(filter(None, (wanted, screen.plan.closes_at))),
        sent_at=None, opened_at=None, activated_at=None, ended_at=None, resit_reason=person.resit_reason,
    )  # fmt: skip
    session.add(row)
    session.flush()
    outbox.invite(session, screen, candidate, row, link=f"{base}/i/{token}", now=now)
    return row


def people_of(runtime: Runtime, actor: Actor, screen_id: str, *, now: datetime) -> list[Invitation]:
    """Return the invitations of a screen with the people's names, in the order of the codes."""
    with runtime.transaction.reading() as session:
        screens.find(session, actor, screen_id)
        return [_value(*found, now) for found in store.invitations_of(session, screen_id)]


def _value(row: InvitationRow, who: CandidateRow, attempt: str | None, now: datetime) -> Invitation:
    return Invitation(
        id=row.id,
        code=row.code,
        state="completed" if attempt in FINAL else _state_now(row, now),
        # Who was forgotten has no address, but a word in its place that is of no use to anybody.
        email="" if row.forgotten_at else who.email,
        name="" if row.forgotten_at else who.name,
        external_id="" if row.forgotten_at else who.external_id,
        time_zone=who.time_zone,
        multiplier_percent=row.multiplier_percent,
        expires_at=row.expires_at,
        sent_at=row.sent_at,
        activated_at=row.activated_at,
        attempt_id=row.attempt_id,
        reason=row.reason,
        is_forgotten=row.forgotten_at is not None,
        resit_reason=row.resit_reason,
    )


def _state_now(row: InvitationRow, now: datetime) -> State:
    state = cast(State, row.state)
    return "expired" if state in WAITING and row.expires_at <= now else state


def move(row: InvitationRow, to: State, *, now: datetime, reason: str = "") -> None:
    """Take an invitation on to another state.

    Raises
    ------
    ConflictError
        If that does not follow the state that it is in.
    """
    state = _state_now(row, now)
    if to not in NEXT[state]:
        raise ConflictError(f"An invitation that is {state} does not become {to}.")
    row.state = to
    if reason:
        row.reason = reason[:MOST_REASON]
    if to == "opened":
        row.opened_at = now
    elif to == "activated":
        row.activated_at = now
    elif not NEXT[to]:
        row.ended_at = now


def revoke(runtime: Runtime, actor: Actor, invitation_id: str, *, now: datetime) -> str:
    """Take an invitation back that nobody has begun with; return its screen's id."""
    with runtime.transaction() as session:
        row = _find(session, actor, invitation_id)
        move(row, "revoked", now=now)
        outbox.stop(session, row.id)
        _note(session, actor, "invitation.revoked", row, now=now)
        return row.screen_id


def invite_again(runtime: Runtime, actor: Actor, invitation_id: str, *, base: str, now: datetime) -> str:
    """Send a new link to somebody who has not begun; the old one ends. Return the screen's id.

    Raises
    ------
    ConflictError
        If they have begun, or the screen is not open.
    """
    with runtime.transaction() as session:
        row = _find(session, actor, invitation_id)
        screen_row = screens.find(session, actor, row.screen_id)
        require_open(screen_row, now)
        state = _state_now(row, now)
        if row.forgotten_at is not None:
            raise ConflictError("Who this was is not known any more: invite them anew.")
        if state in ("activated", "completed"):
            raise ConflictError("This person has begun: they come back with a code, not with a new link.")
        if state in WAITING:
            move(row, "revoked", now=now, reason="a new link was sent")
            outbox.stop(session, row.id)
        new = invite_once_more(session, screen_row, row, base=base, now=now)
        _note(session, actor, "invitation.again", new, now=now)
        return row.screen_id


def invite_once_more(
    session: Session, screen_row: ScreenRow, row: InvitationRow, *, base: str, now: datetime
) -> InvitationRow:
    """Make another invitation of the same person, with the letter; return it."""
    candidate = session.get_one(CandidateRow, row.candidate_id)
    code = _new_code(store.codes_of(session, row.screen_id))
    screen = screens.value_of(session, screen_row)
    return _invite(session, screen, candidate, row, code=code, base=base, now=now, supersedes=row.id)


def _find(session: Session, actor: Actor, invitation_id: str) -> InvitationRow:
    row = store.find_invitation(session, invitation_id, actor.organisation_id)
    screens.find(session, actor, row.screen_id)
    return row


def _note(session: Session, actor: Actor, act: str, row: InvitationRow, *, now: datetime) -> None:
    audit.record(
        session,
        actor.organisation_id,
        actor=actor.staff_id,
        act=act,
        now=now,
        invitation=row.id,
        code=row.code,
    )


def live_row(session: Session, token: str, *, now: datetime) -> InvitationRow:
    """Return the invitation of a link with which somebody may still begin.

    Raises
    ------
    GoneError
        If the link was used, has run out, was taken back, or never was: all look the same.
    """
    row = store.invitation_of_token(session, hashed(token))
    if row is None or _state_now(row, now) not in WAITING:
        raise GoneError("This link is used up.")
    return row


def look(runtime: Runtime, token: str, *, now: datetime) -> Landing:
    """Return what the page behind a link shows. It begins nothing, however often it is asked for.

    Raises
    ------
    GoneError
        As `live_row`, and if the screen does not take anybody (any more).
    """
    with runtime.transaction.reading() as session:
        row = live_row(session, token, now=now)
        screen_row = session.get_one(ScreenRow, row.screen_id)
        if screen_row.state != "open":
            raise GoneError("This screen takes nobody now.")
        who = session.get_one(CandidateRow, row.candidate_id)
        screen = screens.value_of(session, screen_row)
        landing = Landing(
            invitation_id=row.id,
            screen=screen,
            candidate=who.name,
            minutes=_minutes(session, screen, row, who, now),
            expires_at=row.expires_at,
            time_zone=who.time_zone,
        )
        is_new = row.state in ("queued", "sent")
    if is_new:
        _note_opened(runtime, token, now=now)
    return landing


def _minutes(
    session: Session, screen: Screen, row: InvitationRow, who: CandidateRow, now: datetime
) -> float | None:
    """Return the time that somebody will have: theirs already, or what came with the list."""
    has = accommodations.current(session, who.learner_id, now)
    percent = max(has.multiplier_percent, row.multiplier_percent)
    return None if has.untimed else screen.profile.profile.minutes * percent / 100


def _note_opened(runtime: Runtime, token: str, *, now: datetime) -> None:
    with runtime.transaction() as session:
        row = live_row(session, token, now=now)
        if row.state in ("queued", "sent"):
            move(row, "opened", now=now)


def decline(runtime: Runtime, token: str, *, reason: str, now: datetime) -> None:
    """Say no to an invitation; no more mail goes out for it."""
    with runtime.transaction() as session:
        row = live_row(session, token, now=now)
        move(row, "declined", now=now, reason=reason.strip())
        outbox.stop(session, row.id)


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asked a candidate to take a test, and what that is called."""

    organisation: str
    title: str


def asking(runtime: Runtime, attempt_id: str) -> Asking | None:
    """Return who asked the person of an attempt to take it; None where nobody did."""
    with runtime.transaction.reading() as session:
        row = store.invitation_of_attempt(session, attempt_id)
        if row is None:
            return None
        screen = store.screen_of(session, row.screen_id)
        return Asking(hiring.organisation_name(session, screen.organisation_id), screen.title)


def contact_of(runtime: Runtime, attempt_id: str) -> str:
    """Return whom the person of an attempt asks, as its screen says; nothing where no screen has it.

    A preview says what candidates read.
    """
    with runtime.transaction.reading() as session:
        row = store.invitation_of_attempt(session, attempt_id)
        screen = row.screen_id if row else previews.screen_of(session, attempt_id)
        return session.get_one(ScreenRow, screen).contact if screen else ""
