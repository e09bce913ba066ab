"""The live page of a screen with many people: milliseconds for the service, and for the whole page.

Run: python benchmarks/live_page.py [--people 500] [--rounds 20]

People are made as rows: each has 12 answered questions, a draft and a credit. The page is asked for by the
test client, so that no network is in it; the tab has them all.
"""

from __future__ import annotations

import argparse
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parent.parent))

from flask import Flask

from quizengine.services.attempt.making import Terms, make
from quizengine.services.hiring import monitor
from quizengine.services.permissions import Actor
from quizengine.services.runtime import Runtime
from quizengine.store.attempt_rows import TimeCreditRow
from quizengine.store.hiring_rows import CandidateRow, InvitationRow, ScreenRow
from quizengine.store.rows import AttemptRow, DraftRow, LearnerRow, SlotRow
from tests.hiring import Member, make_owner, make_screen, member, runtime_of
from tests.hiring_sittings import two_skill_bank
from tests.web_questions import make_app

ANSWERED = 12


def main() -> None:
    """Print the median and the slowest of the rounds."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--people", type=int, default=500)
    options.add_argument("--rounds", type=int, default=20)
    given = options.parse_args()
    with TemporaryDirectory() as folder:
        app = make_app(Path(folder), bank_=two_skill_bank())
        runtime = runtime_of(app)
        owner = make_owner(runtime)
        screen = make_screen(runtime, owner)
        fill(runtime, screen, given.people)
        service, page = measured(app, runtime, owner, screen, given.rounds)
    print(f"{given.people} people in progress, {given.rounds} rounds")
    for name, found in (("service", service), ("page", page)):
        print(f"{name:<8} median {median(found):6.1f} ms   slowest {max(found):6.1f} ms")


def fill(runtime: Runtime, screen: str, people: int) -> None:
    """Put people at work into a screen: copies of one attempt that was made by the service."""
    now = datetime.now(UTC)
    with runtime.transaction() as session:
        session.add(LearnerRow(id="model", created_at=now, resume_hash="model"))
    terms = Terms(kind="screening", questions=tuple(runtime.bank.questions), minutes=60)
    made = make(runtime, "model", terms, now=now)
    with runtime.transaction() as session:
        row = session.get_one(AttemptRow, made)
        organisation = session.get_one(ScreenRow, screen).organisation_id
        slot = row.slots[0]
        for number in range(people):
            id_ = f"p{number}"
            session.add(LearnerRow(id=id_, created_at=now, resume_hash=id_))
            session.flush()
            session.add(
                CandidateRow(
                    id=id_, organisation_id=organisation, learner_id=id_,
                    email=f"{id_}@example.org", name=f"Person {number}", external_id="", time_zone="",
                    created_at=now,
                )
            )  # fmt: skip
            session.add(attempt_of(row, id_, now))
            session.flush()
            session.add(
                InvitationRow(
                    id=id_, result_id=id_, screen_id=screen, candidate_id=id_, code=id_, state="activated",
                    token_hash=id_, supersedes=None, attempt_id=id_, created_at=now,
                    expires_at=now + timedelta(days=9), sent_at=None, opened_at=None, activated_at=now,
                    ended_at=None, forgotten_at=None,
                )
            )  # fmt: skip
            for place in range(1, ANSWERED + 2):
                session.add(
                    SlotRow(
                        id=f"{id_}.{place}", attempt_id=id_, number=place, question_id=slot.question_id,
                        identity=f"{place}", variant={}, shown_at=now,
                        committed_at=now if place <= ANSWERED else None,
                    )
                )  # fmt: skip
            session.flush()
            session.add(DraftRow(slot_id=f"{id_}.{ANSWERED + 1}", seq=1, answers={}, saved_at=now))
            session.add(TimeCreditRow(attempt_id=id_, n=1, kind="connection", milliseconds=9_000, at=now))


def attempt_of(row: AttemptRow, id_: str, now: datetime) -> AttemptRow:
    """A copy of an attempt that has been going on for twenty minutes."""
    return AttemptRow(
        id=id_, learner_id=id_, kind=row.kind, state="in_progress", role="",
        roadmap_digest=row.roadmap_digest,
        bank_digest=row.bank_digest, engine_version=row.engine_version, seed=1, created_at=now,
        started_at=now - timedelta(minutes=20), finished_at=None, planned=row.planned, base_ms=row.base_ms,
        deadline_at=now + timedelta(minutes=40), last_contact_at=now, closes_at=None, paused_at=None,
        lease_hash=None, lease_device=None, lease_tab=None, continues=None, voided_at=None,
    )  # fmt: skip


def measured(
    app: Flask, runtime: Runtime, owner: Actor, screen: str, rounds: int
) -> tuple[list[float], list[float]]:
    """Milliseconds of each round, of the service and of the page."""
    browser: Member = member(app, owner.email)
    path = f"/hire/screens/{screen}/live?tab=in_progress"
    assert "Person 0" in browser.page(path)
    service, page = [], []
    for _ in range(rounds):
        started = time.perf_counter()
        monitor.read(runtime, owner, screen, now=datetime.now(UTC))
        between = time.perf_counter()
        browser.get(path)
        service.append(1000 * (between - started))
        page.append(1000 * (time.perf_counter() - between))
    return service, page


if __name__ == "__main__":
    main()
