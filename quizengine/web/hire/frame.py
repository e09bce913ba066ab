"""The frame of the hiring side's pages: the tabs that a person has, and who they are."""

from __future__ import annotations

from flask import render_template, request

from quizengine.services.permissions import Permission, may
from quizengine.web.hire.staff import require_actor

TABS: tuple[tuple[str, str, tuple[Permission, ...]], ...] = (
    ("Screens", "/hire/screens", ("screens", "results")),
    ("Role profiles", "/hire/roles", ("profiles_read",)),
    ("Questions", "/hire/questions", ("bank",)),
    ("People", "/hire/people", ("users",)),
    ("Audit", "/hire/audit", ("audit",)),
)


def page(name: str, **more: object) -> str:
    """Render a page of the hiring side."""
    actor = require_actor()
    tabs = [
        (title, href, _is_here(href))
        for title, href, permissions in TABS
        if any(may(actor, permission) for permission in permissions)
    ]
    return render_template(f"hire/{name}.html", actor=actor, tabs=tabs, may=may, **more)


def _is_here(href: str) -> bool:
    if href == "/hire/screens" and request.path.startswith("/hire/results/"):
        return True
    return request.path == href or request.path.startswith(href + "/")
