"""Role decisions and bars: against simulation, integrals and the published table."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import dblquad

from quizengine.errors import PsychometricsError
from quizengine.psychometrics import (
    AdaptiveTest,
    Design,
    Sitting,
    SkillEstimate,
    SkillPrior,
    continuous,
    judged,
    misclassification,
    normal_misclassification,
    outranks,
    rescore,
    role_decision,
)
from quizengine.psychometrics.personfit import draw_lines
from quizengine.psychometrics.replicates import Form
from tests.pools import one_skill_pool, random_pool, random_prior


def some_estimate(seed: int, n_skills: int = 4) -> SkillEstimate:
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(n_skills, n_skills)) * 0.4
    return SkillEstimate(rng.normal(size=n_skills), root @ root.T + 0.05 * np.eye(n_skills))


SURE = SkillEstimate(np.array([2.0, 2.0]), 0.1 * np.eye(2))
ENOUGH = Sitting(scored=20)


@given(st.integers(0, 10**4))
def test_the_probability_is_the_share_of_posterior_draws_above_the_bar(seed: int) -> None:
    estimate, rng = some_estimate(seed), np.random.default_rng(seed)
    cuts, weights = rng.normal(size=4) * 0.5, rng.random(4)
    draws = rng.multivariate_normal(estimate.mean, estimate.covariance, 20_000)

    decision = role_decision(estimate, cuts, weights)

    above = (draws @ weights >= cuts @ weights).mean()
    # Hypothesis looks for the worst of many: room for six standard errors.
    assert decision.probability == pytest.approx(above, abs=0.022)
    assert decision.skills == pytest.approx(tuple((draws >= cuts).mean(axis=0)), abs=0.022)


@given(st.integers(0, 10**4), st.floats(0.1, 50))
def test_only_the_proportions_of_weights_count(seed: int, factor: float) -> None:
    weights = np.random.default_rng(seed).random(4) + 0.01

    one = role_decision(some_estimate(seed), np.zeros(4), weights)
    other = role_decision(some_estimate(seed), np.zeros(4), factor * weights)

    assert other.probability == pytest.approx(one.probability)


@pytest.mark.parametrize(("mean", "verdict"), [(1.0, "meets"), (-1.0, "below"), (0.2, "not enough evidence")])
def test_the_verdict_follows_the_probability(mean: float, verdict: str) -> None:
    decision = role_decision(SkillEstimate(np.array([mean]), np.array([[0.25]])), [0.0], [1.0])

    assert decision.verdict == verdict
    assert bool(decision.reasons) == (verdict == "not enough evidence")


@pytest.mark.parametrize(
    ("sitting", "reason"),
    [
        (Sitting(scored=11), "11 answers were scored; 12 are the least"),
        (Sitting(scored=20, lost=11), "11 of 31 answers were rapid guesses or skipped: more than a third"),
        (Sitting(scored=20, provisional=11), "of 11 of 20 questions has not been measured"),
        (Sitting(scored=20, areas={"sql": (0.1, 1)}), "sql has 10% of the weight and 1 scored answers"),
    ],
)
def test_too_little_evidence_is_no_verdict_however_sure_it_looks(sitting: Sitting, reason: str) -> None:
    decision = role_decision(SURE, [0, 0], [1, 1], sitting=sitting)

    assert decision.probability > 0.99
    assert decision.verdict == "not enough evidence"
    assert reason in decision.reasons[0]


@pytest.mark.parametrize(
    "sitting",
    [
        Sitting(scored=12),
        Sitting(scored=20, lost=10),
        Sitting(scored=20, provisional=10),
        Sitting(scored=20, areas={"sql": (0.09, 0), "math": (0.91, 2)}),
    ],
)
def test_at_the_limits_there_is_enough(sitting: Sitting) -> None:
    assert role_decision(SURE, [0, 0], [1, 1], sitting=sitting).verdict == "meets"


def test_an_unusual_pattern_is_a_reason_to_look_and_changes_nothing() -> None:
    plain = role_decision(SURE, [0, 0], [1, 1], sitting=ENOUGH)
    flagged = role_decision(SURE, [0, 0], [1, 1], sitting=Sitting(scored=20, person_fit_flag=True))

    assert (flagged.verdict, flagged.probability) == (plain.verdict, plain.probability)
    assert "look at it before deciding" in flagged.reasons[0]


def test_must_have_skills_are_told_apart_and_change_nothing() -> None:
    estimate = SkillEstimate(np.array([4.0, -1.0]), 0.1 * np.eye(2))

    decision = role_decision(estimate, [0, 0], [1, 1], must_have=[1])

    assert decision.verdict == "meets"
    assert decision.must_have[1] < 0.01
    assert decision.must_have[1] == decision.skills[1]


def test_one_person_outranks_another_as_often_as_in_draws() -> None:
    one, other, weights = some_estimate(1), some_estimate(2), np.array([0.4, 0.3, 0.2, 0.1])
    rng = np.random.default_rng(1)
    draws = [rng.multivariate_normal(e.mean, e.covariance, 40_000) @ weights for e in (one, other)]

    assert outranks(one, other, weights) == pytest.approx((draws[0] > draws[1]).mean(), abs=0.01)
    assert outranks(one, other, weights) + outranks(other, one, weights) == pytest.approx(1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weights": [0, 0]}, "not all 0"),
        ({"weights": [-1, 2]}, "weights must be 0 or more"),
        ({"weights": [1]}, r"weights has shape \(1,\)"),
        ({"cuts": [0, float("nan")]}, "cuts holds a value that is not finite"),
        ({"certain": 0.5}, r"certain = 0.5 is outside \(0.5, 1\)"),
        ({"must_have": [2]}, "must_have names skill 2; there are 2 skills"),
    ],
)
def test_bars_that_cannot_be_are_refused(change: dict[str, object], message: str) -> None:
    arguments: dict[str, object] = {"cuts": [0, 0], "weights": [1, 1], **change}

    with pytest.raises(PsychometricsError, match=message):
        role_decision(SURE, **arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("certain", "sd", "cut", "percent"),
    [
        (0.80, 0.25, 0.0, (41.4, 41.4, 17.2, 2.6, 2.6, 8.0)),
        (0.80, 0.35, 0.5, (19.8, 58.7, 21.5, 5.0, 2.8, 10.0)),
        (0.80, 0.45, 1.0, (6.1, 75.7, 18.2, 7.8, 2.6, 8.7)),
        (0.95, 0.35, 0.5, (12.5, 46.8, 40.7, 1.1, 0.6, 10.0)),
    ],
)
def test_the_published_table_of_bars_is_met(
    certain: float, sd: float, cut: float, percent: tuple[float, ...]
) -> None:
    found = normal_misclassification(sd, cut, certain=certain)

    shares = (
        found.meets,
        found.below,
        found.not_enough,
        found.false_pass,
        found.false_fail,
        found.forced,
    )
    assert [100 * share for share in shares] == pytest.approx(percent, abs=0.06)


def test_the_integral_is_that_of_the_two_normals() -> None:
    def density(theta: float, mean: float) -> float:
        return float(
            np.exp(-(mean**2) / (2 * 0.84) - (theta - mean) ** 2 / (2 * 0.16))
            / (2 * np.pi * np.sqrt(0.84 * 0.16))
        )

    found = normal_misclassification(0.4, 0.3, certain=0.9)

    start = 0.3 + 0.4 * 1.2815515655446004
    wrong, _ = dblquad(density, start, 8, -8, 0.3)
    assert found.meets * found.false_pass == pytest.approx(wrong, abs=1e-6)


def test_simulated_people_agree_with_the_integral_where_both_hold() -> None:
    # 400 easy-to-hard items on one skill: the posterior is normal with about the same sd for all.
    pool = one_skill_pool([0.8] * 60, list(np.linspace(-2.5, 2.5, 60)))
    prior = SkillPrior([0.0], [[1.0]])
    scores = (np.random.default_rng(1).random(60) < 0.5).astype(float)
    sd = float(rescore(pool, prior, range(60), scores).standard_errors[0])

    simulated = misclassification(pool, prior, range(60), [0.3], [1.0], certain=0.8, persons=4000)
    integral = normal_misclassification(sd, 0.3, certain=0.8)

    for name in ("meets", "below", "not_enough", "truly_meets", "false_pass", "false_fail", "forced"):
        room = 4 * simulated.errors[name] + 0.01
        assert getattr(simulated, name) == pytest.approx(getattr(integral, name), abs=room), name


def test_many_skills_at_once_are_judged_like_one_after_the_other() -> None:
    prior, pool = random_prior(3, 6), random_pool(3, 6, 40, mixed=0.2)
    items, cuts, weights = list(range(0, 40, 2)), np.full(6, 0.2), np.arange(1.0, 7.0)
    share, rng = weights / weights.sum(), np.random.default_rng(9)

    found = misclassification(pool, prior, items, cuts, weights, certain=0.8, persons=2000)

    form = Form.of(pool, np.array(items), share[None, :])
    p, above = [], []
    for _ in range(300):
        places = draw_lines(form.lines, prior.mean, prior.covariance, rng, 1)[0]
        scores = form.drawn(rng, places[None, :-1])[0]
        decision = role_decision(rescore(pool, prior, items, scores), cuts, weights, certain=0.8)
        p.append(decision.probability)
        above.append(places[-1] >= 0.2)
    slow = judged(p, above, certain=0.8)
    for name in ("meets", "below", "not_enough", "truly_meets", "forced"):
        room = 4 * (found.errors[name] + slow.errors[name])
        assert getattr(found, name) == pytest.approx(getattr(slow, name), abs=room), name


def test_verdicts_of_adaptive_sittings_are_wrong_as_seldom_as_they_say() -> None:
    people = 120
    world = continuous(seed=5, persons=people, skills=8, items=96, areas=2)
    answers, weights = world.answers(5), np.ones(8)
    # The composite of a person, from the true chances on the items: each depends on its line alone.
    lines = (
        np.log((world.chances - world.pool.c) / (world.pool.d - world.chances)) / world.pool.a + world.pool.b
    )
    theta = np.linalg.lstsq(world.pool.loadings, lines.T, rcond=None)[0].T
    p = []
    for person in range(people):
        test = AdaptiveTest(
            world.pool, world.prior, world.cuts, max_items=24, seed=person, design=Design(min_gain=0.0)
        )
        while (item := test.next_item()) is not None:
            test.record(item, float(answers[person, item]))
        estimate = rescore(world.pool, world.prior, list(test.items), list(test.scores))
        p.append(role_decision(estimate, world.cuts, weights).probability)

    found = judged(p, theta.mean(axis=1) >= world.cuts.mean(), certain=0.9)

    assert found.false_pass < 0.1
    assert found.false_fail < 0.1
    assert 0.2 < found.not_enough < 0.8


def test_nobody_told_so_is_wrong_about_nobody() -> None:
    found = judged([0.5, 0.6], [True, False])

    assert found.not_enough == 1
    assert np.isnan(found.false_pass)
    assert np.isnan(found.false_fail)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"items": []}, "a form needs items, each once"),
        ({"items": [1, 1]}, "a form needs items, each once"),
        ({"items": [5]}, "the pool of 5 does not have"),
        ({"persons": 50}, "50 simulated people say too little"),
        ({"certain": 1.0}, r"certain in|certain = 1"),
        ({"weights": [0, 0, 0]}, "not all 0"),
    ],
)
def test_forms_that_cannot_be_tried_are_refused(change: dict[str, object], message: str) -> None:
    arguments: dict[str, object] = {"items": [0, 1], "cuts": [0] * 3, "weights": [1] * 3, **change}

    with pytest.raises(PsychometricsError, match=message):
        misclassification(random_pool(1, 3, 5), random_prior(1, 3), **arguments)  # type: ignore[arg-type]
