"""The order in which options are shown: drawn, or that of a variant that is made again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from quizengine.model.answers import (
    Answer,
    ChoiceAnswer,
    ChoicesAnswer,
    MatchingAnswer,
    Option,
    OrderingAnswer,
)
from quizengine.model.variant import Variant


class AsShown(np.random.Generator):
    """Randomness that puts options in the order in which a variant showed them.

    All else that a variant is made of follows from its parameters.
    """

    def __init__(self, shown: Variant) -> None:
        super().__init__(np.random.PCG64(0))
        self._orders = [
            [option.text for option in options] for part in shown.parts for options in _options(part.answer)
        ]

    def order(self, texts: Sequence[str]) -> Sequence[int]:
        """Return the places of ``texts`` in the order in which they were shown; else as they are."""
        found = next((one for one in self._orders if sorted(one) == sorted(texts)), texts)
        return [texts.index(text) for text in found]


def _options(answer: Answer) -> Iterator[Sequence[Option]]:
    match answer:
        case ChoiceAnswer() | ChoicesAnswer():
            yield answer.options
        case OrderingAnswer():
            yield answer.items
        case MatchingAnswer():
            yield answer.left
            yield answer.right


def shuffled(rng: np.random.Generator, texts: Sequence[str]) -> Iterable[int]:
    """Return the places of texts in the order in which they are shown."""
    return rng.order(texts) if isinstance(rng, AsShown) else map(int, rng.permutation(len(texts)))
