"""The decimal sign a person writes: asked beside the box, remembered, proposed by their language."""

from __future__ import annotations

from flask import Response, current_app, request

from quizengine.model.grade import Decimal

COOKIE = "qe_decimal"
YEAR = 31_536_000
#: Languages whose schools write 0,5.
COMMA_LANGUAGES = frozenset(
    "bg ca cs da de el es et eu fi fr gl hr hu id is it lt lv mk nb nl nn no pl pt ro ru sk sl sq sr sv tr uk vi".split()  # noqa: SIM905, E501
)


def decimal_sign() -> Decimal:
    """Return the sign this person chose, else the one their language proposes."""
    chosen = request.cookies.get(COOKIE, "")
    if chosen in ("point", "comma"):
        return "comma" if chosen == "comma" else "point"
    first = str(request.accept_languages.best or "").partition("-")[0].lower()
    return "comma" if first in COMMA_LANGUAGES else "point"


def remember(response: Response, decimal: Decimal) -> Response:
    """Keep the sign with which a form was filled in."""
    response.set_cookie(
        COOKIE,
        decimal,
        max_age=YEAR,
        httponly=True,
        samesite="Lax",
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
    )
    return response
