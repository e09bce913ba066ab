"""The three files of a study: answers, groups, items."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from pathlib import Path

import numpy as np

from quizengine.errors import TableError
from quizengine.psychometrics.arrays import Floats
from quizengine.services.fairness.tables import Faults, lines_of, number

MOST_CELLS = 200_000_000
"""People times items that are held at once: 1.6 GB."""
YES, NO = {"1", "yes", "true", "y"}, {"0", "no", "false", "n"}


@dataclass(frozen=True, eq=False)
class Answers:
    """Who answered what: scores (N, J) in [0, 1], nan where an item was not given.

    ``blank`` counts lines without a score.
    """

    source: str
    persons: tuple[str, ...]
    items: tuple[str, ...]
    scores: Floats
    blank: int


@dataclass(frozen=True, slots=True)
class Member:
    """What a person told: a group or None; and whether they were selected, None if that is not known."""

    group: str | None
    selected: bool | None = None


@dataclass(frozen=True, slots=True)
class ItemParameters:
    """The curve of an item, and the standard error of b, 0 if it is not told."""

    a: float
    b: float
    c: float
    d: float
    se_b: float


def read_answers(path: Path) -> Answers:
    """Read a file with a line an answer: person, item, score, and perhaps seconds, which are not used here.

    A line without a score is an answer that was not given.

    Raises
    ------
    TableError
        If columns are missing, a score is not in [0, 1], a name is empty, a person answers an item twice, or
        there is no answer at all. Lines are named.
    """
    faults = Faults(path)
    persons: dict[str, int] = {}
    items: dict[str, int] = {}
    seen: dict[tuple[int, int], int] = {}
    values: list[float] = []
    blank = 0
    for line, cells in lines_of(path, ("person", "item", "score")):
        if not cells["person"] or not cells["item"]:
            faults.add(line, f"the {'item' if cells['person'] else 'person'} is not named")
            continue
        if not cells["score"]:
            blank += 1
            continue
        score = number(cells["score"], lambda x: 0 <= x <= 1)
        if score is None:
            faults.add(line, f"score {cells['score']!r} is not a number from 0 to 1")
            continue
        key = persons.setdefault(cells["person"], len(persons)), items.setdefault(cells["item"], len(items))
        if key in seen:
            faults.add(
                line,
                f"{cells['person']} has answered {cells['item']} in line {seen[key]} too: keep one of them",
            )
            continue
        seen[key] = line
        values.append(score)
    faults.raise_any()
    if not seen:
        raise TableError(f"{path.name} holds no answer")
    if len(persons) * len(items) > MOST_CELLS:
        raise TableError(
            f"{path.name} has {len(persons):,} people and {len(items):,} items: more than fit in memory; "
            "study one area at a time"
        )
    scores = np.full((len(persons), len(items)), np.nan)
    places = np.array(list(seen), dtype=np.intp)
    scores[places[:, 0], places[:, 1]] = values
    return Answers(path.name, tuple(persons), tuple(items), scores, blank)


def read_groups(path: Path) -> dict[str, Member]:
    """Read a file with a line a person: person, group, and perhaps selected (1 or 0, yes or no).

    An empty group is one that was not told; an empty selected one that is not known.

    Raises
    ------
    TableError
        If columns are missing, a person is there twice or not named, or selected is neither yes nor no.
    """
    faults = Faults(path)
    members: dict[str, Member] = {}
    for line, cells in lines_of(path, ("person", "group"), ("selected",)):
        person, word = cells["person"], cells.get("selected", "").lower()
        if not person:
            faults.add(line, "the person is not named")
        elif person in members:
            faults.add(line, f"{person} is there twice: a person has one group")
        elif word and word not in YES | NO:
            faults.add(line, f"selected is {cells['selected']!r}; write 1 or 0, yes or no")
        else:
            members[person] = Member(cells["group"] or None, word in YES if word else None)
    faults.raise_any()
    return members


def read_items(path: Path) -> dict[str, ItemParameters]:
    """Read a file with a line an item: item, a, b, and perhaps c, d and se_b; other columns are passed over.

    Such as ``quizengine calibrate`` writes. An item without a or b has not been estimated and is left out.

    Raises
    ------
    TableError
        If columns are missing, an item is there twice, or a parameter is out of its range.
    """
    faults = Faults(path)
    found: dict[str, ItemParameters] = {}
    for line, cells in lines_of(path, ("item", "a", "b"), ("c", "d", "se_b")):
        if not cells["item"] or cells["item"] in found:
            faults.add(line, f"{cells['item']} is there twice" if cells["item"] else "the item is not named")
            continue
        if cells["a"] in {"", "nan"} or cells["b"] in {"", "nan"}:
            continue
        a, b = number(cells["a"], lambda x: 0 < x < inf), number(cells["b"], lambda x: -inf < x < inf)
        c = number(cells.get("c") or "0", lambda x: 0 <= x < 1)
        d = number(cells.get("d") or "1", lambda x: 0 < x <= 1)
        error = number(cells.get("se_b") or "0", lambda x: 0 <= x < inf)
        if a is None or b is None or c is None or d is None or error is None or c >= d:
            faults.add(line, "it must be a > 0, b a number, 0 <= c < d <= 1, and se_b 0 or more")
            continue
        found[cells["item"]] = ItemParameters(a, b, c, d, error)
    faults.raise_any()
    if not found:
        raise TableError(f"{path.name} holds no item with a and b")
    return found
