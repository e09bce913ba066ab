"""Asking somebody who has sat a test to sit it again, for a reason."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from quizengine.errors import RequestError
from quizengine.services.hiring import resits
from quizengine.web.context import runtime
from quizengine.web.hire import staff
from quizengine.web.hire.frame import page
from quizengine.web.hire.words import RESITS, headline_words
from quizengine.web.words import now

blueprint = Blueprint("hire_resits", __name__, url_prefix="/hire/invitations")


def view(result: str) -> dict[str, object]:
    """Return what the page of a result shows of other sittings of the person: see hire/sittings.html."""
    return {
        "sittings": resits.of_result(runtime(), staff.require_actor(), result),
        "resits_said": RESITS,
        "headline_of": headline_words,
    }


@blueprint.get("/<invitation>/resit")
@staff.needs("invite")
def form(invitation: str) -> ResponseReturnValue:
    """Ask why somebody sits again."""
    return _page(invitation, "")


def _page(invitation: str, fault: str) -> str:
    found = resits.asked(runtime(), staff.require_actor(), invitation)
    return page(
        "resit", found=found, fault=fault, said=RESITS[found.rule], reason=request.form.get("reason", "")
    )


@blueprint.post("/<invitation>/resit")
@staff.needs("invite")
def invite(invitation: str) -> ResponseReturnValue:
    """Invite somebody to sit again."""
    try:
        screen = resits.invite(
            runtime(),
            staff.require_actor(),
            invitation,
            reason=request.form.get("reason", ""),
            base=request.host_url.rstrip("/"),
            now=now(),
        )
    except RequestError as error:
        return _page(invitation, str(error)), 422
    return redirect(url_for("hire_screens.show", screen=screen), 303)
