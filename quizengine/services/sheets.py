"""Choosing what is printed: a wish in, the questions of its sheets out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from quizengine.bank import Bank, BankQuestion
from quizengine.bank.engines import judgeable, left_out_note
from quizengine.model.variant import SkillId
from quizengine.services.sheet_choice import (
    MOST_IN_A_ROW,
    REVIEW_SHARE,
    Before,
    Sections,
    choose,
    in_order,
    longest_row,
    room_for,
    seconds_by_hand,
    supply,
)
from quizengine.services.sheet_copies import (
    UNTITLED,
    Forms,
    Plan,
    code_of,
    copies_of,
    make_sheet,
    make_sheets,
    marks_of,
    sheet_from_json,
    sheet_to_json,
    values_of,
)
from quizengine.services.sheet_forms import ABILITIES, APART, make_forms
from quizengine.services.sheet_wish import (
    FORM_LETTERS,
    MAX_COPIES,
    MAX_FORMS,
    MAX_MINUTES,
    MAX_QUESTIONS,
    SheetError,
    SheetWish,
    check_wish,
    wanted_skills,
)

__all__ = [
    "FORM_LETTERS",
    "MAX_COPIES",
    "MAX_FORMS",
    "MAX_MINUTES",
    "MAX_QUESTIONS",
    "UNTITLED",
    "Plan",
    "SheetError",
    "SheetWish",
    "code_of",
    "copies_of",
    "make_sheet",
    "make_sheets",
    "marks_of",
    "plan_sheets",
    "sheet_from_json",
    "sheet_to_json",
    "values_of",
    "wanted_skills",
]

#: Names in a note before the rest is counted.
MOST_NAMED = 5
#: Points that totals of equal forms may differ by: what floats leave.
EQUAL = 0.005
NOTHING_BEFORE = Before()


def plan_sheets(bank: Bank, wish: SheetWish, before: Before = NOTHING_BEFORE) -> Plan:
    """Return the questions that a wish comes to.

    Skills get their questions in turn, so that each has its share of the time; inside a skill they go from
    easy to hard. Of questions that fit equally well the one comes that was given longest ago.

    Raises
    ------
    SheetError
        If nothing fits, or a number is out of its range.
    UnknownNameError
        If a skill or an answer type is not known; the message offers the nearest.
    """
    check_wish(wish)
    bank, left_out = judgeable(bank)
    skills = wanted_skills(bank, wish.skills)
    reviews = tuple(skill for skill in wanted_skills(bank, wish.reviews) if skill not in skills)
    supplied = {skill: supply(bank, skill, wish, before) for skill in (*skills, *reviews)}
    chosen = _chosen(supplied, skills, reviews, wish)
    if not chosen:
        raise SheetError(_why_nothing(bank, (*skills, *reviews), supplied, wish))
    ordered = in_order(chosen)
    titles = {skill.id: skill.title for skill in bank.roadmap.skills}
    forms = make_forms(bank, ordered, wish)
    minutes = round(sum(map(seconds_by_hand, ordered)) / 60)
    notes = [*_notes(titles, wish, supplied, chosen, minutes), *_form_notes(forms)]
    missing = [name for name in left_out if name.rpartition(".")[0] in supplied]
    notes += [left_out_note(missing)] if missing else []
    return Plan(tuple(ordered), minutes, tuple(notes), titles, forms)


def _chosen(
    supplied: Mapping[SkillId, list[BankQuestion]],
    skills: Sequence[SkillId],
    reviews: Sequence[SkillId],
    wish: SheetWish,
) -> Sections:
    """Give skills their share, and what is left, a fifth at least, to reviews."""
    share = 1.0 if not reviews else 1 - REVIEW_SHARE if skills else 0.0
    room = room_for(wish, share)
    chosen = choose({skill: supplied[skill] for skill in skills}, wish, room) if skills else {}
    if not reviews:
        return chosen
    rest = room_for(wish)
    for entry in in_order(chosen):
        rest.take(entry)
    return {**chosen, **choose({skill: supplied[skill] for skill in reviews}, wish, rest)}


def _notes(
    titles: Mapping[SkillId, str],
    wish: SheetWish,
    supplied: Mapping[SkillId, list[BankQuestion]],
    chosen: Sections,
    minutes: int,
) -> Iterator[str]:
    missing = [titles[skill] for skill in supplied if skill not in chosen]
    empty = [titles[skill] for skill in supplied if not supplied[skill]]
    if empty:
        yield f"No question fits the wish for {_listed(_few(empty))}."
    if late := [title for title in missing if title not in empty]:
        what = "questions" if wish.questions is not None else "minutes"
        yield f"The {what} do not reach for {_listed(_few(late))}."
    count = sum(map(len, chosen.values()))
    if wish.questions is not None and count < wish.questions:
        yield f"{count} of the {wish.questions} wanted questions: {_MORE}"
    elif wish.questions is None and minutes < 0.9 * wish.minutes:
        yield f"{minutes} of the {wish.minutes} wanted minutes: {_MORE}"
    if len(wish.types) != 1 and (row := longest_row(chosen)) > MOST_IN_A_ROW:
        yield f"{row} questions of one answer type stand in a row: nothing else that fits was left."


_MORE = "there are no more questions that fit; name more skills or widen the difficulty."


def _form_notes(forms: Forms) -> Iterator[str]:
    if len(forms.questions) == 1:
        return
    levels = ", ".join(f"{level:g}" for level in ABILITIES[:-1]) + f" and {ABILITIES[-1]:g}"
    apart = f"forms differ by at most {forms.apart:.2f}" if forms.apart > EQUAL else "forms are equal in that"
    totals = "/".join(f"{total:.1f}" for total in forms.expected[0])
    far = " That is more than is fair; name more skills, or fewer forms." if forms.apart > APART else ""
    yield (f"Expected points at ability {levels}: {totals} on form A; {apart}.{far}")


def _why_nothing(
    bank: Bank,
    skills: Sequence[SkillId],
    supplied: Mapping[SkillId, list[BankQuestion]],
    wish: SheetWish,
) -> str:
    low, high = wish.difficulty
    if fit := [entry for entries in supplied.values() for entry in entries]:
        least = round(min(map(seconds_by_hand, fit)) / 60 + 0.5)
        return f"The shortest question that fits takes {least} minutes; {wish.minutes} were wanted."
    entries = [entry for skill in skills for entry in bank.of_skill(skill)]
    if not entries:
        return f"The bank has no question of {_listed(skills)} yet."
    spread = sorted(entry.question.difficulty for entry in entries)
    types = sorted({part.type for entry in entries for part in entry.question.parts})
    return (
        f"No question of {_listed(skills)} fits: difficulty {low:g}..{high:g}"
        + (f", answer types {_listed(wish.types)}" if wish.types else "")
        + f". There are {len(entries)}, from {spread[0]:g} to {spread[-1]:g}, of the types {_listed(types)}."
    )


def _few(names: Sequence[str]) -> Sequence[str]:
    return [*names[:MOST_NAMED], f"{len(names) - MOST_NAMED} more"] if len(names) > MOST_NAMED + 1 else names


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
