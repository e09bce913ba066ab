"""An answer as the key writes it: right ones and what else counts, wrong ones as they stand on the paper."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from textwrap import wrap

from quizengine.grading import asked_cells, given_text, key_latex, key_text, notations
from quizengine.markup import to_typst
from quizengine.markup.sheet import is_number
from quizengine.markup.typst import math_typst, typst_string
from quizengine.model.answers import (
    Answer,
    ChoiceAnswer,
    ChoicesAnswer,
    ConfigAnswer,
    EquationAnswer,
    ExpressionAnswer,
    FactorisationAnswer,
    FractionAnswer,
    IntervalAnswer,
    MatchingAnswer,
    MatrixAnswer,
    NumberAnswer,
    OrderingAnswer,
    SetAnswer,
    SqlAnswer,
    TableAnswer,
    Tolerance,
    VectorAnswer,
)
from quizengine.model.variant import Misconception, Variant
from quizengine.paper.space import code_points, table_arguments
from quizengine.paper.typeset import code, content, listed, plain
from quizengine.sqljudge import shared_pool
from quizengine.sqljudge.reference import reference_result

#: A wrong answer longer than this is told by its feedback alone.
MAX_GIVEN = 120
#: Signs that fit the column of wrong answers.
GIVEN_SIGNS = 16
MAX_GIVEN_LINES = 8
#: The head of a column of a result is cut after so many signs: it may be a long expression.
MAX_HEAD = 24
NOT_SHOWN = "[]"
#: Other ways to write the key that are named.
MAX_NOTATIONS = 3
MAX_RESULT_ROWS = 8
_PLAIN = re.compile(r"-?[0-9.]+(/[0-9]+)?%?")
_UP_TO = {
    "scale": "any multiple but zero",
    "sign": "also with all signs changed",
    "order": "in any order",
    "constant": "plus any constant",
}
_FORMS = {
    "lowest-terms": "in lowest terms",
    "factored": "as a product",
    "expanded": "multiplied out",
    "single-fraction": "as one fraction",
    "no-root-in-denominator": "no root in the denominator",
    "decimal": "as a decimal",
}


def answer_of(answer: Answer, solution: str, large: bool) -> str:
    """Return the right answer and, in words, what else is right.

    What the worked solution shows anyway, a query or a file, is not printed twice.
    """
    match answer:
        case ChoiceAnswer():
            texts = {one.id: one.text for one in answer.options}
            return f"#strong[{answer.key}] {to_typst(texts[answer.key])}"
        case ChoicesAnswer():
            texts = {one.id: one.text for one in answer.options}
            return _options(texts, answer.key) if answer.key else "none of them"
        case OrderingAnswer():
            texts = {one.id: one.text for one in answer.items}
            pairs = len(answer.items) * (len(answer.items) - 1) // 2
            more = "" if len(answer.before) == pairs else " (other orders are right too)"
            items = ", ".join(content(texts[one]) for one in answer.key)
            return f"{', '.join(answer.key)}{more}\n#enum({items})"
        case MatchingAnswer():
            return plain(_matched(answer))[1:-1]
        case TableAnswer():
            cells = table_arguments(answer, lambda cell: f"#strong[{plain(key_text(cell))[1:-1]}]")
            return f"\n#blank-table({cells}, height: auto)"
        case ConfigAnswer():
            rules = "".join(f"[{to_typst(rule.says)}], " for rule in answer.rules)
            return f"any file that keeps the rules:\n#list({rules})\n{_once(answer.sound, solution, large)}"
        case SqlAnswer():
            return _query(answer, solution, large)
        case _:
            return _written(answer, large)


def _written(answer: Answer, large: bool) -> str:
    latex, text, also = key_latex(answer), key_text(answer), also_right(answer)
    more = f" #text(fill: quiet)[({plain(also)[1:-1]})]" if also else ""
    if latex:
        return f"{math_typst(latex)}{more}"
    if "\n" in text:
        return f"\n\n{code(text, large)}"
    return f"#raw({typst_string(text)}){more}"


def _options(texts: Mapping[str, str], keys: Sequence[str]) -> str:
    return (
        ", ".join(f"#strong[{key}]" for key in keys)
        + "\n#list("
        + ", ".join(f"[#strong[{key}] {to_typst(texts[key])}]" for key in keys)
        + ")"
    )


def _matched(answer: MatchingAnswer) -> str:
    return ", ".join(f"{at} {key}" for at, key in enumerate(answer.key, 1))


def _once(text: str, solution: str, large: bool) -> str:
    if " ".join(text.split()) in " ".join(solution.split()):
        return "One is in the worked solution."
    return f"One that does:\n{code(text, large)}"


def _query(answer: SqlAnswer, solution: str, large: bool) -> str:
    order = "in this order" if answer.ordered else "in any order"
    words = f"any query that gives the right rows {order}, on these tables and on others."
    return f"{words} {_once(answer.reference, solution, large)}\n{_result(answer, large)}"


def _result(answer: SqlAnswer, large: bool) -> str:
    """Return what the reference gives on the sheet's tables, and how many rows on the others."""
    if answer.panel.dialect != "sqlite":
        # A server may be there when a key is printed, and away when it is printed again.
        return ""
    columns, instances = reference_result(answer, shared_pool())
    first, others = instances[0], sorted(len(rows) for rows in instances[1:])
    names = [name if len(name) <= MAX_HEAD else f"{name[: MAX_HEAD - 1]}…" for name in columns]
    kept = first[:MAX_RESULT_ROWS]
    table = [[name, *(row[at] for row in kept)] for at, name in enumerate(names)]
    aligned = listed("right" if all(map(is_number, column[1:])) else "left" for column in table)
    heads = listed(f"raw({typst_string(name)})" for name in names)
    cells = listed(f"raw({typst_string(cell)})" for row in kept for cell in row)
    shown = f", the first {MAX_RESULT_ROWS}" if len(first) > MAX_RESULT_ROWS else ""
    hidden = f"; {len(others)} other databases give {others[0]} to {others[-1]}" if others else ""
    words = f"Result: {len(first)} {'row' if len(first) == 1 else 'rows'}{shown}{hidden}."
    return f"#result({plain(words)}, {heads}, {aligned}, {code_points(table, large):g}, {cells})"


