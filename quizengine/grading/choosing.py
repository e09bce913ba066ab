"""Answers that are picked, not computed: ids of options, in any notation a form or a line can send."""

from __future__ import annotations

import re
from collections.abc import Sequence

from quizengine.errors import UnreadableResponseError
from quizengine.grading.characters import MAX_CHARACTERS, clean, quoted
from quizengine.grading.typed import Picks
from quizengine.model.answers import (
    ChoiceAnswer,
    ChoicesAnswer,
    MatchingAnswer,
    Option,
    OrderingAnswer,
)
from quizengine.model.grade import ResponseValue

MAX_PICKS = 200
_SEPARATORS = re.compile(r"[\s,;]+")


def read_choice(answer: ChoiceAnswer, response: ResponseValue) -> Picks:
    """Read the one option picked."""
    ids = _ids(response)
    if not ids:
        raise UnreadableResponseError("Pick one of the options.")
    if len(ids) > 1:
        raise UnreadableResponseError("Pick one option only.")
    _check_known(ids, answer.options)
    return Picks(ids)


def read_choices(answer: ChoicesAnswer, response: ResponseValue) -> Picks:
    """Read the options ticked, each once, in the order of their ids."""
    ids = _ids(response)
    if not ids:
        raise UnreadableResponseError("Tick at least one option.")
    _check_known(ids, answer.options)
    return Picks(tuple(sorted(set(ids))))


def read_order(answer: OrderingAnswer, response: ResponseValue) -> Picks:
    """Read an order of all items."""
    ids = _ids(response)
    _check_known(ids, answer.items)
    if len(set(ids)) < len(ids):
        raise UnreadableResponseError("An item stands in two places; each can stand in one.")
    missing = [item.id for item in answer.items if item.id not in ids]
    if missing:
        raise UnreadableResponseError(f"Put every item into the order; still to place: {', '.join(missing)}.")
    return Picks(ids)


def read_matching(answer: MatchingAnswer, response: ResponseValue) -> Picks:
    """Read the right id for each left item, in the order of the left items."""
    ids = _ids(response, keep_empty=True)
    unmatched = [left.text for left, found in zip(answer.left, ids, strict=False) if not found]
    if unmatched or len(ids) < len(answer.left):
        count = len(answer.left) - sum(1 for found in ids if found)
        raise UnreadableResponseError(f"Match every item on the left; {max(count, 1)} still to match.")
    if len(ids) > len(answer.left):
        raise UnreadableResponseError(f"Give one match for each of the {len(answer.left)} items on the left.")
    _check_known(ids, answer.right)
    return Picks(ids)


def _ids(response: ResponseValue, *, keep_empty: bool = False) -> tuple[str, ...]:
    """Return ids as the options write them: ``B)`` and ``(b)`` are ``b``."""
    if isinstance(response, str):
        if len(response) > MAX_CHARACTERS:
            clean(response)
        pieces: Sequence[str] = _SEPARATORS.split(response.strip())
    else:
        pieces = [text for row in response for text in ((row,) if isinstance(row, str) else row)]
    if len(pieces) > MAX_PICKS:
        raise UnreadableResponseError("More is picked than there is to pick.")
    ids = tuple(piece.strip().strip("().").lower() for piece in pieces)
    return ids if keep_empty else tuple(filter(None, ids))


def _check_known(ids: Sequence[str], options: Sequence[Option]) -> None:
    known = [option.id for option in options]
    for found in ids:
        if found not in known:
            raise UnreadableResponseError(
                f"There is no option {quoted(found)}; pick from {', '.join(known)}."
            )


def choices_score(key: Sequence[str], picked: Sequence[str], cap: float) -> float:
    """Right minus wrong over the size of the key, never below 0; 1 only when complete."""
    right, wrong = len(set(key) & set(picked)), len(set(picked) - set(key))
    if right == len(set(key)) and not wrong:
        return 1.0
    return min(cap, max(0.0, (right - wrong) / max(1, len(key))))


def order_score(answer: OrderingAnswer, order: Sequence[str]) -> float:
    """Share of pairs that hold, scaled so that chance is 0 (Kendall's tau), never below 0."""
    if not answer.before:
        return 1.0
    place = {found: position for position, found in enumerate(order)}
    held = sum(place[earlier] < place[later] for earlier, later in answer.before)
    return max(0.0, 2 * held / len(answer.before) - 1) if held < len(answer.before) else 1.0


def matching_score(answer: MatchingAnswer, ids: Sequence[str]) -> float:
    """Share of right matches, scaled so that chance is 0, never below 0."""
    right = sum(found == key for found, key in zip(ids, answer.key, strict=True))
    if right == len(answer.key):
        return 1.0
    share, chance = right / len(answer.key), 1 / len(answer.right)
    return max(0.0, (share - chance) / (1 - chance)) if chance < 1 else 0.0
