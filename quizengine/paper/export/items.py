"""Variants made ready for other systems: what asks for each answer, which mistakes can be told, names."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from hashlib import sha256

from quizengine.markup.writing import escape_markdown, fenced
from quizengine.model.answers import Answer, ConfigAnswer, OutputAnswer, SqlAnswer, SqlTable
from quizengine.model.collection import Collection, Family
from quizengine.model.variant import Condition, Misconception, Variant
from quizengine.paper.export.fields import Field, NumberField, RefusedError, Wish, field_of, wrong_field
from quizengine.paper.export.notes import Kind, Notes
from quizengine.store.codec import variant_to_json

#: Raises ``RefusedError`` for a variant that a format cannot hold as a whole.
Gate = Callable[[Variant, tuple[Field, ...]], None]


@dataclass(frozen=True, slots=True)
class Slip:
    """A misconception: what it gives in each part (None: not touched), or a range in the first part."""

    wrong: Misconception
    fields: tuple[Field | None, ...]
    when: tuple[Condition, ...] = ()

    @property
    def touched(self) -> tuple[int, ...]:
        """The places of the parts that it explains."""
        return (0,) if self.when else tuple(at for at, one in enumerate(self.fields) if one is not None)


@dataclass(frozen=True, slots=True)
class Item:
    """A variant with what asks for each of its parts; equal variants have equal names in all exports."""

    name: str
    variant: Variant
    fields: tuple[Field, ...]
    slips: tuple[Slip, ...]
    marks: int


@dataclass(frozen=True, slots=True)
class Group:
    """The items of one question."""

    question: str
    title: str
    items: tuple[Item, ...]


def groups_of(collection: Collection, wish: Wish, notes: Notes, gate: Gate) -> tuple[Group, ...]:
    """Return what of a collection a format can hold; what it cannot is noted by name."""
    found = []
    for family in collection.families:
        items = tuple(_items(family, wish, notes, gate))
        if items:
            found.append(Group(family.question_id, family.title, items))
    return tuple(found)


def count_of(groups: tuple[Group, ...]) -> int:
    """Return how many items there are."""
    return sum(len(group.items) for group in groups)


def _items(family: Family, wish: Wish, notes: Notes, gate: Gate) -> Iterator[Item]:
    for variant in family.variants:
        told = Notes()
        try:
            tell = partial(_tell, told, family.question_id)
            fields = tuple(field_of(part.answer, wish, tell) for part in variant.parts)
            gate(variant, fields)
        except RefusedError as error:
            notes.add("refused", str(error), family.question_id)
            continue
        notes.take(told)
        slips = tuple(_slips(variant, fields, notes))
        yield Item(name_of(variant), variant, fields, slips, family.marks)


def _tell(notes: Notes, question: str, kind: Kind, text: str) -> None:
    notes.add(kind, text, question)


def _slips(variant: Variant, fields: tuple[Field, ...], notes: Notes) -> Iterator[Slip]:
    for wrong in variant.misconceptions:
        if wrong.when and isinstance(fields[0], NumberField):
            yield Slip(wrong, (), wrong.when)
            continue
        made = tuple(
            None
            if answer is None or isinstance(answer, SqlAnswer | ConfigAnswer)
            else wrong_field(answer, field)
            for answer, field in zip(wrong.answers, fields, strict=False)
        )
        lacking = [one for one, answer in zip(made, wrong.answers, strict=False) if answer and one is None]
        if any(made) and not lacking:
            yield Slip(wrong, made)
        else:
            notes.add("lost", "mistakes that this format cannot recognise", variant.question_id, wrong.id)


def number_window(slip: Slip) -> NumberField | None:
    """Return the numbers of a mistake as a middle and a margin; None where they have no end on a side."""
    if slip.when:
        return _between(slip.when)
    found = slip.fields[0]
    return found if isinstance(found, NumberField) else None


def _between(when: tuple[Condition, ...]) -> NumberField | None:
    lows = [one.value for one in when if one.sign in (">", ">=", "==")]
    highs = [one.value for one in when if one.sign in ("<", "<=", "==")]
    if not lows or not highs or any(one.sign == "!=" for one in when):
        return None
    low, high = max(lows), min(highs)
    return NumberField((low + high) / 2, (high - low) / 2) if low <= high else None


def name_of(variant: Variant) -> str:
    """Return a name made of what a variant holds: equal variants have equal names, in every export."""
    content, _ = variant_to_json(variant)
    return "q" + sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


def material(answer: Answer) -> str:
    """Return as Markdown what a form shows beside the prompt: code, tables, a file to mend."""
    match answer:
        case OutputAnswer():
            return fenced(answer.code, answer.language)
        case ConfigAnswer():
            return fenced(answer.given, answer.kind)
        case SqlAnswer():
            schema = fenced("\n".join(table.ddl for table in answer.tables), "sql")
            return "\n\n".join([schema, *map(_sample, answer.tables)])
        case _:
            return ""


def _sample(table: SqlTable) -> str:
    head = f"**{escape_markdown(table.name)}** ({table.row_count} rows"
    head += ")" if table.row_count <= len(table.sample) else f", the first {len(table.sample)})"
    rows = [table.columns, ["---"] * len(table.columns), *table.sample]
    cells = ["| " + " | ".join(map(_cell, row)) + " |" for row in rows]
    cells[1] = "|" + "---|" * len(table.columns)
    return head + "\n\n" + "\n".join(cells)


def _cell(text: str) -> str:
    return escape_markdown(" ".join(text.split())) or " "
