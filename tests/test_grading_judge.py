"""From a variant and a response to a grade: the order of judging, every type, several parts."""
# ruff: noqa: RUF001 (the signs that people type, not slips of ours)

from __future__ import annotations

from fractions import Fraction as Q

import pytest

from quizengine.grading import BUILT_IN_LABELS, grade, read, variant_with
from quizengine.grading.judge import Given
from quizengine.model.answers import (
    Answer,
    ChoiceAnswer,
    ChoicesAnswer,
    FractionAnswer,
    IntegerAnswer,
    MatchingAnswer,
    MatrixAnswer,
    NumberAnswer,
    Option,
    OrderingAnswer,
    OutputAnswer,
    SetAnswer,
    TableAnswer,
    TextAnswer,
    Tolerance,
    VectorAnswer,
)
from quizengine.model.grade import Grade, Response
from quizengine.model.variant import Misconception, Part, SkillId, Variant

OPTIONS = tuple(Option(letter, f"text {letter}") for letter in "abcd")
RIGHT = ("correct", 1.0)
WRONG = ("wrong", 0.0)


def judged(answer: Answer, response: Given) -> tuple[str, float]:
    found = grade(variant_with(answer), response)
    return found.verdict, round(found.score, 4)


def message(answer: Answer, response: Given) -> str:
    found = grade(variant_with(answer), response)
    assert found.verdict == "unreadable"
    return found.feedback


def mistake(name: str, *answers: Answer | None, credit: float = 0.0) -> Misconception:
    return Misconception(
        id=name, answers=answers, feedback=f"You did {name}.", points_to=SkillId("skill"), credit=credit
    )


def question(*parts: Part, misconceptions: tuple[Misconception, ...] = ()) -> Variant:
    variant = variant_with(parts[0].answer, misconceptions)
    return Variant(
        **{
            name: getattr(variant, name)
            for name in variant.__slots__
            if name not in ("parts", "misconceptions")
        },
        parts=parts,
        misconceptions=misconceptions,
    )


def number(value: str, **options: object) -> NumberAnswer:
    return NumberAnswer(value=Q(value), **options)  # type: ignore[arg-type]


# Numbers


def test_a_whole_number_may_be_written_as_it_comes_out() -> None:
    for text in ("6", "6.0", "12/2", "2*3", "3!", "x = 6"):
        assert judged(IntegerAnswer(value=6), text) == RIGHT


def test_a_broken_number_where_a_whole_one_is_asked_is_wrong_and_says_so() -> None:
    found = grade(variant_with(IntegerAnswer(value=2)), "2.5")

    assert (found.verdict, found.hint) == ("wrong", "The answer is a whole number.")


def test_a_rounded_decimal_for_an_exact_value_gets_the_hint_to_give_it_exactly() -> None:
    exact = number("1/3", tolerance=Tolerance())

    assert "exactly" in grade(variant_with(exact), "0.333").hint
    assert "exactly" in grade(variant_with(FractionAnswer(value=Q(1, 3))), "0.333").hint
    assert grade(variant_with(exact), "0.3").hint == ""


def test_lowest_terms_are_half_the_credit() -> None:
    reduced = FractionAnswer(value=Q(1, 2), lowest_terms=True)

    assert judged(reduced, "1/2") == RIGHT
    found = grade(variant_with(reduced), "2/4")
    assert (found.verdict, found.score, found.rule) == ("partial", 0.5, "form:lowest-terms")
    assert "lowest terms" in found.hint
    assert judged(FractionAnswer(value=Q(1, 2)), "2/4") == RIGHT


def test_percent_is_read_only_where_it_is_accepted() -> None:
    assert judged(number("1/4", percent="accept"), "25 %") == RIGHT
    assert "without the percent sign" in message(number("1/4"), "25 %")
    assert "without the percent sign" in message(IntegerAnswer(value=1), "100%")


@pytest.mark.parametrize(
    ("typed", "label"),
    [
        ("40", "percentage-without-sign"),
        ("-0.4", "sign"),
        ("0.04", "power-of-ten"),
        ("4", "power-of-ten"),
        ("2.5", "reciprocal"),
        ("0.6", "complement"),
        ("0.7", None),
    ],
)
def test_a_common_slip_has_a_label_and_a_hint(typed: str, label: str | None) -> None:
    found = grade(variant_with(number("0.4")), typed)

    assert (found.verdict, found.misconception) == ("wrong", label)
    assert bool(found.hint) == bool(label)
    assert found.feedback == ""


