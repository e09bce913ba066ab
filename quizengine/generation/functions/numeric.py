"""Second routes for oracles: finite differences, NumPy's factorisations, other special functions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy
import sympy

from quizengine.errors import ExpressionError
from quizengine.generation.values import exact, plain, symbolic

#: With so many digits a step of 10^-12 leaves about 20 good ones in a second difference.
_DIGITS = 60
_STEP = sympy.Rational(1, 10**12)


def _floats(value: Any) -> Any:
    rows = plain(value)
    return np.array([[float(exact(item)) for item in row] for row in rows])


def _rounded(values: Any) -> list[Any]:
    # Adding 0.0 turns a negative zero into a plain one.
    return list(plain(np.round(values, 9) + 0.0))


def _value(expression: Any, place: dict[Any, Any]) -> Any:
    return sympy.N(symbolic(expression).subs(place), _DIGITS)


def _place(variables: Any, point: Any) -> dict[Any, Any]:
    return dict(zip(map(symbolic, variables), (symbolic(item) for item in point), strict=True))


def _slope(expression: Any, place: dict[Any, Any], variable: Any) -> Any:
    ahead, behind = ({**place, variable: place[variable] + step} for step in (_STEP, -_STEP))
    return (_value(expression, ahead) - _value(expression, behind)) / (2 * _STEP)


def numeric_derivative(expression: Any, variable: Any, point: Any) -> float:
    """Derivative at a point by a central difference: a second route for oracles.

    >>> numeric_derivative(sympy.Symbol("x") ** 3, sympy.Symbol("x"), 2)
    12.0
    """
    return round(float(_slope(expression, _place([variable], [point]), variable)), 12)


def numeric_gradient(expression: Any, variables: Any, point: Any) -> list[float]:
    """Gradient at a point by central differences: a second route for oracles.

    >>> x, y = sympy.symbols("x y")
    >>> numeric_gradient(x * y, [x, y], [2, 5])
    [5.0, 2.0]
    """
    place = _place(variables, point)
    return [round(float(_slope(expression, place, variable)), 12) for variable in variables]


def numeric_jacobian(expressions: Any, variables: Any, point: Any) -> list[list[float]]:
    """Jacobian matrix at a point, a row for each expression: a second route for oracles.

    >>> x, y = sympy.symbols("x y")
    >>> numeric_jacobian([x * y, x + y], [x, y], [2, 5])
    [[5.0, 2.0], [1.0, 1.0]]
    """
    return [numeric_gradient(expression, variables, point) for expression in expressions]


def numeric_hessian(expression: Any, variables: Any, point: Any) -> list[list[float]]:
    """Second derivatives at a point by differences of differences: a second route for oracles.

    >>> x, y = sympy.symbols("x y")
    >>> numeric_hessian(x**2 + 3 * x * y, [x, y], [1, 1])
    [[2.0, 3.0], [3.0, 0.0]]
    """
    place = _place(variables, point)

    def second(one: Any, other: Any) -> float:
        ahead, behind = ({**place, other: place[other] + step} for step in (_STEP, -_STEP))
        gap = _slope(expression, ahead, one) - _slope(expression, behind, one)
        return round(float(gap / (2 * _STEP)), 9)

    return [[second(one, other) for other in variables] for one in variables]


def numeric_singular_values(value: Any) -> list[float]:
    """Singular values by NumPy, the greatest first: a second route for oracles.

    >>> numeric_singular_values([[3, 0], [0, 4]])
    [4.0, 3.0]
    """
    return _rounded(np.linalg.svd(_floats(value), compute_uv=False))


def numeric_cholesky(value: Any) -> list[list[float]]:
    """Lower Cholesky factor by NumPy: a second route for oracles.

    >>> numeric_cholesky([[4, 2], [2, 2]])
    [[2.0, 0.0], [1.0, 1.0]]
    """
    return _rounded(np.linalg.cholesky(_floats(value)))


def numeric_qr_r(value: Any) -> list[list[float]]:
    """Upper factor R of A = QR by NumPy, with a positive diagonal: a second route for oracles.

    >>> numeric_qr_r([[3, 1], [4, 2]])
    [[5.0, 2.2], [0.0, 0.4]]
    """
    upper = np.linalg.qr(_floats(value), mode="r")
    return _rounded(np.sign(np.diag(upper))[:, None] * upper)


def numeric_eigenvector(value: Any, eigenvalue: Any) -> list[float]:
    """Eigenvector for a simple eigenvalue, its last component made 1: a second route for oracles.

    >>> numeric_eigenvector([[2, 1], [1, 2]], 3)
    [1.0, 1.0]
    """
    square = _floats(value)
    shifted = square - float(exact(eigenvalue)) * np.eye(len(square))
    vector = np.linalg.svd(shifted)[2][-1]
    if abs(vector[-1]) < 1e-9:
        raise ExpressionError("the last component of this eigenvector is 0")
    return _rounded(vector / vector[-1])


def numeric_steady_state(transition: Any) -> list[float]:
    """Long-run shares of a Markov chain, by many steps from an even start: a second route for oracles.

    >>> numeric_steady_state([[0.5, 0.5], [0.25, 0.75]])
    [0.333333333, 0.666666667]
    """
    steps = np.linalg.matrix_power(_floats(transition), 1024)
    return _rounded(np.full(len(steps), 1 / len(steps)) @ steps)


def numeric_normal_cdf(x: Any, mean: Any = 0, sd: Any = 1) -> float:
    """Normal distribution function through the error function of C: a second route for oracles.

    >>> round(numeric_normal_cdf(1), 6)
    0.841345
    """
    distance = (float(exact(x)) - float(exact(mean))) / float(exact(sd))
    return math.erfc(-distance / math.sqrt(2)) / 2


def numeric_poisson_tail(rate: Any, k: int) -> float:
    """Chance of more than ``k`` events, as an incomplete gamma function: a second route for oracles.

    >>> round(numeric_poisson_tail(2, 1), 6)
    0.593994
    """
    return float(scipy.special.gammainc(k + 1, float(exact(rate))))


def numeric_quantile(values: Any, share: Any) -> float:
    """Quantile by NumPy's default rule: a second route for oracles.

    >>> numeric_quantile([1, 2, 3, 4], 0.5)
    2.5
    """
    return float(np.quantile([float(exact(value)) for value in plain(values)], float(exact(share))))


def numeric_correlation(one: Any, other: Any) -> float:
    """Correlation by NumPy: a second route for oracles.

    >>> round(numeric_correlation([1, 2, 3], [2, 4, 6]), 9)
    1.0
    """
    return float(np.corrcoef([[float(exact(item)) for item in plain(line)] for line in (one, other)])[0, 1])


def numeric_integral(expression: Any, variable: Any, low: Any, high: Any) -> float:
    """Integral by Gauss and Legendre's rule with 40 nodes: a second route for oracles.

    >>> numeric_integral(sympy.Symbol("x") ** 2, sympy.Symbol("x"), 0, 3)
    9.0
    """
    nodes, weights = np.polynomial.legendre.leggauss(40)
    half, middle = (float(exact(high)) - float(exact(low))) / 2, (float(exact(high)) + float(exact(low))) / 2
    formula = symbolic(expression)
    heights = [float(formula.subs(variable, middle + half * node)) for node in nodes]
    return round(float(half * np.dot(weights, heights)), 9)


def fitted(basis: Any, variable: Any, values: Any) -> Any:
    """Combination of the basis that takes the values at 1, 2, 3, ...: a second route to closed forms.

    More values than members of the basis are a check: the fit has to go through all of them.

    >>> n = sympy.Symbol("n")
    >>> fitted([1, n, n**2], n, [0, 1, 3, 6])
    n**2/2 - n/2

    Raises
    ------
    ExpressionError
        If no combination goes through all values, or several do.
    """
    terms, heights = [symbolic(term) for term in basis], [symbolic(value) for value in values]
    places = [{symbolic(variable): place} for place in range(1, len(heights) + 1)]
    table = sympy.Matrix([[term.subs(place) for term in terms] for place in places])
    try:
        weights, free = table.gauss_jordan_solve(sympy.Matrix(heights))
    except ValueError as error:
        raise ExpressionError("no combination of the basis goes through all values") from error
    if free:
        raise ExpressionError("fitted needs at least as many values as members of the basis")
    return plain(sum(weight * term for weight, term in zip(weights, terms, strict=True)))
