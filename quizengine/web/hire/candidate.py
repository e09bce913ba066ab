"""What a candidate meets before the test: the page behind their link, what they agree to, a way to say no."""

from __future__ import annotations

from hashlib import sha256

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quizengine.errors import RequestError, SlowDownError
from quizengine.services.attempt.integrity import DISCLOSED
from quizengine.services.hiring import (
    coming_back,
    conditions,
    feedback,
    invitations,
    limits,
    messages,
    sitting,
)
from quizengine.services.hiring.outbox import both_zones
from quizengine.services.hiring.sitting import Consent
from quizengine.web import people
from quizengine.web.context import runtime
from quizengine.web.learn import without_referrer
from quizengine.web.looks import looks
from quizengine.web.words import now

blueprint = Blueprint("candidate", __name__, url_prefix="/i")
#: Seconds after which tries at codes count no more.
WAIT = int(limits.WINDOW.total_seconds())
#: Looks at one link, and at all links from one place, in a minute. A link is 256 random bits: this keeps
#: the server from work, not the link from being guessed.
A_LINK, A_PLACE = 60, 600


@blueprint.before_request
def bound() -> None:
    """Refuse more looks at a link than a person and their mail scanner take.

    Raises
    ------
    SlowDownError
        Beyond 60 a minute for a link, or 600 from one place.
    """
    token = (request.view_args or {}).get("token", "")
    if token:
        looks().take(f"link {sha256(token.encode()).hexdigest()}", most=A_LINK)
        looks().take(f"place {request.remote_addr}", most=A_PLACE)


after_blueprint = Blueprint("candidate_after", __name__, url_prefix="/t")


@blueprint.get("/<token>")
def landing(token: str) -> ResponseReturnValue:
    """Show who asks, for what, and how long it takes. Nothing begins by looking."""
    return without_referrer(_landing(token, "", ""))


def _landing(token: str, name: str, fault: str) -> str:
    found = invitations.look(runtime(), token, now=now())
    return render_template(
        "hire/landing.html",
        landing=found,
        token=token,
        name=name or found.candidate,
        fault=fault,
        until=both_zones(found.expires_at, found.time_zone),
        closes=both_zones(closes_at, found.time_zone) if (closes_at := found.screen.plan.closes_at) else "",
        disclosed=DISCLOSED,
    )


@blueprint.post("/<token>")
def activate(token: str) -> ResponseReturnValue:
    """Make the attempt of who has agreed; the clock does not run yet."""
    consent = Consent(
        privacy_read=request.form.get("privacy") == "yes",
        own_work=request.form.get("own_work") == "yes",
        name=request.form.get("name", ""),
    )
    try:
        made = sitting.activate(runtime(), token, consent, now=now(), practised_as=people.learner_id())
    except RequestError as error:
        return without_referrer(_landing(token, consent.name, str(error))), 422
    people.hold(made.attempt_id, made.learner_id)
    return redirect(url_for("attempt.where", aid=made.attempt_id), 303)


@blueprint.post("/<token>/decline")
def decline(token: str) -> ResponseReturnValue:
    """Say no, with a reason or without."""
    invitations.decline(runtime(), token, reason=request.form.get("reason", ""), now=now())
    return without_referrer(render_template("hire/declined.html"))


@blueprint.get("/back")
def come_back_form() -> str:
    """Ask for the address of somebody who has begun a test elsewhere."""
    return _come_back("", "", asked=False)


def _come_back(email: str, fault: str, *, asked: bool) -> str:
    return render_template("hire/come_back.html", email=email, fault=fault, asked=asked)


@blueprint.post("/back")
def ask_for_code() -> ResponseReturnValue:
    """Send a code; an address that has begun nothing gets none, and the page is the same."""
    email = request.form.get("email", "")
    try:
        coming_back.ask(runtime(), email, place=request.remote_addr or "", now=now())
    except SlowDownError as error:
        return _come_back(email, str(error), asked=False), 429, {"Retry-After": str(WAIT)}
    return _come_back(email, "", asked=True)


@blueprint.post("/back/code")
def come_back() -> ResponseReturnValue:
    """Let this browser hold the attempt that a code opens."""
    email = request.form.get("email", "")
    try:
        place = request.remote_addr or ""
        found = coming_back.come_back(runtime(), email, request.form.get("code", ""), place=place, now=now())
    except RequestError as error:
        return _come_back(email, str(error), asked=True), 422
    except SlowDownError as error:
        return _come_back(email, str(error), asked=True), 429, {"Retry-After": str(WAIT)}
    people.hold(found.attempt_id, found.learner_id)
    return redirect(url_for("attempt.where", aid=found.attempt_id), 303)


@after_blueprint.get("/<aid>/feedback")
def show_feedback(aid: str) -> ResponseReturnValue:
    """Show a candidate what their test found of their skills, when it is time; take what they say."""
    return _feedback_page(aid, "", "")


def _feedback_page(aid: str, text: str, fault: str) -> str:
    learner = people.require_learner()
    return render_template(
        "hire/feedback.html",
        aid=aid,
        feedback=feedback.read(runtime(), learner, aid, now=now()),
        messages=messages.of_attempt(runtime(), learner, aid),
        text=text,
        fault=fault,
        fault_at="text",
    )


@after_blueprint.post("/<aid>/feedback")
def write(aid: str) -> ResponseReturnValue:
    """Keep a comment, or a request that a person looks at the result."""
    kind, text = request.form.get("kind", ""), request.form.get("text", "")
    try:
        messages.write(runtime(), people.require_learner(), aid, kind=kind, text=text, now=now())
    except RequestError as error:
        return _feedback_page(aid, text, str(error)), 422
    return redirect(url_for("candidate_after.show_feedback", aid=aid) + "#say-title", 303)


@after_blueprint.post("/<aid>/conditions")
def allow_conditions(aid: str) -> ResponseReturnValue:
    """Set whether a result may say that the conditions were adjusted."""
    told = request.form.get("told") == "yes"
    conditions.allow(runtime(), people.require_learner(), aid, told=told)
    return redirect(url_for("candidate_after.show_feedback", aid=aid) + "#conditions-title", 303)
