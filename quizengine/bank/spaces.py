"""How many different problems a question holds: told by its domains, or by repeats among its draws."""

from __future__ import annotations

import math
from typing import Literal

from quizengine.model.question import Question

#: Fewer different problems than this and somebody who practises meets old ones.
FEW_VARIANTS = 200
#: So many draws, or their repeats say too little: three among twenty come by chance.
LEAST_DRAWN = 100
#: Standard deviations that repeats must be away from what is expected before they decide.
CLEAR = 2.0

Size = Literal["few", "enough", "unclear"]


def size_of(question: Question, *, drawn: int, different: int, whole: bool) -> Size:
    """Say whether a question has fewer than 200 different variants.

    Parameters
    ----------
    question
        Its domains alone decide where they hold fewer than 200 values.
    drawn, different
        Variants drawn, and how many of them were different.
    whole
        Whether all of the space was gone through; then ``different`` is exact.

    Notes
    -----
    Otherwise ``different`` is compared with what ``drawn`` draws from 200 equally frequent variants
    would show: an occupancy problem, mean and variance as in Feller, *An Introduction to Probability
    Theory*, volume 1, chapter IV.2. Variants of unequal frequency repeat more often: the error is on the
    safe side. 200 draws tell 150 variants from 300; fewer than 100 decide nothing.

    >>> from quizengine.bank import load_bank
    >>> from quizengine.resources import resource
    >>> question = load_bank(resource("question_banks") / "backend_to_ml")["math.matrices.product"].question
    >>> [size_of(question, drawn=n, different=d, whole=False) for n, d in ((200, 100), (200, 190), (9, 9))]
    ['few', 'enough', 'unclear']
    """
    if whole:
        return "few" if different < FEW_VARIANTS else "enough"
    if _is_declared(question) and question.space < FEW_VARIANTS:
        return "few"
    if drawn < LEAST_DRAWN:
        return "unclear"
    expected, spread = _occupied(FEW_VARIANTS, drawn)
    if different < expected - CLEAR * spread:
        return "few"
    return "enough" if different > expected + CLEAR * spread else "unclear"


def most_variants(question: Question) -> int | None:
    """Return how many different variants a question has at the most; None where its code draws on its own."""
    return question.space if _is_declared(question) else None


def _is_declared(question: Question) -> bool:
    """Whether nothing but the parameters is drawn: a generator without a data seed draws on its own."""
    kinds = {domain.kind for domain in question.params.values()}
    return not question.generator or "data_seed" in kinds


def _occupied(places: int, balls: int) -> tuple[float, float]:
    """Return mean and standard deviation of the places that are hit when balls fall at random."""
    missed = (1 - 1 / places) ** balls
    both = (1 - 2 / places) ** balls
    variance = places * missed + places * (places - 1) * both - (places * missed) ** 2
    return places * (1 - missed), math.sqrt(max(variance, 0.0))
