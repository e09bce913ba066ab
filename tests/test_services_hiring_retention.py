"""Retention: after the promised time nothing tells who somebody was; results stay as they were."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from quizengine.services import attempts
from quizengine.services.attempt import calls, helping, integrity, network
from quizengine.services.attempt.integrity import Seen
from quizengine.services.hiring import (
    audit,
    decisions,
    holds,
    invitations,
    previews,
    results,
    retention,
    screens,
)
from quizengine.services.permissions import Actor
from quizengine.services.runtime import Runtime
from quizengine.store import previews as preview_store
from quizengine.store.rows import Base
from tests.factories import NOON, make_runtime
from tests.hiring import make_owner, make_screen
from tests.hiring_sittings import Sat, answer, begin, finish, sit, two_skill_bank

ROW = "email,name,external_id,tz\nmailsentinel@example.org,Namesentinel,numbersentinel,Europe/Vilnius"
SENTINELS = ("sentinel", "Vilnius")
LATER = NOON + timedelta(days=31 * 12)


@pytest.fixture
def runtime(tmp_path: Path) -> Runtime:
    return make_runtime(tmp_path, two_skill_bank())


@pytest.fixture
def owner(runtime: Runtime) -> Actor:
    return make_owner(runtime)


def everything(runtime: Runtime) -> str:
    """All cells of all tables."""
    with runtime.transaction.reading() as session:
        return "\n".join(
            str(row) for table in Base.metadata.sorted_tables for row in session.execute(table.select())
        )


def sat_and_decided(runtime: Runtime, owner: Actor, closed_at: datetime = NOON) -> str:
    screen = make_screen(runtime, owner)
    sat = begin(runtime, owner, screen, "Typedsentinel", row=ROW)
    answer(runtime, sat, "rw" * 10)
    finish(runtime, sat)
    decisions.decide(
        runtime, owner, sat.result, verdict="hold", reason="other", note="notesentinel", now=NOON
    )
    decisions.unblind(runtime, owner, sat.result, reason="whysentinel", now=NOON)
    screens.move(runtime, owner, screen, "closed", now=closed_at)
    return sat.result


def test_after_the_promised_time_nothing_tells_who_somebody_was(runtime: Runtime, owner: Actor) -> None:
    sat_and_decided(runtime, owner)
    assert all(word in everything(runtime) for word in SENTINELS)

    foreseen = retention.purge(runtime, now=LATER, dry_run=True)
    assert all(word in everything(runtime) for word in SENTINELS)
    done = retention.purge(runtime, now=LATER)

    assert foreseen == done
    assert done[0].counts == {"invitations": 1, "answers": 20, "people": 1}
    assert [word for word in SENTINELS if word in everything(runtime)] == []
    assert audit.entries(runtime, owner)[1] is None
    assert retention.purge(runtime, now=LATER) == []


def test_the_result_stays_as_it_was(runtime: Runtime, owner: Actor) -> None:
    result = sat_and_decided(runtime, owner)
    before = results.read(runtime, owner, result)

    retention.purge(runtime, now=LATER)

    assert results.read(runtime, owner, result) == before


def test_nothing_goes_before_its_time_or_while_a_screen_is_open(runtime: Runtime, owner: Actor) -> None:
    sat_and_decided(runtime, owner, closed_at=NOON + timedelta(days=60))
    open_screen = make_screen(runtime, owner)
    begin(runtime, owner, open_screen, "Bob Stein")

    assert retention.purge(runtime, now=LATER) == []
    retention.purge(runtime, now=LATER + timedelta(days=60))

    assert invitations.people_of(runtime, owner, open_screen, now=NOON)[0].name == "Bob Stein"


def test_a_person_who_is_on_another_screen_is_forgotten_with_the_last_one(
    runtime: Runtime, owner: Actor
) -> None:
    sat_and_decided(runtime, owner)
    other = make_screen(runtime, owner)
    begin(runtime, owner, other, "Typedsentinel", row=ROW)

    assert retention.purge(runtime, now=LATER)[0].counts == {"invitations": 1, "answers": 20}
    assert invitations.people_of(runtime, owner, other, now=NOON)[0].name == "Namesentinel"
    screens.move(runtime, owner, other, "closed", now=NOON)

    assert retention.purge(runtime, now=LATER)[0].counts["people"] == 1


def previewed(runtime: Runtime, owner: Actor, screen: str) -> Sat:
    """Somebody of the staff who has taken a screen as a candidate, and left a trace in every place."""
    made = previews.make_preview(runtime, owner, screen, now=NOON)
    sat = Sat("", "", made.attempt_id, made.learner_id)
    attempts.begin(runtime, sat.learner, sat.attempt, now=NOON)
    answer(runtime, sat, "rw")
    slot = attempts.standing(runtime, sat.learner, sat.attempt, now=NOON).slot_id
    assert slot
    attempts.save_draft(runtime, sat.learner, slot, {"answer": "draftsentinel"}, seq=1, now=NOON)
    calls.set_aside(runtime, sat.attempt, slot, {"answer": "orphansentinel"}, reason="stale", now=NOON)
    helping.report(runtime, sat.learner, sat.attempt, slot, "reportsentinel", now=NOON)
    integrity.record(runtime, sat.learner, sat.attempt, [Seen("blur")], now=NOON)
    network.note(runtime, sat.learner, sat.attempt, "192.0.2.7", now=NOON)
    return sat


def test_a_preview_goes_whole_after_thirty_days_and_candidates_stay(runtime: Runtime, owner: Actor) -> None:
    screen, held = make_screen(runtime, owner), make_screen(runtime, owner)
    ann = sit(runtime, owner, screen, "rw")
    before = results.read(runtime, owner, ann.result)
    gone, kept = previewed(runtime, owner, screen), previewed(runtime, owner, held)
    holds.hold_screen(runtime, owner, held, "case 7", now=NOON)
    then = NOON + retention.PREVIEWS

    assert [one.counts for one in retention.purge(runtime, now=then, dry_run=True)] == [{}]
    foreseen = retention.purge(runtime, now=then + timedelta(minutes=1), dry_run=True)
    assert gone.attempt in everything(runtime)
    done = retention.purge(runtime, now=then + timedelta(minutes=1))

    assert foreseen == done
    assert {one.screen_id: (one.counts, one.held) for one in done} == {
        screen: ({"previews": 1, "networks": 1}, False),
        held: ({}, True),
    }
    left = everything(runtime)
    assert [one for one in (gone.attempt, gone.learner) if one in left] == []
    assert [one for one in (kept.attempt, kept.learner) if one not in left] == []
    assert results.read(runtime, owner, ann.result) == before
    later = NOON + integrity.KEPT + timedelta(minutes=1)
    assert [(one.counts, one.held) for one in retention.purge(runtime, now=later)] == [({}, True)]
    assert len(integrity.timeline(runtime, kept.attempt)) == 1


def test_whatever_belongs_to_an_attempt_is_known_to_who_deletes_it() -> None:
    known = {one.__tablename__ for one in preview_store.OF_ATTEMPT} | {"slots"}
    traces = {"integrity_events", "networks"}
    # Candidates', whose attempts are never deleted; and of diagnostics.
    others = {"invitations", "reports"}

    belong = {
        table.name
        for table in Base.metadata.tables.values()
        if any(key.target_fullname == "attempts.id" for key in table.foreign_keys)
    }

    assert belong == known | traces | others


def test_lists_that_nobody_confirmed_go_after_a_week(runtime: Runtime, owner: Actor) -> None:
    screen = make_screen(runtime, owner)
    invitations.hand_in(runtime, owner, screen, "email\nlistsentinel@example.org", now=NOON)

    retention.purge(runtime, now=NOON + timedelta(days=8))

    assert "listsentinel" not in everything(runtime)
