"""What an organisation asks of a role: skills with targets, a cut, and how sure is sure enough."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import exp, log
from typing import Any, Literal, get_args

from quizengine.model.variant import SkillId

#: Which result counts when somebody sits the same version of a profile again.
Resit = Literal["latest", "best", "combined"]
RESITS: tuple[Resit, ...] = get_args(Resit)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileSkill:
    """One skill of a role profile.

    ``target`` and ``floor`` are chances to solve a medium question, in (0, 1); a skill with a floor is
    required. ``weight`` > 0 is its share in the composite, ``least`` how many answers make it measured.
    """

    skill: SkillId
    target: float
    weight: float = 1.0
    floor: float | None = None
    least: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The bar of a role.

    ``cut`` is that of the composite in logits; None takes the weighted mean of the targets'. ``certain`` is
    the probability from which somebody meets the bar, and mirrored from which they are below it.
    ``questions`` is the length of the form, ``least`` how many answers a result needs, ``minutes`` the time,
    ``resit`` which result counts of somebody who sits twice: fixed before anybody does.
    """

    role: str
    title: str
    skills: tuple[ProfileSkill, ...]
    cut: float | None = None
    certain: float = 0.8
    least: int = 18
    questions: int = 28
    minutes: int = 60
    resit: Resit = "latest"

    @property
    def bar(self) -> float:
        """The cut of the composite, in logits.

        >>> one = ProfileSkill(skill=SkillId("a.b"), target=0.5)
        >>> other = ProfileSkill(skill=SkillId("a.c"), target=0.8, weight=3.0)
        >>> round(Profile(role="r", title="R", skills=(one, other)).bar, 3)
        1.04
        """
        if self.cut is not None:
            return self.cut
        total = sum(one.weight for one in self.skills)
        return sum(one.weight * logit(one.target) for one in self.skills) / total

    @property
    def bar_chance(self) -> float:
        """The chance with which somebody just on the cut solves a medium question.

        >>> Profile(role="r", title="R", skills=(), cut=0.0).bar_chance
        0.5
        """
        return 1 / (1 + exp(-self.bar))

    @property
    def required(self) -> tuple[ProfileSkill, ...]:
        """The skills with a floor."""
        return tuple(one for one in self.skills if one.floor is not None)

    @property
    def cost_ratio(self) -> float:
        """How many times as bad a wrong "meets" is as a missed one, going by ``certain``."""
        return self.certain / (1 - self.certain)

    def with_targets(self, targets: dict[SkillId, float]) -> Profile:
        """Return the profile with other targets for some skills; a floor above one comes down to it."""
        skills = tuple(
            replace(one, target=new, floor=None if one.floor is None else min(one.floor, new))
            if (new := targets.get(one.skill)) is not None
            else one
            for one in self.skills
        )
        return replace(self, skills=skills)


def logit(chance: float) -> float:
    """Return the ability at which a medium question is solved with a chance in (0, 1)."""
    return log(chance / (1 - chance))


def profile_to_json(profile: Profile) -> dict[str, Any]:
    """Return a profile as a JSON object."""
    return {
        "role": profile.role, "title": profile.title, "cut": profile.cut, "certain": profile.certain,
        "least": profile.least, "questions": profile.questions, "minutes": profile.minutes,
        "resit": profile.resit,
        "skills": [
            {"skill": s.skill, "target": s.target, "weight": s.weight, "floor": s.floor, "least": s.least}
            for s in profile.skills
        ],
    }  # fmt: skip


def profile_from_json(content: dict[str, Any]) -> Profile:
    """Return the profile that a JSON object of ours describes."""
    return Profile(**{**content, "skills": tuple(ProfileSkill(**one) for one in content["skills"])})
