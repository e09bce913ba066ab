"""The report of a diagnostic, the review of its answers, and both as data."""

from __future__ import annotations

import json

from flask import Blueprint, Response, render_template, request

from quizengine.model.variant import SkillId
from quizengine.services import exports, recomputing
from quizengine.services.reports import Report, read_report
from quizengine.web import people
from quizengine.web.answered import view_answered
from quizengine.web.context import runtime
from quizengine.web.report_view import FILTERS, Filter, view_report

blueprint = Blueprint("report", __name__, url_prefix="/learn/report")


def own_report(rid: str) -> Report:
    """Return a report of the learner who asks."""
    return read_report(runtime(), people.require_learner(), rid)


def skill_of_questions() -> dict[str, SkillId]:
    """Return the skill of each question that can be practised."""
    return {id_: entry.question.primary_skill for id_, entry in runtime().bank.questions.items()}


@blueprint.get("/<rid>")
def show(rid: str) -> str:
    """Show the gaps, how sure they are, and what to do next."""
    report = own_report(rid)
    asked = request.args.get("show", "all")
    shown: Filter = next((name for name in FILTERS if name == asked), "all")
    view = view_report(report, shown=shown, questions=skill_of_questions())
    return render_template(
        "report/report.html",
        report=report,
        view=view,
        filters=FILTERS,
        page="report",
        recomputed=recomputing.notices(runtime(), report.attempt_id),
    )


@blueprint.get("/<rid>/review")
def review(rid: str) -> str:
    """Show every question with what was given, the verdict and the worked solution."""
    report = own_report(rid)
    return render_template(
        "report/review.html",
        report=report,
        answers=[view_answered(answer) for answer in report.answers],
        known=skill_of_questions(),
        page="review",
    )


@blueprint.get("/<rid>.json")
def as_json(rid: str) -> Response:
    """Send the report as data, with everything that is needed to check it."""
    content = json.dumps(exports.report_table(own_report(rid)), ensure_ascii=False, indent=1)
    return attachment(content, "application/json", f"report-{rid[:8]}.json")


@blueprint.get("/<rid>.csv")
def as_csv(rid: str) -> Response:
    """Send the skills as a table, or the answers with ``?rows=answers``."""
    report = own_report(rid)
    if request.args.get("rows") == "answers":
        return attachment(exports.answers_csv(report), "text/csv", f"answers-{rid[:8]}.csv")
    return attachment(exports.skills_csv(report), "text/csv", f"skills-{rid[:8]}.csv")


def attachment(content: str, mimetype: str, name: str) -> Response:
    """Return a file to be kept. ``name`` is one of ours: letters, digits and signs that need no quotes."""
    response = Response(content, mimetype=mimetype)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
