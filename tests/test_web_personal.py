"""A person's own data in the browser: taken along, erased after a code, kept after all, held."""

from __future__ import annotations

import io
import json
import re
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from quizengine.services.hiring import erasing, outbox
from quizengine.services.hiring.outbox import both_zones
from quizengine.web.words import now
from tests.hiring import Member, make_owner, make_person, make_screen, member, runtime_of
from tests.hiring_sittings import Sat, begin, two_skill_bank
from tests.web_questions import make_app


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_app(tmp_path, bank_=two_skill_bank())


@pytest.fixture
def sat(app: Flask) -> tuple[str, Sat]:
    runtime = runtime_of(app)
    owner = make_owner(runtime)
    screen = make_screen(runtime, owner)
    return screen, begin(runtime, owner, screen)


def candidate(app: Flask, sat: Sat) -> Member:
    client = app.test_client()
    with client.session_transaction() as session:
        session["held"] = {sat.attempt: sat.learner}
    return Member(client)


def test_a_person_takes_their_data_along_as_a_page_and_as_json(app: Flask, sat: tuple[str, Sat]) -> None:
    made = candidate(app, sat[1]).post(f"/t/{sat[1].attempt}/data/export")

    with zipfile.ZipFile(io.BytesIO(made.data)) as archive:
        page, table = archive.read("data.html").decode(), json.loads(archive.read("data.json"))
    assert table["person"]["name"] == "Ann Lee"
    assert "ann@example.org" in page
    assert not re.search(r"<script|<link|src=|https?:", page)


def test_an_erasure_is_confirmed_by_a_code_and_may_be_undone(app: Flask, sat: tuple[str, Sat]) -> None:
    ann, at = candidate(app, sat[1]), f"/t/{sat[1].attempt}/data"
    assert "six digits" in ann.post(f"{at}/erase").text
    letter = next(
        one for one in outbox.by_hand(runtime_of(app), sat[0]) if one.subject.startswith("Your code")
    )
    assert "erased" in letter.body

    wrong = ann.post(f"{at}/erase/confirm", {"code": "x"})
    right = ann.post(f"{at}/erase/confirm", {"code": letter.subject[-6:]})

    assert (wrong.status_code, right.status_code) == (422, 303)
    assert "Keep my data after all" in ann.page(at)
    olga = member(app, "olga@example.org")
    assert "asked to be erased" in olga.page(f"/hire/screens/{sat[0]}")
    assert ann.post(f"{at}/erase/undo").status_code == 303
    assert "asked to be erased" not in olga.page(f"/hire/screens/{sat[0]}")


def test_a_code_that_is_handed_over_is_found_by_who_invites_until_it_is_of_no_use(
    app: Flask, sat: tuple[str, Sat]
) -> None:
    screen, person = sat
    runtime, ann, olga = runtime_of(app), candidate(app, person), member(app, "olga@example.org")
    outbox.handed_over(runtime, screen, now=now())
    assert "to hand over" not in olga.page("/hire/screens")
    make_person(runtime, make_owner(runtime, "otto@example.com", "Other"), "admin", email="adam@example.com")

    asked = ann.post(f"/t/{person.attempt}/data/erase").text
    first = outbox.by_hand(runtime, screen)[0].subject
    ann.post(f"/t/{person.attempt}/data/erase")
    [letter] = outbox.by_hand(runtime, screen)

    assert "get it from <strong>Ida, ida@example.org</strong>" in asked
    assert "1 letter to hand over" in olga.page("/hire/screens")
    page = olga.page(f"/hire/screens/{screen}/letters")
    assert letter.subject in page
    assert f"until {both_zones(now() + timedelta(days=1), '')[:10]}" in page
    assert first not in page
    assert member(app, "adam@example.com").get(f"/hire/screens/{screen}/letters").status_code == 404
    almost = now() + timedelta(hours=23)
    erasing.confirm(runtime, person.learner, person.attempt, letter.subject[-6:], now=almost)
    assert erasing.of_attempt(runtime, person.learner, person.attempt).waits
    assert outbox.by_hand(runtime, screen) == []


def test_a_stranger_finds_no_page_of_somebodys_data(app: Flask, sat: tuple[str, Sat]) -> None:
    stranger = Member(app.test_client())

    assert stranger.get(f"/t/{sat[1].attempt}/data").status_code == 404
    assert stranger.post(f"/t/{sat[1].attempt}/data/export").status_code == 404


def test_staff_hold_and_erase_and_see_both(app: Flask, sat: tuple[str, Sat], tmp_path: Path) -> None:
    olga, at = member(app, "olga@example.org"), f"/hire/invitations/{sat[1].invitation}/data"

    assert olga.post(f"{at}/hold", {"why": ""}).status_code == 422
    olga.post(f"{at}/hold", {"why": "case 7"})
    olga.post(f"{at}/erase")
    page = olga.page(at)
    hold = re.search(r'name="lift" value="(\d+)"', page)

    assert hold
    assert "case 7" in page
    assert "once the legal hold is lifted" in page
    assert "legal hold" in olga.page(f"/hire/screens/{sat[0]}")
    assert "A legal hold is on it" in candidate(app, sat[1]).page(f"/t/{sat[1].attempt}/data")
    olga.post(f"{at}/hold", {"lift": hold[1]})
    runtime = runtime_of(app)
    with runtime.transaction.reading() as session:
        who = erasing.theirs(session, sat[1].learner, sat[1].attempt).candidate_id
    assert erasing.erase(runtime, tmp_path, who, now=now() + erasing.UNDO)
    gone = olga.page(f"/hire/screens/{sat[0]}")
    assert "was erased on" in gone
    assert "not known any more" in gone
    assert "Ann" not in gone


def test_a_screen_is_held_on_its_own_page(app: Flask, sat: tuple[str, Sat]) -> None:
    olga, at = member(app, "olga@example.org"), f"/hire/screens/{sat[0]}/hold"

    assert olga.post(at, {"why": " "}).status_code == 422
    assert olga.post(at, {"why": "case 8"}).status_code == 303

    assert "case 8" in olga.page(at)
    assert "A legal hold is on this screen" in olga.page(f"/hire/screens/{sat[0]}")
