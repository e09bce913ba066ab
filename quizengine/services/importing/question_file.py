"""A question of another system -> the text of a question file, and what its author has still to do."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from quizengine.services.importing.foreign import Foreign, ForeignAnswer, LeftOutError, Text, to_markdown
from quizengine.services.importing.numbers import number_of

DIFFICULTY, SECONDS = 0.0, 60
LEAST_TEXT, LEAST_FEEDBACK, MOST_FEEDBACK, MOST_TITLE = 10, 10, 600, 80
#: A margin is kept as it is up to this many digits.
MARGIN_DIGITS = 12
FEW = "It was imported with fixed values."
_JINJA = re.compile(r"\{(?=[\{%#])")
_SLUG = re.compile(r"[^a-z0-9]+")


@dataclass(slots=True)
class Draft:
    """A question file in the making. ``notes`` are what was lost; ``left`` is what only a person can add."""

    title: str
    prompt: str
    solution: str
    hints: list[str]
    params: dict[str, str] = field(default_factory=dict)
    answer: dict[str, str] = field(default_factory=dict)
    mistakes: list[dict[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    def text(self, question_id: str, skill: str) -> str:
        """Return the file."""
        lines = [
            f"id         = {_quoted(question_id)}",
            "version    = 1",
            f"title      = {_quoted(self.title)}",
        ]
        lines += [
            f"skills     = [{_quoted(skill)}]",
            f"difficulty = {DIFFICULTY}",
            f"seconds    = {SECONDS}",
            "",
        ]
        lines += [f"prompt = {_long(self.prompt)}", f"solution = {_long(self.solution)}"]
        lines += [f"hints = [{', '.join(map(_quoted, self.hints))}]"] if self.hints else []
        lines += ["", "[draw]", f"few = {_quoted(FEW)}"]
        if self.params:
            lines += [
                "",
                "[params]",
                *(f"{name} = {{ const = {value} }}" for name, value in self.params.items()),
            ]
        lines += ["", "[answer]", *(f"{name} = {value}" for name, value in self.answer.items())]
        for mistake in self.mistakes:
            lines += ["", "[[misconceptions]]", *(f"{name} = {value}" for name, value in mistake.items())]
        return "\n".join(lines) + "\n"


def draft_of(foreign: Foreign) -> Draft:
    """Return the draft of a question file.

    Raises
    ------
    LeftOutError
        If the question cannot become one.
    """
    notes = [f"lost: {one}" for one in foreign.lost]

    def tell(what: str) -> None:
        if what not in notes:
            notes.append(what)

    def value(text: Text) -> str:
        return to_markdown(text, tell).strip()

    def written(text: Text) -> str:
        return _escaped(value(text))

    draft = Draft(
        title=(foreign.name or "Imported")[:MOST_TITLE],
        prompt=written(foreign.text),
        solution=written(foreign.solution),
        hints=[hint for one in foreign.hints if (hint := written(one))],
        notes=notes,
    )
    if not draft.prompt:
        raise LeftOutError("it has no text")
    match foreign.kind:
        case "choice" | "choices":
            _choice(draft, foreign, [value(one.text) for one in foreign.answers])
        case "numerical":
            _numerical(draft, foreign.answers)
        case "matching":
            _matching(draft, [(value(left), value(right)) for left, right in foreign.pairs])
        case "short":
            _short(draft, foreign.answers)
    _mistakes(draft, foreign, written)
    _complete(draft)
    return draft


def slug(name: str) -> str:
    """Return a name for a file.

    >>> slug("Größe: 2 x 3?")
    'gr-e-2-x-3'
    """
    return _SLUG.sub("-", name.lower()).strip("-")[:40].strip("-") or "question"


def _choice(draft: Draft, foreign: Foreign, texts: list[str]) -> None:
    if not all(texts):
        raise LeftOutError("one of its options is empty")
    if len(set(texts)) < len(texts):
        raise LeftOutError("two of its options are equal")
    names = [f"option_{at}" for at in range(1, len(texts) + 1)]
    right = [name for name, one in zip(names, foreign.answers, strict=True) if one.share > 0]
    draft.params = dict(zip(names, map(_quoted, texts), strict=True))
    if foreign.kind == "choice":
        right = [name for name, one in zip(names, foreign.answers, strict=True) if one.share == 1]
        if len(right) != 1:
            raise LeftOutError(f"{len(right) or 'none'} of its options is worth the full mark, not one")
    elif len({one.share for one in foreign.answers if one.share > 0}) > 1:
        draft.notes.append("lost: its right options are worth different shares; here each counts alike")
    if not right:
        raise LeftOutError("none of its options is right")
    value = right[0] if foreign.kind == "choice" else f"[{', '.join(right)}]"
    draft.answer = {
        "type": _quoted(foreign.kind),
        "value": _quoted(value),
        "options": _quoted(f"[{', '.join(names)}]"),
    }


def _numerical(draft: Draft, answers: Sequence[ForeignAnswer]) -> None:
    key, others = _key(draft, answers)
    value = Fraction(key.text.text)
    if value.denominator == 1 and not key.margin:
        draft.answer = {"type": _quoted("integer"), "value": _quoted(str(value))}
    else:
        draft.answer = {
            "type": _quoted("number"),
            "value": _quoted(str(value)),
            "tolerance": _tolerance(key.margin),
        }
    for one in others:
        if one.text.text == "*":
            draft.notes.append("lost: what is said about any other answer")
    if any(one.margin and one.text.text != "*" for one in others):
        draft.notes.append("lost: the tolerances of wrong answers; here they have that of the key")


def _tolerance(margin: Fraction) -> str:
    if not margin:
        return _quoted("exact")
    return f"{{ abs = {float(margin):.{MARGIN_DIGITS}g} }}"


def _key(
    draft: Draft, answers: Sequence[ForeignAnswer], *, alike: Callable[[str], str] = lambda text: text
) -> tuple[ForeignAnswer, list[ForeignAnswer]]:
    """Return the right answer, the first of those that are not ``alike``, and the others."""
    right = [one for one in answers if one.share == 1 and one.text.text != "*"]
    if not right:
        raise LeftOutError("none of its answers is worth the full mark")
    first = right[0].text.text
    for one in right[1:]:
        if alike(one.text.text) and alike(one.text.text) == alike(first):
            continue
        draft.notes.append(f"lost: {one.text.text!r} is right too, and is not accepted here")
    return right[0], [one for one in answers if one.share != 1 or one.text.text == "*"]


def _matching(draft: Draft, pairs: list[tuple[str, str]]) -> None:
    kept = [(left, right) for left, right in pairs if left and right]
    extra = [right for left, right in pairs if right and not left]
    if len(kept) < 2:
        raise LeftOutError("it has fewer than two pairs")
    if len({left for left, _ in kept}) < len(kept):
        raise LeftOutError("two of its items on the left are equal")
    written = []
    for at, (left, right) in enumerate(kept, 1):
        draft.params |= {f"left_{at}": _quoted(left), f"right_{at}": _quoted(right)}
        written.append(f"[left_{at}, right_{at}]")
    draft.answer = {"type": _quoted("matching"), "value": _quoted(f"[{', '.join(written)}]")}
    if extra:
        draft.answer["extra"] = f"[{', '.join(_quoted(_escaped(one)) for one in extra)}]"


def _ratio(text: str) -> str:
    """Return a whole number or a fraction as an expression, or nothing where a text is none.

    >>> _ratio("6 / 8"), _ratio("six"), _ratio("1/0")
    ('3/4', '', '')
    """
    top, _, bottom = text.partition("/")
    over, under = number_of(top), number_of(bottom) if bottom else Fraction(1)
    return str(over / under) if over is not None and under else ""


def _short(draft: Draft, answers: Sequence[ForeignAnswer]) -> None:
    """Make a number of a short answer that is one, else a cell of text: case and spaces do not count."""
    key, _ = _key(draft, answers, alike=_ratio)
    text = key.text.text.strip()
    if ratio := _ratio(text):
        draft.answer = {"type": _quoted("fraction"), "value": _quoted(ratio)}
        return
    if not text or "*" in text.replace("\\*", ""):
        raise LeftOutError("its right answer is a pattern with *, which stands for anything")
    draft.params["right_answer"] = _quoted(text.replace("\\*", "*"))
    draft.answer = {
        "type": _quoted("table"),
        "value": _quoted("[[right_answer]]"),
        "columns": '["Answer"]',
        "rows": '[""]',
        "cell": _quoted("text"),
    }


def _mistakes(draft: Draft, foreign: Foreign, written: Callable[[Text], str]) -> None:
    """Make misconceptions of the wrong answers that something is said about."""
    if foreign.kind in ("matching", "choices"):
        told = [one for one in foreign.answers if one.feedback.text.strip()]
        if told:
            draft.notes.append("lost: what is said about single options, since several can be ticked")
        return
    for at, one in enumerate(foreign.answers, 1):
        text = one.text.text
        if one.share == 1 or text == "*":
            continue
        if draft.answer["type"] == _quoted("fraction") and not _ratio(text):
            draft.notes.append(f"lost: the wrong answer {_short_text(text)}, which is no number")
            continue
        feedback = written(one.feedback)
        if len(feedback) < LEAST_FEEDBACK:
            draft.notes.append(f"no misconception is made of {_short_text(text)}: nothing is said about it")
            continue
        mistake = {
            "id": _quoted(f"answer-{at}"),
            "value": _quoted(_wrong_value(draft, foreign, at, text)),
            "feedback": _quoted(feedback[:MOST_FEEDBACK]),
        }
        if len(feedback) > MOST_FEEDBACK:
            draft.notes.append(f"lost: the end of a feedback of more than {MOST_FEEDBACK} characters")
        if 0 < one.share < 1:
            mistake["credit"] = f"{float(one.share):.6g}"
        draft.mistakes.append(mistake)


def _wrong_value(draft: Draft, foreign: Foreign, at: int, text: str) -> str:
    match foreign.kind:
        case "choice":
            return f"option_{at}"
        case "numerical":
            return text
        case _ if draft.answer["type"] == _quoted("fraction"):
            return _ratio(text)
        case _:
            draft.params[f"wrong_{at}"] = _quoted(text.replace("\\*", "*"))
            return f"[[wrong_{at}]]"


def _complete(draft: Draft) -> None:
    """Fill in what can be derived, and say what only a person knows."""
    if len(draft.prompt) < LEAST_TEXT:
        draft.prompt = f"Answer this: {draft.prompt}"
    if len(draft.solution) < LEAST_TEXT:
        draft.solution = f"{draft.solution}\n\nThe key stands above; how it is found is not told.".strip()
        draft.left.append("a worked solution")
    if not draft.mistakes:
        draft.left.append("misconceptions: which wrong answers people give, and why")
    else:
        draft.left.append("names for its misconceptions, which are answer-1, answer-2 ...")
    draft.left += ["its skill, difficulty and seconds", "parameters, so that it has more than one variant"]


def _escaped(markdown: str) -> str:
    """Return Markdown as a text of a bank: what would begin an expression is one that gives just that."""
    return _JINJA.sub('{{ "{" }}', markdown)


def _short_text(text: str) -> str:
    bare = " ".join(re.sub(r"<[^>]*>", " ", text).split())
    return repr(bare if len(bare) <= 40 else f"{bare[:37]}...")


def _quoted(text: str) -> str:
    """Return a basic string of TOML, which is one of JSON."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _long(text: str) -> str:
    """Return a literal string of TOML over several lines, in which LaTeX stays as it is."""
    is_plain = (
        "'''" not in text and not text.endswith("'") and all(char >= " " or char in "\n\t" for char in text)
    )
    return f"'''\n{text}\n'''" if is_plain and "\x7f" not in text else _quoted(text)


def all_notes(draft: Draft) -> Iterator[str]:
    """Yield what is told of a draft."""
    yield from draft.notes
    yield from (f"left for you: {one}" for one in draft.left)
