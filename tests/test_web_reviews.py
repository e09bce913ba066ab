"""What people say of a result: reviews written apart, decisions on other evidence, a candidate's words."""

from __future__ import annotations

import html
import re
import shutil
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from quizengine.errors import ConflictError, NotFoundError, RequestError
from quizengine.services.attempt import accommodations
from quizengine.services.attempt.accommodations import Accommodation
from quizengine.services.hiring import decisions, messages, retention, reviews, screens
from quizengine.services.hiring import results as results_service
from quizengine.services.permissions import Actor
from quizengine.services.runtime import Runtime
from quizengine.web.words import now
from tests.factories import NOON
from tests.hiring import Member, invite, make_owner, make_person, make_screen, member, runtime_of
from tests.hiring_sittings import Sat, begin, sit, two_skill_bank
from tests.test_services_results import floored
from tests.web_learner import Person
from tests.web_questions import make_app

AGREED = {"privacy": "yes", "own_work": "yes", "name": "Ann Lee"}


@dataclass
class World:
    app: Flask
    runtime: Runtime
    owner: Actor
    screen: str
    sat: Sat
    rita: Actor
    rob: Actor

    def page(self, email: str) -> str:
        return html.unescape(member(self.app, email).page(f"/hire/results/{self.sat.result}"))

    def read(self, actor: Actor) -> reviews.Reviews:
        told = results_service.read(self.runtime, actor, self.sat.result)
        return reviews.of_result(self.runtime, actor, told)

    def review(self, actor: Actor, how: str, words: str = "") -> None:
        skill = self.read(actor).asked[0][0]
        reviews.submit(self.runtime, actor, self.sat.result, agreements={skill: how}, text=words, now=NOON)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, World]:
    """A result in which one skill is required, and two reviewers who are assigned to it, made once."""
    folder = tmp_path_factory.mktemp("reviews")
    app = make_app(folder, bank_=two_skill_bank())
    runtime = runtime_of(app)
    owner = make_owner(runtime)
    screen = make_screen(runtime, owner, floored(runtime, owner))
    sat = sit(runtime, owner, screen, "r" * 20)
    people = [make_person(runtime, owner, "reviewer", email=f"{n}@example.org") for n in ("rita", "rob")]
    screens.assign(runtime, owner, screen, [one.staff_id for one in people], now=NOON)
    rita, rob = (replace(one, screens=frozenset({screen})) for one in people)
    return folder, World(app, runtime, owner, screen, sat, rita, rob)


@pytest.fixture
def world(made: tuple[Path, World], tmp_path: Path) -> World:
    """A copy of it to do anything with."""
    shutil.copytree(made[0], tmp_path, dirs_exist_ok=True)
    app = make_app(tmp_path, bank_=two_skill_bank())
    return replace(made[1], app=app, runtime=runtime_of(app))


def test_a_reviewer_reads_the_others_only_after_writing_their_own(world: World) -> None:
    world.review(world.rita, "disagree", "The loops were guessed.")
    assert (world.read(world.rob).read, world.read(world.rob).hidden) == ((), 1)
    assert "The loops were guessed." not in world.page("rob@example.org")

    world.review(world.rob, "agree")

    assert [one.text for one in world.read(world.rob).read] == ["The loops were guessed.", ""]
    assert [one.independent for one in world.read(world.owner).read] == [True, True]
    assert "The loops were guessed." in world.page("rob@example.org")


def test_a_review_is_never_changed_and_says_when_others_were_in_sight(world: World) -> None:
    world.review(world.rita, "disagree", "First thought.")
    world.review(world.rob, "agree")
    world.review(world.rita, "agree", "Second thought.")
    world.review(world.owner, "agree", "I read them first.")

    found = world.read(world.owner).read

    assert [one.text for one in found] == ["First thought.", "", "Second thought.", "I read them first."]
    assert [one.independent for one in found] == [True, True, False, False]


@pytest.mark.parametrize(("how", "words"), [("", "x"), ("perhaps", "x"), ("disagree", " ")])
def test_a_review_judges_each_required_skill_and_says_why_it_disagrees(
    world: World, how: str, words: str
) -> None:
    assert len(world.read(world.rita).asked) == 1
    with pytest.raises(RequestError):
        world.review(world.rita, how, words)


def test_who_may_not_review_does_not(world: World) -> None:
    auditor = make_person(world.runtime, world.owner, "auditor")
    running = begin(world.runtime, world.owner, world.screen, "Bob Stein")

    with pytest.raises(NotFoundError):
        world.review(auditor, "agree")
    with pytest.raises(NotFoundError):
        world.review(replace(world.rita, screens=frozenset()), "agree")
    with pytest.raises(ConflictError):
        reviews.submit(world.runtime, world.rita, running.result, agreements={}, text="", now=NOON)


def test_a_review_is_sent_from_the_page(world: World) -> None:
    rita, at = member(world.app, "rita@example.org"), f"/hire/results/{world.sat.result}"
    skill = world.read(world.rita).asked[0][0]

    assert "say why in a sentence" in rita.post(f"{at}/review", {f"agree.{skill}": "disagree"}).text
    sent = rita.post(f"{at}/review", {f"agree.{skill}": "disagree", "text": "A guess."})

    assert sent.status_code == 303
    assert "A guess." in rita.page(at)


def test_a_decision_on_other_evidence_says_what_it_was_and_what_it_is(world: World) -> None:
    decisions.decide(
        world.runtime, world.owner, world.sat.result, verdict="advance", reason="meets_bar", note="", now=NOON
    )
    assert "other evidence" not in world.page("olga@example.org")
    with world.runtime.transaction() as session:
        session.execute(text("UPDATE grades SET score = 0, verdict = 'wrong'"))

    page = world.page("olga@example.org").partition("Decided on other evidence")[2]

    assert "Then it was “Likely meets the bar”" in page
    assert "now it is “Likely below the bar”" in page


