"""The hiring side in the browser: /hire for staff, /i for who is invited."""

from __future__ import annotations

from quizengine.web.hire import (
    accounts,
    adjust,
    candidate,
    compare,
    exposure,
    live,
    personal,
    reading,
    resits,
    results,
    reviews,
    roles,
    screens,
)
from quizengine.web.hire.staff import actor

BLUEPRINTS = (
    accounts.blueprint,
    roles.blueprint,
    screens.blueprint,
    adjust.blueprint,
    compare.blueprint,
    live.blueprint,
    results.blueprint,
    exposure.blueprint,
    reading.blueprint,
    reviews.blueprint,
    resits.blueprint,
    candidate.blueprint,
    candidate.after_blueprint,
    personal.blueprint,
    personal.own_blueprint,
)


def links() -> list[tuple[str, str]]:
    """Return the link of the main navigation, for staff alone."""
    return [("Hiring", "/hire")] if actor() else []
