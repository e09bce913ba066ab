"""Decisions about people, made by people: with a reason, on the evidence as it stood; and who somebody is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast, get_args

from sqlalchemy.orm import Session

from quizengine.errors import ConflictError, NotFoundError, RequestError
from quizengine.model.result import Result
from quizengine.services.hiring import audit, results
from quizengine.services.permissions import Actor, may
from quizengine.services.runtime import Runtime
from quizengine.store import decisions, evidence
from quizengine.store.hiring_rows import CandidateRow, DecisionRow, InvitationRow, UnblindingRow

Verdict = Literal["advance", "hold", "reject"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
Reason = Literal["meets_bar", "below_bar", "not_enough_evidence", "withdrew", "role_filled", "other"]
REASONS: tuple[Reason, ...] = get_args(Reason)
MOST_NOTE = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One decision. ``is_on_this`` says whether the result is still what it was decided on."""

    verdict: Verdict
    reason: Reason
    note: str
    by: str
    at: datetime
    headline: str
    p_meets: str
    is_on_this: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who a candidate is."""

    name: str
    typed_name: str
    email: str
    external_id: str


def decide(
    runtime: Runtime, actor: Actor, result_id: str, *, verdict: str, reason: str, note: str, now: datetime
) -> None:
    """Record what somebody decided; a change is another decision.

    Raises
    ------
    NotFoundError
        If the result is not theirs to see, or they may not decide.
    RequestError
        If a word is unknown, or a note is missing: for ``other``, for a reject of somebody who meets the
        bar, and for an advance of somebody below it.
    ConflictError
        If the test has not ended, or was voided.
    """
    if verdict not in VERDICTS or reason not in REASONS:
        raise RequestError("Choose what is decided, and the reason.")
    told, note = results.read(runtime, actor, result_id), note.strip()
    if not may(actor, "decide", screen=told.screen_id):
        raise NotFoundError(results.NO_RESULT)
    if told.headline == "voided":
        raise ConflictError("This test was voided: there is nothing to decide on. Invite the person again.")
    if not told.is_told:
        raise ConflictError("The test has not ended; there is nothing to decide on yet.")
    if len(note) > MOST_NOTE:
        raise RequestError(f"A note has at most {MOST_NOTE:,} characters.")
    if not note and _needs_note(told, verdict, reason):
        raise RequestError("Say why in a sentence: the reason is “other”, or the evidence points elsewhere.")
    with runtime.transaction() as session:
        row = results.require(session, actor, result_id)
        evidence.keep_evidence(session, told.evidence_hash, results.evidence_table(told))
        session.add(
            DecisionRow(
                invitation_id=row.id, verdict=verdict, reason=reason, note=note, staff_id=actor.staff_id,
                at=now, evidence_hash=told.evidence_hash, headline=told.headline,
                p_meets=f"{told.p_meets:.4f}",
            )
        )  # fmt: skip
        audit.record(
            session, actor.organisation_id, actor=actor.staff_id, act="decision", now=now, note=note,
            result=result_id, code=told.code, verdict=verdict, reason=reason, evidence=told.evidence_hash,
        )  # fmt: skip


def _needs_note(told: Result, verdict: str, reason: str) -> bool:
    return reason == "other" or is_against(told, verdict)


def is_against(told: Result, verdict: str) -> bool:
    """Whether a decision goes against the evidence: it may, with a note."""
    return (verdict, told.headline) in (("reject", "meets"), ("advance", "below"))


def decisions_on(runtime: Runtime, actor: Actor, told: Result) -> list[Decision]:
    """Return the decisions about a candidate, the newest first."""
    with runtime.transaction.reading() as session:
        found = results.require(session, actor, told.id)
        return [_value(row, by, told) for row, by in decisions.decisions_of(session, found.id)]


def _value(row: DecisionRow, by: str, told: Result) -> Decision:
    return Decision(
        verdict=cast(Verdict, row.verdict), reason=cast(Reason, row.reason), note=row.note, by=by, at=row.at,
        headline=row.headline, p_meets=row.p_meets, is_on_this=row.evidence_hash == told.evidence_hash,
    )  # fmt: skip


def last_verdicts(runtime: Runtime, actor: Actor, screen_id: str) -> dict[str, str]:
    """Return the last verdict about each candidate of a screen that the actor sees, by the result's id."""
    with runtime.transaction.reading() as session:
        results.require_screen(session, actor, screen_id)
        return {key: row.verdict for key, row in decisions.last_decisions(session, screen_id).items()}


def may_unblind(runtime: Runtime, actor: Actor, told: Result) -> bool:
    """Whether somebody may be shown who a candidate is: after a decision, or if it was granted."""
    with runtime.transaction.reading() as session:
        return can_unblind(session, actor, results.require(session, actor, told.id))


def can_unblind(session: Session, actor: Actor, row: InvitationRow) -> bool:
    """Whether somebody may be shown who sits behind the result of an invitation."""
    if may(actor, "unblind", screen=row.screen_id):
        return True
    return may(actor, "decide", screen=row.screen_id) and bool(decisions.decisions_of(session, row.id))


def unblind(runtime: Runtime, actor: Actor, result_id: str, *, reason: str, now: datetime) -> None:
    """Show somebody who one candidate is; the reason stands in the audit chain.

    Raises
    ------
    NotFoundError
        If the result is not theirs to see, or they may not.
    RequestError
        Without a reason.
    """
    told = results.read(runtime, actor, result_id)
    if not may_unblind(runtime, actor, told):
        raise NotFoundError(results.NO_RESULT)
    if not reason.strip() or len(reason) > MOST_NOTE:
        raise RequestError("Say why you need to know who this is; the reason is kept.")
    with runtime.transaction() as session:
        row = results.require(session, actor, result_id)
        if session.get(UnblindingRow, (row.id, actor.staff_id)) is None:
            session.add(UnblindingRow(invitation_id=row.id, staff_id=actor.staff_id, at=now))
        audit.record(
            session, actor.organisation_id, actor=actor.staff_id, act="unblind", now=now, note=reason.strip(),
            result=result_id, code=told.code,
        )  # fmt: skip


def person_behind(runtime: Runtime, actor: Actor, result_id: str) -> Person | None:
    """Return who a candidate is, if the actor has been shown that before."""
    with runtime.transaction.reading() as session:
        row = results.require(session, actor, result_id)
        if session.get(UnblindingRow, (row.id, actor.staff_id)) is None:
            return None
        who = session.get_one(CandidateRow, row.candidate_id)
        return Person(name=who.name, typed_name=row.typed_name, email=who.email, external_id=who.external_id)
