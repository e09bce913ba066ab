"""The key to a sheet: answers and what else counts, worked solutions, common wrong answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from quizengine.markup import to_typst
from quizengine.markup.typst import typst_string
from quizengine.model.counting import counted
from quizengine.model.sheet import PaperSize, Sheet, SheetItem
from quizengine.model.variant import Misconception, Part, Variant, misconception_title
from quizengine.paper.keyed import answer_of, given_of
from quizengine.paper.source import Paged, alone, opening
from quizengine.paper.typeset import flag, line, listed, plain, prose

INTRO = "Answers, worked solutions, and common wrong answers."
APART = "Keep this apart from the sheet."
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
    return alone(paged_key(sheet))


def paged_key(sheet: Sheet) -> Paged:
    """Return a key as a document of its own or a part of one has it; see ``key_source``.

    One that is printed behind its sheet goes on with its pages.
    """
    goes_on = sheet.key == "same"
    facts = [
        f"[Form {sheet.form}]",
        f"[{counted(len(sheet.items), 'question')}]",
        f"[{counted(sheet.marks, 'mark')}]",
    ]
    head = opening(
        sheet,
        f"Answers: {sheet.title}",
        " · ".join(filter(None, [sheet.title, sheet.name])),
        facts=facts,
        lines=[],
        intro=INTRO if goes_on else f"{INTRO} {APART}",
    )
    body = "\n\n".join(_item(item, at, sheet) for at, item in enumerate(sheet.items, 1))
    headline = typst_string(f"ANSWERS - {sheet.code}")
    return Paged(sheet.name, f"{head}, headline: {headline}", body, goes_on)


@dataclass(frozen=True, slots=True)
class GridRow:
    """What the marking grid says of a sheet: who has it, and what each question is worth."""

    code: str
    form: str
    name: str
    marks: tuple[int, ...]


def grid_row(sheet: Sheet) -> GridRow:
    """Return what a marking grid says of a sheet."""
    return GridRow(sheet.code, sheet.form, sheet.name, tuple(item.marks for item in sheet.items))


def grid_source(title: str, paper: PaperSize, rows: Sequence[GridRow]) -> str:
    """Return the marking grid of a class: one row a sheet, one column a question, room for the points."""
    first = rows[0]
    width = max(len(row.marks) for row in rows)
    sheet = Sheet(
        code=first.code, form=first.form, title=f"Marks: {title}", paper=paper,
        large_print=False, minutes=0, items=(),
    )  # fmt: skip
    facts = [
        f"[{counted(len(rows), 'sheet')}]",
        f"[{counted(width, 'question')}]",
        f"[{counted(sum(first.marks), 'mark')}]",
    ]
    head = opening(sheet, sheet.title, "", facts=facts, lines=[], intro="Points for each question.")
    tables = "\n".join(
        _grid(rows, range(start, min(start + GRID_COLUMNS, width)), width)
        for start in range(0, width, GRID_COLUMNS)
    )
    return alone(Paged(first.code, head, tables))


def _grid(sheets: Sequence[GridRow], columns: range, width: int) -> str:
    """Return the rows of some questions; the last of them has the sums."""
    is_last = columns.stop == width
    heads = ["[Sheet]", "[Name]", *(f"[{at + 1}]" for at in columns), *(["[Sum]"] if is_last else [])]
    rows = listed(
        listed(
            [
                f"strong({plain(sheet.code)})",
                plain(sheet.name),
                *(_out_of(sheet.marks[at]) if at < len(sheet.marks) else "[]" for at in columns),
                *([_out_of(sum(sheet.marks))] if is_last else []),
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
        + (f"#slips({slips}, large: {flag(large)})" if variant.misconceptions else "")
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
    name = plain(f"{misconception_title(wrong.id)}.")
    told = f"[#strong({name}) {to_typst(wrong.feedback)}]"
    return listed([given_of(variant, wrong), told, f"[{credit}]", skill])
