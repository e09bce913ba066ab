"""The daily round: what is kept no longer goes, and whoever was to be erased is."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from quizengine.services.hiring import erasing, retention
from quizengine.services.hiring.retention import Purged
from quizengine.services.runtime import Runtime

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Kept:
    """What a round did: what was purged by screen, and how many people were erased."""

    purged: list[Purged]
    erased: int


def go_round(runtime: Runtime, folder: Path, *, now: datetime) -> Kept:
    """Purge what retention takes away and do the erasures that are due; twice a day does no harm.

    Parameters
    ----------
    folder
        The data folder of the server, for letters written as files and for the log of erasures.
    """
    purged = retention.purge(runtime, now=now, mail=folder / "mail")
    erased = erasing.run_due(runtime, folder, now=now)
    if erased or any(one.counts for one in purged):
        runtime.transaction.empty_log()
        # Numbers alone: a log tells of nobody.
        _log.info("%s screens purged, %s people erased", sum(bool(one.counts) for one in purged), erased)
    return Kept(purged, erased)
