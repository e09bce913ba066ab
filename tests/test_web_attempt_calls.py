"""The calls of a question's page: the JSON of the contract, who may write, and that nothing is told."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from quizengine.services import learners
from quizengine.services.attempt import accommodations, integrity, making
from quizengine.services.attempt.accommodations import Accommodation
from quizengine.services.attempt.calls import MAX_ORPHANS
from quizengine.services.attempt.making import Terms
from quizengine.services.runtime import Runtime
from quizengine.store import contract
from quizengine.store.rows import AttemptRow, ResponseRow
from quizengine.web import create_app
from quizengine.web.settings import Settings
from tests.sittings import QUESTIONS, small_bank

CLOCK = {"state", "server_now", "deadline", "remaining_ms", "revision", "notices"}


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    made = create_app(Settings(data=tmp_path / "data"), bank=small_bank())
    made.testing, made.config["PROPAGATE_EXCEPTIONS"] = True, False
    return made


class Browser:
    """One browser of a person in a screening; ``lease`` is what its page holds."""

    def __init__(self, app: Flask, learner: str, attempt: str) -> None:
        self.client: FlaskClient = app.test_client()
        self.at, self.lease = f"/t/{attempt}", ""
        with self.client.session_transaction() as session:
            session["learner"] = learner
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.client.get("/").text)
        assert found
        self.token = found[1]

    def call(self, method: str, path: str, body: Mapping[str, Any], **headers: str) -> TestResponse:
        headers = {"X-CSRFToken": self.token, **headers}
        whole = {"lease": self.lease, **body}
        return self.client.open(f"{self.at}{path}", method=method, json=whole, headers=headers)

    def claim(self, tab: str = "one", *, take: bool = False) -> TestResponse:
        reply = self.call("POST", "/lease", {"tab": tab, "take": take})
        if reply.status_code == 200:
            self.lease = table(reply)["lease"]
        return reply

    def save(self, text: str, seq: int, slot: str) -> TestResponse:
        return self.call("PUT", f"/slots/{slot}/draft", {"seq": seq, "answers": {"answer": text}})

    def commit(self, text: str, slot: str, key: str = "") -> TestResponse:
        body = {"seq": 9, "answers": {"answer": text}, "reading": {"decimal": "point"}, "client_ms": 51007}
        headers = {"Idempotency-Key": key} if key else {}
        return self.call("POST", f"/slots/{slot}/commit", body, **headers)

    def beat(self, **more: Any) -> dict[str, Any]:
        return table(self.call("POST", "/beat", {"visible": True, **more}))

    def slot(self) -> str:
        found = re.search(r'name="slot" value="([a-z2-7]{26})"', self.client.get(f"{self.at}/q").text)
        assert found
        return found[1]


def table(reply: TestResponse) -> dict[str, Any]:
    assert isinstance(reply.json, dict), reply.text
    return reply.json


class Person:
    """Somebody with a screening that they have begun."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.runtime: Runtime = app.extensions["quizengine"]
        now = datetime.now(UTC)
        self.id = learners.new_guest(self.runtime, now=now).id
        terms = Terms(kind="screening", questions=QUESTIONS, minutes=60)
        self.attempt = making.make(self.runtime, self.id, terms, now=now)
        self.desk = self.browser()
        self.desk.client.post(f"/t/{self.attempt}/start", data={"csrf_token": self.desk.token})

    def browser(self) -> Browser:
        return Browser(self.app, self.id, self.attempt)

    def responses(self) -> list[str]:
        with self.runtime.transaction.reading() as session:
            return [row.answers["answer"] for row in session.query(ResponseRow).order_by(ResponseRow.id)]


@pytest.fixture
def person(app: Flask) -> Person:
    return Person(app)


def test_each_call_answers_with_the_contracts_json(person: Person) -> None:
    desk, slot = person.desk, person.desk.slot()

    lease = table(desk.claim())
    saved = table(desk.save("(x-1)", 17, slot))
    unreadable = table(desk.commit("2 +* 3", slot))
    accepted = table(desk.commit("7", slot, "key-1"))
    beat = desk.beat()

    assert set(lease) == CLOCK | {"lease", "epoch", "slot", "saved_seq", "draft"}
    assert (lease["slot"], lease["saved_seq"], lease["draft"]) == (slot, 0, None)
    assert set(saved) == CLOCK | {"saved_seq", "saved_at"}
    assert saved["saved_seq"] == 17
    assert 3_590_000 < saved["remaining_ms"] <= 3_600_000
    assert unreadable["outcome"] == "unreadable"
    assert "2 +*" not in unreadable["fields"]["answer"]["message"]
    assert unreadable["fields"]["answer"]["input"] == "a-answer"
    assert set(accepted) == CLOCK | {"outcome", "next", "progress"}
    assert accepted["outcome"] == "accepted"
    assert accepted["progress"] == {"done": 1, "at_least": 5, "at_most": 5}
    assert set(beat) == CLOCK | {"lease"}
    assert beat["lease"] == "held"


