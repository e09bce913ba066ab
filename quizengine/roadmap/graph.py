"""The roadmap as a graph: reading it, and asking what builds on what."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Collection, Mapping
from graphlib import TopologicalSorter
from typing import Any

from quizengine.errors import UnknownNameError
from quizengine.model.roadmap import Area, Hours, Phase, Roadmap, Role, Skill
from quizengine.model.variant import SkillId
from quizengine.roadmap.faults import RoadmapFaults, Table, entries_of, find_faults

PREREQUISITE_TARGET = 0.5
"""What is wanted in a skill that a role does not name but builds on: even chances on a medium question."""

Rank = tuple[float, ...]


def from_table(table: Table) -> Roadmap:
    """Return the roadmap that a parsed TOML file describes.

    Skills come in an order in which every prerequisite comes first: by phase,
    then as in the file. A retired skill keeps its id but no target.

    Raises
    ------
    RoadmapFaults
        With every fault of the table, each naming its entry and key.
    """
    if faults := find_faults(table):
        raise RoadmapFaults(faults)
    # The faults are the border: from here on each value has the type that its key asks for.
    entries: dict[str, Any] = {
        kind: entries_of(table, kind) for kind in ("phases", "areas", "roles", "skills")
    }
    phases = tuple(sorted((_phase(one) for one in entries["phases"]), key=lambda phase: phase.order))
    skills = {one["id"]: _skill(one) for one in entries["skills"]}
    place = {phase.id: float(at) for at, phase in enumerate(phases)}
    rank = {id_: (place[skill.phase], float(at)) for at, (id_, skill) in enumerate(skills.items())}
    order = in_order({id_: skill.prerequisites for id_, skill in skills.items()}, rank.__getitem__)
    return Roadmap(
        name=str(table["name"]),
        version=int(str(table["version"])),
        phases=phases,
        areas=tuple(Area(one["id"], one["name"], one["title"]) for one in entries["areas"]),
        roles=tuple(_role(one, entries["skills"]) for one in entries["roles"]),
        skills=tuple(skills[id_] for id_ in order),
    )


def _phase(entry: Mapping[str, Any]) -> Phase:
    return Phase(
        id=entry["id"],
        title=entry["title"],
        order=entry["order"],
        summary=entry["summary"],
        months=(entry["months"][0], entry["months"][1]),
    )


def _skill(entry: Mapping[str, Any]) -> Skill:
    hours = entry["hours"]
    return Skill(
        id=SkillId(entry["id"]),
        title=entry["title"],
        area=entry["area"],
        phase=entry["phase"],
        prerequisites=tuple(SkillId(name) for name in entry["prerequisites"]),
        objective=entry["objective"],
        hours=Hours(float(hours["low"]), float(hours["high"]), hours.get("basis", "")),
        study=tuple(entry["study"]),
        transfers=tuple(entry.get("transfers", ())),
        retired=entry.get("retired", False),
    )


def _role(entry: Mapping[str, Any], skills: Collection[Mapping[str, Any]]) -> Role:
    targets = {
        SkillId(one["id"]): float(one["targets"][entry["id"]])
        for one in skills
        if entry["id"] in one["targets"] and not one.get("retired", False)
    }
    return Role(id=entry["id"], title=entry["title"], summary=entry["summary"], targets=targets)


def in_order(
    prerequisites: Mapping[SkillId, Collection[SkillId]], rank: Callable[[SkillId], Rank]
) -> tuple[SkillId, ...]:
    """Return the skills so that each prerequisite comes first; among those ready, the lowest rank.

    Prerequisites that are not keys themselves are passed over. A cycle raises
    ``graphlib.CycleError``; a roadmap that was read has none.
    """
    sorter = TopologicalSorter(
        {id_: [one for one in needed if one in prerequisites] for id_, needed in prerequisites.items()}
    )
    sorter.prepare()
    waiting: list[tuple[Rank, SkillId]] = []
    order: list[SkillId] = []
    while sorter.is_active():
        for id_ in sorter.get_ready():
            heapq.heappush(waiting, (rank(id_), id_))
        _, chosen = heapq.heappop(waiting)
        order.append(chosen)
        sorter.done(chosen)
    return tuple(order)


def skill(roadmap: Roadmap, id_: str) -> Skill:
    """Return the skill with this id, retired or not.

    Raises
    ------
    UnknownNameError
        Names the nearest id.
    """
    found = next((one for one in roadmap.skills if one.id == id_), None)
    if found is None:
        raise UnknownNameError("skill", id_, (one.id for one in roadmap.skills))
    return found


def role(roadmap: Roadmap, id_: str) -> Role:
    """Return the role with this id.

    Raises
    ------
    UnknownNameError
        Names the nearest id.
    """
    found = next((one for one in roadmap.roles if one.id == id_), None)
    if found is None:
        raise UnknownNameError("role", id_, (one.id for one in roadmap.roles))
    return found


def live_skills(roadmap: Roadmap) -> tuple[Skill, ...]:
    """Return the skills that are not retired, prerequisites first."""
    return tuple(one for one in roadmap.skills if not one.retired)


def topological_order(roadmap: Roadmap) -> tuple[SkillId, ...]:
    """Return all ids so that each prerequisite comes first, as near to the roadmap's order as can be."""
    place = {one.id: (float(at),) for at, one in enumerate(roadmap.skills)}
    return in_order({one.id: one.prerequisites for one in roadmap.skills}, place.__getitem__)


