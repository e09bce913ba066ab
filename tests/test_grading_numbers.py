"""When a number is near enough: each tolerance rule at its end points, and the digits that were typed."""
# ruff: noqa: RUF001 (the signs that people type, not slips of ours)

from __future__ import annotations

from fractions import Fraction as Q

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizengine.errors import UnreadableResponseError
from quizengine.grading.numbers import accepting_rule, decimals, is_in_lowest_terms, significant_digits
from quizengine.grading.parse import parse
from quizengine.grading.typed import read_scalar
from quizengine.model.answers import EXACT, Tolerance

METRIC = Tolerance(kind="metric")


def near(*, absolute: str = "0", relative: str = "0") -> Tolerance:
    return Tolerance(kind="near", abs=Q(absolute), rel=Q(relative))


def rule(tolerance: Tolerance, key: str | Q, typed: str) -> str | None:
    return accepting_rule(tolerance, Q(key), read_scalar(typed, "point", percent=True))


@pytest.mark.parametrize(
    ("tolerance", "key", "typed", "expected"),
    [
        # exact
        (EXACT, "1/3", "1/3", "exact"),
        (EXACT, "1/3", "2/6", "exact"),
        (EXACT, "1/3", "0.3333333333", None),
        (EXACT, "5", "5.000", "exact"),
        (EXACT, "3/10", "0.1+0.2", "exact"),
        (EXACT, "20.4", "100.4-80.0", "exact"),
        (EXACT, "452", "4.52*10^2", "exact"),
        (EXACT, "0.001", "0.1%", "exact"),
        (EXACT, "0", "-0", "exact"),
        (EXACT, "0", "1e-30", None),
        (EXACT, "2", "sqrt(2)^2", "exact"),
        (EXACT, "2", "2.000000000000001", None),
        # abs and rel: the larger of the two, end points included
        (near(absolute="0.01"), "1", "1.01", "near"),
        (near(absolute="0.01"), "1", "0.99", "near"),
        (near(absolute="0.01"), "1", "1.0100001", None),
        (near(relative="0.01"), "-200", "-202", "near"),
        (near(relative="0.01"), "-200", "-198", "near"),
        (near(relative="0.01"), "-200", "-197.99", None),
        (near(absolute="0.5", relative="0.01"), "10", "10.5", "near"),
        (near(absolute="0.5", relative="0.1"), "10", "11", "near"),
        (near(absolute="0.5", relative="0.1"), "10", "11.1", None),
        (near(relative="0.1"), "0", "0.0001", None),
        # sigfig: digits typed, half a unit of the key's n-th digit, ties either way
        (Tolerance(kind="sigfig", digits=3), "1/3", "0.333", "sigfig"),
        (Tolerance(kind="sigfig", digits=3), "1/3", "0.33", None),
        (Tolerance(kind="sigfig", digits=3), "1/3", "0.3334", "sigfig"),
        (Tolerance(kind="sigfig", digits=3), "1/3", "0.334", None),
        (Tolerance(kind="sigfig", digits=3), "1/3", "1/3", "sigfig"),
        (Tolerance(kind="sigfig", digits=3), "1/3", "33.3%", "sigfig"),
        (Tolerance(kind="sigfig", digits=2), "0.125", "0.12", "sigfig"),
        (Tolerance(kind="sigfig", digits=2), "0.125", "0.13", "sigfig"),
        (Tolerance(kind="sigfig", digits=2), "0.125", "0.131", None),
        (Tolerance(kind="sigfig", digits=3), "1500", "1500", "sigfig"),
        (Tolerance(kind="sigfig", digits=3), "1500", "1.5e3", None),
        (Tolerance(kind="sigfig", digits=3), "1500", "1.50e3", "sigfig"),
        (Tolerance(kind="sigfig", digits=3), "1500", "1.50*10^3", "sigfig"),
        (Tolerance(kind="sigfig", digits=3), "123456", "123000", "sigfig"),
        (Tolerance(kind="sigfig", digits=3), "123456", "124000", None),
        # decimals
        (Tolerance(kind="decimals", digits=2), "2/3", "0.67", "decimals"),
        (Tolerance(kind="decimals", digits=2), "2/3", "0.7", None),
        (Tolerance(kind="decimals", digits=2), "2/3", "0.66", None),
        (Tolerance(kind="decimals", digits=2), "2/3", "0.666", "decimals"),
        (Tolerance(kind="decimals", digits=2), "0.125", "0.12", "decimals"),
        (Tolerance(kind="decimals", digits=2), "0.125", "0.13", "decimals"),
        (Tolerance(kind="decimals", digits=2), "0.5", "0.50", "decimals"),
        (Tolerance(kind="decimals", digits=2), "0.5", "0.5", None),
        (Tolerance(kind="decimals", digits=2), "0.5", "1/2", "decimals"),
        (Tolerance(kind="decimals", digits=2), "2/3", "66.67%", "decimals"),
        (Tolerance(kind="decimals", digits=2), "2/3", "6.7e-1", "decimals"),
        # the rule for probabilities and metrics
        (METRIC, "0.8", "0.804", "rel"),
        (METRIC, "0.8", "0.796", "rel"),
        (METRIC, "0.8", "0.8041", None),
        (METRIC, "0.8", "0.8", "exact"),
        (METRIC, "0.25", "25 %", "exact"),
        (METRIC, "0.25", "25", None),
        (METRIC, "0.1005", "0.101", "rel"),
        (METRIC, "0", "0.0005", "abs"),
        (METRIC, "0", "0.00051", None),
    ],
)
def test_a_tolerance_accepts_up_to_its_end_points(
    tolerance: Tolerance, key: str, typed: str, expected: str | None
) -> None:
    assert rule(tolerance, key, typed) == expected


