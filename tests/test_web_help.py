"""Help in a test, reader mode, and the network that an attempt is written from."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from quizengine.services.attempt import accommodations, integrity, network
from quizengine.services.attempt.accommodations import Accommodation
from quizengine.services.attempt.helping import MOST_REPORTS
from quizengine.services.hiring import retention
from quizengine.web.words import now
from tests.hiring import Member, make_owner, make_screen, member, runtime_of
from tests.hiring_sittings import Sat, answer, begin, finish, two_skill_bank
from tests.web_questions import make_app


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_app(tmp_path, bank_=two_skill_bank())


@pytest.fixture
def sat(app: Flask) -> Sat:
    runtime = runtime_of(app)
    owner = make_owner(runtime)
    return begin(runtime, owner, make_screen(runtime, owner), now=now())


@pytest.fixture
def ann(app: Flask, sat: Sat) -> Member:
    client = app.test_client()
    with client.session_transaction() as session:
        session["held"] = {sat.attempt: sat.learner}
    return Member(client)


def slot_of(page: str) -> str:
    return page.partition('name="slot" value="')[2].partition('"')[0]


def test_help_says_that_the_clock_goes_on_and_whom_to_ask(ann: Member, sat: Sat) -> None:
    assert f'href="/t/{sat.attempt}/help"' in ann.page(f"/t/{sat.attempt}/q")

    page = ann.page(f"/t/{sat.attempt}/help")

    assert "The clock goes on while you are here" in page
    assert "Ida, ida@example.org" in page
    assert "sqrt(2)" in page


def test_a_test_leads_to_no_practice_and_its_solutions(ann: Member, sat: Sat) -> None:
    for page in ("q", "help", "finish"):
        text = ann.page(f"/t/{sat.attempt}/{page}")
        assert "/learn" not in text
        assert "/sheets" not in text
        assert "/demo" not in text


def test_what_is_wrong_with_a_question_is_kept_and_seen_with_the_result(
    app: Flask, ann: Member, sat: Sat
) -> None:
    at = f"/t/{sat.attempt}/help"
    slot = slot_of(ann.page(at))

    empty = ann.post(at, {"slot": slot, "note": " "})
    other = ann.post(at, {"slot": "nothing", "note": "x"})
    sent = ann.post(at, {"slot": slot, "note": "Two answers are right."})

    assert (empty.status_code, other.status_code, sent.status_code) == (422, 404, 303)
    assert "Two answers are right." in ann.page(at)
    runtime = runtime_of(app)
    answer(runtime, sat, "rw", now=now())
    finish(runtime, sat, now=now() + timedelta(minutes=2))
    olga = member(app, "olga@example.org")
    assert "reported" in olga.page(f"/hire/results/{sat.result}")
    assert "Two answers are right." in olga.page(f"/hire/results/{sat.result}/answers")


def test_reports_of_one_attempt_have_an_end(ann: Member, sat: Sat) -> None:
    at = f"/t/{sat.attempt}/help"
    slot = slot_of(ann.page(at))

    told = [ann.post(at, {"slot": slot, "note": f"No. {n}"}).status_code for n in range(MOST_REPORTS + 1)]

    assert told == [303] * MOST_REPORTS + [429]


def test_reader_mode_writes_formulas_as_text(app: Flask, ann: Member, sat: Sat) -> None:
    before = ann.page(f"/t/{sat.attempt}/q")
    given = Accommodation(reader_mode=True)
    accommodations.grant(runtime_of(app), sat.learner, given, by="x", now=now())

    after = ann.page(f"/t/{sat.attempt}/q")

    assert ("<math" in before, "<math" in after) == (True, False)
    assert "formula-text" in after


def test_another_network_is_noted_once_and_leads_to_no_address(app: Flask, sat: Sat) -> None:
    runtime, at = runtime_of(app), now()
    for address in ("198.51.100.7", "198.51.100.99", "203.0.113.5", "203.0.113.5", "nowhere"):
        network.note(runtime, sat.learner, sat.attempt, address, now=at)

    seen = [one.kind for one in integrity.timeline(runtime, sat.attempt)]
    early = retention.purge(runtime, now=at + timedelta(days=29), dry_run=True)
    late = retention.purge(runtime, now=at + timedelta(days=31), dry_run=True)

    assert seen == ["address_changed"]
    assert [one.counts.get("networks", 0) for one in (*early, *late)] == [1]
    folder = Path(app.config["DATABASE_URL"].removeprefix("sqlite:///")).parent
    assert all(b"203.0.113" not in path.read_bytes() for path in folder.glob("quizengine.db*"))


def test_who_is_not_to_be_watched_so_is_not(app: Flask, sat: Sat) -> None:
    runtime, at = runtime_of(app), now()
    off = Accommodation(integrity_off=("address_changed",))
    accommodations.grant(runtime, sat.learner, off, by="x", now=at)

    for address in ("198.51.100.7", "203.0.113.5"):
        network.note(runtime, sat.learner, sat.attempt, address, now=at + timedelta(seconds=1))

    assert integrity.timeline(runtime, sat.attempt) == ()
