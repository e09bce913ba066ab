"""What a learner finds when they come back: what is open, what was told last."""

from __future__ import annotations

from dataclasses import dataclass

from quizengine.services.attempts import Standing, open_attempt, standing
from quizengine.services.reports import Report, newest_report, read_report
from quizengine.services.runtime import Runtime


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """The open diagnostic, the open practice and the newest report of a learner; None where there is none."""

    diagnostic: Standing | None = None
    practice: Standing | None = None
    report: Report | None = None


def read_home(runtime: Runtime, learner_id: str) -> Home:
    """Return what a learner can go on with."""
    report_id = newest_report(runtime, learner_id)
    return Home(
        diagnostic=open_standing(runtime, learner_id, "diagnostic"),
        practice=open_standing(runtime, learner_id, "practice"),
        report=read_report(runtime, learner_id, report_id) if report_id else None,
    )


def open_standing(runtime: Runtime, learner_id: str, kind: str) -> Standing | None:
    """Return where the newest attempt of a kind stands that still takes answers."""
    attempt_id = open_attempt(runtime, learner_id, kind)
    return standing(runtime, learner_id, attempt_id) if attempt_id else None
