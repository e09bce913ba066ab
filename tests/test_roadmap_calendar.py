"""The plan as a calendar file, as CSV and as JSON."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizengine.model.estimate import Gap
from quizengine.model.plan import StudyPlan
from quizengine.model.roadmap import Roadmap
from quizengine.roadmap.calendar import plan_csv, plan_ics, plan_table
from quizengine.roadmap.gaps import find_gaps
from quizengine.roadmap.plan import make_plan
from tests.roadmaps import roadmap, roadmaps_with_gaps, skill_entry

MONDAY = date(2026, 11, 23)
STAMP = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def plan_with(title: str = "Joins", study: str = "The manual", hours: int = 12) -> StudyPlan:
    given_one = roadmap(
        skill_entry("a", title=title, study=[study], hours={"low": hours, "high": hours}, transfers=["ORM"])
    )
    gaps = find_gaps(
        given_one,
        given_one.roles[0],
        probabilities=[0.9],
        means=[-3.0],
        sds=[0.5],
        answers_by_skill={given_one.skills[0].id: 3},
        dont_know_by_skill={},
        near=[False],
    )
    free = [MONDAY + timedelta(weeks=1)]
    return make_plan(given_one, given_one.roles[0], gaps, hours_a_week=4, starts=MONDAY, free_weeks=free)


def ics(plan: StudyPlan, stamp: datetime = STAMP) -> str:
    return plan_ics(plan, uid_prefix="plan-1@example.org", url="https://example.org/plan/1", stamp=stamp)


def events(text: str) -> list[dict[str, str]]:
    """Read an iCalendar file back: unfold, split, undo the escapes."""
    assert text.endswith("\r\n")
    assert text.count("\n") == text.count("\r\n")
    found: list[dict[str, str]] = []
    for line in text.replace("\r\n ", "").removesuffix("\r\n").split("\r\n"):
        name, _, value = line.partition(":")
        if line == "BEGIN:VEVENT":
            found.append({})
        elif found and name not in ("BEGIN", "END"):
            found[-1][name] = unescaped(value)
    return found


def unescaped(value: str) -> str:
    out, chars = "", iter(value)
    for char in chars:
        if char != "\\":
            out += char
        else:
            escaped = next(chars)
            out += "\n" if escaped == "n" else escaped
    return out


def test_each_week_and_each_check_is_an_all_day_event_and_a_free_week_is_none() -> None:
    found = events(ics(plan_with()))

    assert [(one["UID"], one["DTSTART;VALUE=DATE"], one["DTEND;VALUE=DATE"]) for one in found] == [
        ("plan-1@example.org-week-1", "20261123", "20261130"),
        ("plan-1@example.org-week-3", "20261207", "20261214"),
        ("plan-1@example.org-week-4", "20261214", "20261221"),
        ("plan-1@example.org-check-4", "20261220", "20261221"),
    ]
    assert found[0]["SUMMARY"] == "Study week 1: Joins"
    assert found[0]["DESCRIPTION"] == "Joins (4 h): The manual"
    assert found[0]["URL"] == "https://example.org/plan/1"


def test_a_second_file_has_the_same_names_and_a_later_stamp() -> None:
    later = STAMP + timedelta(days=3)

    first, second = events(ics(plan_with())), events(ics(plan_with(hours=20), later))

    assert {one["UID"] for one in first if "week" in one["UID"]} <= {one["UID"] for one in second}
    assert (first[0]["DTSTAMP"], second[0]["DTSTAMP"]) == ("20261123T120000Z", "20261126T120000Z")


def test_the_stamp_is_written_in_universal_time() -> None:
    kathmandu = datetime(2026, 11, 23, 12, 0, tzinfo=timezone(timedelta(hours=5, minutes=45)))

    assert events(ics(plan_with(), kathmandu))[0]["DTSTAMP"] == "20261123T061500Z"
    with pytest.raises(ValueError, match="time zone"):
        ics(plan_with(), datetime(2026, 11, 23, 12, 0))  # noqa: DTZ001 - what is refused


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(str.strip))
def test_any_title_comes_back_and_no_line_is_longer_than_75_octets(title: str) -> None:
    text = ics(plan_with(title, study=title))

    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert events(text)[0]["SUMMARY"] == f"Study week 1: {title}"
    assert events(text)[0]["DESCRIPTION"] == f"{title} (4 h): {title}"


@given(st.text(st.characters(categories=["Cc"]), min_size=1))
def test_control_characters_cannot_smuggle_lines_in(controls: str) -> None:
    text = ics(plan_with(f"Joins{controls}END:VCALENDAR"))

    assert text.replace("\r\n ", "").count("\r\nEND:VCALENDAR\r\n") == 1
    assert all(char in {"\r", "\n"} or char >= " " for char in text)


def test_an_address_with_a_line_end_is_refused() -> None:
    with pytest.raises(ValueError, match="printable"):
        plan_ics(plan_with(), uid_prefix="p", url="https://example.org/\r\nX:1", stamp=STAMP)


def test_the_csv_has_a_head_and_one_row_a_skill() -> None:
    head, row = csv.reader(io.StringIO(plan_csv(plan_with())))

    found = dict(zip(head, row, strict=True))
    assert (found["step"], found["skill"], found["title"], found["status"]) == ("1", "a", "Joins", "gap")
    assert (found["first_week"], found["last_week"], found["begins"]) == ("1", "4", "2026-11-23")
    assert (found["study"], found["builds_on"]) == ("The manual", "ORM")


@pytest.mark.parametrize("title", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx"])
def test_no_cell_of_the_csv_is_taken_for_a_formula(title: str) -> None:
    _, row = csv.reader(io.StringIO(plan_csv(plan_with(title))))

    assert row[2] == f"'{title}"


@given(roadmaps_with_gaps())
def test_the_json_says_all_that_the_plan_says(drawn: tuple[Roadmap, tuple[Gap, ...]]) -> None:
    given_one, gaps = drawn
    plan = make_plan(given_one, given_one.roles[0], gaps, hours_a_week=5, starts=MONDAY)

    table = json.loads(json.dumps(plan_table(plan), allow_nan=False))

    assert [step["skill"] for step in table["steps"]] == [step.skill for step in plan.steps]
    assert [step["why"] for step in table["steps"]] == [step.why for step in plan.steps]
    assert sum(share["hours"] for week in table["weeks"] for share in week["shares"]) == sum(
        (step["hours_low"] + step["hours_high"]) / 2 for step in table["steps"]
    )
    assert [(one["skill"], one["why"]) for one in table["credited"]] == list(plan.credited)
