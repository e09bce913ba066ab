"""What an organisation is told about a candidate: a headline with its probability, and each skill."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from quizengine.model.estimate import Band
from quizengine.model.variant import SkillId

Headline = Literal["meets", "below", "not enough evidence", "running", "voided"]
#: The order of the classes in a list; inside one people stand by their code, never by their score.
HEADLINES: tuple[Headline, ...] = ("meets", "not enough evidence", "below", "running", "voided")


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillResult:
    """One skill of a result. ``chance`` is to solve a medium question, ``low`` and ``high`` its 80 % band.

    ``p_meets`` is P(at the target), ``mean`` and ``sd`` the posterior in logits; ``measured`` is False where
    there are too few answers to say anything of it.
    """

    skill: SkillId
    title: str
    target: float
    floor: float | None
    weight: float
    p_meets: float
    chance: float
    low: float
    high: float
    mean: float
    sd: float
    answers: int
    band: Band
    measured: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What an attempt says about the bar of a profile.

    ``p_meets`` is P(composite on or above its cut, and each required skill on or above its floor).
    ``reasons`` say why the evidence is not enough and what would settle it. Counts are of answers;
    ``evidence_hash`` is the hash of all that is told here, for decisions.
    """

    id: str
    screen_id: str
    code: str
    attempt_id: str
    headline: Headline
    p_meets: float
    composite: float
    composite_sd: float
    composite_low: float
    composite_high: float
    cut: float
    certain: float
    reasons: tuple[str, ...]
    skills: tuple[SkillResult, ...]
    answers: int
    asked: int
    dont_know: int
    undecided: int
    started_at: datetime | None
    finished_at: datetime | None
    minutes: float
    credited: Mapping[str, float]
    bank_digest: str
    engine_version: str
    evidence_hash: str

    @property
    def is_told(self) -> bool:
        """Whether there are figures at all: none before the end, none of a test that was voided."""
        return self.headline not in ("running", "voided")
