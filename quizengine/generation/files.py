"""The answer of a question on a file: its template filled in, with no fault, with those drawn, with one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from quizengine.errors import ExpressionError, UnreadableResponseError, nearest_hint
from quizengine.generation.program import CompiledMisconception, CompiledPart, rules_of
from quizengine.generation.values import plain, show
from quizengine.grading.config import parse_rule, read_file
from quizengine.model.answers import ConfigAnswer, FileKind, Rule
from quizengine.model.question import PartSpec

#: What the template of a file knows beside the names of the draw: the faults to leave in.
FAULTS = "faults"


def file_names(part: CompiledPart, names: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the texts of a question may speak of: the faults planted, and the file without them."""
    planted = part.expressions["planted"].evaluate(names)
    return {
        "planted": [show(fault) for fault in plain(planted)],
        "sound_file": file_with(part, names, ()),
    }


def config_answer(part: CompiledPart, names: Mapping[str, Any]) -> ConfigAnswer:
    """Return the answer of a draw whose names hold those of ``file_names``.

    Raises
    ------
    ExpressionError
        If a rule or the sound file cannot be read, or there is no such fault.
    """
    kind: FileKind = part.spec.options["kind"]  # type: ignore[assignment]  # one of the four: the loader checked
    rules = tuple(
        Rule(id=spec.id, says=says.render(names), holds=holds.render(names))
        for spec, says, holds in zip(
            rules_of(part.spec), part.texts["says"], part.texts["holds"], strict=True
        )
    )
    for rule in rules:
        parse_rule(rule.holds)
    return ConfigAnswer(
        kind=kind,
        given=_readable(kind, file_with(part, names, names["planted"])),
        sound=_readable(kind, names["sound_file"]),
        rules=rules,
        planted=_broken_by(part.spec, names["planted"]),
        also_good=tuple(text.render(names).strip("\n") + "\n" for text in part.texts["also_good"]),
    )


def file_with(part: CompiledPart, names: Mapping[str, Any], faults: Sequence[str]) -> str:
    """Return the file with these faults in it."""
    return part.texts["file"][0].render({**names, FAULTS: list(faults)}).strip("\n") + "\n"


def wrong_file(
    answer: ConfigAnswer, part: CompiledPart, wrong: CompiledMisconception, names: Mapping[str, Any]
) -> ConfigAnswer:
    """Return the file of somebody with a misconception, and the rules that tell such files from all others.

    They are those of the right answer, but for the one that the fault breaks: it must not hold, and what the
    misconception says of the file must.
    """
    (broken,) = _broken_by(part.spec, [wrong.spec.fault])
    # The broken one comes first: most files are told apart by it alone.
    rules = [
        replace(rule, holds=f"not ({rule.holds})") if rule.id == broken else rule
        for rule in sorted(answer.rules, key=lambda rule: rule.id != broken)
    ]
    if wrong.rule is not None:
        rules.append(Rule(id="when", says="", holds=wrong.rule.render(names)))
        parse_rule(rules[-1].holds)
    text = _readable(answer.kind, file_with(part, names, [wrong.spec.fault]))
    return ConfigAnswer(kind=answer.kind, given=answer.given, sound=text, rules=tuple(rules))


def faults_of(spec: PartSpec) -> dict[str, str]:
    """Return every fault that the template can leave in, with the id of the rule that it breaks."""
    return {fault: rule.id for rule in rules_of(spec) for fault in rule.faults}


def _broken_by(spec: PartSpec, faults: Sequence[str]) -> tuple[str, ...]:
    known = faults_of(spec)
    for fault in faults:
        if fault not in known:
            raise ExpressionError(f"the file has no fault named {fault!r}.{nearest_hint(fault, known)}")
    return tuple(dict.fromkeys(known[fault] for fault in faults))


def _readable(kind: FileKind, text: str) -> str:
    try:
        read_file(kind, text)
    except UnreadableResponseError as error:
        raise ExpressionError(f"a file of this question cannot be read: {error}") from error
    return text
