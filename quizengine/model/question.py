"""One bank file: how a family of problems is drawn, asked and answered. Expressions are text here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from quizengine.model.variant import Measured, QuestionId, SkillId

DomainKind = Literal["int", "decimal", "choice", "data_seed", "const"]
DomainValue = int | Fraction | str | bool


@dataclass(frozen=True, slots=True)
class Domain:
    """The finite set of values that a parameter is drawn from."""

    kind: DomainKind
    values: tuple[DomainValue, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartSpec:
    """One answer as the file states it. ``options`` holds what belongs to its type alone."""

    name: str
    label: str
    weight: float
    type: str
    value: str
    oracle: str
    options: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSpec:
    """What must hold of a file, as the question states it.

    ``faults`` are the switches of the file's template that break this rule and no other.
    """

    id: str
    says: str
    holds: str
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MisconceptionSpec:
    """A wrong answer as the file states it: by ``value``, ``sql``, ``choice``, ``when`` or ``fault``.

    Beside a ``fault``, ``when`` is a rule that tells this fault from others that break the same rule.
    """

    id: str
    feedback: str
    points_to: SkillId
    credit: float = 0.0
    value: str = ""
    sql: str = ""
    choice: str = ""
    when: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureSpec:
    """A picture: the function that draws it, expressions for its arguments, the text that replaces it."""

    generator: str
    args: Mapping[str, str]
    alt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One bank file, read and checked for form. Its expressions are compiled by ``generation``.

    ``digits`` is how many significant digits a shown number may have; ``few`` says why it has fewer than
    200 different variants, where that is so.
    """

    id: QuestionId
    version: int
    title: str
    skills: tuple[tuple[SkillId, float], ...]
    difficulty: float
    seconds: int
    prompt: str
    solution: str
    hints: tuple[str, ...]
    params: Mapping[str, Domain]
    let: Mapping[str, str]
    generator: str
    where: tuple[str, ...]
    identity: tuple[str, ...]
    separable: Literal["all", "any"]
    parts: tuple[PartSpec, ...]
    misconceptions: tuple[MisconceptionSpec, ...]
    few: str = ""
    figure: FigureSpec | None = None
    digits: int = 4
    measured: Measured | None = None

    @property
    def space(self) -> int:
        """How many draws the declared domains hold (before ``where`` rejects some)."""
        size = 1
        for domain in self.params.values():
            size *= len(domain.values)
        return size

    @property
    def primary_skill(self) -> SkillId:
        """The skill that decides the answer."""
        return self.skills[0][0]
