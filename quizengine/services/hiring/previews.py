"""A screen taken by its own staff: the attempt that candidates get, which counts nowhere."""

from __future__ import annotations

from datetime import datetime
from secrets import token_urlsafe

from quizengine.services.attempt.making import Terms, make
from quizengine.services.hiring import audit, screens
from quizengine.services.hiring.accounts import hashed
from quizengine.services.hiring.forms import form_of
from quizengine.services.hiring.sitting import Activated
from quizengine.services.permissions import Actor
from quizengine.services.runtime import Runtime, new_id
from quizengine.store import previews as store
from quizengine.store import withdrawals
from quizengine.store.hiring_rows import PreviewRow
from quizengine.store.rows import LearnerRow


def make_preview(runtime: Runtime, actor: Actor, screen_id: str, *, now: datetime) -> Activated:
    """Make an attempt of kind ``preview`` for somebody of the staff, ready to be started.

    It is made by the code that makes a candidate's, for a person of its own: no invitation names it, so it
    is in no list, count, norm or export of the screen.

    Raises
    ------
    NotFoundError
        If the screen is not the actor's.
    RequestError
        If the bank has too few questions for a profile that is still a draft.
    """
    screen = screens.read(runtime, actor, screen_id)
    profile = screen.profile
    learner_id = new_id()
    with runtime.transaction() as session:
        session.add(LearnerRow(id=learner_id, created_at=now, resume_hash=hashed(token_urlsafe(24))))
    with runtime.transaction.reading() as session:
        gone = withdrawals.all_standing(session)
    form = profile.questions or form_of(runtime.bank, profile.profile)
    terms = Terms(
        kind="preview",
        questions=tuple(one for one in form if one not in gone),
        minutes=profile.profile.minutes,
        may_pause=screen.plan.may_pause,
    )
    attempt_id = make(runtime, learner_id, terms, now=now)
    with runtime.transaction() as session:
        screens.find(session, actor, screen_id)
        session.add(
            PreviewRow(attempt_id=attempt_id, screen_id=screen_id, staff_id=actor.staff_id, made_at=now)
        )
        audit.record(
            session, actor.organisation_id, actor=actor.staff_id, act="screen.preview", now=now,
            screen=screen_id,
        )  # fmt: skip
    return Activated(attempt_id, learner_id)


def screen_of(runtime: Runtime, attempt_id: str) -> str | None:
    """Return the id of the screen that an attempt is a preview of, if it is one."""
    with runtime.transaction.reading() as session:
        return store.screen_of(session, attempt_id)
