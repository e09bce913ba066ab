"""Accounts of staff: the first owner, links to set a password, signing in and out, rights."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe

from sqlalchemy.orm import Session

from quizengine.errors import ConflictError, GoneError, NotFoundError, RequestError
from quizengine.services.hiring import audit, limits
from quizengine.services.hiring.passwords import hash_password, matches, refuse_weak
from quizengine.services.permissions import STAFF_ROLES, Actor, StaffRole, grantable
from quizengine.services.runtime import Runtime, new_id
from quizengine.store import hiring, screens
from quizengine.store.hiring_rows import (
    OrganisationRow,
    StaffLinkRow,
    StaffRow,
    StaffSessionRow,
)

LINK_HOURS = 72
IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
#: A session is written again only when it was last seen so long ago: reading a page is no write.
SEEN_STEP = timedelta(minutes=1)
TRIES_AN_ACCOUNT, TRIES_AN_ADDRESS = 5, 100
MOST_NAME = 120
#: What mail servers everywhere take: one part before the @ and a domain with a dot, in ASCII, no dot twice.
_ATOM, _LABEL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+", r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_EMAIL = re.compile(rf"(?=.{{3,254}}$)(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})+")
WRONG = "This address and this password do not go together."


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffMember:
    """Somebody of the staff, as the page of people shows them."""

    id: str
    name: str
    email: str
    roles: tuple[StaffRole, ...]
    grants: tuple[str, ...]
    disabled: bool
    waiting: bool

    @property
    def grantable(self) -> tuple[str, ...]:
        """What may be granted to them by name."""
        return tuple(dict.fromkeys(name for role in self.roles for name in grantable(role)))


def is_email(text: str) -> bool:
    """Whether a text has the form of an address for mail.

    >>> is_email("ann@example.org"), is_email("ann@example"), is_email("ann@example..org")
    (True, False, False)
    """
    return _EMAIL.fullmatch(text) is not None


def hashed(token: str) -> str:
    """Return how a random token is stored; 256 bits need no slow hash."""
    return sha256(token.encode()).hexdigest()


def has_owner(runtime: Runtime) -> bool:
    """Whether the hiring side has been set up."""
    with runtime.transaction.reading() as session:
        return hiring.has_organisation(session)


def create_owner(runtime: Runtime, *, email: str, organisation: str, now: datetime) -> str:
    """Make an organisation with its first owner; return the token of the link to set a password.

    Raises
    ------
    RequestError
        If the address or the name cannot be.
    ConflictError
        If the address has an account already.
    """
    name = _name(organisation, "The organisation")
    owner = new_id()
    with runtime.transaction() as session:
        _refuse_taken(session, email)
        organisation_id = new_id()
        session.add(OrganisationRow(id=organisation_id, name=name, created_at=now))
        session.flush()
        session.add(_staff_row(owner, organisation_id, email, "", ("owner",), now))
        session.flush()
        audit.record(session, organisation_id, actor="operator", act="staff.added", now=now, staff=owner)
        return _new_link(session, owner, now=now)


def renew_owner_link(runtime: Runtime, *, email: str, now: datetime) -> str:
    """Return the token of a new link for an owner, for whoever runs the server; older links end.

    Their password stays good until they set another one.

    Raises
    ------
    NotFoundError
        If no owner has the address, or they are disabled.
    """
    with runtime.transaction() as session:
        row = hiring.staff_by_email(session, email.strip())
        if row is None or row.disabled_at or "owner" not in row.roles:
            raise NotFoundError(f"No owner has the address {email}.")
        audit.record(session, row.organisation_id, actor="operator", act="staff.link", now=now, staff=row.id)
        return _new_link(session, row.id, now=now)


def _name(text: str, what: str) -> str:
    name = " ".join(text.split())
    if not name or len(name) > MOST_NAME:
        raise RequestError(f"{what} needs a name of 1 to {MOST_NAME} characters.")
    return name


def _refuse_taken(session: Session, email: str) -> None:
    if not is_email(email):
        raise RequestError(f"{email!r} is no address for mail; it looks like ann@example.org.")
    if hiring.staff_by_email(session, email):
        raise ConflictError(f"{email} has an account already.")


def _staff_row(
    staff_id: str, organisation_id: str, email: str, name: str, roles: Sequence[StaffRole], now: datetime
) -> StaffRow:
    return StaffRow(
        id=staff_id, organisation_id=organisation_id, email=email.lower(), name=name or email,
        password_hash=None, roles=list(roles), grants=[], created_at=now, disabled_at=None,
    )  # fmt: skip


def _new_link(session: Session, staff_id: str, *, now: datetime) -> str:
    hiring.end_links(session, staff_id, now=now)
    token = token_urlsafe(32)
    expires = now + timedelta(hours=LINK_HOURS)
    session.add(StaffLinkRow(token_hash=hashed(token), staff_id=staff_id, expires_at=expires))
    return token


def link_email(runtime: Runtime, token: str, *, now: datetime) -> str:
    """Return whose link this is; looking uses nothing up.

    Raises
    ------
    GoneError
        If it was used, has run out, or never was.
    """
    with runtime.transaction.reading() as session:
        found = hiring.link_owner(session, hashed(token), now=now)
        if found is None:
            raise GoneError("This link is used up.")
        return found.email


def use_link(runtime: Runtime, token: str, *, name: str, password: str, now: datetime) -> str:
    """Set name and password of whose link this is, sign them in, and return the session's token.

    Raises
    ------
    GoneError
        If the link was used, has run out, or never was.
    RequestError
        If the name is missing or the password is weak; the link stays good.
    """
    refuse_weak(password, email=link_email(runtime, token, now=now))
    person, hash_ = _name(name, "A person"), hash_password(password)
    with runtime.transaction() as session:
        staff_id = hiring.take_link(session, hashed(token), now=now)
        if staff_id is None:
            raise GoneError("This link is used up.")
        row = session.get_one(StaffRow, staff_id)
        row.name, row.password_hash = person, hash_
        hiring.end_sessions(session, staff_id)
        audit.record(session, row.organisation_id, actor=row.id, act="staff.password", now=now)
        return _new_session(session, staff_id, now=now)


def change_password(runtime: Runtime, actor: Actor, *, old: str, new: str, now: datetime) -> str:
    """Set another password, end all sessions, and return the token of a new one.

    Raises
    ------
    RequestError
        If the old password is not right, or the new one is weak.
    SlowDownError
        After 5 tries at an account, here and where they sign in, in 15 minutes.
    """
    with runtime.transaction() as session:
        limits.count(session, "sign-in", actor.email, most=TRIES_AN_ACCOUNT, now=now)
    with runtime.transaction.reading() as session:
        known = session.get_one(StaffRow, actor.staff_id).password_hash
    if not matches(known, old):
        raise RequestError("This is not your password until now.")
    refuse_weak(new, email=actor.email)
    hash_ = hash_password(new)
    with runtime.transaction() as session:
        limits.forgive(session, "sign-in", actor.email)
        session.get_one(StaffRow, actor.staff_id).password_hash = hash_
        hiring.end_sessions(session, actor.staff_id)
        audit.record(session, actor.organisation_id, actor=actor.staff_id, act="staff.password", now=now)
        return _new_session(session, actor.staff_id, now=now)


def _new_session(session: Session, staff_id: str, *, now: datetime) -> str:
    token = token_urlsafe(32)
    session.add(StaffSessionRow(token_hash=hashed(token), staff_id=staff_id, started_at=now, seen_at=now))
    return token


def sign_in(runtime: Runtime, *, email: str, password: str, address: str, now: datetime) -> str:
    """Sign somebody in and return the session's token.

    Unknown accounts, disabled ones and wrong passwords look alike, and take as long.

    Raises
    ------
    RequestError
        If address and password do not go together.
    SlowDownError
        After 5 tries at an account, or 100 from one place, in 15 minutes.
    """
    with runtime.transaction() as session:
        limits.count(session, "sign-in", email.strip().lower(), most=TRIES_AN_ACCOUNT, now=now)
        limits.count(session, "sign-in-from", address, most=TRIES_AN_ADDRESS, now=now)
    with runtime.transaction.reading() as session:
        row = hiring.staff_by_email(session, email.strip())
    # outside any transaction: the hash takes a quarter of a second
    if not matches(row.password_hash if row else None, password) or row is None or row.disabled_at:
        raise RequestError(WRONG)
    with runtime.transaction() as session:
        limits.forgive(session, "sign-in", row.email)
        return _new_session(session, row.id, now=now)


def sign_out(runtime: Runtime, token: str) -> None:
    """End a session."""
    with runtime.transaction() as session:
        found = session.get(StaffSessionRow, hashed(token))
        if found:
            session.delete(found)


def actor_of(runtime: Runtime, token: str, *, now: datetime) -> Actor | None:
    """Return who a session belongs to; None if it ended: 30 minutes unused, or 12 hours old."""
    with runtime.transaction.reading() as session:
        found = session.get(StaffSessionRow, hashed(token))
        if found is None or now - found.seen_at > IDLE or now - found.started_at > LONGEST:
            return None
        row = session.get_one(StaffRow, found.staff_id)
        if row.disabled_at:
            return None
        actor = _actor(row, screens.assigned_to(session, row.id))
        seen_at = found.seen_at
    if now - seen_at > SEEN_STEP:
        with runtime.transaction() as session:
            again = session.get(StaffSessionRow, hashed(token))
            if again:
                again.seen_at = now
    return actor


def _actor(row: StaffRow, assigned: frozenset[str]) -> Actor:
    return Actor(
        staff_id=row.id,
        organisation_id=row.organisation_id,
        name=row.name,
        email=row.email,
        roles=frozenset(row.roles),
        grants=frozenset(row.grants),
        screens=assigned,
    )


def actor_named(runtime: Runtime, email: str) -> Actor:
    """Return who has this address, for commands: whoever can run them can read the database anyway.

    Raises
    ------
    NotFoundError
        If nobody has it, or they are disabled.
    """
    with runtime.transaction.reading() as session:
        row = hiring.staff_by_email(session, email.strip())
        if row is None or row.disabled_at:
            raise NotFoundError(f"Nobody of the staff has the address {email}.")
        return _actor(row, screens.assigned_to(session, row.id))


def people(runtime: Runtime, actor: Actor) -> list[StaffMember]:
    """Return the people of the actor's organisation."""
    with runtime.transaction.reading() as session:
        return [_member(row) for row in hiring.staff_of(session, actor.organisation_id)]


