"""The study plan for other programs: a calendar file, a table for spreadsheets, JSON."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from quizengine.model.plan import StudyPlan, StudyStep, StudyWeek
from quizengine.model.variant import SkillId

LINE_OCTETS = 75
"""RFC 5545, section 3.1: a content line is folded before it gets longer, its break not counted."""
DANGEROUS = ("=", "+", "-", "@", "\t")
"""A cell that begins with one of these is taken for a formula by spreadsheets."""

_COLUMNS = (
    "step",
    "skill",
    "title",
    "phase",
    "status",
    "hours_low",
    "hours_high",
    "first_week",
    "last_week",
    "begins",
    "why",
    "study",
    "builds_on",
    "blocks",
)


def plan_ics(plan: StudyPlan, *, uid_prefix: str, url: str, stamp: datetime) -> str:
    """Return the plan as an iCalendar file (RFC 5545): an all-day event for each week and each check.

    Weeks and checks keep their UIDs as long as ``uid_prefix`` is the same, so that
    a second import updates the first. Free weeks have no event.

    Parameters
    ----------
    uid_prefix
        Names the plan for ever, as in ``plan-7f3a@example.org``.
    url
        Where the plan is to be seen.
    stamp
        When the file is made, with its time zone.
    """
    if stamp.tzinfo is None:
        raise ValueError("the stamp needs a time zone")
    if not (url.isprintable() and uid_prefix.isprintable()):
        raise ValueError("the address and the name of the plan must be printable: a line end would add lines")
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//quizengine//study plan//EN",
        "CALSCALE:GREGORIAN",
        "X-WR-CALNAME:Study plan",
    ]
    common = (f"DTSTAMP:{stamp.astimezone(UTC):%Y%m%dT%H%M%SZ}", f"URL:{url}", "TRANSP:TRANSPARENT")
    steps = {step.skill: step for step in plan.steps}
    for week in plan.weeks:
        if week.shares:
            lines += _week_event(week, steps, uid_prefix, common)
        if week.is_check:
            lines += _check_event(week, uid_prefix, common)
    lines.append("END:VCALENDAR")
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _week_event(
    week: StudyWeek, steps: Mapping[SkillId, StudyStep], prefix: str, common: Sequence[str]
) -> Iterator[str]:
    titles = ", ".join(steps[share.skill].title for share in week.shares)
    about = "\n".join(
        f"{steps[share.skill].title} ({share.hours:g} h): {'; '.join(steps[share.skill].study)}"
        for share in week.shares
    )
    uid = f"{prefix}-week-{week.number}"
    yield from _event(
        uid,
        week.begins,
        7,
        f"Study week {week.number}: {titles}",
        (*common, f"DESCRIPTION:{_escaped(about)}"),
    )


def _check_event(week: StudyWeek, prefix: str, common: Sequence[str]) -> Iterator[str]:
    last_day = week.begins + timedelta(days=6)
    about = "A short test of what you studied; the plan is made anew from its answers."
    uid = f"{prefix}-check-{week.number}"
    yield from _event(
        uid, last_day, 1, f"Check after study week {week.number}", (*common, f"DESCRIPTION:{_escaped(about)}")
    )


def _event(uid: str, begins: date, days: int, summary: str, more: Sequence[str]) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{_escaped(uid)}"
    yield f"DTSTART;VALUE=DATE:{begins:%Y%m%d}"
    # The end is the first day after the event (RFC 5545, section 3.6.1).
    yield f"DTEND;VALUE=DATE:{begins + timedelta(days=days):%Y%m%d}"
    yield f"SUMMARY:{_escaped(summary)}"
    yield from more
    yield "END:VEVENT"


def _escaped(text: str) -> str:
    r"""Return a text as a TEXT value: backslash, comma and semicolon escaped, line ends as \n.

    >>> print(_escaped("joins, windows; a\\b"))
    joins\, windows\; a\\b
    """
    for plain, escaped in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\r\n", "\\n"), ("\n", "\\n")):
        text = text.replace(plain, escaped)
    return "".join(char for char in text if char >= " " and char != "\x7f")


def _folded(line: str) -> str:
    """Break a line so that none has more than 75 octets, never inside a character."""
    pieces, room = [""], LINE_OCTETS
    for char in line:
        size = len(char.encode())
        if size > room:
            # The blank that marks a continuation takes an octet of the next line.
            pieces.append("")
            room = LINE_OCTETS - 1
        pieces[-1] += char
        room -= size
    return "\r\n ".join(pieces)


def plan_csv(plan: StudyPlan) -> str:
    """Return the steps as CSV with a head, one row a skill; no cell is taken for a formula."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    for number, step in enumerate(plan.steps, start=1):
        writer.writerow([_guarded(cell) for cell in _row(plan, number, step)])
    return out.getvalue()


def _row(plan: StudyPlan, number: int, step: StudyStep) -> Sequence[str]:
    return (
        str(number),
        step.skill,
        step.title,
        step.phase,
        step.band,
        f"{step.hours_low:g}",
        f"{step.hours_high:g}",
        str(step.first_week),
        str(step.last_week),
        plan.weeks[step.first_week - 1].begins.isoformat(),
        step.why,
        "; ".join(step.study),
        "; ".join(step.builds_on),
        "; ".join(step.blocks),
    )


def _guarded(cell: str) -> str:
    return f"'{cell}" if cell.startswith(DANGEROUS) else cell


def plan_table(plan: StudyPlan) -> dict[str, object]:
    """Return the plan as lists, tables, texts and numbers, ready to be written as JSON."""
    return {
        "role": plan.role,
        "hours_a_week": plan.hours_a_week,
        "starts": plan.starts.isoformat(),
        "weeks_low": plan.weeks_low,
        "weeks_high": plan.weeks_high,
        "hours_low": plan.hours_low,
        "hours_high": plan.hours_high,
        "steps": [_step_table(step) for step in plan.steps],
        "weeks": [_week_table(week) for week in plan.weeks],
        "credited": [{"skill": id_, "why": why} for id_, why in plan.credited],
        "postponed": [{"skill": id_, "why": why} for id_, why in plan.postponed],
    }


def _step_table(step: StudyStep) -> dict[str, object]:
    return {
        "skill": step.skill,
        "title": step.title,
        "phase": step.phase,
        "band": step.band,
        "hours_low": step.hours_low,
        "hours_high": step.hours_high,
        "why": step.why,
        "blocks": list(step.blocks),
        "study": list(step.study),
        "builds_on": list(step.builds_on),
        "first_week": step.first_week,
        "last_week": step.last_week,
    }


def _week_table(week: StudyWeek) -> dict[str, object]:
    return {
        "number": week.number,
        "begins": week.begins.isoformat(),
        "is_check": week.is_check,
        "shares": [{"skill": share.skill, "hours": share.hours} for share in week.shares],
    }
