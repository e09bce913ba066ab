"""What a question on a file must prove: a fault breaks its own rule alone, an empty file keeps none."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from quizengine.errors import ExpressionError, UnreadableResponseError
from quizengine.generation.files import faults_of, file_with
from quizengine.generation.program import CompiledPart
from quizengine.grading.config import EMPTY_FILES, broken_rules, read_file
from quizengine.model.answers import ConfigAnswer


def file_faults(part: CompiledPart, answer: ConfigAnswer, names: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with the rules of one draw; that right files keep them is asked of every key."""
    for fault, rule in faults_of(part.spec).items():
        try:
            broken = _broken(answer, file_with(part, names, [fault]))
        except (ExpressionError, UnreadableResponseError) as error:
            yield f"the file with the fault {fault!r} cannot be read: {error}"
            continue
        if broken != {rule}:
            yield f"the fault {fault!r} breaks {_listed(broken)}; it should break {rule} alone"
    broken = _broken(answer, answer.given)
    if broken != set(answer.planted):
        yield f"the file shown breaks {_listed(broken)}; planted are {_listed(answer.planted)}"
    kept = {rule.id for rule in answer.rules} - _broken(answer, EMPTY_FILES[answer.kind])
    if kept:
        yield f"an empty file keeps {_listed(kept)}: let the rule ask for what must stand there as well"


def _broken(answer: ConfigAnswer, text: str) -> set[str]:
    return set(broken_rules(answer.rules, read_file(answer.kind, text)))


def _listed(ids: Collection[str]) -> str:
    return ", ".join(sorted(ids)) or "no rule"
