"""Adjustments of a candidate: the form of those who may approve them."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from quizengine.errors import RequestError
from quizengine.services.attempt.accommodations import Accommodation
from quizengine.services.attempt.integrity import DISCLOSED
from quizengine.services.hiring import adjusting
from quizengine.web.context import runtime
from quizengine.web.hire import staff
from quizengine.web.hire.frame import page
from quizengine.web.hire.screens import day_of
from quizengine.web.words import now

blueprint = Blueprint("hire_adjust", __name__, url_prefix="/hire")


@blueprint.get("/invitations/<invitation>/adjust")
@staff.needs("accommodate")
def adjust_form(invitation: str) -> ResponseReturnValue:
    """Show what adjustments somebody has."""
    return _adjust_page(invitation, "")


def _adjust_page(invitation: str, fault: str) -> str:
    found = adjusting.read(runtime(), staff.require_actor(), invitation, now=now())
    return page(
        "adjust", found=found, fault=fault, typed=request.form.get("multiplier", ""), events=DISCLOSED
    )


@blueprint.post("/invitations/<invitation>/adjust")
@staff.needs("accommodate")
def adjust(invitation: str) -> ResponseReturnValue:
    """Approve adjustments."""
    form, faults = request.form, list[str]()
    until = day_of(form.get("until", ""), faults)
    if faults:
        return _adjust_page(invitation, faults[0]), 422
    try:
        given = Accommodation(
            multiplier_percent=_percent(form.get("multiplier", "")),
            untimed=form.get("untimed") == "yes",
            breaks=form.get("breaks") == "yes",
            large_print=form.get("large_print") == "yes",
            reader_mode=form.get("reader_mode") == "yes",
            integrity_off=tuple(form.getlist("off")),
        )
        note = form.get("note", "")[:500]
        screen = adjusting.grant(
            runtime(), staff.require_actor(), invitation, given, note=note, now=now(), until=until
        )
    except RequestError as error:
        return _adjust_page(invitation, str(error)), 422
    return redirect(url_for("hire_screens.show", screen=screen), 303)


def _percent(text: str) -> int:
    try:
        found = float(text.replace(",", ".")) if len(text) < 10 else 0.0
    except ValueError:
        found = 0.0
    # Out of range, not a number, or between the steps: refused with one message.
    return round(100 * found) if 0 < found < 10 else 0
