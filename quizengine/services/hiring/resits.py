"""Sitting again: once in 90 days a version of a profile, for a reason, and all results stay.

Which of them counts is fixed in the profile before anybody sits.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from quizengine.errors import ConflictError, RequestError
from quizengine.model.attempt import FINAL
from quizengine.model.profile import Resit
from quizengine.model.result import Result
from quizengine.services.hiring import audit, invitations, results, screens
from quizengine.services.hiring.eligibility import goes_on
from quizengine.services.hiring.people_lists import MOST_REASON
from quizengine.services.hiring.profiles import stored
from quizengine.services.permissions import Actor, may, sees_screen
from quizengine.services.runtime import Runtime
from quizengine.store import profiles
from quizengine.store import resits as store
from quizengine.store import screens as screen_store
from quizengine.store.hiring_rows import CandidateRow, InvitationRow, ScreenRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting:
    """One of several sittings of a person. ``result`` is None where its screen is not the reader's to see."""

    code: str
    began: datetime
    result: Result | None
    is_this: bool
    counts: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sittings:
    """All ended sittings of a person at one version of a profile, the first one first.

    ``combined`` is what all their answers say together, where the profile's rule asks for that.
    """

    rule: Resit
    each: tuple[Sitting, ...]
    combined: Result | None


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody who has sat, to be asked again."""

    invitation_id: str
    screen_id: str
    person: str
    rule: Resit


def asked(runtime: Runtime, actor: Actor, invitation_id: str) -> Asked:
    """Return who would be asked to sit again.

    Raises
    ------
    NotFoundError
        If they are not the actor's to invite.
    ConflictError
        If they have not sat.
    """
    with runtime.transaction.reading() as session:
        row, screen = _find(session, actor, invitation_id)
        who = session.get_one(CandidateRow, row.candidate_id)
        profile = stored(profiles.find_profile(session, screen.profile_id, actor.organisation_id)).profile
        return Asked(row.id, screen.id, who.name or who.email, profile.resit)


def _find(session: Session, actor: Actor, invitation_id: str) -> tuple[InvitationRow, ScreenRow]:
    row = screen_store.find_invitation(session, invitation_id, actor.organisation_id)
    screen = screens.find(session, actor, row.screen_id)
    if row.attempt_id is None:
        raise ConflictError("This person has not sat yet: what they need is a new link.")
    return row, screen


def invite(
    runtime: Runtime, actor: Actor, invitation_id: str, *, reason: str, base: str, now: datetime
) -> str:
    """Invite somebody who has sat to sit again; return the screen's id. The first result stays.

    Raises
    ------
    NotFoundError
        As `asked`.
    RequestError
        If there is no reason.
    ConflictError
        If they are still in the test or have another link, or the screen is not open.
    """
    reason = " ".join(reason.split())
    if not 0 < len(reason) <= MOST_REASON:
        raise RequestError(f"Say why they sit again, in at most {MOST_REASON} characters.")
    with runtime.transaction() as session:
        row, screen = _find(session, actor, invitation_id)
        invitations.require_open(screen, now)
        before = store.sittings_of(session, row.candidate_id, screen.profile_id)
        if any(goes_on(attempt, now) for _, attempt in before):
            raise ConflictError("This person is in a test still: they come back with a code.")
        if store.waiting_for(session, row.candidate_id, screen.profile_id, invitations.WAITING):
            raise ConflictError("This person has a link already with which they can sit.")
        new = invitations.invite_once_more(session, screen, row, base=base, now=now)
        new.resit_reason = reason
        session.flush()
        audit.record(
            session, actor.organisation_id, actor=actor.staff_id, act="invitation.resit", now=now,
            note=reason, invitation=new.id, code=new.code,
        )  # fmt: skip
        return screen.id


def of_result(runtime: Runtime, actor: Actor, result_id: str) -> Sittings | None:
    """Return the sittings of the person behind a result, and which counts; None if there is only one.

    Raises
    ------
    NotFoundError
        If the result is not the actor's to see.
    """
    with runtime.transaction.reading() as session:
        row = results.require(session, actor, result_id)
        screen = screen_store.screen_of(session, row.screen_id)
        rule = stored(profiles.find_profile(session, screen.profile_id, actor.organisation_id)).profile.resit
        ended = [
            (one, attempt)
            for one, attempt in store.sittings_of(session, row.candidate_id, screen.profile_id)
            if attempt.state in FINAL and attempt.started_at is not None
        ]
        if len(ended) < 2:
            return None
        told = [results.result_of(session, one) for one, _ in ended]
        counting = _counting(rule, told)
        newest, _ = ended[-1]
        earlier = [attempt.id for _, attempt in ended[:-1]]
        return Sittings(
            rule=rule,
            each=tuple(
                Sitting(
                    code=one.code,
                    began=one.activated_at or attempt.created_at,
                    result=result if _sees(actor, one.screen_id) else None,
                    is_this=one.id == row.id,
                    counts=at in counting,
                )
                for at, ((one, attempt), result) in enumerate(zip(ended, told, strict=True))
            ),
            combined=results.result_of(session, newest, also=earlier) if rule == "combined" else None,
        )


def later_sittings(runtime: Runtime, actor: Actor, screen_id: str) -> dict[str, int]:
    """Return the results of a screen whose person has sat the same version before, and which sitting each is.

    In other screens too; never who they are.

    Raises
    ------
    NotFoundError
        If the results of the screen are not the actor's to see.
    """
    with runtime.transaction.reading() as session:
        screen = results.require_screen(session, actor, screen_id)
        return store.later_sittings(session, screen_id, screen.profile_id)


def _sees(actor: Actor, screen_id: str) -> bool:
    return sees_screen(actor, screen_id) and may(actor, "results", screen=screen_id)


def _counting(rule: Resit, told: list[Result]) -> set[int]:
    """Return the places of the results that count."""
    match rule:
        case "latest":
            return {len(told) - 1}
        case "best":
            # Of results that are as good the later one.
            return {max(range(len(told)), key=lambda at: (told[at].p_meets, at))}
        case "combined":
            return set(range(len(told)))
