"""Integrity events are read by nothing that scores, and a result without them is the same to the byte."""

from __future__ import annotations

import ast
import json
from datetime import timedelta
from pathlib import Path

from sqlalchemy import event

import quizengine
from quizengine.services import attempts, exports, learners, reports
from quizengine.services.attempt import integrity
from quizengine.services.attempt.integrity import Seen
from quizengine.services.diagnostic import start
from quizengine.services.hiring import retention
from quizengine.services.verify import verify
from quizengine.store.attempt_rows import IntegrityEventRow
from quizengine.store.rows import AttemptRow
from tests.factories import NOON, make_runtime
from tests.sittings import RIGHT, sit
from tests.test_services_attempts import answer_all

PACKAGE = Path(quizengine.__file__).parent
#: The service and its queries; the page that says what is noted; what writes and forgets, and what hands a
#: person what is stored about them; the form that says what is not to be noted of somebody.
READERS = {
    "services/attempt/integrity.py",
    "services/attempt/network.py",
    "services/hiring/personal_data.py",
    "services/hiring/retention.py",
    "store/attempt_rows.py",
    "store/integrity.py",
    "store/retention.py",
    "web/attempt.py",
    "web/attempt_calls.py",
    "services/hiring/timeline.py",
    "web/hire/adjust.py",
    "web/hire/candidate.py",
}


def names_it(path: Path) -> bool:
    """Whether a module has the events' table, its queries or their service."""
    tree = ast.parse(path.read_text("utf-8"))
    froms = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    modules = {node.module or "" for node in froms}
    names = {f"{node.module}.{alias.name}" for node in froms for alias in node.names}
    words = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    reads = any(name.endswith((".integrity", ".IntegrityEventRow")) for name in modules | names)
    return reads or "integrity_events" in words


def test_nothing_but_its_own_pages_knows_of_these_events() -> None:
    found = {str(path.relative_to(PACKAGE)) for path in PACKAGE.rglob("*.py") if names_it(path)}

    assert found <= READERS


def test_no_query_of_a_sitting_its_score_or_its_end_reads_them(tmp_path: Path) -> None:
    sitting = sit(tmp_path)
    integrity.record(sitting.runtime, sitting.person, sitting.attempt, [Seen("blur")], now=sitting.now)
    queries: list[str] = []
    with sitting.runtime.transaction() as session:
        engine = session.get_bind()

    @event.listens_for(engine, "before_cursor_execute")
    def note(*given: object) -> None:
        queries.append(str(given[2]))

    sitting.save(RIGHT, 1)
    sitting.give(RIGHT)
    sitting.beat()
    attempts.finish(sitting.runtime, sitting.person, sitting.attempt, now=sitting.now)
    verify(sitting.runtime, sitting.attempt)

    assert len(queries) > 20
    assert [query for query in queries if "integrity" in query] == []


def test_a_result_without_them_is_the_same_to_the_byte(tmp_path: Path) -> None:
    runtime = make_runtime(tmp_path)
    learner = learners.new_guest(runtime, now=NOON).id
    attempt = start(runtime, learner, role="ml-engineer", hours_a_week=6, ratings={}, now=NOON)
    attempts.begin(runtime, learner, attempt, now=NOON)
    with runtime.transaction() as session:
        session.get_one(AttemptRow, attempt).kind = "screening"
    many = [Seen("blur"), Seen("paste", characters=400), Seen("takeover")] * 20
    integrity.record(runtime, learner, attempt, many, now=NOON)
    with runtime.transaction() as session:
        session.get_one(AttemptRow, attempt).kind = "diagnostic"
    report_id = answer_all(runtime, learner, attempt)

    def told() -> str:
        report = reports.read_report(runtime, learner, report_id)
        return json.dumps(exports.report_table(report), default=str) + exports.answers_csv(report)

    before = told()
    with runtime.transaction() as session:
        assert session.query(IntegrityEventRow).delete() == len(many)

    assert told() == before
    assert verify(runtime, attempt).agrees


def test_they_are_forgotten_after_90_days_and_shown_with_how_common_they_are(tmp_path: Path) -> None:
    sitting = sit(tmp_path)
    seen = [Seen("blur"), Seen("blur"), Seen("paste", characters=3)]
    integrity.record(sitting.runtime, sitting.person, sitting.attempt, seen, now=sitting.now)

    rates = integrity.base_rates(sitting.runtime, [sitting.attempt, "another"])
    kept = retention.purge(sitting.runtime, now=sitting.now + timedelta(days=90))
    gone = retention.purge(sitting.runtime, now=sitting.now + timedelta(days=90, seconds=1))

    assert rates == {"blur": 1, "paste": 1}
    assert (kept, [one.counts for one in gone]) == ([], [{"events": 3}])
    assert integrity.timeline(sitting.runtime, sitting.attempt) == ()
