"""Screens: the list, one of them, its plan; inviting people by a list that is looked at first."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from flask import Blueprint, Response, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue

from quizengine.errors import ConflictError, RequestError, TableError
from quizengine.services.csv_text import csv_text
from quizengine.services.hiring import (
    accounts,
    erasing,
    holds,
    invitations,
    messages,
    outbox,
    profiles,
    screens,
)
from quizengine.services.hiring.people_lists import COLUMNS, MOST_BYTES
from quizengine.services.hiring.screens import FEEDBACK, Screen, ScreenPlan
from quizengine.services.permissions import may
from quizengine.web.context import runtime
from quizengine.web.forms import whole_number
from quizengine.web.hire import staff
from quizengine.web.hire.frame import page
from quizengine.web.learn import without_referrer
from quizengine.web.security import MAX_BODY, takes
from quizengine.web.words import now

blueprint = Blueprint("hire_screens", __name__, url_prefix="/hire")

#: What the privacy notice begins as; whoever runs a screen makes it theirs.
PRIVACY = (
    "We use your answers, the time they took and your e-mail address to decide about this application, and "
    "for nothing else. People decide, not the program. The ground is your application (steps before a "
    "contract, at your request). You can ask us at any time what is stored, and to have it deleted."
)


@blueprint.get("/screens")
@staff.needs("screens", "results")
def index() -> ResponseReturnValue:
    """Show the screens that somebody sees."""
    actor = staff.require_actor()
    found = screens.all_of(runtime(), actor)
    invites = [one.id for one in found if may(actor, "invite", screen=one.id)]
    return page(
        "screens",
        screens=found,
        letters=outbox.waiting(runtime(), invites),
        waiting=messages.waiting(runtime(), actor),
        may_make=may(actor, "screens"),
        has_active=any(one.state == "active" for one in profiles.all_of(runtime(), actor)),
    )


@blueprint.get("/screens/new")
@staff.needs("screens")
def new_form() -> ResponseReturnValue:
    """Ask for what a screen needs."""
    return _plan_page(None, ScreenPlan(title="", privacy=PRIVACY), ())


def _plan_page(screen: Screen | None, plan: ScreenPlan, faults: tuple[str, ...]) -> str:
    active = [one for one in profiles.all_of(runtime(), staff.require_actor()) if one.state == "active"]
    return page(
        "screen_edit",
        screen=screen,
        plan=plan,
        faults=faults,
        profiles=active,
        chosen=request.values.get("profile", active[0].id if active else ""),
        limits=screens,
        mails=current_app.config["MAILS"],
    )


@blueprint.post("/screens/new")
@staff.needs("screens")
def create() -> ResponseReturnValue:
    """Make a screen."""
    plan, faults = _read_plan()
    if not faults:
        try:
            made = screens.create(
                runtime(), staff.require_actor(), request.form.get("profile", ""), plan, now=now()
            )
            return redirect(url_for("hire_screens.show", screen=made), 303)
        except RequestError as error:
            faults = tuple(str(error).splitlines())
    return _plan_page(None, plan, faults), 422


def _read_plan() -> tuple[ScreenPlan, tuple[str, ...]]:
    form, faults = request.form, list[str]()

    def whole(name: str, what: str, default: int) -> int:
        found = whole_number(form.get(name, "").strip(), digits=5)
        if found is None:
            faults.append(f"{what}: write a whole number.")
        return default if found is None else found

    chosen = form.get("feedback", "days")
    plan = ScreenPlan(
        title=form.get("title", "").strip(),
        closes_at=day_of(form.get("closes_at", ""), faults),
        hard_close=form.get("hard_close") == "yes",
        may_pause=form.get("may_pause") == "yes",
        link_days=whole("link_days", "Days of a link", 14),
        by_hand=form.get("post") != "mail",
        feedback=next((one for one in FEEDBACK if one == chosen), "days"),
        feedback_days=whole("feedback_days", "Days until feedback", 14),
        retention_months=whole("retention_months", "Months", 12),
        contact=form.get("contact", "").strip(),
        privacy=form.get("privacy", "").strip(),
        message=form.get("message", "").strip(),
    )
    return plan, tuple(faults)


def day_of(text: str, faults: list[str]) -> datetime | None:
    """Return the end of a day that was typed, None for none; what is no day is added to the faults."""
    if not text.strip():
        return None
    try:
        return datetime.combine(date.fromisoformat(text.strip()), time(23, 59, 59), UTC)
    except ValueError:
        faults.append("The last day is a day like 2026-12-24, or empty.")
        return None


@blueprint.get("/screens/<screen>")
@staff.needs("screens", "results")
def show(screen: str) -> ResponseReturnValue:
    """Show one screen: what is missing before it opens, who was invited, how far they are."""
    actor = staff.require_actor()
    found = screens.read(runtime(), actor, screen)
    sees_names = may(actor, "invite", screen=screen)
    return page(
        "screen",
        screen=found,
        checks=screens.opening_checks(runtime(), found, now=now()),
        mails=current_app.config["MAILS"],
        next_states=screens.NEXT[found.state],
        would_end=screens.ended_by_closing(runtime(), actor, screen) if found.plan.hard_close else 0,
        sees_results=may(actor, "results", screen=screen),
        may_run=may(actor, "screens", screen=screen),
        may_watch=may(actor, "monitor", screen=screen),
        people=invitations.people_of(runtime(), actor, screen, now=now()) if sees_names else None,
        may_adjust=may(actor, "accommodate", screen=screen),
        erasures=erasing.on_screen(runtime(), actor, screen) if may(actor, "screens", screen=screen) else (),
        held=bool(holds.on_screen(runtime(), actor, screen)),
        people_held=holds.people_held(runtime(), actor, screen) if sees_names else frozenset(),
        may_erase=may(actor, "users", screen=screen),
        letters=len(outbox.by_hand(runtime(), screen)) if sees_names else 0,
        staff=accounts.people(runtime(), actor) if may(actor, "users") else None,
    )


@blueprint.get("/screens/<screen>/edit")
@staff.needs("screens")
def edit_form(screen: str) -> ResponseReturnValue:
    """Show what was set of a screen."""
    found = screens.read(runtime(), staff.require_actor(), screen)
    return _plan_page(found, found.plan, ())


@blueprint.post("/screens/<screen>/edit")
@staff.needs("screens")
def edit(screen: str) -> ResponseReturnValue:
    """Change what was set of a screen."""
    actor = staff.require_actor()
    found = screens.read(runtime(), actor, screen)
    plan, faults = _read_plan()
    if not faults:
        try:
            screens.change(runtime(), actor, screen, plan, now=now())
            return redirect(url_for("hire_screens.show", screen=screen), 303)
        except (RequestError, ConflictError) as error:
            faults = tuple(str(error).splitlines())
    return _plan_page(found, plan, faults), 422


@blueprint.post("/screens/<screen>/state")
@staff.needs("screens")
def move(screen: str) -> ResponseReturnValue:
    """Open, close or archive a screen."""
    actor = staff.require_actor()
    found = screens.read(runtime(), actor, screen)
    to = next((one for one in screens.NEXT[found.state] if one == request.form.get("to")), None)
    if to is None:
        raise ConflictError(f"A screen that is {found.state} does not become that.")
    screens.move(runtime(), actor, screen, to, now=now())
    return redirect(url_for("hire_screens.show", screen=screen), 303)


@blueprint.post("/screens/<screen>/staff")
@staff.needs("users")
def assign(screen: str) -> ResponseReturnValue:
    """Set who is assigned to a screen."""
    screens.assign(runtime(), staff.require_actor(), screen, request.form.getlist("staff"), now=now())
    return redirect(url_for("hire_screens.show", screen=screen), 303)


@blueprint.get("/people.csv")
@staff.needs("invite")
def sample() -> ResponseReturnValue:
    """Hand out a list to fill in."""
    day = (now() + timedelta(days=14)).date()
    text = f"{','.join(COLUMNS)}\r\nann@example.org,Ann Lee,A-17,Europe/Berlin,,{day}\r\n"
    headers = {"Content-Disposition": 'attachment; filename="people.csv"'}
    return Response(text, mimetype="text/csv", headers=headers)


@blueprint.get("/screens/<screen>/invite")
@staff.needs("invite")
def invite_form(screen: str) -> ResponseReturnValue:
    """Ask for the people to invite; with ``list``, the list that is to be corrected stands in the field."""
    listed = request.args.get("list", "")
    text = invitations.handed_in(runtime(), staff.require_actor(), screen, listed) if listed else ""
    return _invite_page(screen, "", text)


def _invite_page(screen: str, fault: str, text: str) -> str:
    actor = staff.require_actor()
    return page(
        "invite",
        screen=screens.read(runtime(), actor, screen),
        fault=fault,
        text=text,
        columns=COLUMNS,
        may_accommodate=may(actor, "accommodate", screen=screen),
    )


@blueprint.post("/screens/<screen>/invite")
@takes(2 * 1024 * 1024 + MAX_BODY)
@staff.needs("invite")
def hand_in(screen: str) -> ResponseReturnValue:
    """Take a list of people, and show what it would do."""
    actor = staff.require_actor()
    screens.read(runtime(), actor, screen)
    try:
        made = invitations.hand_in(runtime(), actor, screen, _list_text(), now=now())
    except (RequestError, ConflictError) as error:
        return _invite_page(screen, str(error), request.form.get("text", "")), 422
    return redirect(url_for("hire_screens.dry_run", screen=screen, listed=made), 303)


def _list_text() -> str:
    """Return the list that was pasted, or that of the file."""
    file = request.files.get("file")
    if file is None or not file.filename:
        return request.form.get("text", "")
    try:
        return csv_text(file.stream.read(MOST_BYTES + 1), "the list", most=MOST_BYTES)
    except TableError as error:
        raise RequestError(f"{error} Spreadsheet programs call that “CSV UTF-8”.") from error


@blueprint.get("/screens/<screen>/invite/<listed>")
@staff.needs("invite")
def dry_run(screen: str, listed: str) -> ResponseReturnValue:
    """Show what a list would do; nobody has been invited."""
    actor = staff.require_actor()
    looked, invited = invitations.dry_run(runtime(), actor, screen, listed, now=now())
    if looked is None:
        return redirect(url_for("hire_screens.show", screen=screen), 303)
    return page(
        "invite_check",
        screen=screens.read(runtime(), actor, screen),
        looked=looked,
        listed=listed,
        invited=invited,
    )


@blueprint.post("/screens/<screen>/invite/<listed>")
@staff.needs("invite")
def confirm(screen: str, listed: str) -> ResponseReturnValue:
    """Invite the people of a list."""
    found = screens.read(runtime(), staff.require_actor(), screen)
    invitations.confirm(
        runtime(),
        staff.require_actor(),
        screen,
        listed,
        digest=request.form.get("digest", ""),
        now=now(),
        base=request.host_url.rstrip("/"),
    )
    where = "letters" if found.plan.by_hand else "show"
    return redirect(url_for(f"hire_screens.{where}", screen=screen), 303)


@blueprint.get("/screens/<screen>/letters")
@staff.needs("invite")
def letters(screen: str) -> ResponseReturnValue:
    """Show the letters that are to be handed over, with their links."""
    found = screens.read(runtime(), staff.require_actor(), screen)
    return without_referrer(page("letters", screen=found, letters=outbox.by_hand(runtime(), screen)))


@blueprint.post("/screens/<screen>/letters")
@staff.needs("invite")
def handed_over(screen: str) -> ResponseReturnValue:
    """Take the letters as handed over: their links are shown no more."""
    screens.read(runtime(), staff.require_actor(), screen)
    outbox.handed_over(runtime(), screen, now=now())
    return redirect(url_for("hire_screens.show", screen=screen), 303)


@blueprint.post("/invitations/<invitation>/again")
@staff.needs("invite")
def invite_again(invitation: str) -> ResponseReturnValue:
    """Send somebody a new link."""
    screen = invitations.invite_again(
        runtime(), staff.require_actor(), invitation, base=request.host_url.rstrip("/"), now=now()
    )
    return redirect(url_for("hire_screens.show", screen=screen), 303)


@blueprint.post("/invitations/<invitation>/revoke")
@staff.needs("invite")
def revoke(invitation: str) -> ResponseReturnValue:
    """Take an invitation back."""
    screen = invitations.revoke(runtime(), staff.require_actor(), invitation, now=now())
    return redirect(url_for("hire_screens.show", screen=screen), 303)