def test_the_same_key_gets_the_stored_outcome_and_another_answer_is_kept_apart(person: Person) -> None:
    desk, slot = person.desk, person.desk.slot()
    desk.claim()
    desk.commit("7", slot, "key-1")

    again = desk.commit("7", slot, "key-1")
    changed = desk.commit("8", slot, "key-1")
    other = desk.commit("9", slot, "key-2")

    assert [table(one).get("outcome") for one in (again, changed)] == ["accepted", "accepted"]
    assert (other.status_code, table(other)["reason"]) == (409, "already_committed")
    assert other.mimetype == "application/problem+json"
    assert table(other)["next"] == f"/t/{person.attempt}"
    assert person.responses() == ["7"]
    with person.runtime.transaction.reading() as session:
        (orphan,) = contract.orphans_of(session, person.attempt)
        assert (orphan.id, orphan.answers) == (table(other)["orphan"], {"answer": "9"})


def test_one_tab_writes_until_another_takes_over_and_gives_back(person: Person) -> None:
    desk, phone, slot = person.desk, person.browser(), person.desk.slot()
    first = table(desk.claim())
    desk.save("1", 1, slot)

    held = table(phone.claim())
    same_browser = table(desk.call("POST", "/lease", {"lease": "", "tab": "two", "take": False}))
    reload = table(desk.claim())
    taken = table(phone.claim(take=True))
    refused = table(desk.save("12", 2, slot))
    back = table(desk.claim(take=True))

    assert (held["reason"], held["where"]) == ("lease_held", "another device")
    assert same_browser["where"] == "another tab"
    assert (reload["lease"], reload["epoch"]) == (first["lease"], first["epoch"])
    assert (taken["epoch"], taken["draft"], taken["saved_seq"]) == (2, {"answer": "1"}, 1)
    assert refused["reason"] == "lease_lost"
    assert refused["orphan"]
    assert back["epoch"] == 3
    assert phone.beat()["lease"] == "lost"


def test_a_page_without_scripts_shares_the_lease_of_its_browser_alone(person: Person) -> None:
    desk, phone, slot = person.desk, person.browser(), person.desk.slot()
    desk.claim()
    form = {"csrf_token": phone.token, "slot": slot, "a.answer": "7"}

    elsewhere = phone.client.post(f"{phone.at}/q", data=form)
    here = desk.client.post(f"{desk.at}/q", data={**form, "csrf_token": desk.token})

    assert elsewhere.status_code == 409
    assert "continued elsewhere" in elsewhere.text
    assert here.status_code == 303
    assert person.responses() == ["7"]


def test_two_texts_under_one_number_are_told_apart_and_an_older_one_is_kept_aside(person: Person) -> None:
    desk, slot = person.desk, person.desk.slot()
    desk.claim()
    desk.save("5", 5, slot)

    same, conflict, stale = desk.save("5", 5, slot), desk.save("6", 5, slot), desk.save("4", 4, slot)

    assert same.status_code == 200
    assert (conflict.status_code, table(conflict)["reason"]) == (409, "seq_conflict")
    assert (stale.status_code, table(stale)["reason"], table(stale)["saved_seq"]) == (409, "stale", 5)


def test_a_save_without_a_number_is_told_so(person: Person) -> None:
    desk, slot = person.desk, person.desk.slot()
    desk.claim()

    refused = desk.call("PUT", f"/slots/{slot}/draft", {"answers": {"answer": "5"}})

    assert (refused.status_code, table(refused)["reason"]) == (428, "seq_missing")


def test_texts_that_found_no_place_are_kept_up_to_a_number_and_then_left_to_the_page(person: Person) -> None:
    desk, slot = person.desk, person.desk.slot()
    desk.claim()
    desk.save("last", 1000, slot)

    told = [table(desk.save(f"text {seq}", seq, slot))["orphan"] for seq in range(1, MAX_ORPHANS + 3)]

    assert all(told[:MAX_ORPHANS])
    assert told[MAX_ORPHANS:] == [None, None]


