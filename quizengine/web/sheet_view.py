"""A printed sheet as its pages show it: rows for what was entered, rows to enter it. No keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from markupsafe import Markup

from quizengine.markup.document import PLACE
from quizengine.model.grade import Decimal, Grade, ResponseValue
from quizengine.model.sheet import SheetItem, SheetMark
from quizengine.model.variant import Part, Variant, misconception_title
from quizengine.services.printing import KeptSheet
from quizengine.web.bodies import Box
from quizengine.web.feedback import TITLES, read_as
from quizengine.web.forms import is_empty
from quizengine.web.question import faults_of
from quizengine.web.rendering import prose
from quizengine.web.widgets import PartFault, Widget, make_widget

NOT_REACHED = "Not reached"
DID_NOT_KNOW = "Did not know"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One question of a sheet and what was entered for it, if anything was."""

    number: int
    title: str
    of: int
    points: float | None = None
    verdict: str = ""
    words: str = ""
    read: tuple[Markup, ...] = ()
    misconception: str = ""
    feedback: Markup | str = ""
    by_hand: bool = False
    is_own: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """Where one answer is typed, and what stands there. Nothing is set beforehand, as it is online."""

    widget: Widget
    text: str
    is_given: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterRow:
    """One question of a sheet where something is entered: a mark, or the answers that stand on the paper.

    ``mark`` is what is chosen, empty for typed answers or none; ``share`` of the marks for "partly".
    """

    number: int
    title: str
    of: int
    fields: tuple[Field, ...]
    misconceptions: tuple[tuple[str, str], ...]
    mark: str = ""
    share: str = "0.5"
    misconception: str = ""
    fault: str = ""

    @property
    def is_short(self) -> bool:
        """Whether every answer is one line, so that its box stands open."""
        bodies = [field.widget.body for field in self.fields]
        return all(isinstance(body, Box) and body.lines == 1 for body in bodies)

    @property
    def is_typed(self) -> bool:
        """Whether answers stand in the form, or something is wrong with them."""
        return bool(self.fault) or any(field.widget.fault or field.is_given for field in self.fields)


def view_rows(kept: KeptSheet) -> list[Row]:
    """Return the questions of a sheet with what was entered."""
    return [_row(number, item, kept.marks.get(number)) for number, item in enumerate(kept.sheet.items, 1)]


def _row(number: int, item: SheetItem, mark: SheetMark | None) -> Row:
    row = Row(number=number, title=item.variant.title, of=item.marks)
    if mark is None:
        return row
    told, given = mark.grade, mark.response
    if told is None:
        return replace(row, words=NOT_REACHED, by_hand=True, is_own=mark.is_own)
    decided = told.verdict in ("correct", "partial", "wrong")
    return replace(
        row,
        points=told.score * item.marks if decided else None,
        verdict=told.verdict,
        words=DID_NOT_KNOW if given.dont_know else TITLES[told.verdict],
        read=tuple(one.html for one in read_as(item.variant, given.answers, given.decimal)),
        misconception=misconception_title(told.misconception) if told.misconception else "",
        feedback=_feedback(item.variant, told),
        by_hand=mark.how != "typed",
        is_own=mark.is_own,
    )


def _feedback(variant: Variant, told: Grade) -> Markup:
    """Return the author's words on a misconception; a grader's own message stays with the form."""
    known = any(one.id == told.misconception for one in variant.misconceptions)
    return prose(told.feedback) if known else Markup("")


def named_within(variant: Variant, number: int) -> Variant:
    """Return a variant whose parts have names of their own on a page with several questions."""
    prompt = PLACE.sub("", variant.prompt)
    parts = tuple(replace(part, name=f"q{number}-{part.name}") for part in variant.parts)
    return replace(variant, prompt=prompt, parts=parts)


def plain_names(
    variant: Variant, number: int, answers: Mapping[str, ResponseValue]
) -> dict[str, ResponseValue]:
    """Return answers under the names that their parts have on the sheet."""
    return {part.name: answers[f"q{number}-{part.name}"] for part in variant.parts}


def enter_row(
    item: SheetItem,
    number: int,
    *,
    answers: Mapping[str, ResponseValue],
    decimal: Decimal,
    mark: str = "",
    misconception: str = "",
    unreadable: Grade | None = None,
) -> EnterRow:
    """Return a question where something is entered, with what stands there."""
    variant = item.variant
    found = faults_of(variant, unreadable, answers) if unreadable else {}
    share = "" if mark in ("right", "wrong", "dont-know", "not-reached", "") else mark
    return EnterRow(
        number=number,
        title=variant.title,
        of=item.marks,
        fields=tuple(
            _field(named, answers.get(part.name), decimal, found.get(part.name))
            for part, named in zip(variant.parts, named_within(variant, number).parts, strict=True)
        ),
        misconceptions=tuple((one.id, misconception_title(one.id)) for one in variant.misconceptions),
        mark="partly" if share else mark,
        share=share if share not in ("", "partly") else "0.5",
        misconception=misconception,
    )


def _field(part: Part, value: ResponseValue | None, decimal: Decimal, fault: PartFault | None) -> Field:
    named = replace(part, label=part.label or "Answer")
    return Field(
        widget=make_widget(named, typed=value, decimal=decimal, fault=fault),
        text=value if isinstance(value, str) else "",
        is_given=value is not None and not is_empty(value),
    )


def mark_word(mark: SheetMark | None) -> str:
    """Return the mark that stands at a question as the form has it; empty for typed answers and none."""
    if mark is None or mark.how == "typed":
        return ""
    if mark.grade is None:
        return "not-reached"
    if mark.response.dont_know:
        return "dont-know"
    return {1.0: "right", 0.0: "wrong"}.get(mark.grade.score, f"{mark.grade.score:g}")
