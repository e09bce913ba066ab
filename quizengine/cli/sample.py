"""One variant as an author sees it: prompt, figure, key, misconceptions, solution; as text and as HTML."""

from __future__ import annotations

from html import escape

from quizengine.grading import given_text, key_text
from quizengine.markup import inline_html, to_html, to_text
from quizengine.model.answers import (
    Answer,
    ChoiceAnswer,
    ChoicesAnswer,
    ConfigAnswer,
    MatchingAnswer,
    Option,
    OrderingAnswer,
    OutputAnswer,
    SqlAnswer,
    TableAnswer,
)
from quizengine.model.variant import Variant

#: For pages that an author opens as a file: no server, no style sheet beside it.
STYLE = """
@font-face { font-family: "QuizMath"; src: url("QuizMath.woff2") format("woff2"); }
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
math { font-family: "QuizMath", "STIX Two Math", "Cambria Math", math; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { border-bottom: 1px solid light-dark(#dcd7cc, #343944); padding: .25rem .6rem; text-align: right; }
th:first-child, td:first-child { text-align: left; }
article { border: 1px solid light-dark(#dcd7cc, #343944); border-radius: .5rem; }
article { padding: 0 1.25rem; margin: 1rem 0; }
pre { overflow-x: auto; }
svg { max-width: 100%; height: auto; background: #fff; }
.fault { color: light-dark(#a3242c, #ffa19b); }
.muted { color: light-dark(#575c66, #a8adb8); }
"""


def page(title: str, body: str) -> str:
    """Return a whole HTML page."""
    return (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n<h1>{escape(title)}</h1>\n{body}\n</html>"
    )


def as_html(variant: Variant) -> str:
    """Return a variant as HTML, without what a page has around it."""
    parts = [to_html(variant.prompt), _figure_html(variant)]
    for part in variant.parts:
        parts.append(_shown_html(part.answer))
        label = inline_html(part.label) if part.label else escape(part.name)
        parts.append(f"<p><strong>Key</strong> ({label}): <code>{escape(key_text(part.answer))}</code></p>")
    wrong = [
        f"<li><code>{escape(given_text(variant, one))}</code> <strong>{escape(one.id)}</strong> "
        f'<span class="muted">&rarr; {escape(one.points_to)}</span>{to_html(one.feedback)}</li>'
        for one in variant.misconceptions
    ]
    parts.append(f"<p><strong>Misconceptions</strong></p><ul>{''.join(wrong)}</ul>")
    parts += [f"<p><strong>Hint</strong></p>{to_html(hint)}" for hint in variant.hints]
    parts.append(f"<p><strong>Solution</strong></p>{to_html(variant.solution)}")
    return "\n".join(part for part in parts if part)


def _figure_html(variant: Variant) -> str:
    if variant.figure is None:
        return ""
    alt = escape(variant.figure.alt)
    return f'<figure role="img">{variant.figure.svg}<figcaption class="muted">{alt}</figcaption></figure>'


def _shown_html(answer: Answer) -> str:
    """Return what the form shows beside the prompt."""
    if isinstance(answer, OutputAnswer):
        return f"<pre><code>{escape(answer.code)}</code></pre>"
    if isinstance(answer, ConfigAnswer):
        rules = "".join(
            f"<li>{inline_html(rule.says)} <code>{escape(rule.holds)}</code></li>" for rule in answer.rules
        )
        return f"<pre><code>{escape(answer.given)}</code></pre><p><strong>Rules</strong></p><ul>{rules}</ul>"
    if isinstance(answer, TableAnswer):
        return to_html(_table(answer))
    if isinstance(answer, SqlAnswer):
        tables = "\n".join(table.ddl for table in answer.tables)
        return f"<pre><code>{escape(tables)}</code></pre>"
    items = [f"<li>{escape(one.id)}) {inline_html(one.text)}</li>" for one in _options(answer)]
    return f"<ul>{''.join(items)}</ul>" if items else ""


def as_text(variant: Variant) -> str:
    """Return a variant as plain text."""
    lines = [f"{variant.question_id}  {', '.join(variant.answer_types)}", "", to_text(variant.prompt), ""]
    lines += [f"Figure: {variant.figure.alt}", ""] if variant.figure else []
    for part in variant.parts:
        lines += _shown_text(part.answer)
        lines += _key_lines(part.name, key_text(part.answer))
    lines += ["", "Misconceptions:"]
    for wrong in variant.misconceptions:
        lines.append(f"- {wrong.id} -> {wrong.points_to}: {given_text(variant, wrong)}")
        lines.append(f"    {to_text(wrong.feedback)}")
    lines += [
        "",
        *(f"Hint: {to_text(hint)}" for hint in variant.hints),
        "Solution:",
        to_text(variant.solution),
    ]
    return "\n".join(lines)


def _key_lines(name: str, text: str) -> list[str]:
    """Return the key on one line, or under its heading where it has several."""
    lines = text.splitlines()
    return (
        [f"Key ({name}): {text}"] if len(lines) == 1 else [f"Key ({name}):", *(f"  | {one}" for one in lines)]
    )


def _shown_text(answer: Answer) -> list[str]:
    if isinstance(answer, OutputAnswer):
        return [f"  | {line}" for line in answer.code.splitlines()]
    if isinstance(answer, ConfigAnswer):
        rules = [f"- {to_text(rule.says)}  [{rule.holds}]" for rule in answer.rules]
        return [*(f"  | {line}" for line in answer.given.splitlines()), "", "Rules:", *rules, ""]
    if isinstance(answer, TableAnswer):
        return [f"  {line}" for line in _table(answer).splitlines()]
    if isinstance(answer, SqlAnswer):
        return [f"  | {line}" for table in answer.tables for line in table.ddl.splitlines()]
    return [f"  {one.id}) {to_text(one.text)}" for one in _options(answer)]


def _table(answer: TableAnswer) -> str:
    """Write the table as Markdown, the cells that are asked for as ``?``."""
    head = ["", *answer.column_heads]
    rows = [
        [name, *(cell if isinstance(cell, str) else "?" for cell in row)]
        for name, row in zip(answer.row_heads, answer.cells, strict=True)
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, ["---"] * len(head), *rows])


def _options(answer: Answer) -> tuple[Option, ...]:
    match answer:
        case ChoiceAnswer() | ChoicesAnswer():
            return answer.options
        case OrderingAnswer():
            return answer.items
        case MatchingAnswer():
            return (*answer.left, *answer.right)
        case _:
            return ()
