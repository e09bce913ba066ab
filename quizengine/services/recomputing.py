"""What becomes of the result of a finished test when something about one of its answers changes.

Whatever the change is, it is first tried and told; applied, the attempt's chain, the audit chain and a notice
with what was told before and after say so. Decisions stay as they were, on the evidence that they name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy.orm import Session

from quizengine.model.attempt import FINAL
from quizengine.services.attempt import events
from quizengine.services.hiring import audit, results
from quizengine.services.reporting import told_of
from quizengine.services.runtime import Runtime
from quizengine.store import contract, evidence
from quizengine.store import screens as screen_store
from quizengine.store.evidence_rows import RecomputedRow
from quizengine.store.hiring_rows import InvitationRow, ScreenRow
from quizengine.store.rows import AttemptRow, SlotRow

#: Why a result was recomputed: an answer was judged again, a question does not count any more, or again.
Kind = Literal["regraded", "withdrawn", "restored"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """An answer about which something changes, and what becomes of the result of its attempt.

    ``who`` is the code of a candidate, or the id of a learner's attempt. ``before`` and ``after`` have
    ``skills`` (the band of each), and in a screening ``headline`` and ``p_meets``.
    """

    attempt_id: str
    who: str
    number: int
    before: Mapping[str, Any]
    after: Mapping[str, Any]

    @property
    def bands(self) -> dict[str, tuple[str, str]]:
        """The skills whose band changes, each with the band before and after."""
        return {
            skill: (band, self.after["skills"][skill])
            for skill, band in self.before["skills"].items()
            if band != self.after["skills"][skill]
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Something that is done to an answer: how it is called, what the chains say of it beside, by whom."""

    kind: Kind
    do: Callable[[], None]
    facts: Mapping[str, str]
    by: str
    now: datetime


def settle(session: Session, slot: SlotRow, act: Act, *, apply: bool) -> Change:
    """Do something to an answer and tell what changes; without ``apply`` all of it is taken back."""
    tried = session.begin_nested()
    row = contract.locked_attempt(session, slot.attempt_id)
    before = told_now(session, row)
    act.do()
    session.flush()
    invitation = screen_store.invitation_of_attempt(session, row.id)
    change = Change(
        attempt_id=row.id, who=invitation.code if invitation else row.id, number=slot.number, before=before,
        after=told_now(session, row),
    )  # fmt: skip
    if apply:
        _write_down(session, row, slot, change, invitation, act)
        tried.commit()
    else:
        tried.rollback()
    return change


def told_now(session: Session, row: AttemptRow) -> dict[str, Any]:
    """Return what an attempt tells: headline and skills of a screening, the skills of a diagnostic."""
    invitation = screen_store.invitation_of_attempt(session, row.id)
    if invitation:
        return results.summary_of(results.evidence_table(results.result_of(session, invitation)))
    told = told_of(session, row)
    return {"skills": {one["skill"]: one["band"] for one in told}, "told": told}


def _write_down(
    session: Session,
    row: AttemptRow,
    slot: SlotRow,
    change: Change,
    invitation: InvitationRow | None,
    act: Act,
) -> None:
    question = str(slot.question_id)
    events.append(
        session, row, act.kind, now=act.now, number=slot.number, question=question, **act.facts
    )  # fmt: skip
    if row.state not in FINAL:
        return  # nothing was told of it yet
    session.add(
        RecomputedRow(
            attempt_id=row.id, question_id=question, kind=act.kind, at=act.now, by=act.by,
            before=dict(change.before), after=dict(change.after),
        )
    )  # fmt: skip
    if invitation:
        screen = session.get_one(ScreenRow, invitation.screen_id)
        audit.record(
            session, screen.organisation_id, actor=act.by, act=act.kind, now=act.now, screen=screen.id,
            result=invitation.result_id, code=invitation.code, question=question, **act.facts,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What a page says of a result that was recomputed."""

    kind: Kind
    question_id: str
    at: datetime
    before: Mapping[str, Any]
    after: Mapping[str, Any]


def notices(runtime: Runtime, attempt_id: str) -> list[Notice]:
    """Return what was recomputed of an attempt, the newest first; who may see it is for the caller."""
    with runtime.transaction.reading() as session:
        return [
            Notice(
                kind=one.kind,  # type: ignore[arg-type]  # one of the words that are written above
                question_id=one.question_id, at=one.at, before=one.before, after=one.after,
            )
            for one in evidence.recomputed_of(session, attempt_id)[::-1]
        ]  # fmt: skip
