"""A screening from its list of people to an erasure in PostgreSQL, from two sides where people meet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from pathlib import Path

import psycopg
import pytest

from quizengine.model.grade import Response
from quizengine.services import attempts
from quizengine.services.attempt import sweeping
from quizengine.services.hiring import (
    audit,
    decisions,
    erasing,
    exports,
    housekeeping,
    intervening,
    invitations,
    monitor,
    outbox,
    postman,
    previews,
    resits,
    results,
    screens,
    sitting,
)
from quizengine.services.hiring.intervening import Order
from quizengine.services.hiring.results_export import results_table
from quizengine.services.hiring.sitting import Activated, Consent
from quizengine.services.permissions import Actor
from quizengine.services.runtime import Runtime
from quizengine.services.verifying.files import verify_table
from quizengine.services.withdrawing import withdraw
from quizengine.store.database import open_engine, transactions, upgrade
from quizengine.store.rows import AttemptRow, Base
from tests.factories import KEY, NOON
from tests.hiring import make_owner, make_profile, make_screen, tokens
from tests.hiring_sittings import Sat, answer, finish, result_of, sit, two_skill_bank
from tests.postgres import PASSWORD, LocalServer
from tests.test_services_hiring_exports import unpacked

LIST = "email,name,external_id\nmailsentinel@example.org,Namesentinel,numbersentinel"
AGREED = Consent(privacy_read=True, own_work=True, name="Typedsentinel")
MINUTE, LATER = timedelta(minutes=1), NOON + timedelta(hours=1)


@pytest.fixture
def runtime(postgres_server: LocalServer) -> Iterator[Runtime]:
    """A runtime on a new database of the server."""
    with psycopg.connect(postgres_server.url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE answers")
    url = postgres_server.url_of("judge", PASSWORD, "answers")
    upgrade(url)
    engine = open_engine(url)
    yield Runtime(two_skill_bank(), transactions(engine), KEY)
    engine.dispose()
    with psycopg.connect(postgres_server.url, autocommit=True) as connection:
        connection.execute("DROP DATABASE answers")


def twice(act: Callable[[], object]) -> list[object]:
    """Do a thing from two sides at the same moment; return what came of it, an error too."""

    def tried(_: int) -> object:
        try:
            return act()
        except Exception as error:  # handed on to the test
            return error

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(tried, range(2)))


def kinds(outcomes: list[object]) -> list[str]:
    return sorted(type(one).__name__ for one in outcomes)


def sentinels(runtime: Runtime) -> bool:
    """Whether any cell of any table has a word of the person."""
    with runtime.transaction.reading() as session:
        rows = (row for table in Base.metadata.sorted_tables for row in session.execute(table.select()))
        return any("sentinel" in str(row).lower() for row in rows)


def begin_twice(runtime: Runtime, owner: Actor, screen: str) -> Sat:
    """Somebody whose list is confirmed, link used and clock started from two sides at once."""
    listed = invitations.hand_in(runtime, owner, screen, LIST, now=NOON)
    looked, _ = invitations.dry_run(runtime, owner, screen, listed, now=NOON)
    assert looked is not None
    digest, base = looked.digest, "http://localhost"
    confirm = partial(invitations.confirm, runtime, owner, screen, listed, digest=digest, now=NOON, base=base)
    assert twice(confirm) == [1, 1]
    (link,) = tokens(runtime, screen)
    begun = twice(partial(sitting.activate, runtime, link, AGREED, now=NOON))
    assert kinds(begun) == ["Activated", "GoneError"]
    made = next(one for one in begun if isinstance(one, Activated))
    (invited,) = invitations.people_of(runtime, owner, screen, now=NOON)
    assert kinds(twice(partial(attempts.begin, runtime, made.learner_id, made.attempt_id, now=NOON)))
    return Sat(invited.id, result_of(runtime, invited.id), made.attempt_id, made.learner_id)


def answer_twice(runtime: Runtime, sat: Sat) -> None:
    """The same answer from two sides is one answer, and both are told so."""
    now = NOON + 2 * MINUTE
    before = attempts.standing(runtime, sat.learner, sat.attempt, now=now)
    assert before.slot_id
    given = Response(answers={"answer": "7"})
    outcomes = twice(partial(attempts.commit, runtime, sat.learner, before.slot_id, given, now=now))
    after = attempts.standing(runtime, sat.learner, sat.attempt, now=now)
    assert kinds(outcomes) == ["Outcome", "Outcome"]
    assert after.answered == before.answered + 1


def test_a_screening_runs_on_postgresql_from_the_list_to_the_erasure(
    runtime: Runtime, tmp_path: Path
) -> None:
    owner = make_owner(runtime)
    screen = make_screen(runtime, owner, make_profile(runtime, owner, questions=8))
    ann = begin_twice(runtime, owner, screen)
    answer(runtime, ann, "rwr")
    answer_twice(runtime, ann)
    order = Order(act="add_time", reason="technical", note="The power failed.", minutes=5)
    intervening.do(runtime, owner, ann.invitation, order, now=NOON + 2 * MINUTE)
    assert [one.added for one in monitor.read(runtime, owner, screen, now=NOON + 3 * MINUTE).rows] == [5]
    finish(runtime, ann)
    bob = sit(runtime, owner, screen, "rrrrrrrr", "Bob Stein")
    preview = previews.make_preview(runtime, owner, screen, now=NOON)
    sweeping.sweep(runtime, now=LATER)
    twice(lambda: postman.go_round(runtime, outbox.to_files(tmp_path / "mail"), now=LATER))

    # Results, a decision from two sides, a question that is withdrawn, and a file that verifies.
    told = results.of_screen(runtime, owner, screen)
    assert {one.id: one.answers for one in told} == {ann.result: 4, bob.result: 8}
    decide = partial(
        decisions.decide, runtime, owner, ann.result, verdict="hold", reason="other", note="-", now=LATER
    )
    twice(decide)
    with runtime.transaction.reading() as session:
        asked = session.get_one(AttemptRow, ann.attempt).planned[0]
    withdraw(runtime, asked, reason="Its text misleads.", apply=True, now=LATER + MINUTE)
    assert results.read(runtime, owner, ann.result).answers == 3
    assert resits.later_sittings(runtime, owner, screen) == {}
    table = unpacked(exports.export(runtime, owner, screen, names=False, now=LATER))["results.csv"]
    assert sorted(row["answers"] for row in table)[0] == "3"
    file = results_table(runtime, owner, screen, now=LATER)
    assert "fail" not in [step.outcome for step in verify_table(file, None).steps]
    score = results.read(runtime, owner, ann.result)

    # The person is erased, a preview goes, and later so does everybody else.
    assert sentinels(runtime)
    twice(partial(erasing.ask_for, runtime, owner, ann.invitation, now=NOON))
    erased = twice(lambda: housekeeping.go_round(runtime, tmp_path, now=NOON + erasing.UNDO).erased)
    assert sorted(map(str, erased)) == ["0", "1"]
    assert not sentinels(runtime)
    assert results.read(runtime, owner, ann.result) == score
    screens.move(runtime, owner, screen, "closed", now=LATER)
    done = housekeeping.go_round(runtime, tmp_path, now=LATER + timedelta(days=400))
    assert [one.counts for one in done.purged] == [
        {"invitations": 1, "answers": 8, "people": 1, "previews": 1}
    ]
    with runtime.transaction.reading() as session:
        assert session.get(AttemptRow, preview.attempt_id) is None
    assert audit.entries(runtime, owner)[1] is None
