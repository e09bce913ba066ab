"""Compare what was read with one answer: the score, the rule that decided, a hint."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import singledispatch

from quizengine.grading.choosing import choices_score, matching_score, order_score
from quizengine.grading.config import broken_rules, keeps_all
from quizengine.grading.formulas import FORM_CREDIT, compare_formula
from quizengine.grading.judgement import Judgement
from quizengine.grading.numbers import accepting_rule, decimals, is_in_lowest_terms, is_rounded
from quizengine.grading.properties import Checker, fulfilled
from quizengine.grading.reading import Judged, asked_cells, output_lines
from quizengine.grading.typed import (
    Cells,
    Factors,
    File,
    Formula,
    Grid,
    Group,
    Picks,
    Row,
    Scalar,
    Text,
    Typed,
    plain_of,
)
from quizengine.grading.values import SAME
from quizengine.model.answers import (
    EXACT,
    CellAnswer,
    ChoiceAnswer,
    ChoicesAnswer,
    ConfigAnswer,
    EquationAnswer,
    ExpressionAnswer,
    FactorisationAnswer,
    FractionAnswer,
    IntegerAnswer,
    IntervalAnswer,
    MatchingAnswer,
    MatrixAnswer,
    NumberAnswer,
    OrderingAnswer,
    OutputAnswer,
    Property,
    SetAnswer,
    TableAnswer,
    TextAnswer,
    Tolerance,
    VectorAnswer,
)
from quizengine.model.grade import Grade

#: What an answer can score at most while a part of it is wrong.
MOST_WHILE_INCOMPLETE = 0.8
#: Typed with so many decimals, a number is taken for a rounded root where a property is verified.
DECIMALS_OF_ROUNDING = 6

EXACTLY = "Give it exactly, as a whole number, a fraction or a root; this is a rounded decimal."
WHOLE = "The answer is a whole number."
LOWEST_TERMS = "The value is right; write it as one fraction in lowest terms."
BROKEN = "Something that was in order before is not any more."
MORE_DIGITS = {
    "sigfig": "The value is right, but written with too few significant digits.",
    "decimals": "The value is right, but written with too few decimals.",
}


@singledispatch
def compare(answer: Judged, typed: Typed) -> Judgement:
    """Judge ``typed``, which was read for an answer of this kind, against ``answer``."""
    raise TypeError(f"no judge for {type(answer).__name__}")


@compare.register
def _(answer: IntegerAnswer, typed: Scalar) -> Judgement:
    rule = accepting_rule(EXACT, Fraction(answer.value), typed)
    if rule:
        return Judgement(1.0, rule)
    return Judgement(0.0, "exact", WHOLE if typed.number.denominator != 1 else "")


@compare.register
def _(answer: NumberAnswer, typed: Scalar) -> Judgement:
    rule = accepting_rule(answer.tolerance, answer.value, typed)
    if rule:
        return Judgement(1.0, rule)
    return Judgement(0.0, answer.tolerance.kind, _number_hint(answer, typed))


def _number_hint(answer: NumberAnswer, typed: Scalar) -> str:
    kind = answer.tolerance.kind
    if kind == "exact":
        return EXACTLY if is_rounded(answer.value, typed) else ""
    if kind in MORE_DIGITS and abs(typed.number - answer.value) <= answer.tolerance.margin(answer.value):
        return MORE_DIGITS[kind]
    return ""


@compare.register
def _(answer: FractionAnswer, typed: Scalar) -> Judgement:
    rule = accepting_rule(EXACT, answer.value, typed)
    if rule is None:
        return Judgement(0.0, "exact", EXACTLY if is_rounded(answer.value, typed) else "")
    if answer.lowest_terms and not is_in_lowest_terms(typed.node):
        return Judgement(FORM_CREDIT, "form:lowest-terms", LOWEST_TERMS)
    return Judgement(1.0, rule)


@compare.register
def _(answer: TextAnswer, typed: Text) -> Judgement:
    same = " ".join(typed.text.split()).casefold() == " ".join(answer.value.split()).casefold()
    return Judgement(1.0 if same else 0.0, "text")


@compare.register(ExpressionAnswer)
@compare.register(EquationAnswer)
@compare.register(IntervalAnswer)
def _(answer: ExpressionAnswer | EquationAnswer | IntervalAnswer, typed: Formula) -> Judgement:
    return compare_formula(answer, typed.node)


# Rows, grids, sets


def _verified(wanted: Property, tolerance: Tolerance, factors: Sequence[Sequence[Row]]) -> Judgement:
    cells = [cell for rows in factors for row in rows for cell in row.cells]
    check = Checker(tolerance, exact=all(cell.exact for cell in cells) and not _looks_rounded(cells))
    matrices = [[[cell.number for cell in row.cells] for row in rows] for rows in factors]
    return Judgement(fulfilled(wanted, matrices, check), f"property:{wanted.name}")


def _looks_rounded(cells: Sequence[Scalar]) -> bool:
    """Whether a decimal is so long that it can only be a rounded root: ``0.70710678``."""
    return any((decimals(cell.node) or 0) >= DECIMALS_OF_ROUNDING for cell in cells)


@compare.register
def _(answer: FactorisationAnswer, typed: Factors) -> Judgement:
    if answer.property is not None:
        return _verified(answer.property, answer.tolerance, [grid.rows for grid in typed.grids])
    found = tuple(tuple(tuple(c.number for c in row.cells) for row in grid.rows) for grid in typed.grids)
    return Judgement(1.0 if found == answer.factors else 0.0, "factors")


@compare.register
def _(answer: VectorAnswer, typed: Row) -> Judgement:
    if answer.property is not None:
        return _verified(answer.property, answer.tolerance, [[typed]])
    if len(typed.cells) != len(answer.values):
        return Judgement(0.0, "shape")
    match answer.up_to:
        case "scale":
            return Judgement(1.0 if is_parallel(answer, typed.cells) else 0.0, "up-to:scale")
        case "sign":
            opposite = tuple(-value for value in answer.values)
            scores = (_cells_score(answer.tolerance, key, typed.cells) for key in (answer.values, opposite))
            return Judgement(max(scores), "up-to:sign")
        case "order":
            right = len(_matched(answer.tolerance, answer.values, typed.cells))
            return Judgement(_capped(right, len(answer.values)), "up-to:order")
    score = _cells_score(answer.tolerance, answer.values, typed.cells)
    return Judgement(
        score, answer.tolerance.kind, _cells_hint(answer.tolerance, answer.values, typed.cells, score)
    )


def _cells_score(tolerance: Tolerance, key: Sequence[Fraction], cells: Sequence[Scalar]) -> float:
    right = sum(
        accepting_rule(tolerance, value, cell) is not None for value, cell in zip(key, cells, strict=True)
    )
    return _capped(right, len(key))


def _capped(right: int, size: int) -> float:
    return 1.0 if right == size else min(MOST_WHILE_INCOMPLETE, right / size)


def _cells_hint(tolerance: Tolerance, key: Sequence[Fraction], cells: Sequence[Scalar], score: float) -> str:
    if score == 1 or tolerance.kind != "exact":
        return ""
    near = all(c.number == k or is_rounded(k, c) for k, c in zip(key, cells, strict=True))
    return EXACTLY if near else ""


def _matched(tolerance: Tolerance, key: Sequence[Fraction], cells: Sequence[Scalar]) -> list[Scalar]:
    """Pair keys and cells one to one, nearest in size first; return the cells that found a key."""
    left = sorted(cells, key=lambda cell: cell.number)
    found = []
    for value in sorted(key):
        partner = next((cell for cell in left if accepting_rule(tolerance, value, cell)), None)
        if partner is not None:
            left.remove(partner)
            found.append(partner)
    return found


def is_parallel(answer: VectorAnswer, cells: Sequence[Scalar]) -> bool:
    """Whether the cells are a multiple of the key that is not zero.

    The factor is taken where the key is largest; the tolerance is relative to the
    largest component, since a component that should be 0 has no size of its own.
    """
    pivot = max(range(len(answer.values)), key=lambda i: abs(answer.values[i]))
    if not answer.values[pivot] or not cells[pivot].number:
        return False
    factor = cells[pivot].number / answer.values[pivot]
    largest = abs(cells[pivot].number)
    # The key of an irrational direction is cut to its first digits, so its ratios are off by as much.
    allowed = max(SAME * largest, answer.tolerance.margin(largest))
    return all(
        abs(cell.number - factor * value) <= allowed for cell, value in zip(cells, answer.values, strict=True)
    )


@compare.register
def _(answer: MatrixAnswer, typed: Grid) -> Judgement:
    if answer.property is not None:
        return _verified(answer.property, answer.tolerance, [typed.rows])
    shape = len(typed.rows), len(typed.rows[0].cells)
    if shape != (len(answer.rows), len(answer.rows[0])):
        return Judgement(0.0, "shape")
    key = [value for row in answer.rows for value in row]
    cells = [cell for row in typed.rows for cell in row.cells]
    score = _cells_score(answer.tolerance, key, cells)
    return Judgement(score, answer.tolerance.kind, _cells_hint(answer.tolerance, key, cells, score))


@compare.register
def _(answer: SetAnswer, typed: Group) -> Judgement:
    def accepted(value: Fraction, cell: Scalar) -> bool:
        return accepting_rule(answer.tolerance, value, cell) is not None

    key = set(answer.values)
    right = sum(any(accepted(value, cell) for cell in typed.cells) for value in key)
    strangers = {c.number for c in typed.cells if not any(accepted(value, c) for value in key)}
    if right == len(key) and not strangers:
        return Judgement(1.0, answer.tolerance.kind)
    score = (right - len(strangers)) / max(1, len(key))
    return Judgement(min(MOST_WHILE_INCOMPLETE, max(0.0, score)), answer.tolerance.kind)


# Picks


@compare.register
def _(answer: ChoiceAnswer, typed: Picks) -> Judgement:
    return Judgement(1.0 if typed.ids == (answer.key,) else 0.0, "choice")


@compare.register
def _(answer: ChoicesAnswer, typed: Picks) -> Judgement:
    return Judgement(choices_score(answer.key, typed.ids, MOST_WHILE_INCOMPLETE), "choices")


@compare.register
def _(answer: OrderingAnswer, typed: Picks) -> Judgement:
    return Judgement(order_score(answer, typed.ids), "order")


@compare.register
def _(answer: MatchingAnswer, typed: Picks) -> Judgement:
    return Judgement(matching_score(answer, typed.ids), "matching")


# Tables and outputs


@compare.register
def _(answer: TableAnswer, typed: Cells) -> Judgement:
    asked = [cell for _, cell in asked_cells(answer)]
    if len(asked) != len(typed.cells):
        return Judgement(0.0, "shape")
    parts = tuple(_cell_grade(cell, found) for cell, found in zip(asked, typed.cells, strict=True))
    mean = sum(part.score for part in parts) / len(parts)
    score = 1.0 if mean == 1 else min(MOST_WHILE_INCOMPLETE, mean)
    return Judgement(score, "cells", parts=parts)


def _cell_grade(cell: CellAnswer, found: Scalar | Text) -> Grade:
    if isinstance(cell, TextAnswer) != isinstance(found, Text):
        return Grade(verdict="wrong", rule="cells", read_as=plain_of(found))
    judgement = compare(cell, found)
    return Grade(
        verdict=judgement.verdict,
        score=judgement.score,
        rule=judgement.rule,
        hint=judgement.hint,
        read_as=plain_of(found),
    )


@compare.register
def _(answer: OutputAnswer, typed: Text) -> Judgement:
    key, found = output_lines(answer.text), output_lines(typed.text)
    if key == found:
        return Judgement(1.0, "lines")
    right = sum(one == other for one, other in zip(key, found, strict=False))
    return Judgement(min(MOST_WHILE_INCOMPLETE, right / max(len(key), len(found))), "lines")


# Files


@compare.register
def _(answer: ConfigAnswer, typed: File) -> Judgement:
    """Score the share of planted faults that are mended; a file that breaks something else scores nothing."""
    if not answer.planted:  # a misconception's file: it is one of those, or it is not
        return Judgement(float(keeps_all(answer.rules, typed.tree)), "rules")
    broken = broken_rules(answer.rules, typed.tree)
    parts = tuple(_rule_grade(rule.id not in broken) for rule in answer.rules)
    if not broken:
        return Judgement(1.0, "rules", parts=parts)
    left = [name for name in answer.planted if name in broken]
    if len(left) < len(broken):
        return Judgement(0.0, "rules", BROKEN, parts)
    return Judgement(_capped(len(answer.planted) - len(left), len(answer.planted)), "rules", parts=parts)


def _rule_grade(holds: bool) -> Grade:
    return Grade(verdict="correct" if holds else "wrong", score=float(holds), rule="rules")
