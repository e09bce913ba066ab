"""All that is stored about a person, for the person: what they gave, and what was made of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from quizengine.errors import ConflictError, NotFoundError
from quizengine.markup import to_text
from quizengine.services.attempt import integrity
from quizengine.services.hiring import audit, decisions, erasing, feedback, limits
from quizengine.services.permissions import Actor, may
from quizengine.services.runtime import Runtime
from quizengine.store import attempts, contract, hiring
from quizengine.store import integrity as integrity_store
from quizengine.store import monitor as monitor_store
from quizengine.store import personal as store
from quizengine.store import retention as retention_store
from quizengine.store.hiring_rows import AuditRow, CandidateRow, InvitationRow, ScreenRow
from quizengine.store.rows import AttemptRow, SlotRow

MOST_AN_HOUR = 10
LOOKED = ("result.viewed", "unblind", "data.exported", "decision")

Data = dict[str, Any]


def for_person(runtime: Runtime, learner_id: str, attempt_id: str, *, now: datetime) -> Data:
    """Return all that is stored about the person of an attempt, as plain values for JSON.

    It has no key, no solution, no other person, and no estimate before it was released.

    Raises
    ------
    NotFoundError
        If the attempt is not theirs, or belongs to no screen.
    SlowDownError
        After ten within an hour.
    """
    with runtime.transaction() as session:
        row = erasing.theirs(session, learner_id, attempt_id)
        who = session.get_one(CandidateRow, row.candidate_id)
        limits.count(session, "own-export", who.id, most=MOST_AN_HOUR, now=now, window=timedelta(hours=1))
        audit.record(
            session, who.organisation_id, actor="candidate", act="data.exported", now=now,
            invitation=row.id, code=row.code,
        )  # fmt: skip
    return _collected(runtime, row.candidate_id, now=now)


def for_staff(runtime: Runtime, actor: Actor, invitation_id: str, *, now: datetime) -> Data:
    """Return the same for somebody of the staff, to be handed to the person; it stands in the audit chain.

    Raises
    ------
    NotFoundError
        If the invitation is not theirs, or they may not.
    ConflictError
        If it would tell them who sits behind a result that they read by code.
    SlowDownError
        After ten within an hour.
    """
    with runtime.transaction() as session:
        row = erasing.require(session, actor, invitation_id)
        if not _may_hand_over(session, actor, row):
            raise ConflictError(
                "This would tell which result is theirs: it is handed over after a decision about them, or "
                "by somebody who may see names before."
            )
        limits.count(session, "export", actor.staff_id, most=MOST_AN_HOUR, now=now, window=timedelta(hours=1))
        audit.record(
            session, actor.organisation_id, actor=actor.staff_id, act="data.exported", now=now,
            invitation=row.id, code=row.code,
        )  # fmt: skip
    return _collected(runtime, row.candidate_id, now=now)


def may_hand_over(runtime: Runtime, actor: Actor, invitation_id: str) -> bool:
    """Whether somebody may hand out a person's data: not while they judge that person by code."""
    with runtime.transaction.reading() as session:
        return _may_hand_over(session, actor, erasing.require(session, actor, invitation_id))


def _may_hand_over(session: Session, actor: Actor, row: InvitationRow) -> bool:
    return all(
        decisions.can_unblind(session, actor, one)
        for one in retention_store.invitations_of_person(session, row.candidate_id)
        if one.attempt_id and may(actor, "results", screen=one.screen_id)
    )


def _collected(runtime: Runtime, candidate_id: str, *, now: datetime) -> Data:
    with runtime.transaction.reading() as session:
        who = session.get_one(CandidateRow, candidate_id)
        rows = retention_store.invitations_of_person(session, candidate_id)
        roles = store.roles_of_staff(session, who.organisation_id)
        told: Data = {
            "made_at": _time(now),
            "organisation": hiring.organisation_name(session, who.organisation_id),
            "person": {
                "name": who.name, "email": who.email, "external_id": who.external_id,
                "time_zone": who.time_zone, "known_since": _time(who.created_at),
            },
            "adjustments": [_adjustment(one) for one in store.accommodations_of(session, who.learner_id)],
            "tests": [_test(session, row, roles) for row in rows],
        }  # fmt: skip
    for one, row in zip(told["tests"], rows, strict=True):
        one["result_as_released"] = _released(runtime, who.learner_id, row, now=now)
    return told


