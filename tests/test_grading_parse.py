"""The parser: what binds to what, that printing loses nothing, and that no text wears it out."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from quizengine.errors import UnreadableResponseError
from quizengine.grading.parse import MAX_ITEMS, MAX_LEVELS, parse
from quizengine.grading.tokens import MAX_DIGITS, MAX_EXPONENT, MAX_TOKENS, Layout
from quizengine.grading.tree import Node, shape, to_latex, to_plain
from quizengine.grading.typed import read_scalar
from quizengine.grading.values import MAX_BITS, SAME, evaluate
from quizengine.model.grade import Decimal

VARIABLES = frozenset({"x", "y", "lambda"})


def same(one: str, other: str) -> bool:
    return shape(parse(one, variables=VARIABLES)) == shape(parse(other, variables=VARIABLES))


@pytest.mark.parametrize(
    ("typed", "means"),
    [
        ("1+2*3", "1+(2*3)"),
        ("1-2-3", "1-2-3"),
        ("2x^3", "2*(x^3)"),
        ("-x^2", "-(x^2)"),
        ("(-2)^2", "(-2)^2"),
        ("2^3^2", "2^(3^2)"),
        ("2^-1", "2^(-1)"),
        ("-2*3", "(-2)*3"),
        ("2*-3", "2*(-3)"),
        ("x!^2", "(x!)^2"),
        ("2^x!", "2^(x!)"),
        ("5%*x", "(5%)*x"),
        ("1/2x", "1/2*x"),
        ("x y / 2", "x*y/2"),
        ("2(x+1)", "2*(x+1)"),
        ("x(x+1)", "x*(x+1)"),
        ("not x=1 or y=2 and x=3", "(not (x=1)) or ((y=2) and (x=3))"),
        ("x<y or x>1", "(x<y) or (x>1)"),
        ("1<x<=3", "1<x and x<=3"),
        ("sin 2x y", "sin(2*x*y)"),
        ("ln x + 1", "ln(x) + 1"),
        ("√x y", "sqrt(x)*y"),
    ],
)
def test_operations_bind_as_written_out(typed: str, means: str) -> None:
    assert same(typed, means)


def test_subtraction_and_division_read_from_the_left() -> None:
    assert read_scalar("10-3-2", "point").number == 5
    assert read_scalar("24/4/2", "point").number == 3
    assert read_scalar("24/4*2", "point").number == 12


def test_a_declared_variable_wins_over_a_constant_and_a_function() -> None:
    assert parse("e", variables=frozenset("e")).kind == "name"
    assert to_plain(parse("C(2)", variables=frozenset("C"))) == "C*2"
    assert to_plain(parse("U+1", variables=frozenset("U"))) == "U + 1"


def test_a_word_is_split_only_into_declared_letters() -> None:
    assert same("xy", "x*y")
    assert same("xy^2", "x*y^2")
    assert same("xy²", "x*y^2")
    assert same("yx!", "y*(x!)")
    assert same("1/xy", "1/(x*y)")
    for word, advice in {"xx": "x*x or x^2", "xz": "not known", "sinx": "sin(x)"}.items():
        with pytest.raises(UnreadableResponseError) as caught:
            parse(word, variables=VARIABLES)
        assert advice in str(caught.value)


# Round trip

numbers = st.one_of(
    st.integers(0, 10**6).map(str),
    st.decimals(0, 1000, allow_nan=False, places=3).map(str),
    st.integers(-20, 20).map(lambda exponent: f"7e{exponent}"),
).map(lambda text: Node("number", text))
atoms = st.one_of(numbers, st.sampled_from([Node("name", "x"), Node("name", "lambda"), Node("name", "pi")]))


def wider(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    """Return trees that the parser can make with ``inner`` as parts."""
    signed = st.one_of(inner, inner.map(lambda part: Node("neg", "", (part,))))
    terms = st.lists(signed, min_size=2, max_size=4).map(tuple)
    over = inner.map(lambda part: Node("over", "", (part,)))
    factors = st.tuples(inner, st.lists(st.one_of(inner, over), min_size=1, max_size=3))
    names = st.sampled_from(["sqrt", "cbrt", "abs", "sin", "ln", "log10", "factorial", "floor"])
    return st.one_of(
        terms.map(lambda parts: Node("sum", "", parts)),
        factors.map(lambda pair: Node("product", "", (pair[0], *pair[1]))),
        inner.map(lambda part: Node("neg", "", (part,))),
        inner.map(lambda part: Node("percent", "", (part,))),
        st.tuples(inner, atoms).map(lambda pair: Node("power", "", pair)),
        st.tuples(names, inner).map(lambda pair: Node("call", pair[0], (pair[1],))),
        st.tuples(inner, inner).map(lambda pair: Node("call", "binomial", pair)),
    )


trees = st.recursive(atoms, wider, max_leaves=12)


@settings(deadline=None)
@given(trees)
def test_what_is_printed_reads_back_as_the_same_tree(tree: Node) -> None:
    assert shape(parse(to_plain(tree), variables=VARIABLES)) == shape(tree)


@pytest.mark.parametrize(
    "text", ["(-oo, 1] U [2, oo)", "(0, 3) ∩ [1, 5)", "[0, 1) U {3} U (4, 5]", "x < 1 or x >= 2", "not x = 0"]
)
def test_a_printed_set_reads_back_as_the_same_tree(text: str) -> None:
    tree = parse(text, layout="interval", variables=frozenset("x"))

    assert shape(parse(to_plain(tree), layout="interval", variables=frozenset("x"))) == shape(tree)


def value(tree: Node) -> tuple[Fraction, bool] | str:
    """Return the value of ``tree``, or why it has none."""
    try:
        return evaluate(tree)
    except UnreadableResponseError as error:
        return str(error)


@settings(deadline=None)
@given(trees.filter(lambda tree: "x" not in to_plain(tree) and "lambda" not in to_plain(tree)))
def test_the_echo_in_latex_has_the_value_of_what_was_typed(tree: Node) -> None:
    latex = to_latex(tree).replace(r"\operatorname{floor}", r"\text{floor}").replace(r"\log_{10}", r"\lg")

    one, other = value(tree), value(parse(f"${latex}$"))

    if isinstance(one, str) or isinstance(other, str):
        assert one == other
    else:
        assert abs(one[0] - other[0]) <= SAME * (abs(one[0]) or 1)


# Limits: what is allowed at n is refused at n + 1


def refused(text: str, layout: Layout = "scalar") -> str:
    with pytest.raises(UnreadableResponseError) as caught:
        parse(text, layout=layout, variables=VARIABLES)
    return str(caught.value)


def test_tokens_are_counted() -> None:
    full = "+".join(["1"] * (MAX_TOKENS // 2))

    assert len(parse(full).parts) == MAX_TOKENS // 2
    assert "too long" in refused(full + "+1+1")


@pytest.mark.parametrize("opening", ["(", "-", "|", "√", "sqrt("])
def test_levels_are_counted(opening: str) -> None:
    closing = {"(": ")", "|": "|", "sqrt(": ")"}.get(opening, "")
    allowed = MAX_LEVELS - 1 if opening == "|" else MAX_LEVELS

    assert parse(opening * allowed + "1" + closing * allowed)
    assert "deep at most" in refused(opening * (MAX_LEVELS + 1) + "1" + closing * (MAX_LEVELS + 1))


def test_levels_are_counted_in_latex_too() -> None:
    deep = MAX_LEVELS + 1
    assert "deep at most" in refused(r"\sqrt" + r"{\sqrt" * deep + "2" + "}" * deep)
    assert "deep at most" in refused(r"\sqrt" * deep + "2")
    assert "deep at most" in refused(r"\begin{matrix}" * deep + r"\end{matrix}" * deep)


def test_digits_and_exponents_are_bounded() -> None:
    assert parse("1" * MAX_DIGITS)
    assert "digits" in refused("1" * (MAX_DIGITS + 1))
    assert parse(f"1e-{MAX_EXPONENT}")
    assert "exponent" in refused(f"1e{MAX_EXPONENT + 1}")
    assert "exponent" in refused("1e999999999999")


def test_items_and_towers_are_bounded() -> None:
    assert len(parse(",".join("1" * MAX_ITEMS), layout="list").parts) == MAX_ITEMS
    assert "items" in refused(",".join("1" * (MAX_ITEMS + 1)), "list")
    assert "rows" in refused(";".join("1" * (MAX_ITEMS + 1)), "list")
    assert parse("2^2^2")
    assert "too large" in refused("2^2^2^2")


# Whatever is typed ends in a tree or a message, and soon

ALPHABET = [
    *"0123456789xyλπe.,;+-*/^!%()[]{}<>=|√ \n½²⁻&$\\_'\"#",
    *("sin", "sqrt", "1e3", "or", "and", "not", "U", "in", "inf", "nan", "C(", "np.array(", "P(A|B)="),
    *(
        "\\frac",
        "\\sqrt[3]",
        "\\begin{pmatrix}",
        "\\end{pmatrix}",
        "\\\\",
        "\\left",
        "\\right",
        "**",
        "<=",
        "...",
    ),
]


@settings(max_examples=1500, deadline=None)
@given(
    st.lists(st.sampled_from(ALPHABET), max_size=40).map("".join),
    st.sampled_from(["scalar", "list", "matrix"]),
    st.sampled_from(["point", "comma"]),
)
@example("{{}}", "list", "point")
@example("<<1>>", "matrix", "comma")
def test_random_tokens_give_a_tree_or_a_message(text: str, layout: Layout, decimal: Decimal) -> None:
    try:
        tree = parse(text, layout=layout, decimal=decimal, variables=VARIABLES)
    except UnreadableResponseError:
        return
    assert to_plain(tree)


@settings(max_examples=500, deadline=None)
@given(
    st.lists(
        st.sampled_from(["9", "!", "^", "(", ")", "exp", "C(", ",", "/", "7e300", "*", "-", "sqrt", "3"]),
        max_size=60,
    )
)
def test_no_number_grows_beyond_what_can_be_worked_with(pieces: list[str]) -> None:
    try:
        found = read_scalar("".join(pieces), "point")
    except UnreadableResponseError:
        return
    assert found.number.numerator.bit_length() <= 2 * MAX_BITS + 10 * MAX_DIGITS
