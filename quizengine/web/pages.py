"""The first page, what is said about privacy and access, and whether the server is well."""

from __future__ import annotations

import tomllib

from flask import Blueprint, Response, current_app, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response as AnyResponse

from quizengine.errors import StoreError
from quizengine.resources import resource
from quizengine.services import attempts
from quizengine.store.database import require_newest
from quizengine.web import people
from quizengine.web.context import runtime
from quizengine.web.theme import local_address

blueprint = Blueprint("pages", __name__)

#: Where the list of what others made has our own static files.
STATIC = "static/"


@blueprint.before_app_request
def without_slash() -> AnyResponse | None:
    """Send an address with a slash at its end to the one without: each page has one address."""
    if not request.path.endswith("/") or request.path == "/":
        return None
    query = f"?{request.query_string.decode(errors='replace')}" if request.query_string else ""
    return redirect(local_address(request.path.rstrip("/") + query), 308)


@blueprint.get("/")
def home() -> str:
    """Show what this is, two doors, and the attempt that waits for this person."""
    bank = runtime().bank
    learner = people.learner_id()
    waiting = attempts.open_attempt(runtime(), learner) if learner else None
    return render_template(
        "pages/home.html",
        question_count=len(bank),
        skill_count=len({entry.question.primary_skill for entry in bank.questions.values()}),
        roles=bank.roadmap.roles,
        standing=attempts.standing(runtime(), learner, waiting) if learner and waiting else None,
    )


@blueprint.get("/privacy")
def privacy() -> str:
    """Show what is stored, and for how long."""
    return render_template("pages/privacy.html")


@blueprint.get("/accessibility")
def accessibility() -> str:
    """Show what was done so that everybody can use this, and what is known to be missing."""
    return render_template("pages/accessibility.html")


@blueprint.get("/licences")
def licences() -> str:
    """Show what this is made of: its own licence, the bank's, fonts and libraries."""
    table = tomllib.loads((resource("static") / "vendor" / "VENDOR.toml").read_text(encoding="utf-8"))
    vendored = [entry for entry in table["vendored"] if entry["file"].startswith(STATIC)]
    return render_template("pages/licences.html", bank=runtime().bank, vendored=vendored, static=STATIC)


@blueprint.get("/healthz")
def healthz() -> Response:
    """Say that the process is alive; touches nothing."""
    return Response("ok\n", mimetype="text/plain")


@blueprint.get("/readyz")
def readyz() -> ResponseReturnValue:
    """Say whether the server can take work: its database is there and of the right version."""
    try:
        require_newest(current_app.config["DATABASE_URL"])
    except StoreError:
        return jsonify(ready=False), 503
    return jsonify(ready=True)
