"""The form for a printed set: what stands in it, what is wrong with it, the wish that it comes to."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from secrets import token_hex

from flask import request
from werkzeug.datastructures import MultiDict

from quizengine.bank import Bank
from quizengine.errors import TableError, UnknownNameError
from quizengine.model.roadmap import Area, Skill
from quizengine.model.sheet import KeyPlace
from quizengine.roadmap.graph import live_skills
from quizengine.roadmap.graph import role as find_role
from quizengine.services.class_lists import read_class_list
from quizengine.services.due import due_skills
from quizengine.services.runtime import Runtime
from quizengine.services.sheet_gaps import for_needs, for_role, gaps_of_learner
from quizengine.services.sheet_wish import (
    DIFFICULTIES,
    MAX_FORMS,
    MAX_MINUTES,
    MAX_QUESTIONS,
    SheetError,
    SheetWish,
)

MAX_TITLE = 60
#: Copies of one run in the browser.
MOST_COPIES = 500
SOURCES = {"skills": "Skills that I choose", "role": "A role", "gaps": "My gaps"}
#: Where the key is printed, in words.
KEYS: Mapping[KeyPlace, str] = {
    "separate": "in a file of its own",
    "same": "behind each sheet",
    "none": "not printed",
}
Faults = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetForm:
    """What stands in the form, as typed. ``mix`` decides which of equally good questions come."""

    source: str = "skills"
    skills: tuple[str, ...] = ()
    role: str = ""
    amount: str = "minutes"
    minutes: str = "40"
    questions: str = "10"
    level: str = "any"
    types: tuple[str, ...] = ()
    forms: str = "1"
    copies: str = "1"
    title: str = ""
    paper: str = "a4"
    large_print: bool = False
    key: str = "separate"
    reviews: bool = False
    mix: str = ""


@dataclass(frozen=True, slots=True)
class SkillGroup:
    """An area with its skills and how many questions each has."""

    area: Area
    skills: tuple[tuple[Skill, int], ...]


def skill_tree(bank: Bank) -> list[SkillGroup]:
    """Return the skills with questions, area by area."""
    found = [(skill, len(bank.of_skill(skill.id))) for skill in live_skills(bank.roadmap)]
    groups = (
        SkillGroup(area, tuple((skill, count) for skill, count in found if skill.area == area.id and count))
        for area in bank.roadmap.areas
    )
    return [group for group in groups if group.skills]


def fresh_form(*, source: str = "skills", skills: tuple[str, ...] = ()) -> SheetForm:
    """Return a form that nobody has filled in yet."""
    return SheetForm(source=source, skills=skills, mix=token_hex(8))


def form_like(wish: SheetWish) -> SheetForm:
    """Return a form for another set like one that was printed, with other questions where there are."""
    words = {span: name for name, span in DIFFICULTIES.items()}
    return SheetForm(
        skills=wish.skills,
        amount="minutes" if wish.questions is None else "questions",
        minutes=str(wish.minutes),
        questions=str(wish.questions or 10),
        level=words.get(wish.difficulty, "any"),
        types=wish.types,
        forms=str(wish.forms),
        copies=str(wish.copies),
        title=wish.title,
        paper=wish.paper,
        large_print=wish.large_print,
        key=wish.key,
        mix=token_hex(8),
    )


def read_form(sent: MultiDict[str, str]) -> SheetForm:
    """Return what was sent."""
    texts = ("source", "role", "amount", "minutes", "questions", "level", "forms", "copies", "paper", "key")
    return SheetForm(
        **{name: sent.get(name, "").strip()[:20] for name in texts},
        skills=tuple(sent.getlist("skills")),
        types=tuple(sent.getlist("types")),
        title=" ".join(sent.get("title", "").split()),
        large_print=sent.get("large_print") == "yes",
        reviews=sent.get("reviews") == "yes",
        mix=sent.get("mix", "")[:32] or token_hex(8),
    )


def read_names() -> tuple[str, ...]:
    """Return the names of the class list that was sent along, if one was.

    Raises
    ------
    TableError
        With every row at fault.
    """
    sent = request.files.get("names")
    content = sent.read() if sent and sent.filename else b""
    return read_class_list(content) if content else ()


def faults_of(form: SheetForm) -> dict[str, str]:
    """Return what is wrong with a form, by the id of the field."""
    return dict(_faults(form))


def _faults(form: SheetForm) -> Iterator[tuple[str, str]]:
    counts = [("forms", "forms", MAX_FORMS), ("copies", "copies", MOST_COPIES)]
    if form.amount == "questions":
        counts.append(("questions", "questions", MAX_QUESTIONS))
    else:
        counts.append(("minutes", "minutes", MAX_MINUTES))
    for name, words, most in counts:
        text = getattr(form, name)
        if not (text.isascii() and text.isdigit() and len(text) < 7 and 1 <= int(text) <= most):
            yield name, f"Write a number of {words} from 1 to {most}."
    if form.source == "skills" and not (form.skills or form.reviews):
        yield "skills", "Choose at least one skill, or a whole area."
    if form.source not in SOURCES:
        yield "source", "Choose where the questions come from."
    if form.level not in DIFFICULTIES:
        yield "level", "Choose one of the difficulties."
    if form.paper not in ("a4", "letter"):
        yield "paper", "Choose one of the paper sizes."
    if form.key not in KEYS:
        yield "key", "Choose where the key is printed."
    if len(form.title) > MAX_TITLE or not form.title.isprintable():
        yield "title", f"A title has at most {MAX_TITLE} characters, all of them to be printed."


def wish_of(
    runtime: Runtime,
    learner: str | None,
    form: SheetForm,
    names: tuple[str, ...],
    *,
    now: datetime,
) -> SheetWish:
    """Return the wish of a form without faults.

    Raises
    ------
    SheetError, UnknownNameError
        If it cannot be met, such as gaps where there is no report.
    """
    wish = SheetWish(
        skills=form.skills if form.source == "skills" else (),
        minutes=int(form.minutes) if form.amount != "questions" else MAX_MINUTES,
        questions=int(form.questions) if form.amount == "questions" else None,
        difficulty=DIFFICULTIES[form.level],
        types=form.types,
        forms=int(form.forms),
        copies=int(form.copies),
        names=names,
        title=form.title,
        paper="letter" if form.paper == "letter" else "a4",
        large_print=form.large_print,
        key=next(place for place in KEYS if place == form.key),
        # Keyed: who reads the form cannot draw what will be printed.
        seed=runtime.seed("sheet", form.mix),
    )
    if form.reviews and learner:
        wish = replace(wish, reviews=due_skills(runtime, learner, now=now))
    if form.source == "role":
        return for_role(wish, find_role(runtime.bank.roadmap, form.role).targets, runtime.bank)
    if form.source == "gaps":
        if learner is None:
            raise SheetError(
                "There is no report yet, so no gaps are known: begin with a check, or choose skills."
            )
        return for_needs(wish, gaps_of_learner(runtime, learner), runtime.bank)
    return wish


def digest_text(wish: SheetWish, mix: str) -> str:
    """Return what makes a set this one: sent twice, it is printed once."""
    return json.dumps([mix, wish.skills, wish.names, repr(wish)])


#: What a wish of this form can end with.
REFUSED = (SheetError, TableError, UnknownNameError)
