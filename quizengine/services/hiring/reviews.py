"""What reviewers make of a result: each writes before they read the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from quizengine.errors import ConflictError, NotFoundError, RequestError
from quizengine.model.result import Result
from quizengine.services.hiring import audit, results
from quizengine.services.permissions import Actor, may
from quizengine.services.runtime import Runtime
from quizengine.store import reviews as store
from quizengine.store.review_rows import ReviewRow

AGREE, DISAGREE = "agree", "disagree"
#: What is judged where a profile requires no single skill.
HEADLINE = "headline"
MOST_TEXT = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """One review. ``agreements`` pairs what was judged, in words, with whether they agree.

    ``independent`` says that it was written without the others in sight, ``is_on_this`` that the result is
    still what it was written on.
    """

    by: str
    at: datetime
    text: str
    agreements: tuple[tuple[str, bool], ...]
    independent: bool
    is_on_this: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviews:
    """The reviews of a result that somebody may read. ``hidden`` counts those that wait for their own.

    ``asked`` pairs the name and the words of each thing that a review judges; ``may_write`` whether they
    may write one.
    """

    read: tuple[Review, ...]
    hidden: int
    asked: tuple[tuple[str, str], ...]
    may_write: bool
    has_written: bool


def asked_of(told: Result) -> tuple[tuple[str, str], ...]:
    """Return what a review judges: each required skill, or the headline where none is required."""
    required = tuple((str(one.skill), one.title) for one in told.skills if one.floor is not None)
    return required or ((HEADLINE, "The headline"),)


def of_result(runtime: Runtime, actor: Actor, told: Result) -> Reviews:
    """Return the reviews of a result that the actor may read.

    Who reviews and does not decide reads the others after writing their own.

    Raises
    ------
    NotFoundError
        If the result is not the actor's to see.
    """
    asked = asked_of(told)
    with runtime.transaction.reading() as session:
        rows = store.reviews_of(session, results.require(session, actor, told.id).id)
    has_written = any(row.staff_id == actor.staff_id for row, _ in rows)
    may_write = may(actor, "review", screen=told.screen_id)
    is_kept_apart = may_write and not has_written and not may(actor, "decide", screen=told.screen_id)
    return Reviews(
        read=() if is_kept_apart else tuple(_value(row, by, told, dict(asked)) for row, by in rows),
        hidden=len(rows) if is_kept_apart else 0,
        asked=asked,
        may_write=may_write,
        has_written=has_written,
    )


def _value(row: ReviewRow, by: str, told: Result, titles: Mapping[str, str]) -> Review:
    return Review(
        by=by,
        at=row.at,
        text=row.text,
        agreements=tuple((titles.get(key, key), value == AGREE) for key, value in row.agreements.items()),
        independent=row.independent,
        is_on_this=row.evidence_hash == told.evidence_hash,
    )


def submit(
    runtime: Runtime,
    actor: Actor,
    result_id: str,
    *,
    agreements: Mapping[str, str],
    text: str,
    now: datetime,
) -> None:
    """Append somebody's review of a result; a change of mind is another one, and the first stays.

    Raises
    ------
    NotFoundError
        If the result is not theirs to see, or they may not review.
    RequestError
        If a required skill is left out, or somebody disagrees without a word.
    ConflictError
        If there is no result.
    """
    told, said = results.read(runtime, actor, result_id), text.strip()
    if not may(actor, "review", screen=told.screen_id):
        raise NotFoundError(results.NO_RESULT)
    if not told.is_told:
        raise ConflictError("There is no result to review.")
    given = {key: agreements.get(key, "") for key, _ in asked_of(told)}
    if not set(given.values()) <= {AGREE, DISAGREE}:
        raise RequestError("Say of each whether you agree with the evidence.")
    if not said and DISAGREE in given.values():
        raise RequestError("You disagree: say why in a sentence.")
    if len(said) > MOST_TEXT:
        raise RequestError(f"A review has at most {MOST_TEXT:,} characters.")
    decides = may(actor, "decide", screen=told.screen_id)
    with runtime.transaction() as session:
        found = results.require(session, actor, result_id)
        writers = {row.staff_id for row, _ in store.reviews_of(session, found.id)}
        others, again = bool(writers - {actor.staff_id}), actor.staff_id in writers
        session.add(
            ReviewRow(
                invitation_id=found.id, staff_id=actor.staff_id, agreements=given, text=said,
                independent=not others or not (decides or again), evidence_hash=told.evidence_hash, at=now,
            )
        )  # fmt: skip
        audit.record(
            session, actor.organisation_id, actor=actor.staff_id, act="review", now=now, note=said,
            result=result_id, code=told.code, evidence=told.evidence_hash,
        )  # fmt: skip
