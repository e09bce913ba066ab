"""Does a person meet the bar of a role? A probability, a word, and the reasons for having no word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from quizengine.errors import PsychometricsError
from quizengine.psychometrics.arrays import Floats, finite
from quizengine.psychometrics.estimate import SkillEstimate

CERTAIN = 0.90
"""P from which a role is met; below it is missed from the mirrored P down."""
LEAST_ITEMS = 12
LEAST_AREA_WEIGHT, LEAST_AREA_ITEMS = 0.10, 2
MOST_LOST = 1 / 3
"""Share of answers that may be rapid or skipped."""
MOST_PROVISIONAL = 1 / 2
"""Share of scored items whose difficulty is still the author's guess."""
RANKED_FROM = 0.8

Verdict = Literal["meets", "below", "not enough evidence"]


@dataclass(frozen=True, slots=True)
class Sitting:
    """What a decision must know of a sitting beside its estimate.

    Parameters
    ----------
    scored : int
        Items that count.
    lost : int
        Answers that were rapid guesses or skipped, of ``scored + lost`` in all.
    provisional : int
        Scored items whose difficulty nobody has measured yet.
    areas : mapping of area to (weight, items), optional
        Share of the role's weight, in [0, 1], and scored items of each area.
    person_fit_flag : bool
        Whether `person_fit` flagged the pattern of answers.
    """

    scored: int
    lost: int = 0
    provisional: int = 0
    areas: Mapping[str, tuple[float, int]] = field(default_factory=dict)
    person_fit_flag: bool = False

    def __post_init__(self) -> None:
        if min(self.scored, self.lost, self.provisional) < 0 or self.provisional > self.scored:
            raise PsychometricsError(
                "counts of a sitting are 0 or more, and no more items are provisional than scored"
            )


@dataclass(frozen=True, slots=True)
class RoleDecision:
    """What the answers say about a role; an aid for the person who decides.

    ``probability`` is P(meets the bar), ``skills`` P(meets the cut) of each skill, (K,), and ``must_have``
    that of the skills named as such: reported apart, they change no verdict. ``reasons`` say why there is
    not enough evidence, and what else to look at.
    """

    verdict: Verdict
    probability: float
    skills: tuple[float, ...]
    must_have: Mapping[int, float]
    reasons: tuple[str, ...]


def role_decision(
    estimate: SkillEstimate,
    cuts: ArrayLike,
    weights: ArrayLike,
    *,
    certain: float = CERTAIN,
    sitting: Sitting | None = None,
    must_have: Sequence[int] = (),
) -> RoleDecision:
    """Say whether a person meets a role's bar, or that the answers do not tell.

    Parameters
    ----------
    estimate : SkillEstimate
        Of all answers together: from `rescore`.
    cuts : (K,) floats, logits
    weights : (K,) floats >= 0, not all 0
        How much each skill matters; scaled to sum 1.
    certain : float in (0.5, 1)
        ``meets`` from this probability on, ``below`` from 1 less it down. A "meets" at .8 says that a wrong
        one is 4 times as bad as a missed one.
    sitting : Sitting, optional
        Without it, only the probability decides.
    must_have : ints
        Skills to report apart.

    Returns
    -------
    RoleDecision

    Raises
    ------
    PsychometricsError
        If shapes do not fit, a weight is negative or all are 0, or ``certain`` is out of range.

    Notes
    -----
    With r the scaled weights, P(meets) = Phi(r'(mu - cut) / sqrt(r' Sigma r)): the weighted mean of the
    skills lies above the weighted mean of the cuts. One skill can make up for another.

    Examples
    --------
    >>> estimate = SkillEstimate(np.array([1.0, 0.6]), np.array([[0.16, 0.08], [0.08, 0.16]]))
    >>> decision = role_decision(estimate, cuts=[0.0, 0.5], weights=[1, 1])
    >>> decision.verdict, round(decision.probability, 3), [round(p, 2) for p in decision.skills]
    ('meets', 0.944, [0.99, 0.6])
    >>> decision = role_decision(estimate, [0.0, 0.5], [1, 1], sitting=Sitting(scored=9))
    >>> decision.verdict, decision.reasons
    ('not enough evidence', ('9 answers were scored; 12 are the least',))
    """
    bar, share = _bar(estimate, cuts, weights)
    if not 0.5 < certain < 1:
        raise PsychometricsError(f"certain = {certain:g} is outside (0.5, 1)")
    unknown = [skill for skill in must_have if not 0 <= skill < len(bar)]
    if unknown:
        raise PsychometricsError(f"must_have names skill {unknown[0]}; there are {len(bar)} skills")
    spread = float(np.sqrt(share @ estimate.covariance @ share))
    probability = float(ndtr(share @ (estimate.mean - bar) / spread))
    skills = tuple(float(1 - p) for p in estimate.gap_probabilities(bar))
    lacking = tuple(_lacking(sitting)) if sitting else ()
    reasons = list(lacking)
    if not lacking and 1 - certain < probability < certain:
        reasons.append(f"P = {probability:.2f} lies between {1 - certain:.2f} and {certain:.2f}")
    if sitting and sitting.person_fit_flag:
        reasons.append("the pattern of answers is an unusual one: look at it before deciding")
    return RoleDecision(
        verdict=_verdict(probability, certain) if not lacking else "not enough evidence",
        probability=probability,
        skills=skills,
        must_have={skill: skills[skill] for skill in must_have},
        reasons=tuple(reasons),
    )


