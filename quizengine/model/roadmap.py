"""Skills, roles and the roadmap that holds them, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from quizengine.model.variant import SkillId


@dataclass(frozen=True, slots=True)
class Hours:
    """A range of study hours and what the estimate rests on."""

    low: float
    high: float
    basis: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """A stretch of the roadmap: foundation, intermediate, advanced."""

    id: str
    title: str
    order: int
    summary: str
    months: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Area:
    """A field of skills, with the short id that question ids begin with."""

    id: str
    name: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Skill:
    """A node of the roadmap. ``transfers`` is what a backend engineer brings along."""

    id: SkillId
    title: str
    area: str
    phase: str
    prerequisites: tuple[SkillId, ...]
    objective: str
    hours: Hours
    study: tuple[str, ...]
    transfers: tuple[str, ...] = ()
    retired: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A job to aim at. ``targets`` is the wanted chance on a question of difficulty 0, a skill."""

    id: str
    title: str
    summary: str
    targets: Mapping[SkillId, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Roadmap:
    """The graph: skills in an order in which every prerequisite comes first."""

    name: str
    version: int
    phases: tuple[Phase, ...]
    areas: tuple[Area, ...]
    roles: tuple[Role, ...]
    skills: tuple[Skill, ...]
