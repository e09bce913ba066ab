"""Trying a test out before it starts: another question than those of the form, nothing kept, nothing told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask

from quizengine.services.attempt.trying import stand_ins
from quizengine.store.rows import AttemptRow, ResponseRow, SlotRow
from quizengine.web.words import now
from tests.hiring import invite, make_owner, make_profile, make_screen, runtime_of
from tests.hiring_sittings import two_skill_bank
from tests.web_learner import Person
from tests.web_questions import make_app

AGREED = {"privacy": "yes", "own_work": "yes", "name": "Ann Lee"}


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_app(tmp_path, bank_=two_skill_bank())


@pytest.fixture
def ann(app: Flask) -> Person:
    """Somebody who has come by a link, and has not started."""
    runtime = runtime_of(app)
    owner = make_owner(runtime)
    screen = make_screen(runtime, owner, make_profile(runtime, owner, questions=8))
    person = Person(app.test_client())
    token = invite(runtime, owner, screen, "email\nann@example.org", now=now())[-1]
    person.attempt = person.post(f"/i/{token}", AGREED).headers["Location"].rpartition("/")[2]
    return person


def counted(app: Flask) -> tuple[int, int]:
    with runtime_of(app).transaction.reading() as session:
        return session.query(SlotRow).count(), session.query(ResponseRow).count()


def test_an_answer_arrives_or_is_asked_again_and_nothing_is_kept_or_judged(app: Flask, ann: Person) -> None:
    at, before = f"/t/{ann.attempt}", counted(app)
    assert f'href="{at}/try"' in ann.page(at)
    field = re.search(r'name="(a\.[^"]+)"', ann.page(f"{at}/try"))
    assert field

    said = {typed: ann.post(f"{at}/try", {field[1]: typed}).text for typed in ("7", "8", "seven", " ")}

    assert "It arrived, and can be read" in said["7"]
    # The key is 7: right and wrong look the same.
    assert re.sub(r'value="[78]"|csrf[^>]*>|nonce[^>]*>', "", said["7"]) == re.sub(
        r'value="[78]"|csrf[^>]*>|nonce[^>]*>', "", said["8"]
    )
    assert "It arrived" not in said["seven"]
    assert 'aria-invalid="true"' in said["seven"]
    assert "Nothing entered yet" in said[" "]
    assert counted(app) == before


def test_what_is_tried_is_not_in_the_form(app: Flask, ann: Person) -> None:
    runtime = runtime_of(app)
    with runtime.transaction.reading() as session:
        row = session.get_one(AttemptRow, ann.attempt)
        learner, planned = row.learner_id, set(row.planned)

    found = stand_ins(runtime, learner, ann.attempt)

    assert list(found) == ["integer"]
    assert not planned & {entry.question.id for entry in found.values()}


def test_trying_ends_with_the_start_and_is_for_nobody_else(app: Flask, ann: Person) -> None:
    at = f"/t/{ann.attempt}"
    stranger = Person(app.test_client())
    stranger.begin()
    assert stranger.get(f"{at}/try").status_code == 404
    assert stranger.get(f"/t/{stranger.attempt}/try").status_code == 404  # a diagnostic has no fixed form
    assert ann.get(f"{at}/try?type=sql").status_code == 404
    ann.post(f"{at}/start")

    gone = ann.get(f"{at}/try")

    assert (gone.status_code, gone.headers["Location"]) == (303, at)
