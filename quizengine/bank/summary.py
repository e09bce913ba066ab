"""What a bank holds, counted from its files: nothing is drawn for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from quizengine.bank.loader import Bank
from quizengine.bank.spaces import size_of
from quizengine.model.question import PartSpec, Question
from quizengine.roadmap.graph import ancestors, live_skills

#: Answer types whose key is decided or written by the author; that of every other is computed.
DECIDED = frozenset({"choice", "choices", "ordering", "matching", "sql", "config", "code"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillCount:
    """Questions whose primary skill it is, and misconceptions of all questions that point to it."""

    id: str
    questions: int
    pointed_to: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MisconceptionCount:
    """Where misconceptions point: to their question's own skill, to one under it, or elsewhere."""

    total: int
    own: int
    prerequisite: int
    other: int
    least: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a bank holds.

    ``types`` counts questions: one with several answers counts for each type that it has.
    ``computed`` are the questions with a key that expressions give, ``proven`` those of them that
    have a second route to each such key. ``large`` have 200 different variants or more.
    """

    bank: str
    questions: int
    skills: tuple[SkillCount, ...]
    types: Mapping[str, int]
    several_answers: int
    misconceptions: MisconceptionCount
    computed: int
    proven: int
    large: int
    few_with_reason: int
    figures: Mapping[str, int]
    with_hints: int
    generators: int

    def as_json(self) -> dict[str, Any]:
        """Return the summary as JSON."""
        return asdict(self)


def summarise(bank: Bank) -> Summary:
    """Count what ``bank`` holds."""
    questions = [entry.question for entry in bank.questions.values()]
    asked = Counter(question.primary_skill for question in questions)
    pointed_to = Counter(wrong.points_to for question in questions for wrong in question.misconceptions)
    computed = [question for question in questions if any(map(_is_computed, question.parts))]
    return Summary(
        bank=bank.name,
        questions=len(questions),
        skills=tuple(
            SkillCount(id=skill.id, questions=asked[skill.id], pointed_to=pointed_to[skill.id])
            for skill in live_skills(bank.roadmap)
        ),
        types=_most_first({part.type for part in question.parts} for question in questions),
        several_answers=sum(len(question.parts) > 1 for question in questions),
        misconceptions=misconceptions(bank),
        computed=len(computed),
        proven=sum(all(part.oracle for part in q.parts if _is_computed(part)) for q in computed),
        large=sum(map(_is_large, questions)),
        few_with_reason=sum(bool(question.few) for question in questions),
        figures=_most_first({q.figure.generator} for q in questions if q.figure),
        with_hints=sum(bool(question.hints) for question in questions),
        generators=sum(bool(question.generator) for question in questions),
    )


def misconceptions(bank: Bank) -> MisconceptionCount:
    """Count the misconceptions of ``bank`` by where they point."""
    under = {skill.id: frozenset(ancestors(bank.roadmap, skill.id)) for skill in bank.roadmap.skills}
    questions = [entry.question for entry in bank.questions.values()]
    pairs = [(q.primary_skill, wrong.points_to) for q in questions for wrong in q.misconceptions]
    own = sum(skill == target for skill, target in pairs)
    prerequisite = sum(target in under[skill] for skill, target in pairs)
    return MisconceptionCount(
        total=len(pairs),
        own=own,
        prerequisite=prerequisite,
        other=len(pairs) - own - prerequisite,
        least=min((len(question.misconceptions) for question in questions), default=0),
    )


def _most_first(names: Iterable[Iterable[str]]) -> Mapping[str, int]:
    return dict(sorted(Counter(name for some in names for name in some).items(), key=lambda one: -one[1]))


def _is_computed(part: PartSpec) -> bool:
    return part.type not in DECIDED


def _is_large(question: Question) -> bool:
    """Whether it has 200 variants, by its domains and its author: ``check`` compares that with draws."""
    return not question.few and size_of(question, drawn=0, different=0, whole=False) != "few"
