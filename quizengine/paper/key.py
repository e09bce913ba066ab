"""The key to a sheet: answers and what else counts, worked solutions, the mistakes that have a name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from quizengine.grading import given_text, key_latex, key_text
from quizengine.markup import to_typst
from quizengine.markup.typst import math_typst, typst_string
from quizengine.model.answers import (
    Answer,
    ChoiceAnswer,
    ChoicesAnswer,
    ConfigAnswer,
    MatchingAnswer,
    NumberAnswer,
    OrderingAnswer,
    TableAnswer,
    Tolerance,
)
from quizengine.model.sheet import Sheet, SheetItem
from quizengine.model.variant import Misconception, Variant
from quizengine.paper.source import opening
from quizengine.paper.space import table_arguments
from quizengine.paper.typeset import code, content, line, listed, plain, template

#: A wrong answer longer than this is told by its feedback alone.
MAX_GIVEN = 120
NOT_SHOWN = "[#sym.dash.en]"
INTRO = "Answers, worked solutions, and the mistakes that have a name. Keep this apart from the sheet."


def key_source(sheet: Sheet) -> str:
    """Return the Typst source of the key to a sheet."""
    facts = [f"[Form {sheet.form}]", f"[{len(sheet.items)} questions]", f"[{sheet.marks} marks]"]
    head = opening(sheet, f"Answers: {sheet.title}", sheet.name, facts=facts, lines=[], intro=INTRO)
    body = "\n\n".join(_item(item, at, sheet.skills) for at, item in enumerate(sheet.items, 1))
    return f"{template()}\n{head}\n{body}\n"


def grid_source(sheets: Sequence[Sheet]) -> str:
    """Return the marking grid of a class: one row a sheet, one column a question, room for the marks."""
    first = sheets[0]
    width = max(len(sheet.items) for sheet in sheets)
    heads = listed(["[Sheet]", "[Name]", *(f"[{at}]" for at in range(1, width + 1)), "[Sum]"])
    rows = listed(
        listed(
            [
                plain(sheet.code),
                plain(sheet.name),
                *(["[]"] * width),
                f"[#text(fill: quiet)[\\/ {sheet.marks}]]",
            ]
        )
        for sheet in sheets
    )
    facts = [f"[{len(sheets)} sheets]", f"[{width} questions]"]
    head = opening(
        first, f"Marks: {first.title}", "", facts=facts, lines=[], intro="Points for each question."
    )
    return f"{template()}\n{head}\n#set text(size: 0.8em)\n#blank-table({heads}, {rows})\n"


def _item(item: SheetItem, number: int, titles: Mapping[str, str]) -> str:
    variant = item.variant
    body = [
        f"#text(fill: quiet, size: 0.85em)[{_quiet(f'{variant.question_id}, version {variant.version}')}]",
        *(_answer(part.answer, part.label, len(variant.parts) > 1) for part in variant.parts),
        f"#heading(level: 3)[Worked solution]\n#solution[{to_typst(variant.solution)}]",
    ]
    if variant.misconceptions:
        rows = listed(_slip(variant, one, item.marks, titles) for one in variant.misconceptions)
        body.append(f"#heading(level: 3)[Mistakes with a name]\n#slips({rows})")
    worth = f"{item.marks} {'mark' if item.marks == 1 else 'marks'}"
    # A solution may be long: keys may break where they must.
    return (
        f"#heading(level: 2)[{number}. {plain(variant.title)[1:-1]} #h(1fr) "
        f'#text(fill: quiet, size: 0.8em, weight: "regular")[{worth}]]\n' + "\n\n".join(body)
    )


def _quiet(text: str) -> str:
    return plain(text)[1:-1]


def _answer(answer: Answer, label: str, several: bool) -> str:
    name = line(label)[1:-1] if label and several else "Answer"
    lead = f"#strong[{name}:] "
    named = _named(answer)
    if named:
        return f"{lead}{named}"
    latex, text = key_latex(answer), key_text(answer)
    if latex:
        return f"{lead}{math_typst(latex)} {_also(answer)}"
    if "\n" in text:
        return f"{lead}\n\n{code(text)}"
    return f"{lead}#raw({typst_string(text)}) {_also(answer)}"


def _named(answer: Answer) -> str:
    """Return the answer in words where it is picked: letters say little to who marks."""
    match answer:
        case ChoiceAnswer():
            return _options({one.id: one.text for one in answer.options}, [answer.key])
        case ChoicesAnswer():
            texts = {one.id: one.text for one in answer.options}
            return _options(texts, answer.key) if answer.key else "none of them"
        case OrderingAnswer():
            texts = {one.id: one.text for one in answer.items}
            return "#enum(" + ", ".join(content(texts[one]) for one in answer.key) + ")"
        case MatchingAnswer():
            return plain(", ".join(f"{at} {key}" for at, key in enumerate(answer.key, 1)))[1:-1]
        case TableAnswer():
            cells = table_arguments(answer, lambda cell: f"#strong[{plain(key_text(cell))[1:-1]}]")
            return f"\n#blank-table({cells}, height: auto)"
        case ConfigAnswer():
            rules = "".join(f"[{to_typst(rule.says)}], " for rule in answer.rules)
            return f"any file that keeps the rules:\n#list({rules})\nOne that does:\n{code(answer.sound)}"
        case _:
            return ""


def _options(texts: Mapping[str, str], keys: Sequence[str]) -> str:
    return "#list(" + ", ".join(f"[#strong[{key}] {to_typst(texts[key])}]" for key in keys) + ")"


def _also(answer: Answer) -> str:
    if not isinstance(answer, NumberAnswer):
        return ""
    words = tolerance_words(answer.tolerance)
    unit = f" {answer.unit}" if answer.unit else ""
    percent = "; a percentage counts too" if answer.percent == "accept" else ""
    return plain(f"{unit} ({words}{percent})".strip())[1:-1]


def tolerance_words(tolerance: Tolerance) -> str:
    """Return how near a number must come, for who marks by hand.

    >>> from fractions import Fraction
    >>> tolerance_words(Tolerance(kind="near", abs=Fraction(1, 100)))
    'within 0.01'
    """
    ending = "" if tolerance.digits == 1 else "s"
    match tolerance.kind:
        case "exact":
            return "exactly"
        case "near":
            bounds = [f"{_decimal(tolerance.abs)}"] if tolerance.abs else []
            bounds += [f"{_decimal(tolerance.rel * 100)} %"] if tolerance.rel else []
            return f"within {' or '.join(bounds)}" if bounds else "exactly"
        case "sigfig":
            return f"to {tolerance.digits} significant digit{ending}"
        case "decimals":
            return f"to {tolerance.digits} decimal{ending}"
        case "metric":
            return "within 0.5 %, or rounded correctly to 3 digits or more"


def _decimal(value: Fraction) -> str:
    return f"{float(value):g}"


def _slip(variant: Variant, wrong: Misconception, marks: int, titles: Mapping[str, str]) -> str:
    given = given_text(variant, wrong)
    shown = NOT_SHOWN
    if len(given) <= MAX_GIVEN and "\n" not in given:
        # What is picked is Markdown; what is typed is text.
        is_picked = isinstance(variant.answer, ChoiceAnswer | ChoicesAnswer | OrderingAnswer | MatchingAnswer)
        shown = line(given) if is_picked else f"[#raw({typst_string(given)})]"
    elsewhere = wrong.points_to != variant.primary_skill
    skill = plain(titles.get(wrong.points_to, wrong.points_to))[1:-1]
    practise = f" #text(fill: quiet)[Practise: {skill}.]" if elsewhere else ""
    said = f"[{to_typst(wrong.feedback)}{practise}]"
    return listed([shown, said, f"[{_decimal(Fraction(wrong.credit).limit_denominator(100) * marks)}]"])
