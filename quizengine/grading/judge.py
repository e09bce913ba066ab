"""One order of judging for every type: read, key, form, misconceptions, common slips."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from quizengine.errors import UnreadableResponseError
from quizengine.grading.compare import compare
from quizengine.grading.judgement import Judgement, verdict_of
from quizengine.grading.labels import built_in_label, label_hint
from quizengine.grading.reading import UnreadableCellsError, is_read_alike, take_in
from quizengine.grading.sql import grade_query
from quizengine.grading.typed import Scalar, Text, Typed, plain_of
from quizengine.model.answers import Answer, ConfigAnswer, SqlAnswer
from quizengine.model.grade import Decimal, Grade, Response, ResponseValue
from quizengine.model.variant import Misconception, Part, Variant

Given = str | Sequence[str] | Sequence[Sequence[str]]


def grade(variant: Variant, response: Given | Mapping[str, ResponseValue] | Response) -> Grade:
    """Judge ``response``; a bare text or list answers the first part.

    Pure: the same variant and response give the same grade on every machine, which
    is what lets a score be recomputed. A question of several parts has one grade a
    part in ``parts``; where one of them cannot be read, the others are not judged
    and carry only what they were read as.
    """
    answers, decimal = _by_part(variant, response)
    taken = [_take(part, answers.get(part.name), decimal) for part in variant.parts]
    unreadable = [one for one in taken if isinstance(one, Grade)]
    if unreadable:
        return _unread(taken, unreadable[0])
    typed = [one for one in taken if not isinstance(one, Grade)]
    grades = [_key_grade(variant, i, part.answer, typed[i]) for i, part in enumerate(variant.parts)]
    fired = _fired(variant, typed, grades)
    if fired is not None:
        grades = [_with_credit(variant.parts[i].answer, one, fired, i) for i, one in enumerate(grades)]
    else:
        grades = [
            _with_slip(part.answer, one, found)
            for part, one, found in zip(variant.parts, grades, typed, strict=True)
        ]
    return _whole(variant, grades, fired)


def _by_part(
    variant: Variant, response: Given | Mapping[str, ResponseValue] | Response
) -> tuple[Mapping[str, ResponseValue], Decimal]:
    if isinstance(response, Response):
        return response.answers, response.decimal
    if isinstance(response, Mapping):
        return response, "point"
    return {variant.parts[0].name: frozen(response)}, "point"


def frozen(response: Given) -> ResponseValue:
    """Return lists, as JSON gives them, as the tuples that a response is made of."""
    if isinstance(response, str):
        return response
    rows = [row if isinstance(row, str) else tuple(row) for row in response]
    if all(isinstance(row, str) for row in rows):
        return tuple(row for row in rows if isinstance(row, str))
    return tuple((row,) if isinstance(row, str) else row for row in rows)


def _take(part: Part, value: ResponseValue | None, decimal: Decimal) -> Typed | Grade:
    if value is None:
        return Grade(verdict="unreadable", feedback="Nothing is written here yet.", stage="read")
    try:
        return take_in(part.answer, value, decimal)
    except UnreadableResponseError as error:
        cells = error.parts if isinstance(error, UnreadableCellsError) else ()
        return Grade(
            verdict="unreadable",
            feedback=str(error),
            start=error.start,
            end=error.end,
            stage="read",
            parts=cells,
        )


def _unread(taken: Sequence[Typed | Grade], first: Grade) -> Grade:
    if len(taken) == 1:
        return first
    parts = tuple(one if isinstance(one, Grade) else _only_read(plain_of(one)) for one in taken)
    return replace(first, parts=parts)


def _only_read(read_as: str) -> Grade:
    """Return what a part carries while another one cannot be read: no verdict, so nothing to learn from."""
    return Grade(verdict="unreadable", read_as=read_as, stage="read")


def _key_grade(variant: Variant, place: int, answer: Answer, typed: Typed) -> Grade:
    if isinstance(answer, SqlAnswer) and isinstance(typed, Text):
        return grade_query(answer, variant.misconceptions, place, typed.text)
    return _as_grade(compare(answer, typed), typed)


def _as_grade(judgement: Judgement, typed: Typed) -> Grade:
    return Grade(
        verdict=judgement.verdict,
        score=judgement.score,
        rule=judgement.rule,
        read_as=plain_of(typed),
        hint=judgement.hint,
        stage="key",
        parts=judgement.parts,
    )


def _fired(variant: Variant, typed: Sequence[Typed], grades: Sequence[Grade]) -> Misconception | None:
    """Return the first misconception, in file order, that explains every part it touches."""
    if all(one.verdict == "correct" for one in grades):
        return None
    named = next((one.misconception for one in grades if one.misconception), None)
    for wrong in variant.misconceptions:
        if wrong.id == named or _explains(wrong, variant, typed):
            return wrong
    return None


def _explains(wrong: Misconception, variant: Variant, typed: Sequence[Typed]) -> bool:
    if wrong.when:  # a range of numbers, in the first part
        first = typed[0]
        return isinstance(first, Scalar) and all(one.holds(first.number) for one in wrong.when)
    touched = False
    for part, answer, found in zip(variant.parts, wrong.answers, typed, strict=False):
        if answer is None or isinstance(answer, SqlAnswer):
            continue
        touched = True
        if not is_read_alike(part.answer, answer) or compare(answer, found).score != 1:
            return False
    return touched


def _with_credit(answer: Answer, one: Grade, wrong: Misconception, place: int) -> Grade:
    """Give a part that the misconception explains its credit instead of its own partial score.

    A file keeps its score: the misconception is about one of its faults, the score about all of them.
    """
    touched = place == 0 if wrong.when else place < len(wrong.answers) and wrong.answers[place] is not None
    if one.verdict not in ("wrong", "partial") or not (touched or one.misconception == wrong.id):
        return one
    score = max(one.score, wrong.credit) if isinstance(answer, ConfigAnswer) else wrong.credit
    return replace(
        one,
        verdict=verdict_of(score) if isinstance(answer, ConfigAnswer) else "wrong",
        score=score,
        misconception=wrong.id,
        feedback=wrong.feedback,
        hint="",
        stage="misconceptions",
    )


def _with_slip(answer: Answer, one: Grade, typed: Typed) -> Grade:
    if one.verdict != "wrong" or one.hint:
        return one
    label = built_in_label(answer, typed)
    if label is None:
        return one
    return replace(one, misconception=label, hint=label_hint(label, answer, typed), stage="labels")


def _whole(variant: Variant, grades: Sequence[Grade], fired: Misconception | None) -> Grade:
    if len(grades) == 1:
        return grades[0]
    parts = tuple(grades)
    read_as = "; ".join(
        f"{part.label or part.name}: {one.read_as}" for part, one in zip(variant.parts, grades, strict=True)
    )
    unread = next((one for one in grades if one.verdict == "unreadable"), None)
    if unread is not None:
        parts = tuple(one if one.verdict == "unreadable" else _only_read(one.read_as) for one in grades)
        return replace(unread, parts=parts)
    undecided = next((one for one in grades if one.verdict == "undecided"), None)
    if undecided is not None:
        return replace(undecided, read_as=read_as, parts=parts)
    score = _mean(variant.parts, grades)
    return Grade(
        verdict=verdict_of(score),
        score=score,
        rule="parts",
        read_as=read_as,
        misconception=fired.id if fired else next((g.misconception for g in grades if g.misconception), None),
        feedback=fired.feedback if fired else "",
        hint=next((one.hint for one in grades if one.hint), ""),
        stage="misconceptions" if fired else "key",
        parts=parts,
    )


def _mean(parts: Sequence[Part], grades: Sequence[Grade]) -> float:
    if all(one.verdict == "correct" for one in grades):
        return 1.0
    total = sum(part.weight for part in parts)
    mean = sum(part.weight * one.score for part, one in zip(parts, grades, strict=True)) / total
    # Weights that do not add up to a round number must not round a part that is wrong up to 1.
    return min(mean, 1 - 1e-9)
