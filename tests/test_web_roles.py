"""Role profiles with a browser: copy, look at what a bar does, save, activate."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from quizengine.model.variant import SkillId
from quizengine.services.hiring import profiles
from quizengine.services.hiring.forms import supply
from quizengine.web import create_app
from quizengine.web.settings import Settings
from tests.factories import shipped_bank
from tests.hiring import Member, make_owner, make_person, member, runtime_of


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    folder: Path = tmp_path_factory.mktemp("roles")
    made = create_app(Settings(data=folder), bank=shipped_bank())
    made.testing = True
    made.config["PROPAGATE_EXCEPTIONS"] = False
    make_owner(runtime_of(made))
    return made


@pytest.fixture(scope="module")
def olga(app: Flask) -> Member:
    return member(app, "olga@example.org")


def form_on(page: str) -> dict[str, Any]:
    """What the editor's form would send as it stands."""
    found = dict(re.findall(r'<(?:input|textarea)[^>]*\bname="([^"]+)"[^>]*\bvalue="([^"]*)"', page))
    return {name: html.unescape(value) for name, value in found.items() if not name.startswith("off.")}


def test_a_bar_is_set_looked_at_saved_and_activated(app: Flask, olga: Member) -> None:
    at = olga.post("/hire/roles", {"role": "ml-engineer"}).headers["Location"]
    page = olga.page(at)
    assert "Nobody is told <em>meets</em>" not in page

    changed = form_on(page) | {"cut": "0.5", "certain": "80", "rationale": "Agreed by the team."}
    looked = olga.post(at, changed)
    assert "What this bar does" in looked.text
    saved = olga.post(at, form_on(looked.text) | {"save": "yes", "rationale": "Agreed by the team."})

    assert saved.status_code == 303, saved.text
    shown = saved.headers["Location"]
    assert "Agreed by the team." in olga.page(shown)
    assert olga.post(f"{shown}/activate").status_code == 303
    page = olga.page(shown)
    assert "New version" in page
    assert "one person's judgement" in html.unescape(page)
    screen = re.search(r'href="(/hire/screens/new[^"]*)">New screen', page)
    assert screen
    assert re.search(rf'value="{shown.rpartition("/")[2]}" selected', olga.page(screen[1]))
    refused = olga.get(f"{shown}/edit")
    assert refused.status_code == 409
    assert re.search(rf'href="{shown}">Go on', refused.text)


def test_what_was_not_shown_is_not_saved(olga: Member) -> None:
    at = olga.post("/hire/roles", {"role": "mlops-engineer"}).headers["Location"]
    page = olga.page(at)

    answer = olga.post(at, form_on(page) | {"cut": "0.4", "save": "yes"})

    assert answer.status_code == 422
    assert "Look at what this bar does to people first" in answer.text


def test_what_cannot_be_read_is_told_and_the_rest_is_kept(olga: Member) -> None:
    at = olga.post("/hire/roles", {"role": "ml-engineer"}).headers["Location"]
    page = olga.page(at)

    answer = olga.post(at, form_on(page) | {"minutes": "an hour", "title": "Our ML engineer"})

    assert answer.status_code == 422
    assert "Minutes: write a number." in answer.text
    assert 'value="Our ML engineer"' in answer.text


def test_two_who_edit_a_draft_at_once_see_both_versions_and_choose(olga: Member) -> None:
    at = olga.post("/hire/roles", {"role": "ml-engineer"}).headers["Location"]
    mine = form_on(olga.page(at)) | {"cut": "0.1", "title": "Mine"}
    theirs = form_on(olga.post(at, mine | {"cut": "0.2", "title": "Theirs"}).text)
    assert olga.post(at, theirs | {"save": "yes"}).status_code == 303

    answer = olga.post(at, mine | {"save": "yes"})

    assert answer.status_code == 409
    assert re.search("Theirs</td><td>Mine", answer.text)
    assert re.search("0.20 logits</td><td>0.10 logits", answer.text)
    assert "Theirs" in olga.page(at)
    chosen = olga.post(at, form_on(answer.text))
    assert chosen.status_code == 200
    assert olga.post(at, form_on(chosen.text) | {"save": "yes"}).status_code == 303
    assert 'value="Mine"' in olga.page(at)