def ancestors(roadmap: Roadmap, id_: SkillId) -> tuple[SkillId, ...]:
    """Return everything that a skill stands on, near and far, in the roadmap's order."""
    return _reached(roadmap, id_, {one.id: one.prerequisites for one in roadmap.skills})


def descendants(roadmap: Roadmap, id_: SkillId) -> tuple[SkillId, ...]:
    """Return every skill that builds on this one, near and far, in the roadmap's order; none retired."""
    return _reached(roadmap, id_, _children(roadmap))


def _children(roadmap: Roadmap) -> Mapping[SkillId, Collection[SkillId]]:
    children: dict[SkillId, list[SkillId]] = {one.id: [] for one in roadmap.skills}
    for one in live_skills(roadmap):
        for parent in one.prerequisites:
            children[parent].append(one.id)
    return children


def _reached(
    roadmap: Roadmap, start: SkillId, neighbours: Mapping[SkillId, Collection[SkillId]]
) -> tuple[SkillId, ...]:
    found: set[SkillId] = set()
    waiting = list(neighbours[skill(roadmap, start).id])
    while waiting:
        id_ = waiting.pop()
        if id_ not in found:
            found.add(id_)
            waiting.extend(neighbours[id_])
    return tuple(one.id for one in roadmap.skills if one.id in found)


def depth(roadmap: Roadmap) -> Mapping[SkillId, int]:
    """Return for each skill the length of the longest chain of prerequisites under it; 0 for a beginning."""
    needed = {one.id: one.prerequisites for one in roadmap.skills}
    depths: dict[SkillId, int] = {}
    for id_ in topological_order(roadmap):
        depths[id_] = max((depths[parent] + 1 for parent in needed[id_]), default=0)
    return depths


def prerequisite_edges(roadmap: Roadmap) -> tuple[tuple[int, int], ...]:
    """Return the edges as pairs (prerequisite, dependant) of positions in ``roadmap.skills``."""
    place = {one.id: at for at, one in enumerate(roadmap.skills)}
    return tuple((place[parent], place[one.id]) for one in roadmap.skills for parent in one.prerequisites)


def area_positions(roadmap: Roadmap) -> tuple[int, ...]:
    """Return for each skill of ``roadmap.skills`` the position of its area in ``roadmap.areas``."""
    place = {area.id: at for at, area in enumerate(roadmap.areas)}
    return tuple(place[one.area] for one in roadmap.skills)


def cut(target: float) -> float:
    """Return the ability at which a medium question is solved with the chance ``target``: ln(m / (1 - m)).

    >>> round(cut(0.9), 2)
    2.2
    """
    if not 0 < target < 1:
        raise ValueError(f"a target lies between 0 and 1, both left out, not at {target}")
    return math.log(target / (1 - target))


def role_skills(roadmap: Roadmap, wanted: Role) -> tuple[SkillId, ...]:
    """Return the skills that a role names, in the roadmap's order."""
    return tuple(one.id for one in live_skills(roadmap) if one.id in wanted.targets)


def needed_skills(roadmap: Roadmap, wanted: Role) -> tuple[SkillId, ...]:
    """Return the skills that a role names and all that these stand on, in the roadmap's order."""
    named = role_skills(roadmap, wanted)
    under = {id_ for one in named for id_ in ancestors(roadmap, one)}
    return tuple(one.id for one in roadmap.skills if one.id in under or one.id in wanted.targets)


def target_of(wanted: Role, id_: SkillId) -> float:
    """Return the chance on a medium question that a role asks; ``PREREQUISITE_TARGET`` if it names none."""
    return wanted.targets.get(id_, PREREQUISITE_TARGET)


def role_cuts(roadmap: Roadmap, wanted: Role) -> tuple[float, ...]:
    """Return the cut of each skill of ``roadmap.skills``, as the adaptive test takes them."""
    return tuple(cut(target_of(wanted, one.id)) for one in roadmap.skills)


def role_weights(roadmap: Roadmap, wanted: Role) -> tuple[float, ...]:
    """Return how much each skill of ``roadmap.skills`` matters to a role: its target; 0 if not needed.

    A target is at once what is wanted and how much it is wanted: a role that asks
    for .95 lives from the skill, one that asks for .25 touches it.
    """
    needed = set(needed_skills(roadmap, wanted))
    return tuple(target_of(wanted, one.id) if one.id in needed else 0.0 for one in roadmap.skills)


def unlocks(roadmap: Roadmap, wanted: Role) -> Mapping[SkillId, tuple[SkillId, ...]]:
    """Return for each needed skill the skills named by the role that build on it, near and far."""
    return {
        id_: tuple(one for one in descendants(roadmap, id_) if one in wanted.targets)
        for id_ in needed_skills(roadmap, wanted)
    }