def _adjustment(row: Any) -> Data:
    return {
        "time": row.multiplier_percent / 100, "untimed": row.untimed, "breaks": row.breaks,
        "large_print": row.large_print, "reader_mode": row.reader_mode, "not_noted": list(row.integrity_off),
        "note": row.note, "granted_at": _time(row.granted_at), "valid_to": _time(row.valid_to),
    }  # fmt: skip


def _test(session: Session, row: InvitationRow, roles: Mapping[str, str]) -> Data:
    screen = session.get_one(ScreenRow, row.screen_id)
    attempt = attempts.find_attempt(session, row.attempt_id, None, answers=True) if row.attempt_id else None
    known = retention_store.audit_about(session, screen.organisation_id, row)
    return {
        "screen": screen.title, "code": row.code if attempt else None, "invitation": row.state,
        "invited_at": _time(row.created_at),
        "link_sent_at": _time(row.sent_at), "link_opened_at": _time(row.opened_at),
        "begun_at": _time(row.activated_at), "ended_at": _time(row.ended_at),
        "name_typed": row.typed_name, "reason_given": row.reason,
        "kept_for_months_after_closing": screen.retention_months,
        "attempt": _attempt(session, attempt) if attempt else None,
        "looked_at": [_look(one, roles) for one in known if one.act in LOOKED],
    }  # fmt: skip


def _attempt(session: Session, row: AttemptRow) -> Data:
    return {
        "id": row.id, "state": "voided" if row.voided_at else row.state,
        "started_at": _time(row.started_at), "finished_at": _time(row.finished_at),
        "answers": [_answer(session, slot) for slot in row.slots],
        "texts_kept_apart": [
            {"at": _time(one.at), "why": one.reason, "typed": dict(one.answers)}
            for one in contract.orphans_of(session, row.id)
        ],
        "events": [
            {"n": one.n, "at": _time(one.at), "what": one.kind} for one in contract.events_of(session, row.id)
        ],
        "noted_beside": [
            {"at": _time(one.at), "what": one.kind, "ms": one.milliseconds, "characters": one.characters}
            for one in integrity_store.of_attempt(session, row.id)
        ],
        "noted_beside_means": dict(integrity.DISCLOSED),
        "time_added": [
            {"at": _time(one.at), "why": one.kind, "seconds": one.milliseconds / 1000, "said": one.reason}
            for one in contract.credits_of(session, row.id)
        ],
        "done_by_staff": [
            {"at": _time(one.at), "act": one.act, "why": one.reason, "said": one.note}
            for one in monitor_store.interventions(session, row.id)
        ],
        "reported_questions": [
            {"at": _time(one.at), "typed": one.note} for one in store.reports_of(session, row.id)
        ],
    }  # fmt: skip


def _answer(session: Session, slot: SlotRow) -> Data:
    """Return a question as it was put and what was given; never what is right."""
    variant = attempts.variant_of(session, slot)
    told: Data = {
        "number": slot.number, "question": to_text(variant.prompt).strip(), "shown_at": _time(slot.shown_at),
    }  # fmt: skip
    if slot.response is not None:
        told |= {
            "typed": dict(slot.response.answers), "dont_know": slot.response.dont_know,
            "seconds": slot.response.milliseconds / 1000, "answered_at": _time(slot.response.given_at),
        }  # fmt: skip
    if slot.draft is not None:
        told |= {"draft": dict(slot.draft.answers), "draft_saved_at": _time(slot.draft.saved_at)}
    return told


def _look(row: AuditRow, roles: Mapping[str, str]) -> Data:
    """Return that somebody looked: their role, never their name."""
    role = str(row.data.get("roles") or roles.get(row.actor, row.actor))
    return {"at": _time(row.at), "act": row.act, "role": role}


def _released(runtime: Runtime, learner_id: str, row: InvitationRow, *, now: datetime) -> list[Data]:
    """Return the skills in words, as far as the feedback page shows them by now."""
    if row.attempt_id is None:
        return []
    try:
        found = feedback.read(runtime, learner_id, row.attempt_id, now=now)
    except NotFoundError:
        return []
    return [
        {
            "skill": one.title, "level": one.words,
            **({"chance": round(one.chance, 4), "low": round(one.low, 4), "high": round(one.high, 4)}
               if one.measured else {}),
        }
        for one in found.levels
    ]  # fmt: skip


def _time(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if moment else None
