"""What people type, in the notations they use: read, or refused with a message that helps."""
# ruff: noqa: RUF001 (the signs that people type, not slips of ours)

from __future__ import annotations

from fractions import Fraction as Q

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizengine.errors import UnreadableResponseError
from quizengine.grading import grade, variant_of
from quizengine.grading.characters import MAX_CHARACTERS, clean, quoted
from quizengine.grading.parse import parse
from quizengine.grading.tree import shape, to_latex, to_plain
from quizengine.grading.typed import Grid, Group, Row, read_grid, read_group, read_row, read_scalar
from quizengine.model.grade import Decimal

VARIABLES = frozenset({"x", "y", "n", "k", "lambda"})


def plain(text: str) -> str:
    return to_plain(parse(text, variables=VARIABLES))


def refusal(text: str, decimal: Decimal = "point") -> UnreadableResponseError:
    with pytest.raises(UnreadableResponseError) as caught:
        read_scalar(text, decimal)
    return caught.value


def numbers(found: Row | Group) -> list[Q]:
    return [cell.number for cell in found.cells]


def rows(found: Grid) -> list[list[Q]]:
    return [numbers(row) for row in found.rows]


@pytest.mark.parametrize("text", ["2x", "2*x", "2 x", "2·x", "2×x", "2⋅x", r"2\cdot x", r"2\times x", "２x"])
def test_every_way_to_write_a_product_reads_the_same(text: str) -> None:
    assert plain(text) == "2*x"


@pytest.mark.parametrize("text", ["x^2", "x**2", "x²", "x^{2}", "x^(2)", "$x^2$"])
def test_every_way_to_write_a_power_reads_the_same(text: str) -> None:
    assert plain(text) == "x^2"


