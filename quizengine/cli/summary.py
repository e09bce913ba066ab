"""The summary of a bank as text."""

from __future__ import annotations

from collections.abc import Iterator

from quizengine.bank.spaces import FEW_VARIANTS
from quizengine.bank.summary import Summary

#: The longest of the words below: they share a column with the ids of skills.
LONGEST = "  point to a prerequisite"


def as_text(summary: Summary) -> str:
    """Return a summary as text: a line a skill and an answer type, then the counts."""
    return "\n".join(_lines(summary))


def _lines(summary: Summary) -> Iterator[str]:
    width = max(map(len, (*(skill.id for skill in summary.skills), LONGEST)))
    asked = sum(bool(skill.questions) for skill in summary.skills)
    questions = "1 question" if summary.questions == 1 else f"{summary.questions} questions"
    yield f"{summary.bank}: {questions} on {asked} of {len(summary.skills)} skills"
    yield f"\n{'skill':<{width}}{'questions':>11}{'pointed to':>12}"
    for skill in summary.skills:
        yield f"{skill.id:<{width}}{skill.questions:>11}{skill.pointed_to:>12}"
    yield f"\n{'answer type':<{width}}{'questions':>11}"
    yield from (f"{name:<{width}}{count:>11}" for name, count in summary.types.items())
    yield f"{'several answers':<{width}}{summary.several_answers:>11}"
    wrong = summary.misconceptions
    yield f"\n{'misconceptions':<{width}}{wrong.total:>11}   at least {wrong.least} a question"
    yield _counted("  point to the own skill", wrong.own, wrong.total, width)
    yield _counted("  point to a prerequisite", wrong.prerequisite, wrong.total, width)
    yield _counted("  point elsewhere", wrong.other, wrong.total, width)
    yield f"\n{'computed questions':<{width}}{summary.computed:>11}"
    yield _counted("  with a second route", summary.proven, summary.computed, width)
    yield _counted(f"{FEW_VARIANTS} variants or more", summary.large, summary.questions, width)
    yield f"{'  fewer, and a reason':<{width}}{summary.few_with_reason:>11}"
    yield f"{'  fewer, and none':<{width}}{summary.questions - summary.large - summary.few_with_reason:>11}"
    yield _counted("hints", summary.with_hints, summary.questions, width)
    yield f"{'values from a generator':<{width}}{summary.generators:>11}"
    drawn = ", ".join(f"{name} {count}" for name, count in summary.figures.items())
    yield f"{'figures':<{width}}{sum(summary.figures.values()):>11}   {drawn}".rstrip()


def _counted(name: str, count: int, total: int, width: int) -> str:
    return f"{name:<{width}}{count:>11}   {f'{count / total:.0%}' if total else '-'}"
