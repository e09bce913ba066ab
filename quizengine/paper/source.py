"""A sheet as one text of Typst: everything is in it, so that nothing is read while it is set."""

from __future__ import annotations

from quizengine.markup import to_typst
from quizengine.markup.typst import typst_string
from quizengine.model.sheet import Sheet, SheetItem
from quizengine.model.variant import Figure
from quizengine.paper.space import space
from quizengine.paper.typeset import flag, line, listed, plain, qr, template

#: What a QR code on paper begins with: the format and its version.
QR_PREFIX = "QE1:"
INTRO = (
    "Write each answer into its place, and show your working. "
    "Leave out what you do not know yet: that is an answer too."
)


def sheet_source(sheet: Sheet, *, public_url: str = "") -> str:
    """Return the Typst source of a sheet. It says nothing about the key.

    With ``public_url`` the QR code leads to the page where its marks are entered.
    """
    lines = ["[Name]", "[Date]"] if not sheet.name else [plain(f"Name: {sheet.name}"), "[Date]"]
    facts = [f"[{len(sheet.items)} questions]", f"[about {sheet.minutes} minutes]", f"[{sheet.marks} marks]"]
    note = f"Form {sheet.form}" + (f" · {sheet.name}" if sheet.name else "")
    head = opening(
        sheet,
        sheet.title,
        note,
        facts=facts,
        lines=lines if not sheet.name else ["[Date]"],
        public_url=public_url,
    )
    body = "\n\n".join(_item(item, at, sheet.large_print) for at, item in enumerate(sheet.items, 1))
    return f"{template()}\n{head}\n{body}\n"


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
    """Return the beginning of a document: title, code, QR code, lines for the name."""
    signs = sheet.code.replace("-", "")
    code = qr(f"{public_url}/sheets/{signs}/marks" if public_url else QR_PREFIX + signs)
    return (
        f"#show: sheet.with(title: {typst_string(title)}, code: {typst_string(sheet.code)}, "
        f"heading-note: {plain(note)}, paper: {typst_string(sheet.paper)}, large: {flag(sheet.large_print)}, "
        f"qr: {code}, facts: {listed(facts)}, lines: {listed(lines)}, intro: {plain(intro)})"
    )


def figure(drawn: Figure | None, large: bool) -> str:
    """Return a figure with its words, or nothing."""
    if drawn is None:
        return ""
    return f"#figure-of({typst_string(drawn.svg)}, {typst_string(drawn.alt)}, large: {flag(large)})"


def _item(item: SheetItem, number: int, large: bool) -> str:
    variant = item.variant
    several = len(variant.parts) > 1
    spaces = [
        space(
            part.answer,
            line(part.label) if part.label and several else "[Answer]",
            # One room for working, above the first answer.
            0 if at else item.marks,
            large,
        )
        for at, part in enumerate(variant.parts)
    ]
    body = "\n\n".join(filter(None, [to_typst(variant.prompt), figure(variant.figure, large), *spaces]))
    return (
        f"#item(number: {number}, name: {plain(variant.title)}, marks: {item.marks}, large: {flag(large)})"
        f"[\n{body}\n]"
    )
