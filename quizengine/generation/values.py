"""Values of a question: exact numbers, and how they are written for a person."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import islice
from typing import Any

import numpy as np
import sympy

from quizengine.errors import ExpressionError

MAX_ITEMS = 2_000
MAX_TEXT = 20_000
MAX_BITS = 20_000
#: Items of a list with those of the lists in it: a list that holds another twice doubles with each line.
MAX_NESTED_ITEMS = 20_000
#: SymPy factorises the numbers under a root or a logarithm, and walks through a whole expression.
MAX_SYMBOLIC_BITS = 4_000
MAX_SYMBOLIC_NODES = 2_000
MAX_PLACES = 100
EVALUATED_DIGITS = 40
#: Terminating decimals with at most so many places are written as decimals, other fractions as n/d.
DECIMAL_PLACES = 6
#: Less than this is what arithmetic with floats adds to a number that terminates.
FLOAT_NOISE = Fraction(1, 10**12)


def plain(value: Any) -> Any:
    """Turn NumPy and SymPy numbers into Python's, arrays and matrices into lists; reduce whole fractions."""
    match value:
        case bool() | int() | str() | None:
            return value
        case Fraction():
            return value.numerator if value.denominator == 1 else value
        case np.bool_():
            return bool(value)
        case np.generic():
            return plain(value.item())
        case np.ndarray():
            return [plain(item) for item in value.tolist()]
        case list() | tuple():
            return [plain(item) for item in value]
        case sympy.MatrixBase():
            return [[plain(item) for item in row] for row in value.tolist()]
        case sympy.Integer():
            return int(value)
        case sympy.Rational():
            return Fraction(int(value.p), int(value.q))
        case sympy.logic.boolalg.BooleanAtom():
            return bool(value)
        case _:
            return value


def exact(value: Any) -> Fraction:
    """Return a number as a fraction; an irrational one by its first 40 digits.

    >>> exact(0.1)
    Fraction(1, 10)

    Raises
    ------
    ExpressionError
        If the value is no finite real number.
    """
    value = plain(value)
    try:
        match value:
            case bool():
                raise ExpressionError(f"{value} is no number; write 1 or 0")
            case int() | Fraction():
                return Fraction(value)
            case float():
                # repr is the shortest decimal that means this float, so 0.1 stays one tenth.
                return Fraction(Decimal(repr(value)))
            case sympy.Expr():
                return _evaluated(value)
    except (ArithmeticError, ValueError) as error:
        raise ExpressionError(f"{show(value)} is no finite real number") from error
    raise ExpressionError(f"expected a number, found {show(value)[:60]!r}")


def _evaluated(value: Any) -> Fraction:
    digits = sympy.N(value, EVALUATED_DIGITS)
    # Written out in full, exp(10**9) would fill the memory.
    if isinstance(digits, sympy.Float) and abs(digits._mpf_[2]) > MAX_BITS:
        raise ExpressionError(f"a number grew beyond {MAX_BITS} bits")
    return Fraction(Decimal(str(digits)))


def symbolic(value: Any) -> Any:
    """Return a number or an expression as SymPy has it; a text never, since SymPy would run it as code.

    >>> symbolic(Fraction(1, 2)) + sympy.Symbol("x")
    x + 1/2

    Raises
    ------
    ExpressionError
        If the value is neither, or a number too large to compute with symbolically.
    """
    value = plain(value)
    match value:
        case int() | Fraction() if not isinstance(value, bool):
            size = max(abs(value.numerator).bit_length(), value.denominator.bit_length())
            if size > MAX_SYMBOLIC_BITS:
                raise ExpressionError(f"a symbolic number has at most {MAX_SYMBOLIC_BITS} bits")
            return sympy.Rational(value.numerator, value.denominator)
        case float():
            return sympy.Float(value)
        case sympy.Expr():
            return value
    raise ExpressionError(f"expected a number or an expression, found {show(value)[:40]!r}")


