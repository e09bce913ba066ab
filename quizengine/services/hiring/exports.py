"""Results as files: one row a candidate, an answer, an act, an event, and what each column means.

They are made while they are sent, so that no export is too long for the memory.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from quizengine.errors import NotFoundError
from quizengine.model.result import Result
from quizengine.roadmap.calendar import DANGEROUS
from quizengine.services.attempt import events
from quizengine.services.hiring import audit, blinding, conditions, limits, results, screens
from quizengine.services.hiring.export_columns import (
    ANSWER_COLUMNS,
    AUDIT_COLUMNS,
    DICTIONARY_COLUMNS,
    EVENT_COLUMNS,
    NAME_COLUMNS,
    RESULT_COLUMNS,
    SEALED_COLUMNS,
    SKILL_COLUMNS,
    Column,
)
from quizengine.services.hiring.screens import Screen
from quizengine.services.permissions import Actor, may
from quizengine.services.runtime import Runtime
from quizengine.services.zips import zipped_texts
from quizengine.store import decisions as decision_store
from quizengine.store import exporting as store
from quizengine.store import resits
from quizengine.store.attempt_rows import AttemptEventRow
from quizengine.store.exporting import AnswerLine
from quizengine.store.hiring_rows import DecisionRow, ScreenRow

AN_HOUR = timedelta(hours=1)
MOST_AN_HOUR = 10
BOM = "\ufeff"

#: How the conditions of a test are called.
CONDITIONS: Mapping[conditions.Conditions, str] = {
    "standard": "standard",
    "approved": "under approved conditions",
}


@dataclass(frozen=True, slots=True)
class _Place:
    """What every file of one export needs: the screen, who asks and when, whether names go with it."""

    runtime: Runtime
    session: Session
    actor: Actor
    row: ScreenRow
    screen: Screen
    names: bool
    now: datetime


def export(
    runtime: Runtime,
    actor: Actor,
    screen_id: str,
    *,
    names: bool,
    now: datetime,
    bom: bool = False,
    alone: bool = False,
) -> Iterator[bytes]:
    """Return a zip of results, answers, acts, events (what the actor may see) and the data dictionary.

    It stands in the audit chain. With ``names`` three more columns tell who the candidates are; ``bom``
    begins each table with a mark by which some spreadsheet programs know UTF-8; ``alone`` leaves out all
    but the results and the dictionary.

    Raises
    ------
    NotFoundError
        If the screen is not the actor's to export, or names are not.
    SlowDownError
        After ten exports in an hour.
    """
    if not may(actor, "export_results", screen=screen_id) or (
        names and not may(actor, "names_in_exports", screen=screen_id)
    ):
        raise NotFoundError(results.NO_RESULT)
    with runtime.transaction() as session:
        screens.find(session, actor, screen_id)
        note(
            session, actor, screen_id, now=now, people=store.count_begun(session, screen_id), names=int(names)
        )
    return _sent(runtime, actor, screen_id, names=names, start=BOM if bom else "", alone=alone, now=now)


def note(
    session: Session,
    actor: Actor,
    screen_id: str,
    *,
    now: datetime,
    people: int,
    names: int = 0,
    result: str | None = None,
) -> None:
    """Count an export, and write it into the audit chain.

    Raises
    ------
    SlowDownError
        After ten in an hour.
    """
    limits.count(session, "export", actor.staff_id, most=MOST_AN_HOUR, now=now, window=AN_HOUR)
    only = {"result": result} if result else {}
    audit.record(
        session, actor.organisation_id, actor=actor.staff_id, act="export", now=now, screen=screen_id,
        people=people, names=names, **only,
    )  # fmt: skip


def _sent(
    runtime: Runtime, actor: Actor, screen_id: str, *, names: bool, start: str, alone: bool, now: datetime
) -> Iterator[bytes]:
    with runtime.transaction.reading() as session:
        row = screens.find(session, actor, screen_id)
        place = _Place(runtime, session, actor, row, screens.value_of(session, row), names, now)
        yield from zipped_texts(_files(place, start, alone=alone))


_Table = tuple[str, Sequence[Column], Callable[[_Place], Iterable[list[object]]]]


def _files(place: _Place, start: str, *, alone: bool) -> Iterator[tuple[str, Iterable[str]]]:
    tables: list[_Table] = [("results.csv", _columns(place.screen, names=place.names), _result_rows)]
    tables += [] if alone else _more_tables(place)
    told = [(name, column) for name, described, _ in tables for column in described]
    for name, described, rows in tables:
        yield name, _csv([column.name for column in described], rows(place), start)
    if not alone:
        opens = may(place.actor, "accommodate", screen=place.screen.id)
        yield "events.jsonl", _event_lines(place, opens=opens)
        lines = (*EVENT_COLUMNS, *(SEALED_COLUMNS if opens else ()))
        told += [("events.jsonl", column) for column in lines]
    dictionary = ([name, c.name, c.type, c.unit, c.meaning, c.missing] for name, c in told)
    yield "dictionary.csv", _csv(DICTIONARY_COLUMNS, dictionary, start)


def _more_tables(place: _Place) -> list[_Table]:
    tables: list[_Table] = []
    if may(place.actor, "see_answers", screen=place.screen.id):
        tables.append(("answers.csv", ANSWER_COLUMNS, _answer_rows))
    if may(place.actor, "export_audit", screen=place.screen.id):
        tables.append(("audit.csv", AUDIT_COLUMNS, _audit_rows))
    return tables


def _columns(screen: Screen, *, names: bool) -> list[Column]:
    skills = [
        Column(
            one.name.format(id=s.skill), one.type, one.unit, one.meaning.format(title=s.skill), one.missing
        )
        for s in screen.profile.profile.skills
        for one in SKILL_COLUMNS
    ]
    at = next(i for i, column in enumerate(RESULT_COLUMNS) if column.name == "decision")
    first, rest = RESULT_COLUMNS[:1], RESULT_COLUMNS[1:at]
    return [*first, *(NAME_COLUMNS if names else ()), *rest, *skills, *RESULT_COLUMNS[at:]]


def _result_rows(place: _Place) -> Iterator[list[object]]:
    """Give the rows by code; by headline they would have to be computed all before the first."""
    later = resits.later_sittings(place.session, place.screen.id, place.row.profile_id)
    for people in store.begun(place.session, place.screen.id):
        rows = [row for row, _ in people]
        found = list(results.several(place.runtime, place.session, place.row, rows))
        ends = [one.finished_at or place.now for one in found]
        told = conditions.of_rows(place.session, rows, ends)
        decided = decision_store.last_of(place.session, [row.id for row in rows])
        for one, (row, who), how in zip(found, people, told, strict=True):
            names = [who.external_id, who.name, who.email] if place.names else []
            yield _result_row(
                place.screen,
                one,
                names,
                how,
                decided.get(row.id),
                sitting=later.get(one.id, 1) if _is_sitting(one) else "",
            )


def _result_row(
    screen: Screen,
    one: Result,
    names: Sequence[str],
    how: conditions.Conditions,
    decision: DecisionRow | None,
    *,
    sitting: int | str,
) -> list[object]:
    return [
        one.code, *names, screen.plan.title, screen.profile.profile.title, screen.profile.version,
        _state(one), sitting, _time(one.started_at), _time(one.finished_at),
        _real(one.minutes, 1), _real(sum(one.credited.values()), 1), CONDITIONS[how],
        one.answers, one.dont_know, one.undecided, *_figures(one), *_skill_figures(one),
        decision.verdict if decision else "", _time(decision.at) if decision else "", one.bank_digest,
        one.engine_version,
    ]  # fmt: skip


def _state(one: Result) -> str:
    if one.headline == "voided":
        return "voided"
    return "finished" if one.is_told else "begun"


def _is_sitting(one: Result) -> bool:
    return one.started_at is not None and one.headline != "voided"


def _figures(one: Result) -> list[object]:
    if not one.is_told:
        return [""] * 5
    ends = (one.p_meets, one.composite, one.composite_low, one.composite_high)
    return [one.headline, *(_real(value) for value in ends)]


def _skill_figures(one: Result) -> list[object]:
    if not one.is_told:
        return [""] * (len(SKILL_COLUMNS) * len(one.skills))
    return [value for s in one.skills for value in (_real(s.p_meets), _real(s.mean), _real(s.sd), s.answers)]


def _answer_rows(place: _Place) -> Iterator[list[object]]:
    for one in store.answer_lines(place.session, place.screen.id):
        yield [
            one.code, one.number, one.question_id, one.version, one.skill, _typed(one), int(one.dont_know),
            one.verdict, _real(one.score), one.misconception or "", _real(one.seconds, 1),
        ]  # fmt: skip


def _typed(one: AnswerLine) -> str:
    if one.dont_know:
        return ""
    return one.read_as or "; ".join(_flat(value) for value in one.answers.values())


def _flat(value: Any) -> str:
    return value if isinstance(value, str) else ", ".join(_flat(item) for item in value)


def _audit_rows(place: _Place) -> Iterator[list[object]]:
    ids = store.invitation_ids(place.session, place.screen.id)
    before = audit.first_hash(place.actor.organisation_id)
    for row in store.audit_rows(place.session, place.actor.organisation_id):
        data: Mapping[str, Any] = row.data
        if data.get("screen") == place.screen.id or {data.get("result"), data.get("invitation")} & ids:
            told = blinding.facts_for(place.actor, row.act, data)
            yield [
                row.n, _time(row.at), row.actor, row.act, json.dumps(told, sort_keys=True), row.note_hash,
                before, row.hash,
            ]  # fmt: skip
        before = row.hash


def _event_lines(place: _Place, *, opens: bool) -> Iterator[str]:
    for code, event in store.event_rows(place.session, place.screen.id):
        yield json.dumps(_event(code, event, opens=opens), ensure_ascii=False) + "\n"


def _event(code: str, event: AttemptEventRow, *, opens: bool) -> dict[str, Any]:
    told = {
        "candidate_code": code,
        "attempt": event.attempt_id,
        "n": event.n,
        "open": events.open_part(event),
        "seal": events.sealed_part(event) if event.salt is not None else None,
        "hash": event.hash,
    }
    sealed = {"kind": event.kind, "data": event.data, "at": event.at.isoformat(), "salt": event.salt}
    return told | sealed if opens else told


def _real(value: float, decimals: int = 4) -> float:
    return round(value, decimals)


def _time(moment: datetime | None) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if moment else ""


def _csv(columns: Sequence[str], rows: Iterable[Sequence[object]], start: str) -> Iterator[str]:
    """Give the lines of a table (RFC 4180), its head first."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    out.write(start)
    writer.writerow(columns)
    for row in rows:
        yield out.getvalue()
        out.seek(0)
        out.truncate()
        writer.writerow([_safe(cell) for cell in row])
    yield out.getvalue()


def _safe(cell: object) -> object:
    """Keep a spreadsheet program from taking what somebody typed for a formula; numbers are our own."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith((*DANGEROUS, "\r")) else cell
