"""QTI: the package is whole, and an item scores and says what the graders do."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from fractions import Fraction
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest

from quizengine.grading import grade
from quizengine.model.answers import MatchingAnswer, OrderingAnswer
from quizengine.model.collection import Collection, Family
from quizengine.model.variant import Variant
from quizengine.paper.export import NOTES_FILE, Export, Options, archive, export
from quizengine.paper.export.fields import (
    Field,
    GridField,
    NumberField,
    OrderField,
    PairField,
    PickField,
    TextField,
    Wish,
    decimal_text,
)
from quizengine.paper.export.items import groups_of, name_of
from quizengine.paper.export.notes import Notes
from quizengine.paper.export.qti_scoring import response_names
from tests.export_examples import collection, example
from tests.factories import shipped_bank
from tests.qti_interpreter import Machine

BOTH = ("qti21", "qti30")
ANSWERS_AN_ITEM = 20
JUDGED = ("integer", "number", "fraction", "vector", "matrix", "table", "choice", "choices", "several")
WHOLE_ONLY = ("matching", "ordering", "output")
SHIPPED = (
    "math.bayes.disease-test",
    "math.bayes.beta-update",
    "math.matrices.product",
    "math.matrices.determinant-2x2",
    "math.bayes.three-sources",
    "prac.classification-metrics.fill-the-matrix",
    "prac.classification-metrics.precision-recall",
    "cloud.cost-performance.pareto",
    "cloud.automation.payback",
    "dep.api.status-codes",
    "math.vectors.rank-by-cosine",
)
#: Something that a person may do in one part: what they give here, and in QTI.
Move = tuple[Any, dict[str, Any]]


def package(form: str, *kinds: str) -> Export:
    return export(collection(*kinds), form, Options(as_text=True, as_essay=True))


def item_of(form: str, variant: Variant) -> Machine:
    made = export(Collection("One", (Family((variant,), 1),)), form)
    return Machine(made.files[f"items/{name_of(variant)}.xml"])


def numbers_near(field: NumberField) -> Iterator[str]:
    """Numbers on both sides of the end of the window, in it, and far from it."""
    yield decimal_text(field.value)
    for share in (Fraction(1, 2), Fraction(-9, 10), Fraction(11, 10), Fraction(-3)):
        if field.margin:
            yield f"{float(field.value + share * field.margin):.15f}"
    yield f"{float(field.value + 1):.15f}"


def moves(part: Any, field: Field, names: tuple[str, ...], wrong: list[Field], rng: random.Random) -> Move:
    """One answer to a part: the key, a mistake, or something else."""
    source: Field = rng.choice([field, field, *wrong])
    match source:
        case NumberField():
            typed = rng.choice(list(numbers_near(source)))
            return typed, {names[0]: typed}
        case TextField():
            typed = rng.choice([*source.forms, *source.half, source.forms[0] + "0"])
            return typed, {names[0]: typed}
        case PickField(many=True):
            ids = [one.id for one in source.options]
            picked = rng.choice([list(source.key), sorted(rng.sample(ids, rng.randint(1, len(ids))))])
            return tuple(picked), {names[0]: picked}
        case PickField():
            picked = [rng.choice([source.key[0], *(one.id for one in source.options)])]
            return picked[0], {names[0]: picked[0]}
        case PairField():
            picks = [key if rng.random() < 0.7 else rng.choice(source.right).id for key in source.key]
            pairs = [f"L_{left.id} M_{found}" for left, found in zip(source.left, picks, strict=True)]
            return tuple(picks), {names[0]: pairs}
        case OrderField():
            order = list(rng.choice(source.orders))
            if rng.random() < 0.5:
                rng.shuffle(order)
            return tuple(order), {names[0]: order}
        case GridField():
            return cells(part, source, names, rng)
        case _:
            raise AssertionError(source)


def cells(part: Any, source: GridField, names: tuple[str, ...], rng: random.Random) -> Move:
    typed = []
    for cell in source.asked:
        right = decimal_text(cell.value) if isinstance(cell, NumberField) else cell.forms[0]
        typed.append(right if rng.random() < 0.8 else "77")
    given: Any = tuple(typed)
    if len(source.rows) > 1 and not source.column_heads:
        width = len(source.rows[0])
        given = tuple(tuple(typed[at : at + width]) for at in range(0, len(typed), width))
    return given, dict(zip(names, typed, strict=True))


def answers(variant: Variant, seed: int) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    rng = random.Random(seed)
    notes = Notes()
    group = groups_of(Collection("One", (Family((variant,), 1),)), Wish(), notes, lambda *_: None)[0]
    item = group.items[0]
    names = response_names(item)
    for _ in range(ANSWERS_AN_ITEM):
        here: dict[str, Any] = {}
        there: dict[str, Any] = {}
        slip = rng.choice([None, *item.slips]) if item.slips else None
        for at, part in enumerate(variant.parts):
            wrong = [slip.fields[at]] * 4 if slip and at < len(slip.fields) and slip.fields[at] else []
            here[part.name], given = moves(part, item.fields[at], names[at], wrong, rng)  # type: ignore[arg-type]
            there |= given
        yield here, there


def disagreements(form: str, variant: Variant, *, whole_only: bool = False) -> list[object]:
    machine = item_of(form, variant)
    feedback = {wrong.id: wrong.feedback for wrong in variant.misconceptions}
    found: list[object] = []
    for here, there in answers(variant, seed=len(variant.prompt)):
        told = grade(variant, here)
        assert told.verdict not in ("unreadable", "undecided"), (here, told)
        score = machine.outcomes(there)["SCORE"]
        wanted = float(told.score == 1) if whole_only and told.misconception not in feedback else told.score
        if abs(score - wanted) > 1e-6:
            found.append((here, there, told.score, told.misconception, score))
        elif told.misconception in feedback and len(machine.feedback(there)) != 2:
            found.append((here, "no feedback", told.misconception))
    return found


@pytest.mark.parametrize("kind", JUDGED)
@pytest.mark.parametrize("form", BOTH)
def test_an_item_scores_twenty_answers_as_the_graders_do(form: str, kind: str) -> None:
    assert disagreements(form, example(kind)) == []


@pytest.mark.parametrize("kind", WHOLE_ONLY)
@pytest.mark.parametrize("form", BOTH)
def test_where_a_share_does_not_count_all_or_nothing_agrees(form: str, kind: str) -> None:
    assert disagreements(form, example(kind), whole_only=True) == []


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_questions_score_as_the_graders_do(name: str) -> None:
    variant = shipped_bank()[name].variant(3)
    whole = any(isinstance(part.answer, MatchingAnswer | OrderingAnswer) for part in variant.parts)

    assert disagreements("qti21", variant, whole_only=whole) == []


@pytest.mark.parametrize("form", BOTH)
def test_a_test_draws_one_of_the_variants_of_a_question(form: str) -> None:
    bank = shipped_bank()["math.bayes.disease-test"]
    family = Family(tuple(bank.variant(seed) for seed in (1, 2, 3)), 2)

    text = export(Collection("Three", (family,)), form).files["test.xml"].decode()

    assert 'select="1"' in text
    assert len(re.findall(r"<(?:qti-)?assessment-?[iI]tem-?[rR]ef ", text)) == 3


def test_the_notes_are_in_the_archive() -> None:
    made = package("qti21", "number")

    with ZipFile(BytesIO(archive(made.files))) as read:
        assert b"QTI has no hints" in read.read(NOTES_FILE)


def test_a_formula_is_mathml_that_schemas_know() -> None:
    text = package("qti21", "integer").files
    item = next(content.decode() for name, content in text.items() if name.startswith("items/"))

    assert '<math xmlns="http://www.w3.org/1998/Math/MathML" alttext="a/b &lt; 1">' in item
    assert "class=" not in item
    assert "tabindex" not in item


def test_an_essay_is_marked_by_a_person_who_sees_the_key() -> None:
    files = package("qti21", "sql").files
    item = next(content.decode() for name, content in files.items() if name.startswith("items/"))

    assert '<rubricBlock view="scorer" use="scoring"><pre>SELECT count(*) FROM users</pre>' in item
    assert "responseProcessing" not in item
    assert 'external-scored="human"' in str(package("qti30", "sql").files)


def test_the_interpreter_can_tell_a_wrong_key() -> None:
    variant = example("integer")
    xml = export(Collection("One", (Family((variant,), 1),)), "qti21").files[f"items/{name_of(variant)}.xml"]

    broken = Machine(xml.decode().replace('baseType="float">-12<', 'baseType="float">-13<'))

    assert broken.outcomes({"R1": "-12"})["SCORE"] != 1
