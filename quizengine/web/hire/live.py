"""The live page of a screen, what staff do to a test that goes on, and the screen taken as a candidate."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from quizengine.errors import ConflictError, RequestError
from quizengine.services.hiring import intervening, monitor, previews
from quizengine.services.hiring.intervening import MINUTES_FOR_ALL, Order
from quizengine.services.hiring.monitor import TABS, Running
from quizengine.web import people
from quizengine.web.context import runtime
from quizengine.web.forms import whole_number
from quizengine.web.hire import staff
from quizengine.web.hire.frame import page
from quizengine.web.hire.words import ACTS, INTERVENTION_REASONS, LIVE_TABS
from quizengine.web.pulse import pulse
from quizengine.web.words import now

blueprint = Blueprint("hire_live", __name__, url_prefix="/hire")

#: Seconds after which the page looks again.
EVERY = 10


@blueprint.get("/screens/<screen>/live")
@staff.needs("monitor")
def show(screen: str) -> ResponseReturnValue:
    """Show who is where in a screen now."""
    found = monitor.read(runtime(), staff.require_actor(), screen, now=now())
    tab = next((one for one in TABS if one == request.args.get("tab")), _first(found))
    return page(
        "live",
        running=found,
        tab=tab,
        rows=found.of(tab),
        tabs_=LIVE_TABS,
        at=now(),
        every=EVERY,
        stands_still=request.args.get("still") == "yes",
        is_late=found.tick_ago is None or found.tick_ago > monitor.LATE_TICK.total_seconds(),
        pulse=pulse(),
    )


def _first(found: Running) -> monitor.Tab:
    """Return the tab that a page opens with: where people are at work, else the first that has any."""
    order: tuple[monitor.Tab, ...] = ("in_progress", *TABS)
    return next((one for one in order if found.counts[one]), "not_started")


@blueprint.get("/screens/<screen>/live/time")
@staff.needs("intervene")
def time_form(screen: str) -> ResponseReturnValue:
    """Say whom time for all would reach, before anybody gets it."""
    return _time_page(screen, "")


def _time_page(screen: str, fault: str) -> str:
    actor = staff.require_actor()
    reached = intervening.in_progress(runtime(), actor, screen, now=now())
    return page(
        "live_time",
        running=monitor.read(runtime(), actor, screen, now=now()),
        reached=reached,
        minutes=MINUTES_FOR_ALL,
        reasons=INTERVENTION_REASONS,
        fault=fault,
        form=request.form,
    )


@blueprint.post("/screens/<screen>/live/time")
@staff.needs("intervene")
def time_for_all(screen: str) -> ResponseReturnValue:
    """Give everybody in progress more time."""
    read = whole_number(request.form.get("foreseen", ""), digits=5)
    foreseen = -1 if read is None else read
    intervening.in_progress(runtime(), staff.require_actor(), screen, now=now())
    try:
        order = _order("add_time", MINUTES_FOR_ALL)
        intervening.for_all(runtime(), staff.require_actor(), screen, order, foreseen=foreseen, now=now())
    except RequestError as error:
        return _time_page(screen, str(error)), 422
    except ConflictError as error:
        return _time_page(screen, str(error)), 409
    return redirect(url_for("hire_live.show", screen=screen, tab="in_progress"), 303)


def _order(act: str, minutes: int) -> Order:
    form = request.form
    return Order(act=act, reason=form.get("reason", ""), note=form.get("note", ""), minutes=minutes)


@blueprint.get("/invitations/<invitation>/live")
@staff.needs("intervene")
def person(invitation: str) -> ResponseReturnValue:
    """Show how one person's test stands, and what can be done."""
    return _person_page(invitation, "")


def _person_page(invitation: str, fault: str) -> str:
    actor = staff.require_actor()
    found, screen = intervening.look(runtime(), actor, invitation, now=now())
    return page(
        "live_person",
        one=found,
        screen_id=screen,
        possible=intervening.possible(found),
        done=intervening.on(runtime(), actor, invitation),
        acts=ACTS,
        reasons=INTERVENTION_REASONS,
        tabs_=LIVE_TABS,
        fault=fault,
        form=request.form,
    )


@blueprint.post("/invitations/<invitation>/live")
@staff.needs("intervene")
def act(invitation: str) -> ResponseReturnValue:
    """Do one thing to a person's test."""
    minutes = whole_number(request.form.get("minutes", "").strip(), digits=4) or 0
    intervening.look(runtime(), staff.require_actor(), invitation, now=now())
    chosen = request.form.get("act", "")
    try:
        order = _order(chosen, minutes if chosen == "add_time" else 0)
        intervening.do(runtime(), staff.require_actor(), invitation, order, now=now())
    except RequestError as error:
        return _person_page(invitation, str(error)), 422
    except ConflictError as error:
        return _person_page(invitation, str(error)), 409
    return redirect(url_for("hire_live.person", invitation=invitation), 303)


@blueprint.post("/screens/<screen>/preview")
@staff.needs("screens")
def preview(screen: str) -> ResponseReturnValue:
    """Let somebody of the staff take a screen as its candidates do; nothing of it counts."""
    made = previews.make_preview(runtime(), staff.require_actor(), screen, now=now())
    people.hold(made.attempt_id, made.learner_id)
    return redirect(url_for("attempt.where", aid=made.attempt_id), 303)
