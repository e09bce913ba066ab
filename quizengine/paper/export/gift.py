"""A collection as GIFT, Moodle's format of plain text: one answer a question, no files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from quizengine.markup import line_xhtml, to_text, to_xhtml, xml_text
from quizengine.model.collection import Collection
from quizengine.model.variant import Variant
from quizengine.paper.export.cloze import literal
from quizengine.paper.export.fields import (
    EssayField,
    Field,
    GridField,
    NumberField,
    OrderField,
    PairField,
    PickField,
    RefusedError,
    TextField,
    Wish,
    decimal_text,
)
from quizengine.paper.export.items import Group, Item, Slip, count_of, groups_of, material, number_window
from quizengine.paper.export.moodle import KEYS_INSIDE, feedback_of, grade_of, told_by_option
from quizengine.paper.export.notes import ENDLESS, Notes
from quizengine.paper.export.package import Export

FILE = "questions.gift"
ARROW = "->"
_SPECIAL = frozenset("~=#{}:\\")


def to_gift(collection: Collection, wish: Wish) -> Export:
    """Return a collection as GIFT."""
    notes = Notes()
    groups = groups_of(collection, replace(wish, one_line=True), notes, _gate)
    blocks = [block for group in groups for block in _group(collection.title, group, notes)]
    notes.add("told", KEYS_INSIDE)
    return Export({FILE: ("\n\n".join(blocks) + "\n").encode()}, tuple(notes.found), count_of(groups))


def _gate(variant: Variant, fields: tuple[Field, ...]) -> None:
    if len(fields) > 1:
        raise RefusedError(
            "GIFT has one answer a question, and this one has several: Moodle XML and QTI take it"
        )
    if isinstance(fields[0], TextField) and ARROW in "\n".join((*fields[0].forms, *fields[0].half)):
        raise RefusedError(
            "GIFT takes an answer with an arrow (->) for a matching: Moodle XML and QTI take it"
        )
    if isinstance(fields[0], GridField | OrderField):
        what = "an ordering" if isinstance(fields[0], OrderField) else "a table of cells"
        raise RefusedError(
            f"GIFT has no {what.removeprefix('an ').removeprefix('a ')}: Moodle XML and QTI take it"
        )


def _group(title: str, group: Group, notes: Notes) -> Iterator[str]:
    path = "/".join(name.replace("/", "//") for name in (title, f"{group.question} {group.title}"))
    yield f"$CATEGORY: $course$/top/{' '.join(path.split())}"
    for at, item in enumerate(group.items, 1):
        yield _question(item, at, notes)


def _question(item: Item, at: int, notes: Notes) -> str:
    variant = item.variant
    if variant.hints:
        notes.add("lost", "GIFT has no hints", variant.question_id)
    if item.marks != 1:
        notes.add("lost", "GIFT has no marks: each question is worth one", variant.question_id)
    answers = "".join(f"\n  {line}" for line in _answers(item, notes))
    only = item.fields[0]
    key = f"<pre>{xml_text(only.key)}</pre>" if isinstance(only, EssayField) else ""
    solution = escaped(_flat(to_xhtml(variant.solution, "tex") + key))
    sign = "#" if isinstance(only, NumberField) else ""
    # Without answers nothing may stand before the feedback: that is how an essay is known.
    lead = "\n  " if answers else ""
    head = f"// {item.name} {variant.question_id}\n::{escaped(f'{variant.title} {at}')}::"
    return f"{head}[html]{_prompt(item, notes)} {{{sign}{answers}{lead}####{solution}\n}}"


def _prompt(item: Item, notes: Notes) -> str:
    variant, only = item.variant, item.fields[0]
    blocks = [to_xhtml(variant.prompt, "tex")]
    blocks += [to_xhtml(text, "tex") for part in variant.parts if (text := material(part.answer))]
    if variant.figure:
        notes.add("lost", "GIFT has no pictures: the words for it stand in its place", variant.question_id)
        blocks.append(f"<p>[Picture: {xml_text(variant.figure.alt)}]</p>")
    if isinstance(only, NumberField) and only.unit:
        blocks.append(f"<p>Unit: {xml_text(only.unit)} (type the number alone)</p>")
    return escaped(_flat("".join(blocks)))


def _flat(xhtml: str) -> str:
    """Return XHTML on one line: an empty line would end the question, and one that begins with // be lost."""
    pieces = xhtml.split("<pre>")
    kept = [" ".join(pieces[0].split("\n"))]
    for piece in pieces[1:]:
        code, _, after = piece.partition("</pre>")
        kept.append(code.replace("\n", "<br/>") + "</pre>" + " ".join(after.split("\n")))
    return "<pre>".join(kept).strip()


