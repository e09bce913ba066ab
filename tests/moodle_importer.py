"""What Moodle makes of GIFT and of embedded answers: the rules of its importers that bite, in our words.

Read in November 2026 in Moodle's ``format/gift/format.php``, ``type/shortanswer/question.php`` and
``type/multianswer/questiontype.php``, all of its folder ``question``; none of their code is here.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

#: Signs that GIFT takes literally after a backslash; while a question is taken apart, others stand for them.
_ESCAPED = ":#={}~"
_HIDDEN = {char: chr(0xE000 + at) for at, char in enumerate(_ESCAPED)}
_NUMBER = r"-?(?:\d+[.,]?\d*|[.,]\d+)(?:[eE][-+]?\d+)?"


@dataclass(frozen=True)
class Answer:
    """An answer: its share of the mark in percent, its text, what is said, how far a number may be off."""

    share: float
    text: str
    feedback: str = ""
    margin: str = ""


@dataclass(frozen=True)
class Read:
    """A question, or one box of an embedded one."""

    kind: str
    answers: list[Answer] = field(default_factory=list)
    name: str = ""
    text: str = ""
    feedback: str = ""


def accepts(pattern: str, given: str) -> bool:
    r"""Whether a short answer takes what was typed: ``*`` is anything, ``\*`` is itself; case is nothing."""
    pieces = [re.escape(piece.replace("\\*", "*")) for piece in re.split(r"(?<!\\)\*+", pattern)]
    return re.fullmatch(".*".join(pieces), given, re.IGNORECASE | re.DOTALL) is not None


def read_gift(text: str) -> list[Read]:
    """Read a file; an empty line ends a question. Categories are left out."""
    found = (_gift_question(block) for block in re.split(r"\n\s*\n", text) if block.strip())
    return [one for one in found if one.kind != "category"]


def _gift_question(block: str) -> Read:
    lines = (line.strip() for line in block.split("\n"))
    text = _hide("\n".join(line for line in lines if not line.startswith("//")).strip())
    if text.startswith("$CATEGORY:"):
        return Read("category")
    name, _, text = text.removeprefix("::").partition("::")
    start, end = text.index("{"), text.index("}")
    answers, _, feedback = text[start + 1 : end].strip().rpartition("####")
    kind = _gift_kind(answers.strip())
    stem = (text[:start] + text[end + 1 :]).strip().removeprefix("[html]")
    return Read(kind, list(_gift_answers(kind, answers.strip())), _show(name), _show(stem), _show(feedback))


def _gift_kind(answers: str) -> str:
    if not answers:
        return "essay"
    if answers.startswith("#"):
        return "numerical"
    if "~" in answers:
        return "multichoice" if "=" in answers else "multichoice with several"
    return "matching" if "=" in answers and "->" in answers else "shortanswer"


def _gift_answers(kind: str, answers: str) -> Iterator[Answer]:
    if kind.startswith("multichoice"):
        pieces = answers.replace("=", "~=").split("~")
    else:
        pieces = answers.removeprefix("#").split("=")
    for piece in filter(None, map(str.strip, pieces)):
        if kind == "matching":
            left, _, right = piece.partition("->")
            yield Answer(100, _show(left), _show(right))
            continue
        share = 100.0 if piece.startswith("=") or not kind.startswith("multichoice") else 0.0
        weighed = re.match(r"=?%(-?\d{1,3}\.?\d*)%", piece)
        said = piece[weighed.end() :] if weighed else piece.removeprefix("=")
        told, _, feedback = said.partition("#")
        number, _, margin = told.partition(":") if kind == "numerical" else (told, "", "")
        yield Answer(float(weighed[1]) if weighed else share, _show(number), _show(feedback), margin)


def _hide(text: str) -> str:
    return re.sub(r"\\([:#={}~\\])", lambda found: _HIDDEN.get(found[1], "\\"), text)


def _show(text: str) -> str:
    shown = text
    for char, hidden in _HIDDEN.items():
        shown = shown.replace(hidden, char)
    return shown.strip()


def read_boxes(text: str) -> list[Read]:
    """Read the boxes of a text with embedded answers."""
    boxes = re.findall(r"\{(\d*):([A-Z_]+):(.*?)(?<!\\)\}", text, re.DOTALL)
    return [Read(kind, [*map(_box_answer, re.split(r"(?<!\\)~", inside))]) for _, kind, inside in boxes]


def _box_answer(text: str) -> Answer:
    found = re.fullmatch(r"(=|%(-?\d+(?:[.,]\d*)?)%)?(.+?(?<!\\|&))(?:#(.*))?", text, re.DOTALL)
    assert found, text
    share = 100.0 if found[1] == "=" else float(found[2] or 0)
    number = re.fullmatch(rf"({_NUMBER}):({_NUMBER})", found[3])
    told = number[1] if number else html.unescape(found[3])
    return Answer(share, told, html.unescape(found[4] or ""), number[2] if number else "")