def _member(row: StaffRow) -> StaffMember:
    return StaffMember(
        id=row.id, name=row.name, email=row.email, roles=tuple(row.roles), grants=tuple(row.grants),
        disabled=row.disabled_at is not None, waiting=row.password_hash is None,
    )  # fmt: skip


def add_person(
    runtime: Runtime, actor: Actor, *, email: str, name: str, roles: Collection[str], now: datetime
) -> str:
    """Add somebody to the actor's organisation; return the token of their link.

    Raises
    ------
    RequestError, ConflictError
        If the address cannot be, has an account, or no known role is named.
    """
    wanted, staff_id = _roles(actor, roles), new_id()
    email = email.strip()
    with runtime.transaction() as session:
        _refuse_taken(session, email)
        session.add(_staff_row(staff_id, actor.organisation_id, email, " ".join(name.split()), wanted, now))
        session.flush()
        audit.record(
            session, actor.organisation_id, actor=actor.staff_id, act="staff.added", now=now,
            staff=staff_id, roles=" ".join(wanted),
        )  # fmt: skip
        return _new_link(session, staff_id, now=now)


def _roles(actor: Actor, roles: Collection[str]) -> tuple[StaffRole, ...]:
    wanted = tuple(role for role in STAFF_ROLES if role in roles)
    if not wanted or len(wanted) < len(set(roles)):
        raise RequestError(f"Choose at least one role: {', '.join(STAFF_ROLES)}.")
    _refuse_above(actor, "owner" in wanted)
    return wanted


