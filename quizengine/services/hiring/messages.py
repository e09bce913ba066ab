"""What a candidate writes after a test: a comment, or that a person shall look at the result."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, cast

from sqlalchemy.orm import Session

from quizengine.errors import ConflictError, NotFoundError, RequestError
from quizengine.model.attempt import FINAL
from quizengine.services.hiring import audit, blinding, results
from quizengine.services.permissions import Actor, may
from quizengine.services.runtime import Runtime, new_id
from quizengine.store import attempts
from quizengine.store import reviews as store
from quizengine.store import screens as screen_store
from quizengine.store.hiring_rows import InvitationRow, UnblindingRow
from quizengine.store.review_rows import MessageRow

Kind = Literal["comment", "review"]
MOST_CHARACTERS = 2000
#: Of each kind, of one candidate at one screen.
MOST_OF_A_KIND = 5
NO_REQUEST = "There is no such request here."


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a candidate wrote, and what was answered; ``answered_at`` is None while it waits."""

    id: str
    result_id: str
    screen_id: str
    code: str
    kind: Kind
    text: str
    at: datetime
    answer: str
    answered_at: datetime | None


def write(runtime: Runtime, learner_id: str, attempt_id: str, *, kind: str, text: str, now: datetime) -> None:
    """Keep what a candidate writes after their test. A request for a review waits until it is answered.

    Raises
    ------
    NotFoundError
        If the attempt is not theirs, or belongs to no screen.
    ConflictError
        If it has not ended.
    RequestError
        If a comment is empty, a text too long, or too many wait already.
    """
    said = text.strip()
    if kind not in ("comment", "review") or len(said) > MOST_CHARACTERS or not (said or kind == "review"):
        raise RequestError(f"Write 1 to {MOST_CHARACTERS:,} characters.")
    with runtime.transaction() as session:
        row = _own(session, learner_id, attempt_id)
        if store.count_messages(session, row.id, kind) >= MOST_OF_A_KIND:
            raise RequestError("What you wrote before is kept, and waits to be read.")
        session.add(
            MessageRow(
                id=new_id(), invitation_id=row.id, kind=kind, text=said, at=now, answered_by=None,
                answered_at=None,
            )
        )  # fmt: skip
        if kind == "review":
            screen = screen_store.screen_of(session, row.screen_id)
            audit.record(
                session, screen.organisation_id, actor="candidate", act="review.asked", now=now,
                result=row.result_id, code=row.code,
            )  # fmt: skip


def _own(session: Session, learner_id: str, attempt_id: str) -> InvitationRow:
    attempt = attempts.find_attempt(session, attempt_id, learner_id)
    row = screen_store.invitation_of_attempt(session, attempt_id)
    if row is None:
        raise NotFoundError("This attempt belongs to no screen.")
    if attempt.state not in FINAL:
        raise ConflictError("Write when your test has ended; during it, the help page takes what is wrong.")
    return row


def of_attempt(runtime: Runtime, learner_id: str, attempt_id: str) -> list[Message]:
    """Return what the candidate of an attempt wrote, with the answers, in order."""
    with runtime.transaction.reading() as session:
        attempts.find_attempt(session, attempt_id, learner_id)
        row = screen_store.invitation_of_attempt(session, attempt_id)
        return [_value(one, row) for one in store.messages_of(session, row.id)] if row else []


def of_result(runtime: Runtime, actor: Actor, result_id: str) -> list[Message]:
    """Return what the candidate behind a result wrote; by code, unless the actor was shown who it is.

    Raises
    ------
    NotFoundError
        If the result is not the actor's to see.
    """
    with runtime.transaction.reading() as session:
        row = results.require(session, actor, result_id)
        return [_shown(session, actor, one, row) for one in store.messages_of(session, row.id)]


def waiting(runtime: Runtime, actor: Actor) -> list[Message]:
    """Return the requests that wait for an answer on screens at which the actor decides, the oldest first."""
    with runtime.transaction.reading() as session:
        return [
            _shown(session, actor, one, row)
            for one, row in store.waiting_requests(session, actor.organisation_id)
            if may(actor, "decide", screen=row.screen_id) and may(actor, "results", screen=row.screen_id)
        ]


def _shown(session: Session, actor: Actor, one: MessageRow, row: InvitationRow) -> Message:
    is_known = session.get(UnblindingRow, (row.id, actor.staff_id)) is not None
    hidden = frozenset[str]() if is_known else blinding.words_of(session, row)
    told = _value(one, row)
    return replace(told, text=blinding.blind(told.text, hidden), answer=blinding.blind(told.answer, hidden))


def _value(one: MessageRow, row: InvitationRow) -> Message:
    return Message(
        id=one.id,
        result_id=row.result_id,
        screen_id=row.screen_id,
        code=row.code,
        kind=cast(Kind, one.kind),
        text=one.text,
        at=one.at,
        answer=one.answer,
        answered_at=one.answered_at,
    )


def answer(
    runtime: Runtime, actor: Actor, result_id: str, message_id: str, text: str, *, now: datetime
) -> None:
    """Answer a request; the candidate reads it on their page.

    Raises
    ------
    NotFoundError
        If there is no such request on results that the actor decides on.
    RequestError
        If nothing was written, or too much.
    ConflictError
        If it was answered already.
    """
    said = text.strip()
    with runtime.transaction() as session:
        row = results.require(session, actor, result_id)
        one = session.get(MessageRow, message_id)
        if one is None or one.invitation_id != row.id or not may(actor, "decide", screen=row.screen_id):
            raise NotFoundError(NO_REQUEST)
        if not 0 < len(said) <= MOST_CHARACTERS:
            raise RequestError(f"Answer in 1 to {MOST_CHARACTERS:,} characters: the candidate reads it.")
        if one.answered_at is not None:
            raise ConflictError("This was answered already.")
        one.answer, one.answered_by, one.answered_at = said, actor.staff_id, now
        audit.record(
            session, actor.organisation_id, actor=actor.staff_id, act="review.answered", now=now,
            result=row.result_id, code=row.code,
        )  # fmt: skip
