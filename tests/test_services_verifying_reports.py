"""A learner's report verifies as a file too, and a changed one names the step."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest

from quizengine.bank import Bank
from quizengine.bank.gates import key_response
from quizengine.model.grade import Response
from quizengine.services import attempts, diagnostic, learners
from quizengine.services.exports import report_table
from quizengine.services.reports import newest_report, read_report
from quizengine.services.sealing import content_hash
from quizengine.services.verifying.files import verify_table
from tests.factories import NOON
from tests.golden_results import golden_bank, golden_runtime


@pytest.fixture(scope="module")
def bank() -> Bank:
    return golden_bank()


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The report of somebody who knows vectors alone, as its file is read back."""
    runtime = golden_runtime(tmp_path_factory.mktemp("report"))
    learner = learners.new_guest(runtime, now=NOON).id
    made = diagnostic.start(runtime, learner, role="ml-engineer", hours_a_week=6, ratings={}, now=NOON)
    attempts.begin(runtime, learner, made, now=NOON)
    while (standing := attempts.standing(runtime, learner, made)).slot_id and standing.variant:
        knows = standing.variant.primary_skill == "math.vectors"
        given = Response(answers=key_response(standing.variant) if knows else {}, dont_know=not knows)
        attempts.commit(runtime, learner, standing.slot_id, given, now=NOON)
    newest = newest_report(runtime, learner)
    assert newest is not None
    read: dict[str, Any] = json.loads(json.dumps(report_table(read_report(runtime, learner, newest))))
    return read


def failing(table: dict[str, Any], bank: Bank | None) -> set[str]:
    return {step.name for step in verify_table(table, bank).steps if step.outcome == "fail"}


def test_a_report_verifies(report: dict[str, Any], bank: Bank) -> None:
    outcomes = {step.name: step.outcome for step in verify_table(report, bank).steps}

    assert {name for name, outcome in outcomes.items() if outcome == "skipped"} == {"chains", "decisions"}
    assert set(outcomes.values()) == {"pass", "skipped"}


def test_a_report_of_a_release_without_the_hash_verifies(report: dict[str, Any]) -> None:
    table = {key: value for key, value in report.items() if key != "content_hash"}
    for answer in table["answers"]:
        answer.pop("judged_by", None)

    assert verify_table(table, None).agrees


@pytest.mark.parametrize(
    ("place", "value", "step"),
    [
        ("minutes", -1, "schema"),
        ("skills.0.probability", 0.123, "estimate"),
        ("skills.0.band", "no such band", "headline"),
        ("skills.1.answers", 99, "headline"),
        ("counts.gap", 99, "headline"),
        ("answers.0.verdict", "partial", "grades"),
        ("answers.0.variant.prompt", "What is it?", "variants"),
    ],
)
def test_a_changed_field_names_its_step(
    report: dict[str, Any], bank: Bank, place: str, value: object, step: str
) -> None:
    table = deepcopy(report)
    # "I don't know yet" has no other verdict: an answer that was given is changed, in front of all.
    table["answers"].sort(key=lambda one: one["dont_know"])
    whole = {**table, "content_hash": content_hash(table)}
    assert failing(whole, bank) == set()
    *way, last = [int(one) if one.isdigit() else one for one in place.split(".")]
    at: Any = table
    for key in way:
        at = at[key]
    at[last] = value
    if place.endswith("verdict"):
        at["score"] = 0.5

    assert "schema" in failing(table, bank)
    if step != "schema":
        assert step in failing({**table, "content_hash": content_hash(table)}, bank)


@pytest.mark.parametrize(
    "table", [[], {}, {"format": "quizengine-report-1"}, {"format": "quizengine-results-1"}]
)
def test_what_is_no_such_file_fails_the_first_step(table: Any) -> None:
    assert failing(table, None) == {"schema"}
