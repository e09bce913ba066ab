"""Simulated candidates who sit a screen by the real services: what they are told, and what is true."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from quizengine.bank import Bank
from quizengine.model.answers import IntegerAnswer
from quizengine.model.grade import Response
from quizengine.model.profile import Profile
from quizengine.model.variant import QuestionId
from quizengine.psychometrics.bar import joint_chance
from quizengine.psychometrics.replicates import Form, filter_together
from quizengine.services import attempts
from quizengine.services.hiring import results, sitting
from quizengine.services.hiring.forms import weights_of
from quizengine.services.hiring.rotation import forms_in_turn, pool_of
from quizengine.services.hiring.sitting import Consent
from quizengine.services.permissions import Actor
from quizengine.services.runtime import Runtime
from quizengine.services.scoring import bank_items, make_prior
from tests.factories import NOON
from tests.hiring import invite
from tests.web_questions import FixedQuestion, fixed_question

RIGHT, WRONG = "7", "8"
Row = NDArray[np.float64]


def stand_ins(bank: Bank) -> Bank:
    """The bank with each question as one for the number 7, on the same skills, as hard, and drawn at once."""
    made: dict[QuestionId, FixedQuestion] = {}
    for id_, entry in bank.questions.items():
        stand_in: FixedQuestion = fixed_question("integer")
        skills, difficulty = entry.question.skills, entry.question.difficulty
        part = replace(stand_in.fixed.parts[0], answer=IntegerAnswer(value=7))
        fixed = replace(
            stand_in.fixed, question_id=id_, skills=skills, difficulty=difficulty, parts=(part,),
            misconceptions=(),
        )  # fmt: skip
        question = replace(stand_in.question, id=id_, skills=skills, difficulty=difficulty)
        made[id_] = replace(stand_in, question=question, fixed=fixed)
    return replace(bank, questions=made, digest=f"stand-ins-{bank.digest}")


def places_of(bank: Bank, people: int, rng: np.random.Generator) -> Row:
    """Draw where people stand on each skill, as the prior has them, (people, skills)."""
    prior = make_prior(bank.roadmap, {})
    root = np.linalg.cholesky(prior.covariance)
    return prior.mean + rng.standard_normal((people, len(prior.mean))) @ root.T


def are_above(bank: Bank, profile: Profile, places: Row) -> NDArray[np.bool_]:
    """Who of them is on or above the cut of a profile without floors, (people,)."""
    assert not profile.required
    return places @ weights_of(bank, profile) >= profile.bar


def sit_all(
    runtime: Runtime,
    owner: Actor,
    screen: str,
    places: Row,
    rng: np.random.Generator,
    *,
    chances: Row | None = None,
) -> Row:
    """Let people who stand at (people, skills) sit a screen to its end; return the P of each, (people,).

    ``chances`` to solve each question of the bank, (people, questions), are the bank's own unless given.
    """
    emails = [f"p{number:05}@example.org" for number in range(len(places))]
    links = invite(runtime, owner, screen, "\n".join(["email", *emails]))
    if chances is None:
        chances = bank_items(runtime.bank).pool.chances(places)
    made = [_sit(runtime, link, chances[at], rng) for at, link in enumerate(links)]
    told = {one.attempt_id: one for one in results.of_screen(runtime, owner, screen)}
    assert all(told[attempt].is_told for attempt in made)
    return np.array([told[attempt].p_meets for attempt in made])


def _sit(runtime: Runtime, link: str, chances: Row, rng: np.random.Generator) -> str:
    agreed = Consent(privacy_read=True, own_work=True, name="P")
    made = sitting.activate(runtime, link, agreed, now=NOON)
    attempts.begin(runtime, made.learner_id, made.attempt_id, now=NOON)
    index, now = bank_items(runtime.bank).index, NOON
    while (standing := attempts.standing(runtime, made.learner_id, made.attempt_id)).slot_id:
        assert standing.variant
        now += timedelta(seconds=20)
        is_right = rng.random() < chances[index[standing.variant.question_id]]
        given = Response(answers={"answer": RIGHT if is_right else WRONG})
        attempts.commit(runtime, made.learner_id, standing.slot_id, given, now=now)
    return made.attempt_id


def by_the_filter(bank: Bank, profile: Profile, form: Sequence[str], scores: Row) -> Row:
    """P(meets) by the filter that takes all people together, (people,); scores are (people, questions)."""
    known, prior = bank_items(bank), make_prior(bank.roadmap, {})
    line = weights_of(bank, profile)[None]
    made = Form.of(known.pool, np.array([known.index[id_] for id_ in form]), line)
    means, spread = filter_together(prior, made, scores)
    return joint_chance(means[:, len(form) :], spread, [profile.bar])


def told_together(bank: Bank, profile: Profile, places: Row, rng: np.random.Generator, forms: int = 4) -> Row:
    """What people who take turns at forms would be told, without the services: all at once."""
    chances, index = bank_items(bank).pool.chances(places), bank_items(bank).index
    turns = forms_in_turn(bank, profile, pool_of(bank, profile), 1, forms=forms)
    parts: list[Row] = []
    for form, people in zip(turns, np.array_split(np.arange(len(places)), forms), strict=True):
        at = [index[id_] for id_ in form]
        scores = (rng.random((len(people), len(at))) < chances[people][:, at]).astype(float)
        # Few enough at once for the processor's cache.
        blocks = np.array_split(scores, len(scores) // 250 + 1)
        parts.extend(by_the_filter(bank, profile, form, block) for block in blocks)
    return np.concatenate(parts)


def calibration_error(p: Row, above: NDArray[np.bool_], bins: int = 10) -> float:
    """The expected calibration error: how far the mean P of a bin is from its share, over people."""
    place = np.minimum((p * bins).astype(int), bins - 1)
    parts = [place == one for one in range(bins)]
    return float(sum(abs((p[part] - above[part]).sum()) for part in parts) / len(p))
