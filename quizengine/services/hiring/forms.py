"""The form of a profile: how many questions of each skill, and the ones in its middle, nearest to the bar."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from hashlib import sha256

import numpy as np
from scipy.special import ndtri

from quizengine.bank import Bank
from quizengine.errors import RequestError
from quizengine.model.profile import Profile, ProfileSkill, profile_to_json
from quizengine.model.variant import SkillId
from quizengine.psychometrics.arrays import Floats
from quizengine.services.scoring import make_prior


def content_digest(profile: Profile) -> str:
    """Return the hash of all that makes a profile what it is."""
    content = json.dumps(profile_to_json(profile), sort_keys=True, separators=(",", ":"))
    return sha256(content.encode()).hexdigest()


def supply(bank: Bank) -> Mapping[SkillId, tuple[str, ...]]:
    """Return the ids of the questions of each skill, in the bank's order."""
    found: dict[SkillId, list[str]] = defaultdict(list)
    for entry in bank.questions.values():
        found[entry.question.primary_skill].append(str(entry.question.id))
    return {skill: tuple(ids) for skill, ids in found.items()}


def shares(profile: Profile, has: Mapping[SkillId, int]) -> dict[SkillId, int]:
    """Return how many questions of the form each skill gets.

    Every skill has its least number; what is left goes by weight, one at a time to the skill that is
    furthest behind its share, of several the one with most questions, as far as the bank has them.

    Raises
    ------
    RequestError
        If the skills' least numbers do not fit into the form, or the bank lacks questions.
    """
    least = sum(one.least for one in profile.skills)
    if least > profile.questions:
        raise RequestError(
            f"The skills ask for {least} answers together, the form has {profile.questions} questions: "
            "ask for fewer skills, or for more questions."
        )
    lacking = [
        f"{one.skill} ({has.get(one.skill, 0)})"
        for one in profile.skills
        if has.get(one.skill, 0) < one.least
    ]
    if lacking:
        raise RequestError(f"The bank has too few questions on {', '.join(lacking)}.")
    if sum(has[one.skill] for one in profile.skills) < profile.questions:
        raise RequestError(f"The bank has fewer than {profile.questions} questions on these skills.")
    total = sum(one.weight for one in profile.skills)
    given = {one.skill: one.least for one in profile.skills}
    for _ in range(profile.questions - least):
        open_ = [one for one in profile.skills if given[one.skill] < has[one.skill]]
        behind = max(open_, key=lambda one: (_lag(one, given, total, profile), has[one.skill]))
        given[behind.skill] += 1
    return given


def _lag(one: ProfileSkill, given: Mapping[SkillId, int], total: float, profile: Profile) -> float:
    return one.weight / total * profile.questions - given[one.skill]


def form_of(bank: Bank, profile: Profile) -> tuple[str, ...]:
    """Return the ids of the form's questions, in the order in which they are asked.

    Of a skill those are taken whose difficulty lies nearest to the bar, where the decision is made; the
    skills take turns.

    Raises
    ------
    RequestError
        As `shares`.
    """
    questions = supply(bank)
    given = shares(profile, {skill: len(ids) for skill, ids in questions.items()})
    queues = [_nearest(bank, profile.bar, questions[one.skill], given[one.skill]) for one in profile.skills]
    longest = max(map(len, queues))
    return tuple(queue[turn] for turn in range(longest) for queue in queues if turn < len(queue))


def difficulty(bank: Bank, id_: str) -> float:
    """Return how hard a question is, in logits: as measured, or as its author judged."""
    question = bank[id_].question
    return question.measured.b if question.measured else question.difficulty


def _nearest(bank: Bank, bar: float, ids: Sequence[str], count: int) -> list[str]:
    chosen = sorted(ids, key=lambda id_: (abs(difficulty(bank, id_) - bar), id_))[:count]
    return sorted(chosen, key=lambda id_: (difficulty(bank, id_), id_))


def weights_of(bank: Bank, profile: Profile) -> Floats:
    """Return the weight of each skill of the roadmap in the composite, sum 1."""
    by_skill = {one.skill: one.weight for one in profile.skills}
    weights: Floats = np.array([by_skill.get(skill.id, 0.0) for skill in bank.roadmap.skills])
    weights /= weights.sum()
    return weights


def cuts_for_shares(bank: Bank, profile: Profile, shares: Sequence[float]) -> list[float]:
    """Return the cuts of the composite above which these shares of people lie, as the prior has them.

    It says what a cut in logits means before it is set: nobody has a feeling for logits.
    """
    prior, weights = make_prior(bank.roadmap, {}), weights_of(bank, profile)
    sd = float(np.sqrt(weights @ prior.covariance @ weights))
    return [float(weights @ prior.mean) - float(ndtri(share)) * sd for share in shares]
