"""The study plan of a report: weeks and hours, what a person can change about it, and its exports."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quizengine.model.variant import SkillId
from quizengine.roadmap.calendar import plan_csv, plan_ics, plan_table
from quizengine.services.reports import PlanSettings, Report, change_plan
from quizengine.web import people
from quizengine.web.context import runtime
from quizengine.web.learn import hours_of
from quizengine.web.plan_view import view_plan
from quizengine.web.report import attachment, own_report, skill_of_questions
from quizengine.web.words import now

blueprint = Blueprint("plan", __name__, url_prefix="/learn/report")

WEEK = timedelta(days=7)
MAX_FREE_WEEKS = 104


@blueprint.get("/<rid>/plan")
def show(rid: str) -> str:
    """Show the weeks, and the form that changes them."""
    return _page(own_report(rid), {}, {})


def _page(report: Report, typed: dict[str, str], faults: dict[str, str]) -> str:
    return render_template(
        "report/plan.html",
        report=report,
        plan=report.plan,
        phases=view_plan(report.roadmap, report.plan, frozenset(skill_of_questions().values())),
        typed={
            "hours": typed.get("hours", f"{report.settings.hours_a_week:g}"),
            "starts": typed.get("starts", report.settings.starts.isoformat()),
        },
        faults=faults,
        page="plan",
    )


@blueprint.post("/<rid>/plan")
def change(rid: str) -> ResponseReturnValue:
    """Change the hours or the start, free a week, say what is known or put off; then show the new plan."""
    report = own_report(rid)
    if "hours" in request.form:
        typed = {name: request.form.get(name, "").strip() for name in ("hours", "starts")}
        faults = _faults(typed)
        if faults:
            return _page(report, typed, faults), 422
        settings = _with_hours(report.settings, typed)
    else:
        settings = _with_choice(report.settings)
    change_plan(runtime(), people.require_learner(), rid, settings, now=now())
    return redirect(url_for("plan.show", rid=rid), 303)


def _faults(typed: dict[str, str]) -> dict[str, str]:
    faults = {}
    if hours_of(typed["hours"]) is None:
        faults["hours"] = "Write a number of hours from 1 to 40, like 6."
    first_day = _day(typed["starts"])
    if first_day is None or abs((first_day - now().date()).days) > 3650:
        faults["starts"] = "Write a day within ten years of today, like 2027-01-11."
    return faults


def _with_hours(settings: PlanSettings, typed: dict[str, str]) -> PlanSettings:
    hours, first_day = hours_of(typed["hours"]), _day(typed["starts"])
    return replace(settings, hours_a_week=hours or settings.hours_a_week, starts=first_day or settings.starts)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _with_choice(settings: PlanSettings) -> PlanSettings:
    """Return the settings after one button was pressed: each names its deed, and its skill or week."""
    form = request.form
    known, unknown = _skill(form.get("known")), _skill(form.get("unknown"))
    later, sooner = _skill(form.get("later")), _skill(form.get("sooner"))
    free, busy = _day(form.get("free", "")), _day(form.get("busy", ""))
    freed = {day for day in settings.free_weeks if busy is None or not busy <= day < busy + WEEK}
    return replace(
        settings,
        credited=_changed(settings.credited, known, unknown),
        postponed=_changed(settings.postponed, later, sooner),
        free_weeks=tuple(sorted(freed | ({free} if free and len(freed) < MAX_FREE_WEEKS else set()))),
    )


def _skill(text: str | None) -> SkillId | None:
    return SkillId(text) if text else None


def _changed(now_in: tuple[SkillId, ...], more: SkillId | None, less: SkillId | None) -> tuple[SkillId, ...]:
    kept = tuple(skill for skill in now_in if skill not in (more, less))
    return (*kept, more) if more else kept


@blueprint.get("/<rid>/plan.ics")
def as_ics(rid: str) -> Response:
    """Send the plan for a calendar."""
    address = url_for("plan.show", rid=rid, _external=True)
    content = plan_ics(
        own_report(rid).plan,
        uid_prefix=f"plan-{rid}@quizengine",
        url=address,
        stamp=now().replace(microsecond=0),
    )
    return attachment(content, "text/calendar", f"plan-{rid[:8]}.ics")


@blueprint.get("/<rid>/plan.csv")
def as_csv(rid: str) -> Response:
    """Send the plan as a table, one row a step."""
    return attachment(plan_csv(own_report(rid).plan), "text/csv", f"plan-{rid[:8]}.csv")


@blueprint.get("/<rid>/plan.json")
def as_json(rid: str) -> Response:
    """Send the plan as data."""
    content = json.dumps(plan_table(own_report(rid).plan), ensure_ascii=False, indent=1)
    return attachment(content, "application/json", f"plan-{rid[:8]}.json")
