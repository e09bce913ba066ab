"""The live page: what it shows, how it refreshes, how acts are asked for and refused."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from quizengine.services.hiring import accounts, screens
from quizengine.web.words import now
from tests.hiring import Member, invite, make_owner, make_person, make_screen, member, runtime_of
from tests.hiring_sittings import Sat, answer, begin, two_skill_bank
from tests.web_questions import make_app


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_app(tmp_path, bank_=two_skill_bank())


@pytest.fixture
def sat(app: Flask) -> tuple[str, Sat]:
    """A screen on which somebody is at work, who has typed something."""
    runtime = runtime_of(app)
    owner = make_owner(runtime)
    screen = make_screen(runtime, owner)
    began = now() - timedelta(minutes=3)
    found = begin(runtime, owner, screen, now=began)
    answer(runtime, found, "rw", now=began)
    return screen, found


@pytest.fixture
def olga(app: Flask, sat: tuple[str, Sat]) -> Member:
    return member(app, "olga@example.org")


def test_the_page_shows_who_is_where_and_no_answer(olga: Member, sat: tuple[str, Sat]) -> None:
    page = olga.page(f"/hire/screens/{sat[0]}/live")

    assert "Ann Lee" in page
    assert "3 of 20" in page
    assert 'http-equiv="refresh" content="10"' in page
    assert 'http-equiv="refresh"' not in olga.page(f"/hire/screens/{sat[0]}/live?still=yes")


def test_an_auditor_sees_codes_and_nothing_to_press(app: Flask, sat: tuple[str, Sat]) -> None:
    runtime = runtime_of(app)
    make_person(
        runtime, accounts.actor_named(runtime, "olga@example.org"), "auditor", email="aud@example.org"
    )
    auditor = member(app, "aud@example.org")

    page = auditor.page(f"/hire/screens/{sat[0]}/live")

    assert "Ann" not in page
    assert "/hire/invitations/" not in page
    assert auditor.get(f"/hire/invitations/{sat[1].invitation}/live").status_code == 404


def test_an_act_without_its_reason_is_asked_again_and_one_with_it_is_told_to_the_person(
    app: Flask, olga: Member, sat: tuple[str, Sat]
) -> None:
    at = f"/hire/invitations/{sat[1].invitation}/live"
    candidate = app.test_client()
    with candidate.session_transaction() as session:
        session["held"] = {sat[1].attempt: sat[1].learner}

    missing = olga.post(at, {"act": "pause", "reason": "disturbance", "note": ""})
    done = olga.post(at, {"act": "pause", "reason": "disturbance", "note": "The fire alarm rang."})
    again = olga.post(at, {"act": "pause", "reason": "disturbance", "note": "Once more."})

    assert (missing.status_code, done.status_code, again.status_code) == (422, 303, 409)
    assert 'value="pause" required checked' in missing.text
    assert "has moved on meanwhile" in again.text
    page = candidate.get(f"/t/{sat[1].attempt}").text
    assert "Your clock was stopped" in page
    assert "The fire alarm rang." in page
    assert "Olga" not in page


def test_time_for_all_says_first_how_many_it_reaches(olga: Member, sat: tuple[str, Sat]) -> None:
    at = f"/hire/screens/{sat[0]}/live/time"
    assert "It reaches 1 person" in olga.page(at)

    other = olga.post(at, {"foreseen": "2", "reason": "our_fault", "note": "The page was slow."})
    done = olga.post(at, {"foreseen": "1", "reason": "our_fault", "note": "The page was slow."})

    assert (other.status_code, done.status_code) == (409, 303)
    assert "reach 1 person by now, not 2" in other.text
    assert "5 min" in olga.page(f"/hire/screens/{sat[0]}/live")


def test_staff_take_a_screen_as_candidates_do(olga: Member, sat: tuple[str, Sat]) -> None:
    taken = olga.post(f"/hire/screens/{sat[0]}/preview")
    where = taken.headers["Location"]

    assert "A preview." in olga.page(where)
    olga.post(f"{where}/start")
    assert "Question 1" in olga.page(f"{where}/q")
    assert "1 invitation" in olga.page(f"/hire/screens/{sat[0]}")


def test_a_screen_says_who_has_not_begun_and_when_results_are_to_be_expected(
    app: Flask, olga: Member, sat: tuple[str, Sat]
) -> None:
    runtime = runtime_of(app)
    owner = accounts.actor_named(runtime, "olga@example.org")
    waiting = make_screen(runtime, owner)
    invite(runtime, owner, waiting, "email\nbob@example.org", now=now())

    assert "No letter has gone yet" in olga.page(f"/hire/screens/{waiting}")
    assert "Nobody has finished yet" in olga.page(f"/hire/screens/{sat[0]}")


def test_a_screen_without_people_says_what_to_do(app: Flask, olga: Member) -> None:
    runtime = runtime_of(app)
    other = make_owner(runtime, "second@example.org", "Second")
    screen = make_screen(runtime, other)
    second = member(app, "second@example.org")

    assert "Nobody is invited yet" in second.page(f"/hire/screens/{screen}/live")
    assert screens.read(runtime, other, screen).counts == {}
