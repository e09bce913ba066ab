"""A browser, told apart from others by a random id in its signed cookie; it says nothing of the device."""

from __future__ import annotations

from flask import session

from quizengine.services.runtime import new_id

DEVICE = "device"


def device_id() -> str:
    """Return the id of this browser; a new one gets its own."""
    found = session.get(DEVICE)
    if not isinstance(found, str):
        found = session[DEVICE] = new_id()
    return found
