"""What a check found: counts and faults, of a question and of a bank."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class MutantCount:
    """How many slips in a reference there are, and how many databases told from it, or authors signed off."""

    made: int
    killed: int
    signed_off: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionReport:
    """What a question proved: counts over the variants drawn, and its faults.

    ``mutants`` is None where there is no query, or where sqlglot is not installed.
    """

    id: str
    path: str
    variants: int
    distinct: int
    space: int
    acceptance: float
    answers: int
    milliseconds: float
    fired: dict[str, int]
    separable: str
    has_oracle: bool
    types: tuple[str, ...]
    mutants: MutantCount | None
    faults: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What a whole bank proved."""

    bank: str
    questions: tuple[QuestionReport, ...]
    faults: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def is_good(self) -> bool:
        """Whether nothing is at fault."""
        return not self.faults and not any(question.faults for question in self.questions)

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON."""
        return {
            "bank": self.bank,
            "good": self.is_good,
            "faults": list(self.faults),
            "notes": list(self.notes),
            "questions": [question.as_json() for question in self.questions],
        }
