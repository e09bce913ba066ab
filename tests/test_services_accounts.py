"""Accounts of staff: links that are good once, sessions that end, rights that hold at once."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from quizengine.errors import ConflictError, GoneError, NotFoundError, RequestError, SlowDownError
from quizengine.services.hiring import accounts, audit
from quizengine.services.permissions import may
from quizengine.services.runtime import Runtime
from tests.factories import NOON, make_runtime
from tests.hiring import PASSWORD, actor_of, make_owner, make_person
from tests.web_questions import bank

EMAIL = "olga@example.org"


@pytest.fixture
def runtime(tmp_path: Path) -> Runtime:
    return make_runtime(tmp_path, bank())


def signed_in(runtime: Runtime, email: str = EMAIL, password: str = PASSWORD) -> str:
    return accounts.sign_in(runtime, email=email, password=password, address="192.0.2.1", now=NOON)


def test_the_first_link_makes_an_owner_once(runtime: Runtime) -> None:
    token = accounts.create_owner(runtime, email=EMAIL, organisation="Example", now=NOON)

    session = accounts.use_link(runtime, token, name="Olga", password=PASSWORD, now=NOON)

    assert may(actor_of(runtime, session), "organisation")
    with pytest.raises(GoneError):
        accounts.use_link(runtime, token, name="Eve", password=PASSWORD, now=NOON)


def test_a_link_runs_out_and_looking_at_it_uses_nothing(runtime: Runtime) -> None:
    token = accounts.create_owner(runtime, email=EMAIL, organisation="Example", now=NOON)
    late = NOON + timedelta(hours=accounts.LINK_HOURS)

    assert [accounts.link_email(runtime, token, now=NOON) for _ in range(40)] == [EMAIL] * 40
    with pytest.raises(GoneError):
        accounts.link_email(runtime, token, now=late)
    with pytest.raises(GoneError):
        accounts.link_email(runtime, "unknown", now=NOON)


@pytest.mark.parametrize(
    "password", ["short", "password1234", "aaaaaaaaaaaaaaa", "olga olga olga", "x" * 201]
)
def test_a_weak_password_is_refused_and_the_link_stays_good(runtime: Runtime, password: str) -> None:
    token = accounts.create_owner(runtime, email=EMAIL, organisation="Example", now=NOON)

    with pytest.raises(RequestError):
        accounts.use_link(runtime, token, name="Olga", password=password, now=NOON)

    assert accounts.use_link(runtime, token, name="Olga", password=PASSWORD, now=NOON)


def test_no_secret_stands_in_the_database(runtime: Runtime, tmp_path: Path) -> None:
    token = accounts.create_owner(runtime, email=EMAIL, organisation="Example", now=NOON)
    session = accounts.use_link(runtime, token, name="Olga", password=PASSWORD, now=NOON)
    with runtime.transaction() as opened:
        opened.execute(text("SELECT 1"))

    stored = b"".join(path.read_bytes() for path in tmp_path.glob("quizengine.db*"))

    for secret in (token, session, PASSWORD):
        assert secret.encode() not in stored


@pytest.mark.parametrize(("email", "password"), [(EMAIL, "wrong"), ("nobody@example.org", PASSWORD)])
def test_unknown_accounts_and_wrong_passwords_look_alike(runtime: Runtime, email: str, password: str) -> None:
    make_owner(runtime)

    with pytest.raises(RequestError, match=accounts.WRONG):
        signed_in(runtime, email, password)


def test_the_sixth_try_in_a_quarter_of_an_hour_is_refused_even_with_the_right_password(
    runtime: Runtime,
) -> None:
    make_owner(runtime)
    for _ in range(accounts.TRIES_AN_ACCOUNT):
        with pytest.raises(RequestError):
            signed_in(runtime, password="wrong")

    with pytest.raises(SlowDownError):
        signed_in(runtime)

    later = NOON + timedelta(minutes=15)
    assert accounts.sign_in(runtime, email=EMAIL, password=PASSWORD, address="", now=later)


def test_a_session_ends_unused_and_after_a_day_of_work(runtime: Runtime) -> None:
    make_owner(runtime)
    token = signed_in(runtime)

    assert accounts.actor_of(runtime, token, now=NOON + timedelta(minutes=31)) is None
    at = NOON
    while at - NOON < accounts.LONGEST:
        assert accounts.actor_of(runtime, token, now=at)
        at += timedelta(minutes=20)
    assert accounts.actor_of(runtime, token, now=at + timedelta(minutes=1)) is None


def test_signing_out_ends_a_session_and_no_other(runtime: Runtime) -> None:
    make_owner(runtime)
    here, there = signed_in(runtime), signed_in(runtime)

    accounts.sign_out(runtime, here)

    assert accounts.actor_of(runtime, here, now=NOON) is None
    assert accounts.actor_of(runtime, there, now=NOON)


def test_who_is_disabled_is_out_at_once_and_cannot_come_back(runtime: Runtime) -> None:
    owner = make_owner(runtime)
    make_person(runtime, owner, "recruiter", email="rob@example.org")
    session = signed_in(runtime, "rob@example.org")
    rob = actor_of(runtime, session)

    accounts.disable(runtime, owner, rob.staff_id, now=NOON)

    assert accounts.actor_of(runtime, session, now=NOON) is None
    with pytest.raises(RequestError):
        signed_in(runtime, "rob@example.org")


def test_the_last_owner_stays(runtime: Runtime) -> None:
    owner = make_owner(runtime)

    with pytest.raises(ConflictError, match="last owner"):
        accounts.disable(runtime, owner, owner.staff_id, now=NOON)
    with pytest.raises(ConflictError, match="last owner"):
        accounts.set_rights(runtime, owner, owner.staff_id, roles=["admin"], grants=[], now=NOON)


def test_an_admin_makes_and_touches_no_owner(runtime: Runtime) -> None:
    owner = make_owner(runtime)
    admin = make_person(runtime, owner, "admin")

    with pytest.raises(RequestError, match="owner"):
        accounts.add_person(runtime, admin, email="x@example.org", name="X", roles=["owner"], now=NOON)
    with pytest.raises(RequestError, match="owner"):
        accounts.disable(runtime, admin, owner.staff_id, now=NOON)


def test_a_grant_that_does_not_go_with_the_roles_is_not_given(runtime: Runtime) -> None:
    owner = make_owner(runtime)

    made = make_person(runtime, owner, "reviewer", grants=("decide", "unblind"))

    assert made.grants == {"decide"}


def test_people_of_another_organisation_do_not_exist(runtime: Runtime) -> None:
    ours, theirs = make_owner(runtime), make_owner(runtime, "otto@example.com", "Other")

    with pytest.raises(NotFoundError):
        accounts.disable(runtime, ours, theirs.staff_id, now=NOON)
    with pytest.raises(NotFoundError):
        accounts.set_rights(runtime, ours, theirs.staff_id, roles=["admin"], grants=[], now=NOON)
    assert [person.email for person in accounts.people(runtime, ours)] == [ours.email]


def test_the_audit_chain_is_whole_until_a_row_is_changed(runtime: Runtime) -> None:
    owner = make_owner(runtime)
    make_person(runtime, owner, "admin")
    make_person(runtime, owner, "auditor")

    entries, fault = audit.entries(runtime, owner)
    assert fault is None
    assert [entry.act for entry in entries[::-1]] == [
        "staff.added", "staff.password", "staff.added", "staff.password", "staff.added", "staff.password",
    ]  # fmt: skip

    with runtime.transaction() as session:
        session.execute(text("UPDATE audit SET act = 'staff.link' WHERE n = 3"))

    assert audit.entries(runtime, owner)[1] == 3


def test_a_note_can_be_erased_but_not_changed(runtime: Runtime) -> None:
    owner = make_owner(runtime)
    with runtime.transaction() as session:
        audit.record(
            session, owner.organisation_id, actor=owner.staff_id, act="unblind", now=NOON, note="a reason"
        )
    assert audit.entries(runtime, owner)[0][0].note == "a reason"

    with runtime.transaction() as session:
        session.execute(text("UPDATE audit SET note = 'another' WHERE note IS NOT NULL"))
    assert audit.entries(runtime, owner)[1] == 3

    with runtime.transaction() as session:
        session.execute(text("UPDATE audit SET note = NULL, salt = NULL"))
    assert audit.entries(runtime, owner)[1] is None
