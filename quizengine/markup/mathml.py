"""Formula -> MathML Core, which browsers set without any script."""

from __future__ import annotations

from functools import lru_cache
from html import escape

from quizengine.markup import commands
from quizengine.markup.alphabets import in_alphabet
from quizengine.markup.commands import Spacing
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
    begins_with_bracket,
    is_unary,
    spacing_of,
)

CACHED_FORMULAS = 4096
#: Plain text longer than this may not fit a phone's width: the formula then scrolls in itself.
LONG_FORMULA = 30

_NAMESPACE = "http://www.w3.org/1998/Math/MathML"
_THIN = '<mspace width="0.167em"/>'
_MARKS = {
    r"\hat": "^", r"\widehat": "^", r"\bar": "¯", r"\overline": "‾", r"\tilde": "\u02dc", r"\widetilde": "~",
    r"\vec": "→", r"\dot": "˙", r"\ddot": "¨", r"\check": "ˇ", r"\breve": "˘", r"\acute": "\u00b4",
    r"\grave": "`", r"\underline": "_", r"\overrightarrow": "→", r"\underbrace": "⏟", r"\overbrace": "⏞",
}  # fmt: skip
_BELOW = frozenset({r"\underline", r"\underbrace"})
_STRETCHED = commands.names(
    r"\widehat \overline \widetilde \underline \overrightarrow \underbrace \overbrace"
)
#: Signs that MathML's own table of operators spaces rightly.
_KNOWN_TO_BROWSERS = frozenset("=<>≤≥≠≈∝∈∉⊂⊆+−×÷±")  # noqa: RUF001
_SPACED_ENVIRONMENTS = {"aligned": "rl", "split": "rl", "cases": "ll", "gathered": "c"}
_ALIGNMENTS = {"l": "left", "r": "right", "c": "center"}


@lru_cache(maxsize=CACHED_FORMULAS)
def math_html(latex: str, display: bool = False, focusable: bool = True) -> str:
    """Return a formula as HTML: MathML in a ``span`` that scrolls in itself when it is long.

    Parameters
    ----------
    latex : str
        What stands between the dollar signs.
    display : bool
        Set it on a line of its own, with limits above and below.
    focusable : bool
        Let the keyboard reach and scroll a long formula. Off inside labels and buttons.

    Raises
    ------
    MarkupError
        For anything that is not on the allow-list; the message names it and the nearest that is.

    Examples
    --------
    >>> math_html("x").partition("alttext=")[2]
    '"x"><mi>x</mi></math></span>'
    """
    tree = read_formula(latex)
    alt = formula_text(tree)
    body = _print(tree, None)
    block = ' display="block"' if display else ""
    math = f'<math xmlns="{_NAMESPACE}"{block} alttext="{escape(alt)}">{body}</math>'
    return f"<span{_wrapper(alt, display, focusable)}>{math}</span>"


def _wrapper(alt: str, display: bool, focusable: bool) -> str:
    name = "formula formula-display" if display else "formula"
    if len(alt) <= LONG_FORMULA:
        return f' class="{name}"'
    if not focusable:
        return f' class="{name} formula-long"'
    return f' class="{name} formula-long" tabindex="0" role="group" aria-label="Formula"'


def _print(node: Node, font: str | None) -> str:  # noqa: PLR0912 (one case a kind of node)
    match node:
        case Row(children=children):
            return _row(children, font)
        case Number(text=text):
            return f"<mn>{_in_font(text, font)}</mn>"
        case Letter(text=text):
            return _letter(text, font)
        case Symbol():
            return _symbol(node, font)
        case Space(width=width):
            return f'<mspace width="{width:g}em"/>'
        case Words():
            return _words(node)
        case Fraction():
            return _fraction(node, font)
        case Root(body=body, index=index):
            inside = _print(body, font)
            return (
                f"<msqrt>{inside}</msqrt>"
                if index is None
                else f"<mroot>{inside}{_print(index, font)}</mroot>"
            )
        case Font():
            return _font(node)
        case Style(command=command, body=body):
            displayed = "true" if command == r"\displaystyle" else "false"
            level = "1" if command == r"\scriptstyle" else "0"
            return f'<mstyle displaystyle="{displayed}" scriptlevel="{level}">{_print(body, font)}</mstyle>'
        case Boxed(body=body):
            return f'<mrow class="boxed">{_print(body, font)}</mrow>'
        case Accent():
            return _accent(node, font)
        case Script():
            return _script(node, font)
        case Fence(left=left, body=body, right=right):
            return f"<mrow>{_fence(left, 'prefix')}{_print(body, font)}{_fence(right, 'postfix')}</mrow>"
        case Table():
            return _table(node, font)
        case _:
            return _stack(node, font)


