"""The report and the plan of a learner, as the pages and exports show them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from quizengine.errors import RequestError
from quizengine.model.estimate import Band, Gap
from quizengine.model.plan import StudyPlan, StudyStep
from quizengine.model.roadmap import Roadmap, Role, Skill
from quizengine.model.variant import Misconception, SkillId
from quizengine.roadmap.graph import role as find_role
from quizengine.roadmap.map import MapLayout, lay_out
from quizengine.roadmap.plan import make_plan, next_actions
from quizengine.services.history import GivenAnswer, given_answers, roadmap_of, seconds_between
from quizengine.services.reporting import gaps_with_paper, paper_answers
from quizengine.services.runtime import Runtime
from quizengine.store import attempts
from quizengine.store.rows import AttemptRow, PlanRow, ReportRow
from quizengine.store.sheets import SheetAnswerRow

#: Why a test stopped, in words for the person who took it.
STOPPED = {
    "max-items": "It stopped after the greatest number of questions.",
    "no-gain": "It stopped because nothing more would change a decision: one more question would have "
    "settled too little to be worth your time.",
    "time": "It stopped because the time planned for it was used.",
    "pool-empty": "It stopped because there were no more questions to ask.",
    "by-hand": "You ended it here, so more is left unclear than need be.",
}
WEEKS_AHEAD = 520


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundMisconception:
    """A misconception that fired, with where it did."""

    id: str
    feedback: str
    points_to: Skill
    question_title: str
    question_id: str
    typed: str
    slot_id: str
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSettings:
    """How a person set their plan."""

    hours_a_week: float
    starts: date
    free_weeks: tuple[date, ...] = ()
    credited: tuple[SkillId, ...] = ()
    postponed: tuple[SkillId, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the settings as they are stored."""
        return {
            "hours_a_week": self.hours_a_week,
            "starts": self.starts.isoformat(),
            "free_weeks": [day.isoformat() for day in self.free_weeks],
            "credited": list(self.credited),
            "postponed": list(self.postponed),
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> PlanSettings:
        """Return the settings that were stored."""
        return cls(
            hours_a_week=float(content["hours_a_week"]),
            starts=date.fromisoformat(content["starts"]),
            free_weeks=tuple(date.fromisoformat(day) for day in content["free_weeks"]),
            credited=tuple(map(SkillId, content["credited"])),
            postponed=tuple(map(SkillId, content["postponed"])),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that a report shows. ``on_paper`` are answers on printed sheets that were entered since."""

    id: str
    attempt_id: str
    roadmap: Roadmap
    role: Role
    made_at: datetime
    minutes: int
    answers: tuple[GivenAnswer, ...]
    on_paper: tuple[SheetAnswerRow, ...]
    waiting_for_a_person: int
    gaps: tuple[Gap, ...]
    misconceptions: tuple[FoundMisconception, ...]
    plan: StudyPlan
    settings: PlanSettings
    actions: tuple[StudyStep, ...]
    map: MapLayout
    stopped: str
    bank_digest: str
    engine_version: str
    ratings: Mapping[str, int]
    skills: Mapping[SkillId, Skill] = field(repr=False)

    @property
    def counts(self) -> Mapping[Band, int]:
        """How many skills are in each band."""
        found = Counter(gap.band for gap in self.gaps)
        return {"gap": found["gap"], "unclear": found["unclear"], "ready": found["ready"]}


def read_report(runtime: Runtime, learner_id: str, report_id: str) -> Report:
    """Return a report of the learner, computed from what is stored.

    Raises
    ------
    NotFoundError
        If there is none, or it belongs to somebody else.
    """
    with runtime.transaction.reading() as session:
        found = attempts.find_report(session, report_id, learner_id)
        row = attempts.find_attempt(session, found.attempt_id, learner_id, answers=True)
        return _report(session, found, row)


def _report(session: Session, found: ReportRow, row: AttemptRow) -> Report:
    history = given_answers(session, row)
    roadmap = roadmap_of(session, row)
    role = find_role(roadmap, row.role)
    on_paper = paper_answers(session, row, found)
    gaps = gaps_with_paper(session, row, on_paper)
    settings = _settings(session, found, row)
    plan = plan_with(roadmap, role, gaps, settings)
    skills = {skill.id: skill for skill in roadmap.skills}
    return Report(
        id=found.id,
        attempt_id=row.id,
        roadmap=roadmap,
        role=role,
        made_at=found.made_at,
        minutes=round(seconds_between(row.started_at or row.created_at, row.finished_at) / 60),
        answers=history,
        on_paper=on_paper,
        waiting_for_a_person=sum(answer.grade.verdict == "undecided" for answer in history),
        gaps=gaps,
        misconceptions=tuple(_misconceptions(history, skills)),
        plan=plan,
        settings=settings,
        actions=next_actions(plan, gaps),
        map=lay_out(roadmap),
        stopped=STOPPED.get(row.stopped, ""),
        bank_digest=row.bank_digest,
        engine_version=row.engine_version,
        ratings=row.self_rating,
        skills=skills,
    )


def plan_with(roadmap: Roadmap, role: Role, gaps: Sequence[Gap], settings: PlanSettings) -> StudyPlan:
    """Return the plan for gaps under a person's settings."""
    return make_plan(
        roadmap,
        role,
        gaps,
        hours_a_week=settings.hours_a_week,
        starts=settings.starts,
        free_weeks=settings.free_weeks,
        credited=settings.credited,
        postponed=settings.postponed,
    )


def _settings(session: Session, found: ReportRow, row: AttemptRow) -> PlanSettings:
    kept = session.get(PlanRow, found.id)
    if kept is not None:
        return PlanSettings.from_json(kept.settings)
    return PlanSettings(hours_a_week=row.hours_a_week, starts=found.made_at.date())


def _misconceptions(
    history: Sequence[GivenAnswer], skills: Mapping[SkillId, Skill]
) -> list[FoundMisconception]:
    fired: list[tuple[GivenAnswer, Misconception]] = []
    for answer in history:
        wrong = next((w for w in answer.variant.misconceptions if w.id == answer.grade.misconception), None)
        if wrong is not None:
            fired.append((answer, wrong))
    times = Counter(wrong.id for _, wrong in fired)
    found: list[FoundMisconception] = []
    for answer, wrong in fired:
        if wrong.id in {one.id for one in found}:
            continue
        found.append(
            FoundMisconception(
                id=wrong.id,
                feedback=wrong.feedback,
                points_to=skills[wrong.points_to],
                question_title=answer.variant.title,
                question_id=answer.variant.question_id,
                typed=typed_text(answer),
                slot_id=answer.slot_id,
                times=times[wrong.id],
            )
        )
    return found


def typed_text(answer: GivenAnswer) -> str:
    """Return what a person gave in one line of text, options by their words."""
    if answer.response.dont_know:
        return "I don't know yet"
    return answer.grade.read_as or "; ".join(_flat(value) for value in answer.response.answers.values())


def _flat(value: Any) -> str:
    return value if isinstance(value, str) else ", ".join(_flat(item) for item in value)


def change_plan(
    runtime: Runtime, learner_id: str, report_id: str, settings: PlanSettings, *, now: datetime
) -> None:
    """Keep new settings of a plan.

    Raises
    ------
    RequestError, UnknownNameError
        If they are out of range; nothing is changed then.
    """
    if abs((settings.starts - now.date()).days) > WEEKS_AHEAD * 7:
        raise RequestError("The plan starts within ten years of today.")
    report = read_report(runtime, learner_id, report_id)
    plan_with(report.roadmap, report.role, report.gaps, settings)
    with runtime.transaction() as session:
        kept = session.get(PlanRow, report_id)
        if kept is None:
            session.add(PlanRow(report_id=report_id, settings=settings.as_json(), changed_at=now))
        else:
            kept.settings, kept.changed_at = settings.as_json(), now


def newest_report(runtime: Runtime, learner_id: str) -> str | None:
    """Return the id of the learner's newest report."""
    with runtime.transaction.reading() as session:
        found = attempts.newest_report(session, learner_id)
        return found.id if found else None
