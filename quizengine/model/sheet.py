"""A printed set: what was chosen for one copy, exactly, so that it can be printed again and marked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from quizengine.model.grade import Grade, Response
from quizengine.model.variant import Variant

PaperSize = Literal["a4", "letter"]
PrintKind = Literal["sheet", "key"]
#: Where the key is printed: on paper of its own, behind its sheet in the same document, or nowhere.
KeyPlace = Literal["separate", "same", "none"]
KEY_PLACES: tuple[KeyPlace, ...] = ("separate", "same", "none")
#: How a mark came to be: graded as online, or decided by the learner or by somebody else.
MarkedHow = Literal["typed", "marked-self", "marked-by"]


@dataclass(frozen=True, slots=True)
class SheetItem:
    """One question of a sheet with its exact values, and the marks that it is worth."""

    variant: Variant
    marks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One copy of a practice set.

    ``code`` is what is printed on it and opens nothing by itself; sheets of one ``form`` letter have the same
    questions in the same order, each copy with values of its own. ``name`` is whom it is for, or empty.
    ``skills`` holds the titles of the skills that its key speaks of, as they were when it was made; ``key``
    is where that is printed.
    """

    code: str
    form: str
    title: str
    paper: PaperSize
    large_print: bool
    minutes: int
    items: tuple[SheetItem, ...]
    name: str = ""
    skills: Mapping[str, str] = field(default_factory=dict)
    key: KeyPlace = "separate"

    @property
    def marks(self) -> int:
        """The marks of all questions together."""
        return sum(item.marks for item in self.items)

    @property
    def prints(self) -> tuple[PrintKind, ...]:
        """The documents that it is printed as."""
        return ("sheet", "key") if self.key == "separate" else ("sheet",)


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetMark:
    """What stood at one question of a sheet. Without a grade it was not reached, which is no evidence.

    ``number`` is the question's, from 1; ``is_own`` says whether the learner whose sheet it is wrote it.
    """

    number: int
    how: MarkedHow
    response: Response
    grade: Grade | None
    is_own: bool