def outranks(one: SkillEstimate, other: SkillEstimate, weights: ArrayLike) -> float:
    """Return the probability that one person's weighted skills lie above another's.

    Two people are ranked only from .8 on (or from .2 down); between, they are tied.

    Parameters
    ----------
    one, other : SkillEstimate
        Of the same skills, from the same prior; their errors are independent.
    weights : (K,) floats >= 0, not all 0

    Examples
    --------
    >>> one = SkillEstimate(np.array([0.5]), np.array([[0.1]]))
    >>> other = SkillEstimate(np.array([0.2]), np.array([[0.1]]))
    >>> round(outranks(one, other, [1.0]), 3)        # tied
    0.749
    """
    _, share = _bar(one, np.zeros(len(one.mean)), weights)
    if other.mean.shape != one.mean.shape:
        raise PsychometricsError("the two estimates are of different skills")
    spread = share @ (one.covariance + other.covariance) @ share
    return float(ndtr(share @ (one.mean - other.mean) / np.sqrt(spread)))


def _bar(estimate: SkillEstimate, cuts: ArrayLike, weights: ArrayLike) -> tuple[Floats, Floats]:
    shape = estimate.mean.shape
    share = finite(weights, "weights", shape)
    if (share < 0).any() or share.sum() <= 0:
        raise PsychometricsError("weights must be 0 or more, and not all 0")
    return finite(cuts, "cuts", shape), share / share.sum()


def _verdict(probability: float, certain: float) -> Verdict:
    if probability >= certain:
        return "meets"
    return "below" if probability <= 1 - certain else "not enough evidence"


def _lacking(sitting: Sitting) -> list[str]:
    """Return why the answers are too little evidence, whatever the probability is."""
    reasons = []
    if sitting.scored < LEAST_ITEMS:
        reasons.append(f"{sitting.scored} answers were scored; {LEAST_ITEMS} are the least")
    reasons += [
        f"{area} has {weight:.0%} of the weight and {items} scored answers; {LEAST_AREA_ITEMS} are the least"
        for area, (weight, items) in sitting.areas.items()
        if weight >= LEAST_AREA_WEIGHT and items < LEAST_AREA_ITEMS
    ]
    given = sitting.scored + sitting.lost
    if given and sitting.lost > MOST_LOST * given:
        reasons.append(f"{sitting.lost} of {given} answers were rapid guesses or skipped: more than a third")
    if sitting.provisional > MOST_PROVISIONAL * sitting.scored:
        reasons.append(
            f"the difficulty of {sitting.provisional} of {sitting.scored} questions has not been measured: "
            "more than half"
        )
    return reasons
