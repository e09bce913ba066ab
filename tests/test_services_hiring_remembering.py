"""Results that were computed before: told in lists as they would be computed, and believed by nobody else."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, text

import quizengine
from quizengine.model.result import HEADLINES, Result, SkillResult
from quizengine.model.variant import SkillId
from quizengine.services.attempt import accommodations
from quizengine.services.attempt.accommodations import Accommodation
from quizengine.services.hiring import (
    decisions,
    erasing,
    exports,
    housekeeping,
    intervening,
    postman,
    remembering,
    results,
)
from quizengine.services.hiring.intervening import Order
from quizengine.services.hiring.results_export import results_table
from quizengine.services.permissions import Actor
from quizengine.services.runtime import Runtime
from quizengine.services.verifying.files import verify_table
from tests.factories import NOON, make_runtime
from tests.hiring import make_owner, make_screen
from tests.hiring_sittings import Sat, answer, begin, sit, two_skill_bank
from tests.test_services_hiring_exports import unpacked

LATER = NOON + timedelta(days=1)
Rows = dict[str, tuple[str, str]]


@dataclass
class World:
    folder: Path
    runtime: Runtime
    owner: Actor
    screen: str
    ann: Sat
    bob: Sat
    """Somebody whose test goes on; Ann's has ended."""

    def listed(self) -> dict[str, Result]:
        return {one.id: one for one in results.of_screen(self.runtime, self.owner, self.screen)}

    def computed(self) -> dict[str, Result]:
        found = (self.ann.result, self.bob.result)
        return {result: results.read(self.runtime, self.owner, result) for result in found}

    def kept(self) -> Rows:
        """What is kept, by attempt: key and content."""
        with self.runtime.transaction.reading() as session:
            rows = session.execute(text("SELECT attempt_id, key, content FROM computed_results"))
            return {row.attempt_id: (row.key, row.content) for row in rows}

    def keep_instead(self, content: str) -> None:
        with self.runtime.transaction() as session:
            session.execute(text("UPDATE computed_results SET content = :content"), {"content": content})

    def table(self) -> list[dict[str, str]]:
        made = exports.export(self.runtime, self.owner, self.screen, names=False, now=LATER)
        return unpacked(made)["results.csv"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("remembering")
    runtime = make_runtime(folder, two_skill_bank())
    owner = make_owner(runtime)
    screen = make_screen(runtime, owner)
    ann = sit(runtime, owner, screen, "rwrd" * 5, "Ann Lee")
    bob = begin(runtime, owner, screen, "Bob Stein")
    answer(runtime, bob, "rr")
    return World(folder, runtime, owner, screen, ann, bob)


@pytest.fixture
def world(made: World, tmp_path: Path) -> World:
    copy = tmp_path / "copy"
    shutil.copytree(made.folder, copy)
    return replace(made, folder=copy, runtime=make_runtime(copy, two_skill_bank()))


def test_what_was_kept_is_told_byte_for_byte_as_it_is_computed(world: World) -> None:
    computed, first, kept = world.computed(), world.table(), world.kept()

    again, listed = world.table(), world.listed()

    assert kept.keys() == {world.ann.attempt, world.bob.attempt}
    assert world.kept() == kept
    assert again == first
    assert {key: remembering.packed(one) for key, one in listed.items()} == {
        key: remembering.packed(one) for key, one in computed.items()
    }
    assert {key: repr(results.evidence_table(one)) for key, one in listed.items()} == {
        key: repr(results.evidence_table(one)) for key, one in computed.items()
    }


def test_as_few_queries_make_a_table_of_many_as_of_few(world: World) -> None:
    asked: list[str] = []
    with world.runtime.transaction.reading() as session:
        event.listen(session.get_bind(), "before_cursor_execute", lambda *told: asked.append(told[2]))

    def queries() -> int:
        world.table()
        asked.clear()
        made = exports.export(world.runtime, world.owner, world.screen, names=False, now=LATER, alone=True)
        assert unpacked(made).keys() == {"results.csv", "dictionary.csv"}
        return len(asked)

    few = queries()
    begin(world.runtime, world.owner, world.screen, "Cem Kaya")

    assert queries() == few


def void(world: World) -> None:
    order = Order(act="void", reason="other", note="The wrong test.", minutes=0)
    intervening.do(world.runtime, world.owner, world.ann.invitation, order, now=LATER)


def extra_time(world: World) -> None:
    given = Accommodation(multiplier_percent=150)
    accommodations.grant(world.runtime, world.bob.learner, given, by="olga", now=NOON + timedelta(minutes=2))


def minutes(world: World) -> None:
    order = Order(act="add_time", reason="asked", note="The lights went out.", minutes=5)
    intervening.do(world.runtime, world.owner, world.bob.invitation, order, now=NOON + timedelta(minutes=2))


def an_answer(world: World) -> None:
    answer(world.runtime, world.bob, "w", now=NOON + timedelta(minutes=2))


@pytest.mark.parametrize(
    ("change", "whose"), [(void, "ann"), (extra_time, "bob"), (minutes, "bob"), (an_answer, "bob")]
)
def test_a_result_is_computed_anew_when_anything_that_it_rests_on_changes(
    world: World, change: Callable[[World], None], whose: str
) -> None:
    world.listed()
    before = world.kept()

    change(world)

    assert world.listed() == world.computed()
    after, changed = world.kept(), getattr(world, whose).attempt
    assert [attempt for attempt in after if after[attempt] != before[attempt]] == [changed]


def test_a_decision_stands_in_the_table_at_once(world: World) -> None:
    [before, *_] = sorted(world.table(), key=lambda row: row["state"], reverse=True)
    decisions.decide(
        world.runtime, world.owner, world.ann.result, verdict="hold", reason="other", note="-", now=LATER
    )

    [after, *_] = sorted(world.table(), key=lambda row: row["state"], reverse=True)

    assert (before["decision"], after["decision"]) == ("", "hold")
    assert before | {"decision": "hold", "decided_at": "2026-03-03T12:00:00Z"} == after


def test_who_is_erased_is_not_kept_and_those_who_stay_are(world: World) -> None:
    before = world.listed()
    erasing.ask_for(world.runtime, world.owner, world.ann.invitation, now=NOON)

    assert erasing.run_due(world.runtime, world.folder, now=LATER + erasing.UNDO) == 1

    assert world.kept().keys() == {world.bob.attempt}
    assert world.listed() == before == world.computed()


def test_whoever_changes_what_is_kept_changes_no_evidence(world: World) -> None:
    true = world.listed()[world.ann.result]
    world.keep_instead(remembering.packed(replace(true, p_meets=0.999, headline="meets")))
    assert world.listed()[world.ann.result].p_meets == 0.999

    file = json.loads(json.dumps(results_table(world.runtime, world.owner, world.screen, now=LATER)))

    assert results.read(world.runtime, world.owner, world.ann.result) == true
    [attempt] = file["attempts"]
    assert attempt["result"] == results.evidence_table(true)
    assert "fail" not in [step.outcome for step in verify_table(file, None).steps]


@pytest.mark.parametrize("content", ["", "null", '{"id": 1}'])
def test_what_cannot_be_read_is_computed(world: World, content: str) -> None:
    world.listed()
    world.keep_instead(content)

    assert world.listed() == world.computed()
    assert content not in [kept for _, kept in world.kept().values()]


def test_the_round_of_the_post_computes_what_has_ended_and_after_an_upgrade_anew(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    postman.go_round(world.runtime, lambda _: None, now=LATER)
    first = world.kept()
    monkeypatch.setattr(quizengine, "__version__", "99.0")

    housekeeping.go_round(world.runtime, world.folder, now=LATER)

    second = world.kept()
    assert first.keys() == second.keys() == {world.ann.attempt}
    assert first[world.ann.attempt] != second[world.ann.attempt]


FLOATS = st.floats(allow_nan=False, allow_infinity=False)
MOMENTS = st.none() | st.datetimes(timezones=st.just(UTC))
SKILLS = st.builds(
    SkillResult, skill=st.text().map(SkillId), floor=st.none() | FLOATS, p_meets=FLOATS, chance=FLOATS,
    low=FLOATS, high=FLOATS, mean=FLOATS, sd=FLOATS, target=FLOATS, weight=FLOATS,
)  # fmt: skip
RESULTS = st.builds(
    Result, headline=st.sampled_from(HEADLINES), p_meets=FLOATS, composite=FLOATS, composite_sd=FLOATS,
    composite_low=FLOATS, composite_high=FLOATS, cut=FLOATS, certain=FLOATS, minutes=FLOATS,
    reasons=st.lists(st.text(), max_size=3).map(tuple), skills=st.lists(SKILLS, max_size=3).map(tuple),
    started_at=MOMENTS, finished_at=MOMENTS, credited=st.dictionaries(st.text(), FLOATS, max_size=3),
)  # fmt: skip


@given(told=RESULTS)
def test_any_result_comes_back_from_its_text_to_the_last_bit(told: Result) -> None:
    again = remembering.unpacked(remembering.packed(told))

    assert again == told
    assert again is not None
    assert math.copysign(1, again.p_meets) == math.copysign(1, told.p_meets)
    assert str(again.started_at) == str(told.started_at)