def test_a_percentage_without_its_sign_is_told_how_to_write_it() -> None:
    assert grade(variant_with(number("1/4", percent="accept")), "25").hint == "As a percentage write 25 %."
    assert "plain number" in grade(variant_with(number("1/4")), "25").hint


def test_a_declared_misconception_wins_over_a_common_slip() -> None:
    variant = variant_with(number("0.4"), (mistake("takes-the-other", number("0.6")),))

    found = grade(variant, "0.6")

    assert (found.misconception, found.feedback) == ("takes-the-other", "You did takes-the-other.")
    assert found.misconception not in BUILT_IN_LABELS


def test_the_first_misconception_in_file_order_fires_with_its_credit() -> None:
    wrong = (mistake("one", number("5"), credit=0.25), mistake("two", number("5")))

    found = grade(variant_with(IntegerAnswer(value=7), wrong), "5.0")

    assert (found.verdict, found.score, found.misconception) == ("wrong", 0.25, "one")


def test_a_right_answer_never_fires_a_misconception() -> None:
    found = grade(variant_with(IntegerAnswer(value=7), (mistake("same", number("7")),)), "7")

    assert (found.verdict, found.misconception) == ("correct", None)


# Rows, grids, sets


def test_a_vector_is_read_from_one_box_or_from_a_box_each() -> None:
    vector = VectorAnswer(values=(Q(1), Q(-1, 2), Q(3)))

    for response in ("[1, -1/2, 3]", ("1", "-0.5", "3"), ["1", "−½", "3.0"], [["1"], ["-1/2"], ["3"]]):
        assert judged(vector, response) == RIGHT


def test_right_cells_earn_their_share_up_to_four_fifths() -> None:
    vector = VectorAnswer(values=tuple(map(Q, range(10))))
    assert judged(vector, "0,1,2,3,4,5,6,7,8,8") == ("partial", 0.8)
    assert judged(vector, "0,1,2,9,9,9,9,9,9,8") == ("partial", 0.3)

    matrix = MatrixAnswer(rows=((Q(1), Q(2)), (Q(3), Q(4))))
    assert judged(matrix, "[1 2; 3 5]") == ("partial", 0.75)
    assert judged(matrix, "[9 9; 9 9]") == WRONG


def test_another_shape_is_asked_again_where_the_shape_is_shown_and_wrong_where_it_is_not() -> None:
    shown = VectorAnswer(values=(Q(1), Q(2), Q(3)))
    hidden = VectorAnswer(values=(Q(1), Q(2), Q(3)), shape_given=False)
    matrix = MatrixAnswer(rows=((Q(1), Q(2)),), shape_given=False)

    assert message(shown, "1, 2") == "3 components are wanted; this has 2."
    assert judged(hidden, "1, 2") == WRONG
    assert judged(matrix, "[1; 2]") == WRONG
    assert "A 1 by 2 matrix is wanted; this one is 2 by 1" in message(
        MatrixAnswer(rows=((Q(1), Q(2)),)), "[1; 2]"
    )


def test_empty_boxes_are_named_or_cut_off_where_the_shape_is_open() -> None:
    closed = MatrixAnswer(rows=((Q(1), Q(2)), (Q(3), Q(4))))
    opened = MatrixAnswer(rows=((Q(1), Q(2)), (Q(3), Q(4))), shape_given=False)

    assert message(closed, [["1", "2"], ["3", ""]]) == "Row 2, column 2 is empty."
    assert judged(opened, [["1", "2", ""], ["3", "4", " "], ["", "", ""]]) == RIGHT
    assert message(opened, [["", ""], ["", ""]]) == "Nothing is written here yet."
    assert "Row 1, column 2: " in message(closed, [["1", "zwei"], ["3", "4"]])


