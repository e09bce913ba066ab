"""The daily round: what is kept no longer goes, and whoever was to be erased is."""

from __future__ import annotations

import logging
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import quizengine
from quizengine.services.hiring import erasing, results, retention
from quizengine.services.hiring.retention import Purged
from quizengine.services.runtime import Runtime
from quizengine.store import computed
from quizengine.store import screens as store
from quizengine.store.hiring_rows import InvitationRow

#: Results that one round computes beforehand; each takes some milliseconds of a processor.
MOST_COMPUTED = 500

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
    compute_ended(runtime)
    purged = retention.purge(runtime, now=now, mail=folder / "mail")
    erased = erasing.run_due(runtime, folder, now=now)
    if erased or any(one.counts for one in purged):
        runtime.transaction.empty_log()
        # Numbers alone: a log tells of nobody.
        _log.info("%s screens purged, %s people erased", sum(bool(one.counts) for one in purged), erased)
    return Kept(purged, erased)


def compute_ended(runtime: Runtime) -> int:
    """Compute results of tests that have ended, before anybody looks at them; return how many.

    Those that ended last come first. After an upgrade of the program all are computed anew, some each round.
    """
    with runtime.transaction.reading() as session:
        rows = computed.not_computed(session, quizengine.__version__, most=MOST_COMPUTED)
        by_screen: dict[str, list[InvitationRow]] = defaultdict(list)
        for row in rows:
            by_screen[row.screen_id].append(row)
        for screen_id, some in by_screen.items():
            for _ in results.several(runtime, session, store.screen_of(session, screen_id), some):
                pass
    return len(rows)
