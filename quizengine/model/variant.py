"""One concrete problem, as one person sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import NewType

from quizengine.model.answers import Answer, type_name

QuestionId = NewType("QuestionId", str)
SkillId = NewType("SkillId", str)


@dataclass(frozen=True, slots=True)
class Part:
    """One answer of a problem: where it stands, what it is called, what it weighs."""

    name: str
    label: str
    weight: float
    answer: Answer


@dataclass(frozen=True, slots=True)
class Condition:
    """A comparison of a typed number with a value: ``sign`` is one of == != < <= > >=."""

    sign: str
    value: Fraction

    def holds(self, typed: Fraction) -> bool:
        """Whether a typed number fulfils the comparison."""
        match self.sign:
            case "==":
                return typed == self.value
            case "!=":
                return typed != self.value
            case "<":
                return typed < self.value
            case "<=":
                return typed <= self.value
            case ">":
                return typed > self.value
            case _:
                return typed >= self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Misconception:
    """A wrong answer with a name: what it is here, and which skill it points to.

    ``answers`` has one wrong answer for each part, or None where the part is not
    touched; it has the part's own type, but for a value outside it (a fraction
    where a whole number is asked), which is then a number.
    Where the wrong answer is a query it stands in ``query``; where it is a range of
    numbers ("a chance above 1"), ``when`` holds the comparisons that all must hold.
    """

    id: str
    answers: tuple[Answer | None, ...]
    feedback: str
    points_to: SkillId
    credit: float = 0.0
    query: str = ""
    when: tuple[Condition, ...] = ()


def misconception_title(name: str) -> str:
    """Return the name of a misconception in words.

    >>> misconception_title("adds-the-products")
    'Adds the products'
    """
    return name.replace("-", " ").replace("_", " ").capitalize()


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture as SVG text, with the words that give what a sighted person reads."""

    svg: str
    alt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What people's answers have shown of a question; it wins over what its author guessed.

    ``a`` is how sharply it tells people apart, ``b`` its difficulty in logits with the standard error
    ``se_b``, ``c`` and ``d`` the chances of those who know nothing and all.
    """

    a: float
    b: float
    se_b: float
    c: float
    d: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One concrete problem with exact values, as one person sees it.

    Equal question and seed give an equal variant on one release of the engine.
    Across releases they may not (NumPy does not promise equal streams), so what
    is stored is the variant itself, never only its seed.

    ``prompt``, ``hints``, ``solution`` and every feedback are Markdown with LaTeX
    maths, the values filled in. ``{{input:NAME}}`` in a prompt marks the place of
    a part; parts without a place follow the prompt.
    """

    question_id: QuestionId
    version: int
    title: str
    skills: tuple[tuple[SkillId, float], ...]
    difficulty: float
    seconds: int
    values: Mapping[str, str]
    prompt: str
    parts: tuple[Part, ...]
    misconceptions: tuple[Misconception, ...]
    solution: str
    hints: tuple[str, ...] = ()
    figure: Figure | None = None
    identity: str = ""
    measured: Measured | None = None

    @property
    def answer(self) -> Answer:
        """The answer of the first part (the only one, in most questions)."""
        return self.parts[0].answer

    @property
    def primary_skill(self) -> SkillId:
        """The skill that decides the answer."""
        return self.skills[0][0]

    @property
    def answer_types(self) -> tuple[str, ...]:
        """The answer type of each part, in order."""
        return tuple(type_name(part.answer) for part in self.parts)
