"""What the answers say about a person: estimates, gaps and their bands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from quizengine.model.variant import SkillId

Band = Literal["gap", "unclear", "ready"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """One skill of a role: how likely the person is below the role's target, and what that blocks.

    ``chance`` is the chance to solve a medium question (difficulty 0), ``low`` and
    ``high`` its 80 % band, ``target`` what the role asks; all in [0, 1].
    """

    skill: SkillId
    probability: float
    band: Band
    chance: float
    low: float
    high: float
    target: float
    answers: int
    measured: bool
    new_to_you: bool
    blocks: tuple[SkillId, ...]
    priority: float
