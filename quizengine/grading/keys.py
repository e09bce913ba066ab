"""The key, written: for solutions and reviews, and in every notation that must be accepted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import singledispatch

from quizengine.grading.formulas import key_node
from quizengine.grading.properties import factor_names
from quizengine.grading.reading import Judged, asked_cells
from quizengine.grading.tree import latex_matrix, to_latex, to_plain
from quizengine.grading.written import (
    VULGAR_OF,
    accepted_places,
    decimal_notations,
    decimal_places,
    fixed,
    number_notations,
    ratio,
    ratio_latex,
    shown,
)
from quizengine.model.answers import (
    Answer,
    CellAnswer,
    ChoiceAnswer,
    ChoicesAnswer,
    ConfigAnswer,
    EquationAnswer,
    ExpressionAnswer,
    FactorisationAnswer,
    FractionAnswer,
    IntegerAnswer,
    IntervalAnswer,
    MatchingAnswer,
    MatrixAnswer,
    NumberAnswer,
    Option,
    OrderingAnswer,
    OutputAnswer,
    SetAnswer,
    SqlAnswer,
    TableAnswer,
    TextAnswer,
    Tolerance,
    VectorAnswer,
)
from quizengine.model.grade import ResponseValue

LATEX_COMMA = r",\; "
_LATEX_ROW = r"\\"


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
    return _unique(number_notations(Fraction(answer.value), _EXACT))


@key_text.register
def _(answer: NumberAnswer) -> str:
    return shown(answer.value, answer.tolerance, ratio)


@key_latex.register
def _(answer: NumberAnswer) -> str:
    return shown(answer.value, answer.tolerance, ratio_latex)


@notations.register
def _(answer: NumberAnswer) -> tuple[ResponseValue, ...]:
    found = list(number_notations(answer.value, answer.tolerance))
    if answer.tolerance.kind in ("sigfig", "decimals") and answer.value.denominator == 1:
        # A whole number is a decimal with too few digits, not a fraction that is as long as one likes.
        wanted = decimal_notations(answer.value, answer.tolerance)
        found = list(wanted)
    if answer.percent == "accept":
        places = accepted_places(answer.value, answer.tolerance)
        if places is not None:
            hundred = fixed(answer.value * 100, max(places - 2, 0))
            found += [f"{hundred}%", f"{hundred} %"]
        else:
            found.append(f"({ratio(answer.value * 100)})%")
    if answer.unit:
        found.append(f"{found[0]} {answer.unit}")
    return _unique(found)


@key_text.register
def _(answer: FractionAnswer) -> str:
    return ratio(answer.value)


@key_latex.register
def _(answer: FractionAnswer) -> str:
    return ratio_latex(answer.value)


@notations.register
def _(answer: FractionAnswer) -> tuple[ResponseValue, ...]:
    if not answer.lowest_terms:
        return _unique(number_notations(answer.value, _EXACT))
    plain = ratio(answer.value)
    found = [plain, f" {plain} ", plain.replace("/", " / "), f"p = {plain}", ratio_latex(answer.value)]
    if plain in VULGAR_OF:
        found.append(VULGAR_OF[plain])
    return _unique(found)


@key_text.register
def _(answer: TextAnswer) -> str:
    return answer.value


@notations.register
def _(answer: TextAnswer) -> tuple[ResponseValue, ...]:
    return _unique([answer.value, f"  {answer.value} ", answer.value.upper()])


@key_text.register(ExpressionAnswer)
@key_text.register(EquationAnswer)
@key_text.register(IntervalAnswer)
def _(answer: ExpressionAnswer | EquationAnswer | IntervalAnswer) -> str:
    return to_plain(key_node(answer))


@key_latex.register(ExpressionAnswer)
@key_latex.register(EquationAnswer)
@key_latex.register(IntervalAnswer)
def _(answer: ExpressionAnswer | EquationAnswer | IntervalAnswer) -> str:
    return to_latex(key_node(answer))


@notations.register(ExpressionAnswer)
@notations.register(EquationAnswer)
@notations.register(IntervalAnswer)
def _(answer: ExpressionAnswer | EquationAnswer | IntervalAnswer) -> tuple[ResponseValue, ...]:
    key = key_node(answer)
    found = [answer.value, f" {to_plain(key)} ", to_plain(key).replace("^", "**"), to_latex(key)]
    return _unique(found)


@key_text.register
def _(answer: FactorisationAnswer) -> str:
    return ", ".join(_named(answer, "; "))


def _named(answer: FactorisationAnswer, between: str) -> list[str]:
    """Write each factor with its name; ``between`` stands between the rows."""
    names = factor_names(answer)
    rows = [[f"{_joined(row, answer.tolerance)}" for row in factor] for factor in answer.factors]
    return [f"{name} = [{between.join(lines)}]" for name, lines in zip(names, rows, strict=True)]


@key_latex.register
def _(answer: FactorisationAnswer) -> str:
    names = factor_names(answer)
    written = (
        latex_matrix([[shown(v, answer.tolerance, ratio_latex) for v in row] for row in factor])
        for factor in answer.factors
    )
    return LATEX_COMMA.join(f"{name} = {text}" for name, text in zip(names, written, strict=True))


@notations.register
def _(answer: FactorisationAnswer) -> tuple[ResponseValue, ...]:
    factors = [[[_written(v, answer.tolerance) for v in row] for row in factor] for factor in answer.factors]
    nested = ["[" + ", ".join(f"[{', '.join(row)}]" for row in factor) + "]" for factor in factors]
    names = ("A", "B", "C")
    return _unique(
        [
            ", ".join(nested),
            "; ".join(nested),
            ", ".join(f"{name} = {text}" for name, text in zip(names, nested, strict=False)),
            ", ".join("[" + "; ".join(", ".join(row) for row in factor) + "]" for factor in factors),
        ]
    )


@key_text.register
def _(answer: VectorAnswer) -> str:
    return f"[{_joined(answer.values, answer.tolerance)}]"


@key_latex.register
def _(answer: VectorAnswer) -> str:
    cells = (shown(value, answer.tolerance, ratio_latex) for value in answer.values)
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
    return latex_matrix([[shown(v, answer.tolerance, ratio_latex) for v in row] for row in answer.rows])


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
    cells = (shown(value, answer.tolerance, ratio_latex) for value in sorted(answer.values))
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


@key_text.register
def _(answer: ConfigAnswer) -> str:
    return answer.sound


@notations.register
def _(answer: ConfigAnswer) -> tuple[ResponseValue, ...]:
    return _unique([answer.sound, answer.sound.rstrip() + "\n\n", *answer.also_good])


def _written(value: Fraction, tolerance: Tolerance) -> str:
    """Write one cell in a way that its tolerance accepts."""
    places = accepted_places(value, tolerance)
    exact = decimal_places(value)
    if places is None or (tolerance.kind in ("exact", "near", "metric") and exact is None):
        return ratio(value)
    return fixed(value, places)


def _cell_text(cell: CellAnswer) -> str:
    first = notations(cell)[0]
    return first if isinstance(first, str) else ""


def _joined(values: Sequence[Fraction], tolerance: Tolerance) -> str:
    return ", ".join(shown(value, tolerance, ratio) for value in values)


def _option_text(options: Sequence[Option], ids: Sequence[str]) -> str:
    texts = {option.id: option.text for option in options}
    return "; ".join(texts[found] for found in ids)


def _unique(found: Iterator[str] | Sequence[ResponseValue]) -> tuple[ResponseValue, ...]:
    return tuple(dict.fromkeys(found))
