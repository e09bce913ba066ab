"""Results as files: one row a candidate, one row an answer, and what each column means."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from quizengine.errors import NotFoundError
from quizengine.model.result import Result
from quizengine.roadmap.calendar import DANGEROUS
from quizengine.services.hiring import audit, invitations, probes, results, screens
from quizengine.services.hiring.invitations import Invitation
from quizengine.services.hiring.screens import Screen
from quizengine.services.history import GivenAnswer
from quizengine.services.permissions import Actor, may
from quizengine.services.reports import typed_text
from quizengine.services.runtime import Runtime
from quizengine.store import decisions as store

#: A reproducible archive: the times of files in it say nothing.
EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an export, as the data dictionary tells it."""

    name: str
    type: str
    unit: str
    meaning: str
    missing: str = "never"


RESULT_COLUMNS = (
    Column("candidate_code", "text", "", "what reviewers know the candidate by"),
    Column("screen", "text", "", "title of the screen"),
    Column("profile", "text", "", "title of the role profile"),
    Column("profile_version", "integer", "", "version of the role profile"),
    Column("state", "text", "", "begun or finished"),
    Column("started_at", "time", "ISO 8601, UTC", "when the clock started", "not started"),
    Column("submitted_at", "time", "ISO 8601, UTC", "when the test ended", "not finished"),
    Column("minutes_used", "real", "minutes", "time taken, adjusted to the time that everybody has"),
    Column("minutes_credited", "real", "minutes", "time given back for outages, or by hand"),
    Column("answers", "integer", "answers", "answers that count"),
    Column("dont_know", "integer", "answers", "of these, answers of “I don't know yet”"),
    Column("undecided", "integer", "answers", "answers that wait for a person to look at"),
    Column("headline", "text", "", "meets, below, or not enough evidence", "not finished"),
    Column("p_meets", "real", "probability", "P(on or above the bar, and all floors)", "not finished"),
    Column(
        "composite", "real", "logits", "posterior mean of the weighted mean of the skills", "not finished"
    ),
    Column("composite_lo80", "real", "logits", "lower end of its 80 % band", "not finished"),
    Column("composite_hi80", "real", "logits", "upper end of its 80 % band", "not finished"),
    Column("decision", "text", "", "the last decision by a person: advance, hold or reject", "none yet"),
    Column("decided_at", "time", "ISO 8601, UTC", "when that was recorded", "none yet"),
    Column("bank_hash", "text", "", "hash of the question bank when the test was made"),
    Column("engine_version", "text", "", "version of the program when the test was made"),
)
SKILL_COLUMNS = (
    Column("skill.{id}.p", "real", "probability", "P(at the target) of {title}", "not finished"),
    Column("skill.{id}.mean", "real", "logits", "posterior mean of {title}", "not finished"),
    Column("skill.{id}.sd", "real", "logits", "posterior standard deviation of {title}", "not finished"),
    Column("skill.{id}.answers", "integer", "answers", "answers on {title}", "not finished"),
)
NAME_COLUMNS = (
    Column("external_id", "text", "", "your own number for the candidate", "not given"),
    Column("name", "text", "", "the candidate's name", "not given"),
    Column("email", "text", "", "the candidate's address"),
)
ANSWER_COLUMNS = (
    Column("candidate_code", "text", "", "what reviewers know the candidate by"),
    Column("number", "integer", "", "place in the test"),
    Column("question", "text", "", "id of the question in the bank"),
    Column("version", "integer", "", "version of the question"),
    Column("skill", "text", "", "the skill that it asks"),
    Column("typed", "text", "", "what was given, in one line", "“I don't know yet”"),
    Column("dont_know", "integer", "", "1 for “I don't know yet”, else 0"),
    Column("verdict", "text", "", "correct, partial, wrong or undecided"),
    Column("score", "real", "", "0 to 1"),
    Column("misconception", "text", "", "the known mistake that it shows", "none"),
    Column("seconds", "real", "seconds", "time on the question, adjusted to the time that everybody has"),
)
DICTIONARY_COLUMNS = ("file", "column", "type", "unit", "meaning", "missing means")


