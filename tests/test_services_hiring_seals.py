"""What may be read of an attempt tells of no adjustment, and still proves what happened."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from quizengine.services.attempt import accommodations, events
from quizengine.services.attempt.accommodations import Accommodation
from quizengine.services.hiring import decisions, results, retention, screens
from quizengine.services.hiring.results_export import results_table
from quizengine.services.permissions import Actor
from quizengine.services.runtime import Runtime
from quizengine.services.verifying.files import verify_table
from quizengine.store import contract, evidence
from quizengine.store.rows import AttemptRow, ResponseRow
from tests.factories import NOON, make_runtime
from tests.hiring import make_owner, make_screen
from tests.hiring_sittings import Sat, answer, begin, finish, sit, two_skill_bank


@pytest.fixture
def runtime(tmp_path: Path) -> Runtime:
    return make_runtime(tmp_path, two_skill_bank())


@pytest.fixture
def owner(runtime: Runtime) -> Actor:
    return make_owner(runtime)


def sit_with(
    runtime: Runtime, owner: Actor, screen: str, given: Accommodation, name: str, minutes: int
) -> Sat:
    sat = begin(runtime, owner, screen, name)
    accommodations.grant(runtime, sat.learner, given, by="olga", note="", now=NOON)
    answer(runtime, sat, "r" * 10)
    finish(runtime, sat, now=NOON + timedelta(minutes=minutes))
    return sat


def test_whoever_has_more_time_is_told_in_the_time_that_everybody_has(runtime: Runtime, owner: Actor) -> None:
    screen = make_screen(runtime, owner)
    plain = sit_with(runtime, owner, screen, Accommodation(), "Ann Lee", 40)
    longer = sit_with(runtime, owner, screen, Accommodation(multiplier_percent=150), "Bob Stein", 60)
    untimed = sit_with(runtime, owner, screen, Accommodation(untimed=True), "Cy Fox", 500)

    told = [results.read(runtime, owner, one.result) for one in (plain, longer, untimed)]

    assert [round(one.minutes) for one in told] == [40, 40, 60]
    assert [one.finished_at for one in told] == [NOON + timedelta(minutes=m) for m in (40, 40, 60)]


def test_a_chain_opens_nothing_but_questions_and_answers(runtime: Runtime, owner: Actor) -> None:
    screen = make_screen(runtime, owner)
    sat = sit_with(runtime, owner, screen, Accommodation(multiplier_percent=300), "Ann Lee", 20)
    with runtime.transaction.reading() as session:
        chain = contract.events_of(session, sat.attempt)

    assert events.first_break(chain) is None
    assert "adjusted" in {one.kind for one in chain}
    told = [events.open_part(one) for one in chain]
    assert {one.get("kind") for one in told} == {"created", "shown", "committed", None}
    assert not any(word in json.dumps(told) for word in ("deadline", "2026", "adjusted"))


@pytest.mark.parametrize("field", ["kind", "data", "at", "salt"])
def test_no_event_changes_unnoticed(runtime: Runtime, owner: Actor, field: str) -> None:
    sat = sit(runtime, owner, make_screen(runtime, owner), "rw")
    with runtime.transaction.reading() as session:
        chain = contract.events_of(session, sat.attempt)
        changed = {
            "kind": "shown", "data": {"number": 9}, "at": NOON - timedelta(days=1), "salt": "0" * 32,
        }  # fmt: skip
        setattr(chain[3], field, changed[field])

        assert events.first_break(chain) == 4


def test_the_seal_of_an_answer_opens_with_its_salt_alone(runtime: Runtime, owner: Actor) -> None:
    sat = sit(runtime, owner, make_screen(runtime, owner), "r")
    with runtime.transaction.reading() as session:
        given = session.query(ResponseRow).one()
        sealed = next(one for one in contract.events_of(session, sat.attempt) if one.kind == "committed")

    assert sealed.data["answers"] == events.answers_seal(
        given.salt or "", given.answers, dont_know=False, decimal="point"
    )
    assert sealed.data["answers"] != events.answers_seal(
        given.salt or "", {"answer": "8"}, dont_know=False, decimal="point"
    )


def test_a_decision_keeps_the_evidence_under_its_hash(runtime: Runtime, owner: Actor) -> None:
    sat = sit(runtime, owner, make_screen(runtime, owner), "r" * 20)
    decisions.decide(runtime, owner, sat.result, verdict="advance", reason="meets_bar", note="", now=NOON)
    told = results.read(runtime, owner, sat.result)

    with runtime.transaction.reading() as session:
        kept = evidence.evidence_of(session, [told.evidence_hash])[told.evidence_hash]
        assert session.get_one(AttemptRow, sat.attempt).state == "submitted"

    assert results.evidence_hash(json.loads(json.dumps(kept))) == told.evidence_hash
    assert kept["headline"] == "meets"
    assert "Ann" not in json.dumps(kept)


def test_after_a_purge_chains_and_figures_verify_and_only_texts_are_missing(
    runtime: Runtime, owner: Actor
) -> None:
    screen = make_screen(runtime, owner, retention_months=1)
    sat = sit(runtime, owner, screen, "rw" * 10)
    decisions.decide(runtime, owner, sat.result, verdict="hold", reason="other", note="Ask.", now=NOON)
    screens.move(runtime, owner, screen, "closed", now=NOON)
    retention.purge(runtime, now=NOON + timedelta(days=40))

    table = json.loads(json.dumps(results_table(runtime, owner, screen, now=NOON)))

    found = {step.name: step.outcome for step in verify_table(table, None).steps}
    assert found.pop("grades") == found.pop("variants") == "skipped"
    assert set(found.values()) == {"pass"}
    assert not any(answer["answers"] or answer["salt"] for answer in table["attempts"][0]["answers"])
