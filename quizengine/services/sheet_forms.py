"""Forms of one set: the same blueprint, other numbers, and equal totals for whoever sits which."""

from __future__ import annotations

from collections.abc import Sequence
from zlib import crc32

import numpy as np

from quizengine.bank import Bank, BankQuestion
from quizengine.model.question import Question
from quizengine.services.sheet_choice import expected_score
from quizengine.services.sheet_copies import Form, Forms
from quizengine.services.sheet_wish import SheetWish

#: A question is asked in other forms too where it has so many variants for each.
VARIANTS_A_FORM = 4
#: Logits that another question in its place may be away.
NEAR = 0.3
#: Abilities at which totals are compared, in logits, and how far apart they may be without a word, in points.
ABILITIES = (-1.0, 0.0, 1.0)
APART = 0.25
SWAPS = 300


def variants_held(question: Question) -> int | None:
    """Return how many draws a question's domains hold; None where a generator draws more on its own."""
    is_open = bool(question.generator) and "data_seed" not in {one.kind for one in question.params.values()}
    return None if is_open else question.space


def make_forms(bank: Bank, questions: Sequence[BankQuestion], wish: SheetWish) -> Forms:
    """Return the forms of a set.

    A question with too few variants is asked in some forms only, another of its skill, type and difficulty in
    the others; which form gets which is swapped at random while that brings the totals nearer together.
    Equal wishes give equal forms.
    """
    used: set[str] = {entry.question.id for entry in questions}
    slots = [_places(bank, entry, wish, used) for entry in questions]
    scores = np.array([[_scores(entry) for entry in slot] for slot in slots])
    places = np.array([range(wish.forms)] * len(slots))
    apart = _apart(_totals(scores, places))
    rng = np.random.default_rng([wish.seed, crc32(b"forms")])
    for _ in range(SWAPS if len(used) > len(questions) else 0):
        tried = places.copy()
        slot = int(rng.integers(len(slots)))
        one, other = rng.integers(wish.forms, size=2)
        tried[slot, [one, other]] = tried[slot, [other, one]]
        if (found := _apart(_totals(scores, tried))) < apart:
            places, apart = tried, found
    made = tuple(tuple(slot[place] for slot, place in zip(slots, column, strict=True)) for column in places.T)
    totals = tuple(tuple(float(total) for total in form) for form in _totals(scores, places))
    return Forms(made, totals)


def _places(bank: Bank, entry: BankQuestion, wish: SheetWish, used: set[str]) -> Form:
    """Return what each form asks in one place; what is taken in goes into ``used``."""
    held = variants_held(entry.question)
    if wish.forms == 1 or held is None or held >= VARIANTS_A_FORM * wish.forms:
        return (entry,) * wish.forms
    others = [one for one in bank.of_skill(entry.question.primary_skill) if _stands_in(one, entry, wish)]
    others = [one for one in others if one.question.id not in used][: wish.forms - 1]
    used.update(one.question.id for one in others)
    asked = (entry, *others)
    return tuple(asked[form % len(asked)] for form in range(wish.forms))


def _stands_in(one: BankQuestion, entry: BankQuestion, wish: SheetWish) -> bool:
    low, high = wish.difficulty
    theirs, ours = one.question, entry.question
    return (
        [part.type for part in theirs.parts] == [part.type for part in ours.parts]
        and abs(theirs.difficulty - ours.difficulty) <= NEAR
        and low <= theirs.difficulty <= high
    )


def _scores(entry: BankQuestion) -> list[float]:
    return [expected_score(entry, level) for level in ABILITIES]


def _totals(scores: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Return the total of each form at each ability; ``scores`` is (slots, forms, abilities)."""
    totals: np.ndarray = np.take_along_axis(scores, places[:, :, None], axis=1).sum(axis=0)
    return totals


def _apart(totals: np.ndarray) -> float:
    return float((totals.max(axis=0) - totals.min(axis=0)).max())
