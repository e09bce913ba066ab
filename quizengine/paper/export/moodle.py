"""A collection as Moodle XML: a category a question, to draw from at random."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from math import isclose

from quizengine.markup import line_xhtml, to_text, to_xhtml, xml_text
from quizengine.markup.exchange import BLANK, Place
from quizengine.model.collection import Collection
from quizengine.model.variant import Figure, Variant
from quizengine.paper.export.cloze import cloze_of, literal
from quizengine.paper.export.fields import (
    EssayField,
    Field,
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
from quizengine.paper.export.notes import ENDLESS, TICKS, Notes
from quizengine.paper.export.package import Export

FILE = "questions.xml"
#: The shares of a mark that Moodle's importer knows, in percent.
GRADES = (
    100, 90, 83.33333, 80, 75, 70, 66.66667, 60, 50, 40, 33.33333, 30, 25, 20, 16.66667, 14.28571, 12.5,
    11.11111, 10, 5, 0,
)  # fmt: skip
KEYS_INSIDE = "the file holds the answers, since Moodle judges them: give it to teachers only"
#: The braces of boxes, while those of the text around them are escaped.
_HIDDEN = str.maketrans("{}", "\ue000\ue001")
_SHOWN = str.maketrans("\ue000\ue001", "{}")
_ALONE = (PairField, OrderField, EssayField)


def to_moodle(collection: Collection, wish: Wish) -> Export:
    """Return a collection as Moodle XML, as Moodle 4.4 and later reads it."""
    notes = Notes()
    groups = groups_of(collection, replace(wish, one_line=True), notes, _gate)
    body = "\n".join(line for group in groups for line in _group(collection.title, group, notes))
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<quiz>\n{body}\n</quiz>\n'
    notes.add("told", KEYS_INSIDE)
    return Export({FILE: text.encode()}, tuple(notes.found), count_of(groups))


def _gate(variant: Variant, fields: tuple[Field, ...]) -> None:
    if len(fields) > 1 and any(isinstance(one, _ALONE) for one in fields):
        raise RefusedError("Moodle cannot put a matching, an ordering or an essay beside other answers")
    if any(isinstance(one, OrderField) and len(one.orders) > 1 for one in fields):
        raise RefusedError("Moodle's ordering knows one right order, and here several are")


def _group(title: str, group: Group, notes: Notes) -> Iterator[str]:
    path = "/".join(name.replace("/", "//") for name in (title, f"{group.question} {group.title}"))
    yield (
        f'<question type="category"><category><text>{xml_text("$course$/top/" + path)}</text></category>'
        f'<info format="html"><text></text></info></question>'
    )
    for at, item in enumerate(group.items, 1):
        yield _question(item, f"{item.variant.title} {at}", notes)


def _question(item: Item, name: str, notes: Notes) -> str:
    variant = item.variant
    kind, text, specific = _kind_of(item, notes)
    parts = [
        f"<name><text>{xml_text(name)}</text></name>",
        f'<questiontext format="html"><text>{cdata(text)}</text>{_file(variant)}</questiontext>',
        _html("generalfeedback", to_xhtml(variant.solution, "tex")),
        *([] if kind == "cloze" else [f"<defaultgrade>{item.marks}</defaultgrade>"]),
        "<penalty>0.3333333</penalty>",
        "<hidden>0</hidden>",
        f"<idnumber>{item.name}</idnumber>",
        *specific,
        *(_html("hint", to_xhtml(hint, "tex")) for hint in variant.hints),
        _tags(variant),
    ]
    return f'<question type="{kind}">\n' + "\n".join(parts) + "\n</question>"


def _tags(variant: Variant) -> str:
    tags = "".join(f"<tag><text>{xml_text(skill)}</text></tag>" for skill, _ in variant.skills)
    return f"<tags>{tags}</tags>"


def _kind_of(item: Item, notes: Notes) -> tuple[str, str, list[str]]:
    """Return Moodle's type, the text of the question, and what is peculiar to the type."""
    variant, only = item.variant, item.fields[0]
    if len(item.fields) > 1:
        return "cloze", _text_of(variant, cloze_of(item, notes)), []
    plain = _text_of(variant, {})
    match only:
        case NumberField():
            return "numerical", plain + _unit(only), list(_numerical(item, only, notes))
        case TextField():
            case = f"<usecase>{int(only.exact_case)}</usecase>"
            return "shortanswer", plain, [case, *_short(item, only, notes)]
        case PickField():
            return "multichoice", plain, list(_multichoice(item, only, notes))
        case PairField():
            return "matching", plain, list(_matching(only))
        case OrderField():
            return "ordering", plain, list(_ordering(only, notes, variant))
        case EssayField():
            return "essay", plain, _essay(only)
        case _:
            return "cloze", _text_of(variant, cloze_of(item, notes)), []