def test_time_that_was_added_is_told_until_it_was_seen(person: Person) -> None:
    desk = person.desk
    desk.claim()
    accommodations.add_minutes(
        person.runtime, [person.attempt], 3, reason="The lights went out.", by="x", now=datetime.now(UTC)
    )

    first, again, seen = desk.beat(), desk.beat(), desk.beat(seen=1)

    assert first["notices"] == [
        {"id": 1, "kind": "time_added", "ms": 180_000, "text": "+3 min: The lights went out."}
    ]
    assert again["notices"] == first["notices"]
    assert seen["notices"] == []
    assert seen["revision"] == 1


def test_no_get_changes_anything(person: Person) -> None:
    before = _everything(person)
    for path in ("", "/q", "/finish", "/done", "/token", "/help"):
        person.desk.client.get(f"/t/{person.attempt}{path}")

    assert _everything(person) == before


def _everything(person: Person) -> list[str]:
    from sqlalchemy import text  # noqa: PLC0415

    from quizengine.store.rows import Base  # noqa: PLC0415

    with person.runtime.transaction.reading() as session:
        return [repr(session.execute(text(f"SELECT * FROM {name}")).all()) for name in Base.metadata.tables]


def test_a_token_is_given_to_the_holder_alone(person: Person, app: Flask) -> None:
    stranger = Person(app).desk

    assert table(person.desk.client.get(f"/t/{person.attempt}/token"))["token"]
    assert stranger.client.get(f"/t/{person.attempt}/token").status_code == 404
    for path in ("/lease", "/beat"):
        stranger.at = f"/t/{person.attempt}"
        assert stranger.call("POST", path, {"tab": "x"}).status_code == 404


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/lease", {}),
        ("/lease", {"tab": "x" * 65}),
        ("/lease", {"tab": 7}),
        ("/beat", {"lease": ["x"]}),
        ("/slots/{slot}/commit", {"answers": {"other": "1"}}),
        ("/slots/{slot}/commit", {"answers": {"answer": {"deep": 1}}}),
    ],
)
def test_a_body_that_is_none_is_refused_with_a_reason(
    path: str, body: dict[str, Any], person: Person
) -> None:
    refused = person.desk.call("POST", path.format(slot=person.desk.slot()), body)

    assert (refused.status_code, table(refused)["reason"]) == (422, "bad_body")


@pytest.mark.parametrize(
    "body",
    [{"offline_ms": -5}, {"offline_ms": "x"}, {"events": 7}, {"events": [[], {"kind": 1}]}, {"seen": None}],
)
def test_what_is_only_a_hint_never_stops_a_call(body: dict[str, Any], person: Person) -> None:
    assert person.desk.beat(**body)["lease"] == "held"


def test_what_a_page_saw_is_recorded_capped_and_left_out_where_that_was_granted(person: Person) -> None:
    accommodations.grant(
        person.runtime, person.id, Accommodation(integrity_off=("blur",)), by="x", now=datetime.now(UTC)
    )
    many = [{"kind": "paste", "characters": 12, "text": "secret"}, {"kind": "blur"}, {"kind": "keys"}] * 16

    for _ in range(40):
        person.desk.beat(events=many)

    told = integrity.timeline(person.runtime, person.attempt)
    assert {one.kind for one in told} == {"paste", "more"}
    assert sum(one.kind == "paste" for one in told) == integrity.MAX_EVENTS
    assert told[-1].times == 40 * 16 - integrity.MAX_EVENTS
    assert told[0].characters == 12


def test_practice_and_a_diagnostic_record_no_events(app: Flask) -> None:
    person = Person(app)
    with person.runtime.transaction() as session:
        session.get_one(AttemptRow, person.attempt).kind = "diagnostic"

    person.desk.beat(events=[{"kind": "blur"}])

    assert integrity.timeline(person.runtime, person.attempt) == ()
    assert 'data-watch=""' in person.desk.client.get(f"/t/{person.attempt}/q").text


def test_everything_that_is_noted_is_told_beforehand(app: Flask) -> None:
    person = Person(app)
    with person.runtime.transaction() as session:
        session.get_one(AttemptRow, person.attempt).state = "ready"

    page = person.desk.client.get(f"/t/{person.attempt}").text

    assert set(integrity.FROM_PAGES) | {"takeover", "address_changed"} == set(integrity.DISCLOSED)
    assert all(words in page for words in integrity.DISCLOSED.values())
    assert "60 minutes from the moment you start" in page
