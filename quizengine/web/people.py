"""Who asks: the learner's id stands in the signed session cookie, and nowhere else.

A candidate is a learner for the attempts of their invitations alone: a browser may hold such attempts
and be another learner's besides.
"""

from __future__ import annotations

from datetime import datetime

from flask import request, session

from quizengine.errors import NotFoundError
from quizengine.services import learners
from quizengine.web.context import runtime

LEARNER = "learner"
LINK = "link"
#: A browser may be a learner's and somebody of the staff's at once.
_OF_OTHERS = ("staff", "held")
HELD = "held"
MOST_HELD = 5


def learner_id() -> str | None:
    """Return the learner of this browser, or the one who holds the attempt of this page, if there is one."""
    held = session.get(HELD, {}).get((request.view_args or {}).get("aid", ""))
    found = held or session.get(LEARNER)
    return found if isinstance(found, str) else None


def way_on_of_candidate() -> str | None:
    """Return where a candidate goes on from the page asked for; None where it is no page of candidates."""
    attempt_id = (request.view_args or {}).get("aid", "")
    if attempt_id in session.get(HELD, {}):
        return f"/t/{attempt_id}"
    return "/i/back" if request.path.startswith("/i/") else None


def hold(attempt_id: str, learner: str) -> None:
    """Let this browser hold an attempt of a learner, whoever it belongs to otherwise."""
    session.permanent = True
    held = {**session.get(HELD, {}), attempt_id: learner}
    # The newest few: a cookie has little room.
    session[HELD] = dict(list(held.items())[-MOST_HELD:])


def require_learner() -> str:
    """Return the learner of this browser.

    Raises
    ------
    NotFoundError
        If there is none: pages of others and pages of nobody look the same.
    """
    found = learner_id()
    if found is None:
        raise NotFoundError("Nobody has begun in this browser.")
    return found


def require_or_make(*, now: datetime) -> str:
    """Return the learner of this browser; make a guest if nobody is known (any more)."""
    found = learner_id()
    if found is not None and learners.exists(runtime(), found):
        return found
    guest = learners.new_guest(runtime(), now=now)
    remember(guest.id, link=guest.token)
    return guest.id


def remember(learner: str, *, link: str = "") -> None:
    """Make this browser the learner's; ``link`` is the token to be shown until it is taken off."""
    for name in list(session):
        if name not in _OF_OTHERS:
            session.pop(name)
    session.permanent = True
    session[LEARNER] = learner
    if link:
        session[LINK] = link


def keep_link(token: str) -> None:
    """Keep a new token of the resume link, to be shown until it is taken off."""
    session[LINK] = token


def link_to_show() -> str:
    """Return the token of a resume link that the person has not put away yet, or nothing."""
    return str(session.get(LINK, ""))


def take_link_off() -> None:
    """Show the resume link no more."""
    session.pop(LINK, None)