@pytest.mark.parametrize(
    ("text", "read_as"),
    [
        ("x⁻³", "x^(-3)"),
        ("x*2", "x*2"),
        ("(x+1)(x-1)", "(x + 1)*(x - 1)"),
        ("xy", "x*y"),
        ("-x^2", "-x^2"),
        ("1/2x", "1/2*x"),
        ("x/y n", "x/y*n"),
        ("|x|", "abs(x)"),
        ("abs(x)", "abs(x)"),
        ("Abs(x)", "abs(x)"),
        ("|x-1||x|", "abs(x - 1)*abs(x)"),
        ("2|x|", "2*abs(x)"),
        ("√(x+1)", "sqrt(x + 1)"),
        ("√2/2", "sqrt(2)/2"),
        ("sqrt2/2", "sqrt(2)/2"),
        ("cbrt(x)", "cbrt(x)"),
        (r"\sqrt[3]{x}", "root(x, 3)"),
        ("sin x", "sin(x)"),
        ("Sin(x)", "sin(x)"),
        ("sin 2x + 1", "sin(2*x) + 1"),
        ("sin x cos x", "sin(x)*cos(x)"),
        ("sin^2 x", "sin(x)^2"),
        ("sin x^2", "sin(x^2)"),
        ("arcsin(x)", "asin(x)"),
        ("log x", "ln(x)"),
        ("log10(x)", "log10(x)"),
        ("log2(x)", "log2(x)"),
        ("E^x", "e^x"),
        (r"\mathrm{e}^{x}", "e^x"),
        ("2e^x", "2*e^x"),
        ("λ²-5λ+6", "lambda^2 - 5*lambda + 6"),
        (r"\lambda^2", "lambda^2"),
        ("n!/(k!(n-k)!)", "n!/(k!*(n - k)!)"),
        ("C(n,k)", "binomial(n, k)"),
        ("nCr(n,k)", "binomial(n, k)"),
        ("choose(n; k)", "binomial(n, k)"),
        (r"\binom{n}{k}", "binomial(n, k)"),
        ("1<x<=3", "1 < x and x <= 3"),
        ("x=2 or x=3", "x = 2 or x = 3"),
    ],
)
def test_an_expression_is_read_as_the_echo_says(text: str, read_as: str) -> None:
    assert plain(text) == read_as


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (".5", Q(1, 2)),
        ("5.", Q(5)),
        ("1/3", Q(1, 3)),
        ("1 / 3", Q(1, 3)),
        ("1÷3", Q(1, 3)),
        ("1⁄3", Q(1, 3)),
        ("⅓", Q(1, 3)),
        ("½", Q(1, 2)),
        (r"\frac13", Q(1, 3)),
        (r"\frac{1}{3}", Q(1, 3)),
        (r"-\dfrac{1}{3}", Q(-1, 3)),
        ("33.3%", Q(333, 1000)),
        ("25 %", Q(1, 4)),
        (r"25\%", Q(1, 4)),
        ("1e-3", Q(1, 1000)),
        ("1E-3", Q(1, 1000)),
        ("1×10⁻³", Q(1, 1000)),
        ("10^-3", Q(1, 1000)),
        ("1,000.5", Q(2001, 2)),
        ("1 000.5", Q(2001, 2)),
        ("1\u2009000.5", Q(2001, 2)),
        ("1\u00a0000.5", Q(2001, 2)),
        ("1,234,567", Q(1234567)),
        ("-2", Q(-2)),
        ("−2", Q(-2)),
        ("–2", Q(-2)),
        ("—2", Q(-2)),
        ("‐2", Q(-2)),
        ("- 2", Q(-2)),
        ("+2", Q(2)),
        ("2^10", Q(1024)),
        ("4^(1/2)", Q(2)),
        ("8^(-2/3)", Q(1, 4)),
        ("sqrt(9/4)", Q(3, 2)),
        ("cbrt(-8)", Q(-2)),
        (r"\sqrt[3]{27}", Q(3)),
        ("5!", Q(120)),
        ("C(5,2)", Q(10)),
        ("log10(1000)", Q(3)),
        ("log2(1/8)", Q(-3)),
        ("|-3|", Q(3)),
        ("ceil(2.1)", Q(3)),
        ("p = 1/4", Q(1, 4)),
        ("P=0.25", Q(1, 4)),
        ("P(A|B)=0.25", Q(1, 4)),
        (r"P(A \mid B) = \frac{1}{4}", Q(1, 4)),
        ("= 7", Q(7)),
        ("p ≈ 0.25", Q(1, 4)),
        ("det A = 7", Q(7)),
        ("|A| = 7", Q(7)),
        ("x_1 = 7", Q(7)),
        ("F1 = 7.", Q(7)),
        ("λ₁ = 7", Q(7)),
        ("0.25.", Q(1, 4)),
    ],
)
def test_a_number_box_reads_the_value(text: str, value: Q) -> None:
    found = read_scalar(text, "point", percent=True)

    assert (found.number, found.exact) == (value, True)


@pytest.mark.parametrize(
    ("text", "square"),
    [("sqrt(2)/2", Q(1, 2)), ("2^(-1/2)", Q(1, 2)), (r"\frac{\sqrt{2}}{2}", Q(1, 2)), ("√3", Q(3))],
)
def test_a_root_is_known_to_far_more_digits_than_any_tolerance(text: str, square: Q) -> None:
    found = read_scalar(text, "point")

    assert abs(found.number**2 - square) < Q(1, 10**50)
    assert not found.exact


