"""What a person was granted, for each of their attempts: more time or no clock, breaks, large print."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from quizengine.errors import NotFoundError, RequestError
from quizengine.services.attempt import events
from quizengine.services.attempt.timing import add_time, renew_deadline
from quizengine.services.runtime import Runtime
from quizengine.store import contract
from quizengine.store.attempt_rows import INTEGRITY_KINDS, AccommodationRow
from quizengine.store.rows import AttemptRow, LearnerRow

MULTIPLIERS = (100, 300)
MULTIPLIER_STEP = 5
MAX_GRANT_MINUTES = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Accommodation:
    """What a person has. ``multiplier_percent`` is 100 to 300 in steps of 5; ``untimed`` stops every clock.

    ``reader_mode`` writes formulas as text and takes answers in plain boxes; ``integrity_off`` names events
    that are not recorded of them, such as ``blur``.
    """

    multiplier_percent: int = 100
    untimed: bool = False
    breaks: bool = False
    large_print: bool = False
    reader_mode: bool = False
    integrity_off: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        least, most = MULTIPLIERS
        if not least <= self.multiplier_percent <= most or self.multiplier_percent % MULTIPLIER_STEP:
            raise RequestError(
                f"Extra time is a factor from 1 to 3 in steps of 0.05, not {self.multiplier_percent / 100:g}."
            )
        unknown = set(self.integrity_off) - set(INTEGRITY_KINDS)
        if unknown:
            raise RequestError(f"There is no event named {', '.join(sorted(unknown))}.")


NONE = Accommodation()


def grant(
    runtime: Runtime,
    learner_id: str,
    given: Accommodation,
    *,
    by: str,
    now: datetime,
    note: str = "",
    valid_to: datetime | None = None,
) -> None:
    """Grant a person something; it replaces what they had, and reaches the attempts that go on.

    A deadline never moves earlier: taking extra time back changes only attempts to come. ``note`` is for
    those who may grant, and in no export.

    Raises
    ------
    NotFoundError
        If there is no such person.
    """
    with runtime.transaction() as session:
        if session.get(LearnerRow, learner_id) is None:
            raise NotFoundError("There is no such person.")
        session.add(
            AccommodationRow(
                learner_id=learner_id,
                multiplier_percent=given.multiplier_percent,
                untimed=given.untimed,
                breaks=given.breaks,
                large_print=given.large_print,
                reader_mode=given.reader_mode,
                integrity_off=list(given.integrity_off),
                note=note,
                granted_by=by,
                granted_at=now,
                valid_to=valid_to,
            )
        )
        session.flush()
        for row in contract.open_attempts(session, learner_id):
            apply(session, row, given, now=now)


def of_person(runtime: Runtime, learner_id: str, *, now: datetime) -> Accommodation:
    """Return what a person has now."""
    with runtime.transaction.reading() as session:
        return current(session, learner_id, now)


def current(session: Session, learner_id: str, now: datetime) -> Accommodation:
    """Return what a person has now."""
    return granted(contract.accommodation(session, learner_id, now))


def granted(row: AccommodationRow | None) -> Accommodation:
    """Return what a row grants; without one, nothing."""
    if row is None:
        return NONE
    return Accommodation(
        multiplier_percent=row.multiplier_percent,
        untimed=row.untimed,
        breaks=row.breaks,
        large_print=row.large_print,
        reader_mode=row.reader_mode,
        integrity_off=tuple(row.integrity_off),
    )


def of_attempt(session: Session, row: AttemptRow, now: datetime | None) -> tuple[int, bool, bool]:
    """Return the percent of time of an attempt, whether it has no clock, and whether it may be paused.

    Before it is started it has what its person would bring into it ``now``: they are told beforehand.
    """
    given = current(session, row.learner_id, now) if now and row.state == "ready" else NONE
    return (
        max(row.multiplier_percent, given.multiplier_percent),
        row.untimed or given.untimed,
        row.may_pause or given.breaks,
    )


def apply(session: Session, row: AttemptRow, given: Accommodation, *, now: datetime) -> None:
    """Let an attempt have what its person has. The attempt must be locked; nothing is taken from it."""
    before = (row.multiplier_percent, row.untimed, row.may_pause)
    row.multiplier_percent = max(row.multiplier_percent, given.multiplier_percent)
    row.untimed = row.untimed or given.untimed
    row.may_pause = row.may_pause or given.breaks
    if before == (row.multiplier_percent, row.untimed, row.may_pause):
        return
    renew_deadline(session, row)
    row.revision += 1
    if row.state != "ready":
        events.append(session, row, "adjusted", now=now, deadline=events.told(row.deadline_at))


def add_minutes(
    runtime: Runtime, attempt_ids: Sequence[str], minutes: int, *, reason: str, by: str, now: datetime
) -> int:
    """Give attempts that go on more time by hand; return how many got it.

    Raises
    ------
    RequestError
        Without a reason, or for minutes out of range: everybody concerned is told both.
    """
    check_grant(minutes, reason)
    given = 0
    for attempt_id in attempt_ids:
        with runtime.transaction() as session:
            row = contract.locked_attempt(session, attempt_id)
            given += give_minutes(session, row, minutes, said=(reason.strip(), by), now=now)
    return given


def check_grant(minutes: int, reason: str) -> None:
    """Refuse minutes out of range, and time that is added without a word.

    Raises
    ------
    RequestError
        In both cases.
    """
    if not 1 <= minutes <= MAX_GRANT_MINUTES:
        raise RequestError(f"Add 1 to {MAX_GRANT_MINUTES} minutes, not {minutes}.")
    if not reason.strip():
        raise RequestError("Say why the time is added: the person who answers reads it.")


def give_minutes(
    session: Session, row: AttemptRow, minutes: int, *, said: tuple[str, str], now: datetime
) -> bool:
    """Give an attempt that goes on more time; False where no clock runs, or its screen has ended it.

    It must be locked.

    ``said`` is why, and who gives it.
    """
    if row.state not in ("in_progress", "paused") or row.deadline_at is None or row.shut_at:
        return False
    add_time(session, row, "grant", minutes * 60_000, now=now, said=said)
    return True
