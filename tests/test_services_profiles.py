"""Role profiles: the form, the figures that must be seen before a bar is saved, versions that stay."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizengine.bank import Bank
from quizengine.bank.engines import without_postgres
from quizengine.errors import ConflictError, NotFoundError, RequestError
from quizengine.model.profile import Profile, ProfileSkill, profile_from_json, profile_to_json
from quizengine.model.roadmap import Role
from quizengine.model.variant import SkillId
from quizengine.services.hiring import errors_of_bar, profiles
from quizengine.services.hiring.errors_of_bar import estimate_errors
from quizengine.services.hiring.forms import cuts_for_shares, form_of, shares
from quizengine.services.hiring.starting import START
from quizengine.services.permissions import Actor
from quizengine.services.runtime import Runtime
from tests.factories import NOON, make_runtime, shipped_bank
from tests.hiring import make_owner


def bank() -> Bank:
    return without_postgres(shipped_bank())[0]


def reachable() -> Profile:
    """The ML engineer's profile with a bar that a quarter of people reach."""
    profile = profiles.from_role(bank(), "ml-engineer")
    return replace(profile, cut=round(cuts_for_shares(bank(), profile, [0.25])[0], 2))


@pytest.fixture
def runtime(tmp_path: Path) -> Runtime:
    return make_runtime(tmp_path)


@pytest.fixture
def owner(runtime: Runtime) -> Actor:
    return make_owner(runtime)


def saved(runtime: Runtime, owner: Actor, profile: Profile) -> str:
    made = profiles.copy_role(runtime, owner, "ml-engineer", now=NOON)
    _, shown = profiles.preview(runtime, profile)
    profiles.save(runtime, owner, made, profile, rationale="", revision=1, shown=shown, now=NOON)
    return made


@pytest.mark.parametrize("role", [role.id for role in shipped_bank().roadmap.roles])
def test_each_role_of_the_roadmap_makes_a_profile_that_can_be_used(role: str) -> None:
    profile = profiles.from_role(bank(), role)

    profiles.check(bank(), profile)

    assert 1 <= len(profile.skills) <= profiles.MOST_SKILLS
    assert profile_from_json(profile_to_json(profile)) == profile


@settings(max_examples=25)
@given(st.integers(1, 12), st.integers(8, 40), st.data())
def test_a_form_has_its_length_and_each_skill_its_least_and_its_share(
    n_skills: int, questions: int, data: st.DataObject
) -> None:
    weights = data.draw(st.lists(st.floats(0.1, 5), min_size=n_skills, max_size=n_skills))
    chosen = profiles.from_role(bank(), "ml-engineer").skills[:n_skills]
    skills = tuple(replace(one, weight=weight) for one, weight in zip(chosen, weights, strict=False))
    profile = Profile(role="r", title="R", skills=skills, questions=questions, cut=0.5)

    try:
        form = form_of(bank(), profile)
    except RequestError:
        return  # the skills ask for more than fits, or the bank has too few: said, not bent

    counts = Counter(bank()[id_].question.primary_skill for id_ in form)
    assert len(form) == len(set(form)) == questions
    assert all(counts[one.skill] >= one.least for one in skills)
    assert form == form_of(bank(), profile)


@pytest.mark.parametrize("role", shipped_bank().roadmap.roles, ids=lambda role: role.id)
def test_a_copied_role_starts_at_one_bar_and_asks_more_of_what_the_role_asks_more_of(role: Role) -> None:
    profile = profiles.from_role(bank(), role.id)

    assert profile.bar_chance == pytest.approx(START, abs=0.01)
    assert len(profile.skills) == profiles.MOST_SKILLS
    for one, other in combinations(profile.skills, 2):
        goals, targets = (role.targets[one.skill], role.targets[other.skill]), (one.target, other.target)
        assert (goals[0] < goals[1]) == (targets[0] < targets[1])


def test_a_copied_role_is_of_use_as_it_is(runtime: Runtime, owner: Actor) -> None:
    made = profiles.copy_role(runtime, owner, "ml-engineer", now=NOON)
    draft = profiles.read(runtime, owner, made)

    found, shown = profiles.preview(runtime, draft.profile)
    profiles.save(
        runtime, owner, made, draft.profile, rationale=draft.rationale, revision=1, shown=shown, now=NOON
    )
    profiles.activate(runtime, owner, made, now=NOON)

    assert 0.15 < found.meets < 0.35
    assert found.false_pass < 0.12
    assert "lowered by" in profiles.read(runtime, owner, made).rationale


