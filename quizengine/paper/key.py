"""The key to a sheet: answers and what else counts, worked solutions, common wrong answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from quizengine.markup import to_typst
from quizengine.model.sheet import Sheet, SheetItem
from quizengine.model.variant import Misconception, Part, Variant
from quizengine.paper.keyed import answer_of, given_of
from quizengine.paper.source import opening
from quizengine.paper.typeset import flag, line, listed, plain, prose, template

INTRO = "Answers, worked solutions, and common wrong answers. Keep this apart from the sheet."
#: Columns of questions that fit beside code and name of a sheet on one page.
GRID_COLUMNS = 20
#: An answer with more source than this may be higher than a page: it is measured.
MANY_SIGNS = 1500


def key_source(sheet: Sheet) -> str:
    """Return the Typst source of the key to a sheet.

    Raises
    ------
    ReferenceQueryError
        If the query that answers a question does not run; its result is part of the key.
    """
    facts = [f"[Form {sheet.form}]", f"[{len(sheet.items)} questions]", f"[{sheet.marks} marks]"]
    head = opening(sheet, f"Answers: {sheet.title}", sheet.name, facts=facts, lines=[], intro=INTRO)
    body = "\n\n".join(_item(item, at, sheet) for at, item in enumerate(sheet.items, 1))
    return f"{template()}\n{head}\n{body}\n"


def grid_source(sheets: Sequence[Sheet]) -> str:
    """Return the marking grid of a class: one row a sheet, one column a question, room for the points."""
    first = sheets[0]
    width = max(len(sheet.items) for sheet in sheets)
    facts = [f"[{len(sheets)} sheets]", f"[{width} questions]", f"[{first.marks} marks]"]
    head = opening(
        first, f"Marks: {first.title}", "", facts=facts, lines=[], intro="Points for each question."
    )
    tables = "\n".join(
        _grid(sheets, range(start, min(start + GRID_COLUMNS, width)), width)
        for start in range(0, width, GRID_COLUMNS)
    )
    return f"{template()}\n{head}\n{tables}\n"


def _grid(sheets: Sequence[Sheet], columns: range, width: int) -> str:
    """Return the rows of some questions; the last of them has the sums."""
    is_last = columns.stop == width
    heads = ["[Sheet]", "[Name]", *(f"[{at + 1}]" for at in columns), *(["[Sum]"] if is_last else [])]
    rows = listed(
        listed(
            [
                f"strong({plain(sheet.code)})",
                plain(sheet.name),
                *(_out_of(sheet.items[at].marks) if at < len(sheet.items) else "[]" for at in columns),
                *([_out_of(sheet.marks)] if is_last else []),
            ]
        )
        for sheet in sheets
    )
    return f"#grid-table({listed(heads)}, {rows})"


def _out_of(marks: int) -> str:
    return f"[\\/{marks}]"


def _item(item: SheetItem, number: int, sheet: Sheet) -> str:
    variant, large = item.variant, sheet.large_print
    several = len(variant.parts) > 1
    answers = "\n\n".join(
        f"#strong[{_label(part, several)}:] {_share(part, item)}"
        + answer_of(part.answer, variant.solution, large)
        for part in variant.parts
    )
    slips = listed(_slip(variant, one, item.marks, sheet.skills) for one in variant.misconceptions)
    return (
        f"#keyed(number: {number}, name: {plain(variant.title)}, marks: {item.marks}, "
        f"source: {plain(f'{variant.question_id}, version {variant.version}')}, "
        f"careful: {flag(len(answers) > MANY_SIGNS)})"
        f"[\n{answers}\n][\n{prose(variant.solution, large)}\n]\n"
        + (f"#slips({slips})" if variant.misconceptions else "")
    )


def _label(part: Part, several: bool) -> str:
    return line(part.label)[1:-1] if part.label and several else "Answer"


def _share(part: Part, item: SheetItem) -> str:
    """Return what a part is worth, where there are several."""
    parts = item.variant.parts
    if len(parts) == 1:
        return ""
    total = sum(one.weight for one in parts)
    worth = _decimal(Fraction(item.marks * part.weight / total).limit_denominator(100))
    return f"#text(fill: quiet, size: 0.9em)[({worth} {'mark' if worth == '1' else 'marks'})] "


def _decimal(value: Fraction) -> str:
    return f"{round(float(value), 2):g}"


def _slip(variant: Variant, wrong: Misconception, marks: int, titles: Mapping[str, str]) -> str:
    elsewhere = wrong.points_to != variant.primary_skill
    skill = plain(titles.get(wrong.points_to, wrong.points_to)) if elsewhere else "[]"
    credit = _decimal(Fraction(wrong.credit).limit_denominator(100) * marks)
    return listed([given_of(variant, wrong), f"[{to_typst(wrong.feedback)}]", f"[{credit}]", skill])
