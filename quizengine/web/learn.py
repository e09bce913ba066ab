"""The learner's own pages: home, the start of a diagnostic, and the link to come back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quizengine.bank import Bank
from quizengine.errors import NotFoundError
from quizengine.model.roadmap import Role
from quizengine.roadmap.graph import needed_skills
from quizengine.services import diagnostic, learners
from quizengine.services.attempts import Standing
from quizengine.services.home import Home, open_standing, read_home
from quizengine.services.scoring import MAX_ITEMS, MIN_ITEMS
from quizengine.web import people
from quizengine.web.context import runtime
from quizengine.web.words import now

blueprint = Blueprint("learn", __name__)

DEFAULT_HOURS = "6"
RATING_WORDS = (
    "never used",
    "read about it",
    "tried it once or twice",
    "use it now and then",
    "use it weekly",
)


@dataclass(frozen=True, slots=True)
class RoleCard:
    """A role as the start page shows it: how much it needs, and how much of that this bank can ask."""

    role: Role
    skills: int
    asked: int


@dataclass(frozen=True, slots=True)
class StartForm:
    """What stands in the start form, as typed."""

    role: str
    hours: str
    ratings: Mapping[str, str]
    afresh: bool


def links() -> list[tuple[str, str]]:
    """Return the links that the main navigation has for somebody who has begun."""
    return [("Practise", "/learn/practice")] if people.learner_id() else []


@blueprint.get("/learn")
def home() -> str:
    """Show what to do next."""
    return render_template("learn/home.html", home=_home(), at_least=MIN_ITEMS, at_most=MAX_ITEMS)


def _home() -> Home:
    learner = people.learner_id()
    return read_home(runtime(), learner) if learner else Home()


@blueprint.get("/learn/start")
def start_form() -> ResponseReturnValue:
    """Ask for the role, the hours and, if wanted, a self-rating."""
    roles = runtime().bank.roadmap.roles
    asked_for = request.args.get("role", "")
    role = asked_for if asked_for in {one.id for one in roles} else roles[0].id
    return _start_page(StartForm(role, DEFAULT_HOURS, {}, afresh=False), {})


@blueprint.post("/learn/start")
def start() -> ResponseReturnValue:
    """Begin a diagnostic, for a new learner if nobody is known here."""
    form = _read_start()
    faults = _faults(form)
    if faults:
        return _start_page(form, faults), 422
    waiting = _waiting()
    if waiting is not None and waiting.answered and not form.afresh:
        return _start_page(
            form, {"afresh": "Say that the unfinished check may be given up, or go on with it."}
        ), 409
    learner = people.require_or_make(now=now())
    attempt_id = diagnostic.start(
        runtime(),
        learner,
        role=form.role,
        hours_a_week=float(form.hours.replace(",", ".")),
        ratings={area: int(rating) for area, rating in form.ratings.items() if rating},
        now=now(),
    )
    return redirect(url_for("attempt.where", aid=attempt_id), 303)


def _waiting() -> Standing | None:
    learner = people.learner_id()
    return open_standing(runtime(), learner, "diagnostic") if learner else None


def _start_page(form: StartForm, faults: Mapping[str, str]) -> str:
    bank = runtime().bank
    return render_template(
        "learn/start.html",
        form=form,
        faults=faults,
        waiting=_waiting(),
        cards=role_cards(bank),
        areas=bank.roadmap.areas,
        rating_words=RATING_WORDS,
        at_least=MIN_ITEMS,
        at_most=MAX_ITEMS,
    )


def role_cards(bank: Bank) -> list[RoleCard]:
    """Return the roles, each with the number of skills it needs and of those with questions."""
    with_questions = {entry.question.primary_skill for entry in bank.questions.values()}
    cards = []
    for role in bank.roadmap.roles:
        needed = needed_skills(bank.roadmap, role)
        cards.append(RoleCard(role, len(needed), len(with_questions.intersection(needed))))
    return cards


def _read_start() -> StartForm:
    areas = runtime().bank.roadmap.areas
    return StartForm(
        role=request.form.get("role", ""),
        hours=request.form.get("hours", "").strip(),
        ratings={area.id: request.form.get(f"rating.{area.id}", "") for area in areas},
        afresh=request.form.get("afresh") == "yes",
    )


def _faults(form: StartForm) -> dict[str, str]:
    """Return what is wrong with the form, by the id of the field."""
    faults = {}
    if form.role not in {role.id for role in runtime().bank.roadmap.roles}:
        faults["role"] = "Choose the role that you aim at."
    if hours_of(form.hours) is None:
        faults["hours"] = "Write a number of hours from 1 to 40, like 6."
    known = {"", *map(str, range(len(RATING_WORDS)))}
    if any(rating not in known for rating in form.ratings.values()):
        faults["ratings"] = "Choose one of the words for each area, or leave it open."
    return faults


def hours_of(text: str) -> float | None:
    """Return the hours a week that were typed, or None where they are none from 1 to 40.

    >>> hours_of("6"), hours_of("7,5"), hours_of("400"), hours_of("nan")
    (6.0, 7.5, None, None)
    """
    try:
        hours = float(text.replace(",", ".")) if len(text) <= 8 else 0.0
    except ValueError:
        return None
    least, most = diagnostic.HOURS
    return hours if isfinite(hours) and least <= hours <= most else None


@blueprint.get("/learn/link")
def link() -> Response:
    """Show a link that was just made, or offer to make one."""
    people.require_learner()
    return without_referrer(render_template("learn/link.html", address=link_address()))


@blueprint.post("/learn/link")
def change_link() -> ResponseReturnValue:
    """Make a new link to come back with, or put the shown one away."""
    learner = people.require_learner()
    if request.form.get("done"):
        people.take_link_off()
        return redirect(url_for("learn.home"), 303)
    people.keep_link(learners.renew_link(runtime(), learner))
    return redirect(url_for("learn.link"), 303)


def link_address() -> str:
    """Return the whole address of the link to be shown, or nothing."""
    token = people.link_to_show()
    return url_for("learn.resume_form", token=token, _external=True) if token else ""


@blueprint.get("/learn/resume/<token>")
def resume_form(token: str) -> Response:
    """Ask whether to go on here: programs that look at links must not take a session."""
    return without_referrer(render_template("learn/resume.html", unknown=False))


@blueprint.post("/learn/resume/<token>")
def resume(token: str) -> ResponseReturnValue:
    """Make this browser the one of the learner whose link it is."""
    try:
        learner = learners.resume(runtime(), token)
    except NotFoundError:
        return without_referrer(render_template("learn/resume.html", unknown=True)), 404
    people.remember(learner)
    return redirect(url_for("learn.home"), 303)


def without_referrer(page: str) -> Response:
    """Return a page whose address or text holds a secret: no other page is told where one came from."""
    response = make_response(page)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
