"""Differential item functioning: published figures, second routes, what is planted is found."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from quizengine.errors import PsychometricsError
from quizengine.psychometrics import Curves, dif_screen, ets_class, logistic_dif, mantel_haenszel
from quizengine.psychometrics.arrays import Booleans, Floats, Integers

#: Smokers with and without lung cancer, others with and without, in eight cities of China: Z. Liu, "Smoking
#: and lung cancer in China", International Journal of Epidemiology 21, 1992, the example of A. Agresti, "An
#: Introduction to Categorical Data Analysis", 1996, chapter 3, and of the manual of statsmodels.
CITIES = [
    (126, 100, 35, 61),
    (908, 688, 497, 807),
    (913, 747, 336, 598),
    (235, 172, 58, 121),
    (402, 308, 121, 215),
    (182, 156, 72, 98),
    (60, 99, 11, 43),
    (104, 89, 21, 36),
]


def spread_out(tables: list[tuple[int, int, int, int]]) -> tuple[Booleans, Booleans, Integers]:
    """One row a person: right, focal, stratum."""
    cells = [(right, focal) for focal in (False, True) for right in (True, False)]
    rows = [
        (right, focal, stratum)
        for stratum, counts in enumerate(tables)
        for (right, focal), count in zip(cells, counts, strict=True)
        for _ in range(count)
    ]
    right, focal, strata = zip(*rows, strict=True)
    return np.array(right), np.array(focal), np.array(strata)


def people(
    seed: int, n: int, n_items: int, *, impact: float = 0.0, harder: Floats | None = None, slopes: float = 0.3
) -> tuple[Floats, list[str], Curves]:
    """Answers of two groups of ``n``; the second is less able by ``impact``, its items are ``harder``."""
    rng = np.random.default_rng(seed)
    curves = Curves.of(
        np.exp(rng.normal(0.1, slopes, n_items)),
        rng.normal(size=n_items),
        np.where(rng.random(n_items) < 0.4, 0.25, 0.02),
        0.98,
    )
    groups = ["here"] * n + ["there"] * n
    theta = rng.normal(size=2 * n) - impact * np.repeat([0, 1], n)
    chances = curves.chances(theta)
    if harder is not None:
        chances[n:] = Curves.of(curves.a, curves.b + harder, curves.c, curves.d).chances(theta[n:])
    return (rng.random(chances.shape) < chances).astype(float), groups, curves


def test_the_published_ratio_interval_and_statistic_are_met() -> None:
    found = mantel_haenszel(*spread_out(CITIES))

    assert found.odds_ratio == pytest.approx(2.174, abs=5e-4)
    assert (found.low, found.high) == pytest.approx((1.984, 2.383), abs=5e-4)
    assert found.chi2 == pytest.approx(280.138, abs=5e-4)
    assert found.delta == pytest.approx(-2.35 * np.log(2.174), abs=1e-3)


tables = st.lists(st.tuples(*[st.integers(0, 12)] * 4), min_size=1, max_size=6).filter(
    lambda found: any(sum(table) for table in found)
)


@given(tables)
def test_the_ratio_is_what_the_definition_says(found: list[tuple[int, int, int, int]]) -> None:
    up = sum(a * d / (a + b + c + d) for a, b, c, d in found if a + b + c + d)
    down = sum(b * c / (a + b + c + d) for a, b, c, d in found if a + b + c + d)

    result = mantel_haenszel(*spread_out(found))

    if up and down:
        assert result.odds_ratio == pytest.approx(up / down)
    else:
        assert np.isnan(result.odds_ratio)
        assert result.ets_class == "A"


@given(tables)
def test_swapping_the_groups_turns_the_sign_and_nothing_else(found: list[tuple[int, int, int, int]]) -> None:
    right, focal, strata = spread_out(found)

    one, other = mantel_haenszel(right, focal, strata), mantel_haenszel(right, ~focal, strata)

    assert other.delta == pytest.approx(-one.delta, nan_ok=True)
    assert (other.standard_error, other.p) == pytest.approx((one.standard_error, one.p), nan_ok=True)


def test_the_correction_of_a_half_makes_the_test_more_cautious() -> None:
    table = spread_out([(30, 20, 20, 30)])

    plain, corrected = mantel_haenszel(*table), mantel_haenszel(*table, correction=True)

    # The one stratum's variance by hand: 50 * 50 * 50 * 50 / (100^2 * 99); 30 lie 5 off their expectation.
    assert plain.chi2 == pytest.approx(25 / (50**4 / (100**2 * 99)))
    assert corrected.chi2 == pytest.approx(4.5**2 / (50**4 / (100**2 * 99)))


@pytest.mark.parametrize(
    ("delta", "error", "p", "expected"),
    [
        (0.99, 0.01, 0.0, "A"),
        (2.0, 2.0, 0.32, "A"),
        (1.2, 0.1, 0.0, "B"),
        (1.6, 0.5, 0.001, "B"),  # large, but not surely above 1
        (-1.6, 0.3, 0.0, "C"),
        (float("nan"), float("nan"), float("nan"), "A"),
    ],
)
def test_classes_are_those_of_ets(delta: float, error: float, p: float, expected: str) -> None:
    assert ets_class(delta, error, p) == expected


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.floats(-1.5, 1.5), st.floats(-1, 1))
def test_logistic_regression_agrees_with_scikit_learn(seed: int, shift: float, turn: float) -> None:
    rng = np.random.default_rng(seed)
    ability, focal = rng.normal(size=400), rng.random(400) < 0.5
    line = ability + focal * (shift + turn * ability)
    right = rng.random(400) < 1 / (1 + np.exp(-line))
    level = (ability - ability.mean()) / ability.std()

    found = logistic_dif(right, focal, ability)

    heights, weights = [], np.zeros(0)
    for columns in ([level], [level, focal], [level, focal, focal * level]):
        matrix = np.column_stack(columns)
        model = LogisticRegression(C=1e10, tol=1e-10, max_iter=10_000).fit(matrix, right)
        chance = model.predict_proba(matrix)[:, 1]
        heights.append(np.log(np.where(right, chance, 1 - chance)).sum())
        weights = model.coef_[0]
    assert found.chi2_uniform == pytest.approx(2 * (heights[1] - heights[0]), abs=1e-3)
    assert found.chi2_nonuniform == pytest.approx(2 * (heights[2] - heights[1]), abs=1e-3)
    assert found.chi2 == pytest.approx(found.chi2_uniform + found.chi2_nonuniform)
    assert found.interaction == pytest.approx(weights[2], abs=1e-2)
    empty = 400 * (right.mean() * np.log(right.mean()) + (1 - right.mean()) * np.log(1 - right.mean()))
    first, _, last = (1 - np.exp(2 * (empty - height) / 400) for height in heights)
    assert found.r2_change == pytest.approx((last - first) / (1 - np.exp(2 * empty / 400)), abs=1e-4)


def test_a_difference_that_turns_with_ability_is_seen_by_regression_alone() -> None:
    rng = np.random.default_rng(4)
    ability, focal = rng.normal(size=2000), np.arange(2000) % 2 == 0
    right = rng.random(2000) < 1 / (1 + np.exp(-np.where(focal, 0.3, 1.8) * ability))

    by_tables = mantel_haenszel(right, focal, np.digitize(ability, [-1, -0.5, 0, 0.5, 1]))
    by_curves = logistic_dif(right, focal, ability)

    assert by_tables.ets_class == "A"
    assert by_curves.p_nonuniform < 1e-6
    assert by_curves.p_uniform > 0.01
    assert by_curves.interaction < -1
    assert by_curves.size_class == "C"


@pytest.mark.parametrize("right", [np.ones(40), np.r_[np.zeros(20), np.ones(20)]], ids=["all", "separated"])
def test_what_regression_cannot_tell_is_not_told(right: Floats) -> None:
    found = logistic_dif(right, np.arange(40) % 2 == 0, np.arange(40.0))

    assert np.isnan(found.p)
    assert found.size_class == "A"


def test_planted_items_are_found_with_their_direction_and_nothing_else_is() -> None:
    harder = np.zeros(24)
    harder[[3, 11]] = 1.0, -1.0
    scores, groups, curves = people(1, 800, 24, impact=0.7, harder=harder)

    screen = dif_screen(scores, groups, curves, reference="here")

    assert {row.item for row in screen.flagged} == {3, 11}
    deltas = {row.item: row.mantel_haenszel.delta for row in screen.flagged if row.mantel_haenszel}
    assert deltas[3] < -1 < 1 < deltas[11]
    assert screen.anchors.sum() == 22
    assert screen.settled
    assert screen.means is not None
    assert screen.means["here"] - screen.means["there"] == pytest.approx(0.7, abs=0.15)


def test_items_are_compared_among_anchors_that_do_not_differ_themselves() -> None:
    # A quarter of all items against one group pushes all the others the other way, until they are left out.
    harder = np.where(np.arange(20) < 5, 1.2, 0.0)
    scores, groups, curves = people(3, 1000, 20, harder=harder)

    raw = dif_screen(scores, groups, curves, reference="here", purify=False)
    pure = dif_screen(scores, groups, curves, reference="here")

    def bias(screen: object) -> float:
        rows = [row for row in getattr(screen, "rows") if row.item >= 5]  # noqa: B009
        return float(np.mean([row.mantel_haenszel.delta for row in rows]))

    assert {row.item for row in pure.flagged} == set(range(5))
    assert pure.rounds >= 1
    assert abs(bias(pure)) < 0.15 < bias(raw)


def test_a_whole_form_needs_no_parameters() -> None:
    harder = np.where(np.arange(15) == 6, 1.2, 0.0)
    scores, groups, _ = people(5, 600, 15, harder=harder)

    screen = dif_screen(scores, groups)

    assert {row.item for row in screen.flagged} == {6}
    assert screen.means is None


def test_few_people_get_no_verdict_but_their_number() -> None:
    scores, groups, curves = people(2, 250, 6)
    told: list[str | None] = [*groups[:400], *[None] * 50, *["elsewhere"] * 50]

    screen = dif_screen(scores, told, curves)

    assert screen.reference == "here"
    assert screen.counts == {"here": 250, "there": 150, "elsewhere": 50}
    assert {row.verdict for row in screen.rows} == {"too few to say"}
    assert {(row.group, row.n_focal) for row in screen.rows} == {("there", 150), ("elsewhere", 50)}


def test_an_adaptive_test_is_screened_by_who_was_given_the_item() -> None:
    scores, groups, curves = people(6, 700, 12, harder=np.where(np.arange(12) == 2, 1.5, 0.0))
    scores[np.random.default_rng(1).random(scores.shape) < 0.4] = np.nan

    screen = dif_screen(scores, groups, curves)

    assert [row.item for row in screen.flagged] == [2]
    assert all(row.n_focal == (~np.isnan(scores[700:, row.item])).sum() for row in screen.rows)


def test_partial_credit_counts_as_right_from_where_one_says() -> None:
    scores, groups, curves = people(7, 300, 8)
    partly = np.where(scores == 1.0, 1.0, 0.4)

    from_half = dif_screen(scores, groups, curves)
    from_four_tenths = dif_screen(partly, groups, curves, right_from=0.4)

    assert all(row.mantel_haenszel is not None for row in from_half.rows)
    assert all(np.isnan(row.p_logistic) for row in from_four_tenths.rows)  # everybody is right


@pytest.mark.parametrize("impact", [0.0, 1.0])
def test_false_alarms_come_as_often_as_the_level_says(impact: float) -> None:
    p_tables, p_curves, large, flagged = [], [], 0, 0
    for seed in range(16):
        scores, groups, curves = people(1000 + seed, 400, 25, impact=impact)
        screen = dif_screen(scores, groups, curves, purify=False, reference="here")
        looks = [(row.mantel_haenszel, row.logistic) for row in screen.rows]
        p_tables += [mh.p for mh, _ in looks if mh]
        p_curves += [fit.p for _, fit in looks if fit]
        large += sum(mh.ets_class == "C" for mh, _ in looks if mh)
        flagged += len(screen.flagged)

    tests = len(p_tables)
    within = 4 * (0.05 * 0.95 / tests) ** 0.5
    assert tests == 400
    assert np.mean(np.array(p_tables) < 0.05) == pytest.approx(0.05, abs=within)
    assert np.mean(np.array(p_curves) < 0.05) == pytest.approx(0.05, abs=within)
    assert large <= 0.01 * tests
    assert flagged <= 2


def test_matching_that_forgets_which_group_is_abler_raises_false_alarms() -> None:
    # Why every group has a prior of its own: the guard is worth something.
    from quizengine.psychometrics.matching import others, quantile_bins  # noqa: PLC0415

    alarms = {"own prior": 0, "one prior": 0}
    for seed in range(4):
        scores, groups, curves = people(seed, 800, 20, impact=1.0)
        focal = np.array(groups) == "there"
        for name, found in (
            ("own prior", others(scores, curves, focal.astype(np.intp))),
            ("one prior", others(scores, curves)),
        ):
            for item in range(20):
                strata = quantile_bins(found.ability[:, item], 8)
                alarms[name] += mantel_haenszel(scores[:, item], focal, strata).p < 0.05

    assert alarms["own prior"] <= 12
    assert alarms["one prior"] > 20


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"groups": ["a"] * 4}, "two groups are needed to compare; there is only 'a'"),
        ({"groups": [None] * 4}, "two groups are needed to compare; there is none"),
        ({"groups": ["a", "b"]}, "2 groups for 4 persons"),
        ({"reference": "c"}, "no group 'c' to compare with; there are a, b"),
        ({"scores": np.full((4, 3), 2.0)}, r"a score is outside \[0, 1\]"),
        ({"scores": np.full((4, 2), np.nan)}, "were not given to everybody"),
        ({"curves": Curves.of(1.0, [0.0, 0.0])}, "scores has 3 columns; there are 2 items"),
    ],
)
def test_what_cannot_be_compared_is_refused(change: dict[str, object], message: str) -> None:
    given_: dict[str, object] = {"scores": np.zeros((4, 3)), "groups": ["a", "a", "b", "b"], **change}

    with pytest.raises(PsychometricsError, match=message):
        dif_screen(**given_)  # type: ignore[arg-type]


@pytest.mark.parametrize("right", [[0.5, 1.0], [1.0], [float("nan"), 1.0]])
def test_only_right_and_wrong_can_be_tabled(right: list[float]) -> None:
    with pytest.raises(PsychometricsError):
        mantel_haenszel(right, [False, True], [0, 0])
    with pytest.raises(PsychometricsError):
        logistic_dif(right, [False, True], [0.0, 1.0])
