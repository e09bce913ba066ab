"""The table of results of a screen: 50,000 made-up candidates with 28 answers each, as ``results.csv``.

Claim: 10 s, where each result was computed before, in memory that does not grow with the people. A table of
results that nobody has computed yet is printed beside it.

    python benchmarks/results_export.py [--people 50000] [--cold 1000] [--runs 3]

One person sits the shipped ML engineer's form; copies of them with verdicts of their own are the cold ones.
The others are copies of these without their answers, under computed results: what a table reads of somebody
whose result was computed before. Each table is made by a process of its own, which has nothing in its
memory; the memory told is the most that it had above what it had before, the table itself not counted
(on Linux). Other work on the machine stretches the clock; the time of the processor is the table's own.
"""

from __future__ import annotations

import argparse
import gc
import io
import json
import multiprocessing
import os
import tempfile
import time
import zipfile
from dataclasses import replace
from pathlib import Path
from statistics import median

from compare import NOW, copy_people, make_screen, sit
from sqlalchemy import text
from sqlalchemy.orm import Session

from quizengine.services.hiring import exports, remembering, results
from quizengine.services.permissions import Actor
from quizengine.services.runtime import Runtime
from quizengine.store import listing
from quizengine.store import screens as screen_store
from quizengine.store.attempt_rows import AttemptEventRow
from quizengine.store.hiring_rows import CandidateRow, InvitationRow
from quizengine.store.rows import AttemptRow, Base, LearnerRow
from quizengine.web import create_app
from quizengine.web.settings import Settings

OUT = Path(__file__).parent / "out" / "results_export.json"
TARGET_SECONDS = 10.0
AT_ONCE = 500
#: Where Linux tells of memory, and where its peak is forgotten.
STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
Measured = tuple[int, float, float, float]
#: What of a person is another one's in a copy; the codes of a screen are unique.
OWN: dict[type[Base], tuple[str, ...]] = {
    LearnerRow: ("id", "resume_hash"),
    CandidateRow: ("id", "learner_id", "email"),
    AttemptRow: ("id", "learner_id"),
    InvitationRow: ("id", "result_id", "candidate_id", "attempt_id", "code", "token_hash"),
    AttemptEventRow: ("attempt_id",),
}


def copy_events(session: Session) -> None:
    """Give each copy of the first person the events of the first, by which its result is known."""
    names = [column.key for column in AttemptEventRow.__table__.columns if column.key != "attempt_id"]
    into, values = (", ".join(f'{of}"{name}"' for name in names) for of in ("", "attempt_events."))
    session.execute(
        text(
            f"INSERT INTO attempt_events (attempt_id, {into}) SELECT attempts.id, {values} "
            "FROM attempts, attempt_events WHERE attempts.id NOT IN (SELECT attempt_id FROM attempt_events)"
        )
    )


def multiply(session: Session, copies: int) -> None:
    """Put so many copies of everybody in, without their answers."""
    session.execute(text("PRAGMA defer_foreign_keys = ON"))
    for kind, own in OWN.items():
        names = [column.key for column in kind.__table__.columns]
        into, values = (
            ", ".join(f"\"{name}\" || '-' || k" if name in part else f'"{name}"' for name in names)
            for part in ((), own)
        )
        numbers = "WITH RECURSIVE n(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM n WHERE k < :copies) "
        table = kind.__tablename__
        session.execute(
            text(f"INSERT INTO {table} ({into}) {numbers} SELECT {values} FROM n, {table}"),
            {"copies": copies},
        )


