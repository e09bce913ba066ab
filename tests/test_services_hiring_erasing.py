"""Erasing a person, holds that keep them, and what a person is handed of their own."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from sqlalchemy import select

from quizengine.errors import ConflictError, GoneError, NotFoundError, RequestError, SlowDownError
from quizengine.services import attempts
from quizengine.services.attempt import accommodations, calls, events, helping, integrity
from quizengine.services.attempt.accommodations import Accommodation
from quizengine.services.attempt.integrity import Seen
from quizengine.services.hiring import (
    audit,
    coming_back,
    decisions,
    erasing,
    exports,
    holds,
    housekeeping,
    intervening,
    invitations,
    outbox,
    personal_data,
    postman,
    results,
    retention,
    screens,
    sitting,
    viewings,
)
from quizengine.services.hiring.intervening import Order
from quizengine.services.hiring.sitting import Consent
from quizengine.services.permissions import Actor
from quizengine.services.runtime import Runtime
from quizengine.store import computed, contract, database
from quizengine.store.evidence_rows import ComputedRow
from quizengine.store.hiring_rows import OutboxRow
from tests.factories import NOON, make_runtime
from tests.hiring import invite, make_owner, make_person, make_screen
from tests.hiring_sittings import Sat, answer, result_of, sit, two_skill_bank

ROW = "email,name,external_id,tz\nmailsentinel@example.org,Namesentinel,numbersentinel,Europe/Vilnius"
WORDS = (
    "mail", "name", "number", "typed", "note", "draft", "orphan", "report", "sentence", "decision", "why",
    "reason", "a", "b",
)  # fmt: skip
MINUTE, WEEK = timedelta(minutes=1), timedelta(days=7)


@pytest.fixture
def runtime(tmp_path: Path) -> Runtime:
    return make_runtime(tmp_path, two_skill_bank())


@pytest.fixture
def owner(runtime: Runtime) -> Actor:
    return make_owner(runtime)


def sentinels(folder: Path) -> set[str]:
    """The sentinels in the bytes of all files: tables, their log, letters, our own log."""
    content = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file()).lower()
    found = {word for word in WORDS if f"{word}sentinel".encode() in content}
    return found | ({"other"} if (b"sentinel" in content or b"vilnius" in content) and not found else set())


def begin_by_mail(runtime: Runtime, owner: Actor, screen: str, folder: Path) -> Sat:
    """Somebody who comes by a letter that was written into a file, and starts."""
    invite(runtime, owner, screen, ROW)
    outbox.deliver(runtime, outbox.to_files(folder / "mail"), now=NOON)
    letter = max((folder / "mail").glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
    plain = message_from_bytes(letter.read_bytes(), policy=default).get_body(("plain",))
    assert plain is not None
    body = plain.get_content()
    token = body.partition("http://localhost/i/")[2].split()[0]
    consent = Consent(privacy_read=True, own_work=True, name="Typedsentinel")
    made = sitting.activate(runtime, token, consent, now=NOON)
    attempts.begin(runtime, made.learner_id, made.attempt_id, now=NOON)
    invited = invitations.people_of(runtime, owner, screen, now=NOON)[0]
    return Sat(invited.id, result_of(runtime, invited.id), made.attempt_id, made.learner_id)


def sat_with_traces(runtime: Runtime, owner: Actor, folder: Path, **plan: str) -> Sat:
    """Somebody about whom a word stands in every place that takes one; their test goes on."""
    screen = make_screen(runtime, owner, by_hand=False, **plan)
    invitations.hand_in(runtime, owner, screen, ROW, now=NOON)  # a list that nobody confirmed
    sat = begin_by_mail(runtime, owner, screen, folder)
    extra = Accommodation(multiplier_percent=125)
    accommodations.grant(runtime, sat.learner, extra, by="x", note="notesentinel", now=NOON)
    answer(runtime, sat, "rwd")
    now = NOON + 3 * MINUTE
    slot = attempts.standing(runtime, sat.learner, sat.attempt).slot_id
    assert slot
    attempts.save_draft(runtime, sat.learner, slot, {"answer": "draftsentinel"}, seq=1, now=now)
    calls.set_aside(runtime, sat.attempt, slot, {"answer": "orphansentinel"}, reason="stale", now=now)
    helping.report(runtime, sat.learner, sat.attempt, slot, "reportsentinel", now=now)
    integrity.record(runtime, sat.learner, sat.attempt, [Seen("blur")], now=now)
    for act, minutes in (("add_time", 5), ("pause", 0), ("resume", 0)):
        order = Order(act=act, reason="asked", note="sentencesentinel", minutes=minutes)
        intervening.do(runtime, owner, sat.invitation, order, now=now)
    return sat


def decide(runtime: Runtime, owner: Actor, sat: Sat) -> None:
    """End the test, decide on it and learn who it is, each with a note."""
    attempts.finish(runtime, sat.learner, sat.attempt, now=NOON + 5 * MINUTE)
    sitting.note_finished(runtime, now=NOON + 5 * MINUTE)
    decisions.decide(
        runtime, owner, sat.result, verdict="hold", reason="other", note="decisionsentinel", now=NOON
    )
    decisions.unblind(runtime, owner, sat.result, reason="whysentinel", now=NOON)


def code_for(runtime: Runtime, folder: Path) -> str:
    """The six digits of the newest letter."""
    outbox.deliver(runtime, outbox.to_files(folder / "mail"), now=NOON + MINUTE)
    newest = max((folder / "mail").glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
    return str(message_from_bytes(newest.read_bytes(), policy=default)["Subject"])[-6:]


def test_after_an_erasure_no_file_has_a_word_of_the_person_and_the_chains_hold(
    runtime: Runtime, owner: Actor, tmp_path: Path
) -> None:
    sat = sat_with_traces(runtime, owner, tmp_path)
    decide(runtime, owner, sat)
    erasing.send_code(runtime, sat.learner, sat.attempt, now=NOON + MINUTE)
    erasing.confirm(runtime, sat.learner, sat.attempt, code_for(runtime, tmp_path), now=NOON + MINUTE)
    before = sentinels(tmp_path)
    score = results.read(runtime, owner, sat.result)

    early = housekeeping.go_round(runtime, tmp_path, now=NOON + WEEK)
    done = housekeeping.go_round(runtime, tmp_path, now=NOON + WEEK + MINUTE)

    assert before >= set(WORDS[:-3])
    assert (early.erased, done.erased) == (0, 1)
    assert sentinels(tmp_path) == set()
    assert audit.entries(runtime, owner)[1] is None
    with runtime.transaction.reading() as session:
        assert events.first_break(contract.events_of(session, sat.attempt)) is None
    assert results.read(runtime, owner, sat.result) == score
    assert integrity.timeline(runtime, sat.attempt) == ()
    told = [one for one in audit.entries(runtime, owner)[0] if one.act == "erased"]
    assert [(one.data["code"], one.actor) for one in told] == [(score.code, "system")]


def test_no_round_and_no_list_keeps_a_result_of_somebody_erased_or_writes_to_them(
    runtime: Runtime, owner: Actor, tmp_path: Path
) -> None:
    gone = sat_with_traces(runtime, owner, tmp_path)
    screen = screens.all_of(runtime, owner)[0].id
    stays = sit(runtime, owner, make_screen(runtime, owner), "rw", "Bob Stein")
    before = go_all_rounds(runtime, tmp_path, now=NOON + 2 * MINUTE)
    erasing.ask_for(runtime, owner, gone.invitation, now=NOON)
    later = NOON + WEEK

    go_all_rounds(runtime, tmp_path, now=later)
    told = results.of_screen(runtime, owner, screen)
    exports.export(runtime, owner, screen, names=False, now=later)
    with runtime.transaction() as session:  # as if a list had been looked at during the erasure
        content = {"attempt_id": gone.attempt, "key": "x", "engine_version": "x", "content": "x"}
        computed.keep(session, [content])
    after = go_all_rounds(runtime, tmp_path, now=later)

    assert [(one.attempt_id, one.headline) for one in told] == [(gone.attempt, "not enough evidence")]
    assert (before, after) == (({stays.attempt}, 1), ({stays.attempt}, 1))
    assert sentinels(tmp_path) == set()


def go_all_rounds(runtime: Runtime, folder: Path, *, now: datetime) -> tuple[set[str], int]:
    """Send the post and keep house, twice; return whose results are kept, and how many receipts there are."""
    for _ in range(2):
        postman.go_round(runtime, outbox.to_files(folder / "mail"), now=now)
        housekeeping.go_round(runtime, folder, now=now)
    runtime.transaction.empty_log()
    with runtime.transaction.reading() as session:
        kept = session.scalars(select(ComputedRow.attempt_id)).all()
        receipts = session.scalars(select(OutboxRow).where(OutboxRow.kind == "receipt")).all()
    return set(kept), len(receipts)


def test_an_erasure_ends_what_goes_on_and_a_link_that_waits(
    runtime: Runtime, owner: Actor, tmp_path: Path
) -> None:
    sat = sat_with_traces(runtime, owner, tmp_path)
    other = make_screen(runtime, owner)
    link = invite(runtime, owner, other, ROW)[0]

    erasing.ask_for(runtime, owner, sat.invitation, now=NOON)
    housekeeping.go_round(runtime, tmp_path, now=NOON + WEEK)

    assert attempts.standing(runtime, sat.learner, sat.attempt).state == "abandoned"
    with pytest.raises(GoneError):
        invitations.look(runtime, link, now=NOON + MINUTE)
    assert sentinels(tmp_path) == set()


def test_only_the_code_that_was_sent_for_it_confirms_an_erasure(
    runtime: Runtime, owner: Actor, tmp_path: Path
) -> None:
    sat = sat_with_traces(runtime, owner, tmp_path)
    coming_back.ask(runtime, "mailsentinel@example.org", now=NOON)
    to_come_back = code_for(runtime, tmp_path)

    with pytest.raises(RequestError, match="not right"):
        erasing.confirm(runtime, sat.learner, sat.attempt, to_come_back, now=NOON + MINUTE)
    with pytest.raises(NotFoundError):
        erasing.send_code(runtime, "somebody else", sat.attempt, now=NOON)

    assert not erasing.of_attempt(runtime, sat.learner, sat.attempt).waits


def test_a_week_is_there_to_undo_it(runtime: Runtime, owner: Actor, tmp_path: Path) -> None:
    sat = sat_with_traces(runtime, owner, tmp_path)
    erasing.ask_for(runtime, owner, sat.invitation, now=NOON)
    waiting = erasing.of_attempt(runtime, sat.learner, sat.attempt)

    erasing.undo(runtime, sat.learner, sat.attempt, now=NOON + WEEK - MINUTE)
    housekeeping.go_round(runtime, tmp_path, now=NOON + 2 * WEEK)

    assert (waiting.waits, waiting.due_at) == (True, NOON + WEEK)
    assert "name" in sentinels(tmp_path)
    with pytest.raises(ConflictError, match="Nothing waits"):
        erasing.undo(runtime, sat.learner, sat.attempt, now=NOON)


@pytest.mark.parametrize("on", ["person", "screen"])
def test_a_hold_keeps_a_person_until_it_is_lifted(
    runtime: Runtime, owner: Actor, tmp_path: Path, on: str
) -> None:
    sat = sat_with_traces(runtime, owner, tmp_path)
    screen = screens.all_of(runtime, owner)[0].id
    screens.move(runtime, owner, screen, "closed", now=NOON)
    later = NOON + timedelta(days=400)
    if on == "person":
        holds.hold_person(runtime, owner, sat.invitation, "case 7", now=NOON)
        placed = holds.on_person(runtime, owner, sat.invitation)
    else:
        holds.hold_screen(runtime, owner, screen, "case 7", now=NOON)
        placed = holds.on_screen(runtime, owner, screen)
    erasing.ask_for(runtime, owner, sat.invitation, now=NOON)

    kept = housekeeping.go_round(runtime, tmp_path, now=later)
    still = sentinels(tmp_path)
    shown = erasing.of_invitation(runtime, owner, sat.invitation)
    holds.lift(runtime, owner, placed[0].id, now=later)
    gone = housekeeping.go_round(runtime, tmp_path, now=later)

    assert [(one.reason, one.by) for one in placed] == [("case 7", "Olga")]
    assert (kept.erased, shown.held, shown.done_at) == (0, True, None)
    assert {"draft", "orphan", "note"} <= still
    told = [(one.counts, one.held) for one in kept.purged]
    assert told == [({}, True) if on == "screen" else ({"lists": 1}, False)]
    assert gone.erased == 1
    assert sentinels(tmp_path) == set()


def test_who_may_not_run_the_organisation_neither_holds_nor_erases(
    runtime: Runtime, owner: Actor, tmp_path: Path
) -> None:
    sat = sat_with_traces(runtime, owner, tmp_path)
    recruiter = make_person(runtime, owner, "recruiter")
    stranger = make_owner(runtime, "other@example.org", "Other")
    screen = screens.all_of(runtime, owner)[0].id
    screens.assign(runtime, owner, screen, [recruiter.staff_id], now=NOON)
    holds.hold_screen(runtime, owner, screen, "case 7", now=NOON)
    placed = holds.on_screen(runtime, owner, screen)[0].id

    for who in (replace(recruiter, screens=frozenset({screen})), stranger):
        for act in (
            lambda who=who: erasing.ask_for(runtime, who, sat.invitation, now=NOON),
            lambda who=who: holds.hold_person(runtime, who, sat.invitation, "x", now=NOON),
            lambda who=who: holds.lift(runtime, who, placed, now=NOON),
            lambda who=who: personal_data.for_staff(runtime, who, sat.invitation, now=NOON),
        ):
            with pytest.raises(NotFoundError):
                act()


def test_a_restored_backup_loses_again_who_was_erased(runtime: Runtime, owner: Actor, tmp_path: Path) -> None:
    sat = sat_with_traces(runtime, owner, tmp_path)
    copy = tmp_path / "elsewhere" / "quizengine.db"
    database.backup(database.sqlite_url(tmp_path / "quizengine.db"), copy)
    erasing.ask_for(runtime, owner, sat.invitation, now=NOON)
    housekeeping.go_round(runtime, tmp_path, now=NOON + WEEK)
    (copy.parent / erasing.LOG).write_bytes((tmp_path / erasing.LOG).read_bytes())
    restored = make_runtime(copy.parent, runtime.bank)
    assert sentinels(copy.parent) != set()

    again = erasing.replay(restored, copy.parent, now=NOON + WEEK)

    assert (again, erasing.replay(restored, copy.parent, now=NOON + WEEK)) == (1, 0)
    assert sentinels(copy.parent) == set()


def test_a_person_is_handed_all_of_their_own_and_nothing_of_the_key(
    runtime: Runtime, owner: Actor, tmp_path: Path
) -> None:
    sat = sat_with_traces(runtime, owner, tmp_path, feedback="now")
    viewings.note(runtime, owner, sat.result, now=NOON)
    viewings.note(runtime, owner, sat.result, now=NOON + MINUTE)
    waiting = personal_data.for_person(runtime, sat.learner, sat.attempt, now=NOON + MINUTE)
    decide(runtime, owner, sat)

    told = personal_data.for_person(runtime, sat.learner, sat.attempt, now=NOON + WEEK)

    text = json.dumps(told)
    given = ("mail", "Name", "number", "Typed", "note", "draft", "orphan", "report", "sentence")
    assert [word for word in given if f"{word}sentinel" not in text] == []
    assert [word for word in ("verdict", "misconception", "Olga", "decisionsentinel") if word in text] == []
    test = told["tests"][0]
    assert [one["typed"] for one in test["attempt"]["answers"][:3]] == [{"answer": "7"}, {"answer": "8"}, {}]
    assert {one["what"] for one in test["attempt"]["noted_beside"]} == {"blur"}
    seen = [(one["act"], one["role"]) for one in test["looked_at"]]
    assert seen == [
        ("result.viewed", "owner"), ("data.exported", "candidate"), ("decision", "owner"),
        ("unblind", "owner"), ("data.exported", "candidate"),
    ]  # fmt: skip
    assert waiting["tests"][0]["result_as_released"] == []
    assert len(test["result_as_released"]) == 2


def test_what_a_person_is_handed_is_limited_to_ten_an_hour(
    runtime: Runtime, owner: Actor, tmp_path: Path
) -> None:
    sat = sat_with_traces(runtime, owner, tmp_path)
    for _ in range(personal_data.MOST_AN_HOUR):
        personal_data.for_person(runtime, sat.learner, sat.attempt, now=NOON)

    with pytest.raises(SlowDownError):
        personal_data.for_person(runtime, sat.learner, sat.attempt, now=NOON)


def test_invitations_that_nobody_began_with_go_after_90_days_and_traces_in_their_own_time(
    runtime: Runtime, owner: Actor, tmp_path: Path
) -> None:
    screen = make_screen(runtime, owner)
    declines, waits = invite(
        runtime, owner, screen, "email,name\nasentinel@example.org,A\nbsentinel@example.org,B"
    )
    invitations.decline(runtime, declines, reason="reasonsentinel", now=NOON)
    ends = NOON + timedelta(days=14)

    early = retention.purge(runtime, now=NOON + timedelta(days=90), dry_run=True)
    first = retention.purge(runtime, now=NOON + timedelta(days=91), dry_run=True)
    done = retention.purge(runtime, now=NOON + timedelta(days=91))
    runtime.transaction.empty_log()
    left = sentinels(tmp_path)
    retention.purge(runtime, now=ends + timedelta(days=91))
    runtime.transaction.empty_log()

    assert waits
    assert early == []
    assert first == done
    assert [one.counts for one in done] == [{"never begun": 1, "people": 1}]
    assert left == {"b"}
    assert sentinels(tmp_path) == set()
