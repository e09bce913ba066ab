"""Forms that take turns: as many questions of each skill for everybody, from families that alternate.

A family is a question; its variants are fresh each time, so what wears out is the family. Of each skill the
families that the screen has given least come next: no family goes to more than a quarter of a screen's people
where the bank has four times as many as a form asks of the skill, and to as few as possible where it has not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from math import ceil

import numpy as np

from quizengine.bank import Bank
from quizengine.model.profile import Profile
from quizengine.model.variant import SkillId
from quizengine.services.hiring.forms import difficulty, shares, supply

#: The largest share of a screen's forms that one family is to be in.
CAP = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """What a screen has given so far, and what somebody had better not get.

    ``forms`` counts the forms drawn, ``given`` how many of them have each question. ``met`` are the
    questions that the person has been shown before, anywhere; ``spent`` those with few variants, most of
    which the organisation has used.
    """

    forms: int = 0
    given: Mapping[str, int] = field(default_factory=dict)
    met: Collection[str] = frozenset()
    spent: Collection[str] = frozenset()


def pool_of(bank: Bank, profile: Profile) -> tuple[str, ...]:
    """Return the ids of all questions that forms of a profile are drawn from.

    Raises
    ------
    RequestError
        If the bank has too few for the profile.
    """
    has = supply(bank)
    shares(profile, {skill: len(ids) for skill, ids in has.items()})
    return tuple(chain.from_iterable(has[one.skill] for one in profile.skills))


def counts_of(bank: Bank, profile: Profile, pool: Sequence[str]) -> dict[SkillId, tuple[int, list[str]]]:
    """Return how many questions a form has of each skill, and which there are: nearest to the bar first."""
    known: dict[SkillId, list[str]] = {one.skill: [] for one in profile.skills}
    for id_ in pool:
        known[bank[id_].question.primary_skill].append(id_)
    given = shares(profile, {skill: len(ids) for skill, ids in known.items()})
    return {
        skill: (given[skill], sorted(ids, key=lambda id_: (abs(difficulty(bank, id_) - profile.bar), id_)))
        for skill, ids in known.items()
    }


def draw_form(
    bank: Bank, profile: Profile, pool: Sequence[str], exposure: Exposure, seed: int
) -> tuple[str, ...]:
    """Return the ids of somebody's questions, in the order in which they are asked.

    Of each skill those come first that are not spent, would not lie above the cap, and that the person has
    not met; then the ones near the bar; then those that the screen has given least. Ties are drawn. The
    skills take turns, each from easy to hard.

    Raises
    ------
    RequestError
        If the pool has too few questions.
    """
    rng = np.random.default_rng(seed)
    most = ceil(CAP * (exposure.forms + 1))
    queues = []
    for count, ids in counts_of(bank, profile, pool).values():
        near = set(ids[: ceil(count / CAP)])
        ties = dict(zip(ids, rng.permutation(len(ids)), strict=True))

        def rank(id_: str, near: set[str] = near, ties: dict[str, int] = ties) -> tuple[float, ...]:
            given = exposure.given.get(id_, 0)
            full = given >= most
            return (id_ in exposure.spent, full, id_ in exposure.met, id_ not in near, given, ties[id_])

        queues.append(sorted(sorted(ids, key=rank)[:count], key=lambda id_: (difficulty(bank, id_), id_)))
    longest = max(map(len, queues))
    return tuple(queue[turn] for turn in range(longest) for queue in queues if turn < len(queue))


def forms_in_turn(
    bank: Bank, profile: Profile, pool: Sequence[str], seed: int, *, forms: int
) -> Iterator[tuple[str, ...]]:
    """Yield the forms of so many people who come one after the other and have met nothing."""
    given = Counter[str]()
    for number in range(forms):
        form = draw_form(bank, profile, pool, Exposure(forms=number, given=given), seed + number)
        yield form
        given.update(form)


def least_exposure(bank: Bank, profile: Profile, pool: Sequence[str]) -> dict[SkillId, float]:
    """Return the smallest share of people that a family of each skill can go to, in (0, 1].

    Above `CAP` the bank has too few families for the number that a form asks.
    """
    return {
        skill: max(count / len(ids), CAP) for skill, (count, ids) in counts_of(bank, profile, pool).items()
    }
