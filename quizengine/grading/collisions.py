"""When two answers are too near each other for a response to tell them apart."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from quizengine.grading.compare import compare
from quizengine.grading.config import keeps_all, read_file
from quizengine.grading.formulas import compare_formula, key_node
from quizengine.grading.properties import Checker, fulfilled
from quizengine.grading.reading import Judged, asked_cells, is_read_alike, output_lines
from quizengine.grading.tree import Node
from quizengine.grading.typed import Row, Scalar
from quizengine.model.answers import (
    EXACT,
    Answer,
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
    SetAnswer,
    SqlAnswer,
    TableAnswer,
    TextAnswer,
    Tolerance,
    VectorAnswer,
)

#: Answers nearer than this many tolerances are one answer to a person who rounds.
CLEARANCE = 3


def collide(one: Judged, other: Judged) -> bool:
    """Whether two answers are equal or, as numbers, within three tolerances. SQL never collides here."""
    if not is_read_alike(one, other):
        return False
    match one, other:
        case (
            IntegerAnswer() | NumberAnswer() | FractionAnswer(),
            IntegerAnswer() | NumberAnswer() | FractionAnswer(),
        ):
            tolerances = tolerance_of(one), tolerance_of(other)
            return _near(Fraction(one.value), Fraction(other.value), tolerances)
        case VectorAnswer(), VectorAnswer():
            return _vectors_collide(one, other)
        case MatrixAnswer(), MatrixAnswer():
            tolerances = one.tolerance, other.tolerance
            same_shape = len(one.rows) == len(other.rows) and len(one.rows[0]) == len(other.rows[0])
            return same_shape and all(
                _all_near(r, s, tolerances) for r, s in zip(one.rows, other.rows, strict=True)
            )
        case (
            ExpressionAnswer() | EquationAnswer() | IntervalAnswer(),
            ExpressionAnswer() | EquationAnswer() | IntervalAnswer(),
        ):
            # What cannot be told apart within the budget tells nobody anything.
            judgement = compare_formula(one, key_node(other))
            return judgement.score == 1 or not judgement.decided or judgement.rule.startswith("form:")
        case SetAnswer(), SetAnswer():
            return _sets_collide(one, other)
        case TableAnswer(), TableAnswer():
            pairs = list(zip(asked_cells(one), asked_cells(other), strict=False))
            same_size = len(asked_cells(one)) == len(asked_cells(other))
            return same_size and all(collide(a[1], b[1]) for a, b in pairs)
    return _picks_collide(one, other)


def _picks_collide(one: Judged, other: Judged) -> bool:
    match one, other:
        case OrderingAnswer(), OrderingAnswer():
            place = {found: position for position, found in enumerate(other.key)}
            return all(place.get(a, 0) < place.get(b, 0) for a, b in one.before)
        case ChoicesAnswer(), ChoicesAnswer():
            return set(one.key) == set(other.key)
        case ChoiceAnswer(), ChoiceAnswer():
            return one.key == other.key
        case MatchingAnswer(), MatchingAnswer():
            return one.key == other.key
        case OutputAnswer(), OutputAnswer():
            return output_lines(one.text) == output_lines(other.text)
        case TextAnswer(), TextAnswer():
            return one.value.casefold().split() == other.value.casefold().split()
        case FactorisationAnswer(), FactorisationAnswer():
            if one.property is not None:
                return fulfilled(one.property, other.factors, Checker(one.tolerance, exact=True)) == 1
            return one.factors == other.factors
        case ConfigAnswer(), ConfigAnswer():
            return _accepts(one, other.sound) or _accepts(other, one.sound)
        case SqlAnswer(), SqlAnswer():
            return False
    return False


def _accepts(answer: ConfigAnswer, text: str) -> bool:
    return keeps_all(answer.rules, read_file(answer.kind, text))


def tolerance_of(answer: Answer) -> Tolerance:
    """Return how near a response must come to ``answer``; exact where the type has no tolerance."""
    match answer:
        case NumberAnswer() | VectorAnswer() | MatrixAnswer() | SetAnswer():
            return answer.tolerance
        case _:
            return EXACT


def _near(a: Fraction, b: Fraction, tolerances: Sequence[Tolerance]) -> bool:
    return a == b or abs(a - b) <= CLEARANCE * max(t.margin(v) for t in tolerances for v in (a, b))


def _all_near(one: Sequence[Fraction], other: Sequence[Fraction], tolerances: Sequence[Tolerance]) -> bool:
    return len(one) == len(other) and all(_near(a, b, tolerances) for a, b in zip(one, other, strict=True))


def _vectors_collide(one: VectorAnswer, other: VectorAnswer) -> bool:
    tolerances = one.tolerance, other.tolerance
    if one.property is not None:
        return compare(one, _as_typed(other.values)).score == 1
    if len(one.values) != len(other.values):
        return False
    match one.up_to:
        case "scale":
            return compare(one, _as_typed(other.values)).score == 1
        case "sign":
            opposite = tuple(-value for value in other.values)
            return any(_all_near(one.values, values, tolerances) for values in (other.values, opposite))
        case "order":
            return _all_near(sorted(one.values), sorted(other.values), tolerances)
    return _all_near(one.values, other.values, tolerances)


def _as_typed(values: Sequence[Fraction]) -> Row:
    nothing = Node("number", "0")
    return Row(tuple(Scalar(value, exact=True, node=nothing) for value in values))


def _sets_collide(one: SetAnswer, other: SetAnswer) -> bool:
    tolerances = one.tolerance, other.tolerance

    def covers(these: SetAnswer, those: SetAnswer) -> bool:
        return all(any(_near(a, b, tolerances) for b in those.values) for a in these.values)

    return covers(one, other) and covers(other, one)
