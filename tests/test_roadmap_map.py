"""The map: boxes that do not touch, arrows that run to the right, the same picture each time."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given

from quizengine.model.estimate import Gap
from quizengine.model.roadmap import Roadmap
from quizengine.roadmap import graph
from quizengine.roadmap import map as map_module
from quizengine.roadmap.gaps import find_gaps
from quizengine.roadmap.map import MapLayout, MapNode, lay_out, ready_to_learn
from tests.roadmaps import roadmap, roadmaps, roadmaps_with_gaps, shipped, skill_entry


def overlap(one: MapNode, other: MapNode) -> bool:
    return (
        one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    )


def ends(path: str) -> tuple[float, float, float, float]:
    numbers = [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", path)]
    return numbers[0], numbers[1], numbers[-2], numbers[-1]


def crossings(layout: MapLayout) -> int:
    """Count pairs of arrows between the same two columns that change sides."""
    lines = [ends(edge.path) for edge in layout.edges]
    return sum(
        a[0] == b[0] and a[2] == b[2] and (a[1] - b[1]) * (a[3] - b[3]) < 0
        for a, b in itertools.combinations(lines, 2)
    )


@given(roadmaps())
def test_no_two_boxes_touch_and_all_lie_in_their_lane(given_one: Roadmap) -> None:
    layout = lay_out(given_one)

    assert not any(overlap(one, other) for one, other in itertools.combinations(layout.nodes, 2))
    lanes = {lane.area: lane for lane in layout.lanes}
    for node in layout.nodes:
        lane = lanes[node.area]
        assert lane.y < node.y
        assert node.y + node.height < lane.y + lane.height <= layout.height
        assert node.x > 0
        assert node.x + node.width < layout.width


@given(roadmaps())
def test_lanes_lie_below_one_another(given_one: Roadmap) -> None:
    lanes = lay_out(given_one).lanes

    assert all(upper.y + upper.height < lower.y for upper, lower in itertools.pairwise(lanes))


@given(roadmaps())
def test_every_arrow_runs_from_the_right_edge_of_a_box_to_the_left_edge_of_a_later_one(
    given_one: Roadmap,
) -> None:
    layout = lay_out(given_one)

    nodes = {node.skill: node for node in layout.nodes}
    assert len(layout.edges) == len(graph.prerequisite_edges(given_one))
    for edge in layout.edges:
        x1, y1, x2, y2 = ends(edge.path)
        source, target = nodes[edge.source], nodes[edge.target]
        assert x1 == source.x + source.width < x2 == target.x
        assert source.y < y1 < source.y + source.height
        assert target.y < y2 < target.y + target.height


@given(roadmaps())
def test_equal_roadmaps_give_equal_maps(given_one: Roadmap) -> None:
    assert lay_out(given_one) == lay_out(given_one)


def test_two_arrows_are_uncrossed() -> None:
    layout = lay_out(
        roadmap(skill_entry("a"), skill_entry("b"), skill_entry("x", "b"), skill_entry("y", "a"))
    )

    assert crossings(layout) == 0


def test_the_shipped_map_fits_a_wide_screen_and_names_every_skill() -> None:
    layout = lay_out(shipped())

    assert len(layout.nodes) == 60
    assert layout.width < 2000
    assert layout.height < 2200
    assert all(
        1 <= len(node.lines) <= 2 and all(len(line) <= 23 for line in node.lines) for node in layout.nodes
    )


def test_the_order_within_a_lane_takes_crossings_out(monkeypatch: pytest.MonkeyPatch) -> None:
    sorted_one = crossings(lay_out(shipped()))
    monkeypatch.setattr(map_module, "SWEEPS", 0)
    unsorted = crossings(lay_out(shipped()))

    assert sorted_one < unsorted


def test_a_retired_skill_is_not_drawn() -> None:
    layout = lay_out(roadmap(skill_entry("a"), skill_entry("b", "a", retired=True)))

    assert [node.skill for node in layout.nodes] == ["a"]
    assert layout.edges == ()


@given(roadmaps_with_gaps())
def test_what_is_ready_to_learn_is_open_and_stands_on_ready_skills(
    drawn: tuple[Roadmap, tuple[Gap, ...]],
) -> None:
    given_one, gaps = drawn
    ready = {gap.skill for gap in gaps if gap.band == "ready"}

    fringe = ready_to_learn(given_one, gaps)

    assert not ready & set(fringe)
    for id_ in fringe:
        assert set(graph.skill(given_one, id_).prerequisites) <= ready
    assert bool(fringe) == (len(ready) < len(gaps))


def test_the_fringe_moves_on_when_a_skill_becomes_ready() -> None:
    given_one = roadmap(skill_entry("a"), skill_entry("b", "a"), skill_entry("c", "b"))

    def fringe(*probabilities: float) -> tuple[str, ...]:
        gaps = find_gaps(
            given_one,
            given_one.roles[0],
            probabilities=probabilities,
            means=[0.0] * 3,
            sds=[1.0] * 3,
            answers_by_skill={},
            dont_know_by_skill={},
            near=[True] * 3,
        )
        return ready_to_learn(given_one, gaps)

    assert fringe(0.9, 0.9, 0.9) == ("a",)
    assert fringe(0.1, 0.9, 0.9) == ("b",)
    assert fringe(0.1, 0.1, 0.1) == ()
