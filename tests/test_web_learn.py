"""A learner's home, start, and the link to come back with."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path

import pytest
from flask import Flask

from quizengine.store.database import open_engine
from tests.web_learner import START, Person, person
from tests.web_questions import make_app


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_app(tmp_path)


@pytest.fixture
def somebody(app: Flask) -> Person:
    return person(app)


def content_of(app: Flask) -> str:
    """A hash of every row of every table."""
    with open_engine(app.config["DATABASE_URL"]).connect() as connection:
        names = [
            row[0] for row in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type='table'")
        ]
        rows = [
            sorted(map(str, connection.exec_driver_sql(f"SELECT * FROM {name}"))) for name in sorted(names)
        ]
    return sha256(repr(rows).encode()).hexdigest()


def private_link(page: str) -> str:
    found = re.search(r'value="http://localhost(/learn/resume/[^"]+)"', page)
    assert found
    return found[1]


def test_who_comes_first_is_shown_the_way(somebody: Person) -> None:
    page = somebody.page("/learn")

    assert "Nothing here yet" in page
    assert 'href="/learn/start"' in page
    assert 'href="/demo"' in page


def test_the_start_says_what_will_come(somebody: Person) -> None:
    page = somebody.page("/learn/start")

    assert "14 to 28 questions, about 20-30 minutes, no clock, pause at any time." in page
    assert page.count('type="radio" name="role"') == 4
    assert "60 skills, questions on 1 of them" in page
    assert page.count("never used") == 6


def test_after_the_start_come_the_instructions_and_then_the_first_question(somebody: Person) -> None:
    started = somebody.post("/learn/start", START)
    page = somebody.page(started.headers["Location"])
    first = somebody.post(started.headers["Location"] + "/start")

    assert started.status_code == first.status_code == 303
    assert "There is no way back" in page
    assert first.headers["Location"] == started.headers["Location"] + "/q"
    assert "Question <strong>1</strong> of 14 to 28" in somebody.page(first.headers["Location"])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"hours": "41"}, "Write a number of hours from 1 to 40"),
        ({"hours": "many"}, "Write a number of hours from 1 to 40"),
        ({"hours": "nan"}, "Write a number of hours from 1 to 40"),
        ({"role": "astronaut"}, "Choose the role"),
        ({"rating.math": "9"}, "Choose one of the words"),
    ],
)
def test_a_form_that_does_not_fit_is_shown_again_as_it_was(
    app: Flask, somebody: Person, wrong: dict[str, str], message: str
) -> None:
    before = content_of(app)

    answer = somebody.post("/learn/start", {**START, "rating.de": "3", **wrong})

    assert answer.status_code == 422
    assert message in answer.text
    assert re.search(r'name="rating.de">.*?<option value="3" selected>', answer.text, re.DOTALL)
    assert content_of(app) == before


def test_an_open_check_is_offered_before_another(somebody: Person) -> None:
    attempt = somebody.begin()
    somebody.answer()

    page = somebody.page("/learn/start")

    assert page.index("Your check waits for you") < page.index("Start afresh</h2>")
    assert f'href="/t/{attempt}/q"' in page
    assert f'href="/t/{attempt}/q"' in somebody.page("/learn")
    assert f'href="/t/{attempt}/q"' in somebody.page(f"/t/{attempt}")


def test_an_open_check_is_given_up_only_when_that_is_said(somebody: Person) -> None:
    first = somebody.begin()
    somebody.answer()

    refused = somebody.post("/learn/start", START)
    taken = somebody.post("/learn/start", {**START, "afresh": "yes"})

    assert refused.status_code == 409
    assert "may be given up" in refused.text
    assert taken.status_code == 303
    assert "This check was given up" in somebody.page(f"/t/{first}/done")


def test_the_private_link_brings_the_work_into_another_browser(app: Flask, somebody: Person) -> None:
    at = somebody.post("/learn/start", START).headers["Location"]
    link = private_link(somebody.page(at))
    other = person(app)

    asked = other.page(link)
    answered = other.post(link)

    assert "Go on here?" in asked
    assert answered.headers["Location"] == "/learn"
    assert f'href="{at}"' in other.page("/learn")


def test_a_link_that_is_only_looked_at_opens_nothing(app: Flask, somebody: Person) -> None:
    at = somebody.post("/learn/start", START).headers["Location"]
    other = person(app)

    other.page(private_link(somebody.page(at)))

    assert other.get(at).status_code == 404


def test_the_link_is_not_shown_again_after_the_start(somebody: Person) -> None:
    attempt = somebody.begin()

    assert "/learn/resume/" not in somebody.page(f"/t/{attempt}")
    assert "/learn/resume/" not in somebody.page("/learn/link")


def test_a_new_link_ends_the_old_one(app: Flask, somebody: Person) -> None:
    old = private_link(somebody.page(somebody.post("/learn/start", START).headers["Location"]))
    somebody.post("/learn/link")
    new = private_link(somebody.page("/learn/link"))
    other = person(app)

    refused = other.post(old)

    assert refused.status_code == 404
    assert "This link is not known" in refused.text
    assert other.post(new).headers["Location"] == "/learn"


def test_pages_with_a_link_tell_no_other_page_where_one_came_from(somebody: Person) -> None:
    at = somebody.post("/learn/start", START).headers["Location"]
    somebody.post("/learn/link")

    for path in (at, "/learn/link", "/learn/resume/anything"):
        assert somebody.get(path).headers["Referrer-Policy"] == "no-referrer"


def test_a_restart_of_the_server_loses_nothing(tmp_path: Path) -> None:
    somebody = person(make_app(tmp_path))
    attempt = somebody.begin()
    somebody.answer()
    slot, _ = somebody.question()
    cookie = somebody.client.get_cookie("qe")
    assert cookie

    again = Person(make_app(tmp_path).test_client(), attempt)
    again.client.set_cookie("qe", cookie.value)

    assert again.question()[0] == slot
    assert again.answer().status_code == 303


def test_a_learner_that_the_database_does_not_know_begins_anew(tmp_path: Path) -> None:
    somebody = person(make_app(tmp_path / "one"))
    somebody.begin()
    cookie = somebody.client.get_cookie("qe")
    assert cookie
    key = (tmp_path / "one" / "data" / "secret_key").read_text()
    other = person(make_app(tmp_path / "two", secret_key=key))
    other.client.set_cookie("qe", cookie.value)

    assert "Nothing here yet" in other.page("/learn")
    assert other.post("/learn/start", START).status_code == 303


def test_no_page_changes_anything_by_being_looked_at(app: Flask, somebody: Person) -> None:
    somebody.begin()
    report = somebody.finish()
    done = somebody.attempt
    practice = somebody.practise()
    somebody.answer("wrong")
    feedback = somebody.get(f"/t/{practice}/q").headers["Location"]
    running = somebody.begin()
    before = content_of(app)

    paths = ["/learn", "/learn/start", "/learn/link", "/learn/resume/x", "/learn/practice"]
    paths += ["/learn/practice/math.matrices", report, f"{report}?show=gaps", f"{report}/review"]
    paths += [f"{report}{end}" for end in (".json", ".csv", "/plan", "/plan.ics", "/plan.csv", "/plan.json")]
    paths += [f"/t/{running}{end}" for end in ("", "/q", "/finish")] + [f"/t/{done}/done", feedback]
    assert {path: somebody.get(path).status_code for path in paths} == dict.fromkeys(paths, 200)

    assert content_of(app) == before


def test_the_pages_of_another_person_look_like_none(app: Flask, somebody: Person) -> None:
    attempt = somebody.begin()
    slot, _ = somebody.question()
    report = somebody.finish()
    other = person(app)
    other.begin()

    for path in (
        f"/t/{attempt}",
        f"/t/{attempt}/q",
        f"/t/{attempt}/done",
        report,
        f"{report}.json",
        f"{report}/plan",
    ):
        assert other.get(path).status_code == 404
        assert person(app).get(path).status_code == 404
    assert other.post(f"/t/{attempt}/q", {"slot": slot, "dont_know": "yes"}).status_code == 404
    assert other.post(f"{report}/plan", {"hours": "3", "starts": "2027-01-04"}).status_code == 404


def test_what_one_person_does_is_kept_by_no_cache(somebody: Person) -> None:
    attempt = somebody.begin()

    for path in ("/learn", "/learn/start", f"/t/{attempt}/q", "/learn/practice"):
        assert somebody.get(path).headers["Cache-Control"] == "no-store"
