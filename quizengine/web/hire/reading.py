"""More of a result to read: its timeline, and the sheet that is printed."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from quizengine.errors import NotFoundError
from quizengine.model.result import Result
from quizengine.services.hiring import conditions, decisions, results, screens, timeline
from quizengine.web.context import runtime
from quizengine.web.hire import staff
from quizengine.web.hire.frame import page
from quizengine.web.hire.words import REASONS, VERDICTS, headline_words
from quizengine.web.words import now

blueprint = Blueprint("hire_reading", __name__, url_prefix="/hire")


def told_result(result: str) -> Result:
    """Return a result that has figures.

    Raises
    ------
    NotFoundError
        If it is not the actor's to see, or there are none.
    """
    told = results.read(runtime(), staff.require_actor(), result)
    if not told.is_told:
        raise NotFoundError(results.NO_RESULT)
    return told


@blueprint.get("/results/<result>/timeline")
@staff.needs("results")
def show_timeline(result: str) -> ResponseReturnValue:
    """Show what happened in a test, in order."""
    actor, told = staff.require_actor(), told_result(result)
    return page(
        "timeline",
        told=told,
        screen=screens.read(runtime(), actor, told.screen_id),
        line=timeline.read(runtime(), actor, result, now=now()),
    )


@blueprint.get("/results/<result>/print")
@staff.needs("results")
def sheet(result: str) -> ResponseReturnValue:
    """Show a result as it is printed: by code, even for who has been shown the name."""
    actor, told = staff.require_actor(), told_result(result)
    return render_template(
        "hire/result_print.html",
        told=told,
        screen=screens.read(runtime(), actor, told.screen_id),
        headline=headline_words(told),
        decisions=decisions.decisions_on(runtime(), actor, told),
        conditions=conditions.of_result(runtime(), actor, result, now=now()),
        verdict_words=VERDICTS,
        reason_words=REASONS,
    )
