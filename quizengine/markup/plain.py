"""Formula -> plain text that reads aloud and fits a terminal: ``(a + b)/2``, ``[1 2; 3 4]``, ``x_i^2``."""

from __future__ import annotations

from functools import lru_cache

from quizengine.markup import commands
from quizengine.markup.alphabets import in_alphabet
from quizengine.markup.commands import Spacing
from quizengine.markup.formula import read_formula
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

_CONDITION_WORDS = frozenset({"if", "when", "for", "otherwise", "else", "where"})
_PLAIN_SIGNS = {"−": "-", "∗": "*", "∣": "|", "⊤": "T", "∘": "°", "∼": "~"}  # noqa: RUF001


@lru_cache(maxsize=CACHED_FORMULAS)
def math_text(latex: str) -> str:
    r"""Return a formula as plain text.

    >>> math_text(r"\frac{a + b}{2} \le \sqrt{x_{i}^2}")
    '(a + b)/2 ≤ sqrt(x_i^2)'
    >>> math_text(r"A = \begin{pmatrix} 1 & -2 \\ 3 & 4 \end{pmatrix}")
    'A = [1 -2; 3 4]'
    """
    return formula_text(read_formula(latex))


def formula_text(tree: Row) -> str:
    """Return the plain text of a tree that is already read."""
    return " ".join(_print(tree).split())


def _print(node: Node) -> str:  # noqa: PLR0912 (one case a kind of node)
    match node:
        case Row(children=children):
            return _row(children)
        case Number(text=text) | Letter(text=text) | Words(text=text):
            return text
        case Symbol(text=text):
            return commands.SPOKEN.get(text, _PLAIN_SIGNS.get(text, text))
        case Space(width=width):
            return " " if width > 0 else ""
        case Fraction(command=command, top=top, bottom=bottom):
            if command in commands.BINOMIALS:
                return f"C({_print(top)}, {_print(bottom)})"
            return f"{_bracketed(top)}/{_held_together(bottom)}"
        case Root(body=body, index=index):
            return f"sqrt({_print(body)})" if index is None else f"root({_print(index)}, {_print(body)})"
        case Accent(command=command, body=body):
            return f"{commands.ACCENTS[command]}({_print(body)})"
        case Font(command=command, body=body):
            return _font(command, _print(body))
        case Style(body=body) | Boxed(body=body):
            return _print(body)
        case Script():
            return _script(node)
        case Fence(
            left=left,
            body=Row(children=(Table(environment="array" | "matrix" | "smallmatrix") as table,)),
            right=right,
        ):
            return f"{left}{_cells(table)}{right}"
        case Fence(left=left, body=body, right=right):
            return f"{left}{_print(body)}{right}"
        case Table():
            return _table(node)
        case Stack(mark=mark, base=base):
            return f"{_print(base)}({_print(mark)})"


def _row(children: tuple[Node, ...]) -> str:
    text = ""
    before: Spacing | None = None
    last: Node | None = None
    for node in children:
        spacing = spacing_of(node)
        printed = _print(node)
        if (
            isinstance(node, Fraction)
            and len(children) > 1
            and (_touches(before) or _is_factor(node, children))
        ):
            printed = f"({printed})"
        if is_unary(node, before):
            text, spacing = text + printed, "open"
        elif spacing in {"rel", "bin"}:
            text = f"{text.rstrip()} {printed} "
        elif spacing == "punct":
            text = f"{text.rstrip()}{printed} "
        else:
            text += " " * _needs_gap(last, before, node, spacing) + printed
        before, last = spacing, node
    return text


def _needs_gap(last: Node | None, before: Spacing | None, node: Node, spacing: Spacing) -> bool:
    """Tell whether two neighbours without a sign between them would run together."""
    if begins_with_bracket(node):
        return False
    if before == "func":
        return spacing in {"ord", "func"}
    if spacing == "func":
        return before in {"ord", "close"}
    if before == "close" or isinstance(last, (Script, Fence, Fraction, Table)):
        return spacing == "ord"
    return _is_worded(node) and _is_worded(last)