def test_e_and_pi_agree_with_their_published_digits() -> None:
    digits = {
        "pi": Q("3.14159265358979323846264338327950288419716939937510"),
        "e": Q("2.71828182845904523536028747135266249775724709369995"),
    }

    for name, value in digits.items():
        assert abs(read_scalar(name, "point").number - value) < Q(1, 10**49)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1.2.3", "two decimal marks"),
        ("1 2 3", "Three numbers stand side by side"),
        ("3 1/2", "write 7/2, or 3*(1/2)"),
        ("3½", "write 7/2, or 3*(1/2)"),
        ("½½", "side by side"),
        ("sinx", "write sin(x)"),
        ("x2", "write 2x for a product"),
        ("eval(1)", "“eval” is not known"),
        ("squrt(2)", "Did you mean 'sqrt'"),
        ("0.(3)", "fraction, like 1/3"),
        ("0.333...", "fraction, like 1/3"),
        ("0.333…", "fraction, like 1/3"),
        ("x==x", "=="),
        ("1/3 ≈ 0.333", "without an equation"),
        ("=", "missing at the end"),
        ("True", "“True” is not known"),
        ("None", "“None” is not known"),
        ("0x1F", "not known"),
        ("1_000", "Character 2, “_”"),
        ("1e", "An exponent is missing"),
        ('"a"', "Character 1"),
        ("x:=3", "Character 2, “:”"),
        ("1;", "; is not part of it"),
        ("3#", "Character 2, “#”"),
        ("3@4", "Character 2, “@”"),
        ("3?", "Character 2, “?”"),
        ("()", "Nothing stands between ( and )"),
        ("[]", "Nothing stands between [ and ]"),
        ("{", "missing at the end"),
        ("1+", "missing at the end"),
        ("*2", "missing before *"),
        ("-", "missing at the end"),
        ("", "Nothing is written"),
        ("   ", "Nothing is written"),
        ("(1", "not closed"),
        ("1)", "was not opened"),
        ("(1]", "write )"),
        ("[1, 2]", "this is a list"),
        ("{1}", "this is a list"),
        ("2, 3", "One value is wanted"),
        ("1/0", "no value"),
        ("0/0", "no value"),
        ("0^0", "no agreed value"),
        ("0^-1", "no value"),
        ("∞-∞", "Infinity is not a value"),
        ("oo", "Infinity is not a value"),
        ("nan", "nan has no value"),
        ("sqrt(-1)", "no real value"),
        ("ln(0)", "no real value"),
        ("(-2)^(1/2)", "no real value"),
        ("asin(2)", "no real value"),
        ("cot(0)", "no real value"),
        ("x^2-5x+6=0", "Give the value of x"),
        ("2 < 3", "without an equation"),
        ("sin^-1 1", "asin"),
        ("±2", "Write both values"),
        ("3!!", "Two factorial signs"),
        ("2.5!", "whole numbers from 0"),
        ("C(5)", "two values"),
        ("25 %", "without the percent sign"),
        (r"\input{a}", r"The command “\input” is not known"),
        (r"\frac{1}", r"missing after \frac"),
        ("\\", "backslash alone"),
        ("$1$2$", "dollar sign"),
        (r"\sqrt{2", "brace is not closed"),
    ],
)
def test_a_text_that_is_no_number_is_refused_with_a_reason(text: str, words: str) -> None:
    assert words in str(refusal(text))


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("2+eval(1)", "eval"),
        ("1.2.3", "1.2.3"),
        ("3 1/2", "3 1/"),
        (r"1+\input{a}", r"\input"),
        ("(1+2", "("),
        ("2@", "@"),
    ],
)
def test_the_place_of_the_fault_is_marked(text: str, marked: str) -> None:
    error = refusal(text)

    assert error.start is not None
    assert text[error.start : error.end] == marked


@settings(deadline=None)
@given(st.text(alphabet="{}\\frac12sqrt[3]^+-&$ ", max_size=60))
def test_a_marked_place_lies_in_the_text_as_typed(text: str) -> None:
    found: UnreadableResponseError | None = None
    try:
        read_scalar(text, "point")
    except UnreadableResponseError as error:
        found = error

    assert found is None or str(found)
    if found is not None and found.start is not None and found.end is not None:
        assert 0 <= found.start <= found.end <= len(text) + 1


# Decimal settings: the table of design section 2.5


@pytest.mark.parametrize(
    ("text", "value"), [("0.333", Q(333, 1000)), ("1,000", Q(1000)), ("1,000.5", Q(2001, 2)), ("1.000", Q(1))]
)
def test_with_a_decimal_point_these_are_read(text: str, value: Q) -> None:
    assert read_scalar(text, "point").number == value