def _text_of(variant: Variant, boxes: dict[str, str]) -> str:
    """Return prompt, material, picture and, for parts without a place of their own, their boxes."""
    used: set[str] = set()

    def place(name: str) -> Place:
        used.add(name)
        return _place(boxes[name]) if name in boxes else BLANK

    blocks = [to_xhtml(variant.prompt, "tex", place)]
    blocks += [to_xhtml(text, "tex") for part in variant.parts if (text := material(part.answer))]
    if variant.figure:
        blocks.append(f'<p><img src="@@PLUGINFILE@@/figure.svg" alt="{xml_text(variant.figure.alt)}"/></p>')
    for part in variant.parts:
        if part.name in boxes and part.name not in used:
            label = f"{line_xhtml(part.label, 'tex')}: " if part.label else ""
            box = _place(boxes[part.name])
            blocks.append(f"<p>{label}</p>{box.xml}" if box.block else f"<p>{label}{box.xml}</p>")
    text = "\n".join(blocks)
    if not boxes:
        return text
    # Braces that are not those of a box must not look like one.
    return text.replace("{", "&#123;").replace("}", "&#125;").translate(_SHOWN)


def _place(box: str) -> Place:
    return Place(box.translate(_HIDDEN), block=box.startswith("<table"))


def _unit(field: NumberField) -> str:
    return f"\n<p>Unit: {xml_text(field.unit)} (type the number alone)</p>" if field.unit else ""


def _file(variant: Variant) -> str:
    return figure_file(variant.figure) if variant.figure else ""


def figure_file(figure: Figure) -> str:
    """Return a figure as a file inside the XML."""
    content = b64encode(figure.svg.encode()).decode()
    return f'<file name="figure.svg" path="/" encoding="base64">{content}</file>'


def _html(tag: str, content: str) -> str:
    return f'<{tag} format="html"><text>{cdata(content)}</text></{tag}>'


def cdata(text: str) -> str:
    """Return text as a CDATA section that nothing in it can end.

    >>> cdata("a]]>b")
    '<![CDATA[a]]]]><![CDATA[>b]]>'
    """
    return f"<![CDATA[{text.replace(']]>', ']]]]><![CDATA[>')}]]>"


def _answer(fraction: float, text: str, feedback: str, more: str = "", form: str = "html") -> str:
    return (
        f'<answer fraction="{fraction:g}" format="{form}"><text>{text}</text>{more}'
        f'<feedback format="html"><text>{cdata(feedback)}</text></feedback></answer>'
    )


def grade_of(credit: float, item: Item, notes: Notes) -> float:
    """Return a credit as one of the percentages that Moodle knows, the nearest."""
    percent = credit * 100
    nearest = min(GRADES, key=lambda grade: abs(grade - percent))
    if not isclose(nearest, percent, abs_tol=0.01):
        notes.add("lost", f"a credit of {percent:g} % becomes {nearest:g} %", item.variant.question_id)
    return nearest


def feedback_of(slip: Slip) -> str:
    """Return what is said about a mistake, as XHTML."""
    return to_xhtml(slip.wrong.feedback, "tex")