def keep_copies(runtime: Runtime, owner: Actor, screen: str) -> None:
    """Keep a computed result for each copy: that of whom it was copied from, under its own ids."""
    known = {one.code: one for one in results.of_codes(runtime, owner, screen, _codes(runtime, screen))}
    with runtime.transaction.reading() as session:
        profile = screen_store.screen_of(session, screen).profile_id
        rows = [row for row in listing.begun(session, screen) if row.code not in known]
        for first in range(0, len(rows), AT_ONCE):
            some = rows[first : first + AT_ONCE]
            made = {
                str(row.attempt_id): replace(
                    known[row.code.rpartition("-")[0]],
                    id=row.result_id,
                    code=row.code,
                    attempt_id=str(row.attempt_id),
                )
                for row in some
            }
            remembering.keep(runtime, remembering.keys_of(session, profile, some), made)


def _codes(runtime: Runtime, screen: str) -> set[str]:
    """The codes of those who were not copied without their answers."""
    with runtime.transaction.reading() as session:
        return {row.code for row in listing.begun(session, screen) if row.code.count("-") == 1}


def make_table(folder: Path, owner: Actor, screen: str) -> Measured:
    """Make the table; return its rows, the seconds by the clock and of the processor, the megabytes."""
    runtime: Runtime = create_app(Settings(data=folder)).extensions["quizengine"]
    gc.freeze()  # as the server does
    before = _memory("VmRSS")
    CLEAR.write_text("5", encoding="ascii")
    started, worked = time.perf_counter(), time.process_time()
    made = io.BytesIO()
    for piece in exports.export(runtime, owner, screen, names=False, now=NOW, alone=True):
        made.write(piece)
    seconds, processor = time.perf_counter() - started, time.process_time() - worked
    risen = _memory("VmHWM") - before - made.getbuffer().nbytes / 1e6
    with zipfile.ZipFile(made) as archive, archive.open("results.csv") as table:
        return sum(1 for _ in table) - 1, seconds, processor, risen


def _memory(name: str) -> float:
    """Return what the system knows of the memory of this process, in MB."""
    [line] = [one for one in STATUS.read_text(encoding="ascii").splitlines() if one.startswith(name)]
    return float(line.split()[1]) / 1000


def measured(folder: Path, owner: Actor, screen: str, *, runs: int) -> list[Measured]:
    """Make the table in processes of their own, one after another."""
    found = []
    for _ in range(runs):
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            found.append(pool.apply(make_table, (folder, owner, screen)))
    return found


def told(name: str, found: list[Measured]) -> str:
    """Return a line about some tables."""
    rows, seconds, processor = found[0][0], [one[1] for one in found], median(one[2] for one in found)
    return (
        f"{name}: {rows} rows, median {median(seconds):.1f} s ({min(seconds):.1f} to {max(seconds):.1f}), "
        f"of the processor {processor:.1f}; {rows / median(seconds):.0f} rows/s, of the processor "
        f"{rows / processor:.0f}; at the most {max(one[3] for one in found):.0f} MB"
    )


def main() -> None:
    """Make the people, then the tables, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--people", type=int, default=50_000)
    parser.add_argument("--cold", type=int, default=1_000)
    parser.add_argument("--runs", type=int, default=3)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        runtime: Runtime = create_app(Settings(data=folder)).extensions["quizengine"]
        owner, screen = make_screen(runtime)
        first = sit(runtime, owner, screen)
        with runtime.transaction() as session:
            copy_people(session, first, wanted.cold - 1)
            copy_events(session)
        found = {"computed for the table": measured(folder, owner, screen, runs=1)}
        found["computed before"] = measured(folder, owner, screen, runs=wanted.runs)
        with runtime.transaction() as session:
            multiply(session, wanted.people // wanted.cold - 1)
        keep_copies(runtime, owner, screen)
        found["computed before, all"] = measured(folder, owner, screen, runs=wanted.runs)
    load = os.getloadavg()
    print(f"load {load[0]:.1f} over the last minute, {load[2]:.1f} over 15, on {os.cpu_count()} cores")
    for name, tables in found.items():
        print(told(name, tables))
    print(f"target: {TARGET_SECONDS:.0f} s for 50,000 rows")
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps({"load": load, "rows_seconds_megabytes": found}, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
