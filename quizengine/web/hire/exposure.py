"""How often each question was given: for whoever looks after the bank, without people."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from quizengine.services.hiring import exposure
from quizengine.services.hiring.rotation import CAP
from quizengine.web.context import runtime
from quizengine.web.hire import staff
from quizengine.web.hire.frame import page

blueprint = Blueprint("hire_exposure", __name__, url_prefix="/hire/questions")


@blueprint.get("")
@staff.needs("bank")
def index() -> ResponseReturnValue:
    """Show the questions that this organisation's screens have given."""
    return page("exposure", found=exposure.table(runtime(), staff.require_actor()), cap=CAP)
