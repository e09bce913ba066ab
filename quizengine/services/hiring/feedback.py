"""What a candidate gets back: their own skills in words. No bar, no rank, nobody else."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from quizengine.errors import NotFoundError
from quizengine.model.attempt import FINAL
from quizengine.model.result import SkillResult
from quizengine.model.roadmap import Skill
from quizengine.services.hiring import conditions, results, retention, screens
from quizengine.services.hiring.screens import FEEDBACK_DAYS, Screen
from quizengine.services.history import roadmap_of
from quizengine.services.runtime import Runtime
from quizengine.store import attempts, decisions
from quizengine.store import screens as store
from quizengine.store.hiring_rows import InvitationRow, ScreenRow
from quizengine.store.rows import AttemptRow

SHOWN = 2
#: From which chance on a medium question a level is called so.
LEVELS = ((0.8, "solid"), (0.6, "mostly there"), (0.4, "about half way"), (0.2, "beginnings"), (0.0, "new"))


@dataclass(frozen=True, slots=True)
class Level:
    """One skill in words, with the first thing to read on it."""

    title: str
    words: str
    chance: float
    low: float
    high: float
    measured: bool
    read_first: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """What a candidate reads after their test. ``due`` is None while it has not ended.

    Without ``levels`` it is not shown yet. ``adjusted`` says that they had adjustments, ``conditions_told``
    that whoever judges may know; ``kept_until`` is None while the screen is open.
    """

    screen: Screen
    finished_at: datetime | None
    due: datetime | None
    levels: tuple[Level, ...]
    strengths: tuple[Level, ...]
    gaps: tuple[Level, ...]
    adjusted: bool = False
    conditions_told: bool = False
    kept_until: datetime | None = None


def read(runtime: Runtime, learner_id: str, attempt_id: str, *, now: datetime) -> Feedback:
    """Return what the candidate of an attempt may read by now.

    Raises
    ------
    NotFoundError
        If the attempt is not theirs, or belongs to no screen.
    """
    with runtime.transaction.reading() as session:
        attempt, row, waiting = _waiting(session, learner_id, attempt_id, now)
        due = waiting.due
        if attempt.state not in FINAL or attempt.voided_at or due is None or due > now:
            return waiting
        told = results.result_of(session, row)
        skills = {skill.id: skill for skill in roadmap_of(session, attempt).skills}
    levels = tuple(_level(one, skills[one.skill]) for one in told.skills)
    best = sorted((one for one in levels if one.measured), key=lambda one: -one.chance)
    count = min(SHOWN, len(best) // 2)
    return replace(waiting, levels=levels, strengths=tuple(best[:count]), gaps=tuple(best[::-1][:count]))


def promised(runtime: Runtime, learner_id: str, attempt_id: str, *, now: datetime) -> Feedback:
    """Return what a candidate will read and when, without their levels: nothing is computed.

    Raises
    ------
    NotFoundError
        As `read`.
    """
    with runtime.transaction.reading() as session:
        return _waiting(session, learner_id, attempt_id, now)[2]


def _waiting(
    session: Session, learner_id: str, attempt_id: str, now: datetime
) -> tuple[AttemptRow, InvitationRow, Feedback]:
    attempt = attempts.find_attempt(session, attempt_id, learner_id)
    row = store.invitation_of_attempt(session, attempt_id)
    if row is None:
        raise NotFoundError("This attempt belongs to no screen.")
    screen_row = session.get_one(ScreenRow, row.screen_id)
    screen = screens.value_of(session, screen_row)
    waiting = Feedback(
        screen=screen, finished_at=attempt.finished_at, due=_due(session, screen, row, attempt),
        levels=(), strengths=(), gaps=(),
        adjusted=conditions.were_adjusted(session, attempt, now=now),
        conditions_told=row.conditions_told,
        kept_until=retention.due_at(screen_row),
    )  # fmt: skip
    return attempt, row, waiting


def _due(session: Session, screen: Screen, row: InvitationRow, attempt: AttemptRow) -> datetime | None:
    """Return from when on feedback is shown: a screen chooses when, not whether."""
    if attempt.finished_at is None:
        return None
    match screen.plan.feedback:
        case "now":
            return attempt.finished_at
        case "days":
            return attempt.finished_at + timedelta(days=screen.plan.feedback_days)
        case "decision":
            latest = attempt.finished_at + timedelta(days=FEEDBACK_DAYS[1])
            made = decisions.decisions_of(session, row.id)
            return min(made[-1][0].at, latest) if made else latest


def _level(one: SkillResult, skill: Skill) -> Level:
    words = next(words for least, words in LEVELS if one.chance >= least)
    return Level(
        title=one.title,
        words=words if one.measured else "too few questions to tell",
        chance=one.chance,
        low=one.low,
        high=one.high,
        measured=one.measured,
        read_first=skill.study[0] if skill.study else "",
    )