@pytest.mark.parametrize(
    ("text", "right"),
    [("[1, 1]", True), ("[2, 2]", True), ("[-3, -3]", True), ("[0.7071, 0.7071]", True),
     ("[1/√2, 1/√2]", True),     ("[0, 0]", False), ("[1, -1]", False), ("[1, 1.01]", False)],
)  # fmt: skip
def test_a_direction_may_have_any_length_but_zero(text: str, right: bool) -> None:
    direction = VectorAnswer(
        values=(Q(1), Q(1)), up_to="scale", tolerance=Tolerance(kind="near", rel=Q(1, 1000))
    )

    assert (judged(direction, text) == RIGHT) is right


def test_an_exact_direction_allows_no_rounding() -> None:
    direction = VectorAnswer(values=(Q(2), Q(0), Q(-1)), up_to="scale")

    assert judged(direction, "[-4, 0, 2]") == RIGHT
    assert judged(direction, "[2 sqrt(3), 0, -sqrt(3)]") == RIGHT
    assert judged(direction, "[2, 0.0001, -1]") == WRONG
    assert judged(direction, "[0, 0, 0]") == WRONG


def test_a_direction_whose_key_is_irrational_takes_whole_numbers_too() -> None:
    third = Q(5773502691896257645091487805019574556476, 10**40)
    direction = VectorAnswer(values=(third, 2 * third + Q(1, 10**40), -third), up_to="scale")

    assert judged(direction, "[1, 2, -1]") == RIGHT
    assert judged(direction, "[1, 2.0001, -1]") == WRONG


def test_sign_and_order_can_be_left_open() -> None:
    signed = VectorAnswer(values=(Q(1), Q(-2)), up_to="sign")
    assert judged(signed, "[-1, 2]") == RIGHT
    assert judged(signed, "[1, 2]") == ("partial", 0.5)

    unordered = VectorAnswer(values=(Q(3), Q(1), Q(1)), up_to="order")
    assert judged(unordered, "[1, 3, 1]") == RIGHT
    assert judged(unordered, "[1, 3, 3]") == ("partial", 0.6667)


def test_order_and_repeats_of_a_set_do_not_matter() -> None:
    roots = SetAnswer(values=(Q(2), Q(3), Q(-1)))

    assert judged(roots, "{3, 2, 2, -1}") == RIGHT
    assert judged(roots, "x = -1 or x = 2 or x = 3") == RIGHT
    assert judged(roots, ("3", "", "2", "-1")) == RIGHT
    assert judged(roots, "{2, 3}") == ("partial", 0.6667)
    assert judged(roots, "{2, 3, 4}") == ("partial", 0.3333)
    assert judged(roots, "{4, 5, 2}") == WRONG
    assert judged(roots, "{2, 3, -1, 4}") == ("partial", 0.6667)
    assert judged(SetAnswer(values=()), "{}") == RIGHT


# Picks


def test_one_option_is_picked_by_its_letter() -> None:
    one = ChoiceAnswer(options=OPTIONS, key="b")

    for response in ("b", " B ", "b)", "(b)", ("b",)):
        assert judged(one, response) == RIGHT
    assert judged(one, "a") == WRONG
    assert message(one, "") == "Pick one of the options."
    assert message(one, "a, b") == "Pick one option only."
    assert "There is no option “z”" in message(one, "z")


def test_options_ticked_are_right_minus_wrong() -> None:
    some = ChoicesAnswer(options=OPTIONS, key=("a", "c"))

    assert judged(some, ("c", "a")) == RIGHT
    assert judged(some, "a, c") == RIGHT
    assert judged(some, ("a",)) == ("partial", 0.5)
    assert judged(some, ("a", "b")) == WRONG
    assert judged(some, ("a", "c", "d")) == ("partial", 0.5)
    assert judged(some, ("a", "b", "c", "d")) == WRONG
    assert message(some, ()) == "Tick at least one option."


def test_an_order_is_scored_by_the_pairs_that_hold() -> None:
    order = OrderingAnswer(
        items=OPTIONS[:3], key=("b", "a", "c"), before=(("b", "a"), ("b", "c"), ("a", "c"))
    )

    assert judged(order, ("b", "a", "c")) == RIGHT
    assert judged(order, "B, A, C") == RIGHT
    assert judged(order, ("a", "b", "c")) == ("partial", 0.3333)
    assert judged(order, ("c", "a", "b")) == WRONG
    assert "still to place: c" in message(order, ("a", "b"))
    assert "stands in two places" in message(order, ("a", "b", "b"))


