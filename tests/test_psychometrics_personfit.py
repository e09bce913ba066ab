"""Person fit: honest people are flagged as often as the level says, odd patterns far more often."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizengine.errors import PsychometricsError
from quizengine.psychometrics import AdaptiveTest, Design, SkillPrior, continuous, person_fit
from quizengine.psychometrics.arrays import Floats
from quizengine.psychometrics.posterior import GaussianPosterior, absorb_all, evidence_of
from quizengine.psychometrics.replicates import Form, filter_together
from quizengine.psychometrics.worlds import World
from tests.pools import one_skill_pool, random_pool, random_prior


@settings(max_examples=20)
@given(st.integers(0, 10**6))
def test_many_people_at_once_are_filtered_like_each_alone(seed: int) -> None:
    prior, pool = random_prior(seed, 5), random_pool(seed, 5, 12, mixed=0.3)
    rng = np.random.default_rng(seed)
    items, more = rng.permutation(12)[:8], rng.dirichlet(np.ones(5), 2)
    form = Form.of(pool, items, more)
    scores = (rng.random((4, 8)) < 0.5).astype(float)

    means, covariances = filter_together(prior, form, scores)

    for person in range(4):
        alone = GaussianPosterior(prior)
        for item, score in zip(items, scores[person], strict=True):
            absorb_all(alone, evidence_of(pool, int(item), float(score)))
        assert means[person] == pytest.approx(form.lines @ alone.mean, abs=1e-8)
        spread = more @ alone.covariance @ more.T
        assert covariances[person] == pytest.approx(spread, abs=1e-8)


def sat(world: World, answers: Floats, person: int, n_items: int, *, adaptive: bool) -> list[int]:
    """The items that a person was asked."""
    if not adaptive:
        return list(range(0, len(world.pool), len(world.pool) // n_items))[:n_items]
    test = AdaptiveTest(
        world.pool, world.prior, world.cuts, max_items=n_items, seed=person, design=Design(min_gain=0.0)
    )
    while (item := test.next_item()) is not None:
        test.record(item, float(answers[person, item]))
    return list(test.items)


@pytest.mark.parametrize("adaptive", [False, True], ids=["one form", "adaptive"])
def test_honest_people_are_flagged_as_often_as_the_level_says(adaptive: bool) -> None:
    people = 160
    world = continuous(seed=4, persons=people, skills=12, items=120, areas=3)
    answers = world.answers(4)

    p = []
    for person in range(people):
        items = sat(world, answers, person, 20, adaptive=adaptive)
        p.append(
            person_fit(world.pool, world.prior, items, answers[person, items], replicates=199, seed=person).p
        )

    assert np.mean(np.array(p) <= 0.05) == pytest.approx(0.05, abs=4 * (0.05 * 0.95 / people) ** 0.5)
    assert np.mean(p) == pytest.approx(0.5, abs=4 * (1 / 12 / people) ** 0.5)


def test_people_who_answer_the_easy_wrong_and_the_hard_right_stand_out() -> None:
    pool = one_skill_pool([1.4] * 24, list(np.linspace(-2, 2, 24)))
    prior, rng = SkillPrior([0.0], [[1.0]]), np.random.default_rng(1)

    flagged = 0
    for seed in range(40):
        scores = (rng.random(24) < 1 / (1 + np.exp(-1.4 * -pool.b))).astype(float)
        scores[-8:] = 1.0  # the hardest eight were known beforehand
        flagged += person_fit(pool, prior, range(24), scores, replicates=199, seed=seed).flagged()

    assert flagged > 30


def test_the_same_sitting_always_gets_the_same_p() -> None:
    prior, pool = random_prior(1, 4), random_pool(1, 4, 15)
    scores = [1.0, 0.0, 0.4] * 5

    one, same, other = (person_fit(pool, prior, range(15), scores, seed=seed) for seed in (7, 7, 8))

    assert one == same
    assert one.p == pytest.approx(other.p, abs=0.15)
    assert 1 / 501 <= one.p <= 1
    assert one.items == 15


def test_a_flag_is_p_at_or_below_the_level() -> None:
    pool = one_skill_pool([2.0] * 12, list(np.linspace(-2, 2, 12)))
    odd = person_fit(pool, SkillPrior([0.0], [[1.0]]), range(12), [0.0] * 6 + [1.0] * 6)

    assert odd.p < 0.01
    assert odd.z < -2
    assert odd.flagged()
    assert not odd.flagged(0.0001)


@pytest.mark.parametrize(
    ("items", "replicates", "message"),
    [(range(4), 500, "at least 5 answers; there are 4"), (range(8), 20, "20 replicates cannot tell")],
)
def test_too_little_to_compare_is_refused(items: range, replicates: int, message: str) -> None:
    with pytest.raises(PsychometricsError, match=message):
        person_fit(
            random_pool(1, 3, 10), random_prior(1, 3), items, np.ones(len(items)), replicates=replicates
        )
