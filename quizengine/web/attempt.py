"""The attempt: instructions, one question at a time, drafts, the end. Nothing here tells right from wrong."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quizengine.errors import AttemptClosedError, RequestError, SlowDownError
from quizengine.model import grade as model
from quizengine.model.attempt import EXAMINED
from quizengine.model.grade import Grade, ResponseValue
from quizengine.services import attempts
from quizengine.services.attempt import accommodations, calls, helping, network
from quizengine.services.attempt.accommodations import Accommodation
from quizengine.services.attempt.helping import MOST_NOTE
from quizengine.services.attempt.integrity import DISCLOSED, FROM_PAGES
from quizengine.services.attempt.lease import Caller
from quizengine.services.attempts import Outcome, Standing
from quizengine.services.hiring import feedback, intervening, invitations, previews
from quizengine.services.hiring.intervening import Intervention
from quizengine.web import people
from quizengine.web.clocks import notice_text
from quizengine.web.context import look_ahead, runtime
from quizengine.web.decimals import decimal_sign, remember
from quizengine.web.device import device_id
from quizengine.web.echo import echo
from quizengine.web.forms import is_empty, read_decimal, read_form
from quizengine.web.learn import link_address, without_referrer
from quizengine.web.question import view_question
from quizengine.web.rendering import write_formulas_as_text
from quizengine.web.words import now

blueprint = Blueprint("attempt", __name__, url_prefix="/t")

#: Answer types whose form needs the whole width of the page.
WIDE = frozenset({"sql", "table", "config"})
#: Answer types that come with an editor, which reader mode leaves away.
EDITORS = frozenset({"sql"})


def _standing(aid: str) -> Standing:
    return attempts.standing(runtime(), people.require_learner(), aid, now=now())


def _caller() -> Caller:
    """Return who posts a form: a page without scripts shares the lease of its browser."""
    return Caller(device=device_id(), decimal=read_decimal(request.form))


@blueprint.get("/<aid>")
def where(aid: str) -> ResponseReturnValue:
    """Show where an attempt stands: instructions, a card to go on, or that it is done."""
    standing = _standing(aid)
    if standing.state == "ready":
        contact = invitations.contact_of(runtime(), aid)
        return without_referrer(page_of("instructions", standing, address=link_address(), contact=contact))
    if standing.is_open:
        return page_of("paused", standing, notices=_notices(standing), done=_done_by_staff(standing))
    return redirect(url_for("attempt.done", aid=aid), 303)


def page_of(name: str, standing: Standing, **more: object) -> str:
    """Return a page of an attempt; a candidate's says who asks them, and has no menu."""
    asking = invitations.asking(runtime(), standing.attempt_id)
    given = granted()
    return render_template(
        f"attempt/{name}.html",
        standing=standing,
        role=asking.title if asking else _role_title(standing),
        examined=standing.kind in EXAMINED,
        disclosed={kind: words for kind, words in DISCLOSED.items() if kind not in given.integrity_off},
        large_print=given.large_print,
        candidate_of=asking.organisation if asking else None,
        preview_of=previews.screen_of(runtime(), standing.attempt_id) if standing.kind == "preview" else None,
        **more,
    )


def granted() -> Accommodation:
    """Return what this person was granted; in reader mode formulas are written as text from here on."""
    found = people.learner_id()
    given = accommodations.of_person(runtime(), found, now=now()) if found else accommodations.NONE
    if given.reader_mode:
        write_formulas_as_text()
    return given


def _notices(standing: Standing) -> list[str]:
    return [notice_text(one) for one in standing.clock.notices] if standing.clock else []


def _done_by_staff(standing: Standing) -> tuple[Intervention, ...]:
    return intervening.told_to_person(runtime(), standing.attempt_id) if standing.kind in EXAMINED else ()


def _role_title(standing: Standing) -> str:
    """Return what the attempt is about: the role of a diagnostic, the skill of a practice."""
    roadmap = runtime().bank.roadmap
    titles = {role.id: role.title for role in roadmap.roles}
    titles |= {str(skill.id): skill.title for skill in roadmap.skills}
    return titles.get(standing.role or standing.skill, "")


@blueprint.post("/<aid>/start")
def start(aid: str) -> ResponseReturnValue:
    """Begin, or go on after a pause, and show the question."""
    attempts.begin(runtime(), people.require_learner(), aid, now=now())
    people.take_link_off()
    return redirect(url_for("attempt.question", aid=aid), 303)


