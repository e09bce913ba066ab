"""What an export cannot take along, said by question: nothing is dropped silently."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

NOTES_FILE = "EXPORT-NOTES.txt"
ENDLESS = "mistakes that are a range of numbers without end, which cannot be recognised"
TICKS = "mistakes that are a set of ticks, which has no feedback of its own"
#: ``refused``: the question is not in the file; ``lost``: it is, with less; ``told``: nothing is lost.
Kind = Literal["refused", "lost", "told"]
#: More questions than any collection has.
MANY = 1_000_000
_HEADS = {
    "refused": "Left out",
    "lost": "Taken along with less than it has here",
    "told": "Good to know",
}


@dataclass(frozen=True, slots=True, order=True)
class Note:
    """One thing to know of a question, or of the whole export where ``question`` is empty.

    ``detail`` names what of the question it is about.
    """

    kind: Kind
    text: str
    question: str = ""
    detail: str = ""


@dataclass(slots=True)
class Notes:
    """Notes as they come up while files are made."""

    found: list[Note] = field(default_factory=list)

    def add(self, kind: Kind, text: str, question: str = "", detail: str = "") -> None:
        """Note something, once."""
        note = Note(kind, text, question, detail)
        if note not in self.found:
            self.found.append(note)

    def take(self, others: Notes) -> None:
        """Take over what others have noted."""
        self.found += [note for note in others.found if note not in self.found]


def is_strictly_good(notes: Iterable[Note]) -> bool:
    """Whether everything went along as it is."""
    return all(note.kind == "told" for note in notes)


def notes_text(title: str, notes: Sequence[Note], *, most: int = MANY) -> str:
    """Return the notes as a text: each said once, with at ``most`` so many questions that it is about."""
    lines = [title]
    for kind, head in _HEADS.items():
        about: defaultdict[str, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for note in notes:
            if note.kind == kind:
                about[note.text][note.question].append(note.detail)
        if about:
            lines += ["", head, "-" * len(head)]
        for text, questions in about.items():
            lines.append(f"* {text}")
            named = sorted(filter(None, questions))
            lines += [f"    {_named(question, questions[question])}" for question in named[:most]]
            lines += [f"    and {len(named) - most} more"] if len(named) > most else []
    if len(lines) == 1:
        lines += ["", "Nothing was left out or changed."]
    return "\n".join(lines) + "\n"


def _named(question: str, details: Iterable[str]) -> str:
    told = ", ".join(sorted(set(filter(None, details))))
    return f"{question} ({told})" if told else question
