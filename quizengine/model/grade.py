"""What a person gave, and the verdict on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Verdict = Literal["correct", "partial", "wrong", "unreadable", "undecided"]
VERDICTS: tuple[Verdict, ...] = ("correct", "partial", "wrong", "unreadable", "undecided")
Decimal = Literal["point", "comma"]

#: What one part of a form gives: text, a list of texts (choices, ordering, matching, vector cells),
#: or rows of texts (matrix and table cells).
ResponseValue = str | tuple[str, ...] | tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What a person gave: the raw text of each part, or "I don't know yet"."""

    answers: Mapping[str, ResponseValue]
    dont_know: bool = False
    decimal: Decimal = "point"
    milliseconds: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """The verdict on one response, and the rule that led to it.

    ``unreadable`` is the form's fault, not the person's: it is asked again.
    ``undecided`` means that the grader ran out of its budget: a human decides.
    Neither is evidence, so the score that they carry, 0, is never to be used.

    ``start`` and ``end`` are the characters of the text that could not be read.
    ``parts`` holds one grade a part where a question has several, or one a cell of a table.
    """

    verdict: Verdict
    score: float = 0.0
    rule: str = ""
    read_as: str = ""
    misconception: str | None = None
    feedback: str = ""
    hint: str = ""
    stage: str = ""
    start: int | None = None
    end: int | None = None
    parts: tuple[Grade, ...] = ()

    def __post_init__(self) -> None:
        fits = {
            "correct": self.score == 1,
            "partial": 0 < self.score < 1,
            "wrong": 0 <= self.score < 1,
        }
        if not fits.get(self.verdict, self.score == 0):
            raise ValueError(f"a response that is {self.verdict} cannot score {self.score}")

    @property
    def is_evidence(self) -> bool:
        """Whether the response says anything about what the person knows."""
        return self.verdict in ("correct", "partial", "wrong")
