"""An attempt under everything at once, in any order: nothing lost or doubled, no end left, no time taken.

A person with two devices saves, answers, takes over, pauses and sends things twice, while the server is
restarted, its clock leaps, time is granted and sweeps run. What was acknowledged is kept in a simple model.

Each guard of these promises was taken out once by hand, and the machine turned red: the deadline that never
moves earlier, the factor that never shrinks, the one response of a slot, the end that nothing leads out of,
the newest draft that stays, the text that is set aside, the text that counts at the end, the lease, the claim
that waits, the key of an answer, the cap of the connection, the outage that is credited once, the time that
is over.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from quizengine.errors import AttemptClosedError
from quizengine.model.attempt import FINAL
from quizengine.services import attempts
from quizengine.services.attempt import accommodations, events, ledger, sweeping, timing
from quizengine.services.attempt.accommodations import Accommodation
from quizengine.services.attempt.calls import MAX_ORPHANS
from quizengine.services.attempt.lease import Caller
from quizengine.services.attempt.timing import CONNECTION_MS, GRACE, MILLISECOND, SILENT, end_of
from quizengine.services.runtime import Runtime
from quizengine.store import contract
from quizengine.store.database import sqlite_url, upgrade
from quizengine.store.rows import AttemptRow, ResponseRow, SlotRow
from tests.factories import NOON, make_runtime
from tests.sittings import Sitting, sit

#: 7 is right, 2 wrong, the last cannot be read.
TEXTS = ("7", "2", "2 +* 3")
DEVICES = ("desk", "phone")
#: Sequences of calls in one run, each on a database of its own: 12, and 16 where CI has more time.
EXAMPLES, STEPS = min(16, settings().max_examples // 4), 30
#: So long after its deadline an attempt is closed, whoever may still come back.
HELD_OPEN = GRACE + CONNECTION_MS * MILLISECOND
#: Seconds that pass at once: mostly few, seldom so many that all is over.
WAITS = (1, 1, 1, 9, 9, 9, 29, 29, 61, 61, 400, 40 * 86_400)


@dataclass(frozen=True)
class Sent:
    """A call as it went out, so that it can go out again."""

    slot: str
    text: str
    seq: int
    caller: Caller
    key: str = ""


@cache
def new_database() -> Path:
    """A database with its tables, to be copied: making one takes longer than a whole run of calls."""
    folder = Path(tempfile.mkdtemp())
    path = folder / "quizengine.db"
    upgrade(sqlite_url(path))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return path


def refusal(act: Callable[[], object]) -> str:
    """The reason why a call was refused; empty if it was not."""
    try:
        act()
    except AttemptClosedError as error:
        return error.reason
    return ""


class Attempt(RuleBasedStateMachine):
    """The services, and beside them what was acknowledged."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        shutil.copy(new_database(), self.folder / "quizengine.db")
        self.sitting: Sitting
        self.callers: dict[str, Caller] = {}
        self.sent: list[Sent] = []
        self.saved: dict[tuple[str, int], str] = {}  # acknowledged drafts
        self.given: dict[str, str] = {}  # acknowledged answers
        self.aside: dict[str, str] = {}  # texts of which the reply named an orphan
        self.seq = 0
        self.mono = 0.0
        self.deadline: datetime | None = None
        self.percent = 100
        self.ended: tuple[object, ...] = ()
        self.lease: tuple[str, str, str] | None = None  # device, tab and secret of who may write
        self.keys: dict[str, str] = {}  # the key of each acknowledged answer
        self.forward = 0.0  # seconds that any clock went on

    def teardown(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    @initialize(minutes=st.sampled_from([None, 1, 10, 10]), may_pause=st.booleans(), moved=st.booleans())
    def begin(self, minutes: float | None, may_pause: bool, moved: bool) -> None:
        self.sitting = sit(self.folder, minutes=minutes, may_pause=may_pause, hard_close=True)
        self.callers = {name: Caller(device=name) for name in DEVICES}
        if moved:  # begun at the desk, gone on with by phone: the page at the desk is still open
            self._claim("desk", "a", take=False)
            self._claim("phone", "b", take=True)
            self._claim("desk", "a", take=False)  # waits, for the phone has just been heard

    @property
    def slot(self) -> str:
        """The question that the newest page shows: one that has its answer by now, at times."""
        return self.sitting.standing().slot_id or (self.sent[-1].slot if self.sent else "")

    # ---- what a person does

    @rule(device=st.sampled_from(DEVICES), tab=st.sampled_from("ab"), take=st.booleans())
    def claim(self, device: str, tab: str, take: bool) -> None:
        self._claim(device, tab, take=take)

    def _claim(self, device: str, tab: str, *, take: bool) -> None:
        before, held = self.lease, self.callers[device].lease
        waits = before is not None and before[:2] != (device, tab) and before[2] != held and not self._silent

        def claimed() -> None:
            self.callers[device] = self.sitting.claim(device, tab, take=take, lease=held)

        found = refusal(claimed)
        assert found in ("", "lease_held", "closed")
        if found:
            return
        assert take or not waits
        given = self.callers[device].lease
        if before is None or given != before[2]:
            self.lease = (device, tab, given)

    @rule(device=st.sampled_from(DEVICES), texts=st.lists(st.sampled_from(TEXTS), min_size=1, max_size=2))
    def save(self, device: str, texts: list[str]) -> None:
        """One text, or two of which the second overtakes the first on its way."""
        slot, first = self.slot, self.seq + 1
        self.seq += len(texts)
        for seq, text in reversed(list(enumerate(texts, first))):
            if slot:
                self._save(Sent(slot, text, seq, self.callers[device]))

    @rule(
        device=st.sampled_from(DEVICES),
        texts=st.lists(st.sampled_from(TEXTS), min_size=1, max_size=2),
        key=st.sampled_from(["", "k1", "k2"]),
    )
    def commit(self, device: str, texts: list[str], key: str) -> None:
        """One answer, or a second one after it that has the same key, if any."""
        slot = self.slot
        for text in texts:
            if slot:
                self._commit(Sent(slot, text, 0, self.callers[device], key and f"{key} {slot}"))

    @rule(texts=st.permutations(TEXTS[:2]))
    def answer_and_change_it(self, texts: list[str]) -> None:
        """A page whose first reply was lost sends another text as the same answer, then as a new one."""
        device = self.lease[0] if self.lease else DEVICES[0]
        slot, (first, other) = self.slot, texts
        for text, key in ((first, "k3"), (other, "k3"), (other, "k4")):
            if slot:
                self._commit(Sent(slot, text, 0, self.callers[device], f"{key} {slot}"))

    @precondition(lambda self: self.sent)
    @rule(at=st.integers(0, 10**6))
    def send_again(self, at: int) -> None:
        """A call that was on its way for long, or went out twice, in any order."""
        sent = self.sent[at % len(self.sent)]
        if sent.seq:
            self._save(sent)
        else:
            self._commit(sent)

    @property
    def _silent(self) -> bool:
        last = self._row.last_contact_at
        return last is None or self.sitting.now - last >= SILENT

    def _may_write(self, caller: Caller) -> bool:
        if self.lease is None:
            return not caller.lease
        device, _, secret = self.lease
        return caller.lease == secret if caller.lease else caller.device == device or self._silent

    @property
    def _is_in_time(self) -> bool:
        end = end_of(self._row)
        return end is None or self.sitting.now <= end + GRACE

    def _save(self, sent: Sent) -> None:
        self.sent.append(sent)
        may_write = self._may_write(sent.caller)
        try:
            told = self.sitting.save(sent.text, sent.seq, caller=sent.caller, slot=sent.slot)
        except AttemptClosedError as error:
            self._refused(error, sent, may_write)
            return
        assert may_write
        assert self._is_in_time
        assert told.seq == sent.seq
        self.saved[sent.slot, sent.seq] = sent.text

    def _commit(self, sent: Sent) -> None:
        self.sent.append(sent)
        self.sitting.standing()  # what is over is closed before it is looked at
        may_write, stands = self._may_write(sent.caller), self._answer_of(sent.slot)
        try:
            told = self.sitting.give(sent.text, key=sent.key, caller=sent.caller, slot=sent.slot)
        except AttemptClosedError as error:
            self._refused(error, sent, may_write)
            if error.reason == "already_committed":
                # The same answer again, or any under the same key, is told what became of the first.
                assert stands != sent.text
                assert not sent.key or self.keys.get(sent.slot) != sent.key
            return
        assert may_write or stands is not None
        if told.kind == "unreadable":
            assert sent.text == TEXTS[2]
            return
        # The same outcome again is told of the answer that was recorded first, to who knows it or its key.
        if stands is None:
            assert self._is_in_time
            self.given[sent.slot], self.keys[sent.slot] = sent.text, sent.key
        else:
            assert stands == sent.text or (sent.key and self.keys.get(sent.slot) == sent.key)

    def _answer_of(self, slot: str) -> str | None:
        with self.sitting.runtime.transaction.reading() as session:
            response = session.get_one(SlotRow, slot).response
            return str(response.answers["answer"]) if response else None

    def _refused(self, error: AttemptClosedError, sent: Sent, may_write: bool) -> None:
        assert error.reason in ("closed", "already_committed", "stale", "seq_conflict", "lease_lost")
        assert error.reason != "lease_lost" or not may_write
        # No text is thrown away: it is kept under a name, as far as an attempt keeps such texts.
        assert error.orphan or len(self.aside) >= MAX_ORPHANS
        if error.orphan:
            self.aside[error.orphan] = sent.text

    @rule(
        device=st.sampled_from(DEVICES),
        offline=st.sampled_from([0, 20_000, 10**8, 10**8]),
        silence=st.sampled_from([0, 20, 200]),
    )
    def beat(self, device: str, offline: int, silence: int) -> None:
        self.wait(silence)
        told = self.sitting.beat(offline_ms=offline, caller=self.callers[device])
        assert not told.held or told.clock.state == "in_progress"

    @rule(device=st.sampled_from(DEVICES))
    def a_train_goes_through_tunnels(self, device: str) -> None:
        for _ in range(3):
            self.beat(device, 10**8, 200)

    @rule(device=st.sampled_from(DEVICES))
    def pause(self, device: str) -> None:
        caller, now = self.callers[device], self.sitting.now
        found = refusal(lambda: attempts.pause(*self._who, now=now, caller=caller))
        assert found in ("", "closed", "lease_lost")

    @rule()
    def go_on(self) -> None:
        attempts.begin(*self._who, now=self.sitting.now)

    @precondition(lambda self: self.sitting.now - NOON > timedelta(minutes=2))
    @rule(device=st.sampled_from(DEVICES))
    def finish(self, device: str) -> None:
        caller, now = self.callers[device], self.sitting.now
        found = refusal(lambda: attempts.finish(*self._who, now=now, caller=caller))
        assert found in ("", "closed", "lease_lost")

    # ---- what happens around them

    @rule(seconds=st.sampled_from(WAITS))
    def wait(self, seconds: int) -> None:
        self.sitting.wait(seconds=seconds)
        self.mono += seconds
        self.forward += seconds

    @rule(seconds=st.sampled_from([-3600, 6, 3600]))
    def clock_leaps(self, seconds: int) -> None:
        self.sitting.wait(seconds=seconds)
        self.forward += max(0, seconds)

    @rule(holder=st.sampled_from(["one", "two"]))
    def tick(self, holder: str) -> None:
        ledger.tick(self.sitting.runtime, holder, now=self.sitting.now, monotonic=self.mono)

    @precondition(lambda self: self.deadline and self.deadline - self.sitting.now < timedelta(minutes=15))
    @rule()
    def the_time_runs_out(self) -> None:
        """While the server is up, so that nothing more is credited; a text in the form counts."""
        # Also where the time is over already: if nobody has ticked for long, that is given back first.
        self.tick("one")
        while (end := self._row.deadline_at) and self.sitting.now <= end + HELD_OPEN:
            self.wait(25)
            self.tick("one")
        self.sitting.standing()
        assert self._row.state != "in_progress"

    @rule(holder=st.sampled_from(["one", "two"]), seconds=st.sampled_from([20, 100, 400]))
    def nobody_ticks_and_a_page_asks_first(self, holder: str, seconds: int) -> None:
        self.tick(holder)
        self.wait(seconds)
        self.sitting.standing()
        self.tick(holder)

    @rule(seconds=st.sampled_from([0, 1, 100]))
    def sweep(self, seconds: int) -> None:
        self.sitting.wait(seconds=seconds)
        self.forward += seconds
        sweeping.sweep(self.sitting.runtime, now=self.sitting.now)
        sweeping.sweep(self.sitting.runtime, now=self.sitting.now)

    @rule(percent=st.sampled_from([100, 125, 300]), untimed=st.booleans(), breaks=st.booleans())
    def accommodate(self, percent: int, untimed: bool, breaks: bool) -> None:
        # Seldom without any clock: then there is little left to try.
        given = Accommodation(multiplier_percent=percent, untimed=untimed and percent == 300, breaks=breaks)
        accommodations.grant(
            self.sitting.runtime, self.sitting.person, given, by="staff", now=self.sitting.now
        )

    @rule()
    def add_a_minute(self) -> None:
        accommodations.add_minutes(
            self.sitting.runtime, [self.sitting.attempt], 1, reason="noise", by="staff", now=self.sitting.now
        )

    @precondition(lambda self: self.deadline is not None)
    @rule(minutes=st.sampled_from([-60, 0, 5]))
    def the_window_moves(self, minutes: int) -> None:
        """An end of the window that comes nearer takes no time from who has begun."""
        with self.sitting.runtime.transaction() as session:
            row = contract.locked_attempt(session, self._id)
            row.closes_at = self.sitting.now + timedelta(minutes=minutes)
        self.add_a_minute()

    @precondition(lambda self: self.sent)
    @rule()
    def the_screen_closes(self) -> None:
        """It ends what goes on, though the deadline stays where it is."""
        with self.sitting.runtime.transaction() as session:
            timing.shut(session, contract.locked_attempt(session, self._id), now=self.sitting.now)

    @rule()
    def restart(self) -> None:
        """What lives in a process is gone; rows are all there is."""
        self.sitting.runtime = make_runtime(self.folder, self.sitting.runtime.bank)

    # ---- what must hold after each of them

    @invariant()
    def nothing_acknowledged_is_lost(self) -> None:
        with self.sitting.runtime.transaction.reading() as session:
            slots = {slot.id: slot for slot in session.query(SlotRow)}
            orphans = {row.id: row.answers["answer"] for row in contract.orphans_of(session, self._id)}
            newest = {slot: max(seq for s, seq in self.saved if s == slot) for slot, _ in self.saved}
            for slot_id, text in self.given.items():
                response = slots[slot_id].response
                assert response is not None
                assert response.answers["answer"] == text
            for slot_id, seq in newest.items():
                slot = slots[slot_id]
                if slot.response is None:
                    assert slot.draft is not None
                    assert slot.draft.seq >= seq
                    if slot.draft.seq == seq:
                        assert slot.draft.answers["answer"] == self.saved[slot_id, seq]
            assert {name: orphans.get(name) for name in self.aside} == self.aside

    @invariant()
    def a_slot_has_one_response_and_the_next_comes_after_it(self) -> None:
        with self.sitting.runtime.transaction.reading() as session:
            answered = [row.slot_id for row in session.query(ResponseRow)]
            slots = session.query(SlotRow).order_by(SlotRow.number).all()
            assert len(answered) == len(set(answered))
            assert [slot.number for slot in slots] == list(range(1, len(slots) + 1))
            assert all(slot.committed_at is not None for slot in slots[:-1])

    @invariant()
    def an_end_is_an_end_and_no_deadline_moves_earlier(self) -> None:
        row = self._row
        end = (row.state, row.finished_at, row.stopped)
        if self.ended:
            assert end == self.ended
        self.ended = end if row.state in FINAL else ()
        if self.deadline is not None and row.deadline_at is not None:
            assert row.deadline_at >= self.deadline
        assert row.untimed or (row.deadline_at is None) == (row.base_ms is None)
        self.deadline = row.deadline_at
        assert row.multiplier_percent >= self.percent
        self.percent = row.multiplier_percent

    @invariant()
    def what_can_be_read_in_the_form_at_the_end_is_an_answer(self) -> None:
        with self.sitting.runtime.transaction.reading() as session:
            waiting = contract.open_slot(session, self._id)
            left = waiting.draft.answers["answer"] if waiting and waiting.draft else TEXTS[2]
            assert left == TEXTS[2] or self._row.state not in ("submitted", "timed_out")

    @invariant()
    def the_ledger_and_the_events_tell_the_attempt(self) -> None:
        with self.sitting.runtime.transaction.reading() as session:
            row = session.get_one(AttemptRow, self._id)
            chain = contract.events_of(session, self._id)
            given: dict[str, int] = {}
            for credit in contract.credits_of(session, self._id):
                given[credit.kind] = given.get(credit.kind, 0) + credit.milliseconds
            done = tuple(slot.number for slot in row.slots if slot.committed_at is not None)
            told = events.replay(chain)
            assert events.first_break(chain) is None
            assert (told.state, told.epoch, told.answered) == (row.state, row.epoch, done)
            assert told.deadline == events.told(row.deadline_at)
            assert dict(told.added) == given
            assert given.get("connection", 0) <= CONNECTION_MS
            assert given.get("outage", 0) <= self.forward * 1000

    @property
    def _who(self) -> tuple[Runtime, str, str]:
        return self.sitting.runtime, self.sitting.person, self.sitting.attempt

    @property
    def _id(self) -> str:
        return self.sitting.attempt

    @property
    def _row(self) -> AttemptRow:
        return self.sitting.row


TestAttempt = Attempt.TestCase
TestAttempt.settings = settings(max_examples=EXAMPLES, stateful_step_count=STEPS)
