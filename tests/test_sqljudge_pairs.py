"""Queries as people write them: every right one is accepted, every slip is found out."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from quizengine.grading import grade, variant_of

CONTENT = tomllib.loads((Path(__file__).parent / "data" / "sql_pairs.toml").read_text(encoding="utf-8"))
QUESTIONS = CONTENT["question"]


@pytest.mark.parametrize("question", QUESTIONS, ids=[question["id"] for question in QUESTIONS])
def test_right_queries_are_accepted_and_wrong_ones_are_not(question: dict[str, Any]) -> None:
    schema = CONTENT["schemas"][question["schema"]]
    variant = variant_of({"type": "sql", "schema": schema, "reference": question["reference"]})

    right = {sql: grade(variant, sql).verdict for sql in [question["reference"], *question["right"]]}
    wrong = {name: grade(variant, sql).verdict for name, sql in question["wrong"]}

    assert {sql for sql, verdict in right.items() if verdict != "correct"} == set()
    assert {name for name, verdict in wrong.items() if verdict not in ("wrong", "partial")} == set()


def test_there_are_many_pairs_of_each_kind() -> None:
    assert sum(len(question["right"]) for question in QUESTIONS) >= 60
    assert sum(len(question["wrong"]) for question in QUESTIONS) >= 120
