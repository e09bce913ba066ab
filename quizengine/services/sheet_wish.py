"""What somebody wants on paper, the ranges it keeps to, and which skills its words stand for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from string import ascii_uppercase
from typing import Any

from quizengine.bank import Bank
from quizengine.errors import QuizEngineError, UnknownNameError
from quizengine.model.answers import ANSWER_TYPES
from quizengine.model.sheet import KeyPlace, PaperSize
from quizengine.model.variant import SkillId

MAX_QUESTIONS = 60
MAX_MINUTES = 240
MAX_COPIES = 1000
#: Difficulty in words: the logits from and to, wide enough to overlap.
DIFFICULTIES: Mapping[str, tuple[float, float]] = {
    "any": (-3.0, 3.0),
    "easy": (-3.0, -0.25),
    "medium": (-0.75, 0.75),
    "hard": (0.25, 3.0),
}
FORM_LETTERS = ascii_uppercase
MAX_FORMS = len(FORM_LETTERS)


class SheetError(QuizEngineError):
    """A set that cannot be made, or read again: the message says what is missing and what would do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetWish:
    """What somebody wants on paper.

    ``skills`` are ids, or beginnings of ids (``math``), in the order of their sections. ``minutes`` of
    writing by hand are reached within a tenth where the bank allows; ``questions``, if not None, is how
    many instead. Equal wishes on an equal bank give equal sheets.

    ``pressing`` says how much a skill matters, where not all matter alike: the most pressing ones get a
    place. ``levels`` are abilities in logits; on a skill that has one, questions come that fit learning.
    A fifth of the time is for ``reviews``, skills that are due.
    """

    skills: tuple[str, ...]
    minutes: int = 40
    questions: int | None = None
    difficulty: tuple[float, float] = (-3.0, 3.0)
    types: tuple[str, ...] = ()
    forms: int = 1
    copies: int = 1
    names: tuple[str, ...] = ()
    title: str = ""
    paper: PaperSize = "a4"
    large_print: bool = False
    key: KeyPlace = "separate"
    seed: int = 1
    pressing: Mapping[str, float] = field(default_factory=dict)
    levels: Mapping[str, float] = field(default_factory=dict)
    reviews: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        """How many copies are printed: one a name, at least one a form."""
        return len(self.names) or max(self.copies, self.forms)


def check_wish(wish: SheetWish) -> None:
    """Refuse numbers out of their range and names that are not known.

    Raises
    ------
    SheetError, UnknownNameError
        Saying the range, or the nearest name.
    """
    low, high = wish.difficulty
    bounds: tuple[tuple[str, int, int], ...] = (
        ("minutes", wish.minutes, MAX_MINUTES),
        ("questions", 1 if wish.questions is None else wish.questions, MAX_QUESTIONS),
        ("forms", wish.forms, MAX_FORMS),
        ("copies", max(wish.copies, len(wish.names)), MAX_COPIES),
    )
    for name, value, most in bounds:
        if not 1 <= value <= most:
            raise SheetError(f"{name} must lie between 1 and {most}; {value} was asked for.")
    if low > high:
        raise SheetError(f"The difficulty goes from easy to hard: write {high:g}..{low:g}.")
    if not (wish.skills or wish.reviews):
        raise SheetError("Say which skills: for example math.matrices, or math for all of an area.")
    for name in wish.types:
        if name not in ANSWER_TYPES:
            raise UnknownNameError("answer type", name, ANSWER_TYPES)


def wanted_skills(bank: Bank, names: Sequence[str]) -> tuple[SkillId, ...]:
    """Return the skills that ids, or beginnings of ids, stand for, each once.

    Raises
    ------
    UnknownNameError
        If a name begins no skill.
    """
    known = [skill.id for skill in bank.roadmap.skills]
    found: dict[SkillId, None] = {}
    for name in names:
        fit = [skill for skill in known if skill == name or skill.startswith(f"{name}.")]
        if not fit:
            areas = {skill.split(".")[0] for skill in known}
            raise UnknownNameError("skill or area", name, [*known, *areas])
        found.update(dict.fromkeys(fit))
    return tuple(found)


def wish_to_json(wish: SheetWish) -> dict[str, Any]:
    """Return a wish as JSON."""
    return asdict(wish)


def wish_from_json(content: Mapping[str, Any]) -> SheetWish:
    """Return the wish that was stored; what an older release did not store takes its default."""
    values = dict(content)
    for name in ("skills", "difficulty", "types", "names", "reviews"):
        if name in values:
            values[name] = tuple(values[name])
    return SheetWish(**values)
