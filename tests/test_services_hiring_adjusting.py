"""Adjustments: by whom they may be approved, when they reach a test, and that nobody who judges sees them."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from quizengine.errors import NotFoundError
from quizengine.services import attempts, learners
from quizengine.services.attempt import accommodations
from quizengine.services.attempt.accommodations import Accommodation
from quizengine.services.attempt.making import Terms, make
from quizengine.services.hiring import adjusting, audit, results
from quizengine.services.permissions import Actor
from quizengine.services.runtime import Runtime
from quizengine.web.words import now
from tests.factories import NOON, make_runtime
from tests.hiring import Member, make_owner, make_person, make_screen, member, runtime_of
from tests.hiring_sittings import answer, begin, finish, two_skill_bank
from tests.web_questions import make_app

HALF_MORE = Accommodation(multiplier_percent=150)


@pytest.fixture
def runtime(tmp_path: Path) -> Runtime:
    return make_runtime(tmp_path, two_skill_bank())


@pytest.fixture
def owner(runtime: Runtime) -> Actor:
    return make_owner(runtime)


def test_extra_time_in_the_middle_of_a_test_moves_its_end(runtime: Runtime, owner: Actor) -> None:
    granted = make_person(runtime, owner, "admin", grants=("accommodate",))
    sat = begin(runtime, owner, make_screen(runtime, owner))
    later = NOON + timedelta(minutes=30)

    adjusting.grant(runtime, granted, sat.invitation, HALF_MORE, note="notesentinel", now=later)

    clock = attempts.standing(runtime, sat.learner, sat.attempt, now=later).clock
    assert clock is not None
    assert clock.deadline == NOON + timedelta(minutes=90)
    assert adjusting.read(runtime, granted, sat.invitation, now=later).given == HALF_MORE


def test_what_somebody_has_is_said_before_they_start(runtime: Runtime) -> None:
    guest = learners.new_guest(runtime, now=NOON)
    terms = Terms(kind="screening", questions=tuple(runtime.bank.questions), minutes=60)
    attempt = make(runtime, guest.id, terms, now=NOON)

    def told(given: Accommodation) -> tuple[float | None, bool, bool]:
        accommodations.grant(runtime, guest.id, given, by="olga", now=NOON)
        standing = attempts.standing(runtime, guest.id, attempt, now=NOON)
        assert standing.state == "ready"
        return standing.minutes, standing.is_timed, standing.may_pause

    assert told(Accommodation()) == (60, True, False)
    assert told(replace(HALF_MORE, breaks=True)) == (90, True, True)
    assert told(Accommodation(untimed=True)) == (60, False, False)


def test_it_is_approved_by_grant_alone_and_on_ones_own_side(runtime: Runtime, owner: Actor) -> None:
    sat = begin(runtime, owner, make_screen(runtime, owner))
    other = make_owner(runtime, "otto@example.com", "Other")
    abroad = make_person(runtime, other, "admin", grants=("accommodate",))

    for actor in (owner, abroad):
        with pytest.raises(NotFoundError):
            adjusting.grant(runtime, actor, sat.invitation, HALF_MORE, note="", now=NOON)


def test_neither_result_nor_audit_tells_of_it(runtime: Runtime, owner: Actor) -> None:
    granted = make_person(runtime, owner, "admin", grants=("accommodate",))
    sat = begin(runtime, owner, make_screen(runtime, owner))
    adjusting.grant(runtime, granted, sat.invitation, HALF_MORE, note="notesentinel", now=NOON)
    answer(runtime, sat, "r" * 18)
    finish(runtime, sat, now=NOON + timedelta(minutes=75))

    told = results.read(runtime, owner, sat.result)
    entries, _ = audit.entries(runtime, owner)

    assert told.minutes == pytest.approx(50)
    approved = next(entry for entry in entries if entry.act == "accommodated")
    assert dict(approved.data) == {}
    assert "notesentinel" not in str([replace(entry) for entry in entries]) + str(told)


def test_the_form_refuses_what_is_no_factor(tmp_path: Path) -> None:
    app: Flask = make_app(tmp_path, bank_=two_skill_bank())
    runtime = runtime_of(app)
    owner = make_owner(runtime)
    make_person(runtime, owner, "admin", email="ada@example.org", grants=("accommodate",))
    sat = begin(runtime, owner, make_screen(runtime, owner))
    ada = member(app, "ada@example.org")
    at = f"/hire/invitations/{sat.invitation}/adjust"

    assert "Adjustments for Ann Lee" in ada.page(at)
    assert ada.post(at, {"multiplier": "4"}).status_code == 422
    assert ada.post(at, {"multiplier": "much"}).status_code == 422
    assert ada.post(at, {"multiplier": "1,5", "breaks": "yes"}).status_code == 303
    assert 'value="1.5"' in ada.page(at)


def test_what_is_not_noted_of_somebody_and_until_when_stands_in_the_form(tmp_path: Path) -> None:
    app: Flask = make_app(tmp_path, bank_=two_skill_bank())
    runtime, today = runtime_of(app), now()
    owner = make_owner(runtime)
    make_person(runtime, owner, "admin", email="ada@example.org", grants=("accommodate",))
    sat = begin(runtime, owner, make_screen(runtime, owner), now=today)
    ada, at = member(app, "ada@example.org"), f"/hire/invitations/{sat.invitation}/adjust"
    last = (today + timedelta(days=10)).date().isoformat()
    wish = {"multiplier": "1", "off": ["blur", "paste"]}

    assert ada.post(at, wish | {"until": "2020-01-01"}).status_code == 422
    assert ada.post(at, wish | {"until": "soon"}).status_code == 422
    assert ada.post(at, wish | {"off": ["telepathy"]}).status_code == 422
    assert ada.post(at, wish | {"until": last}).status_code == 303

    page = ada.page(at)
    assert f'value="{last}"' in page
    assert re.findall(r'name="off" value="(\w+)" checked', page) == ["blur", "paste"]
    with app.test_client() as client:
        with client.session_transaction() as session:
            session["held"] = {sat.attempt: sat.learner}
        watched = Member(client).page(f"/t/{sat.attempt}/q").partition('data-watch="')[2].partition('"')[0]
    assert set(watched.split()) == {"focus", "copy", "offline", "resize"}
    later = accommodations.of_person(runtime, sat.learner, now=today + timedelta(days=12))
    assert later == Accommodation()