def _refuse_above(actor: Actor, is_about_owner: bool) -> None:
    if is_about_owner and "owner" not in actor.roles:
        raise RequestError("Only an owner makes, changes or disables an owner.")


def set_rights(
    runtime: Runtime,
    actor: Actor,
    staff_id: str,
    *,
    roles: Collection[str],
    grants: Collection[str],
    now: datetime,
) -> None:
    """Change what somebody may; their sessions end, so that it holds at once.

    Raises
    ------
    NotFoundError
        If they are not of the actor's organisation.
    RequestError, ConflictError
        If a role is unknown, a grant does not go with the roles, or it would leave no owner.
    """
    wanted = _roles(actor, roles)
    possible = {name for role in wanted for name in grantable(role)}
    given = sorted(possible.intersection(grants))
    with runtime.transaction() as session:
        row = hiring.find_staff(session, staff_id, actor.organisation_id)
        _refuse_above(actor, "owner" in row.roles)
        if "owner" in row.roles and "owner" not in wanted:
            _refuse_last_owner(session, row)
        row.roles, row.grants = list(wanted), given
        hiring.end_sessions(session, staff_id)
        audit.record(
            session, actor.organisation_id, actor=actor.staff_id, act="staff.rights", now=now,
            staff=staff_id, roles=" ".join(wanted), grants=" ".join(given),
        )  # fmt: skip


def disable(runtime: Runtime, actor: Actor, staff_id: str, *, now: datetime) -> None:
    """Take somebody's access away at once: sessions, links, all.

    Raises
    ------
    NotFoundError
        If they are not of the actor's organisation.
    ConflictError
        If they are the last owner.
    """
    with runtime.transaction() as session:
        row = hiring.find_staff(session, staff_id, actor.organisation_id)
        _refuse_above(actor, "owner" in row.roles)
        if "owner" in row.roles:
            _refuse_last_owner(session, row)
        row.disabled_at = row.disabled_at or now
        hiring.end_sessions(session, staff_id)
        hiring.end_links(session, staff_id, now=now)
        audit.record(
            session, actor.organisation_id, actor=actor.staff_id, act="staff.disabled", now=now,
            staff=staff_id,
        )  # fmt: skip


def enable(runtime: Runtime, actor: Actor, staff_id: str, *, now: datetime) -> str:
    """Give access back, or a new link to somebody who lost theirs; return the link's token."""
    with runtime.transaction() as session:
        row = hiring.find_staff(session, staff_id, actor.organisation_id)
        _refuse_above(actor, "owner" in row.roles)
        row.disabled_at = None
        audit.record(
            session, actor.organisation_id, actor=actor.staff_id, act="staff.link", now=now, staff=staff_id
        )
        return _new_link(session, staff_id, now=now)


def _refuse_last_owner(session: Session, row: StaffRow) -> None:
    # Held until the end: two owners who disable each other at once must not both succeed.
    hiring.lock_organisation(session, row.organisation_id)
    owners = [
        one.id
        for one in hiring.staff_of(session, row.organisation_id)
        if "owner" in one.roles and one.disabled_at is None
    ]
    if owners == [row.id]:
        raise ConflictError("This is the last owner: make somebody else an owner first.")
