"""A printed set: what was chosen for one copy, exactly, so that it can be printed again and marked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from quizengine.model.variant import Variant

PaperSize = Literal["a4", "letter"]


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
    ``skills`` holds the titles of the skills that its key speaks of, as they were when it was made.
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

    @property
    def marks(self) -> int:
        """The marks of all questions together."""
        return sum(item.marks for item in self.items)