@blueprint.post("/<aid>/pause")
def pause(aid: str) -> ResponseReturnValue:
    """Stop the clock, where that is allowed."""
    attempts.pause(runtime(), people.require_learner(), aid, now=now(), caller=_caller())
    return redirect(url_for("attempt.where", aid=aid), 303)


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
    if standing.state in ("ready", "paused"):
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
    # With the page: a reload may cut the reply to its first call short, and the id would be lost with it.
    device_id()
    given = granted()
    view = view_question(
        standing.variant, answers=answers, decimal=decimal or decimal_sign(), unreadable=unreadable
    )
    return page_of(
        "question",
        standing,
        view=view,
        # A plain box is read aloud as it is; an editor is not.
        kinds=view.kinds - EDITORS if given.reader_mode else view.kinds,
        wide=bool(WIDE & view.kinds),
        empty=empty,
        watched=_watched(standing),
        notices=_notices(standing),
        last_notice=max((one.n for one in standing.clock.notices), default=0) if standing.clock else 0,
        restored=standing.draft_saved_at if answers and unreadable is None and not empty else None,
    )


def _watched(standing: Standing) -> str:
    """Return which events the page tells of, with spaces between: only where the person was told so."""
    if standing.kind not in EXAMINED:
        return ""
    off = accommodations.of_person(runtime(), people.require_learner(), now=now()).integrity_off
    return " ".join(kind for kind in FROM_PAGES if kind not in off)


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
    network.note(runtime(), learner, aid, request.remote_addr or "", now=now())
    try:
        outcome, _ = calls.give(runtime(), learner, slot, given, now=now(), caller=_caller())
    except AttemptClosedError as error:
        return _refused(aid, error)
    if outcome.kind == "unreadable":
        return _asked_again(aid, slot, answers, decimal, outcome.grade)
    return remember(make_response(redirect(after(aid, outcome), 303)), decimal)


def _refused(aid: str, error: AttemptClosedError) -> ResponseReturnValue:
    """Say why an answer was not taken, and that it is kept."""
    return _stale_page(aid, error.reason, kept=error.orphan is not None)


def _stale_page(aid: str, reason: str, *, kept: bool) -> ResponseReturnValue:
    asking = invitations.asking(runtime(), aid)
    page = render_template(
        "attempt/stale.html",
        aid=aid,
        reason=reason,
        kept=kept,
        candidate_of=asking.organisation if asking else None,
    )
    return page, 409


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
        return _stale_page(aid, "already_committed", kept=False)
    page = _question_page(standing, answers, unreadable=unreadable, empty=unreadable is None, decimal=decimal)
    return remember(make_response(page, 422), decimal)


def after(aid: str, outcome: Outcome) -> str:
    """Return the address of what comes after an answer."""
    match outcome.kind:
        case "graded":
            return url_for("practice.feedback", aid=aid, slot=outcome.slot_id)
        case "finished":
            return url_for("attempt.done", aid=aid)
        case _:
            return url_for("attempt.question", aid=aid)


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
    return page_of("finish", standing)


@blueprint.post("/<aid>/finish")
def finish(aid: str) -> ResponseReturnValue:
    """End the attempt with what was answered."""
    attempts.finish(runtime(), people.require_learner(), aid, now=now(), caller=_caller())
    return redirect(url_for("attempt.done", aid=aid), 303)


@blueprint.get("/<aid>/done")
def done(aid: str) -> ResponseReturnValue:
    """Show that the attempt is over, and where its report is."""
    standing = _standing(aid)
    if standing.is_open:
        return redirect(url_for("attempt.where", aid=aid), 303)
    is_judged = standing.kind == "screening" and standing.stopped not in ("voided", "erased")
    told = feedback.promised(runtime(), people.require_learner(), aid, now=now()) if is_judged else None
    is_due = bool(told and told.due and told.due <= now())
    return page_of("done", standing, done=_done_by_staff(standing), feedback=told, is_due=is_due)


@blueprint.get("/<aid>/help")
def help_page(aid: str) -> ResponseReturnValue:
    """Show notation, keys, whom to ask, and a form to say that something is wrong with the question."""
    return _help_page(aid, "")


def _help_page(aid: str, fault: str, *, thanks: bool = False) -> str:
    standing = _standing(aid)
    return page_of(
        "help",
        standing,
        contact=invitations.contact_of(runtime(), aid),
        reports=helping.reports_of(runtime(), aid),
        done=_done_by_staff(standing),
        fault=fault,
        typed=request.form.get("note", ""),
        thanks=thanks or request.args.get("thanks") == "yes",
        most=MOST_NOTE,
    )


@blueprint.post("/<aid>/help")
def report_question(aid: str) -> ResponseReturnValue:
    """Keep what is wrong with the question; the clock goes on."""
    form = request.form
    try:
        helping.report(
            runtime(), people.require_learner(), aid, form.get("slot", ""), form.get("note", ""), now=now()
        )
    except RequestError as error:
        return _help_page(aid, str(error)), 422
    except SlowDownError as error:
        return _help_page(aid, str(error)), 429
    return redirect(url_for("attempt.help_page", aid=aid, thanks="yes"), 303)
