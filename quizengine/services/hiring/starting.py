"""Where a copied role profile starts: the roadmap's targets, lowered to a bar that people reach."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import exp

from quizengine.model.profile import ProfileSkill, logit

#: Who is just on the starting bar solves so many medium questions of the role's skills; two in five of the
#: people that the prior knows are on or above it. See docs/decisions/0010.
START = 0.55
#: Two questions on each of twelve skills. See docs/decisions/0011.
LENGTH = 24


def lowered(skills: Sequence[ProfileSkill]) -> tuple[ProfileSkill, ...]:
    """Return skills with targets moved by one distance in logits, so that their weighted mean is `START`.

    What a role asks more of, it still asks more of. Targets are whole percents.

    >>> from quizengine.model.variant import SkillId
    >>> asked = [ProfileSkill(skill=SkillId(name), target=t) for name, t in (("a", 0.85), ("b", 0.95))]
    >>> [one.target for one in lowered(asked)]
    [0.4, 0.69]
    """
    down = _distance(skills)
    return tuple(replace(one, target=round(1 / (1 + exp(down - logit(one.target))), 2)) for one in skills)


def _distance(skills: Sequence[ProfileSkill]) -> float:
    """Return by how many logits the weighted mean of the targets lies above the starting bar."""
    total = sum(one.weight for one in skills)
    return sum(one.weight * logit(one.target) for one in skills) / total - logit(START)


def reasons(title: str, goals: Sequence[ProfileSkill]) -> str:
    """Return where the starting bar of a role comes from, for whoever reads a result."""
    return (
        f"Starting point, to be replaced by your own reasons: the goals that the roadmap's authors set for "
        f"{title}, all lowered by {_distance(goals):.2f} logits, so that somebody just on the bar solves "
        f"{START:.0%} of the medium questions on these skills. The goals themselves are for people who study "
        "towards the role; nearly nobody reaches all of them."
    )