def _row(children: tuple[Node, ...], font: str | None) -> str:
    printed: list[str] = []
    before: Spacing | None = None
    for place, node in enumerate(children):
        spacing = spacing_of(node)
        if is_unary(node, before) and isinstance(node, Symbol):
            printed.append(f'<mo form="prefix">{node.text}</mo>')
            spacing = "open"
        else:
            if spacing == "func" and before in {"ord", "close"} and not _is_large(node):
                printed.append(_THIN)
            printed.append(_print(node, font))
            if (
                spacing == "func"
                and _wants_gap_before(children[place + 1 : place + 2])
                and not _is_large(node)
            ):
                printed.append(_THIN)
        before = spacing
    if len(printed) == 1:
        return printed[0]
    return f"<mrow>{''.join(printed)}</mrow>"


def _wants_gap_before(following: tuple[Node, ...]) -> bool:
    return any(spacing_of(node) == "ord" and not begins_with_bracket(node) for node in following)


def _is_large(node: Node) -> bool:
    while isinstance(node, Script):
        node = node.base
    return isinstance(node, Symbol) and node.command in commands.LARGE


def _letter(text: str, font: str | None) -> str:
    if font in {None, r"\mathit"}:
        # a browser slants single letters; TeX keeps capital Greek upright
        upright = ' mathvariant="normal"' if "Α" <= text <= "Ω" else ""  # noqa: RUF001
        return f"<mi{upright}>{text}</mi>"
    changed = _in_font(text, font)
    return f"<mi>{changed}</mi>" if changed != text else f'<mi mathvariant="normal">{text}</mi>'


def _in_font(text: str, font: str | None) -> str:
    if font is None:
        return escape(text)
    return "".join(in_alphabet(font, character) for character in text)


def _symbol(symbol: Symbol, font: str | None) -> str:  # noqa: PLR0912 (one case a kind of sign)
    text = escape(symbol.text)
    if symbol.command in commands.GREEK:
        return _letter(symbol.text, font)
    if symbol.size:
        form = {"open": ' form="prefix"', "close": ' form="postfix"'}.get(symbol.spacing, "")
        size = f'stretchy="true" symmetric="true" minsize="{symbol.size:g}em" maxsize="{symbol.size:g}em"'
        return f"<mo{form} {size}>{text}</mo>"
    if symbol.text in _KNOWN_TO_BROWSERS:
        return f"<mo>{text}</mo>"
    match symbol.spacing:
        case "open":
            return f'<mo form="prefix" stretchy="false">{text}</mo>'
        case "close":
            return f'<mo form="postfix" stretchy="false">{text}</mo>'
        case "func" if symbol.command in commands.LARGE:
            return f"<mo>{text}</mo>"
        case "func" if symbol.command in commands.WITH_LIMITS:
            return f'<mo movablelimits="true" lspace="0" rspace="0">{_word(text)}</mo>'
        case "func":
            return f"<mi>{_word(text)}</mi>"
        case "rel" if symbol.command == r"\middle":
            return f'<mo stretchy="true" lspace="0.278em" rspace="0.278em">{text}</mo>'
        case "rel":
            return f'<mo stretchy="false" lspace="0.278em" rspace="0.278em">{text}</mo>'
        case "bin":
            return f'<mo form="infix" lspace="0.222em" rspace="0.222em">{_word(text)}</mo>'
        case "punct":
            return f'<mo lspace="0" rspace="0.167em">{text}</mo>'
        case _ if symbol.text in "|‖/!?.":
            return f'<mo form="infix" stretchy="false" lspace="0" rspace="0">{text}</mo>'
        case _:
            return f'<mi mathvariant="normal">{text}</mi>'


def _word(text: str) -> str:
    return text.replace(" ", "\u2009")


def _words(words: Words) -> str:
    text = escape(words.text)
    if words.command == r"\operatorname*":
        return f'<mo movablelimits="true" lspace="0" rspace="0">{_word(text)}</mo>'
    if words.command == r"\operatorname":
        upright = ' mathvariant="normal"' if len(words.text) == 1 else ""
        return f"<mi{upright}>{_word(text)}</mi>"
    style = {r"\textbf": "bold", r"\textit": "italic", r"\texttt": "typed"}.get(words.command)
    # browsers drop spaces at the ends of mtext
    return f"<mtext{_class(style)}>{text.replace(' ', chr(0xA0))}</mtext>"


def _class(name: str | None) -> str:
    return f' class="{name}"' if name else ""


def _font(node: Font) -> str:
    children = node.body.children if isinstance(node.body, Row) else (node.body,)
    letters = [child.text for child in children if isinstance(child, Letter)]
    if node.command == r"\mathrm" and len(letters) == len(children) and len(letters) > 1:
        return f"<mi>{escape(''.join(letters))}</mi>"
    return _print(node.body, node.command)


