"""Practice: choose a skill, answer fresh variants, read at once what was right and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quizengine.errors import NotFoundError
from quizengine.model.estimate import Gap
from quizengine.model.roadmap import Area, Skill
from quizengine.model.variant import SkillId
from quizengine.roadmap.graph import live_skills
from quizengine.roadmap.graph import skill as find_skill
from quizengine.services import practice
from quizengine.services.home import Home, read_home
from quizengine.web import people
from quizengine.web.answered import view_answered
from quizengine.web.context import runtime
from quizengine.web.words import now

blueprint = Blueprint("practice", __name__)


@dataclass(frozen=True, slots=True)
class Practisable:
    """A skill that can be practised, how many questions it has, and what the last report said of it."""

    skill: Skill
    questions: int
    gap: Gap | None


@blueprint.get("/learn/practice")
def choose() -> str:
    """Show what can be practised, the gaps of the last report first."""
    learner = people.learner_id()
    home = read_home(runtime(), learner) if learner else Home()
    gaps = {gap.skill: gap for gap in home.report.gaps} if home.report else {}
    found = _practisable(gaps)
    pressing = [one for one in found if one.gap and one.gap.band == "gap"]
    pressing.sort(key=lambda one: -one.gap.priority if one.gap else 0.0)
    return render_template(
        "practice/choose.html",
        home=home,
        pressing=pressing,
        areas=[(area, chosen) for area in runtime().bank.roadmap.areas if (chosen := _of_area(found, area))],
        waiting_title=find_skill(runtime().bank.roadmap, home.practice.skill).title if home.practice else "",
    )


def _practisable(gaps: Mapping[SkillId, Gap]) -> list[Practisable]:
    bank = runtime().bank
    return [
        Practisable(skill, count, gaps.get(skill.id))
        for skill in live_skills(bank.roadmap)
        if (count := len(bank.of_skill(skill.id)))
    ]


def _of_area(found: list[Practisable], area: Area) -> list[Practisable]:
    return [one for one in found if one.skill.area == area.id]


@blueprint.get("/learn/practice/<skill>")
def offer(skill: str) -> ResponseReturnValue:
    """Say what practice of a skill is, with the button that begins it."""
    bank = runtime().bank
    wanted = find_skill(bank.roadmap, skill)
    questions = bank.of_skill(wanted.id)
    entry = next((one for one in questions if one.question.id == request.args.get("question", "")), None)
    return render_template(
        "practice/offer.html",
        skill=wanted,
        questions=len(questions),
        question=entry.question if entry else None,
        prerequisites=[find_skill(bank.roadmap, id_) for id_ in wanted.prerequisites if bank.of_skill(id_)],
    )


@blueprint.post("/learn/practice/<skill>")
def begin(skill: str) -> ResponseReturnValue:
    """Put the first question up."""
    learner = people.require_or_make(now=now())
    question_id = request.form.get("question") or None
    attempt_id = practice.start(runtime(), learner, skill, question_id=question_id, now=now())
    return redirect(url_for("attempt.question", aid=attempt_id), 303)


@blueprint.get("/t/<aid>/slots/<slot>")
def feedback(aid: str, slot: str) -> ResponseReturnValue:
    """Show the grade of one answer in practice, with the worked solution."""
    told = practice.feedback(runtime(), people.require_learner(), slot)
    if told.attempt_id != aid:
        raise NotFoundError("This practice has no such question.")
    return render_template(
        "practice/feedback.html",
        told=told,
        slot=slot,
        view=view_answered(told.answer),
        can_practise=told.prerequisite is not None and bool(runtime().bank.of_skill(told.prerequisite.id)),
    )


@blueprint.post("/t/<aid>/next")
def go_on(aid: str) -> ResponseReturnValue:
    """Put the next question up: another like the one just answered, or the next of the skill."""
    practice.go_on(runtime(), people.require_learner(), aid, like=request.form.get("like") or None, now=now())
    return redirect(url_for("attempt.question", aid=aid), 303)
