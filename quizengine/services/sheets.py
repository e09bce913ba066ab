"""Choosing what is printed: a wish in, sheets with exact values out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from quizengine.bank import Bank, BankQuestion
from quizengine.bank.engines import judgeable, left_out_note
from quizengine.errors import QuizEngineError, StoreError, UnknownNameError
from quizengine.model.answers import ANSWER_TYPES, SqlPanel
from quizengine.model.sheet import PaperSize, Sheet, SheetItem
from quizengine.model.variant import SkillId, Variant
from quizengine.services.codes import make_code
from quizengine.store.codec import panel_from_json, panel_to_json, variant_from_json, variant_to_json

#: Writing by hand takes longer than typing; an estimate until times of printed sheets are entered.
BY_HAND = 1.3
MAX_QUESTIONS = 60
MAX_MINUTES = 240
MAX_FORMS = 22
MAX_COPIES = 1000
#: Seconds of work that a mark stands for.
SECONDS_A_MARK = 60
#: Draws tried for values that no other copy has.
TRIES = 25
FORMAT = "quizengine-sheets-1"
FORM_LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ"


class SheetError(QuizEngineError):
    """A set that cannot be made, or read again: the message says what is missing and what would do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetWish:
    """What somebody wants on paper.

    ``skills`` are ids, or beginnings of ids (``math``), in the order of their sections; ``minutes`` is
    reached within a tenth where the bank allows. Equal wishes on an equal bank give equal sheets.
    """

    skills: tuple[str, ...]
    minutes: int = 40
    difficulty: tuple[float, float] = (-3.0, 3.0)
    types: tuple[str, ...] = ()
    forms: int = 1
    copies: int = 1
    names: tuple[str, ...] = ()
    title: str = ""
    paper: PaperSize = "a4"
    large_print: bool = False
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Plan:
    """The questions of a set in their order, and what a person should know of the choice."""

    questions: tuple[BankQuestion, ...]
    minutes: int
    notes: tuple[str, ...]
    titles: Mapping[SkillId, str]


def plan_sheets(bank: Bank, wish: SheetWish) -> Plan:
    """Return the questions that a wish comes to.

    Skills get their questions in turn, so that each has its share of the minutes; inside a skill they go from
    easy to hard.

    Raises
    ------
    SheetError
        If nothing fits, or a number is out of its range.
    UnknownNameError
        If a skill or an answer type is not known; the message offers the nearest.
    """
    _check(wish)
    bank, left_out = judgeable(bank)
    skills = wanted_skills(bank, wish.skills)
    supply = {skill: _supply(bank, skill, wish) for skill in skills}
    chosen = _choose(supply, wish.minutes * 60)
    if not chosen:
        raise SheetError(_why_nothing(bank, skills, wish))
    ordered = [
        entry
        for skill in skills
        if skill in chosen
        for entry in sorted(chosen[skill], key=lambda one: (one.question.difficulty, one.question.id))
    ]
    minutes = round(sum(map(_seconds, ordered)) / 60)
    titles = {skill.id: skill.title for skill in bank.roadmap.skills}
    notes = list(_notes(titles, wish, supply, chosen, minutes))
    missing = [name for name in left_out if name.rpartition(".")[0] in skills]
    notes += [left_out_note(missing)] if missing else []
    return Plan(tuple(ordered), minutes, tuple(notes), titles)


def make_sheets(wish: SheetWish, plan: Plan) -> Iterator[Sheet]:
    """Give the sheets one by one: memory does not grow with their number.

    Each copy has values of its own as long as a question's space lasts.
    """
    seen: defaultdict[str, set[str]] = defaultdict(set)
    for form, copy, name in copies_of(wish):
        yield make_sheet(wish, plan, form, copy, name, seen)


def copies_of(wish: SheetWish) -> tuple[tuple[str, int, str], ...]:
    """Return the form's letter, the number from 1 and the name of each copy."""
    total = len(wish.names) or max(wish.copies, wish.forms)
    names = wish.names or ("",) * total
    return tuple((FORM_LETTERS[at % wish.forms], at + 1, names[at]) for at in range(total))


def make_sheet(
    wish: SheetWish, plan: Plan, form: str, copy: int, name: str, seen: defaultdict[str, set[str]]
) -> Sheet:
    """Return one copy; ``seen`` holds the values that other copies have, and is added to."""
    items = tuple(
        SheetItem(_fresh(entry, f"sheet {wish.seed} {copy} {at}", seen[entry.question.id]), marks_of(entry))
        for at, entry in enumerate(plan.questions)
    )
    digest = sha256("\n".join(item.variant.identity for item in items).encode()).hexdigest()
    return Sheet(
        code=make_code(f"{wish.seed} {copy} {digest}", form),
        form=form,
        title=wish.title or "Practice set",
        paper=wish.paper,
        large_print=wish.large_print,
        minutes=plan.minutes,
        items=items,
        name=name,
        skills={
            wrong.points_to: plan.titles[wrong.points_to]
            for item in items
            for wrong in item.variant.misconceptions
        },
    )


def wanted_skills(bank: Bank, names: Sequence[str]) -> tuple[SkillId, ...]:
    """Return the skills that ids, or beginnings of ids, stand for, each once.

    Raises
    ------
    UnknownNameError
        If a name begins no skill.
    """
    known = [skill.id for skill in bank.roadmap.skills]
    found: dict[SkillId, None] = {}
    for name in names:
        fit = [skill for skill in known if skill == name or skill.startswith(f"{name}.")]
        if not fit:
            areas = {skill.split(".")[0] for skill in known}
            raise UnknownNameError("skill or area", name, [*known, *areas])
        found.update(dict.fromkeys(fit))
    return tuple(found)


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
        return Sheet(
            **texts,
            paper=paper,
            large_print=bool(content["large_print"]),
            minutes=int(content["minutes"]),
            items=items,
            skills={str(skill): str(title) for skill, title in content["skills"].items()},
        )
    except (KeyError, TypeError, ValueError, AttributeError, StoreError) as error:
        raise SheetError(f"This sheet is damaged, and cannot be printed: {error!r}.") from error


