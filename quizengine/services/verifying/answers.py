"""Variants and grades of a file, computed again from the question and the text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from quizengine.bank import Bank
from quizengine.errors import QuizEngineError
from quizengine.generation.remaking import remade
from quizengine.grading import grade
from quizengine.model.answers import SqlPanel
from quizengine.model.grade import Grade, Response
from quizengine.model.variant import Variant
from quizengine.services.attempts import DONT_KNOW
from quizengine.services.verifying.outcome import Difference, compared
from quizengine.store import codec
from quizengine.store.attempts import tupled

#: What of a grade is compared; the rest says how it was reached.
JUDGED = ("verdict", "score", "rule", "read_as", "misconception", "feedback", "hint")


class Panels:
    """The databases of a file, decoded once each."""

    def __init__(self, contents: Mapping[str, Mapping[str, Any]]) -> None:
        self._contents = contents
        self._decoded: dict[str, SqlPanel] = {}

    def __getitem__(self, digest: str) -> SqlPanel:
        """Return a database by the digest that a variant names it by."""
        if digest not in self._decoded:
            self._decoded[digest] = codec.panel_from_json(self._contents[digest])
        return self._decoded[digest]

    def variant(self, content: Mapping[str, Any]) -> Variant:
        """Return the variant that was written."""
        return codec.variant_from_json(content, self.__getitem__)


def variant_differences(
    path: str, content: Mapping[str, Any], panels: Panels, bank: Bank
) -> Iterator[Difference]:
    """Yield where a variant is not what its question makes of its parameters; pictures are left out."""
    shown = panels.variant(content)
    if shown.question_id not in bank.questions:
        yield Difference(f"{path}.question_id", str(shown.question_id), "no question of the bank")
        return
    try:
        again = remade(bank[shown.question_id].program, shown)
    except QuizEngineError as error:
        yield Difference(f"{path}.values", dict(shown.values), str(error))
        return
    if again is None:
        yield Difference(f"{path}.values", dict(shown.values), "no parameters of this question")
        return
    told, of_it = codec.variant_to_json(shown)
    found, remade_panels = codec.variant_to_json(again)
    for one in (told, found):
        if one["figure"]:
            one["figure"]["svg"] = ""
    yield from compared(path, told, found)
    for digest in sorted(of_it.keys() & remade_panels.keys()):
        content_of = [codec.panel_to_json(some[digest]) for some in (of_it, remade_panels)]
        yield from compared(f"panels.{digest[:12]}", *content_of)


def grade_differences(path: str, answer: Mapping[str, Any], panels: Panels) -> Iterator[Difference]:
    """Yield where the last grade of an answer is not what its variant makes of its text.

    A person had to decide what was undecided: a budget that ran out then need not run out now.
    """
    place = len(answer["grades"]) - 1
    told = answer["grades"][place]
    found = judged(answer, panels)
    if "undecided" in (told["verdict"], found.verdict):
        return
    for name in JUDGED:
        yield from compared(f"{path}.grades[{place}].{name}", told[name], getattr(found, name))


def judged(answer: Mapping[str, Any], panels: Panels) -> Grade:
    """Return the grade of an answer, by the variant that its last grade was made by."""
    if answer["dont_know"]:
        return DONT_KNOW
    variant = panels.variant(answer["grades"][-1].get("judged_by") or answer["variant"])
    return grade(variant, response_of(answer))


def response_of(answer: Mapping[str, Any]) -> Response:
    """Return what was given."""
    return Response(
        answers={name: tupled(value) for name, value in answer["answers"].items()},
        dont_know=answer["dont_know"],
        decimal="comma" if answer["decimal"] == "comma" else "point",
    )
