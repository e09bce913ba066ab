"""The key, written: for solutions and reviews, and in every notation that must be accepted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import singledispatch

from quizengine.grading.characters import SUPERSCRIPTS, VULGAR_FRACTIONS
from quizengine.grading.reading import Judged, asked_cells
from quizengine.grading.tree import latex_matrix
from quizengine.model.answers import (
    Answer,
    CellAnswer,
    ChoiceAnswer,
    ChoicesAnswer,
    FractionAnswer,
    IntegerAnswer,
    MatchingAnswer,
    MatrixAnswer,
    NumberAnswer,
    OrderingAnswer,
    OutputAnswer,
    SetAnswer,
    SqlAnswer,
    TableAnswer,
    TextAnswer,
    Tolerance,
    VectorAnswer,
    half_unit_of_digit,
)
from quizengine.model.grade import ResponseValue

SHOWN_DIGITS = 4
MAX_SHOWN_DECIMALS = 6
MAX_SHOWN_DENOMINATOR = 100_000
#: Enough digits to come within any tolerance that is not exact.
MAX_DIGITS = 40

LATEX_COMMA = r",\; "
_LATEX_ROW = r"\\"

_SUPERSCRIPT_OF = {plain: char for char, plain in SUPERSCRIPTS.items()}
_VULGAR_OF = {plain: char for char, plain in VULGAR_FRACTIONS.items()}


# One number


def decimal_places(value: Fraction) -> int | None:
    """Return how many decimals write ``value`` exactly, or None if no number of them does.

    >>> decimal_places(Fraction(3, 40)), decimal_places(Fraction(1, 3))
    (3, None)
    """
    rest, twos, fives = value.denominator, 0, 0
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    return max(twos, fives) if rest == 1 else None


def fixed(value: Fraction, places: int) -> str:
    """Write ``value`` with ``places`` decimals, halves away from zero.

    >>> fixed(Fraction(-1, 8), 2)
    '-0.13'
    """
    scaled = abs(value) * 10**places
    units = int(scaled) + (1 if scaled - int(scaled) >= Fraction(1, 2) else 0)
    digits = str(units).zfill(places + 1)
    sign = "-" if value < 0 and units else ""
    return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else sign + digits


def places_for(value: Fraction, digits: int) -> int:
    """Return the decimals with which ``value`` has ``digits`` significant digits, at least 0."""
    unit = half_unit_of_digit(value, digits) * 2
    places = 0
    while unit < 1:
        unit, places = unit * 10, places + 1
    return places


def ratio(value: Fraction) -> str:
    """Write ``value`` as ``p/q`` or a whole number."""
    return f"{value.numerator}/{value.denominator}" if value.denominator != 1 else str(value.numerator)


def _ratio_latex(value: Fraction) -> str:
    if value.denominator == 1:
        return str(value.numerator)
    sign = "-" if value < 0 else ""
    return rf"{sign}\frac{{{abs(value.numerator)}}}{{{value.denominator}}}"


def _shown(value: Fraction, tolerance: Tolerance, as_ratio: Callable[[Fraction], str]) -> str:
    """Write a key as a person would: whole, a short decimal, a small fraction, else rounded."""
    places = decimal_places(value)
    if tolerance.kind == "decimals":
        return fixed(value, tolerance.digits)
    if tolerance.kind == "sigfig":
        return fixed(value, places_for(value, max(tolerance.digits, SHOWN_DIGITS)))
    if places is not None and places <= MAX_SHOWN_DECIMALS:
        return fixed(value, places)
    if tolerance.kind == "exact" and value.denominator <= MAX_SHOWN_DENOMINATOR:
        return as_ratio(value)
    return fixed(value, places_for(value, SHOWN_DIGITS))


def _number_notations(value: Fraction, tolerance: Tolerance) -> Iterator[str]:
    """Write a number in every way that people do and the tolerance lets through."""
    plain = ratio(value)
    yield plain
    yield plain.replace("-", "−")  # noqa: RUF001 (the minus sign that editors put in)
    yield f" {plain} "
    yield f"p = {plain}"
    yield f"P(A|B)={plain}."
    yield _ratio_latex(value)
    yield f"${_ratio_latex(value)}$"
    if value.denominator != 1:
        yield plain.replace("/", " / ")
        if plain in _VULGAR_OF:
            yield _VULGAR_OF[plain]
        if plain.removeprefix("-") in _VULGAR_OF and value < 0:
            yield "-" + _VULGAR_OF[plain.removeprefix("-")]
    yield from _decimal_notations(value, tolerance)


def _decimal_notations(value: Fraction, tolerance: Tolerance) -> Iterator[str]:
    places = _accepted_places(value, tolerance)
    if places is None:
        return
    text = fixed(value, places)
    yield text
    yield text + "0" if "." in text else text + ".0" if tolerance.kind != "sigfig" else text
    if text.lstrip("-").startswith("0."):
        yield text.replace("0.", ".", 1)
    if len(text.partition(".")[0].lstrip("-")) > 3:
        yield f"{fixed_with_groups(text, ',')}"
        yield f"{fixed_with_groups(text, ' ')}"
    mantissa, exponent = _scientific(text)
    yield f"{mantissa}e{exponent}"
    yield f"{mantissa}*10^{exponent}"
    yield f"{mantissa}×10{''.join(_SUPERSCRIPT_OF[char] for char in str(exponent))}"  # noqa: RUF001


def fixed_with_groups(text: str, separator: str) -> str:
    """Put ``separator`` between groups of three digits: ``1,000.5``."""
    whole, point, decimals = text.partition(".")
    sign = "-" if whole.startswith("-") else ""
    return f"{sign}{int(whole.lstrip('-')):,}".replace(",", separator) + point + decimals


def _accepted_places(value: Fraction, tolerance: Tolerance) -> int | None:
    """Return the decimals that come near enough, or None where only a fraction is exact."""
    exact = decimal_places(value)
    if tolerance.kind == "decimals":
        return max(tolerance.digits, exact or 0)
    if tolerance.kind == "sigfig":
        return max(places_for(value, tolerance.digits), exact or 0)
    if exact is not None:
        return exact
    margin = tolerance.margin(value)
    if not margin:
        return None
    return next((n for n in range(MAX_DIGITS) if Fraction(1, 2 * 10**n) <= margin), None)


def _scientific(text: str) -> tuple[str, int]:
    """Move the point behind the first digit that counts; no digit is lost."""
    sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
    whole, _, decimals = digits.partition(".")
    significant = (whole + decimals).lstrip("0")
    if not significant:
        return digits, 0
    exponent = len(significant) - 1 - len(decimals)
    tail = significant[1:]
    return f"{sign}{significant[0]}{'.' + tail if tail else ''}", exponent


# Every type


@singledispatch
def key_text(answer: Judged) -> str:
    """Write the key of ``answer`` in plain text, as a review shows it."""
    raise TypeError(f"no written key for {type(answer).__name__}")


@singledispatch
def key_latex(answer: Answer) -> str:
    """Write the key of ``answer`` in LaTeX; empty where it is no mathematics."""
    return ""


@singledispatch
def notations(answer: Judged) -> tuple[ResponseValue, ...]:
    """Write the key in every notation that its type accepts: each must be graded correct."""
    raise TypeError(f"no notations for {type(answer).__name__}")


_EXACT = Tolerance()


@key_text.register
def _(answer: IntegerAnswer) -> str:
    return str(answer.value)


@key_latex.register
def _(answer: IntegerAnswer) -> str:
    return str(answer.value)


@notations.register
def _(answer: IntegerAnswer) -> tuple[ResponseValue, ...]:
    return _unique(_number_notations(Fraction(answer.value), _EXACT))


@key_text.register
def _(answer: NumberAnswer) -> str:
    return _shown(answer.value, answer.tolerance, ratio)


@key_latex.register
def _(answer: NumberAnswer) -> str:
    return _shown(answer.value, answer.tolerance, _ratio_latex)


@notations.register
def _(answer: NumberAnswer) -> tuple[ResponseValue, ...]:
    found = list(_number_notations(answer.value, answer.tolerance))
    if answer.tolerance.kind in ("sigfig", "decimals") and answer.value.denominator == 1:
        # A whole number is a decimal with too few digits, not a fraction that is as long as one likes.
        wanted = _decimal_notations(answer.value, answer.tolerance)
        found = list(wanted)
    if answer.percent == "accept":
        places = _accepted_places(answer.value, answer.tolerance)
        if places is not None:
            hundred = fixed(answer.value * 100, max(places - 2, 0))
            found += [f"{hundred}%", f"{hundred} %"]
        else:
            found.append(f"({ratio(answer.value * 100)})%")
    return _unique(found)


@key_text.register
def _(answer: FractionAnswer) -> str:
    return ratio(answer.value)


@key_latex.register
def _(answer: FractionAnswer) -> str:
    return _ratio_latex(answer.value)


@notations.register
def _(answer: FractionAnswer) -> tuple[ResponseValue, ...]:
    if not answer.lowest_terms:
        return _unique(_number_notations(answer.value, _EXACT))
    plain = ratio(answer.value)
    found = [plain, f" {plain} ", plain.replace("/", " / "), f"p = {plain}", _ratio_latex(answer.value)]
    if plain in _VULGAR_OF:
        found.append(_VULGAR_OF[plain])
    return _unique(found)


@key_text.register
def _(answer: TextAnswer) -> str:
    return answer.value


@notations.register
def _(answer: TextAnswer) -> tuple[ResponseValue, ...]:
    return _unique([answer.value, f"  {answer.value} ", answer.value.upper()])


@key_text.register
def _(answer: VectorAnswer) -> str:
    return f"[{_joined(answer.values, answer.tolerance)}]"


@key_latex.register
def _(answer: VectorAnswer) -> str:
    cells = (_shown(value, answer.tolerance, _ratio_latex) for value in answer.values)
    return rf"\left({LATEX_COMMA.join(cells)}\right)"


@notations.register
def _(answer: VectorAnswer) -> tuple[ResponseValue, ...]:
    cells = tuple(_written(value, answer.tolerance) for value in answer.values)
    found: list[ResponseValue] = [f"[{', '.join(cells)}]", f"({','.join(cells)})", f"[{'; '.join(cells)}]"]
    found += [f"[{' '.join(cells)}]", f"<{','.join(cells)}>", f"[[{'],['.join(cells)}]]", cells]
    found += [f"np.array([{', '.join(cells)}])", rf"\begin{{pmatrix}}{_LATEX_ROW.join(cells)}\end{{pmatrix}}"]
    if len(cells) > 1:
        found += [", ".join(cells), f"v = ({', '.join(cells)})"]
    return _unique(found)


@key_text.register
def _(answer: MatrixAnswer) -> str:
    return f"[{'; '.join(_joined(row, answer.tolerance) for row in answer.rows)}]"


@key_latex.register
def _(answer: MatrixAnswer) -> str:
    return latex_matrix([[_shown(v, answer.tolerance, _ratio_latex) for v in row] for row in answer.rows])


@notations.register
def _(answer: MatrixAnswer) -> tuple[ResponseValue, ...]:
    rows = tuple(tuple(_written(value, answer.tolerance) for value in row) for row in answer.rows)
    lists = [", ".join(row) for row in rows]
    found: list[ResponseValue] = [f"[[{'],['.join(lists)}]]", rows]
    found.append(rf"\begin{{bmatrix}}{_LATEX_ROW.join('&'.join(row) for row in rows)}\end{{bmatrix}}")
    found.append(f"np.array([[{'], ['.join(lists)}]])")
    if len(rows) > 1:
        found += [f"[{'; '.join(lists)}]", f"[{'; '.join(map(' '.join, rows))}]"]
        found += ["\n".join(map(" ".join, rows)), "[[" + "]\n [".join(map(" ".join, rows)) + "]]"]
    if len(rows) > 1 and len(rows[0]) > 1:
        found.append(f"(({'),('.join(lists)}))")
    return _unique(found)


@key_text.register
def _(answer: SetAnswer) -> str:
    return f"{{{_joined(sorted(answer.values), answer.tolerance)}}}"


@key_latex.register
def _(answer: SetAnswer) -> str:
    if not answer.values:
        return r"\emptyset"
    cells = (_shown(value, answer.tolerance, _ratio_latex) for value in sorted(answer.values))
    return rf"\left\{{{LATEX_COMMA.join(cells)}\right\}}"


@notations.register
def _(answer: SetAnswer) -> tuple[ResponseValue, ...]:
    if not answer.values:
        return ("{}", "∅")
    cells = [_written(value, answer.tolerance) for value in answer.values]
    found = [f"{{{', '.join(cells)}}}", f"{{{','.join(reversed(cells))}}}", rf"\{{{','.join(cells)}\}}"]
    found += [
        ", ".join(cells),
        " or ".join(f"x={cell}" for cell in cells),
        f"{{{','.join([*cells, cells[0]])}}}",
    ]
    found += [", ".join(f"x = {cell}" for cell in cells), " and ".join(cells), f"x ∈ {{{', '.join(cells)}}}"]
    return _unique(found)


@key_text.register
def _(answer: ChoiceAnswer) -> str:
    return _option_text(answer.options, (answer.key,))


@notations.register
def _(answer: ChoiceAnswer) -> tuple[ResponseValue, ...]:
    return (answer.key, (answer.key,), answer.key.upper(), f"({answer.key})")


@key_text.register
def _(answer: ChoicesAnswer) -> str:
    return _option_text(answer.options, answer.key)


@notations.register
def _(answer: ChoicesAnswer) -> tuple[ResponseValue, ...]:
    return (answer.key, tuple(reversed(answer.key)), ", ".join(answer.key), " ".join(answer.key))


@key_text.register
def _(answer: OrderingAnswer) -> str:
    return _option_text(answer.items, answer.key)


@notations.register
def _(answer: OrderingAnswer) -> tuple[ResponseValue, ...]:
    return (answer.key, ", ".join(answer.key), " ".join(answer.key))


@key_text.register
def _(answer: MatchingAnswer) -> str:
    right = {option.id: option.text for option in answer.right}
    return "; ".join(f"{left.text}: {right[key]}" for left, key in zip(answer.left, answer.key, strict=True))


@notations.register
def _(answer: MatchingAnswer) -> tuple[ResponseValue, ...]:
    return (answer.key, ", ".join(answer.key))


@key_text.register
def _(answer: TableAnswer) -> str:
    return "; ".join(f"{where}: {key_text(cell)}" for where, cell in asked_cells(answer))


@notations.register
def _(answer: TableAnswer) -> tuple[ResponseValue, ...]:
    full = tuple(
        tuple(cell if isinstance(cell, str) else _cell_text(cell) for cell in row) for row in answer.cells
    )
    asked = tuple(_cell_text(cell) for _, cell in asked_cells(answer))
    return (full, asked, "\n".join(map("\t".join, full)))


@key_text.register
def _(answer: OutputAnswer) -> str:
    return answer.text


@notations.register
def _(answer: OutputAnswer) -> tuple[ResponseValue, ...]:
    return _unique([answer.text, answer.text + "\n", answer.text.replace("\n", " \r\n")])


@key_text.register
def _(answer: SqlAnswer) -> str:
    return answer.reference


@notations.register
def _(answer: SqlAnswer) -> tuple[ResponseValue, ...]:
    return (answer.reference, *answer.alternatives)


def _written(value: Fraction, tolerance: Tolerance) -> str:
    """Write one cell in a way that its tolerance accepts."""
    places = _accepted_places(value, tolerance)
    exact = decimal_places(value)
    if places is None or (tolerance.kind in ("exact", "near", "metric") and exact is None):
        return ratio(value)
    return fixed(value, places)


def _cell_text(cell: CellAnswer) -> str:
    first = notations(cell)[0]
    return first if isinstance(first, str) else ""


def _joined(values: Sequence[Fraction], tolerance: Tolerance) -> str:
    return ", ".join(_shown(value, tolerance, ratio) for value in values)


def _option_text(options: Sequence[object], ids: Sequence[str]) -> str:
    texts = {getattr(option, "id", ""): getattr(option, "text", "") for option in options}
    return "; ".join(str(texts[found]) for found in ids)


def _unique(found: Iterator[str] | Sequence[ResponseValue]) -> tuple[ResponseValue, ...]:
    return tuple(dict.fromkeys(found))
