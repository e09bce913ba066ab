"""Copies of a planned set, made one by one in any order, and sheets as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from quizengine.bank import BankQuestion
from quizengine.errors import StoreError
from quizengine.model.answers import SqlPanel
from quizengine.model.sheet import KEY_PLACES, PaperSize, Sheet, SheetItem
from quizengine.model.variant import SkillId
from quizengine.services.codes import make_code
from quizengine.services.copy_values import CopyValues, Run, allot
from quizengine.services.sheet_wish import FORM_LETTERS, SheetError, SheetWish
from quizengine.store.codec import panel_from_json, panel_to_json, variant_from_json, variant_to_json

#: Seconds of work that a mark stands for.
SECONDS_A_MARK = 60
UNTITLED = "Practice set"
FORMAT = "quizengine-sheets-1"

Form = tuple[BankQuestion, ...]


@dataclass(frozen=True, slots=True)
class Forms:
    """The questions of each form, and its expected total at each of ``ABILITIES``, in points."""

    questions: tuple[Form, ...]
    expected: tuple[tuple[float, ...], ...]

    @property
    def apart(self) -> float:
        """How far apart two forms are at most, in points."""
        return float(max(max(totals) - min(totals) for totals in zip(*self.expected, strict=True)))


@dataclass(frozen=True, slots=True)
class Plan:
    """The questions of a set in their order (those of form A), and what a person should know of the choice.

    ``forms`` has the questions of each form; most have the same.
    """

    questions: tuple[BankQuestion, ...]
    minutes: int
    notes: tuple[str, ...]
    titles: Mapping[SkillId, str]
    forms: Forms

    def of_form(self, letter: str) -> tuple[BankQuestion, ...]:
        """Return the questions of a form."""
        return self.forms.questions[FORM_LETTERS.index(letter)]


def make_sheets(wish: SheetWish, plan: Plan) -> Iterator[Sheet]:
    """Give the sheets one by one: memory does not grow with their number.

    Each copy has values of its own as long as a question's space lasts.
    """
    values = values_of(wish, plan)
    for form, copy, name in copies_of(wish):
        yield make_sheet(wish, plan, values, form, copy, name)


def values_of(wish: SheetWish, plan: Plan, run: Run = map) -> CopyValues:
    """Return which copy has which values; ``run`` maps over the questions."""
    return allot({copy: plan.of_form(form) for form, copy, _ in copies_of(wish)}, wish.seed, run)


def code_of(plan: Plan, values: CopyValues, form: str, copy: int) -> str:
    """Return the code of a copy, without making it: it follows from the seed and the copy's values."""
    identities = [values.of(entry, copy).identity for entry in plan.of_form(form)]
    digest = sha256("\n".join(identities).encode()).hexdigest()
    return make_code(f"{values.seed} {copy} {digest}", form)


def copies_of(wish: SheetWish) -> tuple[tuple[str, int, str], ...]:
    """Return the form's letter, the number from 1 and the name of each copy."""
    names = wish.names or ("",) * wish.total
    return tuple((FORM_LETTERS[at % wish.forms], at + 1, names[at]) for at in range(wish.total))


def make_sheet(wish: SheetWish, plan: Plan, values: CopyValues, form: str, copy: int, name: str) -> Sheet:
    """Return one copy; it does not depend on which others were made."""
    items = tuple(SheetItem(values.variant(entry, copy), marks_of(entry)) for entry in plan.of_form(form))
    return Sheet(
        code=code_of(plan, values, form, copy),
        form=form,
        title=wish.title or UNTITLED,
        paper=wish.paper,
        large_print=wish.large_print,
        key=wish.key,
        minutes=plan.minutes,
        items=items,
        name=name,
        skills={
            wrong.points_to: plan.titles[wrong.points_to]
            for item in items
            for wrong in item.variant.misconceptions
        },
    )


def marks_of(entry: BankQuestion) -> int:
    """Return the marks that a question is worth: one a minute, at least one an answer."""
    return max(len(entry.question.parts), round(entry.question.seconds / SECONDS_A_MARK))


def sheet_to_json(sheet: Sheet) -> dict[str, Any]:
    """Return a sheet as JSON, with everything that its print and its marks need."""
    panels: dict[str, SqlPanel] = {}
    items = []
    for item in sheet.items:
        content, more = variant_to_json(item.variant)
        panels |= more
        items.append({"variant": content, "marks": item.marks})
    return {
        "format": FORMAT,
        **{
            name: getattr(sheet, name)
            for name in ("code", "form", "title", "paper", "large_print", "minutes")
        },
        "name": sheet.name,
        "key": sheet.key,
        "skills": dict(sheet.skills),
        "items": items,
        "panels": {digest: panel_to_json(panel) for digest, panel in panels.items()},
    }


def sheet_from_json(content: Mapping[str, Any]) -> Sheet:
    """Return the sheet that was written.

    Raises
    ------
    SheetError
        If it is not what ``sheet_to_json`` wrote.
    """
    if not isinstance(content, Mapping) or content.get("format") != FORMAT:
        raise SheetError(f"This is no sheet: it must be an object with format {FORMAT!r}.")
    try:
        panels = {digest: panel_from_json(panel) for digest, panel in content["panels"].items()}
        items = tuple(
            SheetItem(variant_from_json(item["variant"], panels.__getitem__), int(item["marks"]))
            for item in content["items"]
        )
        texts = {name: str(content[name]) for name in ("code", "form", "title", "name")}
        paper: PaperSize = "letter" if content["paper"] == "letter" else "a4"
        # Records of older releases do not say it.
        place = content.get("key", "separate")
        return Sheet(
            **texts,
            paper=paper,
            large_print=bool(content["large_print"]),
            minutes=int(content["minutes"]),
            items=items,
            skills={str(skill): str(title) for skill, title in content["skills"].items()},
            key=KEY_PLACES[KEY_PLACES.index(place)],
        )
    except (KeyError, TypeError, ValueError, AttributeError, StoreError) as error:
        raise SheetError(f"This sheet is damaged, and cannot be printed: {error!r}.") from error
