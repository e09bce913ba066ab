"""What people say of a result: reviews of staff, and answers to what a candidate asks."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from quizengine.errors import RequestError
from quizengine.services.hiring import messages, reviews
from quizengine.web.context import runtime
from quizengine.web.hire import staff
from quizengine.web.hire.results import result_page
from quizengine.web.words import now

blueprint = Blueprint("hire_reviews", __name__, url_prefix="/hire")


@blueprint.post("/results/<result>/review")
@staff.needs("review")
def submit(result: str) -> ResponseReturnValue:
    """Take a review in."""
    agreements = {
        name.removeprefix("agree."): value
        for name, value in request.form.items()
        if name.startswith("agree.")
    }
    try:
        reviews.submit(
            runtime(),
            staff.require_actor(),
            result,
            agreements=agreements,
            text=request.form.get("text", ""),
            now=now(),
        )
    except RequestError as error:
        return result_page(result, str(error), at="review-text"), 422
    return redirect(url_for("hire_results.show", result=result) + "#reviews-title", 303)


@blueprint.post("/results/<result>/answer")
@staff.needs("decide")
def answer(result: str) -> ResponseReturnValue:
    """Answer what a candidate asks."""
    form = request.form
    try:
        messages.answer(
            runtime(),
            staff.require_actor(),
            result,
            form.get("message", ""),
            form.get("answer", ""),
            now=now(),
        )
    except RequestError as error:
        return result_page(result, str(error), at="answer"), 422
    return redirect(url_for("hire_results.show", result=result) + "#messages-title", 303)
