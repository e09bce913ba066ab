"""A report as its page shows it: rows of bars by area, the map, the words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup

from quizengine.model.estimate import Gap
from quizengine.model.plan import StudyStep
from quizengine.model.roadmap import Area, Skill
from quizengine.model.variant import SkillId, misconception_title
from quizengine.roadmap.map import MapEdge, MapNode, ready_to_learn
from quizengine.services.reports import FoundMisconception, Report
from quizengine.web.rendering import prose

Filter = Literal["all", "gaps", "unclear"]
FILTERS: dict[Filter, str] = {"all": "All", "gaps": "Gaps", "unclear": "Unclear"}


@dataclass(frozen=True, slots=True)
class SkillRow:
    """One skill: its estimate, and whether there is something to practise."""

    skill: Skill
    gap: Gap
    can_practise: bool
    can_begin: bool

    @property
    def bar_words(self) -> str:
        """What the bar shows, for those who do not see it."""
        gap = self.gap
        return (
            f"Chance to solve a medium question {gap.chance:.0%}, with 80% certainty between "
            f"{gap.low:.0%} and {gap.high:.0%}; the goal is {gap.target:.0%}"
        )


@dataclass(frozen=True, slots=True)
class AreaRows:
    """The skills of one area, the most pressing first."""

    area: Area
    rows: tuple[SkillRow, ...]


@dataclass(frozen=True, slots=True)
class Action:
    """One of the next things to do."""

    step: StudyStep
    can_practise: bool


@dataclass(frozen=True, slots=True)
class Node:
    """A skill on the map. ``gap`` is None for one that the role does not need."""

    place: MapNode
    gap: Gap | None
    can_begin: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MisconceptionCard:
    """A misconception that fired. ``practise`` is where questions that carry it are, if the bank has them."""

    found: FoundMisconception
    title: str
    text: Markup
    practise: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportView:
    """What ``templates/report/report.html`` shows beside the report itself."""

    actions: tuple[Action, ...]
    strips: tuple[AreaRows, ...]
    areas: tuple[AreaRows, ...]
    rows: tuple[SkillRow, ...]
    shown: Filter
    nodes: tuple[Node, ...]
    edges: tuple[tuple[MapEdge, bool], ...]
    not_measured: int
    misconceptions: tuple[MisconceptionCard, ...]


def view_report(report: Report, *, shown: Filter, questions: Mapping[str, SkillId]) -> ReportView:
    """Return a report ready for its page.

    Parameters
    ----------
    shown
        Which bars are wanted.
    questions
        The skill of each question that can be practised now, by the question's id.
    """
    with_questions = frozenset(questions.values())
    begin = frozenset(ready_to_learn(report.roadmap, report.gaps))
    rows = tuple(
        SkillRow(report.skills[gap.skill], gap, gap.skill in with_questions, gap.skill in begin)
        for gap in report.gaps
    )
    gaps = {gap.skill: gap for gap in report.gaps}
    return ReportView(
        actions=tuple(Action(step, step.skill in with_questions) for step in report.actions),
        strips=_in_roadmap_order(report, rows),
        areas=_by_area(report.roadmap.areas, [row for row in rows if _is_shown(row.gap, shown)]),
        rows=rows,
        shown=shown,
        nodes=tuple(Node(node, gaps.get(node.skill), node.skill in begin) for node in report.map.nodes),
        edges=tuple((edge, edge.source in gaps and edge.target in gaps) for edge in report.map.edges),
        not_measured=sum(not gap.measured for gap in report.gaps),
        misconceptions=tuple(_card(found, questions) for found in report.misconceptions),
    )


def _card(found: FoundMisconception, questions: Mapping[str, SkillId]) -> MisconceptionCard:
    skill = questions.get(found.question_id)
    return MisconceptionCard(
        found=found,
        title=misconception_title(found.id),
        text=prose(found.feedback),
        practise=f"/learn/practice/{skill}?question={found.question_id}" if skill else "",
    )


def _is_shown(gap: Gap, shown: Filter) -> bool:
    return shown == "all" or gap.band == {"gaps": "gap", "unclear": "unclear"}[shown]


def _by_area(areas: Sequence[Area], rows: Sequence[SkillRow]) -> tuple[AreaRows, ...]:
    """Return the rows area by area; the area of the most pressing row stands first."""
    found = [AreaRows(area, tuple(row for row in rows if row.skill.area == area.id)) for area in areas]
    return tuple(
        sorted((one for one in found if one.rows), key=lambda one: -max(row.gap.priority for row in one.rows))
    )


def _in_roadmap_order(report: Report, rows: Sequence[SkillRow]) -> tuple[AreaRows, ...]:
    place = {skill.id: at for at, skill in enumerate(report.roadmap.skills)}
    ordered = sorted(rows, key=lambda row: place[row.skill.id])
    return tuple(
        AreaRows(area, tuple(row for row in ordered if row.skill.area == area.id))
        for area in report.roadmap.areas
    )