def check_size(value: Any) -> Any:
    """Refuse texts, lists, numbers and expressions beyond the limits of the sandbox; return the value."""
    if isinstance(value, str) and len(value) > MAX_TEXT:
        raise ExpressionError(f"a text grew beyond {MAX_TEXT} characters")
    if isinstance(value, list | tuple) and len(value) > MAX_ITEMS:
        raise ExpressionError(f"a list grew beyond {MAX_ITEMS} items")
    if isinstance(value, list | tuple | dict):
        _check_nested(value)
    if isinstance(value, int) and value.bit_length() > MAX_BITS:
        raise ExpressionError(f"a number grew beyond {MAX_BITS} bits")
    if isinstance(value, sympy.Basic):
        nodes = sympy.preorder_traversal(value)
        if next(islice(nodes, MAX_SYMBOLIC_NODES, None), None) is not None:
            raise ExpressionError(f"an expression grew beyond {MAX_SYMBOLIC_NODES} terms")
    return value


def _check_nested(value: list[Any] | tuple[Any, ...] | dict[Any, Any]) -> None:
    left, waiting = MAX_NESTED_ITEMS, [value]
    while waiting:
        found = waiting.pop()
        items = found.values() if isinstance(found, dict) else found
        left -= len(items)
        if left < 0:
            raise ExpressionError(f"a list grew beyond {MAX_NESTED_ITEMS} items with the lists in it")
        waiting.extend(item for item in items if isinstance(item, list | tuple | dict))


def checked_places(places: Any) -> int:
    """Return a number of decimals, which must be a whole number of reasonable size."""
    if not isinstance(places, int) or abs(places) > MAX_PLACES:
        raise ExpressionError(f"a number of decimals is a whole number up to {MAX_PLACES}")
    return places


def decimal_text(value: Fraction, places: int = DECIMAL_PLACES) -> str | None:
    """Return a terminating decimal of at most ``places`` digits, or None if there is none.

    >>> decimal_text(Fraction(-1, 8)), decimal_text(Fraction(1, 3))
    ('-0.125', None)
    """
    scaled = value * 10**places
    if scaled.denominator != 1:
        return None
    return _point(scaled.numerator, places)


def _point(scaled: int, places: int) -> str:
    sign, digits = "-" if scaled < 0 else "", str(abs(scaled)).rjust(places + 1, "0")
    whole, decimals = (digits[:-places], digits[-places:]) if places else (digits, "")
    text = f"{whole}.{decimals}".rstrip("0").rstrip(".") if places else whole
    return "0" if text == "0" else sign + text


def show(value: Any) -> str:
    """Write a value as a person would: exact, no float noise, lists joined by commas.

    >>> show(Fraction(1, 4)), show(Fraction(1, 3)), show([1, Fraction(5, 2)]), show(0.1 + 0.2)
    ('0.25', '1/3', '1, 2.5', '0.3')
    """
    value = plain(value)
    match value:
        case bool() | None:
            return str(value)
        case int() | str():
            return str(value)
        case Fraction():
            return decimal_text(value) or f"{value.numerator}/{value.denominator}"
        case float():
            return _show_float(value)
        case list():
            return ", ".join(f"({show(item)})" if isinstance(item, list) else show(item) for item in value)
        case dict():
            return ", ".join(f"{key}: {show(item)}" for key, item in value.items())
        case sympy.Basic():
            return str(sympy.latex(value))
        case _:
            raise ExpressionError(f"a value of type {type(value).__name__} cannot be shown")


def notation(value: Any) -> str:
    """Write an expression as a person types it; a text is taken as it stands.

    >>> x = sympy.Symbol("x")
    >>> notation(x**2 / 2 + sympy.exp(3 * x)), notation([2 * x, Fraction(1, 2)]), notation(2.5 * x * 4)
    ('x**2/2 + exp(3*x)', '[2*x, 0.5]', '10*x')
    """
    value = plain(value)
    match value:
        case str():
            return value
        case list():
            return f"[{', '.join(map(notation, value))}]"
        case sympy.Basic():
            floats = value.atoms(sympy.Float)
            whole = {one: sympy.Integer(one) for one in floats if float(one).is_integer()}
            return str(value.xreplace(whole))
        case _:
            return show(value)


