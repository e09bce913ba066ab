"""Which questions come on a sheet: shares, order, gaps, forms, repeats."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import Any

import pytest

from quizengine.bank import BankQuestion
from quizengine.psychometrics.response import success_chance
from quizengine.roadmap.graph import ancestors
from quizengine.services.exports import FORMAT
from quizengine.services.scoring import item_of_question, parameters_of
from quizengine.services.sheet_choice import Before, off_learning
from quizengine.services.sheet_forms import ABILITIES, variants_held
from quizengine.services.sheet_gaps import for_needs, for_role, needs_of_report
from quizengine.services.sheets import (
    Plan,
    SheetError,
    SheetWish,
    make_sheets,
    plan_sheets,
    values_of,
)
from tests.factories import shipped_bank

AREAS = [area.id for area in shipped_bank().roadmap.areas]


def plan(**wish: Any) -> Plan:
    return plan_sheets(shipped_bank(), SheetWish(**{"skills": ("math",), **wish}))


def types_of(made: Plan) -> list[str]:
    return [entry.question.parts[0].type for entry in made.questions]


@pytest.mark.parametrize("seed", range(1, 6))
@pytest.mark.parametrize("area", AREAS)
def test_no_answer_type_stands_three_times_in_a_row_or_it_is_said(area: str, seed: int) -> None:
    made = plan(skills=(area,), minutes=60, seed=seed)

    longest = max(len(list(same)) for _, same in groupby(types_of(made)))
    assert longest <= 2 or any("stand in a row" in note for note in made.notes)


@pytest.mark.parametrize("area", AREAS)
def test_most_sets_have_no_long_row(area: str) -> None:
    rows = [
        max(len(list(same)) for _, same in groupby(types_of(plan(skills=(area,), seed=n)))) for n in range(9)
    ]

    assert sum(row > 2 for row in rows) <= 1


@pytest.mark.parametrize("minutes", [10, 25, 40, 90, 240])
@pytest.mark.parametrize("area", AREAS)
def test_the_minutes_are_met_within_a_tenth(area: str, minutes: int) -> None:
    made = plan(skills=(area,), minutes=minutes)
    exact = sum(1.3 * entry.question.seconds for entry in made.questions) / 60

    assert 0.9 * minutes <= exact <= 1.1 * minutes or any("wanted minutes" in note for note in made.notes)


@pytest.mark.parametrize("count", [1, 2, 7, 20])
def test_a_number_of_questions_is_met(count: int) -> None:
    assert len(plan(questions=count).questions) == count


@pytest.mark.parametrize("count", [0, 61, 100_000])
def test_a_number_out_of_range_says_the_range(count: int) -> None:
    with pytest.raises(SheetError, match=f"between 1 and 60; {count} was"):
        plan(questions=count)


def test_a_skill_that_gets_a_place_gets_two_questions() -> None:
    made = plan(minutes=30)

    counts = Counter(entry.question.primary_skill for entry in made.questions)
    assert min(counts.values()) >= 2
    assert any("do not reach for" in note for note in made.notes)


def test_what_was_given_last_comes_last() -> None:
    first = plan(skills=("math.matrices",), questions=3)
    ids = [entry.question.id for entry in first.questions]
    wish = SheetWish(skills=("math.matrices",), questions=3)

    again = plan_sheets(shipped_bank(), wish, Before(last=dict.fromkeys(ids, 5.0)))

    assert not set(ids) & {entry.question.id for entry in again.questions}


def report(**bands: tuple[str, float, float]) -> dict[str, Any]:
    """A report in which skills (a dot is two underscores) have a band, P(below) and a chance."""
    skills = [
        {"skill": name.replace("__", ".").replace("_", "-"), "band": band, "probability": p, "chance": chance,
         "goal": 0.8, "blocks": []}
        for name, (band, p, chance) in bands.items()
    ]  # fmt: skip
    return {"format": FORMAT, "skills": skills}


GAPS = report(
    math__matrices=("ready", 0.05, 0.9),
    math__vectors=("unclear", 0.5, 0.5),
    math__eigen=("gap", 0.95, 0.2),
    math__bayes=("gap", 0.9, 0.35),
)


def gap_wish(**more: Any) -> SheetWish:
    return for_needs(SheetWish(skills=(), **more), needs_of_report(GAPS), shipped_bank())


def test_a_set_on_gaps_has_nothing_that_is_ready_and_begins_with_what_others_build_on() -> None:
    made = plan_sheets(shipped_bank(), gap_wish(minutes=60))

    skills = list(dict.fromkeys(entry.question.primary_skill for entry in made.questions))
    assert set(skills) <= {"math.vectors", "math.eigen", "math.bayes"}
    for at, skill in enumerate(skills):
        assert not set(ancestors(shipped_bank().roadmap, skill)) & set(skills[at + 1 :])


def test_of_gaps_the_pressing_ones_get_the_place() -> None:
    made = plan_sheets(shipped_bank(), gap_wish(questions=2))

    assert {entry.question.primary_skill for entry in made.questions} == {"math.eigen"}


def test_a_gap_gets_questions_where_it_can_be_learnt() -> None:
    wish = gap_wish(questions=6)
    fitted = plan_sheets(shipped_bank(), wish)
    blind = plan_sheets(shipped_bank(), SheetWish(skills=wish.skills, pressing=wish.pressing, questions=6))

    def off(made: Plan) -> float:
        return sum(off_learning(one, wish.levels[one.question.primary_skill]) for one in made.questions)

    assert off(fitted) < off(blind)


def test_a_report_where_all_is_ready_has_nothing_to_print() -> None:
    table = report(math__matrices=("ready", 0.05, 0.9))

    with pytest.raises(SheetError, match="every skill of it is ready"):
        for_needs(SheetWish(skills=()), needs_of_report(table), shipped_bank())


@pytest.mark.parametrize(
    "table", [None, [], {}, {"format": FORMAT}, {"format": FORMAT, "skills": [{"band": "gap"}]},
              {"format": FORMAT, "skills": [{"skill": "a", "band": "gap", "probability": "nan", "chance": 1,
                                             "goal": 1, "blocks": []}]}],
)  # fmt: skip
def test_what_is_no_report_is_refused(table: object) -> None:
    with pytest.raises(SheetError, match="report"):
        needs_of_report(table)


def test_a_role_brings_the_skills_it_lives_from() -> None:
    role = shipped_bank().roadmap.roles[0]

    made = plan_sheets(
        shipped_bank(), for_role(SheetWish(skills=(), minutes=30), role.targets, shipped_bank())
    )

    named = {entry.question.primary_skill for entry in made.questions}
    assert named <= set(role.targets)
    assert min(role.targets[skill] for skill in named) >= 0.5


def test_a_skill_that_is_named_beside_a_role_comes_for_certain() -> None:
    role = shipped_bank().roadmap.roles[0]
    wish = for_role(SheetWish(skills=("math.bayes",), questions=2), role.targets, shipped_bank())

    made = plan_sheets(shipped_bank(), wish)

    assert {entry.question.primary_skill for entry in made.questions} == {"math.bayes"}


def test_reviews_get_a_fifth_of_the_time() -> None:
    made = plan(reviews=("math.bayes",), skills=("math.matrices", "math.vectors"), minutes=50)

    took = Counter[str]()
    for entry in made.questions:
        took[entry.question.primary_skill] += entry.question.seconds
    assert 0.1 <= took["math.bayes"] / took.total() <= 0.3


def few_variants() -> BankQuestion:
    """The question with the fewest variants of more than one."""
    known = {
        name: held
        for name, entry in shipped_bank().questions.items()
        if (held := variants_held(entry.question)) and held > 1
    }
    return shipped_bank()[min(known, key=lambda name: (known[name], name))]


def total_of(form: tuple[BankQuestion, ...], ability: float) -> float:
    """The expected points of a form, question by question."""
    curves = [parameters_of(item_of_question(entry.question)) for entry in form]
    return sum(float(success_chance(ability, *curve)) for curve in curves)


@pytest.mark.parametrize("forms", [12, 26])
def test_forms_have_one_blueprint_and_totals_that_are_told(forms: int) -> None:
    differing = 0
    for skill in shipped_bank().roadmap.skills:
        if not shipped_bank().of_skill(skill.id):
            continue
        made = plan(skills=(skill.id,), questions=3, forms=forms)
        blueprints = {
            tuple((e.question.primary_skill, tuple(p.type for p in e.question.parts)) for e in form)
            for form in made.forms.questions
        }
        totals = [[total_of(form, ability) for ability in ABILITIES] for form in made.forms.questions]
        apart = max(max(column) - min(column) for column in zip(*totals, strict=True))
        assert len(blueprints) == 1
        assert made.forms.apart == pytest.approx(apart, abs=1e-9)
        words = f"differ by at most {apart:.2f}" if apart > 0.005 else "forms are equal in that"
        assert any(words in note for note in made.notes), made.notes
        differing += len({tuple(e.question.id for e in form) for form in made.forms.questions}) > 1
    assert differing


def test_forms_of_questions_with_many_variants_differ_in_numbers_alone() -> None:
    made = plan(skills=("math.matrices",), minutes=20, forms=4)
    sheets = list(make_sheets(SheetWish(skills=("math.matrices",), minutes=20, forms=4), made))

    assert len({tuple(e.question.id for e in form) for form in made.forms.questions}) == 1
    assert made.forms.apart == 0
    for items in zip(*(sheet.items for sheet in sheets), strict=True):
        assert len({item.variant.identity for item in items}) == 4


def test_a_run_says_which_question_repeats_and_how_often() -> None:
    question = few_variants().question
    wish = SheetWish(skills=(question.primary_skill,), types=(question.parts[0].type,), minutes=90, copies=40)
    held = Counter[str]()
    copies: dict[str, list[str]] = {}
    made = plan_sheets(shipped_bank(), wish)
    notes = list(values_of(wish, made).notes)
    for sheet in make_sheets(wish, made):
        for item in sheet.items:
            copies.setdefault(item.variant.question_id, []).append(item.variant.identity)

    for name, identities in copies.items():
        held[name] = len(identities) - len(set(identities))
        told = [note for note in notes if note.startswith(f"{name} has")]
        assert len(told) == (1 if held[name] else 0), name
        assert not told or f"{held[name]} cop" in told[0]
    assert held[question.id] >= 40 - question.space
