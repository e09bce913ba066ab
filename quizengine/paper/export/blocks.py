"""A collection as blocks of a document, from which Markdown and LaTeX are printed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from quizengine.grading import given_text, key_latex, key_text
from quizengine.markup.document import PLACE
from quizengine.markup.writing import escape_markdown, fenced
from quizengine.model.answers import (
    Answer,
    ChoiceAnswer,
    ChoicesAnswer,
    ConfigAnswer,
    MatchingAnswer,
    MatrixAnswer,
    NumberAnswer,
    Option,
    OrderingAnswer,
    OutputAnswer,
    SqlAnswer,
    TableAnswer,
    VectorAnswer,
)
from quizengine.model.collection import Collection
from quizengine.model.variant import Misconception, Part, Variant
from quizengine.paper.export.items import material, name_of
from quizengine.paper.keyed import tolerance_words

BLANK = r"\_\_\_\_"
_PICKED = ChoiceAnswer | ChoicesAnswer | OrderingAnswer | MatchingAnswer


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a document. ``text`` is Markdown; of a figure it is its words, and ``name`` its file."""

    kind: Literal["title", "question", "head", "text", "figure"]
    text: str
    name: str = ""


def blocks_of(collection: Collection, with_key: bool) -> Iterator[Block]:
    """Yield a collection piece by piece: questions, and behind each its key if that is wanted."""
    yield Block("title", escape_markdown(collection.title))
    number = 0
    for family in collection.families:
        for variant in family.variants:
            number += 1
            worth = f"{family.marks} mark{'s' if family.marks != 1 else ''}"
            yield Block("question", f"{number}. {escape_markdown(variant.title)} ({worth})")
            yield from _question(variant)
            if with_key:
                yield from _key(variant)


def figure_name(variant: Variant, ending: str) -> str:
    """Return the name of the file of a variant's figure."""
    return f"images/{name_of(variant)}.{ending}"


def _question(variant: Variant) -> Iterator[Block]:
    yield Block("text", PLACE.sub(BLANK, variant.prompt))
    for part in variant.parts:
        if text := material(part.answer):
            yield Block("text", text)
    if variant.figure:
        yield Block("figure", variant.figure.alt, name_of(variant))
    placed = set(PLACE.findall(variant.prompt))
    for part in variant.parts:
        if part.name not in placed or isinstance(part.answer, _PICKED | TableAnswer):
            yield Block("text", _asked(part))


def _asked(part: Part) -> str:
    """Return what asks for one answer."""
    label = f"{part.label}:" if part.label else ""
    answer = part.answer
    match answer:
        case ChoiceAnswer():
            body = f"Exactly one:\n\n{_options(answer.options)}"
        case ChoicesAnswer():
            body = f"All that apply:\n\n{_options(answer.options)}"
        case OrderingAnswer():
            body = f"In the right order:\n\n{_options(answer.items)}"
        case MatchingAnswer():
            body = f"{_options(answer.left)}\n\nbelong to\n\n{_options(answer.right)}"
        case TableAnswer():
            body = _table(answer, BLANK)
        case VectorAnswer() if answer.shape_given:
            body = f"[{', '.join([BLANK] * len(answer.values))}]".replace("[", r"\[").replace("]", r"\]")
        case MatrixAnswer() if answer.shape_given:
            body = f"{BLANK} ({len(answer.rows)} rows of {len(answer.rows[0])})"
        case NumberAnswer() if answer.unit:
            body = f"{BLANK} {escape_markdown(answer.unit)}"
        case _:
            body = f"Answer: {BLANK}" if not label else BLANK
    return f"{label} {body}".strip() if "\n" not in body else f"{label}\n\n{body}".strip()


def _options(options: tuple[Option, ...]) -> str:
    return "\n".join(f"- **{one.id}** {' '.join(one.text.split())}" for one in options)


def _table(answer: TableAnswer, blank: str) -> str:
    rows = [["", *answer.column_heads], ["---"] * (len(answer.column_heads) + 1)]
    for head, cells in zip(answer.row_heads, answer.cells, strict=True):
        rows.append(
            [
                head,
                *(
                    cell if isinstance(cell, str) else blank or escape_markdown(key_text(cell))
                    for cell in cells
                ),
            ]
        )
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _key(variant: Variant) -> Iterator[Block]:
    yield Block("head", "Answer")
    for part in variant.parts:
        label = f"{part.label}: " if part.label and len(variant.parts) > 1 else ""
        yield Block("text", _answer(part.answer, label))
    yield Block("head", "Solution")
    yield Block("text", variant.solution)
    if variant.hints:
        yield Block("head", "Hints")
        yield Block("text", "\n".join(f"- {_indented(hint)}" for hint in variant.hints))
    if variant.misconceptions:
        yield Block("head", "Mistakes")
        yield Block(
            "text", "\n".join(f"- {_indented(mistake(variant, one))}" for one in variant.misconceptions)
        )


def _indented(text: str) -> str:
    return text.strip().replace("\n", "\n  ")


def _answer(answer: Answer, label: str) -> str:
    match answer:
        case ChoiceAnswer():
            return label + _picked(answer.options, (answer.key,))
        case ChoicesAnswer():
            return label + _picked(answer.options, answer.key)
        case OrderingAnswer():
            return label + _picked(answer.items, answer.key)
        case MatchingAnswer():
            texts = {one.id: one.text for one in answer.right}
            pairs = zip(answer.left, answer.key, strict=True)
            return f"{label}\n\n" + "\n".join(f"- {left.text}: {texts[key]}" for left, key in pairs)
        case TableAnswer():
            return f"{label}\n\n{_table(answer, '')}"
        case OutputAnswer() | SqlAnswer() | ConfigAnswer():
            return f"{label}\n\n{fenced(key_text(answer))}"
        case _:
            latex = key_latex(answer)
            written = f"${latex}$" if latex else escape_markdown(key_text(answer))
            return f"{label}{written}{_also(answer)}"


def _also(answer: Answer) -> str:
    if not isinstance(answer, NumberAnswer):
        return ""
    unit = f" {escape_markdown(answer.unit)}" if answer.unit else ""
    percent = "; a percentage counts too" if answer.percent == "accept" else ""
    return f"{unit} ({escape_markdown(tolerance_words(answer.tolerance))}{percent})"


def _picked(options: tuple[Option, ...], ids: tuple[str, ...]) -> str:
    texts = {one.id: one.text for one in options}
    return "; ".join(f"**{one}** {texts[one]}" for one in ids)


def mistake(variant: Variant, wrong: Misconception) -> str:
    """Return a mistake in Markdown: what it gives, what is said, what it is worth."""
    given = given_text(variant, wrong)
    # What is picked is Markdown already; what is typed is text.
    shown = given if isinstance(variant.answer, _PICKED) else escape_markdown(" ".join(given.split()))
    credit = f" ({wrong.credit * 100:g} %)" if wrong.credit else ""
    return f"**{escape_markdown(wrong.id)}**{credit}: {shown}. {wrong.feedback}"
