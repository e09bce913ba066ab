"""About how many pages a sheet takes, before any of it is drawn or set."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from quizengine.bank import BankQuestion
from quizengine.services.sheet_copies import marks_of
from quizengine.services.sheet_wish import SheetWish

#: Centimetres of a page that questions are set in, and what the first one loses to title and name.
HEIGHT = {"a4": 24.2, "letter": 22.4}
OPENING = 5.5
#: Centimetres of a question whatever its type: heading, and space below.
HEADING = 1.6
CHARACTERS_A_LINE = 95
LINE = 0.58
WORKING = 1.6
MOST_WORKING = 7.0
#: Centimetres for an answer of each type below its working; the rest is one line.
ANSWER = {
    "choice": 3.6, "choices": 4.4, "config": 14.0, "expression": 1.3, "factorisation": 5.5, "fraction": 1.1,
    "integer": 1.1, "interval": 1.3, "matching": 4.6, "matrix": 2.8, "number": 1.1, "ordering": 4.8,
    "output": 6.5, "set": 1.3, "sql": 19.0, "table": 5.0, "vector": 2.0,
}  # fmt: skip
NO_WORKING = frozenset({"choice", "choices", "config", "matching", "ordering", "output", "sql", "table"})
#: What 18 points take for 11, lines and spaces together.
LARGE = 1.5
FIGURE = 6.5


def pages_of(questions: Sequence[BankQuestion], wish: SheetWish) -> int:
    """Return about how many pages a sheet takes: questions are not split, so each goes where it fits."""
    page = HEIGHT[wish.paper]
    grown = LARGE if wish.large_print else 1.0
    pages, left = 1, page - OPENING * grown
    for entry in questions:
        tall = _height(entry) * grown
        if tall > left and left < page:
            pages, left = pages + 1, page
        if tall > left:  # taller than a page
            more = ceil((tall - left) / page)
            pages, left = pages + more, left + more * page
        left -= tall
    return pages


def _height(entry: BankQuestion) -> float:
    question = entry.question
    types = [part.type for part in question.parts]
    lines = sum(ceil(len(line) / CHARACTERS_A_LINE) for line in question.prompt.strip().splitlines() if line)
    room = 0.0 if NO_WORKING.issuperset(types) else min(WORKING * marks_of(entry), MOST_WORKING)
    drawn = FIGURE if question.figure else 0.0
    return HEADING + LINE * lines + room + drawn + sum(ANSWER.get(kind, ANSWER["integer"]) for kind in types)
