"""Adverse impact: the published table of false alarms, SciPy's exact test, and words that promise nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import contingency, fisher_exact

from quizengine.errors import PsychometricsError
from quizengine.psychometrics import Selection, adverse_impact, fisher_power, flag_chance

HALF, LESS = (0.5, 0.5), (0.3, 0.3)


@st.composite
def selections(draw: st.DrawFn, most: int = 40) -> Selection:
    applied = draw(st.integers(1, most))
    return Selection(draw(st.integers(0, applied)), applied)


@pytest.mark.parametrize(
    ("n", "both_half", "both_less", "different", "alarm", "found"),
    [
        (10, 56.3, 75.7, 77.5, 1.3, 5.5),
        (20, 46.0, 61.8, 79.1, 2.0, 16.3),
        (30, 37.8, 55.8, 81.9, 2.7, 25.9),
        (50, 26.1, 45.7, 87.3, 3.5, 46.3),
        (100, 11.5, 29.9, 94.7, 4.0, 79.2),
        (200, 2.6, 14.4, 98.9, 4.0, 98.0),
    ],
)
def test_the_four_fifths_rule_alone_is_a_machine_for_false_alarms(
    n: int, both_half: float, both_less: float, different: float, alarm: float, found: float
) -> None:
    """The table of docs/fairness.md."""
    sizes = (n, n)
    percent = [
        flag_chance(sizes, HALF),
        flag_chance(sizes, LESS),
        flag_chance(sizes, (0.5, 0.3)),
        fisher_power(sizes, HALF),
        fisher_power(sizes, (0.5, 0.3)),
    ]

    assert [100 * p for p in percent] == pytest.approx(
        [both_half, both_less, different, alarm, found], abs=0.05
    )


@pytest.mark.parametrize(("sizes", "percent"), [((80, 20), 36.6), ((90, 10), 50.7), ((150, 50), 17.3)])
def test_unequal_groups_are_flagged_more_often_still(sizes: tuple[int, int], percent: float) -> None:
    assert 100 * flag_chance(sizes, HALF) == pytest.approx(percent, abs=0.05)
    assert flag_chance(sizes[::-1], HALF) == pytest.approx(flag_chance(sizes, HALF))


@given(selections(), selections())
def test_the_exact_p_is_scipys(group: Selection, reference: Selection) -> None:
    table = [[side.selected, side.applied - side.selected] for side in (group, reference)]

    assert adverse_impact(group, reference).p == pytest.approx(fisher_exact(table).pvalue, abs=1e-9)


@settings(max_examples=20)
@given(st.integers(1, 12), st.integers(1, 12), st.floats(0.05, 0.95), st.floats(0.05, 0.95))
def test_power_is_that_of_all_outcomes_by_scipy(n: int, m: int, one: float, other: float) -> None:
    from scipy.stats import binom  # noqa: PLC0415

    total = 0.0
    for i in range(n + 1):
        for j in range(m + 1):
            if fisher_exact([[i, n - i], [j, m - j]]).pvalue < 0.05:
                total += binom.pmf(i, n, one) * binom.pmf(j, m, other)

    assert fisher_power((n, m), (one, other)) == pytest.approx(total, abs=1e-9)


@given(selections(80), selections(80))
def test_the_interval_is_scipys_relative_risk(group: Selection, reference: Selection) -> None:
    found = adverse_impact(group, reference)

    cells = [count for side in (group, reference) for count in (side.selected, side.applied - side.selected)]
    if min(cells) < 5:
        assert found.low is None
        assert found.high is None
    else:
        scipys = contingency.relative_risk(
            group.selected, group.applied, reference.selected, reference.applied
        ).confidence_interval(0.95)
        assert (found.low, found.high) == pytest.approx((scipys.low, scipys.high))
        assert found.low is not None
        assert found.high is not None
        assert found.low <= found.ratio <= found.high


@pytest.mark.parametrize(
    ("group", "reference", "below"),
    [
        ((40, 100), (50, 100), False),
        ((39, 100), (50, 100), True),
        ((50, 100), (39, 100), True),
        ((0, 5), (0, 5), False),
    ],
)
def test_exactly_four_fifths_is_not_below(
    group: tuple[int, int], reference: tuple[int, int], *, below: bool
) -> None:
    assert adverse_impact(Selection(*group), Selection(*reference)).below_four_fifths is below


@pytest.mark.parametrize(
    ("group", "reference", "words"),
    [
        ((0, 29), (29, 29), "too few to say"),  # as unequal as can be
        ((300, 400), (300, 400), "none found"),
        ((150, 500), (250, 500), "difference found"),
        ((430, 500), (480, 500), "none found"),  # significant, but not below four fifths
        ((15, 40), (20, 40), "no conclusion"),  # below four fifths, but as likely as not by chance
        ((700, 2500), (1500, 2500), "difference found"),
        ((1500, 2500), (1500, 2500), "none found"),
    ],
)
def test_what_may_be_concluded(group: tuple[int, int], reference: tuple[int, int], words: str) -> None:
    assert adverse_impact(Selection(*group), Selection(*reference)).conclusion == words


def test_one_person_more_or_fewer() -> None:
    found = adverse_impact(Selection(3, 10), Selection(5, 10))

    assert (found.one_fewer, found.ratio, found.one_more) == pytest.approx((0.4, 0.6, 0.8))
    assert adverse_impact(Selection(0, 4), Selection(2, 4)).one_fewer is None
    assert adverse_impact(Selection(4, 4), Selection(2, 4)).one_more is None


def test_nobody_selected_among_the_others_gives_no_ratio() -> None:
    found = adverse_impact(Selection(3, 40), Selection(0, 40))

    assert np.isnan(found.ratio)
    assert found.one_more is None
    assert found.below_four_fifths


@pytest.mark.parametrize(("selected", "applied"), [(2, 1), (-1, 3), (0, 0)])
def test_counts_that_cannot_be_are_refused(selected: int, applied: int) -> None:
    with pytest.raises(PsychometricsError, match=f"{selected} selected of {applied}"):
        Selection(selected, applied)
