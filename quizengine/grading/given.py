"""What somebody with a misconception would give, for authors to read."""

from __future__ import annotations

from dataclasses import replace
from difflib import ndiff

from quizengine.grading.keys import key_text
from quizengine.model.answers import Answer, ConfigAnswer, FactorisationAnswer
from quizengine.model.variant import Condition, Misconception, Variant


def given_text(variant: Variant, wrong: Misconception) -> str:
    """Return what somebody with the misconception would give, in plain text."""
    if wrong.query:
        return " ".join(wrong.query.split())
    if wrong.when:
        return " and ".join(map(_condition, wrong.when))
    pairs = zip(variant.parts, wrong.answers, strict=True)
    return "; ".join(_wrong_text(part.answer, answer) for part, answer in pairs if answer is not None)


def _wrong_text(key: Answer, wrong: Answer) -> str:
    if isinstance(key, FactorisationAnswer) and isinstance(wrong, FactorisationAnswer):
        return key_text(replace(wrong, property=key.property))  # what is asked for names the matrices
    if not isinstance(key, ConfigAnswer) or not isinstance(wrong, ConfigAnswer):
        return key_text(wrong)
    return " ".join(" ".join(line.split()) for line in changed_lines(key, wrong))


def changed_lines(key: ConfigAnswer, wrong: ConfigAnswer) -> list[str]:
    """Return the lines of a file that a mistake changes: those it lacks after "-", its own after "+"."""
    lines = ndiff(key.sound.splitlines(), wrong.sound.splitlines())
    return [line for line in lines if line.startswith(("-", "+"))]


def _condition(condition: Condition) -> str:
    return f"{condition.sign} {condition.value}"
