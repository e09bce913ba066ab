"""The timeline of a result, alone to know of what pages saw; reported questions, conditions."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import delete, text

from quizengine.services import attempts
from quizengine.services.attempt import accommodations, helping, integrity
from quizengine.services.attempt.accommodations import Accommodation
from quizengine.services.attempt.integrity import Seen
from quizengine.services.hiring import conditions, results, timeline, withdrawal
from quizengine.services.permissions import Actor
from quizengine.services.runtime import Runtime
from quizengine.store.attempt_rows import IntegrityEventRow
from tests.factories import NOON
from tests.hiring import Member, make_owner, make_screen, member, runtime_of
from tests.hiring_sittings import Sat, answer, begin, finish, sit, two_skill_bank
from tests.web_questions import make_app


@dataclass
class World:
    app: Flask
    runtime: Runtime
    owner: Actor
    screen: str

    def browser(self) -> Member:
        return member(self.app, self.owner.email)


@pytest.fixture
def world(tmp_path: Path) -> World:
    app = make_app(tmp_path, bank_=two_skill_bank())
    runtime = runtime_of(app)
    owner = make_owner(runtime)
    return World(app, runtime, owner, make_screen(runtime, owner))


def after(minutes: float) -> timedelta:
    return timedelta(minutes=minutes)


def watched(world: World, name: str = "Ann Lee") -> Sat:
    """Somebody who has saved twice, left the page, pasted, and finished."""
    sat = begin(world.runtime, world.owner, world.screen, name)
    standing = attempts.standing(world.runtime, sat.learner, sat.attempt, now=NOON)
    for seq in (1, 2):
        attempts.save_draft(
            world.runtime, sat.learner, str(standing.slot_id), {"answer": "7" * seq}, seq=seq,
            now=NOON + timedelta(seconds=5 * seq),
        )  # fmt: skip
    seen = [Seen("blur"), Seen("focus", milliseconds=9_000), Seen("paste", characters=12)]
    integrity.record(world.runtime, sat.learner, sat.attempt, seen, now=NOON + timedelta(seconds=20))
    answer(world.runtime, sat, "rw" * 9)
    finish(world.runtime, sat)
    return sat


def test_it_tells_facts_in_order_with_the_base_rate_of_what_pages_saw(world: World) -> None:
    sat = watched(world)
    sit(world.runtime, world.owner, world.screen, "rr", "Bob Stein")

    found = timeline.read(world.runtime, world.owner, sat.result, now=NOON + after(60))

    first = [(one.seconds, one.kind, one.number) for one in found.facts[:7]]
    assert first == [
        (0, "shown", 1), (5, "first_input", 1), (20, "blur", None), (20, "focus", None),
        (20, "paste", None), (30, "committed", 1), (30, "shown", 2),
    ]  # fmt: skip
    assert found.facts[5].count == 2
    assert (found.of, found.seen_in["focus"]) == (2, 1)
    page = html.unescape(world.browser().page(f"/hire/results/{sat.result}/timeline"))
    assert re.search(r"Came back to the page\s+after 9 s", page)
    assert "12 characters" in page
    assert "Ended by the candidate" in page


def test_without_those_events_every_page_but_the_timeline_is_the_same_to_the_byte(world: World) -> None:
    sat = watched(world)
    browser = world.browser()
    at, results_at = f"/hire/screens/{world.screen}", f"/hire/results/{sat.result}"
    pages = [
        at, f"{at}/compare", f"{at}/compare?order=composite", f"{at}/side", f"{at}/decide", results_at,
        f"{results_at}/answers", f"{results_at}/print", "/hire/audit",
    ]  # fmt: skip

    def look() -> dict[str, str]:
        texts = {path: browser.page(path).partition("<main")[2] for path in pages}
        return {path: re.sub(r'name="csrf_token" value="[^"]+"', "", page) for path, page in texts.items()}

    browser.page(results_at)  # looking stands in the audit chain, once
    before, line = look(), browser.page(f"{results_at}/timeline")
    with world.runtime.transaction() as session:
        session.execute(delete(IntegrityEventRow))

    assert look() == before
    assert browser.page(f"{results_at}/timeline") != line


def test_pauses_and_extra_time_do_not_show_in_its_times(world: World) -> None:
    sat = begin(world.runtime, world.owner, world.screen)
    given = Accommodation(multiplier_percent=200, breaks=True)
    accommodations.grant(world.runtime, sat.learner, given, by="x", now=NOON)
    attempts.pause(world.runtime, sat.learner, sat.attempt, now=NOON + after(2))
    attempts.begin(world.runtime, sat.learner, sat.attempt, now=NOON + after(12))
    seen = [Seen("focus", milliseconds=60_000)]
    integrity.record(world.runtime, sat.learner, sat.attempt, seen, now=NOON + after(13))
    answer(world.runtime, sat, "r", now=NOON + after(13.5))
    finish(world.runtime, sat, now=NOON + after(30))

    found = timeline.read(world.runtime, world.owner, sat.result, now=NOON + after(60))

    assert [(one.kind, one.seconds / 60, one.length) for one in found.facts] == [
        ("shown", 0, 0), ("focus", 1.5, 30), ("committed", 2, 0), ("shown", 2, 0), ("finish", 10, 0),
    ]  # fmt: skip
    page = world.browser().page(f"/hire/results/{sat.result}/timeline")
    assert "after 30 s" in page
    assert not re.search("pause|adjust|extra", re.split("</?tbody>", page)[1], re.IGNORECASE)


def test_conditions_are_told_only_if_the_candidate_allows_it(world: World) -> None:
    ann, bob = (begin(world.runtime, world.owner, world.screen, name) for name in ("Ann Lee", "Bob Stein"))
    accommodations.grant(world.runtime, ann.learner, Accommodation(multiplier_percent=150), by="x", now=NOON)

    def told() -> list[str]:
        return [conditions.of_result(world.runtime, world.owner, one.result, now=NOON) for one in (ann, bob)]

    assert told() == ["standard", "standard"]
    for one in (ann, bob):
        conditions.allow(world.runtime, one.learner, one.attempt, told=True)
    assert told() == ["approved", "standard"]


def test_a_reported_question_is_marked_and_tells_no_name(world: World) -> None:
    sat = begin(world.runtime, world.owner, world.screen)
    slot = attempts.standing(world.runtime, sat.learner, sat.attempt, now=NOON).slot_id
    said = "There is no matrix here, says Ann Lee (number-of-Ann)."
    helping.report(world.runtime, sat.learner, sat.attempt, str(slot), said, now=NOON)
    answer(world.runtime, sat, "rr")
    finish(world.runtime, sat)
    browser, at = world.browser(), f"/hire/results/{sat.result}"

    assert "reported 1 question" in browser.page(at)
    page = browser.page(f"{at}/answers")

    assert page.count("reported by the candidate") == 1
    assert (
        "There is no matrix here, says […] […] ([…])." in page or "There is no matrix here, says […]" in page
    )
    assert "Lee" not in page


def test_a_withdrawn_question_counts_for_nothing_and_the_page_says_what_moved(world: World) -> None:
    sat = sit(world.runtime, world.owner, world.screen, "r" * 20)
    before = results.read(world.runtime, world.owner, sat.result)
    assert withdrawal.of_result(world.runtime, world.owner, before) is None

    with world.runtime.transaction() as session:
        session.execute(text("UPDATE slots SET state = 'withdrawn' WHERE number = 3"))

    told = results.read(world.runtime, world.owner, sat.result)
    found = withdrawal.of_result(world.runtime, world.owner, told)
    assert told.answers == 19
    assert told.p_meets < before.p_meets
    assert found is not None
    assert found.p_before == pytest.approx(before.p_meets)
    assert "Recomputed without 1 question" in world.browser().page(f"/hire/results/{sat.result}")