def test_every_order_that_keeps_the_pairs_is_right() -> None:
    order = OrderingAnswer(items=OPTIONS[:3], key=("a", "b", "c"), before=(("a", "b"), ("a", "c")))

    assert judged(order, ("a", "c", "b")) == RIGHT


def test_matches_are_scored_above_chance() -> None:
    pairs = MatchingAnswer(left=OPTIONS, right=OPTIONS, key=("b", "a", "d", "c"))

    assert judged(pairs, ("b", "a", "d", "c")) == RIGHT
    assert judged(pairs, ("b", "a", "c", "d")) == ("partial", 0.3333)
    assert judged(pairs, ("a", "a", "a", "a")) == WRONG
    assert message(pairs, ("b", "", "d", "c")) == "Match every item on the left; 1 still to match."
    assert "4 items on the left" in message(pairs, ("b", "a", "d", "c", "a"))


# Tables and outputs

TABLE = TableAnswer(
    column_heads=("predicted", "actual"),
    row_heads=("cats", "dogs"),
    cells=((IntegerAnswer(value=3), "7"), (NumberAnswer(value=Q(1, 4)), TextAnswer(value="recall"))),
)


def test_a_table_is_read_from_all_cells_or_from_the_asked_ones() -> None:
    assert judged(TABLE, [["3", "whatever"], ["0.25", "Recall "]]) == RIGHT
    assert judged(TABLE, ["3", "0.25", "recall"]) == RIGHT
    assert judged(TABLE, "3\t7\n1/4\trecall") == RIGHT
    assert "3 are asked, and this gives 1" in message(TABLE, "3")


def test_each_cell_of_a_table_has_its_own_grade() -> None:
    found = grade(variant_with(TABLE), [["3", ""], ["0.5", "precision"]])

    assert [part.verdict for part in found.parts] == ["correct", "wrong", "wrong"]
    assert (found.verdict, round(found.score, 4)) == ("partial", 0.3333)


def test_a_cell_that_cannot_be_read_is_named_and_the_others_are_not_judged() -> None:
    found = grade(variant_with(TABLE), [["3", ""], ["zwei", ""]])

    assert found.feedback.startswith("dogs, predicted: ")
    assert [part.verdict for part in found.parts] == ["unreadable"] * 3
    assert [bool(part.feedback) for part in found.parts] == [False, True, True]
    assert "cats, predicted: this cell is empty." in message(TABLE, ["", "1", "a"])


def test_spaces_at_line_ends_and_about_commas_of_an_output_do_not_matter() -> None:
    output = OutputAnswer(code="...", language="python", text="[1, 2]\nTrue\n")

    assert judged(output, "[1, 2]  \r\nTrue\r\n\r\n") == RIGHT
    assert judged(output, "[1, 2]\nFalse") == ("partial", 0.5)
    assert judged(output, "[1,2]\nTrue") == RIGHT
    assert judged(output, "True\n[1, 2]") == WRONG
    assert message(output, "  \n") == "Nothing is written here yet."
    assert "U+0000" in message(output, "a\x00b")


# Several parts


def two_parts(*wrong: Misconception) -> Variant:
    return question(
        Part("mean", "Mean", 1.0, number("4")),
        Part("spread", "Spread", 3.0, number("9")),
        misconceptions=wrong,
    )


def test_several_answers_are_a_weighted_mean() -> None:
    found = grade(two_parts(), {"mean": "4", "spread": "1"})

    assert (found.verdict, found.score) == ("partial", 0.25)
    assert [part.verdict for part in found.parts] == ["correct", "wrong"]
    assert found.read_as == "Mean: 4; Spread: 1"
    assert grade(two_parts(), {"mean": "4", "spread": "9"}).verdict == "correct"
    assert grade(two_parts(), {"mean": "1", "spread": "1"}).verdict == "wrong"


