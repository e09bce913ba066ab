"""Results as one file with all that is needed to compute them again: for one candidate, or a whole screen.

It holds keys and answers, and no name, address or number of a candidate; no time from which extra time could
be told, and no secret.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

import quizengine
from quizengine.errors import NotFoundError
from quizengine.model.attempt import FINAL
from quizengine.services.attempt import events
from quizengine.services.hiring import audit, results, screens
from quizengine.services.hiring.exports import note
from quizengine.services.hiring.results_file import FORMAT
from quizengine.services.permissions import Actor, may
from quizengine.services.runtime import Runtime
from quizengine.services.sealing import content_hash
from quizengine.store import attempts, contract, decisions, evidence, hiring, panels, profiles
from quizengine.store import screens as store
from quizengine.store.attempt_rows import AttemptEventRow
from quizengine.store.hiring_rows import AuditRow, DecisionRow, InvitationRow
from quizengine.store.rows import GradeRow, ResponseRow, RoadmapRow, SlotRow

#: Acts of the audit chain that stand in a file: those that made, showed or changed a result.
ACTS = frozenset({"decision", "unblind", "export", "regraded", "withdrawn", "restored"})


def results_table(
    runtime: Runtime, actor: Actor, screen_id: str, *, result_id: str | None = None, now: datetime
) -> dict[str, Any]:
    """Return the results of a screen, or one of them, as JSON that ``verify`` reads.

    It stands in the audit chain.

    Raises
    ------
    NotFoundError
        If the screen is not the actor's to export, or they may not see answers: there are answers in it.
    SlowDownError
        After ten exports in an hour.
    """
    if not may(actor, "export_results", screen=screen_id) or not may(actor, "see_answers", screen=screen_id):
        raise NotFoundError(results.NO_RESULT)
    with runtime.transaction() as session:
        rows = _rows(session, actor, screen_id, result_id)
        note(session, actor, screen_id, now=now, people=len(rows), result=result_id)
    with runtime.transaction.reading() as session:
        return _table(session, actor, screen_id, _rows(session, actor, screen_id, result_id), now=now)


def _rows(session: Session, actor: Actor, screen_id: str, result_id: str | None) -> list[InvitationRow]:
    """Return the invitations whose attempts have ended and stand, in the order of their codes."""
    screens.find(session, actor, screen_id)
    ended = [row for row, _, state in store.invitations_of(session, screen_id) if state in FINAL]
    voided = contract.voided_of(session, [str(row.attempt_id) for row in ended])
    found = [row for row in ended if result_id in (None, row.result_id) and row.attempt_id not in voided]
    if result_id and not found:
        raise NotFoundError(results.NO_RESULT)
    return found


def _table(
    session: Session, actor: Actor, screen_id: str, rows: Sequence[InvitationRow], *, now: datetime
) -> dict[str, Any]:
    screen = store.screen_of(session, screen_id)
    profile = profiles.find_profile(session, screen.profile_id, screen.organisation_id)
    held: dict[str, dict[str, Any]] = {"roadmaps": {}, "panels": {}}
    table = {
        "format": FORMAT,
        "exported_at": moment(now),
        "engine_version": quizengine.__version__,
        "organisation": actor.organisation_id,
        "screen": {"id": screen.id, "title": screen.title},
        "profile": {
            "id": profile.id,
            "version": profile.version,
            "method": profile.method,
            "content": profile.content,
            "questions": [str(name) for name in profile.questions],
            "bank_digest": profile.bank_digest,
        },
        "attempts": [_attempt(session, row, held) for row in rows],
        "audit": _audit(session, actor.organisation_id, screen_id, {row.result_id for row in rows}),
        **held,
    }
    return {**table, "content_hash": content_hash(table)}


def _attempt(session: Session, row: InvitationRow, held: dict[str, dict[str, Any]]) -> dict[str, Any]:
    attempt = attempts.find_attempt(session, str(row.attempt_id), None, answers=True)
    held["roadmaps"][attempt.roadmap_digest] = session.get_one(RoadmapRow, attempt.roadmap_digest).content
    made = decisions.decisions_of(session, row.id)
    kept = evidence.evidence_of(session, {one.evidence_hash for one, _ in made})
    share, happened = results.adjusted(attempt), contract.events_of(session, attempt.id)
    return {
        "roadmap": attempt.roadmap_digest,
        "planned": [str(name) for name in attempt.planned],
        "events": [_event(one) for one in happened],
        "answers": [
            _answer(session, slot, slot.response, share, held)
            | {"withdrawn": _withdrawn(slot.number, happened)}
            for slot in attempt.slots
            if slot.response
        ],
        "result": results.evidence_table(results.result_of(session, row)),
        "recomputed": [
            {
                "question": one.question_id,
                "kind": one.kind,
                "at": moment(one.at),
                "by": one.by,
                "before": one.before,
                "after": one.after,
            }
            for one in evidence.recomputed_of(session, attempt.id)
        ],
        "decisions": [_decision(one, kept.get(one.evidence_hash)) for one, _ in made[::-1]],
    }


def _event(row: AttemptEventRow) -> dict[str, Any]:
    sealed = events.sealed_part(row) if row.salt is not None else None
    return {"n": row.n, "open": events.open_part(row), "seal": sealed, "hash": row.hash}


def _answer(
    session: Session, slot: SlotRow, given: ResponseRow, share: float, held: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    variants = [slot.variant, *(one.judged_by for one in given.grades if one.judged_by)]
    for content in variants:
        held["panels"].update(panels.contents_of(session, content))
    return {
        "number": slot.number,
        "variant": slot.variant,
        "answers": given.answers,
        "dont_know": given.dont_know,
        "decimal": given.decimal,
        "seconds": round(given.milliseconds / 1000 * share, 1),
        "salt": given.salt,
        "grades": [_grade(one, is_first=at == 0) for at, one in enumerate(given.grades)],
    }


def _withdrawn(number: int, happened: Sequence[AttemptEventRow]) -> list[dict[str, Any]]:
    """Return the times in which an answer did not count, as the attempt's chain tells them."""
    times: list[dict[str, Any]] = []
    for one in happened:
        if one.data.get("number") == number and one.kind == "withdrawn":
            times.append({"at": moment(one.at), "until": None})
        elif one.data.get("number") == number and one.kind == "restored":
            times[-1]["until"] = moment(one.at)
    return times


