"""Text and formulas -> Typst source in which nothing that an author or a value wrote is live.

Text has a backslash before every sign of the keyboard, so no sign of it means anything to Typst.
Formulas are printed from their tree, by the functions named here and no other.
"""

from __future__ import annotations

import re
from functools import lru_cache

from quizengine.markup import commands
from quizengine.markup.formula import read_formula
from quizengine.markup.plain import formula_text
from quizengine.markup.tree import (
    Accent,
    Boxed,
    Fence,
    Font,
    Fraction,
    Letter,
    Node,
    Number,
    Root,
    Row,
    Script,
    Space,
    Stack,
    Style,
    Symbol,
    Table,
    Words,
)

CACHED_FORMULAS = 1024
MAX_ALT = 300

_SPECIAL = re.compile(r"([!-/:-@\[-`{-~])")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u2028\u2029\ufeff]")
_ACCENTS = {
    r"\hat": "hat", r"\widehat": "hat", r"\bar": "macron", r"\overline": "overline", r"\tilde": "tilde",
    r"\widetilde": "tilde", r"\vec": "arrow", r"\dot": "dot", r"\ddot": "dot.double", r"\check": "caron",
    r"\breve": "breve", r"\acute": "acute", r"\grave": "grave", r"\underline": "underline",
    r"\overrightarrow": "arrow", r"\underbrace": "underbrace", r"\overbrace": "overbrace",
}  # fmt: skip
_FONTS = {
    r"\mathbb": "bb({})", r"\mathbf": "bold(upright({}))", r"\mathrm": "upright({})", r"\mathcal": "cal({})",
    r"\mathit": "italic({})", r"\mathsf": "sans({})", r"\mathtt": "mono({})", r"\mathfrak": "frak({})",
    r"\mathscr": "cal({})", r"\boldsymbol": "bold({})", r"\bm": "bold({})", r"\pmb": "bold({})",
}  # fmt: skip
_WORDS = {r"\textbf": "bold({})", r"\textit": "italic({})", r"\texttt": "mono({})"}
_BAR_CLASSES = {"ord": "normal", "open": "opening", "close": "closing"}
_DELIMITERS = {"pmatrix": '"("', "bmatrix": '"["', "Bmatrix": '"{"', "vmatrix": '"|"', "Vmatrix": '"‖"'}


def typst_text(text: str) -> str:
    r"""Return text as Typst markup that prints it and does nothing else.

    >>> typst_text('#read("x")')
    '\\#read\\(\\"x\\"\\)'
    """
    return _SPECIAL.sub(r"\\\1", _UNPRINTABLE.sub("", text))


def typst_string(text: str) -> str:
    r"""Return text as a string literal of Typst.

    >>> typst_string('say "hi"')
    '"say \\"hi\\""'
    """
    clean = _UNPRINTABLE.sub("", text).replace("\\", "\\\\").replace('"', '\\"')
    return '"' + clean.replace("\n", "\\n").replace("\t", "\\t") + '"'


@lru_cache(maxsize=CACHED_FORMULAS)
def math_typst(latex: str, display: bool = False) -> str:
    """Return a formula as a Typst equation that carries its own words for the tagged PDF."""
    tree = read_formula(latex)
    words = formula_text(tree)
    if len(words) > MAX_ALT:
        words = words[:MAX_ALT] + " … see the text version"
    block = "true" if display else "false"
    return f"#math.equation(block: {block}, alt: {typst_string(words)}, ${_print(tree)}$)"