def _is_worded(node: Node | None) -> bool:
    return isinstance(node, (Words, Accent, Root, Number)) or (
        isinstance(node, Font) and len(_print(node)) > 1
    )


def _touches(before: Spacing | None) -> bool:
    return before in {"ord", "close", "func"}


def _is_factor(node: Fraction, children: tuple[Node, ...]) -> bool:
    place = next(place for place, child in enumerate(children) if child is node)
    after = spacing_of(children[place + 1]) if place + 1 < len(children) else None
    return after in {"ord", "open", "func"} and node.command in commands.FRACTIONS


def _bracketed(node: Node) -> str:
    """Return text that holds together before a / or a ^, or as an index: bracketed unless it is one thing."""
    text = _print(node).strip()
    whole = text.replace(".", "").replace(",", "")
    if whole.isalnum() or _is_one_thing(node):
        return text
    return f"({text})"


def _held_together(node: Node) -> str:
    """Return text that is read as one behind a / or ^: ``1/2x`` would be a half times x."""
    text = _print(node).strip()
    is_number = text.replace(".", "").replace(",", "").isdigit()
    return text if is_number or _is_one_thing(node) else f"({text})"


def _is_one_thing(node: Node) -> bool:
    match node:
        case Row(children=(only,)):
            return _is_one_thing(only)
        case Number() | Letter() | Symbol() | Root() | Accent() | Script() | Words():
            return True
        case Fence(left=left, right=right):
            return bool(left and right)
        case Font(body=body):
            return _is_one_thing(body)
        case _:
            return False


def _font(command: str, text: str) -> str:
    if command != r"\mathbb" or len(text) != 1:
        return text
    letter = in_alphabet(command, text)
    # the five number sets are in every font; the other hollow letters are not
    return letter if letter in "ℕℤℚℝℂ" else text  # noqa: RUF001


def _script(node: Script) -> str:
    base = (
        _print(node.base)
        if isinstance(node.base, Script) or _is_one_thing(node.base)
        else _bracketed(node.base)
    )
    if node.base == Row(()):
        base = ""
    sub = "" if node.sub is None else f"_{_bracketed(node.sub)}"
    if node.sup is None:
        return base + sub
    primes, sup = _primes(node.sup)
    base += "'" * primes + sub
    if sup is None:
        return base
    return f"{base}°" if _print(sup) == "°" else f"{base}^{_held_together(sup)}"


def _primes(sup: Node) -> tuple[int, Node | None]:
    """Split the primes off a superscript: f''^2 is the square of f''."""
    match sup:
        case Symbol(command=r"\prime", text=text):
            return len(text), None
        case Row(children=(Symbol(command=r"\prime", text=text), rest)):
            return len(text), rest
        case _:
            return 0, sup


def _table(node: Table) -> str:
    left, right = commands.ENVIRONMENTS[node.environment]
    if node.environment == "cases":
        return "{ " + "; ".join(_case([_print(cell).strip(" ,") for cell in row]) for row in node.rows) + " }"
    if node.environment in {"aligned", "split", "gathered", "substack"}:
        return "; ".join(" ".join(_print(cell).strip() for cell in row).strip() for row in node.rows)
    return left + _cells(node) + right


def _cells(node: Table) -> str:
    cells = [[_print(cell).strip() for cell in row] for row in node.rows]
    between = ", " if any(" " in cell for row in cells for cell in row) else " "
    return "; ".join(between.join(row) for row in cells)


def _case(cells: list[str]) -> str:
    value, condition = cells[0], " ".join(cells[1:])
    if not condition or condition.split()[0] in _CONDITION_WORDS:
        return f"{value} {condition}".strip()
    return f"{value} if {condition}"