def escaped(text: str) -> str:
    r"""Return text in which nothing means anything to GIFT; its lines are joined.

    >>> escaped("a=b {c}")
    'a\\=b \\{c\\}'
    """
    return "".join(f"\\{char}" if char in _SPECIAL else char for char in " ".join(text.splitlines()))


def _answers(item: Item, notes: Notes) -> Iterator[str]:
    match item.fields[0]:
        case NumberField() as key:
            yield from _numbers(item, key, notes)
        case TextField() as key:
            yield from _texts(item, key, notes)
        case PickField() as key:
            yield from _options(item, key, notes)
        case PairField() as key:
            texts = {one.id: escaped(to_text(one.text)) for one in key.right}
            for left, right in zip(key.left, key.key, strict=True):
                yield f"={escaped(_flat(line_xhtml(left.text, 'tex')))} -> {texts[right]}"
            for one in key.right:
                if one.id not in key.key:
                    yield f"= -> {texts[one.id]}"
        case EssayField():
            notes.add(
                "lost",
                "GIFT has no notes for who marks: the key is in the feedback",
                item.variant.question_id,
            )


def _numbers(item: Item, key: NumberField, notes: Notes) -> Iterator[str]:
    yield f"={_number(key)}"
    for slip in item.slips:
        window = number_window(slip)
        if window is None:
            notes.add("lost", ENDLESS, item.variant.question_id, slip.wrong.id)
            continue
        yield f"=%{grade_of(slip.wrong.credit, item, notes):g}%{_number(window)}{_said(slip)}"


def _number(field: NumberField) -> str:
    return f"{decimal_text(field.value)}:{decimal_text(field.margin)}"


def _said(slip: Slip) -> str:
    return f" #{escaped(_flat(feedback_of(slip)))}"


def _texts(item: Item, key: TextField, notes: Notes) -> Iterator[str]:
    if key.exact_case:
        notes.add(
            "lost", "GIFT's short answers do not tell capitals from small letters", item.variant.question_id
        )
    yield from (f"=%100%{escaped(literal(form))}" for form in key.forms)
    yield from (f"=%50%{escaped(literal(form))}" for form in key.half)
    for slip in item.slips:
        found = slip.fields[0]
        for form in found.forms if isinstance(found, TextField) else ():
            if ARROW in form:
                notes.add(
                    "lost", "GIFT cannot have an arrow in an answer", item.variant.question_id, slip.wrong.id
                )
            else:
                grade = grade_of(slip.wrong.credit, item, notes)
                yield f"=%{grade:g}%{escaped(literal(form))}{_said(slip)}"


def _options(item: Item, key: PickField, notes: Notes) -> Iterator[str]:
    told = told_by_option(item, key, notes)
    right = round(100 / len(key.key), 5)
    for option in key.options:
        text = escaped(_flat(line_xhtml(option.text, "tex")))
        slip = told.get(option.id)
        if key.many:
            yield f"~%{right if option.id in key.key else -right:g}%{text}"
        elif option.id in key.key:
            yield f"={text}"
        else:
            grade = grade_of(slip.wrong.credit, item, notes) if slip else 0
            yield f"~{f'%{grade:g}%' if grade else ''}{text}{_said(slip) if slip else ''}"
