"""Light or dark: a cookie that the server turns into a class, so the first paint is right."""

from __future__ import annotations

from typing import Literal, cast
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, redirect, request

from quizengine.errors import RequestError

blueprint = Blueprint("theme", __name__)

Theme = Literal["system", "light", "dark"]
THEMES: tuple[Theme, ...] = ("system", "light", "dark")
COOKIE = "qe_theme"
YEAR = 31_536_000


def theme() -> Theme:
    """Return what this person chose; "system" leaves it to the device."""
    chosen = request.cookies.get(COOKIE, "")
    return next((known for known in THEMES if known == chosen), "system")


@blueprint.post("/theme")
def choose() -> Response:
    """Keep the choice and go back to the page it was made on."""
    chosen = request.form.get("theme", "")
    if chosen not in THEMES:
        raise RequestError("The colours are system, light or dark.")
    response = cast(Response, redirect(local_address(request.form.get("next", "")), 303))
    response.set_cookie(
        COOKIE,
        chosen,
        max_age=YEAR,
        httponly=True,
        samesite="Lax",
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
    )
    return response


def local_address(address: str) -> str:
    """Return an address if it is one of our own pages, else the first page.

    >>> local_address("/demo?type=sql"), local_address("//evil.example"), local_address("https://evil.example")
    ('/demo?type=sql', '/', '/')
    """
    try:
        parts = urlsplit(address)
    except ValueError:
        return "/"
    # Browsers read a backslash as a slash, and skip control characters: both could name another host.
    is_plain = address.startswith("/") and "\\" not in address and address.isprintable()
    return (
        address if is_plain and not address.startswith("//") and not (parts.scheme or parts.netloc) else "/"
    )
