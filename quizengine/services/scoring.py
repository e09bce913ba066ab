"""From answers to abilities: the one place where questions become items, and estimates become gaps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log, nan, sqrt

import numpy as np

from quizengine.bank import Bank
from quizengine.model.estimate import Gap
from quizengine.model.question import Question
from quizengine.model.roadmap import Roadmap, Role
from quizengine.model.variant import Measured, SkillId
from quizengine.psychometrics import (
    AdaptiveTest,
    Design,
    ItemPool,
    SkillEstimate,
    SkillPrior,
    discounted_slope,
    measured_skills,
    rescore,
)
from quizengine.psychometrics.pool import COLD_CEILING, COLD_DIFFICULTY_SD, COLD_SLOPE
from quizengine.roadmap.gaps import find_gaps
from quizengine.roadmap.graph import area_positions, prerequisite_edges, role_cuts, role_weights
from quizengine.store.codec import Outline

#: Chance to be right without the skill, before calibration (psychometrics, section 2).
GUESSING_TYPED = 0.02
GUESSING_ARRANGED = 0.05
ARRANGED = frozenset({"choices", "matching", "ordering"})

#: What a slope is worth while the difficulty is a guess.
COLD_USED_SLOPE = float(discounted_slope(COLD_SLOPE, COLD_DIFFICULTY_SD))

LEAST_AN_AREA = 4
MIN_ITEMS = 14
MAX_ITEMS = 28
#: Where it ends by itself: after 14 questions at the least, when the next would settle less than a
#: twentieth of a skill. Half the paper's bound, so that a sitting lasts 14 to 28 questions (decision 0004).
DIAGNOSTIC = Design(min_items=MIN_ITEMS, min_gain=0.05)
#: The words for a self-rating of an area, 0 to 4, in logits.
RATING_LOGITS = (-1.5, -0.75, 0.0, 0.75, 1.5)
RATING_NOISE = 1.7


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What the scorer knows of a question: what it measures, how hard it is, how it can be guessed.

    ``measured`` is what answers have shown, which wins over the guesses.
    """

    question_id: str
    skills: tuple[tuple[SkillId, float], ...]
    difficulty: float
    guessing: float
    seconds: int
    measured: Measured | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One answer that is evidence: the item, the score, and what fired."""

    item: Item
    score: float
    dont_know: bool
    points_to: SkillId | None
    seconds: float


def item_of_question(question: Question) -> Item:
    """Return the item of a question that has not been drawn yet."""
    options = question.parts[0].options.get("options")
    count = len(options) if isinstance(options, tuple) and options else len(question.misconceptions) + 1
    return Item(
        question_id=question.id,
        skills=question.skills,
        difficulty=question.difficulty,
        guessing=_guessing([part.type for part in question.parts], count),
        seconds=question.seconds,
        measured=question.measured,
    )


def item_of_outline(outline: Outline) -> Item:
    """Return the item of a variant as it was shown."""
    return Item(
        question_id=outline.question_id,
        skills=outline.skills,
        difficulty=outline.difficulty,
        guessing=_guessing(outline.answer_types, outline.options),
        seconds=outline.seconds,
        measured=outline.measured,
    )


def _guessing(types: Sequence[str], options: int) -> float:
    if all(name == "choice" for name in types):
        return (1 / max(options, 2)) ** len(types)
    return GUESSING_ARRANGED if all(name in ARRANGED for name in types) else GUESSING_TYPED


def make_pool(roadmap: Roadmap, items: Sequence[Item], *, areas: bool = True) -> ItemPool:
    """Return the items as arrays over the skills of ``roadmap``, in their order."""
    place = {skill.id: i for i, skill in enumerate(roadmap.skills)}
    loadings = np.zeros((len(items), len(roadmap.skills)))
    for row, item in enumerate(items):
        for skill, weight in item.skills:
            loadings[row, place[skill]] += weight
        loadings[row] /= loadings[row].sum()
    area_of = {skill.id: skill.area for skill in roadmap.skills}
    parameters = np.array([parameters_of(item) for item in items]).reshape(-1, 4).T
    return ItemPool(
        loadings,
        *parameters,
        areas=[area_of[item.skills[0][0]] for item in items] if areas else None,
        log_seconds=[log(item.seconds) for item in items],
    )


def parameters_of(item: Item) -> tuple[float, float, float, float]:
    """Return slope, difficulty and asymptotes of an item: measured or guessed; the less sure, the flatter."""
    found = item.measured
    if found:
        return float(discounted_slope(found.a, found.se_b)), found.b, found.c, found.d
    return COLD_USED_SLOPE, item.difficulty, item.guessing, COLD_CEILING


def make_prior(roadmap: Roadmap, ratings: Mapping[str, int]) -> SkillPrior:
    """Return what is believed before the first answer, from the graph and a self-rating by area."""
    prior = _graph_prior(len(roadmap.skills), prerequisite_edges(roadmap), area_positions(roadmap))
    if not ratings:
        return prior
    said = [RATING_LOGITS[ratings[skill.area]] if skill.area in ratings else nan for skill in roadmap.skills]
    rated = sum(skill.area in ratings for skill in roadmap.skills)
    # One word about an area is one observation, not one for each of its skills: the noise
    # of each is raised so that all of an area together weigh as much as one rating.
    return prior.with_self_report(said, noise=RATING_NOISE * sqrt(rated / len(ratings)))


@lru_cache(maxsize=8)
def _graph_prior(n_skills: int, edges: tuple[tuple[int, int], ...], areas: tuple[int, ...]) -> SkillPrior:
    return SkillPrior.from_graph(n_skills, prerequisites=edges, domains=areas)


@dataclass(frozen=True, slots=True)
class BankItems:
    """The items of a bank in a fixed order, as a pool, and what each role weighs its skills by."""

    items: tuple[Item, ...]
    index: Mapping[str, int]
    pool: ItemPool
    weights: Mapping[str, tuple[float, ...]]


_BANK_ITEMS: dict[str, BankItems] = {}


def bank_items(bank: Bank) -> BankItems:
    """Return the items of ``bank``; made once for each bank."""
    known = _BANK_ITEMS.get(bank.digest)
    # The digest is that of the files; a bank that was cut down in a program has other questions.
    if known is None or known.index.keys() != bank.questions.keys():
        items = tuple(item_of_question(entry.question) for entry in bank.questions.values())
        index = {item.question_id: i for i, item in enumerate(items)}
        by_area = Counter(item.skills[0][0].partition(".")[0] for item in items)
        # A small bank cannot spread a test over all areas: then nothing asks it to.
        balanced = min(by_area.values(), default=0) >= LEAST_AN_AREA
        weights = {role.id: role_weights(bank.roadmap, role) for role in bank.roadmap.roles}
        _BANK_ITEMS[bank.digest] = BankItems(
            items, index, make_pool(bank.roadmap, items, areas=balanced), weights
        )
    return _BANK_ITEMS[bank.digest]


@dataclass(frozen=True, slots=True)
class Choice:
    """What the adaptive test wants next: a question, or the reason why it stops."""

    question_id: str | None
    stopped: str


def adaptive_test(
    bank: Bank,
    role: Role,
    ratings: Mapping[str, int],
    seed: int,
    answered: Iterable[Answered | str],
    exclude: Iterable[str] = (),
) -> tuple[AdaptiveTest, BankItems]:
    """Return the test of a sitting with its answers so far.

    An answer that is no evidence (a person must decide it) is given as the question's id
    alone: it is used up and says nothing.
    """
    known = bank_items(bank)
    history = list(answered)
    gone = [a.item for a in history if isinstance(a, Answered) and a.item.question_id not in known.index]
    if gone:  # the bank has lost a question since it was answered
        items = (*known.items, *gone)
        index = {item.question_id: i for i, item in enumerate(items)}
        known = BankItems(items, index, make_pool(bank.roadmap, items), known.weights)
    test = AdaptiveTest(
        known.pool,
        make_prior(bank.roadmap, ratings),
        cuts=role_cuts(bank.roadmap, role),
        weights=known.weights[role.id],
        max_items=MAX_ITEMS,
        seed=seed,
        design=DIAGNOSTIC,
        exclude=[known.index[name] for name in exclude if name in known.index],
    )
    place = {skill.id: i for i, skill in enumerate(bank.roadmap.skills)}
    for answer in history:
        if isinstance(answer, str):
            if answer in known.index:
                test.skip(known.index[answer])
            continue
        points_to = place.get(answer.points_to) if answer.points_to else None
        test.record(
            known.index[answer.item.question_id],
            answer.score,
            dont_know=answer.dont_know,
            seconds=answer.seconds or None,
            points_to=points_to,
        )
    return test, known


def choose_next(
    bank: Bank,
    role: Role,
    ratings: Mapping[str, int],
    seed: int,
    answered: Sequence[Answered | str],
    seen_before: frozenset[str] = frozenset(),
) -> Choice:
    """Choose the next question; those of earlier sittings only where the skill has no other."""
    test, known = adaptive_test(bank, role, ratings, seed, answered, _avoidable(bank, seen_before))
    item = test.next_item()
    question_id = None if item is None else known.items[item].question_id
    return Choice(question_id, test.stopped or "")


def _avoidable(bank: Bank, seen: frozenset[str]) -> set[str]:
    if not seen:
        return set()
    by_skill = Counter(entry.question.primary_skill for entry in bank.questions.values())
    seen_by_skill = Counter(bank[name].question.primary_skill for name in seen if name in bank.questions)
    return {
        name
        for name in seen
        if name in bank.questions
        and seen_by_skill[bank[name].question.primary_skill] < by_skill[bank[name].question.primary_skill]
    }


def estimate(roadmap: Roadmap, ratings: Mapping[str, int], answered: Sequence[Answered]) -> SkillEstimate:
    """Return the posterior of all answers together: what reports and ``verify`` use."""
    prior = make_prior(roadmap, ratings)
    if not answered:
        return SkillEstimate(prior.mean, prior.covariance)
    place = {skill.id: i for i, skill in enumerate(roadmap.skills)}
    return rescore(
        make_pool(roadmap, [answer.item for answer in answered], areas=False),
        prior,
        range(len(answered)),
        [answer.score for answer in answered],
        dont_know=[answer.dont_know for answer in answered],
        points_to=[place.get(answer.points_to) if answer.points_to else None for answer in answered],
    )


def gaps_of(
    roadmap: Roadmap, role: Role, ratings: Mapping[str, int], answered: Sequence[Answered]
) -> tuple[Gap, ...]:
    """Return the gaps that the answers show, the most pressing first."""
    found = estimate(roadmap, ratings, answered)
    primary = [answer.item.skills[0][0] for answer in answered]
    loadings = (
        make_pool(roadmap, [a.item for a in answered], areas=False).loadings
        if answered
        else np.zeros((0, len(roadmap.skills)))
    )
    return find_gaps(
        roadmap,
        role,
        probabilities=[float(p) for p in found.gap_probabilities(role_cuts(roadmap, role))],
        means=[float(x) for x in found.mean],
        sds=[float(x) for x in found.standard_errors],
        answers_by_skill=Counter(primary),
        dont_know_by_skill=Counter(s for s, a in zip(primary, answered, strict=True) if a.dont_know),
        near=[bool(x) for x in measured_skills(loadings, make_prior(roadmap, {}).covariance)],
    )
