"""The one wide change, held together: every answer type has a judge, a form, a codec name and its docs."""

from __future__ import annotations

from pathlib import Path

import pytest

from quizengine.bank.gates import key_response
from quizengine.bank.schema import AnswerTable
from quizengine.grading import grade, key_text, notations, read
from quizengine.model.answers import ANSWER_TYPES, type_name
from quizengine.model.variant import Part, Variant
from quizengine.store.codec import variant_to_json
from quizengine.web.widgets import make_widget
from tests.factories import shipped_bank

ROOT = Path(__file__).parents[1]
TYPES = sorted(ANSWER_TYPES)


def variant_with(kind: str) -> tuple[Variant, Part]:
    """A variant of the shipped bank that asks for an answer of this type."""
    for entry in shipped_bank().questions.values():
        for place, part in enumerate(entry.question.parts):
            if part.type == kind:
                variant = entry.variant(seed=2)
                return variant, variant.parts[place]
    raise AssertionError(f"the bank has no question answered by {kind}")


@pytest.mark.parametrize("kind", TYPES)
def test_an_answer_type_is_judged(kind: str) -> None:
    variant, part = variant_with(kind)

    for notation in notations(part.answer):
        told = grade(variant, {**key_response(variant), part.name: notation})
        assert told.verdict == "correct", (notation, told)
    assert grade(variant, {**key_response(variant), part.name: ""}).verdict == "unreadable"


@pytest.mark.parametrize("kind", TYPES)
def test_an_answer_type_is_echoed_and_its_key_shown(kind: str) -> None:
    _, part = variant_with(kind)

    assert read(notations(part.answer)[0], part.answer).plain
    assert key_text(part.answer)


@pytest.mark.parametrize("kind", TYPES)
def test_an_answer_type_has_a_form(kind: str) -> None:
    _, part = variant_with(kind)
    page = (ROOT / "templates" / "parts" / "widgets.html").read_text()

    widget = make_widget(part)

    assert widget.kind == kind
    assert f'"{kind}"' in page


@pytest.mark.parametrize("kind", TYPES)
def test_an_answer_type_is_stored_under_its_name(kind: str) -> None:
    variant, part = variant_with(kind)
    content, _ = variant_to_json(variant)

    stored = {entry["name"]: entry["answer"] for entry in content["parts"]}

    assert stored[part.name]["type"] == kind == type_name(part.answer)


def test_every_answer_type_can_be_written_in_a_file() -> None:
    known = {cls.model_fields["type"].annotation.__args__[0] for cls in AnswerTable.__subclasses__()}  # type: ignore[union-attr]

    assert known == set(ANSWER_TYPES)


@pytest.mark.parametrize("kind", TYPES)
def test_an_answer_type_is_in_the_authoring_guide(kind: str) -> None:
    assert f"`{kind}`" in (ROOT / "docs" / "authoring.md").read_text()
