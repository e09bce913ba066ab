"""Retention: after the promised time nothing tells who somebody was; results stay as they were."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from quizengine.services.hiring import audit, decisions, invitations, results, retention, screens
from quizengine.services.permissions import Actor
from quizengine.services.runtime import Runtime
from tests.factories import NOON, make_runtime
from tests.hiring import make_owner, make_screen
from tests.hiring_sittings import answer, begin, finish, two_skill_bank

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
        tables = session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'table'")).all()
        return "\n".join(
            str(row) for table in tables for row in session.execute(text(f"SELECT * FROM {table}"))
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


def test_lists_that_nobody_confirmed_go_after_a_week(runtime: Runtime, owner: Actor) -> None:
    screen = make_screen(runtime, owner)
    invitations.hand_in(runtime, owner, screen, "email\nlistsentinel@example.org", now=NOON)

    retention.purge(runtime, now=NOON + timedelta(days=8))

    assert "listsentinel" not in everything(runtime)
