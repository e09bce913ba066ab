"""The roadmap as a picture: where each skill and each arrow goes. Pure geometry, no markup."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import wrap

from quizengine.model.estimate import Gap
from quizengine.model.roadmap import Roadmap, Skill
from quizengine.model.variant import SkillId
from quizengine.roadmap.graph import depth, live_skills

NODE_WIDTH = 168.0
NODE_HEIGHT = 52.0
COLUMN_GAP = 48.0
ROW_GAP = 14.0
LANE_HEAD = 26.0
"""Room above the nodes of a lane for its title."""
LANE_PAD = 12.0
MARGIN = 16.0
LETTERS = 23
"""Characters of a title that fit into a line of a node."""
LINES = 2
SWEEPS = 4
"""Passes of the barycentre rule, there and back; the shipped roadmap settles after one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MapNode:
    """A skill as a box; ``lines`` is its title broken to fit, the rest cut with an ellipsis."""

    skill: SkillId
    title: str
    lines: tuple[str, ...]
    area: str
    phase: str
    column: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MapEdge:
    """An arrow from a prerequisite to what builds on it; ``path`` is the ``d`` of an SVG path."""

    source: SkillId
    target: SkillId
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MapLane:
    """The band of one area, over the whole width."""

    area: str
    title: str
    y: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MapLayout:
    """The whole picture, in the units of its view box (0 0 width height)."""

    width: float
    height: float
    lanes: tuple[MapLane, ...]
    nodes: tuple[MapNode, ...]
    edges: tuple[MapEdge, ...]


def lay_out(roadmap: Roadmap) -> MapLayout:
    """Return where each skill that is not retired stands: columns by depth, lanes by area.

    Every arrow runs from left to right. Within a lane and column the order follows
    the middle of the neighbours, which keeps crossings few. Equal roadmaps give
    equal layouts.
    """
    skills = live_skills(roadmap)
    columns = depth(roadmap)
    cells = _cells(roadmap, skills, columns)
    lanes = _lanes(roadmap, cells)
    top = {lane.area: lane.y + LANE_HEAD for lane in lanes}
    rows = _rows(cells)
    nodes = {one.id: _node(one, columns[one.id], top[one.area], rows[one.id]) for one in skills}
    last = max((node.column for node in nodes.values()), default=0)
    return MapLayout(
        width=2 * MARGIN + (last + 1) * NODE_WIDTH + last * COLUMN_GAP,
        height=MARGIN + (lanes[-1].y + lanes[-1].height if lanes else 0.0),
        lanes=lanes,
        nodes=tuple(nodes.values()),
        edges=tuple(
            MapEdge(source=parent, target=one.id, path=_path(nodes[parent], nodes[one.id]))
            for one in skills
            for parent in one.prerequisites
        ),
    )


def ready_to_learn(roadmap: Roadmap, gaps: Sequence[Gap]) -> tuple[SkillId, ...]:
    """Return the skills that can be begun now: not ready themselves, everything right under them ready.

    Only skills among ``gaps`` count; a prerequisite without a gap of its own is passed over.
    """
    bands = {gap.skill: gap.band for gap in gaps}
    return tuple(
        one.id
        for one in live_skills(roadmap)
        if bands.get(one.id, "ready") != "ready"
        and all(bands.get(parent, "ready") == "ready" for parent in one.prerequisites)
    )


Cell = tuple[str, int]


def _cells(
    roadmap: Roadmap, skills: Sequence[Skill], columns: Mapping[SkillId, int]
) -> dict[Cell, list[SkillId]]:
    """Return for each area and column its skills from top to bottom."""
    cells: dict[Cell, list[SkillId]] = defaultdict(list)
    for one in skills:
        cells[one.area, columns[one.id]].append(one.id)
    neighbours = _neighbours(skills)
    heights = _heights(roadmap, cells)
    for sweep in range(SWEEPS):
        forwards = sweep % 2 == 0
        for cell in sorted(cells, key=lambda cell: cell[1], reverse=not forwards):
            _settle(cell, cells, heights, neighbours)
    return cells


