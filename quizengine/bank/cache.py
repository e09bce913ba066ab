"""Questions as they were read, kept on disk: a file that has not changed is not read again.

What is kept is JSON, and nothing in it is ever run: an expression of a kept question is
compiled in the sandbox, like one from its file. It holds for the bytes that it was made from,
by the engine that made it; anything else, and a file that is damaged, is made anew.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import fields
from fractions import Fraction
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from quizengine.model.question import Domain, FigureSpec, MisconceptionSpec, PartSpec, Question, RuleSpec
from quizengine.sqljudge.instances import Dataset
from quizengine.sqljudge.panel_cache import is_private

#: The rooms that decide whether a file is good, and what becomes of it.
ROOMS = ("bank", "generation", "grading", "model", "roadmap", "sqljudge")
NOUNS = (Question, Domain, PartSpec, MisconceptionSpec, FigureSpec)


class BankCache:
    """The questions of one bank that were found good, by the hash of their file.

    Parameters
    ----------
    folder
        Where caches are kept. It is made for this user alone; one that others can write is left alone.
    root
        The bank's folder.
    around
        A hash of what its questions may refer to: its roadmap and its datasets.
    """

    def __init__(self, folder: Path, root: Path, around: str) -> None:
        self._folder = folder
        self._path = folder / f"{_digest([str(root.resolve()).encode()])[:16]}.json"
        self._made_by = _digest([engine().encode(), around.encode()])
        self._found = self._read()
        self._now: dict[str, Any] = {}

    def find(self, digest: str, datasets: Mapping[str, Dataset]) -> Question | None:
        """Return the question that was made from a file of this hash, if there is one."""
        table = self._found.get(digest)
        if table is None:
            return None
        with suppress(TypeError, ValueError, KeyError):  # not what we wrote
            question = question_from_json(table, datasets)
            self._now[digest] = table
            return question
        return None

    def keep(self, digest: str, question: Question) -> None:
        """Keep a question that was found good in a file of this hash, if only we decide about it."""
        with suppress(TypeError):  # of a kind that has no form in JSON yet: it is read each time
            if _is_all_ours(question):
                self._now[digest] = question_to_json(question)

    def write(self) -> None:
        """Write what was found and kept, where it differs from what is there.

        A folder that cannot be written makes the next load slow, and nothing else.
        """
        if self._now == self._found:
            return
        with suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not is_private(self._folder):
                return
            # Renamed when it is whole: several processes may start on one bank at once.
            unfinished = self._path.with_suffix(f".{os.getpid()}")
            try:
                unfinished.write_text(json.dumps({"made_by": self._made_by, "questions": self._now}), "utf-8")
                unfinished.replace(self._path)
            finally:
                unfinished.unlink(missing_ok=True)

    def _read(self) -> Mapping[str, Any]:
        with suppress(OSError, ValueError):
            if is_private(self._folder):
                content = json.loads(self._path.read_bytes())
                if isinstance(content, dict) and content.get("made_by") == self._made_by:
                    questions = content.get("questions")
                    return questions if isinstance(questions, dict) else {}
        return {}


def _is_all_ours(question: Question) -> bool:
    """Whether no function of somebody else is named, which may be gone the next time."""
    from quizengine.generation import registry  # noqa: PLC0415 (what is found in a cache needs no generator)

    named: list[Any] = [registry.find_generator(question.generator)] if question.generator else []
    named += [registry.find_figure(question.figure.generator)] if question.figure else []
    return all(function.__module__.startswith("quizengine.") for function in named)


@cache
def engine() -> str:
    """Return a hash of the code that reads banks: a changed rule looks at every file again."""
    package = Path(__file__).parent.parent
    sources = [path for room in ROOMS for path in sorted((package / room).rglob("*.py"))]
    return _digest(path.read_bytes() for path in sources)


def _digest(parts: Iterable[bytes]) -> str:
    whole = sha256()
    for part in parts:
        whole.update(len(part).to_bytes(8) + part)
    return whole.hexdigest()


def question_to_json(question: Question) -> Any:
    """Return a question as JSON, exactly; ``question_from_json`` gives it back."""
    return _encode(question)


def _encode(value: Any) -> Any:
    match value:
        case None | bool() | int() | float() | str():
            return value
        case Fraction():
            return {"$fraction": str(value)}
        case Dataset():
            return {"$dataset": value.name}
        case RuleSpec():
            return {"$rule": {field.name: _encode(getattr(value, field.name)) for field in fields(value)}}
        case tuple():
            return [_encode(item) for item in value]
        case Mapping():
            return {key: _encode(item) for key, item in value.items()}
    if not isinstance(value, NOUNS):
        raise TypeError(f"a question holds a {type(value).__name__}, which has no form in JSON")
    return {field.name: _encode(getattr(value, field.name)) for field in fields(value)}


def question_from_json(table: Any, datasets: Mapping[str, Dataset]) -> Question:
    """Return the question that was written, with the datasets that it names."""
    whole = _decode(table, datasets)
    figure = whole["figure"]
    return Question(
        **{
            **whole,
            "params": {name: Domain(**domain) for name, domain in whole["params"].items()},
            "parts": tuple(PartSpec(**part) for part in whole["parts"]),
            "misconceptions": tuple(MisconceptionSpec(**wrong) for wrong in whole["misconceptions"]),
            "figure": None if figure is None else FigureSpec(**figure),
        }
    )


def _decode(value: Any, datasets: Mapping[str, Dataset]) -> Any:
    if isinstance(value, list):
        return tuple(_decode(item, datasets) if isinstance(item, list | dict) else item for item in value)
    if not isinstance(value, dict):
        return value
    if "$fraction" in value:
        return Fraction(value["$fraction"])
    if "$dataset" in value:
        return datasets[value["$dataset"]]
    if "$rule" in value:
        return RuleSpec(**_decode(value["$rule"], datasets))
    return {
        key: _decode(item, datasets) if isinstance(item, list | dict) else item for key, item in value.items()
    }
