"""Simulated people: the same for every scheme, and claims that hold where the model does."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from quizengine.errors import PsychometricsError
from quizengine.psychometrics import (
    WORLDS,
    Design,
    ItemPool,
    Simulation,
    SkillEstimate,
    World,
    bank_world,
    careless,
    compare,
    continuous,
    knowledge_space,
    simulate,
    table,
    wrong_slopes,
)
from quizengine.psychometrics.simulation import Scheme, calibration_error, fixed_form, judge
from quizengine.psychometrics.worlds import WorldMaker
from tests.pools import random_pool, random_prior

SMALL: WorldMaker = partial(continuous, skills=12, items=96, areas=3)


def small(scheme: Scheme, persons: int = 60, seed: int = 1) -> Simulation:
    return simulate(SMALL, scheme, persons, seed, checkpoints=(6, 12))


@pytest.fixture(scope="module")
def by_risk() -> Simulation:
    return simulate(partial(continuous, skills=24, items=200), "risk", 200, 5, checkpoints=(10, 20))


@pytest.fixture(scope="module")
def at_random() -> Simulation:
    return simulate(partial(continuous, skills=24, items=200), "random", 200, 5, checkpoints=(10, 20))


@pytest.mark.parametrize("make", WORLDS.values(), ids=WORLDS)
def test_a_world_is_the_same_again_from_its_seed(make: WorldMaker) -> None:
    one, other = make(3, 5), make(3, 5)

    assert (one.chances == other.chances).all()
    assert (one.gaps == other.gaps).all()
    assert (one.answers(3) == other.answers(3)).all()


@pytest.mark.parametrize("make", WORLDS.values(), ids=WORLDS)
def test_more_people_meet_the_same_graph_and_the_same_items(make: WorldMaker) -> None:
    few, many = make(3, 5), make(3, 50)

    assert (few.pool.b == many.pool.b).all()
    assert (few.prior.covariance == many.prior.covariance).all()


def test_people_answer_as_often_right_as_their_chances_say() -> None:
    world = continuous(1, 400, skills=12, items=60)

    answers = world.answers(1)

    error = np.sqrt((world.chances * (1 - world.chances)).sum()) / world.chances.size
    assert answers.mean() == pytest.approx(world.chances.mean(), abs=4 * error)


def test_in_the_continuous_world_the_prior_knows_how_many_lack_what() -> None:
    world = continuous(1, 4000, skills=12, items=60)

    said = SkillEstimate(world.prior.mean, world.prior.covariance).gap_probabilities(world.cuts)

    assert world.gaps.mean(axis=0) == pytest.approx(said, abs=4 * 0.5 / np.sqrt(4000))


def test_a_knowledge_space_knows_yes_and_no_alone() -> None:
    world = knowledge_space(2, 500)

    assert set(np.unique(world.chances)) == {0.1, 0.9}
    assert 0.2 < world.gaps.mean() < 0.6


def test_a_bank_world_with_wrong_difficulties_is_right_on_average() -> None:
    pool = ItemPool.from_guesses(np.eye(4)[np.arange(200) % 4], np.zeros(200), np.full(200, 0.02))
    prior, cuts = random_prior(1, 4), np.zeros(4)

    told = bank_world(pool, prior, cuts, 1, 400)
    real = bank_world(pool, prior, cuts, 1, 400, difficulty_sd=0.7)

    assert (told.gaps == real.gaps).all()
    assert abs(told.chances - real.chances).mean() > 0.05
    assert told.chances.mean() == pytest.approx(real.chances.mean(), abs=0.04)


def test_a_bank_world_refuses_slopes_that_leave_no_room_for_its_doubt() -> None:
    with pytest.raises(PsychometricsError, match="difficulty_sd = 3 is more than these slopes allow"):
        bank_world(random_pool(1, 2, 8), random_prior(1, 2), [0.0, 0.0], 1, 5, difficulty_sd=3.0)
    with pytest.raises(PsychometricsError, match="the pool has 2 skills, the prior 3"):
        bank_world(random_pool(1, 2, 8), random_prior(1, 3), [0.0, 0.0], 1, 5)


def test_two_schemes_meet_the_same_people() -> None:
    risk, random = small("risk"), small("random")

    assert (risk.gaps == random.gaps).all()
    assert compare(risk, risk, 12) == (0.0, 0.0)


def test_people_shared_out_over_workers_give_equal_results() -> None:
    def backwards(function: object, jobs: list[object]) -> list[object]:
        return [function(job) for job in jobs]  # type: ignore[operator]

    one = small("risk")
    other = simulate(SMALL, "risk", 60, 1, checkpoints=(6, 12), run=backwards)

    assert (one.probabilities == other.probabilities).all()
    assert (one.given == other.given).all()


def test_adaptive_items_beat_random_ones_with_the_same_posterior(
    by_risk: Simulation, at_random: Simulation
) -> None:
    difference, error = compare(by_risk, at_random, 20)

    assert difference > 2 * error


def test_what_is_claimed_is_what_is_so_where_the_model_is_true(by_risk: Simulation) -> None:
    for row, p in zip(by_risk.rows, by_risk.probabilities, strict=True):
        by_person = (np.maximum(p, 1 - p) - ((p > 0.5) == by_risk.gaps)).mean(axis=1)
        error = by_person.std(ddof=1) / np.sqrt(len(by_person))

        assert abs(row.claimed - row.right) < 4 * error


def test_more_items_make_more_skills_right(by_risk: Simulation) -> None:
    first, last = by_risk.rows

    assert last.right > first.right
    assert last.log_loss < first.log_loss
    assert last.certain > first.certain


def test_the_majority_rule_is_beaten_after_six_items() -> None:
    difference, error = compare(small("risk", 150), small("majority", 150), 6)

    assert difference > 2 * error


def test_sittings_would_have_stopped_within_their_bounds(by_risk: Simulation) -> None:
    assert (by_risk.stops >= Design().min_items).all()
    assert (by_risk.stops <= 20).all()
    assert by_risk.at_stop.right == pytest.approx(by_risk.rows[1].right, abs=0.05)


def test_everybody_of_a_fixed_form_gets_the_same_items() -> None:
    simulation = small("fixed")

    assert set(simulation.exposure.tolist()) == {0.0, 1.0}
    assert simulation.exposure.sum() == 12


def test_a_fixed_form_begins_with_the_item_that_tells_most_of_all_skills() -> None:
    world = SMALL(1, 2)

    form = fixed_form(world.pool, world.prior, 10)

    assert len(set(form.tolist())) == 10
    length = np.linalg.norm(world.prior.covariance, axis=0)
    assert length[world.pool.main_skill[form[0]]] > np.median(length)


def test_a_form_is_no_longer_than_its_pool() -> None:
    assert sorted(fixed_form(random_pool(1, 2, 5), random_prior(1, 2), 40)) == [0, 1, 2, 3, 4]


def test_a_pool_too_small_for_a_checkpoint_gives_what_it_has() -> None:
    def tiny(seed: int, persons: int) -> World:
        return bank_world(random_pool(1, 2, 8), random_prior(1, 2), [0.0, 0.0], seed, persons)

    simulation = simulate(tiny, "risk", 10, 1, checkpoints=(5, 20))

    assert (simulation.given.sum(axis=1) == 8).all()


def test_times_come_from_the_clock_that_was_given() -> None:
    ticks = iter(range(1000))

    simulation = simulate(SMALL, "fixed", 4, 1, checkpoints=(5,), clock=lambda: float(next(ticks)))

    assert simulation.milliseconds == pytest.approx(1000 / 20)  # one tick for 4 people of 5 items
    assert np.isnan(small("fixed", 4).milliseconds)


def test_the_judge_counts_as_one_would_by_hand() -> None:
    p = np.array([[0.9, 0.4], [0.7, 0.1]])
    gaps = np.array([[True, True], [False, False]])

    row = judge(p, gaps, 7)

    assert (row.items, row.right, row.balanced) == (7, 0.5, 0.5)
    assert row.claimed == pytest.approx((0.9 + 0.6 + 0.7 + 0.9) / 4)
    assert row.log_loss == pytest.approx(-np.log([0.9, 0.4, 0.3, 0.9]).mean())
    assert (row.certain, row.certain_right) == (0.5, 1.0)
    assert row.right_se == pytest.approx(0.0)


def test_worlds_differ_from_the_matched_one_in_nothing_but_their_fault() -> None:
    matched = continuous(3, 40)
    for make in (wrong_slopes, careless):
        world = make(3, 40)
        assert (world.pool.b == matched.pool.b).all()
        assert (world.gaps == matched.gaps).all()
        assert (world.chances != matched.chances).any()


def test_careless_people_are_right_less_often_and_most_people_are_not_careless() -> None:
    honest, world = continuous(3, 400), careless(3, 400)

    lost = (honest.chances - world.chances).mean(axis=1)
    assert 0.6 < (lost == 0).mean() < 0.8
    assert (lost >= -1e-12).mean() > 0.9
    assert lost.max() > 0.1


def test_claims_that_are_right_bin_by_bin_have_no_calibration_error() -> None:
    p = np.array([0.25, 0.25, 0.25, 0.25, 1.0])

    assert calibration_error(p, np.array([True, False, False, False, True])) == 0.0
    assert calibration_error(p, np.array([False, False, False, False, True])) == pytest.approx(0.2)


def test_a_table_has_a_line_for_each_scheme_and_number_of_items() -> None:
    lines = table([small("majority", 10), small("fixed", 10)]).splitlines()

    assert sum(line.startswith("majority") for line in lines) == 2
    assert sum(line.startswith("fixed") for line in lines) == 3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"scheme": "luck"}, "there is no scheme 'luck'"),
        ({"persons": 1}, "at least 2 people"),
        ({"checkpoints": ()}, "rising checkpoints"),
        ({"checkpoints": (10, 5)}, "rising checkpoints"),
    ],
)
def test_a_simulation_of_nothing_is_refused(change: dict[str, object], message: str) -> None:
    arguments = {"world": SMALL, "scheme": "risk", "persons": 5, "seed": 1} | change

    with pytest.raises(PsychometricsError, match=message):
        simulate(**arguments)  # type: ignore[arg-type]


def test_simulations_of_different_people_are_not_compared() -> None:
    with pytest.raises(PsychometricsError, match="of different people"):
        compare(small("fixed", seed=1), small("fixed", seed=2), 12)
    with pytest.raises(PsychometricsError, match="fixed was not looked at after 7 items"):
        compare(small("fixed"), small("fixed"), 7)
