"""The names an answer may hold besides declared variables: functions, constants, words."""

from __future__ import annotations

from collections.abc import Mapping

#: Number of arguments of each function, by the one name the tree uses.
ARITY: Mapping[str, int] = {
    **dict.fromkeys(
        (
            "sqrt",
            "cbrt",
            "abs",
            "exp",
            "ln",
            "log10",
            "log2",
            "sin",
            "cos",
            "tan",
            "cot",
            "sec",
            "csc",
            "asin",
            "acos",
            "atan",
            "sinh",
            "cosh",
            "tanh",
            "coth",
            "sech",
            "csch",
            "asinh",
            "acosh",
            "atanh",
            "floor",
            "ceil",
            "factorial",
            "sign",
        ),
        1,
    ),
    "binomial": 2,
    "root": 2,
    "logbase": 2,
    "max": 2,
    "min": 2,
}
_SPELLINGS: Mapping[str, str] = {
    **{name: name for name in ARITY},
    "log": "ln",
    "lg": "log10",
    "ld": "log2",
    "log_2": "log2",
    "log_10": "log10",
    "ceiling": "ceil",
    "sgn": "sign",
    "tg": "tan",
    "ctg": "cot",
    "cotan": "cot",
    "cosec": "csc",
    "cosech": "csch",
    "arctg": "atan",
    "nCr": "binomial",
    "ncr": "binomial",
    "binom": "binomial",
    "choose": "binomial",
    **{f"arc{name}": f"a{name}" for name in ("sin", "cos", "tan")},
    **{f"ar{name}": f"a{name}" for name in ("sinh", "cosh", "tanh")},
}
#: Functions whose bare argument is the next factor alone: ``sqrt2/2`` is (sqrt 2)/2.
ROOTS = frozenset({"sqrt", "cbrt"})
#: Functions with a power before the argument: ``sin^2 x`` is (sin x)^2.
POWERED = frozenset(
    {
        "sin",
        "cos",
        "tan",
        "cot",
        "sec",
        "csc",
        "sinh",
        "cosh",
        "tanh",
        "coth",
        "sech",
        "csch",
        "ln",
        "log10",
        "asin",
        "acos",
        "atan",
        "asinh",
        "acosh",
        "atanh",
        "log2",
    }
)
CONSTANTS: Mapping[str, str] = {"pi": "pi", "Pi": "pi", "PI": "pi", "e": "e", "E": "e"}
INFINITY = frozenset({"oo", "inf", "infty", "infinity", "Infinity", "Inf", "INF", "∞"})
WORDS: Mapping[str, str] = {"or": "or", "OR": "or", "and": "and", "AND": "and", "not": "not", "in": "in"}
#: What a copied NumPy, PyTorch, TensorFlow, SymPy or R array begins with.
ARRAY_PREFIXES = (
    *("np.array", "np.matrix", "numpy.array", "numpy.matrix", "jnp.array", "torch.tensor", "tf.constant"),
    *("sp.Matrix", "sympy.Matrix", "tensor", "array", "Matrix", "matrix", "c"),
)


def function_named(word: str) -> str | None:
    """Return the tree's name of the function ``word``, also as phones capitalise it; ``log_3`` has any base.

    >>> function_named("Sin"), function_named("arcsin"), function_named("sine")
    ('sin', 'asin', None)
    """
    known = _SPELLINGS.get(word)
    if known is None and word.startswith("log_"):
        return "logbase"
    if known is None and len(word) > 1 and (word.istitle() or word.isupper()):
        known = _SPELLINGS.get(word.lower())
    return known


def known_words() -> list[str]:
    """Return every spelling that can be typed, to offer the nearest."""
    return [*_SPELLINGS, *CONSTANTS]


def is_product(word: str, variables: frozenset[str]) -> bool:
    """Whether a word is a declared variable, or several of one letter: ``xy`` is x times y, ``xe`` x times e.

    >>> [is_product(word, frozenset("xy")) for word in ("xy", "ye", "xx", "xz")]
    [True, True, False, False]
    """
    letters = set(word)
    spelled = len(letters) == len(word) and letters - {"e"} <= variables
    return word in variables or (spelled and letters != {"e"})
