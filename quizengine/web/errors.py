"""Every error a person can meet: one table of classes, one page, one JSON shape."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from secrets import token_hex
from typing import Any

from flask import Flask, Response, g, jsonify, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException
from werkzeug.sansio.response import Response as AnyResponse

from quizengine.errors import (
    AttemptClosedError,
    BusyError,
    ConflictError,
    GoneError,
    NotFoundError,
    QuizEngineError,
    RequestError,
    SlowDownError,
    StoreError,
    UnreadableResponseError,
)
from quizengine.resources import resource
from quizengine.web import people

logger = logging.getLogger(__name__)

STATUS: dict[type[QuizEngineError], int] = {
    NotFoundError: 404,
    AttemptClosedError: 409,
    ConflictError: 409,
    GoneError: 410,
    SlowDownError: 429,
    RequestError: 422,
    UnreadableResponseError: 422,
    StoreError: 503,
    BusyError: 503,
}
#: Errors whose message is for the person; others may name things that are not theirs to see.
_TOLD = (
    AttemptClosedError, BusyError, ConflictError, RequestError, SlowDownError, UnreadableResponseError,
)  # fmt: skip
RETRY_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Words:
    """What an error page says: what happened, whether the work is safe, the one thing to do."""

    title: str
    happened: str
    safe: str
    action: str
    href: str = "/"
    reason: str = ""


_KEPT = "Answers that were saved before are safe."
_NOTHING_LOST = "Nothing was lost."
WORDS: dict[int, Words] = {
    400: Words(
        "This request could not be understood",
        "What the browser sent is not what the page sends.",
        _KEPT,
        "Go back, reload the page and try again.",
        reason="bad_request",
    ),
    403: Words(
        "This is not allowed from here",
        "The form was sent from another site, or you may not do this.",
        _KEPT,
        "Open the page from our own first page and try again.",
        reason="forbidden",
    ),
    404: Words(
        "There is no such page",
        "The address may be mistyped, or the page belongs to somebody else.",
        _NOTHING_LOST,
        "Check the address, or begin at the first page.",
        reason="not_found",
    ),
    405: Words(
        "This page does not take that",
        "The address exists, but it is opened in another way.",
        _NOTHING_LOST,
        "Begin at the first page.",
        reason="method_not_allowed",
    ),
    409: Words(
        "This has been answered already",
        "The question was answered or closed in the meantime, perhaps in another tab.",
        "What counts is the answer that was recorded first.",
        "Go on with the question that waits now.",
        "/learn",
        reason="closed",
    ),
    410: Words(
        "This link is used up",
        "It has been used, has run out, or was withdrawn.",
        _KEPT,
        "If you have begun a test, go on with a code. Else ask the person who sent the link for a new one.",
        "/i/back",
        reason="gone",
    ),
    413: Words(
        "This is too large",
        "More was sent than this page takes.",
        _KEPT,
        "Go back, shorten what you wrote and send it again.",
        reason="too_large",
    ),
    422: Words(
        "Something in this form does not fit",
        "A field is missing, or its value is out of range.",
        _KEPT,
        "Go back, correct it and send it again.",
        reason="bad_body",
    ),
    428: Words(
        "This save has no number",
        "Without one an older text could take the place of a newer one.",
        _KEPT,
        "Reload the page and go on.",
        reason="seq_missing",
    ),
    429: Words(
        "That was too fast",
        "More requests came from here than the server takes at a time.",
        _KEPT,
        "Wait a few seconds, then go back and send it again.",
        reason="slow_down",
    ),
    500: Words(
        "Something went wrong on our side",
        "The server met a fault of its own; it has been written down.",
        _KEPT,
        "Reload the page. If it comes again, tell us the reference below.",
        reason="fault",
    ),
    503: Words(
        "The server cannot answer just now",
        "It is starting, or its storage is busy.",
        "What was saved is safe; the last thing you sent may not have been taken.",
        "Wait a moment and reload the page.",
        reason="storage_busy",
    ),
}
#: A link with which somebody of the staff sets a password; candidates have other links and other ways back.
_STAFF_LINK = Words(
    "This link is used up",
    "It has been used, has run out, or was replaced by a newer one.",
    _NOTHING_LOST,
    "If you have set a password, sign in. Else ask whoever added you for a new link; an owner gets one from "
    "whoever runs the server.",
    "/login",
    reason="gone",
)
_CONFLICT = Words(
    "This cannot be done now",
    "It does not go with how things stand.",
    "Nothing was changed.",
    "Go back to the page: it shows how things stand now.",
    "/",
    reason="conflict",
)
#: Pages of the hiring side by what an address names, the nearest first: where somebody goes on.
_PAGES = {"result": "/hire/results/", "screen": "/hire/screens/", "profile": "/hire/roles/"}
_CSRF = Words(
    "This form is out of date",
    "The page was open for very long, or the browser dropped its cookie: we cannot tell that it is yours.",
    _KEPT,
    "Go back, reload the page and send it again. Cookies of this site must be allowed.",
    reason="csrf",
)


def reference() -> str:
    """Return the id of this request: the person reads it to us, the log has it too."""
    if "reference" not in g:
        g.reference = token_hex(4)
    return str(g.reference)


def status_of(error: QuizEngineError) -> int:
    """Return the status that belongs to an error of ours; 500 for one that no page should meet."""
    return next((status for cls, status in STATUS.items() if isinstance(error, cls)), 500)


def wants_json() -> bool:
    """Whether the caller is one of our scripts or a program, not a person with a browser."""
    if request.is_json:
        return True
    accepted = request.accept_mimetypes
    return accepted.best_match(["text/html", "application/json"]) == "application/json"


def init_app(app: Flask) -> None:
    """Answer every error of ``app`` with a page, or with a problem document."""

    @app.errorhandler(CSRFError)
    def _csrf(error: CSRFError) -> Response:
        return respond(403, words=_CSRF)

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> AnyResponse:
        status = error.code or 500
        if status < HTTPStatus.BAD_REQUEST:
            return error.get_response()
        made = respond(status)
        made.headers.extend(
            (name, value) for name, value in error.get_headers() if name in ("Allow", "Retry-After")
        )
        return made

    @app.errorhandler(QuizEngineError)
    def _ours(error: QuizEngineError) -> Response:
        status = status_of(error)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            logger.error("%s: %s", reference(), error, exc_info=error)
        detail = str(error) if isinstance(error, _TOLD) else ""
        return respond(status, detail=detail, words=_words_of(error))

    # The outermost edge: whatever is left is a fault of ours. It is logged, and what was saved stays.
    @app.errorhandler(Exception)
    def _fault(error: Exception) -> Response:
        status = 503 if _is_of_storage(error) else 500
        logger.error("%s: %s %s", reference(), request.method, request.url_rule, exc_info=error)
        return respond(status)


def _words_of(error: QuizEngineError) -> Words | None:
    """Return what is said of an error in words of its own; None where its status says enough."""
    if isinstance(error, GoneError) and request.path.startswith("/hire/setup/"):
        return _STAFF_LINK
    if isinstance(error, ConflictError):
        return replace(_CONFLICT, href=_page_above())
    return None


def _page_above() -> str:
    """Return the page of what was acted on, on the hiring side its list where the address names nothing."""
    named = request.view_args or {}
    if not request.path.startswith("/hire/"):
        return "/"
    return next((page + named[name] for name, page in _PAGES.items() if name in named), "/hire")


def _is_of_storage(error: Exception) -> bool:
    """Whether a database was locked, full or away; told by name, since only the store knows its classes."""
    return type(error).__module__.startswith("sqlalchemy") and type(error).__name__ == "OperationalError"


def respond(
    status: int, *, detail: str = "", words: Words | None = None, more: Mapping[str, Any] | None = None
) -> Response:
    """Return the answer to a request that failed, for a person or a program; ``more`` is for a program."""
    said = words or WORDS.get(status, WORDS[500 if status >= 500 else 400])
    response = _problem(status, said, detail, more or {}) if wants_json() else _page(status, said, detail)
    response.status_code = status
    if status in (429, 503):
        response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def _problem(status: int, words: Words, detail: str, more: Mapping[str, Any]) -> Response:
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": words.title,
        "status": status,
        "reason": words.reason,
        "detail": detail or words.action,
        "instance": reference(),
        **more,
    }
    response = jsonify(body)
    response.mimetype = "application/problem+json"
    return response


def _page(status: int, words: Words, detail: str) -> Response:
    try:
        way_on = people.way_on_of_candidate()
        text = render_template(
            "errors/error.html",
            status=status,
            words=words,
            detail=detail,
            reference=reference(),
            href=way_on or words.href,
            # Who asks them is not looked up: the storage may be what is broken.
            candidate_of=None if way_on is None else "",
        )
    # Whatever broke the error page must not hide the error: the plain file needs nothing that can break.
    except Exception:
        logger.exception("%s: the error page failed", reference())
        text = (resource("static") / "error.html").read_text(encoding="utf-8")
    return Response(text, mimetype="text/html")