def _show_float(value: float) -> str:
    text = f"{value:.10g}"
    if "e" in text and abs(value) >= 1e-6:
        text = f"{value:.6f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def tex(value: Any) -> str:
    r"""Write a value as LaTeX: fractions upright, a list as a column vector, a list of lists as a matrix.

    >>> tex(Fraction(-1, 3)), tex([[1, 2], [3, 4]])
    ('-\\frac{1}{3}', '\\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}')
    """
    value = plain(value)
    match value:
        case Fraction():
            sign = "-" if value < 0 else ""
            return f"{sign}\\frac{{{abs(value.numerator)}}}{{{value.denominator}}}"
        case list():
            rows = value if value and isinstance(value[0], list) else [[item] for item in value]
            body = r" \\ ".join(" & ".join(tex(item) for item in row) for row in rows)
            return rf"\begin{{pmatrix}} {body} \end{{pmatrix}}"
        case sympy.Basic():
            return str(sympy.latex(value, mat_delim="("))
        case str():
            return rf"\text{{{value}}}"
        case _:
            return show(value)


def rounded(value: Any, places: int = 3) -> Fraction:
    """Round half away from zero, exactly.

    >>> rounded(Fraction(5, 2), 0), rounded(-0.125, 2)
    (Fraction(3, 1), Fraction(-13, 100))
    """
    unit = Fraction(10) ** -checked_places(places)
    scaled = exact(value) / unit
    size = (abs(scaled) + Fraction(1, 2)) // 1
    return (-size if scaled < 0 else size) * unit


def dec(value: Any, places: int = 3) -> str:
    """Write a number (or a list of them) rounded to ``places`` decimals, trailing zeros dropped.

    >>> dec(Fraction(2, 3)), dec([1, 0.5])
    ('0.667', '1, 0.5')
    """
    value = plain(value)
    if isinstance(value, list):
        return ", ".join(dec(item, places) for item in value)
    return decimal_text(rounded(value, places), places) or "0"


def about(value: Any, places: int = 3) -> str:
    r"""Write ``=`` or, if rounding changes it, ``\approx`` before a number with ``places`` decimals.

    >>> about(Fraction(1, 2)), about(Fraction(2, 3), 2), about(0.1 + 0.2)
    ('= 0.5', '\\approx 0.67', '= 0.3')
    """
    lost = exact(value) - rounded(value, places)
    sign = "=" if abs(lost) < FLOAT_NOISE else r"\approx"
    return f"{sign} {dec(value, places)}"


def fixed(value: Any, places: int = 2) -> str:
    """Write a number with exactly ``places`` decimals, as money is written.

    >>> fixed(Fraction(5, 2)), fixed(-0.005)
    ('2.50', '-0.01')
    """
    scaled = int(rounded(value, places) * 10**places)
    if not places:
        return str(scaled)
    digits = str(abs(scaled)).rjust(places + 1, "0")
    return f"{'-' if scaled < 0 else ''}{digits[:-places]}.{digits[-places:]}"


def columns(values: Any, heads: str) -> str:
    """Write columns as a Markdown table; with one head more than columns the first one counts from 0.

    >>> print(columns([[1, 2], [3, 4]], "a|b"))
    | a | b |
    |---|---|
    | 1 | 3 |
    | 2 | 4 |
    """
    names = heads.split("|")
    cells = [list(column) for column in plain(values)]
    height = min((len(column) for column in cells), default=0)
    if len(names) == len(cells) + 1:
        cells.insert(0, list(range(height)))
    lines = ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]
    lines += ["| " + " | ".join(show(column[i]) for column in cells) + " |" for i in range(height)]
    return "\n".join(lines)


def yesno(values: Any, yes: str = "yes", no: str = "no") -> Any:
    """Turn truths into words.

    >>> yesno([True, False])
    ['yes', 'no']
    """
    values = plain(values)
    if isinstance(values, list):
        return [yesno(value, yes, no) for value in values]
    return yes if values else no
