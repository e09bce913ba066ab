"""Signing in and out, the first link, and the people of an organisation."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from quizengine.errors import ConflictError, RequestError, SlowDownError
from quizengine.services.hiring import accounts, audit, limits
from quizengine.services.hiring.passwords import LEAST_CHARACTERS
from quizengine.services.permissions import STAFF_ROLES, may
from quizengine.web.context import runtime
from quizengine.web.hire import staff
from quizengine.web.hire.frame import page
from quizengine.web.hire.words import GRANTS, ROLES
from quizengine.web.learn import without_referrer
from quizengine.web.theme import local_address
from quizengine.web.words import now

blueprint = Blueprint("hire_accounts", __name__)

#: Where the link of somebody new is kept until its page has shown it, once.
NEW_LINK = "staff_link"


@blueprint.get("/hire")
@staff.needs()
def home() -> ResponseReturnValue:
    """Go to the first page of the hiring side."""
    first = (
        "screens"
        if may(staff.require_actor(), "results") or may(staff.require_actor(), "screens")
        else "roles"
    )
    return redirect(url_for(f"hire_{first}.index"), 303)


@blueprint.get("/login")
def sign_in_form() -> ResponseReturnValue:
    """Ask for address and password; say how to begin where nobody has an account."""
    if staff.actor():
        return redirect("/hire", 303)
    return _sign_in_page("", "")


def _sign_in_page(email: str, fault: str) -> str:
    return render_template(
        "hire/sign_in.html",
        email=email,
        fault=fault,
        next=local_address(request.values.get("next", "/hire")),
        is_set_up=accounts.has_owner(runtime()),
    )


@blueprint.post("/login")
def sign_in() -> ResponseReturnValue:
    """Sign in, and go on to the page that was asked for."""
    email = request.form.get("email", "").strip()
    try:
        token = accounts.sign_in(
            runtime(),
            email=email,
            password=request.form.get("password", ""),
            address=request.remote_addr or "",
            now=now(),
        )
    except RequestError as error:
        return _sign_in_page(email, str(error)), 422
    except SlowDownError as error:
        wait = str(int(limits.WINDOW.total_seconds()))
        return _sign_in_page(email, str(error)), 429, {"Retry-After": wait}
    staff.sign_in_here(token)
    return redirect(local_address(request.form.get("next", "/hire")), 303)


@blueprint.post("/logout")
def sign_out() -> ResponseReturnValue:
    """End this session."""
    staff.sign_out_here()
    return redirect(url_for("hire_accounts.sign_in_form"), 303)


@blueprint.get("/hire/setup/<token>")
def setup_form(token: str) -> ResponseReturnValue:
    """Ask for a name and a password; looking uses the link not up."""
    email = accounts.link_email(runtime(), token, now=now())
    return without_referrer(_setup_page(token, email, "", ""))


def _setup_page(token: str, email: str, name: str, fault: str) -> str:
    return render_template(
        "hire/setup.html", token=token, email=email, name=name, fault=fault, least=LEAST_CHARACTERS
    )


@blueprint.post("/hire/setup/<token>")
def setup(token: str) -> ResponseReturnValue:
    """Set name and password, and sign in."""
    name = request.form.get("name", "")
    try:
        made = accounts.use_link(
            runtime(), token, name=name, password=request.form.get("password", ""), now=now()
        )
    except RequestError as error:
        email = accounts.link_email(runtime(), token, now=now())
        return without_referrer(_setup_page(token, email, name, str(error))), 422
    staff.sign_in_here(made)
    return redirect("/hire", 303)


@blueprint.get("/hire/me")
@staff.needs()
def me() -> ResponseReturnValue:
    """Show what somebody may do, and a form to change their password."""
    return _me_page("")


def _me_page(fault: str) -> str:
    return page(
        "me",
        roles=ROLES,
        fault=fault,
        least=LEAST_CHARACTERS,
        is_changed=request.args.get("changed") == "yes" and not fault,
    )


@blueprint.post("/hire/me/password")
@staff.needs()
def change_password() -> ResponseReturnValue:
    """Set another password; every other session of theirs ends."""
    try:
        token = accounts.change_password(
            runtime(),
            staff.require_actor(),
            old=request.form.get("old", ""),
            new=request.form.get("password", ""),
            now=now(),
        )
    except RequestError as error:
        return _me_page(str(error)), 422
    except SlowDownError as error:
        wait = str(int(limits.WINDOW.total_seconds()))
        return _me_page(str(error)), 429, {"Retry-After": wait}
    staff.sign_in_here(token)
    return redirect(url_for("hire_accounts.me", changed="yes"), 303)


@blueprint.get("/hire/people")
@staff.needs("users")
def people() -> ResponseReturnValue:
    """Show the organisation's people, and a form to add somebody."""
    return without_referrer(_people_page())


def _people_page(fault: str = "") -> str:
    token = session.pop(NEW_LINK, "")
    return page(
        "people",
        people=accounts.people(runtime(), staff.require_actor()),
        roles={role: ROLES[role] for role in STAFF_ROLES},
        grants=GRANTS,
        link=url_for("hire_accounts.setup_form", token=token, _external=True) if token else "",
        hours=accounts.LINK_HOURS,
        fault=fault,
        form=request.form,
    )


@blueprint.post("/hire/people")
@staff.needs("users")
def add_person() -> ResponseReturnValue:
    """Add somebody; their link is shown once, to be handed over."""
    try:
        token = accounts.add_person(
            runtime(),
            staff.require_actor(),
            email=request.form.get("email", ""),
            name=request.form.get("name", ""),
            roles=request.form.getlist("roles"),
            now=now(),
        )
    except (RequestError, ConflictError) as error:
        return _people_page(str(error)), 422
    session[NEW_LINK] = token
    return redirect(url_for("hire_accounts.people"), 303)


@blueprint.post("/hire/people/<pid>/rights")
@staff.needs("users")
def set_rights(pid: str) -> ResponseReturnValue:
    """Change the roles and grants of somebody."""
    accounts.set_rights(
        runtime(),
        staff.require_actor(),
        pid,
        roles=request.form.getlist("roles"),
        grants=request.form.getlist("grants"),
        now=now(),
    )
    return redirect(url_for("hire_accounts.people"), 303)


@blueprint.post("/hire/people/<pid>/disable")
@staff.needs("users")
def disable(pid: str) -> ResponseReturnValue:
    """Take somebody's access away."""
    accounts.disable(runtime(), staff.require_actor(), pid, now=now())
    return redirect(url_for("hire_accounts.people"), 303)


@blueprint.post("/hire/people/<pid>/link")
@staff.needs("users")
def new_link(pid: str) -> ResponseReturnValue:
    """Give access back with a new link, shown once."""
    session[NEW_LINK] = accounts.enable(runtime(), staff.require_actor(), pid, now=now())
    return redirect(url_for("hire_accounts.people"), 303)


@blueprint.get("/hire/audit")
@staff.needs("audit")
def audit_chain() -> ResponseReturnValue:
    """Show what was done in the organisation, the newest first, and whether the chain is whole."""
    entries, fault = audit.entries(runtime(), staff.require_actor())
    return page("audit", entries=entries, fault=fault)
