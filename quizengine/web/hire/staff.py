"""Who of the staff asks, and whether they may: every page of the hiring side names its permission."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from flask import g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from quizengine.errors import NotFoundError
from quizengine.services.hiring import accounts
from quizengine.services.permissions import Actor, Permission, may
from quizengine.web.context import runtime
from quizengine.web.words import now

STAFF = "staff"
P = ParamSpec("P")
View = Callable[P, ResponseReturnValue]


def actor() -> Actor | None:
    """Return who is signed in here, if anybody is."""
    if "actor" not in g:
        token = session.get(STAFF)
        g.actor = accounts.actor_of(runtime(), token, now=now()) if isinstance(token, str) else None
    found: Actor | None = g.actor
    return found


def require_actor() -> Actor:
    """Return who is signed in here.

    Raises
    ------
    NotFoundError
        If nobody is; pages send people to sign in before they come to this.
    """
    found = actor()
    if found is None:
        raise NotFoundError("Nobody is signed in here.")
    return found


def sign_in_here(token: str) -> None:
    """Keep a new session, and take the old token of forms away with the old one."""
    session.pop("csrf_token", None)
    session[STAFF] = token
    g.pop("actor", None)


def sign_out_here() -> None:
    """Forget the session in this browser, and end it on the server."""
    token = session.pop(STAFF, None)
    session.pop("csrf_token", None)
    if isinstance(token, str):
        accounts.sign_out(runtime(), token)
    g.pop("actor", None)


def needs(permission: Permission | None) -> Callable[[View[P]], View[P]]:
    """Let a page in only who may; None lets in everybody of the staff.

    Who is not signed in is sent to sign in. Who may not sees what they would see if there were no page.
    """

    def wrap(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            found = actor()
            if found is None:
                back = request.full_path if request.method == "GET" else "/hire"
                return redirect(url_for("hire_accounts.sign_in_form", next=back.rstrip("?")), 303)
            if permission is not None and not may(found, permission):
                raise NotFoundError("There is no such page for you.")
            return view(*args, **kwargs)

        guarded.permission = permission  # type: ignore[attr-defined]  # the test of all pages reads it
        return guarded

    return wrap
