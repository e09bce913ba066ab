"""The attempt: instructions, one question at a time, drafts, the end. Nothing here tells right from wrong."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quizengine.errors import AttemptClosedError, RequestError
from quizengine.model import grade as model
from quizengine.model.grade import Grade, ResponseValue
from quizengine.services import attempts
from quizengine.services.attempts import Outcome, Standing
from quizengine.web import people
from quizengine.web.context import look_ahead, runtime
from quizengine.web.decimals import decimal_sign, remember
from quizengine.web.echo import echo
from quizengine.web.forms import is_empty, read_answers, read_decimal, read_form, read_object
from quizengine.web.learn import link_address, without_referrer
from quizengine.web.question import view_question
from quizengine.web.words import now

blueprint = Blueprint("attempt", __name__, url_prefix="/t")

#: Answer types whose form needs the whole width of the page.
WIDE = frozenset({"sql", "table", "config"})
#: Far below what a database column holds: an answer that cannot be read adds one more.
MAX_SEQ = 2**30


def _standing(aid: str) -> Standing:
    return attempts.standing(runtime(), people.require_learner(), aid)


@blueprint.get("/<aid>")
def where(aid: str) -> ResponseReturnValue:
    """Show where an attempt stands: instructions, a card to go on, or that it is done."""
    standing = _standing(aid)
    if standing.state == "ready":
        return without_referrer(_page("instructions", standing, address=link_address()))
    if standing.is_open:
        return _page("paused", standing)
    return redirect(url_for("attempt.done", aid=aid), 303)


def _page(name: str, standing: Standing, **more: object) -> str:
    return render_template(f"attempt/{name}.html", standing=standing, role=_role_title(standing), **more)


def _role_title(standing: Standing) -> str:
    """Return what the attempt is about: the role of a diagnostic, the skill of a practice."""
    roadmap = runtime().bank.roadmap
    titles = {role.id: role.title for role in roadmap.roles}
    titles |= {str(skill.id): skill.title for skill in roadmap.skills}
    return titles.get(standing.role or standing.skill, "")


@blueprint.post("/<aid>/start")
def start(aid: str) -> ResponseReturnValue:
    """Begin, and show the first question."""
    attempts.begin(runtime(), people.require_learner(), aid, now=now())
    people.take_link_off()
    return redirect(url_for("attempt.question", aid=aid), 303)


@blueprint.get("/<aid>/q")
def question(aid: str) -> ResponseReturnValue:
    """Show the question that the attempt waits on."""
    standing = _standing(aid)
    elsewhere = _elsewhere(standing)
    if elsewhere:
        return redirect(elsewhere, 303)
    look_ahead(people.require_learner(), aid)
    return _question_page(standing, standing.draft)


def _elsewhere(standing: Standing) -> str:
    """Return where an attempt is to be seen that waits on no answer now, or nothing."""
    if standing.state == "ready":
        return url_for("attempt.where", aid=standing.attempt_id)
    if not standing.is_open:
        return url_for("attempt.done", aid=standing.attempt_id)
    if standing.slot_id is None:
        return url_for("practice.feedback", aid=standing.attempt_id, slot=standing.last_slot_id)
    return ""


def _question_page(
    standing: Standing,
    answers: Mapping[str, ResponseValue] | None,
    *,
    unreadable: Grade | None = None,
    empty: bool = False,
    decimal: model.Decimal | None = None,
) -> str:
    if standing.variant is None:
        raise AttemptClosedError("This attempt waits on no question.")
    view = view_question(
        standing.variant, answers=answers, decimal=decimal or decimal_sign(), unreadable=unreadable
    )
    return _page(
        "question",
        standing,
        view=view,
        wide=bool(WIDE & view.kinds),
        empty=empty,
        restored=standing.draft_saved_at if answers and unreadable is None and not empty else None,
    )


@blueprint.post("/<aid>/q")
def answer(aid: str) -> ResponseReturnValue:
    """Record the answer to the question that the form was made for, whatever waits by now."""
    learner, slot = people.require_learner(), request.form.get("slot", "")
    variant = attempts.shown_variant(runtime(), learner, aid, slot)
    dont_know = request.form.get("dont_know") == "yes"
    answers = {} if dont_know else read_form(variant, request.form)
    decimal = read_decimal(request.form)
    if not dont_know and all(map(is_empty, answers.values())):
        return _asked_again(aid, slot, answers, decimal, None)
    given = model.Response(answers=answers, dont_know=dont_know, decimal=decimal)
    try:
        outcome = attempts.commit(runtime(), learner, slot, given, now=now())
    except AttemptClosedError:
        return render_template("attempt/stale.html", aid=aid), 409
    if outcome.kind == "unreadable":
        return _asked_again(aid, slot, answers, decimal, outcome.grade)
    return remember(make_response(redirect(_after(aid, outcome), 303)), decimal)


def _asked_again(
    aid: str,
    slot: str,
    answers: Mapping[str, ResponseValue],
    decimal: model.Decimal,
    unreadable: Grade | None,
) -> ResponseReturnValue:
    """Show the form again as it was filled in; nothing was scored."""
    standing = _standing(aid)
    if standing.slot_id != slot:
        return render_template("attempt/stale.html", aid=aid), 409
    page = _question_page(standing, answers, unreadable=unreadable, empty=unreadable is None, decimal=decimal)
    return remember(make_response(page, 422), decimal)


def _after(aid: str, outcome: Outcome) -> str:
    match outcome.kind:
        case "graded":
            return url_for("practice.feedback", aid=aid, slot=outcome.slot_id)
        case "finished":
            return url_for("attempt.done", aid=aid)
        case _:
            return url_for("attempt.question", aid=aid)


@blueprint.put("/<aid>/slots/<slot>/draft")
def draft(aid: str, slot: str) -> Response:
    """Keep what stands in the form."""
    body = read_object(request, "seq and answers")
    seq = body.get("seq")
    if not isinstance(seq, int) or isinstance(seq, bool) or not 0 < seq <= MAX_SEQ:
        raise RequestError("seq is a whole number from 1 that grows with each save.")
    learner, moment = people.require_learner(), now()
    variant = attempts.shown_variant(runtime(), learner, aid, slot)
    answers = read_answers(variant, body.get("answers"))
    saved = attempts.save_draft(runtime(), learner, slot, answers, seq=seq, now=moment)
    return jsonify(saved_seq=saved, saved_at=moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"))


@blueprint.post("/<aid>/slots/<slot>/read")
def read(aid: str, slot: str) -> Response:
    """Say how something typed is read; this knows no key."""
    return echo(attempts.shown_variant(runtime(), people.require_learner(), aid, slot))


@blueprint.get("/<aid>/finish")
def confirm_finish(aid: str) -> ResponseReturnValue:
    """Ask whether the attempt is to end here."""
    standing = _standing(aid)
    if not standing.is_open:
        return redirect(url_for("attempt.done", aid=aid), 303)
    return _page("finish", standing)


@blueprint.post("/<aid>/finish")
def finish(aid: str) -> ResponseReturnValue:
    """End the attempt with what was answered."""
    attempts.finish(runtime(), people.require_learner(), aid, now=now())
    return redirect(url_for("attempt.done", aid=aid), 303)


@blueprint.get("/<aid>/done")
def done(aid: str) -> ResponseReturnValue:
    """Show that the attempt is over, and where its report is."""
    standing = _standing(aid)
    if standing.is_open:
        return redirect(url_for("attempt.where", aid=aid), 303)
    return _page("done", standing)
