"""The syntax tree of a typed answer, and how it is written again."""

from __future__ import annotations

from typing import NamedTuple


class Node(NamedTuple):
    """One part of what was typed, with its place in the text.

    ========== ========== ==================================================
    kind       value      parts
    ========== ========== ==================================================
    number     as typed, with a point and without groups: ``1000.50``, ``1e-3``
    name       name       a variable or constant
    sum                   terms; what is taken away is a ``neg``
    product               factors; what divides is an ``over``
    neg, over             one
    power                 base, exponent
    percent               one
    call       function   arguments
    relation   ``=`` ...  left, right
    and, or, not,
    union, cap            operands
    list       brackets   items (``""`` where no brackets were typed)
    rows       brackets   lists, one a row
    interval   brackets   lower and upper end
    ========== ========== ==================================================
    """

    kind: str
    value: str = ""
    parts: tuple[Node, ...] = ()
    start: int = 0
    end: int = 0


#: Binding, weakest first; the parser and both printers share it.
LOOSE, OR, AND, NOT, RELATION, UNION, SUM, PRODUCT, SIGN, POWER, POSTFIX, ATOM = range(12)
_BINDING = {
    "or": OR,
    "and": AND,
    "not": NOT,
    "relation": RELATION,
    "union": UNION,
    "cap": UNION,
    "sum": SUM,
    "product": PRODUCT,
    "neg": SIGN,
    "power": POWER,
    "percent": POSTFIX,
}
_WORDS = {"or": " or ", "and": " and ", "union": " ∪ ", "cap": " ∩ "}  # noqa: RUF001 (signs)


def binding(node: Node) -> int:
    """Return how strongly the outermost operation of ``node`` binds."""
    if node.kind == "call" and node.value == "factorial":
        return POSTFIX
    return _BINDING.get(node.kind, ATOM)


def shape(node: Node) -> object:
    """Return ``node`` without the places in the text: equal shapes are the same expression as typed."""
    return node.kind, node.value, tuple(shape(part) for part in node.parts)


def to_plain(node: Node) -> str:
    """Write ``node`` as text that reads back as the same tree."""
    match node.kind:
        case "number" | "name":
            return node.value
        case "sum":
            return _plain_sum(node.parts)
        case "product":
            return _plain_product(node.parts)
        case "neg":
            return "-" + _at_least(node.parts[0], POWER)
        case "not":
            return "not " + _at_least(node.parts[0], NOT)
        case "power":
            return f"{_at_least(node.parts[0], ATOM)}^{_at_least(node.parts[1], ATOM)}"
        case "percent":
            return _at_least(node.parts[0], ATOM) + "%"
        case "call":
            return _plain_call(node)
        case "relation":
            left, right = node.parts
            return f"{_at_least(left, UNION)} {node.value} {_at_least(right, UNION)}"
        case "list" | "interval":
            return _bracketed(node.value, ", ".join(map(to_plain, node.parts)))
        case "rows":
            return _bracketed(node.value, "; ".join(map(to_plain, node.parts)))
        case _:
            floor = binding(node) + 1
            return _WORDS[node.kind].join(_at_least(part, floor) for part in node.parts)


def _at_least(node: Node, floor: int) -> str:
    text = to_plain(node)
    return text if binding(node) >= floor else f"({text})"


def _plain_sum(terms: tuple[Node, ...]) -> str:
    text = _at_least(terms[0], PRODUCT)
    for term in terms[1:]:
        if term.kind == "neg":
            text += " - " + _at_least(term.parts[0], PRODUCT)
        else:
            # A product that begins with a minus would read as "+ -", which people take for a slip.
            text += " + " + (f"({to_plain(term)})" if _begins_with_minus(term) else _at_least(term, PRODUCT))
    return text


def _begins_with_minus(node: Node) -> bool:
    return node.kind == "product" and node.parts[0].kind == "neg"


def _plain_product(factors: tuple[Node, ...]) -> str:
    text = _at_least(factors[0], SIGN)
    for factor in factors[1:]:
        over = factor.kind == "over"
        inner = factor.parts[0] if over else factor
        text += ("/" if over else "*") + _at_least(inner, POWER)
    return text


def _plain_call(node: Node) -> str:
    if node.value == "factorial":
        return _at_least(node.parts[0], ATOM) + "!"
    name = "log" if node.value == "logbase" else node.value
    return f"{name}({', '.join(map(to_plain, node.parts))})"


def _bracketed(brackets: str, inside: str) -> str:
    return brackets[:1] + inside + brackets[1:]


_LATEX_NAMES = {"e": r"\mathrm{e}", "oo": r"\infty "}
_LATEX_SIGNS = {"<=": r"\le", ">=": r"\ge", "!=": r"\ne"}
_LATEX_WORDS = {"or": r"\text{ or }", "and": r"\text{ and }", "union": r" \cup ", "cap": r" \cap "}
_LATEX_BRACKETS = {"[": "[", "(": "(", "{": r"\{", "<": r"\langle "}
_LATEX_CLOSING = {"]": "]", ")": ")", "}": r"\}", ">": r"\rangle "}