@pytest.mark.parametrize(
    ("text", "meant"), [("0,333", "0.333"), ("1000,5", "1000.5"), ("1.000,5", "1000.5"), ("1,0005", "1.0005")]
)
def test_with_a_decimal_point_a_comma_is_asked_about(text: str, meant: str) -> None:
    assert f"Did you mean {meant}?" in str(refusal(text))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.333", Q(333, 1000)),
        ("0,333", Q(333, 1000)),
        ("1000,5", Q(2001, 2)),
        ("1.000,5", Q(2001, 2)),
        ("1,000", Q(1)),
        ("1.000", Q(1000)),
        ("1,0005", Q(10005, 10000)),
        ("1 000,5", Q(2001, 2)),
        (",5", Q(1, 2)),
        ("1,5e-3", Q(15, 10000)),
        ("C(5; 2)", Q(10)),
        ("33,3 %", Q(333, 1000)),
    ],
)
def test_with_a_decimal_comma_these_are_read(text: str, value: Q) -> None:
    assert read_scalar(text, "comma", percent=True).number == value


@pytest.mark.parametrize("text", ["1,000.5", "1,2,3", "1.23.456"])
def test_with_a_decimal_comma_two_marks_are_refused(text: str) -> None:
    assert "two decimal" in str(refusal(text, "comma"))


@pytest.mark.parametrize("text", ["12,34", "1,00", "01,000", "1 00", "1,000 000", "1000,000"])
def test_groups_are_three_digits_or_nothing(text: str) -> None:
    refusal(text)


def test_with_a_decimal_comma_a_semicolon_separates() -> None:
    assert numbers(read_row("[1,5; 2]", "comma")) == [Q(3, 2), Q(2)]
    assert numbers(read_group("{1,5; 2}", "comma")) == [Q(3, 2), Q(2)]
    assert rows(read_grid("1,5 2\n3 4", "comma")) == [[Q(3, 2), Q(2)], [Q(3), Q(4)]]


def test_in_a_list_a_comma_never_groups() -> None:
    assert numbers(read_group("1,000", "point")) == [Q(1), Q(0)]


# Vectors, matrices, sets


@pytest.mark.parametrize(
    "text",
    [
        "[1,2,3]",
        "(1,2,3)",
        "1,2,3",
        "[1 2 3]",
        "1 2 3",
        "<1,2,3>",
        "⟨1,2,3⟩",
        "[1;2;3]",
        "[[1],[2],[3]]",
        "[[1,2,3]]",
        "np.array([1,2,3])",
        "torch.tensor([1., 2., 3.])",
        "Matrix([1,2,3])",
        "v = [1, 2, 3]",
        "1\n2\n3",
        r"\begin{pmatrix}1\\2\\3\end{pmatrix}",
        r"\begin{bmatrix}1&2&3\end{bmatrix}",
        r"\left(1, 2, 3\right)",
    ],
)
def test_every_way_to_write_a_vector_reads_the_same(text: str) -> None:
    assert numbers(read_row(text, "point")) == [1, 2, 3]


def test_white_space_separates_as_in_matlab() -> None:
    assert numbers(read_row("[1 -2 3]", "point")) == [1, -2, 3]
    assert numbers(read_row("[1 - 2 3]", "point")) == [-1, 3]
    assert numbers(read_row("[1 (2+3) sqrt(4)]", "point")) == [1, 5, 2]


@pytest.mark.parametrize(
    "text",
    [
        "[[1,2],[3,4]]",
        "[1,2;3,4]",
        "[1 2; 3 4]",
        "1 2\n3 4",
        "1 2\r\n3 4\r\n",
        "1, 2\n3, 4",
        "((1,2),(3,4))",
        "np.array([[1,2],[3,4]])",
        "np.array([[1, 2],\n          [3, 4]])",
        "array([[1., 2.],\n       [3., 4.]])",
        "[[1 2]\n [3 4]]",
        "[1 2]\n[3 4]",
        "A = [1 2; 3 4]",
        "A^{-1} = [[1,2],[3,4]]",
        r"\begin{pmatrix}1&2\\3&4\end{pmatrix}",
        r"\begin{bmatrix} 1 & 2 \\ 3 & 4 \\ \end{bmatrix}",
        r"\left[\begin{array}{cc}1&2\\3&4\end{array}\right]",
        "1\t2\n3\t4",
    ],
)
def test_every_way_to_write_a_matrix_reads_the_same(text: str) -> None:
    assert rows(read_grid(text, "point")) == [[1, 2], [3, 4]]


