"""Candidates who have sat a screen of small questions, for tests of results."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from quizengine.bank import Bank
from quizengine.model.answers import IntegerAnswer
from quizengine.model.grade import Response
from quizengine.model.variant import QuestionId, SkillId
from quizengine.services import attempts
from quizengine.services.hiring import invitations, outbox, sitting
from quizengine.services.hiring.sitting import Consent
from quizengine.services.permissions import Actor
from quizengine.services.runtime import Runtime
from quizengine.store.hiring_rows import InvitationRow
from tests.factories import NOON, make_misconception
from tests.hiring import invite
from tests.web_questions import FixedQuestion, bank, fixed_question

SKILLS = ("math.vectors", "math.matrices")


def two_skill_bank(each: int = 10) -> Bank:
    """A bank of questions for a whole number on two skills, all with the key 7, from easy to hard."""
    made: dict[QuestionId, FixedQuestion] = {}
    for skill in SKILLS:
        for number in range(each):
            entry = fixed_question("integer")
            id_, measures = QuestionId(f"{skill}.q{number}"), ((SkillId(skill), 1.0),)
            difficulty = 2 * number / each - 1
            part = replace(entry.fixed.parts[0], answer=IntegerAnswer(value=7))
            slip = make_misconception(IntegerAnswer(value=8), "off-by-one", skill)
            fixed = replace(
                entry.fixed, question_id=id_, skills=measures, difficulty=difficulty, parts=(part,),
                misconceptions=(slip,),
            )  # fmt: skip
            question = replace(entry.question, id=id_, skills=measures, difficulty=difficulty)
            made[id_] = replace(entry, question=question, fixed=fixed)
    return replace(bank(), questions=made)


@dataclass
class Sat:
    """Somebody's attempt at a screen, and the ids of their invitation and of their result."""

    invitation: str
    result: str
    attempt: str
    learner: str


def begin(
    runtime: Runtime, owner: Actor, screen: str, name: str = "Ann Lee", *, row: str = "", now: datetime = NOON
) -> Sat:
    """Invite somebody, who comes by the link and starts."""
    email = f"{name.split(maxsplit=1)[0].lower()}@example.org"
    listed = row or f"email,name,external_id\n{email},{name},number-of-{name.split(maxsplit=1)[0]}"
    before = {one.id for one in invitations.people_of(runtime, owner, screen, now=now)}
    invite(runtime, owner, screen, listed, now=now)
    new = next(one for one in invitations.people_of(runtime, owner, screen, now=now) if one.id not in before)
    token = _token(runtime, screen, new.code)
    made = sitting.activate(runtime, token, Consent(privacy_read=True, own_work=True, name=name), now=now)
    attempts.begin(runtime, made.learner_id, made.attempt_id, now=now)
    return Sat(new.id, result_of(runtime, new.id), made.attempt_id, made.learner_id)


def result_of(runtime: Runtime, invitation: str) -> str:
    """The id of the result of an invitation, which no service tells who invites."""
    with runtime.transaction.reading() as session:
        return session.get_one(InvitationRow, invitation).result_id


def _token(runtime: Runtime, screen: str, code: str) -> str:
    letter = next(one for one in outbox.by_hand(runtime, screen) if one.code == code)
    return letter.body.partition("http://localhost/i/")[2].split()[0]


def answer(runtime: Runtime, sat: Sat, pattern: str, *, now: datetime = NOON) -> None:
    """Answer one question for each letter: r right, w wrong, d "I don't know yet"."""
    for at, how in enumerate(pattern, 1):
        moment = now + timedelta(seconds=30 * at)
        standing = attempts.standing(runtime, sat.learner, sat.attempt, now=moment)
        assert standing.slot_id
        assert standing.variant
        given = {
            "r": Response(answers={"answer": "7"}),
            "w": Response(answers={"answer": "8"}),
            "d": Response(answers={}, dont_know=True),
        }[how]
        attempts.commit(runtime, sat.learner, standing.slot_id, given, now=moment)


def finish(runtime: Runtime, sat: Sat, *, now: datetime = NOON + timedelta(minutes=20)) -> None:
    """End the attempt by hand."""
    attempts.finish(runtime, sat.learner, sat.attempt, now=now)


def sit(runtime: Runtime, owner: Actor, screen: str, pattern: str, name: str = "Ann Lee") -> Sat:
    """A whole sitting, ended with its last answer or by hand."""
    sat = begin(runtime, owner, screen, name)
    answer(runtime, sat, pattern)
    finish(runtime, sat)
    return sat
