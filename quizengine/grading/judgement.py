"""How much of an answer holds, before it becomes a grade."""

from __future__ import annotations

from typing import NamedTuple

from quizengine.model.grade import Grade, Verdict


class Judgement(NamedTuple):
    """How much of an answer holds, in [0, 1], and by which rule; ``decided`` is false if nobody can say."""

    score: float
    rule: str = ""
    hint: str = ""
    parts: tuple[Grade, ...] = ()
    decided: bool = True

    @property
    def verdict(self) -> Verdict:
        """The verdict that the score means."""
        return verdict_of(self.score) if self.decided else "undecided"


def verdict_of(score: float) -> Verdict:
    """Return ``correct`` for 1, ``wrong`` for 0, else ``partial``."""
    if score == 1:
        return "correct"
    return "partial" if score > 0 else "wrong"