def _check(wish: SheetWish) -> None:
    low, high = wish.difficulty
    bounds: tuple[tuple[str, float, int], ...] = (
        ("minutes", wish.minutes, MAX_MINUTES),
        ("forms", wish.forms, MAX_FORMS),
        ("copies", max(wish.copies, len(wish.names)), MAX_COPIES),
    )
    for name, value, most in bounds:
        if not 1 <= value <= most:
            raise SheetError(f"{name} must lie between 1 and {most}; {value} was asked for.")
    if low > high:
        raise SheetError(f"The difficulty goes from easy to hard: write {high:g}..{low:g}.")
    if not wish.skills:
        raise SheetError("Say which skills: for example math.matrices, or math for all of an area.")
    for name in wish.types:
        if name not in ANSWER_TYPES:
            raise UnknownNameError("answer type", name, ANSWER_TYPES)


def _supply(bank: Bank, skill: SkillId, wish: SheetWish) -> list[BankQuestion]:
    """Return the questions of a skill that fit, in an order drawn by the seed."""
    low, high = wish.difficulty
    fit = [
        entry
        for entry in bank.of_skill(skill)
        if low <= entry.question.difficulty <= high
        and (not wish.types or {part.type for part in entry.question.parts} <= set(wish.types))
    ]
    return sorted(fit, key=lambda entry: sha256(f"{wish.seed} {entry.question.id}".encode()).digest())


def _choose(supply: Mapping[SkillId, list[BankQuestion]], seconds: int) -> dict[SkillId, list[BankQuestion]]:
    """Give each skill a question in turn while the time is not more than filled."""
    chosen: defaultdict[SkillId, list[BankQuestion]] = defaultdict(list)
    left, count = float(seconds), 0
    waiting = {skill: list(entries) for skill, entries in supply.items()}
    while any(waiting.values()) and count < MAX_QUESTIONS:
        before = count
        for skill, entries in waiting.items():
            at = next((i for i, entry in enumerate(entries) if _seconds(entry) <= left * 1.1), None)
            if at is None or count >= MAX_QUESTIONS:
                entries.clear()
                continue
            entry = entries.pop(at)
            chosen[skill].append(entry)
            left, count = left - _seconds(entry), count + 1
        if count == before:
            break
    return dict(chosen)


def _seconds(entry: BankQuestion) -> float:
    return entry.question.seconds * BY_HAND


def marks_of(entry: BankQuestion) -> int:
    """Return what a question is worth on paper: its parts, or its minutes if these are more."""
    return max(len(entry.question.parts), round(entry.question.seconds / SECONDS_A_MARK))


def _notes(
    titles: Mapping[SkillId, str],
    wish: SheetWish,
    supply: Mapping[SkillId, list[BankQuestion]],
    chosen: Mapping[SkillId, list[BankQuestion]],
    minutes: int,
) -> Iterator[str]:
    missing = [titles[skill] for skill in supply if skill not in chosen]
    if missing:
        empty = [titles[skill] for skill in supply if not supply[skill]]
        if empty:
            yield f"No question fits the wish for {_listed(empty)}."
        if late := [title for title in missing if title not in empty]:
            yield f"The minutes do not reach for {_listed(late)}."
    if minutes < 0.9 * wish.minutes:
        yield (
            f"{minutes} of the {wish.minutes} wanted minutes: there are no more questions that fit; "
            "name more skills or widen the difficulty."
        )
    total = len(copies_of(wish))
    for skill in chosen:
        for entry in chosen[skill]:
            if _is_fixed(entry) and total > 1:
                yield f"{entry.question.id} has one variant: it is the same on every copy."


def _is_fixed(entry: BankQuestion) -> bool:
    return not any(len(domain.values) > 1 for domain in entry.question.params.values())


def _why_nothing(bank: Bank, skills: Sequence[SkillId], wish: SheetWish) -> str:
    low, high = wish.difficulty
    entries = [entry for skill in skills for entry in bank.of_skill(skill)]
    fit = [entry for skill in skills for entry in _supply(bank, skill, wish)]
    if fit:
        least = round(min(map(_seconds, fit)) / 60 + 0.5)
        return f"The shortest question that fits takes {least} minutes; {wish.minutes} were wanted."
    spread = sorted(entry.question.difficulty for entry in entries)
    types = sorted({part.type for entry in entries for part in entry.question.parts})
    return (
        f"No question of {_listed(skills)} fits: difficulty {low:g}..{high:g}"
        + (f", answer types {_listed(wish.types)}" if wish.types else "")
        + f". There are {len(entries)}, from {spread[0]:g} to {spread[-1]:g}, of the types {_listed(types)}."
    )


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _fresh(entry: BankQuestion, name: str, seen: set[str]) -> Variant:
    """Return a variant whose values no other copy has, or the last one tried where the space is used up."""
    for attempt in range(TRIES):
        variant = entry.variant(seed_of(f"{name} {attempt}"))
        if variant.identity not in seen:
            break
    seen.add(variant.identity)
    return variant


def seed_of(text: str) -> int:
    """Return the seed that a name stands for."""
    return int.from_bytes(sha256(text.encode()).digest()[:6], "big")
