"""Gaps: their bands, what they block, and the words for probabilities."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizengine.model.estimate import Gap
from quizengine.model.roadmap import Roadmap
from quizengine.model.variant import SkillId
from quizengine.roadmap.gaps import find_gaps, logistic, probability_words
from tests.roadmaps import roadmap, roadmaps_with_gaps, skill_entry

A, B, C = SkillId("a"), SkillId("b"), SkillId("c")


def gap_of(
    probability: float, *, mean: float = 0.0, answers: int = 1, dont_know: int = 0, near: bool = False
) -> Gap:
    (found,) = find_gaps(
        one := roadmap(skill_entry("a")),
        one.roles[0],
        probabilities=[probability],
        means=[mean],
        sds=[1.0],
        answers_by_skill={A: answers} if answers else {},
        dont_know_by_skill={A: dont_know},
        near=[near],
    )
    return found


@pytest.mark.parametrize(
    ("probability", "band"),
    [(1.0, "gap"), (0.8, "gap"), (0.799, "unclear"), (0.201, "unclear"), (0.2, "ready"), (0.0, "ready")],
)
def test_the_bands_begin_at_four_fifths_and_end_at_one_fifth(probability: float, band: str) -> None:
    assert gap_of(probability).band == band


@pytest.mark.parametrize("probability", [0.0, 1.0])
def test_a_skill_that_nothing_touched_is_unclear_whatever_its_probability(probability: float) -> None:
    untouched = gap_of(probability, answers=0)
    neighboured = gap_of(probability, answers=0, near=True)

    assert (untouched.band, untouched.measured) == ("unclear", False)
    assert (neighboured.band != "unclear", neighboured.measured) == (True, True)


def test_a_skill_is_new_when_half_of_its_answers_were_dont_know() -> None:
    assert gap_of(1, answers=4, dont_know=2).new_to_you
    assert not gap_of(1, answers=3, dont_know=1).new_to_you
    assert not gap_of(1, answers=0).new_to_you


def test_the_band_of_the_chance_holds_80_percent() -> None:
    found = gap_of(0.5, mean=0.3)

    inside = math.erf(1.2816 / math.sqrt(2))
    assert inside == pytest.approx(0.8, abs=1e-4)
    assert found.low == pytest.approx(1 / (1 + math.exp(0.9816)))
    assert found.chance == pytest.approx(1 / (1 + math.exp(-0.3)))
    assert found.high == pytest.approx(1 / (1 + math.exp(-1.5816)))


def test_what_blocks_more_of_the_role_comes_first() -> None:
    given_one = roadmap(
        skill_entry("a"), skill_entry("b", "a"), skill_entry("c", "b"), skill_entry("pale", "a", targets={})
    )

    found = find_gaps(
        given_one,
        given_one.roles[0],
        probabilities=[0.9] * 4,
        means=[-1.0] * 4,
        sds=[0.5] * 4,
        answers_by_skill={A: 1, B: 1, C: 1},
        dont_know_by_skill={},
        near=[False] * 4,
    )

    assert [(gap.skill, gap.blocks) for gap in found] == [("a", ("b", "c")), ("b", ("c",)), ("c", ())]
    assert [gap.priority for gap in found] == pytest.approx([0.9 * 0.8 * 3, 0.9 * 0.8 * 2, 0.9 * 0.8])


@given(roadmaps_with_gaps())
def test_gaps_are_sorted_and_belong_to_the_role(drawn: tuple[Roadmap, tuple[Gap, ...]]) -> None:
    given_one, gaps = drawn
    role = given_one.roles[0]

    assert sorted(gaps, key=lambda gap: -gap.priority) == list(gaps)
    assert set(role.targets) <= {gap.skill for gap in gaps}
    assert all(gap.skill in role.targets or gap.blocks for gap in gaps)
    assert all(0 <= gap.low <= gap.chance <= gap.high <= 1 for gap in gaps)


def test_too_few_or_impossible_numbers_are_refused() -> None:
    given_one = roadmap(skill_entry("a"))

    def call(probabilities: list[float], mean: float = 0.0) -> None:
        find_gaps(
            given_one,
            given_one.roles[0],
            probabilities=probabilities,
            means=[mean],
            sds=[1.0],
            answers_by_skill={},
            dont_know_by_skill={},
            near=[False],
        )

    with pytest.raises(ValueError, match="one value a skill"):
        call([])
    with pytest.raises(ValueError, match="a: probability"):
        call([1.5])
    with pytest.raises(ValueError, match="a: probability"):
        call([0.5], math.nan)


@pytest.mark.parametrize(
    ("p", "words"),
    [
        (1.0, "very likely"),
        (0.95, "very likely"),
        (0.94, "likely"),
        (0.8, "likely"),
        (0.6, "rather likely"),
        (0.59, "too close to call"),
        (0.41, "too close to call"),
        (0.4, "rather unlikely"),
        (0.2, "unlikely"),
        (0.05, "very unlikely"),
        (0.0, "very unlikely"),
    ],
)
def test_words_for_probabilities(p: float, words: str) -> None:
    assert probability_words(p) == words


@given(st.integers(0, 100))
def test_words_are_mirrored(percent: int) -> None:
    words, mirrored = probability_words(percent / 100), probability_words((100 - percent) / 100)

    if words == "too close to call":
        assert mirrored == words
    else:
        assert mirrored in (words.replace("likely", "unlikely"), words.replace("unlikely", "likely"))
        assert mirrored != words


@pytest.mark.parametrize("p", [-0.1, 1.1, math.nan])
def test_no_words_for_what_is_no_probability(p: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        probability_words(p)


@given(st.floats(-1000, 1000))
def test_the_logistic_function_never_overflows_and_is_symmetric(x: float) -> None:
    assert logistic(x) + logistic(-x) == pytest.approx(1)