def test_skills_are_left_out_and_added(olga: Member) -> None:
    at = olga.post("/hire/roles", {"role": "ml-engineer"}).headers["Location"]
    form = form_on(olga.page(at))
    gone = form["skill.0"]

    page = olga.post(at, form | {"off.0": "yes", "cut": "0.5"}).text

    left = form_on(page)
    assert gone not in [value for name, value in left.items() if name.startswith("skill.")]
    again = olga.post(at, left | {f"skill.{profiles.MOST_SKILLS - 1}": gone, "cut": "0.5"}).text
    assert gone in [value for name, value in form_on(again).items() if name.startswith("skill.")]


def test_the_cut_page_names_the_rows_at_fault(olga: Member) -> None:
    at = olga.post("/hire/roles", {"role": "ml-engineer"}).headers["Location"].replace("/edit", "/cut")
    form = {"method": "angoff", "revision": "1", "text": "round,rater,question,chance\n9,A,x,0.5"}

    answer = olga.post(at, form)

    assert answer.status_code == 422
    assert "Line 2: the round is 1 or 2." in answer.text
    assert "9,A,x,0.5" in answer.text


def rated(skills: list[str]) -> str:
    """Ratings of three people whose targets have more digits than the editor shows."""
    asked = supply(shipped_bank())
    rows = [
        f"{round_};{rater};{question};{chance}"
        for skill in skills
        for question in asked[SkillId(skill)][:4]
        for rater, chance in (("Ann", "61 %"), ("Bob", "0,633"), ("Cem", "0.667"))
        for round_ in (1, 2)
    ]
    return "\n".join(["round;rater;question;chance", *rows])


def grouped(_: list[str]) -> str:
    """Scores of two groups whose cut has more digits than the editor shows."""
    rows = [f"enough,{0.3 + at / 17:.3f}\nnot,{0.6 - at / 13:.3f}" for at in range(24)]
    return "\n".join(["group,score", *rows])


@pytest.mark.parametrize(("method", "rows", "said"), [
    ("angoff", rated, "Set by 3 raters"), ("contrasting", grouped, "Set by two groups"),
])  # fmt: skip
def test_a_cut_that_people_found_is_saved_from_the_editor_as_theirs(
    olga: Member, method: str, rows: Callable[[list[str]], str], said: str
) -> None:
    at = olga.post("/hire/roles", {"role": "ml-engineer"}).headers["Location"]
    form = form_on(olga.page(at))
    skills = [form[f"skill.{place}"] for place in range(2)]
    few = form | {f"off.{place}": "yes" for place in range(2, profiles.MOST_SKILLS)}
    few |= {"weight.0": "0.33333333", "questions": "8", "least": "6"}
    assert olga.post(at, form_on(olga.post(at, few).text) | {"save": "yes"}).status_code == 303
    set_so = {"method": method, "revision": "2", "text": rows(skills)}
    assert olga.post(at.replace("/edit", "/cut"), set_so).status_code == 303

    saved = olga.post(at, form_on(olga.page(at)) | {"save": "yes", "rationale": "Agreed."})

    assert saved.status_code == 303, saved.text
    assert said in olga.page(saved.headers["Location"])


def test_a_reviewer_reads_profiles_and_changes_none(app: Flask, olga: Member) -> None:
    at = olga.post("/hire/roles", {"role": "ml-engineer"}).headers["Location"]
    owner = make_owner(runtime_of(app), "second@example.org", "Second")
    make_person(runtime_of(app), owner, "reviewer", email="rita@example.org")
    rita = member(app, "rita@example.org")

    assert ">Copy" not in rita.page("/hire/roles")
    assert rita.get(at).status_code == 404
    assert rita.post("/hire/roles", {"role": "ml-engineer"}).status_code == 404
