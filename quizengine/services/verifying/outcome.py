"""What a verification found: seven steps, each passed, failed or skipped; and how values are compared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal

from quizengine.errors import QuizEngineError

#: Linear algebra differs in its last bits between machines; more than this is a difference.
TOLERANCE = 0.0005
#: What reading values of a file that somebody has changed may raise.
FAULTS = (KeyError, TypeError, ValueError, AttributeError, IndexError, QuizEngineError)
#: Differences that a step keeps; the first one says where to look.
MOST_KEPT = 20

StepName = Literal["schema", "chains", "variants", "grades", "estimate", "headline", "decisions"]
STEPS: Mapping[StepName, str] = {
    "schema": "the file has its form, and the hash of its content",
    "chains": "each event follows from the one before",
    "variants": "each question is what the bank makes of its parameters",
    "grades": "each answer is judged as the file says",
    "estimate": "the grades lead to the abilities",
    "headline": "the abilities lead to headline, skills and words",
    "decisions": "each decision was made on the evidence that it names",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """A place in the file, what it says, and what it ought to say."""

    path: str
    told: object
    found: object

    def __str__(self) -> str:
        return f"{self.path}: the file says {_short(self.told)}, it is {_short(self.found)}"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 100 else f"{text[:97]}..."


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its differences, or why it was skipped. ``note`` says what was looked at."""

    name: StepName
    differences: tuple[Difference, ...] = ()
    skipped: str = ""
    note: str = ""

    @property
    def outcome(self) -> Literal["pass", "fail", "skipped"]:
        """Whether the step passed, failed, or was skipped."""
        if self.differences:
            return "fail"
        return "skipped" if self.skipped else "pass"


@dataclass(frozen=True, slots=True)
class Verification:
    """All steps for one file."""

    what: str
    steps: tuple[Step, ...]

    @property
    def agrees(self) -> bool:
        """Whether no step failed."""
        return all(step.outcome != "fail" for step in self.steps)


def step(name: StepName, found: Iterable[Difference], *, note: str = "") -> Step:
    """Return a step that was taken, with the first of its differences."""
    return Step(name, tuple(islice(found, MOST_KEPT)), note=note)


def compared(path: str, told: Any, found: Any) -> Iterator[Difference]:
    """Yield where two JSON values differ: words and whole numbers at all, reals by more than the tolerance.

    >>> [str(one) for one in compared("a", {"b": [0.1234, "x"]}, {"b": [0.1236, "y"]})]
    ["a.b[1]: the file says 'x', it is 'y'"]
    """
    if isinstance(told, Mapping) and isinstance(found, Mapping):
        for key in sorted(told.keys() | found.keys()):
            yield from compared(f"{path}.{key}", told.get(key), found.get(key))
    elif isinstance(told, list) and isinstance(found, list):
        if len(told) != len(found):
            yield Difference(f"{path}.length", len(told), len(found))
        for place, (one, other) in enumerate(zip(told, found, strict=False)):
            yield from compared(f"{path}[{place}]", one, other)
    elif isinstance(told, float) and isinstance(found, float):
        if not abs(told - found) <= TOLERANCE:
            yield Difference(path, told, found)
    elif told != found or isinstance(told, bool) != isinstance(found, bool):
        yield Difference(path, told, found)
