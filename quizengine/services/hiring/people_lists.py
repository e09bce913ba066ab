"""A list of people to invite, read from CSV: what each row says, and every cell that cannot be."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from zoneinfo import available_timezones

from quizengine.errors import RequestError, TableError
from quizengine.services.csv_text import csv_rows
from quizengine.services.hiring.accounts import MOST_NAME, is_email

COLUMNS = ("email", "name", "external_id", "tz", "time_multiplier", "expires_at", "resit_reason")
MOST_ROWS = 1000
MOST_BYTES = 2 * 1024 * 1024
MULTIPLIER, STEP = (1.0, 3.0), 5
MOST_REASON = 500
MOST_AHEAD = timedelta(days=366)
#: What people write over the column with the addresses.
NAMES = {"e-mail": "email", "mail": "email", "e-mail address": "email", "email address": "email"}
#: Characters that nobody sees: controls, ends of lines, and marks that turn the direction of what follows.
_NOT_SEEN = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One row that can be invited. ``multiplier_percent`` is 100 to 300, 100 without extra time.

    ``resit_reason`` says why somebody sits the same test again.
    """

    line: int
    email: str
    name: str
    external_id: str
    time_zone: str
    multiplier_percent: int
    expires_at: datetime | None
    resit_reason: str = ""


@dataclass(frozen=True, slots=True)
class CellFault:
    """A cell that cannot be: where it is, what stands there, and what to write."""

    line: int
    column: str
    value: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleList:
    """What a list would do. ``again`` are addresses that stand twice or are invited already.

    ``digest`` is the hash of all that: what was looked at is what is confirmed.
    """

    people: tuple[Person, ...]
    faults: tuple[CellFault, ...]
    again: tuple[Person, ...]
    unknown_columns: tuple[str, ...]
    digest: str


def read_people(
    text: str,
    *,
    invited: Collection[str],
    may_accommodate: bool,
    now: datetime,
    sat: Mapping[str, date] | None = None,
) -> PeopleList:
    """Read a list: CSV with a line of names; ``,``, ``;`` or tabs between cells.

    Parameters
    ----------
    invited
        Addresses that have an invitation already, in lower case.
    may_accommodate
        Whether extra time may be given by whoever hands this in.
    sat
        When people took this test lately who are not invited again without a reason, by address.

    Raises
    ------
    RequestError
        If it is no such list at all: no ``email`` column, too many rows.
    """
    names, rows = _rows(text)
    people: list[Person] = []
    again: list[Person] = []
    faults: list[CellFault] = []
    seen = set(invited)
    for line, row in rows:
        found = _without_empty_end(row)
        cells = {name: cell.strip() for name, cell in zip(names, found, strict=False)}
        if len(found) > len(names):
            faults.append(
                CellFault(line, names[-1], ",".join(found[len(names) - 1 :])[:80], _too_many(names))
            )
            continue
        person, wrong = _person(
            line, {name: cells.get(name, "") for name in COLUMNS}, may_accommodate=may_accommodate, now=now
        )
        faults += wrong
        if person is None:
            continue
        if person.email in seen:
            again.append(person)
        elif (before := (sat or {}).get(person.email)) and not person.resit_reason:
            faults.append(CellFault(line, "resit_reason", "", f"why they sit again: {_sat(before)}"))
        else:
            people.append(person)
        seen.add(person.email)
    if not people and not again and not faults:
        raise RequestError("The list has no rows under its first line.")
    return PeopleList(
        people=tuple(people),
        faults=tuple(faults),
        again=tuple(again),
        unknown_columns=tuple(name for name in names if name and name not in COLUMNS),
        digest=sha256(repr((people, again, faults)).encode()).hexdigest(),
    )


