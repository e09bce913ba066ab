"""Reading a roadmap, and what builds on what."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizengine.errors import UnknownNameError
from quizengine.model.roadmap import Roadmap
from quizengine.model.variant import SkillId
from quizengine.roadmap import graph
from quizengine.roadmap.faults import RoadmapFault, RoadmapFaults
from tests.roadmaps import roadmap, roadmaps, shipped, skill_entry, table


def faults_of(broken: Mapping[str, Any]) -> tuple[RoadmapFault, ...]:
    with pytest.raises(RoadmapFaults) as caught:
        graph.from_table(broken)
    return caught.value.faults


def test_the_shipped_roadmap_is_sound() -> None:
    found = shipped()

    assert len(found.skills) == 60
    assert len(graph.prerequisite_edges(found)) == 84
    assert max(graph.depth(found).values()) == 8
    assert [phase.id for phase in found.phases] == ["foundation", "intermediate", "advanced"]
    assert all(len(graph.role_skills(found, role)) == 60 for role in found.roles)


ONE_FAULT = {
    "a prerequisite that is not there": (
        [skill_entry("de.joins"), skill_entry("de.windows", "de.join")],
        ("de.windows", "prerequisites", "no skill named 'de.join'. Did you mean 'de.joins'?"),
    ),
    "an area that is not there": (
        [skill_entry("a", area="mathe")],
        ("a", "area", "no area named 'mathe'. Did you mean 'math'?"),
    ),
    "a phase that is not there": (
        [skill_entry("a", phase="foundations")],
        ("a", "phase", "no phase named 'foundations'. Did you mean 'foundation'?"),
    ),
    "a role that is not there": (
        [skill_entry("a", targets={"enginer": 0.5})],
        ("a", "targets.enginer", "no role named 'enginer'. Did you mean 'engineer'?"),
    ),
    "a target of 1": ([skill_entry("a", targets={"engineer": 1})], ("a", "targets.engineer", "not 1.")),
    "a target of 0": ([skill_entry("a", targets={"engineer": 0.0})], ("a", "targets.engineer", "not 0.0.")),
    "a target in words": (
        [skill_entry("a", targets={"engineer": "high"})],
        ("a", "targets.engineer", "not 'high'."),
    ),
    "hours the wrong way round": (
        [skill_entry("a", hours={"low": 8, "high": 4})],
        ("a", "hours", "8 to 4 are the wrong way round"),
    ),
    "hours of nothing": (
        [skill_entry("a", hours={"low": 0, "high": 4})],
        ("a", "hours.low", "above 0, not 0"),
    ),
    "hours without an end": ([skill_entry("a", hours={"low": 2})], ("a", "hours.high", "not None")),
    "hours that are not a number": (
        [skill_entry("a", hours={"low": 2, "high": math.nan})],
        ("a", "hours.high", "not nan"),
    ),
    "a misspelled key of the hours": (
        [skill_entry("a", hours={"low": 2, "high": 3, "bases": "x"})],
        ("a", "hours.bases", "Did you mean 'basis'?"),
    ),
    "an id twice": (
        [skill_entry("a"), skill_entry("a")],
        ("a", "id", "'a' is taken by entry 1 of [[skills]]"),
    ),
    "a prerequisite in a later phase": (
        [skill_entry("a", phase="advanced"), skill_entry("b", "a")],
        ("b", "prerequisites", "'a' belongs to the phase 'advanced', which comes after 'foundation'"),
    ),
    "a prerequisite named twice": (
        [skill_entry("a"), skill_entry("b", "a", "a")],
        ("b", "prerequisites", "'a' is listed 2 times"),
    ),
    "a retired prerequisite": (
        [skill_entry("a", retired=True), skill_entry("b", "a")],
        ("b", "prerequisites", "'a' is retired"),
    ),
    "a skill that needs itself": ([skill_entry("a", "a")], ("a", "prerequisites", "a -> a")),
    "nothing to study": ([skill_entry("a", study=[])], ("a", "study", "at least one thing to study")),
    "a misspelled key": (
        [skill_entry("a", prerequisits=[])],
        ("a", "prerequisits", "Did you mean 'prerequisites'?"),
    ),
    "a title that is no text": ([skill_entry("a", title=3)], ("a", "title", "must be a text")),
    "a single prerequisite without brackets": (
        [skill_entry("a", prerequisites="b")],
        ("a", "prerequisites", "must be a list of texts, not 'b'"),
    ),
}


@pytest.mark.parametrize("what", ONE_FAULT)
def test_a_fault_names_the_skill_and_the_key_and_says_what_to_change(what: str) -> None:
    skills, (id_, key, message) = ONE_FAULT[what]

    (fault,) = faults_of(table(*skills))

    assert (fault.kind, fault.id, fault.key) == ("skills", id_, key)
    assert message in fault.message


def test_a_missing_key_is_named() -> None:
    entry = skill_entry("a")
    del entry["objective"]

    (fault,) = faults_of(table(entry))

    assert str(fault).startswith("skills a: objective: This key is missing")


def test_an_entry_without_an_id_is_named_by_its_number() -> None:
    entry = skill_entry("b")
    del entry["id"]

    (fault,) = faults_of(table(skill_entry("a"), entry))

    assert fault.index == 1
    assert str(fault).startswith("skills number 2: id: ")


def test_a_cycle_is_named_in_full() -> None:
    (fault,) = faults_of(table(skill_entry("a", "c"), skill_entry("b", "a"), skill_entry("c", "b")))

    names = fault.message.split(": ")[1].split(". ")[0].split(" -> ")
    assert names[0] == names[-1]
    assert sorted(names[:-1]) == ["a", "b", "c"]
    assert {*itertools.pairwise(names)} == {("a", "b"), ("b", "c"), ("c", "a")}


def test_two_cycles_are_both_named() -> None:
    found = faults_of(
        table(skill_entry("a", "b"), skill_entry("b", "a"), skill_entry("c", "d"), skill_entry("d", "c"))
    )

    assert len(found) == 2
    assert {"a", "b"} <= set(found[0].message.replace(".", " ").split())
    assert {"c", "d"} <= set(found[1].message.replace(".", " ").split())


def test_all_faults_come_at_once_in_the_order_of_the_file() -> None:
    broken = table(
        skill_entry("a", area="x", hours={"low": 3, "high": 1}),
        skill_entry("b", "nothing", study=[]),
        version="one",
    )
    broken["roles"][0]["title"] = ""
    broken["phases"][1]["months"] = [6, 3]

    found = faults_of(broken)

    assert [(one.kind, one.id, one.key) for one in found] == [
        ("", "", "version"),
        ("phases", "intermediate", "months"),
        ("roles", "engineer", "title"),
        ("skills", "a", "area"),
        ("skills", "a", "hours"),
        ("skills", "b", "prerequisites"),
        ("skills", "b", "study"),
    ]


def test_an_empty_file_says_what_belongs_in_it() -> None:
    found = faults_of({})

    assert {one.key for one in found} == {"name", "version", "phases", "areas", "roles", "skills"}


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=3), st.lists, max_leaves=4))
def test_a_value_of_any_kind_is_a_fault_and_never_a_crash(value: object) -> None:
    for key in skill_entry("a"):
        try:
            graph.from_table(table(skill_entry("b"), {**skill_entry("a"), key: value}))
        except RoadmapFaults as error:
            assert error.faults  # noqa: PT017 - some values happen to be sound


def test_a_retired_skill_keeps_its_id_and_loses_its_target() -> None:
    found = roadmap(skill_entry("a"), skill_entry("b", "a", retired=True))

    assert graph.skill(found, "b").retired
    assert graph.role_skills(found, found.roles[0]) == ("a",)
    assert graph.descendants(found, SkillId("a")) == ()


def test_an_unknown_skill_or_role_brings_the_nearest_name() -> None:
    found = shipped()

    with pytest.raises(UnknownNameError, match=r"Did you mean 'math\.bayes'\?"):
        graph.skill(found, "math.baies")
    with pytest.raises(UnknownNameError, match=r"Did you mean 'ml-engineer'\?"):
        graph.role(found, "ml-enginer")


@given(roadmaps())
def test_prerequisites_come_before_what_builds_on_them(given_one: Roadmap) -> None:
    assert all(parent < child for parent, child in graph.prerequisite_edges(given_one))
    assert graph.topological_order(given_one) == tuple(one.id for one in given_one.skills)


@given(roadmaps())
def test_far_prerequisites_agree_with_powers_of_the_graph(given_one: Roadmap) -> None:
    size = len(given_one.skills)
    reach = [[False] * size for _ in range(size)]
    for parent, child in graph.prerequisite_edges(given_one):
        reach[parent][child] = True
    for middle, start, end in itertools.product(range(size), repeat=3):
        reach[start][end] |= reach[start][middle] and reach[middle][end]

    ids = [one.id for one in given_one.skills]
    for at, id_ in enumerate(ids):
        assert graph.descendants(given_one, id_) == tuple(ids[to] for to in range(size) if reach[at][to])
        assert graph.ancestors(given_one, id_) == tuple(ids[to] for to in range(size) if reach[to][at])


def test_the_depth_is_the_longest_way_from_a_beginning() -> None:
    found = roadmap(
        skill_entry("a"), skill_entry("b", "a"), skill_entry("c", "b"), skill_entry("d", "a", "c")
    )

    assert graph.depth(found) == {"a": 0, "b": 1, "c": 2, "d": 3}


def test_a_cut_is_where_the_target_is_met() -> None:
    assert graph.cut(0.5) == 0
    assert 1 / (1 + math.exp(-graph.cut(0.8))) == pytest.approx(0.8)
    with pytest.raises(ValueError, match="between 0 and 1"):
        graph.cut(1.0)


def test_what_a_role_stands_on_is_needed_even_if_the_role_does_not_name_it() -> None:
    found = roadmap(skill_entry("a", targets={}), skill_entry("b", "a"), skill_entry("other", targets={}))
    role = found.roles[0]

    assert graph.role_skills(found, role) == ("b",)
    assert graph.needed_skills(found, role) == ("a", "b")
    assert graph.role_cuts(found, role) == (0.0, graph.cut(0.8), 0.0)
    assert graph.role_weights(found, role) == (0.5, 0.8, 0.0)
    assert graph.area_positions(found) == (0, 0, 0)
