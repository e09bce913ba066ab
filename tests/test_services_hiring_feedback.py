"""Feedback to a candidate: when it comes, what it says, and what it never says."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from quizengine.errors import NotFoundError
from quizengine.services.hiring import decisions, feedback
from quizengine.services.permissions import Actor
from quizengine.services.runtime import Runtime
from quizengine.web.words import now
from tests.factories import NOON, make_runtime
from tests.hiring import invite, make_owner, make_screen, runtime_of
from tests.hiring_sittings import Sat, answer, begin, finish, sit, two_skill_bank
from tests.web_learner import Person
from tests.web_questions import make_app

END = NOON + timedelta(minutes=20)


@pytest.fixture
def runtime(tmp_path: Path) -> Runtime:
    return make_runtime(tmp_path, two_skill_bank())


@pytest.fixture
def owner(runtime: Runtime) -> Actor:
    return make_owner(runtime)


def sat_with(runtime: Runtime, owner: Actor, **plan: Any) -> Sat:
    sat = begin(runtime, owner, make_screen(runtime, owner, **plan))
    answer(runtime, sat, "rw" * 9)
    finish(runtime, sat, now=END)
    return sat


@pytest.mark.parametrize(
    ("plan", "comes"),
    [({"feedback": "now"}, END), ({"feedback": "days", "feedback_days": 3}, END + timedelta(days=3))],
)
def test_it_comes_when_the_screen_says_and_not_before(
    runtime: Runtime, owner: Actor, plan: dict[str, Any], comes: Any
) -> None:
    sat = sat_with(runtime, owner, **plan)

    early, due = (
        feedback.read(runtime, sat.learner, sat.attempt, now=comes - timedelta(seconds=wait))
        for wait in (1, 0)
    )

    assert early.levels == ()
    assert early.due == comes
    assert len(due.levels) == 2


def test_it_comes_after_the_first_decision_and_says_nothing_of_it(runtime: Runtime, owner: Actor) -> None:
    sat = sat_with(runtime, owner, feedback="decision")
    waiting = feedback.read(runtime, sat.learner, sat.attempt, now=END)
    assert (waiting.levels, waiting.due) == ((), END + timedelta(days=60))

    decisions.decide(
        runtime, owner, sat.result, verdict="reject", reason="not_enough_evidence", note="", now=END
    )

    found = feedback.read(runtime, sat.learner, sat.attempt, now=END)
    assert [one.title for one in found.strengths] != [one.title for one in found.gaps]
    assert found.gaps[0].read_first


def test_nobody_else_reads_it(runtime: Runtime, owner: Actor) -> None:
    sat = sat_with(runtime, owner, feedback="now")
    other = sit(runtime, owner, make_screen(runtime, owner), "r" * 20, "Bob Stein")

    with pytest.raises(NotFoundError):
        feedback.read(runtime, other.learner, sat.attempt, now=END)


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_app(tmp_path, bank_=two_skill_bank())


@pytest.mark.parametrize(
    ("plan", "told"), [({"feedback": "days", "feedback_days": 3}, "you read from"),
                       ({"feedback": "decision"}, "after their decision, and from")],
)  # fmt: skip
def test_the_end_says_when_it_was_and_what_comes_when(app: Flask, plan: dict[str, Any], told: str) -> None:
    runtime = runtime_of(app)
    owner = make_owner(runtime)
    token = invite(runtime, owner, make_screen(runtime, owner, **plan), "email\nann@example.org", now=now())[
        0
    ]
    ann = Person(app.test_client())
    agreed = {"privacy": "yes", "own_work": "yes", "name": "Ann"}
    at = ann.post(f"/i/{token}", agreed).headers["Location"]
    begun = ann.page(at)
    assert "No clock runs yet." in begun
    assert "ask <strong>Ida, ida@example.org</strong> now or at any time" in begun
    assert "The clock goes on" not in ann.page(f"{at}/help")
    ann.attempt = at.rpartition("/")[2]
    ann.post(f"{at}/start")
    ann.post(f"{at}/finish")

    done = ann.page(f"{at}/done")

    assert f"0 answers recorded on {now():%-d %B %Y}" in done
    assert told in done


def test_the_page_tells_no_bar_no_chance_to_meet_it_and_no_decision(app: Flask) -> None:
    runtime = runtime_of(app)
    owner = make_owner(runtime)
    screen = make_screen(runtime, owner, feedback="now")
    token = invite(runtime, owner, screen, "email\nann@example.org", now=now())[0]
    ann = Person(app.test_client())
    agreed = {"privacy": "yes", "own_work": "yes", "name": "Ann"}
    ann.attempt = ann.post(f"/i/{token}", agreed).headers["Location"].rpartition("/")[2]
    assert "after you have finished" in ann.page(f"/t/{ann.attempt}/feedback")
    ann.post(f"/t/{ann.attempt}/start")
    for at in range(20):
        ann.send({"a.answer": "7" if at % 2 else "8"})

    done = ann.page(f"/t/{ann.attempt}/done")
    assert f"/t/{ann.attempt}/feedback" in done
    assert "stands on your page now" in done
    assert "Ida, ida@example.org" in done
    page = ann.page(f"/t/{ann.attempt}/feedback")

    assert "What your test found" in page
    for word in ("the bar", "P(meets)", "Likely", "evidence", "cut", "off-by-one", "percentile", "rank"):
        assert word not in page.partition("<main")[2].partition("</main>")[0], word
    assert Person(app.test_client()).get(f"/t/{ann.attempt}/feedback").status_code == 404
