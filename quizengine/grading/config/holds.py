"""Whether a rule holds of a file. Time is linear in the file for each test of a rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from operator import eq, ge, gt, le, lt, ne

from quizengine.grading.config.measures import MEASURES, number
from quizengine.grading.config.rules import (
    All,
    AnyOf,
    At,
    Call,
    Comparison,
    Condition,
    Each,
    Key,
    Literals,
    Not,
    Operand,
    PathTo,
    Product,
    Step,
    Where,
    measure_of,
)
from quizengine.grading.config.tree import MISSING, Missing, Node, child, spread

_ORDER: Mapping[str, Callable[[Fraction, Fraction], bool]] = {
    "==": eq,
    "!=": ne,
    ">=": ge,
    "<=": le,
    ">": gt,
    "<": lt,
    "in": eq,
}


def holds(condition: Condition, node: Node) -> bool:
    """Whether ``condition`` holds of what stands at ``node``: the root of a file, or an item of a list."""
    match condition:
        case All(parts=parts):
            return all(holds(part, node) for part in parts)
        case AnyOf(parts=parts):
            return any(holds(part, node) for part in parts)
        case Not(part=part):
            return not holds(part, node)
        case Comparison():
            return _test(condition, node)


def _test(test: Comparison, node: Node) -> bool:
    match test.sign:
        case "before":
            return _is_before(_found(test.left, node), _found(test.right, node))
        case "exists":
            told = [found.is_there for found in _found(test.left, node)]
        case "within":
            whole = _found(test.right, node)
            told = [any(_is_within(found, other) for other in whole) for found in _found(test.left, node)]
        case _ if measure_of(test.left):
            told = _compared_numbers(test, node)
        case _:
            told = _compared_texts(test, node)
    match test.quantifier:
        case "every":
            return bool(told) and all(told)
        case "some":
            return any(told)
        case "no":
            return not any(told)


def _found(operand: Operand, node: Node) -> list[Node]:
    """Return what an operand that gives texts finds, lists spread out."""
    match operand:
        case PathTo(steps=steps):
            found = [node]
            for step in steps:
                found = [each for one in found for each in _walk(step, one)]
            return [each for one in found for each in spread(one)]
        case Call(name=name, of=of, texts=texts):
            return [each for one in _found(of, node) for each in _called(name, one, texts)]
        case Literals(texts=texts):
            return [Node(text) for text in texts]
        case Product():
            raise TypeError("a product gives numbers")


def _walk(step: Step, node: Node) -> Iterator[Node]:
    match step:
        case Key(name=name):
            yield from child(node, name)
        case Each():
            yield from (value for each in spread(node) for value in each.values)
        case At(position=index):
            items = node.items
            there = -len(items) <= index < len(items)
            yield items[index] if there else Node(MISSING, node.place)
        case Where(rule=rule):
            yield Node(tuple(item for item in node.items if holds(rule, item)), node.place)


def _called(name: str, node: Node, texts: tuple[str, ...]) -> Iterator[Node]:
    """Yield what a function makes of one text; of anything else it makes nothing that could be compared."""
    if name == "keys" and isinstance(node.value, dict):
        yield from (Node(key, (*node.place, at)) for at, key in enumerate(node.value))
        return
    if not isinstance(node.value, str):
        yield Node(MISSING, node.place)
        return
    text = node.value
    match name:
        case "lower":
            yield Node(text.lower(), node.place)
        case "unquoted":
            yield Node(" ".join(text.split('"')[::2]), node.place)
        case "squeezed":
            yield Node("".join(text.split()), node.place)
        case "after":
            _, mark, rest = text.rpartition(texts[0])
            yield Node(rest.strip() if mark else MISSING, node.place)
        case "between":
            pieces = text.split(texts[0])[1:]
            found = [piece.partition(texts[1]) for piece in pieces]
            yield from (Node(inner.strip(), node.place) for inner, mark, _ in found if mark)
        case "option":
            yield Node(_option(text, texts[0]), node.place)


def _option(text: str, name: str) -> str | Missing:
    """Return the value of a command-line option, written ``--name value`` or ``--name=value``."""
    words = text.split()
    for at, word in enumerate(words):
        if word == name and at + 1 < len(words):
            return words[at + 1].strip("'\"")
        if word.startswith(f"{name}="):
            return word.removeprefix(f"{name}=").strip("'\"")
    return MISSING


def _compared_texts(test: Comparison, node: Node) -> list[bool]:
    wanted = [_text(found) for found in _found(test.right, node)]
    known = {text for text in wanted if text is not None}
    told = []
    for found in _found(test.left, node):
        text = _text(found)
        told.append(text is not None and bool(known) and _compare(test.sign, text, known))
    return told


def _text(node: Node) -> str | None:
    """Return a text with single spaces, or None for a table or what is missing."""
    return " ".join(node.value.split()) if isinstance(node.value, str) else None


def _compare(sign: str, text: str, known: set[str]) -> bool:
    match sign:
        case "==" | "in":
            return text in known
        case "!=":
            return text not in known
        case "contains":
            return any(one in text for one in known)
        case _:
            return any(is_like(text, pattern) for pattern in known)


def is_like(text: str, pattern: str) -> bool:
    """Whether a text is a pattern's, in which ``*`` stands for anything.

    >>> is_like("python:3.12-slim", "python:*-slim"), is_like("a", "a*a")
    (True, False)
    """
    first, *middle = pattern.split("*")
    if not middle:
        return text == pattern
    *middle, last = middle
    if not (text.startswith(first) and text.endswith(last) and len(text) >= len(first) + len(last)):
        return False
    at, end = len(first), len(text) - len(last)
    for piece in middle:
        # The first place that fits leaves the most room: no other one need be tried.
        at = text.find(piece, at, end)
        if at < 0:
            return False
        at += len(piece)
    return True


def _compared_numbers(test: Comparison, node: Node) -> list[bool]:
    read = MEASURES.get(measure_of(test.left), number)
    if isinstance(test.right, Literals):
        wanted = [read(text) for text in test.right.texts]
    elif measure_of(test.right):
        wanted = _numbers(test.right, node)
    else:
        wanted = [read(text) if text is not None else None for text in map(_text, _found(test.right, node))]
    known = {value for value in wanted if value is not None}
    order = _ORDER.get(test.sign)
    if order is None or not known:
        return [False]
    # Of several bounds one is enough; for equality a look into the set is.
    fits = known.__contains__ if order is eq else lambda value: any(order(value, one) for one in known)
    return [value is not None and fits(value) for value in _numbers(test.left, node)]


def _numbers(operand: Operand, node: Node) -> list[Fraction | None]:
    match operand:
        case Product(left=left, right=right):
            lefts, rights = _numbers(left, node), _numbers(right, node)
            if len(lefts) != len(rights):
                return [None]
            pairs = zip(lefts, rights, strict=True)
            return [None if one is None or other is None else one * other for one, other in pairs]
        case Call(name="count", of=of):
            return [Fraction(sum(found.is_there for found in _found(of, node)))]
        case Call(name=name, of=of):
            texts = map(_text, _found(of, node))
            return [None if text is None else MEASURES[name](text) for text in texts]
        case _:
            return []


def _is_before(first: list[Node], second: list[Node]) -> bool:
    """Whether both are there, and the first of the one stands before the first of the other."""
    places = [[node.place for node in found if node.is_there] for found in (first, second)]
    return all(places) and min(places[0]) < min(places[1])


def _is_within(part: Node, whole: Node) -> bool:
    """Whether every entry of a table stands in another one."""
    if not isinstance(part.value, dict) or not isinstance(whole.value, dict) or not part.value:
        return False
    return all(key in whole.value and whole.value[key] == value for key, value in part.value.items())
