"""Withdrawing a question from screens: no new form has it, no result rests on it. It can be taken back.

Nothing is overwritten: answers and grades stay and do not count. What was shown stays shown; who is at work
on a form that has the question answers it, and that does not count either.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session

from quizengine.errors import ConflictError, RequestError, UnknownNameError
from quizengine.model.attempt import FINAL
from quizengine.services.hiring import audit
from quizengine.services.hiring.profiles import stored
from quizengine.services.hiring.rotation import counts_of
from quizengine.services.recomputing import Act, Change, Kind, settle
from quizengine.services.runtime import Runtime
from quizengine.store import contract, profiles, withdrawals
from quizengine.store import retention as screen_store
from quizengine.store.rows import SlotRow

MOST_REASON = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawing:
    """What withdrawing a question, or taking that back, does.

    ``changes`` are the results that rest on an answer to it, ``going_on`` counts the tests that are not over
    and have one. ``short`` are the titles of open screens that have too few questions without it.
    """

    question_id: str
    changes: tuple[Change, ...]
    going_on: int
    short: tuple[str, ...]


def withdraw(
    runtime: Runtime, question_id: str, *, reason: str, apply: bool, now: datetime, by: str = "operator"
) -> Withdrawing:
    """Take a question out of new forms and of all results; without ``apply`` it is only told what changes.

    Where it was broken off before its end, it goes on with what is left.

    Raises
    ------
    UnknownNameError
        If nobody was asked such a question and the bank has none.
    RequestError
        Without a reason, or with one that is too long.
    ConflictError
        If it is withdrawn already.
    """
    reason = _one_line(reason)
    with runtime.transaction.reading() as session:
        _require_known(session, runtime, question_id)
        is_left = bool(withdrawals.slots_of(session, question_id, state="committed"))
        if withdrawals.standing(session, question_id) and not is_left:
            raise ConflictError(f"{question_id} is withdrawn already.")
    if apply:  # first, so that who answers it meanwhile is told the same
        with runtime.transaction() as session:
            if withdrawals.standing(session, question_id) is None:
                withdrawals.withdraw(session, question_id, reason, by=by, now=now)
                _note(session, "question.withdrawn", question_id, reason, by=by, now=now)
    return _settle_all(runtime, question_id, "withdrawn", apply=apply, now=now, by=by)


def restore(
    runtime: Runtime, question_id: str, *, reason: str, apply: bool, now: datetime, by: str = "operator"
) -> Withdrawing:
    """Let a question count again that was withdrawn, and let new forms have it; see `withdraw`.

    Raises
    ------
    UnknownNameError
        If it is not withdrawn.
    RequestError
        As `withdraw`.
    """
    reason = _one_line(reason)
    with runtime.transaction.reading() as session:
        is_left = bool(withdrawals.slots_of(session, question_id, state="withdrawn"))
        if withdrawals.standing(session, question_id) is None and not is_left:
            raise UnknownNameError("withdrawn question", question_id, withdrawals.all_standing(session))
    if apply:
        with runtime.transaction() as session:
            row = withdrawals.standing(session, question_id)
            if row is not None:
                row.undone_at, row.undone_by = now, by
                _note(session, "question.restored", question_id, reason, by=by, now=now)
    return _settle_all(runtime, question_id, "restored", apply=apply, now=now, by=by)


def _one_line(reason: str) -> str:
    line = " ".join(reason.split())
    if not 0 < len(line) <= MOST_REASON:
        raise RequestError(f"Say why in at most {MOST_REASON} characters: it stands in the audit chain.")
    return line


def _require_known(session: Session, runtime: Runtime, question_id: str) -> None:
    if question_id in runtime.bank.questions or withdrawals.slots_of(session, question_id, state="committed"):
        return
    raise UnknownNameError("question", question_id, map(str, runtime.bank.questions))


def _note(session: Session, act: str, question_id: str, reason: str, *, by: str, now: datetime) -> None:
    for organisation in withdrawals.organisations(session):
        audit.record(session, organisation, actor=by, act=act, now=now, note=reason, question=question_id)


def _settle_all(
    runtime: Runtime, question_id: str, kind: Kind, *, apply: bool, now: datetime, by: str
) -> Withdrawing:
    state, other = ("committed", "withdrawn") if kind == "withdrawn" else ("withdrawn", "committed")
    with runtime.transaction.reading() as session:
        slots = withdrawals.slots_of(session, question_id, state=state)
        without = withdrawals.all_standing(session) | {question_id}
        short = () if kind == "restored" else tuple(_short(session, runtime, without))
    changes, going_on = [], 0
    for slot_id in slots:
        with runtime.transaction() as session:
            slot = session.get_one(SlotRow, slot_id)
            is_over = contract.locked_attempt(session, slot.attempt_id).state in FINAL
            if slot.state != state:
                continue  # somebody else has just done it
            act = Act(kind=kind, do=partial(setattr, slot, "state", other), facts={}, by=by, now=now)
            change = settle(session, slot, act, apply=apply)
        changes += [change] if is_over else []
        going_on += not is_over
    return Withdrawing(
        question_id=question_id, changes=tuple(changes), going_on=going_on, short=short
    )  # fmt: skip


def _short(session: Session, runtime: Runtime, without: Collection[str]) -> list[str]:
    """Return the titles of open screens that have too few questions without some."""
    found = []
    for screen in screen_store.all_screens(session):
        if screen.state != "open":
            continue
        row = profiles.find_profile(session, screen.profile_id, screen.organisation_id)
        profile = stored(row)
        pool = [one for one in profile.pool if one in runtime.bank.questions and one not in without]
        try:
            counts_of(runtime.bank, profile.profile, pool)
        except RequestError:
            found.append(screen.title)
    return found
