"""Configuration files as answers: read what was typed, judge it by rules on what the file says.

Files are judged by their content, never by their text, so every right way of writing one passes.
"""

from __future__ import annotations

from functools import lru_cache

from quizengine.errors import UnreadableResponseError
from quizengine.grading.config.dockerfile import read_dockerfile
from quizengine.grading.config.holds import holds
from quizengine.grading.config.rules import parse_rule
from quizengine.grading.config.tree import Node, Tree
from quizengine.grading.config.yaml_file import read_json, read_yaml
from quizengine.model.answers import FileKind, Rule

__all__ = ["EMPTY_FILES", "Tree", "broken_rules", "keeps_all", "outline", "parse_rule", "read_file"]

KIND_NAMES = {"dockerfile": "a Dockerfile", "yaml": "YAML", "yaml-stream": "YAML", "json": "JSON"}
#: The least file of each kind: it must keep no rule, or leaving everything out would pay.
EMPTY_FILES = {"dockerfile": "FROM scratch", "yaml": "{}", "yaml-stream": "{}", "json": "{}"}
MAX_RULES = 8
MAX_KEYS_SHOWN = 6
MAX_KEY_SHOWN = 30
#: A draw of a question looks at the same few files again and again.
_FILES_KEPT = 256


@lru_cache(maxsize=_FILES_KEPT)
def read_file(kind: FileKind, text: str) -> Tree:
    """Return a file as data; a stream of YAML is the list of its documents.

    Raises
    ------
    UnreadableResponseError
        If it is no such file; the message names the line.
    """
    match kind:
        case "dockerfile":
            return read_dockerfile(text)
        case "json":
            return _table_or_list(read_json(text))
        case "yaml-stream":
            return [_table_or_list(document) for document in _documents(text)]
        case "yaml":
            first, *others = _documents(text)
            if others:
                raise UnreadableResponseError("One document is wanted here; take the line --- out.")
            return _table_or_list(first)


def _documents(text: str) -> list[Tree]:
    found = read_yaml(text)
    if not found:
        raise UnreadableResponseError("Nothing is written here yet.")
    return found


def _table_or_list(tree: Tree) -> Tree:
    if isinstance(tree, str):
        raise UnreadableResponseError("Keys with values are wanted here, and this is one piece of text.")
    return tree


def broken_rules(rules: tuple[Rule, ...], tree: Tree) -> tuple[str, ...]:
    """Return the ids of the rules that a file does not keep."""
    root = Node(tree)
    return tuple(rule.id for rule in rules if not holds(parse_rule(rule.holds), root))


def keeps_all(rules: tuple[Rule, ...], tree: Tree) -> bool:
    """Whether a file keeps every rule; looks no further than the first that it breaks."""
    root = Node(tree)
    return all(holds(parse_rule(rule.holds), root) for rule in rules)


def outline(kind: FileKind, tree: Tree) -> str:
    """Say in words what was read: ``a Dockerfile with 2 stages and 9 steps``.

    >>> outline("yaml", {"on": "push", "jobs": {}})
    'YAML with the keys on, jobs'
    """
    if kind == "dockerfile" and isinstance(tree, dict):
        stages = Node(tree).get("stages").items
        steps = sum(len(stage.get("steps").items) for stage in stages)
        return f"a Dockerfile with {_counted(len(stages), 'stage')} and {_counted(steps, 'step')}"
    if kind == "yaml-stream" and isinstance(tree, list):
        return f"YAML with {_counted(len(tree), 'document')}"
    if isinstance(tree, dict):
        keys = [key if len(key) <= MAX_KEY_SHOWN else f"{key[:MAX_KEY_SHOWN]}…" for key in tree]
        more = ", …" if len(keys) > MAX_KEYS_SHOWN else ""
        return f"{KIND_NAMES[kind]} with the keys {', '.join(keys[:MAX_KEYS_SHOWN])}{more}"
    return f"{KIND_NAMES[kind]}, a list of {_counted(len(tree), 'item')}"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
