"""Signing in with a browser: the first link, the form, what a page shows once."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask

from quizengine.cli import main
from tests.hiring import PASSWORD, Member, make_owner, make_person, member, runtime_of
from tests.web_learner import Person
from tests.web_questions import make_app


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_app(tmp_path)


def test_from_the_command_to_the_first_page(app: Flask, tmp_path: Path) -> None:
    told = CliRunner().invoke(
        main,
        ["create-owner", "olga@example.org", "--organisation", "Example", "--data", str(tmp_path / "data")],
    )
    link = re.search(r"http://127\.0\.0\.1:8000(/hire/setup/\S+)", told.output)
    assert link, told.output
    olga = Member(app.test_client())

    assert "olga@example.org" in olga.page(link[1])
    weak = olga.post(link[1], {"name": "Olga", "password": "short"})
    done = olga.post(link[1], {"name": "Olga", "password": PASSWORD})

    assert weak.status_code == 422
    assert (done.status_code, done.headers["Location"]) == (303, "/hire")
    assert "Olga" in olga.page("/hire/people")
    used = olga.get(link[1])
    assert used.status_code == 410
    assert 'href="/login"' in used.text
    assert "with a code" not in used.text


def test_an_owner_who_lost_the_password_gets_a_new_link_to_the_same_organisation(
    app: Flask, tmp_path: Path
) -> None:
    make_owner(runtime_of(app))
    command = ["create-owner", "olga@example.org", "--data", str(tmp_path / "data")]
    again = CliRunner().invoke(main, [*command, "--organisation", "Example"])
    assert "--new-link" in again.output

    told = CliRunner().invoke(main, [*command, "--new-link"])
    link = re.search(r"(/hire/setup/\S+)", told.output)
    assert link, told.output
    olga = Member(app.test_client())
    olga.post(link[1], {"name": "Olga Berg", "password": f"{PASSWORD} new"})

    page = olga.page("/hire/people")
    assert "Olga Berg" in page
    assert page.count("olga@example.org") == 1
    assert "staff.link" in olga.page("/hire/audit")


@pytest.mark.parametrize("wish", [[], ["--new-link", "--organisation", "Example"]])
def test_an_owner_is_made_or_gets_a_new_link(tmp_path: Path, wish: list[str]) -> None:
    told = CliRunner().invoke(main, ["create-owner", "a@example.org", *wish, "--data", str(tmp_path)])

    assert told.exit_code == 2
    assert "--new-link" in told.output


def test_a_new_link_is_for_owners_alone(app: Flask, tmp_path: Path) -> None:
    owner = make_owner(runtime_of(app))
    make_person(runtime_of(app), owner, "admin", email="adam@example.org")

    told = CliRunner().invoke(
        main, ["create-owner", "adam@example.org", "--new-link", "--data", str(tmp_path / "data")]
    )

    assert told.exit_code == 1
    assert "No owner has the address" in told.output


def test_without_an_organisation_the_page_says_how_to_begin(app: Flask) -> None:
    assert "quizengine create-owner" in Member(app.test_client()).page("/login")


def test_a_wrong_password_is_told_and_too_many_are_slowed(app: Flask) -> None:
    make_owner(runtime_of(app))
    olga = Member(app.test_client())

    answers = [olga.sign_in("olga@example.org", "wrong") for _ in range(6)]

    assert [answer.status_code for answer in answers] == [422] * 5 + [429]
    assert "do not go together" in answers[0].text
    assert "Retry-After" in answers[5].headers


def test_signing_in_leads_back_to_where_one_was_and_never_elsewhere(app: Flask) -> None:
    make_owner(runtime_of(app))
    olga = Member(app.test_client())

    sent = olga.get("/hire/people").headers["Location"]
    form = {"email": "olga@example.org", "password": PASSWORD}

    assert sent == "/login?next=/hire/people"
    assert olga.post("/login", form | {"next": "/hire/people"}).headers["Location"] == "/hire/people"
    assert olga.post("/login", form | {"next": "//evil.example"}).headers["Location"] == "/"


def test_a_new_persons_link_is_shown_once(app: Flask) -> None:
    make_owner(runtime_of(app))
    olga = member(app, "olga@example.org")

    olga.post("/hire/people", {"email": "rita@example.org", "name": "Rita", "roles": ["reviewer"]})
    first, second = olga.page("/hire/people"), olga.page("/hire/people")

    link = re.search(r'value="http://localhost(/hire/setup/[^"]+)"', first)
    assert link
    assert "/hire/setup/" not in second
    rita = Member(app.test_client())
    assert rita.post(link[1], {"name": "Rita", "password": PASSWORD}).status_code == 303
    assert rita.get("/hire/people").status_code == 404


def test_a_password_is_changed_with_the_old_one_and_ends_the_other_sessions(app: Flask) -> None:
    make_owner(runtime_of(app))
    here, there = member(app, "olga@example.org"), member(app, "olga@example.org")
    new = "a quiet harbour town"

    wrong = here.post("/hire/me/password", {"old": "not this one at all", "password": new})
    weak = here.post("/hire/me/password", {"old": PASSWORD, "password": "short"})
    assert there.get("/hire/me").status_code == 200
    done = here.post("/hire/me/password", {"old": PASSWORD, "password": new})

    assert (wrong.status_code, weak.status_code, done.status_code) == (422, 422, 303)
    assert "not your password until now" in wrong.text
    assert new not in wrong.text
    assert "Your password is another one now" in here.page(done.headers["Location"])
    assert there.get("/hire/me").headers["Location"].startswith("/login")
    form = {"email": "olga@example.org", "password": PASSWORD}
    assert Member(app.test_client()).post("/login", form).status_code == 422
    assert Member(app.test_client()).post("/login", form | {"password": new}).status_code == 303


def test_the_old_password_cannot_be_guessed_without_end(app: Flask) -> None:
    make_owner(runtime_of(app))
    olga = member(app, "olga@example.org")
    guess = {"old": "not this one at all", "password": "a quiet harbour town"}

    told = [olga.post("/hire/me/password", guess).status_code for _ in range(6)]

    assert told[-1] == 429
    assert set(told[:4]) == {422}


def test_who_is_disabled_meets_the_form_to_sign_in(app: Flask) -> None:
    owner = make_owner(runtime_of(app))
    rob = make_person(runtime_of(app), owner, "recruiter", email="rob@example.org")
    browser = member(app, rob.email)
    assert browser.get("/hire/me").status_code == 200

    member(app, owner.email).post(f"/hire/people/{rob.staff_id}/disable")

    assert browser.get("/hire/me").headers["Location"].startswith("/login")


def test_a_form_without_its_token_is_refused(app: Flask) -> None:
    make_owner(runtime_of(app))
    olga = member(app, "olga@example.org")

    assert olga.client.post("/logout").status_code == 403
    assert olga.get("/hire/people").status_code == 200


def test_a_learner_in_the_same_browser_stays_one(app: Flask) -> None:
    make_owner(runtime_of(app))
    both = Person(app.test_client())
    both.begin()

    Member(both.client).sign_in("olga@example.org")
    assert both.get(f"/t/{both.attempt}/q").status_code == 200
    assert both.get("/hire/people").status_code == 200

    both.post("/logout")
    assert both.get(f"/t/{both.attempt}/q").status_code == 200
    assert both.get("/hire/people").status_code == 303


def test_names_on_the_page_are_text_and_never_markup(app: Flask) -> None:
    owner = make_owner(runtime_of(app))
    olga = member(app, owner.email)

    olga.post("/hire/people", {"email": "e@example.org", "name": "<b>Eve</b>", "roles": ["auditor"]})

    page = olga.page("/hire/people")
    assert "<b>Eve</b>" not in page
    assert "<b>Eve</b>" in html.unescape(page)