@pytest.mark.parametrize(
    "text",
    [
        "{2,3}",
        "{3, 2, 2}",
        r"\{2,3\}",
        "2, 3",
        "x=2 or x=3",
        "x=2, x=3",
        "x = 2 and x = 3",
        "2 and 3",
        "x_1 = 2; x_2 = 3",
        "S = {2, 3}",
        "x ∈ {2, 3}",
        "x in {2, 3}",
        r"x \in \{2, 3\}",
    ],
)
def test_every_way_to_write_a_set_reads_the_same(text: str) -> None:
    assert set(numbers(read_group(text, "point"))) == {2, 3}


@pytest.mark.parametrize("text", ["79.2 ms", "13days", "3 GB", "½ hour"])
def test_a_unit_behind_a_number_is_told_to_be_left_out(text: str) -> None:
    assert "Write the number alone, without a unit." in str(refusal(text))


@pytest.mark.parametrize("text", ["ms", "2 sinn(3)", "minutes 4"])
def test_other_unknown_names_are_not_taken_for_units(text: str) -> None:
    assert "unit" not in str(refusal(text))


@pytest.mark.parametrize("text", ["{}", "∅", r"\emptyset"])
def test_the_empty_set_can_be_written(text: str) -> None:
    assert numbers(read_group(text, "point")) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1,,2", "missing before ,"),
        ("[1,2", "not closed"),
        ("[1,2)", "write ]"),
        ("[1,2,]", "missing before ]"),
    ],
)
def test_a_broken_list_is_refused_where_it_breaks(text: str, words: str) -> None:
    with pytest.raises(UnreadableResponseError, match=words.replace("[", r"\[")):
        read_row(text, "point")


def test_the_wrong_shape_says_what_was_read_and_what_is_wanted() -> None:
    with pytest.raises(UnreadableResponseError, match="A vector is wanted here, and this is a matrix"):
        read_row("[[1,2],[3,4]]", "point")
    with pytest.raises(UnreadableResponseError, match="A matrix is wanted here, and this is a vector"):
        read_grid("[1,2,3]", "point")
    with pytest.raises(UnreadableResponseError, match="this is one number"):
        read_grid("5", "point")
    with pytest.raises(UnreadableResponseError, match="different lengths: 2, 1"):
        read_grid("[[1,2],[3]]", "point")
    with pytest.raises(UnreadableResponseError, match="Braces stand for a set"):
        read_row("{1,2}", "point")
    with pytest.raises(UnreadableResponseError, match="Write a set in braces"):
        read_group("[1,2]", "point")
    with pytest.raises(UnreadableResponseError, match="Give the value of x"):
        read_group("x^2-5x+6=0", "point")


# Characters


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("12\u200b", "Character 3 is U+200B ZERO WIDTH SPACE; delete it."),
        ("\ufeff42", "Character 1 is U+FEFF ZERO WIDTH NO-BREAK SPACE; delete it."),
        ("\u202e2", "U+202E RIGHT-TO-LEFT OVERRIDE; delete it."),
        ("2\x00", "Character 2 is U+0000; delete it."),
        ("2\r", "Character 2 is U+000D; delete it."),
        ("е^2", "this is the Cyrillic е, not the Latin one"),
        ("\U0001d431", "MATHEMATICAL BOLD SMALL X; it is not part of an answer"),
        ("ｘ", "FULLWIDTH LATIN SMALL LETTER X"),  # a full-width letter, unlike a digit
        ("x\u0301", "COMBINING ACUTE ACCENT; delete it."),
        ("٣", "ARABIC-INDIC DIGIT THREE"),
    ],
)
def test_a_character_that_no_answer_needs_is_named_with_its_place(text: str, message: str) -> None:
    assert message in str(refusal(text))


def test_the_length_is_checked_before_anything_else() -> None:
    assert read_scalar("1" + " " * (MAX_CHARACTERS - 1), "point").number == 1
    assert "2,001 characters" in str(refusal("\u200b" * (MAX_CHARACTERS + 1)))