def _rows(text: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Return the names of the columns, and the rows under them that are not empty with their lines."""
    try:
        lines = text.removeprefix("\ufeff").strip().splitlines(keepends=True)
        head, *rows = csv_rows(lines or [""], strict=True)
    except TableError as error:
        raise RequestError(
            f"The list breaks off: {error} A quote that begins a cell also ends it."
        ) from error
    names = [NAMES.get(name.strip().lower(), name.strip().lower()) for name in head[1]]
    if "email" not in names:
        raise RequestError(
            "The first line names the columns, and email is one of them: email,name. "
            f"It is {','.join(head[1])[:80]!r} now."
        )
    twice = {name for name in COLUMNS if names.count(name) > 1}
    if twice:
        raise RequestError(f"The first line names a column twice: {', '.join(sorted(twice))}.")
    rows = [(line, cells) for line, cells in rows if any(cell.strip() for cell in cells)]
    if len(rows) > MOST_ROWS:
        raise RequestError(f"At most {MOST_ROWS:,} rows are taken at once; split the list.")
    return names, rows


def _without_empty_end(cells: Sequence[str]) -> Sequence[str]:
    """Return the cells of a row without the empty ones that spreadsheets put behind it."""
    filled = [at for at, cell in enumerate(cells, 1) if cell.strip()]
    return cells[: max(filled, default=0)]


def _too_many(names: Sequence[str]) -> str:
    return f'{len(names)} cells, as the first line has; one with a comma in it stands in quotes, "Lee, Ann"'


def _sat(day: date) -> str:
    return f"they took this test on {day:%Y-%m-%d}, less than 90 days ago"


Checked = tuple[object, str]


def _person(
    line: int, cells: dict[str, str], *, may_accommodate: bool, now: datetime
) -> tuple[Person | None, list[CellFault]]:
    checks: dict[str, Callable[[str], Checked]] = {
        "email": _email,
        "name": lambda text: _plain(text, MOST_NAME),
        "external_id": lambda text: _plain(text, MOST_NAME),
        "tz": _time_zone,
        "time_multiplier": lambda text: _multiplier(text, may_accommodate),
        "expires_at": lambda text: _expiry(text, now),
        "resit_reason": lambda text: _plain(text, MOST_REASON),
    }
    found = {name: check(cells[name]) for name, check in checks.items()}
    faults = [CellFault(line, name, cells[name][:80], told) for name, (_, told) in found.items() if told]
    if faults:
        return None, faults
    values = {name: value for name, (value, _) in found.items()}
    percent, expires = values["time_multiplier"], values["expires_at"]
    return Person(
        line=line,
        email=str(values["email"]),
        name=str(values["name"]),
        external_id=str(values["external_id"]),
        time_zone=str(values["tz"]),
        multiplier_percent=percent if isinstance(percent, int) else 100,
        expires_at=expires if isinstance(expires, datetime) else None,
        resit_reason=str(values["resit_reason"]),
    ), []


def is_plain(text: str) -> bool:
    r"""Whether a text is one line without characters that nobody sees.

    >>> is_plain("Ann Lee"), is_plain("Ann\nLee"), is_plain("Ann\0")
    (True, False, False)
    """
    return _NOT_SEEN.search(text) is None


def _plain(text: str, most: int) -> Checked:
    if len(text) > most:
        return text, f"at most {most} characters"
    if not is_plain(text):
        return text, "one line of plain text"
    return text, ""


def _email(text: str) -> Checked:
    return text.lower(), "" if is_email(text) else "an address like ann@example.org"


def _time_zone(text: str) -> Checked:
    return text, "" if not text or text in available_timezones() else "a zone like Europe/Berlin, or empty"


def _multiplier(text: str, may_accommodate: bool) -> Checked:
    try:
        found = float(text.replace(",", ".")) if text and len(text) < 10 else 1.0
    except ValueError:
        found = 0.0
    percent = round(100 * found) if MULTIPLIER[0] <= found <= MULTIPLIER[1] else 1
    if percent % STEP:
        return None, "a number from 1 to 3 in steps of 0.05, like 1.25, or empty"
    if found != 1 and not may_accommodate:
        return None, "extra time is given by somebody who may approve adjustments; leave it empty"
    return percent, ""


def _expiry(text: str, now: datetime) -> Checked:
    if not text:
        return None, ""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None, "a day like 2026-12-24, or empty"
    if day > (now + MOST_AHEAD).date():
        return None, "a day within a year"
    # The whole of that day, in every zone west of Greenwich too.
    end = datetime.combine(day, time(23, 59, 59), UTC)
    return end, "" if end > now else "a day that is not over"
