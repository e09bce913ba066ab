"""The key in every notation, what is given without reading the question, and answers too near each other."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction as Q

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizengine.grading import (
    collide,
    grade,
    key_latex,
    key_text,
    notations,
    read,
    trivial_responses,
    variant_with,
)
from quizengine.model.answers import (
    ANSWER_TYPES,
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
    Option,
    OrderingAnswer,
    OutputAnswer,
    Property,
    Rule,
    SetAnswer,
    SqlAnswer,
    SqlPanel,
    SqlTable,
    TableAnswer,
    TextAnswer,
    Tolerance,
    VectorAnswer,
)

OPTIONS = tuple(Option(letter, f"text {letter}") for letter in "abcd")

fractions = st.fractions(min_value=-(10**7), max_value=10**7, max_denominator=999)
decimals = st.decimals(-(10**6), 10**6, allow_nan=False, places=4).map(Q)
values = st.one_of(fractions, decimals, st.integers(-9999, 9999).map(Q), st.just(Q(1) / Q(7) ** 40))
digits = st.integers(1, 8)
tolerances = st.one_of(
    st.just(Tolerance()),
    st.just(Tolerance(kind="metric")),
    digits.map(lambda n: Tolerance(kind="sigfig", digits=n)),
    digits.map(lambda n: Tolerance(kind="decimals", digits=n)),
    st.sampled_from(["1e-9", "1e-3", "0.5"]).map(
        lambda size: Tolerance(kind="near", abs=Q(size), rel=Q(size))
    ),
)
exactness = tolerances.filter(lambda tolerance: tolerance.kind in ("exact", "metric", "near"))
numbers = st.builds(
    NumberAnswer, value=values, tolerance=tolerances, percent=st.sampled_from(["accept", "refuse"])
)
quotients = st.builds(FractionAnswer, value=fractions, lowest_terms=st.booleans())
integers = st.builds(IntegerAnswer, value=st.integers(-(10**9), 10**9))
vectors = st.builds(
    VectorAnswer,
    values=st.lists(values, min_size=1, max_size=5).map(tuple),
    tolerance=tolerances,
    up_to=st.sampled_from(["", "sign", "order"]),
    shape_given=st.booleans(),
)
grids = st.tuples(st.integers(1, 4), st.integers(1, 4)).flatmap(
    lambda shape: st.lists(
        st.lists(values, min_size=shape[1], max_size=shape[1]).map(tuple),
        min_size=shape[0],
        max_size=shape[0],
    ).map(tuple)
)
matrices = st.builds(MatrixAnswer, rows=grids, tolerance=tolerances, shape_given=st.booleans())
sets = st.builds(SetAnswer, values=st.lists(values, max_size=4, unique=True).map(tuple), tolerance=tolerances)
words = (
    st.text(alphabet="abc é", min_size=1, max_size=8)
    .filter(str.strip)
    .map(lambda text: TextAnswer(value=text))
)
cells = st.one_of(integers, numbers, quotients, words)
tables = st.tuples(cells, cells, cells).map(
    lambda three: TableAnswer(
        column_heads=("one", "two"), row_heads=("top", "bottom"), cells=((three[0], "given"), three[1:])
    )
)
orders = st.permutations("abcd").map(
    lambda key: OrderingAnswer(
        items=OPTIONS, key=tuple(key), before=tuple((a, b) for i, a in enumerate(key) for b in key[i + 1 :])
    )
)
picks = st.one_of(
    st.sampled_from("abcd").map(lambda key: ChoiceAnswer(options=OPTIONS, key=key)),
    st.sets(st.sampled_from("abcd"), min_size=1).map(
        lambda key: ChoicesAnswer(options=OPTIONS, key=tuple(sorted(key)))
    ),
    orders,
    st.tuples(*[st.sampled_from("abcd")] * 4).map(
        lambda key: MatchingAnswer(left=OPTIONS, right=OPTIONS, key=key)
    ),
)
outputs = st.just(OutputAnswer(code="print(1)", language="python", text="1\n\n  two "))
answers = st.one_of(integers, numbers, quotients, vectors, matrices, sets, picks, tables, outputs)


@settings(deadline=None)
@given(answers)
def test_the_key_is_right_in_every_notation_of_its_type(answer: Answer) -> None:
    variant = variant_with(answer)

    for response in notations(answer):
        found = grade(variant, response)
        assert (found.verdict, found.score) == ("correct", 1.0), (response, found)


@settings(deadline=None)
@given(answers)
def test_an_answer_collides_with_itself(answer: Answer) -> None:
    assert collide(answer, answer)


@settings(deadline=None)
@given(numbers, numbers)
def test_a_response_is_never_right_for_two_answers_that_do_not_collide(
    one: NumberAnswer, other: NumberAnswer
) -> None:
    if collide(one, other):
        return
    for response in notations(one):
        if isinstance(response, str) and (one.percent == other.percent or "%" not in response):
            assert grade(variant_with(other), response).verdict != "correct"


@pytest.mark.parametrize(
    ("one", "other", "too_near"),
    [
        (IntegerAnswer(value=2), NumberAnswer(value=Q(2)), True),
        (IntegerAnswer(value=2), NumberAnswer(value=Q(5, 2)), False),
        (NumberAnswer(value=Q(1)), NumberAnswer(value=Q("1.015")), True),
        (NumberAnswer(value=Q(1)), NumberAnswer(value=Q("1.016")), False),
        (FractionAnswer(value=Q(1, 3)), FractionAnswer(value=Q(1, 3)), True),
        (FractionAnswer(value=Q(1, 3)), FractionAnswer(value=Q(333, 1000)), False),
        (IntegerAnswer(value=1), VectorAnswer(values=(Q(1),)), False),
        (VectorAnswer(values=(Q(1), Q(2))), VectorAnswer(values=(Q(1), Q(3))), False),
        (VectorAnswer(values=(Q(1), Q(2))), VectorAnswer(values=(Q(1), Q(2), Q(3))), False),
        (VectorAnswer(values=(Q(1), Q(2)), up_to="scale"), VectorAnswer(values=(Q(-2), Q(-4))), True),
        (VectorAnswer(values=(Q(1), Q(2)), up_to="sign"), VectorAnswer(values=(Q(-1), Q(-2))), True),
        (VectorAnswer(values=(Q(1), Q(2)), up_to="order"), VectorAnswer(values=(Q(2), Q(1))), True),
        (MatrixAnswer(rows=((Q(1), Q(2)),)), MatrixAnswer(rows=((Q(1), Q(2)),)), True),
        (MatrixAnswer(rows=((Q(1), Q(2)),)), MatrixAnswer(rows=((Q(1),), (Q(2),))), False),
        (SetAnswer(values=(Q(1), Q(2))), SetAnswer(values=(Q(2), Q(1))), True),
        (SetAnswer(values=(Q(1), Q(2))), SetAnswer(values=(Q(1),)), False),
        (ChoiceAnswer(options=OPTIONS, key="a"), ChoiceAnswer(options=OPTIONS, key="b"), False),
        (OutputAnswer(code="", language="", text="1 \n"), OutputAnswer(code="", language="", text="1"), True),
    ],
)
def test_answers_collide_when_a_response_could_be_taken_for_both(
    one: Answer, other: Answer, too_near: bool
) -> None:
    assert collide(one, other) is too_near


def test_another_order_that_is_right_collides() -> None:
    free = OrderingAnswer(items=OPTIONS[:3], key=("a", "b", "c"), before=(("a", "b"),))

    assert collide(free, replace(free, key=("c", "a", "b")))
    assert not collide(free, replace(free, key=("b", "a", "c")))


# Written keys


@pytest.mark.parametrize(
    ("answer", "text", "latex"),
    [
        (IntegerAnswer(value=-3), "-3", "-3"),
        (FractionAnswer(value=Q(-3, 4)), "-3/4", r"-\frac{3}{4}"),
        (NumberAnswer(value=Q(3, 4)), "0.75", "0.75"),
        (NumberAnswer(value=Q(1, 3)), "0.3333", "0.3333"),
        (NumberAnswer(value=Q(0.10639091318105061)), "0.1064", "0.1064"),
        (NumberAnswer(value=Q(2, 3), tolerance=Tolerance()), "2/3", r"\frac{2}{3}"),
        (NumberAnswer(value=Q(1234567, 3)), "411522", "411522"),
        (NumberAnswer(value=Q(1, 2), tolerance=Tolerance(kind="decimals", digits=3)), "0.500", "0.500"),
        (NumberAnswer(value=Q(2, 3), tolerance=Tolerance(kind="sigfig", digits=2)), "0.6667", "0.6667"),
        (VectorAnswer(values=(Q(1), Q(-1, 2))), "[1, -0.5]", r"\left(1,\; -0.5\right)"),
        (MatrixAnswer(rows=((Q(1), Q(2)), (Q(3), Q(1, 3)))), "[1, 2; 3, 1/3]",
         r"\begin{bmatrix}1 & 2 \\ 3 & \frac{1}{3}\end{bmatrix}"),
        (SetAnswer(values=(Q(3), Q(1))), "{1, 3}", r"\left\{1,\; 3\right\}"),
        (ChoiceAnswer(options=OPTIONS, key="b"), "text b", ""),
        (ChoicesAnswer(options=OPTIONS, key=("a", "c")), "text a; text c", ""),
        (MatchingAnswer(left=OPTIONS[:2], right=OPTIONS, key=("d", "c")), "text a: text d; text b: text c", ""),  # noqa: E501
        (OutputAnswer(code="", language="", text="1\n"), "1\n", ""),
    ],
)  # fmt: skip
def test_a_key_is_written_as_a_person_would(answer: Answer, text: str, latex: str) -> None:
    assert (key_text(answer), key_latex(answer)) == (text, latex)


@given(
    st.floats(1e-4, 1e6).flatmap(lambda size: st.sampled_from((Q(size), Q(-size)))),
    st.one_of(
        st.just(Tolerance(kind="metric")),
        st.builds(
            lambda absolute, relative: Tolerance(kind="near", abs=Q(absolute, 10**4), rel=Q(relative, 10**3)),
            st.integers(1, 10**4),
            st.integers(0, 50),
        ),
    ),
)
def test_what_is_shown_of_a_float_is_short_and_right_when_it_is_copied(value: Q, near: Tolerance) -> None:
    answer = NumberAnswer(value=value, tolerance=near)

    text = key_text(answer)

    assert grade(variant_with(answer), text).verdict == "correct"
    assert len(text.partition(".")[2].lstrip("0")) <= 8


# Trivial responses

PANEL = SqlPanel(digest="0", schema="CREATE TABLE t (a);", instances=("",))
SQL_TABLE = SqlTable(name="t", ddl="CREATE TABLE t (a);", columns=("a",), sample=(), row_count=0)
ONE_OF_EACH: dict[str, Answer] = {
    "integer": IntegerAnswer(value=7),
    "number": NumberAnswer(value=Q(7)),
    "fraction": FractionAnswer(value=Q(7, 3)),
    "expression": ExpressionAnswer(value="x^2 - 7", variables=("x",)),
    "equation": EquationAnswer(value="y = 2*x + 7", variables=("x", "y")),
    "interval": IntervalAnswer(value="(2, 7]"),
    "factorisation": FactorisationAnswer(
        factors=(((Q(1), Q(0)), (Q(2), Q(1))), ((Q(3), Q(1)), (Q(0), Q(4)))),
        property=Property(name="lu", matrix=((Q(3), Q(1)), (Q(6), Q(6)))),
    ),
    "vector": VectorAnswer(values=(Q(7), Q(3))),
    "matrix": MatrixAnswer(rows=((Q(7), Q(3)), (Q(2), Q(5)))),
    "set": SetAnswer(values=(Q(7),)),
    "choice": ChoiceAnswer(options=OPTIONS, key="b"),
    "choices": ChoicesAnswer(options=OPTIONS, key=("b", "c")),
    "ordering": OrderingAnswer(items=OPTIONS[:2], key=("b", "a"), before=(("b", "a"),)),
    "matching": MatchingAnswer(left=OPTIONS[:2], right=OPTIONS[:2], key=("b", "a")),
    "table": TableAnswer(column_heads=("c",), row_heads=("r",), cells=((IntegerAnswer(value=7),),)),
    "output": OutputAnswer(code="print(7)", language="python", text="7"),
    "sql": SqlAnswer(reference="SELECT a FROM t", ordered=False, panel=PANEL, tables=(SQL_TABLE,)),
    "config": ConfigAnswer(
        kind="yaml",
        given="a: 1\n",
        sound="a: 2\n",
        rules=(Rule(id="two", says="It is 2.", holds="a == 2"),),
        planted=("two",),
        also_good=("{a: '2'}",),
    ),
}


@pytest.mark.parametrize("name", ANSWER_TYPES)
def test_every_answer_type_can_be_read_written_and_guessed(name: str) -> None:
    answer = ONE_OF_EACH[name]
    variant = replace(variant_with(answer), values={"a": "2/3"})

    assert key_text(answer)
    assert notations(answer)
    assert read(notations(answer)[0], answer).plain
    assert len(trivial_responses(variant)) > 1


@pytest.mark.parametrize("name", [name for name in ANSWER_TYPES if name != "sql"])
def test_guessing_earns_nothing(name: str) -> None:
    variant = replace(variant_with(ONE_OF_EACH[name]), values={"a": "2/3"})

    for response in trivial_responses(variant):
        found = grade(variant, response)
        ticking_all = name == "choices" and len(response["answer"]) == len(OPTIONS)
        assert found.score == 0 or ticking_all


def test_the_identity_and_each_shown_value_are_guesses() -> None:
    variant = replace(variant_with(ONE_OF_EACH["matrix"]), values={"a": "2/3"})
    responses = [response["answer"] for response in trivial_responses(variant)]

    assert (("1", "0"), ("0", "1")) in responses
    assert "2/3" in responses
    assert "" in responses
