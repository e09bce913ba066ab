"""From a link to an attempt: what a candidate agrees to, and the attempt that is made for them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from quizengine.errors import ConflictError, GoneError, RequestError
from quizengine.services.attempt import accommodations
from quizengine.services.attempt.making import Terms, make
from quizengine.services.hiring import audit, eligibility, exposure, invitations, outbox, screens
from quizengine.services.hiring.accounts import MOST_NAME
from quizengine.services.hiring.people_lists import is_plain
from quizengine.services.hiring.profiles import stored
from quizengine.services.runtime import Runtime
from quizengine.store import profiles, resits
from quizengine.store import screens as screen_store
from quizengine.store.hiring_rows import CandidateRow, InvitationRow, ScreenRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What a candidate has ticked and typed before they get an attempt."""

    privacy_read: bool
    own_work: bool
    name: str


@dataclass(frozen=True, slots=True)
class Activated:
    """The attempt behind an invitation, and the learner as whom the candidate sits it."""

    attempt_id: str
    learner_id: str


def activate(
    runtime: Runtime, token: str, consent: Consent, *, now: datetime, practised_as: str | None = None
) -> Activated:
    """Use a link up: make the attempt, ready to be started. The clock does not run yet.

    Parameters
    ----------
    practised_as
        The learner of the browser that comes with the link. What that learner has practised is not asked
        where there is other; that it is the same person is kept nowhere.

    Raises
    ------
    GoneError
        If the link was used, has run out, was taken back, never was, or the screen has closed.
    RequestError
        If a box is not ticked or the name is missing; the link stays good.
    ConflictError
        If they have sat the same version of the profile lately, or are in it: see `eligibility`.
    """
    name = " ".join(consent.name.split())
    if not (consent.privacy_read and consent.own_work and is_plain(name) and 0 < len(name) <= MOST_NAME):
        raise RequestError("Tick both boxes and type your name to go on.")
    with runtime.transaction.reading() as session:
        row = invitations.live_row(session, token, now=now)
        screen = session.get_one(ScreenRow, row.screen_id)
        if screen.state != "open":
            raise GoneError("This screen takes nobody now.")
        profile = stored(profiles.find_profile(session, screen.profile_id, screen.organisation_id))
        who = session.get_one(CandidateRow, row.candidate_id)
        eligibility.require_free(session, row, screen, now=now)
    _accommodate(runtime, row, who, now=now)
    form = exposure.form_for(
        runtime,
        profile,
        screen_id=screen.id,
        organisation_id=screen.organisation_id,
        learner_ids=[who.learner_id, *([practised_as] if practised_as else [])],
        seed=runtime.seed("form", row.id),
    )
    # The attempt is made first: drawing a question may take seconds, and nothing is held meanwhile.
    terms = Terms(
        kind="screening", questions=form, minutes=profile.profile.minutes, closes_at=screen.closes_at,
        hard_close=screen.hard_close, may_pause=screen.may_pause,
    )  # fmt: skip
    attempt_id = make(runtime, who.learner_id, terms, now=now)
    with runtime.transaction() as session:
        # First, so that of two at once the second sees what the first has done.
        resits.locked_candidate(session, who.id)
        again = invitations.live_row(session, token, now=now)
        eligibility.require_free(session, again, session.get_one(ScreenRow, screen.id), now=now)
        try:
            invitations.move(again, "activated", now=now)
        except ConflictError as error:  # a double click: the first one has it
            raise GoneError("This link is used up.") from error
        again.attempt_id, again.typed_name = attempt_id, name
        outbox.used(session, row.id, now=now)
        audit.record(
            session, screen.organisation_id, actor="candidate", act="invitation.activated", now=now,
            invitation=row.id, code=row.code,
        )  # fmt: skip
    return Activated(attempt_id, who.learner_id)


def _accommodate(runtime: Runtime, row: InvitationRow, who: CandidateRow, *, now: datetime) -> None:
    """Give the extra time that came with the invitation, unless the person has as much already."""
    has = accommodations.of_person(runtime, who.learner_id, now=now)
    if row.multiplier_percent > has.multiplier_percent:
        given = replace(has, multiplier_percent=row.multiplier_percent)
        accommodations.grant(runtime, who.learner_id, given, by="invitation", now=now)


def note_finished(runtime: Runtime, *, now: datetime) -> int:
    """Take the invitations whose tests have ended on, and write the receipts; return how many."""
    with runtime.transaction() as session:
        ended = screen_store.ended_sittings(session)
        for row, who, attempt in ended:
            invitations.move(row, "completed", now=attempt.finished_at or now)
            if attempt.voided_at is not None or row.forgotten_at is not None:
                continue  # what there is to say stands on the person's page; of who was erased nobody is left
            screen = screens.value_of(session, session.get_one(ScreenRow, row.screen_id))
            answers = sum(slot.response is not None for slot in attempt.slots)
            outbox.receipt(session, screen, who, row, answers=answers, now=attempt.finished_at or now)
        return len(ended)