def export(runtime: Runtime, actor: Actor, screen_id: str, *, names: bool, now: datetime) -> bytes:
    """Return a zip of results, answers (for who may see them) and the data dictionary.

    It stands in the audit chain. With ``names`` three more columns tell who the candidates are.

    Raises
    ------
    NotFoundError
        If the screen is not the actor's to export, or names are not.
    """
    if not may(actor, "export_results", screen=screen_id) or (
        names and not may(actor, "names_in_exports", screen=screen_id)
    ):
        raise NotFoundError(results.NO_RESULT)
    screen = screens.read(runtime, actor, screen_id)
    told = results.of_screen(runtime, actor, screen_id)
    who = {one.id: one for one in invitations.people_of(runtime, actor, screen_id, now=now)} if names else {}
    columns = _columns(screen, names=names)
    files = {"results.csv": _csv([c.name for c in columns], _result_rows(runtime, screen, told, who))}
    meanings = [("results.csv", column) for column in columns]
    if may(actor, "see_answers", screen=screen_id):
        rows = (
            _answer_row(one.code, answer)
            for one in told
            if one.is_told
            for answer in probes.answers_of(runtime, actor, one.id)
        )
        files["answers.csv"] = _csv([c.name for c in ANSWER_COLUMNS], rows)
        meanings += [("answers.csv", column) for column in ANSWER_COLUMNS]
    files["dictionary.csv"] = _csv(
        DICTIONARY_COLUMNS,
        ([file, c.name, c.type, c.unit, c.meaning, c.missing] for file, c in meanings),
    )
    with runtime.transaction() as session:
        audit.record(
            session, actor.organisation_id, actor=actor.staff_id, act="export", now=now,
            screen=screen_id, people=len(told), names=int(names),
        )  # fmt: skip
    return _zipped(files)


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


def _result_rows(
    runtime: Runtime, screen: Screen, told: Sequence[Result], who: Mapping[str, Invitation]
) -> Iterable[list[object]]:
    with runtime.transaction.reading() as session:
        decided = store.last_decisions(session, screen.id)
    for one in told:
        person = who.get(one.id)
        names = [person.external_id, person.name, person.email] if person else []
        decision = decided.get(one.id)
        yield [
            one.code, *names, screen.plan.title, screen.profile.profile.title, screen.profile.version,
            "finished" if one.is_told else "begun", _time(one.started_at), _time(one.finished_at),
            _real(one.minutes, 1), _real(sum(one.credited.values()), 1), one.answers, one.dont_know,
            one.undecided, *_figures(one), *_skill_figures(one), decision.verdict if decision else "",
            _time(decision.at) if decision else "", one.bank_digest, one.engine_version,
        ]  # fmt: skip


def _figures(one: Result) -> list[object]:
    if not one.is_told:
        return [""] * 5
    ends = (one.p_meets, one.composite, one.composite_low, one.composite_high)
    return [one.headline, *(_real(value) for value in ends)]


def _skill_figures(one: Result) -> list[object]:
    if not one.is_told:
        return [""] * (len(SKILL_COLUMNS) * len(one.skills))
    return [value for s in one.skills for value in (_real(s.p_meets), _real(s.mean), _real(s.sd), s.answers)]


def _answer_row(code: str, answer: GivenAnswer) -> list[object]:
    variant, grade = answer.variant, answer.grade
    return [
        code, answer.number, variant.question_id, variant.version, variant.primary_skill,
        "" if answer.response.dont_know else typed_text(answer), int(answer.response.dont_know),
        grade.verdict, _real(grade.score), grade.misconception or "", _real(answer.seconds, 1),
    ]  # fmt: skip


def _real(value: float, decimals: int = 4) -> float:
    return round(value, decimals)


def _time(moment: datetime | None) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if moment else ""


def _csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows([_safe(cell) for cell in row] for row in rows)
    return out.getvalue()


def _safe(cell: object) -> object:
    """Keep a spreadsheet program from taking what somebody typed for a formula; numbers are our own."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith((*DANGEROUS, "\r")) else cell


def _zipped(files: Mapping[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name, EPOCH), text.encode())
    return out.getvalue()
