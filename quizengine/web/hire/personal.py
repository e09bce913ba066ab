"""A person's own data: handed over at once, erased after a week, by the person or by staff who are asked."""

from __future__ import annotations

import json
from collections.abc import Callable

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quizengine.errors import RequestError, SlowDownError
from quizengine.services.hiring import coming_back, erasing, feedback, holds, personal_data, screens
from quizengine.services.hiring.personal_data import Data
from quizengine.services.zips import zipped
from quizengine.web import people
from quizengine.web.context import runtime
from quizengine.web.forms import whole_number
from quizengine.web.hire import staff
from quizengine.web.hire.frame import page
from quizengine.web.words import now

blueprint = Blueprint("hire_personal", __name__, url_prefix="/hire")
own_blueprint = Blueprint("personal", __name__, url_prefix="/t")

HOUR = 3600


@own_blueprint.get("/<aid>/data")
def own(aid: str) -> ResponseReturnValue:
    """Show what a person can do with what is stored about them."""
    return _own_page(aid, "", asked=False)


def _own_page(aid: str, fault: str, *, asked: bool) -> str:
    learner, moment = people.require_learner(), now()
    return render_template(
        "hire/own_data.html",
        aid=aid,
        erasure=erasing.of_attempt(runtime(), learner, aid),
        screen=feedback.read(runtime(), learner, aid, now=moment).screen,
        fault=fault,
        asked=asked,
        days=erasing.UNDO.days,
        minutes=int(coming_back.GOOD_FOR.total_seconds() // 60),
    )


@own_blueprint.post("/<aid>/data/export")
def export_own(aid: str) -> ResponseReturnValue:
    """Hand a person all that is stored about them."""
    try:
        found = personal_data.for_person(runtime(), people.require_learner(), aid, now=now())
    except SlowDownError as error:
        return _own_page(aid, str(error), asked=False), 429, {"Retry-After": str(HOUR)}
    return _archive(found)


def _archive(found: Data) -> Response:
    text = json.dumps(found, indent=1, ensure_ascii=False)
    files = [
        ("data.json", text.encode()),
        ("data.html", render_template("hire/personal_data.html", data=found).encode()),
    ]
    # No name in its name: a file lies about in folders for long.
    headers = {"Content-Disposition": 'attachment; filename="my-data.zip"'}
    return Response(b"".join(zipped(files)), mimetype="application/zip", headers=headers)


@own_blueprint.post("/<aid>/data/erase")
def ask(aid: str) -> ResponseReturnValue:
    """Send the code with which the person confirms that they want to be erased."""
    try:
        erasing.send_code(runtime(), people.require_learner(), aid, now=now())
    except SlowDownError as error:
        return _own_page(aid, str(error), asked=True), 429, {"Retry-After": str(HOUR)}
    return _own_page(aid, "", asked=True)


@own_blueprint.post("/<aid>/data/erase/confirm")
def confirm(aid: str) -> ResponseReturnValue:
    """Take the code."""
    try:
        erasing.confirm(runtime(), people.require_learner(), aid, request.form.get("code", ""), now=now())
    except RequestError as error:
        return _own_page(aid, str(error), asked=True), 422
    return redirect(url_for("personal.own", aid=aid), 303)


@own_blueprint.post("/<aid>/data/erase/undo")
def undo(aid: str) -> ResponseReturnValue:
    """Let the person stay."""
    erasing.undo(runtime(), people.require_learner(), aid, now=now())
    return redirect(url_for("personal.own", aid=aid), 303)


@blueprint.get("/invitations/<invitation>/data")
@staff.needs("users")
def show(invitation: str) -> ResponseReturnValue:
    """Show what staff can do with what is stored about a person."""
    return _staff_page(invitation, "")


def _staff_page(invitation: str, fault: str) -> str:
    actor = staff.require_actor()
    return page(
        "person_data",
        invitation_id=invitation,
        erasure=erasing.of_invitation(runtime(), actor, invitation),
        found=erasing.told_of(runtime(), actor, invitation),
        holds=holds.on_person(runtime(), actor, invitation),
        may_hand_over=personal_data.may_hand_over(runtime(), actor, invitation),
        days=erasing.UNDO.days,
        fault=fault,
    )


@blueprint.post("/invitations/<invitation>/data/export")
@staff.needs("users")
def export(invitation: str) -> ResponseReturnValue:
    """Hand staff all that is stored about a person, to be handed on to them."""
    try:
        return _archive(personal_data.for_staff(runtime(), staff.require_actor(), invitation, now=now()))
    except SlowDownError as error:
        return _staff_page(invitation, str(error)), 429, {"Retry-After": str(HOUR)}


@blueprint.post("/invitations/<invitation>/data/erase")
@staff.needs("users")
def erase(invitation: str) -> ResponseReturnValue:
    """Note that a person is to be erased, or that they stay."""
    act = erasing.undo_for if request.form.get("undo") == "yes" else erasing.ask_for
    act(runtime(), staff.require_actor(), invitation, now=now())
    return redirect(url_for("hire_personal.show", invitation=invitation), 303)


@blueprint.post("/invitations/<invitation>/data/hold")
@staff.needs("users")
def hold_person(invitation: str) -> ResponseReturnValue:
    """Place a hold on a person, or lift one."""
    erasing.of_invitation(runtime(), staff.require_actor(), invitation)
    back = url_for("hire_personal.show", invitation=invitation)
    return _placed_or_lifted(holds.hold_person, invitation, _staff_page, back)


def _placed_or_lifted(
    place: Callable[..., None], held: str, form: Callable[[str, str], str], back: str
) -> ResponseReturnValue:
    """Lift the hold that the form names, or place one; lead back, or show the form with what is wrong."""
    actor, moment = staff.require_actor(), now()
    if "lift" in request.form:
        holds.lift(runtime(), actor, whole_number(request.form["lift"], digits=11) or 0, now=moment)
        return redirect(back, 303)
    try:
        place(runtime(), actor, held, request.form.get("why", ""), now=moment)
    except RequestError as error:
        return form(held, str(error)), 422
    return redirect(back, 303)


@blueprint.get("/screens/<screen>/hold")
@staff.needs("users")
def screen_hold(screen: str) -> ResponseReturnValue:
    """Show the holds on a screen, and what its retention takes away when."""
    return _hold_page(screen, "")


def _hold_page(screen: str, fault: str) -> str:
    actor = staff.require_actor()
    return page(
        "screen_hold",
        holds=holds.on_screen(runtime(), actor, screen),
        screen=screens.read(runtime(), actor, screen),
        erasures=erasing.on_screen(runtime(), actor, screen),
        fault=fault,
    )


@blueprint.post("/screens/<screen>/hold")
@staff.needs("users")
def hold_screen(screen: str) -> ResponseReturnValue:
    """Place a hold on a screen, or lift one."""
    holds.on_screen(runtime(), staff.require_actor(), screen)
    back = url_for("hire_personal.screen_hold", screen=screen)
    return _placed_or_lifted(holds.hold_screen, screen, _hold_page, back)
