"""YAML and JSON that a stranger typed -> a tree, within bounds.

PyYAML gives the events; the tree is built here, so that no tag makes an object, no alias
expands, no scalar changes its type, and a key that stands twice is told.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NoReturn

import yaml

from quizengine.errors import UnreadableResponseError
from quizengine.grading.characters import quoted
from quizengine.grading.config.tree import Tree

MAX_NODES = 1_000
MAX_DEPTH = 30
_TOO_DEEP = f"More than {MAX_DEPTH} levels inside each other are not read."
_NOTHING = ("", "~", "null", "Null", "NULL")

#: What PyYAML says in its own words, said with what to do.
_ADVICE = {
    "mapping values are not allowed here": "a colon cannot stand here: look at the indentation of this "
    "line and of the one above, or put quotes around a text that has a colon in it",
    "cannot start any token": "this character cannot stand here: indent with spaces, not tabs, and put "
    "quotes around a text that begins with a sign",
    "expected <block end>": "this line is indented like none of the lines above it",
    "could not find expected ':'": "a key without a colon behind it",
    "while scanning a quoted scalar": "a quote that is opened here is never closed",
    "expected ',' or": "a comma or the closing bracket is missing",
    "expected the node content": "a value is missing here",
}


class _Loader(yaml.SafeLoader):
    """A scanner that stops at deep brackets: it would look far ahead, in quadratic time, before any event."""

    def fetch_flow_collection_start(self, token_class: Any) -> None:
        if self.flow_level >= MAX_DEPTH:
            _refuse_depth(self.get_mark())
        super().fetch_flow_collection_start(token_class)


def read_yaml(text: str) -> list[Tree]:
    r"""Return the documents of a YAML stream, without empty ones.

    >>> read_yaml("a: [1, yes]\n---\nb: {c: null}\n")
    [{'a': ['1', 'yes']}, {'b': {'c': ''}}]

    Raises
    ------
    UnreadableResponseError
        With the line, if it is no YAML or uses what is not read here: aliases, tags, keys that are no text.
    """
    builder = _Builder()
    try:
        for event in yaml.parse(text, Loader=_Loader):
            builder.take(event)
    except yaml.reader.ReaderError as error:
        raise UnreadableResponseError(
            "A character here cannot be part of YAML; delete it.", error.position, error.position + 1
        ) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        _refuse(mark, _advice(f"{error.context or ''} {error.problem or ''}"))
    return [document for document in builder.documents if document != ""]


def _advice(problem: str) -> str:
    found = (advice for words, advice in _ADVICE.items() if words in problem)
    return next(found, quoted(problem.strip()))


def _refuse(mark: Any, message: str) -> NoReturn:
    if mark is None:
        raise UnreadableResponseError(f"This is no YAML: {message}.")
    raise UnreadableResponseError(f"Line {mark.line + 1}: {message}.", mark.index, mark.index + 1)


def _refuse_depth(mark: Any) -> NoReturn:
    _refuse(mark, f"more than {MAX_DEPTH} levels inside each other are not read")


class _Open:
    """A list or a table not closed yet; ``key`` waits for its value, ``lines`` says where keys are."""

    def __init__(self, value: list[Tree] | dict[str, Tree]) -> None:
        self.value = value
        self.key: str | None = None
        self.lines: dict[str, int] = {}

    def wants_key(self) -> bool:
        return isinstance(self.value, dict) and self.key is None


class _Builder:
    """Builds trees out of events, with a stack of its own: depth is counted, not recursed into."""

    def __init__(self) -> None:
        self.documents: list[Tree] = []
        self.stack: list[_Open] = []
        self.count = 0

    def take(self, event: Any) -> None:
        match event:
            case yaml.AliasEvent():
                _refuse(
                    event.start_mark,
                    f"the alias {quoted(str(event.anchor))} is not read here; write the value out",
                )
            case yaml.ScalarEvent():
                self._check(event)
                self._scalar(event)
            case yaml.CollectionStartEvent():
                self._check(event)
                self._open(event)
            case yaml.CollectionEndEvent():
                self.stack.pop()

    def _check(self, event: Any) -> None:
        self.count += 1
        if self.count > MAX_NODES:
            _refuse(event.start_mark, f"more than {MAX_NODES:,} keys and values are not read")
        if event.anchor:
            _refuse(
                event.start_mark, f"the anchor {quoted(event.anchor)} is not read here; write the value out"
            )
        if event.tag:
            _refuse(event.start_mark, f"the tag {quoted(event.tag)} is not read here; leave it out")

    def _scalar(self, event: Any) -> None:
        is_nothing = event.style is None and event.value in _NOTHING
        text = "" if is_nothing else event.value
        top = self.stack[-1] if self.stack else None
        if top is None or not top.wants_key():
            self._add(text)
            return
        if event.value in top.lines:
            line = top.lines[event.value]
            _refuse(event.start_mark, f"the key {quoted(event.value)} stands already in line {line}")
        top.key = event.value
        top.lines[event.value] = event.start_mark.line + 1

    def _open(self, event: Any) -> None:
        if self.stack and self.stack[-1].wants_key():
            _refuse(event.start_mark, "a key is a plain text, not a list or a table")
        if len(self.stack) >= MAX_DEPTH:
            _refuse_depth(event.start_mark)
        made: list[Tree] | dict[str, Tree] = {} if isinstance(event, yaml.MappingStartEvent) else []
        self._add(made)
        self.stack.append(_Open(made))

    def _add(self, value: Tree) -> None:
        if not self.stack:
            self.documents.append(value)
            return
        top = self.stack[-1]
        if isinstance(top.value, list):
            top.value.append(value)
        elif top.key is not None:
            top.value[top.key] = value
            top.key = None


def read_json(text: str) -> Tree:
    """Return a JSON file, numbers and words as the texts that they were typed as.

    >>> read_json('{"a": [1.50, true, null]}')
    {'a': ['1.50', 'true', '']}
    """
    try:
        found = json.loads(
            text, parse_int=str, parse_float=str, parse_constant=str, object_pairs_hook=_object
        )
    except json.JSONDecodeError as error:
        start = min(error.pos, len(text))
        raise UnreadableResponseError(f"Line {error.lineno}: {error.msg}.", start, start + 1) from None
    except RecursionError:
        raise UnreadableResponseError(_TOO_DEEP) from None
    return _plain(found)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise UnreadableResponseError(f"The key {quoted(key)} stands twice in one object.")
        found[key] = value
    return found


def _plain(value: Any) -> Tree:
    """Return what ``json`` gave as a tree, with the same bounds as YAML."""
    _check_bounds(value)
    return _as_tree(value)


def _as_tree(value: Any) -> Tree:
    match value:
        case dict():
            return {key: _as_tree(item) for key, item in value.items()}
        case list():
            return [_as_tree(item) for item in value]
        case bool():
            return "true" if value else "false"
        case None:
            return ""
        case _:
            return str(value)


def _check_bounds(value: Any) -> None:
    for count, depth in enumerate(_depths(value), 1):
        if depth > MAX_DEPTH:
            raise UnreadableResponseError(_TOO_DEEP)
        if count > MAX_NODES:
            raise UnreadableResponseError(f"More than {MAX_NODES:,} keys and values are not read.")


def _depths(value: Any) -> Iterator[int]:
    waiting = [(0, value)]
    while waiting:
        depth, found = waiting.pop()
        yield depth
        items = found.values() if isinstance(found, dict) else found if isinstance(found, list) else ()
        waiting.extend((depth + 1, item) for item in items)