def _numerical(item: Item, key: NumberField, notes: Notes) -> Iterator[str]:
    yield _answer(100, decimal_text(key.value), "", _tolerance(key), "moodle_auto_format")
    for slip in item.slips:
        window = number_window(slip)
        if window is None:
            notes.add("lost", ENDLESS, item.variant.question_id, slip.wrong.id)
            continue
        grade = grade_of(slip.wrong.credit, item, notes)
        yield _answer(
            grade, decimal_text(window.value), feedback_of(slip), _tolerance(window), "moodle_auto_format"
        )


def _tolerance(field: NumberField) -> str:
    return f"<tolerance>{decimal_text(field.margin)}</tolerance>"


def _short(item: Item, key: TextField, notes: Notes) -> Iterator[str]:
    for form in key.forms:
        yield _answer(100, xml_text(literal(form)), "", form="moodle_auto_format")
    for form in key.half:
        yield _answer(50, xml_text(literal(form)), "", form="moodle_auto_format")
    for slip in item.slips:
        found = slip.fields[0]
        for form in found.forms if isinstance(found, TextField) else ():
            grade = grade_of(slip.wrong.credit, item, notes)
            text = xml_text(literal(form))
            yield _answer(grade, text, feedback_of(slip), form="moodle_auto_format")


def _multichoice(item: Item, key: PickField, notes: Notes) -> Iterator[str]:
    yield f"<single>{'false' if key.many else 'true'}</single>"
    yield "<shuffleanswers>false</shuffleanswers>"
    yield "<answernumbering>abc</answernumbering>"
    told = told_by_option(item, key, notes)
    right = 100 / len(key.key)
    for option in key.options:
        slip = told.get(option.id)
        if option.id in key.key:
            grade = right
        elif key.many:
            grade = -right
        else:
            grade = grade_of(slip.wrong.credit, item, notes) if slip else 0
        yield _answer(
            round(grade, 5), cdata(line_xhtml(option.text, "tex")), feedback_of(slip) if slip else ""
        )


def told_by_option(item: Item, key: PickField, notes: Notes) -> dict[str, Slip]:
    """Return the mistake that each wrong option stands for; of several options together none does."""
    told: dict[str, Slip] = {}
    for slip in item.slips:
        found = slip.fields[0]
        wrong = [one for one in found.key if one not in key.key] if isinstance(found, PickField) else []
        if key.many:
            notes.add("lost", TICKS, item.variant.question_id, slip.wrong.id)
        elif wrong:
            told.setdefault(wrong[0], slip)
    return told


def _matching(key: PairField) -> Iterator[str]:
    yield "<shuffleanswers>false</shuffleanswers>"
    texts = {one.id: to_text(one.text) for one in key.right}
    for left, right in zip(key.left, key.key, strict=True):
        yield _pair(line_xhtml(left.text, "tex"), texts[right])
    for one in key.right:
        if one.id not in key.key:
            yield _pair("", texts[one.id])


def _pair(left: str, right: str) -> str:
    return (
        f'<subquestion format="html"><text>{cdata(left)}</text>'
        f"<answer><text>{xml_text(right)}</text></answer></subquestion>"
    )


def _ordering(key: OrderField, notes: Notes, variant: Variant) -> Iterator[str]:
    notes.add("told", "ordering needs Moodle 4.4, or its plug-in before that", variant.question_id)
    yield "<layouttype>VERTICAL</layouttype><selecttype>ALL</selecttype><selectcount>0</selectcount>"
    yield "<gradingtype>ALL_OR_NOTHING</gradingtype><showgrading>HIDE</showgrading>"
    yield "<numberingstyle>none</numberingstyle>"
    texts = {one.id: line_xhtml(one.text, "tex") for one in key.items}
    for at, found in enumerate(key.orders[0], 1):
        yield f'<answer fraction="{at}" format="html"><text>{cdata(texts[found])}</text></answer>'


def _essay(key: EssayField) -> list[str]:
    given = f"<pre>{xml_text(key.given)}</pre>" if key.given else ""
    return [
        "<responseformat>monospaced</responseformat><responserequired>1</responserequired>",
        f"<responsefieldlines>{max(5, key.lines)}</responsefieldlines><attachments>0</attachments>",
        _html("graderinfo", f"<pre>{xml_text(key.key)}</pre>"),
        _html("responsetemplate", given),
    ]
