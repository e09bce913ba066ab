"""What every request and every template works with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from flask import Flask, current_app, request

from quizengine.services.runtime import Runtime
from quizengine.web.security import csp_nonce
from quizengine.web.static import static_url, style_sheet_url
from quizengine.web.theme import theme


@dataclass(frozen=True, slots=True)
class NavigationItem:
    """A link of the main navigation. ``current`` is "page", "true" (a page below it) or empty."""

    title: str
    href: str
    current: str


#: Adds links to the main navigation for the person who asks: ``() -> [(title, href), ...]``.
Links = Callable[[], list[tuple[str, str]]]


def runtime() -> Runtime:
    """Return what services work with: the bank, the database, the variants' key."""
    return cast(Runtime, current_app.extensions["quizengine"])


def look_ahead(learner_id: str, attempt_id: str) -> None:
    """Let what may come next be made ready while a question is read, where the server does that."""
    foresight = current_app.extensions.get("quizengine-foresight")
    if foresight is not None:
        foresight.look(learner_id, attempt_id)


def add_navigation(app: Flask, links: Links) -> None:
    """Let a blueprint put links behind the fixed ones, such as the last report."""
    app.extensions.setdefault("quizengine-links", []).append(links)


def here() -> str:
    """Return the path of this page, to come back to; the first page for what was posted elsewhere."""
    if request.method != "GET":
        return request.path if request.path == "/demo" else "/"
    return request.full_path if request.query_string else request.path


def navigation() -> list[NavigationItem]:
    """Return the links of the main navigation."""
    links = [("Find my gaps", "/learn"), ("Try it", "/demo")]
    for more in current_app.extensions.get("quizengine-links", []):
        links += more()
    # Of two links above this page the nearer one is marked.
    nearest = max((href for _, href in links if _leads_here(href)), key=len, default="")
    return [NavigationItem(title, href, _current(href) if href == nearest else "") for title, href in links]


def _leads_here(href: str) -> bool:
    return request.path == href or request.path.startswith(href + "/")


def _current(href: str) -> str:
    return "page" if request.path == href else "true"


def init_app(app: Flask, made: Runtime) -> None:
    """Keep the runtime and give templates what the layout needs."""
    app.extensions["quizengine"] = made
    # Globals, not a context processor: macros that are imported see them too.
    app.jinja_env.globals.update(
        csp_nonce=csp_nonce,
        here=here,
        navigation=navigation,
        static_url=static_url,
        style_sheet_url=style_sheet_url,
        theme=theme,
    )
