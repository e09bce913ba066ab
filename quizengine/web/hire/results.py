"""Results: one candidate by code, their answers, decisions; those of a screen as files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from quizengine.errors import NotFoundError, RequestError
from quizengine.services import recomputing
from quizengine.services.hiring import (
    conditions,
    decisions,
    exports,
    messages,
    probes,
    results,
    reviews,
    screens,
    viewings,
    withdrawal,
)
from quizengine.services.hiring.probes import Probe
from quizengine.services.hiring.results_export import results_table
from quizengine.services.permissions import may
from quizengine.web.answered import view_answered
from quizengine.web.context import runtime
from quizengine.web.hire import resits, staff
from quizengine.web.hire.frame import page
from quizengine.web.hire.words import HEADLINES, REASONS, VERDICTS, headline_words
from quizengine.web.rendering import prose
from quizengine.web.words import now

blueprint = Blueprint("hire_results", __name__, url_prefix="/hire")


@blueprint.post("/screens/<screen>/export")
@staff.needs("export_results")
def export(screen: str) -> ResponseReturnValue:
    """Hand over the results of a screen: as tables, or as one file that can be verified."""
    actor, names = staff.require_actor(), request.form.get("names") == "yes"
    if request.form.get("as") == "json":
        return _json_file(results_table(runtime(), actor, screen, now=now()), f"results-{screen}.json")
    bom, alone = request.form.get("bom") == "yes", request.form.get("as") == "results"
    made = exports.export(runtime(), actor, screen, names=names, now=now(), bom=bom, alone=alone)
    # No title in its name: a file lies about in folders for long.
    headers = {"Content-Disposition": f'attachment; filename="results-{screen}.zip"'}
    return Response(made, mimetype="application/zip", headers=headers)


@blueprint.post("/results/<result>/export")
@staff.needs("export_results")
def export_one(result: str) -> ResponseReturnValue:
    """Hand over one result as a file that can be verified."""
    actor = staff.require_actor()
    screen = results.read(runtime(), actor, result).screen_id
    table = results_table(runtime(), actor, screen, result_id=result, now=now())
    return _json_file(table, f"result-{result}.json")


def _json_file(table: Mapping[str, Any], name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(json.dumps(table, ensure_ascii=False), mimetype="application/json", headers=headers)


@blueprint.get("/results/<result>")
@staff.needs("results")
def show(result: str) -> ResponseReturnValue:
    """Show what the answers of one candidate say; the audit chain says who looked."""
    viewings.note(runtime(), staff.require_actor(), result, now=now())
    return result_page(result, "")


def result_page(result: str, fault: str, *, at: str = "note") -> str:
    """Render a result; ``fault`` is what is wrong with a form, ``at`` the id of its field."""
    actor = staff.require_actor()
    told = results.read(runtime(), actor, result)
    sees_answers = may(actor, "see_answers", screen=told.screen_id)
    asked = probes.answers_of(runtime(), actor, result) if sees_answers and told.is_told else ()
    return page(
        "result",
        told=told,
        screen=screens.read(runtime(), actor, told.screen_id),
        headline=headline_words(told),
        recomputed=recomputing.notices(runtime(), told.attempt_id),
        decisions=decisions.decisions_on(runtime(), actor, told),
        person=decisions.person_behind(runtime(), actor, result),
        may_unblind=decisions.may_unblind(runtime(), actor, told),
        may_decide=may(actor, "decide", screen=told.screen_id),
        sees_answers=sees_answers,
        may_export=sees_answers and may(actor, "export_results", screen=told.screen_id),
        doubted=len(probes.doubts_of(runtime(), actor, result)) if sees_answers else 0,
        conditions=conditions.of_result(runtime(), actor, result, now=now()),
        withdrawn=withdrawal.of_result(runtime(), actor, told),
        probes=[_probe_view(one) for one in probes.probes_of(runtime(), told, asked)] if asked else [],
        verdict_words=VERDICTS,
        reason_words=REASONS,
        headline_names=HEADLINES,
        reviews=reviews.of_result(runtime(), actor, told),
        messages=messages.of_result(runtime(), actor, result),
        fault=fault,
        fault_at=at,
        form=request.form,
        **resits.view(result),
    )


def _probe_view(probe: Probe) -> tuple[Probe, Markup, Markup, list[Markup]]:
    variant = probe.variant
    slips = [prose(slip.feedback) for slip in variant.misconceptions]
    return probe, prose(variant.prompt), prose(variant.solution), slips


@blueprint.get("/results/<result>/answers")
@staff.needs("see_answers")
def answers(result: str) -> ResponseReturnValue:
    """Show each question as it was seen, what was given, and how it was judged."""
    actor = staff.require_actor()
    told = results.read(runtime(), actor, result)
    if not may(actor, "see_answers", screen=told.screen_id) or not told.is_told:
        raise NotFoundError(results.NO_RESULT)
    given = probes.answers_of(runtime(), actor, result)
    said = probes.doubts_of(runtime(), actor, result)
    return page(
        "answers",
        told=told,
        screen=screens.read(runtime(), actor, told.screen_id),
        answers=[(view_answered(one), one.seconds, said.get(one.slot_id, ())) for one in given],
    )


@blueprint.post("/results/<result>/decide")
@staff.needs("decide")
def decide(result: str) -> ResponseReturnValue:
    """Record a decision."""
    try:
        decisions.decide(
            runtime(),
            staff.require_actor(),
            result,
            verdict=request.form.get("verdict", ""),
            reason=request.form.get("reason", ""),
            note=request.form.get("note", ""),
            now=now(),
        )
    except RequestError as error:
        return result_page(result, str(error)), 422
    return redirect(url_for("hire_results.show", result=result), 303)


@blueprint.post("/results/<result>/unblind")
@staff.needs("unblind", "decide")
def unblind(result: str) -> ResponseReturnValue:
    """Show who a candidate is."""
    try:
        decisions.unblind(
            runtime(), staff.require_actor(), result, reason=request.form.get("why", ""), now=now()
        )
    except RequestError as error:
        return result_page(result, str(error)), 422
    return redirect(url_for("hire_results.show", result=result), 303)
