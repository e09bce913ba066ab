"""Sharing of printed sheets: others who have the code enter answers of their own, into their own reports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from quizengine.services.printing import read_sheet
from quizengine.services.runtime import Runtime
from quizengine.store import sheets


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """How far a sheet and its run are shared, and how many other people have entered something on it."""

    is_shared: bool
    shared: int
    total: int
    others: int


def share(
    runtime: Runtime,
    learner_id: str | None,
    code: str,
    *,
    is_on: bool,
    whole_run: bool = False,
    now: datetime,
) -> Sharing:
    """Let others who have the code enter answers of their own, or end that; what they entered stays theirs.

    Parameters
    ----------
    learner_id
        Who asks, whose sheet it must be; None is somebody at the command line.
    whole_run
        Whether it is about all sheets that were printed with this one.

    Raises
    ------
    NotFoundError
        If there is no such sheet, or it belongs to somebody else, who may share it with the asker.
    """
    kept = read_sheet(runtime, learner_id, code, "share")
    with runtime.transaction() as session:
        sheets.share(
            session, kept.run_id, () if whole_run else (kept.sheet.code,), since=now if is_on else None
        )
    return sharing_of(runtime, learner_id, code)


def sharing_of(runtime: Runtime, learner_id: str | None, code: str) -> Sharing:
    """Return how far a sheet is shared.

    Raises
    ------
    NotFoundError
        If there is no such sheet, or it belongs to somebody else.
    """
    kept = read_sheet(runtime, learner_id, code, "share")
    with runtime.transaction.reading() as session:
        return Sharing(
            is_shared=kept.shared_at is not None,
            shared=sheets.count_shared(session, kept.run_id),
            total=kept.total,
            others=sheets.count_others(session, kept.sheet.code),
        )
