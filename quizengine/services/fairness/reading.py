"""The three files of a study: answers, groups, items."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from quizengine.errors import TableError
from quizengine.psychometrics.arrays import Floats, Integers
from quizengine.services.answer_files import answer_rows, refuse_second_answers, require_answers
from quizengine.services.tables import Faults, lines_of, number

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
    """Read a file of answers whole, with the names of the people; see `answer_rows`.

    Raises
    ------
    TableError
        As `answer_rows` does, if a person has answered an item twice, or there is no answer at all.
    """
    persons: dict[str, int] = {}
    items: dict[str, int] = {}
    parts: list[tuple[Integers, Integers, Floats, NDArray[np.int64]]] = []
    blank = 0
    for rows in answer_rows(path):
        who = np.array([persons.setdefault(name, len(persons)) for name in rows.person], dtype=np.intp)
        what = np.array([items.setdefault(name, len(items)) for name in rows.item], dtype=np.intp)
        parts.append((who, what, rows.score, rows.lines))
        blank += rows.blank
    require_answers(path.name, sum(len(part[0]) for part in parts))
    if len(persons) * len(items) > MOST_CELLS:
        raise TableError(
            f"{path.name} has {len(persons):,} people and {len(items):,} items: more than fit in memory; "
            "study one area at a time"
        )
    who, what, score, lines = (np.concatenate(column) for column in zip(*parts, strict=True))
    refuse_second_answers(path.name, who, what, lines, list(items).__getitem__)
    scores = np.full((len(persons), len(items)), np.nan)
    scores[who, what] = score
    return Answers(path.name, tuple(persons), tuple(items), scores, blank)


def read_groups(path: Path) -> dict[str, Member]:
    """Read a file with a line a person: person, group, and perhaps selected (1 or 0, yes or no).

    An empty group is one that was not told; an empty selected one that is not known.

    Raises
    ------
    TableError
        If columns are missing, a person is there twice or not named, or selected is neither yes nor no.
    """
    faults = Faults(path.name)
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
    faults = Faults(path.name)
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