def test_one_part_that_cannot_be_read_asks_for_that_part_and_judges_none() -> None:
    found = grade(two_parts(), {"mean": "4", "spread": "nine"})

    assert found.verdict == "unreadable"
    assert [part.verdict for part in found.parts] == ["unreadable", "unreadable"]
    assert [bool(part.feedback) for part in found.parts] == [False, True]
    assert grade(two_parts(), {"mean": "4"}).parts[1].feedback == "Nothing is written here yet."


def test_a_misconception_over_several_parts_needs_all_that_it_touches() -> None:
    both = mistake("swaps", number("9"), number("4"))
    one = mistake("forgets-the-root", None, number("81"), credit=0.5)
    variant = two_parts(both, one)

    assert grade(variant, {"mean": "9", "spread": "4"}).misconception == "swaps"
    assert grade(variant, {"mean": "9", "spread": "5"}).misconception is None
    found = grade(variant, {"mean": "4", "spread": "81"})
    assert (found.misconception, found.score) == ("forgets-the-root", (1 + 3 * 0.5) / 4)
    assert found.feedback == "You did forgets-the-root."


def test_a_response_carries_its_decimal_setting() -> None:
    variant = variant_with(number("1.5"))

    assert grade(variant, Response(answers={"answer": "1,5"}, decimal="comma")).verdict == "correct"
    assert grade(variant, Response(answers={"answer": "1,5"})).verdict == "unreadable"


# The echo


def test_the_echo_says_what_was_read_and_simplifies_nothing() -> None:
    found = read("{2/4, 3}", SetAnswer(values=(Q(1),)))

    assert (found.plain, found.kind) == ("{2/4, 3}", "a set of two numbers")
    assert found.latex == r"\left\{\frac{2}{4},\; 3\right\}"
    assert read("[1 2; 3 4]", MatrixAnswer(rows=((Q(0),),), shape_given=False)).kind == "a 2 × 2 matrix"
    assert read(("1", "2"), VectorAnswer(values=(Q(0), Q(0)))).kind == "a vector of two numbers"
    assert read("1+1", IntegerAnswer(value=7)).latex == "1 + 1"


SENTINEL = 73939133
KEYS: list[tuple[Answer, list[Given]]] = [
    (IntegerAnswer(value=SENTINEL), ["1", "x", "1.5", "1,5", "[1]", "25 %", ""]),
    (number(str(SENTINEL)), ["1", "x", "-1", "0,1", "1/0", ""]),
    (FractionAnswer(value=Q(1, SENTINEL), lowest_terms=True), ["2", "2/4", "1 1/2", ""]),
    (VectorAnswer(values=(Q(SENTINEL), Q(1))), ["[1, 1]", "[1]", "[1,2,3]", "x", ("1", ""), ("", "1")]),
    (MatrixAnswer(rows=((Q(SENTINEL), Q(1)),) * 2), ["[1 1; 1 1]", "[1]", "[[1],[2,3]]", "x", ""]),
    (SetAnswer(values=(Q(SENTINEL), Q(1))), ["{1}", "[1]", "x^2=1", ""]),
    (
        TableAnswer(column_heads=("c",), row_heads=("r",), cells=((IntegerAnswer(value=SENTINEL),),)),
        [["1"], ["x"], ""],
    ),
    (OutputAnswer(code="", language="python", text=str(SENTINEL)), ["1", ""]),
]


@pytest.mark.parametrize(("answer", "responses"), KEYS, ids=lambda value: type(value).__name__)
def test_no_message_ever_holds_the_key(answer: Answer, responses: list[Given]) -> None:
    def texts(found: Grade) -> str:
        return f"{found.feedback} {found.hint} {found.read_as} {found.rule} " + " ".join(
            map(texts, found.parts)
        )

    for response in responses:
        found = grade(variant_with(answer), response)
        assert found.verdict != "correct"
        assert str(SENTINEL) not in texts(found)


def test_an_unreadable_message_is_the_same_whatever_the_key_is() -> None:
    for text in ("1 2", "x", "[1,2", "25 %", "", "1/0", "1,5"):
        assert message(IntegerAnswer(value=1), text) == message(IntegerAnswer(value=SENTINEL), text)
        hidden = (VectorAnswer(values=(Q(1),) * n, shape_given=False) for n in (2, 5))
        assert len({grade(variant_with(answer), text).feedback for answer in hidden}) == 1