def test_what_is_left_goes_by_weight() -> None:
    one, other = (ProfileSkill(skill=SkillId(name), target=0.5, weight=w) for name, w in (("a", 3), ("b", 1)))
    profile = Profile(role="r", title="R", skills=(one, other), questions=12)

    assert shares(profile, {SkillId("a"): 20, SkillId("b"): 20}) == {"a": 9, "b": 3}
    assert shares(profile, {SkillId("a"): 5, SkillId("b"): 20}) == {"a": 5, "b": 7}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"skills": ()}, "1 to 12 skills"),
        ({"certain": 0.5}, "60% and 95%"),
        ({"questions": 60}, "8 to 40 questions"),
        ({"questions": 20}, "ask for 24 answers together"),
        ({"least": 29}, "A result needs"),
        ({"minutes": 5}, "10 to 180 minutes"),
        ({"cut": 3.2}, r"outside \[-3, 3\]"),
        ({"title": " "}, "needs a title"),
    ],
)
def test_a_profile_that_cannot_be_is_refused(change: dict[str, object], message: str) -> None:
    profile = replace(reachable(), **change)  # type: ignore[arg-type]

    with pytest.raises(RequestError, match=message):
        profiles.check(bank(), profile)


def test_every_fault_of_a_skill_is_told_with_its_title() -> None:
    profile = reachable()
    first = replace(profile.skills[0], target=1.2, weight=0, floor=0.9)

    with pytest.raises(RequestError) as told:
        profiles.check(bank(), replace(profile, skills=(first, *profile.skills[1:])))

    assert len(str(told.value).splitlines()) == 2


def test_a_sixth_floor_is_one_too_many() -> None:
    profile = reachable()
    skills = tuple(replace(one, floor=0.3) if at < 6 else one for at, one in enumerate(profile.skills))

    with pytest.raises(RequestError, match="At most 5 skills have a floor"):
        profiles.check(bank(), replace(profile, skills=skills))


def test_the_figures_of_a_bar_are_the_same_each_time_and_as_foretold() -> None:
    found = estimate_errors(bank(), reachable())
    errors_of_bar._estimated.cache_clear()

    assert estimate_errors(bank(), reachable()) == found
    assert found.truly_meets == pytest.approx(0.25, abs=4 * found.errors["truly_meets"])
    assert found.meets < found.truly_meets


def test_a_bar_is_not_saved_without_its_figures_having_been_shown(runtime: Runtime, owner: Actor) -> None:
    made = profiles.copy_role(runtime, owner, "ml-engineer", now=NOON)
    _, shown = profiles.preview(runtime, replace(reachable(), cut=0.9))

    for token in ("", shown):
        with pytest.raises(RequestError, match="Look at what this bar does"):
            profiles.save(runtime, owner, made, reachable(), rationale="", revision=1, shown=token, now=NOON)


def test_an_active_version_is_frozen_with_its_questions(runtime: Runtime, owner: Actor) -> None:
    made = saved(runtime, owner, reachable())

    profiles.activate(runtime, owner, made, now=NOON)

    stored = profiles.read(runtime, owner, made)
    assert stored.state == "active"
    assert stored.questions == form_of(runtime.bank, stored.profile)
    assert stored.estimate == estimate_errors(runtime.bank, stored.profile)
    _, shown = profiles.preview(runtime, reachable())
    with pytest.raises(ConflictError, match="make a new version"):
        profiles.save(runtime, owner, made, reachable(), rationale="", revision=2, shown=shown, now=NOON)


def test_a_draft_whose_figures_nobody_saw_does_not_become_active(runtime: Runtime, owner: Actor) -> None:
    made = profiles.copy_role(runtime, owner, "ml-engineer", now=NOON)

    with pytest.raises(ConflictError, match="Look at what this bar does"):
        profiles.activate(runtime, owner, made, now=NOON)


def test_two_people_who_edit_a_draft_do_not_overwrite_each_other(runtime: Runtime, owner: Actor) -> None:
    made = saved(runtime, owner, reachable())
    _, shown = profiles.preview(runtime, reachable())

    with pytest.raises(ConflictError, match="Somebody else"):
        profiles.save(runtime, owner, made, reachable(), rationale="", revision=1, shown=shown, now=NOON)


def test_a_new_version_begins_where_the_last_one_is(runtime: Runtime, owner: Actor) -> None:
    first = saved(runtime, owner, reachable())
    profiles.activate(runtime, owner, first, now=NOON)

    second = profiles.read(runtime, owner, profiles.new_version(runtime, owner, first, now=NOON))

    assert (second.version, second.state, second.profile) == (2, "draft", reachable())
    assert second.estimate is None


def test_profiles_of_another_organisation_do_not_exist(runtime: Runtime, owner: Actor) -> None:
    made = saved(runtime, owner, reachable())
    other = make_owner(runtime, "otto@example.com", "Other")

    for act in (profiles.activate, profiles.retire, profiles.new_version):
        with pytest.raises(NotFoundError):
            act(runtime, other, made, now=NOON)
    assert profiles.all_of(runtime, other) == []