def candidate(world: World) -> Person:
    """Somebody who comes by a link of a screen with feedback at once, and finishes."""
    screen = make_screen(world.runtime, world.owner, floored(world.runtime, world.owner), feedback="now")
    token = invite(world.runtime, world.owner, screen, "email\nann@example.com", now=now())[0]
    ann = Person(world.app.test_client())
    ann.attempt = ann.post(f"/i/{token}", AGREED).headers["Location"].rpartition("/")[2]
    ann.post(f"/t/{ann.attempt}/start")
    return ann


def test_who_asks_twice_is_one_candidate(world: World) -> None:
    ann, olga = candidate(world), member(world.app, "olga@example.org")
    ann.post(f"/t/{ann.attempt}/finish")
    before = re.search(r"(\d+) candidates? asks? for a person", olga.page("/hire/screens"))

    for said in ("Question 3 has two answers.", "Please."):
        ann.post(f"/t/{ann.attempt}/feedback", {"kind": "review", "text": said})

    after = re.search(r"(\d+) candidates? asks? for a person", olga.page("/hire/screens"))
    assert after
    assert int(after[1]) == (int(before[1]) if before else 0) + 1


def test_a_request_stands_on_the_managers_first_page_until_it_is_answered(world: World) -> None:
    ann, olga = candidate(world), member(world.app, "olga@example.org")
    at = f"/t/{ann.attempt}/feedback"
    assert ann.post(at, {"kind": "comment", "text": "Too early."}).status_code == 409
    ann.post(f"/t/{ann.attempt}/finish")
    assert ann.post(at, {"kind": "comment", "text": " "}).status_code == 422
    assert ann.post(at, {"kind": "comment", "text": "It was fair."}).status_code == 303
    assert "asks for a person to look" not in olga.page("/hire/screens")

    ann.post(at, {"kind": "review", "text": "Question 3 has two answers. Ann Lee"})

    assert "1 candidate asks for a person to look" in olga.page("/hire/screens")
    assert "asks for a person" not in member(world.app, "rita@example.org").page("/hire/screens")
    waiting = messages.waiting(world.runtime, world.owner)[0]
    assert waiting.text == "Question 3 has two answers. […]"
    form = {"message": waiting.id, "answer": "It has one; see the note."}
    for status in (303, 409):
        assert olga.post(f"/hire/results/{waiting.result_id}/answer", form).status_code == status
    assert "asks for a person" not in olga.page("/hire/screens")
    page = ann.page(at)
    assert "It has one; see the note." in page
    assert "It was fair." in page


def test_a_request_is_answered_by_who_decides_there_alone(world: World) -> None:
    messages.write(world.runtime, world.sat.learner, world.sat.attempt, kind="review", text="", now=NOON)
    waiting = messages.waiting(world.runtime, world.owner)[0]
    other = sit(world.runtime, world.owner, world.screen, "r", "Bob Stein")

    for actor, result in ((world.rita, world.sat.result), (world.owner, other.result)):
        with pytest.raises(NotFoundError):
            messages.answer(world.runtime, actor, result, waiting.id, "No.", now=NOON)
    with pytest.raises(NotFoundError):
        messages.write(world.runtime, other.learner, world.sat.attempt, kind="review", text="", now=NOON)


def test_too_many_requests_are_refused(world: World) -> None:
    for _ in range(messages.MOST_OF_A_KIND):
        messages.write(world.runtime, world.sat.learner, world.sat.attempt, kind="review", text="", now=NOON)

    with pytest.raises(RequestError, match="kept"):
        messages.write(world.runtime, world.sat.learner, world.sat.attempt, kind="review", text="", now=NOON)


def test_a_candidate_lets_the_conditions_be_told(world: World) -> None:
    ann = candidate(world)
    assert "Your conditions" not in ann.page(f"/t/{ann.attempt}/feedback")
    with world.runtime.transaction.reading() as session:
        found = session.execute(
            text("SELECT i.result_id, a.learner_id FROM invitations i JOIN attempts a ON a.id = i.attempt_id "
                 "WHERE a.id = :id"), {"id": ann.attempt},
        ).one()  # fmt: skip
    accommodations.grant(
        world.runtime, found.learner_id, Accommodation(multiplier_percent=150), by="x", now=now()
    )
    ann.post(f"/t/{ann.attempt}/finish")
    olga: Member = member(world.app, "olga@example.org")

    assert "Under approved conditions" not in olga.page(f"/hire/results/{found.result_id}")
    ann.post(f"/t/{ann.attempt}/conditions", {"told": "yes"})

    assert "Under approved conditions" in olga.page(f"/hire/results/{found.result_id}")
    ann.post(f"/t/{ann.attempt}/conditions")
    assert "Under approved conditions" not in olga.page(f"/hire/results/{found.result_id}")


def test_what_people_said_goes_when_the_person_is_forgotten(world: World) -> None:
    said = "sentinel of what was said"
    world.review(world.rita, "agree", said)
    messages.write(world.runtime, world.sat.learner, world.sat.attempt, kind="comment", text=said, now=NOON)
    screens.move(world.runtime, world.owner, world.screen, "closed", now=NOON)

    retention.purge(world.runtime, now=NOON + timedelta(days=400))

    with world.runtime.transaction.reading() as session:
        for table in ("reviews", "candidate_messages", "audit"):
            rows = session.execute(text(f"SELECT * FROM {table}")).all()
            assert rows
            assert said not in str(rows), table
