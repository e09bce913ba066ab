"""A whole sitting: no item twice, the same again from the same answers, an end with a reason."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizengine.errors import PsychometricsError
from quizengine.psychometrics import AdaptiveTest, Design, ItemPool, SkillPrior
from quizengine.psychometrics.selection import RULES, Rule
from tests.pools import coin, random_pool, random_prior, sit, small_test

ENDLESS = Design(min_gain=0.0)


@pytest.mark.parametrize("rule", RULES)
def test_no_rule_asks_anything_twice_and_each_ends_at_its_most(rule: Rule) -> None:
    pool = random_pool(2, 5, 30, mixed=0.3)
    test = AdaptiveTest(
        pool, random_prior(2, 5), np.zeros(5), rule=rule, max_items=20, seed=3, design=ENDLESS
    )

    items = sit(test, coin(1))

    assert len(items) == len(set(items)) == 20
    assert test.stopped == "max-items"
    assert test.next_item() is None


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 10))
def test_a_sitting_resumed_from_its_answers_asks_what_it_would_have_asked(seed: int, pause: int) -> None:
    whole = small_test(seed, design=ENDLESS)
    items = sit(whole, coin(seed))

    resumed = small_test(seed, design=ENDLESS)
    for item in items[:pause]:
        resumed.record(item, coin(seed)(item))

    assert sit(resumed, coin(seed)) == items
    assert (resumed.mean == whole.mean).all()


def test_asking_twice_without_an_answer_gives_the_same_item() -> None:
    test = small_test()

    assert len({test.next_item() for _ in range(5)}) == 1


def test_a_seed_that_was_not_given_is_kept_for_the_replay() -> None:
    pool, prior = random_pool(1, 4, 30), random_prior(1, 4)
    first = AdaptiveTest(pool, prior, np.zeros(4), max_items=8)

    again = AdaptiveTest(pool, prior, np.zeros(4), max_items=8, seed=first.seed)

    assert sit(first, coin(1)) == sit(again, coin(1))


def test_sittings_do_not_all_open_with_the_same_item() -> None:
    firsts = {small_test(test_seed=seed).next_item() for seed in range(60)}

    assert 10 <= len(firsts) <= 20


def test_items_that_give_each_other_away_are_never_both_given() -> None:
    enemies = tuple((item, item + 1) for item in range(0, 20, 2))
    pool = random_pool(1, 4, 20, enemies=enemies)

    items = set(sit(small_test(n_skills=4, pool=pool, max_items=20, design=ENDLESS), coin(1)))

    assert len(items) == 10
    assert not any({one, other} <= items for one, other in enemies)


def test_items_of_an_earlier_sitting_are_left_out_but_may_be_recorded() -> None:
    seen = tuple(range(0, 40, 2))
    test = small_test(exclude=seen, max_items=40, design=ENDLESS)
    test.record(seen[0], 1.0)

    items = sit(test, coin(1))

    assert set(items[1:]) == set(range(1, 40, 2))
    assert test.stopped == "pool-empty"


def test_a_skipped_item_is_used_but_says_nothing() -> None:
    test = small_test(design=ENDLESS)
    before, item = test.gap_probabilities(), test.next_item()
    assert item is not None

    test.skip(item)

    assert (test.gap_probabilities() == before).all()
    assert test.skipped == (item,)
    assert test.next_item() != item
    assert len(sit(test, coin(1))) == 11


def test_a_certain_person_is_let_go_early_and_told_why() -> None:
    test = small_test(design=Design(min_items=3, min_gain=0.5), max_items=40)

    sit(test, coin(1))

    assert test.stopped == "no-gain"
    assert 3 <= len(test.items) < 40
    assert test.expected_gain < 0.5


def test_the_gain_that_going_on_promises_shrinks_as_answers_come_in() -> None:
    test = small_test(design=ENDLESS, max_items=40, n_items=60)
    opening = test.expected_gain

    for _ in range(30):
        item = test.next_item()
        assert item is not None
        test.record(item, coin(2)(item))

    assert 0 < test.expected_gain < opening


def test_the_length_promised_holds_at_every_step() -> None:
    test = small_test(design=Design(min_items=5, min_gain=0.3), max_items=15)
    promises = [(test.least, test.most)]
    while (item := test.next_item()) is not None:
        test.record(item, coin(4)(item))
        promises.append((test.least, test.most))

    length = len(test.items)
    assert promises[0] == (5, 15)
    assert all(least <= length <= most for least, most in promises)
    assert promises[-1] == (length, length)


def test_a_test_that_never_stops_early_promises_its_exact_length() -> None:
    test = small_test(design=ENDLESS, max_items=12)

    assert (test.least, test.most) == (12, 12)


def test_a_small_pool_limits_the_length_promised() -> None:
    test = small_test(n_items=7, n_skills=2, max_items=40)

    assert test.most == 7


def test_a_budget_of_time_ends_the_test_before_it_is_overrun() -> None:
    pool = random_pool(1, 4, 40, log_seconds=float(np.log(60)))
    design = Design(min_gain=0.0, max_seconds=600.0)
    test = AdaptiveTest(pool, random_prior(1, 4), np.zeros(4), seed=1, design=design)
    assert test.least == 1

    while (item := test.next_item()) is not None:
        test.record(item, 1.0, seconds=60.0)

    assert test.stopped == "time"
    assert 7 <= len(test.items) <= 10


def test_with_a_budget_of_time_quick_items_are_preferred_to_equal_slow_ones() -> None:
    n = 20
    slow = np.where(np.arange(n) % 2 == 0, np.log(30), np.log(300))
    pool = ItemPool(
        np.eye(2)[np.arange(n) // 10], np.ones(n), np.zeros(n), np.zeros(n), np.ones(n), log_seconds=slow
    )
    design = Design(min_gain=0.0, max_seconds=1e6, openings=1)
    test = AdaptiveTest(pool, SkillPrior([0, 0], np.eye(2)), [0, 0], max_items=5, seed=1, design=design)

    assert all(item % 2 == 0 for item in sit(test, coin(1)))


def test_time_can_be_given_no_say_in_the_choice_even_with_a_budget() -> None:
    pool = random_pool(1, 4, 40, log_seconds=float(np.log(60)))
    plain = Design(min_gain=0.0)
    timed = Design(min_gain=0.0, max_seconds=1e9, time_weight=0.0)

    assert sit(small_test(n_skills=4, pool=pool, design=timed), coin(1)) == sit(
        small_test(n_skills=4, pool=pool, design=plain), coin(1)
    )


def test_skills_that_matter_more_are_asked_about_more() -> None:
    pool, prior = random_pool(3, 4, 80), SkillPrior(np.zeros(4), np.eye(4))

    asked = []
    for weights in ([10, 1, 1, 1], [1, 1, 1, 10]):
        test = AdaptiveTest(pool, prior, np.zeros(4), weights, max_items=8, seed=1, design=ENDLESS)
        asked.append(np.bincount(pool.main_skill[sit(test, coin(1))], minlength=4))

    assert asked[0][0] > asked[1][0]
    assert asked[1][3] > asked[0][3]


def test_a_misconception_moves_the_skill_it_points_to() -> None:
    plain, named = small_test(design=ENDLESS), small_test(design=ENDLESS)
    item = 0
    skill = (int(plain.pool.main_skill[item]) + 1) % 6

    plain.record(item, 0.0)
    named.record(item, 0.0, points_to=skill)

    assert named.mean[skill] < plain.mean[skill]
    assert named.estimate().mean[skill] < plain.estimate().mean[skill]


def test_the_final_score_is_near_what_the_test_believed() -> None:
    test = small_test(design=ENDLESS)
    sit(test, coin(3))

    estimate = test.estimate()

    assert estimate.gap_probabilities(test.cuts) == pytest.approx(test.gap_probabilities(), abs=0.05)


def test_what_is_handed_out_is_a_copy() -> None:
    test = small_test()
    test.mean[:] = 99.0
    test.covariance[:] = 99.0

    assert abs(test.mean).max() < 1
    assert test.covariance.max() == pytest.approx(1.0)


@pytest.mark.parametrize("score", [-0.1, 1.1, float("nan"), float("inf")])
def test_a_score_that_is_none_changes_nothing(score: float) -> None:
    test = small_test()
    test.record(3, 1.0)
    before = (test.mean, test.items, test.next_item())

    with pytest.raises(PsychometricsError, match=r"outside \[0, 1\]"):
        test.record(4, score)

    assert (test.mean == before[0]).all()
    assert (test.items, test.next_item()) == before[1:]


@pytest.mark.parametrize(
    ("item", "more", "message"),
    [
        (3, {}, "item 3 was used already"),
        (40, {}, "there is no item 40; the pool has items 0 to 39"),
        (5, {"seconds": -1.0}, "-1.0 seconds is no time"),
        (5, {"points_to": 17}, "points to skill 17, which is none"),
    ],
)
def test_an_answer_that_cannot_be_is_refused(item: int, more: dict[str, int], message: str) -> None:
    test = small_test()
    test.record(3, 1.0)

    with pytest.raises(PsychometricsError, match=message):
        test.record(item, 0.0, **more)  # type: ignore[arg-type]

    assert test.items == (3,)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"prior": random_prior(1, 3)}, "the pool has 2 skills, the prior 3"),
        ({"cuts": [0.0]}, r"cuts has shape \(1,\); it must be \(2,\)"),
        ({"weights": [-1.0, 1.0]}, "weights must be at least 0, and not all 0"),
        ({"weights": [0.0, 0.0]}, "weights must be at least 0, and not all 0"),
        ({"rule": "luck"}, "there is no rule 'luck'; there are risk, mi, info, aopt, dopt, random"),
        ({"max_items": 0}, "max_items = 0 must be at least 1"),
        ({"seed": -1}, "seed = -1 must be at least 0"),
        ({"exclude": [99]}, "there is no item 99 to leave out of the pool"),
        ({"design": Design(max_seconds=60.0)}, "a time budget needs a pool with log_seconds"),
    ],
)
def test_a_test_that_does_not_fit_together_says_what_does_not(
    change: dict[str, object], message: str
) -> None:
    arguments = {"pool": random_pool(1, 2, 8), "prior": random_prior(1, 2), "cuts": [0.0, 0.0]} | change

    with pytest.raises(PsychometricsError, match=message):
        AdaptiveTest(**arguments)  # type: ignore[arg-type]


def test_a_design_says_all_that_is_wrong_with_it() -> None:
    with pytest.raises(
        PsychometricsError, match=r"near_best must be in \[0, 1\); openings must be at least 1"
    ):
        Design(near_best=1.0, openings=0)


def test_one_skill_alone_is_tested_too() -> None:
    pool = random_pool(1, 1, 50)
    test = AdaptiveTest(pool, SkillPrior([0.0], [[1.0]]), [0.0], max_items=20, seed=1, design=ENDLESS)

    sit(test, lambda item: float(pool.b[item] < 0.8))

    assert set(test.scores) == {0.0, 1.0}
    assert test.mean[0] == pytest.approx(0.8, abs=0.5)
    assert test.gap_probabilities()[0] < 0.1
