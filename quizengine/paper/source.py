"""A sheet as one text of Typst: everything is in it, so that nothing is read while it is set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from quizengine.markup.typst import typst_string
from quizengine.model.answers import SqlAnswer
from quizengine.model.counting import counted
from quizengine.model.sheet import Sheet, SheetItem
from quizengine.model.variant import Figure, Part, Variant
from quizengine.paper.space import shown, space
from quizengine.paper.typeset import flag, line, listed, plain, prose, qr, template

#: What a QR code on paper begins with: the format and its version.
QR_PREFIX = "QE1:"
MAX_SHORT = 32
#: Lines of a question that surely fit a page, and below the opening of the first; others are measured,
#: which takes as long as setting them.
LIGHT, LIGHT_FIRST = 25, 7
LINE_SIGNS = 70
FIGURE_LINES = 20
INTRO = (
    "Write each answer into its place, and show your working. "
    "Leave out what you do not know yet: that is an answer too."
)


@dataclass(frozen=True, slots=True)
class Paged:
    """A sheet or key as Typst: what its opening says, and what comes below.

    One that ``goes_on`` belongs to the part before it, and is counted with its pages.
    """

    whose: str
    opening: str
    body: str
    goes_on: bool = False


def sheet_source(sheet: Sheet, *, public_url: str = "", traced: bool = False) -> str:
    """Return the Typst source of a sheet. It says nothing about the key.

    With ``public_url`` the QR code leads to the page where its marks are entered. If ``traced``, a query
    for ``<traced>`` gives the pages on which each question begins and ends.
    """
    return alone(paged_sheet(sheet, public_url=public_url, traced=traced))


def paged_sheet(sheet: Sheet, *, public_url: str = "", traced: bool = False) -> Paged:
    """Return a sheet as a document of its own or a part of one has it."""
    lines = ["[Date]"] if sheet.name else ["[Name]", "[Date]"]
    facts = [
        f"[{counted(len(sheet.items), 'question')}]",
        f"[about {counted(sheet.minutes, 'minute')}]",
        f"[{counted(sheet.marks, 'mark')}]",
    ]
    note = f"Form {sheet.form}" + (f" · {sheet.name}" if sheet.name else "")
    head = opening(sheet, sheet.title, note, facts=facts, lines=lines, public_url=public_url)
    body = "\n\n".join(_item(item, at, sheet.large_print, traced) for at, item in enumerate(sheet.items, 1))
    return Paged(whose(sheet), head, body)


def whose(sheet: Sheet) -> str:
    """Return what tells a sheet from the others of a class: a name, else its code."""
    return sheet.name or sheet.code


def alone(part: Paged) -> str:
    """Return the source of a document that is one sheet or key."""
    return f"{template()}\n#show: sheet.with({part.opening})\n{part.body}\n"


def joined(title: str, parts: Sequence[Paged]) -> str:
    """Return the source of one document with many sheets or keys, a bookmark for each.

    Each begins on a page of its own, and counts its pages from 1 unless it goes on.
    """
    about = f'title: {typst_string(title)}, author: "quizengine", date: none'
    sheets = "\n".join(
        f"#sheet(whose: {typst_string(part.whose)}, goes-on: {flag(part.goes_on)}, {part.opening})"
        f"[\n{part.body}\n]"
        for part in parts
    )
    return f'{template()}\n#set document({about})\n#set text(lang: "en")\n{sheets}\n'


def opening(
    sheet: Sheet,
    title: str,
    note: str,
    *,
    facts: list[str],
    lines: list[str],
    intro: str = INTRO,
    public_url: str = "",
) -> str:
    """Return what the beginning of a document says: title, code, QR code, lines for the name."""
    signs = sheet.code.replace("-", "")
    code = qr(f"{public_url}/sheets/{signs}/marks" if public_url else QR_PREFIX + signs)
    return (
        f"title: {typst_string(title)}, short: {plain(_short(title))}, "
        f"code: {typst_string(sheet.code)}, form: {typst_string(sheet.form)}, "
        f"heading-note: {plain(note)}, paper: {typst_string(sheet.paper)}, large: {flag(sheet.large_print)}, "
        f"qr: {code}, facts: {listed(facts)}, lines: {listed(lines)}, intro: {plain(intro)}"
    )


def _short(title: str) -> str:
    """Return a title that leaves room for the code and the page beside it."""
    return title if len(title) <= MAX_SHORT else f"{title[: MAX_SHORT - 1].rstrip()}…"


def figure(drawn: Figure | None, large: bool) -> str:
    """Return a figure with its words, or nothing."""
    if drawn is None:
        return ""
    return f"#figure-of({typst_string(drawn.svg)}, {typst_string(drawn.alt)}, squeeze, large: {flag(large)})"


def _item(item: SheetItem, number: int, large: bool, traced: bool) -> str:
    variant = item.variant
    first, *others = variant.parts
    above = "\n\n".join(
        filter(
            None, [prose(variant.prompt, large), figure(variant.figure, large), shown(first.answer, large)]
        )
    )
    # One room for working, above the first answer.
    rooms = [space(first.answer, _label(first, bool(others)), item.marks, large)]
    rooms += [_shown_later(part, large) + space(part.answer, _label(part, True), 0, large) for part in others]
    below = "\n".join(rooms)
    careful = large or _lines(variant) > (LIGHT_FIRST if number == 1 else LIGHT)
    return (
        f"#item(number: {number}, name: {plain(variant.title)}, marks: {item.marks}, large: {flag(large)}, "
        f"traced: {flag(traced)}, careful: {flag(careful)}, "
        f"squeeze => [\n{above}\n], squeeze => [\n{below}\n])"
    )


def _lines(variant: Variant) -> int:
    """Return about how many lines a question's prompt takes, rather too many than too few."""
    shown_lines = sum(shown(part.answer, False).count("\\n") for part in variant.parts)
    text_lines = sum(1 + len(text) // LINE_SIGNS for text in variant.prompt.split("\n"))
    tables = sum(
        len(table.sample) + 3
        for part in variant.parts
        if isinstance(part.answer, SqlAnswer)
        for table in part.answer.tables
    )
    return text_lines + shown_lines + tables + (FIGURE_LINES if variant.figure else 0)


def _label(part: Part, several: bool) -> str:
    return line(part.label) if part.label and several else "[Answer]"


def _shown_later(part: Part, large: bool) -> str:
    above = shown(part.answer, large)
    return f"#kept[\n{above}\n]\n" if above else ""
