"""Whether an expression has the form that was asked for: predicates on the tree as it was typed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import gcd
from typing import Any

from quizengine.grading.atoms import Atoms
from quizengine.grading.numbers import is_in_lowest_terms
from quizengine.grading.polynomials import (
    Polynomial,
    TooLargeError,
    factors,
    quotient,
    ring_of,
    total_degree,
)
from quizengine.grading.residues import constant, names_in, walk, whole_exponent
from quizengine.grading.tree import Node, shape
from quizengine.model.answers import Form

#: What a person is told whose value is right and whose form is not.
FORM_HINTS: Mapping[Form, str] = {
    "lowest-terms": "The value is right; write it as one quotient in lowest terms.",
    "factored": "The value is right; write it as a product of factors that cannot be split further.",
    "expanded": "The value is right; multiply it out and join like terms.",
    "single-fraction": "The value is right; write it as one single fraction.",
    "no-root-in-denominator": "The value is right; write it without a root in the denominator.",
    "decimal": "The value is right; write it as a decimal number.",
}
_ROOTS = ("sqrt", "cbrt", "root")


def has_form(node: Node, form: Form) -> bool:
    """Whether ``node`` is written in ``form``; what cannot be looked through has it not."""
    if form == "none":
        return True
    try:
        return _PREDICATES[form](node)
    except (TooLargeError, ZeroDivisionError):
        return False


def _without_sign(node: Node) -> Node:
    while node.kind == "neg":
        node = node.parts[0]
    return node


# Quotients


def _is_lowest(node: Node) -> bool:
    node = _without_sign(node)
    if constant(node) is not None:
        return is_in_lowest_terms(node)
    top, bottom = _sides(Atoms().replaced(node))
    if bottom is None:
        return not any(found.kind == "over" for found in walk(top))
    if any(found.kind == "over" for side in (top, bottom) for found in walk(side)) or _is_negative(bottom):
        return False
    home = ring_of([top, bottom])
    if home is None:
        return False
    above, below = quotient(top, home).top, quotient(bottom, home).top
    return total_degree(above.gcd(below)) == 0 and _content_gcd(above, below) == 1


def _is_negative(node: Node) -> bool:
    """Whether a denominator begins with a minus that belongs before the quotient: ``x/(-2y)``."""
    return node.kind == "neg" or (node.kind == "product" and node.parts[0].kind == "neg")


def _sides(node: Node) -> tuple[Node, Node | None]:
    """Return numerator and denominator of a product that divides once, else the node and None."""
    if node.kind != "product":
        return node, None
    below = [part for part in node.parts if part.kind == "over"]
    above = tuple(part for part in node.parts if part.kind != "over")
    if len(below) != 1 or not above:
        return node, None
    return (above[0] if len(above) == 1 else Node("product", "", above)), below[0].parts[0]


def _content_gcd(above: Polynomial, below: Polynomial) -> int:
    coefficients = [*above.coeffs(), *below.coeffs()]
    if any(c.q != 1 for c in coefficients):
        return 0
    return gcd(*(int(c.p) for c in coefficients))


def _is_single(node: Node) -> bool:
    """One quotient at the outside, or none at all: no quotient inside a sum, a power or another quotient."""
    node = _without_sign(node)
    top, bottom = _sides(node)
    inside = [top, *([bottom] if bottom is not None else [])]
    if bottom is None and node.kind == "product" and any(part.kind == "over" for part in node.parts):
        return False
    return not any(_divides(found) for side in inside for found in _outside_exponents(side))


def _outside_exponents(node: Node) -> Iterator[Node]:
    yield node
    for part in node.parts[:1] if node.kind == "power" else node.parts:
        yield from _outside_exponents(part)


def _divides(node: Node) -> bool:
    if node.kind == "over":
        return True
    exponent = constant(node.parts[1]) if node.kind == "power" else None
    return exponent is not None and exponent < 0


def _has_no_root_below(node: Node) -> bool:
    below = [found.parts[0] for found in walk(node) if found.kind == "over"]
    below += [found.parts[0] for found in walk(node) if _divides(found) and found.kind == "power"]
    return not any(_is_root(found) for side in below for found in walk(side)) and not any(
        _is_root(found) and found.kind == "power" and _divides(found) for found in walk(node)
    )


def _is_root(node: Node) -> bool:
    if node.kind == "call" and node.value in _ROOTS:
        return True
    exponent = constant(node.parts[1]) if node.kind == "power" else None
    return exponent is not None and exponent.denominator != 1


def _is_decimal(node: Node) -> bool:
    return _without_sign(node).kind == "number"


# Products


def _is_factored(node: Node) -> bool:
    if constant(node) is not None:
        return _is_prime_product(node)
    atoms = Atoms()
    bases = list(_bases(atoms.replaced(node)))
    constants = sum(constant(base) is not None for base in bases)
    return constants <= 1 and all(_is_irreducible(base, atoms) for base in bases if base.kind != "name")


def _is_irreducible(base: Node, atoms: Atoms) -> bool:
    """Whether a factor splits no further, over the rationals or by a whole number that divides it."""
    if not names_in(base):
        return True
    home = ring_of([base])
    if home is None:
        return False
    top, bottom = quotient(base, home)
    if len(top) > 1 and total_degree(bottom) == 0 and _content(top) > 1:
        return False
    if sum(power for _, power in factors(top)) > 1:
        return False
    # Over the rationals x^2 - 2*sqrt(2)*x + 2 does not split; with the root that stands in it, it does.
    numbers = names_in(base) & atoms.constants
    return not numbers or all(sum(one) - _degree_in(numbers, one, home) <= 1 for one in top.monoms())


def _content(polynomial: Polynomial) -> int:
    """Return the whole number that divides all coefficients; 1 where some are fractions."""
    coefficients = list(polynomial.coeffs())
    return gcd(*(int(c.p) for c in coefficients)) if all(c.q == 1 for c in coefficients) else 1


def _degree_in(names: frozenset[str], powers: Sequence[int], home: Any) -> int:
    return sum(power for name, power in zip(home.names(), powers, strict=True) if name in names)


def _bases(node: Node) -> Iterator[Node]:
    """Yield what is multiplied, divided or raised to a whole power, without signs and powers."""
    node = _without_sign(node)
    match node.kind:
        case "product":
            for part in node.parts:
                yield from _bases(part)
        case "over":
            yield from _bases(node.parts[0])
        case "power" if whole_exponent(node) is not None:
            yield from _bases(node.parts[0])
        case _:
            yield node


def _is_prime_product(node: Node) -> bool:
    """Whether a number is written as a product of powers of primes."""
    values = [constant(base) for base in _bases(node)]
    return all(v is not None and v.denominator == 1 and _is_prime(int(v)) for v in values)


def _is_prime(number: int) -> bool:
    if number > 10**8:
        raise TooLargeError
    return number > 1 and all(number % divisor for divisor in range(2, int(number**0.5) + 1))


# Sums


def _is_expanded(node: Node) -> bool:
    if node.kind == "neg" and node.parts[0].kind == "sum":
        return False  # -(x + 1)
    terms = node.parts if node.kind == "sum" else (node,)
    found: Counter[tuple[tuple[str, str], ...]] = Counter()
    for term in terms:
        monomial = _monomial(_without_sign(term))
        if monomial is None:
            return False
        found[monomial] += 1
    return all(count == 1 for count in found.values())


def _monomial(term: Node) -> tuple[tuple[str, str], ...] | None:
    """Return what like terms share: names, roots and functions, sorted; None if it can be multiplied out."""
    factors_of = term.parts if term.kind == "product" else (term,)
    powers: Counter[str] = Counter()
    numbers = 0
    for factor in factors_of:
        inner = _without_sign(factor.parts[0] if factor.kind == "over" else factor)
        if constant(inner) is not None:
            numbers += factor.kind != "over"
            if inner.kind in ("sum", "product") and not _is_quotient(inner):
                return None
            continue
        base, exponent = (inner.parts[0], whole_exponent(inner)) if inner.kind == "power" else (inner, 1)
        if exponent is None:
            base, exponent = inner, 1
        if base.kind in ("sum", "product", "neg") and factor.kind != "over":
            return None
        text = repr(shape(base))
        if text in powers:
            return None  # x*x is x^2
        powers[text] += -exponent if factor.kind == "over" else exponent
    return None if numbers > 1 else tuple(sorted((name, str(power)) for name, power in powers.items()))


def _is_quotient(node: Node) -> bool:
    return node.kind == "product" and len(node.parts) == 2 and node.parts[1].kind == "over"


_PREDICATES: Mapping[Form, Callable[[Node], bool]] = {
    "lowest-terms": _is_lowest,
    "factored": _is_factored,
    "expanded": _is_expanded,
    "single-fraction": _is_single,
    "no-root-in-denominator": _has_no_root_below,
    "decimal": _is_decimal,
}