def to_latex(node: Node) -> str:
    r"""Write ``node`` in LaTeX for the echo; nothing is simplified.

    >>> to_latex(Node("product", "", (Node("number", "1"), Node("over", "", (Node("number", "2"),)))))
    '\\frac{1}{2}'
    """
    match node.kind:
        case "number" | "name":
            return latex_number(node.value) if node.kind == "number" else _latex_name(node.value)
        case "sum":
            return _latex_sum(node.parts)
        case "product":
            return _latex_product(node.parts)
        case "neg":
            return "-" + _latex_at_least(node.parts[0], POWER)
        case "not":
            return r"\lnot " + _latex_at_least(node.parts[0], NOT)
        case "power":
            return f"{_latex_at_least(node.parts[0], ATOM)}^{{{to_latex(node.parts[1])}}}"
        case "percent":
            return _latex_at_least(node.parts[0], ATOM) + r"\%"
        case "call":
            return _latex_call(node)
        case "relation":
            sign = _LATEX_SIGNS.get(node.value, node.value)
            return f"{to_latex(node.parts[0])} {sign} {to_latex(node.parts[1])}"
        case "list" | "interval":
            return _latex_list(node.value, ", ".join(map(to_latex, node.parts)))
        case "rows":
            return latex_matrix([[to_latex(cell) for cell in row.parts] for row in node.parts])
        case _:
            return _LATEX_WORDS[node.kind].join(_latex_at_least(p, binding(node) + 1) for p in node.parts)


def latex_number(text: str) -> str:
    r"""Write a decimal in LaTeX: ``1e-3`` becomes ``1 \times 10^{-3}``."""
    digits, exponential, exponent = text.partition("e")
    return rf"{digits} \times 10^{{{exponent}}}" if exponential else digits


def latex_matrix(rows: list[list[str]]) -> str:
    """Write cells that are LaTeX as a matrix in square brackets."""
    return r"\begin{bmatrix}" + r" \\ ".join(" & ".join(row) for row in rows) + r"\end{bmatrix}"


def _latex_name(name: str) -> str:
    if len(name) == 1 or name in _LATEX_NAMES:
        return _LATEX_NAMES.get(name, name)
    head, _, index = name.partition("_")
    letter = head if len(head) == 1 else "\\" + head
    return f"{letter}_{{{index}}}" if index else letter + " "


def _latex_at_least(node: Node, floor: int) -> str:
    text = to_latex(node)
    is_product = node.kind == "number" and "e" in node.value  # printed as a multiple of a power of ten
    return text if (PRODUCT if is_product else binding(node)) >= floor else rf"\left({text}\right)"


def _latex_sum(terms: tuple[Node, ...]) -> str:
    text = _latex_at_least(terms[0], PRODUCT)
    for term in terms[1:]:
        minus = term.kind == "neg"
        text += (" - " if minus else " + ") + _latex_at_least(term.parts[0] if minus else term, PRODUCT)
    return text


def _latex_product(factors: tuple[Node, ...]) -> str:
    """Build from the left, so that ``1/2x`` shows as one half times x."""
    text = _latex_at_least(factors[0], SIGN)
    for position, factor in enumerate(factors[1:], 1):
        if factor.kind == "over":
            top = to_latex(factors[0]) if position == 1 else text
            text = rf"\frac{{{top}}}{{{to_latex(factor.parts[0])}}}"
        else:
            text += r" \cdot " + _latex_at_least(factor, POWER)
    return text


def _latex_call(node: Node) -> str:
    inside = [to_latex(part) for part in node.parts]
    match node.value:
        case "sqrt":
            return rf"\sqrt{{{inside[0]}}}"
        case "cbrt":
            return rf"\sqrt[3]{{{inside[0]}}}"
        case "root":
            return rf"\sqrt[{inside[1]}]{{{inside[0]}}}"
        case "abs":
            return rf"\left|{inside[0]}\right|"
        case "binomial":
            return rf"\binom{{{inside[0]}}}{{{inside[1]}}}"
        case "factorial":
            return _latex_at_least(node.parts[0], ATOM) + "!"
        case "logbase":
            return rf"\log_{{{inside[1]}}}\left({inside[0]}\right)"
        case "max" | "min":
            return rf"\{node.value}\left({', '.join(inside)}\right)"
        case "log10" | "log2":
            return rf"\log_{{{node.value[3:]}}}\left({inside[0]}\right)"
        case name:
            return rf"\operatorname{{{name}}}\left({inside[0]}\right)"


def _latex_list(brackets: str, inside: str) -> str:
    if not brackets:
        return inside
    return rf"\left{_LATEX_BRACKETS[brackets[0]]}{inside}\right{_LATEX_CLOSING[brackets[1]]}"