def _fraction(node: Fraction, font: str | None) -> str:
    top, bottom = _print(node.top, font), _print(node.bottom, font)
    kind = node.command[1]
    style = {"d": ' displaystyle="true"', "c": ' displaystyle="true"', "t": ' displaystyle="false"'}.get(
        kind, ""
    )
    if node.command in commands.FRACTIONS:
        return f"<mfrac{style}>{top}{bottom}</mfrac>"
    inner = f'<mfrac linethickness="0"{style}>{top}{bottom}</mfrac>'
    return f"<mrow>{_fence('(', 'prefix')}{inner}{_fence(')', 'postfix')}</mrow>"


def _fence(sign: str, form: str) -> str:
    return f'<mo form="{form}" fence="true" stretchy="true">{escape(sign)}</mo>' if sign else ""


def _accent(node: Accent, font: str | None) -> str:
    stretchy = "true" if node.command in _STRETCHED else "false"
    mark = f'<mo stretchy="{stretchy}">{_MARKS[node.command]}</mo>'
    if node.command in _BELOW:
        return f'<munder accentunder="true">{_print(node.body, font)}{mark}</munder>'
    return f'<mover accent="true">{_print(node.body, font)}{mark}</mover>'


def _script(node: Script, font: str | None) -> str:
    base = _print(node.base, font)
    stacked = _takes_limits(node)
    if node.limits == r"\limits":
        base = base.replace("<mo", '<mo movablelimits="false"', 1)
    parts = [_print(part, font) for part in (node.sub, node.sup) if part is not None]
    match node.sub is not None, node.sup is not None:
        case True, True:
            tag = "munderover" if stacked else "msubsup"
        case True, False:
            tag = "munder" if stacked else "msub"
        case False, True:
            tag = "mover" if stacked else "msup"
        case _:
            return base
    return f"<{tag}>{base}{''.join(parts)}</{tag}>"


def _takes_limits(node: Script) -> bool:
    if node.limits:
        return node.limits == r"\limits"
    match node.base:
        case Symbol(command=command, text=text):
            return command in commands.WITH_LIMITS or (
                command in commands.LARGE and text not in commands.INTEGRALS
            )
        case Words(command=command):
            return command == r"\operatorname*"
        case Accent(command=command):
            return command in {r"\underbrace", r"\overbrace"}
        case _:
            return False


def _table(node: Table, font: str | None) -> str:
    left, right = commands.ENVIRONMENTS[node.environment]
    spaced = _SPACED_ENVIRONMENTS.get(node.environment)
    if node.environment in {"array", "matrix", "smallmatrix"}:
        left = right = ""
    elif node.environment == "pmatrix":
        left, right = "(", ")"
    elif node.environment == "cases":
        right = ""
    bars, columns = _columns(node.columns)
    rows = "".join(
        "<mtr>"
        + "".join(_cell(cell, place, spaced or columns, bars, font) for place, cell in enumerate(row))
        + "</mtr>"
        for row in node.rows
    )
    displayed = ' displaystyle="true"' if node.environment in {"aligned", "split", "gathered"} else ""
    small = ' scriptlevel="1"' if node.environment in {"smallmatrix", "substack"} else ""
    table = f'<mtable class="{node.environment}"{displayed}{small}>{rows}</mtable>'
    if not left and not right:
        return table
    return f"<mrow>{_fence(left, 'prefix')}{table}{_fence(right, 'postfix')}</mrow>"


def _columns(spec: str) -> tuple[frozenset[int], str]:
    bars, columns = set(), ""
    for letter in spec:
        if letter == "|":
            bars.add(len(columns))
        else:
            columns += letter
    return frozenset(bars), columns


def _cell(cell: Row, place: int, columns: str, bars: frozenset[int], font: str | None) -> str:
    side = _ALIGNMENTS[columns[place % len(columns)]] if columns else "center"
    names = [] if side == "center" else [side]
    if place in bars:
        names.append("bar-before")
    inside = _print(cell, font) if cell.children else ""
    if side == "left" and columns == "rl":
        # the sign after & has nothing before it in its cell, but stands between two sides
        inside = f"<mrow><mi></mi>{inside}</mrow>"
    return f"<mtd{_class(' '.join(names))}>{inside}</mtd>"


def _stack(node: Stack, font: str | None) -> str:
    mark, base = _print(node.mark, font), _print(node.base, font)
    if node.command in commands.ARROWS:
        base = f'<mo stretchy="true" minsize="2em">{commands.ARROWS[node.command]}</mo>'
    tag = "munder" if node.command == r"\underset" else "mover"
    return f"<{tag}>{base}{mark}</{tag}>"
