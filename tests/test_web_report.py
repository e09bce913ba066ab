"""The report, the review, the plan, and all of it as data."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from quizengine.grading import grade
from quizengine.model.answers import SqlPanel
from quizengine.model.grade import Response
from quizengine.psychometrics import Design
from quizengine.services import scoring
from quizengine.services.attempts import DONT_KNOW
from quizengine.store import codec
from tests.web_learner import Person, person
from tests.web_questions import RIGHT, make_app

MAX_HTML = 200_000
SKILLS = 60


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return make_app(tmp_path_factory.mktemp("report"))


@pytest.fixture(scope="module")
def somebody(app: Flask) -> Person:
    return person(app)


@pytest.fixture(scope="module")
def report(somebody: Person) -> str:
    """The address of a report on right, wrong and missing answers, and one wrong answer with a name."""
    with pytest.MonkeyPatch.context() as patch:
        # To the end: what the tests below look for must have been asked.
        patch.setattr(scoring, "DIAGNOSTIC", Design(min_items=len(RIGHT), min_gain=0))
        return whole_check(somebody)


def whole_check(somebody: Person) -> str:
    """Answer every question; return the address of the report."""
    somebody.begin()
    for _ in RIGHT:
        slot, kind = somebody.question()
        how = {"integer": {"a.answer": "12"}, "fraction": {"a.answer": "-4/3"}}.get(kind)
        reply = somebody.send(how, slot) if how else somebody.answer("right" if kind < "n" else "wrong")
        if reply.headers["Location"].endswith("/done"):
            break
    found = re.search(r'href="(/learn/report/[a-z2-7]{26})"', somebody.page(f"/t/{somebody.attempt}/done"))
    assert found
    return found[1]


@pytest.fixture(scope="module")
def page(somebody: Person, report: str) -> str:
    return somebody.page(report)


@pytest.fixture(scope="module")
def told(somebody: Person, report: str) -> dict[str, Any]:
    """The report as data."""
    found = json.loads(somebody.get(f"{report}.json").text)
    assert isinstance(found, dict)
    return found


def test_the_counts_of_the_bands_are_those_of_the_data(page: str, told: dict[str, Any]) -> None:
    shown = {
        band: int(n) for band, n in re.findall(r'<div class="band-(\w+)">.*?<dd>(\d+)</dd>', page, re.DOTALL)
    }

    assert (
        shown
        == told["counts"]
        == {"gap": 0, "unclear": 0, "ready": 0} | Counter(s["band"] for s in told["skills"])
    )
    assert sum(shown.values()) == SKILLS


def test_the_report_says_what_it_cannot_know(page: str, told: dict[str, Any]) -> None:
    words = " ".join(re.sub(r"<[^>]+>", "", page).split())

    assert (
        f"{len(told['answers'])} answers cannot settle {SKILLS} skills; {told['counts']['unclear']} are still"
        in words
    )


def test_three_things_to_do_next_say_why_and_how_long(page: str) -> None:
    actions = re.findall(r'<li class="action">(.*?)</li>', page, re.DOTALL)

    assert len(actions) == 3
    assert all("Takes" in one and "Read first" in one and 'class="action-why"' in one for one in actions)


def test_every_skill_has_one_bar_and_the_same_numbers_in_the_table(page: str, told: dict[str, Any]) -> None:
    rows = re.findall(r'id="skill-([a-z0-9.-]+)">.*?aria-label="([^"]+)"', page, re.DOTALL)
    by_skill = {skill["skill"]: skill for skill in told["skills"]}

    assert {skill for skill, _ in rows} == by_skill.keys()
    assert len(rows) == SKILLS
    for skill, words in rows:
        one = by_skill[skill]
        assert words == (
            f"Chance to solve a medium question {one['chance']:.0%}, with 80% certainty between "
            f"{one['low']:.0%} and {one['high']:.0%}; the goal is {one['goal']:.0%}"
        )
    table = re.findall(r"<tr><th scope=\"row\">.*?</tr>", page)
    assert Counter(re.findall(r'numeric">(\d+%)</td><td class="numeric">\d+% to', "".join(table))) == Counter(
        f"{skill['chance']:.0%}" for skill in told["skills"]
    )


def test_within_an_area_the_most_pressing_skill_stands_first(page: str, told: dict[str, Any]) -> None:
    order = {skill["skill"]: at for at, skill in enumerate(told["skills"])}
    areas = re.findall(r'<ol class="skill-rows">(.*?)</ol>', page, re.DOTALL)

    assert len(areas) == 6
    for area in areas:
        places = [order[skill] for skill in re.findall(r'id="skill-([a-z0-9.-]+)"', area)]
        assert places == sorted(places)


@pytest.mark.parametrize(("shown", "band"), [("gaps", "gap"), ("unclear", "unclear")])
def test_the_bars_can_be_filtered(
    somebody: Person, report: str, told: dict[str, Any], shown: str, band: str
) -> None:
    page = somebody.page(f"{report}?show={shown}")

    assert set(re.findall(r'<li class="skill-row [^"]*" id="skill-([a-z0-9.-]+)"', page)) == {
        skill["skill"] for skill in told["skills"] if skill["band"] == band
    }


def test_an_unknown_filter_shows_everything(somebody: Person, report: str) -> None:
    assert somebody.page(f"{report}?show=nothing").count('class="skill-row ') == SKILLS


def test_every_node_of_the_map_leads_to_its_row(page: str) -> None:
    svg = re.search(r'<svg class="map".*?</svg>', page, re.DOTALL)
    assert svg

    links = re.findall(r'<a class="map-node [^"]*" href="#([^"]+)"', svg[0])

    assert len(links) == SKILLS
    assert all(f'id="{link}"' in page for link in links)
    assert len(re.findall(r'<div class="map-list">', page)) == 1


def test_a_misconception_is_named_with_what_was_typed_and_what_to_practise(page: str) -> None:
    found = re.search(r'<li class="misconception">(.*?)</li>', page, re.DOTALL)

    assert found
    assert "Forgets the sign" in found[1]
    assert "<code>12</code>" in found[1]
    assert "That is a slip." in found[1]
    assert "Seen once, may be a slip." in found[1]
    assert 'href="#skill-math.vectors"' in found[1]
    assert 'href="/learn/practice/math.matrices?question=math.matrices.integer"' in found[1]


def test_the_review_shows_each_question_with_answer_and_solution(
    somebody: Person, report: str, told: dict[str, Any]
) -> None:
    page = somebody.page(f"{report}/review")

    assert page.count('class="card review-item"') == len(told["answers"])
    assert page.count("Worked solution") == len(told["answers"])
    assert page.count("This is how it is done") == len(told["answers"])
    assert "the <code>L2</code> norm" in page
    assert "Not right" in page
    assert "Correct" in page
    assert page.count("Another like this") == len(told["answers"])


def test_an_id_stands_once_on_a_page(somebody: Person, report: str) -> None:
    for path in (report, f"{report}/review", f"{report}/plan", "/learn/practice", "/learn/start"):
        ids = Counter(re.findall(r'\sid="([^"]+)"', somebody.page(path)))

        assert [name for name, times in ids.items() if times > 1] == []


def test_the_report_is_light_enough_to_load(somebody: Person, report: str) -> None:
    for path in (report, f"{report}/plan", f"{report}/review"):
        assert len(somebody.get(path).data) <= MAX_HTML


def test_no_style_and_no_script_stands_in_the_page(somebody: Person, report: str) -> None:
    for path in (report, f"{report}/plan", f"{report}/review"):
        page = somebody.get(path).text
        assert " style=" not in page
        assert not re.search(r"<script(?![^>]*\ssrc=)", page)
        assert not re.search(r"\son[a-z]+=", page)


def test_the_answers_of_the_export_grade_the_same_elsewhere(told: dict[str, Any]) -> None:
    panels = {digest: codec.panel_from_json(panel) for digest, panel in told["panels"].items()}

    def panel(digest: str) -> SqlPanel:
        return panels[digest]

    for one in told["answers"]:
        response = Response(
            answers=_tuples(one["answers"]), dont_know=one["dont_know"], decimal=one["decimal"]
        )
        again = (
            DONT_KNOW if one["dont_know"] else grade(codec.variant_from_json(one["variant"], panel), response)
        )
        assert (again.verdict, again.score, again.misconception) == (
            one["verdict"],
            one["score"],
            one["misconception"],
        )


def _tuples(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _tuples(one) for key, one in value.items()}
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def test_the_skills_as_a_table_have_a_row_each(somebody: Person, report: str, told: dict[str, Any]) -> None:
    response = somebody.get(f"{report}.csv")
    rows = list(csv.DictReader(io.StringIO(response.text)))

    assert response.headers["Content-Disposition"].startswith("attachment; filename=")
    assert [row["skill"] for row in rows] == [skill["skill"] for skill in told["skills"]]
    assert {row["band"] for row in rows} <= {"gap", "unclear", "ready"}


def test_no_cell_of_a_table_is_a_formula(somebody: Person, report: str) -> None:
    tables = [
        somebody.get(path).text
        for path in (f"{report}.csv", f"{report}.csv?rows=answers", f"{report}/plan.csv")
    ]
    cells = [cell for table in tables for row in csv.reader(io.StringIO(table)) for cell in row]

    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t"))] == []
    assert "'-4/3" in cells


def test_the_calendar_has_stable_names_for_its_weeks(somebody: Person, report: str) -> None:
    one, other = (somebody.get(f"{report}/plan.ics").text for _ in range(2))
    plan = json.loads(somebody.get(f"{report}/plan.json").text)
    uids = re.findall(r"^UID:(.+)\r$", one, re.MULTILINE)

    assert uids == re.findall(r"^UID:(.+)\r$", other, re.MULTILINE)
    assert len(uids) == len(set(uids))
    assert len(uids) == sum(bool(week["shares"]) + week["is_check"] for week in plan["weeks"])
    assert one.startswith("BEGIN:VCALENDAR\r\n")


def plan_of(somebody: Person, report: str) -> dict[str, Any]:
    found = json.loads(somebody.get(f"{report}/plan.json").text)
    assert isinstance(found, dict)
    return found


def test_the_plan_shows_every_step_once_with_its_phase(somebody: Person, report: str) -> None:
    page = somebody.page(f"{report}/plan")
    plan = plan_of(somebody, report)

    assert sorted(re.findall(r'id="step-([a-z0-9.-]+)"', page)) == sorted(
        step["skill"] for step in plan["steps"]
    )
    assert "Foundation</h2>" in page
    assert f"{plan['weeks_low']} to {plan['weeks_high']}" in page
    assert "You bring along" in page
    assert 'href="/learn/practice/math.matrices"' in page


def test_more_hours_a_week_make_fewer_weeks(somebody: Person, report: str) -> None:
    before = plan_of(somebody, report)

    somebody.post(f"{report}/plan", {"hours": "12,5", "starts": "2027-01-04"})
    after = plan_of(somebody, report)
    somebody.post(f"{report}/plan", {"hours": f"{before['hours_a_week']:g}", "starts": before["starts"]})

    assert after["weeks_high"] < before["weeks_high"]
    assert after["weeks"][0]["begins"] == "2027-01-04"
    assert plan_of(somebody, report) == before


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"hours": "0"}, "Write a number of hours"),
        ({"hours": "1e9"}, "Write a number of hours"),
        ({"starts": "soon"}, "Write a day"),
        ({"starts": "1999-01-01"}, "Write a day"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_and_the_old_one_stays(
    somebody: Person, report: str, typed: dict[str, str], message: str
) -> None:
    before = plan_of(somebody, report)

    refused = somebody.post(f"{report}/plan", {"hours": "6", "starts": before["starts"], **typed})

    assert refused.status_code == 422
    assert message in refused.text
    assert all(f'value="{value}"' in refused.text for value in typed.values())
    assert plan_of(somebody, report) == before


def test_what_is_known_gets_a_check_and_can_be_taken_back(somebody: Person, report: str) -> None:
    before = plan_of(somebody, report)
    step = next(step for step in before["steps"] if step["band"] == "gap")

    somebody.post(f"{report}/plan", {"known": step["skill"]})
    known = next(one for one in plan_of(somebody, report)["steps"] if one["skill"] == step["skill"])
    page = somebody.page(f"{report}/plan")
    somebody.post(f"{report}/plan", {"unknown": step["skill"]})

    assert known["hours_high"] < step["hours_high"]
    assert "You say you know" in page
    assert plan_of(somebody, report) == before


def test_what_is_put_off_leaves_the_plan_and_can_be_taken_back(somebody: Person, report: str) -> None:
    before = plan_of(somebody, report)
    skill = before["steps"][0]["skill"]

    somebody.post(f"{report}/plan", {"later": skill})
    after = plan_of(somebody, report)
    somebody.post(f"{report}/plan", {"sooner": skill})

    assert skill not in {step["skill"] for step in after["steps"]}
    assert skill in {one["skill"] for one in after["postponed"]}
    assert plan_of(somebody, report) == before


def test_a_free_week_is_left_out_and_can_be_used_after_all(somebody: Person, report: str) -> None:
    before = plan_of(somebody, report)
    second = date.fromisoformat(before["starts"]) + timedelta(days=7)

    somebody.post(f"{report}/plan", {"free": second.isoformat()})
    after = plan_of(somebody, report)
    page = somebody.page(f"{report}/plan")
    somebody.post(f"{report}/plan", {"busy": second.isoformat()})

    assert after["weeks"][1]["shares"] == []
    assert "study after all" in page
    assert plan_of(somebody, report) == before


def test_a_skill_that_is_none_changes_nothing(somebody: Person, report: str) -> None:
    before = plan_of(somebody, report)

    assert somebody.post(f"{report}/plan", {"known": "math.magic"}).status_code == 404
    assert plan_of(somebody, report) == before


def test_a_report_that_is_not_there_is_not_found(somebody: Person) -> None:
    nowhere = "/learn/report/" + "a" * 26

    for path in (nowhere, f"{nowhere}.json", f"{nowhere}.csv", f"{nowhere}/review", f"{nowhere}/plan.ics"):
        assert somebody.get(path).status_code == 404


def test_the_same_report_is_shown_after_a_restart(tmp_path: Path) -> None:
    one = person(make_app(tmp_path))
    one.begin()
    report = one.finish()
    cookie = one.client.get_cookie("qe")
    assert cookie
    other = person(make_app(tmp_path))
    other.client.set_cookie("qe", cookie.value)

    assert other.get(f"{report}.json").text == one.get(f"{report}.json").text