def _print(node: Node) -> str:  # noqa: PLR0912 (one case a kind of node)
    match node:
        case Row(children=children):
            return " ".join(_print(child) for child in children)
        case Number(text=text):
            return typst_string(text) if "," in text else text
        case Letter(text=text):
            return text
        case Symbol():
            return _symbol(node)
        case Space(width=width):
            return f"#h({width:g}em)"
        case Words():
            return _words(node)
        case Fraction(command=command, top=top, bottom=bottom):
            return _fraction(command, _argument(top), _argument(bottom))
        case Root(body=body, index=index):
            return (
                f"sqrt({_argument(body)})"
                if index is None
                else f"root({_argument(index)}, {_argument(body)})"
            )
        case Accent(command=command, body=body):
            return f"{_ACCENTS[command]}({_argument(body)})"
        case Font(command=command, body=body):
            return _FONTS[command].format(_argument(body))
        case Style(command=command, body=body):
            name = "display" if command == r"\displaystyle" else "inline"
            return f"{name}({_argument(body)})"
        case Boxed(body=body):
            return f"#box(stroke: 0.5pt, inset: 3pt, ${_print(body)}$)"
        case Script():
            return _script(node)
        case Fence(left=left, body=body, right=right):
            return f"lr({_sign(left)} {_print(body)} {_sign(right)})"
        case Table():
            return _table(node)
        case _:
            return _stack(node)


def _argument(node: Node) -> str:
    return _print(node).strip() or '""'


def _sign(text: str) -> str:
    return "".join("\\" + character if _SPECIAL.match(character) else character for character in text)


def _symbol(symbol: Symbol) -> str:
    if symbol.command in commands.WITH_LIMITS:
        return f'limits(op("{symbol.text}"))'
    if symbol.command in commands.FUNCTIONS or (symbol.text.isalpha() and len(symbol.text) > 1):
        return f'op("{symbol.text}")'
    if symbol.text in "|‖" and symbol.spacing in _BAR_CLASSES:
        return f'class("{_BAR_CLASSES[symbol.spacing]}", {_sign(symbol.text)})'
    if symbol.size:
        return f"lr({_sign(symbol.text)}, size: #{symbol.size:g}em)"
    return _sign(symbol.text)


def _words(words: Words) -> str:
    literal = typst_string(words.text)
    if words.command == r"\operatorname*":
        return f"limits(op({literal}))"
    if words.command == r"\operatorname":
        return f"op({literal})"
    return _WORDS.get(words.command, "{}").format(literal)


def _fraction(command: str, top: str, bottom: str) -> str:
    name = "frac" if command in commands.FRACTIONS else "binom"
    style = {"d": "display({})", "c": "display({})", "t": "inline({})"}.get(command[1], "{}")
    return style.format(f"{name}({top}, {bottom})")


def _script(node: Script) -> str:
    base = _argument(node.base)
    if isinstance(node.base, Accent) and node.base.command in {r"\underbrace", r"\overbrace"}:
        base = f"limits({base})"
    if node.limits:
        base = f"limits({base})" if node.limits == r"\limits" else f"scripts({base})"
    below = "" if node.sub is None else f", b: {_argument(node.sub)}"
    above = "" if node.sup is None else f", t: {_argument(node.sup)}"
    return f"attach({base}{below}{above})" if below or above else base


def _table(node: Table) -> str:
    rows = [[_argument(cell) for cell in row] for row in node.rows]
    match node.environment:
        case "cases":
            return f"cases({', '.join(' & '.join(row) for row in rows)})"
        case "aligned" | "split" | "gathered" | "substack":
            return " \\ ".join(" & ".join(row) for row in rows)
    width = max((len(row) for row in rows), default=0)
    cells = "; ".join(", ".join(row + ['""'] * (width - len(row))) for row in rows)
    return f"mat(delim: {_DELIMITERS.get(node.environment, '#none')}{_bars(node.columns)}, {cells})"


def _bars(columns: str) -> str:
    place = columns.strip("|").find("|")
    return f", augment: #{place}" if place > 0 else ""


def _stack(node: Stack) -> str:
    mark = _argument(node.mark)
    if node.command in commands.ARROWS:
        return f"attach(stretch({commands.ARROWS[node.command]}, size: #150%), t: {mark})"
    side = "b" if node.command == r"\underset" else "t"
    return f"attach(limits({_argument(node.base)}), {side}: {mark})"
