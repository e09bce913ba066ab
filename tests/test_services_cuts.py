"""Cuts by raters and by known groups, from the rows that people paste."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from quizengine.errors import RequestError
from quizengine.model.profile import Profile
from quizengine.psychometrics import success_chance
from quizengine.services.hiring import cuts, profiles
from quizengine.services.hiring.forms import supply
from quizengine.services.permissions import Actor
from quizengine.services.runtime import Runtime
from quizengine.services.scoring import bank_items
from tests.factories import NOON, make_runtime
from tests.hiring import make_owner


@pytest.fixture
def runtime(tmp_path: Path) -> Runtime:
    return make_runtime(tmp_path)


@pytest.fixture
def owner(runtime: Runtime) -> Actor:
    return make_owner(runtime)


@pytest.fixture
def draft(runtime: Runtime, owner: Actor) -> str:
    """A draft with two skills."""
    made = profiles.copy_role(runtime, owner, "ml-engineer", now=NOON)
    profile = profiles.read(runtime, owner, made).profile
    small = replace(profile, skills=profile.skills[:2], questions=8, least=6, cut=0.5)
    _, shown = profiles.preview(runtime, small)
    profiles.save(runtime, owner, made, small, rationale="", revision=1, shown=shown, now=NOON)
    return made


def profile_of(runtime: Runtime, owner: Actor, draft: str) -> Profile:
    return profiles.read(runtime, owner, draft).profile


def ratings(runtime: Runtime, profile: Profile, theta: float, *, spread: float = 0.1) -> str:
    """Rows of three raters who know where the cut is, one a little lower and one a little higher."""
    known = bank_items(runtime.bank)
    lines = ["round,rater,question,chance"]
    for one in profile.skills:
        for question in supply(runtime.bank)[one.skill][:5]:
            at = known.index[question]
            for rater, step in (("Ann", -spread), ("Bob", 0.0), ("Cem", spread)):
                items = (part[at] for part in (known.pool.a, known.pool.b, known.pool.c, known.pool.d))
                chance = success_chance(theta + step, *items)
                lines += [f"{round_},{rater},{question},{chance:.4f}" for round_ in (1, 2)]
    return "\n".join(lines)


def test_raters_who_mean_one_ability_set_the_targets_there(
    runtime: Runtime, owner: Actor, draft: str
) -> None:
    profile = profile_of(runtime, owner, draft)

    cuts.set_angoff(runtime, owner, draft, ratings(runtime, profile, 0.7), revision=2, now=NOON)

    stored = profiles.read(runtime, owner, draft)
    assert stored.method == "angoff"
    assert stored.estimate is None
    assert stored.cut_facts["raters"] == ["Ann", "Bob", "Cem"]
    assert stored.profile.cut is None  # what was typed before is nobody's any more
    # The same three are a little lower and higher on each skill: nothing of that cancels in the composite.
    assert stored.cut_facts["composite"]["se"] == pytest.approx(0.1 / np.sqrt(3), abs=0.01)
    for one in stored.profile.skills:
        assert one.target == pytest.approx(1 / (1 + np.exp(-0.7)), abs=0.01)
        assert stored.cut_facts["skills"][one.skill]["se"] == pytest.approx(0.1 / np.sqrt(3), abs=0.01)


def test_the_second_round_counts_and_who_is_far_from_the_others_is_named(
    runtime: Runtime, owner: Actor, draft: str
) -> None:
    profile = profile_of(runtime, owner, draft)
    first = ratings(runtime, profile, -0.5, spread=0.4).splitlines()
    second = ratings(runtime, profile, 0.5).splitlines()
    dan = [
        line.replace("Bob", "Dan") for line in ratings(runtime, profile, 2.2).splitlines() if "Bob" in line
    ]
    rows = ["round,rater,question,chance", *(x for x in first[1:] if x[0] == "1")]
    rows += [x for x in [*second[1:], *dan] if x[0] == "2"] + [x for x in dan if x[0] == "1"]

    cuts.set_angoff(runtime, owner, draft, "\n".join(rows), revision=2, now=NOON)

    facts = profiles.read(runtime, owner, draft).cut_facts
    for skill in facts["skills"].values():
        assert skill["outliers"] == ["Dan"]
        assert skill["sd_first"] > skill["sd"]
        assert 0.5 < skill["cut"] < 1.5


def test_both_rounds_are_needed(runtime: Runtime, owner: Actor, draft: str) -> None:
    rows = ratings(runtime, profile_of(runtime, owner, draft), 0.5).splitlines()
    second = [rows[0], *(row for row in rows[1:] if row.startswith("2"))]

    with pytest.raises(RequestError, match="Round 1: no rating by Ann"):
        cuts.set_angoff(runtime, owner, draft, "\n".join(second), revision=2, now=NOON)


def test_numbers_typed_over_a_method_are_one_persons_again(
    runtime: Runtime, owner: Actor, draft: str
) -> None:
    profile = profile_of(runtime, owner, draft)
    cuts.set_angoff(runtime, owner, draft, ratings(runtime, profile, 0.7), revision=2, now=NOON)
    typed = profiles.with_cut(profile_of(runtime, owner, draft), 0.1)

    _, shown = profiles.preview(runtime, typed)
    profiles.save(runtime, owner, draft, typed, rationale="", revision=3, shown=shown, now=NOON)

    assert profiles.read(runtime, owner, draft).method == "expert"


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("3,Ann,{q},0.5", "Line 2: the round is 1 or 2"),
        ("1,,{q},0.5", "the rater is missing"),
        ("1,Ann,math.nothing,0.5", "there is no question 'math.nothing'"),
        ("1,Ann,{q},1.5", "above 0 and below 1"),
        ("1,Ann,{q},nan", "above 0 and below 1"),
        ("1,Ann,{q},0,5", "5 cells stand under 4 columns"),
        ("1,Ann,{q},0.5\n1,Ann,{q},0.6", "Line 3: this rater has rated"),
    ],
)
def test_a_row_at_fault_is_named(runtime: Runtime, owner: Actor, draft: str, row: str, message: str) -> None:
    profile = profile_of(runtime, owner, draft)
    question = supply(runtime.bank)[profile.skills[0].skill][0]
    text = "round,rater,question,chance\n" + row.replace("{q}", question)

    with pytest.raises(RequestError, match=message):
        cuts.set_angoff(runtime, owner, draft, text, revision=2, now=NOON)


def test_a_skill_without_ratings_and_a_rating_left_out_are_told(
    runtime: Runtime, owner: Actor, draft: str
) -> None:
    profile = profile_of(runtime, owner, draft)
    lines = ratings(runtime, profile, 0.5).splitlines()
    first = str(profile.skills[0].skill)
    only = [line for line in lines if first in line or line.startswith("round")]

    with pytest.raises(RequestError, match=f"No ratings on {profile.skills[1].skill}"):
        cuts.set_angoff(runtime, owner, draft, "\n".join(only), revision=2, now=NOON)
    with pytest.raises(RequestError, match="no rating by"):
        cuts.set_angoff(runtime, owner, draft, "\n".join(lines[:-1]), revision=2, now=NOON)


def test_a_missing_column_is_named(runtime: Runtime, owner: Actor, draft: str) -> None:
    with pytest.raises(RequestError, match="missing: chance"):
        cuts.set_angoff(runtime, owner, draft, "round,rater,question\n1,A,q", revision=2, now=NOON)


def test_known_groups_set_the_cut_of_the_composite(runtime: Runtime, owner: Actor, draft: str) -> None:
    rng = np.random.default_rng(1)
    rows = [f"enough,{x:.3f}" for x in rng.normal(1, 0.5, 30)]
    rows += [f"not,{x:.3f}" for x in rng.normal(-0.5, 0.5, 30)]
    text = "\ufeffgroup,score\n" + "\n".join(rows)

    cuts.set_contrasting(runtime, owner, draft, text, revision=2, now=NOON)

    stored = profiles.read(runtime, owner, draft)
    assert stored.method == "contrasting"
    assert stored.profile.cut is not None
    assert stored.cut_facts["low"] < stored.profile.cut < stored.cut_facts["high"]
    assert stored.cut_facts["cost_ratio"] == pytest.approx(4)
    # Another price of a wrong "meets" would set another cut.
    dearer = replace(stored.profile, certain=0.9)
    _, shown = profiles.preview(runtime, dearer)
    profiles.save(runtime, owner, draft, dearer, rationale="", revision=3, shown=shown, now=NOON)
    assert profiles.read(runtime, owner, draft).method == "expert"
    assert stored.cut_facts["low"] <= stored.profile.cut <= stored.cut_facts["high"]
    assert 0 < stored.profile.cut < 1


def test_rows_of_another_spreadsheet_set_the_same_cut(runtime: Runtime, owner: Actor, draft: str) -> None:
    rng = np.random.default_rng(2)
    groups = (("enough", rng.normal(1, 0.5, 20)), ("not", rng.normal(-0.5, 0.5, 20)))
    rows = ["group,score", *(f"{name},{x:.2f}" for name, scores in groups for x in scores)]
    foreign = [row.replace(",", ";").replace(".", ",") for row in rows]

    cuts.set_contrasting(runtime, owner, draft, "\n".join(rows), revision=2, now=NOON)
    first = profile_of(runtime, owner, draft).cut
    cuts.set_contrasting(runtime, owner, draft, "\r\n".join(foreign), revision=3, now=NOON)

    assert first is not None
    assert profile_of(runtime, owner, draft).cut == first


def test_a_score_that_is_no_number_is_named(runtime: Runtime, owner: Actor, draft: str) -> None:
    text = "group,score\n" + "\n".join(["enough,1", "not,0"] * 20) + "\nenough,nan"

    with pytest.raises(RequestError, match="Line 42: the score is a composite in logits"):
        cuts.set_contrasting(runtime, owner, draft, text, revision=2, now=NOON)


def test_too_few_of_a_group_set_no_cut(runtime: Runtime, owner: Actor, draft: str) -> None:
    text = "group,score\n" + "\n".join(f"enough,{x}" for x in range(5))

    with pytest.raises(RequestError, match="has 5 scores; 20 are the least"):
        cuts.set_contrasting(runtime, owner, draft, text, revision=2, now=NOON)
