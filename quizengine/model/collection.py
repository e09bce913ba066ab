"""Questions with frozen values, to be taken into other people's systems."""

from __future__ import annotations

from dataclasses import dataclass

from quizengine.model.variant import QuestionId, Variant


@dataclass(frozen=True, slots=True)
class Family:
    """The variants of one question that go along, and the marks that each is worth."""

    variants: tuple[Variant, ...]
    marks: int

    @property
    def question_id(self) -> QuestionId:
        """The question that all of them come from."""
        return self.variants[0].question_id

    @property
    def title(self) -> str:
        """The question's title."""
        return self.variants[0].title


@dataclass(frozen=True, slots=True)
class Collection:
    """Families of variants under one title, in the order in which they were asked for."""

    title: str
    families: tuple[Family, ...]

    @property
    def variants(self) -> tuple[Variant, ...]:
        """All variants, in order."""
        return tuple(variant for family in self.families for variant in family.variants)
