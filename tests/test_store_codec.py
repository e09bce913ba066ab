"""What is stored comes back as the same value."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from hashlib import sha256
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizengine.bank.engines import without_postgres
from quizengine.model.answers import (
    ANSWER_TYPES,
    ChoiceAnswer,
    NumberAnswer,
    SqlDialect,
    SqlPanel,
    TableAnswer,
    TextAnswer,
    Tolerance,
)
from quizengine.model.variant import Condition
from quizengine.sqljudge.scripts import panel_of
from quizengine.store.codec import (
    outline_from_json,
    panel_from_json,
    panel_to_json,
    roadmap_from_json,
    roadmap_to_json,
    variant_from_json,
    variant_to_json,
)
from tests.factories import make_misconception, make_variant, shipped_bank


def no_panel(digest: str) -> SqlPanel:
    raise AssertionError(f"no panel was stored: {digest}")


@pytest.mark.parametrize("name", sorted(without_postgres(shipped_bank())[0]))
def test_a_variant_of_every_question_comes_back_the_same(name: str) -> None:
    variant = shipped_bank()[name].variant(seed=11)

    content, panels = variant_to_json(variant)
    kept = {digest: panel_from_json(json.loads(json.dumps(panel_to_json(p)))) for digest, p in panels.items()}

    assert variant_from_json(json.loads(json.dumps(content)), kept.__getitem__) == variant


@pytest.mark.parametrize("dialect", get_args(SqlDialect))
def test_a_panel_is_stored_with_its_dialect(dialect: SqlDialect) -> None:
    panel = panel_of("CREATE TABLE t (a INTEGER);", ["CREATE TABLE t (a INTEGER);"], dialect)

    assert panel_from_json(json.loads(json.dumps(panel_to_json(panel)))) == panel


def test_a_panel_of_an_older_release_is_for_sqlite_and_keeps_its_name() -> None:
    panel = panel_of("CREATE TABLE t (a INTEGER);", ["CREATE TABLE t (a INTEGER);"])
    content = panel_to_json(panel)
    del content["dialect"]

    assert panel_from_json(content) == panel
    assert panel.digest == sha256(b"CREATE TABLE t (a INTEGER);\0CREATE TABLE t (a INTEGER);").hexdigest()


@pytest.mark.parametrize("name", sorted(ANSWER_TYPES))
def test_an_outline_says_what_the_whole_variant_does(name: str) -> None:
    entries = shipped_bank().questions.values()
    variant = next(e for e in entries if e.question.parts[0].type == name).variant(seed=11)

    outline = outline_from_json(json.loads(json.dumps(variant_to_json(variant)[0])))

    for field in ("question_id", "skills", "difficulty", "seconds", "answer_types"):
        assert getattr(outline, field) == getattr(variant, field)
    told = [(wrong.id, wrong.points_to) for wrong in outline.misconceptions]
    assert told == [(wrong.id, wrong.points_to) for wrong in variant.misconceptions]
    assert outline.options == (len(variant.answer.options) if isinstance(variant.answer, ChoiceAnswer) else 0)


def test_every_answer_type_is_in_the_bank_so_that_the_test_above_sees_it() -> None:
    seen = {part.type for entry in shipped_bank().questions.values() for part in entry.question.parts}

    assert seen == set(ANSWER_TYPES)


@given(st.fractions(), st.fractions(min_value=0, max_value=1))
def test_numbers_are_stored_exactly(value: Fraction, near: Fraction) -> None:
    answer = NumberAnswer(value=value, tolerance=Tolerance(kind="near", abs=near))
    wrong = replace(make_misconception(answer), when=(Condition(">", value),))
    variant = make_variant(answer, misconceptions=(wrong,))

    content, _ = variant_to_json(variant)

    assert variant_from_json(json.loads(json.dumps(content)), no_panel) == variant


def test_a_table_keeps_given_cells_apart_from_asked_words() -> None:
    cells = (("given", TextAnswer(value="asked")),)
    variant = make_variant(TableAnswer(column_heads=("a", "b"), row_heads=("r",), cells=cells))

    content, _ = variant_to_json(variant)

    assert variant_from_json(json.loads(json.dumps(content)), no_panel) == variant


def test_a_roadmap_comes_back_the_same() -> None:
    roadmap = shipped_bank().roadmap

    assert roadmap_from_json(json.loads(json.dumps(roadmap_to_json(roadmap)))) == roadmap


def test_a_field_that_an_older_release_did_not_store_takes_its_default() -> None:
    variant = make_variant()
    content, _ = variant_to_json(variant)
    del content["hints"]

    assert variant_from_json(content, no_panel) == variant
