"""Expressions and texts of a bank: Jinja in a sandbox that a stranger's bank cannot leave.

Only the function library can be called; values have no attributes but an allow-list; powers,
lists, texts and the number of steps are bounded. ``/`` is exact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from fractions import Fraction
from functools import cached_property, lru_cache
from types import NoneType
from typing import Any

import jinja2
import sympy
from jinja2 import meta, nodes
from jinja2.parser import Parser
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from quizengine.errors import ExpressionError, nearest_hint
from quizengine.generation import values
from quizengine.generation.functions import LIBRARY
from quizengine.generation.python_alike import names_in, names_in_text
from quizengine.generation.values import MAX_BITS, MAX_ITEMS, MAX_TEXT, check_size, plain, symbolic

MAX_SOURCE = 20_000
MAX_STEPS = 20_000
MAX_NESTED_LOOPS = 3
#: Levels of a tree. Far below where Python cannot compile it: what was read can be compiled as well.
MAX_DEPTH = 60
TOO_DEEP = "is nested too deeply"
#: A source is read once and compiled once, however often its file is looked at.
COMPILED = 32_768
MAX_MATRIX_POWER = 32
MAX_SYMBOLIC_MATRIX_POWER = 4

#: The only attributes that an expression may read, by the type of the value.
ATTRIBUTES: Mapping[type, frozenset[str]] = {sympy.MatrixBase: frozenset({"T"})}
FILTERS: Mapping[str, Callable[..., Any]] = {
    "tex": values.tex,
    "dec": values.dec,
    "about": values.about,
    "fixed": values.fixed,
    "show": values.show,
    "columns": values.columns,
    "yesno": values.yesno,
    "join": lambda items, by=", ": check_size(str(by).join(values.show(item) for item in items)),
    "length": lambda items: len(plain(items)),
    "sort": lambda items: sorted(plain(items)),
    "upper": lambda text: str(text).upper(),
    "lower": lambda text: str(text).lower(),
    "trim": lambda text: str(text).strip(),
    "last": lambda items: plain(items)[-1],
    "first": lambda items: plain(items)[0],
}
#: What an expression may give: never a function or an object of the template engine.
VALUE_TYPES = (int, Fraction, float, str, list, tuple, dict, NoneType, sympy.Basic, sympy.MatrixBase)
TESTS = ("even", "odd", "divisibleby", "defined", "none", "string", "number")
FORBIDDEN_NODES: tuple[type[nodes.Node], ...] = (
    nodes.Macro,
    nodes.CallBlock,
    nodes.Import,
    nodes.FromImport,
    nodes.Include,
    nodes.Extends,
    nodes.Block,
    nodes.FilterBlock,
    nodes.AssignBlock,
    nodes.With,
)
#: What these give a name comes from inside a text.
NAMING_NODES: tuple[type[nodes.Node], ...] = (nodes.For, nodes.Assign)

#: What Jinja and Python raise for brackets or blocks that nest beyond their own limits.
_TOO_DEEP = (RecursionError, SyntaxError, MemoryError)

_steps: ContextVar[list[int]] = ContextVar("steps")


def _tick(count: int = 1) -> None:
    left = _steps.get(None)
    if left is None:
        return
    left[0] -= count
    if left[0] < 0:
        raise ExpressionError(f"more than {MAX_STEPS} steps: is a loop too long?")


def _counted(items: Any) -> Iterator[Any]:
    for item in plain(check_size(items)):
        _tick()
        yield item


def _shown(value: Any) -> str:
    """Write a value where a text has it; the size comes first, since a nested list is quickly endless."""
    return value if isinstance(value, str) else values.show(check_size(value))


def _joined(parts: Iterable[str]) -> str:
    """Join what a text is made of, as long as it stays a text of bearable length."""
    found, left = list[str](), MAX_TEXT
    for part in parts:
        left -= len(part)
        if left < 0:
            raise ExpressionError(f"a text grew beyond {MAX_TEXT} characters")
        found.append(part)
    return "".join(found)


def _power(base: Any, exponent: Any) -> Any:
    exponent = plain(exponent)
    if isinstance(base, sympy.MatrixBase):
        most = MAX_MATRIX_POWER if all(item.is_Rational for item in base) else MAX_SYMBOLIC_MATRIX_POWER
        if not (isinstance(exponent, int) and -1 <= exponent <= most):
            raise ExpressionError(f"such a matrix has whole powers from -1 to {most}")
        return LIBRARY["inverse"](base) if exponent == -1 else base**exponent
    base = plain(base)
    if isinstance(base, int | Fraction) and isinstance(exponent, int):
        size = max(abs(Fraction(base).numerator).bit_length(), Fraction(base).denominator.bit_length())
        if size * abs(exponent) > MAX_BITS:
            raise ExpressionError(f"a power grows beyond {MAX_BITS} bits")
        if exponent < 0 and base == 0:
            raise ExpressionError("0 has no negative power")
        return Fraction(base) ** exponent
    if isinstance(base, float) or isinstance(exponent, float):
        return float(base) ** float(exponent)
    if isinstance(exponent, int) and abs(exponent) > 1_000:
        raise ExpressionError("an exponent of a symbolic power is at most 1000")
    return symbolic(base) ** symbolic(exponent)


def _divide(left: Any, right: Any) -> Any:
    left, right = plain(left), plain(right)
    if isinstance(left, int | Fraction) and isinstance(right, int | Fraction):
        if right == 0:
            raise ExpressionError("division by 0")
        return Fraction(left) / right
    return left / right


def _add(left: Any, right: Any) -> Any:
    if isinstance(left, str) != isinstance(right, str):
        raise ExpressionError("+ joins two texts or two numbers; join a text and a number with ~")
    return left + right


def _multiply(left: Any, right: Any) -> Any:
    if isinstance(left, str | list | tuple) or isinstance(right, str | list | tuple):
        raise ExpressionError("* is for numbers and matrices; repeat a list with repeat(item, n)")
    return left * right


def _remainder(left: Any, right: Any) -> Any:
    if isinstance(left, str):
        raise ExpressionError("% is for numbers; write texts with ~")
    if plain(right) == 0:
        raise ExpressionError("remainder by 0")
    return left % right


def _whole(left: Any, right: Any) -> Any:
    if plain(right) == 0:
        raise ExpressionError("division by 0")
    return left // right


_OPERATORS: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": _add,
    "-": lambda left, right: left - right,
    "*": _multiply,
    "/": _divide,
    "//": _whole,
    "%": _remainder,
    "**": _power,
}


class BankEnvironment(ImmutableSandboxedEnvironment):
    """Jinja that knows the function library and nothing else."""

    intercepted_binops = frozenset(_OPERATORS)
    concat = staticmethod(_joined)

    def make_globals(self, d: Any) -> Any:
        """Return the library itself: Jinja's chain of maps would be copied, slowly, at every evaluation."""
        return self.globals

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Compute exactly, within the limits."""
        _tick()
        result = _OPERATORS[operator](left, right)
        return check_size(plain(result) if isinstance(result, Fraction) else result)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Allow the listed attributes alone."""
        return any(isinstance(obj, kind) and attr in names for kind, names in ATTRIBUTES.items())

    def is_safe_callable(self, obj: Any) -> bool:
        """Allow the function library alone."""
        return getattr(obj, "__name__", "") in LIBRARY and LIBRARY[obj.__name__] is obj

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805 (Jinja's own signature)
        """Call a function of the library and check what it gives."""
        _tick()
        for value in (*args, *kwargs.values()):
            check_size(value)
        if not __self.is_safe_callable(__obj):
            raise ExpressionError("only the functions of the library can be called")
        return check_size(__context.call(__obj, *args, **kwargs))  # drops Jinja's own loop arguments


def _sized(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a filter that looks at the size of what it is given before it works on it."""

    def guarded(value: Any, *args: Any, **kwargs: Any) -> Any:
        return check_size(function(check_size(value), *args, **kwargs))

    return guarded


def _make_environment() -> BankEnvironment:
    environment = BankEnvironment(
        undefined=jinja2.StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
    )
    tests = {name: environment.tests[name] for name in TESTS}
    operators = {name: test for name, test in environment.tests.items() if not name.isidentifier()}
    environment.globals = dict(LIBRARY)
    sized = {name: _sized(function) for name, function in FILTERS.items()}
    environment.filters = {**sized, "counted": _counted, "sized": check_size}
    # "in", "eq" and kin stay: Jinja compiles comparisons in select filters to them.
    environment.tests = {**operators, **tests, "in": environment.tests["in"]}
    return environment


ENVIRONMENT = _make_environment()


def _guard(tree: nodes.Template) -> None:
    forbidden = next(tree.find_all(FORBIDDEN_NODES), None)
    if forbidden is not None:
        raise ExpressionError(f"{type(forbidden).__name__.lower()} is not part of bank texts")
    _guard_loops(tree, 0)


def _guard_loops(node: nodes.Node, depth: int) -> None:
    """Count every turn of a loop against the steps: ``range`` is not the only thing to loop over."""
    for child in node.iter_child_nodes():
        inner = depth + isinstance(child, nodes.For)
        if inner > MAX_NESTED_LOOPS:
            raise ExpressionError(f"loops nest at most {MAX_NESTED_LOOPS} deep")
        _guard_loops(child, inner)
        if isinstance(child, nodes.For):
            child.iter = nodes.Filter(child.iter, "counted", [], [], None, None, lineno=child.lineno)
        if isinstance(child, nodes.Assign):
            # A text or list that is doubled line after line fills the memory before anybody shows it.
            child.node = nodes.Filter(child.node, "sized", [], [], None, None, lineno=child.lineno)


def _names(tree: nodes.Node) -> frozenset[str]:
    """Return the names that stand in a tree; refuse what only compiling it would find otherwise."""
    found, level = set[str](), [tree]
    for _ in range(MAX_DEPTH):
        for node in level:
            match node:
                case nodes.Name(ctx="load"):
                    found.add(node.name)
                case nodes.Filter() if node.name not in ENVIRONMENT.filters:
                    raise ExpressionError(_no_such("filter", node.name, ENVIRONMENT.filters))
                case nodes.Test() if node.name not in ENVIRONMENT.tests:
                    raise ExpressionError(_no_such("test", node.name, ENVIRONMENT.tests))
        level = [child for node in level for child in node.iter_child_nodes()]
        if not level:
            return frozenset(found)
    raise ExpressionError(TOO_DEEP)


def _no_such(kind: str, name: str, known: Iterable[str]) -> str:
    return f"there is no {kind} named {name!r}.{nearest_hint(name, known)}"


@contextmanager
def _in_words() -> Iterator[None]:
    """Turn what Jinja and Python say of a source into an error of ours."""
    try:
        yield
    except jinja2.TemplateError as error:
        raise ExpressionError(f"cannot be read: {error.message}") from error
    except _TOO_DEEP as error:
        raise ExpressionError(TOO_DEEP) from error


def _parse_text(source: str) -> nodes.Template:
    if len(source) > MAX_SOURCE:
        raise ExpressionError(f"a text of a bank has at most {MAX_SOURCE} characters")
    with _in_words():
        tree = ENVIRONMENT.parse(source)
        _guard(tree)
    return tree


@lru_cache(maxsize=COMPILED)
def _read_text(source: str) -> frozenset[str]:
    """Return the names that a text takes from outside. Reading is a small part of the work of compiling."""
    names = names_in_text(source, ENVIRONMENT.filters) if len(source) <= MAX_SOURCE else None
    return (jinja_names_in_text(source) if names is None else names) - LIBRARY.keys()


def jinja_names_in_text(source: str) -> frozenset[str]:
    """Return the names that a text takes from outside, functions too, or raise what is wrong with it."""
    tree = _parse_text(source)
    with _in_words():
        names = _names(tree)
        if any(tree.find_all(NAMING_NODES)):
            names = frozenset(meta.find_undeclared_variables(tree))
            _compile_text(source)  # only now are wrong loops told
    return names


@lru_cache(maxsize=COMPILED)
def _compile_text(source: str) -> jinja2.Template:
    tree = _parse_text(source)
    with _in_words():
        tree.set_environment(ENVIRONMENT)
        code = ENVIRONMENT.compile(tree)
    return jinja2.Template.from_code(ENVIRONMENT, code, ENVIRONMENT.make_globals(None), None)


class Text:
    """A text of a bank: Markdown with ``{{ values }}``. Its faults are told when it is made.

    It is compiled when it is first rendered: of a bank that is loaded, few texts ever are.
    """

    def __init__(self, source: str) -> None:
        self.source = source
        # Most feedback has no value in it: not rendering it halves the time of a variant.
        self._is_plain = not any(mark in source for mark in ("{{", "{%", "{#"))
        #: The names that the text takes from outside.
        self.names = frozenset[str]() if self._is_plain else _read_text(source)

    @cached_property
    def _template(self) -> jinja2.Template:
        return _compile_text(self.source)

    def render(self, names: Mapping[str, Any]) -> str:
        """Fill the values in.

        Raises
        ------
        ExpressionError
            If a name is unknown, or a value cannot be computed or shown.
        """
        if self._is_plain:
            return self.source
        return str(check_size(_run(lambda: self._template.render(names), self.source)))


@lru_cache(maxsize=COMPILED)
def _read_expression(source: str) -> frozenset[str]:
    """Return the names that an expression takes from outside."""
    if len(source) > MAX_SOURCE:
        raise ExpressionError(f"an expression has at most {MAX_SOURCE} characters")
    names = names_in(source, ENVIRONMENT.filters)
    return (jinja_names(source) if names is None else names) - LIBRARY.keys()


def jinja_names(source: str) -> frozenset[str]:
    """Return the names that stand in an expression, functions too, or raise what is wrong with it."""
    try:
        with _in_words():
            parser = Parser(ENVIRONMENT, source, state="variable")
            tree = parser.parse_expression()
            if not parser.stream.eos:
                raise jinja2.TemplateSyntaxError("something follows its end", parser.stream.current.lineno)
            return _names(tree)
    except ExpressionError as error:
        raise ExpressionError(f"{_short(source)} {error}") from error


@lru_cache(maxsize=COMPILED)
def _compile_expression(source: str) -> Any:
    with _in_words():
        return ENVIRONMENT.compile_expression(source, undefined_to_none=False)


class Expression:
    """An expression of a bank. Its faults are told when it is made; it is compiled when first evaluated."""

    def __init__(self, source: str) -> None:
        self.source = source
        #: The names that the expression takes from outside.
        self.names = _read_expression(source)

    @cached_property
    def _compiled(self) -> Any:
        return _compile_expression(self.source)

    def evaluate(self, names: Mapping[str, Any]) -> Any:
        """Compute the value: exact, unless a function makes floats.

        Raises
        ------
        ExpressionError
            If a name is unknown or the value cannot be computed.
        """
        value = _run(lambda: self._compiled(names), self.source)
        if isinstance(value, jinja2.Undefined):
            raise ExpressionError(f"{self.source!r}: {value._undefined_message}")
        if not isinstance(value, VALUE_TYPES):
            raise ExpressionError(f"{self.source!r} is no value: call the function, or take another name")
        return check_size(plain(value) if isinstance(value, Fraction) else value)


def _run(compute: Callable[[], Any], source: str) -> Any:
    token = _steps.set([MAX_STEPS])
    try:
        return compute()
    except ExpressionError as error:
        raise ExpressionError(f"{_short(source)}: {error}") from error
    except jinja2.TemplateError as error:
        raise ExpressionError(f"{_short(source)}: {error.message}") from error
    # Whatever a library function, NumPy or SymPy raise for what they were handed, each of its own kind:
    # the author's fault, said with its place.
    except Exception as error:
        raise ExpressionError(f"{_short(source)}: {type(error).__name__}: {error}") from error
    finally:
        _steps.reset(token)


def _short(source: str) -> str:
    line = " ".join(source.split())
    return repr(line if len(line) <= 80 else line[:77] + "...")


__all__ = ["ENVIRONMENT", "MAX_ITEMS", "MAX_STEPS", "Expression", "Text"]
