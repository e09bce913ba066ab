"""Expressions, equations and sets of real numbers: how they are read, and how they are compared."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from quizengine.errors import UnreadableResponseError
from quizengine.grading.equal import Evidence, Relation, equal
from quizengine.grading.forms import FORM_HINTS, has_form
from quizengine.grading.judgement import Judgement
from quizengine.grading.parse import parse
from quizengine.grading.relations import same_relations
from quizengine.grading.residues import constant, names_in, walk
from quizengine.grading.solutions import infinite, same_set
from quizengine.grading.tokens import Layout
from quizengine.grading.tree import Node
from quizengine.grading.typed import formula_kind
from quizengine.grading.values import evaluate
from quizengine.model.answers import (
    EquationAnswer,
    ExpressionAnswer,
    ExpressionUpTo,
    IntervalAnswer,
)
from quizengine.model.grade import Decimal

FORM_CREDIT = 0.5
ENDS_CREDIT = 0.5
MOST_WHILE_INCOMPLETE = 0.8
#: Longer sets are compared in the order typed alone.
MAX_SET = 12
EXACTLY = "Give it exactly, with fractions and roots; this is a rounded decimal."
ENDS = "Nearly: look again at which end points belong to it."

FormulaAnswer = ExpressionAnswer | EquationAnswer | IntervalAnswer
#: What an antiderivative may end with, where no variable bears that name.
_ANY_CONSTANT = frozenset({"C", "c"})
_LAYOUTS: dict[str, Layout] = {"scalar": "scalar", "list": "list", "matrix": "matrix", "set": "list"}
_SETS = ("interval", "union", "cap", "or", "and", "not", "relation", "list")
_CONDITIONS = ("relation", "and", "or", "not")
_NO_ENTRY = ("list", "rows", "interval", "relation", "and", "or", "not", "union", "cap")
_RELATIONS: dict[ExpressionUpTo, Relation] = {
    "": "same",
    "scale": "multiple",
    "constant": "shifted",
    "sign": "same",
}


@lru_cache(maxsize=512)
def key_node(answer: FormulaAnswer) -> Node:
    """Return the tree of the key.

    Raises
    ------
    UnreadableResponseError
        If the key itself cannot be read as its type asks.
    """
    if isinstance(answer, IntervalAnswer):
        return parse(answer.value, layout="interval", variables=frozenset({answer.variable}))
    # The imaginary unit is known in the key; in a response only if the key has it or there is no variable.
    variables = frozenset(answer.variables) | {"i"}
    if isinstance(answer, EquationAnswer):
        return parse(answer.value, variables=variables)
    node = parse(answer.value, layout=_LAYOUTS[answer.layout], variables=variables)
    return _unwrapped(node)


def _unwrapped(node: Node) -> Node:
    """Drop a list that only holds one list."""
    while node.kind == "list" and len(node.parts) == 1 and node.parts[0].kind in ("list", "rows"):
        node = node.parts[0]
    return node


# Reading


def read_formula(answer: FormulaAnswer, text: str, decimal: Decimal) -> Node:
    """Read what was typed for an expression, an equation or a set of numbers; the key is not compared.

    Raises
    ------
    UnreadableResponseError
        If it cannot be read, or is of another kind than is asked.
    """
    match answer:
        case IntervalAnswer():
            return _checked_set(
                parse(text, layout="interval", decimal=decimal, variables=frozenset({answer.variable}))
            )
        case EquationAnswer():
            known = frozenset(answer.variables) | (names_in(key_node(answer)) & {"i"})
            return _checked_equation(parse(text, decimal=decimal, variables=known), answer)
    key = key_node(answer)
    node = parse(text, layout=_LAYOUTS[answer.layout], decimal=decimal, variables=_names_known(answer, key))
    if answer.layout != "scalar":
        return _checked_list(_unwrapped(node), answer)
    if key.kind in _CONDITIONS:
        return _checked_equation(node, EquationAnswer(value=answer.value, variables=answer.variables))
    if infinite(key) and infinite(node):
        return node
    return _checked_expression(node, real="i" not in names_in(key))


def _names_known(answer: ExpressionAnswer, key: Node) -> frozenset[str]:
    known = frozenset(answer.variables)
    if answer.up_to == "constant":
        known |= _ANY_CONSTANT
    return known | ({"i"} if not answer.variables else names_in(key) & {"i"})


def _checked_expression(node: Node, *, real: bool = True) -> Node:
    if node.kind == "relation" and node.value == "=" and node.parts[0].kind == "name":
        name, right = node.parts
        if name.value not in names_in(right):
            return right  # x = 5: the value of x
    if node.kind in ("relation", "and", "or", "not", "list", "rows", "interval", "union", "cap"):
        raise UnreadableResponseError(
            f"An expression is wanted here, and this is {formula_kind(node)}.", node.start, node.end
        )
    _refuse_no_value(node, real=real)
    return node


def _refuse_no_value(node: Node, *, real: bool = True) -> None:
    """Refuse what has no value whatever the names stand for: a quotient by 0, infinity, a huge number."""
    if real and not names_in(node) - {"pi", "e", "oo"}:
        evaluate(node)
        return
    for found in walk(node):
        if found.kind == "over" and constant(found.parts[0]) == 0:
            raise UnreadableResponseError("A quotient by 0 has no value.", found.start, found.end)
        if found.kind == "name" and found.value == "oo":
            raise UnreadableResponseError("Infinity is not a value here.", found.start, found.end)
        if real and found.kind in ("call", "power") and not names_in(found):
            evaluate(found)


def _checked_list(node: Node, answer: ExpressionAnswer) -> Node:
    if node.kind not in ("list", "rows") or (answer.layout == "matrix" and _cells(node) is None):
        wanted = {"list": "A vector", "matrix": "A matrix", "set": "A set"}[answer.layout]
        raise UnreadableResponseError(
            f"{wanted} is wanted here, and this is {formula_kind(node)}.", node.start, node.end
        )
    for entry in _flat(node):
        for found in walk(entry):
            if found.kind in _NO_ENTRY:
                raise UnreadableResponseError(
                    f"Each entry is one expression, and this is {formula_kind(found)}; "
                    "write a common factor with a star, like 2*[1, 3].",
                    found.start,
                    found.end,
                )
        _refuse_no_value(entry)
    return node


def _checked_equation(node: Node, answer: EquationAnswer) -> Node:
    if node.kind in _CONDITIONS:
        _check_relations(node)
        return node
    left = _solved_name(key_node(answer))
    if left is None or node.kind in _SETS:
        raise UnreadableResponseError(
            f"An equation is wanted here, and this is {formula_kind(node)}.", node.start, node.end
        )
    return Node("relation", "=", (left, node), node.start, node.end)


def _check_relations(node: Node) -> None:
    if node.kind == "relation":
        for side in node.parts:
            _refuse_no_value(side)
        return
    for part in node.parts:
        if part.kind not in _CONDITIONS:
            raise UnreadableResponseError(
                f"An equation is wanted here, and this is {formula_kind(part)}.", part.start, part.end
            )
        _check_relations(part)


def _solved_name(key: Node) -> Node | None:
    """Return the y of ``y = 2x + 1``: whoever types the right side alone means that equation."""
    if key.kind == "relation" and key.value == "=" and key.parts[0].kind == "name":
        return key.parts[0]
    return None


def _checked_set(node: Node) -> Node:
    if node.kind not in _SETS:
        raise UnreadableResponseError(
            "An interval or an inequality is wanted here, like (0, 1] or x > 2.", node.start, node.end
        )
    _check_members(node)
    return node


def _check_members(node: Node) -> None:
    """Refuse a set whose ends or members are no numbers: ``(0, x)``, ``1 or sqrt(x)``."""
    match node.kind:
        case "and" | "or" | "not" | "union" | "cap":
            for part in node.parts:
                _check_members(part)
        case "interval":
            if infinite(node.parts[0]) == infinite(node.parts[1]) != 0:
                raise UnreadableResponseError("The ends of this interval are the same.", node.start, node.end)
            for end in node.parts:
                if not infinite(end):
                    evaluate(end)
        case "list":
            for member in node.parts:
                evaluate(member)
        case "relation":
            for side in node.parts:
                if not infinite(side):
                    _refuse_no_value(side)
        case _:
            evaluate(node)


# Comparing


def compare_formula(answer: FormulaAnswer, node: Node) -> Judgement:
    """Judge an expression, an equation or a set against its key."""
    key = key_node(answer)
    match answer:
        case IntervalAnswer():
            return _compare_sets(key, node, answer.variable)
        case EquationAnswer():
            return _compare_equations(key, node, answer.variables)
    if answer.layout != "scalar":
        return _compare_lists(answer, key, node)
    if key.kind in _CONDITIONS:
        return _compare_equations(key, node, answer.variables)
    if infinite(key):
        return Judgement(1.0 if infinite(node) == infinite(key) else 0.0, "exact")
    if answer.up_to == "constant":
        node = _with_fixed_constant(node, frozenset(answer.variables))
    evidence = _compared(answer, key, node)
    if not evidence.equal:
        return _judged(evidence, hint=EXACTLY if _is_rounded(key, node) else "")
    if not has_form(node, answer.form):
        return Judgement(FORM_CREDIT, f"form:{answer.form}", FORM_HINTS[answer.form])
    return _judged(evidence)


def _with_fixed_constant(node: Node, variables: frozenset[str]) -> Node:
    """Put a number in place of the C that an antiderivative ends with: any constant will do."""
    if node.kind == "name" and node.value in _ANY_CONSTANT - variables:
        return node._replace(kind="number", value="0.7")
    return node._replace(parts=tuple(_with_fixed_constant(part, variables) for part in node.parts))


def _judged(evidence: Evidence, hint: str = "") -> Judgement:
    if evidence.equal is None:
        return Judgement(0.0, evidence.rule, decided=False)
    return Judgement(1.0 if evidence.equal else 0.0, evidence.rule, "" if evidence.equal else hint)


def _compared(answer: ExpressionAnswer, key: Node, node: Node) -> Evidence:
    evidence = _related(answer, key, node, _RELATIONS[answer.up_to])
    if answer.up_to == "sign" and evidence.equal is False:
        return _related(answer, key, node, "negated")
    return evidence


def _related(answer: ExpressionAnswer, key: Node, node: Node, relation: Relation) -> Evidence:
    return equal(
        key,
        node,
        variables=answer.variables,
        domain=answer.domain,
        tolerance=answer.tolerance,
        relation=relation,
    )


def is_related(answer: ExpressionAnswer, node: Node, relation: Relation) -> bool:
    """Whether ``node`` is the key but for its sign, or for a constant factor."""
    if answer.layout != "scalar" or key_node(answer).kind in _CONDITIONS:
        return False
    return _related(answer, key_node(answer), node, relation).equal is True


def _is_rounded(key: Node, node: Node) -> bool:
    """Whether a number was typed that is the key rounded."""
    if names_in(key) - {"pi", "e"} or names_in(node):
        return False
    try:
        exact, typed = evaluate(key).number, evaluate(node).number
    except UnreadableResponseError:
        return False
    return abs(typed - exact) * 200 <= abs(exact)


def _compare_equations(key: Node, node: Node, variables: Sequence[str]) -> Judgement:
    if len(variables) == 1 and "i" not in names_in(key) | names_in(node):
        match = same_set(key, node, variables[0])
        if match is not None:
            return Judgement(1.0 if match == "same" else 0.0, "solutions")
    return _judged(same_relations(key, node, variables))


def _compare_sets(key: Node, node: Node, variable: str) -> Judgement:
    match same_set(key, node, variable):
        case "same":
            return Judgement(1.0, "set")
        case "ends" if not _is_finite(key) and not _is_finite(node):
            return Judgement(ENDS_CREDIT, "set:ends", ENDS)
        case None:
            return Judgement(0.0, "set", decided=False)
    return Judgement(0.0, "set")


def _is_finite(node: Node) -> bool:
    return node.kind == "list" or (node.kind == "relation" and node.value == "=")


# Lists, matrices and sets of expressions


def _cells(node: Node) -> list[tuple[Node, ...]] | None:
    """Return the rows of a matrix; None for a plain list."""
    if node.kind == "rows":
        return [row.parts for row in node.parts]
    if node.parts and all(part.kind == "list" for part in node.parts):
        return [part.parts for part in node.parts]
    return None


def _flat(node: Node) -> tuple[Node, ...]:
    rows = _cells(node)
    return node.parts if rows is None else tuple(cell for row in rows for cell in row)


def _compare_lists(answer: ExpressionAnswer, key: Node, node: Node) -> Judgement:
    if answer.layout == "set":
        return _compare_as_sets(answer, _flat(key), _flat(node))
    if answer.layout == "matrix":
        shapes = [[len(row) for row in _cells(one) or [one.parts]] for one in (key, node)]
        if shapes[0] != shapes[1]:
            return Judgement(0.0, "shape")
    ours, theirs = _flat(key), _flat(node)
    if len(ours) != len(theirs):
        return Judgement(0.0, "shape")
    return _share([_compared(answer, one, two) for one, two in zip(ours, theirs, strict=True)])


def _share(found: Sequence[Evidence]) -> Judgement:
    """Return the share of cells that are right; what is undecided leaves the whole so."""
    right = sum(one.equal is True for one in found)
    if right == len(found):
        return Judgement(1.0, "cells")
    if any(one.equal is None for one in found):
        return Judgement(0.0, "cells", decided=False)
    return Judgement(min(MOST_WHILE_INCOMPLETE, right / len(found)), "cells")


def _compare_as_sets(answer: ExpressionAnswer, ours: Sequence[Node], theirs: Sequence[Node]) -> Judgement:
    if len(ours) > MAX_SET or len(theirs) > MAX_SET:
        return Judgement(0.0, "set", decided=False)
    table = [[_compared(answer, one, two).equal for two in theirs] for one in ours]
    if any(found is None for row in table for found in row):
        return Judgement(0.0, "set", decided=False)
    right = sum(any(row) for row in table)
    strangers = sum(not any(row[j] for row in table) for j in range(len(theirs)))
    if right == len(ours) and not strangers:
        return Judgement(1.0, "set")
    score = (right - strangers) / max(1, len(ours))
    return Judgement(min(MOST_WHILE_INCOMPLETE, max(0.0, score)), "set")