@settings(deadline=None)
@given(st.text(max_size=80))
def test_cleaning_keeps_every_character_in_its_place(text: str) -> None:
    try:
        cleaned = clean(text)
    except UnreadableResponseError:
        return
    assert len(cleaned) == len(text)
    assert clean(cleaned) == cleaned


@settings(deadline=None)
@given(st.text(max_size=200))
def test_a_quotation_is_short_and_shows_no_control_character(text: str) -> None:
    assert quoted(text)[1:-1].isprintable()
    assert len(quoted(text)) <= 2 + 60 * len("U+10FFFF")


def test_the_echo_shows_the_fraction_that_was_read() -> None:
    assert to_latex(parse("1/2x", variables=VARIABLES)) == r"\frac{1}{2} \cdot x"
    assert to_latex(parse("-(1+2)^2/3")) == r"\frac{-\left(1 + 2\right)^{2}}{3}"
    assert to_latex(parse("1.5e-3")) == r"1.5 \times 10^{-3}"
    assert to_latex(parse("log2(8) + |x| + 5!", variables=VARIABLES)) == (
        r"\log_{2}\left(8\right) + \left|x\right| + 5!"
    )


def test_plain_and_latex_notation_give_one_tree() -> None:
    assert shape(parse(r"\frac{\sqrt{2}}{2}")) == shape(parse("sqrt(2)/2"))


@pytest.mark.parametrize(
    ("text", "decimal", "value"),
    [
        ("1'234.5", "point", "1234.5"), ("1’234’567", "point", "1234567"), ("1'234,5", "comma", "1234.5"),
        ("1.5 x 10^3", "point", "1500"), ("1.5x10^-3", "point", "0.0015"), ("1,5 x 10³", "comma", "1500"),
        ("1{,}234", "point", None), (r"1{,}234\,567", "point", None), (r"1\,234\,567", "point", "1234567"),
        ("(1/4) %", "point", "0.0025"), ("1/4 %", "point", None), ("50%/20%", "point", "2.5"),
        (r"3\frac{1}{2}", "point", None), (r"2^2\frac{1}{2}", "point", "2"),
        (r"3\cdot\frac12", "point", "1.5"),
        ("1'23", "point", None), ("1'234,567", "point", None),
    ],
)  # fmt: skip
def test_more_ways_to_write_a_number(text: str, decimal: Decimal, value: str | None) -> None:
    if value is None:
        with pytest.raises(UnreadableResponseError):
            read_scalar(text, decimal, percent=True)
    else:
        assert read_scalar(text, decimal, percent=True).number == Q(value)


@pytest.mark.parametrize(
    "text", ["{x | x > 2}", "{x : x > 2}", r"\{x \mid x > 2\}", r"\{x\in\mathbb{R} : x > 2\}"]
)
def test_a_set_may_be_given_by_its_condition(text: str) -> None:
    assert grade(variant_of({"type": "interval", "value": "(2, oo)"}), text).verdict == "correct"


def test_a_short_unit_is_taken_as_it_is_written() -> None:
    asked = {"type": "number", "value": "2", "unit": "mW"}

    assert grade(variant_of(asked), "2 mW").verdict == "correct"
    assert grade(variant_of(asked), "2 MW").verdict == "unreadable"
    assert grade(variant_of({**asked, "unit": "seconds"}), "2 Seconds").verdict == "correct"


def test_a_quotient_with_spaces_ends_what_a_function_takes() -> None:
    asked = {"type": "expression", "value": "sin(x)/x", "variables": ["x"]}

    assert grade(variant_of(asked), "sin x / x").verdict == "correct"
    assert grade(variant_of(asked), "sin x/x").read_as == "sin(x/x)"


@pytest.mark.parametrize(
    "text", [r"\boxed{\frac94\pi}", r"$\boxed{\frac{9\pi}{4}}$", r"\dfrac{9}{4}\,\pi", "9/4 π"]
)
def test_a_boxed_answer_is_the_answer(text: str) -> None:
    asked = {"type": "expression", "value": "9*pi/4", "variables": []}

    assert grade(variant_of(asked), text).verdict == "correct"