@settings(deadline=None)
@given(st.fractions(max_denominator=500).filter(bool), st.integers(3, 8))
def test_a_metric_correctly_rounded_to_three_digits_is_accepted(key: Q, digits: int) -> None:
    typed = f"{float(key):.{digits - 1}e}"

    assert rule(METRIC, key, typed) is not None


@settings(deadline=None)
@given(
    st.fractions(max_denominator=500),
    st.decimals(-1000, 1000, allow_nan=False, places=4),
    st.sampled_from(
        [EXACT, METRIC, near(relative="0.02"), near(absolute="0.3"), Tolerance(kind="decimals", digits=2)]
    ),
)
def test_nothing_outside_the_margin_is_ever_accepted(key: Q, typed: object, tolerance: Tolerance) -> None:
    distance = abs(Q(str(typed)) - key)

    if rule(tolerance, key, str(typed)):
        assert distance <= tolerance.margin(key)


@pytest.mark.parametrize(
    ("text", "significant", "places"),
    [
        ("0.050", 2, 3),
        ("0", 1, 0),
        ("0.00", 3, 2),
        ("1500", 4, 0),
        ("1.5e3", 2, 0),
        ("1.50e-3", 3, 5),
        ("-12.340", 5, 3),
        ("1.5*10^3", 2, 0),
        ("1.5×10⁻³", 2, 4),
        ("12.5%", 3, 3),
        ("007", 1, 0),
        ("1/3", None, None),
        ("sqrt(2)", None, None),
    ],
)
def test_digits_are_counted_in_the_text(text: str, significant: int | None, places: int | None) -> None:
    node = parse(text)

    assert (significant_digits(node), decimals(node)) == (significant, places)


@pytest.mark.parametrize("text", ["1/2", "-1/2", "(-1)/2", "-(1/2)", "3", "-3", "½", r"\frac{7}{3}", "0"])
def test_a_reduced_quotient_is_in_lowest_terms(text: str) -> None:
    assert is_in_lowest_terms(parse(text))


@pytest.mark.parametrize(
    "text", ["2/4", "1/-2", "3/1", "0.5", "0/5", "1/2/3", "1/2+1/3", "2*3", "sqrt(4)", "1/0.5"]
)
def test_anything_else_is_not(text: str) -> None:
    assert not is_in_lowest_terms(parse(text))


# Size: what would be large is refused before it is computed


@pytest.mark.parametrize(
    "text",
    [
        "10^1000000",
        "9^9^9",
        "(1/7)^99999",
        "0.001^-9999999",
        "1501!",
        "C(2001, 3)",
        "exp(10^6)",
        "exp(exp(exp(10)))",
        "e^(10^8)",
        "sqrt(2)^(10^9)",
        "sin(10^7)",
        "(10^300)^(10^300)",
        "*".join(["7^7000"] * 10),
        "+".join([f"1/{p}^4000" for p in (3, 5, 7, 11, 13, 17, 19, 23)]),
    ],
)
def test_what_is_too_large_is_refused(text: str) -> None:
    with pytest.raises(UnreadableResponseError, match="too large to work with"):
        read_scalar(text, "point")


@pytest.mark.parametrize(
    "text", ["2^10000", "1500!", "C(2000, 1000)", "exp(500)", "1e400", "cosh(3)", "root(2, 64)"]
)
def test_what_is_merely_large_is_read(text: str) -> None:
    assert read_scalar(text, "point").number > 1


@settings(deadline=None)
@given(st.integers(2, 10**12), st.sampled_from([2, 3, 5, 7]))
def test_the_root_of_a_power_is_exact(base: int, degree: int) -> None:
    found = read_scalar(f"({base}^{degree})^(1/{degree})", "point")

    assert found.number == base
    assert found.exact


@settings(deadline=None)
@given(st.fractions(max_denominator=60), st.fractions(max_denominator=60))
def test_arithmetic_is_that_of_fractions(a: Q, b: Q) -> None:
    assert read_scalar(f"({a})+({b})*({a})-({b})", "point").number == a + b * a - b


def test_functions_agree_with_the_standard_library() -> None:
    import math  # noqa: PLC0415 (the second route, used here alone)

    for name in ("sin", "cos", "tan", "atan", "sinh", "cosh", "tanh", "exp", "asinh"):
        ours = float(read_scalar(f"{name}(0.7)", "point").number)
        assert math.isclose(ours, getattr(math, name)(0.7), rel_tol=1e-14)
    assert math.isclose(float(read_scalar("ln(0.7)", "point").number), math.log(0.7), rel_tol=1e-14)
    assert math.isclose(float(read_scalar("log2(0.7)", "point").number), math.log2(0.7), rel_tol=1e-14)
    assert math.isclose(float(read_scalar("sec(0.7)", "point").number), 1 / math.cos(0.7), rel_tol=1e-14)
