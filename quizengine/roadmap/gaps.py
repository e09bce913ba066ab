"""Which skills of a role are missing, how sure that is, and what each of them blocks."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from quizengine.model.estimate import Band, Gap
from quizengine.model.roadmap import Roadmap, Role
from quizengine.model.variant import SkillId
from quizengine.roadmap.graph import needed_skills, target_of, unlocks

GAP_FROM = 0.8
READY_UP_TO = 0.2
BAND_WIDTH = 1.2816
"""Standard deviations each side of the mean that hold 80 % of a normal distribution."""

_WORDS = (
    (0.95, "very likely"),
    (0.80, "likely"),
    (0.60, "rather likely"),
)
_MIRRORED = (
    (0.05, "very unlikely"),
    (0.20, "unlikely"),
    (0.40, "rather unlikely"),
)


def probability_words(p: float) -> str:
    """Return the words for a probability, the same ones everywhere.

    >>> probability_words(0.83), probability_words(0.5), probability_words(0.05)
    ('likely', 'too close to call', 'very unlikely')
    """
    if not 0 <= p <= 1:
        raise ValueError(f"a probability lies between 0 and 1, not at {p}")
    for least, words in _WORDS:
        if p >= least:
            return words
    for most, words in _MIRRORED:
        if p <= most:
            return words
    return "too close to call"


def find_gaps(  # noqa: PLR0913 - one array for each thing that the scorer knows
    roadmap: Roadmap,
    role: Role,
    *,
    probabilities: Sequence[float],
    means: Sequence[float],
    sds: Sequence[float],
    answers_by_skill: Mapping[SkillId, int],
    dont_know_by_skill: Mapping[SkillId, int],
    near: Sequence[bool],
) -> tuple[Gap, ...]:
    """Return one ``Gap`` for each skill that the role needs, the most pressing first.

    Skills that the role names and everything these stand on are needed. The
    priority is P(gap) x the role's target x (1 + skills blocked).

    Parameters
    ----------
    roadmap, role
        The graph, and one of its roles.
    probabilities
        P(below the target) for each skill of ``roadmap.skills``, in [0, 1]; the
        targets are those of ``graph.role_cuts``.
    means, sds
        Posterior mean and standard deviation for each skill, in logits.
    answers_by_skill, dont_know_by_skill
        How many answers were given on a skill, and how many of them were "I don't
        know yet"; a skill without any may be left out.
    near
        For each skill, whether a question on a skill that goes with it
        (correlation above .5) was asked. Without this and without answers a skill
        is not measured, and so ``unclear`` whatever its probability says.

    Raises
    ------
    ValueError
        When a sequence has not one value for each skill, or a value cannot be.
    """
    _check_lengths(len(roadmap.skills), probabilities, means, sds, near)
    place = {skill.id: at for at, skill in enumerate(roadmap.skills)}
    blocked = unlocks(roadmap, role)
    gaps = []
    for id_ in needed_skills(roadmap, role):
        at, answers = place[id_], answers_by_skill.get(id_, 0)
        probability, mean, sd = float(probabilities[at]), float(means[at]), float(sds[at])
        _check_values(id_, probability, mean, sd)
        measured = answers > 0 or bool(near[at])
        target = target_of(role, id_)
        gaps.append(
            Gap(
                skill=id_,
                probability=probability,
                band=band(probability, measured=measured),
                chance=logistic(mean),
                low=logistic(mean - BAND_WIDTH * sd),
                high=logistic(mean + BAND_WIDTH * sd),
                target=target,
                answers=answers,
                measured=measured,
                new_to_you=answers > 0 and 2 * dont_know_by_skill.get(id_, 0) >= answers,
                blocks=blocked[id_],
                priority=probability * target * (1 + len(blocked[id_])),
            )
        )
    return tuple(sorted(gaps, key=lambda gap: -gap.priority))


def band(probability: float, *, measured: bool) -> Band:
    """Return the band of a probability of being below the target; ``unclear`` if nothing was measured."""
    if not measured:
        return "unclear"
    if probability >= GAP_FROM:
        return "gap"
    return "ready" if probability <= READY_UP_TO else "unclear"


def logistic(x: float) -> float:
    """Return 1 / (1 + exp(-x)), without overflow for any finite ``x``."""
    if x >= 0:
        return 1 / (1 + math.exp(-x))
    return math.exp(x) / (1 + math.exp(x))


def _check_lengths(skills: int, *sequences: Sequence[object]) -> None:
    if any(len(one) != skills for one in sequences):
        lengths = ", ".join(str(len(one)) for one in sequences)
        raise ValueError(f"one value a skill is needed, so {skills} each; there are {lengths}")


def _check_values(id_: SkillId, probability: float, mean: float, sd: float) -> None:
    if not 0 <= probability <= 1 or not math.isfinite(mean) or not 0 <= sd < math.inf:
        raise ValueError(f"{id_}: probability {probability}, mean {mean} and sd {sd} cannot belong together")
