"""What to ask in an interview: a fresh question for each of the skills that would settle most."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace

from quizengine.model.result import Result, SkillResult
from quizengine.model.variant import Variant
from quizengine.services.hiring import blinding, results
from quizengine.services.hiring.forms import supply
from quizengine.services.history import GivenAnswer, given_answers
from quizengine.services.permissions import Actor
from quizengine.services.runtime import Runtime
from quizengine.store import attempts, personal

PROBES = 3


@dataclass(frozen=True, slots=True)
class Probe:
    """A question for a conversation, with its solution and the mistake that the candidate made, if any."""

    skill: SkillResult
    variant: Variant
    shown: str


def answers_of(runtime: Runtime, actor: Actor, result_id: str) -> tuple[GivenAnswer, ...]:
    """Return the committed answers behind a result, in order; seconds in the time that everybody has."""
    with runtime.transaction.reading() as session:
        row = results.require(session, actor, result_id)
        attempt = attempts.find_attempt(session, str(row.attempt_id), None, answers=True)
        share = results.adjusted(attempt)
        return tuple(replace(one, seconds=one.seconds * share) for one in given_answers(session, attempt))


def doubts_of(runtime: Runtime, actor: Actor, result_id: str) -> dict[str, tuple[str, ...]]:
    """Return what the candidate said is wrong with questions, by slot, without who they are."""
    with runtime.transaction.reading() as session:
        row = results.require(session, actor, result_id)
        words = blinding.words_of(session, row)
        said = defaultdict[str, list[str]](list)
        for one in personal.reports_of(session, str(row.attempt_id)):
            said[one.slot_id].append(blinding.blind(one.note, words))
        return {slot: tuple(texts) for slot, texts in said.items()}


def probes_of(runtime: Runtime, result: Result, given: tuple[GivenAnswer, ...]) -> list[Probe]:
    """Return a question for each of the skills with the greatest weight times P(1 - P).

    Each is drawn in a name space of its own: no candidate gets these numbers in a test. Of a skill's
    questions one is taken that was not asked, where there is one.
    """
    questions = supply(runtime.bank)
    open_skills = sorted(
        (one for one in result.skills if questions.get(one.skill)),
        key=lambda one: -one.weight * one.p_meets * (1 - one.p_meets),
    )
    return [_probe(runtime, result, one, questions[one.skill], given) for one in open_skills[:PROBES]]


def _probe(
    runtime: Runtime,
    result: Result,
    skill: SkillResult,
    ids: tuple[str, ...],
    given: tuple[GivenAnswer, ...],
) -> Probe:
    asked = {str(one.variant.question_id) for one in given}
    question = next((id_ for id_ in ids if id_ not in asked), ids[0])
    variant = runtime.bank[question].variant(runtime.seed("probe", result.attempt_id, question))
    slips = (one for one in given if one.variant.primary_skill == skill.skill and one.grade.misconception)
    return Probe(skill, variant, next((one.grade.feedback for one in slips), ""))
