"""A Dockerfile that a stranger typed -> a tree of stages and steps.

dockerfile-parse joins the lines. Its own replacement of variables is off: a file that doubles
a variable on each line would fill the memory. Variables are filled in here, once and bounded.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import NamedTuple, NoReturn

from dockerfile_parse import DockerfileParser

from quizengine.errors import UnreadableResponseError, nearest_hint
from quizengine.grading.characters import quoted
from quizengine.grading.config.tree import Tree

_STEPS = ("ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "HEALTHCHECK", "LABEL", "MAINTAINER")
_MORE_STEPS = ("ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR")
INSTRUCTIONS = frozenset({"FROM", *_STEPS, *_MORE_STEPS})
#: Instructions whose variables a shell fills in when the container runs, if anybody does.
_OF_THE_SHELL = ("RUN", "CMD", "ENTRYPOINT", "SHELL", "HEALTHCHECK", "ONBUILD")
_MAY_BE_LIST = ("RUN", "CMD", "ENTRYPOINT", "SHELL", "COPY", "ADD", "VOLUME")
_PAIRS = ("ENV", "ARG", "LABEL")
_HAS_FLAGS = ("RUN", "COPY", "ADD", "HEALTHCHECK")
MAX_FILLED_IN = 2_000
MAX_STEPS = 300

_VARIABLE = re.compile(r"\$(?:\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^${}]*))?\}|([A-Za-z_][A-Za-z0-9_]*))")
_HERE_DOCUMENT = re.compile(r"(?<!<)<<-?[\"']?[A-Za-z_]")


class _Refused(Exception):  # noqa: N818 (it says what happened to the file, and leaves this module as another error)
    """A line that cannot be read, and why."""

    def __init__(self, number: int, message: str) -> None:
        self.number = number
        super().__init__(message)


class _Line(NamedTuple):
    """One instruction, continued lines joined, and the number of its first line."""

    number: int
    name: str
    value: str


class _Stage(NamedTuple):
    """A stage while it is read."""

    image: str
    name: str
    steps: list[Tree]


def read_dockerfile(text: str) -> Tree:
    r"""Return ``{"stages": [{"image", "name", "steps": [...]}]}``.

    A step has ``do`` (the instruction), ``text`` (its argument without flags, single spaces), ``words``,
    ``form`` (``exec`` for a JSON list, else ``shell``), ``flags`` and, for ENV, ARG and LABEL, ``vars``.

    >>> tree = read_dockerfile("FROM python:3.12 AS run\nCOPY --from=build /w ./")
    >>> tree["stages"][0]["steps"][0]["flags"]
    {'from': 'build'}

    Raises
    ------
    UnreadableResponseError
        With the line, if it is no Dockerfile.
    """
    try:
        return _tree(text)
    except _Refused as refused:
        lines = text.split("\n")
        start = sum(len(line) + 1 for line in lines[: refused.number - 1])
        raise UnreadableResponseError(
            f"Line {refused.number}: {refused}", start, start + len(lines[refused.number - 1])
        ) from None


def _tree(text: str) -> Tree:
    stages: list[_Stage] = []
    shared: dict[str, str] = {}
    variables = shared
    count = 0
    for line in _lines(text):
        if line.name == "FROM":
            stages.append(_stage(line, shared, stages))
            variables = dict(shared)
            count += len(stages[-1].steps)
        elif stages:
            stages[-1].steps.append(_step(line, variables))
        elif line.name == "ARG":
            shared.update(_pairs(line, line.value))
        else:
            _refuse(line.number, "a Dockerfile begins with FROM; only ARG may stand before it.")
        count += 1
        if count > MAX_STEPS:
            _refuse(line.number, f"more than {MAX_STEPS} instructions are not read.")
    if not stages:
        raise UnreadableResponseError("A Dockerfile begins with FROM, and this has none.")
    return {"stages": [{**stage._asdict()} for stage in stages]}


def _refuse(number: int, message: str) -> NoReturn:
    raise _Refused(number, message)


def _lines(text: str) -> Iterator[_Line]:
    """Yield the instructions; what the parser would drop without a word is refused."""
    entries = DockerfileParser(fileobj=BytesIO(text.encode()), env_replace=False).structure
    read = {number for entry in entries for number in range(entry["startline"], entry["endline"] + 1)}
    for number, line in enumerate(text.split("\n")):
        if line.strip() and number not in read:
            _refuse(
                number + 1,
                "the file ends in the middle of this instruction; take the backslash at its end away."
                if line.rstrip().endswith("\\")
                else "this is no instruction with its argument.",
            )
    for entry in entries:
        number, name, value = entry["startline"] + 1, entry["instruction"], " ".join(entry["value"].split())
        if name == "COMMENT":
            continue
        if name not in INSTRUCTIONS:
            hint = nearest_hint(name[:40], INSTRUCTIONS)
            _refuse(number, f"there is no instruction named {quoted(name)}.{hint}")
        if name in ("RUN", "COPY", "ADD") and _HERE_DOCUMENT.search(value):
            _refuse(number, "a here-document (<<) is not read here; join the commands with &&.")
        if not value:
            _refuse(number, f"{name} has no argument.")
        yield _Line(number, name, value)


def _stage(line: _Line, shared: Mapping[str, str], before: list[_Stage]) -> _Stage:
    """Begin a stage; one that builds on an earlier stage goes on with what that has done."""
    _, rest = _flags(_filled_in(line, line.value, shared))
    words = rest.split()
    if len(words) not in (1, 3) or (len(words) == 3 and words[1].upper() != "AS"):
        _refuse(line.number, "write FROM image or FROM image AS name.")
    name = words[2] if len(words) == 3 else ""
    base = next((stage for stage in before if stage.name and stage.name == words[0]), None)
    return _Stage(base.image, name, list(base.steps)) if base else _Stage(words[0], name, [])


def _step(line: _Line, variables: dict[str, str]) -> Tree:
    value = line.value if line.name in _OF_THE_SHELL else _filled_in(line, line.value, variables)
    flags, text = _flags(value) if line.name in _HAS_FLAGS else ({}, value)
    step: dict[str, Tree] = {"do": line.name, "flags": dict(flags), "form": "shell"}
    listed = _listed(text) if line.name in _MAY_BE_LIST else None
    if line.name in _PAIRS:
        pairs = _pairs(line, text)
        if line.name != "LABEL":
            # ARG without a value takes the one from before FROM.
            variables.update({name: value for name, value in pairs.items() if value})
        step["vars"] = dict(pairs)
        words = [f"{name}={value}" for name, value in pairs.items()]
    elif listed is not None:
        step["form"], words = "exec", listed
    else:
        words = text.split()
    return {**step, "text": " ".join(words), "words": list(words)}


def _flags(value: str) -> tuple[dict[str, str], str]:
    """Cut ``--name=value`` off the front of an argument."""
    flags: dict[str, str] = {}
    while value.startswith("--"):
        flag, _, value = value.partition(" ")
        name, _, setting = flag.removeprefix("--").partition("=")
        flags[name] = setting
    return flags, value


def _listed(text: str) -> list[str] | None:
    """Return the words of a JSON list, or None: what is no list of texts goes to a shell."""
    if not text.startswith("["):
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, list) and all(isinstance(word, str) for word in found) else None


def _pairs(line: _Line, text: str) -> dict[str, str]:
    try:
        words = shlex.split(text)
    except ValueError:
        _refuse(line.number, "a quote is not closed.")
    if line.name != "ARG" and "=" not in words[0]:
        return {words[0]: " ".join(words[1:])}  # the old form: one name, and all that follows is its value
    if line.name != "ARG" and any("=" not in word for word in words):
        _refuse(line.number, "write NAME=value; a value with spaces stands in quotes.")
    return {name: value for name, _, value in (word.partition("=") for word in words)}


def _filled_in(line: _Line, value: str, variables: Mapping[str, str]) -> str:
    """Fill in the variables that have a value here; others stay as they stand."""

    def value_of(match: re.Match[str]) -> str:
        name, default = match[1] or match[3], match[2]
        return variables.get(name) or (match[0] if default is None else default)

    filled_in = _VARIABLE.sub(value_of, value)
    if len(filled_in) > max(MAX_FILLED_IN, len(value)):
        _refuse(line.number, "with its variables filled in this is too long.")
    return filled_in
