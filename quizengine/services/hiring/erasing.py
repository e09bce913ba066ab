"""Erasing a person: asked for, confirmed by a code, undone within a week or done by the daily round."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

from sqlalchemy.orm import Session

from quizengine.errors import ConflictError, NotFoundError, RequestError
from quizengine.model.attempt import OPEN
from quizengine.services.attempt import closing
from quizengine.services.hiring import audit, coming_back, invitations, limits, outbox, retention, screens
from quizengine.services.hiring.invitations import WAITING
from quizengine.services.permissions import Actor, may
from quizengine.services.runtime import Runtime
from quizengine.store import attempts, computed, contract
from quizengine.store import erasures as store
from quizengine.store import retention as retention_store
from quizengine.store import screens as screen_store
from quizengine.store.hiring_rows import CandidateRow, ErasureRow, InvitationRow

#: For whoever has thought better of it.
UNDO = timedelta(days=7)
CANDIDATE = "candidate"
PURPOSE = "erase"
LOG = "erasures.jsonl"
HELD = "A legal hold is on this: it is not erased before the hold is lifted."
NOT_YOURS = "There is no such page for you."


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """How the erasure of a person stands. Without ``due_at`` it was not asked for."""

    asked_at: datetime | None = None
    due_at: datetime | None = None
    done_at: datetime | None = None
    held: bool = False

    @property
    def waits(self) -> bool:
        """Whether it was asked for and can still be undone."""
        return self.due_at is not None and self.done_at is None


def of_attempt(runtime: Runtime, learner_id: str, attempt_id: str) -> Erasure:
    """Return how the erasure of the person of an attempt stands.

    Raises
    ------
    NotFoundError
        If the attempt is not theirs, or belongs to no screen.
    """
    with runtime.transaction.reading() as session:
        return _standing(session, theirs(session, learner_id, attempt_id).candidate_id)


def theirs(session: Session, learner_id: str, attempt_id: str) -> InvitationRow:
    """Return the invitation of an attempt of a candidate.

    Raises
    ------
    NotFoundError
        If the attempt is not theirs, or belongs to no screen.
    """
    attempts.find_attempt(session, attempt_id, learner_id)
    row = screen_store.invitation_of_attempt(session, attempt_id)
    if row is None:
        raise NotFoundError("This attempt belongs to no screen.")
    return row


def _standing(session: Session, candidate_id: str) -> Erasure:
    found = store.waiting(session, candidate_id) or store.done(session, candidate_id)
    held = retention_store.is_held(session, candidate_id)
    if found is None:
        return Erasure(held=held)
    return Erasure(asked_at=found.asked_at, due_at=found.due_at, done_at=found.done_at, held=held)


def send_code(runtime: Runtime, learner_id: str, attempt_id: str, *, now: datetime) -> None:
    """Send the person of an attempt the code with which they confirm that they want to be erased.

    Raises
    ------
    NotFoundError
        As `of_attempt`.
    SlowDownError
        After three codes within an hour.
    """
    with runtime.transaction() as session:
        row = theirs(session, learner_id, attempt_id)
        _refuse_done(session, row.candidate_id)
        who = session.get_one(CandidateRow, row.candidate_id)
        most = coming_back.CODES_AN_HOUR
        limits.count(session, "code", who.email, most=most, now=now, window=timedelta(hours=1))
        coming_back.send(runtime, session, row, purpose=PURPOSE, now=now)


def _refuse_done(session: Session, candidate_id: str) -> None:
    if store.done(session, candidate_id):
        raise ConflictError("This was erased already.")


def confirm(runtime: Runtime, learner_id: str, attempt_id: str, code: str, *, now: datetime) -> None:
    """Take a code, and note that the person is to be erased in seven days; the second time changes nothing.

    Raises
    ------
    NotFoundError
        As `of_attempt`.
    RequestError
        If the code is not right, used, too old, or was tried five times.
    """
    with runtime.transaction() as session:
        row = theirs(session, learner_id, attempt_id)
        right = coming_back.take(runtime, session, row, code, purpose=PURPOSE, now=now)
        if right:
            _ask(session, row, by=CANDIDATE, organisation_id=_organisation(session, row), now=now)
    if not right:  # raised outside, so that the try is counted
        raise RequestError(coming_back.WRONG)


def _organisation(session: Session, row: InvitationRow) -> str:
    return session.get_one(CandidateRow, row.candidate_id).organisation_id


def _ask(session: Session, row: InvitationRow, *, by: str, organisation_id: str, now: datetime) -> None:
    store.locked_person(session, row.candidate_id)
    _refuse_done(session, row.candidate_id)
    if store.waiting(session, row.candidate_id):
        return
    session.add(
        ErasureRow(
            organisation_id=organisation_id, candidate_id=row.candidate_id, asked_by=by, asked_at=now,
            due_at=now + UNDO,
        )
    )  # fmt: skip
    session.flush()
    _note(session, row, organisation_id, "erasure.asked", by=by, now=now)


def _note(
    session: Session, row: InvitationRow, organisation_id: str, act: str, *, by: str, now: datetime
) -> None:
    """Tell the organisation of an act, by the code alone."""
    audit.record(
        session, organisation_id, actor=by, act=act, now=now, invitation=row.id, code=row.code,
        screen=row.screen_id,
    )  # fmt: skip


def undo(runtime: Runtime, learner_id: str, attempt_id: str, *, now: datetime) -> None:
    """Let a person who was to be erased stay.

    Raises
    ------
    ConflictError
        If nothing waits to be done.
    """
    with runtime.transaction() as session:
        row = theirs(session, learner_id, attempt_id)
        _undo(session, row, by=CANDIDATE, organisation_id=_organisation(session, row), now=now)


def _undo(session: Session, row: InvitationRow, *, by: str, organisation_id: str, now: datetime) -> None:
    store.locked_person(session, row.candidate_id)
    found = store.waiting(session, row.candidate_id)
    if found is None:
        raise ConflictError("Nothing waits to be erased here.")
    found.undone_at = now
    _note(session, row, organisation_id, "erasure.undone", by=by, now=now)


def require(session: Session, actor: Actor, invitation_id: str) -> InvitationRow:
    """Return an invitation whose person's data the actor may hand out, hold or erase.

    Raises
    ------
    NotFoundError
        If there is none, or they may not.
    """
    row = screen_store.find_invitation(session, invitation_id, actor.organisation_id)
    screens.find(session, actor, row.screen_id)
    if not may(actor, "users", screen=row.screen_id):
        raise NotFoundError(NOT_YOURS)
    return row


def of_invitation(runtime: Runtime, actor: Actor, invitation_id: str) -> Erasure:
    """Return how the erasure of the person of an invitation stands."""
    with runtime.transaction.reading() as session:
        return _standing(session, require(session, actor, invitation_id).candidate_id)


@dataclass(frozen=True, slots=True)
class Told:
    """An erasure as the organisation is told of it: by code alone, on each screen of the person."""

    code: str
    screen_id: str
    due_at: datetime
    done_at: datetime | None


def told_of(runtime: Runtime, actor: Actor, invitation_id: str) -> tuple[str, str]:
    """Return who is invited, and the id of the screen; of who was forgotten nothing.

    Never the code: the page is reached by the name.
    """
    with runtime.transaction.reading() as session:
        row = require(session, actor, invitation_id)
        who = session.get_one(CandidateRow, row.candidate_id)
        return "" if row.forgotten_at else who.name or who.email, row.screen_id


def on_screen(runtime: Runtime, actor: Actor, screen_id: str) -> list[Told]:
    """Return the erasures of people of a screen that the actor sees, done or to be done, by code."""
    with runtime.transaction.reading() as session:
        screens.find(session, actor, screen_id)
        found = store.on_screen(session, screen_id)
        return sorted(
            (Told(row.code, screen_id, one.due_at, one.done_at) for row, one in found),
            key=lambda one: one.code,
        )


def ask_for(runtime: Runtime, actor: Actor, invitation_id: str, *, now: datetime) -> None:
    """Note that a person is to be erased, for somebody who asked by another way."""
    with runtime.transaction() as session:
        row = require(session, actor, invitation_id)
        _ask(session, row, by=actor.staff_id, organisation_id=actor.organisation_id, now=now)


def undo_for(runtime: Runtime, actor: Actor, invitation_id: str, *, now: datetime) -> None:
    """Let a person who was to be erased stay, at their word."""
    with runtime.transaction() as session:
        row = require(session, actor, invitation_id)
        _undo(session, row, by=actor.staff_id, organisation_id=actor.organisation_id, now=now)


def run_due(runtime: Runtime, folder: Path, *, now: datetime) -> int:
    """Do the erasures whose time has come; return how many. What is under a hold waits.

    Parameters
    ----------
    folder
        The data folder of the server: letters as files are in it, and the log of erasures is written there.
    """
    with runtime.transaction.reading() as session:
        people = [row.candidate_id for row in store.due(session, now)]
    with runtime.transaction() as session:
        # A list that somebody looked at while a person was erased may have kept their result since.
        computed.forget_erased(session)
    return sum(erase(runtime, folder, candidate_id, now=now) for candidate_id in people)


def count_due(runtime: Runtime, *, now: datetime) -> int:
    """Return how many erasures are due and kept by no hold."""
    with runtime.transaction.reading() as session:
        return sum(not retention_store.is_held(session, row.candidate_id) for row in store.due(session, now))


def erase(runtime: Runtime, folder: Path, candidate_id: str, *, now: datetime, again: bool = False) -> bool:
    """Erase one person now; False if a hold keeps them, or it was undone or done meanwhile.

    ``again`` erases whom a restored backup has brought back: it stands in the log that they are to be gone.
    """
    with runtime.transaction() as session:
        who = store.locked_person(session, candidate_id)
        found = store.waiting(session, candidate_id)
        if who is None or retention_store.is_held(session, candidate_id) or not (found or again):
            return False
        letters = _forget(session, who, now=now)
        if found is None:
            found = ErasureRow(
                organisation_id=who.organisation_id, candidate_id=who.id, asked_by="system", asked_at=now,
                due_at=now, undone_at=None, done_at=None,
            )  # fmt: skip
            session.add(found)
        found.done_at = now
        if not again:
            # Before the commit: what stands in the log and was not done is done at the next start.
            _write_log(folder / LOG, candidate_id, now)
    retention.delete_letters(folder / "mail", letters)
    runtime.transaction.empty_log()
    return True


def _forget(session: Session, who: CandidateRow, *, now: datetime) -> list[str]:
    rows = retention_store.invitations_of_person(session, who.id)
    for row in rows:
        _end(session, row, now=now)
        if row.attempt_id:
            retention_store.forget_traces(session, row.attempt_id)
    letters = list(retention.forget(session, rows, who.organisation_id, now=now))
    retention_store.forget_lists_with(session, who.organisation_id, who.email)
    for what in ("code", "code-try"):
        limits.forgive(session, what, who.email)
    retention_store.forget_person(session, who.id)
    for row in rows:
        _note(session, row, who.organisation_id, "erased", by="system", now=now)
    return letters


def _end(session: Session, row: InvitationRow, *, now: datetime) -> None:
    """End what still goes on of an invitation."""
    if row.state in WAITING:
        invitations.move(row, "expired" if row.expires_at <= now else "revoked", now=now)
        outbox.stop(session, row.id)
    if row.attempt_id is None:
        return
    attempt = contract.locked_attempt(session, row.attempt_id)
    if attempt.state in OPEN:
        closing.end(session, attempt, how="give_up", stopped="erased", now=now)


def _write_log(path: Path, candidate_id: str, now: datetime) -> None:
    """Write down that somebody is to be gone: a random id and a time, nothing that tells who."""
    with path.open("a", encoding="utf-8") as log:
        log.write(json.dumps({"candidate": candidate_id, "at": now.isoformat()}) + "\n")
        log.flush()
        os.fsync(log.fileno())


def replay(runtime: Runtime, folder: Path, *, now: datetime) -> int:
    """Erase again whom a restored backup has brought back; return how many. For before anything is served."""
    path = folder / LOG
    if not path.exists():
        return 0
    lines = path.read_text(encoding="utf-8").splitlines()
    people = dict.fromkeys(cast(str, json.loads(line)["candidate"]) for line in lines if line.strip())
    with runtime.transaction.reading() as session:
        back = [one for one in people if (session.get(CandidateRow, one)) and not store.done(session, one)]
    return sum(erase(runtime, folder, one, now=now, again=True) for one in back)
