"""Which questions come on a sheet: each skill its share, easy before hard, no long row of one answer type."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from itertools import pairwise

from quizengine.bank import Bank, BankQuestion
from quizengine.model.variant import SkillId
from quizengine.psychometrics.response import success_chance
from quizengine.services.scoring import item_of_question, parameters_of
from quizengine.services.sheet_wish import MAX_MINUTES, MAX_QUESTIONS, SheetWish

#: Writing by hand takes longer than typing; an estimate until times of printed sheets are entered.
BY_HAND = 1.3
#: Where a question teaches most: most of it is known, not all of it.
LEARNING = (0.6, 0.75)
#: How much of the wish the sum of the times may be over.
OVER = 0.1
#: Fewer questions than this say little about a skill: it leaves its time to others.
LEAST_A_SKILL = 2
MOST_IN_A_ROW = 2
REVIEW_SHARE = 0.2

Sections = Mapping[SkillId, Sequence[BankQuestion]]


@dataclass(frozen=True, slots=True)
class Before:
    """What was given before: when each question was last given to the learner (a rank), how often printed."""

    last: Mapping[str, float] = field(default_factory=dict)
    printed: Mapping[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Room:
    """What is left of the time, in seconds, and of the number of questions."""

    seconds: float
    count: int
    over: float

    def holds(self, entry: BankQuestion) -> bool:
        """Whether a question fits, and brings the sum nearer to the wish."""
        took = seconds_by_hand(entry)
        return self.count > 0 and took <= self.seconds + self.over and took < 2 * self.seconds

    def take(self, entry: BankQuestion) -> None:
        """Use the room that a question takes."""
        self.seconds, self.count = self.seconds - seconds_by_hand(entry), self.count - 1


def seconds_by_hand(entry: BankQuestion) -> float:
    """Return how long a question takes on paper."""
    return entry.question.seconds * BY_HAND


def room_for(wish: SheetWish, share: float = 1.0) -> Room:
    """Return the room that a share of a wish gives."""
    if wish.questions is not None:
        return Room(MAX_MINUTES * 60.0, max(1, round(wish.questions * share)), 0.0)
    return Room(wish.minutes * 60.0 * share, MAX_QUESTIONS, OVER * wish.minutes * 60.0)


def supply(bank: Bank, skill: SkillId, wish: SheetWish, before: Before) -> list[BankQuestion]:
    """Return the questions of a skill that fit the wish, the one that is wanted most first.

    Nearest to where learning is, if the level is known; then the least recently given, the least often
    printed, and then by the seed.
    """
    low, high = wish.difficulty
    fit = [
        entry
        for entry in bank.of_skill(skill)
        if low <= entry.question.difficulty <= high
        and (not wish.types or {part.type for part in entry.question.parts} <= set(wish.types))
    ]

    def rank(entry: BankQuestion) -> tuple[float, float, int, bytes]:
        name = entry.question.id
        far = off_learning(entry, wish.levels[skill]) if skill in wish.levels else 0.0
        draw = sha256(f"{wish.seed} {name}".encode()).digest()
        return round(far, 1), before.last.get(name, float("-inf")), before.printed.get(name, 0), draw

    return sorted(fit, key=rank)


def off_learning(entry: BankQuestion, level: float) -> float:
    """Return how far the expected score of somebody at ``level`` (logits) is from where learning is."""
    low, high = LEARNING
    score = expected_score(entry, level)
    return max(low - score, score - high, 0.0)


def expected_score(entry: BankQuestion, level: float) -> float:
    """Return the expected score of somebody at ``level``, in [0, 1]."""
    a, b, c, d = parameters_of(item_of_question(entry.question))
    return float(success_chance(level, a, b, c, d))


def choose(supplied: Mapping[SkillId, list[BankQuestion]], wish: SheetWish, room: Room) -> Sections:
    """Give each skill that has room a question in turn, until the room is used.

    Three questions of one answer type in a row are taken only where nothing else is left.
    """
    chosen: dict[SkillId, list[BankQuestion]] = {skill: [] for skill in _with_room(supplied, wish, room)}
    waiting = {skill: list(supplied[skill]) for skill in chosen}
    for is_strict in (True, False):
        _fill(chosen, waiting, room, is_strict=is_strict)
    return {skill: entries for skill, entries in chosen.items() if entries}


def _with_room(supplied: Mapping[SkillId, list[BankQuestion]], wish: SheetWish, room: Room) -> list[SkillId]:
    """Return the skills that two questions each can be given to, the most pressing first served."""
    seconds, count, found = room.seconds + room.over, room.count, set[SkillId]()
    for skill in sorted(supplied, key=lambda one: -wish.pressing.get(one, 0.0)):
        first = supplied[skill][:LEAST_A_SKILL]
        took = sum(map(seconds_by_hand, first))
        if first and (not found or (took <= seconds and len(first) <= count)):
            found.add(skill)
            seconds, count = seconds - took, count - len(first)
    return [skill for skill in supplied if skill in found]


def _fill(
    chosen: Mapping[SkillId, list[BankQuestion]],
    waiting: Mapping[SkillId, list[BankQuestion]],
    room: Room,
    *,
    is_strict: bool,
) -> None:
    is_going_on = True
    while is_going_on:
        is_going_on = False
        for skill, entries in waiting.items():
            fits = partial(_fits, chosen, skill, room, is_strict=is_strict)
            entry = next(filter(fits, entries), None)
            if entry is not None:
                entries.remove(entry)
                chosen[skill].append(entry)
                room.take(entry)
                is_going_on = True


def _fits(chosen: Sections, skill: SkillId, room: Room, entry: BankQuestion, *, is_strict: bool) -> bool:
    if not room.holds(entry):
        return False
    return not is_strict or not longest_row({**chosen, skill: [*chosen[skill], entry]}) > MOST_IN_A_ROW


def in_order(sections: Sections) -> list[BankQuestion]:
    """Return the questions as they are printed: section by section, inside one from easy to hard."""
    return [entry for entries in sections.values() for entry in easy_first(entries)]


def easy_first(entries: Iterable[BankQuestion]) -> list[BankQuestion]:
    """Return questions from easy to hard."""
    return sorted(entries, key=lambda one: (one.question.difficulty, one.question.id))


def longest_row(sections: Sections) -> int:
    """Return how many questions of one answer type stand in a row, at the most."""
    types = [entry.question.parts[0].type for entry in in_order(sections)]
    longest = row = min(1, len(types))
    for before, after in pairwise(types):
        row = row + 1 if before == after else 1
        longest = max(longest, row)
    return longest
