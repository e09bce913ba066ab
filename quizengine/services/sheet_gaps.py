"""A wish for what a report says is missing: the gaps that matter most, where they can be learnt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite, log
from typing import Any

from quizengine.bank import Bank
from quizengine.model.estimate import Gap
from quizengine.model.variant import SkillId
from quizengine.services.exports import FORMAT
from quizengine.services.reports import newest_report, read_report
from quizengine.services.runtime import Runtime
from quizengine.services.sheet_wish import SheetError, SheetWish, wanted_skills

#: Chances are kept this far from 0 and 1, where logits end.
EDGE = 0.02


@dataclass(frozen=True, slots=True)
class Need:
    """A skill that is not ready: how pressing it is, and the ability of the person in logits."""

    skill: SkillId
    pressing: float
    level: float


def needs_of_gaps(gaps: Sequence[Gap]) -> tuple[Need, ...]:
    """Return what is not ready of a report's gaps."""
    return tuple(Need(gap.skill, gap.priority, _logit(gap.chance)) for gap in gaps if gap.band != "ready")


def needs_of_report(table: Any) -> tuple[Need, ...]:
    """Return what is not ready in a report that was downloaded as JSON.

    Raises
    ------
    SheetError
        If it is no such report.
    """
    if not isinstance(table, Mapping) or table.get("format") != FORMAT:
        raise SheetError(f"This is no report: download one as JSON ({FORMAT}) from the end of its page.")
    try:
        return tuple(_need(entry) for entry in table["skills"] if entry["band"] != "ready")
    except (KeyError, TypeError, ValueError) as error:
        raise SheetError(f"This report is damaged: {error!r}.") from error


def _need(entry: Mapping[str, Any]) -> Need:
    # Probability, weight and what it unblocks, as ``find_gaps`` orders them.
    pressing = float(entry["probability"]) * float(entry["goal"]) * (1 + len(entry["blocks"]))
    chance = float(entry["chance"])
    if not (isfinite(pressing) and 0 <= chance <= 1):
        raise ValueError(f"a chance of {chance}")
    return Need(SkillId(str(entry["skill"])), pressing, _logit(chance))


def _logit(chance: float) -> float:
    kept = min(max(chance, EDGE), 1 - EDGE)
    return log(kept / (1 - kept))


def for_needs(wish: SheetWish, needs: Sequence[Need], bank: Bank) -> SheetWish:
    """Return a wish for these needs; skills that the wish names already are all that may come.

    What is learnt first comes first on the paper: the roadmap's order has prerequisites before what needs
    them. Which skills get a place is decided by how pressing they are.

    Raises
    ------
    SheetError
        If nothing is left.
    """
    allowed = wanted_skills(bank, wish.skills) if wish.skills else [one.id for one in bank.roadmap.skills]
    by_skill = {need.skill: need for need in needs if need.skill in allowed and bank.of_skill(need.skill)}
    if not by_skill:
        raise SheetError(
            "The report leaves nothing to practise here: every skill of it is ready, has no questions, "
            "or is not among those named."
        )
    skills = tuple(one.id for one in bank.roadmap.skills if one.id in by_skill)
    return replace(
        wish,
        skills=skills,
        pressing={skill: by_skill[skill].pressing for skill in skills},
        levels={skill: by_skill[skill].level for skill in skills},
    )


def gaps_of_learner(runtime: Runtime, learner_id: str) -> tuple[Need, ...]:
    """Return what is not ready in the newest report of a learner.

    Raises
    ------
    SheetError
        If there is no report yet.
    """
    report_id = newest_report(runtime, learner_id)
    if report_id is None:
        raise SheetError("There is no report yet, so no gaps are known: begin with a check, or name skills.")
    return needs_of_gaps(read_report(runtime, learner_id, report_id).gaps)


def for_role(wish: SheetWish, targets: Mapping[SkillId, float], bank: Bank) -> SheetWish:
    """Return a wish for the skills of a role, what it lives from first; skills that are named come before."""
    most = max(targets.values(), default=1.0)
    pressing: dict[str, float] = dict.fromkeys(wanted_skills(bank, wish.skills), most)
    for skill in _asked(bank):
        if skill in targets:
            pressing.setdefault(skill, targets[skill])
    return replace(wish, skills=tuple(pressing), pressing=pressing)


def _asked(bank: Bank) -> list[SkillId]:
    """Return the skills with questions, prerequisites first."""
    return [one.id for one in bank.roadmap.skills if bank.of_skill(one.id)]
