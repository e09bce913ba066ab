"""A report as data: everything that is needed to check it elsewhere."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from typing import Any

from quizengine.model.answers import SqlPanel
from quizengine.model.estimate import Gap
from quizengine.roadmap.calendar import DANGEROUS, plan_table
from quizengine.services.history import GivenAnswer
from quizengine.services.reporting import TOLD_DECIMALS
from quizengine.services.reports import Report, typed_text
from quizengine.services.sealing import content_hash
from quizengine.store import codec
from quizengine.store.sheets import SheetAnswerRow

FORMAT = "quizengine-report-1"

SKILL_COLUMNS = (
    "skill", "title", "area", "phase", "band", "probability_below_goal", "chance", "low", "high", "goal",
    "answers", "measured", "new_to_you", "blocks",
)  # fmt: skip
ANSWER_COLUMNS = (
    "number", "question", "version", "title", "skill", "typed", "dont_know", "verdict", "score",
    "misconception", "seconds",
)  # fmt: skip


def report_table(report: Report) -> dict[str, Any]:
    """Return a report as lists, tables, texts and numbers, ready to be written as JSON.

    Variants stand in it with their exact values, so that grades and numbers can be computed anew.
    """
    panels: dict[str, SqlPanel] = {}
    answers = [_answer_table(answer, panels) for answer in report.answers]
    table = {
        "format": FORMAT,
        "id": report.id,
        "attempt": report.attempt_id,
        "made_at": report.made_at.isoformat(),
        "minutes": report.minutes,
        "engine_version": report.engine_version,
        "bank_digest": report.bank_digest,
        "role": report.role.id,
        "self_rating": dict(report.ratings),
        "counts": dict(report.counts),
        "skills": [skill_table(gap) for gap in report.gaps],
        "misconceptions": [
            {
                "id": one.id,
                "question": one.question_id,
                "typed": one.typed,
                "times": one.times,
                "points_to": one.points_to.id,
            }
            for one in report.misconceptions
        ],
        "answers": answers,
        "on_paper": [_paper_table(answer) for answer in report.on_paper],
        "plan": plan_table(report.plan),
        "roadmap": codec.roadmap_to_json(report.roadmap),
        "panels": {digest: codec.panel_to_json(panel) for digest, panel in panels.items()},
    }
    # As it is read back: tuples are lists by then.
    return {**table, "content_hash": content_hash(json.loads(json.dumps(table)))}


def skill_table(gap: Gap) -> dict[str, Any]:
    """Return a skill of a report as it stands in its file."""
    return {
        "skill": gap.skill,
        "band": gap.band,
        "probability": _told(gap.probability),
        "chance": _told(gap.chance),
        "low": _told(gap.low),
        "high": _told(gap.high),
        "goal": gap.target,
        "answers": gap.answers,
        "measured": gap.measured,
        "new_to_you": gap.new_to_you,
        "blocks": list(gap.blocks),
    }


def _told(value: float) -> float:
    return round(value, TOLD_DECIMALS)


def _answer_table(answer: GivenAnswer, panels: dict[str, SqlPanel]) -> dict[str, Any]:
    variant, of_it = codec.variant_to_json(answer.variant)
    judged_by, of_that = codec.variant_to_json(answer.judged_by) if answer.judged_by else (None, {})
    panels.update(of_it | of_that)
    return {
        "number": answer.number,
        "variant": variant,
        "answers": dict(answer.response.answers),
        "dont_know": answer.response.dont_know,
        "decimal": answer.response.decimal,
        "milliseconds": answer.response.milliseconds,
        "verdict": answer.grade.verdict,
        "score": answer.grade.score,
        "rule": answer.grade.rule,
        "misconception": answer.grade.misconception,
        "judged_by": judged_by,
    }


def _paper_table(answer: SheetAnswerRow) -> dict[str, Any]:
    """Return an answer on paper; the databases of a query stand in the record of its sheet."""
    mark = answer.mark
    return {
        "sheet": answer.code,
        "number": mark.number,
        "variant": dict(answer.variant),
        "how": mark.how,
        "answers": dict(mark.response.answers),
        "dont_know": mark.response.dont_know,
        "decimal": mark.response.decimal,
        "verdict": mark.grade.verdict if mark.grade else None,
        "score": mark.grade.score if mark.grade else None,
        "rule": mark.grade.rule if mark.grade else None,
        "misconception": mark.grade.misconception if mark.grade else None,
    }


def skills_csv(report: Report) -> str:
    """Return the skills of a report as CSV with a head, the most pressing first."""
    return _written(SKILL_COLUMNS, (_skill_row(report, gap) for gap in report.gaps))


def _skill_row(report: Report, gap: Gap) -> Sequence[object]:
    skill = report.skills[gap.skill]
    told = skill_table(gap)
    return (
        skill.id, skill.title, skill.area, skill.phase, gap.band, told["probability"], told["chance"],
        told["low"], told["high"], gap.target, gap.answers, _yes(gap.measured), _yes(gap.new_to_you),
        "; ".join(gap.blocks),
    )  # fmt: skip


def answers_csv(report: Report) -> str:
    """Return the answers of a report as CSV with a head, in the order in which they were given."""
    return _written(ANSWER_COLUMNS, map(_answer_row, report.answers))


def _answer_row(answer: GivenAnswer) -> Sequence[object]:
    variant, response, grade = answer.variant, answer.response, answer.grade
    return (
        answer.number, variant.question_id, variant.version, variant.title, variant.primary_skill,
        typed_text(answer), _yes(response.dont_know), grade.verdict, grade.score, grade.misconception or "",
        round(answer.seconds, 1),
    )  # fmt: skip


def _yes(said: bool) -> str:
    return "yes" if said else "no"


def _written(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows([_guarded(cell) for cell in row] for row in rows)
    return out.getvalue()


def _guarded(cell: object) -> object:
    """Return a cell so that no spreadsheet takes it for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(DANGEROUS) else cell


__all__ = ["ANSWER_COLUMNS", "SKILL_COLUMNS", "answers_csv", "report_table", "skills_csv"]