def _neighbours(skills: Sequence[Skill]) -> Mapping[SkillId, Sequence[SkillId]]:
    found: dict[SkillId, list[SkillId]] = defaultdict(list)
    for one in skills:
        for parent in one.prerequisites:
            found[one.id].append(parent)
            found[parent].append(one.id)
    return found


def _heights(roadmap: Roadmap, cells: Mapping[Cell, Sequence[SkillId]]) -> dict[SkillId, float]:
    """Return a first height for each skill: lanes below one another, rows within them."""
    tallest = max((len(ids) for ids in cells.values()), default=0)
    lane = {area.id: at * (tallest + 1) for at, area in enumerate(roadmap.areas)}
    return {id_: float(lane[cell[0]] + row) for cell, ids in cells.items() for row, id_ in enumerate(ids)}


def _settle(
    cell: Cell,
    cells: dict[Cell, list[SkillId]],
    heights: dict[SkillId, float],
    neighbours: Mapping[SkillId, Sequence[SkillId]],
) -> None:
    """Sort one cell by the mean height of each skill's neighbours (barycentre rule)."""
    ids = cells[cell]
    places = sorted(heights[id_] for id_ in ids)
    wanted = {
        id_: sum(heights[one] for one in near) / len(near) if (near := neighbours.get(id_)) else heights[id_]
        for id_ in ids
    }
    ids.sort(key=lambda id_: (wanted[id_], heights[id_]))
    heights.update(zip(ids, places, strict=True))


def _tallest(cells: Mapping[Cell, Sequence[SkillId]]) -> Mapping[str, int]:
    """Return for each area how many rows its lane has."""
    rows: dict[str, int] = defaultdict(int)
    for (area_id, _), ids in cells.items():
        rows[area_id] = max(rows[area_id], len(ids))
    return rows


def _rows(cells: Mapping[Cell, Sequence[SkillId]]) -> Mapping[SkillId, float]:
    """Return the row of each skill; a column with few skills stands in the middle of its lane."""
    tallest = _tallest(cells)
    return {
        id_: row + (tallest[area_id] - len(ids)) / 2
        for (area_id, _), ids in cells.items()
        for row, id_ in enumerate(ids)
    }


def _lanes(roadmap: Roadmap, cells: Mapping[Cell, Sequence[SkillId]]) -> tuple[MapLane, ...]:
    rows = _tallest(cells)
    lanes, y = [], MARGIN
    for area in roadmap.areas:
        if area.id in rows:
            nodes = rows[area.id] * NODE_HEIGHT + (rows[area.id] - 1) * ROW_GAP
            lanes.append(MapLane(area=area.id, title=area.title, y=y, height=LANE_HEAD + nodes + LANE_PAD))
            y += lanes[-1].height + LANE_PAD
    return tuple(lanes)


def _node(one: Skill, column: int, top: float, row: float) -> MapNode:
    return MapNode(
        skill=one.id,
        title=one.title,
        lines=_broken(one.title),
        area=one.area,
        phase=one.phase,
        column=column,
        x=MARGIN + column * (NODE_WIDTH + COLUMN_GAP),
        y=top + row * (NODE_HEIGHT + ROW_GAP),
        width=NODE_WIDTH,
        height=NODE_HEIGHT,
    )


def _broken(title: str) -> tuple[str, ...]:
    """Break a title into lines of a node.

    >>> _broken("Query plans, indexes and server load")
    ('Query plans, indexes', 'and server load')
    """
    return tuple(wrap(title, LETTERS, max_lines=LINES, placeholder="…"))


def _path(source: MapNode, target: MapNode) -> str:
    """Return a curve from the right edge of one box to the left edge of another, level at both ends."""
    x1, y1 = source.x + source.width, source.y + source.height / 2
    x2, y2 = target.x, target.y + target.height / 2
    bend = (x2 - x1) / 2
    return f"M {x1:g} {y1:g} C {x1 + bend:g} {y1:g} {x2 - bend:g} {y2:g} {x2:g} {y2:g}"