def _grade(row: GradeRow, *, is_first: bool) -> dict[str, Any]:
    return {
        "verdict": row.verdict,
        "score": float(row.score),
        "rule": row.rule,
        "read_as": row.read_as,
        "misconception": row.misconception,
        "feedback": row.feedback,
        "hint": row.hint,
        "engine_version": row.engine_version,
        # When an answer was given would tell who has extra time.
        "at": None if is_first else moment(row.graded_at),
        "judged_by": row.judged_by,
    }


def _decision(row: DecisionRow, kept: Mapping[str, Any] | None) -> dict[str, Any]:
    return {
        "verdict": row.verdict,
        "reason": row.reason,
        "staff": row.staff_id,
        "at": moment(row.at),
        "evidence_hash": row.evidence_hash,
        "headline": row.headline,
        "p_meets": row.p_meets,
        "evidence": kept,
    }


def _audit(
    session: Session, organisation_id: str, screen_id: str, result_ids: Collection[str]
) -> list[dict[str, Any]]:
    """Return the rows of the audit chain about these results, each with the hash that it follows."""
    before, found = audit.first_hash(organisation_id), []
    for row in hiring.audit_rows(session, organisation_id):
        if row.act in ACTS and _is_about(row, screen_id, result_ids):
            found.append(
                {
                    "n": row.n,
                    "before": before,
                    "at": row.at.astimezone(UTC).isoformat(timespec="microseconds"),
                    "actor": row.actor,
                    "act": row.act,
                    "data": row.data,
                    "note": row.note_hash,
                    "hash": row.hash,
                }
            )
        before = row.hash
    return found


def _is_about(row: AuditRow, screen_id: str, result_ids: Collection[str]) -> bool:
    if "result" in row.data:
        return row.data["result"] in result_ids
    return row.data.get("screen") == screen_id


def moment(at: datetime) -> str:
    """Return a time as it stands in a file: ISO 8601 in UTC, to the microsecond."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")