def also_right(answer: Answer) -> str:
    """Return in words what counts beside the answer as it is printed; empty where nothing else does."""
    match answer:
        case NumberAnswer():
            percent = "a percentage counts too" if answer.percent == "accept" else ""
            unit = f"in {answer.unit}" if answer.unit else ""
            return "; ".join(filter(None, [unit, tolerance_words(answer.tolerance), percent]))
        case FractionAnswer():
            reduced = "in lowest terms; else half the marks" if answer.lowest_terms else ""
            return "; ".join(filter(None, [reduced, _other_notations(answer)]))
        case ExpressionAnswer():
            form = _FORMS.get(answer.form, "")
            return ", ".join(filter(None, [form or "or an equal expression", _UP_TO.get(answer.up_to, "")]))
        case EquationAnswer():
            return "or an equation that says the same"
        case IntervalAnswer():
            return "or an inequality that says the same"
        case SetAnswer():
            return f"in any order; each {tolerance_words(answer.tolerance)}"
        case VectorAnswer() if answer.property is None:
            return "; ".join(filter(None, [tolerance_words(answer.tolerance), _UP_TO.get(answer.up_to, "")]))
        case MatrixAnswer() if answer.property is None:
            return tolerance_words(answer.tolerance)
        case VectorAnswer() | MatrixAnswer() | FactorisationAnswer():
            return "one example: whatever fulfils the question is right"
        case _:
            return ""


def _other_notations(answer: Answer) -> str:
    key = key_text(answer)
    others = [one.strip() for one in notations(answer) if isinstance(one, str)]
    kept = [one for one in dict.fromkeys(others) if _PLAIN.fullmatch(one) and one != key]
    return f"also {', '.join(kept[:MAX_NOTATIONS])}" if kept else ""


def tolerance_words(tolerance: Tolerance) -> str:
    """Return how near a number must come, for who marks by hand.

    >>> from fractions import Fraction
    >>> tolerance_words(Tolerance(kind="near", abs=Fraction(1, 100)))
    'within 0.01'
    """
    ending = "" if tolerance.digits == 1 else "s"
    match tolerance.kind:
        case "exact":
            return "exact"
        case "near":
            bounds = [_decimal(tolerance.abs)] if tolerance.abs else []
            bounds += [f"{_decimal(tolerance.rel * 100)} %"] if tolerance.rel else []
            return f"within {' or '.join(bounds)}" if bounds else "exact"
        case "sigfig":
            return f"to {tolerance.digits} significant digit{ending}"
        case "decimals":
            return f"to {tolerance.digits} decimal{ending}"
        case "metric":
            return "within 0.5 %, or rounded correctly to 3 digits or more"


def _decimal(value: Fraction) -> str:
    return f"{float(value):g}"


def given_of(variant: Variant, wrong: Misconception) -> str:
    """Return a wrong answer as it would stand on the sheet: letters where letters are picked."""
    picked = [_picked(part.answer, answer) for part, answer in zip(variant.parts, wrong.answers, strict=True)]
    if wrong.when or wrong.query or not any(picked):
        return _typed(given_text(variant, wrong))
    pairs = zip(variant.parts, wrong.answers, picked, strict=True)
    texts = [words or key_text(answer) for _, answer, words in pairs if answer is not None]
    return _typed("; ".join(texts))


def _typed(text: str) -> str:
    if len(text) > MAX_GIVEN or not text:
        return NOT_SHOWN
    lines = _output_lines(text) if "\n" in text else _word_lines(text)
    if len(lines) > MAX_GIVEN_LINES:
        return NOT_SHOWN
    return f"[#raw({typst_string(chr(10).join(lines))})]"


def _output_lines(text: str) -> list[str]:
    """Return the lines of an output; what does not fit the column goes on below, indented."""
    return [
        part
        for line in text.splitlines()
        for part in wrap(line, GIVEN_SIGNS, subsequent_indent="  ", drop_whitespace=False) or [""]
    ]


def _word_lines(text: str) -> list[str]:
    # What is typed may be one long word, which would run into the next column.
    return wrap(text, GIVEN_SIGNS) if max(map(len, text.split())) > GIVEN_SIGNS else [text]


def _picked(key: Answer, wrong: Answer | None) -> str:
    match wrong:
        case ChoiceAnswer():
            return wrong.key
        case ChoicesAnswer():
            return ", ".join(wrong.key) or "none"
        case OrderingAnswer():
            return ", ".join(wrong.key)
        case MatchingAnswer():
            return _matched(wrong)
        case TableAnswer() if isinstance(key, TableAnswer):
            return _cells_changed(key, wrong)
        case FactorisationAnswer() if isinstance(key, FactorisationAnswer):
            # The names of the factors come with the property.
            return key_text(replace(wrong, property=key.property))
        case _:
            return ""


def _cells_changed(key: TableAnswer, wrong: TableAnswer) -> str:
    """Return the cells that are not as they should be, by their heads."""
    right = {name: key_text(cell) for name, cell in asked_cells(key)}
    return "; ".join(
        f"{name}: {key_text(cell)}" for name, cell in asked_cells(wrong) if key_text(cell) != right[name]
    )
